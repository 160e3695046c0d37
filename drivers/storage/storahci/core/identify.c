// IDENTIFY DEVICE data (ACS-3, 7.12.7): words, of which the text has its bytes swapped.
#include "ata.h"

#include <string.h>

enum { // words
    WordGeneral = 0,
    WordSerial = 10,
    WordFirmware = 23,
    WordModel = 27,
    WordCapabilities = 49,
    WordPacketDma = 62,
    WordQueueDepth = 75,
    WordSata = 76,
    WordSupported1 = 82,
    WordSupported2 = 83,
    WordSupported3 = 84,
    WordEnabled1 = 85,
    WordBlocks = 100,
    WordTrimBlocks = 105,
    WordSectorSize = 106,
    WordName = 108,
    WordLogicalSize = 117,
    WordFormFactor = 168,
    WordTrim = 169,
    WordAlignment = 209,
    WordRotation = 217,
    WordAdditional = 69,

    MostTransfer = 1 << 20,
    MostTrimRanges = 8 * ATA_TRIM_ENTRIES,
};

static void AtaCopyText(char *Text, const uint16_t *Words, uint32_t Bytes)
{
    for (uint32_t i = 0; i < Bytes; i += 2) {
        Text[i] = (char)(Words[i / 2] >> 8);
        Text[i + 1] = (char)Words[i / 2];
    }
    for (uint32_t i = 0; i < Bytes; i++) {
        if (Text[i] < ' ' || Text[i] > '~')
            Text[i] = ' ';
    }
}

// Serial numbers stand at either end of their field.
static void AtaMoveLeft(char *Text, uint32_t Bytes)
{
    uint32_t First = 0;
    while (First < Bytes && Text[First] == ' ')
        First++;
    memmove(Text, Text + First, Bytes - First);
    memset(Text + Bytes - First, ' ', First);
}

// A model that begins with a short word has its maker's name there.
static void AtaSetNames(ATA_DRIVE *Drive)
{
    SCSI_UNIT *Unit = &Drive->Unit;
    const char *Model = Drive->Model;
    uint32_t Word = 0;
    while (Word <= sizeof(Unit->Vendor) && Model[Word] != ' ')
        Word++;
    memset(Unit->Vendor, ' ', sizeof(Unit->Vendor));
    if (Word <= sizeof(Unit->Vendor) && Model[Word + 1] != ' ') {
        memcpy(Unit->Vendor, Model, Word);
        Model += Word + 1;
    }
    memcpy(Unit->Product, Model, sizeof(Unit->Product));
}

// SAT-3, 10.3.4: the world-wide name, and maker, model and serial number.
static void AtaSetDesignators(const uint16_t *Words, ATA_DRIVE *Drive)
{
    enum { NameSupported = 1 << 8 };
    uint8_t Name[8];
    char Text[8 + 40 + 20];
    for (uint32_t i = 0; i < 4; i++)
        ScsiPutBigEndian(Name + 2 * (size_t)i, 2, Words[WordName + i]);
    if ((Words[87] & 0xC000) == 0x4000 && (Words[87] & NameSupported) && Name[0] >> 4 == 5)
        ScsiAddDesignator(&Drive->Unit, SCSI_SET_BINARY, SCSI_TYPE_NAA, Name, sizeof(Name));
    memcpy(Text, "ATA     ", 8);
    memcpy(Text + 8, Drive->Model, 40);
    memcpy(Text + 48, Drive->Unit.Serial, 20);
    ScsiAddDesignator(&Drive->Unit, SCSI_SET_ASCII, SCSI_TYPE_VENDOR, Text, sizeof(Text));
}

static void AtaSetTexts(const uint16_t *Words, ATA_DRIVE *Drive)
{
    char Firmware[8];
    AtaCopyText(Drive->Unit.Serial, Words + WordSerial, sizeof(Drive->Unit.Serial));
    AtaMoveLeft(Drive->Unit.Serial, sizeof(Drive->Unit.Serial));
    AtaCopyText(Firmware, Words + WordFirmware, sizeof(Firmware));
    AtaCopyText(Drive->Model, Words + WordModel, sizeof(Drive->Model));
    memcpy(Drive->Unit.Revision, Firmware, sizeof(Drive->Unit.Revision));
    AtaSetNames(Drive);
    AtaSetDesignators(Words, Drive);
}

// 0: a size that cannot be used.
static uint32_t AtaBlockShift(const uint16_t *Words)
{
    enum { Valid = 0x4000, ValidMask = 0xC000, LongSectors = 0x1000 };
    uint32_t Bytes = ATA_SECTOR_BYTES, Shift = 9;
    uint16_t Size = Words[WordSectorSize];
    if ((Size & ValidMask) == Valid && (Size & LongSectors))
        Bytes = 2 * ((uint32_t)Words[WordLogicalSize] | (uint32_t)Words[WordLogicalSize + 1] << 16);
    while (Shift < 12 && 1u << Shift != Bytes)
        Shift++;
    return 1u << Shift == Bytes ? Shift : 0;
}

