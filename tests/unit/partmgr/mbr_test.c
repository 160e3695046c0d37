// MBRs with logical partitions, and disks without a table.
#include "fakedisk.h"

#include <cmocka.h>

static FAKE_DISK Fake;
static PT_TABLE Table, Found;

enum { Sectors = 20000, Extended = 5000 };

static int SetUp(void **State)
{
    FakeInit(&Fake, Sectors, *State ? 4096 : 512);
    Table = FakeMbr(&Fake, 0x12345678);
    FakeSet(&Table, 0, 7, 63, 1000);
    FakeSet(&Table, 2, PT_MBR_TYPE_EXTENDED_LBA, Extended, 10000);
    Table.Partitions[0].Boot = true;
    FakeAddLogical(&Fake, &Table, Extended + 63, 1000, 7000, 1063);
    FakeAddLogical(&Fake, &Table, 7063, 1000, 9000, 2063);
    FakeAddLogical(&Fake, &Table, 9063, 2000, 0, 0);
    return 0;
}

static int TearDown(void **State)
{
    (void)State;
    PtFreeTable(&Fake.Disk, &Table);
    PtFreeTable(&Fake.Disk, &Found);
    FakeFree(&Fake);
    return 0;
}

static void WriteTable(void)
{
    PT_TABLE Old = {.Style = PtStyleRaw};
    assert_int_equal(PtWriteTable(&Fake.Disk, &Old, &Table), PtDone);
}

static PT_RESULT Read(void)
{
    PtFreeTable(&Fake.Disk, &Found);
    return PtReadTable(&Fake.Disk, &Found);
}

static void test_round_trip(void **State)
{
    (void)State;
    WriteTable();
    assert_int_equal(Read(), PtDone);
    assert_int_equal(Found.Style, PtStyleMbr);
    assert_true(FakeSameTable(&Found, &Table));
    assert_int_equal(Found.Count, 16);
    assert_int_equal(Found.Partitions[0].Number, 1);
    assert_int_equal(Found.Partitions[2].Number, 0); // it only holds others
    assert_int_equal(Found.Partitions[4].Number, 2);
    assert_int_equal(Found.Partitions[12].Number, 4);
    assert_true(Found.Partitions[0].Boot);
}

static void test_boot_code_stays(void **State)
{
    (void)State;
    WriteTable();
    memset(FakeSector(&Fake, 0), 0x90, 440);
    assert_int_equal(Read(), PtDone);
    Table.Partitions[0].Sectors = 1200;
    assert_int_equal(PtWriteTable(&Fake.Disk, &Found, &Table), PtDone);
    assert_int_equal(FakeSector(&Fake, 0)[439], 0x90);
    assert_int_equal(Read(), PtDone);
    assert_int_equal(Found.Partitions[0].Sectors, 1200);
    assert_int_equal(Fake.Written > 0, 1);
}

static void Put32(uint64_t Sector, uint32_t Offset, uint32_t Value)
{
    memcpy(FakeSector(&Fake, Sector) + Offset, &Value, sizeof(Value));
}

static void test_loops(void **State)
{
    (void)State;
    static const uint32_t Targets[] = {0, 2000, 4000}; // from the extended partition
    for (size_t i = 0; i < sizeof(Targets) / sizeof(Targets[0]); i++) {
        WriteTable();
        uint8_t *Record = FakeSector(&Fake, 9000);
        Record[446 + 16 + 4] = PT_MBR_TYPE_EXTENDED;
        Put32(9000, 446 + 16 + 8, Targets[i]);
        Put32(9000, 446 + 16 + 12, 10);
        assert_int_equal(Read(), PtRefused);
        assert_int_equal(Found.Problem, PtProblemChainLoop);
        assert_int_equal(Found.Count, 0);
    }
}

static void test_refused(void **State)
{
    (void)State;
    static const struct {
        uint64_t Sector;
        uint32_t Offset, Value;
        PT_PROBLEM Problem;
    } Cases[] = {
        {0, 446 + 8, 0, PtProblemEntryRange},
        {0, 446 + 8, Sectors, PtProblemEntryRange},
        {0, 446 + 12, 0, PtProblemEntryRange},
        {0, 446 + 12, Sectors, PtProblemEntryRange},
        {0, 446 + 12, UINT32_MAX, PtProblemEntryRange},
        {0, 446 + 12, 5000, PtProblemEntryOverlap},    // into the extended one
        {5000, 446 + 8, 10000, PtProblemEntryRange},   // behind the extended one
        {5000, 446 + 12, 2000, PtProblemEntryOverlap}, // over the next record
        {5000, 446 + 16 + 8, UINT32_MAX, PtProblemEntryRange},
        {5000, 508, 0, PtProblemChainSignature},
        {7000, 446 + 8, 0, PtProblemEntryRange}, // over its own record
    };
    for (size_t i = 0; i < sizeof(Cases) / sizeof(Cases[0]); i++) {
        WriteTable();
        Put32(Cases[i].Sector, Cases[i].Offset, Cases[i].Value);
        assert_int_equal(Read(), PtRefused);
        assert_int_equal(Found.Problem, Cases[i].Problem);
    }
    WriteTable();
    FakeSector(&Fake, 0)[446] = 0x13;
    assert_int_equal(Read(), PtRefused);
    assert_int_equal(Found.Problem, PtProblemBootFlag);
    WriteTable();
    Fake.BadSector = 7000;
    assert_int_equal(Read(), PtRefused);
    assert_int_equal(Found.Problem, PtProblemUnreadable);
}

