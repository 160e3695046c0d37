// The bytes of clusters, to clusters that nothing leads to yet.
#include "fatp.h"

constexpr uint64_t FAT_COPY_BYTES = 64 * 1024;

FAT_RESULT FatBeginCopy(FAT_VOLUME *Volume, uint32_t Clusters, FAT_COPY *Copy)
{
    uint32_t Room = FatMin((uint64_t)Clusters << Volume->Geometry.ClusterShift, FAT_COPY_BYTES);
    *Copy = (FAT_COPY){Volume, Volume->Store->Allocate(Room), Room};
    return Copy->Buffer ? FatDone : FatNoMemory;
}

FAT_RESULT FatCopyRun(const FAT_COPY *Copy, FAT_FREED From, uint32_t To)
{
    const FAT_STORE *Store = Copy->Volume->Store;
    const FAT_GEOMETRY *Geometry = &Copy->Volume->Geometry;
    uint64_t Source = FatClusterOffset(Geometry, From.Cluster);
    uint64_t Target = FatClusterOffset(Geometry, To);
    uint64_t Bytes = (uint64_t)From.Count << Geometry->ClusterShift;
    for (uint64_t Done = 0; Done < Bytes; Done += Copy->Room) {
        uint32_t Length = FatMin(Bytes - Done, Copy->Room);
        if (!Store->Read(Store->Context, Source + Done, Length, Copy->Buffer) ||
            !Store->Write(Store->Context, Target + Done, Length, Copy->Buffer))
            return FatIoError;
    }
    return FatDone;
}

FAT_RESULT FatEndCopy(FAT_COPY *Copy, FAT_RESULT Result)
{
    const FAT_STORE *Store = Copy->Volume->Store;
    if (Result == FatDone && !Store->Barrier(Store->Context))
        Result = FatIoError;
    if (Copy->Buffer)
        Store->Free(Copy->Buffer);
    return Result;
}
