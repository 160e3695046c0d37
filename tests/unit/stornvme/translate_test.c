// What a SCSI command for a namespace becomes.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "translate.h"

static NVME_NAMESPACE Namespace;
static NVME_IDENTITY Identity;
static NVME_TRANSLATION Translation;
static uint8_t Data[4096];

static int SetUp(void **State)
{
    (void)State;
    Namespace = (NVME_NAMESPACE){.Id = 3, .Blocks = 0x200000000, .BlockShift = 9};
    Identity = (NVME_IDENTITY){.HasCache = true,
                               .CacheEnabled = true,
                               .DatasetManagement = true,
                               .WriteZeroes = true,
                               .MaximumTransfer = 1 << 20};
    memset(Identity.Model, ' ', sizeof(Identity.Model));
    memcpy(Identity.Model, "MODEL", 5);
    memset(Identity.Serial, ' ', sizeof(Identity.Serial));
    memcpy(Identity.Serial, "S123", 4);
    memset(Data, 0xEE, sizeof(Data));
    return 0;
}

static NVME_ACTION Do(const uint8_t *Cdb, uint32_t CdbLength, uint32_t Length)
{
    // A buffer of its own, so that what is written behind its end is seen.
    uint8_t *Exact = Length ? malloc(Length) : nullptr;
    if (Length)
        memcpy(Exact, Data, Length < sizeof(Data) ? Length : sizeof(Data));
    NVME_ACTION Action =
        NvmeTranslate(Cdb, CdbLength, &Namespace, &Identity, Exact, Length, &Translation);
    if (Length)
        memcpy(Data, Exact, Length < sizeof(Data) ? Length : sizeof(Data));
    free(Exact);
    return Action;
}
#define DO(Length, ...) \
    Do((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), Length)

#define assert_fails(Action, Key, Code)                \
    do {                                               \
        assert_int_equal(Action, NvmeFailed);          \
        assert_int_equal(Translation.SenseKey, Key);   \
        assert_int_equal(Translation.SenseCode, Code); \
    } while (0)

static void assert_transfer(uint8_t Opcode, uint64_t Start, uint32_t Blocks, uint32_t Flags)
{
    const NVME_COMMAND *Command = &Translation.Command;
    assert_int_equal(Command->Opcode, Opcode);
    assert_int_equal(Command->NamespaceId, 3);
    assert_int_equal(Command->Cdw10 | (uint64_t)Command->Cdw11 << 32, Start);
    assert_int_equal(Command->Cdw12, (Blocks - 1) | Flags);
}

static void reading_and_writing(void **State)
{
    (void)State;
    assert_int_equal(DO(512, 0x08, 0x1F, 0xFF, 0xFF, 1, 0), NvmeTransfer);
    assert_transfer(NVME_IO_READ, 0x1FFFFF, 1, 0);
    assert_int_equal(DO(256 * 512, 0x0A, 0, 0, 0, 0, 0), NvmeTransfer); // 0 blocks are 256
    assert_transfer(NVME_IO_WRITE, 0, 256, 0);
    assert_int_equal(DO(1024, 0x28, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 2, 0), NvmeTransfer);
    assert_transfer(NVME_IO_READ, 0x12345678, 2, 0);
    assert_int_equal(DO(1024, 0x2A, 0x08, 0, 0, 0, 1, 0, 0, 2, 0), NvmeTransfer);
    assert_transfer(NVME_IO_WRITE, 1, 2, NVME_RW_FORCE_UNIT_ACCESS);
    assert_int_equal(DO(512, 0xA8, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0), NvmeTransfer);
    assert_transfer(NVME_IO_READ, 9, 1, 0);
    assert_int_equal(DO(512, 0x8A, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0),
                     NvmeTransfer);
    assert_transfer(NVME_IO_WRITE, 0x1FFFFFFFF, 1, 0);
}

