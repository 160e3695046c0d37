// Checking a hive that came from outside: the whole tree is walked once, every cell may be used once
// (but security cells), and every length, name, list and descriptor must be right. Order and counts
// that other programs get wrong are put right.
#include "hivep.h"

#define MAX_DEPTH 512 // levels of keys, the registry's limit

typedef struct {
    HCELL Key;
    ULONG NextSubkey;
    BOOLEAN Rebuild; // its list of subkeys is not as ours are
} LEVEL;

typedef struct {
    PHIVE Hive;
    BOOLEAN Opening;     // put small things right; else they are errors of ours
    RTL_BITMAP Starts;   // one bit for each 8 bytes of the stable storage: a cell in use begins
    RTL_BITMAP Claimed;  // the cell has been used
    RTL_BITMAP Security; // it is a security cell of the ring
    LEVEL *Levels;
    PULONG SecurityCounts; // references found, by the number of the security cell
    ULONG SecurityCells;
} CHECK;

static BOOLEAN IsCellInUse(const CHECK *Check, HCELL Cell)
{
    return Cell / 8 < Check->Starts.SizeOfBitMap && Cell % 8 == 0 &&
           RtlTestBit(&Check->Starts, Cell / 8);
}

static BOOLEAN Claim(CHECK *Check, HCELL Cell, ULONG Length)
{
    if (!IsCellInUse(Check, Cell) || RtlTestBit(&Check->Claimed, Cell / 8) ||
        HvpCellLength(Check->Hive, Cell) < Length)
        return FALSE;
    RtlSetBit(&Check->Claimed, Cell / 8);
    return TRUE;
}

static VOID MarkStarts(CHECK *Check)
{
    const HIVE_STORE *Store = &Check->Hive->Stores[STABLE];
    for (ULONG Bin = 0; Bin < Store->Size;) {
        ULONG End = Bin + ((PHIVE_BIN)(Store->Image + Bin))->Size;
        for (ULONG At = Bin + sizeof(HIVE_BIN); At < End;) {
            CELL_SIZE Size = *(CELL_SIZE *)(Store->Image + At);
            if (Size < 0)
                RtlSetBit(&Check->Starts, At / 8);
            At += Size < 0 ? 0 - (ULONG)Size : (ULONG)Size;
        }
        Bin = End;
    }
}

static BOOLEAN NameHasForbidden(STORED_NAME Name)
{
    WCHAR Text[HIVE_MAX_KEY_NAME];
    ULONG Bytes = HvpCopyName(Name, Text, sizeof(Text));
    for (ULONG Index = 0; Index < Bytes / sizeof(WCHAR); Index++)
        if (Text[Index] == OBJ_NAME_PATH_SEPARATOR)
            return TRUE;
    return FALSE;
}

static BOOLEAN CheckKeyCell(CHECK *Check, HCELL Cell, HCELL Parent)
{
    if (!Claim(Check, Cell, sizeof(KEY_CELL)))
        return FALSE;
    const KEY_CELL *Key = HvpKey(Check->Hive, Cell);
    STORED_NAME Name = HvpKeyStoredName(Key);
    if (Key->Signature != KEY_SIGNATURE ||
        Key->NameLength > HvpCellLength(Check->Hive, Cell) - sizeof(KEY_CELL) ||
        (!Name.Latin1 && Name.Length % sizeof(WCHAR)))
        return FALSE;
    if (Parent == HCELL_NIL)
        return TRUE; // the root: its name and its parent mean nothing
    return Key->Parent == Parent && Name.Length &&
           HvpNameLength(Name) <= HIVE_MAX_KEY_NAME * sizeof(WCHAR) && !NameHasForbidden(Name);
}

static BOOLEAN CheckSegments(CHECK *Check, HCELL Data, ULONG Length)
{
    if (!Claim(Check, Data, sizeof(BIG_DATA_CELL)))
        return FALSE;
    const BIG_DATA_CELL *Big = HvpCell(Check->Hive, Data);
    ULONG Count = (Length + SEGMENT_SIZE - 1) / SEGMENT_SIZE;
    if (Big->Signature != BIG_DATA_SIGNATURE || Big->Count != Count ||
        !Claim(Check, Big->Segments, Count * (ULONG)sizeof(HCELL)))
        return FALSE;
    const HCELL *Segments = HvpCell(Check->Hive, Big->Segments);
    for (ULONG Index = 0; Index < Count; Index++) {
        ULONG Part = RtlpMin(Length, SEGMENT_SIZE);
        if (!Claim(Check, Segments[Index], Part))
            return FALSE;
        Length -= Part;
    }
    return TRUE;
}

