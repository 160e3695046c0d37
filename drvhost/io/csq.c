// Cancel-safe queues: the driver has the list and the lock, this has the order in which they and the cancel
// routine are used. Who takes the cancel routine out of the packet owns it.

#include "../ntos.h"

// Where a queued packet says whose it is: a context of the caller's, or the queue.
static PVOID *IopCsqPlace(PIRP Irp)
{
    return &Irp->Tail.Overlay.DriverContext[3];
}

static VOID IopForgetCsqIrp(PIRP Irp)
{
    PIO_CSQ_IRP_CONTEXT Context = *IopCsqPlace(Irp);
    if (Context->Type == IO_TYPE_CSQ_IRP_CONTEXT)
        Context->Irp = nullptr;
    *IopCsqPlace(Irp) = nullptr;
}

static VOID NTAPI IopCancelCsqIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    PIO_CSQ_IRP_CONTEXT Context = *IopCsqPlace(Irp);
    PIO_CSQ Csq =
        Context->Type == IO_TYPE_CSQ_IRP_CONTEXT ? Context->Csq : (PIO_CSQ)*IopCsqPlace(Irp);
    KIRQL Irql;
    Csq->ReservePointer = nullptr;
    Csq->CsqAcquireLock(Csq, &Irql);
    Csq->CsqRemoveIrp(Csq, Irp);
    IopForgetCsqIrp(Irp);
    Csq->CsqReleaseLock(Csq, Irql);
    Csq->CsqCompleteCanceledIrp(Csq, Irp);
}

static NTSTATUS IopInitializeCsq(PIO_CSQ Csq, ULONG Type, PIO_CSQ_INSERT_IRP Insert,
                                 PIO_CSQ_REMOVE_IRP Remove, PIO_CSQ_PEEK_NEXT_IRP Peek,
                                 PIO_CSQ_ACQUIRE_LOCK Acquire, PIO_CSQ_RELEASE_LOCK Release,
                                 PIO_CSQ_COMPLETE_CANCELED_IRP Complete)
{
    *Csq = (IO_CSQ){
        .Type = Type,
        .CsqInsertIrp = Insert,
        .CsqRemoveIrp = Remove,
        .CsqPeekNextIrp = Peek,
        .CsqAcquireLock = Acquire,
        .CsqReleaseLock = Release,
        .CsqCompleteCanceledIrp = Complete,
    };
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoCsqInitialize(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP CsqInsertIrp,
                               PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                               PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                               PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                               PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                               PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    return IopInitializeCsq(Csq, IO_TYPE_CSQ, CsqInsertIrp, CsqRemoveIrp, CsqPeekNextIrp,
                            CsqAcquireLock, CsqReleaseLock, CsqCompleteCanceledIrp);
}

// The insert routine of such a queue has one more argument, and may refuse.
NTSTATUS NTAPI IoCsqInitializeEx(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP_EX CsqInsertIrp,
                                 PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                                 PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                                 PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                                 PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                                 PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    return IopInitializeCsq(Csq, IO_TYPE_CSQ_EX, (PIO_CSQ_INSERT_IRP)(PVOID)CsqInsertIrp,
                            CsqRemoveIrp, CsqPeekNextIrp, CsqAcquireLock, CsqReleaseLock,
                            CsqCompleteCanceledIrp);
}

static NTSTATUS IopCallCsqInsert(PIO_CSQ Csq, PIRP Irp, PVOID InsertContext)
{
    if (Csq->Type == IO_TYPE_CSQ_EX)
        return ((PIO_CSQ_INSERT_IRP_EX)(PVOID)Csq->CsqInsertIrp)(Csq, Irp, InsertContext);
    Csq->CsqInsertIrp(Csq, Irp);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoCsqInsertIrpEx(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context,
                                PVOID InsertContext)
{
    KIRQL Irql;
    *IopCsqPlace(Irp) = Context ? (PVOID)Context : Csq;
    if (Context)
        *Context = (IO_CSQ_IRP_CONTEXT){.Type = IO_TYPE_CSQ_IRP_CONTEXT, .Irp = Irp, .Csq = Csq};
    Csq->ReservePointer = nullptr;
    Csq->CsqAcquireLock(Csq, &Irql);
    UCHAR Control = IoGetCurrentIrpStackLocation(Irp)->Control;
    IoMarkIrpPending(Irp); // before another thread can find it in the queue
    NTSTATUS Status = IopCallCsqInsert(Csq, Irp, InsertContext);
    if (!NT_SUCCESS(Status)) {
        IoGetCurrentIrpStackLocation(Irp)->Control = Control;
        IopForgetCsqIrp(Irp);
        Csq->CsqReleaseLock(Csq, Irql);
        return Status;
    }
    IoSetCancelRoutine(Irp, IopCancelCsqIrp);
    BOOLEAN Cancelled = Irp->Cancel && IoSetCancelRoutine(Irp, NULL);
    if (Cancelled) {
        Csq->CsqRemoveIrp(Csq, Irp);
        IopForgetCsqIrp(Irp);
    }
    Csq->CsqReleaseLock(Csq, Irql);
    if (Cancelled)
        Csq->CsqCompleteCanceledIrp(Csq, Irp);
    return Status;
}

VOID NTAPI IoCsqInsertIrp(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context)
{
    IoCsqInsertIrpEx(Csq, Irp, Context, nullptr);
}

// Null: it is being cancelled, or out of the queue already.
PIRP NTAPI IoCsqRemoveIrp(PIO_CSQ Csq, PIO_CSQ_IRP_CONTEXT Context)
{
    KIRQL Irql;
    Csq->ReservePointer = nullptr;
    Csq->CsqAcquireLock(Csq, &Irql);
    PIRP Irp = Context->Irp;
    if (Irp && !IoSetCancelRoutine(Irp, NULL))
        Irp = nullptr;
    if (Irp) {
        Csq->CsqRemoveIrp(Csq, Irp);
        IopForgetCsqIrp(Irp);
    }
    Csq->CsqReleaseLock(Csq, Irql);
    return Irp;
}

PIRP NTAPI IoCsqRemoveNextIrp(PIO_CSQ Csq, PVOID PeekContext)
{
    KIRQL Irql;
    Csq->ReservePointer = nullptr;
    Csq->CsqAcquireLock(Csq, &Irql);
    PIRP Irp = Csq->CsqPeekNextIrp(Csq, nullptr, PeekContext);
    while (Irp && !IoSetCancelRoutine(Irp, NULL)) // its cancel routine waits for the lock
        Irp = Csq->CsqPeekNextIrp(Csq, Irp, PeekContext);
    if (Irp) {
        Csq->CsqRemoveIrp(Csq, Irp);
        IopForgetCsqIrp(Irp);
    }
    Csq->CsqReleaseLock(Csq, Irql);
    return Irp;
}
