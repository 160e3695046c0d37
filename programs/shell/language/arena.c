#include "languagep.h"

typedef struct _SH_ARENA_BLOCK {
    struct _SH_ARENA_BLOCK *Next;
    UCHAR Data[];
} SH_ARENA_BLOCK, *PSH_ARENA_BLOCK;

PVOID ShpArenaAllocate(PSH_ARENA Arena, SIZE_T Size)
{
    PSH_ARENA_BLOCK Block = SysAllocate(sizeof(*Block) + Size);
    Block->Next = Arena->Blocks;
    Arena->Blocks = Block;
    return Block->Data;
}

VOID ShpArenaFree(PSH_ARENA Arena)
{
    while (Arena->Blocks) {
        PSH_ARENA_BLOCK Block = Arena->Blocks;
        Arena->Blocks = Block->Next;
        SysFree(Block);
    }
}
