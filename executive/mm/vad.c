// The tree of VADs. Pure logic: no page is touched here.
#include "mmp.h"

static PMM_VAD MmpVadOfNode(PRTL_BALANCED_NODE Node)
{
    return CONTAINING_RECORD(Node, MM_VAD, Node);
}

PMM_VAD MmpFirstVadFrom(RTL_RB_TREE *Tree, ULONG_PTR Page)
{
    PMM_VAD Best = nullptr;
    PRTL_BALANCED_NODE Node = Tree->Root;
    while (Node) {
        PMM_VAD Vad = MmpVadOfNode(Node);
        if (Vad->End > Page) {
            Best = Vad;
            Node = Node->Left;
        } else {
            Node = Node->Right;
        }
    }
    return Best;
}

PMM_VAD MmpFindVad(RTL_RB_TREE *Tree, ULONG_PTR Page)
{
    PMM_VAD Vad = MmpFirstVadFrom(Tree, Page);
    return Vad && Vad->Start <= Page ? Vad : nullptr;
}

PMM_VAD MmpNextVad(PMM_VAD Vad)
{
    PRTL_BALANCED_NODE Node = &Vad->Node;
    if (Node->Right) {
        Node = Node->Right;
        while (Node->Left)
            Node = Node->Left;
        return MmpVadOfNode(Node);
    }
    PRTL_BALANCED_NODE Parent = RTL_BALANCED_NODE_GET_PARENT_POINTER(Node);
    while (Parent && Parent->Right == Node) {
        Node = Parent;
        Parent = RTL_BALANCED_NODE_GET_PARENT_POINTER(Node);
    }
    return Parent ? MmpVadOfNode(Parent) : nullptr;
}

BOOLEAN MmpIsRangeFree(RTL_RB_TREE *Tree, ULONG_PTR Start, ULONG_PTR End)
{
    PMM_VAD Vad = MmpFirstVadFrom(Tree, Start);
    return !Vad || Vad->Start >= End;
}

VOID MmpInsertVad(RTL_RB_TREE *Tree, PMM_VAD Vad)
{
    PRTL_BALANCED_NODE Parent = nullptr;
    PRTL_BALANCED_NODE Node = Tree->Root;
    BOOLEAN Right = FALSE;
    while (Node) {
        Parent = Node;
        Right = Vad->Start >= MmpVadOfNode(Node)->Start;
        Node = Node->Children[Right];
    }
    RtlRbInsertNodeEx(Tree, Parent, Right, &Vad->Node);
}

VOID MmpRemoveVad(RTL_RB_TREE *Tree, PMM_VAD Vad)
{
    RtlRbRemoveNode(Tree, &Vad->Node);
}

static ULONG_PTR MmpFindLowest(RTL_RB_TREE *Tree, ULONG_PTR Count, ULONG_PTR Low, ULONG_PTR High,
                               ULONG_PTR Alignment)
{
    ULONG_PTR Start = ALIGN_UP_BY(Low, Alignment);
    PMM_VAD Vad = MmpFirstVadFrom(Tree, Start);
    while (Start < High && High - Start >= Count) {
        if (!Vad || Vad->Start >= Start + Count)
            return Start;
        Start = ALIGN_UP_BY(Vad->End, Alignment);
        Vad = MmpNextVad(Vad);
    }
    return 0;
}

// The highest gap is the last that a walk from below finds.
static ULONG_PTR MmpFindHighest(RTL_RB_TREE *Tree, ULONG_PTR Count, ULONG_PTR Low, ULONG_PTR High,
                                ULONG_PTR Alignment)
{
    ULONG_PTR Best = 0;
    ULONG_PTR GapStart = Low;
    PMM_VAD Vad = MmpFirstVadFrom(Tree, Low);
    for (;;) {
        ULONG_PTR GapEnd = Vad ? min(Vad->Start, High) : High;
        if (GapEnd >= GapStart + Count) {
            ULONG_PTR Start = ALIGN_DOWN_BY(GapEnd - Count, Alignment);
            if (Start >= GapStart)
                Best = Start;
        }
        if (!Vad || Vad->End >= High)
            return Best;
        GapStart = Vad->End;
        Vad = MmpNextVad(Vad);
    }
}

ULONG_PTR MmpFindFreeRange(RTL_RB_TREE *Tree, ULONG_PTR Count, ULONG_PTR Low, ULONG_PTR High,
                           ULONG_PTR Alignment, BOOLEAN TopDown)
{
    if (Count == 0 || High <= Low || Count > High - Low)
        return 0;
    return TopDown ? MmpFindHighest(Tree, Count, Low, High, Alignment)
                   : MmpFindLowest(Tree, Count, Low, High, Alignment);
}
