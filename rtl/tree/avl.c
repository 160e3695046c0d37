// Generic tables in AVL trees. An element of the caller follows its RTL_BALANCED_LINKS in one
// allocation. The tree hangs below BalancedRoot.RightChild, so that every node has a parent.
#include "../rtlp.h"

typedef struct {
    RTL_BALANCED_LINKS Links;
    alignas(8) UCHAR Data[];
} ELEMENT;

static_assert(offsetof(ELEMENT, Data) == sizeof(RTL_BALANCED_LINKS));

static PVOID DataOf(PRTL_BALANCED_LINKS Node)
{
    return Node ? ((ELEMENT *)Node)->Data : nullptr;
}

VOID NTAPI RtlInitializeGenericTableAvl(PRTL_AVL_TABLE Table,
                                        PRTL_AVL_COMPARE_ROUTINE CompareRoutine,
                                        PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine,
                                        PRTL_AVL_FREE_ROUTINE FreeRoutine, PVOID TableContext)
{
    *Table = (RTL_AVL_TABLE){
        .CompareRoutine = CompareRoutine,
        .AllocateRoutine = AllocateRoutine,
        .FreeRoutine = FreeRoutine,
        .TableContext = TableContext,
    };
    Table->BalancedRoot.Parent = &Table->BalancedRoot;
}

static TABLE_SEARCH_RESULT Search(PRTL_AVL_TABLE Table, PVOID Buffer,
                                  PRTL_BALANCED_LINKS *NodeOrParent)
{
    PRTL_BALANCED_LINKS Node = Table->BalancedRoot.RightChild;
    *NodeOrParent = nullptr;
    if (!Node)
        return TableEmptyTree;
    for (;;) {
        *NodeOrParent = Node;
        switch (Table->CompareRoutine(Table, Buffer, DataOf(Node))) {
        case GenericLessThan:
            if (!Node->LeftChild)
                return TableInsertAsLeft;
            Node = Node->LeftChild;
            break;
        case GenericGreaterThan:
            if (!Node->RightChild)
                return TableInsertAsRight;
            Node = Node->RightChild;
            break;
        default:
            return TableFoundNode;
        }
    }
}

static PRTL_BALANCED_LINKS *LinkTo(PRTL_BALANCED_LINKS Node)
{
    return Node->Parent->LeftChild == Node ? &Node->Parent->LeftChild : &Node->Parent->RightChild;
}

// Lower Node to the left (or right); its other child takes its place and is returned.
static PRTL_BALANCED_LINKS Rotate(PRTL_BALANCED_LINKS Node, BOOLEAN ToLeft)
{
    PRTL_BALANCED_LINKS Child = ToLeft ? Node->RightChild : Node->LeftChild;
    PRTL_BALANCED_LINKS Inner = ToLeft ? Child->LeftChild : Child->RightChild;
    *LinkTo(Node) = Child;
    Child->Parent = Node->Parent;
    Node->Parent = Child;
    if (ToLeft) {
        Child->LeftChild = Node;
        Node->RightChild = Inner;
    } else {
        Child->RightChild = Node;
        Node->LeftChild = Inner;
    }
    if (Inner)
        Inner->Parent = Node;
    return Child;
}

// Node's balance is +2 (right too deep) or -2. Returns the root of the repaired subtree, and
// whether it became less deep.
static PRTL_BALANCED_LINKS Repair(PRTL_BALANCED_LINKS Node, PBOOLEAN Shrank)
{
    CHAR Deep = Node->Balance > 0 ? 1 : -1;
    PRTL_BALANCED_LINKS Child = Deep > 0 ? Node->RightChild : Node->LeftChild;
    *Shrank = TRUE;
    if (Child->Balance == -Deep) {
        PRTL_BALANCED_LINKS Inner = Deep > 0 ? Child->LeftChild : Child->RightChild;
        Rotate(Child, Deep < 0);
        Rotate(Node, Deep > 0);
        Node->Balance = Inner->Balance == Deep ? -Deep : 0;
        Child->Balance = Inner->Balance == -Deep ? Deep : 0;
        Inner->Balance = 0;
        return Inner;
    }
    Rotate(Node, Deep > 0);
    if (Child->Balance == 0) { // only after a deletion
        Child->Balance = -Deep;
        Node->Balance = Deep;
        *Shrank = FALSE;
    } else {
        Child->Balance = 0;
        Node->Balance = 0;
    }
    return Child;
}

