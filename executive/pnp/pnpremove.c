// The removal of devices: asked for, or found out.
#include "pnpp.h"

enum { CM_PROB_FAILED_POST_START = 43 };

// Nodes that have left the tree and whose drivers still have open files, by SiblingLink.
static LIST_ENTRY PnpPulledNodes = {&PnpPulledNodes, &PnpPulledNodes};
static ULONG PnpRemovesPending; // nodes with RemovePending, those that were pulled included

static BOOLEAN PnpIsOpen(PDEVICE_NODE Node)
{
    for (PDEVICE_OBJECT Device = Node->PhysicalDevice; Device; Device = Device->AttachedDevice) {
        if (Device->OpenCount || Device->CloseCount)
            return TRUE;
    }
    return FALSE;
}

// A device is removed after those below it, also those that only wait for their files to be closed: drivers
// expect that the device which has found theirs is there as long as theirs is.
static BOOLEAN PnpIsInUse(PDEVICE_NODE Node)
{
    return Node->PulledCount || PnpIsOpen(Node);
}

// Who uses it without driving it may have closed it when it was asked: the last packets are on their way.
static VOID PnpAwaitCloses(PDEVICE_NODE Node)
{
    enum { Rounds = 40 };
    for (PDEVICE_OBJECT Device = Node->PhysicalDevice; Device; Device = Device->AttachedDevice) {
        for (ULONG i = 0; i < Rounds && !Device->OpenCount && Device->CloseCount; i++) {
            LARGE_INTEGER Interval = {.QuadPart = -250'000};
            (VOID) KeDelayExecutionThread(KernelMode, FALSE, &Interval);
        }
    }
}

// A file system that lets its volume go lets go of what the cache has of closed files, too.
static VOID PnpAwaitDismount(PDEVICE_NODE Node)
{
    enum { Rounds = 40 };
    for (ULONG i = 0; i < Rounds && PnpIsOpen(Node); i++) {
        LARGE_INTEGER Interval = {.QuadPart = -250'000};
        (VOID) KeDelayExecutionThread(KernelMode, FALSE, &Interval);
    }
}

// ---- Asking

// Every driver below is asked before anything changes; one that refuses has them all go on, and is told so
// too, as those above it have not heard of its answer. Who has a device open would lose it.
static NTSTATUS PnpQueryRemove(PDEVICE_NODE Node, PPNP_VETO Veto)
{
    for (PLIST_ENTRY Link = Node->ChildListHead.Flink; Link != &Node->ChildListHead;
         Link = Link->Flink) {
        NTSTATUS Status = PnpQueryRemove(CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink), Veto);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    if (Node->State != PnpNodeStarted)
        return STATUS_SUCCESS;
    Node->State = PnpNodeQueryRemoved;
    NTSTATUS Status = PnpAskTargets(Node);
    PnpAwaitCloses(Node);
    PDEVICE_OBJECT Volume = IopMountedVolume(Node->PhysicalDevice);
    BOOLEAN Mounted = Volume != nullptr;
    if (Mounted)
        (VOID) IopReleaseKept(Volume, TRUE);
    if (!NT_SUCCESS(Status))
        return PnpRefuse(Veto, Node, PNP_VetoDriver, Status);
    Status = PnpSendSimple(Node, IRP_MN_QUERY_REMOVE_DEVICE);
    if (!NT_SUCCESS(Status))
        return PnpRefuse(Veto, Node, PNP_VetoDevice, Status);
    if (Mounted)
        PnpAwaitDismount(Node);
    if (Node->PulledCount)
        return PnpRefuse(Veto, Node, PNP_VetoPendingClose, STATUS_DEVICE_BUSY);
    return PnpIsOpen(Node) ? PnpRefuse(Veto, Node, PNP_VetoOutstandingOpen, STATUS_DEVICE_BUSY)
                           : STATUS_SUCCESS;
}

static VOID PnpCancelRemove(PDEVICE_NODE Node)
{
    for (PLIST_ENTRY Link = Node->ChildListHead.Flink; Link != &Node->ChildListHead;
         Link = Link->Flink)
        PnpCancelRemove(CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink));
    if (Node->State != PnpNodeQueryRemoved)
        return;
    (VOID) PnpSendSimple(Node, IRP_MN_CANCEL_REMOVE_DEVICE);
    Node->State = PnpNodeStarted;
    PnpTellTargets(Node, PnpTargetRemoveCancelled);
}

// ---- Removing

static VOID PnpTellSurprise(PDEVICE_NODE Node)
{
    for (PLIST_ENTRY Link = Node->ChildListHead.Flink; Link != &Node->ChildListHead;
         Link = Link->Flink)
        PnpTellSurprise(CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink));
    PnpDisableInterfaces(Node);
    if (Node->State == PnpNodeStarted)
        (VOID) PnpSendSimple(Node, IRP_MN_SURPRISE_REMOVAL);
}