static void what_cannot_be_read_or_written(void **State)
{
    (void)State;
    assert_fails(DO(512, 0x88, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0),
                 SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE);
    assert_fails(DO(512, 0x88, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0),
                 SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE);
    assert_fails(DO(512, 0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0), SCSI_KEY_ILLEGAL_REQUEST,
                 SCSI_CODE_INVALID_FIELD); // the buffer has another length
    Namespace.ReadOnly = true;
    assert_fails(DO(512, 0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0), SCSI_KEY_DATA_PROTECT,
                 SCSI_CODE_WRITE_PROTECTED);
    assert_int_equal(DO(512, 0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0), NvmeTransfer);
}

static void short_and_unknown_commands(void **State)
{
    (void)State;
    assert_fails(DO(0, 0x28, 0, 0, 0, 0), SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
    assert_fails(DO(0, 0xFF, 0, 0, 0, 0, 0), SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
    for (uint32_t Opcode = 0; Opcode < 256; Opcode++) { // no length and no buffer harms
        uint8_t Cdb[16] = {(uint8_t)Opcode,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF,
                           0xFF};
        for (uint32_t Length = 0; Length <= sizeof(Cdb); Length++) {
            (void)Do(Cdb, Length, 0);
            (void)Do(Cdb, Length, 7);
        }
    }
}

static void capacity(void **State)
{
    (void)State;
    assert_int_equal(DO(8, 0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0), NvmeAnswered);
    assert_int_equal(ScsiBigEndian(Data, 4), UINT32_MAX); // more than 4 bytes can tell
    assert_int_equal(ScsiBigEndian(Data + 4, 4), 512);
    assert_int_equal(DO(32, 0x9E, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0), NvmeAnswered);
    assert_int_equal(ScsiBigEndian(Data, 8), 0x1FFFFFFFF);
    assert_int_equal(ScsiBigEndian(Data + 8, 4), 512);
    assert_int_equal(Data[14], 0x80); // blocks can be given back
}

static void inquiry(void **State)
{
    (void)State;
    assert_int_equal(DO(255, 0x12, 0, 0, 0, 255, 0), NvmeAnswered);
    assert_int_equal(Translation.Length, 36);
    assert_memory_equal(Data + 8, "NVMe    MODEL           ", 24);
    assert_int_equal(DO(5, 0x12, 0, 0, 0, 5, 0), NvmeAnswered); // as much as there is room for
    assert_int_equal(Translation.Length, 5);
    assert_int_equal(DO(255, 0x12, 1, 0x80, 0, 255, 0), NvmeAnswered);
    assert_int_equal(ScsiBigEndian(Data + 2, 2), 20);
    assert_memory_equal(Data + 4, "S123 ", 5);
    assert_int_equal(DO(255, 0x12, 1, 0xB0, 0, 255, 0), NvmeAnswered);
    assert_int_equal(ScsiBigEndian(Data + 8, 4), 2048); // 1 MiB
    assert_int_equal(ScsiBigEndian(Data + 24, 4), NVME_MAX_RANGES);
    assert_fails(DO(255, 0x12, 1, 0x99, 0, 255, 0), SCSI_KEY_ILLEGAL_REQUEST,
                 SCSI_CODE_INVALID_FIELD);
}

static void units(void **State)
{
    (void)State;
    Identity.Units = 1 | 1ull << 2 | 1ull << 63;
    assert_int_equal(DO(64, 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0), NvmeAnswered);
    assert_int_equal(Translation.Length, 8 + 3 * 8);
    assert_int_equal(Data[3], 3 * 8);
    assert_int_equal(Data[8 + 1], 0);
    assert_int_equal(Data[16 + 1], 2);
    assert_int_equal(Data[24 + 1], 63);
    assert_int_equal(DO(16, 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0), NvmeAnswered);
    assert_int_equal(Translation.Length, 16); // the length of the whole list is told all the same
    assert_int_equal(Data[3], 3 * 8);
}

static void identification(void **State)
{
    (void)State;
    memset(Namespace.Nguid, 0xAB, sizeof(Namespace.Nguid));
    assert_int_equal(DO(255, 0x12, 1, 0x83, 0, 255, 0), NvmeAnswered);
    assert_int_equal(Data[4], 1);
    assert_int_equal(Data[7], 16);
    assert_memory_equal(Data + 8, Namespace.Nguid, 16);
    assert_int_equal(Data[24], 2); // then the name
    assert_memory_equal(Data + 28 + 44, "00000003", 8);
    assert_int_equal(ScsiBigEndian(Data + 2, 2), 20 + 4 + 52);
}

static void flushing(void **State)
{
    (void)State;
    assert_int_equal(DO(0, 0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0), NvmeCommand);
    assert_int_equal(Translation.Command.Opcode, NVME_IO_FLUSH);
    Identity.HasCache = false;
    assert_int_equal(DO(0, 0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0), NvmeAnswered);
}

static void unmapping(void **State)
{
    (void)State;
    memset(Data, 0, 40);
    Data[3] = 32; // two descriptors, the second without blocks
    ScsiPutBigEndian(Data + 8, 8, 0x100);
    ScsiPutBigEndian(Data + 16, 4, 8);
    assert_int_equal(DO(40, 0x42, 0, 0, 0, 0, 0, 0, 0, 40, 0), NvmeUnmap);
    assert_int_equal(Translation.RangeCount, 1);
    assert_int_equal(Translation.Ranges[0].Start, 0x100);
    assert_int_equal(Translation.Ranges[0].Blocks, 8);
    assert_int_equal(Translation.Command.Cdw10, 0);
    assert_int_equal(Translation.Command.Cdw11, NVME_DATASET_DEALLOCATE);
    Data[3] = 48; // more than there are
    assert_fails(DO(40, 0x42, 0, 0, 0, 0, 0, 0, 0, 40, 0), SCSI_KEY_ILLEGAL_REQUEST,
                 SCSI_CODE_INVALID_PARAMETER);
    assert_fails(DO(8, 0x42, 0, 0, 0, 0, 0, 0, 0, 40, 0), SCSI_KEY_ILLEGAL_REQUEST,
                 SCSI_CODE_PARAMETER_LENGTH);
    Data[3] = 16;
    ScsiPutBigEndian(Data + 8, 8, UINT64_MAX);
    assert_fails(DO(24, 0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0), SCSI_KEY_ILLEGAL_REQUEST,
                 SCSI_CODE_OUT_OF_RANGE);
}

static void writing_zeroes(void **State)
{
    (void)State;
    memset(Data, 0, 512);
    assert_int_equal(DO(512, 0x93, 0x08, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 16, 0, 0), NvmeCommand);
    assert_transfer(NVME_IO_WRITE_ZEROES, 4, 16, NVME_ZEROES_DEALLOCATE);
    Data[511] = 1; // something else cannot be written so
    assert_fails(DO(512, 0x93, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 16, 0, 0),
                 SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
}

static void the_cache(void **State)
{
    (void)State;
    assert_int_equal(DO(64, 0x1A, 0x08, 0x08, 0, 64, 0), NvmeAnswered);
    assert_int_equal(Translation.Length, 24);
    assert_int_equal(Data[4 + 2], 0x04);
    memset(Data, 0, 24);
    Data[4] = 0x08;
    Data[5] = 18;
    assert_int_equal(DO(24, 0x15, 0x10, 0, 0, 24, 0), NvmeSetCache);
    assert_false(Translation.CacheOn);
    Data[5] = 30; // longer than the list
    assert_fails(DO(24, 0x15, 0x10, 0, 0, 24, 0), SCSI_KEY_ILLEGAL_REQUEST,
                 SCSI_CODE_PARAMETER_LENGTH);
}

static void statuses(void **State)
{
    (void)State;
    uint8_t Key, Sense[SCSI_SENSE_BYTES];
    uint16_t Code;
    assert_true(NvmeSenseOfStatus(0x281, &Key, &Code)); // unrecovered read error
    assert_int_equal(Key, SCSI_KEY_MEDIUM_ERROR);
    assert_int_equal(Code, 0x1100);
    assert_false(NvmeSenseOfStatus(NVME_STATUS_ABORT_REQUESTED, &Key, &Code));
    assert_true(NvmeSenseOfStatus(0x7FF, &Key, &Code)); // one that is not known
    assert_int_equal(Key, SCSI_KEY_HARDWARE_ERROR);
    ScsiMakeSense(&(SCSI_SENSE){.Key = SCSI_KEY_MEDIUM_ERROR, .Code = 0x1100}, Sense);
    assert_int_equal(Sense[0], 0x70);
    assert_int_equal(Sense[2], SCSI_KEY_MEDIUM_ERROR);
    assert_int_equal(Sense[12] << 8 | Sense[13], 0x1100);
}

// ---- Commands of programs

static void commands_of_programs(void **State)
{
    (void)State;
    const NVME_COMMAND Identify = {.Opcode = NVME_ADMIN_IDENTIFY};
    const NVME_COMMAND Log = {.Opcode = NVME_ADMIN_GET_LOG_PAGE};
    const NVME_COMMAND Set = {.Opcode = NVME_ADMIN_SET_FEATURES};
    const NVME_COMMAND Write = {.Opcode = NVME_IO_WRITE}, Format = {.Opcode = 0x80};
    const NVME_COMMAND Vendor = {.Opcode = 0xC1};
    assert_true(NvmeCheckProtocol(&Identify, true, 4096, 0));
    assert_true(NvmeCheckProtocol(&Log, true, 512, 0));
    assert_false(NvmeCheckProtocol(&Log, true, 4097, 0));
    assert_false(NvmeCheckProtocol(&Log, true, 0, 512)); // it brings data
    assert_false(NvmeCheckProtocol(&Set, true, 0, 0));
    assert_false(NvmeCheckProtocol(&Format, true, 0, 0));
    assert_false(NvmeCheckProtocol(&Write, false, 0, 512));
    assert_true(NvmeCheckProtocol(&Vendor, true, 0, 512));
    assert_true(NvmeCheckProtocol(&Vendor, false, 0, 512));
    assert_false(NvmeCheckProtocol(&Vendor, true, 512, 512));
}

static void namespaces_of_programs(void **State)
{
    (void)State;
    NVME_COMMAND Given = {.Opcode = NVME_ADMIN_IDENTIFY,
                          .Flags = 0xFF,
                          .CommandId = 7,
                          .Metadata = 1,
                          .Prp1 = 2,
                          .Prp2 = 3,
                          .Cdw11 = 9};
    NVME_COMMAND Command;
    NvmeMakeProtocol(&Given, true, 3, &Command);
    assert_int_equal(Command.NamespaceId, 3); // the unit's own
    assert_int_equal(Command.Flags, 0);
    assert_int_equal(Command.CommandId, 0);
    assert_int_equal(Command.Metadata | Command.Prp1 | Command.Prp2, 0); // no addresses of theirs
    assert_int_equal(Command.Cdw11, 9);
    Given.NamespaceId = 5;
    NvmeMakeProtocol(&Given, true, 3, &Command);
    assert_int_equal(Command.NamespaceId, 5);
    Given = (NVME_COMMAND){.Opcode = NVME_ADMIN_IDENTIFY, .Cdw10 = NVME_IDENTIFY_CONTROLLER};
    NvmeMakeProtocol(&Given, true, 3, &Command);
    assert_int_equal(Command.NamespaceId, 0);
    Given = (NVME_COMMAND){.Opcode = 0xC1};
    NvmeMakeProtocol(&Given, false, 3, &Command);
    assert_int_equal(Command.NamespaceId, 3);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup(reading_and_writing, SetUp),
        cmocka_unit_test(commands_of_programs),
        cmocka_unit_test(namespaces_of_programs),
        cmocka_unit_test_setup(what_cannot_be_read_or_written, SetUp),
        cmocka_unit_test_setup(short_and_unknown_commands, SetUp),
        cmocka_unit_test_setup(capacity, SetUp),
        cmocka_unit_test_setup(inquiry, SetUp),
        cmocka_unit_test_setup(units, SetUp),
        cmocka_unit_test_setup(identification, SetUp),
        cmocka_unit_test_setup(flushing, SetUp),
        cmocka_unit_test_setup(unmapping, SetUp),
        cmocka_unit_test_setup(writing_zeroes, SetUp),
        cmocka_unit_test_setup(the_cache, SetUp),
        cmocka_unit_test_setup(statuses, SetUp),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