// Walk up from a new leaf while subtrees become deeper.
static VOID FixAfterInsert(PRTL_AVL_TABLE Table, PRTL_BALANCED_LINKS Node)
{
    while (Node->Parent != &Table->BalancedRoot) {
        PRTL_BALANCED_LINKS Parent = Node->Parent;
        Parent->Balance += Parent->RightChild == Node ? 1 : -1;
        if (Parent->Balance == 0)
            return;
        if (Parent->Balance == 2 || Parent->Balance == -2) {
            BOOLEAN Shrank;
            Repair(Parent, &Shrank);
            return;
        }
        Node = Parent;
    }
    Table->DepthOfTree++;
}

// Walk up from Parent, one side of which became less deep.
static VOID FixAfterRemove(PRTL_AVL_TABLE Table, PRTL_BALANCED_LINKS Parent, BOOLEAN Right)
{
    while (Parent != &Table->BalancedRoot) {
        BOOLEAN Shrank = TRUE;
        Parent->Balance += Right ? -1 : 1;
        if (Parent->Balance == 1 || Parent->Balance == -1)
            return;
        if (Parent->Balance)
            Parent = Repair(Parent, &Shrank);
        if (!Shrank)
            return;
        Right = Parent->Parent->RightChild == Parent;
        Parent = Parent->Parent;
    }
    Table->DepthOfTree--;
}

PVOID NTAPI RtlInsertElementGenericTableFullAvl(PRTL_AVL_TABLE Table, PVOID Buffer,
                                                CLONG BufferSize, PBOOLEAN NewElement,
                                                PVOID NodeOrParent,
                                                TABLE_SEARCH_RESULT SearchResult)
{
    if (SearchResult == TableFoundNode) {
        if (NewElement)
            *NewElement = FALSE;
        return DataOf(NodeOrParent);
    }
    ELEMENT *Element = Table->AllocateRoutine(Table, BufferSize + (CLONG)sizeof(ELEMENT));
    if (NewElement)
        *NewElement = Element != nullptr;
    if (!Element)
        return nullptr;
    Element->Links = (RTL_BALANCED_LINKS){.Parent = NodeOrParent};
    memcpy(Element->Data, Buffer, BufferSize);
    if (SearchResult == TableEmptyTree) {
        Element->Links.Parent = &Table->BalancedRoot;
        Table->BalancedRoot.RightChild = &Element->Links;
    } else if (SearchResult == TableInsertAsLeft) {
        Element->Links.Parent->LeftChild = &Element->Links;
    } else {
        Element->Links.Parent->RightChild = &Element->Links;
    }
    Table->NumberGenericTableElements++;
    Table->OrderedPointer = nullptr;
    Table->WhichOrderedElement = 0;
    FixAfterInsert(Table, &Element->Links);
    return Element->Data;
}

PVOID NTAPI RtlInsertElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer, CLONG BufferSize,
                                            PBOOLEAN NewElement)
{
    PRTL_BALANCED_LINKS NodeOrParent;
    TABLE_SEARCH_RESULT Result = Search(Table, Buffer, &NodeOrParent);
    return RtlInsertElementGenericTableFullAvl(Table, Buffer, BufferSize, NewElement, NodeOrParent,
                                               Result);
}

PVOID NTAPI RtlLookupElementGenericTableFullAvl(PRTL_AVL_TABLE Table, PVOID Buffer,
                                                PVOID *NodeOrParent,
                                                TABLE_SEARCH_RESULT *SearchResult)
{
    PRTL_BALANCED_LINKS Node;
    *SearchResult = Search(Table, Buffer, &Node);
    *NodeOrParent = Node;
    return *SearchResult == TableFoundNode ? DataOf(Node) : nullptr;
}

