// RTL_BITMAP: finding runs. Clear and set runs are one problem: Flip turns the bits that are looked
// for into ones.
#include "../rtlp.h"

#define NOT_FOUND  0xFFFFFFFF
#define FIND_CLEAR (~0u)
#define FIND_SET   0u

// The first bit at or after From with the wanted value, or the size of the map.
static ULONG NextBit(PCRTL_BITMAP Map, ULONG From, ULONG Flip)
{
    ULONG Size = Map->SizeOfBitMap;
    if (From >= Size)
        return Size;
    ULONG Word = From / 32;
    ULONG Bits = (Map->Buffer[Word] ^ Flip) & (~0u << From % 32);
    while (!Bits) {
        if (++Word * 32ULL >= Size)
            return Size;
        Bits = Map->Buffer[Word] ^ Flip;
    }
    return RtlpMin(Word * 32 + (ULONG)__builtin_ctz(Bits), Size);
}

// The last bit at or before From with the wanted value, or NOT_FOUND.
static ULONG PreviousBit(PCRTL_BITMAP Map, ULONG From, ULONG Flip)
{
    ULONG Word = From / 32;
    ULONG Bits = (Map->Buffer[Word] ^ Flip) & (~0u >> (31 - From % 32));
    while (!Bits) {
        if (!Word--)
            return NOT_FOUND;
        Bits = Map->Buffer[Word] ^ Flip;
    }
    return Word * 32 + 31 - (ULONG)__builtin_clz(Bits);
}

// The first run at or after From: its length, 0 when there is none.
static ULONG NextRun(PCRTL_BITMAP Map, ULONG From, ULONG Flip, PULONG Start)
{
    *Start = NextBit(Map, From, Flip);
    return NextBit(Map, *Start, ~Flip) - *Start;
}

// A run of Number bits that starts in [From, Limit).
static ULONG FindIn(PCRTL_BITMAP Map, ULONG Number, ULONG From, ULONG Limit, ULONG Flip)
{
    while (From < Limit) {
        ULONG Start, Length = NextRun(Map, From, Flip, &Start);
        if (!Length || Start >= Limit)
            return NOT_FOUND;
        if (Length >= Number)
            return Start;
        From = Start + Length;
    }
    return NOT_FOUND;
}

// Search from the hint to the end, then from the start. The documentation rounds the hint down to a
// byte, and a search for no bits returns that.
static ULONG Find(PCRTL_BITMAP Map, ULONG Number, ULONG Hint, ULONG Flip)
{
    if (Hint >= Map->SizeOfBitMap)
        Hint = 0;
    Hint &= ~7u;
    if (!Number)
        return Hint;
    if (Number > Map->SizeOfBitMap)
        return NOT_FOUND;
    ULONG Found = FindIn(Map, Number, Hint, Map->SizeOfBitMap, Flip);
    return Found == NOT_FOUND && Hint ? FindIn(Map, Number, 0, Hint, Flip) : Found;
}

ULONG NTAPI RtlFindClearBits(PCRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return Find(BitMapHeader, NumberToFind, HintIndex, FIND_CLEAR);
}

ULONG NTAPI RtlFindSetBits(PCRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return Find(BitMapHeader, NumberToFind, HintIndex, FIND_SET);
}

ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG Index = Find(BitMapHeader, NumberToFind, HintIndex, FIND_CLEAR);
    if (Index != NOT_FOUND)
        RtlSetBits(BitMapHeader, Index, NumberToFind);
    return Index;
}

ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG Index = Find(BitMapHeader, NumberToFind, HintIndex, FIND_SET);
    if (Index != NOT_FOUND)
        RtlClearBits(BitMapHeader, Index, NumberToFind);
    return Index;
}

ULONG NTAPI RtlFindNextForwardRunClear(PCRTL_BITMAP BitMapHeader, ULONG FromIndex,
                                       PULONG StartingRunIndex)
{
    return NextRun(BitMapHeader, FromIndex, FIND_CLEAR, StartingRunIndex);
}

ULONG NTAPI RtlFindNextForwardRunSet(PCRTL_BITMAP BitMapHeader, ULONG FromIndex,
                                     PULONG StartingRunIndex)
{
    return NextRun(BitMapHeader, FromIndex, FIND_SET, StartingRunIndex);
}

