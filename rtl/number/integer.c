// Large integers, byte order, random numbers, CRC-32, version conditions.
#include "../rtlp.h"

static LARGE_INTEGER Large(ULONGLONG Value)
{
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)Value};
}

LARGE_INTEGER NTAPI RtlLargeIntegerAdd(LARGE_INTEGER Addend1, LARGE_INTEGER Addend2)
{
    return Large((ULONGLONG)Addend1.QuadPart + (ULONGLONG)Addend2.QuadPart);
}

LARGE_INTEGER NTAPI RtlLargeIntegerSubtract(LARGE_INTEGER Minuend, LARGE_INTEGER Subtrahend)
{
    return Large((ULONGLONG)Minuend.QuadPart - (ULONGLONG)Subtrahend.QuadPart);
}

LARGE_INTEGER NTAPI RtlLargeIntegerNegate(LARGE_INTEGER Subtrahend)
{
    return Large(0 - (ULONGLONG)Subtrahend.QuadPart);
}

// Unsigned, as the function always was.
LARGE_INTEGER NTAPI RtlLargeIntegerDivide(LARGE_INTEGER Dividend, LARGE_INTEGER Divisor,
                                          PLARGE_INTEGER Remainder)
{
    ULONGLONG Value = (ULONGLONG)Dividend.QuadPart, By = (ULONGLONG)Divisor.QuadPart;
    if (Remainder)
        *Remainder = Large(Value % By);
    return Large(Value / By);
}

LARGE_INTEGER NTAPI RtlLargeIntegerShiftLeft(LARGE_INTEGER Value, CCHAR ShiftCount)
{
    return Large((ULONGLONG)Value.QuadPart << (ShiftCount & 63));
}

LARGE_INTEGER NTAPI RtlLargeIntegerShiftRight(LARGE_INTEGER Value, CCHAR ShiftCount)
{
    return Large((ULONGLONG)Value.QuadPart >> (ShiftCount & 63));
}

LARGE_INTEGER NTAPI RtlLargeIntegerArithmeticShift(LARGE_INTEGER Value, CCHAR ShiftCount)
{
    return Large((ULONGLONG)(Value.QuadPart >> (ShiftCount & 63)));
}

LARGE_INTEGER NTAPI RtlEnlargedIntegerMultiply(LONG Multiplicand, LONG Multiplier)
{
    return Large((ULONGLONG)((LONGLONG)Multiplicand * Multiplier));
}

LARGE_INTEGER NTAPI RtlEnlargedUnsignedMultiply(ULONG Multiplicand, ULONG Multiplier)
{
    return Large((ULONGLONG)Multiplicand * Multiplier);
}

ULONG NTAPI RtlEnlargedUnsignedDivide(ULARGE_INTEGER Dividend, ULONG Divisor, PULONG Remainder)
{
    if (Remainder)
        *Remainder = (ULONG)(Dividend.QuadPart % Divisor);
    return (ULONG)(Dividend.QuadPart / Divisor);
}

LARGE_INTEGER NTAPI RtlExtendedIntegerMultiply(LARGE_INTEGER Multiplicand, LONG Multiplier)
{
    return Large((ULONGLONG)Multiplicand.QuadPart * (ULONGLONG)(LONGLONG)Multiplier);
}

LARGE_INTEGER NTAPI RtlExtendedLargeIntegerDivide(LARGE_INTEGER Dividend, ULONG Divisor,
                                                  PULONG Remainder)
{
    ULONGLONG Value = (ULONGLONG)Dividend.QuadPart;
    if (Remainder)
        *Remainder = (ULONG)(Value % Divisor);
    return Large(Value / Divisor);
}

