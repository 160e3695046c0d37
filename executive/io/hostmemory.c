// Memory services of driver hosts: pages that stay in place for devices, and views of request pages.
#include "hostp.h"

enum { IOP_MAX_PAGES = 0x10000 }; // of one call: 256 MiB

PIOP_HOST_PIN IopAllocateHostPin(ULONG Room, BOOLEAN Write)
{
    PIOP_HOST_PIN Pin =
        ExAllocatePoolWithTag(NonPagedPool, sizeof(*Pin) + Room * sizeof(ULONG64), 'iPoI');
    if (!Pin)
        return nullptr;
    Pin->Count = 0;
    Pin->Write = Write;
    return Pin;
}

VOID IopKeepHostPin(PIO_HOST Host, PIOP_HOST_PIN Pin)
{
    InsertHeadList(&Host->PinListHead, &Pin->Link);
}

VOID IopDropHostPin(PIOP_HOST_PIN Pin)
{
    MmUnpinPages(Pin->Pages, Pin->Count);
    ExFreePool(Pin);
}

static VOID IopReleasePin(PIOP_HOST_PIN Pin)
{
    RemoveEntryList(&Pin->Link);
    IopDropHostPin(Pin);
}

VOID IopReleaseHostPins(PIO_HOST Host)
{
    while (!IsListEmpty(&Host->PinListHead))
        IopReleasePin(CONTAINING_RECORD(Host->PinListHead.Flink, IOP_HOST_PIN, Link));
}

static NTSTATUS IopLockPages(PIO_HOST Host, PEPROCESS Process, PVOID Address, ULONG Count,
                             BOOLEAN Write, ULONG64 USER *Pages)
{
    if (Count == 0 || Count > IOP_MAX_PAGES)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(Pages, Count * sizeof(ULONG64), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PIOP_HOST_PIN Pin = IopAllocateHostPin(Count, Write);
    if (!Pin)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmPinPages(Process, ALIGN_DOWN_BY(Address, PAGE_SIZE), Count, Write, Pin->Pages);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Pin);
        return Status;
    }
    Pin->Count = Count;
    IopKeepHostPin(Host, Pin);
    return MmCopyToUser(Pages, Pin->Pages, Count * sizeof(ULONG64));
}

NTSTATUS NtHostLockPages(PVOID Address, ULONG Count, ULONG Write, ULONG64 USER *Pages)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    return IopLockPages(Host, Host->Process, Address, Count, Write != 0, Pages);
}

// The process of a program's request that the host works on.
static PEPROCESS IopFindCaller(PIO_HOST Host, ULONG ProcessId)
{
    for (PLIST_ENTRY Link = Host->Given.Flink; Link != &Host->Given; Link = Link->Flink) {
        PIOP_HOST_ENTRY Entry = CONTAINING_RECORD(Link, IOP_HOST_ENTRY, Link);
        BOOLEAN IsProgram = !(Entry->Message.Flags & HOST_REQUEST_KERNEL_MODE);
        if (Entry->Request && IsProgram && Entry->Message.ProcessId == ProcessId)
            return Entry->Request->Process;
    }
    return nullptr;
}

NTSTATUS NtHostLockCallerPages(PVOID Address, ULONG Count, ULONG Write, ULONG64 USER *Pages,
                               ULONG ProcessId)
{
    PIO_HOST Host = IopCurrentHost();
    PEPROCESS Caller = Host ? IopFindCaller(Host, ProcessId) : nullptr;
    if (!Caller)
        return STATUS_ACCESS_DENIED;
    return IopLockPages(Host, Caller, Address, Count, Write != 0, Pages);
}

// As they were locked. Who unlocks has mostly locked not long ago.
NTSTATUS NtHostUnlockPages(const ULONG64 USER *Pages, ULONG Count)
{
    PIO_HOST Host = IopCurrentHost();
    ULONG64 First;
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if (Count == 0)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmCopyFromUser(&First, Pages, sizeof(First));
    if (!NT_SUCCESS(Status))
        return Status;
    for (PLIST_ENTRY Link = Host->PinListHead.Flink; Link != &Host->PinListHead;
         Link = Link->Flink) {
        PIOP_HOST_PIN Pin = CONTAINING_RECORD(Link, IOP_HOST_PIN, Link);
        if (Pin->Count != Count || Pin->Pages[0] != First)
            continue;
        IopReleasePin(Pin);
        return STATUS_SUCCESS;
    }
    return STATUS_INVALID_PARAMETER;
}

// ---- Views

// Do the pages stand one after another in the list? Who maps mostly maps the whole of a request.
static BOOLEAN IopHoldsPages(const ULONG64 *List, ULONG ListCount, const ULONG64 *Pages,
                             ULONG Count)
{
    for (ULONG i = 0; i + Count <= ListCount; i++) {
        if (List[i] == Pages[0] && memcmp(&List[i], Pages, Count * sizeof(*Pages)) == 0)
            return TRUE;
    }
    return FALSE;
}

// What the host may do with pages that stand together in a request that it works on, or in what it has
// locked. A caller's page that was given for reading stays as it is, whatever the driver does.
static IOP_PAGE_ACCESS IopPagesAccess(PIO_HOST Host, const ULONG64 *Pages, ULONG Count)
{
    IOP_PAGE_ACCESS Access = IopNoAccess;
    for (PLIST_ENTRY Link = Host->Given.Flink; Link != &Host->Given && Access != IopWriteAccess;
         Link = Link->Flink) {
        PIOP_HOST_ENTRY Entry = CONTAINING_RECORD(Link, IOP_HOST_ENTRY, Link);
        if (IopHoldsPages(Entry->Pinned.Pages, Entry->Pinned.Count, Pages, Count))
            Access =
                Entry->Message.Flags & HOST_REQUEST_WRITABLE_PAGES ? IopWriteAccess : IopReadAccess;
    }
    for (PLIST_ENTRY Link = Host->PinListHead.Flink;
         Link != &Host->PinListHead && Access != IopWriteAccess; Link = Link->Flink) {
        PIOP_HOST_PIN Pin = CONTAINING_RECORD(Link, IOP_HOST_PIN, Link);
        if (IopHoldsPages(Pin->Pages, Pin->Count, Pages, Count))
            Access = Pin->Write ? IopWriteAccess : IopReadAccess;
    }
    return Access;
}

