// Rebalancing: a device finds no place, or wants another one, and others may have to move.
//
// First a plan is made on paper: the claims of everybody concerned are set aside, and all are placed anew, the
// one that wants something first. Only those whose resources would be others are then asked to stop; who
// refuses stays out of the next plan. What is below a device that moves stops and starts with it.
#include "pnpp.h"

enum {
    PNP_MAX_MOVES = 64,
    PNP_MAX_IMMOVABLE = 8, // refusals, after which no more plans are made
    CM_PROB_FAILED_START = 10,
    CM_PROB_NORMAL_CONFLICT = 12,
};

// Interface: first, for PnpMapLine. A device that is placed on paper keeps its messages.
typedef struct _PNP_PAPER {
    INTERFACE_TYPE Interface;
    ULONG Messages;
} PNP_PAPER;

typedef struct _PNP_MOVE {
    LIST_ENTRY Link;
    PDEVICE_NODE Node; // referenced
    LIST_ENTRY Hidden; // the claims that it has had
    PCM_RESOURCE_LIST New;
    BOOLEAN Moves;
} PNP_MOVE, *PPNP_MOVE;

typedef struct _PNP_PLAN {
    PDEVICE_NODE Wanting;
    LIST_ENTRY MoveListHead; // parents before their children, Wanting first
    ULONG MoveCount;
    PDEVICE_NODE Immovable[PNP_MAX_IMMOVABLE];
    ULONG ImmovableCount;
} PNP_PLAN, *PPNP_PLAN;

static BOOLEAN PnpIsIn(PDEVICE_NODE Node, PDEVICE_NODE Ancestor)
{
    while (Node && Node != Ancestor)
        Node = Node->Parent;
    return Node != nullptr;
}

static PPNP_MOVE PnpFirstMove(const PNP_PLAN *Plan)
{
    return CONTAINING_RECORD(Plan->MoveListHead.Flink, PNP_MOVE, Link);
}

#define PNP_FOR_EACH_MOVE(Plan, Move)                                                 \
    for (PPNP_MOVE Move = PnpFirstMove(Plan); &(Move)->Link != &(Plan)->MoveListHead; \
         (Move) = CONTAINING_RECORD((Move)->Link.Flink, PNP_MOVE, Link))

// ---- Who is concerned

static NTSTATUS PnpAddMove(PPNP_PLAN Plan, PDEVICE_NODE Node)
{
    PPNP_MOVE Move = Plan->MoveCount < PNP_MAX_MOVES
                         ? ExAllocatePoolZero(PagedPool, sizeof(*Move), PnpTag)
                         : nullptr;
    if (!Move)
        return STATUS_INSUFFICIENT_RESOURCES;
    Plan->MoveCount++;
    Move->Node = Node;
    Node->References++;
    PnpHideClaims(&Node->Owner, &Move->Hidden);
    InsertTailList(&Plan->MoveListHead, &Move->Link);
    return STATUS_SUCCESS;
}

// With all below it that runs.
static NTSTATUS PnpAddMoves(PPNP_PLAN Plan, PDEVICE_NODE Root)
{
    NTSTATUS Status = PnpAddMove(Plan, Root);
    for (PDEVICE_NODE Node = PnpNextNode(Root); NT_SUCCESS(Status) && PnpIsIn(Node, Root);
         Node = PnpNextNode(Node)) {
        if (Node->State == PnpNodeStarted)
            Status = PnpAddMove(Plan, Node);
    }
    return Status;
}

static BOOLEAN PnpIsWanted(const IO_RESOURCE_REQUIREMENTS_LIST *Requirements,
                           const PNP_CLAIM *Claim)
{
    const IO_RESOURCE_LIST *List = Requirements->List;
    for (ULONG i = 0; i < Requirements->AlternativeLists; i++, List = PnpNextList(List)) {
        for (ULONG j = 0; j < List->Count; j++) {
            PNP_WANT Want;
            if (PnpReadWant(&List->Descriptors[j], &Want) && Want.Kind == Claim->Kind &&
                Want.Minimum <= Claim->End && Claim->Start <= Want.Maximum)
                return TRUE;
        }
    }
    return FALSE;
}

