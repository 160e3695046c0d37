// Pages of the cache at addresses of the driver: mapped to be read, pinned to be changed. Each of these has a BCB.
// One that was only mapped is kept when nobody uses it any more, as the same is soon wanted again: that
// costs no call of the Executive.

#include "../ntos.h"

enum {
    CcpBcbType = 0x2FD,
    CcpMostIdle = 64,
};

typedef struct _CCP_BCB {
    PUBLIC_BCB Public; // first
    LIST_ENTRY Link;   // of all; those that are idle at the end, the oldest first
    PFILE_OBJECT FileObject;
    PSECTION_OBJECT_POINTERS Section;
    PUCHAR Address;
    LARGE_INTEGER Offset;
    ULONG Length;
    LONG References;
    BOOLEAN Pinned, Dirty;
    LARGE_INTEGER OldestLsn, NewestLsn; // of its changes; 0: none has one
    PVOID Owner;
} CCP_BCB, *PCCP_BCB;

static RTL_SRWLOCK CcpBcbLock;
static LIST_ENTRY CcpBcbs = {&CcpBcbs, &CcpBcbs}; // in use
static LIST_ENTRY CcpIdle = {&CcpIdle, &CcpIdle};
static ULONG CcpIdleCount;

static NTSTATUS CcpUnmap(PCCP_BCB Bcb, ULONG Flags)
{
    return NtHostCcUnmap(IopFileNumberOf(Bcb->FileObject), (ULONG64)Bcb->Offset.QuadPart,
                         Bcb->Length, Flags);
}

static ULONG CcpUnmapFlags(const CCP_BCB *Bcb)
{
    return (Bcb->Pinned ? HOST_CACHE_PIN : 0) | (Bcb->Dirty ? HOST_CACHE_DIRTY : 0);
}

static VOID CcpLogBcb(const CCP_BCB *Bcb)
{
    CcpLogChange(Bcb->Section, Bcb->Offset.QuadPart, Bcb->Length, Bcb->OldestLsn, Bcb->NewestLsn);
}

// It is in no list.
static VOID CcpDeleteBcb(PCCP_BCB Bcb)
{
    if (Bcb->Dirty)
        CcpLogBcb(Bcb);
    (void)CcpUnmap(Bcb, CcpUnmapFlags(Bcb));
    ObfDereferenceObject(Bcb->FileObject);
    ExFreePoolWithTag(Bcb, 'cBcC');
}

// Whole pages.
static NTSTATUS CcpNewBcb(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                          ULONG Flags, PCCP_BCB *Result)
{
    PVOID Address;
    LONGLONG Start = FileOffset->QuadPart & ~(LONGLONG)(PAGE_SIZE - 1);
    LONGLONG End = (FileOffset->QuadPart + Length + PAGE_SIZE - 1) & ~(LONGLONG)(PAGE_SIZE - 1);
    PCCP_BCB Bcb = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Bcb), 'cBcC');
    if (!Bcb)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = NtHostCcMap(IopFileNumberOf(FileObject), (ULONG64)Start, (ULONG)(End - Start),
                                  Flags, &Address);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Bcb, 'cBcC');
        return Status;
    }
    *Bcb = (CCP_BCB){
        .Public = {CcpBcbType, sizeof(*Bcb), (ULONG)(End - Start), {.QuadPart = Start}},
        .FileObject = FileObject,
        .Section = FileObject->SectionObjectPointer,
        .Address = Address,
        .Offset.QuadPart = Start,
        .Length = (ULONG)(End - Start),
        .References = 1,
        .Pinned = (Flags & HOST_CACHE_PIN) != 0,
        .Dirty = (Flags & HOST_CACHE_ZERO) != 0,
    };
    ObfReferenceObject(FileObject);
    RtlAcquireSRWLockExclusive(&CcpBcbLock);
    InsertHeadList(&CcpBcbs, &Bcb->Link);
    RtlReleaseSRWLockExclusive(&CcpBcbLock);
    *Result = Bcb;
    return STATUS_SUCCESS;
}

// A mapped one that nobody uses and that holds the range.
static PCCP_BCB CcpReuseBcb(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length)
{
    PCCP_BCB Found = nullptr;
    RtlAcquireSRWLockExclusive(&CcpBcbLock);
    for (PLIST_ENTRY Link = CcpIdle.Blink; Link != &CcpIdle && !Found; Link = Link->Blink) {
        PCCP_BCB Bcb = CONTAINING_RECORD(Link, CCP_BCB, Link);
        if (Bcb->Section == FileObject->SectionObjectPointer &&
            FileOffset->QuadPart >= Bcb->Offset.QuadPart &&
            FileOffset->QuadPart + Length <= Bcb->Offset.QuadPart + Bcb->Length)
            Found = Bcb;
    }
    if (Found) {
        RemoveEntryList(&Found->Link);
        CcpIdleCount--;
        Found->References = 1;
        InsertHeadList(&CcpBcbs, &Found->Link);
    }
    RtlReleaseSRWLockExclusive(&CcpBcbLock);
    return Found;
}

