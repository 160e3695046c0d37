// Names: those that mtools writes are found, those that are written here mtools sees.
#include "image.h"

#include <cmocka.h>

static IMAGE Image;
static FAT_VOLUME *Volume;

static int SetUp(void **State)
{
    (void)State;
    ImageMake(&Image, 40 << 20, 512, "-F 32 -s 1");
    Volume = ImageMount(&Image);
    return 0;
}

static int TearDown(void **State)
{
    (void)State;
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Image);
    return 0;
}

static FAT_RESULT Add(const char *Name, FAT_ENTRY *Entry)
{
    *Entry = (FAT_ENTRY){.Attributes = FAT_ATTRIBUTE_ARCHIVE};
    Entry->NameLength = Utf16(Entry->Name, Name);
    return FatAdd(Volume->Root, Entry);
}

static const char *Short(const FAT_ENTRY *Entry)
{
    return Utf8(Entry->ShortName, Entry->ShortLength);
}

static FAT_RESULT Find(const char *Name, FAT_ENTRY *Entry)
{
    uint16_t Text[300];
    return FatFind(Volume->Root, Text, Utf16(Text, Name), Entry);
}

static void test_short_names(void **State)
{
    (void)State;
    static const struct {
        const char *Name, *Short;
        bool Long;
    } Cases[] = {
        {"README.TXT", "README.TXT", false},
        {"lower.txt", "LOWER.TXT", false},
        {"MIXED.txt", "MIXED.TXT", false},
        {"ReadMe2.Txt", "README2.TXT", true},
        {"a long name.text", "ALONGN~1.TEX", true},
        {"A Long Name.text2", "ALONGN~2.TEX", true},
        {"ALongName.TEXT3", "ALONGN~3.TEX", true},
        {"alongname.tex4", "ALONGN~4.TEX", true},
        {".profile", "PROFIL~1", true},
        {"..two.dots", "TWO~1.DOT", true},
        {"a+b=c.[1]", "A_B_C~1._1_", true},
        {"many.dots.in.it", "MANYDO~1.IT", true},
        {"noext", "NOEXT", false},
        {"ÄÖÜ.TXT", "ÄÖÜ.TXT", false},
        {"äöü2.txt", "ÄÖÜ2.TXT", true},
        {"日本語.txt", "___~1.TXT", true},
        {"😀 smile", "__SMILE~1", true},
        {"Ω", "_~1", true},
        {"123456789", "123456~1", true},
        {"12345678.1234", "123456~1.123", true},
    };
    FAT_ENTRY Entry, Found;
    for (size_t i = 0; i < sizeof(Cases) / sizeof(Cases[0]); i++) {
        assert_done(Add(Cases[i].Name, &Entry));
        if (i != 16)
            assert_string_equal(Short(&Entry), Cases[i].Short);
        assert_int_equal(Entry.HasLongName, Cases[i].Long);
        assert_int_equal(Add(Cases[i].Name, &Entry), FatExists);
        assert_done(Find(Cases[i].Name, &Found));
        assert_string_equal(Utf8(Found.Name, Found.NameLength), Cases[i].Name);
        assert_int_equal(Add(Short(&Found), &Entry), FatExists);
    }
    assert_done(Add("A long name 5.tex", &Entry)); // the fifth: by hash
    assert_memory_equal(Short(&Entry), "AL", 2);
    assert_string_equal(Short(&Entry) + 6, "~1.TEX");
    assert_done(Find("LONG~NO", &Found) == FatNotFound ? FatDone : FatExists);
    assert_done(Find("a LONG name.TEXT", &Found));
    assert_done(Find("ÄÖÜ2.TXT", &Found));
    assert_done(Find("readme.txt. .", &Found)); // dots and spaces at the end do not count
}

static void test_refused(void **State)
{
    (void)State;
    static const char *const Names[] = {"",    ".",   "..",  " ",   "a/b", "a\\b", "a:b",
                                        "a*b", "a?b", "a<b", "a>b", "a|b", "a\"b", "a\tb"};
    FAT_ENTRY Entry;
    char Text[300];
    for (size_t i = 0; i < sizeof(Names) / sizeof(Names[0]); i++)
        assert_int_equal(Add(Names[i], &Entry), FatBadName);
    memset(Text, 'x', sizeof(Text));
    Text[256] = 0;
    assert_int_equal(Add(Text, &Entry), FatBadName);
    Text[255] = 0;
    assert_done(Add(Text, &Entry));
    assert_int_equal(Entry.Slots, 21);
    Text[254] = 'y';
    assert_done(Add(Text, &Entry));
}

