// Stopping devices for a while, to give them other resources. Their drivers keep the requests that come meanwhile.
#include "pnpp.h"

NTSTATUS PnpQueryStop(PDEVICE_NODE Node, PDEVICE_NODE *Refuser)
{
    for (PLIST_ENTRY Link = Node->ChildListHead.Flink; Link != &Node->ChildListHead;
         Link = Link->Flink) {
        NTSTATUS Status = PnpQueryStop(CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink), Refuser);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    if (Node->State != PnpNodeStarted)
        return STATUS_SUCCESS;
    Node->State = PnpNodeQueryStopped;
    NTSTATUS Status = PnpSendSimple(Node, IRP_MN_QUERY_STOP_DEVICE);
    if (!NT_SUCCESS(Status))
        *Refuser = Node;
    return Status;
}

// Who has refused hears of it too: the drivers above it have agreed.
VOID PnpCancelStop(PDEVICE_NODE Node)
{
    if (Node->State == PnpNodeQueryStopped) {
        (VOID) PnpSendSimple(Node, IRP_MN_CANCEL_STOP_DEVICE);
        Node->State = PnpNodeStarted;
    }
    for (PLIST_ENTRY Link = Node->ChildListHead.Flink; Link != &Node->ChildListHead;
         Link = Link->Flink)
        PnpCancelStop(CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink));
}

VOID PnpStopNode(PDEVICE_NODE Node)
{
    for (PLIST_ENTRY Link = Node->ChildListHead.Flink; Link != &Node->ChildListHead;
         Link = Link->Flink)
        PnpStopNode(CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink));
    if (Node->State != PnpNodeQueryStopped)
        return;
    (VOID) PnpSendSimple(Node, IRP_MN_STOP_DEVICE);
    Node->State = PnpNodeStopped;
    PnpGiveBackResources(Node);
}
