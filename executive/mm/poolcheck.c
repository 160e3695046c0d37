// The checked pool. A small block that is freed is filled and kept; when its turn to be used again comes, and at the
// end of the system, nothing may have changed. Behind each block are bytes that nobody may change while it is in use.
#include "poolp.h"

enum {
    POOL_KEPT_BLOCKS = 8192,
    POOL_FREED_BYTE = 0xFB, // made of these, a pointer faults and a counter is wrong
    POOL_GUARD_BYTE = 0xA5,
};
constexpr ULONG64 POOL_FREED_WORD = 0xFBFBFBFBFBFBFBFB;

typedef struct _POOL_KEPT {
    PPOOL_HEADER Block;
    POOL_HEADER Header; // as it was left
    SIZE_T Bytes;       // of the block, with its header
    PVOID FreedBy;
} POOL_KEPT, *PPOOL_KEPT;

static POOL_KEPT MmpKept[POOL_KEPT_BLOCKS];
static ULONG MmpFirstKept, MmpKeptCount; // the first is the one that is kept longest

// Offset: from the block's data, of a word that is wrong; negative: in the header. FreedBy: null while it is in use.
[[noreturn]] static VOID MmpStopForBlock(const POOL_HEADER *Block, const POOL_HEADER *Header,
                                         LONG_PTR Offset, PVOID FreedBy)
{
    ULONG64 Value = *(const ULONG64 *)((ULONG_PTR)(Block + 1) + (ULONG_PTR)Offset);
    DbgPrintEx(DPFLTR_MM_ID, DPFLTR_ERROR_LEVEL,
               "mm: pool block 0x%p, tag '%.4s', %lu bytes: 0x%016llX was written at offset %lld\n",
               (PVOID)(Block + 1), (PCSTR)&Header->Tag, Header->Size, Value, (LONG64)Offset);
    if (FreedBy)
        DbgPrintEx(DPFLTR_MM_ID, DPFLTR_ERROR_LEVEL, "    0x%p had freed it\n", FreedBy);
    KeBugCheckEx(SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION, Header->Tag, (ULONG_PTR)Offset, Value,
                 (ULONG_PTR)FreedBy);
}

VOID MmpSetGuard(PPOOL_HEADER Block)
{
    memset((PUCHAR)(Block + 1) + Block->Size, POOL_GUARD_BYTE, POOL_GUARD);
}

VOID MmpCheckGuard(PPOOL_HEADER Block)
{
    const UCHAR *Data = (const UCHAR *)(Block + 1);
    for (SIZE_T i = Block->Size; i < (SIZE_T)Block->Size + POOL_GUARD; i++) {
        if (Data[i] != POOL_GUARD_BYTE)
            MmpStopForBlock(Block, Block, (LONG_PTR)ALIGN_DOWN_BY(i, sizeof(ULONG64)), nullptr);
    }
}

static VOID MmpCheckKept(const POOL_KEPT *Kept)
{
    const ULONG64 *Words = (const ULONG64 *)Kept->Block;
    ULONG64 Header[sizeof(POOL_HEADER) / sizeof(ULONG64)];
    memcpy(Header, &Kept->Header, sizeof(Header));
    for (SIZE_T i = 0; i < Kept->Bytes / sizeof(ULONG64); i++) {
        if (Words[i] != (i < RTL_NUMBER_OF(Header) ? Header[i] : POOL_FREED_WORD))
            MmpStopForBlock(Kept->Block, &Kept->Header,
                            (LONG_PTR)(i * sizeof(ULONG64) - sizeof(Header)), Kept->FreedBy);
    }
}

PPOOL_HEADER MmpTakeKept(VOID)
{
    if (!MmpKeptCount)
        return nullptr;
    const POOL_KEPT *Kept = &MmpKept[MmpFirstKept];
    MmpCheckKept(Kept);
    MmpFirstKept = (MmpFirstKept + 1) % POOL_KEPT_BLOCKS;
    MmpKeptCount--;
    return Kept->Block;
}

PPOOL_HEADER MmpKeepFreed(PPOOL_HEADER Block, SIZE_T Bytes, PVOID FreedBy)
{
    PPOOL_HEADER Oldest = MmpKeptCount == POOL_KEPT_BLOCKS ? MmpTakeKept() : nullptr;
    Block->State = POOL_BLOCK_KEPT;
    memset(Block + 1, POOL_FREED_BYTE, Bytes - sizeof(*Block));
    MmpKept[(MmpFirstKept + MmpKeptCount++) % POOL_KEPT_BLOCKS] =
        (POOL_KEPT){.Block = Block, .Header = *Block, .Bytes = Bytes, .FreedBy = FreedBy};
    return Oldest;
}
