// Registry hives (regf) in memory: storage for cells (Hv...), and keys, values and security on top of
// it. A hive that HvOpen accepted is sound: every cell, list, name and descriptor was checked.
//
// Cells are named by an index that stays valid; pointers into a hive live only until the next call
// that allocates, since the storage may move. A failing call changes nothing. No locks: the caller
// serialises access to a hive.
#ifndef RTL_HIVE_HIVE_H
#define RTL_HIVE_HIVE_H

#include "../rtl.h"

#define HIVE_PAGE_SIZE 4096

// An offset from the first bin. The top bit selects the volatile storage, which is never written.
typedef ULONG HCELL, *PHCELL;
#define HCELL_NIL      0xFFFFFFFF
#define HCELL_VOLATILE 0x80000000

typedef struct _HIVE_OPERATIONS {
    PVOID (*Allocate)(PVOID Context, SIZE_T Size); // whole pages; NULL when there is no memory
    VOID (*Free)(PVOID Context, PVOID Memory, SIZE_T Size);
    LARGE_INTEGER (*GetTime)(PVOID Context); // for last-write times
} HIVE_OPERATIONS;

typedef struct _HIVE_PAGE_INFO {
    ULONG Bin;         // where the page's bin starts
    ULONG LargestFree; // size of the bin's largest free cell; kept for its first page only
} HIVE_PAGE_INFO, *PHIVE_PAGE_INFO;

typedef struct _HIVE_STORE {
    PUCHAR Image; // the bins
    ULONG Size;
    ULONG Capacity;
    PHIVE_PAGE_INFO Pages;
    RTL_BITMAP Dirty; // one bit a page; stable storage only
} HIVE_STORE, *PHIVE_STORE;

typedef struct _HIVE {
    const HIVE_OPERATIONS *Operations;
    PVOID Context;
    struct _HIVE_BASE_BLOCK *BaseBlock;
    HIVE_STORE Stores[2];   // stable, volatile
    HCELL VolatileSecurity; // any security cell of the volatile storage
    BOOLEAN Torn;           // the file was left in the middle of a write
    BOOLEAN Repaired;       // HvOpen had to put something in order
} HIVE, *PHIVE;

// STATUS_NOT_REGISTRY_FILE, STATUS_REGISTRY_CORRUPT, STATUS_INSUFFICIENT_RESOURCES. File is copied.
NTSTATUS HvOpen(PHIVE Hive, const HIVE_OPERATIONS *Operations, PVOID Context, const VOID *File,
                SIZE_T Size);
// An empty hive: a root key with a security descriptor.
NTSTATUS HvCreate(PHIVE Hive, const HIVE_OPERATIONS *Operations, PVOID Context,
                  PCUNICODE_STRING RootName, PSECURITY_DESCRIPTOR RelativeDescriptor);
VOID HvClose(PHIVE Hive);
// Check everything again. For tests and debug builds: a sound hive stays sound.
NTSTATUS HvCheck(PHIVE Hive);

// Writing. The file is the base block followed by the bins. A write is: HvBeginWrite; the base
// block; every dirty range; the base block again after HvEndWrite. A file whose sequence numbers
// differ was torn.
#define HIVE_BASE_BLOCK_SIZE 4096
ULONG HvFileSize(const HIVE *Hive);
BOOLEAN HvIsDirty(const HIVE *Hive);
VOID HvBeginWrite(PHIVE Hive);
const VOID *HvBaseBlock(const HIVE *Hive);
// The next dirty range of the file at or after *Offset; FALSE when there is none.
BOOLEAN HvNextDirtyRange(const HIVE *Hive, PULONG Offset, PULONG Length, const VOID **Data);
VOID HvEndWrite(PHIVE Hive);
VOID HvMarkAllDirty(PHIVE Hive);
VOID HvContinueFile(PHIVE Hive, const HIVE *Before);
VOID HvSetFileName(PHIVE Hive, PCUNICODE_STRING FileName);

// Writing with a log (log.c). Whatever moment the power fails at, the files give what the hive was before the flush
// or what it was when the flush began:
//   the log (a base block and one entry with all changed pages) | barrier |
//   the pages and a base block that says "being written" | barrier | the base block | barrier
// Two formats of one storage: files of 512-byte sectors that are written whole or not at all, in any order between
// barriers. The hive may change while the flush is performed, which works on a copy.
typedef enum _HIVE_FILE { HiveFilePrimary, HiveFileLog } HIVE_FILE;

typedef struct _HIVE_STORAGE {
    NTSTATUS (*Grow)(PVOID Context, HIVE_FILE File, ULONG Size); // unless it is as large
    NTSTATUS (*Write)(PVOID Context, HIVE_FILE File, ULONG Offset, const VOID *Data, ULONG Length);
    NTSTATUS (*Flush)(PVOID Context, HIVE_FILE File);
} HIVE_STORAGE;

typedef struct _HIVE_FLUSH {
    const HIVE_OPERATIONS *Operations;
    PVOID Context;
    PUCHAR Log; // what the log file holds; null: no flush
    ULONG LogSize;
} HIVE_FLUSH, *PHIVE_FLUSH;

// What has changed since the last one. Nothing of the hive is dirty afterwards. A flush that has failed is performed
// again, as often as it takes, before there is another.
NTSTATUS HvBeginFlush(PHIVE Hive, PHIVE_FLUSH Flush);
NTSTATUS HvPerformFlush(const HIVE_FLUSH *Flush, const HIVE_STORAGE *Storage, PVOID Context);
VOID HvEndFlush(PHIVE_FLUSH Flush);
// The flush that was under way when these files were left; STATUS_NOT_FOUND: none. It is to be performed before there
// is another; with its changes the file is what HvOpen wants.
NTSTATUS HvReadLog(const HIVE_OPERATIONS *Operations, PVOID Context, const VOID *File, SIZE_T Size,
                   const VOID *Log, SIZE_T LogSize, PHIVE_FLUSH Flush);
