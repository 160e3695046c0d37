// What IDENTIFY DEVICE data means.
#include "fakedrive.h"

static uint16_t Words[256];
static ATA_DRIVE Drive;

static int SetUp(void **State)
{
    (void)State;
    FakeIdentity(Words);
    return 0;
}

static void test_disk(void **State)
{
    (void)State;
    assert_true(AtaParseIdentity(Words, &Drive));
    const SCSI_UNIT *Unit = &Drive.Unit;
    assert_memory_equal(Unit->Vendor, "MAKER   ", 8);
    assert_memory_equal(Unit->Product, "MODEL 9         ", 16);
    assert_memory_equal(Unit->Revision, "FW12", 4);
    assert_memory_equal(Unit->Serial, "S123                ", 20);
    assert_true(Unit->Blocks == FakeBlocks);
    assert_int_equal(Unit->BlockShift, 9);
    assert_int_equal(Drive.QueueDepth, FakeQueueDepth);
    assert_true(Unit->HasCache && Unit->CacheEnabled && Unit->HasFua && Drive.HasForce);
    assert_int_equal(Drive.TrimRanges, FakeTrimBlocks * 64);
    assert_int_equal(Unit->Rotation, 1);
    assert_false(Drive.Packets);
}

static void test_model_in_one_word(void **State)
{
    (void)State;
    FakeText(Words + 27, "ST1000DM003-1CH162", 40);
    assert_true(AtaParseIdentity(Words, &Drive));
    assert_memory_equal(Drive.Unit.Vendor, "        ", 8);
    assert_memory_equal(Drive.Unit.Product, "ST1000DM003-1CH1", 16);
}

static void test_sector_sizes(void **State)
{
    (void)State;
    Words[106] = 0x5000;
    Words[117] = 2048;
    assert_true(AtaParseIdentity(Words, &Drive));
    assert_int_equal(Drive.Unit.BlockShift, 12);
    Words[117] = 264; // 528 bytes
    assert_false(AtaParseIdentity(Words, &Drive));
    Words[106] = 0x6003; // 8 sectors of 512 bytes in a physical one
    Words[209] = 0x4001;
    assert_true(AtaParseIdentity(Words, &Drive));
    assert_int_equal(Drive.Unit.BlockShift, 9);
    assert_int_equal(Drive.Unit.PhysicalShift, 3);
    assert_int_equal(Drive.Unit.LowestAligned, 7);
}

static void test_without(void **State)
{
    (void)State;
    Words[76] = Words[169] = Words[84] = Words[82] = 0;
    assert_true(AtaParseIdentity(Words, &Drive));
    assert_int_equal(Drive.QueueDepth, 0);
    assert_int_equal(Drive.TrimRanges, 0);
    assert_false(Drive.Unit.HasCache || Drive.Unit.HasFua || Drive.Unit.CacheEnabled);
    Words[83] = 0x4000; // 28-bit addresses alone
    assert_false(AtaParseIdentity(Words, &Drive));
}

static void test_no_drive(void **State)
{
    (void)State;
    memset(Words, 0, sizeof(Words));
    assert_false(AtaParseIdentity(Words, &Drive));
    memset(Words, 0xFF, sizeof(Words));
    assert_false(AtaParseIdentity(Words, &Drive));
    assert_false(AtaParsePacketIdentity(Words, &Drive));
}

static void test_packets(void **State)
{
    (void)State;
    Words[0] = 0x85C0; // CD-ROM, 12 bytes
    assert_true(AtaParsePacketIdentity(Words, &Drive));
    assert_true(Drive.Packets && Drive.PacketDma);
    assert_false(Drive.PacketDirection);
    assert_int_equal(Drive.PacketBytes, 12);
    Words[0] |= 1;
    Words[62] = 0x8000;
    assert_true(AtaParsePacketIdentity(Words, &Drive));
    assert_int_equal(Drive.PacketBytes, 16);
    assert_true(Drive.PacketDirection);
    Words[0] = 0x0040;
    assert_false(AtaParsePacketIdentity(Words, &Drive));
}

static void test_name(void **State)
{
    (void)State;
    assert_true(AtaParseIdentity(Words, &Drive));
    assert_int_equal(Drive.Unit.DesignatorCount, 1);
    Words[87] = 0x4100;
    Words[108] = 0x5001;
    Words[111] = 0xABCD;
    assert_true(AtaParseIdentity(Words, &Drive));
    assert_int_equal(Drive.Unit.DesignatorCount, 2);
    assert_memory_equal(Drive.Unit.Designators[0].Bytes, "\x50\x01\0\0\0\0\xAB\xCD", 8);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup(test_disk, SetUp),
        cmocka_unit_test_setup(test_model_in_one_word, SetUp),
        cmocka_unit_test_setup(test_sector_sizes, SetUp),
        cmocka_unit_test_setup(test_without, SetUp),
        cmocka_unit_test_setup(test_no_drive, SetUp),
        cmocka_unit_test_setup(test_packets, SetUp),
        cmocka_unit_test_setup(test_name, SetUp),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
