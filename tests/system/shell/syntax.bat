@echo off
setlocal
set failed=0
set checked=0

rem ---- Variables
set "text=abcdefgh"
call :same "part" "%text:~2,3%" "cde"
call :same "part from the end" "%text:~-3%" "fgh"
call :same "part to the end but" "%text:~1,-2%" "bcdef"
call :same "replaced" "%text:cd=--%" "ab--efgh"
call :same "removed" "%text:cd=%" "abefgh"
call :same "front replaced" "%text:*cd=x%" "xefgh"
set "empty="
call :same "undefined is nothing" "[%empty%]" "[]"
set "spaced= a b "
call :same "blanks are kept" "[%spaced%]" "[ a b ]"
set quoted="a b"
call :same "quotation marks are kept" %quoted% "a b"
call :same "percent sign" "50%%%%" "50%%%%"
if defined cmdcmdline (call :good) else call :bad "cmdcmdline"
if %random% geq 0 (call :good) else call :bad "random"
call :same "extensions" "%cmdextversion%" "2"
call :same "node" "%highestnumanodenumber%" "0"

rem ---- set /a
set /a n=1+2*3, m=(1+2)*3
call :same "precedence" "%n% %m%" "7 9"
set /a n=017+0x1F
call :same "octal and hexadecimal" "%n%" "46"
set /a n=7/2, m=-7/2, k=7%%3, j=-7%%3
call :same "division" "%n% %m% %k% %j%" "3 -3 1 -1"
set /a "n=1<<4|3, m=0xF0&0x3C, k=5^1, j=~0, i=!5, h=!0"
call :same "bits" "%n% %m% %k% %j% %i% %h%" "19 48 4 -1 0 1"
set n=5
set /a n+=3, n*=2, n-=1, n/=3, n%%=4
call :same "assigning operators" "%n%" "1"
set /a n=nosuchvariable+1
call :same "unknown name is 0" "%n%" "1"
set /a n=2147483647+1
call :same "overflow" "%n%" "-2147483648"
set /a n=1/0 2>nul
call :same "division by zero fails" "%errorlevel%" "1"

rem ---- if
if a==a (call :good) else call :bad "equal"
if a==A (call :bad "case") else call :good
if /i a==A (call :good) else call :bad "/i"
if not a==b (call :good) else call :bad "not"
if 10 gtr 9 (call :good) else call :bad "numbers"
if "10" gtr "9" (call :bad "texts") else call :good
if 0x10 equ 16 (call :good) else call :bad "hexadecimal"
if defined text (call :good) else call :bad "defined"
if defined empty (call :bad "not defined") else call :good
if exist syntax.bat (call :good) else call :bad "exist"
if exist syn*.bat (call :good) else call :bad "exist pattern"
if exist \Windows\System32\ (call :good) else call :bad "exist directory"
if exist nosuch.bat (call :bad "not exist") else call :good
if cmdextversion 2 (call :good) else call :bad "cmdextversion"
if cmdextversion 3 (call :bad "later version") else call :good
shell /c exit 3
if errorlevel 3 (call :good) else call :bad "errorlevel"
shell /c exit 3
if errorlevel 4 (call :bad "less errorlevel") else call :good
if a==b (set r=1) else if a==a (set r=2) else set r=3
call :same "else if" "%r%" "2"
if a==b (
  set r=1
) else (
  set r=4
)
call :same "else on its line" "%r%" "4"

