@echo off
echo one| find "one"
(echo b& echo a& echo c)| sort
type %~dp0words.txt | find "a" | sort /r
for /f "tokens=1" %%v in ('ver') do echo system %%v
for /f "delims=" %%l in ('type %~dp0words.txt ^| find "beta"') do echo found %%l
echo nothing| find "else" || echo not found, %errorlevel%
nosuchcommand 2>&1 | find "recognized"
for %%i in (x y) do @echo %%i^&| find "&"
