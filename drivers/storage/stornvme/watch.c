// Once a second: does the controller still run? One that says that it has failed (CSTS.CFS), or that has stopped by itself, ends
// no command any more: it is reset at once, instead of when the first of them times out.
#include "stornvme.h"

enum { NvmeWatchMicroseconds = 1000000 };

static HW_TIMER NvmeWatch;
static VOID NTAPI NvmeWatch(PVOID DeviceExtension)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    StorPortNotification(RequestTimerCall, Adapter, NvmeWatch, NvmeWatchMicroseconds);
    if (!Adapter->Running || NvmeIsGone(Adapter))
        return; // off, or being reset; its removal is noticed by others
    ULONG Status = Adapter->Registers->Status;
    if ((Status & (NVME_CSTS_READY | NVME_CSTS_FATAL)) == NVME_CSTS_READY)
        return;
    StorPortDebugPrint(0, "stornvme: the controller has %s (status %08lx), and is reset\n",
                       (Status & NVME_CSTS_FATAL) ? "failed" : "stopped", Status);
    (VOID) NvmeResetBus(Adapter, 0);
}

VOID NvmeStartWatch(PNVME_ADAPTER Adapter)
{
    StorPortNotification(RequestTimerCall, Adapter, NvmeWatch, NvmeWatchMicroseconds);
}
