// The controller's life: reset, queues, shutdown (NVM Express 1.4, 7.6).
#include "stornvme.h"

BOOLEAN NvmeIsGone(PNVME_ADAPTER Adapter)
{
    if (Adapter->Registers->Status == NVME_GONE)
        Adapter->Gone = TRUE;
    return Adapter->Gone;
}

// FALSE: it took longer than the controller says.
static BOOLEAN NvmeWaitForStatus(PNVME_ADAPTER Adapter, ULONG Mask, ULONG Wanted)
{
    ULONG Timeout = max(NvmeCapTimeoutMilliseconds(Adapter->Capabilities), 500u);
    for (ULONG Waited = 0; Waited < Timeout; Waited++) {
        if (NvmeIsGone(Adapter))
            return FALSE;
        if ((Adapter->Registers->Status & Mask) == Wanted)
            return TRUE;
        NvmeWait(Adapter, 1000);
    }
    return (Adapter->Registers->Status & Mask) == Wanted;
}

VOID NvmeDisableController(PNVME_ADAPTER Adapter)
{
    Adapter->Running = FALSE;
    if (NvmeIsGone(Adapter))
        return;
    Adapter->Registers->Configuration &= ~(ULONG)NVME_CC_ENABLE;
    (VOID) NvmeWaitForStatus(Adapter, NVME_CSTS_READY, 0);
}

VOID NvmeStopController(PNVME_ADAPTER Adapter)
{
    if (NvmeIsGone(Adapter))
        return;
    ULONG Configuration = Adapter->Registers->Configuration & ~(ULONG)NVME_CC_SHUTDOWN_MASK;
    Adapter->Registers->Configuration = Configuration | NVME_CC_SHUTDOWN_NORMAL;
    (VOID) NvmeWaitForStatus(Adapter, NVME_CSTS_SHUTDOWN_MASK, NVME_CSTS_SHUTDOWN_COMPLETE);
    NvmeDisableController(Adapter);
}

static VOID NvmeSetDoorbells(PNVME_ADAPTER Adapter, PNVME_QUEUE Queue)
{
    ULONG Stride = NvmeCapDoorbellStride(Adapter->Capabilities);
    volatile UCHAR *First = (volatile UCHAR *)Adapter->Registers + NVME_DOORBELLS;
    NvmeSetDoorbell(&Queue->TailDoorbell, First, NvmeTailDoorbell(Queue->Id), Stride);
    NvmeSetDoorbell(&Queue->HeadDoorbell, First, NvmeHeadDoorbell(Queue->Id), Stride);
}

static VOID NvmeShadowQueue(PNVME_ADAPTER Adapter, PNVME_QUEUE Queue, const NVME_SHADOWS *Shadows)
{
    ULONG Stride = NvmeCapDoorbellStride(Adapter->Capabilities);
    NvmeShadowDoorbell(&Queue->TailDoorbell, Shadows, NvmeTailDoorbell(Queue->Id), Stride);
    NvmeShadowDoorbell(&Queue->HeadDoorbell, Shadows, NvmeHeadDoorbell(Queue->Id), Stride);
}

// The pages are the controller's until its next reset. Before there are queues but the admin queue.
static VOID NvmeOfferShadows(PNVME_ADAPTER Adapter)
{
    NVME_COMMAND Command = {
        .Opcode = NVME_ADMIN_DOORBELL_BUFFER_CONFIG,
        .Prp1 = Adapter->ShadowsPhysical,
        .Prp2 = Adapter->ShadowsPhysical + NvmePageBytes,
    };
    if (!Adapter->WantsShadows || !Adapter->Identity.ShadowDoorbells)
        return;
    RtlZeroMemory((PVOID)Adapter->Shadows.Values, 2 * (SIZE_T)NvmePageBytes);
    NvmeShadowQueue(Adapter, &Adapter->Admin, &Adapter->Shadows);
    Adapter->HasShadows = NvmeAdminCommand(Adapter, &Command, NULL);
    if (!Adapter->HasShadows)
        NvmeShadowQueue(Adapter, &Adapter->Admin, NULL);
}

static BOOLEAN NvmeEnableController(PNVME_ADAPTER Adapter)
{
    PNVME_QUEUE Admin = &Adapter->Admin;
    NVME_REGISTERS *Registers = Adapter->Registers;
    NvmeResetQueue(Admin);
    NvmeSetDoorbells(Adapter, Admin);
    Registers->AdminAttributes = (Admin->Depth - 1u) << 16 | (Admin->Depth - 1u);
    Registers->AdminSubmission = Admin->CommandsPhysical;
    Registers->AdminCompletion = Admin->CompletionsPhysical;
    Registers->Configuration = NVME_CC_SUBMISSION_64_BYTES | NVME_CC_COMPLETION_16_BYTES |
                               NVME_CC_ENABLE; // pages of 4 KiB
    return NvmeWaitForStatus(Adapter, NVME_CSTS_READY | NVME_CSTS_FATAL, NVME_CSTS_READY);
}

