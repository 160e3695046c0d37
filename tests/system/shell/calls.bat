@echo off
set value=outer
call :sub one "two three"
echo back with %errorlevel%, value=%value%
call other.bat x y
echo other gave %errorlevel%
chained.cmd last
echo never reached
exit /b

:sub
setlocal
set value=inner
echo %0 got %1 and %~2, value=%value%
exit /b 3
