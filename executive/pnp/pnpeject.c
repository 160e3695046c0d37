// Devices that have to go together, and ejection.
#include "pnpp.h"

enum { CM_PROB_HELD_FOR_EJECT = 47 };

static BOOLEAN PnpIsInSet(const PNP_SET *Set, PDEVICE_NODE Node)
{
    for (; Node; Node = Node->Parent) {
        for (ULONG i = 0; i < Set->Count; i++) {
            if (Set->Nodes[i] == Node)
                return TRUE;
        }
    }
    return FALSE;
}

static VOID PnpAddToSet(PPNP_SET Set, PDEVICE_NODE Node)
{
    if (PnpIsInSet(Set, Node) || Node == PnpRootNode)
        return;
    if (Set->Count == RTL_NUMBER_OF(Set->Nodes)) {
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: %ws does not go with the devices that it belongs to\n",
                   Node->InstancePath);
        return;
    }
    Node->References++;
    Set->Nodes[Set->Count++] = Node;
}

static VOID PnpAddRelations(PPNP_SET Set, PDEVICE_NODE Node, DEVICE_RELATION_TYPE Type)
{
    PNP_ANSWER Answer;
    if (Node->State != PnpNodeStarted)
        return;
    NTSTATUS Status = PnpSend(Node, IRP_MN_QUERY_DEVICE_RELATIONS, Type, 0, nullptr, 0, &Answer);
    const ULONG *Numbers = Answer.Buffer;
    for (ULONG i = 0; NT_SUCCESS(Status) && i < Answer.Length / sizeof(ULONG); i++) {
        PDEVICE_OBJECT Device = IopLookupDevice(Numbers[i]);
        PDEVICE_NODE Related = Device ? PnpFindNodeByDevice(Device) : nullptr;
        if (Related)
            PnpAddToSet(Set, Related);
        if (Device)
            ObDereferenceObject(Device);
    }
    PnpReleaseAnswer(&Answer);
}

static VOID PnpAddRemovalRelations(PPNP_SET Set, PDEVICE_NODE Node)
{
    PnpAddRelations(Set, Node, RemovalRelations);
    for (PLIST_ENTRY Link = Node->ChildListHead.Flink; Link != &Node->ChildListHead;
         Link = Link->Flink)
        PnpAddRemovalRelations(Set, CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink));
}

VOID PnpCollectSet(PPNP_SET Set, PDEVICE_NODE Node, BOOLEAN Eject)
{
    Set->Count = 0;
    PnpAddToSet(Set, Node);
    for (ULONG i = 0; i < Set->Count; i++) { // it grows meanwhile
        if (Eject)
            PnpAddRelations(Set, Set->Nodes[i], EjectionRelations);
        PnpAddRemovalRelations(Set, Set->Nodes[i]);
    }
}

VOID PnpReleaseSet(PPNP_SET Set)
{
    while (Set->Count)
        PnpDereferenceNode(Set->Nodes[--Set->Count]);
}

// The device lets go of its slot. If its bus still reports it afterwards it waits there.
NTSTATUS PnpEjectNode(PDEVICE_NODE Node, PPNP_VETO Veto)
{
    NTSTATUS Status = PnpRemoveSet(Node, FALSE, TRUE, Veto);
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL, "pnp: %ws is not ejected: 0x%08lX\n",
                   Node->InstancePath, (ULONG)Status);
        // Its bus waits for the end, and has not been asked when a device below has refused.
        if (Node->State == PnpNodeStarted)
            (VOID) PnpSendSimple(Node, IRP_MN_CANCEL_REMOVE_DEVICE);
        return Status;
    }
    Status = PnpSendSimple(Node, IRP_MN_EJECT);
    if (Node->Parent)
        PnpEnumerateBus(Node->Parent);
    if (Node->Parent && Node->State == PnpNodeRemoved)
        PnpFailNode(Node, CM_PROB_HELD_FOR_EJECT, Status);
    return Status;
}
