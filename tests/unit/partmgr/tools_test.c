// The same disks in the eyes of sgdisk and sfdisk: what they write is read, and what is written they find good.
#include "fakedisk.h"

#include <unistd.h>

#include <cmocka.h>

enum { Sectors = 200000 };

static FAKE_DISK Fake;
static char Path[64];

static int SetUp(void **State)
{
    (void)State;
    FakeInit(&Fake, Sectors, 512);
    snprintf(Path, sizeof(Path), "partmgr-tools-%d.img", (int)getpid());
    FakeSave(&Fake, Path);
    return 0;
}

static int TearDown(void **State)
{
    (void)State;
    unlink(Path);
    FakeFree(&Fake);
    return 0;
}

// Output of COMMAND, in which %s stands for the image.
static const char *Run(const char *Command, int *Status)
{
    static char Text[65536];
    char Line[1000], Shell[1200];
    snprintf(Line, sizeof(Line), Command, Path);
    snprintf(Shell, sizeof(Shell), "PATH=$PATH:/usr/sbin:/sbin; %s 2>&1", Line);
    FILE *Pipe = popen(Shell, "r");
    assert_non_null(Pipe);
    size_t Length = fread(Text, 1, sizeof(Text) - 1, Pipe);
    Text[Length] = 0;
    *Status = pclose(Pipe);
    return Text;
}

static void RunWell(const char *Command)
{
    int Status;
    const char *Text = Run(Command, &Status);
    if (Status)
        fail_msg("%s: %s", Command, Text);
}

static void CheckGuid(const PT_GUID *Guid, const char *Text)
{
    char Found[40];
    const uint8_t *Bytes = Guid->Bytes;
    snprintf(Found, sizeof(Found),
             "%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X", Bytes[3],
             Bytes[2], Bytes[1], Bytes[0], Bytes[5], Bytes[4], Bytes[7], Bytes[6], Bytes[8],
             Bytes[9], Bytes[10], Bytes[11], Bytes[12], Bytes[13], Bytes[14], Bytes[15]);
    assert_string_equal(Found, Text);
}

