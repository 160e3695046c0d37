@echo off
echo 0=%~nx0 1=%1 2=%~2 all=%*
echo drive=%~d0 path=%~p0 full=%~f0
shift
echo 1=%1 0=%0
:next
if "%~1"=="" goto end
echo rest %~1
shift
goto next
:end
exit /b 12
