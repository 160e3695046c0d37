// What a drive's registers mean.
#include "fakedrive.h"

static SCSI_SENSE SenseOf(uint8_t Status, uint8_t Error, ATA_DIRECTION Direction)
{
    const ATA_REGISTERS Registers = {.Status = Status, .Error = Error, .Lba = 0x1234567};
    SCSI_SENSE Sense;
    AtaSenseOfRegisters(&Registers, Direction, &Sense);
    return Sense;
}

static void test_errors(void **State)
{
    (void)State;
    static const struct {
        uint8_t Status, Error;
        ATA_DIRECTION Direction;
        uint8_t Key;
        uint16_t Code;
        bool AtBlock;
    } Cases[] = {
        {0x51, 0x40, AtaIn, SCSI_KEY_MEDIUM_ERROR, 0x1100, true},
        {0x51, 0x40, AtaOut, SCSI_KEY_DATA_PROTECT, 0x2700, false},
        {0x51, 0x10, AtaOut, SCSI_KEY_MEDIUM_ERROR, 0x1401, true},
        {0x51, 0x84, AtaIn, SCSI_KEY_ABORTED_COMMAND, 0x4703, false},
        {0x51, 0x04, AtaNone, SCSI_KEY_ABORTED_COMMAND, 0x0000, false},
        {0x51, 0x02, AtaIn, SCSI_KEY_NOT_READY, 0x3A00, false},
        {0x51, 0x20, AtaIn, SCSI_KEY_UNIT_ATTENTION, 0x2800, false},
        {0x71, 0x04, AtaOut, SCSI_KEY_HARDWARE_ERROR, 0x4400, false},
        {0x51, 0x00, AtaIn, SCSI_KEY_HARDWARE_ERROR, 0x4400, false},
    };
    for (size_t i = 0; i < sizeof(Cases) / sizeof(Cases[0]); i++) {
        SCSI_SENSE Sense = SenseOf(Cases[i].Status, Cases[i].Error, Cases[i].Direction);
        assert_int_equal(Sense.Key, Cases[i].Key);
        assert_int_equal(Sense.Code, Cases[i].Code);
        assert_int_equal(Sense.HasInformation, Cases[i].AtBlock);
    }
}

static void test_fixed_format(void **State)
{
    (void)State;
    uint8_t Bytes[SCSI_SENSE_BYTES];
    SCSI_SENSE Sense = SenseOf(0x51, 0x40, AtaIn);
    ScsiMakeSense(&Sense, Bytes);
    assert_memory_equal(Bytes, "\xF0\0\x03\x01\x23\x45\x67\x0A\0\0\0\0\x11\0\0\0\0\0", 18);
    Sense.Information = 0x100000000; // more than there is room for
    ScsiMakeSense(&Sense, Bytes);
    assert_int_equal(Bytes[0], 0x70);
}

static void test_registers(void **State)
{
    (void)State;
    static const uint8_t Frame[20] = {0x34, 0x40, 0x51, 0x04, 0x4F, 0xC2, 0x03,
                                      0x40, 0x01, 0x02, 0x05, 0,    0x34, 0x12};
    uint8_t Bytes[ATA_SENSE_BYTES];
    ATA_REGISTERS Registers = AtaRegistersOfFrame(Frame);
    assert_true(Registers.Lba == 0x05020103C24F);
    assert_int_equal(Registers.Status, 0x51);
    assert_int_equal(Registers.Error, 0x04);
    assert_int_equal(Registers.Count, 0x1234);
    const SCSI_SENSE Sense = {.Key = SCSI_KEY_RECOVERED, .Code = SCSI_CODE_ATA_REGISTERS};
    AtaMakeRegisterSense(&Registers, &Sense, Bytes);
    assert_memory_equal(Bytes,
                        "\x72\x01\x00\x1D\0\0\0\x0E\x09\x0C\x01\x04\x12\x34\x01\x4F\x02\xC2\x05\x03"
                        "\x40\x51",
                        ATA_SENSE_BYTES);
}

static void test_log_of_queued_errors(void **State)
{
    (void)State;
    uint8_t Page[ATA_SECTOR_BYTES] = {0x05, 0, 0x41, 0x40, 0x11, 0x22, 0x33, 0x40, 0x44}, Tag,
            Sum = 0;
    ATA_REGISTERS Registers;
    for (uint32_t i = 0; i < sizeof(Page) - 1; i++)
        Sum = (uint8_t)(Sum + Page[i]);
    Page[511] = (uint8_t)-Sum;
    assert_true(AtaParseNcqError(Page, &Tag, &Registers));
    assert_int_equal(Tag, 5);
    assert_int_equal(Registers.Error, 0x40);
    assert_true(Registers.Lba == 0x44332211);
    Page[0] |= 0x80; // not queued
    Page[511] = (uint8_t)(Page[511] - 0x80);
    assert_false(AtaParseNcqError(Page, &Tag, &Registers));
    Page[0] = 5;
    assert_false(AtaParseNcqError(Page, &Tag, &Registers)); // the checksum is wrong
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_fixed_format),
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_log_of_queued_errors),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
