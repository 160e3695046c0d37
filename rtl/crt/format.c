// The engine of the printf family, with Windows' conversions: one for narrow and wide formats and
// outputs. Sizes: I64, I32, I, ll, l, h, hh, w, z, t, j. %S is the other width than %s, %Z a counted
// string. %n is not offered: it writes through a pointer that a wrong format chooses.
#include "format.h"

VOID RtlpFormatPut(PFORMAT_OUTPUT Output, WCHAR Character)
{
    if (Output->Count < Output->Room) {
        if (Output->Wide)
            ((WCHAR *)Output->Buffer)[Output->Count] = Character;
        else
            ((UCHAR *)Output->Buffer)[Output->Count] = (UCHAR)Character;
    }
    Output->Count++;
}

VOID RtlpFormatPad(PFORMAT_OUTPUT Output, WCHAR Character, ULONG Count)
{
    while (Count--)
        RtlpFormatPut(Output, Character);
}

VOID RtlpFormatField(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, PCSTR Prefix, SIZE_T Length,
                     PFORMAT_BODY Body, const VOID *Context)
{
    SIZE_T Used = Length;
    for (PCSTR At = Prefix; *At; At++)
        Used++;
    ULONG Padding = Used < Spec->Width ? (ULONG)(Spec->Width - Used) : 0;
    BOOLEAN Zeros = Spec->Zero && !Spec->Left;

    if (!Spec->Left && !Zeros)
        RtlpFormatPad(Output, ' ', Padding);
    for (; *Prefix; Prefix++)
        RtlpFormatPut(Output, (UCHAR)*Prefix);
    if (Zeros)
        RtlpFormatPad(Output, '0', Padding);
    Body(Output, Context);
    if (Spec->Left)
        RtlpFormatPad(Output, ' ', Padding);
}

// Characters on their way to the output: a piece of narrow or wide text.
typedef struct {
    FORMAT_TEXT Text;
    SIZE_T Length;
} PIECE;

static VOID PutPiece(PFORMAT_OUTPUT Output, const VOID *Context)
{
    const PIECE *Piece = Context;
    for (SIZE_T Index = 0; Index < Piece->Length; Index++) {
        WCHAR Character = RtlpFormatAt(Piece->Text, Index);
        if (Piece->Text.Wide && !Output->Wide)
            Character = RtlpUnicodeToAnsiChar(Character);
        else if (!Piece->Text.Wide && Output->Wide)
            Character = RtlpAnsiToUnicodeChar((UCHAR)Character);
        RtlpFormatPut(Output, Character);
    }
}

static VOID FormatPiece(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, PIECE Piece)
{
    if (Spec->Precision >= 0 && Piece.Length > (SIZE_T)Spec->Precision)
        Piece.Length = (SIZE_T)Spec->Precision;
    RtlpFormatField(Output, Spec, "", Piece.Length, PutPiece, &Piece);
}

// With a precision the string need not be terminated, so it is not read beyond it.
static VOID FormatString(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, FORMAT_TEXT Text)
{
    if (!Text.Text)
        Text = (FORMAT_TEXT){.Text = "(null)"};
    SIZE_T Limit = Spec->Precision >= 0 ? (SIZE_T)Spec->Precision : ~(SIZE_T)0;
    SIZE_T Length = 0;
    while (Length < Limit && RtlpFormatAt(Text, Length))
        Length++;
    FormatPiece(Output, Spec, (PIECE){Text, Length});
}

static VOID FormatCharacter(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, BOOLEAN Wide, int Value)
{
    UCHAR Narrow = (UCHAR)Value;
    WCHAR Broad = (WCHAR)Value;
    FORMAT_TEXT Text = {.Wide = Wide, .Text = Wide ? (const VOID *)&Broad : &Narrow};
    FORMAT_SPEC Whole = *Spec;
    Whole.Precision = -1;
    FormatPiece(Output, &Whole, (PIECE){Text, 1});
}

static VOID FormatCountedString(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, BOOLEAN Wide,
                                const VOID *String)
{
    const UNICODE_STRING *Unicode = String;
    const STRING *Ansi = String;
    if (!String || !Unicode->Buffer)
        FormatString(Output, Spec, (FORMAT_TEXT){0});
    else if (Wide)
        FormatPiece(Output, Spec,
                    (PIECE){{TRUE, Unicode->Buffer}, Unicode->Length / sizeof(WCHAR)});
    else
        FormatPiece(Output, Spec, (PIECE){{FALSE, Ansi->Buffer}, Ansi->Length});
}

