// GPTs: what is written is read again; which damage is survived, and which tables are refused.
#include "fakedisk.h"

#include <cmocka.h>

static FAKE_DISK Fake;
static PT_TABLE Table, Found;

enum { Sectors = 4096 };

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

static int SetUp(void **State)
{
    FakeInit(&Fake, Sectors, *State ? 4096 : 512);
    Table = FakeGpt(&Fake, 1);
    FakeAdd(&Fake, &Table, 2, 64, 100);
    FakeAdd(&Fake, &Table, 3, 200, 1000);
    FakeAdd(&Fake, &Table, 4, Table.LastUsable - 9, 10);
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

// Change a header and make its checksum good again.
static void Forge(uint64_t Sector, uint32_t Offset, uint64_t Value, uint32_t Size)
{
    uint8_t *Header = FakeSector(&Fake, Sector);
    memcpy(Header + Offset, &Value, Size);
    memset(Header + 16, 0, 4);
    uint32_t Crc = PtCrc32(Header, 92);
    memcpy(Header + 16, &Crc, 4);
}

static void ForgeEntry(uint32_t Slot, uint32_t Offset, uint64_t Value)
{
    const uint64_t Headers[] = {1, Sectors - 1};
    for (int i = 0; i < 2; i++) {
        uint64_t Array;
        memcpy(&Array, FakeSector(&Fake, Headers[i]) + 72, 8);
        memcpy(FakeSector(&Fake, Array) + Slot * 128 + Offset, &Value, 8);
        Forge(Headers[i], 88, PtCrc32(FakeSector(&Fake, Array), 128 * 128), 4);
    }
}

static void test_crc(void **State)
{
    (void)State;
    assert_int_equal(PtCrc32("123456789", 9), 0xCBF43926);
    assert_int_equal(PtCrc32("", 0), 0);
}

static void test_round_trip(void **State)
{
    (void)State;
    WriteTable();
    assert_int_equal(Read(), PtDone);
    assert_true(FakeSameTable(&Found, &Table));
    assert_int_equal(Found.Problem, PtNoProblem);
    assert_false(Found.FromBackup || Found.BackupBad || Found.Hybrid);
    assert_int_equal(Found.Partitions[2].Number, 3);
    assert_int_equal(Found.FirstUsable, 2 + 16384 / Fake.Disk.SectorSize);
}

static void test_backup(void **State)
{
    (void)State;
    for (int Damage = 0; Damage < 3; Damage++) {
        WriteTable();
        if (Damage == 0)
            FakeSector(&Fake, 1)[60]++; // header
        else if (Damage == 1)
            FakeSector(&Fake, 2)[300]++; // entries
        else
            Fake.BadSector = 1;
        assert_int_equal(Read(), PtDone);
        Fake.BadSector = UINT64_MAX;
        assert_true(FakeSameTable(&Found, &Table));
        assert_true(Found.FromBackup);
        assert_int_not_equal(Found.Problem, PtNoProblem);
        assert_int_equal(PtWriteTable(&Fake.Disk, &Found, &Table), PtDone); // repairs it
        assert_int_equal(Read(), PtDone);
        assert_false(Found.FromBackup || Found.BackupBad);
    }
}

static void test_bad_backup(void **State)
{
    (void)State;
    WriteTable();
    memset(FakeSector(&Fake, Sectors - 1), 0, 512);
    assert_int_equal(Read(), PtDone);
    assert_true(Found.BackupBad && !Found.FromBackup);
    assert_int_equal(Found.Problem, PtProblemSignature);
    memset(FakeSector(&Fake, 1), 0, 512);
    assert_int_equal(Read(), PtRefused);
    assert_int_equal(Found.Style, PtStyleRaw);
    assert_int_equal(Found.Count, 0);
    assert_int_equal(Found.Problem, PtProblemSignature);
}

// The disk has grown: the backup is where the primary header says, and usable sectors are more.
static void test_grown(void **State)
{
    (void)State;
    Fake.Disk.Sectors = Sectors / 2;
    PtFreeTable(&Fake.Disk, &Table);
    Table = FakeGpt(&Fake, 1);
    FakeAdd(&Fake, &Table, 2, 64, 100);
    WriteTable();
    Fake.Disk.Sectors = Sectors;
    FakeSector(&Fake, 2)[5]++;
    assert_int_equal(Read(), PtDone);
    assert_true(Found.FromBackup && Found.BackupBad);
    assert_int_equal(PtWriteTable(&Fake.Disk, &Found, &Table), PtDone);
    FakeAdd(&Fake, &Table, 3, Sectors / 2, 1000);
    assert_int_equal(Read(), PtDone);
    assert_false(Found.FromBackup || Found.BackupBad);
    assert_int_equal(PtWriteTable(&Fake.Disk, &Found, &Table), PtDone);
}

static void test_refused_headers(void **State)
{
    (void)State;
    static const struct {
        uint32_t Offset, Size;
        uint64_t Value;
        PT_PROBLEM Problem;
    } Cases[] = {
        {0, 8, 1, PtProblemSignature},
        {12, 4, 91, PtProblemHeaderSize},
        {12, 4, 4097, PtProblemHeaderSize},
        {24, 8, 2, PtProblemHeaderPlace},
        {40, 8, 0, PtProblemUsableRange},
        {40, 8, Sectors, PtProblemUsableRange},
        {48, 8, Sectors, PtProblemUsableRange},
        {72, 8, 1, PtProblemArrayPlace},
        {72, 8, 0, PtProblemArrayPlace},
        {72, 8, 100, PtProblemArrayPlace},
        {72, 8, UINT64_MAX, PtProblemArrayPlace},
        {72, 8, Sectors - 1, PtProblemArrayPlace},
        {80, 4, 0, PtProblemArraySize},
        {80, 4, 1025, PtProblemArraySize},
        {80, 4, UINT32_MAX, PtProblemArraySize},
        {84, 4, 64, PtProblemArraySize},
        {84, 4, 192, PtProblemArraySize},
        {84, 4, 0x80000000, PtProblemArraySize},
        {88, 4, 0, PtProblemArrayCrc},
    };
    for (size_t i = 0; i < sizeof(Cases) / sizeof(Cases[0]); i++) {
        WriteTable();
        memset(FakeSector(&Fake, Sectors - 1), 0, 512);
        if (Cases[i].Problem == PtProblemHeaderSize)
            memcpy(FakeSector(&Fake, 1) + 12, &Cases[i].Value, 4);
        else
            Forge(1, Cases[i].Offset, Cases[i].Value, Cases[i].Size);
        assert_int_equal(Read(), PtRefused);
        assert_int_equal(Found.Problem, Cases[i].Problem);
        assert_string_not_equal(PtProblemText(Found.Problem), "unknown");
    }
}

static void test_refused_entries(void **State)
{
    (void)State;
    static const struct {
        uint32_t Slot, Offset;
        uint64_t Value;
        PT_PROBLEM Problem;
    } Cases[] = {
        {0, 32, 3, PtProblemEntryRange},           // before the usable area
        {0, 40, 63, PtProblemEntryRange},          // ends before it begins
        {2, 40, Sectors - 2, PtProblemEntryRange}, // into the backup
        {2, 40, UINT64_MAX, PtProblemEntryRange},
        {1, 32, 163, PtProblemEntryOverlap}, // the last sector of the first
        {0, 40, 200, PtProblemEntryOverlap},
    };
    for (size_t i = 0; i < sizeof(Cases) / sizeof(Cases[0]); i++) {
        WriteTable();
        ForgeEntry(Cases[i].Slot, Cases[i].Offset, Cases[i].Value);
        assert_int_equal(Read(), PtRefused);
        assert_int_equal(Found.Problem, Cases[i].Problem);
        assert_int_equal(Found.Count, 0);
    }
    WriteTable();
    ForgeEntry(1, 16, 0x0202020200000001); // the identifier of the first
    ForgeEntry(1, 24, 0x0202020202020202);
    assert_int_equal(Read(), PtRefused);
    assert_int_equal(Found.Problem, PtProblemEntryId);
}

// What is not written is refused before anything changes.
static void test_checked_before_write(void **State)
{
    (void)State;
    WriteTable();
    assert_int_equal(Read(), PtDone);
    uint64_t Written = Fake.Written;
    FakeAdd(&Fake, &Table, 5, 150, 100);
    assert_int_equal(PtWriteTable(&Fake.Disk, &Found, &Table), PtRefused);
    assert_int_equal(Table.Problem, PtProblemEntryOverlap);
    Table.Count--;
    FakeAdd(&Fake, &Table, 5, Sectors - 20, 20);
    assert_int_equal(PtWriteTable(&Fake.Disk, &Found, &Table), PtRefused);
    assert_int_equal(Table.Problem, PtProblemEntryRange);
    Table.Count--;
    assert_int_equal(Fake.Written, Written);
}

// Entries keep their places and numbers; a new one gets what has become free.
static void test_slots_and_numbers(void **State)
{
    (void)State;
    WriteTable();
    assert_int_equal(Read(), PtDone);
    PT_TABLE New = FakeGpt(&Fake, 1);
    *PtAddPartition(&Fake.Disk, &New) = Found.Partitions[2];
    *PtAddPartition(&Fake.Disk, &New) = Found.Partitions[0];
    FakeAdd(&Fake, &New, 9, 1500, 10);
    FakeAdd(&Fake, &New, 10, 1600, 10);
    PtNumberPartitions(&Found, &New);
    assert_int_equal(New.Partitions[0].Number, 3);
    assert_int_equal(New.Partitions[1].Number, 1);
    assert_int_equal(New.Partitions[2].Number, 2);
    assert_int_equal(New.Partitions[3].Number, 4);
    assert_int_equal(PtWriteTable(&Fake.Disk, &Found, &New), PtDone);
    assert_int_equal(New.Partitions[0].Slot, 2);
    assert_int_equal(New.Partitions[2].Slot, 1);
    assert_int_equal(New.Partitions[3].Slot, 3);
    assert_int_equal(Read(), PtDone);
    assert_true(FakeSameTable(&Found, &New));
    PtFreeTable(&Fake.Disk, &New);
}

static void test_protective(void **State)
{
    (void)State;
    WriteTable();
    const uint8_t *Mbr = FakeSector(&Fake, 0);
    static const uint8_t Entry[] = {0, 0, 2, 0, 0xEE};
    uint32_t Size;
    assert_memory_equal(Mbr + 446, Entry, sizeof(Entry));
    memcpy(&Size, Mbr + 446 + 12, 4);
    assert_int_equal(Size, Sectors - 1);
    // A hybrid: the table counts, and writing leaves the MBR alone.
    FakeSector(&Fake, 0)[446 + 16 + 4] = 0x0C;
    assert_int_equal(Read(), PtDone);
    assert_true(Found.Hybrid && Found.Style == PtStyleGpt);
    assert_int_equal(PtWriteTable(&Fake.Disk, &Found, &Table), PtDone);
    assert_int_equal(FakeSector(&Fake, 0)[446 + 16 + 4], 0x0C);
    // Without the protective entry it is no GPT's.
    memset(FakeSector(&Fake, 0), 0, 512);
    assert_int_equal(Read(), PtDone);
    assert_int_equal(Found.Style, PtStyleRaw);
    assert_int_equal(Found.Count, 0);
}

static void test_small_disks(void **State)
{
    (void)State;
    PT_GUID Id = {{1}};
    PT_TABLE Small;
    uint64_t Least = 2 * (16384 / Fake.Disk.SectorSize) + 4;
    for (uint64_t Size = 0; Size < Least + 2; Size++) {
        Fake.Disk.Sectors = Size;
        PT_RESULT Result = PtCreateTable(&Fake.Disk, PtStyleGpt, &Id, &Small);
        assert_int_equal(Result, Size < Least ? PtRefused : PtDone);
        PtFreeTable(&Fake.Disk, &Small);
        (void)Read();
    }
    Fake.Disk.Sectors = Sectors;
}

static void test_read_error(void **State)
{
    (void)State;
    WriteTable();
    Fake.BadSector = 0;
    assert_int_equal(Read(), PtIoError);
    assert_int_equal(Found.Count, 0);
}

#define TEST_BOTH(Name)                                     \
    cmocka_unit_test_setup_teardown(Name, SetUp, TearDown), \
        cmocka_unit_test_prestate_setup_teardown(Name, SetUp, TearDown, &Fake)

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_crc),
        TEST_BOTH(test_round_trip),
        TEST_BOTH(test_backup),
        TEST_BOTH(test_bad_backup),
        TEST_BOTH(test_grown),
        cmocka_unit_test_setup_teardown(test_refused_headers, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(test_refused_entries, SetUp, TearDown),
        TEST_BOTH(test_checked_before_write),
        TEST_BOTH(test_slots_and_numbers),
        TEST_BOTH(test_protective),
        TEST_BOTH(test_small_disks),
        TEST_BOTH(test_read_error),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
