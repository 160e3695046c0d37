// The session manager's parts.
#pragma once

#include <native.h>

// \Registry\Machine\SYSTEM\CurrentControlSet\Control\Session Manager
#define SMSS_KEY L"\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"

// console.c: what CON is, and the standard files on it. Again: after what used it has ended
VOID SmssOpenConsole(BOOLEAN Again);

// names.c: object directories and symbolic links; a word in the debug log
VOID SmssMakeNames(void);
VOID SmssComplain(PCWSTR What, NTSTATUS Status);

// knowndlls.c: sections of images in \KnownDlls
VOID SmssMakeKnownDlls(void);

// bootexecute.c: the programs that run before anything else
VOID SmssRunBootPrograms(void);
VOID SmssTellSystemVolume(void); // that there is none, though there should be

// environment.c: the environment that every other process inherits
VOID SmssMakeEnvironment(void);