static void test_mtools_reads(void **State)
{
    (void)State;
    static const char *const Names[] = {"Ein langer Name mit Ümläuten.txt",
                                        "日本語.txt",
                                        "thirteen char",
                                        "lower.txt",
                                        "a😀b",
                                        "SHORT.BIN"};
    FAT_ENTRY Entry;
    int Status;
    for (size_t i = 0; i < sizeof(Names) / sizeof(Names[0]); i++)
        assert_done(Add(Names[i], &Entry));
    assert_done(FatMarkClean(Volume));
    ImageSave(&Image);
    const char *Text = ImageRun(&Image, "mdir -b -a -i %s ::", &Status);
    for (size_t i = 0; i < sizeof(Names) / sizeof(Names[0]); i++) {
        if (!strstr(Names[i], "😀") && !strstr(Text, Names[i]))
            fail_msg("%s not in %s", Names[i], Text);
    }
}

static void test_mtools_writes(void **State)
{
    (void)State;
    FAT_ENTRY Entry;
    int Status;
    FatUnmount(Volume);
    ImageRun(&Image, "echo hello >fastfat-in; mcopy -i %s fastfat-in '::Some Long Name.text'",
             &Status);
    ImageRun(&Image, "mcopy -i %s fastfat-in ::short.txt; rm fastfat-in", &Status);
    ImageRun(&Image, "mmd -i %s '::Straße'", &Status);
    assert_int_equal(Status, 0);
    ImageLoad(&Image);
    Volume = ImageMount(&Image);
    assert_done(Find("some long name.TEXT", &Entry));
    assert_string_equal(Utf8(Entry.Name, Entry.NameLength), "Some Long Name.text");
    assert_int_equal(Entry.Size, 6);
    assert_memory_equal(Image.Bytes + FatClusterOffset(&Volume->Geometry, Entry.FirstCluster),
                        "hello\n", 6);
    assert_done(Find("SHORT.TXT", &Entry));
    assert_done(Find("straße", &Entry));
    assert_true(Entry.Attributes & FAT_ATTRIBUTE_DIRECTORY);
    assert_int_equal(FatDirectoryEntries(Volume->Root), 3);
}

// Parts of long names that belong to nothing are passed over, and their room is used.
static void test_orphans(void **State)
{
    (void)State;
    FAT_ENTRY Entry;
    uint8_t *Data;
    uint64_t Offset;
    assert_done(Add("the first long name", &Entry));
    assert_done(Add("the second long name", &Entry));
    for (uint32_t i = 0; i < 2; i++) { // the short entry of one changes, the other goes
        uint32_t Slot = i ? Entry.Slot + Entry.Slots - 1 : Entry.Slot - 1;
        assert_done(FatMapSlot(Volume->Root, Slot, &Data, &Offset));
        Data[0] = i ? FAT_SLOT_FREE : 'X';
        FatTouch(Volume, Offset, 32, FatDirtySlots);
    }
    assert_done(FatMarkClean(Volume));
    FatUnmount(Volume);
    Volume = ImageMount(&Image);
    assert_int_equal(FatDirectoryEntries(Volume->Root), 1);
    assert_done(Find("XHEFIR~1", &Entry));
    assert_false(Entry.HasLongName);
    for (int i = 0; i < 3; i++) {
        char Name[30];
        snprintf(Name, sizeof(Name), "N%d", i);
        assert_done(Add(Name, &Entry));
        assert_true(Entry.Slot < 6);
    }
}

static void test_many(void **State)
{
    (void)State;
    FAT_ENTRY Entry;
    char Name[40];
    uint32_t Count = 0;
    for (; Count < 70000; Count++) { // the last ones do not fit: a directory has 65,536 slots
        snprintf(Name, sizeof(Name), "F%u", Count);
        FAT_RESULT Result = Add(Name, &Entry);
        if (Result == FatDirectoryFull)
            break;
        assert_done(Result);
    }
    assert_int_equal(Count, FAT_MAX_SLOTS);
    for (uint32_t i = 0; i < Count; i += 7) {
        snprintf(Name, sizeof(Name), "f%u", i);
        assert_done(Find(Name, &Entry));
        assert_done(FatRemove(Volume->Root, &Entry));
    }
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(Name, sizeof(Name), "F%u", i * 7);
        assert_int_equal(Find(Name, &Entry), FatNotFound);
        assert_done(Add(Name, &Entry));
    }
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(test_short_names, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(test_refused, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(test_mtools_reads, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(test_mtools_writes, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(test_many, SetUp, TearDown),
        cmocka_unit_test_setup(test_orphans, SetUp),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
