// Generic tables in splay trees. Each element also stands in a list in the order of insertion, which
// RtlGetElementGenericTable counts.
#include "../rtlp.h"

typedef struct {
    RTL_SPLAY_LINKS Links;
    LIST_ENTRY InsertOrder;
    alignas(8) UCHAR Data[];
} ELEMENT;

static PVOID DataOf(PRTL_SPLAY_LINKS Node)
{
    return Node ? ((ELEMENT *)Node)->Data : nullptr;
}

VOID NTAPI RtlInitializeGenericTable(PRTL_GENERIC_TABLE Table,
                                     PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine,
                                     PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine,
                                     PRTL_GENERIC_FREE_ROUTINE FreeRoutine, PVOID TableContext)
{
    *Table = (RTL_GENERIC_TABLE){
        .CompareRoutine = CompareRoutine,
        .AllocateRoutine = AllocateRoutine,
        .FreeRoutine = FreeRoutine,
        .TableContext = TableContext,
    };
    InitializeListHead(&Table->InsertOrderList);
    Table->OrderedPointer = &Table->InsertOrderList;
}

static TABLE_SEARCH_RESULT Search(PRTL_GENERIC_TABLE Table, PVOID Buffer,
                                  PRTL_SPLAY_LINKS *NodeOrParent)
{
    PRTL_SPLAY_LINKS Node = Table->TableRoot;
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

PVOID NTAPI RtlInsertElementGenericTableFull(PRTL_GENERIC_TABLE Table, PVOID Buffer,
                                             CLONG BufferSize, PBOOLEAN NewElement,
                                             PVOID NodeOrParent, TABLE_SEARCH_RESULT SearchResult)
{
    PRTL_SPLAY_LINKS Node = NodeOrParent;
    if (SearchResult != TableFoundNode) {
        ELEMENT *Element = Table->AllocateRoutine(Table, BufferSize + (CLONG)sizeof(ELEMENT));
        if (!Element) {
            if (NewElement)
                *NewElement = FALSE;
            return nullptr;
        }
        RtlInitializeSplayLinks(&Element->Links);
        InsertTailList(&Table->InsertOrderList, &Element->InsertOrder);
        memcpy(Element->Data, Buffer, BufferSize);
        Table->NumberGenericTableElements++;
        if (SearchResult == TableInsertAsLeft)
            RtlInsertAsLeftChild(NodeOrParent, &Element->Links);
        else if (SearchResult == TableInsertAsRight)
            RtlInsertAsRightChild(NodeOrParent, &Element->Links);
        Node = &Element->Links;
    }
    Table->TableRoot = RtlSplay(Node);
    if (NewElement)
        *NewElement = SearchResult != TableFoundNode;
    return DataOf(Node);
}

PVOID NTAPI RtlInsertElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer, CLONG BufferSize,
                                         PBOOLEAN NewElement)
{
    PRTL_SPLAY_LINKS NodeOrParent;
    TABLE_SEARCH_RESULT Result = Search(Table, Buffer, &NodeOrParent);
    return RtlInsertElementGenericTableFull(Table, Buffer, BufferSize, NewElement, NodeOrParent,
                                            Result);
}

BOOLEAN NTAPI RtlDeleteElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer)
{
    PRTL_SPLAY_LINKS Node;
    if (Search(Table, Buffer, &Node) != TableFoundNode)
        return FALSE;
    Table->TableRoot = RtlDelete(Node);
    RemoveEntryList(&((ELEMENT *)Node)->InsertOrder);
    Table->NumberGenericTableElements--;
    Table->WhichOrderedElement = 0;
    Table->OrderedPointer = &Table->InsertOrderList;
    Table->FreeRoutine(Table, Node);
    return TRUE;
}

PVOID NTAPI RtlLookupElementGenericTableFull(PRTL_GENERIC_TABLE Table, PVOID Buffer,
                                             PVOID *NodeOrParent, TABLE_SEARCH_RESULT *SearchResult)
{
    PRTL_SPLAY_LINKS Node;
    *SearchResult = Search(Table, Buffer, &Node);
    *NodeOrParent = Node;
    if (*SearchResult != TableFoundNode)
        return nullptr;
    Table->TableRoot = RtlSplay(Node);
    return DataOf(Node);
}

PVOID NTAPI RtlLookupElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer)
{
    PVOID Node;
    TABLE_SEARCH_RESULT Result;
    return RtlLookupElementGenericTableFull(Table, Buffer, &Node, &Result);
}

static PRTL_SPLAY_LINKS First(PRTL_GENERIC_TABLE Table)
{
    PRTL_SPLAY_LINKS Node = Table->TableRoot;
    while (Node && Node->LeftChild)
        Node = Node->LeftChild;
    return Node;
}

// The element given last is at the root, so the tree remembers the place.
PVOID NTAPI RtlEnumerateGenericTable(PRTL_GENERIC_TABLE Table, BOOLEAN Restart)
{
    if (!Table->TableRoot)
        return nullptr;
    PRTL_SPLAY_LINKS Node = Restart ? First(Table) : RtlRealSuccessor(Table->TableRoot);
    if (!Node)
        return nullptr;
    Table->TableRoot = RtlSplay(Node);
    return DataOf(Node);
}

PVOID NTAPI RtlEnumerateGenericTableWithoutSplaying(PRTL_GENERIC_TABLE Table, PVOID *RestartKey)
{
    PRTL_SPLAY_LINKS Node = *RestartKey ? RtlRealSuccessor(*RestartKey) : First(Table);
    if (!Node)
        return nullptr;
    *RestartKey = Node;
    return DataOf(Node);
}

// The n-th element inserted, walking from the one that was asked for last or from the nearer end.
// WhichOrderedElement counts from 1; 0 stands for the list's head.
PVOID NTAPI RtlGetElementGenericTable(PRTL_GENERIC_TABLE Table, ULONG Index)
{
    ULONG Count = Table->NumberGenericTableElements;
    if (Index >= Count)
        return nullptr;
    ULONG Wanted = Index + 1, At = Table->WhichOrderedElement;
    PLIST_ENTRY Entry = Table->OrderedPointer;
    if (Wanted < At / 2 || Count + 1 - Wanted < (Wanted > At ? Wanted - At : 0)) {
        Entry = &Table->InsertOrderList;
        At = Wanted < At / 2 ? 0 : Count + 1;
    }
    for (; At < Wanted; At++)
        Entry = Entry->Flink;
    for (; At > Wanted; At--)
        Entry = Entry->Blink;
    Table->OrderedPointer = Entry;
    Table->WhichOrderedElement = Wanted;
    return CONTAINING_RECORD(Entry, ELEMENT, InsertOrder)->Data;
}

ULONG NTAPI RtlNumberGenericTableElements(PRTL_GENERIC_TABLE Table)
{
    return Table->NumberGenericTableElements;
}

BOOLEAN NTAPI RtlIsGenericTableEmpty(PRTL_GENERIC_TABLE Table)
{
    return !Table->TableRoot;
}