static BOOLEAN CheckValue(CHECK *Check, HCELL Cell)
{
    if (!Claim(Check, Cell, sizeof(VALUE_CELL)))
        return FALSE;
    const VALUE_CELL *Value = HvpValue(Check->Hive, Cell);
    STORED_NAME Name = HvpValueStoredName(Value);
    if (Value->Signature != VALUE_SIGNATURE ||
        Value->NameLength > HvpCellLength(Check->Hive, Cell) - sizeof(VALUE_CELL) ||
        (!Name.Latin1 && Name.Length % sizeof(WCHAR)) ||
        HvpNameLength(Name) > HIVE_MAX_VALUE_NAME * sizeof(WCHAR))
        return FALSE;
    ULONG Length = Value->DataLength & ~(ULONG)VALUE_INLINE;
    if (Value->DataLength & VALUE_INLINE)
        return Length <= VALUE_INLINE_MOST;
    if (IsCellInUse(Check, Value->Data) && HvpIsSegmented(Check->Hive, Value->Data, Length))
        return CheckSegments(Check, Value->Data, Length);
    return Claim(Check, Value->Data, Length);
}

static BOOLEAN CheckValues(CHECK *Check, HCELL Cell)
{
    const KEY_CELL *Key = HvpKey(Check->Hive, Cell);
    if (!Key->ValueCount)
        return TRUE;
    if (Key->ValueCount > Check->Hive->Stores[STABLE].Size / sizeof(HCELL) ||
        !Claim(Check, Key->ValueList, Key->ValueCount * (ULONG)sizeof(HCELL)))
        return FALSE;
    const HCELL *List = HvpCell(Check->Hive, Key->ValueList);
    for (ULONG Index = 0; Index < Key->ValueCount; Index++)
        if (!CheckValue(Check, List[Index]))
            return FALSE;
    return TRUE;
}

static BOOLEAN IsLeaf(const LIST_CELL *List)
{
    return List->Signature == LEAF_NAMES_SIGNATURE || List->Signature == LEAF_HASHES_SIGNATURE ||
           List->Signature == LEAF_PLAIN_SIGNATURE;
}

static BOOLEAN CheckLeaf(CHECK *Check, HCELL Cell, LEVEL *Level, PULONG Count)
{
    const LIST_CELL *List = HvpList(Check->Hive, Cell);
    *Count += List->Count;
    Level->Rebuild |= !List->Count || List->Count > LEAF_MOST;
    return IsLeaf(List) &&
           HvpCellLength(Check->Hive, Cell) >=
               sizeof(LIST_CELL) + List->Count * HvpEntryWidth(List) * sizeof(HCELL);
}

// The lists' own cells. What they name is checked when the walk goes there.
static BOOLEAN CheckLists(CHECK *Check, LEVEL *Level)
{
    const KEY_CELL *Key = HvpKey(Check->Hive, Level->Key);
    HCELL List = Key->SubkeyList[STABLE];
    ULONG Count = 0;
    if (!Claim(Check, List, sizeof(LIST_CELL)))
        return FALSE;
    const LIST_CELL *Root = HvpList(Check->Hive, List);
    if (Root->Signature != INDEX_ROOT_SIGNATURE)
        return CheckLeaf(Check, List, Level, &Count) && Count == Key->SubkeyCount[STABLE];
    if (HvpCellLength(Check->Hive, List) < sizeof(LIST_CELL) + Root->Count * sizeof(HCELL))
        return FALSE;
    for (ULONG Index = 0; Index < Root->Count; Index++)
        if (!Claim(Check, Root->Entries[Index], sizeof(LIST_CELL)) ||
            !CheckLeaf(Check, Root->Entries[Index], Level, &Count))
            return FALSE;
    return Count == Key->SubkeyCount[STABLE];
}

// What the file says of volatile subkeys is stale, and lists without entries need not exist.
static BOOLEAN NormaliseKey(CHECK *Check, HCELL Cell)
{
    PKEY_CELL Key = HvpKey(Check->Hive, Cell);
    BOOLEAN StaleList = !Key->SubkeyCount[STABLE] && Key->SubkeyList[STABLE] != HCELL_NIL;
    BOOLEAN StaleValues = !Key->ValueCount && Key->ValueList != HCELL_NIL;
    if (!Check->Opening)
        return !StaleList && !StaleValues;
    Key->SubkeyCount[VOLATILE_STORE] = 0;
    Key->SubkeyList[VOLATILE_STORE] = HCELL_NIL;
    Key->Flags &= (USHORT)~KEY_FLAG_VOLATILE;
    if (StaleList)
        Key->SubkeyList[STABLE] = HCELL_NIL;
    if (StaleValues)
        Key->ValueList = HCELL_NIL;
    return TRUE;
}

