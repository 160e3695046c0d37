// Hives in files that survive a power cut: one entry of a log holds all pages that a flush changes. The file's sequence
// number is one less than the entry's until the pages are in the file, and as long as it is, the entry counts.
#include "hivep.h"

// ---- Hashes (Marvin32)

typedef struct {
    ULONG Low, High;
} MARVIN;

#define MARVIN_SEED 0x82EF4D887A4E55C5

static ULONG Rotate(ULONG Value, int Bits)
{
    return Value << Bits | Value >> (32 - Bits);
}

static VOID Mix(MARVIN *State, ULONG Word)
{
    State->Low += Word;
    State->High ^= State->Low;
    State->Low = Rotate(State->Low, 20) + State->High;
    State->High = Rotate(State->High, 9) ^ State->Low;
    State->Low = Rotate(State->Low, 27) + State->High;
    State->High = Rotate(State->High, 19);
}

// Length is a multiple of four.
static ULONG64 Hash(const VOID *Data, ULONG Length)
{
    const ULONG *Words = Data;
    MARVIN State = {(ULONG)MARVIN_SEED, (ULONG)(MARVIN_SEED >> 32)};
    for (ULONG Index = 0; Index < Length / sizeof(ULONG); Index++)
        Mix(&State, Words[Index]);
    Mix(&State, 0x80); // the end
    Mix(&State, 0);
    return (ULONG64)State.High << 32 | State.Low;
}

static ULONG64 HashContents(const LOG_ENTRY *Entry)
{
    return Hash(Entry->Pages, Entry->Size - (ULONG)sizeof(*Entry));
}

static ULONG64 HashHeader(const LOG_ENTRY *Entry)
{
    return Hash(Entry, offsetof(LOG_ENTRY, HeaderHash));
}

// ---- Parts of a flush

static PLOG_ENTRY EntryOf(const HIVE_FLUSH *Flush)
{
    return (PLOG_ENTRY)(Flush->Log + HIVE_SECTOR_SIZE);
}

static PUCHAR FirstPage(const LOG_ENTRY *Entry)
{
    return (PUCHAR)(Entry->Pages + Entry->Count);
}

// The sector at the beginning of the file: when it is complete, or while it is being written.
static VOID MakeBaseSector(const HIVE_FLUSH *Flush, BOOLEAN Complete, PULONG Sector)
{
    enum {
        SecondarySequence = offsetof(HIVE_BASE_BLOCK, SecondarySequence) / sizeof(ULONG),
        FileType = offsetof(HIVE_BASE_BLOCK, FileType) / sizeof(ULONG),
        Checksum = offsetof(HIVE_BASE_BLOCK, Checksum) / sizeof(ULONG),
    };
    memcpy(Sector, Flush->Log, HIVE_SECTOR_SIZE);
    Sector[FileType] = 0;
    if (!Complete)
        Sector[SecondarySequence]--;
    Sector[Checksum] = HvpChecksum((const HIVE_BASE_BLOCK *)Sector);
}

VOID HvpHashLogEntry(PLOG_ENTRY Entry)
{
    Entry->ContentsHash = HashContents(Entry);
    Entry->HeaderHash = HashHeader(Entry);
}

// ---- Making one

static ULONG CountRanges(const HIVE *Hive, PULONG Bytes)
{
    ULONG Count = 0, Offset = 0, Length;
    *Bytes = 0;
    for (const VOID *Data; HvNextDirtyRange(Hive, &Offset, &Length, &Data); Offset += Length) {
        Count++;
        *Bytes += Length;
    }
    return Count;
}

static VOID CopyRanges(const HIVE *Hive, PLOG_ENTRY Entry)
{
    PUCHAR To = FirstPage(Entry);
    ULONG Index = 0, Offset = 0, Length;
    for (const VOID *Data; HvNextDirtyRange(Hive, &Offset, &Length, &Data); Offset += Length) {
        Entry->Pages[Index++] = (LOG_PAGES){Offset - HIVE_BASE_BLOCK_SIZE, Length};
        memcpy(To, Data, Length);
        To += Length;
    }
}

