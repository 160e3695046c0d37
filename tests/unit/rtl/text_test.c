// sscanf, RtlIsTextUnicode, short names, code pages from .nls files.
#include "test.h"

#pragma clang diagnostic ignored "-Wformat"

static void scanning_integers(void **state)
{
    (void)state;
    int A, B;
    LONGLONG Long;
    SHORT Short = 0;
    UCHAR Guard[3] = {9, 9, 9};
    assert_int_equal(sscanf(" 12 -7", "%d%d", &A, &B), 2);
    assert_int_equal(A, 12);
    assert_int_equal(B, -7);
    assert_int_equal(sscanf("0x1F 017 0x1F", "%i %i %hx", &A, &B, &Short), 3);
    assert_int_equal(A, 31);
    assert_int_equal(B, 15);
    assert_int_equal(sscanf("-5000000000", "%I64d", &Long), 1);
    assert_int_equal(Long, -5000000000);
    assert_int_equal(sscanf("300", "%hhd", &Guard[1]), 1);
    assert_int_equal(Guard[1], 44);
    assert_int_equal(Guard[2], 9);
    assert_int_equal(sscanf("12345", "%3d%d", &A, &B), 2);
    assert_int_equal(A, 123);
    assert_int_equal(B, 45);
    assert_int_equal(sscanf("1,2", "%d;%d", &A, &B), 1);
    assert_int_equal(sscanf("x", "%d", &A), 0);
    assert_int_equal(sscanf("", "%d", &A), -1);
    assert_int_equal(sscanf("abc", "abc"), 0);
    assert_int_equal(sscanf("5 6", "%*d %d%n", &A, &B), 1);
    assert_int_equal(A, 6);
    assert_int_equal(B, 3);
    assert_int_equal(swscanf(L"77%", L"%d%%", &A), 1);
    assert_int_equal(A, 77);
}

static void scanning_text(void **state)
{
    (void)state;
    char Text[16], Other[16];
    wchar_t Wide[16];
    assert_int_equal(sscanf("  key = value", "%s = %s", Text, Other), 2);
    assert_string_equal(Text, "key");
    assert_string_equal(Other, "value");
    assert_int_equal(sscanf("abc123", "%[a-z]%[^1]", Text, Other), 1);
    assert_string_equal(Text, "abc");
    assert_int_equal(sscanf("]x", "%[]x]", Text), 1);
    assert_string_equal(Text, "]x");
    assert_int_equal(sscanf("ab c", "%3c", Text), 1);
    assert_memory_equal(Text, "ab ", 3);
    assert_int_equal(sscanf("w\x80", "%S", Wide), 1);
    assert_memory_equal(Wide, L"w\x20AC", 6);
    assert_int_equal(swscanf(L"n\x20AC wide", L"%hs %s", Text, Wide), 2);
    assert_string_equal(Text, "n\x80");
    assert_memory_equal(Wide, L"wide", 10);
    assert_int_equal(sscanf("longword", "%4s", Text), 1);
    assert_string_equal(Text, "long");
    assert_int_equal(sscanf("a", "%[z", Text), 0); // a set without an end
}

static void guessing_text(void **state)
{
    (void)state;
    static const WCHAR Marked[] = L"\xFEFFhello", Plain[] = L"hello world, this is text";
    int Tests = IS_TEXT_UNICODE_SIGNATURE | IS_TEXT_UNICODE_NULL_BYTES;
    assert_true(RtlIsTextUnicode(Marked, 12, &Tests));
    assert_int_equal(Tests, IS_TEXT_UNICODE_SIGNATURE | IS_TEXT_UNICODE_NULL_BYTES);
    assert_true(RtlIsTextUnicode(Plain, 50, nullptr));
    assert_false(RtlIsTextUnicode("this is narrow text with words.\n", 32, nullptr));
    Tests = IS_TEXT_UNICODE_ODD_LENGTH;
    assert_false(RtlIsTextUnicode("abc", 3, &Tests));
    assert_int_equal(Tests, IS_TEXT_UNICODE_ODD_LENGTH);
    Tests = -1;
    assert_false(RtlIsTextUnicode("\xFE\xFF\0a", 4, &Tests));
    assert_true(Tests & IS_TEXT_UNICODE_REVERSE_SIGNATURE);
    Tests = -1;
    assert_false(RtlIsTextUnicode("x", 1, &Tests));
    assert_int_equal(Tests, 0);
}

static void short_names_are_recognised(void **state)
{
    (void)state;
    static const struct {
        PCWSTR Name;
        BOOLEAN Legal, Spaces;
    } Cases[] = {
        {L"readme.txt", TRUE, FALSE},
        {L"A", TRUE, FALSE},
        {L".", TRUE, FALSE},
        {L"..", TRUE, FALSE},
        {L"12345678.123", TRUE, FALSE},
        {L"a b.c", TRUE, TRUE},
        {L"123456789", FALSE, FALSE},
        {L"a.1234", FALSE, FALSE},
        {L"a.b.c", FALSE, FALSE},
        {L".bashrc", FALSE, FALSE},
        {L"a.", FALSE, FALSE},
        {L"a .b", FALSE, FALSE},
        {L"a+b", FALSE, FALSE},
        {L"a?b", FALSE, FALSE},
        {L"", FALSE, FALSE},
        {L"ab\x01", FALSE, FALSE},
        {L"...", FALSE, FALSE},
    };
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases); Index++) {
        UNICODE_STRING Name;
        BOOLEAN Spaces = FALSE;
        RtlInitUnicodeString(&Name, Cases[Index].Name);
        assert_int_equal(RtlIsNameLegalDOS8Dot3(&Name, nullptr, &Spaces), Cases[Index].Legal);
        assert_int_equal(Spaces, Cases[Index].Spaces);
    }
    CHAR Buffer[12];
    OEM_STRING Oem = {0, sizeof(Buffer), Buffer};
    UNICODE_STRING Name = UNICODE(L"File.Txt");
    assert_true(RtlIsNameLegalDOS8Dot3(&Name, &Oem, nullptr));
    assert_int_equal(Oem.Length, 8);
    assert_memory_equal(Buffer, "FILE.TXT", 8);
}

