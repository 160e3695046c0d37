// Fiber-local storage: slots with a callback that runs when a thread that has a value ends, or the slot
// is given up.

#include "../ntdllp.h"

enum { FlsSlots = 1024 };

typedef struct _FLSP_BLOCK {
    LIST_ENTRY Link; // of every thread
    PVOID Values[FlsSlots];
} FLSP_BLOCK, *PFLSP_BLOCK;

static PFLS_CALLBACK_FUNCTION FlspCallbacks[FlsSlots];
static BOOLEAN FlspInUse[FlsSlots];
static LIST_ENTRY FlspBlocks = {&FlspBlocks, &FlspBlocks};
static RTL_SRWLOCK FlspLock;

static PFLSP_BLOCK FlspBlock(void)
{
    return NtCurrentTeb()->FlsData;
}

NTSTATUS NTAPI RtlFlsAlloc(PFLS_CALLBACK_FUNCTION Callback, PULONG Index)
{
    NTSTATUS Status = STATUS_NO_MEMORY;
    RtlAcquireSRWLockExclusive(&FlspLock);
    for (ULONG i = 1; i < FlsSlots; i++) { // as on Windows, 0 is no index
        if (FlspInUse[i])
            continue;
        FlspInUse[i] = TRUE;
        FlspCallbacks[i] = Callback;
        *Index = i;
        Status = STATUS_SUCCESS;
        break;
    }
    RtlReleaseSRWLockExclusive(&FlspLock);
    return Status;
}

NTSTATUS NTAPI RtlFlsFree(ULONG Index)
{
    if (Index >= FlsSlots || !FlspInUse[Index])
        return STATUS_INVALID_PARAMETER;
    RtlAcquireSRWLockExclusive(&FlspLock);
    PFLS_CALLBACK_FUNCTION Callback = FlspCallbacks[Index];
    for (PLIST_ENTRY Link = FlspBlocks.Flink; Link != &FlspBlocks; Link = Link->Flink) {
        PFLSP_BLOCK Block = CONTAINING_RECORD(Link, FLSP_BLOCK, Link);
        PVOID Value = Block->Values[Index];
        Block->Values[Index] = nullptr;
        if (Value && Callback)
            Callback(Value);
    }
    FlspCallbacks[Index] = nullptr;
    FlspInUse[Index] = FALSE;
    RtlReleaseSRWLockExclusive(&FlspLock);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlFlsGetValue(ULONG Index, PVOID *Value)
{
    if (!Index || Index >= FlsSlots)
        return STATUS_INVALID_PARAMETER;
    *Value = FlspBlock() ? FlspBlock()->Values[Index] : nullptr;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlFlsSetValue(ULONG Index, PVOID Value)
{
    if (!Index || Index >= FlsSlots)
        return STATUS_INVALID_PARAMETER;
    PFLSP_BLOCK Block = FlspBlock();
    if (!Block) {
        Block = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*Block));
        if (!Block)
            return STATUS_NO_MEMORY;
        NtCurrentTeb()->FlsData = Block;
        RtlAcquireSRWLockExclusive(&FlspLock);
        InsertTailList(&FlspBlocks, &Block->Link);
        RtlReleaseSRWLockExclusive(&FlspLock);
    }
    Block->Values[Index] = Value;
    return STATUS_SUCCESS;
}

VOID RtlpFlsThreadDetach(void)
{
    PFLSP_BLOCK Block = FlspBlock();
    if (!Block)
        return;
    RtlAcquireSRWLockExclusive(&FlspLock);
    RemoveEntryList(&Block->Link);
    RtlReleaseSRWLockExclusive(&FlspLock);
    for (ULONG i = 1; i < FlsSlots; i++) {
        if (Block->Values[i] && FlspCallbacks[i])
            FlspCallbacks[i](Block->Values[i]);
    }
    NtCurrentTeb()->FlsData = nullptr;
    RtlFreeHeap(RtlProcessHeap(), 0, Block);
}
