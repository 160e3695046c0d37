// The ANSI (1252) and OEM (437) code pages. Conversions stop where the destination ends; that is
// not an error.
#include "nlsp.h"

USHORT NlsAnsiCodePage = 1252;
BOOLEAN NlsMbCodePageTag = FALSE;    // no multi-byte ANSI page
BOOLEAN NlsMbOemCodePageTag = FALSE; // no multi-byte OEM page

const NLS_PAGE RtlpAnsiPage = {1252, RtlpAnsiToUnicode, RtlpAnsiFromUnicodeIndex,
                               RtlpAnsiFromUnicodeBlocks};
const NLS_PAGE RtlpOemPage = {437, RtlpOemToUnicode, RtlpOemFromUnicodeIndex,
                              RtlpOemFromUnicodeBlocks};

static UCHAR ByteOf(PNLS_PAGE Page, WCHAR Character)
{
    if (Character < 0x80)
        return (UCHAR)Character;
    UCHAR Block = Page->FromUnicodeIndex[Character >> NLS_BLOCK_SHIFT];
    UCHAR Byte = Page->FromUnicodeBlocks[Block][Character & NLS_BLOCK_MASK];
    return Byte ? Byte : '?';
}

ULONG RtlpPageToUnicode(PNLS_PAGE Page, PWCH Unicode, ULONG MaxUnicodeBytes, const CHAR *Bytes,
                        ULONG ByteCount)
{
    ULONG Count = RtlpMin(MaxUnicodeBytes / (ULONG)sizeof(WCHAR), ByteCount);
    for (ULONG Index = 0; Index < Count; Index++)
        Unicode[Index] = Page->ToUnicode[(UCHAR)Bytes[Index]];
    return Count * sizeof(WCHAR);
}

ULONG RtlpPageFromUnicode(PNLS_PAGE Page, PCHAR Bytes, ULONG MaxBytes, PCWCH Unicode,
                          ULONG UnicodeBytes, BOOLEAN Upcase)
{
    ULONG Count = RtlpMin(MaxBytes, UnicodeBytes / (ULONG)sizeof(WCHAR));
    for (ULONG Index = 0; Index < Count; Index++) {
        WCHAR Character = Upcase ? RtlUpcaseUnicodeChar(Unicode[Index]) : Unicode[Index];
        Bytes[Index] = (CHAR)ByteOf(Page, Character);
    }
    return Count;
}

WCHAR RtlpAnsiToUnicodeChar(UCHAR Byte)
{
    return RtlpAnsiToUnicode[Byte];
}

UCHAR RtlpUnicodeToAnsiChar(WCHAR Character)
{
    return ByteOf(&RtlpAnsiPage, Character);
}

static NTSTATUS ToUnicode(PNLS_PAGE Page, PWCH Unicode, ULONG MaxBytes, PULONG Written,
                          const CHAR *Bytes, ULONG Count)
{
    ULONG Done = RtlpPageToUnicode(Page, Unicode, MaxBytes, Bytes, Count);
    if (Written)
        *Written = Done;
    return STATUS_SUCCESS;
}

static NTSTATUS FromUnicode(PNLS_PAGE Page, PCHAR Bytes, ULONG MaxBytes, PULONG Written,
                            PCWCH Unicode, ULONG UnicodeBytes, BOOLEAN Upcase)
{
    ULONG Done = RtlpPageFromUnicode(Page, Bytes, MaxBytes, Unicode, UnicodeBytes, Upcase);
    if (Written)
        *Written = Done;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString,
                                      PULONG BytesInUnicodeString, const CHAR *MultiByteString,
                                      ULONG BytesInMultiByteString)
{
    return ToUnicode(&RtlpAnsiPage, UnicodeString, MaxBytesInUnicodeString, BytesInUnicodeString,
                     MultiByteString, BytesInMultiByteString);
}

NTSTATUS NTAPI RtlOemToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString,
                                PULONG BytesInUnicodeString, const CHAR *OemString,
                                ULONG BytesInOemString)
{
    return ToUnicode(&RtlpOemPage, UnicodeString, MaxBytesInUnicodeString, BytesInUnicodeString,
                     OemString, BytesInOemString);
}

NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR MultiByteString, ULONG MaxBytesInMultiByteString,
                                      PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                      ULONG BytesInUnicodeString)
{
    return FromUnicode(&RtlpAnsiPage, MultiByteString, MaxBytesInMultiByteString,
                       BytesInMultiByteString, UnicodeString, BytesInUnicodeString, FALSE);
}

NTSTATUS NTAPI RtlUpcaseUnicodeToMultiByteN(PCHAR MultiByteString, ULONG MaxBytesInMultiByteString,
                                            PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                            ULONG BytesInUnicodeString)
{
    return FromUnicode(&RtlpAnsiPage, MultiByteString, MaxBytesInMultiByteString,
                       BytesInMultiByteString, UnicodeString, BytesInUnicodeString, TRUE);
}

NTSTATUS NTAPI RtlUnicodeToOemN(PCHAR OemString, ULONG MaxBytesInOemString, PULONG BytesInOemString,
                                PCWCH UnicodeString, ULONG BytesInUnicodeString)
{
    return FromUnicode(&RtlpOemPage, OemString, MaxBytesInOemString, BytesInOemString,
                       UnicodeString, BytesInUnicodeString, FALSE);
}

NTSTATUS NTAPI RtlUpcaseUnicodeToOemN(PCHAR OemString, ULONG MaxBytesInOemString,
                                      PULONG BytesInOemString, PCWCH UnicodeString,
                                      ULONG BytesInUnicodeString)
{
    return FromUnicode(&RtlpOemPage, OemString, MaxBytesInOemString, BytesInOemString,
                       UnicodeString, BytesInUnicodeString, TRUE);
}

NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG BytesInUnicodeString, const CHAR *MultiByteString,
                                         ULONG BytesInMultiByteString)
{
    (void)MultiByteString; // one byte is one character
    *BytesInUnicodeString = BytesInMultiByteString * sizeof(WCHAR);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                         ULONG BytesInUnicodeString)
{
    (void)UnicodeString;
    *BytesInMultiByteString = BytesInUnicodeString / sizeof(WCHAR);
    return STATUS_SUCCESS;
}

VOID NTAPI RtlGetDefaultCodePage(PUSHORT AnsiCodePage, PUSHORT OemCodePage)
{
    *AnsiCodePage = RtlpAnsiPage.CodePage;
    *OemCodePage = RtlpOemPage.CodePage;
}

// Advances the pointer past the character.
WCHAR NTAPI RtlAnsiCharToUnicodeChar(PUCHAR *SourceCharacter)
{
    return RtlpAnsiToUnicode[*(*SourceCharacter)++];
}
