// Names of 8.3 characters (FAT): whether a name is one, and making one from a long name.
#include "../rtlp.h"

#define BASE_MOST        8
#define EXTENSION_MOST   3
#define SHORT_NAME_MOST  (BASE_MOST + 1 + EXTENSION_MOST)
#define BASE_KEPT        6 // before "~1"
#define BASE_HASHED      2 // before four digits of a hash and "~1"
#define LAST_PLAIN_INDEX 4

// Besides control characters. Letters of long names that short names lack: FAT specification 7.4.
static BOOLEAN IsForbidden(WCHAR Character)
{
    return Character < ' ' || (Character < 0x80 && strchr("\"*+,/:;<=>?[\\]|", Character));
}

static BOOLEAN IsDotName(const CHAR *Name, ULONG Length)
{
    return (Length == 1 || Length == 2) && Name[0] == '.' && Name[Length - 1] == '.';
}

// Base and extension, each ending in something else than a space.
static BOOLEAN IsPart(const CHAR *Part, ULONG Length, ULONG Most)
{
    return Length && Length <= Most && Part[Length - 1] != ' ';
}

static BOOLEAN IsShortName(const CHAR *Name, ULONG Length, PBOOLEAN Spaces)
{
    ULONG Dot = Length;
    *Spaces = FALSE;
    if (IsDotName(Name, Length))
        return TRUE;
    for (ULONG Index = 0; Index < Length; Index++) {
        if (IsForbidden((UCHAR)Name[Index]))
            return FALSE;
        if (Name[Index] == '.' && Dot != Length)
            return FALSE; // a second dot
        if (Name[Index] == '.')
            Dot = Index;
        *Spaces |= Name[Index] == ' ';
    }
    return IsPart(Name, Dot, BASE_MOST) &&
           (Dot == Length || IsPart(Name + Dot + 1, Length - Dot - 1, EXTENSION_MOST));
}

BOOLEAN NTAPI RtlIsNameLegalDOS8Dot3(PCUNICODE_STRING Name, POEM_STRING OemName,
                                     PBOOLEAN NameContainsSpaces)
{
    CHAR Buffer[SHORT_NAME_MOST];
    OEM_STRING Local = {0, sizeof(Buffer), Buffer};
    POEM_STRING Oem = OemName ? OemName : &Local;
    BOOLEAN Spaces;
    if (Name->Length > SHORT_NAME_MOST * sizeof(WCHAR) || !Name->Length ||
        RtlUpcaseUnicodeStringToCountedOemString(Oem, Name, FALSE) != STATUS_SUCCESS ||
        !IsShortName(Oem->Buffer, Oem->Length, &Spaces))
        return FALSE;
    if (NameContainsSpaces)
        *NameContainsSpaces = Spaces;
    return TRUE;
}

// A character as short names have it: 0 when it is left out.
static WCHAR Shorten(WCHAR Character, BOOLEAN AllowExtended)
{
    WCHAR Upper = RtlUpcaseUnicodeChar(Character);
    if (Upper == ' ' || Upper == '.')
        return 0;
    if (IsForbidden(Upper) || (Upper >= 0x80 && !AllowExtended))
        return '_';
    return Upper;
}

// Where the extension begins: behind the last dot that has something before it.
static ULONG FindExtension(PCUNICODE_STRING Name)
{
    ULONG Count = Name->Length / sizeof(WCHAR), First = 0;
    while (First < Count && Name->Buffer[First] == '.')
        First++;
    for (ULONG Index = Count; Index > First + 1; Index--)
        if (Name->Buffer[Index - 1] == '.')
            return Index - 1;
    return Count;
}

static USHORT HashName(PCUNICODE_STRING Name)
{
    ULONG Hash = 0;
    for (ULONG Index = 0; Index < Name->Length / sizeof(WCHAR); Index++)
        Hash = Hash * 37 + Name->Buffer[Index];
    return (USHORT)(Hash ^ Hash >> 16);
}

// The first call: take the parts of the long name that the short one keeps.
static VOID StartName(PCUNICODE_STRING Name, BOOLEAN AllowExtended, PGENERATE_NAME_CONTEXT Context)
{
    ULONG Dot = FindExtension(Name), Count = Name->Length / sizeof(WCHAR);
    for (ULONG Index = 0; Index < Dot && Context->NameLength < BASE_KEPT; Index++) {
        WCHAR Character = Shorten(Name->Buffer[Index], AllowExtended);
        if (Character)
            Context->NameBuffer[Context->NameLength++] = Character;
    }
    if (!Context->NameLength)
        Context->NameBuffer[Context->NameLength++] = '_';
    for (ULONG Index = Dot + 1; Index < Count && Context->ExtensionLength <= EXTENSION_MOST;
         Index++) {
        WCHAR Character = Shorten(Name->Buffer[Index], AllowExtended);
        if (Character && !Context->ExtensionLength)
            Context->ExtensionBuffer[Context->ExtensionLength++] = '.';
        if (Character)
            Context->ExtensionBuffer[Context->ExtensionLength++] = Character;
    }
}

// After four collisions the names are told apart by a hash.
static VOID InsertHash(PCUNICODE_STRING Name, PGENERATE_NAME_CONTEXT Context)
{
    UCHAR Kept = RtlpMin(Context->NameLength, (UCHAR)BASE_HASHED);
    Context->Checksum = HashName(Name);
    for (ULONG Digit = 0; Digit < 4; Digit++)
        Context->NameBuffer[Kept + Digit] =
            (UCHAR) "0123456789ABCDEF"[Context->Checksum >> (12 - 4 * Digit) & 15];
    Context->NameLength = Kept + 4;
    Context->ChecksumInserted = TRUE;
    Context->LastIndexValue = 1;
}

// Each call with the same context gives the next candidate. Name8dot3 has room for 12 characters.
NTSTATUS NTAPI RtlGenerate8dot3Name(PCUNICODE_STRING Name, BOOLEAN AllowExtendedCharacters,
                                    PGENERATE_NAME_CONTEXT Context, PUNICODE_STRING Name8dot3)
{
    WCHAR Number[12], Text[32];
    if (!Context->NameLength)
        StartName(Name, AllowExtendedCharacters, Context);
    Context->LastIndexValue++;
    if (Context->LastIndexValue > LAST_PLAIN_INDEX && !Context->ChecksumInserted)
        InsertHash(Name, Context);

    int Digits = _snwprintf(Number, RTL_NUMBER_OF(Number), L"~%u", Context->LastIndexValue);
    if (Digits >= BASE_MOST)
        return STATUS_FILE_SYSTEM_LIMITATION;
    int Kept = RtlpMin((int)Context->NameLength, BASE_MOST - Digits);
    int Length = _snwprintf(Text, RTL_NUMBER_OF(Text), L"%.*s%s%.*s", Kept, Context->NameBuffer,
                            Number, (int)Context->ExtensionLength, Context->ExtensionBuffer);
    if ((ULONG)Length * sizeof(WCHAR) > Name8dot3->MaximumLength)
        return STATUS_BUFFER_OVERFLOW;
    Name8dot3->Length = (USHORT)((ULONG)Length * sizeof(WCHAR));
    memcpy(Name8dot3->Buffer, Text, Name8dot3->Length);
    return STATUS_SUCCESS;
}
