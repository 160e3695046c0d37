// The fiber on which all of PnP happens, and how others reach it.
#include "pnpp.h"

static LIST_ENTRY PnpEvents = {&PnpEvents, &PnpEvents};
static KEVENT PnpWakeup;

NTSTATUS PnpQueueEvent(PNP_EVENT_KIND Kind, PDEVICE_NODE Node, PIO_HOST Host)
{
    PPNP_EVENT Event = ExAllocatePoolZero(NonPagedPool, sizeof(*Event), PnpTag);
    if (!Event)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Event = (PNP_EVENT){.Kind = Kind, .Node = Node, .Host = Host};
    if (Node)
        Node->References++;
    if (Host)
        IopReferenceHost(Host);
    InsertTailList(&PnpEvents, &Event->Link);
    KeSetEvent(&PnpWakeup);
    return STATUS_SUCCESS;
}

NTSTATUS PnpQueueRoutine(VOID (*Routine)(PVOID Context), PVOID Context)
{
    PPNP_EVENT Event = ExAllocatePoolZero(NonPagedPool, sizeof(*Event), PnpTag);
    if (!Event)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Event = (PNP_EVENT){.Kind = PnpEventCall, .Routine = Routine, .Context = Context};
    InsertTailList(&PnpEvents, &Event->Link);
    KeSetEvent(&PnpWakeup);
    return STATUS_SUCCESS;
}

// ---- Calls

typedef struct _PNP_CALL {
    KEVENT Done;
    NTSTATUS (*Routine)(PVOID Context);
    PVOID Context;
    NTSTATUS Status;
} PNP_CALL;

static VOID PnpRunCall(PVOID Context)
{
    PNP_CALL *Call = Context;
    Call->Status = Call->Routine(Call->Context);
    KeSetEvent(&Call->Done);
}

NTSTATUS PnpCall(NTSTATUS (*Routine)(PVOID Context), PVOID Context)
{
    PNP_CALL Call = {.Routine = Routine, .Context = Context};
    KeInitializeEvent(&Call.Done, NotificationEvent, FALSE);
    NTSTATUS Status = PnpQueueRoutine(PnpRunCall, &Call);
    if (!NT_SUCCESS(Status))
        return Status;
    (VOID) KeWaitForSingleObject(&Call.Done, Executive, KernelMode, FALSE, nullptr);
    return Call.Status;
}

// ---- Boot

// The root's physical device is the Executive's own: it agrees to everything.
static NTSTATUS PnpRootSubmit(PIO_REQUEST Request)
{
    Request->IoStatus.Information = 0;
    return Request->MajorFunction == IRP_MJ_PNP || Request->MajorFunction == IRP_MJ_POWER
               ? STATUS_SUCCESS
               : STATUS_INVALID_DEVICE_REQUEST;
}

static const IOP_OPERATIONS PnpRootOperations = {.Submit = PnpRootSubmit};

static NTSTATUS PnpMakeRoot(VOID)
{
    PDEVICE_OBJECT Device;
    IOP_DEVICE Description = {
        .Operations = &PnpRootOperations,
        .DeviceType = FILE_DEVICE_BUS_EXTENDER,
        .StackSize = 1,
    };
    NTSTATUS Status = IopCreateDeviceObject(&Description, &Device);
    if (!NT_SUCCESS(Status))
        return Status;
    PnpRootNode = PnpCreateNode(nullptr, Device);
    ObDereferenceObject(Device);
    if (!PnpRootNode)
        return STATUS_INSUFFICIENT_RESOURCES;
    wcscpy(PnpRootNode->InstancePath, L"HTREE\\ROOT\\0");
    wcscpy(PnpRootNode->Service, L"root");
    PnpRootNode->State = PnpNodeInitialized;
    return STATUS_SUCCESS;
}

enum { PNP_BOOT_START = 0, PNP_SYSTEM_START = 1, PNP_AUTO_START = 2 };

static VOID PnpBoot(VOID)
{
    PnpRecordFramebuffer();
    PnpLoadLegacyDrivers(PNP_BOOT_START);
    NTSTATUS Status = PnpMakeRoot();
    if (NT_SUCCESS(Status))
        PnpStartNode(PnpRootNode);
    else
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL, "pnp: no root: 0x%08lX\n",
                   (ULONG)Status);
}

