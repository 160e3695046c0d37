// Finding devices and starting them.
#include "pnpp.h"

enum { // CM_PROB_* of <cfg.h>
    CM_PROB_FAILED_START = 10,
    CM_PROB_NORMAL_CONFLICT = 12,
    CM_PROB_DISABLED = 22,
    CM_PROB_FAILED_INSTALL = 28,
    CM_PROB_FAILED_ADD = 31,
    CM_PROB_INVALID_DATA = 9,
    CM_PROB_DEVICE_NOT_THERE = 24,
    CM_PROB_FAILED_POST_START = 43,
};

enum { CONFIGFLAG_DISABLED = 1 };

// ---- Starting

// Raw resources, and the translated ones behind them on the next multiple of 8 (nt/nthost.h).
NTSTATUS PnpSendStart(PDEVICE_NODE Node)
{
    ULONG Size = Node->ResourcesSize;
    ULONG Offset = (Size + 7) & ~7u;
    PUCHAR Lists = Size ? ExAllocatePoolZero(PagedPool, Offset + Size, PnpTag) : nullptr;
    PNP_ANSWER Answer;
    if (Size && !Lists)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Size) {
        memcpy(Lists, Node->Resources, Size);
        memcpy(Lists + Offset, Node->Translated, Size);
    }
    NTSTATUS Status =
        PnpSend(Node, IRP_MN_START_DEVICE, Size, Size, Lists, Size ? Offset + Size : 0, &Answer);
    PnpReleaseAnswer(&Answer);
    if (Lists)
        ExFreePool(Lists);
    return Status;
}

static BOOLEAN PnpIsDisabled(PDEVICE_NODE Node)
{
    WCHAR Path[PNP_MAX_PATH];
    ULONG Flags = 0;
    PnpEnumPath(Node, Path);
    return CmQueryNumber(Path, L"ConfigFlags", &Flags) && (Flags & CONFIGFLAG_DISABLED);
}

static NTSTATUS PnpPrepareNode(PDEVICE_NODE Node, PULONG Problem)
{
    *Problem = CM_PROB_DISABLED;
    if (PnpIsDisabled(Node))
        return STATUS_DEVICE_DOES_NOT_EXIST;
    NTSTATUS Status = PnpCheckSystemUse(Node->Boot, Problem);
    if (!NT_SUCCESS(Status))
        return Status;
    *Problem = CM_PROB_FAILED_INSTALL;
    if (!Node->Service[0] && !Node->Capabilities.RawDeviceOK)
        return STATUS_DRIVER_UNABLE_TO_LOAD;
    *Problem = CM_PROB_FAILED_ADD;
    Status = PnpAddDrivers(Node);
    if (!NT_SUCCESS(Status))
        return Status;
    *Problem = CM_PROB_NORMAL_CONFLICT;
    Status = PnpAssignResources(Node);
    if (Status == STATUS_CONFLICTING_ADDRESSES)
        Status = PnpMakeRoom(Node);
    if (NT_SUCCESS(Status))
        Status = PnpCheckSystemUse(Node->Translated, Problem);
    if (!NT_SUCCESS(Status))
        return Status;
    *Problem = CM_PROB_FAILED_START;
    Status = PnpGrantResources(Node);
    if (NT_SUCCESS(Status)) {
        PoDeviceStarts(Node->PhysicalDevice);
        Status = PnpSendStart(Node);
    }
    if (Status == STATUS_CONFLICTING_ADDRESSES) // its bus knows better: it is tried again later
        *Problem = CM_PROB_NORMAL_CONFLICT;
    return Status;
}

VOID PnpCheckState(PDEVICE_NODE Node)
{
    PNP_ANSWER Answer;
    ULONG State = 0;
    if (Node->State != PnpNodeStarted)
        return;
    if (NT_SUCCESS(PnpSend(Node, IRP_MN_QUERY_PNP_DEVICE_STATE, 0, 0, nullptr, 0, &Answer)) &&
        Answer.Length >= sizeof(State))
        memcpy(&State, Answer.Buffer, sizeof(State));
    PnpReleaseAnswer(&Answer);
    if (State & PNP_DEVICE_REMOVED)
        PnpRemoveFailed(Node, CM_PROB_DEVICE_NOT_THERE);
    else if (State & PNP_DEVICE_FAILED)
        PnpRemoveFailed(Node, CM_PROB_FAILED_POST_START);
    else if (State & PNP_DEVICE_RESOURCE_REQUIREMENTS_CHANGED)
        PnpChangeResources(Node);
}

