// sscanf and swscanf: integers, characters, strings, sets and %n. Floating-point numbers are not
// read: an unknown conversion ends the scan, as a text that does not match does.
#include "format.h"

typedef struct {
    BOOLEAN Wide; // of the text and of the format
    FORMAT_TEXT Text;
    SIZE_T At;
    FORMAT_TEXT Format;
    SIZE_T FormatAt;
    int Assigned;
} SCAN;

typedef struct {
    BOOLEAN Suppress;
    SIZE_T Width; // ~0: none given
    UCHAR Size;
    BOOLEAN WideTarget;
    WCHAR Conversion;
} SCAN_SPEC;

static WCHAR Peek(const SCAN *Scan)
{
    return RtlpFormatAt(Scan->Text, Scan->At);
}

static WCHAR PeekFormat(const SCAN *Scan)
{
    return RtlpFormatAt(Scan->Format, Scan->FormatAt);
}

static BOOLEAN IsSpace(WCHAR Character)
{
    return Character == ' ' || (Character >= '\t' && Character <= '\r');
}

static VOID SkipSpace(SCAN *Scan)
{
    while (IsSpace(Peek(Scan)))
        Scan->At++;
}

static BOOLEAN TakeFormat(SCAN *Scan, PCSTR Name)
{
    SIZE_T Length = 0;
    for (; Name[Length]; Length++)
        if (RtlpFormatAt(Scan->Format, Scan->FormatAt + Length) != (UCHAR)Name[Length])
            return FALSE;
    Scan->FormatAt += Length;
    return TRUE;
}

static SCAN_SPEC ParseSpec(SCAN *Scan)
{
    SCAN_SPEC Spec = {.Width = ~(SIZE_T)0, .Size = 4, .WideTarget = Scan->Wide};
    Spec.Suppress = TakeFormat(Scan, "*");
    for (WCHAR Digit; (Digit = PeekFormat(Scan)) >= '0' && Digit <= '9'; Scan->FormatAt++)
        Spec.Width = (Spec.Width == ~(SIZE_T)0 ? 0 : Spec.Width * 10) + (SIZE_T)(Digit - '0');
    if (TakeFormat(Scan, "I64") || TakeFormat(Scan, "ll")) {
        Spec.Size = 8;
    } else if (TakeFormat(Scan, "hh")) {
        Spec.Size = 1;
        Spec.WideTarget = FALSE;
    } else if (TakeFormat(Scan, "h")) {
        Spec.Size = 2;
        Spec.WideTarget = FALSE;
    } else if (TakeFormat(Scan, "l") || TakeFormat(Scan, "w")) {
        Spec.WideTarget = TRUE;
    } else if (TakeFormat(Scan, "I32")) {
        Spec.Size = 4;
    } else if (TakeFormat(Scan, "I") || TakeFormat(Scan, "z")) {
        Spec.Size = 8;
    }
    Spec.Conversion = PeekFormat(Scan);
    if (Spec.Conversion)
        Scan->FormatAt++;
    if (Spec.Conversion == 'S' || Spec.Conversion == 'C')
        Spec.WideTarget = !Scan->Wide;
    return Spec;
}

static VOID StoreInteger(const SCAN_SPEC *Spec, ULONGLONG Value, va_list *Arguments)
{
    PVOID Target = va_arg(*Arguments, PVOID);
    memcpy(Target, &Value, Spec->Size); // little-endian: the low bytes come first
}

static ULONG DigitOf(WCHAR Character)
{
    WCHAR Lower = RtlpAsciiLower(Character);
    if (Lower >= '0' && Lower <= '9')
        return Lower - '0';
    return Lower >= 'a' && Lower <= 'z' ? Lower - 'a' + 10u : 99;
}

static ULONG TakePrefix(SCAN *Scan, ULONG Base, SIZE_T End)
{
    if (Base != 0 && Base != 16)
        return Base;
    if (Peek(Scan) != '0')
        return Base ? Base : 10;
    WCHAR Next = RtlpFormatAt(Scan->Text, Scan->At + 1);
    if (Scan->At + 2 < End && (Next | 0x20) == 'x' &&
        DigitOf(RtlpFormatAt(Scan->Text, Scan->At + 2)) < 16) {
        Scan->At += 2;
        return 16;
    }
    return Base ? Base : 8;
}

static BOOLEAN ScanInteger(SCAN *Scan, const SCAN_SPEC *Spec, ULONG Base, va_list *Arguments)
{
    SkipSpace(Scan);
    SIZE_T End = Spec->Width > MAXLONG ? ~(SIZE_T)0 : Scan->At + Spec->Width;
    BOOLEAN Negative = Peek(Scan) == '-';
    if ((Negative || Peek(Scan) == '+') && Scan->At < End)
        Scan->At++;
    Base = TakePrefix(Scan, Base, End);
    SIZE_T First = Scan->At;
    ULONGLONG Value = 0;
    for (ULONG Digit; Scan->At < End && (Digit = DigitOf(Peek(Scan))) < Base; Scan->At++)
        Value = Value * Base + Digit;
    if (Scan->At == First)
        return FALSE;
    if (!Spec->Suppress) {
        StoreInteger(Spec, Negative ? 0 - Value : Value, Arguments);
        Scan->Assigned++;
    }
    return TRUE;
}

