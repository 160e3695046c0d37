// Who has the same file open: files of hosts, from their opening to their cleanup, by what their host knows their data by.
#include "iop.h"

enum { IOP_SAME_BUCKETS = 256 };

static LIST_ENTRY IopSameFiles[IOP_SAME_BUCKETS];

static PLIST_ENTRY IopSameBucket(ULONG64 Key)
{
    return &IopSameFiles[(Key >> 4 ^ Key >> 12) % IOP_SAME_BUCKETS];
}

VOID IopInitSameFiles(VOID)
{
    for (ULONG i = 0; i < IOP_SAME_BUCKETS; i++)
        InitializeListHead(&IopSameFiles[i]);
}

VOID IopJoinSameFiles(PFILE_OBJECT File)
{
    IopLeaveSameFiles(File);
    if (File->SectionKey)
        InsertTailList(IopSameBucket(File->SectionKey), &File->SameLink);
}

VOID IopLeaveSameFiles(PFILE_OBJECT File)
{
    RemoveEntryList(&File->SameLink);
    InitializeListHead(&File->SameLink);
}

PFILE_OBJECT IopNextSameFile(PFILE_OBJECT File, PFILE_OBJECT Last)
{
    if (!File->SectionKey)
        return nullptr;
    PLIST_ENTRY Bucket = IopSameBucket(File->SectionKey);
    for (PLIST_ENTRY Link = Last ? Last->SameLink.Flink : Bucket->Flink; Link != Bucket;
         Link = Link->Flink) {
        PFILE_OBJECT Other = CONTAINING_RECORD(Link, FILE_OBJECT, SameLink);
        if (Other != File && Other->SectionKey == File->SectionKey && Other->Device == File->Device)
            return Other;
    }
    return nullptr;
}
