// Once a second: what is in the memory of the doorbells is told to the registers too, as long as there are commands; so none
// waits longer for a controller that has missed it. And: does the controller still run? One that says that it has failed (CSTS.CFS), or that has stopped by itself, ends
// no command any more: it is reset at once, instead of when the first of them times out.
#include "stornvme.h"

enum { NvmeWatchMicroseconds = 1000000 };

static BOOLEAN NvmeHasCommands(const NVME_QUEUE *Queue)
{
    return Queue->FreeTail - Queue->FreeHead < Queue->Depth - 1u;
}

// A head that is behind the interrupt routine's would be an error.
static VOID NvmeRingQueueAgain(PNVME_ADAPTER Adapter, PNVME_QUEUE Queue)
{
    STOR_LOCK_HANDLE Lock;
    ULONG Irql;
    NvmeRingAgain(&Queue->TailDoorbell);
    if (Adapter->MessageCount) {
        if (StorPortAcquireMSISpinLock(Adapter, Queue->Message, &Irql) != STOR_STATUS_SUCCESS)
            return;
        NvmeRingAgain(&Queue->HeadDoorbell);
        StorPortReleaseMSISpinLock(Adapter, Queue->Message, Irql);
        return;
    }
    StorPortAcquireSpinLock(Adapter, InterruptLock, NULL, &Lock);
    NvmeRingAgain(&Queue->HeadDoorbell);
    StorPortReleaseSpinLock(Adapter, &Lock);
}

static HW_TIMER NvmeWatch;
static VOID NTAPI NvmeWatch(PVOID DeviceExtension)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    StorPortNotification(RequestTimerCall, Adapter, NvmeWatch, NvmeWatchMicroseconds);
    if (!Adapter->Running || NvmeIsGone(Adapter))
        return; // off, or being reset; its removal is noticed by others
    ULONG Status = Adapter->Registers->Status;
    if ((Status & (NVME_CSTS_READY | NVME_CSTS_FATAL)) == NVME_CSTS_READY) {
        for (ULONG i = 0; Adapter->HasShadows && i < Adapter->QueueCount; i++) {
            if (NvmeHasCommands(&Adapter->Queues[i]))
                NvmeRingQueueAgain(Adapter, &Adapter->Queues[i]);
        }
        return;
    }
    StorPortDebugPrint(0, "stornvme: the controller has %s (status %08lx), and is reset\n",
                       (Status & NVME_CSTS_FATAL) ? "failed" : "stopped", Status);
    (VOID) NvmeResetBus(Adapter, 0);
}

VOID NvmeStartWatch(PNVME_ADAPTER Adapter)
{
    StorPortNotification(RequestTimerCall, Adapter, NvmeWatch, NvmeWatchMicroseconds);
}
