// Lookaside lists. Drivers' inline code takes from the list and gives to it; what is here makes them, and
// supplies the routines for when the list is empty or full.

#include "../ntos.h"

enum { ExpLookasideDepth = 32 };

static PVOID NTAPI ExpAllocateEntry(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag)
{
    return ExAllocatePoolWithTag(PoolType, Size, Tag);
}

static VOID NTAPI ExpFreeEntry(PVOID Entry)
{
    ExFreePoolWithTag(Entry, 0);
}

static PVOID NTAPI ExpAllocateEntryEx(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag,
                                      PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    return ExAllocatePoolWithTag(PoolType, Size, Tag);
}

static VOID NTAPI ExpFreeEntryEx(PVOID Entry, PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    ExFreePoolWithTag(Entry, 0);
}

static VOID ExpInitializeLookaside(PGENERAL_LOOKASIDE_POOL List, ULONG PoolType, SIZE_T Size,
                                   ULONG Tag)
{
    RtlZeroMemory(List, sizeof(*List));
    InitializeSListHead(&List->ListHead);
    List->Depth = ExpLookasideDepth;
    List->MaximumDepth = EX_MAXIMUM_LOOKASIDE_DEPTH_BASE;
    List->Type = (POOL_TYPE)PoolType;
    List->Tag = Tag;
    List->Size = (ULONG)max(Size, LOOKASIDE_MINIMUM_BLOCK_SIZE);
    InitializeListHead(&List->ListEntry);
}

VOID NTAPI ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside,
                                           PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                           ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    UNREFERENCED_PARAMETER(Depth); // reserved
    ExpInitializeLookaside((PGENERAL_LOOKASIDE_POOL)&Lookaside->L, NonPagedPool | Flags, Size, Tag);
    Lookaside->L.Allocate = Allocate ? Allocate : ExpAllocateEntry;
    Lookaside->L.Free = Free ? Free : ExpFreeEntry;
}

VOID NTAPI ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside,
                                          PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                          ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    UNREFERENCED_PARAMETER(Depth);
    ExpInitializeLookaside((PGENERAL_LOOKASIDE_POOL)&Lookaside->L, PagedPool | Flags, Size, Tag);
    Lookaside->L.Allocate = Allocate ? Allocate : ExpAllocateEntry;
    Lookaside->L.Free = Free ? Free : ExpFreeEntry;
}

NTSTATUS NTAPI ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside,
                                           PALLOCATE_FUNCTION_EX Allocate, PFREE_FUNCTION_EX Free,
                                           POOL_TYPE PoolType, ULONG Flags, SIZE_T Size, ULONG Tag,
                                           USHORT Depth)
{
    constexpr ULONG Known =
        EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL | EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE;
    if (Flags & ~Known || Flags == Known)
        return STATUS_INVALID_PARAMETER_5;
    if (Depth)
        return STATUS_INVALID_PARAMETER_8;
    ULONG Type = (ULONG)PoolType;
    if (Flags & EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL)
        Type |= POOL_RAISE_IF_ALLOCATION_FAILURE;
    ExpInitializeLookaside(&Lookaside->L, Type, Size, Tag);
    Lookaside->L.AllocateEx = Allocate ? Allocate : ExpAllocateEntryEx;
    Lookaside->L.FreeEx = Free ? Free : ExpFreeEntryEx;
    return STATUS_SUCCESS;
}

static VOID ExpDrain(PGENERAL_LOOKASIDE_POOL List)
{
    PSLIST_ENTRY Entry;
    while ((Entry = RtlInterlockedPopEntrySList(&List->ListHead)))
        List->Free(Entry);
}

VOID NTAPI ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    ExpDrain((PGENERAL_LOOKASIDE_POOL)&Lookaside->L);
}

VOID NTAPI ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    ExpDrain((PGENERAL_LOOKASIDE_POOL)&Lookaside->L);
}

VOID NTAPI ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    PSLIST_ENTRY Entry;
    while ((Entry = RtlInterlockedPopEntrySList(&Lookaside->L.ListHead)))
        Lookaside->L.FreeEx(Entry, Lookaside);
}

VOID NTAPI ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    ExFlushLookasideListEx(Lookaside);
}