static void AtaSetAlignment(const uint16_t *Words, SCSI_UNIT *Unit)
{
    uint16_t Size = Words[WordSectorSize], Alignment = Words[WordAlignment];
    if ((Size & 0xE000) != 0x6000) // valid, and several logical sectors in a physical one
        return;
    Unit->PhysicalShift = Size & 0xF;
    uint16_t Offset = Alignment & 0x3FFF;
    if ((Alignment & 0xC000) == 0x4000 && Offset)
        Unit->LowestAligned = (uint16_t)((1u << Unit->PhysicalShift) - Offset);
}

static void AtaSetTrim(const uint16_t *Words, ATA_DRIVE *Drive)
{
    enum { Deterministic = 1 << 14, ReadsZero = 1 << 5 };
    if (!(Words[WordTrim] & 1) || Words[WordTrim] == 0xFFFF)
        return;
    uint32_t Ranges = Words[WordTrimBlocks] * (uint32_t)ATA_TRIM_ENTRIES;
    if (!Ranges)
        Ranges = ATA_TRIM_ENTRIES;
    Drive->TrimRanges = Ranges < MostTrimRanges ? Ranges : MostTrimRanges;
    // Any such UNMAP fits: each descriptor may need one range that is not full.
    Drive->Unit.UnmapDescriptors = Drive->TrimRanges / 4;
    Drive->Unit.UnmapBlocks =
        (Drive->TrimRanges - Drive->Unit.UnmapDescriptors) * (uint32_t)ATA_TRIM_MOST;
    Drive->Unit.UnmapReadsZero =
        (Words[WordAdditional] & (Deterministic | ReadsZero)) == (Deterministic | ReadsZero);
}

static void AtaSetCapabilities(const uint16_t *Words, ATA_DRIVE *Drive)
{
    enum { Cache = 1 << 5, Flush = 1 << 13, Force = 1 << 6, Queuing = 1 << 8, Removable = 1 << 7 };
    SCSI_UNIT *Unit = &Drive->Unit;
    Unit->HasCache = (Words[WordSupported1] & Cache) && (Words[WordSupported2] & Flush);
    Unit->CacheEnabled = Unit->HasCache && (Words[WordEnabled1] & Cache);
    Unit->Removable = Words[WordGeneral] & Removable;
    Unit->Rotation = Words[WordRotation] == 0xFFFF ? 0 : Words[WordRotation];
    Unit->FormFactor = Words[WordFormFactor] & 0xF;
    Unit->MaximumTransfer = MostTransfer;
    Drive->HasForce = (Words[WordSupported3] & 0xC000) == 0x4000 && (Words[WordSupported3] & Force);
    if (Words[WordSata] != 0xFFFF && (Words[WordSata] & Queuing))
        Drive->QueueDepth = (Words[WordQueueDepth] & 0x1F) + 1u;
    Unit->HasFua = Drive->HasForce || Drive->QueueDepth;
}

bool AtaParseIdentity(const uint16_t Words[256], ATA_DRIVE *Drive)
{
    enum { LongAddresses = 1 << 10 };
    *Drive = (ATA_DRIVE){};
    AtaSetTexts(Words, Drive);
    for (uint32_t i = 4; i--;)
        Drive->Unit.Blocks = Drive->Unit.Blocks << 16 | Words[WordBlocks + i];
    Drive->Unit.Blocks &= ((uint64_t)1 << 48) - 1;
    Drive->Unit.BlockShift = AtaBlockShift(Words);
    AtaSetCapabilities(Words, Drive);
    AtaSetAlignment(Words, &Drive->Unit);
    AtaSetTrim(Words, Drive);
    AtaCopyText(Drive->Firmware, &Words[WordFirmware], sizeof(Drive->Firmware));
    AtaParseMicrocode(Words, &Drive->Microcode);
    return !(Words[WordGeneral] & 0x8000) && (Words[WordSupported2] & LongAddresses) &&
           Drive->Unit.Blocks && Drive->Unit.BlockShift;
}

bool AtaParsePacketIdentity(const uint16_t Words[256], ATA_DRIVE *Drive)
{
    enum { Dma = 1 << 8, Direction = 1 << 15 };
    *Drive = (ATA_DRIVE){.Packets = true};
    AtaSetTexts(Words, Drive);
    Drive->PacketBytes = (Words[WordGeneral] & 3) == 1 ? 16 : 12;
    Drive->PacketDirection = Words[WordPacketDma] & Direction;
    Drive->PacketDma = (Words[WordCapabilities] & Dma) || Drive->PacketDirection;
    return (Words[WordGeneral] & 0xC000) == 0x8000;
}
