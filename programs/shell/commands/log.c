// log: which messages of which components go to the debug log.
#include "../shell.h"

#define LOG_FILTERS_KEY \
    L"\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Debug Print Filter"

static const struct {
    PCWSTR Name;
    ULONG Component;
} LogComponents[] = {
    {L"WIN2000", MAXULONG}, // what is shown of every component
#define FILTER(Name, Level) {L"" #Name, DPFLTR_##Name##_ID},
#include <nt/dbgfilter.inc>
#undef FILTER
};

enum { LogLevels = 32 };

// Each with those that are more important.
static const struct {
    PCWSTR Name;
    ULONG Mask;
} LogNames[] = {
    {L"off", 0x0},   {L"error", 0x1}, {L"warning", 0x3},
    {L"trace", 0x7}, {L"info", 0xF},  {L"all", MAXULONG},
};

static ULONG LogMask(ULONG Component)
{
    ULONG Mask = 0;
    for (ULONG Level = 0; Level < LogLevels; Level++) {
        if (NtQueryDebugFilterState(Component, Level) == TRUE)
            Mask |= 1u << Level;
    }
    return Mask;
}

static VOID LogShow(ULONG Index)
{
    ULONG Mask = LogMask(LogComponents[Index].Component);
    for (ULONG i = 0; i < RTL_NUMBER_OF(LogNames); i++) {
        if (Mask == LogNames[i].Mask) {
            ShPrint(L"%-20ws %ws\n", LogComponents[Index].Name, LogNames[i].Name);
            return;
        }
    }
    ShPrint(L"%-20ws 0x%lx\n", LogComponents[Index].Name, Mask);
}

// FALSE: there is none of that name.
static BOOLEAN LogFind(PCWSTR Name, PULONG Index)
{
    for (*Index = 0; *Index < RTL_NUMBER_OF(LogComponents); ++*Index) {
        if (!_wcsicmp(LogComponents[*Index].Name, Name))
            return TRUE;
    }
    return FALSE;
}

static BOOLEAN LogReadLevel(PCWSTR Text, PULONG Mask)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(LogNames); i++) {
        if (!_wcsicmp(LogNames[i].Name, Text)) {
            *Mask = LogNames[i].Mask;
            return TRUE;
        }
    }
    PWSTR End;
    *Mask = wcstoul(Text, &End, 0);
    return End != Text && !*End;
}

static NTSTATUS LogSet(ULONG Component, ULONG Mask)
{
    NTSTATUS Status = NtSetDebugFilterState(Component, MAXULONG, FALSE);
    for (ULONG Level = 0; NT_SUCCESS(Status) && Level < LogLevels; Level++) {
        if (Mask >> Level & 1)
            Status = NtSetDebugFilterState(Component, Level, TRUE);
    }
    return Status;
}

static NTSTATUS LogSetPrivileged(ULONG Component, ULONG Mask)
{
    BOOLEAN WasEnabled;
    NTSTATUS Status = RtlAdjustPrivilege(SE_DEBUG_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    if (NT_SUCCESS(Status))
        Status = LogSet(Component, Mask);
    (VOID) RtlAdjustPrivilege(SE_DEBUG_PRIVILEGE, WasEnabled, FALSE, &WasEnabled);
    return Status;
}

// For the next starts.
static NTSTATUS LogKeep(PCWSTR Name, ULONG Mask)
{
    UNICODE_STRING Path = RTL_CONSTANT_STRING(LOG_FILTERS_KEY), ValueName;
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Key;
    InitializeObjectAttributes(&Attributes, &Path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NTSTATUS Status = NtCreateKey(&Key, KEY_SET_VALUE, &Attributes, 0, nullptr, 0, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlInitUnicodeString(&ValueName, Name);
    Status = NtSetValueKey(Key, &ValueName, 0, REG_DWORD, &Mask, sizeof(Mask));
    NtClose(Key);
    return Status;
}

// Without a word: those that differ from what Windows has, errors alone.
static ULONG LogList(BOOLEAN All)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(LogComponents); i++) {
        if (All || LogMask(LogComponents[i].Component) != LogNames[1].Mask)
            LogShow(i);
    }
    if (!All)
        ShPrint(L"All others: %ws. log /a lists them.\n", LogNames[1].Name);
    return 0;
}

ULONG ShellDoLog(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    ULONG Index, Mask;
    if (!Words->Count)
        return LogList(FALSE);
    if (Words->Count == 1 && ShIsSwitch(Words->Values[0], L"a", nullptr))
        return LogList(TRUE);
    if (!LogFind(Words->Values[0], &Index)) {
        ShPrintError(L"%ws: There is no such component. log /a lists them.\n", Words->Values[0]);
        return 1;
    }
    if (Words->Count == 1) {
        LogShow(Index);
        return 0;
    }
    BOOLEAN Keep = Words->Count == 3 && ShIsSwitch(Words->Values[2], L"p", nullptr);
    if (Words->Count > (Keep ? 3u : 2u) || !LogReadLevel(Words->Values[1], &Mask))
        return ShWrongUsage;
    NTSTATUS Status = LogSetPrivileged(LogComponents[Index].Component, Mask);
    if (NT_SUCCESS(Status) && Keep)
        Status = LogKeep(LogComponents[Index].Name, Mask);
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(Words->Values[0], Status);
}