static void short_names_are_made(void **state)
{
    (void)state;
    static const struct {
        PCWSTR Long;
        PCWSTR First;
    } Cases[] = {
        {L"Program Files", L"PROGRA~1"}, {L"a long name.html", L"ALONGN~1.HTM"},
        {L"x.y.z", L"XY~1.Z"},           {L".profile", L"PROFIL~1"},
        {L"a+b,c.t t", L"A_B_C~1.TT"},   {L"...", L"_~1"},
    };
    WCHAR Buffer[12];
    UNICODE_STRING Short = {0, sizeof(Buffer), Buffer}, Long;
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases); Index++) {
        GENERATE_NAME_CONTEXT Context = {0};
        RtlInitUnicodeString(&Long, Cases[Index].Long);
        assert_status(RtlGenerate8dot3Name(&Long, FALSE, &Context, &Short), STATUS_SUCCESS);
        assert_int_equal(Short.Length, wcslen(Cases[Index].First) * 2);
        assert_memory_equal(Buffer, Cases[Index].First, Short.Length);
    }
    // A hundred thousand candidates: each legal, each another.
    GENERATE_NAME_CONTEXT Context = {0};
    RtlInitUnicodeString(&Long, L"Documents and Settings.backup");
    UNICODE_STRING Before = {0};
    WCHAR BeforeBuffer[12];
    for (ULONG Index = 1; Index <= 100000; Index++) {
        assert_status(RtlGenerate8dot3Name(&Long, FALSE, &Context, &Short), STATUS_SUCCESS);
        assert_true(RtlIsNameLegalDOS8Dot3(&Short, nullptr, nullptr));
        assert_false(RtlEqualUnicodeString(&Short, &Before, FALSE));
        if (Index == 4)
            assert_unicode_equal(&Short, L"DOCUME~4.BAC");
        if (Index == 5)
            assert_memory_equal(Buffer, L"DO", 4);
        memcpy(BeforeBuffer, Buffer, Short.Length);
        Before = (UNICODE_STRING){Short.Length, Short.Length, BeforeBuffer};
    }
}

// A page with one lead byte, 0x81: the two bytes 81 40 are U+3000.
static void code_pages_of_files(void **state)
{
    (void)state;
    static USHORT File[13 + 1 + 256 + 1 + 1 + 256 + 256 + 1 + 65536];
    File[0] = 13;
    File[1] = 932;
    File[2] = 2;
    File[4] = '?';
    ((PUCHAR)&File[7])[0] = 0x81;
    PUSHORT Bytes = File + 14, Ranges = Bytes + 257, Offsets = Ranges + 1;
    PUSHORT Wide = Offsets + 512 + 1;
    File[13] = (USHORT)(Wide - (File + 13) - 1);
    for (ULONG Index = 0; Index < 256; Index++)
        Bytes[Index] = (USHORT)Index;
    *Ranges = 1;
    Offsets[0x81] = 256;
    Offsets[256 + 0x40] = 0x3000;
    for (ULONG Index = 0; Index < 65536; Index++)
        Wide[Index] = Index < 0x80 ? (USHORT)Index : '?';
    Wide[0x3000] = 0x8140;

    CPTABLEINFO Page;
    WCHAR Text[8];
    CHAR Back[8];
    ULONG Size;
    RtlInitCodePageTable(File, &Page);
    assert_int_equal(Page.CodePage, 932);
    assert_true(Page.DBCSCodePage);
    assert_int_equal(Page.LeadByte[0], 0x81);
    assert_status(RtlCustomCPToUnicodeN(&Page, Text, sizeof(Text), &Size, "a\x81\x40z\x81", 5),
                  STATUS_SUCCESS);
    assert_int_equal(Size, 8);
    assert_memory_equal(Text, L"a\x3000z?", 8);
    assert_status(RtlUnicodeToCustomCPN(&Page, Back, sizeof(Back), &Size, L"a\x3000\x4E00", 6),
                  STATUS_SUCCESS);
    assert_int_equal(Size, 4);
    assert_memory_equal(Back, "a\x81\x40?", 4);
    assert_status(RtlUnicodeToCustomCPN(&Page, Back, 2, &Size, L"a\x3000", 4), STATUS_SUCCESS);
    assert_int_equal(Size, 1); // no half characters
    Page.CodePage = 65001;
    assert_status(RtlUnicodeToCustomCPN(&Page, Back, sizeof(Back), &Size, L"\x20AC", 2),
                  STATUS_SUCCESS);
    assert_int_equal(Size, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scanning_integers),    cmocka_unit_test(scanning_text),
        cmocka_unit_test(guessing_text),        cmocka_unit_test(short_names_are_recognised),
        cmocka_unit_test(short_names_are_made), cmocka_unit_test(code_pages_of_files),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