PVOID NTAPI RtlLookupElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer)
{
    PRTL_BALANCED_LINKS Node;
    return Search(Table, Buffer, &Node) == TableFoundNode ? DataOf(Node) : nullptr;
}

static PRTL_BALANCED_LINKS First(PRTL_AVL_TABLE Table)
{
    PRTL_BALANCED_LINKS Node = Table->BalancedRoot.RightChild;
    while (Node && Node->LeftChild)
        Node = Node->LeftChild;
    return Node;
}

static PRTL_BALANCED_LINKS Next(PRTL_AVL_TABLE Table, PRTL_BALANCED_LINKS Node)
{
    if (Node->RightChild) {
        Node = Node->RightChild;
        while (Node->LeftChild)
            Node = Node->LeftChild;
        return Node;
    }
    while (Node->Parent != &Table->BalancedRoot && Node->Parent->RightChild == Node)
        Node = Node->Parent;
    return Node->Parent == &Table->BalancedRoot ? nullptr : Node->Parent;
}

static PRTL_BALANCED_LINKS Previous(PRTL_AVL_TABLE Table, PRTL_BALANCED_LINKS Node)
{
    if (Node->LeftChild) {
        Node = Node->LeftChild;
        while (Node->RightChild)
            Node = Node->RightChild;
        return Node;
    }
    while (Node->Parent != &Table->BalancedRoot && Node->Parent->LeftChild == Node)
        Node = Node->Parent;
    return Node->Parent == &Table->BalancedRoot ? nullptr : Node->Parent;
}

// Several elements may compare as equal to a partial key: start at the first of them.
PVOID NTAPI RtlLookupFirstMatchingElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer,
                                                         PVOID *RestartKey)
{
    PRTL_BALANCED_LINKS Node;
    if (Search(Table, Buffer, &Node) != TableFoundNode)
        return nullptr;
    for (PRTL_BALANCED_LINKS Before; (Before = Previous(Table, Node)); Node = Before)
        if (Table->CompareRoutine(Table, Buffer, DataOf(Before)) != GenericEqual)
            break;
    *RestartKey = Node;
    return DataOf(Node);
}

// A node with two children gives its place to its successor, which has no left child.
static VOID MoveSuccessorInto(PRTL_BALANCED_LINKS Node, PRTL_BALANCED_LINKS Successor)
{
    *LinkTo(Node) = Successor;
    Successor->Parent = Node->Parent;
    Successor->Balance = Node->Balance;
    Successor->LeftChild = Node->LeftChild;
    Successor->LeftChild->Parent = Successor;
    Successor->RightChild = Node->RightChild;
    if (Successor->RightChild)
        Successor->RightChild->Parent = Successor;
}

static VOID Unlink(PRTL_AVL_TABLE Table, PRTL_BALANCED_LINKS Node)
{
    PRTL_BALANCED_LINKS Leaving = Node->LeftChild && Node->RightChild ? Next(Table, Node) : Node;
    PRTL_BALANCED_LINKS Child = Leaving->LeftChild ? Leaving->LeftChild : Leaving->RightChild;
    PRTL_BALANCED_LINKS Parent = Leaving->Parent;
    BOOLEAN Right = Parent->RightChild == Leaving;
    *LinkTo(Leaving) = Child;
    if (Child)
        Child->Parent = Parent;
    if (Leaving != Node) {
        MoveSuccessorInto(Node, Leaving);
        Parent = Parent == Node ? Leaving : Parent;
    }
    FixAfterRemove(Table, Parent, Right);
}

VOID NTAPI RtlDeleteElementGenericTableAvlEx(PRTL_AVL_TABLE Table, PVOID NodeOrParent)
{
    PRTL_BALANCED_LINKS Node = NodeOrParent;
    if (Node == Table->RestartKey)
        Table->RestartKey = Previous(Table, Node);
    Table->DeleteCount++;
    Unlink(Table, Node);
    Table->NumberGenericTableElements--;
    Table->OrderedPointer = nullptr;
    Table->WhichOrderedElement = 0;
    Table->FreeRoutine(Table, Node);
}

