// System information about the pool.
#include "exp.h"

static ULONG ExpCountTags(VOID)
{
    ULONG Count = 0;
    MM_POOL_TAG Tag;
    for (ULONG i = 0; MmQueryPoolTag(i, &Tag); i++)
        Count += Tag.Tag != 0;
    return Count;
}

// Each use of the pool by its tag. All pool is nonpaged here.
NTSTATUS ExpQueryPoolTags(PEXP_QUERY Query)
{
    MM_POOL_TAG Tag;
    Query->Needed = FIELD_OFFSET(SYSTEM_POOLTAG_INFORMATION, TagInfo) +
                    ExpCountTags() * (ULONG)sizeof(SYSTEM_POOLTAG);
    if (Query->Length < Query->Needed)
        return STATUS_INFO_LENGTH_MISMATCH;
    PSYSTEM_POOLTAG_INFORMATION List =
        ExAllocatePoolZero(PagedPool, Query->Needed + sizeof(SYSTEM_POOLTAG), EX_TAG_BUFFER);
    if (!List)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG Room = (Query->Needed - FIELD_OFFSET(SYSTEM_POOLTAG_INFORMATION, TagInfo)) /
                 (ULONG)sizeof(SYSTEM_POOLTAG);
    for (ULONG i = 0; MmQueryPoolTag(i, &Tag) && List->Count < Room; i++) {
        if (!Tag.Tag)
            continue;
        PSYSTEM_POOLTAG Entry = &List->TagInfo[List->Count++];
        Entry->TagUlong = Tag.Tag;
        Entry->NonPagedAllocs = Tag.Allocations;
        Entry->NonPagedFrees = Tag.Frees;
        Entry->NonPagedUsed = Tag.Bytes;
    }
    NTSTATUS Status = MmCopyToUser(Query->Buffer, List, Query->Needed);
    ExFreePoolWithTag(List, EX_TAG_BUFFER);
    return Status;
}
