// Metadata in memory: blocks of 4 KiB of the volume. A block may hold sectors that are a file's data beside metadata;
// such sectors are never written from here, and never looked at before they have become metadata, as new directory
// clusters are filled here.
#include "fatp.h"

enum {
    FAT_BUCKETS = 1024,
    FAT_MOST_CLEAN = 1024, // blocks
    FAT_CHUNK = 512,       // what a bit of a dirty mask stands for
};

void *FatAllocateZeroed(const FAT_STORE *Store, size_t Size)
{
    void *Memory = Store->Allocate(Size);
    if (Memory)
        memset(Memory, 0, Size);
    return Memory;
}

FAT_RESULT FatGrowArray(const FAT_STORE *Store, void *ArrayPointer, uint32_t Count,
                        uint32_t *Capacity, uint32_t ElementSize)
{
    if (Count < *Capacity)
        return FatDone;
    void *Old, *New;
    uint32_t NewCapacity = Count < 4 ? 4 : Count * 2;
    memcpy(&Old, ArrayPointer, sizeof(Old));
    New = Store->Allocate((size_t)NewCapacity * ElementSize);
    if (!New)
        return FatNoMemory;
    if (Old) {
        memcpy(New, Old, (size_t)FatMin(Count, *Capacity) * ElementSize);
        Store->Free(Old);
    }
    memcpy(ArrayPointer, &New, sizeof(New));
    *Capacity = NewCapacity;
    return FatDone;
}

FAT_RESULT FatInitBlocks(FAT_VOLUME *Volume)
{
    Volume->Buckets = FatAllocateZeroed(Volume->Store, FAT_BUCKETS * sizeof(FAT_BLOCK *));
    return Volume->Buckets ? FatDone : FatNoMemory;
}

static FAT_BLOCK **FatBucket(FAT_VOLUME *Volume, uint64_t Number)
{
    return &Volume->Buckets[Number % FAT_BUCKETS];
}

static FAT_BLOCK *FatFindBlock(FAT_VOLUME *Volume, uint64_t Number)
{
    FAT_BLOCK *Block = *FatBucket(Volume, Number);
    while (Block && Block->Number != Number)
        Block = Block->HashNext;
    return Block;
}

static bool FatIsListed(const FAT_BLOCK *Block)
{
    for (int Kind = 0; Kind < FatDirtyKinds; Kind++) {
        if (Block->Listed[Kind])
            return true;
    }
    return false;
}

static void FatUnlinkUse(FAT_VOLUME *Volume, FAT_BLOCK *Block)
{
    *(Block->Newer ? &Block->Newer->Older : &Volume->Newest) = Block->Older;
    *(Block->Older ? &Block->Older->Newer : &Volume->Oldest) = Block->Newer;
}

static void FatLinkUse(FAT_VOLUME *Volume, FAT_BLOCK *Block)
{
    Block->Newer = nullptr;
    Block->Older = Volume->Newest;
    *(Volume->Newest ? &Volume->Newest->Newer : &Volume->Oldest) = Block;
    Volume->Newest = Block;
}

static void FatDropBlock(FAT_VOLUME *Volume, FAT_BLOCK *Block)
{
    FAT_BLOCK **Link = FatBucket(Volume, Block->Number);
    while (*Link != Block)
        Link = &(*Link)->HashNext;
    *Link = Block->HashNext;
    FatUnlinkUse(Volume, Block);
    Volume->Store->Free(Block);
    Volume->Blocks--;
}

// The oldest clean one goes. Dirty ones on the way become the newest, so each is passed once a commit.
static void FatShrinkBlocks(FAT_VOLUME *Volume)
{
    uint32_t Tries = 8;
    while (Volume->Blocks - Volume->DirtyBlocks > FAT_MOST_CLEAN && Tries--) {
        FAT_BLOCK *Block = Volume->Oldest;
        if (!FatIsListed(Block)) {
            FatDropBlock(Volume, Block);
            continue;
        }
        FatUnlinkUse(Volume, Block);
        FatLinkUse(Volume, Block);
    }
}

static uint8_t FatChunkMask(uint32_t Begin, uint32_t End)
{
    uint32_t Low = Begin / FAT_CHUNK, High = (End + FAT_CHUNK - 1) / FAT_CHUNK;
    return (uint8_t)((1u << High) - (1u << Low));
}

// Sectors that could not be read are tried again. False: one still cannot.
static bool FatReadMissing(FAT_VOLUME *Volume, FAT_BLOCK *Block, uint32_t Begin, uint32_t End)
{
    const FAT_STORE *Store = Volume->Store;
    uint32_t Size = Volume->Geometry.SectorSize;
    bool All = true;
    for (uint32_t At = Begin / Size * Size; At < End; At += Size) {
        uint8_t Mask = FatChunkMask(At, At + Size);
        if (!(Block->Missing & Mask))
            continue;
        if (Store->Read(Store->Context, Block->Number * FAT_BLOCK_BYTES + At, Size,
                        Block->Data + At))
            Block->Missing &= (uint8_t)~Mask;
        else
            All = false;
    }
    return All;
}

