// What cc offers the other folders, and its files one another. The cache itself is the Executive's; here is what
// drivers see of it.
#pragma once

// Where SectionObjectPointers->DataSectionObject points while the cache knows the stream, and SharedCacheMap while
// it has cache maps. The file size lies where CcGetFileSizePointer looks for it.
typedef struct _CCP_MAP {
    ULONG64 Reserved;
    LARGE_INTEGER FileSize;
    LONGLONG ToldSize; // the one that the Executive knows
    LARGE_INTEGER AllocationSize, ValidDataLength;
    PSECTION_OBJECT_POINTERS Section;
    PFILE_OBJECT FileObject; // by which the Executive reads and writes
    CACHE_MANAGER_CALLBACKS Callbacks;
    PVOID Context; // theirs
    BOOLEAN PinAccess;
    PVOID LogHandle; // CcSetLogHandleForFile
    PFLUSH_TO_LSN FlushToLsn;
    LIST_ENTRY PrivateListHead; // CCP_PRIVATE
} CCP_MAP, *PCCP_MAP;
static_assert(FIELD_OFFSET(CCP_MAP, FileSize) == sizeof(LARGE_INTEGER));

// Where a file object's PrivateCacheMap points.
typedef struct _CCP_PRIVATE {
    LIST_ENTRY Link;
    PFILE_OBJECT FileObject;
} CCP_PRIVATE, *PCCP_PRIVATE;

static inline PCCP_MAP CcpMapOf(PFILE_OBJECT FileObject)
{
    return FileObject->SectionObjectPointer ? FileObject->SectionObjectPointer->DataSectionObject
                                            : nullptr;
}

// The callbacks around a read or write of the cache's own. FALSE: not now.
typedef struct _CCP_CALLBACK {
    VOID(NTAPI *Release)(PVOID Context); // or null
    PVOID Context;
} CCP_CALLBACK, *PCCP_CALLBACK;
BOOLEAN CcpAcquireForCache(PFILE_OBJECT FileObject, BOOLEAN Write, PCCP_CALLBACK Callback);
VOID CcpReleaseFromCache(PCCP_CALLBACK Callback);
// Its IRP_MJ_CLOSE comes: the cache has done with what it had by it.
VOID CcpFileCloses(PFILE_OBJECT FileObject);

// All file objects give up their cache maps.
VOID CcpUninitializeAll(PSECTION_OBJECT_POINTERS Section);

// Mapped pages of the stream that are kept for the next who wants them are given up.
VOID CcpForgetBcbs(PSECTION_OBJECT_POINTERS Section);
// The Executive hears of what has been changed in pages that are still pinned.
VOID CcpTellDirtyBcbs(PSECTION_OBJECT_POINTERS Section);

// Log sequence numbers (log.c): of pages that have been changed, until they are written. Those that are pinned still are told by
// CcpLogPinned.
VOID CcpLogChange(PSECTION_OBJECT_POINTERS Section, LONGLONG Offset, ULONG Length,
                  LARGE_INTEGER Oldest, LARGE_INTEGER Newest);
VOID CcpLogPinned(VOID);
VOID CcpBeforeWrite(PFILE_OBJECT FileObject, LONGLONG Offset, ULONG Length);
VOID CcpAfterWrite(PFILE_OBJECT FileObject, LONGLONG Offset, ULONG Length, NTSTATUS Status);
VOID CcpForgetLogged(PSECTION_OBJECT_POINTERS Section, LONGLONG Offset, ULONG64 Length);

VOID CcpTellSize(PFILE_OBJECT FileObject); // the driver may have changed it in place