// Does it hold something that the other could be content with? Windows on the processor's bus are in nobody's way.
static BOOLEAN PnpIsInTheWay(PDEVICE_NODE Node, PDEVICE_NODE Wanting)
{
    for (PLIST_ENTRY Link = Node->Owner.ClaimListHead.Flink; Link != &Node->Owner.ClaimListHead;
         Link = Link->Flink) {
        const PNP_CLAIM *Claim = CONTAINING_RECORD(Link, PNP_CLAIM, OwnerLink);
        if (!Claim->Reserved && (Claim->Space || !Claim->Window) &&
            PnpIsWanted(Wanting->Requirements, Claim))
            return TRUE;
    }
    return FALSE;
}

static BOOLEAN PnpMayMove(const PNP_PLAN *Plan, PDEVICE_NODE Node)
{
    for (ULONG i = 0; i < Plan->ImmovableCount; i++) {
        if (PnpIsIn(Plan->Immovable[i], Node))
            return FALSE;
    }
    return Node->State == PnpNodeStarted && Node->Requirements && !PnpIsIn(Plan->Wanting, Node) &&
           !PnpIsIn(Node, Plan->Wanting);
}

static PDEVICE_NODE PnpAfter(PDEVICE_NODE Root)
{
    PDEVICE_NODE Node = Root;
    do {
        Node = PnpNextNode(Node);
    } while (Node && PnpIsIn(Node, Root));
    return Node;
}

static NTSTATUS PnpCollectMoves(PPNP_PLAN Plan)
{
    NTSTATUS Status = PnpAddMoves(Plan, Plan->Wanting);
    PDEVICE_NODE Node = PnpRootNode;
    while (Node && NT_SUCCESS(Status)) {
        if (PnpMayMove(Plan, Node) && PnpIsInTheWay(Node, Plan->Wanting)) {
            Status = PnpAddMoves(Plan, Node);
            Node = PnpAfter(Node);
        } else {
            Node = PnpNextNode(Node);
        }
    }
    return Status;
}

// ---- The plan

static NTSTATUS PnpTakeOnPaper(PVOID Context, ULONG Count, PULONG First)
{
    PNP_PAPER *Paper = Context;
    if (Count > Paper->Messages)
        return STATUS_INSUFFICIENT_RESOURCES;
    Paper->Messages -= Count;
    *First = 0;
    return STATUS_SUCCESS;
}

static VOID PnpReturnOnPaper(PVOID Context, ULONG First, ULONG Count)
{
    UNREFERENCED_PARAMETER(First);
    ((PNP_PAPER *)Context)->Messages += Count;
}

static BOOLEAN PnpIsMessage(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Raw)
{
    return Raw->Type == CmResourceTypeInterrupt && Raw->Flags & CM_RESOURCE_INTERRUPT_MESSAGE;
}

static ULONG PnpCountMessages(const CM_RESOURCE_LIST *Resources)
{
    ULONG Count = 0;
    for (ULONG i = 0; Resources && i < Resources->List[0].PartialResourceList.Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Raw =
            &Resources->List[0].PartialResourceList.PartialDescriptors[i];
        if (PnpIsMessage(Raw))
            Count += PnpVectorCount(Raw);
    }
    return Count;
}

static ULONG PnpCountWants(const IO_RESOURCE_LIST *List)
{
    ULONG Count = 0;
    for (ULONG i = 0; i < List->Count; i++) {
        if (!(List->Descriptors[i].Option & IO_RESOURCE_ALTERNATIVE))
            Count++;
    }
    return Count;
}

