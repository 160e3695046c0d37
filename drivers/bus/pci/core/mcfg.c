// The table MCFG: where configuration space lies in memory (PCI Firmware Specification 3.3, 4.1.2).
#include "pcicore.h"

#include <string.h>

enum {
    McfgLength = 4, // of the table, in its header
    McfgFirst = 44, // allocation
    McfgAllocation = 16,
    McfgSegment = 8, // within an allocation, behind the address of bus 0
    McfgFirstBus = 10,
    McfgLastBus = 11,
};

uint64_t PciFindBusSpace(const uint8_t *Table, uint32_t Length, uint32_t Segment, uint32_t Bus)
{
    uint32_t Told = 0;
    if (Length < McfgFirst)
        return 0;
    memcpy(&Told, Table + McfgLength, sizeof(Told));
    if (Told < Length)
        Length = Told;
    for (uint32_t Place = McfgFirst; Place + McfgAllocation <= Length; Place += McfgAllocation) {
        uint64_t Base;
        uint16_t Its;
        memcpy(&Base, Table + Place, sizeof(Base));
        memcpy(&Its, Table + Place + McfgSegment, sizeof(Its));
        if (Base && Its == Segment && Bus >= Table[Place + McfgFirstBus] &&
            Bus <= Table[Place + McfgLastBus])
            return Base + (uint64_t)Bus * PciBusSpaceBytes;
    }
    return 0;
}
