// Changing the lists of subkeys. New leaves are "lh"; a leaf of another kind is converted when it is
// changed. A leaf that is full is split, and several leaves hang below an index root.
#include "hivep.h"

#define LIST_LENGTH(Count, Width) (ULONG)(sizeof(LIST_CELL) + (Count) * (Width) * sizeof(HCELL))

// The list field of a key for one storage; the storage may move, so it is looked up each time.
static PHCELL ListField(PHIVE Hive, HCELL Parent, int Store)
{
    return &HvpKey(Hive, Parent)->SubkeyList[Store];
}

// What a stable key says about volatile subkeys means nothing in the file: it is not written.
static VOID MarkParent(PHIVE Hive, HCELL Parent, int Store)
{
    if (HvpStoreOf(Parent) == Store)
        HvpMarkDirty(Hive, Parent);
}

static ULONG HashOfKey(const HIVE *Hive, HCELL Key)
{
    return HvpHashName(HvpKeyStoredName(HvpKey(Hive, Key)));
}

static NTSTATUS NewLeaf(PHIVE Hive, int Store, ULONG Count, PHCELL Leaf)
{
    NTSTATUS Status = HvpAllocateCell(Hive, Store, LIST_LENGTH(Count, 2), Leaf);
    if (NT_SUCCESS(Status))
        HvpList(Hive, *Leaf)->Signature = LEAF_HASHES_SIGNATURE;
    return Status;
}

// Write Count entries of a leaf of any kind, from First on, as "lh" entries.
static VOID CopyEntries(const HIVE *Hive, PLIST_CELL Target, const LIST_CELL *Source, ULONG First,
                        ULONG Count)
{
    for (ULONG Index = 0; Index < Count; Index++) {
        HCELL Key = HvpListEntry(Source, First + Index);
        BOOLEAN Hashed = Source->Signature == LEAF_HASHES_SIGNATURE;
        Target->Entries[2 * Index] = Key;
        Target->Entries[2 * Index + 1] =
            Hashed ? Source->Entries[2 * (First + Index) + 1] : HashOfKey(Hive, Key);
    }
    Target->Count = (USHORT)Count;
}

static VOID PutEntry(const HIVE *Hive, PLIST_CELL Leaf, ULONG Index, HCELL Key)
{
    memmove(&Leaf->Entries[2 * Index + 2], &Leaf->Entries[2 * Index],
            (Leaf->Count - Index) * 2 * sizeof(HCELL));
    Leaf->Entries[2 * Index] = Key;
    Leaf->Entries[2 * Index + 1] = HashOfKey(Hive, Key);
    Leaf->Count++;
}

// Put a leaf's new cell where the old one was named: in the index root or in the key.
static VOID ReplaceLeaf(PHIVE Hive, HCELL Parent, int Store, LIST_PLACE Place, HCELL Leaf)
{
    HCELL List = *ListField(Hive, Parent, Store);
    if (List == Place.Leaf) {
        *ListField(Hive, Parent, Store) = Leaf;
        MarkParent(Hive, Parent, Store);
        return;
    }
    HvpList(Hive, List)->Entries[Place.LeafIndex] = Leaf;
    HvpMarkDirty(Hive, List);
}

// A leaf with room for one more: the same cell where that will do.
static NTSTATUS InsertIntoLeaf(PHIVE Hive, HCELL Parent, int Store, LIST_PLACE Place, HCELL Key)
{
    const LIST_CELL *Old = HvpList(Hive, Place.Leaf);
    ULONG Count = Old->Count;
    HCELL Leaf = Place.Leaf;
    if (Old->Signature != LEAF_HASHES_SIGNATURE ||
        LIST_LENGTH(Count + 1, 2) > HvpCellLength(Hive, Leaf)) {
        // A quarter more, so that filling a key does not move its list each time.
        ULONG Room = RtlpMin(Count + 2 + Count / 4, (ULONG)LEAF_MOST);
        NTSTATUS Status = NewLeaf(Hive, Store, RtlpMax(Room, Count + 1), &Leaf);
        if (!NT_SUCCESS(Status))
            return Status;
        CopyEntries(Hive, HvpList(Hive, Leaf), HvpList(Hive, Place.Leaf), 0, Count);
        ReplaceLeaf(Hive, Parent, Store, Place, Leaf);
        HvpFreeCell(Hive, Place.Leaf);
    }
    PutEntry(Hive, HvpList(Hive, Leaf), Place.Entry, Key);
    HvpMarkDirty(Hive, Leaf);
    return STATUS_SUCCESS;
}

