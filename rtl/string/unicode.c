// UNICODE_STRING: building, comparing, appending.
#include "../rtlp.h"

// The longest string that still has room for a terminator within USHORT lengths.
#define MAX_TERMINATED_BYTES (UNICODE_STRING_MAX_BYTES - sizeof(WCHAR))

VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    *DestinationString = (UNICODE_STRING){.Buffer = (PWSTR)SourceString};
    if (!SourceString)
        return;
    SIZE_T Bytes = wcslen(SourceString) * sizeof(WCHAR);
    DestinationString->Length = (USHORT)RtlpMin(Bytes, MAX_TERMINATED_BYTES);
    DestinationString->MaximumLength = DestinationString->Length + sizeof(WCHAR);
}

NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    if (SourceString && wcslen(SourceString) * sizeof(WCHAR) > MAX_TERMINATED_BYTES)
        return STATUS_NAME_TOO_LONG;
    RtlInitUnicodeString(DestinationString, SourceString);
    return STATUS_SUCCESS;
}

VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
    if (UnicodeString->Buffer)
        RtlpFreeStringMemory(UnicodeString->Buffer);
    *UnicodeString = (UNICODE_STRING){0};
}

VOID NTAPI RtlEraseUnicodeString(PUNICODE_STRING String)
{
    if (!String->Buffer || !String->MaximumLength)
        return;
    memset(String->Buffer, 0, String->MaximumLength);
    String->Length = 0;
}

// A terminator is a courtesy where there is room; the length does not count it.
static VOID TerminateIfRoom(PUNICODE_STRING String)
{
    if (String->Length + sizeof(WCHAR) <= String->MaximumLength)
        String->Buffer[String->Length / sizeof(WCHAR)] = UNICODE_NULL;
}

VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    DestinationString->Length = 0;
    if (!SourceString)
        return;
    USHORT Length = RtlpMin(SourceString->Length, DestinationString->MaximumLength);
    memmove(DestinationString->Buffer, SourceString->Buffer, Length);
    DestinationString->Length = Length;
    TerminateIfRoom(DestinationString);
}

static NTSTATUS Append(PUNICODE_STRING Destination, PCWCH Source, SIZE_T Bytes)
{
    if (Bytes > (SIZE_T)(Destination->MaximumLength - Destination->Length))
        return STATUS_BUFFER_TOO_SMALL;
    memmove(Destination->Buffer + Destination->Length / sizeof(WCHAR), Source, Bytes);
    Destination->Length = (USHORT)(Destination->Length + Bytes);
    TerminateIfRoom(Destination);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    return Source->Length ? Append(Destination, Source->Buffer, Source->Length) : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source)
{
    return Source ? Append(Destination, Source, wcslen(Source) * sizeof(WCHAR)) : STATUS_SUCCESS;
}

LONG NTAPI RtlCompareUnicodeStrings(PCWCH String1, SIZE_T String1Length, PCWCH String2,
                                    SIZE_T String2Length, BOOLEAN CaseInSensitive)
{
    SIZE_T Common = RtlpMin(String1Length, String2Length);
    for (SIZE_T Index = 0; Index < Common; Index++) {
        LONG A = String1[Index], B = String2[Index];
        if (A != B && CaseInSensitive) {
            A = RtlUpcaseUnicodeChar((WCHAR)A);
            B = RtlUpcaseUnicodeChar((WCHAR)B);
        }
        if (A != B)
            return A - B;
    }
    return (String1Length > String2Length) - (String1Length < String2Length);
}

LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                   BOOLEAN CaseInSensitive)
{
    return RtlCompareUnicodeStrings(String1->Buffer, String1->Length / sizeof(WCHAR),
                                    String2->Buffer, String2->Length / sizeof(WCHAR),
                                    CaseInSensitive);
}

BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                    BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length &&
           RtlCompareUnicodeString(String1, String2, CaseInSensitive) == 0;
}

BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                     BOOLEAN CaseInSensitive)
{
    SIZE_T Count = String1->Length / sizeof(WCHAR);
    return String1->Length <= String2->Length &&
           RtlCompareUnicodeStrings(String1->Buffer, Count, String2->Buffer, Count,
                                    CaseInSensitive) == 0;
}

BOOLEAN NTAPI RtlSuffixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                     BOOLEAN CaseInSensitive)
{
    if (String1->Length > String2->Length)
        return FALSE;
    SIZE_T Count = String1->Length / sizeof(WCHAR);
    PCWCH Tail = String2->Buffer + String2->Length / sizeof(WCHAR) - Count;
    return RtlCompareUnicodeStrings(String1->Buffer, Count, Tail, Count, CaseInSensitive) == 0;
}

// X65599 is the one algorithm that is documented, and also the default.
NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive,
                                    ULONG HashAlgorithm, PULONG HashValue)
{
    if (!String || !HashValue)
        return STATUS_INVALID_PARAMETER;
    if (HashAlgorithm != HASH_STRING_ALGORITHM_DEFAULT &&
        HashAlgorithm != HASH_STRING_ALGORITHM_X65599)
        return STATUS_INVALID_PARAMETER;

    ULONG Hash = 0;
    for (SIZE_T Index = 0; Index < String->Length / sizeof(WCHAR); Index++) {
        WCHAR Character = String->Buffer[Index];
        Hash = Hash * 65599 + (CaseInSensitive ? RtlUpcaseUnicodeChar(Character) : Character);
    }
    *HashValue = Hash;
    return STATUS_SUCCESS;
}

