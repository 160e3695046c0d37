// User values and flags of blocks: HEAP_SETTABLE_USER_VALUE and HEAP_SETTABLE_USER_FLAGS. A block that
// is allocated with any of these has room for a value at its end; the flags are in its header.

#include "heapp.h"

enum { UserFlagsShift = 4 }; // between HEAP_SETTABLE_USER_FLAGS and HeapBlockUserFlags

BOOLEAN HeappHasUserInfo(PHEAP_BLOCK Block)
{
    return (Block->Flags & (HeapBlockHasExtra | HeapBlockLarge)) != 0;
}

HEAP_USER_INFO HeappUserInfo(PHEAP_BLOCK Block)
{
    if (Block->Flags & HeapBlockLarge)
        return (HEAP_USER_INFO){HeappLarge(Block)->UserValue, HeappLarge(Block)->UserFlags};
    return (HEAP_USER_INFO){
        .Value = Block->Flags & HeapBlockHasExtra ? HeappExtra(Block)->UserValue : nullptr,
        .Flags = (ULONG)(Block->Flags & HeapBlockUserFlags) << UserFlagsShift,
    };
}

VOID HeappSetUserInfo(PHEAP Heap, PHEAP_BLOCK Block, HEAP_USER_INFO Info)
{
    if (Block->Flags & HeapBlockLarge) {
        HeappLarge(Block)->UserValue = Info.Value;
        HeappLarge(Block)->UserFlags = Info.Flags;
        return;
    }
    if (Block->Flags & HeapBlockHasExtra)
        HeappExtra(Block)->UserValue = Info.Value;
    Block->Flags &= (UCHAR)~HeapBlockUserFlags;
    Block->Flags |= (UCHAR)(Info.Flags >> UserFlagsShift) & HeapBlockUserFlags;
    HeappSeal(Heap, Block);
}

BOOLEAN NTAPI RtlSetUserValueHeap(PVOID HeapHandle, ULONG Flags, PVOID Data, PVOID UserValue)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap) || !Data)
        return FALSE;
    HeappEnter(Heap, Flags);
    PHEAP_BLOCK Block = HeappBlock(Data);
    BOOLEAN Possible = HeappValidateBlock(Heap, Block) && HeappHasUserInfo(Block);
    if (Possible) {
        HEAP_USER_INFO Info = HeappUserInfo(Block);
        Info.Value = UserValue;
        HeappSetUserInfo(Heap, Block, Info);
    }
    HeappLeave(Heap, Flags);
    return Possible;
}

BOOLEAN NTAPI RtlSetUserFlagsHeap(PVOID HeapHandle, ULONG Flags, PVOID Data, ULONG UserFlagsReset,
                                  ULONG UserFlagsSet)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap) || !Data ||
        ((UserFlagsReset | UserFlagsSet) & ~(ULONG)HEAP_SETTABLE_USER_FLAGS))
        return FALSE;
    HeappEnter(Heap, Flags);
    PHEAP_BLOCK Block = HeappBlock(Data);
    BOOLEAN Valid = HeappValidateBlock(Heap, Block);
    if (Valid) {
        HEAP_USER_INFO Info = HeappUserInfo(Block);
        Info.Flags = (Info.Flags & ~UserFlagsReset) | UserFlagsSet;
        HeappSetUserInfo(Heap, Block, Info);
    }
    HeappLeave(Heap, Flags);
    return Valid;
}

BOOLEAN NTAPI RtlGetUserInfoHeap(PVOID HeapHandle, ULONG Flags, PVOID Data, PVOID *UserValue,
                                 PULONG UserFlags)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap) || !Data)
        return FALSE;
    HeappEnter(Heap, Flags);
    PHEAP_BLOCK Block = HeappBlock(Data);
    BOOLEAN Valid = HeappValidateBlock(Heap, Block);
    if (Valid) {
        HEAP_USER_INFO Info = HeappUserInfo(Block);
        if (UserValue)
            *UserValue = Info.Value;
        if (UserFlags)
            *UserFlags = Info.Flags;
    }
    HeappLeave(Heap, Flags);
    return Valid;
}