// An integer: its digits, with zeros in front up to the precision.
typedef struct {
    CHAR Digits[24]; // 64 bits in octal are 22 digits
    ULONG Count;
    ULONG Zeros;
} INTEGER;

static VOID PutInteger(PFORMAT_OUTPUT Output, const VOID *Context)
{
    const INTEGER *Integer = Context;
    RtlpFormatPad(Output, '0', Integer->Zeros);
    for (ULONG Index = Integer->Count; Index-- > 0;)
        RtlpFormatPut(Output, (UCHAR)Integer->Digits[Index]);
}

static VOID FormatInteger(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, PCSTR Prefix,
                          ULONGLONG Value, ULONG Base)
{
    INTEGER Integer = {.Count = 0};
    PCSTR Alphabet = Spec->Conversion == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";
    for (; Value; Value /= Base)
        Integer.Digits[Integer.Count++] = Alphabet[Value % Base];

    FORMAT_SPEC Field = *Spec;
    ULONG Minimum = Spec->Precision >= 0 ? (ULONG)Spec->Precision : 1;
    if (Spec->Precision >= 0)
        Field.Zero = FALSE;
    if (Spec->Alternate && Base == 8 && Minimum <= Integer.Count)
        Minimum = Integer.Count + 1;
    Integer.Zeros = Minimum > Integer.Count ? Minimum - Integer.Count : 0;
    RtlpFormatField(Output, &Field, Prefix, (SIZE_T)Integer.Zeros + Integer.Count, PutInteger,
                    &Integer);
}

static VOID FormatSigned(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, LONGLONG Value)
{
    PCSTR Sign = Value < 0 ? "-" : Spec->Plus ? "+" : Spec->Space ? " " : "";
    FormatInteger(Output, Spec, Sign, Value < 0 ? 0 - (ULONGLONG)Value : (ULONGLONG)Value, 10);
}

static VOID FormatHex(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, ULONGLONG Value)
{
    PCSTR Prefix = Spec->Conversion == 'x' ? "0x" : "0X";
    FormatInteger(Output, Spec, Spec->Alternate && Value ? Prefix : "", Value, 16);
}

// Every argument of at most 32 bits is passed as an int.
static ULONGLONG TakeUnsigned(const FORMAT_SPEC *Spec, va_list *Arguments)
{
    if (Spec->Size == 8)
        return va_arg(*Arguments, ULONGLONG);
    unsigned Value = va_arg(*Arguments, unsigned);
    return Spec->Size == 2 ? (USHORT)Value : Spec->Size == 1 ? (UCHAR)Value : Value;
}

static LONGLONG TakeSigned(const FORMAT_SPEC *Spec, va_list *Arguments)
{
    if (Spec->Size == 8)
        return va_arg(*Arguments, LONGLONG);
    int Value = va_arg(*Arguments, int);
    return Spec->Size == 2 ? (SHORT)Value : Spec->Size == 1 ? (signed char)Value : Value;
}

static SIZE_T ParseFlags(FORMAT_TEXT Format, SIZE_T At, PFORMAT_SPEC Spec)
{
    for (;; At++) {
        switch (RtlpFormatAt(Format, At)) {
        case '-':
            Spec->Left = TRUE;
            break;
        case '+':
            Spec->Plus = TRUE;
            break;
        case ' ':
            Spec->Space = TRUE;
            break;
        case '#':
            Spec->Alternate = TRUE;
            break;
        case '0':
            Spec->Zero = TRUE;
            break;
        default:
            return At;
        }
    }
}

// A number of the format or, for '*', of the arguments. Absurd widths are cut off: the output is
// counted in an int.
static SIZE_T ParseCount(FORMAT_TEXT Format, SIZE_T At, LONG *Count, va_list *Arguments)
{
    *Count = 0;
    if (RtlpFormatAt(Format, At) == '*') {
        *Count = va_arg(*Arguments, int);
        return At + 1;
    }
    for (WCHAR Digit; (Digit = RtlpFormatAt(Format, At)) >= '0' && Digit <= '9'; At++)
        if (*Count < MAXLONG / 16)
            *Count = *Count * 10 + (Digit - '0');
    return At;
}

// What stands between the precision and the conversion. Longer names come first.
static const struct {
    PCSTR Name;
    UCHAR Size;
    UCHAR CharSize;
} Sizes[] = {
    {"I64", 8, 0}, {"I32", 4, 0}, {"I", 8, 0}, {"ll", 8, 0}, {"hh", 1, 1}, {"l", 4, 2},
    {"h", 2, 1},   {"w", 4, 2},   {"z", 8, 0}, {"t", 8, 0},  {"j", 8, 0},  {"L", 4, 0},
};

