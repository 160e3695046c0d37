#include "fakedrive.h"

void FakeText(uint16_t *Words, const char *Text, uint32_t Bytes)
{
    size_t Length = strlen(Text);
    for (uint32_t i = 0; i < Bytes; i += 2) {
        uint8_t First = i < Length ? (uint8_t)Text[i] : ' ';
        uint8_t Second = i + 1 < Length ? (uint8_t)Text[i + 1] : ' ';
        Words[i / 2] = (uint16_t)(First << 8 | Second);
    }
}

void FakeIdentity(uint16_t Words[256])
{
    memset(Words, 0, 512);
    Words[0] = 0x0040;
    FakeText(Words + 10, "  S123", 20);
    FakeText(Words + 23, "FW12", 8);
    FakeText(Words + 27, "MAKER MODEL 9", 40);
    Words[49] = 0x0B00;
    Words[75] = FakeQueueDepth - 1;
    Words[76] = 0x0102;
    Words[82] = 0x0020; // cache
    Words[83] = 0x6400; // FLUSH CACHE EXT is 0x2000, 48-bit addresses
    Words[84] = 0x4040; // FUA
    Words[85] = 0x0020;
    for (uint32_t i = 0; i < 4; i++)
        Words[100 + i] = (uint16_t)(FakeBlocks >> (16 * i));
    Words[105] = FakeTrimBlocks;
    Words[169] = 1;
    Words[217] = 1;
}

ATA_ACTION FakeDo(const uint8_t *Cdb, uint32_t CdbLength, const ATA_DRIVE *Drive, uint8_t *Data,
                  uint32_t Length, ATA_TRANSLATION *Translation)
{
    uint8_t *Exact = Length ? malloc(Length) : nullptr;
    uint64_t *Ranges = malloc((Drive->TrimRanges + 1) * sizeof(uint64_t));
    if (Length)
        memcpy(Exact, Data, Length);
    *Translation = (ATA_TRANSLATION){.Ranges = Ranges};
    ATA_ACTION Action = AtaTranslate(Cdb, CdbLength, Drive, Exact, Length, Translation);
    if (Length)
        memcpy(Data, Exact, Length);
    free(Exact);
    // What the ranges were can be seen in the buffer's place.
    if (Action == AtaTrim)
        memcpy(Data, Ranges, Translation->RangeCount * sizeof(uint64_t));
    free(Ranges);
    return Action;
}
