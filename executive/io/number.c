// Numbers of objects: a table of places, each with a generation that changes when the place is used again.
// Places that are free wait in a queue, so that one comes back as late as possible.
#include "iop.h"

enum {
    IOP_INDEX_BITS = 18,
    IOP_INDEX_MASK = (1 << IOP_INDEX_BITS) - 1,
    IOP_FIRST_ENTRIES = 256,
    IOP_MAX_ENTRIES = IOP_INDEX_MASK, // index 0 means nothing
};

constexpr ULONG IopNumberTag = 'muNI';

typedef struct _IOP_NUMBER_ENTRY {
    PVOID Object;   // null: free
    ULONG Number;   // that it has, or will have
    ULONG NextFree; // index, 0: none
} IOP_NUMBER_ENTRY, *PIOP_NUMBER_ENTRY;

static VOID IopAppendFree(PIOP_NUMBERS Numbers, ULONG Index)
{
    Numbers->Entries[Index].NextFree = 0;
    if (Numbers->LastFree)
        Numbers->Entries[Numbers->LastFree].NextFree = Index;
    else
        Numbers->FirstFree = Index;
    Numbers->LastFree = Index;
    Numbers->FreeCount++;
}

static NTSTATUS IopGrowNumbers(PIOP_NUMBERS Numbers)
{
    ULONG Count = Numbers->Count ? Numbers->Count * 2 : IOP_FIRST_ENTRIES;
    if (Count > IOP_MAX_ENTRIES)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIOP_NUMBER_ENTRY Entries =
        ExAllocatePoolZero(NonPagedPool, Count * sizeof(*Entries), IopNumberTag);
    if (!Entries)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG First = max(Numbers->Count, 1u);
    if (Numbers->Entries) {
        memcpy(Entries, Numbers->Entries, Numbers->Count * sizeof(*Entries));
        ExFreePoolWithTag(Numbers->Entries, IopNumberTag);
    }
    Numbers->Entries = Entries;
    Numbers->Count = Count;
    for (ULONG Index = First; Index < Count; Index++) {
        Entries[Index].Number = Index;
        IopAppendFree(Numbers, Index);
    }
    return STATUS_SUCCESS;
}

NTSTATUS IopAllocateNumber(PIOP_NUMBERS Numbers, PVOID Object, PULONG Number)
{
    if (!Numbers->FirstFree) {
        NTSTATUS Status = IopGrowNumbers(Numbers);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    PIOP_NUMBER_ENTRY Entry = &Numbers->Entries[Numbers->FirstFree];
    Numbers->FirstFree = Entry->NextFree;
    if (!Numbers->FirstFree)
        Numbers->LastFree = 0;
    Numbers->FreeCount--;
    Entry->Object = Object;
    *Number = Entry->Number;
    return STATUS_SUCCESS;
}

VOID IopFreeNumber(PIOP_NUMBERS Numbers, ULONG Number)
{
    ULONG Index = Number & IOP_INDEX_MASK;
    PIOP_NUMBER_ENTRY Entry = &Numbers->Entries[Index];
    ASSERT(Entry->Number == Number && Entry->Object);
    Entry->Object = nullptr;
    Entry->Number += 1u << IOP_INDEX_BITS;
    IopAppendFree(Numbers, Index);
}

PVOID IopNextNumbered(const IOP_NUMBERS *Numbers, PULONG Index)
{
    while (*Index < Numbers->Count) {
        PVOID Object = Numbers->Entries[(*Index)++].Object;
        if (Object)
            return Object;
    }
    return nullptr;
}

PVOID IopLookupNumber(const IOP_NUMBERS *Numbers, ULONG Number)
{
    ULONG Index = Number & IOP_INDEX_MASK;
    if (Index >= Numbers->Count || Numbers->Entries[Index].Number != Number)
        return nullptr;
    return Numbers->Entries[Index].Object;
}
