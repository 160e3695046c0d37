// What devices are sent: parts of transfers, commands, UNMAP lists, ATA commands.
#include "test.h"

#include "sat.h"

static uint64_t pages(uint64_t address, uint32_t length)
{
    return (address % 4096 + length + 4095) / 4096;
}

// Parts are whole sectors, within the limits, and together the transfer; each is as long as it may be.
static void split_all(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {512, 4096, 65536, 66048, 131072, 1048576};
    static const uint32_t page_limits[] = {0, 2, 3, 17, 256};
    static const uint32_t sectors[] = {512, 4096};
    for (size_t i = 0; i < 6 * 5 * 2; i++) {
        CORE_LIMITS limits = {lengths[i % 6], page_limits[i / 6 % 5], sectors[i / 30]};
        if (limits.MaximumLength < limits.SectorSize)
            continue;
        for (uint64_t address = 0x10000; address < 0x11000; address += 510) {
            uint32_t left = 256 * 4096, place = 0, count = 0;
            while (left) {
                uint32_t part = CoreNextPiece(&limits, address + place, left);
                assert_true(part > 0 && part <= left && part <= limits.MaximumLength);
                assert_int_equal(part % limits.SectorSize, 0);
                if (limits.MaximumPages)
                    assert_true(pages(address + place, part) <= limits.MaximumPages);
                if (part < left) {
                    uint32_t more = part + limits.SectorSize;
                    assert_true(more > limits.MaximumLength ||
                                (limits.MaximumPages &&
                                 pages(address + place, more) > limits.MaximumPages));
                }
                left -= part;
                place += part;
                count++;
            }
            assert_int_equal(CoreCountPieces(&limits, address, 256 * 4096), count);
        }
    }
}

static void split_impossible(void **state)
{
    (void)state;
    CORE_LIMITS limits = {65536, 1, 4096}; // a sector that touches two pages
    assert_int_equal(CoreCountPieces(&limits, 0x1200, 8192), 0);
    assert_int_equal(CoreCountPieces(&limits, 0x1000, 8192), 2);
    limits = (CORE_LIMITS){256, 0, 512};
    assert_int_equal(CoreCountPieces(&limits, 0, 1024), 0);
}

static void transfers(void **state)
{
    (void)state;
    uint8_t cdb[16];
    assert_int_equal(CoreBuildTransfer(cdb, false, false, false, 0x12345678, 0x9ABC), 10);
    assert_memory_equal(cdb, "\x28\x00\x12\x34\x56\x78\x00\x9A\xBC\x00", 10);
    assert_int_equal(CoreBuildTransfer(cdb, true, false, true, 0xFFFFFFFF, 1), 10);
    assert_memory_equal(cdb, "\x2A\x08\xFF\xFF\xFF\xFF\x00\x00\x01\x00", 10);
    assert_int_equal(CoreBuildTransfer(cdb, true, false, false, 0xFFFFFFFF, 2), 16);
    assert_memory_equal(cdb, "\x8A\0\0\0\0\0\xFF\xFF\xFF\xFF\0\0\0\x02\0\0", 16);
    assert_int_equal(CoreBuildTransfer(cdb, false, true, false, 1, 1), 16);
    assert_int_equal(cdb[0], 0x88);
    assert_int_equal(CoreBuildTransfer(cdb, false, false, false, 0, 0x10000), 16);
    assert_int_equal(CoreBuildVerify(cdb, false, 1, 2), 10);
    assert_int_equal(cdb[0], 0x2F);
}

static void unmap(void **state)
{
    (void)state;
    CORE_RANGE ranges[] = {{10, 5}, {100, 25}, {0, 0}, {1000, 1}};
    CORE_UNMAP work = {ranges, 4, 0, 2, 20};
    uint8_t list[64];
    assert_int_equal(CoreBuildUnmap(&work, list, sizeof(list)), 8 + 32);
    assert_int_equal(CoreGet16(list), 38);
    assert_int_equal(CoreGet16(list + 2), 32);
    assert_int_equal(CoreGet64(list + 8), 10);
    assert_int_equal(CoreGet32(list + 16), 5);
    assert_int_equal(CoreGet64(list + 24), 100);
    assert_int_equal(CoreGet32(list + 32), 15); // 20 blocks in all
    assert_int_equal(CoreBuildUnmap(&work, list, sizeof(list)), 8 + 32);
    assert_int_equal(CoreGet64(list + 8), 115);
    assert_int_equal(CoreGet32(list + 16), 10);
    assert_int_equal(CoreGet64(list + 24), 1000);
    assert_int_equal(CoreBuildUnmap(&work, list, sizeof(list)), 0);
    assert_int_equal(CoreBuildUnmap(&(CORE_UNMAP){ranges, 0, 0, 1, 1}, list, sizeof(list)), 0);
}

