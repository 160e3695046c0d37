// Memory services of driver hosts: pages that stay in place for devices, and views of request pages.
#include "hostp.h"

enum { IOP_MAX_PAGES = 0x10000 }; // of one call: 256 MiB

// Pages that a host has locked, in one call.
typedef struct _IOP_HOST_PIN {
    LIST_ENTRY Link;
    ULONG Count;
    ULONG64 Pages[];
} IOP_HOST_PIN, *PIOP_HOST_PIN;

static VOID IopReleasePin(PIOP_HOST_PIN Pin)
{
    RemoveEntryList(&Pin->Link);
    MmUnpinPages(Pin->Pages, Pin->Count);
    ExFreePool(Pin);
}

VOID IopReleaseHostPins(PIO_HOST Host)
{
    while (!IsListEmpty(&Host->PinListHead))
        IopReleasePin(CONTAINING_RECORD(Host->PinListHead.Flink, IOP_HOST_PIN, Link));
}

NTSTATUS NtHostLockPages(PVOID Address, ULONG Count, ULONG Write, ULONG64 USER *Pages)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if (Count == 0 || Count > IOP_MAX_PAGES)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(Pages, Count * sizeof(ULONG64), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PIOP_HOST_PIN Pin =
        ExAllocatePoolWithTag(NonPagedPool, sizeof(*Pin) + Count * sizeof(ULONG64), 'iPoI');
    if (!Pin)
        return STATUS_INSUFFICIENT_RESOURCES;
    Pin->Count = Count;
    Status =
        MmPinPages(Host->Process, ALIGN_DOWN_BY(Address, PAGE_SIZE), Count, Write != 0, Pin->Pages);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Pin);
        return Status;
    }
    InsertHeadList(&Host->PinListHead, &Pin->Link);
    return MmCopyToUser(Pages, Pin->Pages, Count * sizeof(ULONG64));
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

static BOOLEAN IopHoldsPage(const ULONG64 *Pages, ULONG Count, ULONG64 Page)
{
    for (ULONG i = 0; i < Count; i++) {
        if (Pages[i] == Page)
            return TRUE;
    }
    return FALSE;
}

// Is it a page of a request that the host works on, or one that it has locked?
static BOOLEAN IopMayMapPage(PIO_HOST Host, ULONG64 Page)
{
    for (PLIST_ENTRY Link = Host->Given.Flink; Link != &Host->Given; Link = Link->Flink) {
        PIOP_HOST_ENTRY Entry = CONTAINING_RECORD(Link, IOP_HOST_ENTRY, Link);
        if (IopHoldsPage(Entry->Pinned.Pages, Entry->Pinned.Count, Page))
            return TRUE;
    }
    for (PLIST_ENTRY Link = Host->PinListHead.Flink; Link != &Host->PinListHead;
         Link = Link->Flink) {
        PIOP_HOST_PIN Pin = CONTAINING_RECORD(Link, IOP_HOST_PIN, Link);
        if (IopHoldsPage(Pin->Pages, Pin->Count, Page))
            return TRUE;
    }
    return FALSE;
}

static NTSTATUS IopMapRequestPages(PIO_HOST Host, const ULONG64 *Pages, ULONG Count,
                                   PVOID USER *BaseAddress)
{
    for (ULONG i = 0; i < Count; i++) {
        if (!IopMayMapPage(Host, Pages[i]))
            return STATUS_ACCESS_DENIED;
    }
    PVOID Base;
    NTSTATUS Status = MmMapFrames(Host->Process, Pages, Count, TRUE, &Base);
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

NTSTATUS NtHostAllocateContiguous(SIZE_T Size, ULONG64 HighestAddress, ULONG64 Boundary,
                                  ULONG CacheType, PVOID USER *BaseAddress,
                                  ULONG64 USER *PhysicalAddress)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if (CacheType > MmWriteCombined)
        return STATUS_INVALID_PARAMETER; // devices on a PC see the caches: all kinds are cached
    PVOID Base;
    ULONG64 Physical;
    NTSTATUS Status = MmProbeForWrite(BaseAddress, sizeof(PVOID), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(PhysicalAddress, sizeof(ULONG64), 1);
    if (NT_SUCCESS(Status))
        Status = MmMapContiguous(Host->Process, Size, HighestAddress, Boundary, &Base, &Physical);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(BaseAddress, Base);
    return NT_SUCCESS(Status) ? MmWriteUser(PhysicalAddress, Physical) : Status;
}