// Put two leaves where one was, in an index root with room for them. Everything that can fail has
// been allocated.
static VOID LinkSplitLeaves(PHIVE Hive, HCELL Parent, int Store, LIST_PLACE Place, HCELL Root,
                            HCELL Lower, HCELL Upper)
{
    HCELL List = *ListField(Hive, Parent, Store);
    PLIST_CELL New = HvpList(Hive, Root);
    if (List == Place.Leaf) {
        New->Signature = INDEX_ROOT_SIGNATURE;
        New->Count = 1;
    } else if (Root != List) {
        const LIST_CELL *Old = HvpList(Hive, List);
        memcpy(New, Old, LIST_LENGTH(Old->Count, 1));
    }
    memmove(&New->Entries[Place.LeafIndex + 2], &New->Entries[Place.LeafIndex + 1],
            (New->Count - Place.LeafIndex - 1) * sizeof(HCELL));
    New->Entries[Place.LeafIndex] = Lower;
    New->Entries[Place.LeafIndex + 1] = Upper;
    New->Count++;
    HvpMarkDirty(Hive, Root);
    if (Root != List && List != Place.Leaf)
        HvpFreeCell(Hive, List);
    HvpFreeCell(Hive, Place.Leaf);
    *ListField(Hive, Parent, Store) = Root;
    MarkParent(Hive, Parent, Store);
}

// The index root after a split: the old one where it has room, else a new one.
static NTSTATUS PrepareRoot(PHIVE Hive, HCELL List, HCELL Leaf, int Store, PHCELL Root)
{
    ULONG Count = List == Leaf ? 1 : HvpList(Hive, List)->Count;
    if (Count >= INDEX_ROOT_MOST)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Root = List;
    if (List != Leaf && LIST_LENGTH(Count + 1, 1) <= HvpCellLength(Hive, List))
        return STATUS_SUCCESS;
    return HvpAllocateCell(Hive, Store, LIST_LENGTH(Count + 4, 1), Root);
}

static NTSTATUS SplitAndInsert(PHIVE Hive, HCELL Parent, int Store, LIST_PLACE Place, HCELL Key)
{
    HCELL List = *ListField(Hive, Parent, Store), Root, Lower, Upper;
    NTSTATUS Status = PrepareRoot(Hive, List, Place.Leaf, Store, &Root);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NewLeaf(Hive, Store, LEAF_MOST, &Lower);
    if (!NT_SUCCESS(Status))
        goto FreeRoot;
    Status = NewLeaf(Hive, Store, LEAF_MOST, &Upper);
    if (!NT_SUCCESS(Status))
        goto FreeLower;

    const LIST_CELL *Old = HvpList(Hive, Place.Leaf);
    // Keys often come in ascending order: then the lower leaf stays full.
    ULONG Half = Place.Entry == Old->Count ? Old->Count - 1u : Old->Count / 2u;
    CopyEntries(Hive, HvpList(Hive, Lower), Old, 0, Half);
    CopyEntries(Hive, HvpList(Hive, Upper), Old, Half, Old->Count - Half);
    if (Place.Entry <= Half)
        PutEntry(Hive, HvpList(Hive, Lower), Place.Entry, Key);
    else
        PutEntry(Hive, HvpList(Hive, Upper), Place.Entry - Half, Key);
    LinkSplitLeaves(Hive, Parent, Store, Place, Root, Lower, Upper);
    return STATUS_SUCCESS;

FreeLower:
    HvpFreeCell(Hive, Lower);
FreeRoot:
    if (Root != List)
        HvpFreeCell(Hive, Root);
    return Status;
}

static NTSTATUS StartList(PHIVE Hive, HCELL Parent, int Store, HCELL Key)
{
    HCELL Leaf;
    NTSTATUS Status = NewLeaf(Hive, Store, 1, &Leaf);
    if (!NT_SUCCESS(Status))
        return Status;
    PutEntry(Hive, HvpList(Hive, Leaf), 0, Key);
    *ListField(Hive, Parent, Store) = Leaf;
    return STATUS_SUCCESS;
}

NTSTATUS HvpInsertSubkey(PHIVE Hive, HCELL Parent, HCELL Key)
{
    int Store = HvpStoreOf(Key);
    STORED_NAME Name = HvpKeyStoredName(HvpKey(Hive, Key));
    HCELL List = *ListField(Hive, Parent, Store);
    LIST_PLACE Place = HvpFindPlace(Hive, List, Name);
    NTSTATUS Status;
    if (List == HCELL_NIL)
        Status = StartList(Hive, Parent, Store, Key);
    else if (HvpList(Hive, Place.Leaf)->Count < LEAF_MOST)
        Status = InsertIntoLeaf(Hive, Parent, Store, Place, Key);
    else
        Status = SplitAndInsert(Hive, Parent, Store, Place, Key);
    if (!NT_SUCCESS(Status))
        return Status;
    HvpKey(Hive, Parent)->SubkeyCount[Store]++;
    MarkParent(Hive, Parent, Store);
    return STATUS_SUCCESS;
}

