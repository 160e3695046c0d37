// The removal of devices: asked for, or found out.
#include "pnpp.h"

// Every driver below is asked before anything changes; one that refuses has them all go on.
static NTSTATUS PnpQueryRemove(PDEVICE_NODE Node)
{
    for (PLIST_ENTRY Link = Node->ChildListHead.Flink; Link != &Node->ChildListHead;
         Link = Link->Flink) {
        NTSTATUS Status = PnpQueryRemove(CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink));
        if (!NT_SUCCESS(Status))
            return Status;
    }
    if (Node->State != PnpNodeStarted)
        return STATUS_SUCCESS;
    NTSTATUS Status = PnpSendSimple(Node, IRP_MN_QUERY_REMOVE_DEVICE);
    if (NT_SUCCESS(Status))
        Node->State = PnpNodeQueryRemoved;
    return Status;
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
}

static VOID PnpTellSurprise(PDEVICE_NODE Node)
{
    for (PLIST_ENTRY Link = Node->ChildListHead.Flink; Link != &Node->ChildListHead;
         Link = Link->Flink)
        PnpTellSurprise(CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink));
    if (Node->State == PnpNodeStarted)
        (VOID) PnpSendSimple(Node, IRP_MN_SURPRISE_REMOVAL);
}

// Children first. The node leaves the tree when its bus does not report it any more, or has not
// stayed itself.
static VOID PnpRemoveTree(PDEVICE_NODE Node, BOOLEAN Unlink)
{
    while (!IsListEmpty(&Node->ChildListHead))
        PnpRemoveTree(CONTAINING_RECORD(Node->ChildListHead.Flink, DEVICE_NODE, SiblingLink), TRUE);
    if (Node->State != PnpNodeUninitialized && Node->State != PnpNodeRemoved)
        (VOID) PnpSendSimple(Node, IRP_MN_REMOVE_DEVICE);
    PnpReleaseResources(Node);
    PnpReleaseDrivers(Node);
    Node->State = PnpNodeRemoved;
    if (Unlink)
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

NTSTATUS PnpRemoveNode(PDEVICE_NODE Node, BOOLEAN Surprise)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (Node == PnpRootNode)
        return STATUS_PLUGPLAY_QUERY_VETOED;
    if (Surprise)
        PnpTellSurprise(Node);
    else
        Status = PnpQueryRemove(Node);
    if (!NT_SUCCESS(Status)) {
        PnpCancelRemove(Node);
        return STATUS_PLUGPLAY_QUERY_VETOED;
    }
    PnpRemoveTree(Node, !Node->Present);
    return STATUS_SUCCESS;
}