// The system volume is there, or there is none: what may come from it.
static VOID PnpFinishBoot(PVOID Context)
{
    VOID (*Ready)(VOID) = Context;
    if (IoHasSystemVolume())
        PnpRetryMissing();
    PnpLoadLegacyDrivers(PNP_SYSTEM_START);
    PnpLoadLegacyDrivers(PNP_AUTO_START);
    Ready();
}

static VOID (*PnpReady)(VOID);

static VOID PnpSystemVolumeReady(VOID)
{
    NTSTATUS Status = PnpQueueRoutine(PnpFinishBoot, PnpReady);
    if (!NT_SUCCESS(Status))
        KeBugCheckEx(PHASE1_INITIALIZATION_FAILED, (ULONG_PTR) "pnp", (ULONG_PTR)Status, 0, 0);
}

// After all devices that are found at once: what is looked for on them.
static VOID PnpContinueBoot(VOID)
{
    NTSTATUS Status = IoStartSystemVolume(PnpSystemVolumeReady);
    if (!NT_SUCCESS(Status))
        KeBugCheckEx(PHASE1_INITIALIZATION_FAILED, (ULONG_PTR) "io", (ULONG_PTR)Status, 0, 0);
}

// ---- Events

static VOID PnpHandleEvent(PPNP_EVENT Event)
{
    switch (Event->Kind) {
    case PnpEventBoot:
        PnpBoot();
        break;
    case PnpEventEnumerate:
        PnpEnumerateBus(Event->Node);
        break;
    case PnpEventState:
        PnpCheckState(Event->Node);
        break;
    case PnpEventHostEnded:
        PnpHandleHostEnd(Event->Host);
        break;
    case PnpEventClosed:
        PnpRemoveClosed();
        break;
    case PnpEventRetry:
        PnpRetryConflicts();
        break;
    case PnpEventEject:
        (VOID) PnpEjectNode(Event->Node, nullptr);
        break;
    case PnpEventUnload:
        PnpUnloadUnusedDrivers();
        PnpEndUnusedHosts();
        break;
    case PnpEventCall:
        Event->Routine(Event->Context);
        break;
    }
}

static VOID PnpWorker(PVOID Context)
{
    BOOLEAN Booting = TRUE;
    UNREFERENCED_PARAMETER(Context);
    for (;;) {
        while (!IsListEmpty(&PnpEvents)) {
            PPNP_EVENT Event = CONTAINING_RECORD(RemoveHeadList(&PnpEvents), PNP_EVENT, Link);
            PnpHandleEvent(Event);
            if (Event->Node)
                PnpDereferenceNode(Event->Node);
            if (Event->Host)
                IopDereferenceHost(Event->Host);
            ExFreePool(Event);
        }
        if (Booting) {
            Booting = FALSE;
            PnpContinueBoot();
        }
        (VOID) KeWaitForSingleObject(&PnpWakeup, Executive, KernelMode, FALSE, nullptr);
    }
}

VOID PnpInitSystem(VOID (*Ready)(VOID))
{
    PnpReady = Ready;
    KeInitializeEvent(&PnpWakeup, SynchronizationEvent, FALSE);
    NTSTATUS Status = PnpQueueEvent(PnpEventBoot, nullptr, nullptr);
    if (NT_SUCCESS(Status))
        Status = KeCreateSystemFiber(PnpWorker, nullptr);
    if (!NT_SUCCESS(Status))
        KeBugCheckEx(PHASE1_INITIALIZATION_FAILED, (ULONG_PTR) "pnp", (ULONG_PTR)Status, 0, 0);
}

VOID PnpUnloadUnused(VOID)
{
    if (!NT_SUCCESS(PnpQueueEvent(PnpEventUnload, nullptr, nullptr)))
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL, "pnp: no memory to unload a driver\n");
}

VOID PnpHostEnded(PIO_HOST Host)
{
    if (!NT_SUCCESS(PnpQueueEvent(PnpEventHostEnded, nullptr, Host)))
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: no memory to mark the devices of a driver host as failed\n");
}
