// Memory for the data of requests that both the Executive and a driver host see.
#include "hostp.h"

NTSTATUS IopInitArena(PIO_HOST Host)
{
    PIOP_ARENA Arena = &Host->Arena;
    Arena->Base = MmAllocateSystemPages(IOP_ARENA_PAGES);
    if (!Arena->Base)
        return STATUS_INSUFFICIENT_RESOURCES;
    memset(Arena->Base, 0, IOP_ARENA_PAGES * PAGE_SIZE);
    RtlInitializeBitMap(&Arena->Map, Arena->MapBits, IOP_ARENA_BLOCKS);
    return STATUS_SUCCESS;
}

VOID IopDeleteArena(PIO_HOST Host)
{
    if (Host->Arena.Base)
        MmFreeSystemPages(Host->Arena.Base, IOP_ARENA_PAGES);
}

// Most requests need one block.
static ULONG IopTakeBlocks(PIOP_ARENA Arena, ULONG Count)
{
    if (Count == 1 && Arena->SpareCount)
        return Arena->Spare[--Arena->SpareCount];
    return RtlFindClearBitsAndSet(&Arena->Map, Count, 0);
}

static VOID IopGiveBlocks(PIOP_ARENA Arena, ULONG First, ULONG Count)
{
    if (Count == 1 && Arena->SpareCount < IOP_ARENA_SPARE)
        Arena->Spare[Arena->SpareCount++] = (USHORT)First;
    else
        RtlClearBits(&Arena->Map, First, Count);
}

static NTSTATUS IopAllocateSharedPages(PIO_HOST Host, ULONG Size, PIOP_SHARED Shared)
{
    ULONG Count = (Size + PAGE_SIZE - 1) >> PAGE_SHIFT;
    PVOID Address = MmAllocateSystemPages(Count);
    PVOID HostAddress;
    if (!Address)
        return STATUS_INSUFFICIENT_RESOURCES;
    // Nothing of another's memory may be seen through it.
    memset(Address, 0, (SIZE_T)Count << PAGE_SHIFT);
    NTSTATUS Status = MmMapSystemPages(Host->Process, Address, Count, TRUE, &HostAddress);
    if (!NT_SUCCESS(Status)) {
        MmFreeSystemPages(Address, Count);
        return Status;
    }
    *Shared = (IOP_SHARED){Address, (ULONG_PTR)HostAddress, Size, TRUE};
    return STATUS_SUCCESS;
}

NTSTATUS IopAllocateShared(PIO_HOST Host, ULONG Size, PIOP_SHARED Shared)
{
    ULONG Blocks = Size / IOP_ARENA_BLOCK + (Size % IOP_ARENA_BLOCK != 0);
    ULONG First = Blocks <= IOP_ARENA_BLOCKS / 4 ? IopTakeBlocks(&Host->Arena, Blocks) : MAXULONG;
    if (First == MAXULONG)
        return IopAllocateSharedPages(Host, Size, Shared);
    *Shared = (IOP_SHARED){
        .Address = Host->Arena.Base + First * IOP_ARENA_BLOCK,
        .HostAddress = Host->Arena.HostAddress + First * IOP_ARENA_BLOCK,
        .Size = Size,
    };
    return STATUS_SUCCESS;
}

VOID IopFreeShared(PIO_HOST Host, PIOP_SHARED Shared)
{
    if (!Shared->Address)
        return;
    if (Shared->Pages) {
        if (Host->Process && !Host->Ended)
            (VOID) MmUnmapHostView(Host->Process, (PVOID)Shared->HostAddress);
        MmFreeSystemPages(Shared->Address, (Shared->Size + PAGE_SIZE - 1) >> PAGE_SHIFT);
    } else {
        ULONG First = (ULONG)(Shared->Address - Host->Arena.Base) / IOP_ARENA_BLOCK;
        ULONG Blocks = (Shared->Size + IOP_ARENA_BLOCK - 1) / IOP_ARENA_BLOCK;
        IopGiveBlocks(&Host->Arena, First, Blocks);
    }
    *Shared = (IOP_SHARED){};
}
