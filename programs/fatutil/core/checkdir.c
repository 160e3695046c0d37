// Directories in memory: from their chains to slots and back.
#include "checkp.h"

static uint32_t ChkClusterSlots(const CHK *Check)
{
    return Check->Geometry.ClusterSize / FAT_SLOT_BYTES;
}

uint32_t ChkStart(const CHK *Check, const uint8_t *Slot)
{
    uint32_t Low = FatGet16(Slot + FAT_AT_CLUSTER_LOW);
    if (Check->Geometry.Bits != 32)
        return Low;
    return (Low | (uint32_t)FatGet16(Slot + FAT_AT_CLUSTER_HIGH) << 16) & 0x0FFFFFFF;
}

void ChkSetStart(const CHK *Check, uint8_t *Slot, uint32_t Cluster)
{
    FatPut16(Slot + FAT_AT_CLUSTER_LOW, Cluster);
    if (Check->Geometry.Bits == 32)
        FatPut16(Slot + FAT_AT_CLUSTER_HIGH, Cluster >> 16);
}

FAT_RESULT ChkReadCluster(CHK *Check, uint32_t Cluster, uint8_t *Data, uint32_t Length)
{
    const FAT_STORE *Store = Check->Store;
    uint64_t Offset = FatClusterOffset(&Check->Geometry, Cluster);
    return Store->Read(Store->Context, Offset, Length, Data) ? FatDone : FatIoError;
}

FAT_RESULT ChkTakeCluster(CHK *Check, uint32_t Cluster, uint8_t *Data, uint32_t *Lost)
{
    const FAT_STORE *Store = Check->Store;
    uint32_t Size = Check->Geometry.ClusterSize, Sector = Check->Geometry.SectorSize;
    uint64_t Offset = FatClusterOffset(&Check->Geometry, Cluster);
    FAT_RESULT Result = ChkReadCluster(Check, Cluster, Data, Size);
    *Lost = 0;
    if (Result == FatDone || !Check->Order->Surface)
        return Result;
    for (uint32_t At = 0; At < Size; At += Sector) {
        if (Store->Read(Store->Context, Offset + At, Sector, Data + At))
            continue;
        memset(Data + At, 0, Sector);
        *Lost += Sector;
    }
    return FatDone;
}

bool ChkIsDot(const uint8_t *Slot, uint32_t Dots)
{
    return !memcmp(Slot, Dots == 1 ? ".          " : "..         ", FAT_SHORT_BYTES);
}

// ---- Names, for messages

static uint32_t ChkLongText(const CHK_DIRECTORY *In, uint32_t Slot, uint16_t *Name)
{
    uint32_t First = ChkLongStart(In, Slot), Length = 0;
    for (uint32_t i = First; i < Slot; i++)
        (void)FatDecodeLong(ChkSlot(In, i), Slot - i, Name);
    while (Length < (Slot - First) * FAT_LONG_CHARS && Name[Length])
        Length++;
    return Length;
}

uint32_t ChkPath(CHK *Check, const CHK_DIRECTORY *In, uint32_t Slot, uint16_t *Path)
{
    uint32_t Length = In->PathLength;
    if (Length + FAT_LONG_SLOTS * FAT_LONG_CHARS + 1 > ChkMostPath)
        Length = 0; // a tree that deep is told of by its last part
    memcpy(Path, In->Path, Length * sizeof(*Path));
    if (Slot >= In->SlotCount)
        return Length;
    Path[Length++] = '\\';
    uint32_t Name = ChkLongText(In, Slot, Path + Length);
    if (!Name) {
        uint8_t Case = ChkSlot(In, Slot)[FAT_AT_CASE];
        Name = FatShortText(Check->Store, ChkSlot(In, Slot), Case, Path + Length);
    }
    return Length + Name;
}

// ---- The list of directories

CHK_DIRECTORY *ChkAddDirectory(CHK *Check, const CHK_DIRECTORY *In, uint32_t Slot, uint32_t Cluster)
{
    uint16_t *Path = FuAllocate(Check->Store, ChkMostPath * sizeof(uint16_t));
    CHK_DIRECTORY *Directory = FuAllocate(Check->Store, sizeof(*Directory));
    uint32_t Length = In && Path ? ChkPath(Check, In, Slot, Path) : 0;
    if (Directory)
        Directory->Path = FuAllocate(Check->Store, Length * sizeof(uint16_t) + 1);
    if (!Path || !Directory || !Directory->Path) {
        FuFree(Check->Store, Path);
        FuFree(Check->Store, Directory);
        return nullptr;
    }
    memcpy(Directory->Path, Path, Length * sizeof(uint16_t));
    FuFree(Check->Store, Path);
    Directory->PathLength = Length;
    Directory->Cluster = Cluster;
    Directory->Parent = In && !In->IsRoot ? In->Cluster : 0;
    Directory->IsRoot = !In;
    if (Check->Last)
        Check->Last->Next = Directory;
    else
        Check->First = Directory;
    Check->Last = Directory;
    return Directory;
}

// ---- Slots

static FAT_RESULT ChkLoadFixed(CHK *Check, CHK_DIRECTORY *Directory)
{
    const FAT_STORE *Store = Check->Store;
    const FAT_GEOMETRY *Geometry = &Check->Geometry;
    uint32_t Length = (uint32_t)(Geometry->DataOffset - Geometry->RootOffset);
    Directory->Slots = FuAllocate(Store, Length);
    if (!Directory->Slots)
        return FatNoMemory;
    Directory->SlotCount = Geometry->RootSlots;
    return Store->Read(Store->Context, Geometry->RootOffset, Length, Directory->Slots) ? FatDone
                                                                                       : FatIoError;
}