// Division by a constant: the high half of the product with the reciprocal, shifted.
LARGE_INTEGER NTAPI RtlExtendedMagicDivide(LARGE_INTEGER Dividend, LARGE_INTEGER MagicDivisor,
                                           CCHAR ShiftCount)
{
    BOOLEAN Negative = Dividend.QuadPart < 0;
    ULONGLONG Value = (ULONGLONG)Dividend.QuadPart;
    if (Negative)
        Value = 0 - Value;
    ULONGLONG High = (ULONGLONG)((unsigned __int128)Value * (ULONGLONG)MagicDivisor.QuadPart >> 64);
    High >>= ShiftCount & 63;
    return Large(Negative ? 0 - High : High);
}

LARGE_INTEGER NTAPI RtlConvertLongToLargeInteger(LONG SignedInteger)
{
    return (LARGE_INTEGER){.QuadPart = SignedInteger};
}

LARGE_INTEGER NTAPI RtlConvertUlongToLargeInteger(ULONG UnsignedInteger)
{
    return Large(UnsignedInteger);
}

USHORT FASTCALL RtlUshortByteSwap(USHORT Source)
{
    return __builtin_bswap16(Source);
}

ULONG FASTCALL RtlUlongByteSwap(ULONG Source)
{
    return __builtin_bswap32(Source);
}

ULONGLONG FASTCALL RtlUlonglongByteSwap(ULONGLONG Source)
{
    return __builtin_bswap64(Source);
}

// The documented generator: D. H. Lehmer's method, x' = (0x7FFFFFED x + 0x7FFFFFC3) mod (2^31 - 1).
ULONG NTAPI RtlUniform(PULONG Seed)
{
    *Seed = (ULONG)((*Seed * 0x7FFFFFEDULL + 0x7FFFFFC3) % MAXLONG);
    return *Seed;
}

// RtlRandom shuffles the generator's output through a table (MacLaren and Marsaglia): twice as good,
// as the documentation puts it. The table is shared; a race only shuffles more.
#define SHUFFLE_SIZE 128

static volatile ULONG ShuffleTable[SHUFFLE_SIZE];
static volatile BOOLEAN ShuffleReady;

static VOID FillShuffleTable(void)
{
    ULONG Seed = 0x5EED;
    for (ULONG Index = 0; Index < SHUFFLE_SIZE; Index++)
        ShuffleTable[Index] = RtlUniform(&Seed);
    ShuffleReady = TRUE;
}

ULONG NTAPI RtlRandom(PULONG Seed)
{
    if (!ShuffleReady)
        FillShuffleTable();
    ULONG Fresh = RtlUniform(Seed);
    ULONG Index = RtlUniform(Seed) % SHUFFLE_SIZE;
    ULONG Result = ShuffleTable[Index];
    ShuffleTable[Index] = Fresh;
    return Result;
}

// The faster form takes one step of the generator; the result chosen last selects the next.
ULONG NTAPI RtlRandomEx(PULONG Seed)
{
    static volatile ULONG Last;
    if (!ShuffleReady)
        FillShuffleTable();
    ULONG Index = Last % SHUFFLE_SIZE;
    ULONG Result = ShuffleTable[Index];
    ShuffleTable[Index] = RtlUniform(Seed);
    Last = Result;
    return Result;
}

// CRC-32 of IEEE 802.3, reflected, four bits at a time.
ULONG NTAPI RtlComputeCrc32(ULONG PartialCrc, const VOID *Buffer, ULONG Length)
{
    static const ULONG Nibbles[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    const UCHAR *Bytes = Buffer;
    ULONG Crc = ~PartialCrc;
    for (ULONG Index = 0; Index < Length; Index++) {
        Crc ^= Bytes[Index];
        Crc = Crc >> 4 ^ Nibbles[Crc & 15];
        Crc = Crc >> 4 ^ Nibbles[Crc & 15];
    }
    return ~Crc;
}

// Version conditions: three bits for each VER_* type, in the order of the types' bits.
#define CONDITION_BITS 3
#define CONDITION_MASK 7

ULONGLONG NTAPI VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition)
{
    if (!TypeMask)
        return ConditionMask;
    ULONG Position = (ULONG)__builtin_ctz(TypeMask) * CONDITION_BITS;
    return ConditionMask | (ULONGLONG)(Condition & CONDITION_MASK) << Position;
}

