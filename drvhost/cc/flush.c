// Flushing, purging, sizes, and what else drivers say of a stream or ask about it.

#include "../ntos.h"

#undef CcPurgeCacheSection
#undef CcIsThereDirtyData

VOID NTAPI CcSetFileSizes(PFILE_OBJECT FileObject, PCC_FILE_SIZES FileSizes)
{
    (void)CcSetFileSizesEx(FileObject, FileSizes);
}

NTSTATUS NTAPI CcSetFileSizesEx(PFILE_OBJECT FileObject, PCC_FILE_SIZES FileSizes)
{
    HOST_CACHE_SIZES Given = {FileSizes->AllocationSize.QuadPart, FileSizes->FileSize.QuadPart,
                              FileSizes->ValidDataLength.QuadPart};
    PCCP_MAP Map = CcpMapOf(FileObject);
    if (!Map) // a section may have it, or may have had it
        return NtHostCcSetSizes((ULONG_PTR)FileObject->SectionObjectPointer, &Given);
    CcpForgetBcbs(FileObject->SectionObjectPointer);
    Map->FileSize = FileSizes->FileSize;
    Map->ToldSize = FileSizes->FileSize.QuadPart;
    Map->AllocationSize = FileSizes->AllocationSize;
    Map->ValidDataLength = FileSizes->ValidDataLength;
    return NtHostCcSetSizes((ULONG_PTR)Map->Section, &Given);
}

VOID NTAPI CcFlushCache(PSECTION_OBJECT_POINTERS SectionObjectPointer, PLARGE_INTEGER FileOffset,
                        ULONG Length, PIO_STATUS_BLOCK IoStatus)
{
    ULONG64 Offset = FileOffset ? (ULONG64)FileOffset->QuadPart : 0;
    PFILE_OBJECT FileObject = CcGetFileObjectFromSectionPtrsRef(SectionObjectPointer);
    NTSTATUS Status = STATUS_SUCCESS;
    if (FileObject)
        Status = FsRtlpFilter(FileObject, FS_FILTER_ACQUIRE_FOR_CC_FLUSH, nullptr);
    BOOLEAN Acquired = FileObject && NT_SUCCESS(Status);
    if (NT_SUCCESS(Status)) {
        CcpTellDirtyBcbs(SectionObjectPointer);
        Status = NtHostCcFlush((ULONG_PTR)SectionObjectPointer, Offset,
                               FileOffset ? (LONG64)Length : -1);
    }
    if (Acquired)
        (void)FsRtlpFilter(FileObject, FS_FILTER_RELEASE_FOR_CC_FLUSH, nullptr);
    if (FileObject)
        ObfDereferenceObject(FileObject);
    if (IoStatus)
        *IoStatus = (IO_STATUS_BLOCK){.Status = Status, .Information = Length};
}

// Whole pages. Length 0: to the end.
BOOLEAN NTAPI CcPurgeCacheSection(PSECTION_OBJECT_POINTERS SectionObjectPointer,
                                  PLARGE_INTEGER FileOffset, ULONG Length, ULONG Flags)
{
    ULONG64 Offset = FileOffset ? (ULONG64)FileOffset->QuadPart : 0;
    CcpForgetBcbs(SectionObjectPointer);
    if (Flags & UNINITIALIZE_CACHE_MAPS)
        CcpUninitializeAll(SectionObjectPointer);
    CcpForgetLogged(SectionObjectPointer, (LONGLONG)Offset,
                    FileOffset && Length ? Length : MAXULONG64);
    return NT_SUCCESS(NtHostCcPurge((ULONG_PTR)SectionObjectPointer, Offset,
                                    FileOffset && Length ? (LONG64)Length : -1));
}

VOID NTAPI CcCoherencyFlushAndPurgeCache(PSECTION_OBJECT_POINTERS SectionObjectPointer,
                                         PLARGE_INTEGER FileOffset, ULONG Length,
                                         PIO_STATUS_BLOCK IoStatus, ULONG Flags)
{
    CcFlushCache(SectionObjectPointer, FileOffset, Length, IoStatus);
    if (!NT_SUCCESS(IoStatus->Status) || (Flags & CC_FLUSH_AND_PURGE_NO_PURGE))
        return;
    if (!CcPurgeCacheSection(SectionObjectPointer, FileOffset, Length, 0))
        IoStatus->Status = STATUS_CACHE_PAGE_LOCKED;
}

LARGE_INTEGER NTAPI CcGetFlushedValidData(PSECTION_OBJECT_POINTERS SectionObjectPointer,
                                          BOOLEAN BcbListHeld)
{
    UNREFERENCED_PARAMETER(BcbListHeld);
    ULONG64 Valid = MAXLONGLONG;
    NtHostCcQuery((ULONG_PTR)SectionObjectPointer, HOST_CACHE_QUERY_VALID, 0, &Valid);
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)Valid};
}

// ---- Dirty data

// Of all of the host's: it knows no other volumes than its own.
BOOLEAN NTAPI CcIsThereDirtyDataEx(PVPB Vpb, PULONG NumberOfDirtyPages)
{
    ULONG64 Pages = 0;
    UNREFERENCED_PARAMETER(Vpb);
    NtHostCcQuery(0, HOST_CACHE_QUERY_DIRTY, 0, &Pages);
    if (NumberOfDirtyPages)
        *NumberOfDirtyPages = (ULONG)Pages;
    return Pages != 0;
}

BOOLEAN NTAPI CcIsThereDirtyData(PVPB Vpb)
{
    return CcIsThereDirtyDataEx(Vpb, nullptr);
}

