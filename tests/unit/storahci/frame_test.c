// Commands as frames, buffers as regions.
#include "fakedrive.h"

// As long as the driver's tables are, so that what is written behind is seen.
static AHCI_TABLE *NewTable(void)
{
    return calloc(1, sizeof(AHCI_TABLE) + AHCI_REGIONS * sizeof(AHCI_REGION));
}

static void test_frame(void **State)
{
    (void)State;
    static const uint8_t Expected[20] = {0x27, 0x80, 0x35, 0x11, 0x06, 0x05, 0x04, 0x40, 0x03, 0x02,
                                         0x01, 0x22, 0x34, 0x12, 0,    0,    0,    0,    0,    0};
    const ATA_COMMAND Command = {
        .Opcode = ATA_WRITE_DMA_EXT,
        .Device = ATA_DEVICE_LBA,
        .Features = 0x2211,
        .Count = 0x1234,
        .Lba = 0x010203040506,
    };
    AHCI_TABLE *Table = NewTable();
    AhciMakeFrame(Table, &Command);
    assert_memory_equal(Table->Fis, Expected, sizeof(Expected));
    AhciSetTag(Table, 31);
    assert_int_equal(Table->Fis[12], 31 << 3);
    assert_int_equal(Table->Fis[13], 0);
    free(Table);
}

static void test_regions(void **State)
{
    (void)State;
    AHCI_TABLE *Table = NewTable();
    const AHCI_REGION *Regions = AhciRegionsOf(Table);
    uint32_t Count = 0;
    assert_true(AhciAddPiece(Table, &Count, 0x123456000, 0x1000, true));
    assert_int_equal(Count, 1);
    assert_true(Regions[0].Address == 0x123456000);
    assert_int_equal(Regions[0].LastByte, 0xFFF);
    // More than a region holds.
    assert_true(AhciAddPiece(Table, &Count, 0x1000, AHCI_REGION_BYTES + 512, true));
    assert_int_equal(Count, 3);
    assert_int_equal(Regions[1].LastByte, AHCI_REGION_BYTES - 1);
    assert_true(Regions[2].Address == 0x1000 + AHCI_REGION_BYTES);
    assert_int_equal(Regions[2].LastByte, 511);
    // What cannot be moved, and what cannot be addressed.
    assert_false(AhciAddPiece(Table, &Count, 0x1001, 512, true));
    assert_false(AhciAddPiece(Table, &Count, 0x1000, 511, true));
    assert_false(AhciAddPiece(Table, &Count, 0xFFFFFE00, 1024, false));
    assert_true(AhciAddPiece(Table, &Count, 0xFFFFFE00, 512, false));
    free(Table);
}

// One MiB that does not begin at a page, no two pages of which lie together.
static void test_most_regions(void **State)
{
    (void)State;
    AHCI_TABLE *Table = NewTable();
    uint32_t Count = 0, Left = 1 << 20, Piece = 4096 - 512;
    for (uint64_t Page = 0; Left; Page += 8192) {
        assert_true(AhciAddPiece(Table, &Count, Page + 4096 - Piece, Piece, true));
        Left -= Piece;
        Piece = Left < 4096 ? Left : 4096;
    }
    assert_int_equal(Count, 257);
    while (Count < AHCI_REGIONS)
        assert_true(AhciAddPiece(Table, &Count, 0, 2, true));
    assert_false(AhciAddPiece(Table, &Count, 0, 2, true));
    assert_int_equal(AhciHeaderOptions(AtaOut, 257), 257u << 16 | 1 << 6 | 5);
    assert_int_equal(AhciHeaderOptions(AtaIn, 1), 1u << 16 | 5);
    free(Table);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_frame),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_most_regions),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
