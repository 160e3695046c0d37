// STRING, ANSI_STRING, OEM_STRING, UTF8_STRING: counted strings of bytes.
#include "../rtlp.h"

#define MAX_TERMINATED_BYTES (MAXUSHORT - 1)

VOID NTAPI RtlInitString(PSTRING DestinationString, PCSZ SourceString)
{
    *DestinationString = (STRING){.Buffer = (PCHAR)SourceString};
    if (!SourceString)
        return;
    SIZE_T Length = strlen(SourceString);
    DestinationString->Length = (USHORT)RtlpMin(Length, (SIZE_T)MAX_TERMINATED_BYTES);
    DestinationString->MaximumLength = DestinationString->Length + 1;
}

NTSTATUS NTAPI RtlInitStringEx(PSTRING DestinationString, PCSZ SourceString)
{
    if (SourceString && strlen(SourceString) > MAX_TERMINATED_BYTES)
        return STATUS_NAME_TOO_LONG;
    RtlInitString(DestinationString, SourceString);
    return STATUS_SUCCESS;
}

VOID NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString)
{
    RtlInitString(DestinationString, SourceString);
}

NTSTATUS NTAPI RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSZ SourceString)
{
    return RtlInitStringEx(DestinationString, SourceString);
}

VOID NTAPI RtlInitUTF8String(PUTF8_STRING DestinationString, PCSZ SourceString)
{
    RtlInitString(DestinationString, SourceString);
}

NTSTATUS NTAPI RtlInitUTF8StringEx(PUTF8_STRING DestinationString, PCSZ SourceString)
{
    return RtlInitStringEx(DestinationString, SourceString);
}

VOID NTAPI RtlFreeAnsiString(PANSI_STRING AnsiString)
{
    if (AnsiString->Buffer)
        RtlpFreeStringMemory(AnsiString->Buffer);
    *AnsiString = (ANSI_STRING){0};
}

VOID NTAPI RtlFreeOemString(POEM_STRING OemString)
{
    RtlFreeAnsiString(OemString);
}

VOID NTAPI RtlFreeUTF8String(PUTF8_STRING Utf8String)
{
    RtlFreeAnsiString(Utf8String);
}

VOID NTAPI RtlCopyString(PSTRING DestinationString, const STRING *SourceString)
{
    DestinationString->Length = 0;
    if (!SourceString)
        return;
    DestinationString->Length = RtlpMin(SourceString->Length, DestinationString->MaximumLength);
    memmove(DestinationString->Buffer, SourceString->Buffer, DestinationString->Length);
}

static NTSTATUS Append(PSTRING Destination, const CHAR *Source, SIZE_T Length)
{
    if (Length > (SIZE_T)(Destination->MaximumLength - Destination->Length))
        return STATUS_BUFFER_TOO_SMALL;
    memmove(Destination->Buffer + Destination->Length, Source, Length);
    Destination->Length = (USHORT)(Destination->Length + Length);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendStringToString(PSTRING Destination, const STRING *Source)
{
    return Source->Length ? Append(Destination, Source->Buffer, Source->Length) : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendAsciizToString(PSTRING Destination, PCSZ Source)
{
    return Source ? Append(Destination, Source, strlen(Source)) : STATUS_SUCCESS;
}

VOID NTAPI RtlUpperString(PSTRING DestinationString, const STRING *SourceString)
{
    USHORT Length = RtlpMin(SourceString->Length, DestinationString->MaximumLength);
    for (USHORT Index = 0; Index < Length; Index++)
        DestinationString->Buffer[Index] = RtlUpperChar(SourceString->Buffer[Index]);
    DestinationString->Length = Length;
}

static LONG Compare(const CHAR *First, const CHAR *Second, USHORT Length, BOOLEAN CaseInSensitive)
{
    for (USHORT Index = 0; Index < Length; Index++) {
        CHAR A = First[Index], B = Second[Index];
        if (A != B && CaseInSensitive) {
            A = RtlUpperChar(A);
            B = RtlUpperChar(B);
        }
        if (A != B)
            return (UCHAR)A - (UCHAR)B;
    }
    return 0;
}

LONG NTAPI RtlCompareString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    USHORT Common = RtlpMin(String1->Length, String2->Length);
    LONG Result = Compare(String1->Buffer, String2->Buffer, Common, CaseInSensitive);
    return Result ? Result : String1->Length - String2->Length;
}

BOOLEAN NTAPI RtlEqualString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length &&
           Compare(String1->Buffer, String2->Buffer, String1->Length, CaseInSensitive) == 0;
}

BOOLEAN NTAPI RtlPrefixString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    return String1->Length <= String2->Length &&
           Compare(String1->Buffer, String2->Buffer, String1->Length, CaseInSensitive) == 0;
}
