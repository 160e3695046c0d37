// A queue of requests by the system's cancel-safe queues.
#include "irpqueue.h"

static PIRP_QUEUE IrpQueueOf(PIO_CSQ Csq)
{
    return CONTAINING_RECORD(Csq, IRP_QUEUE, Csq);
}

static VOID NTAPI IrpQueueInsert(PIO_CSQ Csq, PIRP Irp)
{
    InsertTailList(&IrpQueueOf(Csq)->Irps, &Irp->Tail.Overlay.ListEntry);
}

static VOID NTAPI IrpQueueRemove(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

// Context: the file.
static PIRP NTAPI IrpQueuePeek(PIO_CSQ Csq, PIRP Irp, PVOID Context)
{
    PLIST_ENTRY Head = &IrpQueueOf(Csq)->Irps;
    PLIST_ENTRY Link = Irp ? Irp->Tail.Overlay.ListEntry.Flink : Head->Flink;
    for (; Link != Head; Link = Link->Flink) {
        PIRP Next = CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
        if (!Context || IoGetCurrentIrpStackLocation(Next)->FileObject == Context)
            return Next;
    }
    return NULL;
}

static VOID NTAPI IrpQueueLock(PIO_CSQ Csq, PKIRQL Irql)
{
    KeAcquireSpinLock(&IrpQueueOf(Csq)->Lock, Irql);
}

static VOID NTAPI IrpQueueUnlock(PIO_CSQ Csq, KIRQL Irql)
{
    KeReleaseSpinLock(&IrpQueueOf(Csq)->Lock, Irql);
}

static VOID NTAPI IrpQueueCancel(PIO_CSQ Csq, PIRP Irp)
{
    PIRP_QUEUE Queue = IrpQueueOf(Csq);
    Queue->Cancelled(Queue, Irp);
}

VOID IrpQueueInitialize(PIRP_QUEUE Queue, IRP_QUEUE_CANCELLED *Cancelled)
{
    Queue->Cancelled = Cancelled;
    KeInitializeSpinLock(&Queue->Lock);
    InitializeListHead(&Queue->Irps);
    (VOID) IoCsqInitialize(&Queue->Csq, IrpQueueInsert, IrpQueueRemove, IrpQueuePeek, IrpQueueLock,
                           IrpQueueUnlock, IrpQueueCancel); // it cannot fail
}

VOID IrpQueuePut(PIRP_QUEUE Queue, PIRP Irp)
{
    IoCsqInsertIrp(&Queue->Csq, Irp, NULL);
}

PIRP IrpQueueTake(PIRP_QUEUE Queue, PFILE_OBJECT File)
{
    return IoCsqRemoveNextIrp(&Queue->Csq, File);
}
