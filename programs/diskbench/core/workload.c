#include "diskbench.h"

void DbBeginWorkload(DB_WORKLOAD *Workload, const DB_OPTIONS *Options, uint64_t TargetSize)
{
    uint64_t Length = Options->Offset < TargetSize ? TargetSize - Options->Offset : 0;
    if (Options->Length && Options->Length < Length)
        Length = Options->Length;
    *Workload = (DB_WORKLOAD){
        .Offset = Options->Offset,
        .Blocks = Length / Options->Block,
        .Random = 0x9E3779B97F4A7C15,
        .Block = Options->Block,
        .WritePercent = Options->WritePercent,
        .Sequential = Options->Sequential,
    };
}

// Marsaglia's xorshift64*: the same places in every run.
static uint32_t DbRandom(DB_WORKLOAD *Workload)
{
    Workload->Random ^= Workload->Random >> 12;
    Workload->Random ^= Workload->Random << 25;
    Workload->Random ^= Workload->Random >> 27;
    return (uint32_t)(Workload->Random * 0x2545F4914F6CDD1D >> 32);
}

void DbNextRequest(DB_WORKLOAD *Workload, uint64_t *Offset, bool *Write)
{
    uint64_t Block;
    if (Workload->Sequential) {
        Block = Workload->Next++;
        if (Workload->Next == Workload->Blocks)
            Workload->Next = 0;
    } else {
        uint64_t Random = (uint64_t)DbRandom(Workload) << 32;
        Block = (Random | DbRandom(Workload)) % Workload->Blocks;
    }
    *Offset = Workload->Offset + Block * Workload->Block;
    *Write = Workload->WritePercent &&
             (Workload->WritePercent == 100 || DbRandom(Workload) % 100 < Workload->WritePercent);
}
