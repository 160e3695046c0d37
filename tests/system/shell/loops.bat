@echo off
for %%i in (one "two three" four) do echo %%~i
for /l %%i in (10,-3,0) do echo count %%i
for /f "tokens=1,* delims=:" %%a in ("key: a value") do echo %%a=%%b
for %%a in (x y) do for %%b in (1 2) do (
  if %%b==2 echo %%a%%b
)
set list=
for %%i in (a b c) do call set list=%%list%%%%i
echo %list%
for /l %%i in (1,1,1000000) do (
  if %%i==5 goto done
)
:done
echo done
