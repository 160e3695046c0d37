// Numbers and GUIDs as text in NT's own formats (the C runtime's are in crt/).
#include "../rtlp.h"

// Text in either width, read one character at a time; past the end there are zeros.
typedef struct {
    PCSZ Narrow;
    PCWCH Wide;
    SIZE_T Count;
    SIZE_T At;
} READER;

static WCHAR Peek(const READER *Reader)
{
    if (Reader->At >= Reader->Count)
        return 0;
    return Reader->Wide ? Reader->Wide[Reader->At] : (UCHAR)Reader->Narrow[Reader->At];
}

static ULONG DigitOf(WCHAR Character)
{
    WCHAR Lower = RtlpAsciiLower(Character);
    if (Lower >= '0' && Lower <= '9')
        return Lower - '0';
    return Lower >= 'a' && Lower <= 'f' ? Lower - 'a' + 10u : 16;
}

static ULONG TakePrefix(READER *Reader)
{
    if (Peek(Reader) != '0')
        return 10;
    Reader->At++;
    switch (Peek(Reader)) {
    case 'x':
        Reader->At++;
        return 16;
    case 'o':
        Reader->At++;
        return 8;
    case 'b':
        Reader->At++;
        return 2;
    default:
        Reader->At--;
        return 10;
    }
}

static BOOLEAN ValidBase(ULONG Base)
{
    return Base == 0 || Base == 2 || Base == 8 || Base == 10 || Base == 16;
}

// Leading characters up to the space are skipped, then sign, prefix (base 0 only) and digits are
// taken. Overflow wraps, as in Windows.
static ULONGLONG TakeNumber(READER *Reader, ULONG Base)
{
    ULONGLONG Value = 0;
    while (Reader->At < Reader->Count && Peek(Reader) && Peek(Reader) <= ' ')
        Reader->At++;
    BOOLEAN Negative = Peek(Reader) == '-';
    if (Negative || Peek(Reader) == '+')
        Reader->At++;
    if (!Base)
        Base = TakePrefix(Reader);
    for (ULONG Digit; (Digit = DigitOf(Peek(Reader))) < Base; Reader->At++)
        Value = Value * Base + Digit;
    return Negative ? 0 - Value : Value;
}

