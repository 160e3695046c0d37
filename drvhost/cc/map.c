// Cache maps: their start, their end, and what the cache calls around its own reads and writes.

#include "../ntos.h"

static RTL_SRWLOCK CcpMapLock;

static PCCP_MAP CcpMakeMap(PFILE_OBJECT FileObject)
{
    PCCP_MAP Map = CcpMapOf(FileObject);
    if (Map)
        return Map;
    Map = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Map), 'aMcC');
    if (!Map)
        return nullptr;
    RtlZeroMemory(Map, sizeof(*Map));
    Map->Section = FileObject->SectionObjectPointer;
    Map->FileObject = FileObject;
    InitializeListHead(&Map->PrivateListHead);
    FileObject->SectionObjectPointer->DataSectionObject = Map;
    return Map;
}

static VOID CcpFillMap(PCCP_MAP Map, PCC_FILE_SIZES Sizes, BOOLEAN PinAccess,
                       PCACHE_MANAGER_CALLBACKS Callbacks, PVOID Context)
{
    Map->FileSize = Sizes->FileSize;
    Map->ToldSize = Sizes->FileSize.QuadPart;
    Map->AllocationSize = Sizes->AllocationSize;
    Map->ValidDataLength = Sizes->ValidDataLength;
    Map->PinAccess = PinAccess;
    Map->Callbacks = *Callbacks;
    Map->Context = Context;
}

static NTSTATUS CcpInitialize(PFILE_OBJECT FileObject, PCC_FILE_SIZES Sizes, BOOLEAN PinAccess,
                              PCACHE_MANAGER_CALLBACKS Callbacks, PVOID Context)
{
    HOST_CACHE_SIZES Given = {Sizes->AllocationSize.QuadPart, Sizes->FileSize.QuadPart,
                              Sizes->ValidDataLength.QuadPart};
    PCCP_PRIVATE Private = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Private), 'pMcC');
    if (!Private)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status =
        NtHostCcInitialize(IopFileNumberOf(FileObject), (ULONG_PTR)FileObject->SectionObjectPointer,
                           &Given, PinAccess);
    PCCP_MAP Map = NT_SUCCESS(Status) ? CcpMakeMap(FileObject) : nullptr;
    if (!Map) {
        ExFreePoolWithTag(Private, 'pMcC');
        return NT_SUCCESS(Status) ? STATUS_INSUFFICIENT_RESOURCES : Status;
    }
    if (!FileObject->SectionObjectPointer->SharedCacheMap)
        CcpFillMap(Map, Sizes, PinAccess, Callbacks, Context);
    FileObject->SectionObjectPointer->SharedCacheMap = Map;
    Private->FileObject = FileObject;
    InsertTailList(&Map->PrivateListHead, &Private->Link);
    FileObject->PrivateCacheMap = Private;
    return STATUS_SUCCESS;
}

VOID NTAPI CcInitializeCacheMap(PFILE_OBJECT FileObject, PCC_FILE_SIZES FileSizes,
                                BOOLEAN PinAccess, PCACHE_MANAGER_CALLBACKS Callbacks,
                                PVOID LazyWriteContext)
{
    RtlAcquireSRWLockExclusive(&CcpMapLock);
    NTSTATUS Status = STATUS_SUCCESS;
    if (!FileObject->PrivateCacheMap)
        Status = CcpInitialize(FileObject, FileSizes, PinAccess, Callbacks, LazyWriteContext);
    RtlReleaseSRWLockExclusive(&CcpMapLock);
    if (!NT_SUCCESS(Status))
        ExRaiseStatus(Status);
}

// With the lock held. TRUE: no file object has a cache map any more.
static BOOLEAN CcpUninitialize(PFILE_OBJECT FileObject, PLARGE_INTEGER TruncateSize)
{
    ULONG Maps = 1;
    PCCP_PRIVATE Private = FileObject->PrivateCacheMap;
    if (!Private)
        return FALSE;
    RemoveEntryList(&Private->Link);
    ExFreePoolWithTag(Private, 'pMcC');
    FileObject->PrivateCacheMap = nullptr;
    NTSTATUS Status = NtHostCcUninitialize(IopFileNumberOf(FileObject),
                                           TruncateSize ? TruncateSize->QuadPart : -1, &Maps);
    if (!NT_SUCCESS(Status) || Maps)
        return FALSE;
    FileObject->SectionObjectPointer->SharedCacheMap = nullptr;
    return TRUE;
}