rem ---- for
set r=
for %%a in (one,two;three "fo ur") do call set "r=%%r%%[%%~a]"
call :same "words" "%r%" "[one][two][three][fo ur]"
set r=
for /l %%i in (3,-1,1) do call set "r=%%r%%%%i"
call :same "numbers down" "%r%" "321"
for /f "tokens=2,4* delims=:" %%a in ("a:b:c:d:e:f") do set "r=%%a %%b %%c"
call :same "tokens" "%r%" "b d e:f"
for /f "tokens=1-3" %%a in ("x y z") do set "r=%%c%%b%%a"
call :same "range of tokens" "%r%" "zyx"
for /f "tokens=*" %%a in ("   leading blanks") do set "r=%%a"
call :same "whole line" "%r%" "leading blanks"
for /f "delims=" %%a in ("  as it is ") do set "r=[%%a]"
call :same "no delimiters" "%r%" "[  as it is ]"
set r=
for /f "eol=# tokens=1" %%a in ('echo #x^& echo y') do set "r=%%a"
call :same "comments" "%r%" "y"
set r=none
for /f "skip=2" %%a in ('"echo 1& echo 2& echo 3"') do set r=%%a
call :same "skipped lines" "%r%" "3"
for /f "usebackq delims=" %%a in (`echo back quotes`) do set "r=%%a"
call :same "usebackq command" "%r%" "back quotes"
for /f "usebackq tokens=2" %%a in ('one two') do set "r=%%a"
call :same "usebackq string" "%r%" "two"
for /f "usebackq tokens=1" %%a in ("words.txt") do set "r=%%a"
if defined r (call :good) else call :bad "usebackq file"
for /f %%a in ('echo b a^| sort') do set "r=%%a"
call :same "pipe of a command" "%r%" "b"
set r=
for /d %%a in (..\Scr*) do set "r=%%~nxa"
call :same "directories" "%r%" "Scripts"
set r=
for /r .. %%a in (syntax.ba?) do set "r=%%~nxa"
call :same "tree" "%r%" "syntax.bat"
set r=
for /d /r .. %%a in (Scr*) do set "r=%%~nxa"
call :same "directories of a tree" "%r%" "Scripts"
for %%a in (words.txt) do set "r=%%~dpnxa %%~za"
call :same "modifiers" "%r%" "C:\Windows\Scripts\words.txt 44"
for %%a in (shell.exe) do set "r=%%~$PATH:a"
if /i "%r%"=="C:\Windows\System32\shell.exe" (call :good) else call :bad "found in PATH"

rem ---- call, shift, arguments
call :arguments one "two three" four,five;six=seven
call :same "arguments" "%r%" "[one][two three][four][five][six][seven]"
call :shifting a b c d
call :same "shift /2" "%r%" ":shifting a c d - a b c d"
call :path words.txt
call :same "path of an argument" "%r%" "C: \Windows\Scripts\ words .txt"
call :inner outer
call :same "setlocal of a routine" "%r%" "outer"
call :level 7
call :same "exit /b" "%errorlevel%" "7"
set name=text
call set "r=%%%name%%%"
call :same "expanded twice" "%r%" "abcdefgh"
setlocal enableextensions
call :same "setlocal tells" "%errorlevel%" "0"
endlocal

rem ---- Delayed expansion
setlocal enabledelayedexpansion
set n=0
for %%a in (x y z) do (
  set /a n+=1
  set "item[!n!]=%%a"
)
set "r=!item[1]!!item[3]!!n!"
set "bang=a^!b"
set i=2
set "s=!item[%i%]!"
set "t=!text:~1,2!-!text:b=B!"
endlocal & set "r=%r%" & set "bang=%bang%" & set "s=%s%" & set "t=%t%"
call :same "in a block" "%r%" "xz3"
call :same "escaped" "%bang%" "a!b"
call :same "of an element" "%s%" "y"
call :same "parts" "%t%" "bc-aBcdefgh"

rem ---- Escapes and operators
for /f "delims=" %%a in ('echo a ^^^& b') do set "r=%%a"
call :same "escaped operator" "%r%" "a & b"
for /f "delims=" %%a in ('echo "a & b"') do set r=%%a
call :same "quoted operator" %r% "a & b"
set r=1
(call ) && set "r=2" || set "r=3"
call :same "and" "%r%" "2"
shell /c exit 1 && set "r=4" || set "r=5"
call :same "or" "%r%" "5"
set "r=" & set r=joined^
 line
call :same "joined lines" "%r%" "joined line"
for /f "delims=" %%a in ('^(echo out^& echo error 1^>^&2^) 2^>nul') do set "r=%%a"
call :same "errors to nul" "%r%" "out"
for /f "delims=" %%a in ('^(echo error 1^>^&2^) 2^>^&1') do set "r=%%a"
call :same "errors to output" "%r%" "error "
set r=none
for /f "delims=" %%a in ('"(echo x>&2) 2>&1 >nul"') do set "r=%%a"
call :same "order of redirections" "%r%" "x"
set r=
set /p r=<words.txt
if defined r (call :good) else call :bad "input from a file"
<nul set /p r=
if defined r (call :good) else call :bad "no input leaves it"
2>nul >nul nosuchcommand
call :same "redirections first" "%errorlevel%" "9009"

