@echo off
set key=HKLM\SOFTWARE\ShellTest
reg add %key%\Sub /f
reg add %key% /v Text /d "some text" /f
reg add %key% /v Number /t REG_DWORD /d 0x10 /f
reg add %key% /v Big /t REG_QWORD /d 5000000000 /f
reg add %key% /v List /t REG_MULTI_SZ /d one\0two /f
reg add %key% /v Bytes /t REG_BINARY /d 00ff10 /f
reg add %key%\Sub /ve /d unnamed /f
reg query %key%
reg query %key% /v number
reg query %key%\Sub /ve
reg add %key% /v Number /t REG_DWORD /d text /f || echo bad data refused
reg delete %key% /v Text /f
reg query %key% /v Text || echo gone
reg query %key% /s
reg query %key% /s /ve
reg delete %key% /va /f
reg delete %key% /f
reg query %key% || echo all gone