NTSTATUS NTAPI RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value)
{
    READER Reader = {.Narrow = String, .Count = strlen(String)};
    if (!ValidBase(Base))
        return STATUS_INVALID_PARAMETER;
    if (!Value)
        return STATUS_ACCESS_VIOLATION;
    *Value = (ULONG)TakeNumber(&Reader, Base);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value)
{
    READER Reader = {.Wide = String->Buffer, .Count = String->Length / sizeof(WCHAR)};
    if (!ValidBase(Base) || !Reader.Count)
        return STATUS_INVALID_PARAMETER;
    if (!Value)
        return STATUS_ACCESS_VIOLATION;
    *Value = (ULONG)TakeNumber(&Reader, Base);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeStringToInt64(PCUNICODE_STRING String, ULONG Base, PLONG64 Number,
                                       PWSTR *EndPointer)
{
    READER Reader = {.Wide = String->Buffer, .Count = String->Length / sizeof(WCHAR)};
    if (!ValidBase(Base) || !Reader.Count)
        return STATUS_INVALID_PARAMETER;
    *Number = (LONG64)TakeNumber(&Reader, Base);
    if (EndPointer)
        *EndPointer = String->Buffer + Reader.At;
    return STATUS_SUCCESS;
}

// Digits, the last first. 64 binary digits are the most.
typedef struct {
    CHAR Digits[64];
    ULONG Count;
} NUMBER_TEXT;

static NTSTATUS MakeDigits(ULONGLONG Value, ULONG Base, NUMBER_TEXT *Text)
{
    if (!ValidBase(Base))
        return STATUS_INVALID_PARAMETER;
    if (!Base)
        Base = 10;
    Text->Count = 0;
    do {
        Text->Digits[Text->Count++] = "0123456789ABCDEF"[Value % Base];
        Value /= Base;
    } while (Value);
    return STATUS_SUCCESS;
}

// A negative length asks for leading zeros up to that length. A terminator is added when it fits.
static NTSTATUS PutChars(ULONGLONG Value, ULONG Base, LONG OutputLength, PSTR String)
{
    NUMBER_TEXT Text;
    NTSTATUS Status = MakeDigits(Value, Base, &Text);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Room = OutputLength < 0 ? 0 - (ULONG)OutputLength : (ULONG)OutputLength;
    if (Text.Count > Room)
        return STATUS_BUFFER_OVERFLOW;
    if (!String)
        return STATUS_ACCESS_VIOLATION;
    if (OutputLength < 0)
        for (; Room > Text.Count; Room--)
            *String++ = '0';
    while (Text.Count) {
        *String++ = Text.Digits[--Text.Count];
        Room--;
    }
    if (Room)
        *String = ANSI_NULL;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlIntegerToChar(ULONG Value, ULONG Base, LONG OutputLength, PSTR String)
{
    return PutChars(Value, Base, OutputLength, String);
}

NTSTATUS NTAPI RtlLargeIntegerToChar(PLARGE_INTEGER Value, ULONG Base, LONG OutputLength,
                                     PSTR String)
{
    return PutChars((ULONGLONG)Value->QuadPart, Base, OutputLength, String);
}

NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String)
{
    NUMBER_TEXT Text;
    NTSTATUS Status = MakeDigits(Value, Base, &Text);
    if (!NT_SUCCESS(Status))
        return Status;
    USHORT Room = String->MaximumLength / sizeof(WCHAR);
    if (Text.Count > Room)
        return STATUS_BUFFER_OVERFLOW;
    for (ULONG Index = 0; Index < Text.Count; Index++)
        String->Buffer[Index] = (UCHAR)Text.Digits[Text.Count - 1 - Index];
    String->Length = (USHORT)(Text.Count * sizeof(WCHAR));
    if (Text.Count < Room)
        String->Buffer[Text.Count] = UNICODE_NULL;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String)
{
    return RtlInt64ToUnicodeString(Value, Base, String);
}

// {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}: which byte of a GUID in memory each pair of digits is. The
// first three parts are little-endian numbers.
#define GUID_TEXT_LENGTH 38
static const struct {
    UCHAR Position;
    UCHAR Byte;
} GuidPairs[16] = {
    {1, 3},  {3, 2},  {5, 1},   {7, 0},   {10, 5},  {12, 4},  {15, 7},  {17, 6},
    {20, 8}, {22, 9}, {25, 10}, {27, 11}, {29, 12}, {31, 13}, {33, 14}, {35, 15},
};
static const WCHAR GuidFrame[GUID_TEXT_LENGTH + 1] = L"{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";

NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID *Guid)
{
    if (GuidString->Length != GUID_TEXT_LENGTH * sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER;
    PCWCH Text = GuidString->Buffer;
    for (ULONG Index = 0; Index < GUID_TEXT_LENGTH; Index++) {
        BOOLEAN Fits =
            GuidFrame[Index] == 'x' ? DigitOf(Text[Index]) < 16 : Text[Index] == GuidFrame[Index];
        if (!Fits)
            return STATUS_INVALID_PARAMETER;
    }
    for (ULONG Pair = 0; Pair < RTL_NUMBER_OF(GuidPairs); Pair++) {
        PCWCH At = Text + GuidPairs[Pair].Position;
        ((PUCHAR)Guid)[GuidPairs[Pair].Byte] = (UCHAR)(DigitOf(At[0]) << 4 | DigitOf(At[1]));
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlStringFromGUIDEx(PCGUID Guid, PUNICODE_STRING GuidString, BOOLEAN Allocate)
{
    if (Allocate) {
        GuidString->MaximumLength = sizeof(GuidFrame);
        GuidString->Buffer = RtlpAllocateStringMemory(sizeof(GuidFrame));
        if (!GuidString->Buffer)
            return STATUS_NO_MEMORY;
    } else if (GuidString->MaximumLength < sizeof(GuidFrame)) {
        return STATUS_BUFFER_OVERFLOW;
    }
    memcpy(GuidString->Buffer, GuidFrame, sizeof(GuidFrame));
    GuidString->Length = GUID_TEXT_LENGTH * sizeof(WCHAR);
    for (ULONG Pair = 0; Pair < RTL_NUMBER_OF(GuidPairs); Pair++) {
        UCHAR Byte = ((const UCHAR *)Guid)[GuidPairs[Pair].Byte];
        PWCH At = GuidString->Buffer + GuidPairs[Pair].Position;
        At[0] = (UCHAR) "0123456789ABCDEF"[Byte >> 4];
        At[1] = (UCHAR) "0123456789ABCDEF"[Byte & 15];
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlStringFromGUID(PCGUID Guid, PUNICODE_STRING GuidString)
{
    return RtlStringFromGUIDEx(Guid, GuidString, TRUE);
}
