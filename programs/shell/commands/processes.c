// ps, kill, start.

#include "shell.h"

#include <nt/nthosteddrivers.h>

PSYSTEM_PROCESS_INFORMATION ShellNextProcess(PSYSTEM_PROCESS_INFORMATION Process)
{
    return Process->NextEntryOffset ? (PVOID)((PUCHAR)Process + Process->NextEntryOffset) : nullptr;
}

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
    for (; Process; Process = ShellNextProcess(Process)) {
        static const UNICODE_STRING Idle = RTL_CONSTANT_STRING(L"System Idle Process");
        PCUNICODE_STRING Name = Process->ImageName.Buffer ? &Process->ImageName : &Idle;
        ShPrint(L"%6llu %6llu %4ld %7lu %7lu %10llu  %wZ",
                (ULONGLONG)(ULONG_PTR)Process->UniqueProcessId,
                (ULONGLONG)(ULONG_PTR)Process->InheritedFromUniqueProcessId, Process->BasePriority,
                Process->NumberOfThreads, Process->HandleCount,
                (ULONGLONG)Process->WorkingSetSize / 1024, Name);
        ShellShowDrivers(Drivers, Process->UniqueProcessId);
        ShPrint(L"\n");
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
        Process = ShellNextProcess(Process);
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

// The word at the front, with its quotation marks. Returns what follows it and the blanks behind it.
static PCWSTR ShellFirstWord(PCWSTR Text, PSH_TEXT Word)
{
    BOOLEAN Quoted = FALSE;
    for (; *Text && (Quoted || (*Text != L' ' && *Text != L'\t')); Text++) {
        if (*Text == L'"')
            Quoted = !Quoted;
        ShAppendCharacter(Word, *Text);
    }
    return ShSkipBlanks(Text);
}

typedef struct _SHELL_START {
    BOOLEAN Wait;
    UCHAR Priority;    // PROCESS_PRIORITY_CLASS_*; 0: as this one
    ULONG64 Affinity;  // 0: all
    SH_TEXT Directory; // empty: as this one's
} SHELL_START;

static const struct {
    PCWSTR Word;
    UCHAR Priority;
} ShellPriorities[] = {
    {L"low", PROCESS_PRIORITY_CLASS_IDLE},
    {L"belownormal", PROCESS_PRIORITY_CLASS_BELOW_NORMAL},
    {L"normal", PROCESS_PRIORITY_CLASS_NORMAL},
    {L"abovenormal", PROCESS_PRIORITY_CLASS_ABOVE_NORMAL},
    {L"high", PROCESS_PRIORITY_CLASS_HIGH},
    {L"realtime", PROCESS_PRIORITY_CLASS_REALTIME},
};

// There are no windows, each program has an address space of its own, and all memory is equally near.
static BOOLEAN ShellIsIdleSwitch(PCWSTR Word)
{
    static const PCWSTR Idle[] = {L"b", L"i", L"min", L"max", L"separate", L"shared"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Idle); i++) {
        if (ShIsSwitch(Word, Idle[i], nullptr))
            return TRUE;
    }
    return FALSE;
}

// The value in the same word, or the next one, which is cut off then.
static BOOLEAN ShellStartValue(PCWSTR Word, PCWSTR Name, PCWSTR *Rest, PSH_TEXT Value)
{
    PCWSTR Given;
    if (!ShIsSwitch(Word, Name, &Given))
        return FALSE;
    ShTruncate(Value, 0); // the last one counts
    if (*Given)
        ShAppendString(Value, Given);
    else
        *Rest = ShellFirstWord(*Rest, Value);
    if (Value->Length)
        ShRemoveQuotes(Value->Buffer);
    return TRUE;
}

static BOOLEAN ShellTakePriority(PCWSTR Word, SHELL_START *Start)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(ShellPriorities); i++) {
        if (ShIsSwitch(Word, ShellPriorities[i].Word, nullptr)) {
            Start->Priority = ShellPriorities[i].Priority;
            return TRUE;
        }
    }
    return FALSE;
}

static BOOLEAN ShellParseAffinity(PCWSTR Text, PULONG64 Affinity)
{
    PWSTR End;
    *Affinity = _wcstoui64(Text, &End, 16);
    return *Affinity && !*End;
}