static ULONG ConditionOf(ULONGLONG Mask, ULONG Type)
{
    return Mask >> ((ULONG)__builtin_ctz(Type) * CONDITION_BITS) & CONDITION_MASK;
}

static BOOLEAN Satisfies(LONGLONG Order, ULONG Condition)
{
    switch (Condition) {
    case VER_EQUAL:
        return Order == 0;
    case VER_GREATER:
        return Order > 0;
    case VER_GREATER_EQUAL:
        return Order >= 0;
    case VER_LESS:
        return Order < 0;
    case VER_LESS_EQUAL:
        return Order <= 0;
    default:
        return FALSE;
    }
}

static BOOLEAN SatisfiesSuites(ULONG Running, ULONG Wanted, ULONG Condition)
{
    if (Condition == VER_AND)
        return (Running & Wanted) == Wanted;
    return Condition == VER_OR && (Running & Wanted || !Wanted);
}

// Version numbers are compared as one number of parts: a part counts only while the parts before it
// are equal. The condition of the most significant part asked for holds for all of them.
static BOOLEAN VersionFits(const RTL_OSVERSIONINFOEXW *Requested, ULONG TypeMask,
                           ULONGLONG ConditionMask, const RTL_OSVERSIONINFOEXW *Running)
{
    const struct {
        ULONG Type;
        ULONG Running, Requested;
    } Parts[] = {
        {VER_MAJORVERSION, Running->dwMajorVersion, Requested->dwMajorVersion},
        {VER_MINORVERSION, Running->dwMinorVersion, Requested->dwMinorVersion},
        {VER_SERVICEPACKMAJOR, Running->wServicePackMajor, Requested->wServicePackMajor},
        {VER_SERVICEPACKMINOR, Running->wServicePackMinor, Requested->wServicePackMinor},
    };
    ULONG Condition = 0;
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Parts); Index++) {
        if (!(TypeMask & Parts[Index].Type))
            continue;
        if (!Condition)
            Condition = ConditionOf(ConditionMask, Parts[Index].Type);
        LONGLONG Order = (LONGLONG)Parts[Index].Running - Parts[Index].Requested;
        if (Order)
            return Satisfies(Order, Condition);
    }
    return !Condition || Satisfies(0, Condition);
}

// The comparison behind RtlVerifyVersionInfo.
NTSTATUS NTAPI RtlpVerifyVersion(PRTL_OSVERSIONINFOEXW Requested, ULONG TypeMask,
                                 ULONGLONG ConditionMask, const RTL_OSVERSIONINFOEXW *Running)
{
    if (!TypeMask || !ConditionMask)
        return STATUS_INVALID_PARAMETER;
    const struct {
        ULONG Type;
        ULONG Running, Requested;
    } Numbers[] = {
        {VER_BUILDNUMBER, Running->dwBuildNumber, Requested->dwBuildNumber},
        {VER_PLATFORMID, Running->dwPlatformId, Requested->dwPlatformId},
        {VER_PRODUCT_TYPE, Running->wProductType, Requested->wProductType},
    };
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Numbers); Index++) {
        ULONG Type = Numbers[Index].Type;
        LONGLONG Order = (LONGLONG)Numbers[Index].Running - Numbers[Index].Requested;
        if (TypeMask & Type && !Satisfies(Order, ConditionOf(ConditionMask, Type)))
            return STATUS_REVISION_MISMATCH;
    }
    if (TypeMask & VER_SUITENAME && !SatisfiesSuites(Running->wSuiteMask, Requested->wSuiteMask,
                                                     ConditionOf(ConditionMask, VER_SUITENAME)))
        return STATUS_REVISION_MISMATCH;
    return VersionFits(Requested, TypeMask, ConditionMask, Running) ? STATUS_SUCCESS
                                                                    : STATUS_REVISION_MISMATCH;
}
