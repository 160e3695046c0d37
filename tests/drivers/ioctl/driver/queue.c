// Requests that stay: in a queue where they can be cancelled, or in their dispatch routine.

#include "driver.h"

static LIST_ENTRY Waiting;
static KSPIN_LOCK Lock;

static KEVENT Met;
static LONG Meeting;

VOID IoctlInitQueue(VOID)
{
    InitializeListHead(&Waiting);
    KeInitializeSpinLock(&Lock);
    KeInitializeEvent(&Met, NotificationEvent, FALSE);
}

static VOID CompleteCancelled(PIRP Irp)
{
    Irp->IoStatus.Status = STATUS_CANCELLED;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

static DRIVER_CANCEL CancelWaiting;
static VOID NTAPI CancelWaiting(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    KIRQL Irql;
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeAcquireSpinLock(&Lock, &Irql);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&Lock, Irql);
    CompleteCancelled(Irp);
}

// One that is cancelled already either still has its cancel routine, or the routine waits for the lock and
// will find the request in the list.
NTSTATUS IoctlPend(PIRP Irp)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Lock, &Irql);
    IoMarkIrpPending(Irp);
    IoSetCancelRoutine(Irp, CancelWaiting);
    BOOLEAN Cancelled = Irp->Cancel && IoSetCancelRoutine(Irp, NULL);
    if (!Cancelled)
        InsertHeadList(&Waiting, &Irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&Lock, Irql);
    if (Cancelled)
        CompleteCancelled(Irp);
    return STATUS_PENDING;
}

// Null: there is none. Those that are being cancelled stay to themselves.
static PIRP TakeWaiting(VOID)
{
    PIRP Found = NULL;
    KIRQL Irql;
    KeAcquireSpinLock(&Lock, &Irql);
    while (!Found && !IsListEmpty(&Waiting)) {
        PLIST_ENTRY Entry = RemoveHeadList(&Waiting);
        PIRP Irp = CONTAINING_RECORD(Entry, IRP, Tail.Overlay.ListEntry);
        if (IoSetCancelRoutine(Irp, NULL))
            Found = Irp;
        else
            InitializeListHead(Entry);
    }
    KeReleaseSpinLock(&Lock, Irql);
    return Found;
}

ULONG IoctlRelease(VOID)
{
    ULONG Count = 0;
    for (PIRP Irp = TakeWaiting(); Irp; Irp = TakeWaiting()) {
        Irp->IoStatus.Information = 0;
        Irp->IoStatus.Status = IoctlChange(Irp, &Irp->IoStatus.Information);
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        Count++;
    }
    return Count;
}

// The last to come lets all go.
NTSTATUS IoctlMeet(ULONG Wanted)
{
    LARGE_INTEGER Timeout = {.QuadPart = -100'000'000};
    if ((ULONG)InterlockedIncrement(&Meeting) == Wanted)
        KeSetEvent(&Met, IO_NO_INCREMENT, FALSE);
    NTSTATUS Status = KeWaitForSingleObject(&Met, Executive, KernelMode, FALSE, &Timeout);
    if (InterlockedDecrement(&Meeting) == 0)
        KeClearEvent(&Met);
    return Status == STATUS_TIMEOUT ? STATUS_IO_TIMEOUT : Status;
}