// More blocks than a descriptor can have.
static void unmap_huge(void **state)
{
    (void)state;
    CORE_RANGE range = {0, 0x280000000};
    CORE_UNMAP work = {&range, 1, 0, 256, UINT32_MAX};
    uint8_t list[4096];
    uint64_t blocks = 0, next = 0;
    size_t length;
    while ((length = CoreBuildUnmap(&work, list, sizeof(list))) != 0) {
        for (size_t place = 8; place < length; place += 16) {
            assert_int_equal(CoreGet64(list + place), next);
            next += CoreGet32(list + place + 8);
            blocks += CoreGet32(list + place + 8);
        }
    }
    assert_int_equal(blocks, 0x280000000);
}

// ---- ATA

static void ata_commands(void **state)
{
    (void)state;
    uint8_t cdb[16];
    SAT_REQUEST identify = {.Current = {0, 0, 0, 0, 0, 0, 0xEC}, .In = true, .Length = 512};
    assert_true(SatBuildCommand(&identify, cdb));
    assert_memory_equal(cdb, "\x85\x08\x2E\0\0\0\x01\0\0\0\0\0\0\0\xEC\0", 16);
    SAT_REQUEST status = {.Current = {0xDA, 0, 0, 0x4F, 0xC2, 0, 0xB0}};
    assert_true(SatBuildCommand(&status, cdb));
    assert_memory_equal(cdb, "\x85\x06\x20\0\xDA\0\0\0\0\0\x4F\0\xC2\0\xB0\0", 16);
    SAT_REQUEST extended = {.Current = {0, 8, 1, 2, 3, 0x40, 0x25},
                            .Previous = {0, 0, 4, 5, 6},
                            .Extended = true,
                            .In = true,
                            .Dma = true,
                            .Length = 4096};
    assert_true(SatBuildCommand(&extended, cdb));
    assert_memory_equal(cdb, "\x85\x0D\x2E\0\0\0\x08\x04\x01\x05\x02\x06\x03\x40\x25\0", 16);
    extended.Out = true;
    assert_false(SatBuildCommand(&extended, cdb));
    extended.In = extended.Out = false;
    assert_false(SatBuildCommand(&extended, cdb)); // data without a direction
    identify.Length = 100;
    assert_false(SatBuildCommand(&identify, cdb));
    identify.Length = 512 * 300;
    assert_false(SatBuildCommand(&identify, cdb));
}

static void ata_registers(void **state)
{
    (void)state;
    uint8_t current[8], previous[8];
    uint8_t sense[22] = {0x72, 1,   0,   0x1D, 0,   0,   0,   14,   9,    12,   1,
                         0x04, 0xA, 0xB, 0xC,  0xD, 0xE, 0xF, 0x10, 0x11, 0x40, 0x51};
    uint8_t fixed[18] = {0x70, 0, 1, 0x04, 0x51, 0x40, 7, 10, 0, 1, 2, 3, 0, 0x1D};
    assert_true(SatReadRegisters(sense, sizeof(sense), current, previous));
    assert_memory_equal(current, "\x04\x0B\x0D\x0F\x11\x40\x51", 7);
    assert_memory_equal(previous, "\0\x0A\x0C\x0E\x10", 5);
    assert_true(SatReadRegisters(fixed, sizeof(fixed), current, previous));
    assert_memory_equal(current, "\x04\x07\x01\x02\x03\x40\x51", 7);
    for (size_t length = 0; length < sizeof(sense); length++)
        assert_false(SatReadRegisters(sense, length, current, previous));
    sense[8] = 0;
    assert_false(SatReadRegisters(sense, sizeof(sense), current, previous));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_all),     cmocka_unit_test(split_impossible),
        cmocka_unit_test(transfers),     cmocka_unit_test(unmap),
        cmocka_unit_test(unmap_huge),    cmocka_unit_test(ata_commands),
        cmocka_unit_test(ata_registers),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
