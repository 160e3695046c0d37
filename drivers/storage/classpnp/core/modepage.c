#include "core.h"

// Where the pages begin and end. False: not even the header is there.
static bool FindPages(const uint8_t *Bytes, size_t Length, bool SixBytes, size_t *Begin,
                      size_t *End)
{
    size_t Header = SixBytes ? 4 : 8;
    if (Length < Header)
        return false;
    // The data length does not count itself.
    *End = SixBytes ? Bytes[0] + 1u : CoreGet16(Bytes) + 2u;
    *Begin = Header + (SixBytes ? Bytes[3] : CoreGet16(Bytes + 6));
    if (*End > Length)
        *End = Length;
    return *Begin <= *End;
}

const uint8_t *CoreFindModePage(const uint8_t *Bytes, size_t Length, uint8_t Page, bool SixBytes,
                                size_t *PageLength)
{
    size_t Place, End;
    if (!FindPages(Bytes, Length, SixBytes, &Place, &End))
        return nullptr;
    while (End - Place >= 2) {
        bool HasSubpage = (Bytes[Place] & 0x40) != 0;
        if (HasSubpage && End - Place < 4)
            return nullptr;
        size_t Size = HasSubpage ? 4u + CoreGet16(Bytes + Place + 2) : 2u + Bytes[Place + 1];
        if (Size > End - Place)
            return nullptr;
        uint8_t Code = Bytes[Place] & 0x3F;
        if (Page == CORE_ALL_MODE_PAGES || (Code == Page && !HasSubpage)) {
            *PageLength = Size;
            return Bytes + Place;
        }
        if (Code == 0 && !HasSubpage) // the vendor's own page has any form, and is the last
            return nullptr;
        Place += Size;
    }
    return nullptr;
}
