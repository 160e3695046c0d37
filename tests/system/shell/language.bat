@echo off
setlocal enabledelayedexpansion
echo a^&b & echo "c & d" & echo 50%%
set "text=The quick brown fox"
echo %text:quick=slow% / %text:~4,5% / %text:~-3% / %text:*quick =%
set n=1
if %n% equ 1 (
  set n=2
  echo percent %n% delayed !n!
) else (
  echo wrong
)
if /i "ABC"=="abc" (echo same) else echo different
if not defined nothing echo nothing is not defined
set /a n=(n+3)*2, m=n%%7, h=0x1F, s=1^<^<4
echo %n% %m% %h% %s%
set /a n/=0
echo still here
shell /c exit 5
if errorlevel 5 if not errorlevel 6 echo level %errorlevel%
ver > nul && echo and || echo or
nosuchcommand 2> nul && echo and || echo or %errorlevel%
:: a comment
goto :label
echo skipped
:label
echo line^
 joined
endlocal
if not defined n echo n is local