static void test_long_chain(void **State)
{
    (void)State;
    for (uint32_t Length = PT_MAX_CHAIN; Length <= PT_MAX_CHAIN + 1; Length++) {
        PtFreeTable(&Fake.Disk, &Table);
        Table = FakeMbr(&Fake, 1);
        FakeSet(&Table, 0, PT_MBR_TYPE_EXTENDED, 100, 19000);
        for (uint32_t i = 0; i < Length; i++) {
            uint64_t Record = 100 + 100 * (uint64_t)i;
            bool Last = i + 1 == Length;
            FakeAddLogical(&Fake, &Table, Record + 1, 90, Last ? 0 : Record + 100, 100);
        }
        PT_TABLE Old = {.Style = PtStyleRaw};
        PT_RESULT Result = PtWriteTable(&Fake.Disk, &Old, &Table);
        assert_int_equal(Result, Length > PT_MAX_CHAIN ? PtRefused : PtDone);
    }
    assert_int_equal(Read(), PtDone);
    assert_int_equal(Found.Count, 4 * (PT_MAX_CHAIN + 1));
    // One more link, to a record that is fine.
    uint64_t Last = 100 + 100 * (PT_MAX_CHAIN - 1);
    FakeSector(&Fake, Last)[446 + 16 + 4] = PT_MBR_TYPE_EXTENDED;
    Put32(Last, 446 + 16 + 8, (uint32_t)Last);
    memset(FakeSector(&Fake, Last + 100), 0, 512);
    Put32(Last + 100, 508, 0xAA550000);
    assert_int_equal(Read(), PtRefused);
    assert_int_equal(Found.Problem, PtProblemChainLong);
}

// A caller's table whose groups do not hang together.
static void test_bad_layouts(void **State)
{
    (void)State;
    Table.Count -= 4; // the last link leads nowhere
    assert_int_equal(PtCheckTable(&Fake.Disk, &Table), PtRefused);
    assert_int_equal(Table.Problem, PtProblemExtended);
    Table.Count -= 1;
    assert_int_equal(PtCheckTable(&Fake.Disk, &Table), PtRefused);
    Table.Count = 4; // the extended entry without records
    assert_int_equal(PtCheckTable(&Fake.Disk, &Table), PtRefused);
    FakeSet(&Table, 2, 0, 0, 0);
    assert_int_equal(PtCheckTable(&Fake.Disk, &Table), PtDone);
    FakeSet(&Table, 3, PT_MBR_TYPE_GPT, 5000, 5);
    assert_int_equal(PtCheckTable(&Fake.Disk, &Table), PtRefused);
    assert_int_equal(Table.Problem, PtProblemProtective);
    FakeSet(&Table, 3, 7, 500, 500);
    assert_int_equal(PtCheckTable(&Fake.Disk, &Table), PtRefused);
    assert_int_equal(Table.Problem, PtProblemEntryOverlap);
    assert_int_equal(Fake.Written, 0);
}

static void MakeFat(bool Fat32)
{
    uint8_t *Sector = FakeSector(&Fake, 0);
    static const uint8_t Start[] = {0xEB, 0x3C, 0x90, 'm', 'k', 'f', 's', '.', 'f', 'a', 't',
                                    0x00, 0x02, 4,    4,   0,   2,   0,   2,   0,   0,   0xF8};
    memset(Sector, 0, 512);
    memcpy(Sector, Start, sizeof(Start));
    if (!Fat32)
        memset(Sector + 62, 0xCD, 448); // code, where the table would be
    Sector[510] = 0x55;
    Sector[511] = 0xAA;
}

static void test_superfloppy(void **State)
{
    (void)State;
    for (int Kind = 0; Kind < 4; Kind++) {
        memset(FakeSector(&Fake, 0), 0, 512);
        Fake.Disk.Removable = Kind == 3; // without any signature
        if (Kind < 3)
            MakeFat(Kind == 0);
        if (Kind == 2) { // a table of one entry that begins where the disk does
            memset(FakeSector(&Fake, 0) + 446, 0, 64);
            FakeSector(&Fake, 0)[446 + 4] = 0x0C;
            Put32(0, 446 + 12, Sectors);
        }
        assert_int_equal(Read(), PtDone);
        assert_int_equal(Found.Style, PtStyleRaw);
        assert_true(Found.Superfloppy);
        assert_int_equal(Found.Count, 1);
        assert_int_equal(Found.Partitions[0].Number, 1);
        assert_int_equal(Found.Partitions[0].Sectors, Sectors);
    }
}

static void test_no_superfloppy(void **State)
{
    (void)State;
    assert_int_equal(Read(), PtDone); // nothing but zeros, and it is no removable medium
    assert_int_equal(Found.Count, 0);
    assert_false(Found.Superfloppy);
    MakeFat(true); // boot code that begins like a volume's, with a table
    FakeSector(&Fake, 0)[446 + 4] = 7;
    Put32(0, 446 + 8, 100);
    Put32(0, 446 + 12, 100);
    assert_int_equal(Read(), PtDone);
    assert_int_equal(Found.Style, PtStyleMbr);
    assert_int_equal(Found.Count, 4);
    assert_int_equal(PtEraseTable(&Fake.Disk, &Found), PtDone);
    assert_int_equal(Read(), PtDone);
    assert_int_equal(Found.Count, 0);
}

#define TEST_BOTH(Name)                                     \
    cmocka_unit_test_setup_teardown(Name, SetUp, TearDown), \
        cmocka_unit_test_prestate_setup_teardown(Name, SetUp, TearDown, &Fake)

int main(void)
{
    const struct CMUnitTest Tests[] = {
        TEST_BOTH(test_round_trip),  TEST_BOTH(test_boot_code_stays), TEST_BOTH(test_loops),
        TEST_BOTH(test_refused),     TEST_BOTH(test_long_chain),      TEST_BOTH(test_bad_layouts),
        TEST_BOTH(test_superfloppy), TEST_BOTH(test_no_superfloppy),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