// The ring of security cells is walked before the keys. Each gets a number, kept in its reserved
// field until the check is over.
static BOOLEAN NumberSecurityCells(CHECK *Check, HCELL First)
{
    HCELL Cell = First;
    do {
        if (Check->SecurityCells > MAXUSHORT || !Claim(Check, Cell, sizeof(SECURITY_CELL)))
            return FALSE;
        PSECURITY_CELL Security = HvpCell(Check->Hive, Cell);
        if (Security->Signature != SECURITY_SIGNATURE ||
            Security->Length > HvpCellLength(Check->Hive, Cell) - sizeof(SECURITY_CELL) ||
            !RtlValidRelativeSecurityDescriptor(Security->Descriptor, Security->Length, 0))
            return FALSE;
        Security->Reserved = (USHORT)Check->SecurityCells++;
        RtlSetBit(&Check->Security, Cell / 8);
        HCELL Next = Security->Next;
        if (!IsCellInUse(Check, Next) || HvpCellLength(Check->Hive, Next) < sizeof(SECURITY_CELL))
            return FALSE;
        if (((PSECURITY_CELL)HvpCell(Check->Hive, Next))->Previous != Cell)
            return FALSE;
        Cell = Next;
    } while (Cell != First);
    return TRUE;
}

static BOOLEAN CountSecurity(CHECK *Check, HCELL Cell)
{
    if (Cell == HCELL_NIL)
        return TRUE;
    if (!IsCellInUse(Check, Cell) || !RtlTestBit(&Check->Security, Cell / 8))
        return FALSE;
    Check->SecurityCounts[((PSECURITY_CELL)HvpCell(Check->Hive, Cell))->Reserved]++;
    return TRUE;
}

static BOOLEAN CheckClass(CHECK *Check, HCELL Cell)
{
    const KEY_CELL *Key = HvpKey(Check->Hive, Cell);
    return !Key->ClassLength || Claim(Check, Key->Class, Key->ClassLength);
}

// A key and everything that is its own.
static BOOLEAN EnterKey(CHECK *Check, HCELL Cell, HCELL Parent, LEVEL *Level)
{
    *Level = (LEVEL){.Key = Cell};
    if (!CheckKeyCell(Check, Cell, Parent) || !NormaliseKey(Check, Cell))
        return FALSE;
    const KEY_CELL *Key = HvpKey(Check->Hive, Cell);
    return CountSecurity(Check, Key->Security) && CheckClass(Check, Cell) &&
           CheckValues(Check, Cell) && (!Key->SubkeyCount[STABLE] || CheckLists(Check, Level));
}

// The subkey before the one just entered must have the lesser name.
static VOID CheckOrder(const HIVE *Hive, LEVEL *Level)
{
    if (Level->NextSubkey < 2)
        return;
    HCELL List = HvpKey(Hive, Level->Key)->SubkeyList[STABLE];
    const KEY_CELL *Last = HvpKey(Hive, HvpSubkeyOfList(Hive, List, Level->NextSubkey - 1));
    const KEY_CELL *Before = HvpKey(Hive, HvpSubkeyOfList(Hive, List, Level->NextSubkey - 2));
    if (HvpCompareNames(HvpKeyStoredName(Before), HvpKeyStoredName(Last)) >= 0)
        Level->Rebuild = TRUE;
}

static NTSTATUS LeaveKey(CHECK *Check, const LEVEL *Level)
{
    if (!Level->Rebuild)
        return STATUS_SUCCESS;
    if (!Check->Opening)
        return STATUS_REGISTRY_CORRUPT;
    Check->Hive->Repaired = TRUE;
    return HvpRebuildSubkeys(Check->Hive, Level->Key);
}