ULONG NTAPI RtlFindFirstRunClear(PCRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    return NextRun(BitMapHeader, 0, FIND_CLEAR, StartingIndex);
}

ULONG NTAPI RtlFindFirstRunSet(PCRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    return NextRun(BitMapHeader, 0, FIND_SET, StartingIndex);
}

// The run that ends at or before From. Only its part up to From counts.
static ULONG PreviousRun(PCRTL_BITMAP Map, ULONG From, ULONG Flip, PULONG Start)
{
    *Start = From;
    if (From >= Map->SizeOfBitMap)
        return 0;
    ULONG Last = PreviousBit(Map, From, Flip);
    if (Last == NOT_FOUND)
        return 0;
    ULONG Before = PreviousBit(Map, Last, ~Flip);
    *Start = Before == NOT_FOUND ? 0 : Before + 1;
    return Last - *Start + 1;
}

ULONG NTAPI RtlFindLastBackwardRunClear(PCRTL_BITMAP BitMapHeader, ULONG FromIndex,
                                        PULONG StartingRunIndex)
{
    return PreviousRun(BitMapHeader, FromIndex, FIND_CLEAR, StartingRunIndex);
}

ULONG NTAPI RtlFindLastBackwardRunSet(PCRTL_BITMAP BitMapHeader, ULONG FromIndex,
                                      PULONG StartingRunIndex)
{
    return PreviousRun(BitMapHeader, FromIndex, FIND_SET, StartingRunIndex);
}

static ULONG LongestRun(PCRTL_BITMAP Map, ULONG Flip, PULONG Start)
{
    ULONG Longest = 0;
    *Start = 0;
    for (ULONG From = 0, At, Length; (Length = NextRun(Map, From, Flip, &At)); From = At + Length) {
        if (Length <= Longest)
            continue;
        Longest = Length;
        *Start = At;
    }
    return Longest;
}

ULONG NTAPI RtlFindLongestRunClear(PCRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    return LongestRun(BitMapHeader, FIND_CLEAR, StartingIndex);
}

ULONG NTAPI RtlFindLongestRunSet(PCRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    return LongestRun(BitMapHeader, FIND_SET, StartingIndex);
}

// Keep the array sorted, longest first; the shortest falls out when it is full.
static ULONG InsertByLength(PRTL_BITMAP_RUN Runs, ULONG Count, ULONG Size, RTL_BITMAP_RUN Run)
{
    if (Count == Size && Run.NumberOfBits <= Runs[Size - 1].NumberOfBits)
        return Count;
    ULONG At = Count < Size ? Count : Size - 1;
    for (; At > 0 && Runs[At - 1].NumberOfBits < Run.NumberOfBits; At--)
        Runs[At] = Runs[At - 1];
    Runs[At] = Run;
    return Count < Size ? Count + 1 : Size;
}

static ULONG FindRuns(PCRTL_BITMAP Map, PRTL_BITMAP_RUN Runs, ULONG Size, BOOLEAN Longest,
                      ULONG Flip)
{
    ULONG Count = 0;
    RTL_BITMAP_RUN Run;
    if (!Size)
        return 0;
    for (ULONG From = 0;; From = Run.StartingIndex + Run.NumberOfBits) {
        Run.NumberOfBits = NextRun(Map, From, Flip, &Run.StartingIndex);
        if (!Run.NumberOfBits)
            return Count;
        if (Longest)
            Count = InsertByLength(Runs, Count, Size, Run);
        else if (Count < Size)
            Runs[Count++] = Run;
        else
            return Count;
    }
}

ULONG NTAPI RtlFindClearRuns(PCRTL_BITMAP BitMapHeader, PRTL_BITMAP_RUN RunArray,
                             ULONG SizeOfRunArray, BOOLEAN LocateLongestRuns)
{
    return FindRuns(BitMapHeader, RunArray, SizeOfRunArray, LocateLongestRuns, FIND_CLEAR);
}

ULONG NTAPI RtlFindSetRuns(PCRTL_BITMAP BitMapHeader, PRTL_BITMAP_RUN RunArray,
                           ULONG SizeOfRunArray, BOOLEAN LocateLongestRuns)
{
    return FindRuns(BitMapHeader, RunArray, SizeOfRunArray, LocateLongestRuns, FIND_SET);
}
