// In place of <ntifs.h>, for what is done with requests: of an IRP what FsRtl looks at.
#pragma once

typedef struct _FILE_OBJECT {
    ULONG Flags;
} FILE_OBJECT, *PFILE_OBJECT;
typedef struct _DEVICE_OBJECT *PDEVICE_OBJECT;
typedef struct _EPROCESS *PEPROCESS;
typedef struct _IRP IRP, *PIRP;
typedef VOID(DRIVER_CANCEL)(PDEVICE_OBJECT DeviceObject, PIRP Irp);
typedef DRIVER_CANCEL *PDRIVER_CANCEL;
typedef UCHAR KIRQL;

typedef struct _IO_STACK_LOCATION {
    UCHAR MinorFunction, Flags;
    PFILE_OBJECT FileObject;
    union {
        struct {
            PLARGE_INTEGER Length;
            ULONG Key;
            LARGE_INTEGER ByteOffset;
        } LockControl;
        struct {
            ULONG Length, Key;
            LARGE_INTEGER ByteOffset;
        } Read, Write;
        struct {
            ULONG Length, CompletionFilter;
        } NotifyDirectory;
    } Parameters;
} IO_STACK_LOCATION, *PIO_STACK_LOCATION;

struct _IRP {
    PVOID MdlAddress, UserBuffer;
    ULONG Flags;
    union {
        PVOID SystemBuffer;
    } AssociatedIrp;
    IO_STATUS_BLOCK IoStatus;
    BOOLEAN Cancel;
    KIRQL CancelIrql;
    PDRIVER_CANCEL CancelRoutine;
    union {
        struct {
            PVOID DriverContext[4];
            LIST_ENTRY ListEntry;
        } Overlay;
    } Tail;
    IO_STACK_LOCATION Stack;
    PEPROCESS Process;      // who asks
    ULONG Pended, Complete; // how often
};

enum { IRP_BUFFERED_IO = 0x10, IO_NO_INCREMENT = 0, IO_DISK_INCREMENT = 1 };
enum { NormalPagePriority = 16 };
enum { SL_FAIL_IMMEDIATELY = 1, SL_EXCLUSIVE_LOCK = 2 };
enum {
    IRP_MN_LOCK = 1,
    IRP_MN_UNLOCK_SINGLE,
    IRP_MN_UNLOCK_ALL,
    IRP_MN_UNLOCK_ALL_BY_KEY,
};
enum { FO_CLEANUP_COMPLETE = 0x4000 };

#define IoGetCurrentIrpStackLocation(Irp)           (&(Irp)->Stack)
#define IoGetRequestorProcess(Irp)                  ((Irp)->Process)
#define IoMarkIrpPending(Irp)                       ((Irp)->Pended++)
#define IoReleaseCancelSpinLock(Irql)               ((void)(Irql))
#define MmGetSystemAddressForMdlSafe(Mdl, Priority) (Mdl)

PDRIVER_CANCEL IoSetCancelRoutine(PIRP Irp, PDRIVER_CANCEL Routine);
VOID IofCompleteRequest(PIRP Irp, CHAR Boost);
VOID TestCancel(PIRP Irp); // as the I/O manager does it

// Nothing faults here.
#define __try         if (1)
#define __except(Why) else if (Why)

// ---- Byte-range locks

typedef struct _FILE_LOCK_INFO {
    LARGE_INTEGER StartingByte, Length;
    BOOLEAN ExclusiveLock;
    ULONG Key;
    PFILE_OBJECT FileObject;
    PVOID ProcessId;
    LARGE_INTEGER EndingByte;
} FILE_LOCK_INFO, *PFILE_LOCK_INFO;

typedef NTSTATUS(COMPLETE_LOCK_IRP_ROUTINE)(PVOID Context, PIRP Irp);
typedef COMPLETE_LOCK_IRP_ROUTINE *PCOMPLETE_LOCK_IRP_ROUTINE;
typedef VOID(UNLOCK_ROUTINE)(PVOID Context, PFILE_LOCK_INFO FileLockInfo);
typedef UNLOCK_ROUTINE *PUNLOCK_ROUTINE;

typedef struct _FILE_LOCK {
    PCOMPLETE_LOCK_IRP_ROUTINE CompleteLockIrpRoutine;
    PUNLOCK_ROUTINE UnlockRoutine;
    BOOLEAN FastIoIsQuestionable;
    PVOID LockInformation;
    FILE_LOCK_INFO LastReturnedLockInfo;
    PVOID LastReturnedLock;
} FILE_LOCK, *PFILE_LOCK;

VOID FsRtlInitializeFileLock(PFILE_LOCK FileLock, PCOMPLETE_LOCK_IRP_ROUTINE CompleteRoutine,
                             PUNLOCK_ROUTINE UnlockRoutine);
VOID FsRtlUninitializeFileLock(PFILE_LOCK FileLock);
NTSTATUS FsRtlProcessFileLock(PFILE_LOCK FileLock, PIRP Irp, PVOID Context);
BOOLEAN FsRtlCheckLockForReadAccess(PFILE_LOCK FileLock, PIRP Irp);
BOOLEAN FsRtlCheckLockForWriteAccess(PFILE_LOCK FileLock, PIRP Irp);
NTSTATUS FsRtlFastUnlockAll(PFILE_LOCK FileLock, PFILE_OBJECT FileObject, PEPROCESS Process,
                            PVOID Context);
PFILE_LOCK_INFO FsRtlGetNextFileLock(PFILE_LOCK FileLock, BOOLEAN Restart);

// ---- Changes

typedef PVOID PNOTIFY_SYNC;
typedef PVOID PSECURITY_SUBJECT_CONTEXT;
typedef NTSTATUS (*PCHECK_FOR_TRAVERSE_ACCESS)(PVOID Context, PVOID Target,
                                               PSECURITY_SUBJECT_CONTEXT Subject);
#define SeReleaseSubjectContext(Context) ((void)(Context))
#define ExFreePool(Block)                ExFreePoolWithTag(Block, 0)

VOID FsRtlNotifyInitializeSync(PNOTIFY_SYNC *NotifySync);
VOID FsRtlNotifyUninitializeSync(PNOTIFY_SYNC *NotifySync);
VOID FsRtlNotifyFullChangeDirectory(PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList,
                                    PVOID FsContext, PSTRING FullDirectoryName, BOOLEAN WatchTree,
                                    BOOLEAN IgnoreBuffer, ULONG CompletionFilter, PIRP NotifyIrp,
                                    PCHECK_FOR_TRAVERSE_ACCESS TraverseCallback,
                                    PSECURITY_SUBJECT_CONTEXT SubjectContext);
VOID FsRtlNotifyCleanup(PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList, PVOID FsContext);
VOID FsRtlNotifyFullReportChange(PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList,
                                 PSTRING FullTargetName, USHORT TargetNameOffset,
                                 PSTRING StreamName, PSTRING NormalizedParentName,
                                 ULONG FilterMatch, ULONG Action, PVOID TargetContext);
