// Handles: making, using and closing them.
#include "obp.h"

// ---- Counting

static POBP_HANDLE_COUNT ObpFindHandleCount(POBJECT_HEADER Header, PEPROCESS Process)
{
    POBP_HANDLE_COUNT Count = Header->HandleCounts;
    while (Count && Count->Process != Process)
        Count = Count->Next;
    return Count;
}

static NTSTATUS ObpCountForProcess(POBJECT_HEADER Header, PEPROCESS Process)
{
    POBP_HANDLE_COUNT Count = ObpFindHandleCount(Header, Process);
    if (!Count) {
        Count = ExAllocatePoolZero(PagedPool, sizeof(*Count), OB_TAG_COUNT);
        if (!Count)
            return STATUS_INSUFFICIENT_RESOURCES;
        Count->Process = Process;
        Count->Next = Header->HandleCounts;
        Header->HandleCounts = Count;
    }
    Count->Count++;
    return STATUS_SUCCESS;
}

// Returns how many handles the process had, the one that goes included.
static ULONG ObpUncountForProcess(POBJECT_HEADER Header, PEPROCESS Process)
{
    POBP_HANDLE_COUNT *Link = &Header->HandleCounts;
    while (*Link && (*Link)->Process != Process)
        Link = &(*Link)->Next;
    POBP_HANDLE_COUNT Count = *Link;
    if (!Count)
        return 1;
    ULONG Before = Count->Count;
    if (--Count->Count == 0) {
        *Link = Count->Next;
        ExFreePoolWithTag(Count, OB_TAG_COUNT);
    }
    return Before;
}

static VOID ObpUncountHandle(POBJECT_HEADER Header, PEPROCESS Process)
{
    Header->HandleCount--;
    Header->Type->HandleCount--;
    if (Header->HandleCount == 0)
        Header->ExclusiveProcess = nullptr;
    if (Header->Type->Info.MaintainHandleCount)
        ObpUncountForProcess(Header, Process);
    ObpDeleteNameCheck(Header);
    ObDereferenceObject(Header->Body);
}

NTSTATUS ObpIncrementHandleCount(POBJECT_HEADER Header, PEPROCESS Process, ACCESS_MASK Access,
                                 ULONG Attributes)
{
    POBJECT_TYPE Type = Header->Type;
    BOOLEAN Exclusive = (Header->Flags & OBP_EXCLUSIVE) != 0;
    if (!Exclusive && (Attributes & OBJ_EXCLUSIVE) && Header->HandleCount)
        return STATUS_ACCESS_DENIED;
    if (Exclusive && Header->ExclusiveProcess && Header->ExclusiveProcess != Process)
        return STATUS_ACCESS_DENIED;
    if (Type->Info.MaintainHandleCount) {
        NTSTATUS Status = ObpCountForProcess(Header, Process);
        if (!NT_SUCCESS(Status))
            return Status;
    }

    ObReferenceObject(Header->Body);
    Header->HandleCount++;
    Type->HandleCount++;
    Type->HighHandleCount = max(Type->HighHandleCount, Type->HandleCount);
    if (Exclusive)
        Header->ExclusiveProcess = Process;
    if (!Type->Info.Open)
        return STATUS_SUCCESS;
    NTSTATUS Status = Type->Info.Open(Header->Body, Process, Access);
    if (!NT_SUCCESS(Status))
        ObpUncountHandle(Header, Process);
    return Status;
}

VOID ObpDecrementHandleCount(POBJECT_HEADER Header, PEPROCESS Process, ACCESS_MASK Access)
{
    POBJECT_TYPE Type = Header->Type;
    if (Type->Info.Close) {
        POBP_HANDLE_COUNT Count = ObpFindHandleCount(Header, Process);
        Type->Info.Close(Process, Header->Body, Access, Count ? Count->Count : 1,
                         Header->HandleCount);
    }
    ObpUncountHandle(Header, Process);
}

// ---- Making