static VOID CcpDereferenceBcb(PCCP_BCB Bcb)
{
    RtlAcquireSRWLockExclusive(&CcpBcbLock);
    PCCP_BCB Gone = nullptr;
    if (--Bcb->References == 0) {
        RemoveEntryList(&Bcb->Link);
        Gone = Bcb;
        // A mapped one takes the place of the oldest that waits.
        if (!Bcb->Pinned && Bcb->Section->DataSectionObject) {
            InsertTailList(&CcpIdle, &Bcb->Link);
            Gone = nullptr;
            if (++CcpIdleCount > CcpMostIdle) {
                Gone = CONTAINING_RECORD(RemoveHeadList(&CcpIdle), CCP_BCB, Link);
                CcpIdleCount--;
            }
        }
    }
    RtlReleaseSRWLockExclusive(&CcpBcbLock);
    if (Gone)
        CcpDeleteBcb(Gone);
}

// ---- For the other files

// Those that wait, as their pages are going to be thrown away.
VOID CcpForgetBcbs(PSECTION_OBJECT_POINTERS Section)
{
    LIST_ENTRY Gone;
    InitializeListHead(&Gone);
    RtlAcquireSRWLockExclusive(&CcpBcbLock);
    PLIST_ENTRY Link = CcpIdle.Flink;
    while (Link != &CcpIdle) {
        PCCP_BCB Bcb = CONTAINING_RECORD(Link, CCP_BCB, Link);
        Link = Link->Flink;
        if (Bcb->Section != Section)
            continue;
        RemoveEntryList(&Bcb->Link);
        InsertTailList(&Gone, &Bcb->Link);
        CcpIdleCount--;
    }
    RtlReleaseSRWLockExclusive(&CcpBcbLock);
    while (!IsListEmpty(&Gone))
        CcpDeleteBcb(CONTAINING_RECORD(RemoveHeadList(&Gone), CCP_BCB, Link));
}

// What has been changed is written by a flush, whether it is pinned still or not.
VOID CcpTellDirtyBcbs(PSECTION_OBJECT_POINTERS Section)
{
    RtlAcquireSRWLockExclusive(&CcpBcbLock);
    for (PLIST_ENTRY Link = CcpBcbs.Flink; Link != &CcpBcbs; Link = Link->Flink) {
        PCCP_BCB Bcb = CONTAINING_RECORD(Link, CCP_BCB, Link);
        if (Bcb->Section != Section || !Bcb->Dirty)
            continue;
        CcpLogBcb(Bcb);
        (void)CcpUnmap(Bcb, CcpUnmapFlags(Bcb) | HOST_CACHE_KEEP);
        Bcb->Dirty = FALSE;
    }
    RtlReleaseSRWLockExclusive(&CcpBcbLock);
}

VOID CcpLogPinned(VOID)
{
    RtlAcquireSRWLockExclusive(&CcpBcbLock);
    for (PLIST_ENTRY Link = CcpBcbs.Flink; Link != &CcpBcbs; Link = Link->Flink) {
        PCCP_BCB Bcb = CONTAINING_RECORD(Link, CCP_BCB, Link);
        if (Bcb->Dirty)
            CcpLogBcb(Bcb);
    }
    RtlReleaseSRWLockExclusive(&CcpBcbLock);
}

// ---- Mapping and pinning

static BOOLEAN CcpHold(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                       ULONG Flags, PVOID *Bcb, PVOID *Buffer)
{
    PCCP_BCB Held = nullptr;
    CcpTellSize(FileObject);
    if (!(Flags & HOST_CACHE_PIN))
        Held = CcpReuseBcb(FileObject, FileOffset, Length);
    NTSTATUS Status =
        Held ? STATUS_SUCCESS : CcpNewBcb(FileObject, FileOffset, Length, Flags, &Held);
    if (Status == STATUS_CANT_WAIT)
        return FALSE;
    if (!NT_SUCCESS(Status))
        ExRaiseStatus(Status);
    *Bcb = Held;
    *Buffer = Held->Address + (FileOffset->QuadPart - Held->Offset.QuadPart);
    return TRUE;
}

