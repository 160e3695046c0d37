// Private to rtl/hive.
#ifndef RTL_HIVE_HIVEP_H
#define RTL_HIVE_HIVEP_H

#include "../rtlp.h"
#include "format.h"

enum { STABLE, VOLATILE_STORE, STORES };

static inline int HvpStoreOf(HCELL Cell)
{
    return Cell & HCELL_VOLATILE ? VOLATILE_STORE : STABLE;
}

// The contents of a cell that is known to be sound.
static inline PVOID HvpCell(const HIVE *Hive, HCELL Cell)
{
    return Hive->Stores[HvpStoreOf(Cell)].Image + (Cell & ~HCELL_VOLATILE) + sizeof(CELL_SIZE);
}

static inline PKEY_CELL HvpKey(const HIVE *Hive, HCELL Cell)
{
    return HvpCell(Hive, Cell);
}

static inline PVALUE_CELL HvpValue(const HIVE *Hive, HCELL Cell)
{
    return HvpCell(Hive, Cell);
}

static inline PLIST_CELL HvpList(const HIVE *Hive, HCELL Cell)
{
    return HvpCell(Hive, Cell);
}

// Storage (store.c)
NTSTATUS HvpAllocateCell(PHIVE Hive, int Store, ULONG Length, PHCELL Cell);
VOID HvpFreeCell(PHIVE Hive, HCELL Cell);
// Make a cell at least so long; its contents and, when it must move, its index change.
NTSTATUS HvpGrowCell(PHIVE Hive, HCELL Cell, ULONG Length, PHCELL NewCell);
ULONG HvpCellLength(const HIVE *Hive, HCELL Cell); // of the contents
VOID HvpMarkDirty(PHIVE Hive, HCELL Cell);
NTSTATUS HvpScanBins(PHIVE Hive);
NTSTATUS HvpReserve(PHIVE Hive, int Store, ULONG Size);
VOID HvpReleaseStores(PHIVE Hive);

// Names (name.c): Latin-1 bytes when every character has one, else UTF-16.
typedef struct _STORED_NAME {
    const VOID *Text;
    ULONG Length; // bytes as stored
    BOOLEAN Latin1;
} STORED_NAME;

STORED_NAME HvpKeyStoredName(const KEY_CELL *Key);
STORED_NAME HvpValueStoredName(const VALUE_CELL *Value);
ULONG HvpNameLength(STORED_NAME Name); // as UTF-16
ULONG HvpCopyName(STORED_NAME Name, PWCH Buffer, ULONG Length);
LONG HvpCompareNames(STORED_NAME First, STORED_NAME Second);
STORED_NAME HvpUnicodeName(PCUNICODE_STRING Name);
ULONG HvpHashName(STORED_NAME Name);
// How a new name is stored: its length, and its bytes.
ULONG HvpLengthToStore(PCUNICODE_STRING Name, PBOOLEAN Latin1);
VOID HvpStoreName(PUCHAR Target, PCUNICODE_STRING Name, BOOLEAN Latin1);

// Subkey lists (subkeys.c, listedit.c)
ULONG HvpEntryWidth(const LIST_CELL *List); // ULONGs an entry: 1 or 2
HCELL HvpListEntry(const LIST_CELL *List, ULONG Index);
HCELL HvpSubkeyOfList(const HIVE *Hive, HCELL List, ULONG Index);
NTSTATUS HvpInsertSubkey(PHIVE Hive, HCELL Parent, HCELL Key);
VOID HvpRemoveSubkey(PHIVE Hive, HCELL Parent, HCELL Key);
// Put Key where the key of the same name stands.
VOID HvpReplaceSubkey(PHIVE Hive, HCELL Parent, HCELL Key);
NTSTATUS HvpRebuildSubkeys(PHIVE Hive, HCELL Parent);

// The place of a name in a key's list.
typedef struct _LIST_PLACE {
    HCELL Leaf;      // HCELL_NIL: there is no list yet
    ULONG LeafIndex; // of the leaf in its index root
    ULONG Entry;     // in the leaf
    BOOLEAN Found;
} LIST_PLACE;
LIST_PLACE HvpFindPlace(const HIVE *Hive, HCELL List, STORED_NAME Name);

// Security (security.c)
NTSTATUS HvpReferenceSecurity(PHIVE Hive, int Store, PSECURITY_DESCRIPTOR Descriptor,
                              PHCELL Security);
VOID HvpDereferenceSecurity(PHIVE Hive, HCELL Security);

// Values (value.c)
BOOLEAN HvpIsSegmented(const HIVE *Hive, HCELL Data, ULONG Length);
VOID HvpFreeValues(PHIVE Hive, HCELL Key);

// Keys (key.c)
// A key cell with a name and nothing else, in no list.
NTSTATUS HvpAllocateKey(PHIVE Hive, int Store, HCELL Parent, PCUNICODE_STRING Name, USHORT Flags,
                        PHCELL Key);
VOID HvpFreeKey(PHIVE Hive, HCELL Key); // the cells that belong to it alone
VOID HvpAdoptSubkeys(PHIVE Hive, HCELL Key);
NTSTATUS HvpCreateRoot(PHIVE Hive, PCUNICODE_STRING Name, PSECURITY_DESCRIPTOR Descriptor);

// Trees (tree.c): a subkey with the security of another hive's key
NTSTATUS HvpCreateCopy(const HIVE *Source, HCELL From, PHIVE Target, HCELL Parent,
                       PCUNICODE_STRING Name, ULONG Flags, PHCELL To);

// Checking (check.c). Opening: put right what other programs do differently.
NTSTATUS HvpCheckTree(PHIVE Hive, BOOLEAN Opening);

// The log (log.c)
VOID HvpHashLogEntry(PLOG_ENTRY Entry); // its size must be right

// Helpers
VOID HvpSetKeyTime(PHIVE Hive, HCELL Key);
VOID HvpInitializeBaseBlock(PHIVE Hive);
ULONG HvpChecksum(const HIVE_BASE_BLOCK *Block);

#endif
