// The test's file system, between its files.
#pragma once

#include <ntifs.h>

#include "cctest.h"

typedef struct _CCFS_FCB {
    FSRTL_COMMON_FCB_HEADER Header; // first
    LIST_ENTRY Link;
    SECTION_OBJECT_POINTERS Section;
    ERESOURCE Resource, PagingResource;
    WCHAR Name[16];
    PUCHAR Disk; // CCFS_MOST bytes of address space at most; what the disk holds
    ULONG64 Room;
    ULONG Opens;
    PFILE_OBJECT Stream; // of the file system's own use
    CCFS_COUNTERS Counters;
    CCFS_TROUBLES Troubles;
} CCFS_FCB, *PCCFS_FCB;

extern LIST_ENTRY CcfsFiles;
extern FAST_MUTEX CcfsLock;
extern PDEVICE_OBJECT CcfsDevice;
extern CACHE_MANAGER_CALLBACKS CcfsCallbacks;

static inline NTSTATUS CcfsComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

PCCFS_FCB CcfsFind(PCWSTR Name, ULONG Length); // bytes; null: none
PCCFS_FCB CcfsMake(PCWSTR Name, ULONG Length);
NTSTATUS CcfsResize(PCCFS_FCB Fcb, ULONG64 Size); // of the disk's room
VOID CcfsStartCache(PFILE_OBJECT FileObject, PCCFS_FCB Fcb, BOOLEAN PinAccess);

NTSTATUS CcfsRegisterFilter(PDRIVER_OBJECT DriverObject);

DRIVER_DISPATCH CcfsCreate, CcfsCleanup, CcfsClose, CcfsRead, CcfsWrite, CcfsControl, CcfsQuery,
    CcfsSet, CcfsFlushBuffers, CcfsLockControl;
