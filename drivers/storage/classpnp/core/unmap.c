#include "core.h"

#include <string.h>

size_t CoreBuildUnmap(CORE_UNMAP *Unmap, uint8_t *List, size_t Room)
{
    size_t Place = CORE_UNMAP_HEADER_BYTES;
    uint32_t Descriptors = 0;
    uint64_t Blocks = Unmap->MaximumBlocks; // that this list may still have
    while (Unmap->Next < Unmap->Count && Blocks && Descriptors < Unmap->MaximumDescriptors &&
           Place + CORE_UNMAP_DESCRIPTOR_BYTES <= Room) {
        CORE_RANGE *Range = &Unmap->Ranges[Unmap->Next];
        uint32_t Part = (uint32_t)(Range->Blocks < Blocks ? Range->Blocks : Blocks);
        if (Part) {
            CorePut64(List + Place, Range->Block);
            CorePut32(List + Place + 8, Part);
            CorePut32(List + Place + 12, 0);
            Place += CORE_UNMAP_DESCRIPTOR_BYTES;
            Descriptors++;
        }
        Blocks -= Part;
        Range->Block += Part;
        Range->Blocks -= Part;
        if (Range->Blocks == 0)
            Unmap->Next++;
    }
    if (Descriptors == 0)
        return 0;
    memset(List, 0, CORE_UNMAP_HEADER_BYTES);
    CorePut16(List, (uint16_t)(Place - 2)); // neither length counts itself
    CorePut16(List + 2, (uint16_t)(Place - CORE_UNMAP_HEADER_BYTES));
    return Place;
}
