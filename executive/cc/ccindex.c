// The tree of a stream's pages.
#include "ntos.h"

#include "ccindex.h"

constexpr ULONG CcIndexTag = 'dIcC';

static ULONG CcpPlace(ULONG64 Number, ULONG Level) // level 0: leaves
{
    return (ULONG)(Number >> Level * CC_INDEX_BITS) % CC_INDEX_PLACES;
}

static BOOLEAN CcpIsInside(const CC_INDEX *Index, ULONG64 Number)
{
    return Index->Levels && !(Number >> (Index->Levels * CC_INDEX_BITS - 1) >> 1);
}

static PCC_INDEX_NODE CcpFindLeaf(PCC_INDEX Index, ULONG64 Number)
{
    ULONG64 Base = Number & ~(ULONG64)(CC_INDEX_PLACES - 1);
    if (Index->LastLeaf && Index->LastBase == Base)
        return Index->LastLeaf;
    if (!CcpIsInside(Index, Number))
        return nullptr;
    PCC_INDEX_NODE Node = Index->Root;
    for (ULONG Level = Index->Levels - 1; Level && Node; Level--)
        Node = Node->Places[CcpPlace(Number, Level)];
    if (Node) {
        Index->LastLeaf = Node;
        Index->LastBase = Base;
    }
    return Node;
}

PVOID CcpIndexLookup(PCC_INDEX Index, ULONG64 Number)
{
    PCC_INDEX_NODE Leaf = CcpFindLeaf(Index, Number);
    return Leaf ? Leaf->Places[CcpPlace(Number, 0)] : nullptr;
}

static PCC_INDEX_NODE CcpNewNode(PCC_INDEX_NODE Parent)
{
    PCC_INDEX_NODE Node = ExAllocatePoolZero(NonPagedPool, sizeof(*Node), CcIndexTag);
    if (Node)
        Node->Parent = Parent;
    return Node;
}

// More levels on top, until the number fits in.
static BOOLEAN CcpRaise(PCC_INDEX Index, ULONG64 Number)
{
    while (!CcpIsInside(Index, Number)) {
        if (Index->Levels == CC_INDEX_LEVELS)
            return FALSE;
        PCC_INDEX_NODE Root = CcpNewNode(nullptr);
        if (!Root)
            return FALSE;
        if (Index->Root) {
            Root->Places[0] = Index->Root;
            Root->Present = Index->Root->Present != 0;
            Root->Marked = Index->Root->Marked != 0;
            Index->Root->Parent = Root;
        }
        Index->Root = Root;
        Index->Levels++;
    }
    return TRUE;
}

// Nodes in which nothing is go, from this one up to the root.
static VOID CcpPrune(PCC_INDEX Index, PCC_INDEX_NODE Node, ULONG Level, ULONG64 Number)
{
    while (Node && !Node->Present) {
        PCC_INDEX_NODE Parent = Node->Parent;
        ULONG Place = CcpPlace(Number, ++Level);
        ExFreePoolWithTag(Node, CcIndexTag);
        if (Parent) {
            Parent->Places[Place] = nullptr;
            Parent->Present &= ~(1ull << Place);
            Parent->Marked &= ~(1ull << Place);
        } else {
            *Index = (CC_INDEX){};
        }
        Node = Parent;
    }
    Index->LastLeaf = nullptr;
}

BOOLEAN CcpIndexInsert(PCC_INDEX Index, ULONG64 Number, PVOID Item)
{
    if (!CcpRaise(Index, Number))
        return FALSE;
    PCC_INDEX_NODE Node = Index->Root;
    for (ULONG Level = Index->Levels - 1; Level; Level--) {
        ULONG Place = CcpPlace(Number, Level);
        if (!Node->Places[Place])
            Node->Places[Place] = CcpNewNode(Node);
        if (!Node->Places[Place]) {
            CcpPrune(Index, Node, Level, Number);
            return FALSE;
        }
        Node = Node->Places[Place];
    }
    ASSERT(!Node->Places[CcpPlace(Number, 0)]);
    Node->Places[CcpPlace(Number, 0)] = Item;
    for (ULONG Level = 0; Node; Node = Node->Parent, Level++)
        Node->Present |= 1ull << CcpPlace(Number, Level);
    return TRUE;
}

VOID CcpIndexMark(PCC_INDEX Index, ULONG64 Number, BOOLEAN Marked)
{
    PCC_INDEX_NODE Node = CcpFindLeaf(Index, Number);
    for (ULONG Level = 0; Node; Node = Node->Parent, Level++) {
        ULONG64 Bit = 1ull << CcpPlace(Number, Level);
        if (Marked)
            Node->Marked |= Bit;
        else
            Node->Marked &= ~Bit;
        if (!Marked && Node->Marked)
            break;
    }
}

VOID CcpIndexRemove(PCC_INDEX Index, ULONG64 Number)
{
    PCC_INDEX_NODE Leaf = CcpFindLeaf(Index, Number);
    CcpIndexMark(Index, Number, FALSE);
    Leaf->Places[CcpPlace(Number, 0)] = nullptr;
    Leaf->Present &= ~(1ull << CcpPlace(Number, 0));
    CcpPrune(Index, Leaf, 0, Number);
}

static PVOID CcpNext(PCC_INDEX Index, PULONG64 Number, BOOLEAN Marked)
{
    if (!CcpIsInside(Index, *Number))
        return nullptr;
    PCC_INDEX_NODE Node = Index->Root;
    ULONG Level = Index->Levels - 1;
    for (;;) {
        ULONG64 There = Marked ? Node->Marked : Node->Present;
        ULONG64 Left = There >> CcpPlace(*Number, Level);
        if (Left) {
            ULONG Skip = (ULONG)__builtin_ctzll(Left);
            if (Skip) // what is below begins at its start
                *Number = ((*Number >> Level * CC_INDEX_BITS) + Skip) << Level * CC_INDEX_BITS;
            PVOID Below = Node->Places[CcpPlace(*Number, Level)];
            if (!Level)
                return Below;
            Node = Below;
            Level--;
            continue;
        }
        if (!Node->Parent)
            return nullptr;
        Node = Node->Parent;
        Level++;
        ULONG64 Up = (*Number >> Level * CC_INDEX_BITS) + 1;
        *Number = Up << Level * CC_INDEX_BITS;
        // Past the last place of this node: its parent goes on.
        while (CcpPlace(*Number, Level) == 0) {
            if (!Node->Parent)
                return nullptr;
            Node = Node->Parent;
            Level++;
        }
    }
}

PVOID CcpIndexNext(PCC_INDEX Index, PULONG64 Number)
{
    return CcpNext(Index, Number, FALSE);
}

PVOID CcpIndexNextMarked(PCC_INDEX Index, PULONG64 Number)
{
    return CcpNext(Index, Number, TRUE);
}
