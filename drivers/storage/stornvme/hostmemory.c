// Memory that the controller has instead of its own. It is got once, when the adapter is found, and lent anew at each start:
// a reset ends the lending.
#include "stornvme.h"

enum {
    NvmeMostLent = 32 << 20, // bytes
    NvmeLargestPiece = 4 << 20,
};

static PVOID NvmeGetContiguous(PNVME_ADAPTER Adapter, ULONG Bytes, PULONG64 Physical)
{
    PHYSICAL_ADDRESS Lowest = {}, Highest = {.QuadPart = MAXLONGLONG}, Boundary = {};
    PVOID Memory;
    ULONG Length;
    if (StorPortAllocateContiguousMemorySpecifyCacheNode(Adapter, Bytes, Lowest, Highest, Boundary,
                                                         MmCached, MM_ANY_NODE_OK,
                                                         &Memory) != STOR_STATUS_SUCCESS)
        return NULL;
    *Physical = (ULONG64)StorPortGetPhysicalAddress(Adapter, NULL, Memory, &Length).QuadPart;
    return Memory;
}

// In pieces as large as there are. What was got stays the adapter's, also when it is too little to be lent.
static VOID NvmeGetPieces(PNVME_ADAPTER Adapter, ULONG64 Wanted)
{
    NVME_HOST_MEMORY *Lent = &Adapter->HostMemory;
    ULONG64 Piece = min(Wanted, (ULONG64)NvmeLargestPiece);
    while (Lent->Bytes < Wanted && Lent->Count < Lent->Wish.Pieces &&
           Piece >= Lent->Wish.LeastPiece && Piece >= NVME_HOST_MEMORY_PAGE) {
        ULONG64 Physical;
        Piece = min(Piece, Wanted - Lent->Bytes) & ~(ULONG64)(NVME_HOST_MEMORY_PAGE - 1);
        if (!Piece)
            break;
        if (!NvmeGetContiguous(Adapter, (ULONG)Piece, &Physical)) {
            Piece /= 2;
            continue;
        }
        Lent->List[Lent->Count++] =
            (NVME_HOST_PIECE){.Address = Physical, .Pages = (ULONG)(Piece / NVME_HOST_MEMORY_PAGE)};
        Lent->Bytes += Piece;
    }
}

// Only where waiting is allowed can memory be got.
static VOID NvmeGetHostMemory(PNVME_ADAPTER Adapter)
{
    NVME_HOST_MEMORY *Lent = &Adapter->HostMemory;
    ULONG64 Wanted = NvmeChooseHostMemory(&Lent->Wish, NvmeMostLent);
    if (!Wanted || Lent->Asked || !Adapter->Passive)
        return;
    Lent->Asked = TRUE;
    Lent->List = NvmeGetContiguous(Adapter, NvmePageBytes, &Lent->ListPhysical);
    if (Lent->List)
        NvmeGetPieces(Adapter, Wanted);
    if (!NvmeIsEnough(&Lent->Wish, Lent->Bytes, Lent->Count))
        StorPortDebugPrint(0, "stornvme: no %I64u bytes of memory for the controller\n",
                           Lent->Wish.Least);
}

VOID NvmeLendMemory(PNVME_ADAPTER Adapter)
{
    NVME_HOST_MEMORY *Lent = &Adapter->HostMemory;
    NVME_COMMAND Command;
    NvmeGetHostMemory(Adapter);
    if (!NvmeIsEnough(&Lent->Wish, Lent->Bytes, Lent->Count))
        return;
    NvmeMakeLending(Lent->ListPhysical, Lent->Count, Lent->Bytes, &Command);
    if (!NvmeAdminCommand(Adapter, &Command, NULL))
        StorPortDebugPrint(0, "stornvme: the controller does not take the memory it wants\n");
}
