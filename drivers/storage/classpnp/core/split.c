#include "core.h"

enum { PageBytes = 4096 };

uint32_t CoreNextPiece(const CORE_LIMITS *Limits, uint64_t Address, uint32_t Remaining)
{
    uint64_t Most = Limits->MaximumLength;
    if (Limits->MaximumPages) {
        uint64_t Pages = (uint64_t)Limits->MaximumPages * PageBytes - Address % PageBytes;
        Most = Pages < Most ? Pages : Most;
    }
    if (Remaining <= Most)
        return Remaining;
    return (uint32_t)(Most & ~(uint64_t)(Limits->SectorSize - 1));
}

uint32_t CoreCountPieces(const CORE_LIMITS *Limits, uint64_t Address, uint32_t Length)
{
    uint32_t Count = 0;
    while (Length) {
        uint32_t Piece = CoreNextPiece(Limits, Address, Length);
        if (Piece == 0)
            return 0;
        Count++;
        Address += Piece;
        Length -= Piece;
    }
    return Count;
}
