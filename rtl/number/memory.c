// The Rtl names of memory functions. <nt.h> also has macros by some of these names, for inlining.
#include "../rtlp.h"

#undef RtlMoveMemory
#undef RtlCopyMemory
#undef RtlFillMemory
#undef RtlZeroMemory

VOID NTAPI RtlMoveMemory(VOID *Destination, const VOID *Source, SIZE_T Length)
{
    memmove(Destination, Source, Length);
}

VOID NTAPI RtlCopyMemory(VOID *Destination, const VOID *Source, SIZE_T Length)
{
    memcpy(Destination, Source, Length);
}

VOID NTAPI RtlCopyMemoryNonTemporal(VOID *Destination, const VOID *Source, SIZE_T Length)
{
    memcpy(Destination, Source, Length);
}

VOID NTAPI RtlFillMemory(VOID *Destination, SIZE_T Length, UCHAR Fill)
{
    memset(Destination, Fill, Length);
}

VOID NTAPI RtlZeroMemory(VOID *Destination, SIZE_T Length)
{
    memset(Destination, 0, Length);
}

VOID NTAPI RtlFillMemoryUlong(PVOID Destination, SIZE_T Length, ULONG Pattern)
{
    PULONG Words = Destination;
    for (SIZE_T Index = 0; Index < Length / sizeof(ULONG); Index++)
        Words[Index] = Pattern;
}

VOID NTAPI RtlFillMemoryUlonglong(PVOID Destination, SIZE_T Length, ULONGLONG Pattern)
{
    ULONGLONG *Words = Destination;
    for (SIZE_T Index = 0; Index < Length / sizeof(ULONGLONG); Index++)
        Words[Index] = Pattern;
}

// How many bytes are equal from the start.
SIZE_T NTAPI RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length)
{
    const UCHAR *First = Source1, *Second = Source2;
    SIZE_T Index = 0;
    for (; Index + sizeof(ULONGLONG) <= Length; Index += sizeof(ULONGLONG)) {
        ULONGLONG A, B;
        __builtin_memcpy(&A, First + Index, sizeof(A));
        __builtin_memcpy(&B, Second + Index, sizeof(B));
        if (A != B)
            return Index + (SIZE_T)__builtin_ctzll(A ^ B) / 8;
    }
    while (Index < Length && First[Index] == Second[Index])
        Index++;
    return Index;
}

SIZE_T NTAPI RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern)
{
    const ULONG *Words = Source;
    SIZE_T Count = Length / sizeof(ULONG), Index = 0;
    while (Index < Count && Words[Index] == Pattern)
        Index++;
    return Index * sizeof(ULONG);
}

BOOLEAN NTAPI RtlIsZeroMemory(PVOID Buffer, SIZE_T Length)
{
    const UCHAR *Bytes = Buffer;
    for (SIZE_T Index = 0; Index < Length; Index++)
        if (Bytes[Index])
            return FALSE;
    return TRUE;
}