// ---- I/O queues

static BOOLEAN NvmeCreateQueue(PNVME_ADAPTER Adapter, PNVME_QUEUE Queue)
{
    enum { Contiguous = 1, InterruptsEnabled = 2 };
    ULONG IdAndSize = (Queue->Depth - 1u) << 16 | Queue->Id;
    NVME_COMMAND Completion = {
        .Opcode = NVME_ADMIN_CREATE_COMPLETION_QUEUE,
        .Prp1 = Queue->CompletionsPhysical,
        .Cdw10 = IdAndSize,
        .Cdw11 = Queue->Message << 16 | InterruptsEnabled | Contiguous,
    };
    NVME_COMMAND Submission = {
        .Opcode = NVME_ADMIN_CREATE_SUBMISSION_QUEUE,
        .Prp1 = Queue->CommandsPhysical,
        .Cdw10 = IdAndSize,
        .Cdw11 = (ULONG)Queue->Id << 16 | Contiguous,
    };
    NvmeResetQueue(Queue);
    NvmeSetDoorbells(Adapter, Queue);
    if (Adapter->HasShadows)
        NvmeShadowQueue(Adapter, Queue, &Adapter->Shadows);
    return NvmeAdminCommand(Adapter, &Completion, NULL) &&
           NvmeAdminCommand(Adapter, &Submission, NULL);
}

// As many as were made room for and the controller has.
static BOOLEAN NvmeCreateQueues(PNVME_ADAPTER Adapter, ULONG Wanted)
{
    ULONG Given = 0;
    NVME_COMMAND Command = {
        .Opcode = NVME_ADMIN_SET_FEATURES,
        .Cdw10 = NVME_FEATURE_QUEUES,
        .Cdw11 = (Wanted - 1) << 16 | (Wanted - 1),
    };
    if (!NvmeAdminCommand(Adapter, &Command, &Given))
        return FALSE;
    Wanted = min(Wanted, min((Given & 0xFFFF) + 1, (Given >> 16) + 1));
    for (ULONG i = 0; i < Wanted; i++) {
        if (!NvmeCreateQueue(Adapter, &Adapter->Queues[i]))
            return i > 0;
        Adapter->QueueCount = i + 1;
    }
    return TRUE;
}

static VOID NvmeWantEvents(PNVME_ADAPTER Adapter)
{
    NVME_COMMAND Command = {
        .Opcode = NVME_ADMIN_SET_FEATURES,
        .Cdw10 = NVME_FEATURE_EVENTS,
        .Cdw11 = NVME_EVENTS_WANTED,
    };
    (VOID) NvmeAdminCommand(Adapter, &Command, NULL); // older ones have no such notices
}

static BOOLEAN NvmeSetUp(PNVME_ADAPTER Adapter)
{
    ULONG Wanted = 0;
    while (Wanted < NvmeMaximumQueues && Adapter->Queues[Wanted].Commands)
        Wanted++;
    Adapter->QueueCount = 0;
    Adapter->HasShadows = FALSE;
    if (!NvmeEnableController(Adapter)) {
        StorPortDebugPrint(0, "stornvme: the controller does not become ready (status %08lx)\n",
                           Adapter->Registers->Status);
        return FALSE;
    }
    BOOLEAN Good = NvmeIdentifyController(Adapter);
    if (Good)
        NvmeOfferShadows(Adapter);
    if (!Good || !NvmeCreateQueues(Adapter, Wanted) || !NvmeFindNamespaces(Adapter)) {
        StorPortDebugPrint(0, "stornvme: the controller cannot be set up\n");
        return FALSE;
    }
    NvmeWantEvents(Adapter);
    NvmeLendMemory(Adapter);
    return TRUE;
}

// The queues are everybody's from here on.
static VOID NvmeOpenQueues(PNVME_ADAPTER Adapter)
{
    Adapter->Running = TRUE;
    Adapter->Polling = FALSE;
    NvmeAskForEvents(Adapter);
}

BOOLEAN NvmeStartController(PNVME_ADAPTER Adapter)
{
    STOR_LOCK_HANDLE Lock;
    Adapter->Polling = TRUE;
    NvmeDisableController(Adapter);
    if (!NvmeSetUp(Adapter)) {
        NvmeDisableController(Adapter);
        return FALSE;
    }
    if (!Adapter->Resetting) { // nobody else is there yet
        NvmeOpenQueues(Adapter);
        return TRUE;
    }
    StorPortAcquireSpinLock(Adapter, StartIoLock, NULL, &Lock);
    NvmeOpenQueues(Adapter);
    StorPortReleaseSpinLock(Adapter, &Lock);
    return TRUE;
}
