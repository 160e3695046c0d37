// Who uses the pool: allocations and bytes by tag.
#include "mmp.h"

enum {
    MM_POOL_TAGS = 512, // a power of two; the system has about 150
    MM_POOL_TAG_SHIFT = 32 - 9,
    MM_POOL_TAG_OTHERS = ' vfO', // those for which there was no room
};

static MM_POOL_TAG MmpPoolTags[MM_POOL_TAGS];

static MM_POOL_TAG *MmpFindTag(ULONG Tag)
{
    ULONG Index = Tag * 0x9E3779B1u >> MM_POOL_TAG_SHIFT; // Fibonacci hashing
    for (ULONG i = 0; i < MM_POOL_TAGS; i++) {
        MM_POOL_TAG *Entry = &MmpPoolTags[(Index + i) % MM_POOL_TAGS];
        if (Entry->Tag == Tag)
            return Entry;
        if (!Entry->Tag) {
            Entry->Tag = Tag;
            return Entry;
        }
    }
    return nullptr;
}

VOID MmpCountPool(ULONG Tag, LONG_PTR Bytes)
{
    static MM_POOL_TAG Others = {.Tag = MM_POOL_TAG_OTHERS};
    MM_POOL_TAG *Entry = MmpFindTag(Tag);
    if (!Entry)
        Entry = &Others;
    Entry->Bytes += (SIZE_T)Bytes;
    if (Bytes < 0)
        Entry->Frees++;
    else
        Entry->Allocations++;
}

BOOLEAN MmQueryPoolTag(ULONG Index, MM_POOL_TAG *Tag)
{
    if (Index >= MM_POOL_TAGS)
        return FALSE;
    *Tag = MmpPoolTags[Index];
    return TRUE;
}