static VOID PnpFinishRemove(PDEVICE_NODE Node)
{
    PnpRemovesPending -= Node->RemovePending;
    Node->RemovePending = FALSE;
    PnpTellTargets(Node, PnpTargetRemoveComplete);
    (VOID) PnpSendSimple(Node, IRP_MN_REMOVE_DEVICE);
    PnpDisableInterfaces(Node);
    PnpReleaseResources(Node);
    PnpReleaseDrivers(Node);
}

// The drivers keep what they have until nobody can ask them any more.
static VOID PnpRemoveOrWait(PDEVICE_NODE Node)
{
    if (Node->State == PnpNodeUninitialized || Node->State == PnpNodeRemoved)
        return;
    if (!PnpIsInUse(Node)) {
        PnpFinishRemove(Node);
    } else {
        Node->RemovePending = TRUE;
        PnpRemovesPending++;
    }
    Node->State = PnpNodeRemoved;
}

static VOID PnpPullNode(PDEVICE_NODE Node)
{
    RemoveEntryList(&Node->SiblingLink);
    InsertTailList(&PnpPulledNodes, &Node->SiblingLink);
    Node->PulledFrom = Node->Parent;
    Node->PulledFrom->PulledCount++;
    Node->PulledFrom->References++;
    Node->Parent = nullptr;
    Node->Owner.Parent = nullptr;
}

static VOID PnpLeaveParent(PDEVICE_NODE Node)
{
    PDEVICE_NODE Parent = Node->PulledFrom;
    if (!Parent)
        return;
    Node->PulledFrom = nullptr;
    Parent->PulledCount--;
    PnpDereferenceNode(Parent);
}

// Children first. The node leaves the tree when its bus does not report it any more, or has not
// stayed itself.
static VOID PnpRemoveTree(PDEVICE_NODE Node, BOOLEAN Unlink)
{
    while (!IsListEmpty(&Node->ChildListHead))
        PnpRemoveTree(CONTAINING_RECORD(Node->ChildListHead.Flink, DEVICE_NODE, SiblingLink), TRUE);
    BOOLEAN WasRemoved = Node->State == PnpNodeRemoved && !Node->RemovePending;
    PnpRemoveOrWait(Node);
    if (!Unlink)
        return;
    // Its bus has kept it when it was removed (for an ejection), as it was still there; now it has gone.
    if (WasRemoved && !Node->Present)
        (VOID) PnpSendSimple(Node, IRP_MN_REMOVE_DEVICE);
    if (Node->RemovePending)
        PnpPullNode(Node);
    else
        PnpUnlinkNode(Node);
}

VOID PnpRemoveChildren(PDEVICE_NODE Node)
{
    while (!IsListEmpty(&Node->ChildListHead)) {
        PDEVICE_NODE Child = CONTAINING_RECORD(Node->ChildListHead.Flink, DEVICE_NODE, SiblingLink);
        PnpTellSurprise(Child);
        PnpRemoveTree(Child, TRUE);
    }
}

VOID PnpRemoveFailed(PDEVICE_NODE Node, ULONG Problem)
{
    PnpRemoveChildren(Node);
    PnpTellSurprise(Node);
    PnpRemoveOrWait(Node);
    PnpFailNode(Node, Problem, STATUS_IO_DEVICE_ERROR);
}

