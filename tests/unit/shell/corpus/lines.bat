for /f "tokens=1,* delims=, skip=0 eol=#" %%a in (f.txt) do if exist %%a (echo %%~fa) else call :s %%b|prog>>o 2>&1
exit /b 3
:s
shift /1
goto :eof
