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

// ---- Requests

static PACPI_WAITERS AcpiWaitersOf(PIRP_QUEUE Queue)
{
    return CONTAINING_RECORD(Queue, ACPI_WAITERS, Requests);
}

static VOID AcpiCancelled(PIRP_QUEUE Queue, PIRP Irp)
{
    PACPI_WAITERS Waiters = AcpiWaitersOf(Queue);
    if (Waiters->Cancelled)
        Waiters->Cancelled(Waiters);
    AcpiComplete(Irp, STATUS_CANCELLED, 0);
}

VOID AcpiInitializeWaiters(PACPI_WAITERS Waiters)
{
    IrpQueueInitialize(&Waiters->Requests, AcpiCancelled);
    InitializeListHead(&Waiters->Events);
    Waiters->Cancelled = NULL;
}

NTSTATUS AcpiPutWaiter(PACPI_WAITERS Waiters, PIRP Irp)
{
    IrpQueuePut(&Waiters->Requests, Irp);
    return STATUS_PENDING;
}

PIRP AcpiTakeWaiter(PACPI_WAITERS Waiters)
{
    return IrpQueueTake(&Waiters->Requests, NULL);
}

// ---- Events

static PACPI_EVENT AcpiTakeEvent(PACPI_WAITERS Waiters)
{
    PACPI_EVENT Event = NULL;
    KIRQL Irql;
    KeAcquireSpinLock(&Waiters->Requests.Lock, &Irql);
    if (!IsListEmpty(&Waiters->Events)) {
        Event = CONTAINING_RECORD(RemoveHeadList(&Waiters->Events), ACPI_EVENT, Link);
        Waiters->EventCount--;
    }
    KeReleaseSpinLock(&Waiters->Requests.Lock, Irql);
    return Event;
}

static VOID AcpiPutBackEvent(PACPI_WAITERS Waiters, PACPI_EVENT Event)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Waiters->Requests.Lock, &Irql);
    InsertHeadList(&Waiters->Events, &Event->Link);
    Waiters->EventCount++;
    KeReleaseSpinLock(&Waiters->Requests.Lock, Irql);
}

static BOOLEAN AcpiKeepEvent(PACPI_WAITERS Waiters, PACPI_EVENT Event)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Waiters->Requests.Lock, &Irql);
    BOOLEAN Room = Waiters->EventCount < AcpiMaximumEvents;
    if (Room) {
        InsertTailList(&Waiters->Events, &Event->Link);
        Waiters->EventCount++;
    }
    KeReleaseSpinLock(&Waiters->Requests.Lock, Irql);
    return Room;
}

// A request that comes while an event is on its way back finds none.
BOOLEAN AcpiHasWaiters(PACPI_WAITERS Waiters)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Waiters->Requests.Lock, &Irql);
    BOOLEAN Some = !IsListEmpty(&Waiters->Requests.Irps);
    KeReleaseSpinLock(&Waiters->Requests.Lock, Irql);
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
    while (File && (Irp = IrpQueueTake(&Waiters->Requests, File)) != NULL)
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
