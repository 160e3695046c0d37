// The tree of device nodes.
#include "pnpp.h"

PDEVICE_NODE PnpRootNode;

PDEVICE_NODE PnpCreateNode(PDEVICE_NODE Parent, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_NODE Node = ExAllocatePoolZero(NonPagedPool, sizeof(*Node), PnpTag);
    if (!Node)
        return nullptr;
    ObReferenceObject(PhysicalDevice);
    Node->PhysicalDevice = PhysicalDevice;
    Node->References = 1; // the tree's
    Node->Parent = Parent;
    Node->Present = TRUE;
    InitializeListHead(&Node->ChildListHead);
    PnpInitOwner(&Node->Owner, Parent ? &Parent->Owner : nullptr);
    if (Parent)
        InsertTailList(&Parent->ChildListHead, &Node->SiblingLink);
    else
        InitializeListHead(&Node->SiblingLink);
    return Node;
}

VOID PnpDereferenceNode(PDEVICE_NODE Node)
{
    if (--Node->References)
        return;
    ASSERT(IsListEmpty(&Node->ChildListHead));
    PnpDisableInterfaces(Node);
    PnpReleaseResources(Node);
    PnpReleaseDrivers(Node);
    ObDereferenceObject(Node->PhysicalDevice);
    if (Node->Requirements)
        ExFreePool(Node->Requirements);
    if (Node->Boot)
        ExFreePool(Node->Boot);
    ExFreePool(Node);
}

VOID PnpUnlinkNode(PDEVICE_NODE Node)
{
    RemoveEntryList(&Node->SiblingLink);
    InitializeListHead(&Node->SiblingLink);
    Node->Parent = nullptr;
    Node->Owner.Parent = nullptr;
    PnpDereferenceNode(Node);
}

PDEVICE_NODE PnpNextNode(PDEVICE_NODE Node)
{
    if (!IsListEmpty(&Node->ChildListHead))
        return CONTAINING_RECORD(Node->ChildListHead.Flink, DEVICE_NODE, SiblingLink);
    while (Node->Parent) {
        if (Node->SiblingLink.Flink != &Node->Parent->ChildListHead)
            return CONTAINING_RECORD(Node->SiblingLink.Flink, DEVICE_NODE, SiblingLink);
        Node = Node->Parent;
    }
    return nullptr;
}

PDEVICE_OBJECT PnpReferencePhysicalDevice(PCWSTR InstancePath)
{
    PDEVICE_NODE Node = PnpFindNodeByPath(InstancePath);
    if (!Node || Node->State != PnpNodeStarted)
        return nullptr;
    ObReferenceObject(Node->PhysicalDevice);
    return Node->PhysicalDevice;
}

PCWSTR PnpInstancePath(const DEVICE_OBJECT *Device)
{
    PDEVICE_NODE Node = PnpFindNodeByDevice(Device);
    return Node ? Node->InstancePath : nullptr;
}

PDEVICE_NODE PnpFindNodeByDevice(const DEVICE_OBJECT *PhysicalDevice)
{
    PDEVICE_NODE Node = PnpRootNode;
    while (Node && Node->PhysicalDevice != PhysicalDevice)
        Node = PnpNextNode(Node);
    return Node;
}

PDEVICE_NODE PnpFindNodeByPath(PCWSTR InstancePath)
{
    PDEVICE_NODE Node = PnpRootNode;
    while (Node && _wcsicmp(Node->InstancePath, InstancePath) != 0)
        Node = PnpNextNode(Node);
    return Node;
}

VOID PnpFailNode(PDEVICE_NODE Node, ULONG Problem, NTSTATUS Status)
{
    Node->State = PnpNodeFailed;
    Node->Problem = Problem;
    Node->ProblemStatus = Status;
    DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_ERROR_LEVEL, "pnp: %ws has problem %lu (0x%08lX)\n",
               Node->InstancePath, Problem, (ULONG)Status);
}