VOID PnpStartNode(PDEVICE_NODE Node)
{
    ULONG Problem;
    NTSTATUS Status = PnpPrepareNode(Node, &Problem);
    if (!NT_SUCCESS(Status)) {
        if (Node->DriverCount)
            (VOID) PnpSendSimple(Node, IRP_MN_REMOVE_DEVICE);
        PnpDisableInterfaces(Node);
        if (Problem ==
            CM_PROB_NORMAL_CONFLICT) // what it was given is no use to it: it does not try again for that
            PnpReturnResources(Node);
        else
            PnpReleaseResources(Node);
        PnpReleaseDrivers(Node);
        PnpFailNode(Node, Problem, Status);
        PnpGiveUpPlatform(Node);
        return;
    }
    Node->State = PnpNodeStarted;
    Node->Problem = 0;
    PnpPlatformStarted(Node);
    PnpCheckState(Node);
    if (Node->State == PnpNodeStarted)
        IopDeviceArrived(Node->PhysicalDevice, Node->InstancePath);
    if (Node->State == PnpNodeStarted)
        (VOID) PnpQueueEvent(PnpEventEnumerate, Node, nullptr);
}

VOID PnpRetryConflicts(VOID)
{
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        if (Node->State == PnpNodeFailed && Node->Problem == CM_PROB_NORMAL_CONFLICT)
            PnpStartNode(Node);
    }
}

// Devices for which there was no driver, or whose driver did not load: the registry and the drivers of the system
// volume are there now.
VOID PnpRetryMissing(VOID)
{
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        BOOLEAN Missing =
            Node->Problem == CM_PROB_FAILED_INSTALL || Node->Problem == CM_PROB_FAILED_ADD;
        if (Node->State != PnpNodeFailed || !Missing)
            continue;
        PnpFindServiceAgain(Node);
        if (Node->Service[0])
            PnpStartNode(Node);
    }
}

// ---- Finding

static VOID PnpAddChild(PDEVICE_NODE Bus, ULONG DeviceNumber)
{
    PDEVICE_OBJECT Device = IopLookupDevice(DeviceNumber);
    if (!Device) {
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: %ws reports a device that does not exist\n", Bus->InstancePath);
        return;
    }
    PDEVICE_NODE Node = PnpFindNodeByDevice(Device);
    if (Node) {
        Node->Present = TRUE;
    } else {
        Node = PnpCreateNode(Bus, Device);
        NTSTATUS Status = Node ? PnpRecordDevice(Node) : STATUS_INSUFFICIENT_RESOURCES;
        if (Node && !NT_SUCCESS(Status))
            PnpFailNode(Node, CM_PROB_INVALID_DATA, Status);
        else if (Node)
            PnpReserveBoot(Node);
    }
    ObDereferenceObject(Device);
}

// What the bus did not report any more has been pulled out. One may take others of them along.
static VOID PnpRemoveMissing(PDEVICE_NODE Bus)
{
    PLIST_ENTRY Link = Bus->ChildListHead.Flink;
    while (Link != &Bus->ChildListHead) {
        PDEVICE_NODE Node = CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink);
        if (Node->Present) {
            Link = Link->Flink;
            continue;
        }
        (VOID) PnpRemoveNode(Node, TRUE, nullptr);
        Link = Bus->ChildListHead.Flink;
    }
}

static VOID PnpStartNew(PDEVICE_NODE Bus)
{
    for (PLIST_ENTRY Link = Bus->ChildListHead.Flink; Link != &Bus->ChildListHead;
         Link = Link->Flink) {
        PDEVICE_NODE Node = CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink);
        if (Node->State == PnpNodeInitialized)
            PnpStartNode(Node);
    }
}

VOID PnpEnumerateBus(PDEVICE_NODE Bus)
{
    PNP_ANSWER Answer;
    if (Bus->State != PnpNodeStarted)
        return;
    NTSTATUS Status =
        PnpSend(Bus, IRP_MN_QUERY_DEVICE_RELATIONS, BusRelations, 0, nullptr, 0, &Answer);
    if (NT_SUCCESS(Status)) {
        for (PLIST_ENTRY Link = Bus->ChildListHead.Flink; Link != &Bus->ChildListHead;
             Link = Link->Flink)
            CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink)->Present = FALSE;
        const ULONG *Numbers = Answer.Buffer;
        for (ULONG i = 0; i < Answer.Length / sizeof(ULONG); i++)
            PnpAddChild(Bus, Numbers[i]);
        PnpRemoveMissing(Bus);
        PnpStartNew(Bus);
    }
    PnpReleaseAnswer(&Answer);
}