// A sector that cannot be read may be a file's, and is not to make what lies beside it unreadable, too.
static bool FatReadBlock(FAT_VOLUME *Volume, FAT_BLOCK *Block, uint32_t Length)
{
    const FAT_STORE *Store = Volume->Store;
    if (Store->Read(Store->Context, Block->Number * FAT_BLOCK_BYTES, Length, Block->Data))
        return true;
    uint8_t All = Block->Missing = FatChunkMask(0, Length);
    (void)FatReadMissing(Volume, Block, 0, Length);
    return Block->Missing != All;
}

static FAT_BLOCK *FatMakeBlock(FAT_VOLUME *Volume, uint64_t Number)
{
    FatShrinkBlocks(Volume);
    FAT_BLOCK *Block = FatAllocateZeroed(Volume->Store, sizeof(*Block));
    if (Block)
        Block->Number = Number;
    return Block;
}

static void FatInsertBlock(FAT_VOLUME *Volume, FAT_BLOCK *Block)
{
    Block->HashNext = *FatBucket(Volume, Block->Number);
    *FatBucket(Volume, Block->Number) = Block;
    FatLinkUse(Volume, Block);
    Volume->Blocks++;
}

static FAT_RESULT FatLoadBlock(FAT_VOLUME *Volume, uint64_t Number, bool Fresh, FAT_BLOCK **Found)
{
    const FAT_STORE *Store = Volume->Store;
    uint64_t Offset = Number * FAT_BLOCK_BYTES;
    FAT_BLOCK *Block = FatFindBlock(Volume, Number);
    if (Block) {
        if (Volume->Newest != Block) {
            FatUnlinkUse(Volume, Block);
            FatLinkUse(Volume, Block);
        }
        *Found = Block;
        return FatDone;
    }
    if (Offset >= Volume->Geometry.TotalBytes)
        return FatCorrupt;
    Block = FatMakeBlock(Volume, Number);
    if (!Block)
        return FatNoMemory;
    uint32_t Length = FatMin(FAT_BLOCK_BYTES, Volume->Geometry.TotalBytes - Offset);
    if (!Fresh && !FatReadBlock(Volume, Block, Length)) {
        Store->Free(Block);
        return FatIoError;
    }
    FatInsertBlock(Volume, Block);
    *Found = Block;
    return FatDone;
}

// Whole blocks; those at the ends may be known.
void FatAddAhead(FAT_VOLUME *Volume, FAT_AHEAD *Ahead, uint64_t Offset, uint32_t Length)
{
    uint64_t First = Offset / FAT_BLOCK_BYTES, Total = Volume->Geometry.TotalBytes;
    uint64_t End = (Offset + Length + FAT_BLOCK_BYTES - 1) / FAT_BLOCK_BYTES;
    while (First < End && FatFindBlock(Volume, First))
        First++;
    while (First < End && FatFindBlock(Volume, End - 1))
        End--;
    if (First == End || End * FAT_BLOCK_BYTES > Total || Ahead->Count == FAT_MOST_PIECES)
        return;
    uint32_t Bytes = (uint32_t)(End - First) * FAT_BLOCK_BYTES;
    Ahead->Pieces[Ahead->Count++] = (FAT_PIECE){First * FAT_BLOCK_BYTES, Bytes, nullptr};
    Ahead->Bytes += Bytes;
}

static void FatKeepPiece(FAT_VOLUME *Volume, const FAT_PIECE *Piece)
{
    for (uint32_t Done = 0; Done < Piece->Length; Done += FAT_BLOCK_BYTES) {
        uint64_t Number = (Piece->Offset + Done) / FAT_BLOCK_BYTES;
        FAT_BLOCK *Block = FatFindBlock(Volume, Number) ? nullptr : FatMakeBlock(Volume, Number);
        if (!Block)
            continue;
        memcpy(Block->Data, Piece->Buffer + Done, FAT_BLOCK_BYTES);
        FatInsertBlock(Volume, Block);
    }
}

void FatReadAhead(FAT_VOLUME *Volume, FAT_AHEAD *Ahead)
{
    const FAT_STORE *Store = Volume->Store;
    uint8_t *Buffer = Store->ReadPieces && Ahead->Count ? Store->Allocate(Ahead->Bytes) : nullptr;
    uint32_t At = 0;
    if (!Buffer)
        return;
    for (uint32_t i = 0; i < Ahead->Count; i++) {
        Ahead->Pieces[i].Buffer = Buffer + At;
        At += Ahead->Pieces[i].Length;
    }
    if (Store->ReadPieces(Store->Context, Ahead->Pieces, Ahead->Count)) {
        for (uint32_t i = 0; i < Ahead->Count; i++)
            FatKeepPiece(Volume, &Ahead->Pieces[i]);
    }
    Store->Free(Buffer);
}

