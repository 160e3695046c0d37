// ps, kill, start.

#include "shell.h"

#include <nt/nthosteddrivers.h>

// What a driver host runs.
static VOID ShellShowDrivers(const SYSTEM_HOSTED_DRIVERS *Drivers, HANDLE Process)
{
    PCWSTR Before = L" ";
    for (SIZE_T i = 0; Drivers && i < Drivers->Count; i++) {
        PCWSTR Name = Drivers->Drivers[i].Name, Last = wcsrchr(Name, L'\\');
        if (Drivers->Drivers[i].ProcessId != Process)
            continue;
        ShPrint(L"%ws %ws", Before, Last ? Last + 1 : Name);
        Before = L",";
    }
}

ULONG ShellDoPs(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count)
        return ShWrongUsage;
    PSYSTEM_PROCESS_INFORMATION First = ShellQuerySystem(SystemProcessInformation), Process = First;
    if (!First)
        return 1;
    PSYSTEM_HOSTED_DRIVERS Drivers = ShellQuerySystem(SystemHostedDrivers);
    ShPrint(L"%6ws %6ws %4ws %7ws %7ws %10ws  %ws\n", L"pid", L"parent", L"prio", L"threads",
            L"handles", L"memory KiB", L"name");
    for (;;) {
        static const UNICODE_STRING Idle = RTL_CONSTANT_STRING(L"System Idle Process");
        PCUNICODE_STRING Name = Process->ImageName.Buffer ? &Process->ImageName : &Idle;
        ShPrint(L"%6llu %6llu %4ld %7lu %7lu %10llu  %wZ",
                (ULONGLONG)(ULONG_PTR)Process->UniqueProcessId,
                (ULONGLONG)(ULONG_PTR)Process->InheritedFromUniqueProcessId, Process->BasePriority,
                Process->NumberOfThreads, Process->HandleCount,
                (ULONGLONG)Process->WorkingSetSize / 1024, Name);
        ShellShowDrivers(Drivers, Process->UniqueProcessId);
        ShPrint(L"\n");
        if (!Process->NextEntryOffset)
            break;
        Process = (PVOID)((PUCHAR)Process + Process->NextEntryOffset);
    }
    SysFree(Drivers);
    SysFree(First);
    return 0;
}

// ---- kill

static NTSTATUS ShellEndProcess(HANDLE Id)
{
    CLIENT_ID ClientId = {.UniqueProcess = Id};
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, nullptr, 0, nullptr, nullptr);
    HANDLE Process;
    NTSTATUS Status = NtOpenProcess(&Process, PROCESS_TERMINATE, &Attributes, &ClientId);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtTerminateProcess(Process, STATUS_CONTROL_C_EXIT);
    NtClose(Process);
    return Status;
}

// "name" is "name.exe", too. The first failure counts.
static NTSTATUS ShellEndByName(PCWSTR Name)
{
    PSYSTEM_PROCESS_INFORMATION First = ShellQuerySystem(SystemProcessInformation), Process = First;
    SH_TEXT Pattern = {};
    NTSTATUS Status = STATUS_INVALID_CID;
    BOOLEAN Found = FALSE;
    ShAppendFormat(&Pattern, wcschr(Name, L'.') ? L"%ws" : L"%ws.exe", Name);
    while (Process) {
        PWSTR Image = ShCopy(Process->ImageName.Buffer, Process->ImageName.Length / sizeof(WCHAR));
        if (ShMatches(ShString(&Pattern), Image)) {
            NTSTATUS Ended = ShellEndProcess(Process->UniqueProcessId);
            Status = Found && !NT_SUCCESS(Status) ? Status : Ended;
            Found = TRUE;
        }
        SysFree(Image);
        Process = Process->NextEntryOffset ? (PVOID)((PUCHAR)Process + Process->NextEntryOffset)
                                           : nullptr;
    }
    ShFreeText(&Pattern);
    SysFree(First);
    return Status;
}

