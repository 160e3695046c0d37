// RtlIsTextUnicode: a guess whether bytes are UTF-16 text, by the documented tests.
#include "../rtlp.h"

#define EXAMINED        256 // characters, at most
#define BYTE_ORDER_MARK 0xFEFF
#define SWAPPED_MARK    0xFFFE
#define PACKED_CRLF     0x0A0D
#define CJK_SPACE       0x3000

static WCHAR UnitAt(const VOID *Buffer, ULONG Index)
{
    WCHAR Unit;
    memcpy(&Unit, (const UCHAR *)Buffer + Index * sizeof(Unit), sizeof(Unit));
    return Unit;
}

static BOOLEAN IsTextControl(WCHAR Unit)
{
    return Unit == '\r' || Unit == '\n' || Unit == ' ' || Unit == '\t' || Unit == CJK_SPACE;
}

static int TestUnit(WCHAR Unit, BOOLEAN First)
{
    int Found = 0;
    if (IsTextControl(Unit))
        Found |= IS_TEXT_UNICODE_CONTROLS;
    if (IsTextControl(__builtin_bswap16(Unit)))
        Found |= IS_TEXT_UNICODE_REVERSE_CONTROLS;
    if (!Unit || Unit == 0xFFFF || Unit == PACKED_CRLF || (Unit == SWAPPED_MARK && !First))
        Found |= IS_TEXT_UNICODE_ILLEGAL_CHARS;
    if (!(Unit & 0xFF) || !(Unit >> 8))
        Found |= IS_TEXT_UNICODE_NULL_BYTES;
    return Found;
}

// In text of one script the low bytes vary far more than the high ones.
static int TestStatistics(const VOID *Buffer, ULONG Count)
{
    ULONG Low = 0, High = 0;
    for (ULONG Index = 1; Index < Count; Index++) {
        WCHAR Unit = UnitAt(Buffer, Index), Before = UnitAt(Buffer, Index - 1);
        Low += (ULONG)abs((Unit & 0xFF) - (Before & 0xFF));
        High += (ULONG)abs((Unit >> 8) - (Before >> 8));
    }
    if (High * 3 < Low)
        return IS_TEXT_UNICODE_STATISTICS;
    return Low * 3 < High ? IS_TEXT_UNICODE_REVERSE_STATISTICS : 0;
}

static int TestAll(const VOID *Buffer, int Size)
{
    ULONG Count = RtlpMin((ULONG)Size / (ULONG)sizeof(WCHAR), (ULONG)EXAMINED);
    int Found = Size % (int)sizeof(WCHAR) ? IS_TEXT_UNICODE_ODD_LENGTH : 0;
    BOOLEAN Ascii = TRUE, ReverseAscii = TRUE;
    for (ULONG Index = 0; Index < Count; Index++) {
        WCHAR Unit = UnitAt(Buffer, Index);
        Found |= TestUnit(Unit, Index == 0);
        Ascii &= Unit < 0x80;
        ReverseAscii &= __builtin_bswap16(Unit) < 0x80;
    }
    Found |= TestStatistics(Buffer, Count);
    Found |= Ascii ? IS_TEXT_UNICODE_ASCII16 : 0;
    Found |= ReverseAscii ? IS_TEXT_UNICODE_REVERSE_ASCII16 : 0;
    if (UnitAt(Buffer, 0) == BYTE_ORDER_MARK)
        Found |= IS_TEXT_UNICODE_SIGNATURE;
    if (UnitAt(Buffer, 0) == SWAPPED_MARK)
        Found |= IS_TEXT_UNICODE_REVERSE_SIGNATURE;
    return Found;
}

// Result says which tests to make, and then which of them the bytes passed.
BOOLEAN NTAPI RtlIsTextUnicode(const VOID *Buffer, int Size, int *Result)
{
    int Found = Size >= (int)sizeof(WCHAR) ? TestAll(Buffer, Size) : 0;
    if (Result) {
        Found &= *Result;
        *Result = Found;
    }
    if (Found & IS_TEXT_UNICODE_SIGNATURE)
        return TRUE;
    if (Found & (IS_TEXT_UNICODE_NOT_UNICODE_MASK | IS_TEXT_UNICODE_REVERSE_SIGNATURE))
        return FALSE;
    return (Found & (IS_TEXT_UNICODE_UNICODE_MASK | IS_TEXT_UNICODE_NULL_BYTES)) != 0;
}
