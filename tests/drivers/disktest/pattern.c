#include "disktest.h"

enum { DtWords = DtSector / sizeof(ULONGLONG) };

static ULONGLONG DtFirstWord(ULONGLONG Offset, UCHAR Tag)
{
    return (ULONGLONG)Tag << 56 | Offset / DtSector << 8;
}

VOID DtFillPattern(PVOID Buffer, ULONGLONG Offset, ULONG Length, UCHAR Tag)
{
    PULONGLONG Words = Buffer;
    for (ULONG At = 0; At < Length; At += DtSector) {
        ULONGLONG First = DtFirstWord(Offset + At, Tag);
        for (ULONG i = 0; i < DtWords; i++)
            *Words++ = First + i;
    }
}

ULONG DtCheckPattern(const VOID *Buffer, ULONGLONG Offset, ULONG Length, UCHAR Tag)
{
    const ULONGLONG *Words = Buffer;
    for (ULONG At = 0; At < Length; At += DtSector) {
        ULONGLONG First = DtFirstWord(Offset + At, Tag);
        for (ULONG i = 0; i < DtWords; i++) {
            if (*Words++ != First + i)
                return At + i * sizeof(ULONGLONG);
        }
    }
    return Length;
}
