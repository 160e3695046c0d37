// Memory for controllers: what they want, how much they get, and the command.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hostmemory.h"

enum { MiB = 1 << 20 };

static NVME_HOST_WISH Read(uint32_t Preferred, uint32_t Least, uint32_t Piece, uint16_t Pieces)
{
    static uint8_t Identify[NVME_IDENTIFY_BYTES];
    NVME_HOST_WISH Wish;
    memset(Identify, 0, sizeof(Identify));
    memcpy(Identify + 272, &Preferred, sizeof(Preferred));
    memcpy(Identify + 276, &Least, sizeof(Least));
    memcpy(Identify + 332, &Piece, sizeof(Piece));
    memcpy(Identify + 336, &Pieces, sizeof(Pieces));
    NvmeReadHostWish(Identify, &Wish);
    return Wish;
}

static void Sizes(void **State)
{
    (void)State;
    NVME_HOST_WISH None = Read(0, 0, 0, 0);
    assert_int_equal(NvmeChooseHostMemory(&None, 32 * MiB), 0);
    NVME_HOST_WISH Usual = Read(16384, 1024, 0, 0); // 64 MiB, at least 4
    assert_int_equal(Usual.Preferred, 64 * MiB);
    assert_int_equal(NvmeChooseHostMemory(&Usual, 32 * MiB), 32 * MiB);
    assert_int_equal(NvmeChooseHostMemory(&Usual, 128 * MiB), 64 * MiB);
    assert_int_equal(NvmeChooseHostMemory(&Usual, 2 * MiB), 0);
    NVME_HOST_WISH Confused = Read(1024, 2048, 0, 0);
    assert_int_equal(NvmeChooseHostMemory(&Confused, 128 * MiB), 0);
    NVME_HOST_WISH Huge = Read(UINT32_MAX, 1, 0, 0);
    assert_int_equal(NvmeChooseHostMemory(&Huge, 32 * MiB), 32 * MiB);
    NVME_HOST_WISH Pieces = Read(1024, 0, 2048, 0); // a piece is more than it wants
    assert_int_equal(NvmeChooseHostMemory(&Pieces, 32 * MiB), 0);
}

static void Pieces(void **State)
{
    (void)State;
    NVME_HOST_WISH Wish = Read(16384, 1024, 256, 4);
    assert_int_equal(Wish.Pieces, 4);
    assert_int_equal(Wish.LeastPiece, MiB);
    assert_true(NvmeIsEnough(&Wish, 4 * MiB, 4));
    assert_false(NvmeIsEnough(&Wish, 3 * MiB, 3));
    assert_false(NvmeIsEnough(&Wish, 8 * MiB, 5));
    Wish = Read(16384, 0, 0, 0);
    assert_int_equal(Wish.Pieces, NVME_HOST_MEMORY_PIECES);
    assert_false(NvmeIsEnough(&Wish, 0, 0));
}

static void Lending(void **State)
{
    NVME_COMMAND Command;
    (void)State;
    NvmeMakeLending(0x1234567000, 8, 32 * MiB, &Command);
    assert_int_equal(Command.Opcode, NVME_ADMIN_SET_FEATURES);
    assert_int_equal(Command.Cdw10, 0x0D);
    assert_int_equal(Command.Cdw11, 1);
    assert_int_equal(Command.Cdw12, 8192);
    assert_int_equal(Command.Cdw13, 0x34567000);
    assert_int_equal(Command.Cdw14, 0x12);
    assert_int_equal(Command.Cdw15, 8);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(Sizes),
        cmocka_unit_test(Pieces),
        cmocka_unit_test(Lending),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
