// Names of a device (page 83h) in the form of STORAGE_DEVICE_ID_DESCRIPTOR. A STORAGE_IDENTIFIER is: code set and type,
// 32 bits each; size of the name and distance to the next one, 16 bits each; association, 32 bits; the name.
#include "core.h"

#include <string.h>

enum { PageIdentifiers = 0x83, FixedBytes = 16 };

typedef struct {
    uint32_t CodeSet, Type;
    uint16_t Size, NextOffset;
    uint32_t Association;
} IDENTIFIER;

static_assert(sizeof(IDENTIFIER) == FixedBytes);

static size_t SizeOf(size_t NameBytes)
{
    return (FixedBytes + NameBytes + 3) & ~(size_t)3;
}

static void Store(const uint8_t *Designator, size_t NameBytes, bool Last, uint8_t *Place)
{
    IDENTIFIER Identifier = {
        .CodeSet = Designator[0] & 0x0F,
        .Type = Designator[1] & 0x0F,
        .Size = (uint16_t)NameBytes,
        .NextOffset = Last ? 0 : (uint16_t)SizeOf(NameBytes),
        .Association = Designator[1] >> 4 & 3,
    };
    memset(Place, 0, SizeOf(NameBytes));
    memcpy(Place, &Identifier, sizeof(Identifier));
    memcpy(Place + FixedBytes, Designator + 4, NameBytes);
}

size_t CoreMakeIdentifiers(const uint8_t *Bytes, size_t Length, uint8_t *Identifiers, size_t Room,
                           uint32_t *Count)
{
    size_t End = CoreVpdLength(Bytes, Length, PageIdentifiers), Needed = 0;
    *Count = 0;
    for (size_t Place = 4; Place + 4 <= End;) {
        size_t NameBytes = Bytes[Place + 3];
        if (NameBytes > End - Place - 4)
            break;
        size_t Next = Place + 4 + NameBytes;
        bool Last = Next + 4 > End || Bytes[Next + 3] > End - Next - 4;
        if (Needed + SizeOf(NameBytes) <= Room)
            Store(Bytes + Place, NameBytes, Last, Identifiers + Needed);
        Needed += SizeOf(NameBytes);
        ++*Count;
        Place = Next;
    }
    return Needed;
}
