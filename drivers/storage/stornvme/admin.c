// Admin commands: those that the driver waits for while it sets the controller up, and the asynchronous event
// request, which the controller completes when it has something to tell.
#include "stornvme.h"

VOID NvmeWait(PNVME_ADAPTER Adapter, ULONG Microseconds)
{
    if (!Adapter->Passive || StorPortDelayExecution(Adapter, Microseconds) != STOR_STATUS_SUCCESS)
        StorPortStallExecution(Microseconds);
}

typedef struct _NVME_WAITER {
    volatile BOOLEAN Done;
    BOOLEAN Good;
    ULONG Result;
} NVME_WAITER;

static VOID NvmeWake(PNVME_ADAPTER Adapter, PVOID Context, const NVME_COMPLETION *Completion)
{
    NVME_WAITER *Waiter = Context;
    UNREFERENCED_PARAMETER(Adapter);
    if (Completion) {
        Waiter->Good = (Completion->Status >> 1 & NVME_STATUS_MASK) == NVME_STATUS_SUCCESS;
        Waiter->Result = Completion->Result;
    }
    Waiter->Done = TRUE;
}

BOOLEAN NvmeAdminCommand(PNVME_ADAPTER Adapter, NVME_COMMAND *Command, PULONG Result)
{
    enum { StepMicroseconds = 100 };
    NVME_WAITER Waiter = {};
    if (!NvmeSubmit(&Adapter->Admin, Command, NvmeWake, &Waiter))
        return FALSE;
    for (ULONG Waited = 0; !Waiter.Done; Waited += StepMicroseconds) {
        (VOID) NvmeProcessQueue(Adapter, &Adapter->Admin);
        if (Waiter.Done)
            break;
        if (Waited >= NvmeAdminMilliseconds * 1000 || NvmeIsGone(Adapter)) {
            NvmeDrainQueue(Adapter, &Adapter->Admin); // Waiter is on this stack
            return FALSE;
        }
        NvmeWait(Adapter, StepMicroseconds);
    }
    if (Result)
        *Result = Waiter.Result;
    return Waiter.Good;
}

// ---- Events

static VOID NvmeEventCame(PNVME_ADAPTER Adapter, PVOID Context, const NVME_COMPLETION *Completion)
{
    UNREFERENCED_PARAMETER(Context);
    if (!Completion || (Completion->Status >> 1 & NVME_STATUS_MASK) != NVME_STATUS_SUCCESS)
        return;
    Adapter->Event = *Completion;
    (VOID) StorPortIssueDpc(Adapter, &Adapter->EventDpc, NULL, NULL);
}

static VOID NvmeNothing(PNVME_ADAPTER Adapter, PVOID Context, const NVME_COMPLETION *Completion)
{
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Completion);
}

VOID NvmeAskForEvents(PNVME_ADAPTER Adapter)
{
    NVME_COMMAND Command = {.Opcode = NVME_ADMIN_ASYNCHRONOUS_EVENT};
    (VOID) NvmeSubmit(&Adapter->Admin, &Command, NvmeEventCame, NULL);
}

// The log page must be read for the controller to tell of the next event of its kind.
static VOID NvmeReadLog(PNVME_ADAPTER Adapter, UCHAR Page)
{
    NVME_COMMAND Command = {
        .Opcode = NVME_ADMIN_GET_LOG_PAGE,
        .NamespaceId = MAXULONG,
        .Prp1 = Adapter->PagePhysical,
        .Cdw10 = (NvmePageBytes / 4 - 1) << 16 | Page,
    };
    (VOID) NvmeSubmit(&Adapter->Admin, &Command, NvmeNothing, NULL);
}

// Errors and changes of health go to the log (NVM Express 1.4, 5.2.1).
static VOID NvmeLogEvent(PNVME_ADAPTER Adapter, ULONG Type, ULONG Information)
{
    static const PCSTR Errors[] = {"an invalid doorbell",        "an invalid doorbell value",
                                   "a diagnostic failure",       "a persistent internal error",
                                   "a transient internal error", "a firmware load error"};
    static const PCSTR Healths[] = {"its reliability", "its temperature", "its spare"};
    PCSTR Text = "an unknown event";
    if (Type == NVME_EVENT_TYPE_ERROR && Information < RTL_NUMBER_OF(Errors))
        Text = Errors[Information];
    else if (Type == NVME_EVENT_TYPE_HEALTH && Information < RTL_NUMBER_OF(Healths))
        Text = Healths[Information];
    else if (Type == NVME_EVENT_TYPE_NOTICE)
        return;
    StorPortDebugPrint(0, "stornvme: the controller tells of %s\n", Text);
    StorPortLogError(Adapter, NULL, 0, 0, 0, SP_INTERNAL_ADAPTER_ERROR, Type << 8 | Information);
}

VOID NTAPI NvmeEventDpc(PSTOR_DPC Dpc, PVOID DeviceExtension, PVOID Argument1, PVOID Argument2)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    STOR_LOCK_HANDLE Lock;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    ULONG Type = Adapter->Event.Result & 7, Information = Adapter->Event.Result >> 8 & 0xFF;
    NvmeLogEvent(Adapter, Type, Information);
    StorPortAcquireSpinLock(Adapter, StartIoLock, NULL, &Lock);
    if (Adapter->Running) {
        NvmeReadLog(Adapter, (UCHAR)(Adapter->Event.Result >> 16));
        NvmeAskForEvents(Adapter);
    }
    StorPortReleaseSpinLock(Adapter, &Lock);
    if (Type == NVME_EVENT_TYPE_NOTICE && Information == NVME_EVENT_NAMESPACES_CHANGED)
        StorPortNotification(BusChangeDetected, Adapter, 0);
}