// Alternatives with as many resources as the device has now, or the others.
static NTSTATUS PnpPlaceBy(PPNP_MOVE Move, const PNP_ENVIRONMENT *Environment, BOOLEAN AsMany)
{
    PDEVICE_NODE Node = Move->Node;
    BOOLEAN Runs = Node->State == PnpNodeStarted;
    ULONG Now = Runs && Node->Resources ? Node->Resources->List[0].PartialResourceList.Count : 0;
    const IO_RESOURCE_LIST *List = Node->Requirements->List;
    NTSTATUS Status = STATUS_CONFLICTING_ADDRESSES;
    for (ULONG i = 0; i < Node->Requirements->AlternativeLists && !NT_SUCCESS(Status); i++) {
        if ((PnpCountWants(List) == Now) == AsMany)
            Status = PnpChooseFrom(Node, List, Runs ? Node->Resources : Node->Boot, Environment,
                                   &Move->New);
        List = PnpNextList(List);
    }
    return Status;
}

// One that runs does not get more than it has while others may lack what they need: a spare window has been refused
// before. One that is not started has its messages from the plan on.
static NTSTATUS PnpPlace(PPNP_MOVE Move)
{
    PDEVICE_NODE Node = Move->Node;
    if (!Node->Requirements)
        return STATUS_SUCCESS;
    BOOLEAN Runs = Node->State == PnpNodeStarted;
    PNP_PAPER Paper = {Node->Requirements->InterfaceType, PnpCountMessages(Node->Resources)};
    const PNP_ENVIRONMENT Environment = {
        .Context = &Paper,
        .MapLine = PnpMapLine,
        .TakeMessages = Runs ? PnpTakeOnPaper : PnpTakeMessages,
        .ReturnMessages = Runs ? PnpReturnOnPaper : PnpReturnMessages,
    };
    NTSTATUS Status = PnpPlaceBy(Move, &Environment, TRUE);
    return NT_SUCCESS(Status) ? Status : PnpPlaceBy(Move, &Environment, FALSE);
}

static BOOLEAN PnpIsSameResource(const CM_PARTIAL_RESOURCE_DESCRIPTOR *One,
                                 const CM_PARTIAL_RESOURCE_DESCRIPTOR *Other)
{
    PNP_WANT OneRange, OtherRange;
    if (One->Type != Other->Type || PnpIsMessage(One) != PnpIsMessage(Other))
        return FALSE;
    if (PnpIsMessage(One))
        return PnpVectorCount(One) == PnpVectorCount(Other);
    if (!PnpReadGiven(One, &OneRange) || !PnpReadGiven(Other, &OtherRange))
        return memcmp(One->u.Data, Other->u.Data, 3 * sizeof(ULONG)) == 0;
    return OneRange.Minimum == OtherRange.Minimum && OneRange.Maximum == OtherRange.Maximum;
}

static BOOLEAN PnpAreSame(const CM_RESOURCE_LIST *One, const CM_RESOURCE_LIST *Other)
{
    if (!One || !Other)
        return !One && !Other;
    const CM_PARTIAL_RESOURCE_LIST *OneList = &One->List[0].PartialResourceList;
    const CM_PARTIAL_RESOURCE_LIST *OtherList = &Other->List[0].PartialResourceList;
    BOOLEAN Same = OneList->Count == OtherList->Count;
    for (ULONG i = 0; Same && i < OneList->Count; i++)
        Same =
            PnpIsSameResource(&OneList->PartialDescriptors[i], &OtherList->PartialDescriptors[i]);
    return Same;
}

static BOOLEAN PnpDoesParentMove(const PNP_PLAN *Plan, PDEVICE_NODE Node)
{
    PNP_FOR_EACH_MOVE(Plan, Move)
    {
        if (Move->Moves && Move->Node == Node->Parent)
            return TRUE;
    }
    return FALSE;
}

static NTSTATUS PnpMakePlan(PPNP_PLAN Plan)
{
    NTSTATUS Status = PnpCollectMoves(Plan);
    if (!NT_SUCCESS(Status))
        return Status;
    PNP_FOR_EACH_MOVE(Plan, Move)
    {
        Status = PnpPlace(Move);
        if (!NT_SUCCESS(Status))
            return Status;
        Move->Moves =
            Move->Node->State == PnpNodeStarted &&
            (!PnpAreSame(Move->New, Move->Node->Resources) || PnpDoesParentMove(Plan, Move->Node));
    }
    return STATUS_SUCCESS;
}

