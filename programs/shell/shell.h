// The shell's parts: a command is a line in the table of commands.c and a function.
#pragma once

#include <native.h>

typedef struct _SHELL_COMMAND {
    PCWSTR Name;
    PCWSTR Arguments; // as help shows them
    PCWSTR Help;
    // Arguments->Values[0] is the command's name. FALSE: they are wrong, show the usage.
    BOOLEAN (*Run)(PARGUMENTS Arguments);
} SHELL_COMMAND;

extern const SHELL_COMMAND ShellCommands[];
extern const ULONG ShellCommandCount;
const SHELL_COMMAND *ShellFindCommand(PCWSTR Name);

extern BOOLEAN ShellEnded; // main.c: set by exit

VOID ShellError(PCWSTR What, NTSTATUS Status);
// What NtQuerySystemInformation says of a class of any size. Null: it says nothing, which was reported.
PVOID ShellQuerySystem(SYSTEM_INFORMATION_CLASS Class);
VOID ShellFree(PVOID Block);

BOOLEAN ShellDoExit(PARGUMENTS Arguments);
BOOLEAN ShellDoHelp(PARGUMENTS Arguments);
BOOLEAN ShellDoEcho(PARGUMENTS Arguments);
BOOLEAN ShellDoSet(PARGUMENTS Arguments);
BOOLEAN ShellDoVer(PARGUMENTS Arguments);
BOOLEAN ShellDoMem(PARGUMENTS Arguments);
BOOLEAN ShellDoUptime(PARGUMENTS Arguments);
BOOLEAN ShellDoObjects(PARGUMENTS Arguments);
BOOLEAN ShellDoHandles(PARGUMENTS Arguments);
BOOLEAN ShellDoPs(PARGUMENTS Arguments);
BOOLEAN ShellDoStart(PARGUMENTS Arguments);
BOOLEAN ShellDoKill(PARGUMENTS Arguments);
BOOLEAN ShellDoReg(PARGUMENTS Arguments);

// processes.c: run a program and wait for its end
VOID ShellRunProgram(PARGUMENTS Arguments);