BOOLEAN NTAPI RtlDeleteElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer)
{
    PRTL_BALANCED_LINKS Node;
    if (Search(Table, Buffer, &Node) != TableFoundNode)
        return FALSE;
    RtlDeleteElementGenericTableAvlEx(Table, Node);
    return TRUE;
}

PVOID NTAPI RtlEnumerateGenericTableWithoutSplayingAvl(PRTL_AVL_TABLE Table, PVOID *RestartKey)
{
    PRTL_BALANCED_LINKS Node = *RestartKey ? Next(Table, *RestartKey) : First(Table);
    if (!Node)
        return nullptr;
    *RestartKey = Node;
    return DataOf(Node);
}

PVOID NTAPI RtlEnumerateGenericTableAvl(PRTL_AVL_TABLE Table, BOOLEAN Restart)
{
    if (Restart)
        Table->RestartKey = nullptr;
    PVOID Key = Table->RestartKey;
    PVOID Data = RtlEnumerateGenericTableWithoutSplayingAvl(Table, &Key);
    Table->RestartKey = Key;
    return Data;
}

// Find the place again by value when elements were deleted since the last call.
static PRTL_BALANCED_LINKS Resume(PRTL_AVL_TABLE Table, ULONG NextFlag, PVOID RestartKey,
                                  ULONG DeleteCount, PVOID Buffer)
{
    PRTL_BALANCED_LINKS Node = RestartKey;
    if (Node && DeleteCount == Table->DeleteCount)
        return NextFlag ? Next(Table, Node) : Node;
    switch (Search(Table, Buffer, &Node)) {
    case TableEmptyTree:
        return nullptr;
    case TableFoundNode:
        return NextFlag ? Next(Table, Node) : Node;
    case TableInsertAsLeft:
        return Node;
    default:
        return Next(Table, Node);
    }
}

PVOID NTAPI RtlEnumerateGenericTableLikeADirectory(PRTL_AVL_TABLE Table,
                                                   PRTL_AVL_MATCH_FUNCTION MatchFunction,
                                                   PVOID MatchData, ULONG NextFlag,
                                                   PVOID *RestartKey, PULONG DeleteCount,
                                                   PVOID Buffer)
{
    PRTL_BALANCED_LINKS Node = Resume(Table, NextFlag, *RestartKey, *DeleteCount, Buffer);
    *DeleteCount = Table->DeleteCount;
    for (; Node; Node = Next(Table, Node)) {
        NTSTATUS Status =
            MatchFunction ? MatchFunction(Table, DataOf(Node), MatchData) : STATUS_SUCCESS;
        if (Status == STATUS_NO_MATCH)
            continue;
        if (Status == STATUS_NO_MORE_MATCHES)
            break;
        *RestartKey = Node;
        return DataOf(Node);
    }
    return nullptr;
}

// The n-th element in order. The last one asked for is remembered: walking the table by index
// costs one step a call.
PVOID NTAPI RtlGetElementGenericTableAvl(PRTL_AVL_TABLE Table, ULONG Index)
{
    if (Index >= Table->NumberGenericTableElements)
        return nullptr;
    PRTL_BALANCED_LINKS Node = Table->OrderedPointer;
    ULONG At = Table->WhichOrderedElement;
    if (!Node || Index < At / 2) {
        Node = First(Table);
        At = 0;
    }
    for (; At < Index; At++)
        Node = Next(Table, Node);
    for (; At > Index; At--)
        Node = Previous(Table, Node);
    Table->OrderedPointer = Node;
    Table->WhichOrderedElement = Index;
    return DataOf(Node);
}

ULONG NTAPI RtlNumberGenericTableElementsAvl(PRTL_AVL_TABLE Table)
{
    return Table->NumberGenericTableElements;
}

BOOLEAN NTAPI RtlIsGenericTableEmptyAvl(PRTL_AVL_TABLE Table)
{
    return !Table->NumberGenericTableElements;
}
