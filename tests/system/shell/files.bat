@echo off
rem Files of the boot volume, seen from their own directory.
cd /d %~dp0
echo %cd%
for %%f in (*.txt) do echo %%f has %%~zf bytes, is %%~ff
for /d %%d in (..\Sys*) do echo directory %%d
for /f "tokens=1,2 delims=, " %%a in (words.txt) do echo %%b-%%a
for /f "skip=2 tokens=*" %%a in (words.txt) do echo [%%a]
if exist words.txt echo words.txt exists
if not exist none.txt echo none.txt does not
if exist ..\system32\nul echo ..\system32 is a directory
if not exist none\nul echo none is not
(echo by way of 3 1>&2) 3>&1 1>nul 2>&3
cmd /c echo by cmd
type words.txt
find "e" words.txt
find /c /v "e" < words.txt
find /n /i "BETA" words.txt
sort < words.txt
sort /r words.txt
dir /b *.txt
set /p first=< words.txt
echo first: %first%
type none.txt || echo type failed with %errorlevel%
dir none.txt > nul 2>&1 || echo dir failed
echo x > new.txt || echo write failed
(
  echo hidden
  echo too
) > nul