static BOOLEAN ShellTakeStart(PCWSTR Word, PCWSTR *Rest, SHELL_START *Start)
{
    SH_TEXT Value = {};
    BOOLEAN Known = TRUE;
    if (ShIsSwitch(Word, L"wait", nullptr) || ShIsSwitch(Word, L"w", nullptr))
        Start->Wait = TRUE;
    else if (ShellStartValue(Word, L"affinity", Rest, &Value))
        Known = ShellParseAffinity(ShString(&Value), &Start->Affinity);
    else if (!ShellStartValue(Word, L"node", Rest, &Value) &&
             !ShellStartValue(Word, L"d", Rest, &Start->Directory))
        Known = ShellIsIdleSwitch(Word) || ShellTakePriority(Word, Start);
    ShFreeText(&Value);
    return Known;
}

// A title and the switches. Returns the rest.
static PCWSTR ShellParseStart(PCWSTR Tail, SHELL_START *Start)
{
    PCWSTR Text = ShSkipBlanks(Tail);
    SH_TEXT Word = {};
    if (*Text == L'"') {
        PCWSTR Rest = ShellFirstWord(Text, &Word);
        Text = *Rest ? Rest : Text; // alone, it is the program
        ShTruncate(&Word, 0);
    }
    while (*Text == L'/') {
        PCWSTR Rest = ShellFirstWord(Text, &Word);
        if (!ShellTakeStart(ShString(&Word), &Rest, Start))
            break;
        Text = Rest;
        ShTruncate(&Word, 0);
    }
    ShFreeText(&Word);
    return Text;
}

static NTSTATUS ShellAdjust(HANDLE Process, const SHELL_START *Start)
{
    PROCESS_PRIORITY_CLASS Class = {.PriorityClass = Start->Priority};
    KAFFINITY Affinity = Start->Affinity;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Start->Priority)
        Status = NtSetInformationProcess(Process, ProcessPriorityClass, &Class, sizeof(Class));
    if (NT_SUCCESS(Status) && Affinity)
        Status = NtSetInformationProcess(Process, ProcessAffinityMask, &Affinity, sizeof(Affinity));
    return Status;
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

// In the directory that /d names.
static NTSTATUS ShellStartThere(PCWSTR Line, const SHELL_START *Start, PHANDLE Process,
                                PCLIENT_ID Id)
{
    SH_TEXT Current = {};
    UNICODE_STRING Directory;
    if (!Start->Directory.Length)
        return ShellStart(Line, Process, Id);
    SysCurrentDirectory(&Current);
    RtlInitUnicodeString(&Directory, ShString(&Start->Directory));
    NTSTATUS Status = RtlSetCurrentDirectory_U(&Directory);
    if (NT_SUCCESS(Status)) {
        Status = ShellStart(Line, Process, Id);
        RtlInitUnicodeString(&Directory, ShString(&Current));
        RtlSetCurrentDirectory_U(&Directory);
    } else {
        ShReportStatus(ShString(&Start->Directory), Status);
    }
    ShFreeText(&Current);
    return Status;
}

static ULONG ShellRunStart(PCWSTR Line, const SHELL_START *Start)
{
    HANDLE Process;
    CLIENT_ID Id;
    NTSTATUS ExitStatus = STATUS_SUCCESS;
    if (!NT_SUCCESS(ShellStartThere(Line, Start, &Process, &Id)))
        return 1;
    NTSTATUS Status = ShellAdjust(Process, Start);
    if (!NT_SUCCESS(Status))
        ShReportStatus(L"start", Status);
    if (Start->Wait) {
        Status = SysWaitForProgram(Process, &ExitStatus);
        return NT_SUCCESS(Status) ? (ULONG)ExitStatus : ShReportStatus(L"start", Status);
    }
    ShPrint(L"process %llu\n", (ULONGLONG)(ULONG_PTR)Id.UniqueProcess);
    NtClose(Process);
    return NT_SUCCESS(Status) ? 0 : 1;
}

ULONG ShellDoStart(PSHELL Shell, PCWSTR Tail)
{
    SHELL_START Start = {};
    UNREFERENCED_PARAMETER(Shell);
    PCWSTR Line = ShellParseStart(Tail, &Start);
    ULONG Result = ShWrongUsage;
    if (*Line && *Line != L'/')
        Result = ShellRunStart(Line, &Start);
    else
        ShPrintError(L"usage: start [\"title\"] [switches] program [arguments]\n");
    ShFreeText(&Start.Directory);
    return Result;
}
