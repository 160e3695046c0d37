// Private to rtl/hive: the regf format, version 1.3 to 1.6. All numbers are little-endian; cells
// start 8-aligned with their size, so their contents are 4-aligned.
#ifndef RTL_HIVE_FORMAT_H
#define RTL_HIVE_FORMAT_H

#include "hive.h"

#define HIVE_SIGNATURE      0x66676572 // "regf"
#define BIN_SIGNATURE       0x6E696268 // "hbin"
#define HIVE_MAJOR          1
#define HIVE_MINOR_LEAST    3
#define HIVE_MINOR          5 // the version written: big data, lists with hashes
#define HIVE_MINOR_MOST     6
#define HIVE_MINOR_BIG_DATA 4
#define HIVE_FORMAT_MEMORY  1
#define HIVE_CHECKSUM_WORDS 127
#define HIVE_MAX_SIZE       0x7FFFF000

typedef struct _HIVE_BASE_BLOCK {
    ULONG Signature;
    ULONG PrimarySequence;
    ULONG SecondarySequence;
    ULONG LastWriteLow;
    ULONG LastWriteHigh;
    ULONG MajorVersion;
    ULONG MinorVersion;
    ULONG FileType; // 0: the hive itself
    ULONG FileFormat;
    ULONG RootCell;
    ULONG BinsSize;
    ULONG ClusteringFactor;
    WCHAR FileName[32];
    ULONG Reserved[99];
    ULONG Checksum;
    UCHAR Rest[HIVE_BASE_BLOCK_SIZE - 512];
} HIVE_BASE_BLOCK, *PHIVE_BASE_BLOCK;
static_assert(offsetof(HIVE_BASE_BLOCK, FileName) == 0x30);
static_assert(offsetof(HIVE_BASE_BLOCK, Checksum) == 0x1FC);
static_assert(sizeof(HIVE_BASE_BLOCK) == HIVE_BASE_BLOCK_SIZE);

// ---- The log: the first sector of a base block, then entries of whole sectors. An entry has references to pages, and
// behind them the pages in the same order.
#define HIVE_SECTOR_SIZE   512
#define HIVE_FILE_TYPE_LOG 6
#define LOG_SIGNATURE      0x454C7648 // "HvLE"

typedef struct _LOG_PAGES {
    ULONG Offset; // from the first bin
    ULONG Size;
} LOG_PAGES, *PLOG_PAGES;

typedef struct _LOG_ENTRY {
    ULONG Signature;
    ULONG Size; // in bytes, a multiple of the sector size
    ULONG Flags;
    ULONG Sequence; // of the file's base block once the changes are in the file
    ULONG BinsSize;
    ULONG Count;
    ULONG64 ContentsHash; // of what follows the header, up to Size
    ULONG64 HeaderHash;   // of what is before it
    LOG_PAGES Pages[];
} LOG_ENTRY, *PLOG_ENTRY;
static_assert(offsetof(LOG_ENTRY, ContentsHash) == 24);
static_assert(sizeof(LOG_ENTRY) == 40);

typedef struct _HIVE_BIN {
    ULONG Signature;
    ULONG Offset;
    ULONG Size;
    ULONG Reserved[2];
    ULONG TimeLow;
    ULONG TimeHigh;
    ULONG Spare;
} HIVE_BIN, *PHIVE_BIN;
static_assert(sizeof(HIVE_BIN) == 32);

// A cell begins with its size in bytes, itself included: negative when in use.
typedef LONG CELL_SIZE;

#define KEY_SIGNATURE        0x6B6E // "nk"
#define KEY_FLAG_VOLATILE    0x0001
#define KEY_FLAG_HIVE_EXIT   0x0002
#define KEY_FLAG_ROOT        0x0004
#define KEY_FLAG_NO_DELETE   0x0008
#define KEY_FLAG_SYMLINK     0x0010
#define KEY_FLAG_LATIN1_NAME 0x0020
#define KEY_FLAG_PREDEFINED  0x0040

typedef struct _KEY_CELL {
    USHORT Signature;
    USHORT Flags;
    ULONG LastWriteLow;
    ULONG LastWriteHigh;
    ULONG Spare;
    HCELL Parent;
    ULONG SubkeyCount[2]; // stable, volatile
    HCELL SubkeyList[2];
    ULONG ValueCount;
    HCELL ValueList;
    HCELL Security;
    HCELL Class;
    ULONG MaxNameLength; // the low 16 bits; above are flags of virtualisation
    ULONG MaxClassLength;
    ULONG MaxValueNameLength;
    ULONG MaxValueDataLength;
    ULONG WorkVar;
    USHORT NameLength; // bytes as stored
    USHORT ClassLength;
    UCHAR Name[];
} KEY_CELL, *PKEY_CELL;
static_assert(offsetof(KEY_CELL, Parent) == 0x10);
static_assert(offsetof(KEY_CELL, ValueList) == 0x28);
static_assert(offsetof(KEY_CELL, Name) == 0x4C);

#define VALUE_SIGNATURE        0x6B76 // "vk"
#define VALUE_FLAG_LATIN1_NAME 0x0001
#define VALUE_INLINE           0x80000000 // in DataLength: the data is in Data itself
#define VALUE_INLINE_MOST      4

typedef struct _VALUE_CELL {
    USHORT Signature;
    USHORT NameLength;
    ULONG DataLength;
    HCELL Data;
    ULONG Type;
    USHORT Flags;
    USHORT Spare;
    UCHAR Name[];
} VALUE_CELL, *PVALUE_CELL;
static_assert(offsetof(VALUE_CELL, Name) == 0x14);

#define SECURITY_SIGNATURE 0x6B73 // "sk"

// All security cells of a storage form a ring.
typedef struct _SECURITY_CELL {
    USHORT Signature;
    USHORT Reserved;
    HCELL Next;
    HCELL Previous;
    ULONG References;
    ULONG Length;
    UCHAR Descriptor[];
} SECURITY_CELL, *PSECURITY_CELL;
static_assert(offsetof(SECURITY_CELL, Descriptor) == 0x14);

// Lists of subkeys, sorted by upper-case name. A leaf has cells of keys with (lf) the beginning of
// the name, (lh) a hash of the name, or (li) nothing; an index root has cells of leaves.
#define LEAF_NAMES_SIGNATURE  0x666C // "lf"
#define LEAF_HASHES_SIGNATURE 0x686C // "lh"
#define LEAF_PLAIN_SIGNATURE  0x696C // "li"
#define INDEX_ROOT_SIGNATURE  0x6972 // "ri"

typedef struct _LIST_CELL {
    USHORT Signature;
    USHORT Count;
    HCELL Entries[]; // lf and lh: pairs of cell and hint
} LIST_CELL, *PLIST_CELL;

// So many entries fit a list that fits one page with its bin's header.
#define LEAF_MOST       ((HIVE_PAGE_SIZE - 32 - 4 - 4) / 8)
#define INDEX_ROOT_MOST ((HIVE_PAGE_SIZE - 32 - 4 - 4) / 4)

// Data that is larger than one segment is a cell with a list of segments.
#define BIG_DATA_SIGNATURE 0x6264 // "db"
#define SEGMENT_SIZE       16344

typedef struct _BIG_DATA_CELL {
    USHORT Signature;
    USHORT Count;
    HCELL Segments;
} BIG_DATA_CELL, *PBIG_DATA_CELL;

#endif
