// The shell: reads a line, finds its command, runs it.

#include "shell.h"

enum { ShellLine = 512 };

BOOLEAN ShellEnded;

VOID ShellError(PCWSTR What, NTSTATUS Status)
{
    ConPrint(L"%ws: status %08lx\n", What, Status);
}

static VOID ShellExecute(PWSTR Line)
{
    ARGUMENTS Arguments;
    if (!ArgSplit(Line, &Arguments)) {
        ConPrint(L"There are too many words in this line.\n");
        return;
    }
    if (!Arguments.Count)
        return;
    const SHELL_COMMAND *Command = ShellFindCommand(Arguments.Values[0]);
    if (!Command)
        ShellRunProgram(&Arguments);
    else if (!Command->Run(&Arguments))
        ConPrint(L"usage: %ws %ws\n", Command->Name, Command->Arguments);
}

static VOID ShellPrompt(void)
{
    WCHAR Directory[MAX_PATH];
    ULONG Length = RtlGetCurrentDirectory_U(sizeof(Directory), Directory);
    ConPrint(L"%ws>", Length && Length < sizeof(Directory) ? Directory : L"");
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    UNREFERENCED_PARAMETER(Peb);
    static WCHAR Line[ShellLine];
    ShellDoVer(nullptr);
    NTSTATUS Status = STATUS_SUCCESS;
    while (!ShellEnded) {
        ShellPrompt();
        Status = ConReadLine(Line, ShellLine);
        if (!NT_SUCCESS(Status))
            break;
        ShellExecute(Line);
    }
    // The end of the input is an orderly end; without a console there is nothing to do.
    RtlExitUserProcess(Status == STATUS_END_OF_FILE ? STATUS_SUCCESS : Status);
}