static ULONG CcpWaitFlag(ULONG Flags)
{
    return Flags & 1 ? 0 : HOST_CACHE_NO_WAIT; // MAP_WAIT, PIN_WAIT
}

BOOLEAN NTAPI CcMapData(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                        ULONG Flags, PVOID *Bcb, PVOID *Buffer)
{
    return CcpHold(FileObject, FileOffset, Length, CcpWaitFlag(Flags), Bcb, Buffer);
}

BOOLEAN NTAPI CcPinRead(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                        ULONG Flags, PVOID *Bcb, PVOID *Buffer)
{
    return CcpHold(FileObject, FileOffset, Length, HOST_CACHE_PIN | CcpWaitFlag(Flags), Bcb,
                   Buffer);
}

// Zero: the caller fills all of the pages.
BOOLEAN NTAPI CcPreparePinWrite(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                                BOOLEAN Zero, ULONG Flags, PVOID *Bcb, PVOID *Buffer)
{
    ULONG Whole = ((FileOffset->LowPart | Length) & (PAGE_SIZE - 1)) == 0;
    ULONG Hold = HOST_CACHE_PIN | CcpWaitFlag(Flags) | (Zero && Whole ? HOST_CACHE_ZERO : 0);
    if (!CcpHold(FileObject, FileOffset, Length, Hold, Bcb, Buffer))
        return FALSE;
    if (Zero && !Whole)
        RtlZeroMemory(*Buffer, Length);
    ((PCCP_BCB)*Bcb)->Dirty = TRUE;
    return TRUE;
}

// The mapped one becomes a pinned one at the same address.
BOOLEAN NTAPI CcPinMappedData(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                              ULONG Flags, PVOID *Bcb)
{
    PCCP_BCB Mapped = *Bcb;
    PVOID Buffer, Pinned;
    if (Mapped->Pinned)
        return TRUE;
    if (!CcpHold(FileObject, FileOffset, Length, HOST_CACHE_PIN | CcpWaitFlag(Flags), &Pinned,
                 &Buffer))
        return FALSE;
    *Bcb = Pinned;
    CcpDereferenceBcb(Mapped);
    return TRUE;
}

VOID NTAPI CcSetDirtyPinnedData(PVOID BcbVoid, PLARGE_INTEGER Lsn)
{
    PCCP_BCB Bcb = BcbVoid;
    RtlAcquireSRWLockExclusive(&CcpBcbLock);
    Bcb->Dirty = TRUE;
    if (Lsn && (!Bcb->OldestLsn.QuadPart || Lsn->QuadPart < Bcb->OldestLsn.QuadPart))
        Bcb->OldestLsn = *Lsn;
    if (Lsn && Lsn->QuadPart > Bcb->NewestLsn.QuadPart)
        Bcb->NewestLsn = *Lsn;
    RtlReleaseSRWLockExclusive(&CcpBcbLock);
}

VOID NTAPI CcUnpinData(PVOID Bcb)
{
    CcpDereferenceBcb(Bcb);
}

VOID NTAPI CcUnpinDataForThread(PVOID Bcb, ERESOURCE_THREAD ResourceThreadId)
{
    UNREFERENCED_PARAMETER(ResourceThreadId);
    CcpDereferenceBcb(Bcb);
}

VOID NTAPI CcSetBcbOwnerPointer(PVOID Bcb, PVOID OwnerPointer)
{
    ((PCCP_BCB)Bcb)->Owner = OwnerPointer;
}

VOID NTAPI CcRepinBcb(PVOID Bcb)
{
    RtlAcquireSRWLockExclusive(&CcpBcbLock);
    ((PCCP_BCB)Bcb)->References++;
    RtlReleaseSRWLockExclusive(&CcpBcbLock);
}

PVOID NTAPI CcRemapBcb(PVOID Bcb)
{
    CcRepinBcb(Bcb);
    return Bcb;
}

VOID NTAPI CcUnpinRepinnedBcb(PVOID BcbVoid, BOOLEAN WriteThrough, PIO_STATUS_BLOCK IoStatus)
{
    PCCP_BCB Bcb = BcbVoid;
    *IoStatus = (IO_STATUS_BLOCK){.Status = STATUS_SUCCESS};
    if (WriteThrough)
        CcFlushCache(Bcb->Section, &Bcb->Offset, Bcb->Length, IoStatus);
    CcpDereferenceBcb(Bcb);
}

PFILE_OBJECT NTAPI CcGetFileObjectFromBcb(PVOID Bcb)
{
    return ((PCCP_BCB)Bcb)->FileObject;
}
