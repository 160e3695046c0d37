setlocal enabledelayedexpansion
set n=0
for /l %%i in (1,1,3) do (set /a n+=1&echo !n! %~nx1)
:x
if not "%v:a=b%"=="" goto :eof
