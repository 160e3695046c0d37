// Exact decimal text of a double, for %e, %f and %g. A double is M * 2^E; its decimal expansion is
// finite, so the digits are computed in full and then rounded once, half to even.
#include "format.h"

#define BASE            1000000000
#define BASE_DIGITS     9
// 2^1023 has 309 digits before the point, 2^-1074 has 1074 after it.
#define INTEGER_WORDS   36
#define FRACTION_WORDS  121
#define WORDS           (INTEGER_WORDS + FRACTION_WORDS)
#define LOWEST_POSITION (-FRACTION_WORDS * BASE_DIGITS)

// Words in base 10^9, the most significant first; the point is before Words[INTEGER_WORDS].
typedef struct {
    ULONG Words[WORDS];
    LONG Exponent; // position of the first digit that is not 0: 0 is the units digit
} DECIMAL;

static VOID ScaleUp(DECIMAL *Decimal, ULONG Bits)
{
    while (Bits) {
        ULONG Step = RtlpMin(Bits, 29u);
        ULONGLONG Carry = 0;
        for (LONG Index = INTEGER_WORDS - 1; Index >= 0; Index--) {
            Carry += (ULONGLONG)Decimal->Words[Index] << Step;
            Decimal->Words[Index] = (ULONG)(Carry % BASE);
            Carry /= BASE;
        }
        Bits -= Step;
    }
}

// 10^9 is divisible by 2^9, so up to nine halvings are exact with one more word.
static VOID ScaleDown(DECIMAL *Decimal, ULONG Bits)
{
    while (Bits) {
        ULONG Step = RtlpMin(Bits, 9u);
        ULONG Carry = 0;
        for (ULONG Index = 0; Index < WORDS; Index++) {
            ULONG Word = Decimal->Words[Index];
            Decimal->Words[Index] = (Word >> Step) + Carry;
            Carry = (Word & ((1u << Step) - 1)) * (BASE >> Step);
        }
        Bits -= Step;
    }
}

// The word that holds a digit position, and the power of ten of the position within the word.
static ULONG WordOf(LONG Position, ULONG *Power)
{
    LONG Above = Position - LOWEST_POSITION;
    *Power = 1;
    for (LONG Count = Above % BASE_DIGITS; Count; Count--)
        *Power *= 10;
    return (ULONG)(WORDS - 1 - Above / BASE_DIGITS);
}

static ULONG DigitAt(const DECIMAL *Decimal, LONG Position)
{
    ULONG Power;
    if (Position < LOWEST_POSITION)
        return 0;
    ULONG Word = WordOf(Position, &Power);
    return Decimal->Words[Word] / Power % 10;
}

static VOID FindExponent(DECIMAL *Decimal)
{
    LONG Position = INTEGER_WORDS * BASE_DIGITS - 1;
    while (Position > LOWEST_POSITION && !DigitAt(Decimal, Position))
        Position--;
    Decimal->Exponent = Position > LOWEST_POSITION || DigitAt(Decimal, Position) ? Position : 0;
}

static BOOLEAN AnythingBelow(const DECIMAL *Decimal, LONG Position)
{
    ULONG Power;
    ULONG Word = WordOf(Position, &Power);
    if (Decimal->Words[Word] % Power)
        return TRUE;
    while (++Word < WORDS)
        if (Decimal->Words[Word])
            return TRUE;
    return FALSE;
}

// Round to a multiple of 10^Position. The digits below stay as they are: nobody reads them again.
static VOID Round(DECIMAL *Decimal, LONG Position)
{
    ULONG Power;
    if (Position <= LOWEST_POSITION || Position > Decimal->Exponent + 1)
        return;
    ULONG Next = DigitAt(Decimal, Position - 1);
    BOOLEAN Tie = Next == 5 && !AnythingBelow(Decimal, Position - 1);
    if (Next < 5 || (Tie && DigitAt(Decimal, Position) % 2 == 0))
        return;

    ULONG Word = WordOf(Position, &Power);
    Decimal->Words[Word] += Power;
    for (; Decimal->Words[Word] >= BASE; Word--) {
        Decimal->Words[Word] -= BASE;
        Decimal->Words[Word - 1]++;
    }
    if (Decimal->Exponent < Position)
        Decimal->Exponent = Position;
    if (DigitAt(Decimal, Decimal->Exponent + 1))
        Decimal->Exponent++;
}

static VOID Expand(DECIMAL *Decimal, ULONGLONG Bits)
{
    ULONG Exponent = Bits >> 52 & 0x7FF;
    ULONGLONG Mantissa = Bits & 0xFFFFFFFFFFFFF;
    if (Exponent)
        Mantissa |= 1ULL << 52;
    else
        Exponent = 1;
    memset(Decimal, 0, sizeof(*Decimal));
    Decimal->Words[INTEGER_WORDS - 1] = (ULONG)(Mantissa % BASE);
    Decimal->Words[INTEGER_WORDS - 2] = (ULONG)(Mantissa / BASE);
    if (Exponent >= 1075)
        ScaleUp(Decimal, Exponent - 1075);
    else
        ScaleDown(Decimal, 1075 - Exponent);
    FindExponent(Decimal);
}

