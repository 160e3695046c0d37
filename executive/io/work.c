// Fibers of the Executive's own that do what must be able to wait and has no thread to wait on: telling
// devices that files are closed, ending threads. One is always there; more come while it is held up.
#include "iop.h"

enum { IOP_MAX_WORKERS = 16 };

static LIST_ENTRY IopWorkQueue = {&IopWorkQueue, &IopWorkQueue};
static KEVENT IopWorkCame;
static BOOLEAN IopFirstWorkerIdle;
static ULONG IopMoreWorkers;

static VOID IopDoWork(VOID)
{
    while (!IsListEmpty(&IopWorkQueue)) {
        PIOP_WORK Work = CONTAINING_RECORD(RemoveHeadList(&IopWorkQueue), IOP_WORK, Link);
        Work->Routine(Work->Context);
    }
}

static VOID IopFirstWorker(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (;;) {
        IopFirstWorkerIdle = TRUE;
        KeWaitForSingleObject(&IopWorkCame, UserRequest, KernelMode, FALSE, nullptr);
        IopFirstWorkerIdle = FALSE;
        IopDoWork();
    }
}

static VOID IopAnotherWorker(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    IopDoWork();
    IopMoreWorkers--;
}

VOID IopQueueWork(PIOP_WORK Work)
{
    InsertTailList(&IopWorkQueue, &Work->Link);
    KeSetEvent(&IopWorkCame);
    if (IopFirstWorkerIdle || IopMoreWorkers >= IOP_MAX_WORKERS) {
        IopFirstWorkerIdle = FALSE; // this one is its
        return;
    }
    if (NT_SUCCESS(KeCreateSystemFiber(IopAnotherWorker, nullptr)))
        IopMoreWorkers++;
}

NTSTATUS IopInitWork(VOID)
{
    KeInitializeEvent(&IopWorkCame, SynchronizationEvent, FALSE);
    return KeCreateSystemFiber(IopFirstWorker, nullptr);
}
