// CRC-32 of the GPT: reflected polynomial EDB88320, initial value and final complement of all ones.
#include "tablep.h"

static constexpr uint32_t Polynomial = 0xEDB88320;

// Four bits at a time: the remainders of the sixteen values.
static uint32_t PtCrcNibble(uint32_t Crc)
{
    for (int Bit = 0; Bit < 4; Bit++)
        Crc = (Crc >> 1) ^ (Crc & 1 ? Polynomial : 0);
    return Crc;
}

uint32_t PtCrc32(const void *Data, uint32_t Length)
{
    const uint8_t *Bytes = Data;
    uint32_t Table[16], Crc = UINT32_MAX;
    for (uint32_t i = 0; i < 16; i++)
        Table[i] = PtCrcNibble(i);
    for (uint32_t i = 0; i < Length; i++) {
        Crc ^= Bytes[i];
        Crc = (Crc >> 4) ^ Table[Crc & 15];
        Crc = (Crc >> 4) ^ Table[Crc & 15];
    }
    return ~Crc;
}
