// Code pages from .nls files, whose tables the caller has mapped. The file: a header of 13 words, the
// distance to the table from Unicode, 256 words to Unicode, perhaps a table of glyphs, and for
// double-byte pages the offsets of the lead bytes' tables.
#include "../rtlp.h"

#define BYTE_VALUES  256
#define CP_UTF8_PAGE 65001

VOID NTAPI RtlInitCodePageTable(PUSHORT TableBase, PCPTABLEINFO CodePageTable)
{
    const struct {
        USHORT HeaderWords;
        USHORT CodePage;
        USHORT MaximumCharacterSize;
        USHORT DefaultChar;
        USHORT UniDefaultChar;
        USHORT TransDefaultChar;
        USHORT TransUniDefaultChar;
        UCHAR LeadByte[MAXIMUM_LEADBYTES];
    } *Header = (PVOID)TableBase;

    *CodePageTable = (CPTABLEINFO){
        .CodePage = Header->CodePage,
        .MaximumCharacterSize = Header->MaximumCharacterSize,
        .DefaultChar = Header->DefaultChar,
        .UniDefaultChar = Header->UniDefaultChar,
        .TransDefaultChar = Header->TransDefaultChar,
        .TransUniDefaultChar = Header->TransUniDefaultChar,
    };
    if (Header->CodePage == CP_UTF8_PAGE)
        return; // has no tables
    memcpy(CodePageTable->LeadByte, Header->LeadByte, MAXIMUM_LEADBYTES);
    PUSHORT At = TableBase + Header->HeaderWords;
    CodePageTable->WideCharTable = At + *At + 1;
    At++;
    CodePageTable->MultiByteTable = At;
    At += BYTE_VALUES;
    if (*At++)
        At += BYTE_VALUES; // glyphs
    CodePageTable->DBCSRanges = At;
    CodePageTable->DBCSCodePage = *At != 0;
    if (*At)
        CodePageTable->DBCSOffsets = At + 1;
}

// Where the tables of a case file lie: each begins with its own length in words.
VOID NTAPI RtlInitNlsTables(PUSHORT AnsiNlsBase, PUSHORT OemNlsBase, PUSHORT LanguageNlsBase,
                            PNLSTABLEINFO TableInfo)
{
    RtlInitCodePageTable(AnsiNlsBase, &TableInfo->AnsiTableInfo);
    RtlInitCodePageTable(OemNlsBase, &TableInfo->OemTableInfo);
    TableInfo->UpperCaseTable = LanguageNlsBase + 2;
    TableInfo->LowerCaseTable = LanguageNlsBase + 2 + LanguageNlsBase[1];
}

static WCHAR TakeCharacter(PCPTABLEINFO Page, const UCHAR *Bytes, ULONG Left, PULONG Used)
{
    USHORT Offset = Page->DBCSOffsets ? Page->DBCSOffsets[Bytes[0]] : 0;
    *Used = 1;
    if (!Offset)
        return Page->MultiByteTable[Bytes[0]];
    if (Left < 2)
        return Page->UniDefaultChar; // a lead byte alone
    *Used = 2;
    return Page->DBCSOffsets[Offset + Bytes[1]];
}

NTSTATUS NTAPI RtlCustomCPToUnicodeN(PCPTABLEINFO CustomCP, PWCH UnicodeString,
                                     ULONG MaxBytesInUnicodeString, PULONG BytesInUnicodeString,
                                     const CHAR *CustomCPString, ULONG BytesInCustomCPString)
{
    ULONG Room = MaxBytesInUnicodeString / sizeof(WCHAR), Written = 0, Used;
    if (CustomCP->CodePage == CP_UTF8_PAGE)
        return RtlUTF8ToUnicodeN(UnicodeString, MaxBytesInUnicodeString, BytesInUnicodeString,
                                 CustomCPString, BytesInCustomCPString);
    for (ULONG At = 0; At < BytesInCustomCPString && Written < Room; At += Used)
        UnicodeString[Written++] = TakeCharacter(CustomCP, (const UCHAR *)CustomCPString + At,
                                                 BytesInCustomCPString - At, &Used);
    if (BytesInUnicodeString)
        *BytesInUnicodeString = Written * sizeof(WCHAR);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeToCustomCPN(PCPTABLEINFO CustomCP, PCHAR CustomCPString,
                                     ULONG MaxBytesInCustomCPString, PULONG BytesInCustomCPString,
                                     PCWCH UnicodeString, ULONG BytesInUnicodeString)
{
    ULONG Written = 0;
    if (CustomCP->CodePage == CP_UTF8_PAGE)
        return RtlUnicodeToUTF8N(CustomCPString, MaxBytesInCustomCPString, BytesInCustomCPString,
                                 UnicodeString, BytesInUnicodeString);
    for (ULONG Index = 0; Index < BytesInUnicodeString / sizeof(WCHAR); Index++) {
        WCHAR Character = UnicodeString[Index];
        USHORT Code = CustomCP->DBCSCodePage ? ((const USHORT *)CustomCP->WideCharTable)[Character]
                                             : ((const UCHAR *)CustomCP->WideCharTable)[Character];
        ULONG Length = Code >> 8 ? 2 : 1;
        if (Length > MaxBytesInCustomCPString - Written)
            break;
        if (Length == 2)
            CustomCPString[Written++] = (CHAR)(Code >> 8);
        CustomCPString[Written++] = (CHAR)Code;
    }
    if (BytesInCustomCPString)
        *BytesInCustomCPString = Written;
    return STATUS_SUCCESS;
}