static VOID RemoveEntry(PHIVE Hive, HCELL List, ULONG Index)
{
    PLIST_CELL Cell = HvpList(Hive, List);
    ULONG Width = HvpEntryWidth(Cell);
    memmove(&Cell->Entries[Index * Width], &Cell->Entries[(Index + 1) * Width],
            (Cell->Count - Index - 1) * Width * sizeof(HCELL));
    Cell->Count--;
    HvpMarkDirty(Hive, List);
}

// Allocates nothing, so it cannot fail.
VOID HvpRemoveSubkey(PHIVE Hive, HCELL Parent, HCELL Key)
{
    int Store = HvpStoreOf(Key);
    PKEY_CELL ParentCell = HvpKey(Hive, Parent);
    HCELL List = ParentCell->SubkeyList[Store];
    LIST_PLACE Place = HvpFindPlace(Hive, List, HvpKeyStoredName(HvpKey(Hive, Key)));
    RemoveEntry(Hive, Place.Leaf, Place.Entry);
    if (!HvpList(Hive, Place.Leaf)->Count) {
        HvpFreeCell(Hive, Place.Leaf);
        if (List != Place.Leaf)
            RemoveEntry(Hive, List, Place.LeafIndex);
    }
    ParentCell->SubkeyCount[Store]--;
    if (!ParentCell->SubkeyCount[Store]) {
        if (List != Place.Leaf)
            HvpFreeCell(Hive, List);
        ParentCell->SubkeyList[Store] = HCELL_NIL;
    }
    MarkParent(Hive, Parent, Store);
}

// The hint of an "lf" entry: the first four characters, 0 for those that are not Latin-1.
static ULONG FirstCharacters(STORED_NAME Name)
{
    WCHAR Text[4] = {0};
    ULONG Hint = 0;
    HvpCopyName(Name, Text, sizeof(Text));
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Text); Index++)
        Hint |= (Text[Index] < 0x100 ? (ULONG)Text[Index] : 0) << 8 * Index;
    return Hint;
}

VOID HvpReplaceSubkey(PHIVE Hive, HCELL Parent, HCELL Key)
{
    STORED_NAME Name = HvpKeyStoredName(HvpKey(Hive, Key));
    HCELL List = *ListField(Hive, Parent, HvpStoreOf(Key));
    LIST_PLACE Place = HvpFindPlace(Hive, List, Name);
    PLIST_CELL Leaf = HvpList(Hive, Place.Leaf);
    Leaf->Entries[Place.Entry * HvpEntryWidth(Leaf)] = Key;
    if (Leaf->Signature == LEAF_NAMES_SIGNATURE)
        Leaf->Entries[Place.Entry * 2 + 1] = FirstCharacters(Name);
    HvpMarkDirty(Hive, Place.Leaf);
}

static VOID FreeList(PHIVE Hive, HCELL List)
{
    const LIST_CELL *Cell = HvpList(Hive, List);
    if (Cell->Signature == INDEX_ROOT_SIGNATURE)
        for (ULONG Index = 0; Index < Cell->Count; Index++)
            HvpFreeCell(Hive, Cell->Entries[Index]);
    HvpFreeCell(Hive, List);
}

// Build a key's stable list anew, in order: other programs sort differently.
NTSTATUS HvpRebuildSubkeys(PHIVE Hive, HCELL Parent)
{
    ULONG Count = HvpKey(Hive, Parent)->SubkeyCount[STABLE];
    HCELL Old = HvpKey(Hive, Parent)->SubkeyList[STABLE];
    PHCELL Keys = Hive->Operations->Allocate(Hive->Context, Count * sizeof(HCELL));
    if (!Keys)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG Index = 0; Index < Count; Index++)
        Keys[Index] = HvpSubkeyOfList(Hive, Old, Index);
    FreeList(Hive, Old);
    HvpKey(Hive, Parent)->SubkeyList[STABLE] = HCELL_NIL;
    HvpKey(Hive, Parent)->SubkeyCount[STABLE] = 0;

    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG Index = 0; Index < Count && NT_SUCCESS(Status); Index++) {
        STORED_NAME Name = HvpKeyStoredName(HvpKey(Hive, Keys[Index]));
        HCELL List = HvpKey(Hive, Parent)->SubkeyList[STABLE];
        Status = HvpFindPlace(Hive, List, Name).Found ? STATUS_REGISTRY_CORRUPT
                                                      : HvpInsertSubkey(Hive, Parent, Keys[Index]);
    }
    Hive->Operations->Free(Hive->Context, Keys, Count * sizeof(HCELL));
    return Status;
}
