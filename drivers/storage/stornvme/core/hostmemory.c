#include "hostmemory.h"

#include <string.h>

enum {                   // offsets in what the controller identifies itself by (5.15.2.2)
    PreferredSize = 272, // in pages of 4 KiB
    MinimumSize = 276,
    MinimumPiece = 332,
    MaximumPieces = 336,
};

static uint64_t NvmePagesAt(const uint8_t *Identify, uint32_t Offset)
{
    uint32_t Pages;
    memcpy(&Pages, Identify + Offset, sizeof(Pages));
    return (uint64_t)Pages * NVME_HOST_MEMORY_PAGE;
}

void NvmeReadHostWish(const uint8_t *Identify, NVME_HOST_WISH *Wish)
{
    uint16_t Pieces;
    memcpy(&Pieces, Identify + MaximumPieces, sizeof(Pieces));
    *Wish = (NVME_HOST_WISH){
        .Preferred = NvmePagesAt(Identify, PreferredSize),
        .Least = NvmePagesAt(Identify, MinimumSize),
        .LeastPiece = NvmePagesAt(Identify, MinimumPiece),
        .Pieces = NVME_HOST_MEMORY_PIECES,
    };
    if (Pieces && Pieces < Wish->Pieces)
        Wish->Pieces = Pieces;
    if (!Wish->LeastPiece)
        Wish->LeastPiece = NVME_HOST_MEMORY_PAGE;
    if (Wish->Least > Wish->Preferred) // it does not know what it wants
        Wish->Preferred = 0;
}

uint64_t NvmeChooseHostMemory(const NVME_HOST_WISH *Wish, uint64_t Most)
{
    uint64_t Bytes = Wish->Preferred < Most ? Wish->Preferred : Most;
    return Bytes < Wish->Least || Bytes < Wish->LeastPiece ? 0 : Bytes;
}

bool NvmeIsEnough(const NVME_HOST_WISH *Wish, uint64_t Bytes, uint32_t Pieces)
{
    return Bytes && Bytes >= Wish->Least && Pieces && Pieces <= Wish->Pieces;
}

void NvmeMakeLending(uint64_t List, uint32_t Pieces, uint64_t Bytes, NVME_COMMAND *Command)
{
    enum { Enable = 1 };
    *Command = (NVME_COMMAND){
        .Opcode = NVME_ADMIN_SET_FEATURES,
        .Cdw10 = NVME_FEATURE_HOST_MEMORY,
        .Cdw11 = Enable,
        .Cdw12 = (uint32_t)(Bytes / NVME_HOST_MEMORY_PAGE),
        .Cdw13 = (uint32_t)List,
        .Cdw14 = (uint32_t)(List >> 32),
        .Cdw15 = Pieces,
    };
}
