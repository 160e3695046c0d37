// What a SCSI command for a drive becomes.
#include "fakedrive.h"

static ATA_DRIVE Drive;
static ATA_TRANSLATION Translation;
static uint8_t Data[1 << 17];

static int SetUp(void **State)
{
    uint16_t Words[256];
    (void)State;
    FakeIdentity(Words);
    memset(Data, 0xEE, sizeof(Data));
    return AtaParseIdentity(Words, &Drive) ? 0 : -1;
}

#define DO(Length, ...)                                                                          \
    FakeDo((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), &Drive, Data, \
           Length, &Translation)

#define assert_fails(Action, SenseKey, SenseCode)            \
    do {                                                     \
        assert_int_equal(Action, AtaFailed);                 \
        assert_int_equal(Translation.Sense.Key, SenseKey);   \
        assert_int_equal(Translation.Sense.Code, SenseCode); \
    } while (0)

static void assert_command(uint8_t Opcode, uint64_t Lba, uint16_t Features, uint16_t Count)
{
    const ATA_COMMAND *Command = &Translation.Command;
    assert_int_equal(Command->Opcode, Opcode);
    assert_true(Command->Lba == Lba);
    assert_int_equal(Command->Features, Features);
    assert_int_equal(Command->Count, Count);
}

static void test_queued(void **State)
{
    (void)State;
    assert_int_equal(DO(8 * 512, 0x28, 0, 0x01, 0x02, 0x03, 0x04, 0, 0, 8, 0), AtaTransfer);
    assert_command(ATA_READ_FPDMA_QUEUED, 0x01020304, 8, 0);
    assert_true(Translation.Command.Queued);
    assert_int_equal(Translation.Command.Direction, AtaIn);
    assert_int_equal(Translation.Command.Device, ATA_DEVICE_LBA);
    assert_int_equal(DO(512, 0x8A, 0x08, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 1, 0, 0), AtaTransfer);
    assert_command(ATA_WRITE_FPDMA_QUEUED, 0x102030405, 1, 0);
    assert_int_equal(Translation.Command.Direction, AtaOut);
    assert_int_equal(Translation.Command.Device, ATA_DEVICE_LBA | ATA_DEVICE_FUA);
    assert_int_equal(DO(256 * 512, 0x08, 0x1F, 0xFF, 0xFF, 0, 0), AtaTransfer);
    assert_command(ATA_READ_FPDMA_QUEUED, 0x1FFFFF, 256, 0);
    assert_int_equal(DO(512, 0xAA, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0), AtaTransfer);
    assert_command(ATA_WRITE_FPDMA_QUEUED, 9, 1, 0);
}

static void test_unqueued(void **State)
{
    (void)State;
    Drive.QueueDepth = 0;
    assert_int_equal(DO(512, 0x28, 0, 0, 0, 0, 5, 0, 0, 1, 0), AtaTransfer);
    assert_command(ATA_READ_DMA_EXT, 5, 0, 1);
    assert_int_equal(DO(512, 0x2A, 0x08, 0, 0, 0, 5, 0, 0, 1, 0), AtaTransfer);
    assert_command(ATA_WRITE_DMA_FUA_EXT, 5, 0, 1);
    Drive.HasForce = false; // then a flush follows
    assert_int_equal(DO(512, 0x2A, 0x08, 0, 0, 0, 5, 0, 0, 1, 0), AtaTransfer);
    assert_command(ATA_WRITE_DMA_EXT, 5, 0, 1);
    assert_int_equal(Translation.Command.Next, ATA_FLUSH_CACHE_EXT);
}

// A queued command that is repeated alone is the same command.
static void test_made_unqueued(void **State)
{
    (void)State;
    assert_int_equal(DO(4096, 0x2A, 0x08, 0, 0, 0, 5, 0, 0, 8, 0), AtaTransfer);
    AtaMakeUnqueued(&Translation.Command, &Drive);
    assert_command(ATA_WRITE_DMA_FUA_EXT, 5, 0, 8);
    assert_false(Translation.Command.Queued);
    AtaMakeUnqueued(&Translation.Command, &Drive); // and twice
    assert_command(ATA_WRITE_DMA_FUA_EXT, 5, 0, 8);
}

