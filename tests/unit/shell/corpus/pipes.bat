(if /i not "a b" equ x (echo ^^"%%v) else for /f "tokens=1" %%i in (f.txt) do echo %%i>"g h")|(prog & upper<f.txt 2>&1)
for %%i in ("x&y" z) do echo %%~i^|a||b|upper