ULONG HvFlushedSize(const HIVE_FLUSH *Flush);             // of the file, with the changes
VOID HvApplyFlush(const HIVE_FLUSH *Flush, PUCHAR Image); // to the file in memory, of that size

// Keys
HCELL HvRootKey(const HIVE *Hive);
HCELL HvParentKey(const HIVE *Hive, HCELL Key);

typedef struct _HIVE_KEY_INFO {
    LARGE_INTEGER LastWriteTime;
    ULONG NameLength; // bytes, as UTF-16
    ULONG ClassLength;
    ULONG Subkeys;
    ULONG Values;
    ULONG MaxNameLength;
    ULONG MaxClassLength;
    ULONG MaxValueNameLength;
    ULONG MaxValueDataLength;
    ULONG Flags; // HIVE_KEY_*
} HIVE_KEY_INFO, *PHIVE_KEY_INFO;

#define HIVE_KEY_VOLATILE  0x0001
#define HIVE_KEY_ROOT      0x0004
#define HIVE_KEY_NO_DELETE 0x0008
#define HIVE_KEY_SYMLINK   0x0010

VOID HvQueryKey(const HIVE *Hive, HCELL Key, PHIVE_KEY_INFO Info);
// Copy as much as fits. Returns the full length in bytes.
ULONG HvKeyName(const HIVE *Hive, HCELL Key, PWCH Buffer, ULONG Length);
ULONG HvKeyClass(const HIVE *Hive, HCELL Key, PWCH Buffer, ULONG Length);
VOID HvSetKeyFlags(PHIVE Hive, HCELL Key, ULONG Flags);
VOID HvTouchKey(PHIVE Hive, HCELL Key, LARGE_INTEGER Time);

// HCELL_NIL when there is none. Names are compared without regard to case.
HCELL HvFindSubkey(const HIVE *Hive, HCELL Key, PCUNICODE_STRING Name);
HCELL HvSubkey(const HIVE *Hive, HCELL Key, ULONG Index);

#define HIVE_MAX_KEY_NAME   255 // characters
#define HIVE_MAX_VALUE_NAME 16383

// STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID, STATUS_CHILD_MUST_BE_VOLATILE. The new key
// has its parent's security when Descriptor is NULL.
NTSTATUS HvCreateSubkey(PHIVE Hive, HCELL Parent, PCUNICODE_STRING Name, PCUNICODE_STRING Class,
                        ULONG Flags, PSECURITY_DESCRIPTOR RelativeDescriptor, PHCELL Key);
// STATUS_CANNOT_DELETE: the key has subkeys, is the root, or may not be deleted.
NTSTATUS HvDeleteKey(PHIVE Hive, HCELL Key);
// The key's cell changes.
NTSTATUS HvRenameKey(PHIVE Hive, HCELL Key, PCUNICODE_STRING Name, PHCELL NewKey);
NTSTATUS HvSetKeyClass(PHIVE Hive, HCELL Key, PCUNICODE_STRING Class);

// Values
typedef struct _HIVE_VALUE_INFO {
    ULONG Type;
    ULONG NameLength; // bytes, as UTF-16
    ULONG DataLength;
} HIVE_VALUE_INFO, *PHIVE_VALUE_INFO;

HCELL HvFindValue(const HIVE *Hive, HCELL Key, PCUNICODE_STRING Name);
HCELL HvValue(const HIVE *Hive, HCELL Key, ULONG Index);
VOID HvQueryValue(const HIVE *Hive, HCELL Value, PHIVE_VALUE_INFO Info);
ULONG HvValueName(const HIVE *Hive, HCELL Value, PWCH Buffer, ULONG Length);
// Copy at most Length bytes from Offset on; returns how many.
ULONG HvReadValue(const HIVE *Hive, HCELL Value, ULONG Offset, PVOID Buffer, ULONG Length);
NTSTATUS HvSetValue(PHIVE Hive, HCELL Key, PCUNICODE_STRING Name, ULONG Type, const VOID *Data,
                    ULONG Length);
NTSTATUS HvDeleteValue(PHIVE Hive, HCELL Key, PCUNICODE_STRING Name);

// Security: equal descriptors of a storage share one cell. The pointer is into the hive.
PSECURITY_DESCRIPTOR HvKeySecurity(const HIVE *Hive, HCELL Key, PULONG Length);
NTSTATUS HvSetKeySecurity(PHIVE Hive, HCELL Key, PSECURITY_DESCRIPTOR RelativeDescriptor);

// Copy what is below (and the values of) a key, into another hive or another place of this one.
NTSTATUS HvCopyTree(const HIVE *Source, HCELL SourceKey, PHIVE Target, HCELL TargetKey);
NTSTATUS HvCopyClass(const HIVE *Source, HCELL SourceKey, PHIVE Target, HCELL TargetKey);
NTSTATUS HvDeleteTree(PHIVE Hive, HCELL Key);
// What was changed from Base to Current is changed in Target, too (merge.c). A failure leaves a part of it done.
NTSTATUS HvMergeChanges(const HIVE *Base, const HIVE *Current, PHIVE Target);
// A key gets the values, subkeys, class and security of another hive's key in place of its own. The
// first step makes them and may fail, the second puts them in place.
NTSTATUS HvPrepareReplacement(PHIVE Hive, HCELL Key, const HIVE *Source, HCELL SourceKey,
                              PHCELL New);
VOID HvReplaceKey(PHIVE Hive, HCELL Key, HCELL New);

#endif
