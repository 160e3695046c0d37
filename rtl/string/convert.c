// Conversions of whole counted strings between code pages, UTF-8 and Unicode. All follow one plan:
// measure, get or check the destination, convert, terminate.
#include "../nls/nlsp.h"

// To Unicode. Terminated: room for a terminator is demanded and written.
static NTSTATUS PageToUnicodeString(PNLS_PAGE Page, PUNICODE_STRING Destination,
                                    const STRING *Source, BOOLEAN Allocate, BOOLEAN Terminated)
{
    ULONG Bytes = Source->Length * sizeof(WCHAR);
    ULONG Needed = Bytes + (Terminated ? sizeof(WCHAR) : 0);
    if (Needed > MAXUSHORT)
        return STATUS_INVALID_PARAMETER_2;
    if (Allocate) {
        Destination->Buffer = RtlpAllocateStringMemory(RtlpMax(Needed, sizeof(WCHAR)));
        if (!Destination->Buffer)
            return STATUS_NO_MEMORY;
        Destination->MaximumLength = (USHORT)Needed;
    } else if (Needed > Destination->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    Destination->Length = (USHORT)Bytes;
    RtlpPageToUnicode(Page, Destination->Buffer, Bytes, Source->Buffer, Source->Length);
    if (Terminated)
        Destination->Buffer[Source->Length] = UNICODE_NULL;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
                                            PCANSI_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    return PageToUnicodeString(&RtlpAnsiPage, DestinationString, SourceString,
                               AllocateDestinationString, TRUE);
}

NTSTATUS NTAPI RtlOemStringToUnicodeString(PUNICODE_STRING DestinationString,
                                           PCOEM_STRING SourceString,
                                           BOOLEAN AllocateDestinationString)
{
    return PageToUnicodeString(&RtlpOemPage, DestinationString, SourceString,
                               AllocateDestinationString, TRUE);
}

NTSTATUS NTAPI RtlOemStringToCountedUnicodeString(PUNICODE_STRING DestinationString,
                                                  PCOEM_STRING SourceString,
                                                  BOOLEAN AllocateDestinationString)
{
    if (!SourceString->Length) {
        *DestinationString = (UNICODE_STRING){0};
        return STATUS_SUCCESS;
    }
    return PageToUnicodeString(&RtlpOemPage, DestinationString, SourceString,
                               AllocateDestinationString, FALSE);
}

BOOLEAN NTAPI RtlCreateUnicodeStringFromAsciiz(PUNICODE_STRING DestinationString, PCSZ SourceString)
{
    ANSI_STRING Ansi;
    return NT_SUCCESS(RtlInitAnsiStringEx(&Ansi, SourceString)) &&
           NT_SUCCESS(RtlAnsiStringToUnicodeString(DestinationString, &Ansi, TRUE));
}

// From Unicode
typedef struct {
    PNLS_PAGE Page;
    BOOLEAN Upcase;
    BOOLEAN Terminated;
} FROM_UNICODE;

// A terminated result that does not fit is cut off, and still terminated; the status tells.
static NTSTATUS UnicodeToPageString(FROM_UNICODE How, PSTRING Destination, PCUNICODE_STRING Source,
                                    BOOLEAN Allocate)
{
    ULONG Length = Source->Length / sizeof(WCHAR);
    ULONG Needed = Length + How.Terminated;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Allocate) {
        Destination->Buffer = RtlpAllocateStringMemory(RtlpMax(Needed, 1u));
        if (!Destination->Buffer)
            return STATUS_NO_MEMORY;
        Destination->MaximumLength = (USHORT)Needed;
    } else if (Needed > Destination->MaximumLength) {
        if (!How.Terminated || !Destination->MaximumLength)
            return STATUS_BUFFER_OVERFLOW;
        Length = Destination->MaximumLength - 1u;
        Status = STATUS_BUFFER_OVERFLOW;
    }
    Destination->Length = (USHORT)RtlpPageFromUnicode(How.Page, Destination->Buffer, Length,
                                                      Source->Buffer, Source->Length, How.Upcase);
    if (How.Terminated)
        Destination->Buffer[Destination->Length] = ANSI_NULL;
    return Status;
}

NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
                                            PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    return UnicodeToPageString((FROM_UNICODE){&RtlpAnsiPage, FALSE, TRUE}, DestinationString,
                               SourceString, AllocateDestinationString);
}

NTSTATUS NTAPI RtlUpcaseUnicodeStringToAnsiString(PANSI_STRING DestinationString,
                                                  PCUNICODE_STRING SourceString,
                                                  BOOLEAN AllocateDestinationString)
{
    return UnicodeToPageString((FROM_UNICODE){&RtlpAnsiPage, TRUE, TRUE}, DestinationString,
                               SourceString, AllocateDestinationString);
}

NTSTATUS NTAPI RtlUnicodeStringToOemString(POEM_STRING DestinationString,
                                           PCUNICODE_STRING SourceString,
                                           BOOLEAN AllocateDestinationString)
{
    return UnicodeToPageString((FROM_UNICODE){&RtlpOemPage, FALSE, TRUE}, DestinationString,
                               SourceString, AllocateDestinationString);
}