rem ---- Commands
verify on
for /f "delims=" %%a in ('verify') do set "r=%%a"
call :same "verify is the shell's own" "%r%" "VERIFY is off."
verify other 2>nul
call :same "verify other" "%errorlevel%" "1"
break off
for /f %%a in ('echo nY^| choice /c yn /m "well"') do set r=%%a
echo y| choice /n >nul
call :same "choice" "%errorlevel%" "1"
echo b| choice /c abc /n >nul
call :same "second choice" "%errorlevel%" "2"
choice /c ab /t 1 /d b /n >nul <nul
call :same "no choice" "%errorlevel%" "255"
choice /q 2>nul
call :same "wrong choice" "%errorlevel%" "255"
timeout 0 >nul
call :same "no time" "%errorlevel%" "0"
assoc .sy=syfile >nul
ftype syfile=shell /c echo opened "%%1" %%2 >nul
for /f "delims=" %%a in ('assoc .sy') do set "r=%%a"
call :same "assoc" "%r%" ".sy=syfile"
for /f "delims=" %%a in ('ftype syfile') do set r=%%a
if defined r (call :good) else call :bad "ftype"
assoc .sy=
assoc .sy >nul 2>nul
call :same "no assoc" "%errorlevel%" "1"
assoc .txt=listfile >nul
ftype listfile=shell /c echo opened %%1 %%2>nul
for /f "delims=" %%a in ('words.txt more') do set "r=%%a"
call :same "opened" "%r%" "opened C:\Windows\Scripts\words.txt more"
assoc .txt= & ftype listfile=
pushd .. & pushd System32
for /f "delims=" %%a in ("%cd%") do set "r=%%~nxa"
popd & popd
call :same "pushd" "%r%" "System32"
call :same "popd" "%cd%" "C:\Windows\Scripts"
chdir ..\System32
call :same "chdir" "%cd%" "C:\Windows\System32"
chdir ..\Scripts
for /f "delims=" %%a in ('start /wait /b /low /d .. shell /c cd') do set "r=%%a"
call :same "start in a directory" "%r%" "C:\Windows"
start /wait shell /c exit 6
call :same "start /wait" "%errorlevel%" "6"
for /f "delims=" %%a in ('start /wait /d System32 /d .. shell /c cd') do set "r=%%a"
call :same "start in the last directory" "%r%" "C:\Windows"
start /wait /low /q shell /c exit 7 2>nul
call :same "wrong switch of start" "%errorlevel%" "87"
start /wait /affinity none shell /c exit 7 2>nul
call :same "wrong mask of start" "%errorlevel%" "87"
for /f "delims=" %%a in ('cmd /d /a /e:on /v:on /c "set x=1& echo ^!x^!"') do set "r=%%a"
call :same "switches of cmd" "%r%" "1"
for /f "delims=" %%a in ('echo.') do set "r=wrong"
echo(>nul & echo:>nul & echo/>nul & echo;>nul
goto over
set failed=skipped
:over
goto:eofs
:eofs
if %failed%==0 (echo all of %checked% as they should be) else echo %failed% of %checked% wrong
exit /b %failed%

:same
set /a checked+=1
if "%~2"=="%~3" exit /b
set /a failed+=1
echo %~1: "%~2" is not "%~3"
exit /b

:good
set /a checked+=1
exit /b

:bad
set /a checked+=1, failed+=1
echo %~1
exit /b

:arguments
set r=
:next
if "%~1"=="" exit /b
set "r=%r%[%~1]"
shift
goto next

:shifting
shift /2
set "r=%0 %1 %2 %3 - %*"
exit /b

:path
set "r=%~d1 %~p1 %~n1 %~x1"
exit /b

:inner
set "r=%1"
setlocal
set r=inner
exit /b

:level
exit /b %1