static VOID StoreCharacter(const SCAN *Scan, const SCAN_SPEC *Spec, PVOID Target, SIZE_T Index,
                           WCHAR Character)
{
    if (Spec->WideTarget)
        ((WCHAR *)Target)[Index] = Scan->Wide ? Character : RtlpAnsiToUnicodeChar((UCHAR)Character);
    else
        ((UCHAR *)Target)[Index] = Scan->Wide ? RtlpUnicodeToAnsiChar(Character) : (UCHAR)Character;
}

// "[a-z]", "[^x]": the set lies in the format between First and Last.
static BOOLEAN InSet(const SCAN *Scan, SIZE_T First, SIZE_T Last, WCHAR Character)
{
    BOOLEAN Complement = RtlpFormatAt(Scan->Format, First) == '^';
    BOOLEAN Found = FALSE;
    for (SIZE_T At = First + Complement; At < Last; At++) {
        WCHAR Low = RtlpFormatAt(Scan->Format, At), High = Low;
        if (At + 2 < Last && RtlpFormatAt(Scan->Format, At + 1) == '-') {
            High = RtlpFormatAt(Scan->Format, At + 2);
            At += 2;
        }
        Found |= Character >= Low && Character <= High;
    }
    return Found != Complement;
}

// The end of a set: a ']' that comes first belongs to it.
static BOOLEAN FindSetEnd(SCAN *Scan, SIZE_T *Last)
{
    SIZE_T At = Scan->FormatAt;
    if (RtlpFormatAt(Scan->Format, At) == '^')
        At++;
    if (RtlpFormatAt(Scan->Format, At) == ']')
        At++;
    while (RtlpFormatAt(Scan->Format, At) && RtlpFormatAt(Scan->Format, At) != ']')
        At++;
    *Last = At;
    return RtlpFormatAt(Scan->Format, At) == ']';
}

static BOOLEAN ScanText(SCAN *Scan, const SCAN_SPEC *Spec, SIZE_T SetLast, va_list *Arguments)
{
    BOOLEAN Characters = RtlpAsciiLower(Spec->Conversion) == 'c';
    SIZE_T Width = Characters && Spec->Width > MAXLONG ? 1 : Spec->Width, Count = 0;
    PVOID Target = Spec->Suppress ? nullptr : va_arg(*Arguments, PVOID);
    for (WCHAR Next; Count < Width && (Next = Peek(Scan)); Count++) {
        if (Spec->Conversion == '[' ? !InSet(Scan, Scan->FormatAt, SetLast, Next)
                                    : !Characters && IsSpace(Next))
            break;
        if (Target)
            StoreCharacter(Scan, Spec, Target, Count, Next);
        Scan->At++;
    }
    if (!Count || (Characters && Count < Width))
        return FALSE;
    if (Target && !Characters)
        StoreCharacter(Scan, Spec, Target, Count, 0);
    Scan->Assigned += Target != nullptr;
    return TRUE;
}

static BOOLEAN ScanOne(SCAN *Scan, va_list *Arguments)
{
    SCAN_SPEC Spec = ParseSpec(Scan);
    SIZE_T SetLast = 0;
    switch (Spec.Conversion) {
    case 'd':
    case 'u':
        return ScanInteger(Scan, &Spec, 10, Arguments);
    case 'i':
        return ScanInteger(Scan, &Spec, 0, Arguments);
    case 'o':
        return ScanInteger(Scan, &Spec, 8, Arguments);
    case 'p':
        Spec.Size = sizeof(PVOID);
        return ScanInteger(Scan, &Spec, 16, Arguments);
    case 'x':
    case 'X':
        return ScanInteger(Scan, &Spec, 16, Arguments);
    case 's':
    case 'S':
        SkipSpace(Scan);
        return ScanText(Scan, &Spec, 0, Arguments);
    case 'c':
    case 'C':
        return ScanText(Scan, &Spec, 0, Arguments);
    case '[':
        if (!FindSetEnd(Scan, &SetLast) || !ScanText(Scan, &Spec, SetLast, Arguments))
            return FALSE;
        Scan->FormatAt = SetLast + 1;
        return TRUE;
    case 'n':
        StoreInteger(&Spec, Scan->At, Arguments);
        return TRUE;
    case '%':
        SkipSpace(Scan);
        return Peek(Scan) == '%' && ++Scan->At;
    default:
        return FALSE;
    }
}

// EOF (-1) when the text ended before the first conversion.
static int ScanAll(BOOLEAN Wide, const VOID *Text, const VOID *Format, va_list *Arguments)
{
    SCAN Scan = {.Wide = Wide, .Text = {Wide, Text}, .Format = {Wide, Format}};
    for (WCHAR Next; (Next = PeekFormat(&Scan));) {
        Scan.FormatAt++;
        if (IsSpace(Next)) {
            SkipSpace(&Scan);
        } else if (Next == '%') {
            if (!ScanOne(&Scan, Arguments))
                return !Scan.Assigned && !Peek(&Scan) ? -1 : Scan.Assigned;
        } else if (Peek(&Scan) != Next) {
            break;
        } else {
            Scan.At++;
        }
    }
    return Scan.Assigned;
}

int __cdecl sscanf(const char *String, const char *Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    int Result = ScanAll(FALSE, String, Format, &Arguments);
    va_end(Arguments);
    return Result;
}

int __cdecl swscanf(const wchar_t *String, const wchar_t *Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    int Result = ScanAll(TRUE, String, Format, &Arguments);
    va_end(Arguments);
    return Result;
}
