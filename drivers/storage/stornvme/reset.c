// Reset. Getting a controller to its feet takes seconds when something is wrong with it, so a work item does it: requests
// are held by StorPort meanwhile.
#include "stornvme.h"

// No routine that has seen the controller run is still at work on its queues. Running is FALSE.
static VOID NvmeWaitForInterrupts(PNVME_ADAPTER Adapter)
{
    STOR_LOCK_HANDLE Lock;
    ULONG Irql;
    for (ULONG i = 0; i < Adapter->MessageCount; i++) {
        StorPortAcquireMSISpinLock(Adapter, i, &Irql);
        StorPortReleaseMSISpinLock(Adapter, i, Irql);
    }
    if (!Adapter->MessageCount) {
        StorPortAcquireSpinLock(Adapter, InterruptLock, NULL, &Lock);
        StorPortReleaseSpinLock(Adapter, &Lock);
    }
}

// The controller must not be working on anything any more.
VOID NvmeEndAll(PNVME_ADAPTER Adapter)
{
    STOR_LOCK_HANDLE Lock;
    NvmeWaitForInterrupts(Adapter);
    StorPortAcquireSpinLock(Adapter, StartIoLock, NULL, &Lock);
    NvmeDrainQueue(Adapter, &Adapter->Admin);
    for (ULONG i = 0; i < Adapter->QueueCount; i++)
        NvmeDrainQueue(Adapter, &Adapter->Queues[i]);
    StorPortReleaseSpinLock(Adapter, &Lock);
}

static HW_WORKITEM NvmeResetWork;
static VOID NTAPI NvmeResetWork(PVOID DeviceExtension, PVOID Context, PVOID Worker)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Worker);
    Adapter->Passive = TRUE;
    NvmeDisableController(Adapter);
    NvmeEndAll(Adapter);
    BOOLEAN Good = !Adapter->Gone && NvmeStartController(Adapter);
    Adapter->Passive = FALSE;
    PVOID Srb = InterlockedExchangePointer(&Adapter->ResetSrb, NULL);
    InterlockedExchange(&Adapter->Resetting, FALSE);
    StorPortResume(Adapter);
    if (Srb)
        NvmeCompleteSrb(Adapter, Srb, Good ? SRB_STATUS_SUCCESS : SRB_STATUS_ERROR);
}

// FALSE: it is under way already, or cannot be.
static BOOLEAN NvmeBeginReset(PNVME_ADAPTER Adapter, PVOID Srb)
{
    if (Adapter->Gone || InterlockedExchange(&Adapter->Resetting, TRUE))
        return FALSE;
    Adapter->ResetSrb = Srb;
    Adapter->Running = FALSE;
    StorPortPause(Adapter, NvmeResetSeconds);
    if (StorPortQueueWorkItem(Adapter, NvmeResetWork, Adapter->Worker, NULL) == STOR_STATUS_SUCCESS)
        return TRUE;
    Adapter->ResetSrb = NULL;
    InterlockedExchange(&Adapter->Resetting, FALSE);
    StorPortResume(Adapter);
    return FALSE;
}

BOOLEAN NTAPI NvmeResetBus(PVOID DeviceExtension, ULONG PathId)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    UNREFERENCED_PARAMETER(PathId);
    return NvmeBeginReset(Adapter, NULL) || Adapter->Resetting;
}

VOID NvmeResetForSrb(PNVME_ADAPTER Adapter, PVOID Srb)
{
    if (!NvmeBeginReset(Adapter, Srb))
        NvmeCompleteSrb(Adapter, Srb, Adapter->Gone ? SRB_STATUS_NO_DEVICE : SRB_STATUS_BUSY);
}

VOID NvmeAwaitReset(PNVME_ADAPTER Adapter)
{
    enum { StepMicroseconds = 10000 };
    while (Adapter->Resetting &&
           StorPortDelayExecution(Adapter, StepMicroseconds) == STOR_STATUS_SUCCESS)
        ;
}