static VOID PnpReturnNewMessages(const CM_RESOURCE_LIST *Resources)
{
    const CM_PARTIAL_RESOURCE_LIST *List = &Resources->List[0].PartialResourceList;
    for (ULONG i = 0; i < List->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Raw = &List->PartialDescriptors[i];
        if (PnpIsMessage(Raw))
            KeFreeVectors(Raw->u.MessageInterrupt.Vector, PnpVectorCount(Raw));
    }
}

// Keep: the new claims are the right ones from now on. Else everybody has what they had.
static VOID PnpEndPlan(PPNP_PLAN Plan, BOOLEAN Keep)
{
    if (!Keep) {
        PNP_FOR_EACH_MOVE(Plan, Move)
        {
            PnpDropClaims(&Move->Node->Owner);
            if (Move->New && Move->Node->State != PnpNodeStarted)
                PnpReturnNewMessages(Move->New);
        }
        PNP_FOR_EACH_MOVE(Plan, Move)
        PnpShowClaims(&Move->Node->Owner, &Move->Hidden);
    }
    while (!IsListEmpty(&Plan->MoveListHead)) {
        PPNP_MOVE Move = PnpFirstMove(Plan);
        PnpDropHidden(&Move->Hidden);
        RemoveEntryList(&Move->Link);
        if (Move->New)
            ExFreePool(Move->New);
        PnpDereferenceNode(Move->Node);
        ExFreePool(Move);
    }
    Plan->MoveCount = 0;
}

// ---- Carrying it out

static BOOLEAN PnpIsFirstToMove(const PNP_PLAN *Plan, const PNP_MOVE *Move)
{
    return Move->Moves && !PnpDoesParentMove(Plan, Move->Node);
}

// FALSE: somebody refuses, and all go on as they were.
static BOOLEAN PnpAskToMove(PPNP_PLAN Plan)
{
    PDEVICE_NODE Refuser = nullptr;
    PNP_FOR_EACH_MOVE(Plan, Move)
    {
        if (PnpIsFirstToMove(Plan, Move) && !NT_SUCCESS(PnpQueryStop(Move->Node, &Refuser)))
            break;
    }
    if (!Refuser)
        return TRUE;
    PNP_FOR_EACH_MOVE(Plan, Move)
    {
        if (PnpIsFirstToMove(Plan, Move))
            PnpCancelStop(Move->Node);
    }
    Plan->Immovable[Plan->ImmovableCount++] = Refuser;
    return FALSE;
}

static NTSTATUS PnpTakeNewMessages(PCM_RESOURCE_LIST Resources)
{
    PCM_PARTIAL_RESOURCE_LIST List = &Resources->List[0].PartialResourceList;
    for (ULONG i = 0; i < List->Count; i++) {
        PCM_PARTIAL_RESOURCE_DESCRIPTOR Raw = &List->PartialDescriptors[i];
        NTSTATUS Status = PnpIsMessage(Raw) ? PnpTakeMessages(nullptr, PnpVectorCount(Raw),
                                                              &Raw->u.MessageInterrupt.Vector)
                                            : STATUS_SUCCESS;
        if (NT_SUCCESS(Status))
            continue;
        List->Count = i; // those that are to be given back
        PnpReturnNewMessages(Resources);
        return Status;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS PnpTakePlanned(PPNP_MOVE Move, BOOLEAN WithMessages)
{
    PCM_RESOURCE_LIST New = Move->New;
    Move->New = nullptr;
    if (!New)
        return STATUS_SUCCESS;
    NTSTATUS Status = WithMessages ? STATUS_SUCCESS : PnpTakeNewMessages(New);
    if (NT_SUCCESS(Status))
        return PnpTakeResources(Move->Node, New);
    ExFreePool(New);
    PnpDropClaims(&Move->Node->Owner);
    return Status;
}

static VOID PnpStartMoved(PPNP_MOVE Move)
{
    PDEVICE_NODE Node = Move->Node;
    ULONG Problem = CM_PROB_NORMAL_CONFLICT;
    if (Node->State != PnpNodeStopped) // what it was below has failed meanwhile
        return;
    NTSTATUS Status = PnpTakePlanned(Move, FALSE);
    if (NT_SUCCESS(Status)) {
        Problem = CM_PROB_FAILED_START;
        Status = PnpGrantResources(Node);
    }
    if (NT_SUCCESS(Status))
        Status = PnpSendStart(Node);
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: %ws does not start with other resources: 0x%08lX\n", Node->InstancePath,
                   (ULONG)Status);
        PnpRemoveFailed(Node, Problem);
        return;
    }
    Node->State = PnpNodeStarted;
    (VOID) PnpQueueEvent(PnpEventEnumerate, Node, nullptr);
}

