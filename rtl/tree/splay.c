// Splay trees (Sleator and Tarjan): each access moves its node to the root, so that what was used
// last is found first. A root's parent is itself.
#include "../rtlp.h"

// Raise Node above its parent, keeping the order.
static VOID RotateUp(PRTL_SPLAY_LINKS Node)
{
    PRTL_SPLAY_LINKS Above = Node->Parent, Top = Above->Parent;
    BOOLEAN WasRoot = Top == Above, AboveIsLeft = Top->LeftChild == Above;
    PRTL_SPLAY_LINKS Inner;
    if (Above->LeftChild == Node) {
        Inner = Node->RightChild;
        Node->RightChild = Above;
        Above->LeftChild = Inner;
    } else {
        Inner = Node->LeftChild;
        Node->LeftChild = Above;
        Above->RightChild = Inner;
    }
    if (Inner)
        Inner->Parent = Above;
    Above->Parent = Node;
    Node->Parent = WasRoot ? Node : Top;
    if (!WasRoot && AboveIsLeft)
        Top->LeftChild = Node;
    else if (!WasRoot)
        Top->RightChild = Node;
}

// Returns the new root: Links.
PRTL_SPLAY_LINKS NTAPI RtlSplay(PRTL_SPLAY_LINKS Links)
{
    while (!RtlIsRoot(Links)) {
        PRTL_SPLAY_LINKS Above = Links->Parent;
        if (RtlIsRoot(Above)) {
            RotateUp(Links);
        } else if (RtlIsLeftChild(Links) == RtlIsLeftChild(Above)) {
            RotateUp(Above);
            RotateUp(Links);
        } else {
            RotateUp(Links);
            RotateUp(Links);
        }
    }
    return Links;
}

PRTL_SPLAY_LINKS NTAPI RtlSubtreeSuccessor(PRTL_SPLAY_LINKS Links)
{
    PRTL_SPLAY_LINKS Node = Links->RightChild;
    while (Node && Node->LeftChild)
        Node = Node->LeftChild;
    return Node;
}

PRTL_SPLAY_LINKS NTAPI RtlSubtreePredecessor(PRTL_SPLAY_LINKS Links)
{
    PRTL_SPLAY_LINKS Node = Links->LeftChild;
    while (Node && Node->RightChild)
        Node = Node->RightChild;
    return Node;
}

PRTL_SPLAY_LINKS NTAPI RtlRealSuccessor(PRTL_SPLAY_LINKS Links)
{
    if (Links->RightChild)
        return RtlSubtreeSuccessor(Links);
    while (!RtlIsRoot(Links) && RtlIsRightChild(Links))
        Links = Links->Parent;
    return RtlIsRoot(Links) ? nullptr : Links->Parent;
}

PRTL_SPLAY_LINKS NTAPI RtlRealPredecessor(PRTL_SPLAY_LINKS Links)
{
    if (Links->LeftChild)
        return RtlSubtreePredecessor(Links);
    while (!RtlIsRoot(Links) && RtlIsLeftChild(Links))
        Links = Links->Parent;
    return RtlIsRoot(Links) ? nullptr : Links->Parent;
}

// Put New (or nothing) where Old hangs.
static VOID Replace(PRTL_SPLAY_LINKS Old, PRTL_SPLAY_LINKS New, PRTL_SPLAY_LINKS *Root)
{
    PRTL_SPLAY_LINKS Above = Old->Parent;
    BOOLEAN IsRoot = RtlIsRoot(Old);
    if (IsRoot)
        *Root = New;
    else if (Above->LeftChild == Old)
        Above->LeftChild = New;
    else
        Above->RightChild = New;
    if (New)
        New->Parent = IsRoot ? New : Above;
}

VOID NTAPI RtlDeleteNoSplay(PRTL_SPLAY_LINKS Links, PRTL_SPLAY_LINKS *Root)
{
    if (!Links->LeftChild || !Links->RightChild) {
        Replace(Links, Links->LeftChild ? Links->LeftChild : Links->RightChild, Root);
        return;
    }
    // The predecessor has no right child: it leaves its place and takes that of Links.
    PRTL_SPLAY_LINKS Before = RtlSubtreePredecessor(Links);
    Replace(Before, Before->LeftChild, Root);
    Before->LeftChild = Links->LeftChild;
    Before->RightChild = Links->RightChild;
    if (Before->LeftChild)
        Before->LeftChild->Parent = Before;
    if (Before->RightChild)
        Before->RightChild->Parent = Before;
    Replace(Links, Before, Root);
}

// Returns the new root, NULL when the tree became empty. The parent of what was removed is splayed.
PRTL_SPLAY_LINKS NTAPI RtlDelete(PRTL_SPLAY_LINKS Links)
{
    PRTL_SPLAY_LINKS Near = RtlIsRoot(Links) ? nullptr : Links->Parent;
    PRTL_SPLAY_LINKS Root = Links;
    RtlDeleteNoSplay(Links, &Root);
    return Near ? RtlSplay(Near) : Root;
}
