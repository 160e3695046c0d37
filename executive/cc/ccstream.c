// Streams: found by who has them and under which key; their sizes; their end.
#include "ccp.h"

enum {
    CC_BUCKETS = 256,
};

static LIST_ENTRY CcpStreams[CC_BUCKETS];

static PLIST_ENTRY CcpBucket(ULONG64 Key)
{
    return &CcpStreams[(Key >> 4 ^ Key >> 12) % CC_BUCKETS];
}

NTSTATUS CcInitSystem(VOID)
{
    for (ULONG i = 0; i < CC_BUCKETS; i++)
        InitializeListHead(&CcpStreams[i]);
    CcpInitDirty();
    CcpInitOrphans();
    return CcpInitWriter();
}

PCC_STREAM CcFindStream(PVOID Owner, ULONG64 Key)
{
    PLIST_ENTRY Bucket = CcpBucket(Key);
    for (PLIST_ENTRY Link = Bucket->Flink; Link != Bucket; Link = Link->Flink) {
        PCC_STREAM Stream = CONTAINING_RECORD(Link, CC_STREAM, Link);
        if (Stream->Owner != Owner || Stream->Key != Key)
            continue;
        CcReferenceStream(Stream);
        return Stream;
    }
    return nullptr;
}

PCC_STREAM CcpFindStreamOf(PVOID Owner)
{
    for (ULONG i = 0; i < CC_BUCKETS; i++) {
        for (PLIST_ENTRY Link = CcpStreams[i].Flink; Link != &CcpStreams[i]; Link = Link->Flink) {
            PCC_STREAM Stream = CONTAINING_RECORD(Link, CC_STREAM, Link);
            if (Stream->Owner == Owner)
                return Stream;
        }
    }
    return nullptr;
}

NTSTATUS CcOpenStream(PVOID Owner, ULONG64 Key, PCC_STREAM *Result)
{
    *Result = CcFindStream(Owner, Key);
    if (*Result)
        return STATUS_SUCCESS;
    PCC_STREAM Stream = ExAllocatePoolZero(NonPagedPool, sizeof(*Stream), CcTag);
    if (!Stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    Stream->Owner = Owner;
    Stream->Key = Key;
    Stream->References = 1;
    InitializeListHead(&Stream->UnusedLink);
    InitializeListHead(&Stream->DirtyLink);
    InitializeListHead(&Stream->TransferListHead);
    InitializeListHead(&Stream->ViewListHead);
    InitializeListHead(&Stream->Segments);
    InsertTailList(CcpBucket(Key), &Stream->Link);
    *Result = Stream;
    return STATUS_SUCCESS;
}

VOID CcpRenameStream(PCC_STREAM Stream, PVOID Owner, ULONG64 Key)
{
    RemoveEntryList(&Stream->Link);
    if (Stream->Sections) {
        IoStreamHasSections(Stream->Key, FALSE);
        IoStreamHasSections(Key, TRUE);
    }
    Stream->Owner = Owner;
    Stream->Key = Key;
    InsertTailList(CcpBucket(Key), &Stream->Link);
}

VOID CcReferenceStream(PCC_STREAM Stream)
{
    Stream->References++;
}

VOID CcDereferenceStream(PCC_STREAM Stream)
{
    if (--Stream->References)
        return;
    ASSERT(!Stream->File && !Stream->Sections);
    Stream->References = 1; // while the pages of an abandoned stream go
    (VOID) CcPurgeStream(Stream, &CC_WHOLE);
    ASSERT(!Stream->PageCount);
    RemoveEntryList(&Stream->Link);
    ExFreePoolWithTag(Stream, CcTag);
}

ULONG CcCountStreamMaps(PCC_STREAM Stream)
{
    return Stream->Maps;
}

CC_SIZES CcQueryStreamSizes(PCC_STREAM Stream)
{
    return Stream->Sizes;
}
