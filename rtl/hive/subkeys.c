// Finding keys in the sorted lists of subkeys.
#include "hivep.h"

ULONG HvpEntryWidth(const LIST_CELL *List)
{
    return List->Signature == LEAF_NAMES_SIGNATURE || List->Signature == LEAF_HASHES_SIGNATURE ? 2
                                                                                               : 1;
}

HCELL HvpListEntry(const LIST_CELL *List, ULONG Index)
{
    return List->Entries[Index * HvpEntryWidth(List)];
}

static LONG CompareWithEntry(const HIVE *Hive, STORED_NAME Name, const LIST_CELL *Leaf, ULONG Index)
{
    return HvpCompareNames(Name, HvpKeyStoredName(HvpKey(Hive, HvpListEntry(Leaf, Index))));
}

// The leaf whose range holds the name: the first whose last key is not below it, or the last leaf.
static HCELL FindLeaf(const HIVE *Hive, HCELL List, STORED_NAME Name, PULONG LeafIndex)
{
    *LeafIndex = 0;
    const LIST_CELL *Root = HvpList(Hive, List);
    if (Root->Signature != INDEX_ROOT_SIGNATURE)
        return List;
    ULONG Low = 0, High = Root->Count - 1u;
    while (Low < High) {
        ULONG Middle = (Low + High) / 2;
        const LIST_CELL *Leaf = HvpList(Hive, Root->Entries[Middle]);
        if (CompareWithEntry(Hive, Name, Leaf, Leaf->Count - 1u) <= 0)
            High = Middle;
        else
            Low = Middle + 1;
    }
    *LeafIndex = Low;
    return Root->Entries[Low];
}

LIST_PLACE HvpFindPlace(const HIVE *Hive, HCELL List, STORED_NAME Name)
{
    LIST_PLACE Place = {.Leaf = List};
    if (List == HCELL_NIL)
        return Place;
    Place.Leaf = FindLeaf(Hive, List, Name, &Place.LeafIndex);
    const LIST_CELL *Leaf = HvpList(Hive, Place.Leaf);
    ULONG High = Leaf->Count;
    while (Place.Entry < High) {
        ULONG Middle = (Place.Entry + High) / 2;
        LONG Order = CompareWithEntry(Hive, Name, Leaf, Middle);
        if (Order == 0) {
            Place.Entry = Middle;
            Place.Found = TRUE;
            return Place;
        }
        if (Order < 0)
            High = Middle;
        else
            Place.Entry = Middle + 1;
    }
    return Place;
}

HCELL HvFindSubkey(const HIVE *Hive, HCELL Key, PCUNICODE_STRING Name)
{
    const KEY_CELL *Cell = HvpKey(Hive, Key);
    for (int Store = 0; Store < STORES; Store++) {
        LIST_PLACE Place = HvpFindPlace(Hive, Cell->SubkeyList[Store], HvpUnicodeName(Name));
        if (Place.Found)
            return HvpListEntry(HvpList(Hive, Place.Leaf), Place.Entry);
    }
    return HCELL_NIL;
}

HCELL HvpSubkeyOfList(const HIVE *Hive, HCELL List, ULONG Index)
{
    const LIST_CELL *Cell = HvpList(Hive, List);
    if (Cell->Signature != INDEX_ROOT_SIGNATURE)
        return HvpListEntry(Cell, Index);
    for (ULONG Leaf = 0;; Leaf++) {
        const LIST_CELL *LeafCell = HvpList(Hive, Cell->Entries[Leaf]);
        if (Index < LeafCell->Count)
            return HvpListEntry(LeafCell, Index);
        Index -= LeafCell->Count;
    }
}

// Stable subkeys first, then volatile ones, each in order.
HCELL HvSubkey(const HIVE *Hive, HCELL Key, ULONG Index)
{
    const KEY_CELL *Cell = HvpKey(Hive, Key);
    for (int Store = 0; Store < STORES; Store++) {
        if (Index < Cell->SubkeyCount[Store])
            return HvpSubkeyOfList(Hive, Cell->SubkeyList[Store], Index);
        Index -= Cell->SubkeyCount[Store];
    }
    return HCELL_NIL;
}