NTSTATUS ObpCreateHandle(PEPROCESS Process, PVOID Object, ACCESS_MASK GrantedAccess,
                         ULONG Attributes, PHANDLE Handle)
{
    POBJECT_HEADER Header = ObpHeader(Object);
    NTSTATUS Status = ObpIncrementHandleCount(Header, Process, GrantedAccess, Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObpAllocateHandle(Process->ObjectTable, Header, GrantedAccess, Attributes, Handle);
    if (!NT_SUCCESS(Status))
        ObpDecrementHandleCount(Header, Process, GrantedAccess);
    return Status;
}

NTSTATUS ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes, ACCESS_MASK DesiredAccess,
                               POBJECT_TYPE Type, KPROCESSOR_MODE Mode, PHANDLE Handle)
{
    POBJECT_HEADER Header = ObpHeader(Object);
    if (Type && Header->Type != Type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    if (HandleAttributes & Header->Type->Info.InvalidAttributes)
        return STATUS_INVALID_PARAMETER;

    ACCESS_STATE AccessState;
    SeCreateAccessState(&AccessState, DesiredAccess, &Header->Type->Info.GenericMapping);
    NTSTATUS Status = ObpCheckObjectAccess(Object, &AccessState, Mode);
    if (NT_SUCCESS(Status))
        Status = ObpCreateHandle(ObpCurrentProcess(), Object, AccessState.PreviouslyGrantedAccess,
                                 HandleAttributes, Handle);
    SeDeleteAccessState(&AccessState);
    return Status;
}

// ---- Using

// The pseudo handles of the caller give every right to itself.
static PVOID ObpPseudoObject(HANDLE Handle)
{
    if (Handle == NtCurrentProcess())
        return PsGetCurrentProcess();
    if (Handle == NtCurrentThread())
        return KeGetCurrentThread();
    return nullptr;
}

static BOOLEAN ObpMayUse(ACCESS_MASK Granted, ACCESS_MASK Desired, KPROCESSOR_MODE Mode)
{
    return Mode == KernelMode || (Desired & ~Granted) == 0;
}

NTSTATUS ObpReferenceByHandle(PEPROCESS Process, HANDLE Handle, ACCESS_MASK DesiredAccess,
                              POBJECT_TYPE Type, KPROCESSOR_MODE Mode, PVOID *Object,
                              PACCESS_MASK GrantedAccess, PULONG Attributes)
{
    PVOID Found = Process == ObpCurrentProcess() ? ObpPseudoObject(Handle) : nullptr;
    ACCESS_MASK Granted = 0;
    if (Found) {
        Granted = ObpHeader(Found)->Type->Info.ValidAccess;
        *Attributes = 0;
    } else {
        PHANDLE_ENTRY Entry =
            Process->ObjectTable ? ObpLookupHandle(Process->ObjectTable, Handle) : nullptr;
        if (!Entry)
            return STATUS_INVALID_HANDLE;
        Found = Entry->Header->Body;
        Granted = Entry->GrantedAccess;
        *Attributes = Entry->Attributes;
    }

    if (Type && ObpHeader(Found)->Type != Type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    if (!ObpMayUse(Granted, DesiredAccess, Mode))
        return STATUS_ACCESS_DENIED;
    ObReferenceObject(Found);
    *Object = Found;
    *GrantedAccess = Granted;
    return STATUS_SUCCESS;
}

NTSTATUS ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE Type,
                                   KPROCESSOR_MODE Mode, PVOID *Object, PACCESS_MASK GrantedAccess)
{
    ACCESS_MASK Granted;
    ULONG Attributes;
    *Object = nullptr;
    return ObpReferenceByHandle(ObpCurrentProcess(), Handle, DesiredAccess, Type, Mode, Object,
                                GrantedAccess ? GrantedAccess : &Granted, &Attributes);
}

// ---- Closing

static BOOLEAN ObpIsPseudoHandle(HANDLE Handle)
{
    return (LONG_PTR)Handle >= -6 && (LONG_PTR)Handle <= -1;
}

NTSTATUS ObCloseHandle(PEPROCESS Process, HANDLE Handle, KPROCESSOR_MODE Mode)
{
    PHANDLE_TABLE Table = Process->ObjectTable;
    PHANDLE_ENTRY Entry = Table ? ObpLookupHandle(Table, Handle) : nullptr;
    if (!Entry)
        return ObpIsPseudoHandle(Handle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
    POBJECT_HEADER Header = Entry->Header;
    ACCESS_MASK Access = Entry->GrantedAccess;
    if (Mode == UserMode && (Entry->Attributes & OBJ_PROTECT_CLOSE))
        return STATUS_HANDLE_NOT_CLOSABLE;
    BOOLEAN (*OkayToClose)(PEPROCESS, PVOID, HANDLE, KPROCESSOR_MODE) =
        Header->Type->Info.OkayToClose;
    if (OkayToClose && !OkayToClose(Process, Header->Body, Handle, Mode))
        return STATUS_HANDLE_NOT_CLOSABLE;

    ObpFreeHandle(Table, Handle);
    ObpDecrementHandleCount(Header, Process, Access);
    return STATUS_SUCCESS;
}

NTSTATUS NtClose(HANDLE Handle)
{
    return ObCloseHandle(PsGetCurrentProcess(), Handle, UserMode);
}

VOID ObKillProcessHandles(PEPROCESS Process)
{
    PHANDLE_TABLE Table = Process->ObjectTable;
    if (!Table)
        return;
    ObpRefuseHandles(Table);
    ULONG Index = 0;
    HANDLE Handle;
    for (PHANDLE_ENTRY Entry; (Entry = ObpNextHandle(Table, &Index, &Handle));) {
        POBJECT_HEADER Header = Entry->Header;
        ACCESS_MASK Access = Entry->GrantedAccess;
        ObpFreeHandle(Table, Handle);
        ObpDecrementHandleCount(Header, Process, Access);
    }
}

// ---- Inheriting

static NTSTATUS ObpInheritEntry(PEPROCESS Process, PHANDLE_TABLE Table, HANDLE Handle,
                                const HANDLE_ENTRY *Entry)
{
    // The type's Open routine may wait, and the parent may close the handle meanwhile.
    HANDLE_ENTRY Copy = *Entry;
    NTSTATUS Status = ObpIncrementHandleCount(Copy.Header, Process, Copy.GrantedAccess, 0);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObpAllocateHandleAt(Table, Handle, Copy.Header, Copy.GrantedAccess, Copy.Attributes);
    if (!NT_SUCCESS(Status))
        ObpDecrementHandleCount(Copy.Header, Process, Copy.GrantedAccess);
    return Status;
}

static NTSTATUS ObpInheritAll(PEPROCESS Process, PHANDLE_TABLE Table, PHANDLE_TABLE Parent)
{
    ULONG Index = 0;
    HANDLE Handle;
    for (PHANDLE_ENTRY Entry; (Entry = ObpNextHandle(Parent, &Index, &Handle));) {
        if (!(Entry->Attributes & OBJ_INHERIT))
            continue;
        // An exclusive object stays with its process.
        NTSTATUS Status = ObpInheritEntry(Process, Table, Handle, Entry);
        if (!NT_SUCCESS(Status) && Status != STATUS_ACCESS_DENIED)
            return Status;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS ObpInheritList(PEPROCESS Process, PHANDLE_TABLE Table, PHANDLE_TABLE Parent,
                               const HANDLE *Handles, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++) {
        PHANDLE_ENTRY Entry = ObpLookupHandle(Parent, Handles[i]);
        if (!Entry || !(Entry->Attributes & OBJ_INHERIT))
            return STATUS_INVALID_PARAMETER;
        if (ObpLookupHandle(Table, Handles[i]))
            continue; // listed twice
        NTSTATUS Status = ObpInheritEntry(Process, Table, Handles[i], Entry);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS ObpCreateInheriting(PEPROCESS Process, PEPROCESS Parent, const HANDLE *Handles,
                                    ULONG Count, PHANDLE_TABLE *Result)
{
    PHANDLE_TABLE Table;
    NTSTATUS Status = ObpCreateTable(Process, &Table);
    if (!NT_SUCCESS(Status))
        return Status;
    PHANDLE_TABLE From = Parent ? Parent->ObjectTable : nullptr;
    if (From && Handles)
        Status = ObpInheritList(Process, Table, From, Handles, Count);
    else if (From)
        Status = ObpInheritAll(Process, Table, From);
    ObpRebuildFreeList(Table);

    if (!NT_SUCCESS(Status)) {
        PHANDLE_TABLE Old = Process->ObjectTable;
        Process->ObjectTable = Table;
        ObKillProcessHandles(Process);
        Process->ObjectTable = Old;
        ObFreeHandleTable(Table);
        return Status;
    }
    *Result = Table;
    return STATUS_SUCCESS;
}

NTSTATUS ObCreateHandleTable(PEPROCESS Process, PEPROCESS Parent, PHANDLE_TABLE *Table)
{
    return ObpCreateInheriting(Process, Parent, nullptr, 0, Table);
}

NTSTATUS ObCreateHandleTableWithList(PEPROCESS Process, PEPROCESS Parent, const HANDLE *Handles,
                                     ULONG Count, PHANDLE_TABLE *Table)
{
    return ObpCreateInheriting(Process, Parent, Handles, Count, Table);
}
