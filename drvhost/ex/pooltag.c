// What each tag has in each pool: for the log when a driver unloads and left something.

#include "poolp.h"

enum { TagSlots = 512 };

typedef struct _EXP_TAG {
    ULONG Tag, Kind;
    LONG64 Blocks, Bytes;
} EXP_TAG;

static EXP_TAG ExpTags[TagSlots];

// A full table counts what finds no place under the last slot looked at, whose tag becomes 0.
static EXP_TAG *ExpTagSlot(ULONG Tag, ULONG Kind)
{
    ULONG Slot = (Tag * 2654435761u >> 16) + Kind;
    for (ULONG i = 0; i < TagSlots; i++) {
        EXP_TAG *Entry = &ExpTags[(Slot + i) % TagSlots];
        if (!Entry->Tag && !Entry->Blocks)
            *Entry = (EXP_TAG){.Tag = Tag, .Kind = Kind};
        if (Entry->Tag == Tag && Entry->Kind == Kind)
            return Entry;
    }
    return &ExpTags[Slot % TagSlots];
}

VOID ExpCountTag(ULONG Tag, ULONG Kind, LONG64 Bytes)
{
    EXP_TAG *Entry = ExpTagSlot(Tag, Kind);
    Entry->Blocks += Bytes > 0 ? 1 : -1;
    Entry->Bytes += Bytes;
}

// Blocks and bytes that the pools hold under a tag.
VOID ExpQueryTag(ULONG Tag, PLONG64 Blocks, PLONG64 Bytes)
{
    *Blocks = *Bytes = 0;
    for (ULONG i = 0; i < TagSlots; i++) {
        if (ExpTags[i].Tag != Tag)
            continue;
        *Blocks += ExpTags[i].Blocks;
        *Bytes += ExpTags[i].Bytes;
    }
}
