// Partition tables: GPT (UEFI 2.10, chapter 5), MBR with logical partitions, and disks without a table. Pure
// logic: sectors are read and written by routines of the caller's.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _PT_GUID {
    uint8_t Bytes[16]; // as on disk
} PT_GUID;

// How sectors are reached. A routine that fails has remembered why; the answer is PtIoError then.
typedef struct _PT_DISK {
    bool (*Read)(void *Context, uint64_t Sector, uint32_t Count, void *Buffer);
    bool (*Write)(void *Context, uint64_t Sector, uint32_t Count, const void *Buffer);
    bool (*Flush)(void *Context); // what was written before stays, whatever happens
    void *(*Allocate)(uint32_t Size);
    void (*Free)(void *Memory);
    void *Context;
    uint64_t Sectors;
    uint32_t SectorSize; // 512 to 4096, a power of two
    bool Removable;      // a medium without a table is one volume
} PT_DISK;

typedef enum _PT_RESULT {
    PtDone,
    PtIoError,
    PtNoMemory,
    PtRefused, // PT_TABLE.Problem tells why
} PT_RESULT;

typedef enum _PT_STYLE { // numbers of PARTITION_STYLE
    PtStyleMbr,
    PtStyleGpt,
    PtStyleRaw, // no table
} PT_STYLE;

typedef enum _PT_PROBLEM {
    PtNoProblem,
    PtProblemSignature,
    PtProblemHeaderSize,
    PtProblemHeaderCrc,
    PtProblemHeaderPlace,
    PtProblemUsableRange,
    PtProblemArraySize,
    PtProblemArrayPlace,
    PtProblemArrayCrc,
    PtProblemUnreadable,
    PtProblemEntryRange,
    PtProblemEntryOverlap,
    PtProblemEntryId,
    PtProblemEntryCount,
    PtProblemBootFlag,
    PtProblemExtended,
    PtProblemChainLoop,
    PtProblemChainLong,
    PtProblemChainSignature,
    PtProblemTooSmall,
    PtProblemProtective,
    PtProblemCount,
} PT_PROBLEM;

const char *PtProblemText(PT_PROBLEM Problem);

enum {
    PT_NAME_CHARS = 36,
    PT_MBR_TYPE_EMPTY = 0,
    PT_MBR_TYPE_EXTENDED = 0x05,
    PT_MBR_TYPE_EXTENDED_LBA = 0x0F,
    PT_MBR_TYPE_GPT = 0xEE,
    PT_MAX_GPT_ENTRIES = 1024,
    PT_MAX_CHAIN = 128, // extended boot records
};

typedef struct _PT_PARTITION {
    uint64_t Start, Sectors;
    uint32_t Number; // 1 and up; 0: it is no partition
    // GPT
    uint32_t Slot; // in the array
    PT_GUID Type, Id;
    uint64_t Attributes;
    uint16_t Name[PT_NAME_CHARS];
    // MBR
    uint8_t MbrType;
    bool Boot;
} PT_PARTITION;

// GPT: the used entries, in the order of the array. MBR: groups of four entries, empty ones included. The first is
// the MBR's, each that follows an extended boot record's, which lies where the extended entry of the group before it
// begins. Raw: nothing, or with Superfloppy one that is the whole disk.
typedef struct _PT_TABLE {
    PT_STYLE Style;
    PT_PROBLEM Problem;    // of a table that is refused, else of the damaged copy
    uint32_t ProblemEntry; // which, counted from 0
    bool Superfloppy;
    bool Hybrid;        // the MBR of a GPT has entries beside the protective one
    bool FromBackup;    // the primary GPT is damaged
    bool BackupBad;     // the backup GPT is damaged, or not at the disk's end
    uint32_t Signature; // MBR
    PT_GUID DiskId;
    uint64_t FirstUsable, LastUsable;
    uint64_t ArraySector; // of the primary GPT
    uint32_t EntryCount, EntrySize;
    uint32_t Count, Capacity;
    PT_PARTITION *Partitions;
} PT_TABLE;

static inline bool PtIsExtended(uint8_t Type)
{
    return Type == PT_MBR_TYPE_EXTENDED || Type == PT_MBR_TYPE_EXTENDED_LBA;
}

// PtRefused: there is a table that cannot be believed; Style is raw, and there are no partitions.
PT_RESULT PtReadTable(const PT_DISK *Disk, PT_TABLE *Table);
void PtFreeTable(const PT_DISK *Disk, PT_TABLE *Table);

// An empty table for this disk. Id: of the disk; its first four bytes are the signature of an MBR.
PT_RESULT PtCreateTable(const PT_DISK *Disk, PT_STYLE Style, const PT_GUID *Id, PT_TABLE *Table);
// A zeroed entry more. Null: no memory.
PT_PARTITION *PtAddPartition(const PT_DISK *Disk, PT_TABLE *Table);
PT_RESULT PtCopyTable(const PT_DISK *Disk, const PT_TABLE *From, PT_TABLE *To);

// May this table be written to this disk? Sets Problem.
PT_RESULT PtCheckTable(const PT_DISK *Disk, PT_TABLE *Table);
// Old is what PtReadTable has found. What is on the disk at any time is Old or New (README.md has the one
// exception). New is checked first, and gets its slots.
PT_RESULT PtWriteTable(const PT_DISK *Disk, const PT_TABLE *Old, PT_TABLE *New);
PT_RESULT PtEraseTable(const PT_DISK *Disk, const PT_TABLE *Old);

// Partitions that begin where one of Old does have its number, others the lowest that are free. Old may be null.
void PtNumberPartitions(const PT_TABLE *Old, PT_TABLE *New);

uint32_t PtCrc32(const void *Data, uint32_t Length);