// Entries that cannot be read are free ones, so that the directory goes on behind them; the others of the cluster
// are written to another one later.
static FAT_RESULT ChkLoadCluster(CHK *Check, CHK_DIRECTORY *Directory, uint32_t Cluster,
                                 uint8_t *Slots)
{
    uint32_t Lost;
    FAT_RESULT Result = ChkTakeCluster(Check, Cluster, Slots, &Lost);
    if (Result != FatDone || !Lost)
        return Result;
    for (uint32_t At = 0; At < Check->Geometry.ClusterSize; At += FAT_SLOT_BYTES) {
        if (!Slots[At] && !Slots[At + FAT_AT_ATTRIBUTES])
            Slots[At] = FAT_SLOT_FREE;
    }
    Directory->Changed = true;
    ChkTell(Check, ChkSlotsLost, Directory, UINT32_MAX, Lost);
    return FatDone;
}

FAT_RESULT ChkLoad(CHK *Check, CHK_DIRECTORY *Directory)
{
    uint32_t Count = 0, Size = Check->Geometry.ClusterSize;
    if (Directory->Slots)
        return FatDone;
    if (!Directory->Cluster)
        return ChkLoadFixed(Check, Directory);
    for (uint32_t c = Directory->Cluster; FatIsCluster(&Check->Geometry, c); c = ChkGet(Check, c))
        Count++;
    Directory->Slots = FuAllocate(Check->Store, (size_t)Count * Size);
    if (!Directory->Slots)
        return FatNoMemory;
    Directory->SlotCount = Count * ChkClusterSlots(Check);
    uint8_t *At = Directory->Slots;
    for (uint32_t c = Directory->Cluster; FatIsCluster(&Check->Geometry, c); c = ChkGet(Check, c)) {
        FAT_RESULT Result = ChkLoadCluster(Check, Directory, c, At);
        if (Result != FatDone)
            return Result;
        At += Size;
    }
    return FatDone;
}

void ChkUnload(CHK *Check, CHK_DIRECTORY *Directory)
{
    if (Directory->Changed)
        return;
    FuFree(Check->Store, Directory->Slots);
    Directory->Slots = nullptr;
}

static bool ChkExtend(CHK *Check, CHK_DIRECTORY *Directory)
{
    uint32_t Last = Directory->Cluster, Count = Directory->SlotCount, More = ChkClusterSlots(Check);
    if (!Last || Count + More > FAT_MAX_SLOTS)
        return false;
    uint8_t *Slots = FuAllocate(Check->Store, (size_t)(Count + More) * FAT_SLOT_BYTES);
    uint32_t New = Slots ? ChkAllocate(Check) : 0;
    if (!New) {
        FuFree(Check->Store, Slots);
        return false;
    }
    while (FatIsCluster(&Check->Geometry, ChkGet(Check, Last)))
        Last = ChkGet(Check, Last);
    ChkSet(Check, Last, New);
    memcpy(Slots, Directory->Slots, (size_t)Count * FAT_SLOT_BYTES);
    FuFree(Check->Store, Directory->Slots);
    Directory->Slots = Slots;
    Directory->SlotCount = Count + More;
    Directory->Changed = true;
    return true;
}

bool ChkFindSlot(CHK *Check, CHK_DIRECTORY *Directory, uint32_t *Slot)
{
    for (*Slot = 0; *Slot < Directory->SlotCount; ++*Slot) {
        uint8_t First = ChkSlot(Directory, *Slot)[0];
        if (First == FAT_SLOT_FREE || First == FAT_SLOT_END)
            return true; // behind the end there is nothing but zeroes
    }
    return ChkExtend(Check, Directory);
}

FAT_RESULT ChkInsertSlots(CHK *Check, CHK_DIRECTORY *Directory, uint32_t Count)
{
    uint32_t Used = Directory->SlotCount;
    while (Used && !ChkSlot(Directory, Used - 1)[0])
        Used--;
    if (Used + Count > Directory->SlotCount && !ChkExtend(Check, Directory)) {
        ChkTell(Check, ChkNoSpace, Directory, Directory->SlotCount, 0);
        return FatFull;
    }
    memmove(ChkSlot(Directory, Count), Directory->Slots, (size_t)Used * FAT_SLOT_BYTES);
    Directory->Changed = true;
    return FatDone;
}

FAT_RESULT ChkWriteDirectory(CHK *Check, const CHK_DIRECTORY *Directory)
{
    const FAT_STORE *Store = Check->Store;
    const FAT_GEOMETRY *Geometry = &Check->Geometry;
    const uint8_t *At = Directory->Slots;
    if (!Directory->Cluster) {
        uint32_t Length = (uint32_t)(Geometry->DataOffset - Geometry->RootOffset);
        return Store->Write(Store->Context, Geometry->RootOffset, Length, At) ? FatDone
                                                                              : FatIoError;
    }
    for (uint32_t c = Directory->Cluster; FatIsCluster(Geometry, c); c = ChkGet(Check, c)) {
        if (!Store->Write(Store->Context, FatClusterOffset(Geometry, c), Geometry->ClusterSize, At))
            return FatIoError;
        At += Geometry->ClusterSize;
    }
    return FatDone;
}