// The digits from First down to Last, with a point below the units of First's number.
typedef struct {
    const DECIMAL *Decimal;
    LONG First;
    LONG PointBelow;
    LONG Fraction; // digits after the point
    BOOLEAN Point;
    WCHAR ExponentLetter; // 0: none
} BODY;

static VOID PutExponent(PFORMAT_OUTPUT Output, WCHAR Letter, LONG Exponent)
{
    ULONG Value = (ULONG)(Exponent < 0 ? -Exponent : Exponent);
    RtlpFormatPut(Output, Letter);
    RtlpFormatPut(Output, Exponent < 0 ? '-' : '+');
    if (Value >= 100)
        RtlpFormatPut(Output, (WCHAR)('0' + Value / 100));
    RtlpFormatPut(Output, (WCHAR)('0' + Value / 10 % 10));
    RtlpFormatPut(Output, (WCHAR)('0' + Value % 10));
}

static VOID PutBody(PFORMAT_OUTPUT Output, const VOID *Context)
{
    const BODY *Body = Context;
    for (LONG Position = Body->First; Position >= Body->PointBelow; Position--)
        RtlpFormatPut(Output, (WCHAR)('0' + DigitAt(Body->Decimal, Position)));
    if (Body->Point)
        RtlpFormatPut(Output, '.');
    for (LONG Index = 1; Index <= Body->Fraction; Index++)
        RtlpFormatPut(Output, (WCHAR)('0' + DigitAt(Body->Decimal, Body->PointBelow - Index)));
    if (Body->ExponentLetter)
        PutExponent(Output, Body->ExponentLetter, Body->First);
}

static SIZE_T BodyLength(const BODY *Body)
{
    SIZE_T Length = (SIZE_T)(Body->First - Body->PointBelow + 1) + (SIZE_T)Body->Fraction;
    LONG Exponent = Body->First < 0 ? -Body->First : Body->First;
    return Length + Body->Point + (Body->ExponentLetter ? 4 + (Exponent >= 100) : 0);
}

static VOID DropTrailingZeros(BODY *Body)
{
    while (Body->Fraction > 0 && !DigitAt(Body->Decimal, Body->PointBelow - Body->Fraction))
        Body->Fraction--;
    Body->Point = Body->Fraction > 0;
}

static VOID FormatDigits(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, PCSTR Sign,
                         DECIMAL *Decimal)
{
    WCHAR Kind = RtlpAsciiLower(Spec->Conversion);
    LONG Precision = Spec->Precision < 0 ? 6 : Spec->Precision;
    BODY Body = {.Decimal = Decimal, .Fraction = Precision};
    BOOLEAN Scientific = Kind == 'e';
    if (Kind == 'g') {
        Precision = Precision ? Precision : 1;
        Round(Decimal, Decimal->Exponent - (Precision - 1));
        Scientific = Decimal->Exponent < -4 || Decimal->Exponent >= Precision;
        Body.Fraction = Precision - 1 - (Scientific ? 0 : Decimal->Exponent);
    } else {
        Round(Decimal, (Scientific ? Decimal->Exponent : 0) - Precision);
    }

    Body.First = Scientific ? Decimal->Exponent : RtlpMax(Decimal->Exponent, 0);
    Body.PointBelow = Scientific ? Decimal->Exponent : 0;
    Body.Point = Body.Fraction > 0 || Spec->Alternate;
    if (Scientific)
        Body.ExponentLetter = Spec->Conversion < 'a' ? 'E' : 'e';
    if (Kind == 'g' && !Spec->Alternate)
        DropTrailingZeros(&Body);
    RtlpFormatField(Output, Spec, Sign, BodyLength(&Body), PutBody, &Body);
}

static VOID PutWord(PFORMAT_OUTPUT Output, const VOID *Context)
{
    for (PCSTR At = Context; *At; At++)
        RtlpFormatPut(Output, (UCHAR)*At);
}

[[gnu::noinline]] VOID RtlpFormatDouble(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec,
                                        double Value)
{
    DECIMAL Decimal;
    ULONGLONG Bits;
    memcpy(&Bits, &Value, sizeof(Bits));
    PCSTR Sign = Bits >> 63 ? "-" : Spec->Plus ? "+" : Spec->Space ? " " : "";

    if ((Bits >> 52 & 0x7FF) == 0x7FF) {
        BOOLEAN Upper = Spec->Conversion < 'a';
        FORMAT_SPEC Field = *Spec;
        Field.Zero = FALSE;
        PCSTR Word = Bits << 12 ? (Upper ? "NAN" : "nan") : (Upper ? "INF" : "inf");
        RtlpFormatField(Output, &Field, Sign, 3, PutWord, Word);
        return;
    }
    Expand(&Decimal, Bits);
    FormatDigits(Output, Spec, Sign, &Decimal);
}