static SIZE_T MatchName(FORMAT_TEXT Format, SIZE_T At, PCSTR Name)
{
    SIZE_T Length = 0;
    for (; Name[Length]; Length++)
        if (RtlpFormatAt(Format, At + Length) != (UCHAR)Name[Length])
            return 0;
    return Length;
}

static SIZE_T ParseSize(FORMAT_TEXT Format, SIZE_T At, PFORMAT_SPEC Spec)
{
    Spec->Size = 4;
    for (SIZE_T Index = 0; Index < RTL_NUMBER_OF(Sizes); Index++) {
        SIZE_T Length = MatchName(Format, At, Sizes[Index].Name);
        if (!Length)
            continue;
        Spec->Size = Sizes[Index].Size;
        Spec->CharSize = Sizes[Index].CharSize;
        return At + Length;
    }
    return At;
}

static SIZE_T ParseSpec(FORMAT_TEXT Format, SIZE_T At, PFORMAT_SPEC Spec, va_list *Arguments)
{
    LONG Width;
    *Spec = (FORMAT_SPEC){.Precision = -1};
    At = ParseFlags(Format, At, Spec);
    At = ParseCount(Format, At, &Width, Arguments);
    if (Width < 0)
        Spec->Left = TRUE;
    Spec->Width = Width < 0 ? 0 - (ULONG)Width : (ULONG)Width;
    if (RtlpFormatAt(Format, At) == '.') {
        At = ParseCount(Format, At + 1, &Spec->Precision, Arguments);
        if (Spec->Precision < 0)
            Spec->Precision = -1;
    }
    At = ParseSize(Format, At, Spec);
    Spec->Conversion = RtlpFormatAt(Format, At);
    return Spec->Conversion ? At + 1 : At;
}

// %s and %c have the format's width, %S and %C the other; a size prefix decides for both.
static BOOLEAN TextIsWide(const FORMAT_SPEC *Spec, BOOLEAN FormatIsWide)
{
    if (Spec->CharSize)
        return Spec->CharSize == 2;
    BOOLEAN Swapped = Spec->Conversion == 'S' || Spec->Conversion == 'C';
    return FormatIsWide != Swapped;
}

static VOID FormatOne(PFORMAT_OUTPUT Output, PFORMAT_SPEC Spec, BOOLEAN FormatIsWide,
                      va_list *Arguments)
{
    BOOLEAN Wide = TextIsWide(Spec, FormatIsWide);
    switch (Spec->Conversion) {
    case 'd':
    case 'i':
        FormatSigned(Output, Spec, TakeSigned(Spec, Arguments));
        break;
    case 'u':
        FormatInteger(Output, Spec, "", TakeUnsigned(Spec, Arguments), 10);
        break;
    case 'o':
        FormatInteger(Output, Spec, "", TakeUnsigned(Spec, Arguments), 8);
        break;
    case 'x':
    case 'X':
        FormatHex(Output, Spec, TakeUnsigned(Spec, Arguments));
        break;
    case 'p': // all 16 digits, upper case
        Spec->Precision = 2 * sizeof(PVOID);
        FormatInteger(Output, Spec, "", (ULONG_PTR)va_arg(*Arguments, PVOID), 16);
        break;
    case 'c':
    case 'C':
        FormatCharacter(Output, Spec, Wide, va_arg(*Arguments, int));
        break;
    case 's':
    case 'S':
        FormatString(Output, Spec, (FORMAT_TEXT){Wide, va_arg(*Arguments, PVOID)});
        break;
    case 'Z':
        FormatCountedString(Output, Spec, Spec->CharSize == 2, va_arg(*Arguments, PVOID));
        break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        RtlpFormatDouble(Output, Spec, va_arg(*Arguments, double));
        break;
    default: // "%%", and what is no conversion stands for itself
        RtlpFormatPut(Output, Spec->Conversion);
        break;
    }
}

VOID RtlpFormat(PFORMAT_OUTPUT Output, FORMAT_TEXT Format, va_list *Arguments)
{
    WCHAR Character;
    for (SIZE_T At = 0; (Character = RtlpFormatAt(Format, At));) {
        At++;
        if (Character != '%') {
            RtlpFormatPut(Output, Character);
            continue;
        }
        FORMAT_SPEC Spec;
        At = ParseSpec(Format, At, &Spec, Arguments);
        if (Spec.Conversion)
            FormatOne(Output, &Spec, Format.Wide, Arguments);
    }
}
