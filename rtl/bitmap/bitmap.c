// RTL_BITMAP: setting, clearing and counting bits. Bit 0 is the lowest bit of the first ULONG.
#include "../rtlp.h"

VOID NTAPI RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer, ULONG SizeOfBitMap)
{
    *BitMapHeader = (RTL_BITMAP){.SizeOfBitMap = SizeOfBitMap, .Buffer = BitMapBuffer};
}

VOID NTAPI RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    BitMapHeader->Buffer[BitNumber / 32] |= 1u << BitNumber % 32;
}

VOID NTAPI RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    BitMapHeader->Buffer[BitNumber / 32] &= ~(1u << BitNumber % 32);
}

BOOLEAN NTAPI RtlTestBit(PCRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    return BitMapHeader->Buffer[BitNumber / 32] >> BitNumber % 32 & 1;
}

// Whole ULONGs, also those bits of the last that belong to no index.
VOID NTAPI RtlClearAllBits(PRTL_BITMAP BitMapHeader)
{
    memset(BitMapHeader->Buffer, 0, (BitMapHeader->SizeOfBitMap + 31ULL) / 32 * sizeof(ULONG));
}

VOID NTAPI RtlSetAllBits(PRTL_BITMAP BitMapHeader)
{
    memset(BitMapHeader->Buffer, 0xFF, (BitMapHeader->SizeOfBitMap + 31ULL) / 32 * sizeof(ULONG));
}

// The bits of one ULONG that lie in [Start, End), which may begin before it and end after it.
static ULONG MaskOfWord(ULONG Word, ULONGLONG Start, ULONGLONG End)
{
    ULONGLONG First = Word * 32ULL;
    ULONG Mask = ~0u;
    if (Start > First)
        Mask &= ~0u << (Start - First);
    if (End < First + 32)
        Mask &= (1u << (End - First)) - 1;
    return Mask;
}

typedef struct {
    ULONG FirstWord, LastWord;
    ULONGLONG Start, End;
} WORD_RANGE;

static WORD_RANGE RangeOf(ULONG Start, ULONG Length)
{
    ULONGLONG End = (ULONGLONG)Start + Length;
    return (WORD_RANGE){Start / 32, (ULONG)((End - 1) / 32), Start, End};
}

VOID NTAPI RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet)
{
    if (!NumberToSet)
        return;
    WORD_RANGE Range = RangeOf(StartingIndex, NumberToSet);
    for (ULONG Word = Range.FirstWord; Word <= Range.LastWord; Word++)
        BitMapHeader->Buffer[Word] |= MaskOfWord(Word, Range.Start, Range.End);
}

VOID NTAPI RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear)
{
    if (!NumberToClear)
        return;
    WORD_RANGE Range = RangeOf(StartingIndex, NumberToClear);
    for (ULONG Word = Range.FirstWord; Word <= Range.LastWord; Word++)
        BitMapHeader->Buffer[Word] &= ~MaskOfWord(Word, Range.Start, Range.End);
}

// A range outside the map, or of no bits, is neither set nor clear.
static BOOLEAN AreBits(PCRTL_BITMAP Map, ULONG Start, ULONG Length, ULONG Flip)
{
    if (!Length || Start >= Map->SizeOfBitMap || Length > Map->SizeOfBitMap - Start)
        return FALSE;
    WORD_RANGE Range = RangeOf(Start, Length);
    for (ULONG Word = Range.FirstWord; Word <= Range.LastWord; Word++)
        if ((Map->Buffer[Word] ^ Flip) & MaskOfWord(Word, Range.Start, Range.End))
            return FALSE;
    return TRUE;
}

BOOLEAN NTAPI RtlAreBitsClear(PCRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return AreBits(BitMapHeader, StartingIndex, Length, 0);
}

BOOLEAN NTAPI RtlAreBitsSet(PCRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return AreBits(BitMapHeader, StartingIndex, Length, ~0u);
}

ULONG NTAPI RtlNumberOfSetBitsInRange(PCRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    ULONG Count = 0;
    if (!Length || StartingIndex >= BitMapHeader->SizeOfBitMap ||
        Length > BitMapHeader->SizeOfBitMap - StartingIndex)
        return 0;
    WORD_RANGE Range = RangeOf(StartingIndex, Length);
    for (ULONG Word = Range.FirstWord; Word <= Range.LastWord; Word++)
        Count += (ULONG)__builtin_popcount(BitMapHeader->Buffer[Word] &
                                           MaskOfWord(Word, Range.Start, Range.End));
    return Count;
}

ULONG NTAPI RtlNumberOfClearBitsInRange(PCRTL_BITMAP BitMapHeader, ULONG StartingIndex,
                                        ULONG Length)
{
    if (!Length || StartingIndex >= BitMapHeader->SizeOfBitMap ||
        Length > BitMapHeader->SizeOfBitMap - StartingIndex)
        return 0;
    return Length - RtlNumberOfSetBitsInRange(BitMapHeader, StartingIndex, Length);
}

ULONG NTAPI RtlNumberOfSetBits(PCRTL_BITMAP BitMapHeader)
{
    return RtlNumberOfSetBitsInRange(BitMapHeader, 0, BitMapHeader->SizeOfBitMap);
}

ULONG NTAPI RtlNumberOfClearBits(PCRTL_BITMAP BitMapHeader)
{
    return BitMapHeader->SizeOfBitMap - RtlNumberOfSetBits(BitMapHeader);
}

ULONG NTAPI RtlNumberOfSetBitsUlongPtr(ULONG_PTR Target)
{
    return (ULONG)__builtin_popcountll(Target);
}

CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG Set)
{
    return Set ? (CCHAR)__builtin_ctzll(Set) : -1;
}

CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG Set)
{
    return Set ? (CCHAR)(63 - __builtin_clzll(Set)) : -1;
}