static NTSTATUS PnpCarryOut(PPNP_PLAN Plan)
{
    NTSTATUS Status = STATUS_SUCCESS;
    PNP_FOR_EACH_MOVE(Plan, Move)
    {
        if (Move->Moves)
            DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_INFO_LEVEL, "pnp: %ws moves, for %ws\n",
                       Move->Node->InstancePath, Plan->Wanting->InstancePath);
        if (PnpIsFirstToMove(Plan, Move))
            PnpStopNode(Move->Node);
    }
    if (Plan->Wanting->State != PnpNodeStopped && Plan->Wanting->State != PnpNodeStarted)
        Status = PnpTakePlanned(PnpFirstMove(Plan), TRUE);
    PNP_FOR_EACH_MOVE(Plan, Move)
    {
        if (Move->Moves)
            PnpStartMoved(Move);
    }
    return Status;
}

static NTSTATUS PnpRebalance(PDEVICE_NODE Wanting)
{
    PNP_PLAN Plan = {.Wanting = Wanting};
    InitializeListHead(&Plan.MoveListHead);
    NTSTATUS Status = STATUS_CONFLICTING_ADDRESSES;
    while (Plan.ImmovableCount < PNP_MAX_IMMOVABLE) {
        Status = PnpMakePlan(&Plan);
        if (!NT_SUCCESS(Status) || PnpAskToMove(&Plan))
            break;
        PnpEndPlan(&Plan, FALSE);
        Status = STATUS_CONFLICTING_ADDRESSES;
        if (PnpIsIn(Plan.Immovable[Plan.ImmovableCount - 1], Wanting))
            return Status;
    }
    BOOLEAN Planned = NT_SUCCESS(Status);
    if (Planned)
        Status = PnpCarryOut(&Plan);
    PnpEndPlan(&Plan, Planned);
    return Status;
}

// ---- Who wants it

NTSTATUS PnpMakeRoom(PDEVICE_NODE Node)
{
    return Node->Requirements ? PnpRebalance(Node) : STATUS_CONFLICTING_ADDRESSES;
}

VOID PnpChangeResources(PDEVICE_NODE Node)
{
    PIO_RESOURCE_REQUIREMENTS_LIST Before = Node->Requirements;
    Node->Requirements = nullptr;
    NTSTATUS Status = PnpUpdateRequirements(Node);
    if (NT_SUCCESS(Status))
        Status = Node->Requirements ? PnpRebalance(Node) : STATUS_INVALID_DEVICE_STATE;
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: %ws does not get the resources that it wants now: 0x%08lX\n",
                   Node->InstancePath, (ULONG)Status);
        if (Node->Requirements)
            ExFreePool(Node->Requirements);
        Node->Requirements = Before;
        return;
    }
    if (Before)
        ExFreePool(Before);
    (VOID) PnpQueueEvent(PnpEventRetry, nullptr, nullptr); // below it there may be room now
}
