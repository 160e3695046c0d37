// Characters: conversions, and the tables that NtGetNlsSectionPtr gives.

#include "suite.h"

VOID TestUtf8(void)
{
    static const WCHAR Wide[] = L"a\u00e4\u20ac\xD83D\xDE00";
    static const CHAR Narrow[] = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
    CHAR Bytes[20];
    WCHAR Back[10];
    ULONG Length = 0;
    CHECK_STATUS(RtlUnicodeToUTF8N(Bytes, sizeof(Bytes), &Length, Wide, sizeof(Wide) - 2),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(Narrow) - 1);
    CHECK(!memcmp(Bytes, Narrow, Length));
    CHECK_STATUS(RtlUTF8ToUnicodeN(Back, sizeof(Back), &Length, Narrow, sizeof(Narrow) - 1),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(Wide) - 2);
    CHECK(!memcmp(Back, Wide, Length));
    CHECK_STATUS(RtlUTF8ToUnicodeN(Back, sizeof(Back), &Length, "\xFF", 1), STATUS_SOME_NOT_MAPPED);
}

VOID TestAnsi(void)
{
    ANSI_STRING Ansi;
    UNICODE_STRING Wide = RTL_CONSTANT_STRING(L"\u00e4\u20ac"), Back;
    REQUIRE_STATUS(RtlUnicodeStringToAnsiString(&Ansi, &Wide, TRUE), STATUS_SUCCESS);
    CHECK_EQUAL(Ansi.Length, 2);
    CHECK(!memcmp(Ansi.Buffer, "\xE4\x80", 2)); // of code page 1252
    REQUIRE_STATUS(RtlAnsiStringToUnicodeString(&Back, &Ansi, TRUE), STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&Wide, &Back, FALSE));
    RtlFreeAnsiString(&Ansi);
    RtlFreeUnicodeString(&Back);
}

static VOID UsePage(USHORT Number, UCHAR Byte, WCHAR Character)
{
    PVOID Table = nullptr;
    ULONG Size = 0, Length;
    CPTABLEINFO Page;
    REQUIRE_STATUS(NtGetNlsSectionPtr(NLS_SECTION_CODEPAGE, Number, nullptr, &Table, &Size),
                   STATUS_SUCCESS);
    CHECK(Size > 0x10000);
    RtlInitCodePageTable(Table, &Page);
    CHECK_EQUAL(Page.CodePage, Number);
    CHECK_EQUAL(Page.MaximumCharacterSize, 1);
    CHECK_EQUAL(Page.MultiByteTable[Byte], Character);
    CHAR Narrow[3] = {};
    WCHAR Wide[] = {L'A', Character, 0x4E00}; // the last is in none of these pages
    CHECK_STATUS(RtlUnicodeToCustomCPN(&Page, Narrow, sizeof(Narrow), &Length, Wide, sizeof(Wide)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, 3);
    CHECK(Narrow[0] == 'A' && (UCHAR)Narrow[1] == Byte && Narrow[2] == '?');
    WCHAR Back[2];
    CHECK_STATUS(RtlCustomCPToUnicodeN(&Page, Back, sizeof(Back), &Length, Narrow, 2),
                 STATUS_SUCCESS);
    CHECK(Back[0] == L'A' && Back[1] == Character);
    CHECK_STATUS(NtUnmapViewOfSection(NtCurrentProcess(), Table), STATUS_SUCCESS);
}

VOID TestCodePageSection(void)
{
    UsePage(1252, 0x80, 0x20AC);
    UsePage(437, 0x81, 0xFC);
    UsePage(850, 0x9E, 0xD7);
    UsePage(1252, 0xE4, 0xE4); // a second view of it
}

// A character's difference, by its three parts.
static WCHAR MapCase(const USHORT *Table, WCHAR Character)
{
    USHORT Middle = Table[Table[Character >> 8] + (Character >> 4 & 15)];
    return (WCHAR)(Character + Table[Middle + (Character & 15)]);
}

VOID TestCaseSection(void)
{
    PVOID Ansi = nullptr, Oem = nullptr, Case = nullptr;
    NLSTABLEINFO Tables;
    REQUIRE_STATUS(NtGetNlsSectionPtr(NLS_SECTION_CODEPAGE, 1252, nullptr, &Ansi, nullptr),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtGetNlsSectionPtr(NLS_SECTION_CODEPAGE, 437, nullptr, &Oem, nullptr),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtGetNlsSectionPtr(NLS_SECTION_CASEMAP, 0, nullptr, &Case, nullptr),
                   STATUS_SUCCESS);
    RtlInitNlsTables(Ansi, Oem, Case, &Tables);
    CHECK_EQUAL(Tables.AnsiTableInfo.CodePage, 1252);
    CHECK_EQUAL(Tables.OemTableInfo.CodePage, 437);
    ULONG Different = 0;
    for (ULONG Character = 0; Character < 0x10000; Character++) {
        Different += MapCase(Tables.UpperCaseTable, (WCHAR)Character) !=
                     RtlUpcaseUnicodeChar((WCHAR)Character);
        Different += MapCase(Tables.LowerCaseTable, (WCHAR)Character) !=
                     RtlDowncaseUnicodeChar((WCHAR)Character);
    }
    CHECK_EQUAL(Different, 0);
    NtUnmapViewOfSection(NtCurrentProcess(), Ansi);
    NtUnmapViewOfSection(NtCurrentProcess(), Oem);
    NtUnmapViewOfSection(NtCurrentProcess(), Case);
}

VOID TestNlsBadParameters(void)
{
    PVOID Table = nullptr;
    CHECK(!NT_SUCCESS(NtGetNlsSectionPtr(NLS_SECTION_CODEPAGE, 12345, nullptr, &Table, nullptr)));
    CHECK_STATUS(NtGetNlsSectionPtr(77, 0, nullptr, &Table, nullptr), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(NtGetNlsSectionPtr(NLS_SECTION_CODEPAGE, 1252, nullptr, TEST_UNMAPPED, nullptr),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtGetNlsSectionPtr(NLS_SECTION_CODEPAGE, 1252, nullptr, TEST_KERNEL, nullptr),
                 STATUS_ACCESS_VIOLATION);
}
