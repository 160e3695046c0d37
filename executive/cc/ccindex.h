// The pages of a stream by their number: a tree of nodes with 64 places each, which knows of every node
// where something is and where something is marked. Pure logic.
#pragma once

enum {
    CC_INDEX_BITS = 6,
    CC_INDEX_PLACES = 1 << CC_INDEX_BITS,
    CC_INDEX_LEVELS = 9, // 2^54 pages
};

typedef struct _CC_INDEX_NODE {
    struct _CC_INDEX_NODE *Parent;
    ULONG64 Present, Marked; // places
    PVOID Places[CC_INDEX_PLACES];
} CC_INDEX_NODE, *PCC_INDEX_NODE;

typedef struct _CC_INDEX {
    PCC_INDEX_NODE Root;
    ULONG Levels; // 0: empty
    PCC_INDEX_NODE LastLeaf;
    ULONG64 LastBase;
} CC_INDEX, *PCC_INDEX;

PVOID CcpIndexLookup(PCC_INDEX Index, ULONG64 Number); // null: nothing is there
// Nothing is there yet. FALSE: no memory.
BOOLEAN CcpIndexInsert(PCC_INDEX Index, ULONG64 Number, PVOID Item);
VOID CcpIndexRemove(PCC_INDEX Index, ULONG64 Number);
VOID CcpIndexMark(PCC_INDEX Index, ULONG64 Number, BOOLEAN Marked); // something is there
// The first item from *Number on, which becomes its number; null: there is none.
PVOID CcpIndexNext(PCC_INDEX Index, PULONG64 Number);
PVOID CcpIndexNextMarked(PCC_INDEX Index, PULONG64 Number);