static void test_limits(void **State)
{
    (void)State;
    // The last block, and the one behind.
    assert_int_equal(DO(512, 0x88, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0),
                     AtaTransfer);
    assert_fails(DO(512, 0x88, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0),
                 SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE);
    assert_fails(DO(512, 0x88, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0),
                 SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE);
    assert_fails(DO(1024, 0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0), SCSI_KEY_ILLEGAL_REQUEST,
                 SCSI_CODE_INVALID_FIELD);
    assert_int_equal(DO(0, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0), AtaAnswered);
    assert_fails(DO(512, 0x28, 0, 0, 0, 0), SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
    assert_fails(DO(0, 0xC1, 0, 0, 0, 0, 0), SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
}

static void test_flush_and_stop(void **State)
{
    (void)State;
    assert_int_equal(DO(0, 0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0), AtaTransfer);
    assert_command(ATA_FLUSH_CACHE_EXT, 0, 0, 0);
    assert_int_equal(DO(0, 0x1B, 0, 0, 0, 0, 0), AtaTransfer);
    assert_command(ATA_FLUSH_CACHE_EXT, 0, 0, 0);
    assert_int_equal(Translation.Command.Next, ATA_STANDBY_IMMEDIATE);
    assert_int_equal(DO(0, 0x1B, 0, 0, 0, 1, 0), AtaTransfer);
    assert_command(ATA_READ_VERIFY_EXT, 0, 0, 1);
    assert_fails(DO(0, 0x1B, 0, 0, 0, 2, 0), SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    Drive.Unit.HasCache = false;
    assert_int_equal(DO(0, 0x91, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), AtaAnswered);
}

static void test_verify(void **State)
{
    (void)State;
    assert_int_equal(DO(0, 0x2F, 0, 0, 0, 0, 7, 0, 0x01, 0x00, 0), AtaTransfer);
    assert_command(ATA_READ_VERIFY_EXT, 7, 0, 256);
    assert_fails(DO(0, 0x2F, 2, 0, 0, 0, 7, 0, 0, 1, 0), SCSI_KEY_ILLEGAL_REQUEST,
                 SCSI_CODE_INVALID_FIELD);
}

static void test_trim(void **State)
{
    (void)State;
    const uint8_t List[] = {0, 38, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,    0, 0, 0, 8,
                            0, 0,  0, 0,  0, 0, 0, 0, 0, 0, 2, 0, 0, 1, 0, 0x01, 0, 0, 0, 0};
    uint64_t Ranges[4];
    memcpy(Data, List, sizeof(List));
    assert_int_equal(DO(sizeof(Data), 0x42, 0, 0, 0, 0, 0, 0, 0, sizeof(List), 0), AtaTrim);
    assert_command(ATA_DATA_SET_MANAGEMENT, 0, ATA_FEATURE_TRIM, 1);
    assert_int_equal(Translation.RangeCount, 64);
    memcpy(Ranges, Data, sizeof(Ranges));
    assert_true(Ranges[0] == (0x10000 | 8ull << 48));
    assert_true(Ranges[1] == (0x200 | 0xFFFFull << 48)); // 65537 blocks
    assert_true(Ranges[2] == (0x200 + 0xFFFF | 2ull << 48));
    assert_true(Ranges[3] == 0);
}

static void test_trim_refused(void **State)
{
    (void)State;
    uint8_t List[24] = {0, 22, 0, 16, [12] = 0, [20] = 0x7F, 0xFF, 0xFF, 0xFF};
    memset(List + 16, 0, 4);
    memcpy(Data, List, sizeof(List));
    Data[16] = 0x7F; // more blocks than the ranges of one command
    assert_int_equal(DO(24, 0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0), AtaFailed);
    assert_fails(DO(24, 0x42, 0, 0, 0, 0, 0, 0, 0, 25, 0), SCSI_KEY_ILLEGAL_REQUEST,
                 SCSI_CODE_PARAMETER_LENGTH);
    Data[3] = 32;
    assert_fails(DO(24, 0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0), SCSI_KEY_ILLEGAL_REQUEST,
                 SCSI_CODE_INVALID_PARAMETER);
    assert_int_equal(DO(0, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0), AtaAnswered);
    Drive.TrimRanges = 0;
    assert_fails(DO(24, 0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0), SCSI_KEY_ILLEGAL_REQUEST,
                 SCSI_CODE_INVALID_OPCODE);
}

static void test_unit(void **State)
{
    (void)State;
    assert_int_equal(DO(36, 0x12, 0, 0, 0, 36, 0), AtaAnswered);
    assert_memory_equal(Data + 8, "MAKER   MODEL 9         FW12", 28);
    for (uint8_t Page = 0xB0; Page <= 0xB2; Page++) {
        assert_int_equal(DO(255, 0x12, 1, Page, 0, 255, 0), AtaAnswered);
        assert_int_equal(Data[1], Page);
    }
    assert_int_equal(DO(32, 0x9E, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0), AtaAnswered);
    assert_memory_equal(Data, "\0\0\0\x01\xFF\xFF\xFF\xFF\0\0\x02\0", 12);
    assert_int_equal(Data[14] & 0x80, 0x80);
    assert_int_equal(DO(8, 0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0), AtaAnswered);
    assert_memory_equal(Data, "\xFF\xFF\xFF\xFF", 4);
    assert_int_equal(DO(0, 0x00, 0, 0, 0, 0, 0), AtaAnswered);
}

static void test_cache_page(void **State)
{
    (void)State;
    uint8_t Select[24] = {[4] = 0x08, 18};
    assert_int_equal(DO(64, 0x1A, 8, 8, 0, 64, 0), AtaAnswered);
    assert_int_equal(Translation.Length, 24);
    assert_int_equal(Data[4 + 2] & 4, 4);
    memcpy(Data, Select, sizeof(Select));
    assert_int_equal(DO(24, 0x15, 0x10, 0, 0, 24, 0), AtaTransfer);
    assert_command(ATA_SET_FEATURES, 0, ATA_FEATURE_CACHE_OFF, 0);
    Select[6] = 4;
    memcpy(Data, Select, sizeof(Select));
    assert_int_equal(DO(24, 0x15, 0x10, 0, 0, 24, 0), AtaTransfer);
    assert_command(ATA_SET_FEATURES, 0, ATA_FEATURE_CACHE_ON, 0);
}

static void test_pass_through(void **State)
{
    (void)State;
    // SMART READ DATA, its length in the count.
    assert_int_equal(DO(512, 0x85, 4 << 1, 0x2E, 0, 0xD0, 0, 1, 0, 0, 0, 0x4F, 0, 0xC2, 0, 0xB0, 0),
                     AtaTransfer);
    assert_command(0xB0, 0xC24F00, 0xD0, 1);
    assert_true(Translation.Command.Pio && Translation.Command.Registers);
    assert_int_equal(Translation.Length, 512);
    // SMART RETURN STATUS: no data.
    assert_int_equal(DO(0, 0xA1, 3 << 1, 0x20, 0xDA, 0, 0, 0x4F, 0xC2, 0, 0xB0, 0, 0), AtaTransfer);
    assert_command(0xB0, 0xC24F00, 0xDA, 0);
    assert_int_equal(Translation.Command.Direction, AtaNone);
    // 48 bits.
    assert_int_equal(DO(512, 0x85, 6 << 1 | 1, 0x0E, 0, 0, 0, 1, 4, 1, 5, 2, 6, 3, 0x40, 0x25, 0),
                     AtaTransfer);
    assert_command(ATA_READ_DMA_EXT, 0x060504030201, 0, 1);
}

static void test_pass_through_refused(void **State)
{
    (void)State;
    static const uint8_t Bad[][4] = {
        // protocol, flags, command, count
        {0 << 1, 0x00, 0xEC, 1},  // a hard reset
        {12 << 1, 0x0E, 0x60, 1}, // queued
        {4 << 1, 0x06, 0xEC, 1},  // PIO in that goes out
        {4 << 1, 0x0E, 0xEC, 2},  // more than the buffer
        {4 << 1, 0x08, 0xEC, 1},  // no length
        {3 << 1, 0x0E, 0xEC, 1},  // no data, with a length
        {6 << 1, 0x0E, 0x60, 1},  // queued all the same
        {4 << 1, 0x0E, 0xA0, 1},  // a packet
    };
    for (size_t i = 0; i < sizeof(Bad) / sizeof(Bad[0]); i++)
        assert_fails(DO(512, 0x85, Bad[i][0], Bad[i][1], 0, 0, 0, Bad[i][3], 0, 0, 0, 0, 0, 0, 0,
                        Bad[i][2], 0),
                     SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup(test_queued, SetUp),
        cmocka_unit_test_setup(test_unqueued, SetUp),
        cmocka_unit_test_setup(test_made_unqueued, SetUp),
        cmocka_unit_test_setup(test_limits, SetUp),
        cmocka_unit_test_setup(test_flush_and_stop, SetUp),
        cmocka_unit_test_setup(test_verify, SetUp),
        cmocka_unit_test_setup(test_trim, SetUp),
        cmocka_unit_test_setup(test_trim_refused, SetUp),
        cmocka_unit_test_setup(test_unit, SetUp),
        cmocka_unit_test_setup(test_cache_page, SetUp),
        cmocka_unit_test_setup(test_pass_through, SetUp),
        cmocka_unit_test_setup(test_pass_through_refused, SetUp),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
