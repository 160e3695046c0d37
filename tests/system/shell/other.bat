@echo off
echo other %1 %2
exit /b 9
