// Numbers of partitions. They are names of devices, so one that stays keeps its own.
#include "tablep.h"

static uint32_t PtOldNumber(const PT_TABLE *Old, const PT_PARTITION *Partition)
{
    for (uint32_t i = 0; Old && i < Old->Count; i++) {
        if (Old->Partitions[i].Number && Old->Partitions[i].Start == Partition->Start)
            return Old->Partitions[i].Number;
    }
    return 0;
}

static bool PtIsTaken(const PT_TABLE *Table, uint32_t Number)
{
    for (uint32_t i = 0; i < Table->Count; i++) {
        if (Table->Partitions[i].Number == Number)
            return true;
    }
    return false;
}

void PtNumberPartitions(const PT_TABLE *Old, PT_TABLE *New)
{
    uint32_t Next = 1;
    for (uint32_t i = 0; i < New->Count; i++) {
        PT_PARTITION *Partition = &New->Partitions[i];
        bool Wanted = PtIsPartition(New, Partition);
        Partition->Number = Wanted ? PtOldNumber(Old, Partition) : 0;
    }
    for (uint32_t i = 0; i < New->Count; i++) {
        PT_PARTITION *Partition = &New->Partitions[i];
        if (Partition->Number || !PtIsPartition(New, Partition))
            continue;
        while (PtIsTaken(New, Next))
            Next++;
        Partition->Number = Next;
    }
}
