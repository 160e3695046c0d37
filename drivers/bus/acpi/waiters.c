// Requests that stay pending until something happens, and what has happened while none was pending. At DISPATCH_LEVEL or
// below.
#include "acpi.h"

enum { AcpiMaximumEvents = 256 }; // that are kept

// An event that nobody has asked for yet.
typedef struct _ACPI_EVENT {
    LIST_ENTRY Link;
    ULONG Length;
    UCHAR Data[];
} ACPI_EVENT, *PACPI_EVENT;

// ---- Requests. All, or those of a file.

static PACPI_WAITERS AcpiWaitersOf(PIO_CSQ Queue)
{
    return CONTAINING_RECORD(Queue, ACPI_WAITERS, Queue);
}

static VOID NTAPI AcpiInsertIrp(PIO_CSQ Queue, PIRP Irp)
{
    InsertTailList(&AcpiWaitersOf(Queue)->Irps, &Irp->Tail.Overlay.ListEntry);
}

static VOID NTAPI AcpiRemoveIrp(PIO_CSQ Queue, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Queue);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

static PIRP NTAPI AcpiPeekIrp(PIO_CSQ Queue, PIRP Irp, PVOID Context)
{
    PLIST_ENTRY Head = &AcpiWaitersOf(Queue)->Irps;
    PLIST_ENTRY Next = Irp ? Irp->Tail.Overlay.ListEntry.Flink : Head->Flink;
    for (; Next != Head; Next = Next->Flink) {
        PIRP Found = CONTAINING_RECORD(Next, IRP, Tail.Overlay.ListEntry);
        if (!Context || IoGetCurrentIrpStackLocation(Found)->FileObject == Context)
            return Found;
    }
    return NULL;
}

static VOID NTAPI AcpiLockIrps(PIO_CSQ Queue, PKIRQL Irql)
{
    KeAcquireSpinLock(&AcpiWaitersOf(Queue)->Lock, Irql);
}

static VOID NTAPI AcpiUnlockIrps(PIO_CSQ Queue, KIRQL Irql)
{
    KeReleaseSpinLock(&AcpiWaitersOf(Queue)->Lock, Irql);
}

static VOID NTAPI AcpiCancelIrp(PIO_CSQ Queue, PIRP Irp)
{
    PACPI_WAITERS Waiters = AcpiWaitersOf(Queue);
    if (Waiters->Cancelled)
        Waiters->Cancelled(Waiters);
    AcpiComplete(Irp, STATUS_CANCELLED, 0);
}

VOID AcpiInitializeWaiters(PACPI_WAITERS Waiters)
{
    KeInitializeSpinLock(&Waiters->Lock);
    InitializeListHead(&Waiters->Irps);
    InitializeListHead(&Waiters->Events);
    Waiters->Cancelled = NULL;
    IoCsqInitialize(&Waiters->Queue, AcpiInsertIrp, AcpiRemoveIrp, AcpiPeekIrp, AcpiLockIrps,
                    AcpiUnlockIrps, AcpiCancelIrp);
}

NTSTATUS AcpiPutWaiter(PACPI_WAITERS Waiters, PIRP Irp)
{
    IoCsqInsertIrp(&Waiters->Queue, Irp, NULL); // marks it pending
    return STATUS_PENDING;
}

PIRP AcpiTakeWaiter(PACPI_WAITERS Waiters)
{
    return IoCsqRemoveNextIrp(&Waiters->Queue, NULL);
}

// ---- Events

static PACPI_EVENT AcpiTakeEvent(PACPI_WAITERS Waiters)
{
    PACPI_EVENT Event = NULL;
    KIRQL Irql;
    KeAcquireSpinLock(&Waiters->Lock, &Irql);
    if (!IsListEmpty(&Waiters->Events)) {
        Event = CONTAINING_RECORD(RemoveHeadList(&Waiters->Events), ACPI_EVENT, Link);
        Waiters->EventCount--;
    }
    KeReleaseSpinLock(&Waiters->Lock, Irql);
    return Event;
}

static VOID AcpiPutBackEvent(PACPI_WAITERS Waiters, PACPI_EVENT Event)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Waiters->Lock, &Irql);
    InsertHeadList(&Waiters->Events, &Event->Link);
    Waiters->EventCount++;
    KeReleaseSpinLock(&Waiters->Lock, Irql);
}

static BOOLEAN AcpiKeepEvent(PACPI_WAITERS Waiters, PACPI_EVENT Event)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Waiters->Lock, &Irql);
    BOOLEAN Room = Waiters->EventCount < AcpiMaximumEvents;
    if (Room) {
        InsertTailList(&Waiters->Events, &Event->Link);
        Waiters->EventCount++;
    }
    KeReleaseSpinLock(&Waiters->Lock, Irql);
    return Room;
}

// A request that comes while an event is on its way back finds none.
BOOLEAN AcpiHasWaiters(PACPI_WAITERS Waiters)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Waiters->Lock, &Irql);
    BOOLEAN Some = !IsListEmpty(&Waiters->Irps);
    KeReleaseSpinLock(&Waiters->Lock, Irql);
    return Some;
}

// Each event with a request, as long as there are both.
static VOID AcpiDeliver(PACPI_WAITERS Waiters)
{
    PACPI_EVENT Event;
    while ((Event = AcpiTakeEvent(Waiters)) != NULL) {
        PIRP Irp = AcpiTakeWaiter(Waiters);
        if (!Irp) {
            AcpiPutBackEvent(Waiters, Event);
            if (!AcpiHasWaiters(Waiters))
                return;
            continue;
        }
        ULONG Length = Event->Length;
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Event->Data, Length);
        ExFreePoolWithTag(Event, AcpiTag);
        AcpiComplete(Irp, STATUS_SUCCESS, Length);
    }
}

NTSTATUS AcpiWaitForEvent(PACPI_WAITERS Waiters, PIRP Irp)
{
    NTSTATUS Status = AcpiPutWaiter(Waiters, Irp);
    AcpiDeliver(Waiters);
    return Status;
}

BOOLEAN AcpiPostEvent(PACPI_WAITERS Waiters, const VOID *Data, ULONG Length)
{
    PACPI_EVENT Event = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Event) + Length, AcpiTag);
    if (!Event)
        return FALSE;
    Event->Length = Length;
    RtlCopyMemory(Event->Data, Data, Length);
    if (!AcpiKeepEvent(Waiters, Event)) {
        ExFreePoolWithTag(Event, AcpiTag);
        return FALSE;
    }
    AcpiDeliver(Waiters);
    return TRUE;
}

VOID AcpiCancelWaiters(PACPI_WAITERS Waiters, PFILE_OBJECT File)
{
    PIRP Irp;
    while (File && (Irp = IoCsqRemoveNextIrp(&Waiters->Queue, File)) != NULL)
        AcpiComplete(Irp, STATUS_CANCELLED, 0);
}

VOID AcpiEndWaiters(PACPI_WAITERS Waiters, NTSTATUS Status)
{
    PACPI_EVENT Event;
    PIRP Irp;
    while ((Irp = AcpiTakeWaiter(Waiters)) != NULL)
        AcpiComplete(Irp, Status, 0);
    while ((Event = AcpiTakeEvent(Waiters)) != NULL)
        ExFreePoolWithTag(Event, AcpiTag);
}