static void test_sgdisk_writes(void **State)
{
    (void)State;
    PT_TABLE Table;
    RunWell("sgdisk -U 0FC63DAF-8483-4772-8E79-3D69D8477DE4 -n 1:2048:+1M -t 1:ef00 "
            "-u 1:11111111-2222-3333-4444-555555555555 -n 5:40000:49999 -c 5:Daten -A 5:set:63 "
            "-n 3:102400:0 %s");
    FakeLoad(&Fake, Path);
    assert_int_equal(PtReadTable(&Fake.Disk, &Table), PtDone);
    assert_int_equal(Table.Style, PtStyleGpt);
    assert_false(Table.BackupBad || Table.FromBackup || Table.Hybrid);
    assert_int_equal(Table.Count, 3);
    CheckGuid(&Table.DiskId, "0FC63DAF-8483-4772-8E79-3D69D8477DE4");
    CheckGuid(&Table.Partitions[0].Type, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
    CheckGuid(&Table.Partitions[0].Id, "11111111-2222-3333-4444-555555555555");
    assert_int_equal(Table.Partitions[0].Start, 2048);
    assert_int_equal(Table.Partitions[0].Sectors, 2048);
    assert_int_equal(Table.Partitions[1].Slot, 2);
    assert_int_equal(Table.Partitions[1].Start, 102400);
    assert_int_equal(Table.Partitions[2].Slot, 4);
    assert_int_equal(Table.Partitions[2].Attributes, 1ULL << 63);
    assert_int_equal(Table.Partitions[2].Name[4], 'n');
    PtFreeTable(&Fake.Disk, &Table);
}

static void test_sgdisk_reads(void **State)
{
    (void)State;
    int Status;
    PT_TABLE Old = {.Style = PtStyleRaw}, Table = FakeGpt(&Fake, 0x31);
    FakeAdd(&Fake, &Table, 2, 2048, 2048);
    FakeAdd(&Fake, &Table, 3, 10240, 100000);
    assert_int_equal(PtWriteTable(&Fake.Disk, &Old, &Table), PtDone);
    FakeSave(&Fake, Path);
    const char *Text = Run("sgdisk -v %s", &Status);
    assert_non_null(strstr(Text, "No problems found"));
    Text = Run("sgdisk -i 2 %s", &Status);
    assert_non_null(strstr(Text, "First sector: 10240"));
    assert_non_null(strstr(Text, "Last sector: 110239"));
    assert_non_null(strstr(Text, "Partition unique GUID: 00000002-0303-0303-0303-030303030303"));
    assert_non_null(strstr(Text, "'DEFGHIJKLM'"));
    RunWell("sfdisk --verify %s");
    PtFreeTable(&Fake.Disk, &Table);
}

static void test_sfdisk_writes(void **State)
{
    (void)State;
    PT_TABLE Table;
    RunWell(
        "printf 'label: dos\\nlabel-id: 0x89abcdef\\n1: start=2048,size=10000,type=7,bootable\\n"
        "2: start=20480,size=100000,type=f\\n5: start=22528,size=2000,type=83\\n"
        "6: start=40960,size=3000,type=b\\n7: start=100352,size=20000,type=7\\n' | "
        "sfdisk --no-reread %s");
    FakeLoad(&Fake, Path);
    assert_int_equal(PtReadTable(&Fake.Disk, &Table), PtDone);
    assert_int_equal(Table.Style, PtStyleMbr);
    assert_int_equal(Table.Signature, 0x89ABCDEF);
    assert_true(Table.Partitions[0].Boot);
    assert_int_equal(Table.Count, 16);
    assert_int_equal(Table.Partitions[0].Sectors, 10000);
    static const uint64_t Starts[] = {22528, 40960, 100352};
    for (uint32_t i = 0; i < 3; i++) {
        const PT_PARTITION *Logical = &Table.Partitions[4 + 4 * i];
        assert_int_equal(Logical->Number, 2 + i);
        assert_int_equal(Logical->Start, Starts[i]);
    }
    assert_int_equal(Table.Partitions[8].MbrType, 0x0B);
    PtFreeTable(&Fake.Disk, &Table);
}

static void test_sfdisk_reads(void **State)
{
    (void)State;
    int Status;
    PT_TABLE Old = {.Style = PtStyleRaw}, Table = FakeMbr(&Fake, 0xCAFE0001);
    FakeSet(&Table, 0, 7, 2048, 10240);
    FakeSet(&Table, 1, PT_MBR_TYPE_EXTENDED_LBA, 20480, 100000);
    FakeAddLogical(&Fake, &Table, 22528, 10000, 40960, 12048);
    FakeAddLogical(&Fake, &Table, 43008, 10000, 0, 0);
    assert_int_equal(PtWriteTable(&Fake.Disk, &Old, &Table), PtDone);
    FakeSave(&Fake, Path);
    RunWell("sfdisk --verify %s");
    const char *Text = Run("sfdisk -d %s | tr -s ' '", &Status);
    static const char *const Lines[] = {
        "label-id: 0xcafe0001",
        "1 : start= 2048, size= 10240, type=7",
        "2 : start= 20480, size= 100000, type=f",
        "5 : start= 22528, size= 10000, type=7",
        "6 : start= 43008, size= 10000, type=7",
    };
    for (size_t i = 0; i < sizeof(Lines) / sizeof(Lines[0]); i++) {
        if (!strstr(Text, Lines[i]))
            fail_msg("no '%s' in %s", Lines[i], Text);
    }
    PtFreeTable(&Fake.Disk, &Table);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(test_sgdisk_writes, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(test_sgdisk_reads, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(test_sfdisk_writes, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(test_sfdisk_reads, SetUp, TearDown),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