BOOLEAN NTAPI CcCanIWrite(PFILE_OBJECT FileObject, ULONG BytesToWrite, BOOLEAN Wait,
                          BOOLEAN Retrying)
{
    ULONG64 Unused;
    UNREFERENCED_PARAMETER(FileObject);
    UNREFERENCED_PARAMETER(Retrying);
    return NT_SUCCESS(NtHostCcQuery(
        0, Wait ? HOST_CACHE_QUERY_WAIT_WRITE : HOST_CACHE_QUERY_MAY_WRITE, BytesToWrite, &Unused));
}

typedef struct _CCP_DEFERRED {
    WORK_QUEUE_ITEM Item;
    PCC_POST_DEFERRED_WRITE PostRoutine;
    PVOID Context1, Context2;
    ULONG Length;
} CCP_DEFERRED, *PCCP_DEFERRED;

static VOID NTAPI CcpPostDeferred(PVOID Parameter)
{
    CCP_DEFERRED Deferred = *(PCCP_DEFERRED)Parameter;
    ExFreePoolWithTag(Parameter, 'fDcC');
    (void)CcCanIWrite(nullptr, Deferred.Length, TRUE, FALSE);
    Deferred.PostRoutine(Deferred.Context1, Deferred.Context2);
}

VOID NTAPI CcDeferWrite(PFILE_OBJECT FileObject, PCC_POST_DEFERRED_WRITE PostRoutine,
                        PVOID Context1, PVOID Context2, ULONG BytesToWrite, BOOLEAN Retrying)
{
    UNREFERENCED_PARAMETER(FileObject);
    UNREFERENCED_PARAMETER(Retrying);
    PCCP_DEFERRED Deferred = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Deferred), 'fDcC');
    if (!Deferred) { // then at once
        PostRoutine(Context1, Context2);
        return;
    }
    *Deferred = (CCP_DEFERRED){.PostRoutine = PostRoutine,
                               .Context1 = Context1,
                               .Context2 = Context2,
                               .Length = BytesToWrite};
    ExInitializeWorkItem(&Deferred->Item, CcpPostDeferred, Deferred);
    ExQueueWorkItem(&Deferred->Item, DelayedWorkQueue);
}

NTSTATUS NTAPI CcWaitForCurrentLazyWriterActivity(void)
{
    ULONG64 Unused;
    return NtHostCcQuery(0, HOST_CACHE_QUERY_WAIT_WRITER, 0, &Unused);
}

// ---- Settings

VOID NTAPI CcSetAdditionalCacheAttributes(PFILE_OBJECT FileObject, BOOLEAN DisableReadAhead,
                                          BOOLEAN DisableWriteBehind)
{
    NtHostCcControl(IopFileNumberOf(FileObject), HOST_CACHE_CONTROL_BEHAVIOUR, DisableReadAhead,
                    DisableWriteBehind);
}

VOID NTAPI CcSetAdditionalCacheAttributesEx(PFILE_OBJECT FileObject, ULONG Flags)
{
    CcSetAdditionalCacheAttributes(FileObject, (Flags & CC_DISABLE_READ_AHEAD) != 0,
                                   (Flags & CC_DISABLE_WRITE_BEHIND) != 0);
}

// Hints, as read-ahead is one: pages of files that have no cache are read when somebody wants them.
NTSTATUS NTAPI MmPrefetchPages(ULONG NumberOfLists, PREAD_LIST *ReadLists)
{
    for (ULONG i = 0; i < NumberOfLists; i++) {
        const READ_LIST *List = ReadLists[i];
        for (ULONG k = 0; k < List->NumberOfEntries; k++)
            NtHostCcControl(IopFileNumberOf(List->FileObject), HOST_CACHE_CONTROL_READ_AHEAD,
                            ALIGN_DOWN_BY(List->List[k].Alignment, PAGE_SIZE), PAGE_SIZE);
    }
    return STATUS_SUCCESS;
}

VOID NTAPI CcScheduleReadAhead(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length)
{
    NtHostCcControl(IopFileNumberOf(FileObject), HOST_CACHE_CONTROL_READ_AHEAD,
                    (ULONG64)(FileOffset->QuadPart + Length), Length);
}

// The cache chooses by itself how much it reads, in how many requests it writes, and how much may be dirty.
VOID NTAPI CcSetReadAheadGranularity(PFILE_OBJECT FileObject, ULONG Granularity)
{
    UNREFERENCED_PARAMETER(FileObject);
    UNREFERENCED_PARAMETER(Granularity);
}

VOID NTAPI CcSetDirtyPageThreshold(PFILE_OBJECT FileObject, ULONG DirtyPageThreshold)
{
    UNREFERENCED_PARAMETER(FileObject);
    UNREFERENCED_PARAMETER(DirtyPageThreshold);
}

VOID NTAPI CcSetParallelFlushFile(PFILE_OBJECT FileObject, BOOLEAN EnableParallelFlush)
{
    UNREFERENCED_PARAMETER(FileObject);
    UNREFERENCED_PARAMETER(EnableParallelFlush);
}

PFILE_OBJECT NTAPI CcGetFileObjectFromSectionPtrs(PSECTION_OBJECT_POINTERS SectionObjectPointer)
{
    PCCP_MAP Map = SectionObjectPointer->SharedCacheMap;
    return Map ? Map->FileObject : nullptr;
}

PFILE_OBJECT NTAPI CcGetFileObjectFromSectionPtrsRef(PSECTION_OBJECT_POINTERS SectionObjectPointer)
{
    PFILE_OBJECT FileObject = CcGetFileObjectFromSectionPtrs(SectionObjectPointer);
    if (FileObject)
        ObfReferenceObject(FileObject);
    return FileObject;
}
