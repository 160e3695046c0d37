// From a place on the medium back to a name: a directory's ".." tells the directory above it, whose entries tell the name.
#include "fatp.h"

FAT_RESULT FatReadParent(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t *Parent)
{
    uint8_t *Data;
    uint32_t Next;
    if (!FatIsCluster(&Volume->Geometry, Cluster))
        return FatNotFound;
    FAT_RESULT Result = FatGetEntry(Volume, Cluster, &Next);
    if (Result != FatDone || !Next)
        return Result != FatDone ? Result : FatNotFound;
    Result = FatMap(Volume, FatClusterOffset(&Volume->Geometry, Cluster), &Data);
    if (Result != FatDone)
        return Result;
    const uint8_t *Up = Data + FAT_SLOT_BYTES;
    if (memcmp(Data, ".          ", FAT_SHORT_BYTES) || memcmp(Up, "..         ", FAT_SHORT_BYTES))
        return FatNotFound;
    *Parent = FatGet16(Up + FAT_AT_CLUSTER_LOW);
    if (Volume->Geometry.Bits == 32)
        *Parent |= (uint32_t)FatGet16(Up + FAT_AT_CLUSTER_HIGH) << 16;
    if (Volume->Geometry.Bits == 32 && *Parent == Volume->Geometry.RootCluster)
        *Parent = 0;
    return FatDone;
}

FAT_RESULT FatFindSubdirectory(FAT_DIRECTORY *Directory, uint32_t Cluster, FAT_ENTRY *Entry)
{
    FAT_RESULT Result;
    for (uint32_t Slot = 0; (Result = FatNext(Directory, Slot, Entry)) == FatDone;
         Slot = Entry->Slot + Entry->Slots) {
        if ((Entry->Attributes & FAT_ATTRIBUTE_DIRECTORY) && Entry->FirstCluster == Cluster)
            return FatDone;
    }
    return Result;
}

FAT_RESULT FatFindSlot(FAT_DIRECTORY *Directory, uint32_t SlotEnd, FAT_ENTRY *Entry)
{
    FAT_RESULT Result;
    uint32_t Slot = SlotEnd > FAT_LONG_SLOTS ? SlotEnd - FAT_LONG_SLOTS - 1 : 0;
    for (; (Result = FatNext(Directory, Slot, Entry)) == FatDone;
         Slot = Entry->Slot + Entry->Slots) {
        if (Entry->Slot + Entry->Slots == SlotEnd)
            return FatDone;
        if (Entry->Slot >= SlotEnd)
            return FatNotFound;
    }
    return Result;
}