static VOID FillLog(PHIVE Hive, PHIVE_FLUSH Flush, ULONG Count)
{
    PHIVE_BASE_BLOCK Base = (PHIVE_BASE_BLOCK)Flush->Log;
    PLOG_ENTRY Entry = EntryOf(Flush);
    memset(Flush->Log, 0, Flush->LogSize);
    *Entry = (LOG_ENTRY){
        .Signature = LOG_SIGNATURE,
        .Size = Flush->LogSize - HIVE_SECTOR_SIZE,
        .Sequence = Hive->BaseBlock->SecondarySequence + 1,
        .BinsSize = Hive->Stores[STABLE].Size,
        .Count = Count,
    };
    CopyRanges(Hive, Entry);
    HvpHashLogEntry(Entry);
    HvBeginWrite(Hive);
    HvEndWrite(Hive);
    memcpy(Base, Hive->BaseBlock, HIVE_SECTOR_SIZE);
    Base->FileType = HIVE_FILE_TYPE_LOG;
    Base->Checksum = HvpChecksum(Base);
}

NTSTATUS HvBeginFlush(PHIVE Hive, PHIVE_FLUSH Flush)
{
    ULONG Bytes, Count = CountRanges(Hive, &Bytes);
    ULONG64 Size = sizeof(LOG_ENTRY) + (ULONG64)Count * sizeof(LOG_PAGES) + Bytes;
    Size = HIVE_SECTOR_SIZE + ALIGN_UP_BY(Size, HIVE_SECTOR_SIZE);
    if (Size > MAXULONG)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Flush = (HIVE_FLUSH){
        .Operations = Hive->Operations, .Context = Hive->Context, .LogSize = (ULONG)Size};
    Flush->Log = Hive->Operations->Allocate(Hive->Context, Flush->LogSize);
    if (!Flush->Log)
        return STATUS_INSUFFICIENT_RESOURCES;
    FillLog(Hive, Flush, Count);
    return STATUS_SUCCESS;
}

VOID HvEndFlush(PHIVE_FLUSH Flush)
{
    if (Flush->Log)
        Flush->Operations->Free(Flush->Context, Flush->Log, Flush->LogSize);
    *Flush = (HIVE_FLUSH){0};
}

// ---- Performing it

static NTSTATUS WriteLog(const HIVE_FLUSH *Flush, const HIVE_STORAGE *Storage, PVOID Context)
{
    NTSTATUS Status = Storage->Grow(Context, HiveFileLog, Flush->LogSize);
    if (NT_SUCCESS(Status))
        Status = Storage->Write(Context, HiveFileLog, 0, Flush->Log, Flush->LogSize);
    return NT_SUCCESS(Status) ? Storage->Flush(Context, HiveFileLog) : Status;
}

static NTSTATUS WritePages(const HIVE_FLUSH *Flush, const HIVE_STORAGE *Storage, PVOID Context)
{
    const LOG_ENTRY *Entry = EntryOf(Flush);
    const UCHAR *Data = FirstPage(Entry);
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG Index = 0; Index < Entry->Count && NT_SUCCESS(Status); Index++) {
        Status = Storage->Write(Context, HiveFilePrimary,
                                HIVE_BASE_BLOCK_SIZE + Entry->Pages[Index].Offset, Data,
                                Entry->Pages[Index].Size);
        Data += Entry->Pages[Index].Size;
    }
    return Status;
}

static NTSTATUS WriteBase(const HIVE_FLUSH *Flush, BOOLEAN Complete, const HIVE_STORAGE *Storage,
                          PVOID Context)
{
    ULONG Sector[HIVE_SECTOR_SIZE / sizeof(ULONG)];
    MakeBaseSector(Flush, Complete, Sector);
    return Storage->Write(Context, HiveFilePrimary, 0, Sector, sizeof(Sector));
}

NTSTATUS HvPerformFlush(const HIVE_FLUSH *Flush, const HIVE_STORAGE *Storage, PVOID Context)
{
    NTSTATUS Status = WriteLog(Flush, Storage, Context);
    if (NT_SUCCESS(Status))
        Status = Storage->Grow(Context, HiveFilePrimary, HvFlushedSize(Flush));
    if (NT_SUCCESS(Status))
        Status = WriteBase(Flush, FALSE, Storage, Context);
    if (NT_SUCCESS(Status))
        Status = WritePages(Flush, Storage, Context);
    if (NT_SUCCESS(Status))
        Status = Storage->Flush(Context, HiveFilePrimary);
    if (NT_SUCCESS(Status))
        Status = WriteBase(Flush, TRUE, Storage, Context);
    return NT_SUCCESS(Status) ? Storage->Flush(Context, HiveFilePrimary) : Status;
}

