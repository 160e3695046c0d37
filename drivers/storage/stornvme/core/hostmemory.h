// Memory of the host's that the controller works with: NVM Express 1.4, 5.21.1.13, 8.9.
#pragma once

#include "hardware.h"

enum {
    NVME_FEATURE_HOST_MEMORY = 0x0D,
    NVME_HOST_MEMORY_PAGE = 4096,
    NVME_HOST_MEMORY_PIECES = 64, // that are made at most
};

typedef struct _NVME_HOST_PIECE { // of the list that the controller reads
    uint64_t Address;
    uint32_t Pages, Reserved;
} NVME_HOST_PIECE;
static_assert(sizeof(NVME_HOST_PIECE) == 16);

typedef struct _NVME_HOST_WISH { // what the controller says when it is identified; bytes
    uint64_t Preferred, Least;   // 0: it wants none
    uint64_t LeastPiece;
    uint32_t Pieces; // at most
} NVME_HOST_WISH;

void NvmeReadHostWish(const uint8_t *Identify, NVME_HOST_WISH *Wish);
// How much to lend, when Most is to spare; 0: none.
uint64_t NvmeChooseHostMemory(const NVME_HOST_WISH *Wish, uint64_t Most);
// Has what was got, in so many pieces, any use? Else nothing is lent.
bool NvmeIsEnough(const NVME_HOST_WISH *Wish, uint64_t Bytes, uint32_t Pieces);
void NvmeMakeLending(uint64_t List, uint32_t Pieces, uint64_t Bytes, NVME_COMMAND *Command);
