// Names: what may be one, how they compare, and how they stand in directory slots (FAT specification, 6.1 and 7).
#include "fatp.h"

enum { FAT_LONG_AT_FIRST = 1, FAT_LONG_AT_SECOND = 14, FAT_LONG_AT_THIRD = 28 };

uint32_t FatTrimName(const uint16_t *Name, uint32_t Length)
{
    while (Length && (Name[Length - 1] == '.' || Name[Length - 1] == ' '))
        Length--;
    return Length;
}

// ASCII characters that names have.
static const bool FatAllowed[0x80] =
    {
        [' '] = true,         ['!'] = true,          ['#' ... ')'] = true, ['+' ... '.'] = true,
        ['0' ... '9'] = true, [';'] = true,          ['='] = true,         ['@' ... '['] = true,
        [']' ... '{'] = true, ['}' ... 0x7F] = true,
};

bool FatNameIsValid(const uint16_t *Name, uint32_t Length)
{
    Length = FatTrimName(Name, Length);
    if (!Length || Length > FAT_MAX_NAME)
        return false;
    for (uint32_t i = 0; i < Length; i++) {
        if (Name[i] < 0x80 && !FatAllowed[Name[i]])
            return false;
    }
    return true;
}

bool FatCopyName(const uint16_t *Text, uint32_t Room, uint16_t *Name, uint32_t *Length)
{
    uint32_t Count = 0;
    uint16_t Character = '.';
    for (; Count < Room && Text[Count]; Count++) {
        Character = Text[Count];
        if (Count == FAT_MAX_NAME || (Character < 0x80 && !FatAllowed[Character]))
            return false;
        Name[Count] = Character;
    }
    *Length = Count;
    return Character != '.' && Character != ' ';
}

static uint16_t FatUpcase(const FAT_STORE *Store, uint16_t Character)
{
    if (Character >= 0x80)
        return Store->Upcase(Character);
    return (uint16_t)(Character >= 'a' && Character <= 'z' ? Character - ('a' - 'A') : Character);
}

// FNV-1a over the upcased characters.
uint32_t FatHashName(const FAT_STORE *Store, const uint16_t *Name, uint32_t Length)
{
    uint32_t Hash = 2166136261;
    for (uint32_t i = 0; i < Length; i++)
        Hash = (Hash ^ FatUpcase(Store, Name[i])) * 16777619;
    return Hash;
}

bool FatSameName(const FAT_STORE *Store, const uint16_t *First, uint32_t FirstLength,
                 const uint16_t *Second, uint32_t SecondLength)
{
    if (FirstLength != SecondLength)
        return false;
    for (uint32_t i = 0; i < FirstLength; i++) {
        if (First[i] != Second[i] && FatUpcase(Store, First[i]) != FatUpcase(Store, Second[i]))
            return false;
    }
    return true;
}

// ---- Short names

uint8_t FatChecksum(const uint8_t *ShortRaw)
{
    uint8_t Sum = 0;
    for (uint32_t i = 0; i < FAT_SHORT_BYTES; i++)
        Sum = (uint8_t)((Sum << 7 | Sum >> 1) + ShortRaw[i]);
    return Sum;
}

static uint32_t FatShortPart(const FAT_STORE *Store, const uint8_t *Raw, uint32_t Length,
                             bool Lower, uint16_t *Text)
{
    while (Length && Raw[Length - 1] == ' ')
        Length--;
    for (uint32_t i = 0; i < Length; i++) {
        Text[i] = Raw[i] < 0x80 ? Raw[i] : Store->FromOem(Raw[i]);
        if (Lower && Text[i] >= 'A' && Text[i] <= 'Z')
            Text[i] += 'a' - 'A';
    }
    return Length;
}

uint32_t FatShortText(const FAT_STORE *Store, const uint8_t *ShortRaw, uint8_t Case, uint16_t *Text)
{
    uint8_t Raw[FAT_SHORT_BYTES];
    memcpy(Raw, ShortRaw, sizeof(Raw));
    if (Raw[0] == FAT_SLOT_KANJI)
        Raw[0] = FAT_SLOT_FREE;
    uint32_t Length = FatShortPart(Store, Raw, 8, Case & FAT_CASE_BASE, Text);
    Text[Length] = '.';
    uint32_t Extension =
        FatShortPart(Store, Raw + 8, 3, Case & FAT_CASE_EXTENSION, Text + Length + 1);
    return Extension ? Length + 1 + Extension : Length;
}

// ---- Long names

static uint32_t FatLongPlace(uint32_t Index)
{
    if (Index < 5)
        return FAT_LONG_AT_FIRST + Index * 2;
    return Index < 11 ? FAT_LONG_AT_SECOND + (Index - 5) * 2 : FAT_LONG_AT_THIRD + (Index - 11) * 2;
}

// Part counts from 1 at the name's begin.
void FatEncodeLong(uint8_t *Slot, const uint16_t *Name, uint32_t Length, uint32_t Part,
                   uint32_t Parts, uint8_t Checksum)
{
    memset(Slot, 0, FAT_SLOT_BYTES);
    Slot[0] = (uint8_t)(Part | (Part == Parts ? FAT_LONG_LAST : 0));
    Slot[FAT_AT_ATTRIBUTES] = FAT_ATTRIBUTE_LONG;
    Slot[FAT_LONG_AT_CHECKSUM] = Checksum;
    for (uint32_t i = 0; i < FAT_LONG_CHARS; i++) {
        uint32_t Place = (Part - 1) * FAT_LONG_CHARS + i;
        uint16_t Character = Place < Length ? Name[Place] : Place == Length ? 0 : 0xFFFF;
        FatPut16(Slot + FatLongPlace(i), Character);
    }
}

bool FatDecodeLong(const uint8_t *Slot, uint32_t Part, uint16_t *Name)
{
    if ((Slot[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_LONG_MASK) != FAT_ATTRIBUTE_LONG ||
        (Slot[0] & ~FAT_LONG_LAST) != Part || Slot[FAT_LONG_AT_TYPE])
        return false;
    Name += (Part - 1) * FAT_LONG_CHARS;
    memcpy(Name, Slot + FAT_LONG_AT_FIRST, 5 * sizeof(*Name)); // little-endian, as this machine
    memcpy(Name + 5, Slot + FAT_LONG_AT_SECOND, 6 * sizeof(*Name));
    memcpy(Name + 11, Slot + FAT_LONG_AT_THIRD, 2 * sizeof(*Name));
    return true;
}