NTSTATUS PnpRemoveSet(PDEVICE_NODE Node, BOOLEAN Surprise, BOOLEAN Eject, PPNP_VETO Veto)
{
    PNP_SET Set;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Node == PnpRootNode)
        return PnpRefuse(Veto, Node, PNP_VetoIllegalDeviceRequest, STATUS_PLUGPLAY_QUERY_VETOED);
    PnpCollectSet(&Set, Node, Eject);
    for (ULONG i = 0; i < Set.Count && NT_SUCCESS(Status); i++) {
        if (Surprise)
            PnpTellSurprise(Set.Nodes[i]);
        else
            Status = PnpQueryRemove(Set.Nodes[i], Veto);
    }
    for (ULONG i = 0; i < Set.Count; i++) {
        if (!NT_SUCCESS(Status))
            PnpCancelRemove(Set.Nodes[i]);
        else if (Set.Nodes[i]->Parent) // not gone with another one
            PnpRemoveTree(Set.Nodes[i], !Set.Nodes[i]->Present);
    }
    PnpReleaseSet(&Set);
    return NT_SUCCESS(Status) ? STATUS_SUCCESS : STATUS_PLUGPLAY_QUERY_VETOED;
}

NTSTATUS PnpRemoveNode(PDEVICE_NODE Node, BOOLEAN Surprise, PPNP_VETO Veto)
{
    return PnpRemoveSet(Node, Surprise, FALSE, Veto);
}

// ---- Files are closed

VOID PnpDeviceClosed(VOID)
{
    if (PnpRemovesPending && !NT_SUCCESS(PnpQueueEvent(PnpEventClosed, nullptr, nullptr)))
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: no memory to go on with removing a device\n"); // the next close does
}

static BOOLEAN PnpRemoveOneClosed(VOID)
{
    for (PLIST_ENTRY Link = PnpPulledNodes.Flink; Link != &PnpPulledNodes; Link = Link->Flink) {
        PDEVICE_NODE Node = CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink);
        if (PnpIsInUse(Node))
            continue;
        PnpFinishRemove(Node);
        PnpLeaveParent(Node);
        PnpUnlinkNode(Node);
        return TRUE;
    }
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        if (!Node->RemovePending || PnpIsInUse(Node))
            continue;
        PnpFinishRemove(Node);
        return TRUE;
    }
    return FALSE;
}

// The end of one may be what another has waited for.
VOID PnpRemoveClosed(VOID)
{
    while (PnpRemoveOneClosed())
        ;
}

// ---- The end of a host

static BOOLEAN PnpHasDriverIn(PDEVICE_NODE Node, PIO_HOST Host)
{
    for (ULONG i = 0; i < Node->DriverCount; i++) {
        if (IopDriverHost(Node->Drivers[i]) == Host)
            return TRUE;
    }
    return FALSE;
}

static VOID PnpRestartNodes(VOID)
{
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        if (Node->RestartWanted && PnpMayRestart(Node->InstancePath, Node->Service))
            PnpStartNode(Node);
        else if (Node->RestartWanted)
            PnpGiveUpPlatform(Node);
        Node->RestartWanted = FALSE;
    }
}

// What has left the tree holds nothing up any more.
static VOID PnpForgetPulled(PIO_HOST Host)
{
    for (PLIST_ENTRY Link = PnpPulledNodes.Flink; Link != &PnpPulledNodes; Link = Link->Flink) {
        PDEVICE_NODE Node = CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink);
        if (PnpHasDriverIn(Node, Host))
            PnpLeaveParent(Node);
    }
}

// The stack is cut where the host's devices were: its upper part is removed first, then, when it is the top,
// the lower part down to the physical device, which starts again when it is asked to.
VOID PnpHandleHostEnd(PIO_HOST Host)
{
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        if (!PnpHasDriverIn(Node, Host))
            continue;
        PnpRemoveChildren(Node);
        PnpTellSurprise(Node);
        (VOID) PnpSendSimple(Node, IRP_MN_REMOVE_DEVICE);
    }
    IopRemoveHostDevices(Host);
    PnpForgetPulled(Host);
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        if (!PnpHasDriverIn(Node, Host))
            continue;
        Node->RestartWanted = Node->State == PnpNodeStarted || Node->State == PnpNodeQueryRemoved;
        PnpFinishRemove(Node);
        IopLoseFiles(Node->PhysicalDevice);
        PnpFailNode(Node, CM_PROB_FAILED_POST_START, STATUS_DEVICE_DOES_NOT_EXIST);
    }
    PnpRemoveClosed();
    PnpForgetNotifications(Host);
    PnpForgetHost(Host);
    PnpRestartNodes();
}