static NTSTATUS WalkKeys(CHECK *Check)
{
    PHIVE Hive = Check->Hive;
    ULONG Depth = 1;
    if (!EnterKey(Check, Hive->BaseBlock->RootCell, HCELL_NIL, &Check->Levels[0]))
        return STATUS_REGISTRY_CORRUPT;
    while (Depth) {
        LEVEL *Level = &Check->Levels[Depth - 1];
        const KEY_CELL *Key = HvpKey(Hive, Level->Key);
        if (Level->NextSubkey == Key->SubkeyCount[STABLE]) {
            NTSTATUS Status = LeaveKey(Check, Level);
            if (!NT_SUCCESS(Status))
                return Status;
            Depth--;
            continue;
        }
        HCELL Subkey = HvpSubkeyOfList(Hive, Key->SubkeyList[STABLE], Level->NextSubkey++);
        if (Depth == MAX_DEPTH || !EnterKey(Check, Subkey, Level->Key, &Check->Levels[Depth]))
            return STATUS_REGISTRY_CORRUPT;
        CheckOrder(Hive, Level);
        Depth++;
    }
    return STATUS_SUCCESS;
}

// Make the counts of security cells what was found. A cell that no key names is freed.
static NTSTATUS SettleSecurity(CHECK *Check)
{
    PHIVE Hive = Check->Hive;
    HCELL First = HvpKey(Hive, Hive->BaseBlock->RootCell)->Security, Cell = First;
    for (BOOLEAN Last = FALSE; !Last;) {
        PSECURITY_CELL Security = HvpCell(Hive, Cell);
        HCELL Next = Security->Next;
        ULONG Found = Check->SecurityCounts[Security->Reserved];
        Last = Next == First;
        Security->Reserved = 0;
        if (Found != Security->References) {
            if (!Check->Opening)
                return STATUS_REGISTRY_CORRUPT;
            Hive->Repaired = TRUE;
            Security->References = Found ? Found : 1;
            HvpMarkDirty(Hive, Cell);
            if (!Found)
                HvpDereferenceSecurity(Hive, Cell);
        }
        Cell = Next;
    }
    return STATUS_SUCCESS;
}

// The root key is looked at first, for it leads to the security cells.
static NTSTATUS CheckTree(CHECK *Check)
{
    PHIVE Hive = Check->Hive;
    HCELL Root = Hive->BaseBlock->RootCell;
    MarkStarts(Check);
    if (!IsCellInUse(Check, Root) || HvpCellLength(Hive, Root) < sizeof(KEY_CELL) ||
        !NumberSecurityCells(Check, HvpKey(Hive, Root)->Security))
        return STATUS_REGISTRY_CORRUPT;
    SIZE_T CountsSize = Check->SecurityCells * sizeof(ULONG);
    Check->SecurityCounts = Hive->Operations->Allocate(Hive->Context, CountsSize);
    if (!Check->SecurityCounts)
        return STATUS_INSUFFICIENT_RESOURCES;
    memset(Check->SecurityCounts, 0, CountsSize);
    NTSTATUS Status = WalkKeys(Check);
    if (NT_SUCCESS(Status))
        Status = SettleSecurity(Check);
    Hive->Operations->Free(Hive->Context, Check->SecurityCounts, CountsSize);
    return Status;
}

// One allocation: three bitmaps and the levels of the walk.
NTSTATUS HvpCheckTree(PHIVE Hive, BOOLEAN Opening)
{
    CHECK Check = {.Hive = Hive, .Opening = Opening};
    ULONG Bits = Hive->Stores[STABLE].Size / 8;
    SIZE_T BitmapSize = (Bits + 31) / 32 * sizeof(ULONG);
    SIZE_T Size = 3 * BitmapSize + MAX_DEPTH * sizeof(LEVEL);
    PUCHAR Memory = Hive->Operations->Allocate(Hive->Context, Size);
    if (!Memory)
        return STATUS_INSUFFICIENT_RESOURCES;
    memset(Memory, 0, Size);
    RtlInitializeBitMap(&Check.Starts, (PULONG)Memory, Bits);
    RtlInitializeBitMap(&Check.Claimed, (PULONG)(Memory + BitmapSize), Bits);
    RtlInitializeBitMap(&Check.Security, (PULONG)(Memory + 2 * BitmapSize), Bits);
    Check.Levels = (LEVEL *)(Memory + 3 * BitmapSize);
    NTSTATUS Status = CheckTree(&Check);
    Hive->Operations->Free(Hive->Context, Memory, Size);
    return Status;
}

NTSTATUS HvCheck(PHIVE Hive)
{
    NTSTATUS Status = HvpScanBins(Hive);
    return NT_SUCCESS(Status) ? HvpCheckTree(Hive, FALSE) : Status;
}