// ---- Reading it back

static BOOLEAN IsBaseSound(const HIVE_BASE_BLOCK *Block, ULONG FileType)
{
    return Block->Signature == HIVE_SIGNATURE && Block->FileType == FileType &&
           Block->Checksum == HvpChecksum(Block);
}

static BOOLEAN ArePagesSound(const LOG_ENTRY *Entry)
{
    ULONG64 Needed = sizeof(*Entry) + (ULONG64)Entry->Count * sizeof(LOG_PAGES);
    if (Needed > Entry->Size)
        return FALSE;
    for (ULONG Index = 0; Index < Entry->Count; Index++) {
        const LOG_PAGES *Pages = &Entry->Pages[Index];
        if (Pages->Offset % HIVE_SECTOR_SIZE || Pages->Size % HIVE_SECTOR_SIZE ||
            Pages->Offset > Entry->BinsSize || Pages->Size > Entry->BinsSize - Pages->Offset)
            return FALSE;
        Needed += Pages->Size;
    }
    return Needed <= Entry->Size;
}

static BOOLEAN IsEntrySound(const LOG_ENTRY *Entry, SIZE_T Room)
{
    return Room >= sizeof(*Entry) && Entry->Signature == LOG_SIGNATURE &&
           Entry->Size >= sizeof(*Entry) && Entry->Size % HIVE_SECTOR_SIZE == 0 &&
           Entry->Size <= Room && Entry->BinsSize && Entry->BinsSize % HIVE_PAGE_SIZE == 0 &&
           Entry->BinsSize <= HIVE_MAX_SIZE && Entry->HeaderHash == HashHeader(Entry) &&
           Entry->ContentsHash == HashContents(Entry) && ArePagesSound(Entry);
}

// A file whose first sector is damaged was being written: nothing else writes it.
static BOOLEAN IsWanted(const VOID *File, SIZE_T Size, const HIVE_BASE_BLOCK *LogBase,
                        const LOG_ENTRY *Entry)
{
    const HIVE_BASE_BLOCK *Base = File;
    if (Size < HIVE_SECTOR_SIZE || LogBase->PrimarySequence != Entry->Sequence ||
        LogBase->SecondarySequence != Entry->Sequence || LogBase->BinsSize != Entry->BinsSize)
        return FALSE;
    return !IsBaseSound(Base, 0) || Base->SecondarySequence + 1 == Entry->Sequence;
}

NTSTATUS HvReadLog(const HIVE_OPERATIONS *Operations, PVOID Context, const VOID *File, SIZE_T Size,
                   const VOID *Log, SIZE_T LogSize, PHIVE_FLUSH Flush)
{
    const LOG_ENTRY *Entry = (const LOG_ENTRY *)((const UCHAR *)Log + HIVE_SECTOR_SIZE);
    *Flush = (HIVE_FLUSH){.Operations = Operations, .Context = Context};
    if (LogSize < HIVE_SECTOR_SIZE || !IsBaseSound(Log, HIVE_FILE_TYPE_LOG) ||
        !IsEntrySound(Entry, LogSize - HIVE_SECTOR_SIZE) || !IsWanted(File, Size, Log, Entry))
        return STATUS_NOT_FOUND;
    ULONG Wanted = HIVE_SECTOR_SIZE + Entry->Size;
    Flush->Log = Operations->Allocate(Context, Wanted);
    if (!Flush->Log)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Flush->Log, Log, Wanted);
    Flush->LogSize = Wanted;
    return STATUS_SUCCESS;
}

ULONG HvFlushedSize(const HIVE_FLUSH *Flush)
{
    return HIVE_BASE_BLOCK_SIZE + EntryOf(Flush)->BinsSize;
}

VOID HvApplyFlush(const HIVE_FLUSH *Flush, PUCHAR Image)
{
    const LOG_ENTRY *Entry = EntryOf(Flush);
    const UCHAR *Data = FirstPage(Entry);
    for (ULONG Index = 0; Index < Entry->Count; Index++) {
        memcpy(Image + HIVE_BASE_BLOCK_SIZE + Entry->Pages[Index].Offset, Data,
               Entry->Pages[Index].Size);
        Data += Entry->Pages[Index].Size;
    }
    MakeBaseSector(Flush, TRUE, (PULONG)Image);
}
