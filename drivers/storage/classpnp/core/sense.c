#include "core.h"

enum { // response codes, the lowest seven bits of the first byte
    FixedCurrent = 0x70,
    FixedDeferred = 0x71,
    DescriptorCurrent = 0x72,
    DescriptorDeferred = 0x73,
};

enum { // types of descriptors
    DescriptorInformation = 0x00,
    DescriptorSenseKeySpecific = 0x02,
    DescriptorStream = 0x04,
    DescriptorBlock = 0x05,
};

// Progress is told with NOT READY and NO SENSE.
static void TakeProgress(const uint8_t *Specific, CORE_SENSE *Sense)
{
    if (!(Specific[0] & 0x80) || (Sense->Key != 0 && Sense->Key != 2))
        return;
    Sense->ProgressValid = true;
    Sense->Progress = CoreGet16(Specific + 1);
}

static void TakeFlags(uint8_t Flags, CORE_SENSE *Sense)
{
    Sense->FileMark = (Flags & 0x80) != 0;
    Sense->EndOfMedium = (Flags & 0x40) != 0;
    Sense->IncorrectLength = (Flags & 0x20) != 0;
}

// What is beyond the additional length, or beyond the buffer, is not there.
static void ParseFixed(const uint8_t *Bytes, size_t Length, CORE_SENSE *Sense)
{
    if (Length < 3)
        return;
    Sense->Key = Bytes[2] & 0x0F;
    TakeFlags(Bytes[2], Sense);
    if (Length >= 8 && (Bytes[0] & 0x80)) {
        Sense->InformationValid = true;
        Sense->Information = CoreGet32(Bytes + 3);
    }
    size_t End = Length >= 8 ? 8u + Bytes[7] : Length;
    if (End > Length)
        End = Length;
    if (End > 12)
        Sense->Code = Bytes[12];
    if (End > 13)
        Sense->Qualifier = Bytes[13];
    if (End > 17)
        TakeProgress(Bytes + 15, Sense);
}

static void ParseDescriptor(const uint8_t *Bytes, size_t Length, CORE_SENSE *Sense)
{
    switch (Bytes[0]) {
    case DescriptorInformation:
        if (Length >= 12 && (Bytes[2] & 0x80)) {
            Sense->InformationValid = true;
            Sense->Information = CoreGet64(Bytes + 4);
        }
        break;
    case DescriptorSenseKeySpecific:
        if (Length >= 7)
            TakeProgress(Bytes + 4, Sense);
        break;
    case DescriptorStream:
    case DescriptorBlock:
        if (Length >= 4)
            TakeFlags(Bytes[3], Sense);
        break;
    default:
        break;
    }
}

static void ParseDescriptors(const uint8_t *Bytes, size_t Length, CORE_SENSE *Sense)
{
    if (Length > 1)
        Sense->Key = Bytes[1] & 0x0F;
    if (Length > 2)
        Sense->Code = Bytes[2];
    if (Length > 3)
        Sense->Qualifier = Bytes[3];
    if (Length < 8)
        return;
    size_t End = 8u + Bytes[7];
    if (End > Length)
        End = Length;
    for (size_t Place = 8; Place + 2 <= End;) {
        size_t Size = 2u + Bytes[Place + 1];
        if (Size > End - Place)
            break;
        ParseDescriptor(Bytes + Place, Size, Sense);
        Place += Size;
    }
}

bool CoreParseSense(const uint8_t *Bytes, size_t Length, CORE_SENSE *Sense)
{
    *Sense = (CORE_SENSE){};
    if (Length == 0)
        return false;
    switch (Bytes[0] & 0x7F) {
    case FixedDeferred:
        Sense->Deferred = true;
        [[fallthrough]];
    case FixedCurrent:
        ParseFixed(Bytes, Length, Sense);
        return true;
    case DescriptorDeferred:
        Sense->Deferred = true;
        [[fallthrough]];
    case DescriptorCurrent:
        ParseDescriptors(Bytes, Length, Sense);
        return true;
    default:
        return false;
    }
}