NTSTATUS NTAPI RtlUpcaseUnicodeStringToOemString(POEM_STRING DestinationString,
                                                 PCUNICODE_STRING SourceString,
                                                 BOOLEAN AllocateDestinationString)
{
    return UnicodeToPageString((FROM_UNICODE){&RtlpOemPage, TRUE, TRUE}, DestinationString,
                               SourceString, AllocateDestinationString);
}

// The counted variants allocate nothing for an empty string.
static NTSTATUS UnicodeToCountedOem(BOOLEAN Upcase, POEM_STRING Destination,
                                    PCUNICODE_STRING Source, BOOLEAN Allocate)
{
    if (!Source->Length) {
        *Destination = (OEM_STRING){0};
        return STATUS_SUCCESS;
    }
    return UnicodeToPageString((FROM_UNICODE){&RtlpOemPage, Upcase, FALSE}, Destination, Source,
                               Allocate);
}

NTSTATUS NTAPI RtlUnicodeStringToCountedOemString(POEM_STRING DestinationString,
                                                  PCUNICODE_STRING SourceString,
                                                  BOOLEAN AllocateDestinationString)
{
    return UnicodeToCountedOem(FALSE, DestinationString, SourceString, AllocateDestinationString);
}

NTSTATUS NTAPI RtlUpcaseUnicodeStringToCountedOemString(POEM_STRING DestinationString,
                                                        PCUNICODE_STRING SourceString,
                                                        BOOLEAN AllocateDestinationString)
{
    return UnicodeToCountedOem(TRUE, DestinationString, SourceString, AllocateDestinationString);
}

// UTF-8. Ill-formed input is converted with replacement characters, and that is a success.
NTSTATUS NTAPI RtlUTF8StringToUnicodeString(PUNICODE_STRING DestinationString,
                                            PCUTF8_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    ULONG Bytes, Written;
    NTSTATUS Status =
        RtlUTF8ToUnicodeN(nullptr, 0, &Bytes, SourceString->Buffer, SourceString->Length);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Bytes + sizeof(WCHAR) > MAXUSHORT)
        return STATUS_INVALID_PARAMETER_2;
    if (AllocateDestinationString) {
        DestinationString->MaximumLength = (USHORT)(Bytes + sizeof(WCHAR));
        DestinationString->Buffer = RtlpAllocateStringMemory(DestinationString->MaximumLength);
        if (!DestinationString->Buffer)
            return STATUS_NO_MEMORY;
    } else if (Bytes + sizeof(WCHAR) > DestinationString->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    Status = RtlUTF8ToUnicodeN(DestinationString->Buffer, Bytes, &Written, SourceString->Buffer,
                               SourceString->Length);
    DestinationString->Length = (USHORT)Written;
    DestinationString->Buffer[Written / sizeof(WCHAR)] = UNICODE_NULL;
    return Status;
}

NTSTATUS NTAPI RtlUnicodeStringToUTF8String(PUTF8_STRING DestinationString,
                                            PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    ULONG Bytes, Written;
    NTSTATUS Status =
        RtlUnicodeToUTF8N(nullptr, 0, &Bytes, SourceString->Buffer, SourceString->Length);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Bytes + 1 > MAXUSHORT)
        return STATUS_INVALID_PARAMETER_2;
    if (AllocateDestinationString) {
        DestinationString->MaximumLength = (USHORT)(Bytes + 1);
        DestinationString->Buffer = RtlpAllocateStringMemory(DestinationString->MaximumLength);
        if (!DestinationString->Buffer)
            return STATUS_NO_MEMORY;
    } else if (Bytes + 1 > DestinationString->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    Status = RtlUnicodeToUTF8N(DestinationString->Buffer, Bytes, &Written, SourceString->Buffer,
                               SourceString->Length);
    DestinationString->Length = (USHORT)Written;
    DestinationString->Buffer[Written] = ANSI_NULL;
    return Status;
}

// Sizes in bytes, with the terminator. The Rtlx names are the functions behind the macros of the
// driver kit.
ULONG NTAPI RtlAnsiStringToUnicodeSize(PCANSI_STRING AnsiString)
{
    return (AnsiString->Length + 1) * sizeof(WCHAR);
}

ULONG NTAPI RtlOemStringToUnicodeSize(PCOEM_STRING OemString)
{
    return (OemString->Length + 1) * sizeof(WCHAR);
}

ULONG NTAPI RtlUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString)
{
    return UnicodeString->Length / sizeof(WCHAR) + 1;
}

ULONG NTAPI RtlUnicodeStringToOemSize(PCUNICODE_STRING UnicodeString)
{
    return UnicodeString->Length / sizeof(WCHAR) + 1;
}

ULONG NTAPI RtlxAnsiStringToUnicodeSize(PCANSI_STRING AnsiString)
{
    return RtlAnsiStringToUnicodeSize(AnsiString);
}

ULONG NTAPI RtlxOemStringToUnicodeSize(PCOEM_STRING OemString)
{
    return RtlOemStringToUnicodeSize(OemString);
}

ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString)
{
    return RtlUnicodeStringToAnsiSize(UnicodeString);
}

ULONG NTAPI RtlxUnicodeStringToOemSize(PCUNICODE_STRING UnicodeString)
{
    return RtlUnicodeStringToOemSize(UnicodeString);
}
