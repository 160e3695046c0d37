// UTF-8 and UTF-16. What is ill-formed becomes U+FFFD, one for each maximal part of a sequence
// (The Unicode Standard, 3.9), and the status says so.
#include "../rtlp.h"

#define REPLACEMENT 0xFFFD

static BOOLEAN IsHighSurrogate(ULONG Unit)
{
    return Unit >> 10 == 0xD800 >> 10;
}

static BOOLEAN IsLowSurrogate(ULONG Unit)
{
    return Unit >> 10 == 0xDC00 >> 10;
}

// The character at Unicode[0], how many units it takes, and whether it was well-formed.
static ULONG TakeUtf16(PCWCH Unicode, ULONG Left, PULONG Units, PBOOLEAN Valid)
{
    ULONG First = Unicode[0];
    *Units = 1;
    *Valid = TRUE;
    if (!IsHighSurrogate(First) && !IsLowSurrogate(First))
        return First;
    if (IsHighSurrogate(First) && Left > 1 && IsLowSurrogate(Unicode[1])) {
        *Units = 2;
        return 0x10000 + ((First & 0x3FF) << 10) + (Unicode[1] & 0x3FF);
    }
    *Valid = FALSE;
    return REPLACEMENT;
}

static ULONG Utf8Length(ULONG Character)
{
    return Character < 0x80 ? 1 : Character < 0x800 ? 2 : Character < 0x10000 ? 3 : 4;
}

static VOID PutUtf8(PCHAR At, ULONG Character, ULONG Length)
{
    static const UCHAR Lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (ULONG Index = Length - 1; Index > 0; Index--) {
        At[Index] = (CHAR)(0x80 | (Character & 0x3F));
        Character >>= 6;
    }
    At[0] = (CHAR)(Lead[Length] | Character);
}

NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR Utf8StringDestination, ULONG Utf8StringMaxByteCount,
                                 PULONG Utf8StringActualByteCount, PCWCH UnicodeStringSource,
                                 ULONG UnicodeStringByteCount)
{
    if (!UnicodeStringSource)
        return STATUS_INVALID_PARAMETER_4;
    if (!Utf8StringDestination && !Utf8StringActualByteCount)
        return STATUS_INVALID_PARAMETER;
    if (Utf8StringDestination && UnicodeStringByteCount % sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER_5;

    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Count = UnicodeStringByteCount / sizeof(WCHAR), Written = 0;
    for (ULONG Index = 0, Units; Index < Count; Index += Units) {
        BOOLEAN Valid;
        ULONG Character = TakeUtf16(UnicodeStringSource + Index, Count - Index, &Units, &Valid);
        ULONG Length = Utf8Length(Character);
        if (Utf8StringDestination && Length > Utf8StringMaxByteCount - Written) {
            Status = STATUS_BUFFER_TOO_SMALL;
            break;
        }
        if (Utf8StringDestination)
            PutUtf8(Utf8StringDestination + Written, Character, Length);
        if (!Valid)
            Status = STATUS_SOME_NOT_MAPPED;
        Written += Length;
    }
    if (Utf8StringActualByteCount)
        *Utf8StringActualByteCount = Written;
    return Status;
}

// Lead bytes: how many bytes follow, and which second bytes keep the sequence well-formed (no
// overlong forms, no surrogates, nothing above U+10FFFF). Unicode 3.9, table 3-7.
typedef struct {
    UCHAR First, Last;
    UCHAR Trailing;
    UCHAR SecondLow, SecondHigh;
} LEAD_RANGE;

static const LEAD_RANGE LeadRanges[] = {
    {0xC2, 0xDF, 1, 0x80, 0xBF}, {0xE0, 0xE0, 2, 0xA0, 0xBF}, {0xE1, 0xEC, 2, 0x80, 0xBF},
    {0xED, 0xED, 2, 0x80, 0x9F}, {0xEE, 0xEF, 2, 0x80, 0xBF}, {0xF0, 0xF0, 3, 0x90, 0xBF},
    {0xF1, 0xF3, 3, 0x80, 0xBF}, {0xF4, 0xF4, 3, 0x80, 0x8F},
};

static const LEAD_RANGE *FindLead(UCHAR Lead)
{
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(LeadRanges); Index++)
        if (Lead >= LeadRanges[Index].First && Lead <= LeadRanges[Index].Last)
            return &LeadRanges[Index];
    return nullptr;
}

static ULONG TakeUtf8(const UCHAR *Bytes, ULONG Left, PULONG Used, PBOOLEAN Valid)
{
    *Used = 1;
    *Valid = TRUE;
    if (Bytes[0] < 0x80)
        return Bytes[0];

    const LEAD_RANGE *Lead = FindLead(Bytes[0]);
    *Valid = FALSE;
    if (!Lead)
        return REPLACEMENT;
    ULONG Character = Bytes[0] & (0x3Fu >> Lead->Trailing);
    UCHAR Low = Lead->SecondLow, High = Lead->SecondHigh;
    for (ULONG Index = 1; Index <= Lead->Trailing; Index++) {
        if (Index >= Left || Bytes[Index] < Low || Bytes[Index] > High)
            return REPLACEMENT;
        Character = Character << 6 | (Bytes[Index] & 0x3F);
        *Used = Index + 1;
        Low = 0x80;
        High = 0xBF;
    }
    *Valid = TRUE;
    return Character;
}

static VOID PutUtf16(PWCH At, ULONG Character)
{
    if (Character < 0x10000) {
        At[0] = (WCHAR)Character;
        return;
    }
    At[0] = (WCHAR)(0xD800 + ((Character - 0x10000) >> 10));
    At[1] = (WCHAR)(0xDC00 + (Character & 0x3FF));
}

NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination, ULONG UnicodeStringMaxByteCount,
                                 PULONG UnicodeStringActualByteCount, const CHAR *Utf8StringSource,
                                 ULONG Utf8StringByteCount)
{
    if (!Utf8StringSource)
        return STATUS_INVALID_PARAMETER_4;
    if (!UnicodeStringDestination && !UnicodeStringActualByteCount)
        return STATUS_INVALID_PARAMETER;

    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Room = UnicodeStringMaxByteCount / sizeof(WCHAR), Written = 0;
    for (ULONG Index = 0, Used; Index < Utf8StringByteCount; Index += Used) {
        BOOLEAN Valid;
        ULONG Character = TakeUtf8((const UCHAR *)Utf8StringSource + Index,
                                   Utf8StringByteCount - Index, &Used, &Valid);
        ULONG Units = Character < 0x10000 ? 1 : 2;
        if (UnicodeStringDestination && Units > Room - Written) {
            Status = STATUS_BUFFER_TOO_SMALL;
            break;
        }
        if (UnicodeStringDestination)
            PutUtf16(UnicodeStringDestination + Written, Character);
        if (!Valid)
            Status = STATUS_SOME_NOT_MAPPED;
        Written += Units;
    }
    if (UnicodeStringActualByteCount)
        *UnicodeStringActualByteCount = Written * sizeof(WCHAR);
    return Status;
}
