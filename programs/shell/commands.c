// The table of commands, and those that are about the shell itself.

#include "shell.h"

const SHELL_COMMAND ShellCommands[] = {
    {L"echo", L"[text]", L"prints its arguments", ShellDoEcho},
    {L"exit", L"", L"leaves the shell", ShellDoExit},
    {L"handles", L"[pid]", L"counts the handles of each process, or lists those of one",
     ShellDoHandles},
    {L"help", L"[command]", L"lists the commands, or tells about one", ShellDoHelp},
    {L"kill", L"pid", L"ends a process", ShellDoKill},
    {L"mem", L"", L"shows how memory is used", ShellDoMem},
    {L"objects", L"[directory]", L"lists a directory of the object namespace, \\ if none is given",
     ShellDoObjects},
    {L"ps", L"", L"lists the processes", ShellDoPs},
    {L"reg", L"query key", L"lists the values and keys of a registry key", ShellDoReg},
    {L"set", L"[name[=value]]", L"shows variables, or sets or removes one", ShellDoSet},
    {L"start", L"program [arguments]", L"starts a program and does not wait for it", ShellDoStart},
    {L"uptime", L"", L"tells how long the system has been running", ShellDoUptime},
    {L"ver", L"", L"tells the version", ShellDoVer},
};
const ULONG ShellCommandCount = RTL_NUMBER_OF(ShellCommands);

const SHELL_COMMAND *ShellFindCommand(PCWSTR Name)
{
    for (ULONG i = 0; i < ShellCommandCount; i++) {
        if (!_wcsicmp(ShellCommands[i].Name, Name))
            return &ShellCommands[i];
    }
    return nullptr;
}

BOOLEAN ShellDoHelp(PARGUMENTS Arguments)
{
    if (Arguments->Count > 2)
        return FALSE;
    if (Arguments->Count == 2) {
        const SHELL_COMMAND *Command = ShellFindCommand(Arguments->Values[1]);
        if (Command)
            ConPrint(L"%ws %ws\n  %ws\n", Command->Name, Command->Arguments, Command->Help);
        else
            ConPrint(L"There is no command %ws.\n", Arguments->Values[1]);
        return TRUE;
    }
    for (ULONG i = 0; i < ShellCommandCount; i++)
        ConPrint(L"%-10ws %ws\n", ShellCommands[i].Name, ShellCommands[i].Help);
    ConPrint(L"Any other word runs the program of that name.\n");
    return TRUE;
}

BOOLEAN ShellDoExit(PARGUMENTS Arguments)
{
    if (Arguments->Count > 1)
        return FALSE;
    ShellEnded = TRUE;
    return TRUE;
}

BOOLEAN ShellDoEcho(PARGUMENTS Arguments)
{
    for (ULONG i = 1; i < Arguments->Count; i++)
        ConPrint(i == 1 ? L"%ws" : L" %ws", Arguments->Values[i]);
    ConPrint(L"\n");
    return TRUE;
}

// ---- Variables

static VOID ShellShowVariables(PCWSTR Prefix)
{
    SIZE_T Length = wcslen(Prefix);
    RtlAcquirePebLock();
    PCWSTR Entry = NtCurrentPeb()->ProcessParameters->Environment;
    for (; Entry && *Entry; Entry += wcslen(Entry) + 1) {
        if (*Entry != L'=' && !_wcsnicmp(Entry, Prefix, Length))
            ConPrint(L"%ws\n", Entry);
    }
    RtlReleasePebLock();
}

BOOLEAN ShellDoSet(PARGUMENTS Arguments)
{
    if (Arguments->Count > 2)
        return FALSE;
    PWSTR Text = Arguments->Count == 2 ? Arguments->Values[1] : L"";
    PWSTR Equals = wcschr(Text, L'=');
    if (!Equals) {
        ShellShowVariables(Text);
        return TRUE;
    }
    *Equals = 0;
    UNICODE_STRING Name, Value;
    RtlInitUnicodeString(&Name, Text);
    RtlInitUnicodeString(&Value, Equals + 1);
    NTSTATUS Status = RtlSetEnvironmentVariable(nullptr, &Name, Value.Length ? &Value : nullptr);
    if (!NT_SUCCESS(Status))
        ShellError(Text, Status);
    return TRUE;
}
