// Any command with any data: nothing is read or written beside the buffers, and a transfer stays in its namespace.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "translate.h"

enum { CdbBytes = 16, SetupBytes = 4 };

static void Require(bool Condition)
{
    if (!Condition)
        abort();
}

static void CheckExtent(const NVME_TRANSLATION *Translation, const NVME_NAMESPACE *Namespace)
{
    const NVME_COMMAND *Command = &Translation->Command;
    uint64_t Start = (uint64_t)Command->Cdw11 << 32 | Command->Cdw10;
    Require(Start + (Command->Cdw12 & 0xFFFF) < Namespace->Blocks);
}

int LLVMFuzzerTestOneInput(const uint8_t *Input, size_t Size);
int LLVMFuzzerTestOneInput(const uint8_t *Input, size_t Size)
{
    if (Size < SetupBytes + CdbBytes)
        return 0;
    NVME_NAMESPACE Namespace = {.Id = 1,
                                .Blocks = 1ull << Input[0] % 48,
                                .BlockShift = 9 + Input[1] % 4,
                                .ReadOnly = Input[1] & 0x10};
    NVME_IDENTITY Identity = {.HasCache = Input[2] & 1,
                              .DatasetManagement = Input[2] & 2,
                              .WriteZeroes = Input[2] & 4,
                              .MaximumTransfer = 1 << 20,
                              .Units = Input[2]};
    NVME_TRANSLATION Translation;
    uint32_t Length = (uint32_t)(Size - SetupBytes - CdbBytes);
    uint8_t *Data = Length ? malloc(Length) : nullptr;
    if (Length)
        memcpy(Data, Input + SetupBytes + CdbBytes, Length);
    NVME_ACTION Action = NvmeTranslate(Input + SetupBytes, Input[3] % (CdbBytes + 1), &Namespace,
                                       &Identity, Data, Length, &Translation);
    if (Action == NvmeAnswered)
        Require(Translation.Length <= Length);
    if (Action == NvmeTransfer || Translation.Command.Opcode == NVME_IO_WRITE_ZEROES)
        CheckExtent(&Translation, &Namespace);
    if (Action == NvmeUnmap)
        Require(Translation.RangeCount && Translation.RangeCount <= NVME_MAX_RANGES);
    free(Data);
    return 0;
}