// Of one that this file object has no cache map of, and others have none of any more. The Executive need not be asked: nobody
// waits for it, and it is heeded before whatever is answered from now on.
static VOID CcpCutCached(PSECTION_OBJECT_POINTERS Section, LONGLONG Size)
{
    CcpForgetLogged(Section, Size, MAXULONG64 - (ULONG64)Size);
    IopSendReplyLater(&(HOST_REPLY){
        .Kind = HostReplyCutCached, .Information = (ULONG64)Size, .Data = (ULONG_PTR)Section});
}

BOOLEAN NTAPI CcUninitializeCacheMap(PFILE_OBJECT FileObject, PLARGE_INTEGER TruncateSize,
                                     PCACHE_UNINITIALIZE_EVENT UninitializeCompleteEvent)
{
    PSECTION_OBJECT_POINTERS Section = FileObject->SectionObjectPointer;
    if (Section)
        CcpForgetBcbs(Section);
    RtlAcquireSRWLockExclusive(&CcpMapLock);
    BOOLEAN Cut = TruncateSize && Section && Section->DataSectionObject &&
                  !Section->SharedCacheMap && !FileObject->PrivateCacheMap;
    BOOLEAN Last = CcpUninitialize(FileObject, TruncateSize);
    RtlReleaseSRWLockExclusive(&CcpMapLock);
    if (Cut)
        CcpCutCached(Section, TruncateSize->QuadPart);
    if (UninitializeCompleteEvent)
        KeSetEvent(&UninitializeCompleteEvent->Event, IO_NO_INCREMENT, FALSE);
    return Last;
}

VOID CcpUninitializeAll(PSECTION_OBJECT_POINTERS Section)
{
    RtlAcquireSRWLockExclusive(&CcpMapLock);
    PCCP_MAP Map = Section->DataSectionObject;
    while (Map && !IsListEmpty(&Map->PrivateListHead))
        (VOID) CcpUninitialize(
            CONTAINING_RECORD(Map->PrivateListHead.Flink, CCP_PRIVATE, Link)->FileObject, nullptr);
    RtlReleaseSRWLockExclusive(&CcpMapLock);
}

VOID CcpFileCloses(PFILE_OBJECT FileObject)
{
    RtlAcquireSRWLockExclusive(&CcpMapLock);
    PCCP_MAP Map = CcpMapOf(FileObject);
    if (Map && Map->FileObject == FileObject) {
        CcpForgetLogged(Map->Section, 0, MAXULONG64);
        Map->Section->DataSectionObject = Map->Section->SharedCacheMap = nullptr;
        ExFreePoolWithTag(Map, 'aMcC');
    }
    RtlReleaseSRWLockExclusive(&CcpMapLock);
}

// ---- Callbacks

BOOLEAN CcpAcquireForCache(PFILE_OBJECT FileObject, BOOLEAN Write, PCCP_CALLBACK Callback)
{
    *Callback = (CCP_CALLBACK){};
    RtlAcquireSRWLockExclusive(&CcpMapLock);
    PCCP_MAP Map = FileObject ? CcpMapOf(FileObject) : nullptr;
    CACHE_MANAGER_CALLBACKS Callbacks = {};
    if (Map) {
        Callbacks = Map->Callbacks;
        Callback->Context = Map->Context;
    }
    RtlReleaseSRWLockExclusive(&CcpMapLock);
    BOOLEAN(NTAPI * Acquire)(PVOID, BOOLEAN) =
        Write ? Callbacks.AcquireForLazyWrite : Callbacks.AcquireForReadAhead;
    if (!Acquire)
        return TRUE;
    Callback->Release = Write ? Callbacks.ReleaseFromLazyWrite : Callbacks.ReleaseFromReadAhead;
    // Without waiting: who holds the file system's lock may wait for these very pages.
    return Acquire(Callback->Context, FALSE);
}

VOID CcpReleaseFromCache(PCCP_CALLBACK Callback)
{
    if (Callback->Release)
        Callback->Release(Callback->Context);
}