void FatForgetBlocks(FAT_VOLUME *Volume, uint64_t Offset, uint64_t Length)
{
    uint64_t Number = (Offset + FAT_BLOCK_BYTES - 1) / FAT_BLOCK_BYTES; // whole ones
    for (; (Number + 1) * FAT_BLOCK_BYTES <= Offset + Length; Number++) {
        FAT_BLOCK *Block = FatFindBlock(Volume, Number);
        if (Block && !FatIsListed(Block))
            FatDropBlock(Volume, Block);
    }
}

void FatForgetDirty(FAT_VOLUME *Volume, uint64_t Offset, uint64_t Length)
{
    for (uint64_t At = Offset, End = Offset + Length; At < End;) {
        uint64_t Base = At / FAT_BLOCK_BYTES * FAT_BLOCK_BYTES;
        FAT_BLOCK *Block = FatFindBlock(Volume, At / FAT_BLOCK_BYTES);
        uint8_t Mask = FatChunkMask((uint32_t)(At - Base), FatMin(End - Base, FAT_BLOCK_BYTES));
        for (int Kind = 0; Block && Kind < FatDirtyKinds; Kind++)
            Block->Dirty[Kind] &= (uint8_t)~Mask;
        At = Base + FAT_BLOCK_BYTES;
    }
}

// Who has asked for a slot goes on to those behind it, up to the end of the cluster (FatMapNextSlot).
static uint64_t FatEndOfPiece(const FAT_GEOMETRY *Geometry, uint64_t Offset)
{
    uint32_t Piece = FatMin(Geometry->ClusterSize, FAT_BLOCK_BYTES);
    uint64_t Base = Offset >= Geometry->DataOffset ? Geometry->DataOffset : Geometry->RootOffset;
    if (!Base || Offset < Base)
        return Offset + 1; // of the FAT
    return Base + ((Offset - Base) / Piece + 1) * Piece;
}

FAT_RESULT FatMap(FAT_VOLUME *Volume, uint64_t Offset, uint8_t **Data)
{
    FAT_BLOCK *Block;
    FAT_RESULT Result = FatLoadBlock(Volume, Offset / FAT_BLOCK_BYTES, false, &Block);
    if (Result != FatDone)
        return Result;
    uint32_t Begin = (uint32_t)(Offset % FAT_BLOCK_BYTES);
    uint32_t Length = FatMin(FatEndOfPiece(&Volume->Geometry, Offset) - Offset, UINT32_MAX);
    if (Block->Missing &&
        !FatReadMissing(Volume, Block, Begin, FatMin((uint64_t)Begin + Length, FAT_BLOCK_BYTES)))
        return FatIoError;
    *Data = Block->Data + Begin;
    return FatDone;
}

FAT_RESULT FatMapFresh(FAT_VOLUME *Volume, uint64_t Offset, uint32_t Length, uint8_t **Data)
{
    FAT_BLOCK *Block;
    bool Whole = Offset % FAT_BLOCK_BYTES == 0 && Length >= FAT_BLOCK_BYTES;
    FAT_RESULT Result = FatLoadBlock(Volume, Offset / FAT_BLOCK_BYTES, Whole, &Block);
    if (Result != FatDone)
        return Result;
    uint32_t Begin = (uint32_t)(Offset % FAT_BLOCK_BYTES);
    Block->Missing &=
        (uint8_t)~FatChunkMask(Begin, FatMin((uint64_t)Begin + Length, FAT_BLOCK_BYTES));
    *Data = Block->Data + Begin;
    return FatDone;
}

void FatTouch(FAT_VOLUME *Volume, uint64_t Offset, uint32_t Length, FAT_DIRTY Kind)
{
    FAT_BLOCK *Block = FatFindBlock(Volume, Offset / FAT_BLOCK_BYTES);
    uint32_t Size = Volume->Geometry.SectorSize;
    uint32_t Begin = (uint32_t)(Offset % FAT_BLOCK_BYTES) / Size * Size;
    uint32_t End = ((uint32_t)(Offset % FAT_BLOCK_BYTES) + Length + Size - 1) / Size * Size;
    uint8_t Mask = FatChunkMask(Begin, End);
    Volume->Changes++;
    // What is in a cluster that nobody refers to yet is written with it, whatever it is.
    if (Kind == FatDirtySlots && (Block->Dirty[FatDirtyNew] & Mask) == Mask)
        return;
    if (!FatIsListed(Block))
        Volume->DirtyBlocks++;
    Block->Dirty[Kind] |= Mask;
    if (Block->Listed[Kind])
        return;
    Block->Listed[Kind] = true;
    Block->DirtyNext[Kind] = nullptr;
    *(Volume->DirtyLast[Kind] ? &Volume->DirtyLast[Kind]->DirtyNext[Kind]
                              : &Volume->DirtyFirst[Kind]) = Block;
    Volume->DirtyLast[Kind] = Block;
}

