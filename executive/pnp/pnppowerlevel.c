// The order in which devices lose their power and get it again: by the tree, and by the power relations that drivers tell of
// (IoInvalidateDeviceRelations, PowerRelations). A device that another one lists is treated as if it were below that one.
#include "pnpp.h"

enum { PNP_MOST_POWER_RELATIONS = 256 };

typedef struct _PNP_POWER_RELATION {
    PDEVICE_NODE Node, Dependent;
} PNP_POWER_RELATION;

typedef struct _PNP_POWER_ORDER {
    ULONG Count;
    PNP_POWER_RELATION Relations[PNP_MOST_POWER_RELATIONS];
} PNP_POWER_ORDER, *PPNP_POWER_ORDER;

static VOID PnpAddPowerRelations(PPNP_POWER_ORDER Order, PDEVICE_NODE Node)
{
    PNP_ANSWER Answer;
    NTSTATUS Status =
        PnpSend(Node, IRP_MN_QUERY_DEVICE_RELATIONS, PowerRelations, 0, nullptr, 0, &Answer);
    const ULONG *Numbers = Answer.Buffer;
    for (ULONG i = 0; NT_SUCCESS(Status) && i < Answer.Length / sizeof(ULONG); i++) {
        PDEVICE_OBJECT Device = IopLookupDevice(Numbers[i]);
        PDEVICE_NODE Dependent = Device ? PnpFindNodeByDevice(Device) : nullptr;
        if (Dependent && Dependent != Node && Order->Count < PNP_MOST_POWER_RELATIONS)
            Order->Relations[Order->Count++] = (PNP_POWER_RELATION){Node, Dependent};
        if (Device)
            ObDereferenceObject(Device);
    }
    PnpReleaseAnswer(&Answer);
}

static VOID PnpRankByTree(VOID)
{
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node))
        Node->PowerLevel = Node->Parent ? Node->Parent->PowerLevel + 1 : 0;
}

static BOOLEAN PnpRaise(PDEVICE_NODE Node, const DEVICE_NODE *Above)
{
    if (Node->PowerLevel > Above->PowerLevel)
        return FALSE;
    Node->PowerLevel = Above->PowerLevel + 1;
    return TRUE;
}

// Until all are deeper than what they depend on. Without a circle each round settles one relation at least.
static BOOLEAN PnpRankByRelations(const PNP_POWER_ORDER *Order)
{
    BOOLEAN Changed = TRUE;
    for (ULONG Round = 0; Changed && Round <= Order->Count; Round++) {
        Changed = FALSE;
        for (ULONG i = 0; i < Order->Count; i++)
            Changed |= PnpRaise(Order->Relations[i].Dependent, Order->Relations[i].Node);
        for (PDEVICE_NODE Node = PnpRootNode; Node && Changed; Node = PnpNextNode(Node)) {
            if (Node->Parent)
                (VOID) PnpRaise(Node, Node->Parent);
        }
    }
    return !Changed;
}

// On the PnP fiber: no device comes or goes meanwhile.
VOID PnpRankForPower(VOID)
{
    PnpRankByTree();
    PPNP_POWER_ORDER Order = ExAllocatePoolZero(PagedPool, sizeof(*Order), PnpTag);
    if (!Order)
        return;
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        if (Node->HasPowerRelations && Node->State == PnpNodeStarted)
            PnpAddPowerRelations(Order, Node);
    }
    if (!PnpRankByRelations(Order)) {
        DbgPrintEx(
            DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
            "pnp: devices depend on each other's power in a circle: the tree alone counts\n");
        PnpRankByTree();
    }
    ExFreePool(Order);
}
