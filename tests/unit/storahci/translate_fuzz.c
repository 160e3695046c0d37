// Any command with any data for any drive: what comes of it stays within the drive, the buffer and the room for ranges.
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "translate.h"

enum { IdentityBytes = 512, CdbBytes = 16, HeaderBytes = CdbBytes + 3 };

static void CheckExtent(const ATA_TRANSLATION *Translation, const ATA_DRIVE *Drive)
{
    const ATA_COMMAND *Command = &Translation->Command;
    uint64_t Blocks = Translation->Length >> Drive->Unit.BlockShift;
    if (Command->Lba + Blocks > Drive->Unit.Blocks || Command->Direction == AtaNone)
        abort();
}

static void Check(const uint8_t *Cdb, ATA_ACTION Action, const ATA_TRANSLATION *Translation,
                  const ATA_DRIVE *Drive, uint32_t Length)
{
    bool Write;
    if (Action != AtaFailed && Translation->Length > Length)
        abort();
    if (Action == AtaTransfer && AtaIsReadWrite(Cdb[0], &Write))
        CheckExtent(Translation, Drive);
    if (Action == AtaFailed && !Translation->Sense.Key)
        abort();
    if (Action != AtaTrim)
        return;
    if (!Translation->RangeCount || Translation->RangeCount > Drive->TrimRanges)
        abort();
    for (uint32_t i = 0; i < Translation->RangeCount; i++) {
        uint64_t Range = Translation->Ranges[i], Start = Range & 0xFFFFFFFFFFFF;
        if (Start + (Range >> 48) > Drive->Unit.Blocks)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *Input, size_t Size)
{
    uint16_t Words[256] = {};
    ATA_DRIVE Drive, Packets;
    if (Size < HeaderBytes)
        return 0;
    const uint8_t *Cdb = Input + 1, *Rest = Input + HeaderBytes;
    uint32_t Length = (uint32_t)(Input[CdbBytes + 1] | Input[CdbBytes + 2] << 8);
    size_t Left = Size - HeaderBytes;
    memcpy(Words, Rest, Left < IdentityBytes ? Left : IdentityBytes);
    Words[0] &= 0x7FFF;
    Words[83] |= 1 << 10;
    (void)AtaParsePacketIdentity(Words, &Packets);
    if (!AtaParseIdentity(Words, &Drive))
        return 0;
    Rest += Left < IdentityBytes ? Left : IdentityBytes;
    Left -= Left < IdentityBytes ? Left : IdentityBytes;
    uint8_t *Data = calloc(1, Length ? Length : 1);
    uint64_t *Ranges = malloc((Drive.TrimRanges ? Drive.TrimRanges : 1) * sizeof(uint64_t));
    memcpy(Data, Rest, Left < Length ? Left : Length);
    ATA_TRANSLATION Translation = {.Ranges = Ranges};
    ATA_ACTION Action = AtaTranslate(Cdb, Input[0] % (CdbBytes + 1), &Drive,
                                     (Input[0] & 0x80) ? nullptr : Data, Length, &Translation);
    Check(Cdb, Action, &Translation, &Drive, Length);
    free(Ranges);
    free(Data);
    return 0;
}
