// "autocheck autochk /p \??\D:", as on Windows: /p checks the volume whether it is marked or not, /r looks at each cluster, too.
// The lines stand before that for all volumes, and are taken out when they have been obeyed.
#include "schedule.h"

#define SCHEDULE_KEY  L"\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"
#define SCHEDULE_HIVE L"\\Registry\\Machine\\AutochkSystem"

static const WCHAR ScheduleValue[] = L"BootExecute";
static const WCHAR ScheduleStart[] = L"autocheck autochk /";

// Its letter or its name among the volumes; the system's is C: before it is the system's.
static PCWSTR SchedulePath(const RAW_VOLUME *Volume)
{
    return Volume->IsSystem ? L"\\??\\C:" : Volume->Path;
}

static SCHEDULED ScheduleRead(PCWSTR Line, PCWSTR Path)
{
    constexpr ULONG Length = RTL_NUMBER_OF(ScheduleStart) - 1;
    if (_wcsnicmp(Line, ScheduleStart, Length) || Line[Length + 1] != L' ' ||
        _wcsicmp(Line + Length + 2, Path))
        return ScheduledNot;
    return towlower(Line[Length]) == L'r' ? ScheduledSurface : ScheduledCheck;
}

// ---- The list

static NTSTATUS ScheduleWrite(PWSTR Lines, SIZE_T Chars)
{
    UNICODE_STRING Name;
    HANDLE Key;
    RtlInitUnicodeString(&Name, ScheduleValue);
    NTSTATUS Status = RegOpen(SCHEDULE_KEY, KEY_SET_VALUE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtSetValueKey(Key, &Name, 0, REG_MULTI_SZ, Lines, (ULONG)(Chars * sizeof(WCHAR)));
    if (NT_SUCCESS(Status))
        Status = NtFlushKey(Key); // whoever asked for it may switch off now
    NtClose(Key);
    return Status;
}

// The list without the lines of that volume, with another one in front. Line: null: none.
static NTSTATUS ScheduleChange(PCWSTR Path, PCWSTR Line)
{
    PREG_VALUE Value = nullptr;
    SIZE_T Chars = 0, Length = Line ? wcslen(Line) + 1 : 0;
    NTSTATUS Status = RegFindValue(SCHEDULE_KEY, ScheduleValue, &Value);
    if (!NT_SUCCESS(Status) && Status != STATUS_OBJECT_NAME_NOT_FOUND)
        return Status;
    PCWSTR Old = NT_SUCCESS(Status) && Value->Type == REG_MULTI_SZ ? Value->Data : L"";
    SIZE_T Room = (Value ? Value->Size / sizeof(WCHAR) : 0) + Length + 2;
    PWSTR Lines = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Room * sizeof(WCHAR));
    if (Lines && Line)
        wcscpy(Lines, Line);
    Chars = Length;
    for (; Lines && *Old; Old += wcslen(Old) + 1) {
        if (ScheduleRead(Old, Path) != ScheduledNot)
            continue;
        wcscpy(Lines + Chars, Old);
        Chars += wcslen(Old) + 1;
    }
    Status = Lines ? ScheduleWrite(Lines, Chars + 1) : STATUS_NO_MEMORY;
    RtlFreeHeap(RtlProcessHeap(), 0, Lines);
    if (Value)
        RegFreeValue(Value);
    return Status;
}

NTSTATUS ScheduleAdd(const RAW_VOLUME *Volume, BOOLEAN Surface)
{
    WCHAR Line[RawNameChars + RTL_NUMBER_OF(ScheduleStart) + 2];
    PCWSTR Path = SchedulePath(Volume);
    _snwprintf(Line, RTL_NUMBER_OF(Line), L"%ws%wc %ws", ScheduleStart, Surface ? L'r' : L'p',
               Path);
    return ScheduleChange(Path, Line);
}

VOID ScheduleRemove(const RAW_VOLUME *Volume)
{
    (VOID) ScheduleChange(SchedulePath(Volume), nullptr);
}

// ---- The registry on the volume itself

static SCHEDULED ScheduleSearch(PCWSTR Key, PCWSTR Path)
{
    PREG_VALUE Value;
    SCHEDULED Found = ScheduledNot;
    if (!NT_SUCCESS(RegFindValue(Key, ScheduleValue, &Value)))
        return ScheduledNot;
    if (Value->Type == REG_MULTI_SZ) {
        for (PCWSTR Line = Value->Data; *Line && Found == ScheduledNot; Line += wcslen(Line) + 1)
            Found = ScheduleRead(Line, Path);
    }
    RegFreeValue(Value);
    return Found;
}

static SCHEDULED ScheduleSearchHive(PCWSTR Path)
{
    WCHAR Key[128];
    PREG_VALUE Value;
    ULONG Current = 1;
    if (NT_SUCCESS(RegFindValue(SCHEDULE_HIVE L"\\Select", L"Current", &Value))) {
        if (Value->Type == REG_DWORD)
            memcpy(&Current, Value->Data, sizeof(Current));
        RegFreeValue(Value);
    }
    _snwprintf(Key, RTL_NUMBER_OF(Key),
               SCHEDULE_HIVE L"\\ControlSet%03lu\\Control\\Session Manager", Current);
    return ScheduleSearch(Key, Path);
}

SCHEDULED ScheduleAskVolume(VOID)
{
    static UNICODE_STRING File =
        RTL_CONSTANT_STRING(L"\\??\\C:\\Windows\\System32\\config\\SYSTEM");
    static UNICODE_STRING Target = RTL_CONSTANT_STRING(SCHEDULE_HIVE);
    OBJECT_ATTRIBUTES FileAttributes, TargetAttributes;
    BOOLEAN Was;
    InitializeObjectAttributes(&FileAttributes, &File, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    InitializeObjectAttributes(&TargetAttributes, &Target, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    (VOID) RtlAdjustPrivilege(SE_RESTORE_PRIVILEGE, TRUE, FALSE, &Was);
    if (!NT_SUCCESS(NtLoadKey2(&TargetAttributes, &FileAttributes, REG_OPEN_READ_ONLY)))
        return ScheduledNot;
    SCHEDULED Found = ScheduleSearchHive(L"\\??\\C:");
    (VOID) NtUnloadKey(&TargetAttributes);
    return Found;
}
