// handles: the handle tables of all processes, or of one.

#include "shell.h"

// Names of object types by their index. Null when the system does not tell.
static POBJECT_TYPES_INFORMATION ShellQueryTypes(void)
{
    ULONG Size = 0x2000, Needed;
    for (;;) {
        POBJECT_TYPES_INFORMATION Types = SysAllocate(Size);
        NTSTATUS Status = NtQueryObject(nullptr, ObjectTypesInformation, Types, Size, &Needed);
        if (NT_SUCCESS(Status))
            return Types;
        SysFree(Types);
        if (Status != STATUS_INFO_LENGTH_MISMATCH || Needed <= Size)
            return nullptr;
        Size = Needed;
    }
}

static UNICODE_STRING ShellTypeName(POBJECT_TYPES_INFORMATION Types, ULONG Index)
{
    POBJECT_TYPE_INFORMATION Type =
        (PVOID)((PUCHAR)Types + ALIGN_UP_BY(sizeof(*Types), sizeof(PVOID)));
    for (ULONG i = 0; Types && i < Types->NumberOfTypes; i++) {
        if (Type->TypeIndex == Index)
            return Type->TypeName;
        Type =
            (PVOID)((PUCHAR)(Type + 1) + ALIGN_UP_BY(Type->TypeName.MaximumLength, sizeof(PVOID)));
    }
    return (UNICODE_STRING)RTL_CONSTANT_STRING(L"?");
}

// One without handles is a process all the same.
static BOOLEAN ShellIsProcess(ULONG_PTR Id)
{
    PSYSTEM_PROCESS_INFORMATION First = ShellQuerySystem(SystemProcessInformation), Process = First;
    while (Process && (ULONG_PTR)Process->UniqueProcessId != Id)
        Process = Process->NextEntryOffset ? (PVOID)((PUCHAR)Process + Process->NextEntryOffset)
                                           : nullptr;
    SysFree(First);
    return Process != nullptr;
}

static VOID ShellListHandles(const SYSTEM_HANDLE_INFORMATION_EX *Handles, ULONG_PTR Process)
{
    POBJECT_TYPES_INFORMATION Types = ShellQueryTypes();
    for (ULONG_PTR i = 0; i < Handles->NumberOfHandles; i++) {
        const SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX *Entry = &Handles->Handles[i];
        if (Entry->UniqueProcessId != Process)
            continue;
        UNICODE_STRING Type = ShellTypeName(Types, Entry->ObjectTypeIndex);
        ShPrint(L"%6llx  access %08lx%ws%ws  %wZ\n", (ULONGLONG)Entry->HandleValue,
                Entry->GrantedAccess, Entry->HandleAttributes & OBJ_INHERIT ? L" inherit" : L"",
                Entry->HandleAttributes & OBJ_PROTECT_CLOSE ? L" protected" : L"", &Type);
    }
    SysFree(Types);
}

// The entries of a process lie one after another.
static VOID ShellCountHandles(const SYSTEM_HANDLE_INFORMATION_EX *Handles)
{
    ShPrint(L"%6ws %7ws\n", L"pid", L"handles");
    for (ULONG_PTR i = 0, Count; i < Handles->NumberOfHandles; i += Count) {
        ULONG_PTR Process = Handles->Handles[i].UniqueProcessId;
        for (Count = 0; i + Count < Handles->NumberOfHandles &&
                        Handles->Handles[i + Count].UniqueProcessId == Process;
             Count++)
            continue;
        ShPrint(L"%6llu %7llu\n", (ULONGLONG)Process, (ULONGLONG)Count);
    }
}

ULONG ShellDoHandles(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    LONG Process = 0;
    if (Words->Count > 1 || (Words->Count && !ShParseNumber(Words->Values[0], &Process)))
        return ShWrongUsage;
    if (Words->Count && !ShellIsProcess((ULONG_PTR)(LONG_PTR)Process))
        return ShReportStatus(Words->Values[0], STATUS_INVALID_CID);
    PSYSTEM_HANDLE_INFORMATION_EX Handles = ShellQuerySystem(SystemExtendedHandleInformation);
    if (!Handles)
        return 1;
    if (Words->Count)
        ShellListHandles(Handles, (ULONG_PTR)Process);
    else
        ShellCountHandles(Handles);
    SysFree(Handles);
    return 0;
}
