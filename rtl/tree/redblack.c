// Red-black trees of RTL_BALANCED_NODE. The caller finds the place; this file keeps the balance. The
// low two bits of ParentValue are the node's own: bit 0 is its colour.
#include "../rtlp.h"

enum { LEFT, RIGHT };

static PRTL_BALANCED_NODE Parent(PRTL_BALANCED_NODE Node)
{
    return RTL_BALANCED_NODE_GET_PARENT_POINTER(Node);
}

static VOID SetParent(PRTL_BALANCED_NODE Node, PRTL_BALANCED_NODE To)
{
    Node->ParentValue =
        (ULONG_PTR)To | (Node->ParentValue & RTL_BALANCED_NODE_RESERVED_PARENT_MASK);
}

static BOOLEAN IsRed(PRTL_BALANCED_NODE Node)
{
    return Node && Node->Red;
}

static int SideOf(PRTL_BALANCED_NODE Node)
{
    return Parent(Node)->Right == Node;
}

// Put New where Old hangs.
static VOID Replace(PRTL_RB_TREE Tree, PRTL_BALANCED_NODE Old, PRTL_BALANCED_NODE New)
{
    PRTL_BALANCED_NODE Above = Parent(Old);
    if (Above)
        Above->Children[SideOf(Old)] = New;
    else
        Tree->Root = New;
    if (New)
        SetParent(New, Above);
}

// Lower Node to its Side; its other child takes its place.
static VOID Rotate(PRTL_RB_TREE Tree, PRTL_BALANCED_NODE Node, int Side)
{
    PRTL_BALANCED_NODE Child = Node->Children[!Side];
    PRTL_BALANCED_NODE Inner = Child->Children[Side];
    Replace(Tree, Node, Child);
    Child->Children[Side] = Node;
    SetParent(Node, Child);
    Node->Children[!Side] = Inner;
    if (Inner)
        SetParent(Inner, Node);
}

// Node is red; if its parent is red too, recolour upwards or rotate once or twice.
static VOID FixAfterInsert(PRTL_RB_TREE Tree, PRTL_BALANCED_NODE Node)
{
    while (IsRed(Parent(Node))) {
        PRTL_BALANCED_NODE Above = Parent(Node), Grand = Parent(Above);
        int Side = SideOf(Above);
        PRTL_BALANCED_NODE Uncle = Grand->Children[!Side];
        if (IsRed(Uncle)) {
            Above->Red = 0;
            Uncle->Red = 0;
            Grand->Red = 1;
            Node = Grand;
            continue;
        }
        if (SideOf(Node) != Side) {
            Rotate(Tree, Above, Side);
            Above = Node;
        }
        Above->Red = 0;
        Grand->Red = 1;
        Rotate(Tree, Grand, !Side);
        break;
    }
    Tree->Root->Red = 0;
}

VOID NTAPI RtlRbInsertNodeEx(PRTL_RB_TREE Tree, PRTL_BALANCED_NODE Parent, BOOLEAN Right,
                             PRTL_BALANCED_NODE Node)
{
    Node->Left = nullptr;
    Node->Right = nullptr;
    Node->ParentValue = (ULONG_PTR)Parent;
    if (!Parent) {
        Tree->Root = Node;
        Tree->Min = Node;
        return;
    }
    Parent->Children[Right ? RIGHT : LEFT] = Node;
    if (!Right && Parent == Tree->Min)
        Tree->Min = Node;
    Node->Red = 1;
    FixAfterInsert(Tree, Node);
}

static PRTL_BALANCED_NODE Leftmost(PRTL_BALANCED_NODE Node)
{
    while (Node->Left)
        Node = Node->Left;
    return Node;
}

static PRTL_BALANCED_NODE Successor(PRTL_BALANCED_NODE Node)
{
    if (Node->Right)
        return Leftmost(Node->Right);
    while (Parent(Node) && SideOf(Node) == RIGHT)
        Node = Parent(Node);
    return Parent(Node);
}

// The subtree of Above at Side lacks one black node.
static VOID FixAfterRemove(PRTL_RB_TREE Tree, PRTL_BALANCED_NODE Above, int Side)
{
    for (;;) {
        PRTL_BALANCED_NODE Sibling = Above->Children[!Side];
        if (IsRed(Sibling)) {
            Sibling->Red = 0;
            Above->Red = 1;
            Rotate(Tree, Above, Side);
            Sibling = Above->Children[!Side];
        }
        if (!IsRed(Sibling->Left) && !IsRed(Sibling->Right)) {
            Sibling->Red = 1;
            if (IsRed(Above) || !Parent(Above)) {
                Above->Red = 0;
                return;
            }
            Side = SideOf(Above);
            Above = Parent(Above);
            continue;
        }
        if (!IsRed(Sibling->Children[!Side])) {
            Sibling->Children[Side]->Red = 0;
            Sibling->Red = 1;
            Rotate(Tree, Sibling, !Side);
            Sibling = Above->Children[!Side];
        }
        Sibling->Red = Above->Red;
        Above->Red = 0;
        Sibling->Children[!Side]->Red = 0;
        Rotate(Tree, Above, Side);
        return;
    }
}

// Let the successor, which has no left child, change places with Node.
static VOID SwapWithSuccessor(PRTL_RB_TREE Tree, PRTL_BALANCED_NODE Node)
{
    PRTL_BALANCED_NODE Next = Leftmost(Node->Right);
    PRTL_BALANCED_NODE NextParent = Parent(Next), NextRight = Next->Right;
    UCHAR NextRed = Next->Red;

    Replace(Tree, Node, Next);
    Next->Red = Node->Red;
    Next->Left = Node->Left;
    SetParent(Next->Left, Next);
    if (NextParent == Node) {
        Next->Right = Node;
        SetParent(Node, Next);
    } else {
        Next->Right = Node->Right;
        SetParent(Next->Right, Next);
        NextParent->Left = Node;
        SetParent(Node, NextParent);
    }
    Node->Red = NextRed;
    Node->Left = nullptr;
    Node->Right = NextRight;
    if (NextRight)
        SetParent(NextRight, Node);
}

VOID NTAPI RtlRbRemoveNode(PRTL_RB_TREE Tree, PRTL_BALANCED_NODE Node)
{
    if (Tree->Min == Node)
        Tree->Min = Successor(Node);
    if (Node->Left && Node->Right)
        SwapWithSuccessor(Tree, Node);

    PRTL_BALANCED_NODE Child = Node->Left ? Node->Left : Node->Right;
    PRTL_BALANCED_NODE Above = Parent(Node);
    int Side = Above ? SideOf(Node) : LEFT;
    Replace(Tree, Node, Child);
    if (Child) // an only child is red and its parent black
        Child->Red = 0;
    else if (!Node->Red && Above)
        FixAfterRemove(Tree, Above, Side);
}