// ---- Writing

static FAT_RESULT FatWriteChunks(FAT_VOLUME *Volume, FAT_BLOCK *Block, uint32_t Begin,
                                 uint32_t Length, bool Mirror)
{
    const FAT_STORE *Store = Volume->Store;
    const FAT_GEOMETRY *Geometry = &Volume->Geometry;
    uint64_t Offset = Block->Number * FAT_BLOCK_BYTES + Begin;
    if (!Store->Write(Store->Context, Offset, Length, Block->Data + Begin))
        return FatIoError;
    for (uint32_t i = 1; Mirror && i < Geometry->Fats; i++) {
        if (!Store->Write(Store->Context, Offset + i * Geometry->FatBytes, Length,
                          Block->Data + Begin))
            return FatIoError;
    }
    return FatDone;
}

// Those that could be written are not dirty any more.
static FAT_RESULT FatWriteSectors(FAT_VOLUME *Volume, FAT_BLOCK *Block, FAT_DIRTY Kind,
                                  uint32_t Begin, uint32_t Length)
{
    uint32_t Size = Volume->Geometry.SectorSize;
    FAT_RESULT Worst = FatDone;
    for (uint32_t At = Begin; At < Begin + Length; At += Size) {
        FAT_RESULT Result = FatWriteChunks(Volume, Block, At, Size, false);
        if (Result == FatDone)
            Block->Dirty[Kind] &= (uint8_t)~FatChunkMask(At, At + Size);
        else
            Worst = Result;
    }
    return Worst;
}

static FAT_RESULT FatWriteBlock(FAT_VOLUME *Volume, FAT_BLOCK *Block, FAT_DIRTY Kind)
{
    bool Mirror = Kind == FatDirtyFat && Volume->Geometry.Mirrored;
    uint32_t Mask = Block->Dirty[Kind], Chunks = FAT_BLOCK_BYTES / FAT_CHUNK;
    FAT_RESULT Worst = FatDone;
    for (uint32_t i = 0; i < Chunks;) {
        uint32_t Begin = i;
        while (i < Chunks && (Mask >> i & 1))
            i++;
        if (i == Begin) {
            i++;
            continue;
        }
        uint32_t At = Begin * FAT_CHUNK, Length = (i - Begin) * FAT_CHUNK;
        FAT_RESULT Result = FatWriteChunks(Volume, Block, At, Length, Mirror);
        if (Result == FatDone)
            continue;
        if (Kind != FatDirtySlots)
            return Result;
        Result = FatWriteSectors(Volume, Block, Kind, At, Length);
        if (Result != FatDone)
            Worst = Result;
    }
    return Worst;
}

// What Link leads to is on the medium.
static void FatDropDirty(FAT_VOLUME *Volume, FAT_BLOCK **Link, FAT_BLOCK *Before, FAT_DIRTY Kind)
{
    FAT_BLOCK *Block = *Link;
    *Link = Block->DirtyNext[Kind];
    if (Volume->DirtyLast[Kind] == Block)
        Volume->DirtyLast[Kind] = Before;
    Block->Listed[Kind] = false;
    Block->Dirty[Kind] = 0;
    if (!FatIsListed(Block))
        Volume->DirtyBlocks--;
}

// A sector of a directory that cannot be written keeps nothing else from the medium, but what comes after all of them.
FAT_RESULT FatWriteDirty(FAT_VOLUME *Volume, FAT_DIRTY Kind)
{
    FAT_BLOCK **Link = &Volume->DirtyFirst[Kind], *Before = nullptr;
    FAT_RESULT Worst = FatDone;
    while (*Link) {
        FAT_RESULT Result = FatWriteBlock(Volume, *Link, Kind);
        if (Result == FatDone) {
            FatDropDirty(Volume, Link, Before, Kind);
            continue;
        }
        if (Kind != FatDirtySlots)
            return Result;
        Worst = Result;
        Before = *Link;
        Link = &Before->DirtyNext[Kind];
    }
    return Worst;
}

void FatFreeBlocks(FAT_VOLUME *Volume)
{
    while (Volume->Oldest)
        FatDropBlock(Volume, Volume->Oldest);
    if (Volume->Buckets)
        Volume->Store->Free(Volume->Buckets);
}
