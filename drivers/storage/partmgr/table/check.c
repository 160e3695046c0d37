// What holds of any table.
#include "tablep.h"

uint32_t PtFindOverlap(const PT_TABLE *Table)
{
    for (uint32_t i = 0; i < Table->Count; i++) {
        const PT_PARTITION *First = &Table->Partitions[i];
        for (uint32_t j = 0; j < i && PtIsPartition(Table, First); j++) {
            const PT_PARTITION *Second = &Table->Partitions[j];
            if (PtIsPartition(Table, Second) && First->Start < Second->Start + Second->Sectors &&
                Second->Start < First->Start + First->Sectors)
                return i;
        }
    }
    return Table->Count;
}

PT_RESULT PtCheckTable(const PT_DISK *Disk, PT_TABLE *Table)
{
    Table->Problem = PtNoProblem;
    if (Table->Style == PtStyleMbr)
        return PtCheckMbr(Disk, Table);
    if (Table->Style == PtStyleGpt)
        return PtCheckGpt(Disk, Table);
    return Table->Count ? PtRefuse(Table, PtProblemEntryCount, 0) : PtDone;
}
