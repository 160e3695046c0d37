// WRITE BUFFER as DOWNLOAD MICROCODE.
#include "fakedrive.h"

static ATA_DRIVE Drive;
static ATA_TRANSLATION Translation;
static uint8_t Data[1 << 16];

static void Identify(uint16_t Supported2, uint16_t Supported4, uint16_t Least, uint16_t Most)
{
    uint16_t Words[256];
    FakeIdentity(Words);
    Words[83] = (Words[83] & 0xFFFE) | Supported2;
    Words[119] = Supported4;
    Words[234] = Least;
    Words[235] = Most;
    assert_true(AtaParseIdentity(Words, &Drive));
}

static ATA_ACTION Write(uint8_t Mode, uint32_t Offset, uint32_t Bytes, uint32_t Length)
{
    const uint8_t Cdb[] = {0x3B,
                           Mode,
                           0,
                           (uint8_t)(Offset >> 16),
                           (uint8_t)(Offset >> 8),
                           (uint8_t)Offset,
                           (uint8_t)(Bytes >> 16),
                           (uint8_t)(Bytes >> 8),
                           (uint8_t)Bytes,
                           0};
    return FakeDo(Cdb, sizeof(Cdb), &Drive, Data, Length, &Translation);
}

static void assert_refused(ATA_ACTION Action, uint16_t Code)
{
    assert_int_equal(Action, AtaFailed);
    assert_int_equal(Translation.Sense.Key, SCSI_KEY_ILLEGAL_REQUEST);
    assert_int_equal(Translation.Sense.Code, Code);
}

static void test_pieces(void **State)
{
    (void)State;
    Identify(0x4001, 0x4010, 0, 0xFFFF);
    assert_int_equal(Drive.Microcode.Least, 1);
    assert_int_equal(Write(0x0E, 0x12400, 0x2200, 0x2200), AtaTransfer);
    assert_int_equal(Translation.Command.Opcode, 0x92);
    assert_int_equal(Translation.Command.Features, 0x0E);
    assert_int_equal(Translation.Command.Count, 0x11);
    assert_true(Translation.Command.Lba == 0x9200);
    assert_int_equal(Translation.Command.Direction, AtaOut);
    assert_true(Translation.Command.Pio);
    assert_int_equal(Translation.Command.Device & ATA_DEVICE_LBA, 0);
    assert_int_equal(Translation.Length, 0x2200);
    assert_int_equal(Write(0x07, 512, 512, 512), AtaTransfer);
    assert_int_equal(Translation.Command.Features, 0x03);
    assert_true(Translation.Command.Lba == 0x100);
    assert_int_equal(Write(0x05, 0, 512, 512), AtaTransfer);
    assert_int_equal(Translation.Command.Features, 0x07);
}

// More than 255 blocks: the count's upper byte is in the address.
static void test_count(void **State)
{
    (void)State;
    Identify(0x4001, 0x4010, 0, 0);
    assert_int_equal(Write(0x0E, 0x200, sizeof(Data), sizeof(Data)), AtaTransfer);
    assert_int_equal(Translation.Command.Count, sizeof(Data) / 512);
    assert_true(Translation.Command.Lba == 0x100);
    assert_int_equal(AtaWriteBuffer((const uint8_t[10]){0x3B, 0x0E, 0, 0, 2, 0, 0x04, 0x66, 0},
                                    &Drive, 0x46600, &Translation),
                     AtaTransfer);
    assert_int_equal(Translation.Command.Count, 0x33);
    assert_true(Translation.Command.Lba == 0x102);
}

static void test_activate(void **State)
{
    (void)State;
    Identify(0x4001, 0x4010, 0, 0);
    assert_int_equal(Write(0x0F, 0, 0, 0), AtaTransfer);
    assert_int_equal(Translation.Command.Features, 0x0F);
    assert_int_equal(Translation.Command.Direction, AtaNone);
    assert_refused(Write(0x0F, 0, 512, 512), SCSI_CODE_INVALID_FIELD);
}

static void test_refused(void **State)
{
    (void)State;
    Identify(0x4000, 0x4010, 0, 0);
    assert_refused(Write(0x05, 0, 512, 512), SCSI_CODE_INVALID_OPCODE);
    Identify(0x4001, 0x4000, 0, 0); // not in pieces
    assert_int_equal(Write(0x05, 0, 512, 512), AtaTransfer);
    assert_refused(Write(0x07, 0, 512, 512), SCSI_CODE_INVALID_FIELD);
    assert_refused(Write(0x0E, 0, 512, 512), SCSI_CODE_INVALID_FIELD);
    Identify(0x4001, 0x4010, 1, 8);
    assert_int_equal(Write(0x0E, 0, 8 * 512, 8 * 512), AtaTransfer);
    assert_refused(Write(0x0E, 0, 9 * 512, 9 * 512), SCSI_CODE_INVALID_FIELD);
    assert_refused(Write(0x0E, 0, 512, 1024), SCSI_CODE_INVALID_FIELD);
    assert_refused(Write(0x0E, 0, 500, 500), SCSI_CODE_INVALID_FIELD);
    assert_refused(Write(0x0E, 100, 512, 512), SCSI_CODE_INVALID_FIELD);
    assert_refused(Write(0x05, 512, 512, 512), SCSI_CODE_INVALID_FIELD);
    assert_refused(Write(0x0E, 0, 0, 0), SCSI_CODE_INVALID_FIELD);
    assert_refused(Write(0x02, 0, 512, 512), SCSI_CODE_INVALID_FIELD); // data, not microcode
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_activate),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
