// Firmware: what controllers say of it, and the commands that follow from that.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware.h"

enum { MostTransfer = 64 << 10 };

static NVME_FIRMWARE Read(uint8_t OptionalAdmin, uint8_t Updates, uint8_t Granularity)
{
    static uint8_t Identify[NVME_IDENTIFY_BYTES];
    NVME_FIRMWARE Firmware;
    memset(Identify, 0, sizeof(Identify));
    Identify[256] = OptionalAdmin;
    Identify[260] = Updates;
    Identify[319] = Granularity;
    NvmeReadFirmware(Identify, MostTransfer, &Firmware);
    return Firmware;
}

static void Abilities(void **State)
{
    (void)State;
    NVME_FIRMWARE Firmware = Read(0, 0x03, 0); // QEMU's
    assert_false(Firmware.Upgrade);
    assert_true(Firmware.FirstReadOnly);
    assert_int_equal(Firmware.Slots, 1);
    Firmware = Read(4, 0x1E, 1);
    assert_true(Firmware.Upgrade && Firmware.AtOnce && !Firmware.FirstReadOnly);
    assert_int_equal(Firmware.Slots, 7);
    assert_int_equal(Firmware.Alignment, 4096);
    assert_int_equal(Read(4, 2, 0xFF).Alignment, 4);
    assert_int_equal(Read(4, 2, 0).Alignment, 4096);
    assert_int_equal(Read(4, 0, 0).Slots, 1); // each has one
    assert_int_equal(Read(4, 2, 0xFF).MostPiece, MostTransfer);
    assert_int_equal(Read(4, 2, 5).MostPiece, 60 << 10); // a multiple of the alignment
    assert_int_equal(Read(4, 2, 16).MostPiece, MostTransfer);
    assert_true(Read(4, 2, 16).Upgrade);
    assert_false(Read(4, 2, 17).Upgrade); // its pieces are larger than a command moves
}

static void Log(void **State)
{
    NVME_COMMAND Command;
    (void)State;
    NvmeMakeFirmwareLog(&Command);
    assert_int_equal(Command.Opcode, 0x02);
    assert_int_equal(Command.NamespaceId, UINT32_MAX);
    assert_int_equal(Command.Cdw10, 15 << 16 | 3);
}

static void Downloads(void **State)
{
    NVME_COMMAND Command;
    (void)State;
    NVME_FIRMWARE Pages = Read(4, 0x06, 1), Words = Read(4, 0x06, 0xFF), None = Read(0, 0x06, 1);
    assert_true(NvmeMakeDownload(&Pages, 8192, 4096, &Command));
    assert_int_equal(Command.Opcode, 0x11);
    assert_int_equal(Command.Cdw10, 1023);
    assert_int_equal(Command.Cdw11, 2048);
    assert_true(NvmeMakeDownload(&Pages, 4096, 512, &Command)); // the last one
    assert_int_equal(Command.Cdw10, 127);
    assert_false(NvmeMakeDownload(&Pages, 512, 4096, &Command));
    assert_true(NvmeMakeDownload(&Words, 512, 4, &Command));
    assert_false(NvmeMakeDownload(&Words, 0, 0, &Command));
    assert_false(NvmeMakeDownload(&Words, 0, 6, &Command));
    assert_true(NvmeMakeDownload(&Words, 4, MostTransfer, &Command));
    assert_int_equal(Command.Cdw10, MostTransfer / 4 - 1);
    assert_false(NvmeMakeDownload(&Words, 0, MostTransfer + 4, &Command));
    assert_false(NvmeMakeDownload(&Words, 4ull << 32, 4, &Command));
    assert_false(NvmeMakeDownload(&None, 0, 4096, &Command));
}

static void Commits(void **State)
{
    NVME_COMMAND Command;
    (void)State;
    NVME_FIRMWARE Later = Read(4, 0x05, 1),
                  AtOnce = Read(4, 0x14, 1); // two slots; the first is read-only
    assert_true(NvmeMakeCommit(&Later, 2, false, &Command));
    assert_int_equal(Command.Opcode, 0x10);
    assert_int_equal(Command.Cdw10, 1 << 3 | 2);
    assert_true(NvmeMakeCommit(&Later, 0, false, &Command)); // the controller chooses
    assert_int_equal(Command.Cdw10, 1 << 3);
    assert_true(NvmeMakeCommit(&Later, 1, true, &Command)); // back to what is there
    assert_int_equal(Command.Cdw10, 2 << 3 | 1);
    assert_false(NvmeMakeCommit(&Later, 1, false, &Command));
    assert_false(NvmeMakeCommit(&Later, 3, false, &Command));
    assert_false(NvmeMakeCommit(&Later, 0, true, &Command));
    assert_true(NvmeMakeCommit(&AtOnce, 1, false, &Command));
    assert_int_equal(Command.Cdw10, 3 << 3 | 1);
}

static void Results(void **State)
{
    (void)State;
    assert_int_equal(NvmeFirmwareResult(0), NvmeFirmwareGood);
    assert_int_equal(NvmeFirmwareResult(0x4001), NvmeFirmwareUnknown); // with "do not retry"
    assert_int_equal(NvmeFirmwareResult(0x106), NvmeFirmwareBadSlot);
    assert_int_equal(NvmeFirmwareResult(0x107), NvmeFirmwareBadImage);
    assert_int_equal(NvmeFirmwareResult(0x10B), NvmeFirmwareNeedsPowerCycle);
    assert_int_equal(NvmeFirmwareResult(0x110), NvmeFirmwareNeedsPowerCycle);
    assert_int_equal(NvmeFirmwareResult(0x111), NvmeFirmwareNeedsReset);
    assert_int_equal(NvmeFirmwareResult(0x113), NvmeFirmwareFailed);
}

static void Resets(void **State)
{
    NVME_COMMAND Command;
    (void)State;
    NVME_FIRMWARE Later = Read(4, 0x06, 1), AtOnce = Read(4, 0x16, 1);
    assert_true(NvmeMakeCommit(&Later, 2, false, &Command));
    assert_true(NvmeRunsAfterReset(&Command, NvmeFirmwareGood));
    assert_true(NvmeRunsAfterReset(&Command, NvmeFirmwareNeedsReset));
    assert_false(NvmeRunsAfterReset(&Command, NvmeFirmwareNeedsPowerCycle));
    assert_false(NvmeRunsAfterReset(&Command, NvmeFirmwareBadImage));
    assert_true(NvmeMakeCommit(&Later, 2, true, &Command));
    assert_true(NvmeRunsAfterReset(&Command, NvmeFirmwareGood));
    assert_true(NvmeMakeCommit(&AtOnce, 2, false, &Command));
    assert_false(NvmeRunsAfterReset(&Command, NvmeFirmwareGood)); // it runs already
    assert_true(NvmeRunsAfterReset(&Command, NvmeFirmwareNeedsReset));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(Abilities), cmocka_unit_test(Log),     cmocka_unit_test(Downloads),
        cmocka_unit_test(Commits),   cmocka_unit_test(Results), cmocka_unit_test(Resets),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