// Give Destination a buffer of its own, or check the one that it has.
static NTSTATUS PrepareDestination(PUNICODE_STRING Destination, USHORT Bytes, BOOLEAN Allocate)
{
    if (!Allocate)
        return Bytes > Destination->MaximumLength ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
    Destination->Buffer = RtlpAllocateStringMemory(RtlpMax(Bytes, sizeof(WCHAR)));
    if (!Destination->Buffer)
        return STATUS_NO_MEMORY;
    Destination->MaximumLength = Bytes;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString,
                                      PCUNICODE_STRING SourceString,
                                      BOOLEAN AllocateDestinationString)
{
    NTSTATUS Status =
        PrepareDestination(DestinationString, SourceString->Length, AllocateDestinationString);
    if (!NT_SUCCESS(Status) || Status == STATUS_BUFFER_OVERFLOW)
        return Status;
    for (SIZE_T Index = 0; Index < SourceString->Length / sizeof(WCHAR); Index++)
        DestinationString->Buffer[Index] = RtlUpcaseUnicodeChar(SourceString->Buffer[Index]);
    DestinationString->Length = SourceString->Length;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString,
                                        PCUNICODE_STRING SourceString,
                                        BOOLEAN AllocateDestinationString)
{
    NTSTATUS Status =
        PrepareDestination(DestinationString, SourceString->Length, AllocateDestinationString);
    if (!NT_SUCCESS(Status) || Status == STATUS_BUFFER_OVERFLOW)
        return Status;
    for (SIZE_T Index = 0; Index < SourceString->Length / sizeof(WCHAR); Index++)
        DestinationString->Buffer[Index] = RtlDowncaseUnicodeChar(SourceString->Buffer[Index]);
    DestinationString->Length = SourceString->Length;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlValidateUnicodeString(ULONG Flags, PCUNICODE_STRING String)
{
    if (Flags)
        return STATUS_INVALID_PARAMETER;
    if (!String)
        return STATUS_SUCCESS;
    if (String->Length % sizeof(WCHAR) || String->MaximumLength % sizeof(WCHAR) ||
        String->Length > String->MaximumLength)
        return STATUS_INVALID_PARAMETER;
    if (!String->Buffer && (String->Length || String->MaximumLength))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING StringIn,
                                         PUNICODE_STRING StringOut)
{
    constexpr ULONG Terminate = RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE;
    constexpr ULONG AllocateNull = RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING;
    if (Flags & ~(Terminate | AllocateNull) || !StringOut ||
        (Flags & (Terminate | AllocateNull)) == AllocateNull ||
        !NT_SUCCESS(RtlValidateUnicodeString(0, StringIn)))
        return STATUS_INVALID_PARAMETER;

    USHORT Length = StringIn ? StringIn->Length : 0;
    if (Flags & Terminate && Length == UNICODE_STRING_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    *StringOut = (UNICODE_STRING){0};
    if (!Length && !(Flags & AllocateNull))
        return STATUS_SUCCESS;

    USHORT Bytes = Length + (Flags & Terminate ? sizeof(WCHAR) : 0);
    PWCH Buffer = RtlpAllocateStringMemory(Bytes);
    if (!Buffer)
        return STATUS_NO_MEMORY;
    if (Length)
        memcpy(Buffer, StringIn->Buffer, Length);
    *StringOut = (UNICODE_STRING){Length, Bytes, Buffer};
    TerminateIfRoom(StringOut);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    UNICODE_STRING Source;
    constexpr ULONG Flags = RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE |
                            RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING;
    return NT_SUCCESS(RtlInitUnicodeStringEx(&Source, SourceString)) &&
           NT_SUCCESS(RtlDuplicateUnicodeString(Flags, &Source, DestinationString));
}

static BOOLEAN InCharSet(WCHAR Character, PCUNICODE_STRING CharSet, BOOLEAN CaseInSensitive)
{
    WCHAR Upper = RtlUpcaseUnicodeChar(Character);
    for (SIZE_T Index = 0; Index < CharSet->Length / sizeof(WCHAR); Index++) {
        WCHAR Member = CharSet->Buffer[Index];
        if (Member == Character || (CaseInSensitive && RtlUpcaseUnicodeChar(Member) == Upper))
            return TRUE;
    }
    return FALSE;
}

// From the start, the result counts the bytes up to and with the character found; from the end,
// those before it.
NTSTATUS NTAPI RtlFindCharInUnicodeString(ULONG Flags, PCUNICODE_STRING StringToSearch,
                                          PCUNICODE_STRING CharSet,
                                          PUSHORT NonInclusivePrefixLength)
{
    constexpr ULONG AtEnd = RTL_FIND_CHAR_IN_UNICODE_STRING_START_AT_END;
    constexpr ULONG Complement = RTL_FIND_CHAR_IN_UNICODE_STRING_COMPLEMENT_CHAR_SET;
    constexpr ULONG AnyCase = RTL_FIND_CHAR_IN_UNICODE_STRING_CASE_INSENSITIVE;
    *NonInclusivePrefixLength = 0;
    if (Flags & ~(AtEnd | Complement | AnyCase))
        return STATUS_INVALID_PARAMETER;

    BOOLEAN Wanted = !(Flags & Complement);
    USHORT Count = StringToSearch->Length / sizeof(WCHAR);
    for (USHORT Step = 0; Step < Count; Step++) {
        USHORT Index = Flags & AtEnd ? Count - 1 - Step : Step;
        WCHAR Character = StringToSearch->Buffer[Index];
        if (InCharSet(Character, CharSet, (Flags & AnyCase) != 0) != Wanted)
            continue;
        *NonInclusivePrefixLength = (Index + !(Flags & AtEnd)) * sizeof(WCHAR);
        return STATUS_SUCCESS;
    }
    return STATUS_NOT_FOUND;
}