ULONG ShellDoKill(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    ULONG Result = Words->Count ? 0 : ShWrongUsage;
    for (ULONG i = 0; i < Words->Count; i++) {
        LONG Id;
        NTSTATUS Status = ShParseNumber(Words->Values[i], &Id)
                              ? ShellEndProcess((HANDLE)(LONG_PTR)Id)
                              : ShellEndByName(Words->Values[i]);
        if (!NT_SUCCESS(Status))
            Result = ShReportStatus(Words->Values[i], Status);
    }
    return Result;
}

// ---- start

static PCWSTR ShellSkipSpace(PCWSTR Text)
{
    while (*Text == L' ' || *Text == L'\t')
        Text++;
    return Text;
}

// The word at the front, with its quotation marks. Returns what follows it and the blanks behind it.
static PCWSTR ShellFirstWord(PCWSTR Text, PSH_TEXT Word)
{
    BOOLEAN Quoted = FALSE;
    for (; *Text && (Quoted || (*Text != L' ' && *Text != L'\t')); Text++) {
        if (*Text == L'"')
            Quoted = !Quoted;
        ShAppendCharacter(Word, *Text);
    }
    return ShellSkipSpace(Text);
}

// A title and the switches. Returns the rest.
static PCWSTR ShellParseStart(PCWSTR Tail, PBOOLEAN Wait)
{
    PCWSTR Text = ShellSkipSpace(Tail);
    SH_TEXT Word = {};
    if (*Text == L'"') {
        PCWSTR Rest = ShellFirstWord(Text, &Word);
        Text = *Rest ? Rest : Text; // alone, it is the program
        ShTruncate(&Word, 0);
    }
    while (*Text == L'/') {
        PCWSTR Rest = ShellFirstWord(Text, &Word);
        if (!_wcsicmp(ShString(&Word), L"/wait") || !_wcsicmp(ShString(&Word), L"/w"))
            *Wait = TRUE;
        else if (_wcsicmp(ShString(&Word), L"/b") != 0) // there are no windows anyway
            break;
        Text = Rest;
        ShTruncate(&Word, 0);
    }
    ShFreeText(&Word);
    return Text;
}

// Programs are started as they are; commands and batch files get a shell.
static NTSTATUS ShellStart(PCWSTR Line, PHANDLE Process, PCLIENT_ID Id)
{
    SH_TEXT Name = {}, Path = {}, Whole = {};
    NTSTATUS Status;
    ShellFirstWord(Line, &Name);
    ShRemoveQuotes(Name.Buffer);
    BOOLEAN IsCommand = ShFindCommand(ShString(&Name), Name.Length) != nullptr;
    BOOLEAN Found = !IsCommand && SysFindProgram(ShString(&Name), &Path);
    PCWSTR Dot = Found ? wcsrchr(ShString(&Path), L'.') : nullptr;
    if (IsCommand || (Dot && _wcsicmp(Dot, L".exe") != 0)) {
        ShAppendFormat(&Whole, L"shell.exe /s /c \"%ws\"", Line);
        Status = ProcStart(L"shell.exe", ShString(&Whole), Process, Id);
    } else {
        Status = Found ? ProcStart(ShString(&Path), Line, Process, Id) : STATUS_NO_SUCH_FILE;
    }
    if (!NT_SUCCESS(Status))
        ShReportStatus(ShString(&Name), Status);
    ShFreeText(&Name);
    ShFreeText(&Path);
    ShFreeText(&Whole);
    return Status;
}

ULONG ShellDoStart(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    BOOLEAN Wait = FALSE;
    HANDLE Process;
    CLIENT_ID Id;
    NTSTATUS ExitStatus = STATUS_SUCCESS;
    PCWSTR Line = ShellParseStart(Tail, &Wait);
    if (!*Line || *Line == L'/') {
        ShPrintError(L"usage: start [\"title\"] [/b] [/wait] program [arguments]\n");
        return ShWrongUsage;
    }
    if (!NT_SUCCESS(ShellStart(Line, &Process, &Id)))
        return 1;
    if (Wait) {
        NTSTATUS Status = SysWaitForProgram(Process, &ExitStatus);
        return NT_SUCCESS(Status) ? (ULONG)ExitStatus : ShReportStatus(L"start", Status);
    }
    ShPrint(L"process %llu\n", (ULONGLONG)(ULONG_PTR)Id.UniqueProcess);
    NtClose(Process);
    return 0;
}
