@echo off
:again
if 1==1 (call :again)
echo never reached