// All of them together, or else one by one: the least that any of them allows.
IOP_PAGE_ACCESS IopMapAccess(PIO_HOST Host, const ULONG64 *Pages, ULONG Count)
{
    IOP_PAGE_ACCESS Least = IopPagesAccess(Host, Pages, Count);
    if (Least != IopNoAccess)
        return Least;
    Least = IopWriteAccess;
    for (ULONG i = 0; i < Count && Least != IopNoAccess; i++)
        Least = min(Least, IopPagesAccess(Host, &Pages[i], 1));
    return Least;
}

static NTSTATUS IopMapRequestPages(PIO_HOST Host, const ULONG64 *Pages, ULONG Count,
                                   PVOID USER *BaseAddress)
{
    IOP_PAGE_ACCESS Access = IopMapAccess(Host, Pages, Count);
    if (Access == IopNoAccess)
        return STATUS_ACCESS_DENIED;
    PVOID Base;
    NTSTATUS Status = MmMapFrames(Host->Process, Pages, Count, Access == IopWriteAccess, &Base);
    return NT_SUCCESS(Status) ? MmWriteUser(BaseAddress, Base) : Status;
}

NTSTATUS NtHostMapPages(const ULONG64 USER *Pages, ULONG Count, PVOID USER *BaseAddress)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if (Count == 0 || Count > IOP_MAX_PAGES)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(BaseAddress, sizeof(PVOID), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG64 *Captured = ExAllocatePoolWithTag(NonPagedPool, Count * sizeof(*Captured), 'aMoI');
    if (!Captured)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmCopyFromUser(Captured, Pages, Count * sizeof(*Captured));
    if (NT_SUCCESS(Status))
        Status = IopMapRequestPages(Host, Captured, Count, BaseAddress);
    ExFreePool(Captured);
    return Status;
}

// The rings and the arena are views too: without them the host has nothing to live for.
NTSTATUS NtHostUnmapPages(PVOID BaseAddress)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if ((ULONG_PTR)BaseAddress == Host->SharedAddress ||
        (ULONG_PTR)BaseAddress == Host->Arena.HostAddress)
        return STATUS_INVALID_PARAMETER;
    return MmUnmapHostView(Host->Process, (PVOID)ALIGN_DOWN_BY(BaseAddress, PAGE_SIZE));
}

NTSTATUS NtHostAllocateContiguous(SIZE_T Size, ULONG64 LowestAddress, ULONG64 HighestAddress,
                                  ULONG64 Boundary, ULONG CacheType, PVOID USER *BaseAddress,
                                  ULONG64 USER *PhysicalAddress)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if (CacheType > MmWriteCombined)
        return STATUS_INVALID_PARAMETER; // devices on a PC see the caches: all kinds are cached
    MM_PHYSICAL_RANGE Range = {LowestAddress, HighestAddress};
    PVOID Base;
    ULONG64 Physical;
    NTSTATUS Status = MmProbeForWrite(BaseAddress, sizeof(PVOID), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(PhysicalAddress, sizeof(ULONG64), 1);
    if (NT_SUCCESS(Status))
        Status = MmMapContiguous(Host->Process, Size, &Range, Boundary, &Base, &Physical);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(BaseAddress, Base);
    return NT_SUCCESS(Status) ? MmWriteUser(PhysicalAddress, Physical) : Status;
}

NTSTATUS NtHostAllocatePages(ULONG Count, ULONG64 LowestAddress, ULONG64 HighestAddress,
                             ULONG Together, PVOID USER *BaseAddress)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if (Count == 0 || Count > IOP_MAX_PAGES)
        return STATUS_INVALID_PARAMETER;
    MM_PHYSICAL_RANGE Range = {LowestAddress, HighestAddress};
    PVOID Base;
    NTSTATUS Status = MmProbeForWrite(BaseAddress, sizeof(PVOID), 1);
    if (NT_SUCCESS(Status))
        Status = MmMapPagesInRange(Host->Process, Count, &Range, Together, &Base);
    return NT_SUCCESS(Status) ? MmWriteUser(BaseAddress, Base) : Status;
}

// The page at an address as a device would have to be told it: writable if it can be, for a page that
// is still to be copied on write is another one then. 0: nothing is there.
static ULONG64 IopPageAt(PIO_HOST Host, ULONG_PTR Address)
{
    ULONG64 Page;
    if (!NT_SUCCESS(MmPinUserPage(Host->Process, Address, TRUE, &Page)) &&
        !NT_SUCCESS(MmPinUserPage(Host->Process, Address, FALSE, &Page)))
        return 0;
    MmUnpinPage(Page);
    return Page;
}

NTSTATUS NtHostQueryPages(PVOID Address, ULONG Count, ULONG64 USER *Pages)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if (Count == 0 || Count > IOP_MAX_PAGES)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG_PTR First = ALIGN_DOWN_BY(Address, PAGE_SIZE);
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++)
        Status = MmWriteUser(&Pages[i], IopPageAt(Host, First + ((ULONG_PTR)i << PAGE_SHIFT)));
    return Status;
}
