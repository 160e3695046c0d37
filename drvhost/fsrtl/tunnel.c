// Tunnel caches: for a while after a name has gone from a directory, what belonged to it is remembered, so that a
// program that replaces a file by another finds its names and times again.

#include "../ntos.h"

typedef struct _FSRTL_TUNNELED {
    LIST_ENTRY Link; // in the cache's TimerQueue, oldest first
    LONGLONG Expires;
    ULONGLONG DirectoryKey;
    BOOLEAN KeyByShortName;
    UNICODE_STRING ShortName, LongName;
    ULONG DataLength;
    UCHAR Space[]; // names, data
} FSRTL_TUNNELED, *PFSRTL_TUNNELED;

enum { TunnelSeconds = 15, TunnelEntries = 256 };

static LONGLONG FsRtlpNow(void)
{
    LARGE_INTEGER Counter;
    return (LONGLONG)RtlGetInterruptTimePrecise(&Counter);
}

static VOID FsRtlpForget(PTUNNEL Cache, PFSRTL_TUNNELED Entry)
{
    RemoveEntryList(&Entry->Link);
    Cache->NumEntries--;
    ExFreePoolWithTag(Entry, 'uTMF');
}

static VOID FsRtlpExpire(PTUNNEL Cache, USHORT Keep)
{
    LONGLONG Now = FsRtlpNow();
    while (!IsListEmpty(&Cache->TimerQueue)) {
        PFSRTL_TUNNELED Oldest = CONTAINING_RECORD(Cache->TimerQueue.Flink, FSRTL_TUNNELED, Link);
        if (Oldest->Expires > Now && Cache->NumEntries <= Keep)
            return;
        FsRtlpForget(Cache, Oldest);
    }
}

VOID NTAPI FsRtlInitializeTunnelCache(PTUNNEL Cache)
{
    ExInitializeFastMutex(&Cache->Mutex);
    Cache->Cache = nullptr;
    InitializeListHead(&Cache->TimerQueue);
    Cache->NumEntries = 0;
}

static PFSRTL_TUNNELED FsRtlpFindTunneled(PTUNNEL Cache, ULONGLONG Directory, PCUNICODE_STRING Name)
{
    for (PLIST_ENTRY Link = Cache->TimerQueue.Blink; Link != &Cache->TimerQueue;
         Link = Link->Blink) {
        PFSRTL_TUNNELED Entry = CONTAINING_RECORD(Link, FSRTL_TUNNELED, Link);
        PUNICODE_STRING Key = Entry->KeyByShortName ? &Entry->ShortName : &Entry->LongName;
        if (Entry->DirectoryKey == Directory && RtlEqualUnicodeString(Key, Name, TRUE))
            return Entry;
    }
    return nullptr;
}

VOID NTAPI FsRtlAddToTunnelCache(PTUNNEL Cache, ULONGLONG DirectoryKey, PUNICODE_STRING ShortName,
                                 PUNICODE_STRING LongName, BOOLEAN KeyByShortName, ULONG DataLength,
                                 PVOID Data)
{
    SIZE_T Size = sizeof(FSRTL_TUNNELED) + ShortName->Length + LongName->Length + DataLength;
    PFSRTL_TUNNELED Entry = ExAllocatePoolWithTag(PagedPool, Size, 'uTMF');
    if (!Entry)
        return; // nothing depends on it
    *Entry = (FSRTL_TUNNELED){
        .Expires = FsRtlpNow() + TunnelSeconds * 10'000'000ll,
        .DirectoryKey = DirectoryKey,
        .KeyByShortName = KeyByShortName,
        .ShortName = {ShortName->Length, ShortName->Length, (PWCH)Entry->Space},
        .LongName = {LongName->Length, LongName->Length, (PWCH)(Entry->Space + ShortName->Length)},
        .DataLength = DataLength,
    };
    RtlCopyMemory(Entry->ShortName.Buffer, ShortName->Buffer, ShortName->Length);
    RtlCopyMemory(Entry->LongName.Buffer, LongName->Buffer, LongName->Length);
    RtlCopyMemory(Entry->Space + ShortName->Length + LongName->Length, Data, DataLength);
    ExAcquireFastMutex(&Cache->Mutex);
    PFSRTL_TUNNELED Old =
        FsRtlpFindTunneled(Cache, DirectoryKey, KeyByShortName ? ShortName : LongName);
    if (Old)
        FsRtlpForget(Cache, Old);
    InsertTailList(&Cache->TimerQueue, &Entry->Link);
    Cache->NumEntries++;
    FsRtlpExpire(Cache, TunnelEntries);
    ExReleaseFastMutex(&Cache->Mutex);
}

// The long name goes into the caller's buffer, or into pool when that is too small.
static BOOLEAN FsRtlpGiveName(PUNICODE_STRING To, PCUNICODE_STRING From)
{
    if (To->MaximumLength < From->Length) {
        PWCH Buffer = ExAllocatePoolWithTag(PagedPool, From->Length, 'uTMF');
        if (!Buffer)
            return FALSE;
        To->Buffer = Buffer;
        To->MaximumLength = From->Length;
    }
    RtlCopyMemory(To->Buffer, From->Buffer, From->Length);
    To->Length = From->Length;
    return TRUE;
}

BOOLEAN NTAPI FsRtlFindInTunnelCache(PTUNNEL Cache, ULONGLONG DirectoryKey, PUNICODE_STRING Name,
                                     PUNICODE_STRING ShortName, PUNICODE_STRING LongName,
                                     PULONG DataLength, PVOID Data)
{
    ExAcquireFastMutex(&Cache->Mutex);
    FsRtlpExpire(Cache, TunnelEntries);
    PFSRTL_TUNNELED Entry = FsRtlpFindTunneled(Cache, DirectoryKey, Name);
    BOOLEAN Found = Entry && Entry->ShortName.Length <= ShortName->MaximumLength &&
                    Entry->DataLength <= *DataLength && FsRtlpGiveName(LongName, &Entry->LongName);
    if (Found) {
        RtlCopyMemory(ShortName->Buffer, Entry->ShortName.Buffer, Entry->ShortName.Length);
        ShortName->Length = Entry->ShortName.Length;
        RtlCopyMemory(Data, Entry->Space + Entry->ShortName.Length + Entry->LongName.Length,
                      Entry->DataLength);
        *DataLength = Entry->DataLength;
    }
    ExReleaseFastMutex(&Cache->Mutex);
    return Found;
}

VOID NTAPI FsRtlDeleteKeyFromTunnelCache(PTUNNEL Cache, ULONGLONG DirectoryKey)
{
    ExAcquireFastMutex(&Cache->Mutex);
    PLIST_ENTRY Link = Cache->TimerQueue.Flink;
    while (Link != &Cache->TimerQueue) {
        PFSRTL_TUNNELED Entry = CONTAINING_RECORD(Link, FSRTL_TUNNELED, Link);
        Link = Link->Flink;
        if (Entry->DirectoryKey == DirectoryKey)
            FsRtlpForget(Cache, Entry);
    }
    ExReleaseFastMutex(&Cache->Mutex);
}

VOID NTAPI FsRtlDeleteTunnelCache(PTUNNEL Cache)
{
    ExAcquireFastMutex(&Cache->Mutex);
    while (!IsListEmpty(&Cache->TimerQueue))
        FsRtlpForget(Cache, CONTAINING_RECORD(Cache->TimerQueue.Flink, FSRTL_TUNNELED, Link));
    ExReleaseFastMutex(&Cache->Mutex);
}
