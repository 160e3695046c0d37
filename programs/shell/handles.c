// handles: the handle tables of all processes, or of one.

#include "shell.h"

// Names of object types by their index. Null when the system does not tell.
static POBJECT_TYPES_INFORMATION ShellQueryTypes(void)
{
    ULONG Size = 0x2000, Needed;
    for (;;) {
        POBJECT_TYPES_INFORMATION Types = RtlAllocateHeap(RtlProcessHeap(), 0, Size);
        if (!Types)
            return nullptr;
        NTSTATUS Status = NtQueryObject(nullptr, ObjectTypesInformation, Types, Size, &Needed);
        if (NT_SUCCESS(Status))
            return Types;
        RtlFreeHeap(RtlProcessHeap(), 0, Types);
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

static VOID ShellListHandles(const SYSTEM_HANDLE_INFORMATION_EX *Handles, ULONG_PTR Process)
{
    POBJECT_TYPES_INFORMATION Types = ShellQueryTypes();
    for (ULONG_PTR i = 0; i < Handles->NumberOfHandles; i++) {
        const SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX *Entry = &Handles->Handles[i];
        if (Entry->UniqueProcessId != Process)
            continue;
        UNICODE_STRING Type = ShellTypeName(Types, Entry->ObjectTypeIndex);
        ConPrint(L"%6llx  access %08lx%ws%ws  %wZ\n", (ULONGLONG)Entry->HandleValue,
                 Entry->GrantedAccess, Entry->HandleAttributes & OBJ_INHERIT ? L" inherit" : L"",
                 Entry->HandleAttributes & OBJ_PROTECT_CLOSE ? L" protected" : L"", &Type);
    }
    ShellFree(Types);
}

// The entries of a process lie one after another.
static VOID ShellCountHandles(const SYSTEM_HANDLE_INFORMATION_EX *Handles)
{
    ConPrint(L"%6ws %7ws\n", L"pid", L"handles");
    for (ULONG_PTR i = 0, Count; i < Handles->NumberOfHandles; i += Count) {
        ULONG_PTR Process = Handles->Handles[i].UniqueProcessId;
        for (Count = 0; i + Count < Handles->NumberOfHandles &&
                        Handles->Handles[i + Count].UniqueProcessId == Process;
             Count++)
            continue;
        ConPrint(L"%6llu %7llu\n", (ULONGLONG)Process, (ULONGLONG)Count);
    }
}

BOOLEAN ShellDoHandles(PARGUMENTS Arguments)
{
    ULONG_PTR Process = 0;
    if (Arguments->Count > 2 ||
        (Arguments->Count == 2 && !ArgNumber(Arguments->Values[1], &Process)))
        return FALSE;
    PSYSTEM_HANDLE_INFORMATION_EX Handles = ShellQuerySystem(SystemExtendedHandleInformation);
    if (!Handles)
        return TRUE;
    if (Process)
        ShellListHandles(Handles, Process);
    else
        ShellCountHandles(Handles);
    ShellFree(Handles);
    return TRUE;
}
