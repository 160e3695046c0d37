// Locks on ranges of bytes. The granted ones are in a list, in the order of their granting, and so are the requests
// that wait.

#include "../ntos.h"

typedef struct _FSRTL_LOCK {
    LIST_ENTRY Link;
    FILE_LOCK_INFO Info; // ProcessId: the PEPROCESS
} FSRTL_LOCK, *PFSRTL_LOCK;

typedef struct _FSRTL_LOCKS {
    RTL_SRWLOCK Lock;
    LIST_ENTRY Granted; // FSRTL_LOCK
    LIST_ENTRY Waiting; // IRP.Tail.Overlay.ListEntry
} FSRTL_LOCKS, *PFSRTL_LOCKS;

// What a waiting packet keeps in DriverContext.
enum { ContextLocks, ContextUser };

// ---- The structure

VOID NTAPI FsRtlInitializeFileLock(PFILE_LOCK FileLock, PCOMPLETE_LOCK_IRP_ROUTINE CompleteRoutine,
                                   PUNLOCK_ROUTINE UnlockRoutine)
{
    RtlZeroMemory(FileLock, sizeof(*FileLock));
    FileLock->CompleteLockIrpRoutine = CompleteRoutine;
    FileLock->UnlockRoutine = UnlockRoutine;
}

// Files are locked seldom: the lists come with the first lock.
static PFSRTL_LOCKS FsRtlpLocks(PFILE_LOCK FileLock)
{
    static RTL_SRWLOCK Making;
    RtlAcquireSRWLockExclusive(&Making);
    PFSRTL_LOCKS Locks = FileLock->LockInformation;
    if (!Locks) {
        Locks = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Locks), 'kLMF');
        if (Locks) {
            Locks->Lock = (RTL_SRWLOCK){};
            InitializeListHead(&Locks->Granted);
            InitializeListHead(&Locks->Waiting);
            FileLock->LockInformation = Locks;
        }
    }
    RtlReleaseSRWLockExclusive(&Making);
    return Locks;
}

PFILE_LOCK NTAPI FsRtlAllocateFileLock(PCOMPLETE_LOCK_IRP_ROUTINE CompleteRoutine,
                                       PUNLOCK_ROUTINE UnlockRoutine)
{
    PFILE_LOCK FileLock = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*FileLock), 'kLMF');
    if (FileLock)
        FsRtlInitializeFileLock(FileLock, CompleteRoutine, UnlockRoutine);
    return FileLock;
}

VOID NTAPI FsRtlFreeFileLock(PFILE_LOCK FileLock)
{
    FsRtlUninitializeFileLock(FileLock);
    ExFreePoolWithTag(FileLock, 'kLMF');
}

// ---- Ranges

static ULONGLONG FsRtlpEndOf(LARGE_INTEGER Offset, LARGE_INTEGER Length)
{
    return (ULONGLONG)Offset.QuadPart + (ULONGLONG)Length.QuadPart - 1;
}

// An empty range meets no other.
static BOOLEAN FsRtlpMeet(const FILE_LOCK_INFO *Info, ULONGLONG Start, ULONGLONG Length)
{
    if (!Length || !Info->Length.QuadPart)
        return FALSE;
    return (ULONGLONG)Info->StartingByte.QuadPart <= Start + (Length - 1) &&
           Start <= (ULONGLONG)Info->EndingByte.QuadPart;
}

static BOOLEAN FsRtlpIsOwner(const FILE_LOCK_INFO *Info, PFILE_OBJECT FileObject, PVOID Process,
                             ULONG Key)
{
    return Info->FileObject == FileObject && Info->ProcessId == Process && Info->Key == Key;
}

// A shared lock lies within an exclusive one of the same owner; nothing else goes together with that.
static BOOLEAN FsRtlpConflicts(const FSRTL_LOCKS *Locks, const FILE_LOCK_INFO *New)
{
    for (PLIST_ENTRY Link = Locks->Granted.Flink; Link != &Locks->Granted; Link = Link->Flink) {
        const FILE_LOCK_INFO *Info = &CONTAINING_RECORD(Link, FSRTL_LOCK, Link)->Info;
        if (!FsRtlpMeet(Info, (ULONGLONG)New->StartingByte.QuadPart,
                        (ULONGLONG)New->Length.QuadPart))
            continue;
        if (New->ExclusiveLock)
            return TRUE;
        if (Info->ExclusiveLock && !FsRtlpIsOwner(Info, New->FileObject, New->ProcessId, New->Key))
            return TRUE;
    }
    return FALSE;
}

static NTSTATUS FsRtlpGrant(PFILE_LOCK FileLock, PFSRTL_LOCKS Locks, const FILE_LOCK_INFO *Info)
{
    PFSRTL_LOCK New = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*New), 'kLMF');
    if (!New)
        return STATUS_INSUFFICIENT_RESOURCES;
    New->Info = *Info;
    InsertTailList(&Locks->Granted, &New->Link);
    FileLock->FastIoIsQuestionable = TRUE;
    return STATUS_SUCCESS;
}

// ---- Requests

static FILE_LOCK_INFO FsRtlpInfoOf(PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    FILE_LOCK_INFO Info = {
        .StartingByte = Stack->Parameters.LockControl.ByteOffset,
        .Length = *Stack->Parameters.LockControl.Length,
        .ExclusiveLock = (Stack->Flags & SL_EXCLUSIVE_LOCK) != 0,
        .Key = Stack->Parameters.LockControl.Key,
        .FileObject = Stack->FileObject,
        .ProcessId = IoGetRequestorProcess(Irp),
    };
    Info.EndingByte.QuadPart = (LONGLONG)FsRtlpEndOf(Info.StartingByte, Info.Length);
    return Info;
}

static NTSTATUS FsRtlpComplete(PFILE_LOCK FileLock, PIRP Irp, PVOID Context, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    if (FileLock->CompleteLockIrpRoutine)
        return FileLock->CompleteLockIrpRoutine(Context, Irp);
    IofCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

// The lock of the lists is taken after the lock of cancelling is given back; who has taken the packet out of the list
// meanwhile leaves it to this.
static VOID NTAPI FsRtlpCancelWait(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    PFILE_LOCK FileLock = Irp->Tail.Overlay.DriverContext[ContextLocks];
    PFSRTL_LOCKS Locks = FileLock->LockInformation;
    RtlAcquireSRWLockExclusive(&Locks->Lock);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    InitializeListHead(&Irp->Tail.Overlay.ListEntry);
    RtlReleaseSRWLockExclusive(&Locks->Lock);
    (VOID) FsRtlpComplete(FileLock, Irp, Irp->Tail.Overlay.DriverContext[ContextUser],
                          STATUS_CANCELLED);
}

// FALSE: it is cancelled already. With the lock held.
static BOOLEAN FsRtlpWait(PFILE_LOCK FileLock, PFSRTL_LOCKS Locks, PIRP Irp, PVOID Context)
{
    Irp->Tail.Overlay.DriverContext[ContextLocks] = FileLock;
    Irp->Tail.Overlay.DriverContext[ContextUser] = Context;
    IoMarkIrpPending(Irp);
    InsertTailList(&Locks->Waiting, &Irp->Tail.Overlay.ListEntry);
    IoSetCancelRoutine(Irp, FsRtlpCancelWait);
    if (!Irp->Cancel || !IoSetCancelRoutine(Irp, NULL))
        return TRUE;
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    return FALSE;
}

static BOOLEAN FsRtlpLock(PFILE_LOCK FileLock, const FILE_LOCK_INFO *Info, BOOLEAN FailImmediately,
                          PIRP Irp, PVOID Context, PNTSTATUS Status)
{
    ULONGLONG Start = (ULONGLONG)Info->StartingByte.QuadPart,
              Length = (ULONGLONG)Info->Length.QuadPart;
    PFSRTL_LOCKS Locks = FsRtlpLocks(FileLock);
    *Status = STATUS_INSUFFICIENT_RESOURCES;
    if (!Locks)
        return TRUE;
    *Status = STATUS_INVALID_LOCK_RANGE;
    if (Length && Start + (Length - 1) < Start)
        return TRUE;
    RtlAcquireSRWLockExclusive(&Locks->Lock);
    if (!FsRtlpConflicts(Locks, Info))
        *Status = FsRtlpGrant(FileLock, Locks, Info);
    else if (FailImmediately || !Irp)
        *Status = STATUS_LOCK_NOT_GRANTED;
    else
        *Status = FsRtlpWait(FileLock, Locks, Irp, Context) ? STATUS_PENDING : STATUS_CANCELLED;
    RtlReleaseSRWLockExclusive(&Locks->Lock);
    return *Status != STATUS_PENDING;
}

// Those that wait and need not any more; taken out for completion, which is done without the lock.
static VOID FsRtlpTakeReady(PFILE_LOCK FileLock, PFSRTL_LOCKS Locks, PLIST_ENTRY Ready)
{
    InitializeListHead(Ready);
    PLIST_ENTRY Link = Locks->Waiting.Flink;
    while (Link != &Locks->Waiting) {
        PIRP Irp = CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
        FILE_LOCK_INFO Info = FsRtlpInfoOf(Irp);
        Link = Link->Flink;
        if (FsRtlpConflicts(Locks, &Info) || !IoSetCancelRoutine(Irp, NULL))
            continue;
        RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
        Irp->IoStatus.Status = FsRtlpGrant(FileLock, Locks, &Info);
        InsertTailList(Ready, &Irp->Tail.Overlay.ListEntry);
    }
    if (IsListEmpty(&Locks->Granted))
        FileLock->FastIoIsQuestionable = !IsListEmpty(&Locks->Waiting);
}

static VOID FsRtlpCompleteReady(PFILE_LOCK FileLock, PLIST_ENTRY Ready)
{
    while (!IsListEmpty(Ready)) {
        PIRP Irp = CONTAINING_RECORD(RemoveHeadList(Ready), IRP, Tail.Overlay.ListEntry);
        (VOID) FsRtlpComplete(FileLock, Irp, Irp->Tail.Overlay.DriverContext[ContextUser],
                              Irp->IoStatus.Status);
    }
}

// ---- Unlocking

typedef struct _FSRTL_UNLOCK {
    PFILE_OBJECT FileObject;
    PVOID Process;
    const LARGE_INTEGER *Offset, *Length; // null: any
    BOOLEAN ByKey;
    ULONG Key;
} FSRTL_UNLOCK;

static BOOLEAN FsRtlpIsMeant(const FILE_LOCK_INFO *Info, const FSRTL_UNLOCK *Unlock)
{
    return Info->FileObject == Unlock->FileObject && Info->ProcessId == Unlock->Process &&
           (!Unlock->ByKey || Info->Key == Unlock->Key) &&
           (!Unlock->Offset || (Info->StartingByte.QuadPart == Unlock->Offset->QuadPart &&
                                Info->Length.QuadPart == Unlock->Length->QuadPart));
}

static NTSTATUS FsRtlpUnlock(PFILE_LOCK FileLock, const FSRTL_UNLOCK *Unlock, PVOID Context)
{
    LIST_ENTRY Ready, Gone;
    PFSRTL_LOCKS Locks = FileLock->LockInformation;
    if (!Locks)
        return STATUS_RANGE_NOT_LOCKED;
    InitializeListHead(&Gone);
    RtlAcquireSRWLockExclusive(&Locks->Lock);
    PLIST_ENTRY Link = Locks->Granted.Flink;
    while (Link != &Locks->Granted && (!Unlock->Offset || IsListEmpty(&Gone))) {
        PFSRTL_LOCK Lock = CONTAINING_RECORD(Link, FSRTL_LOCK, Link);
        Link = Link->Flink;
        if (!FsRtlpIsMeant(&Lock->Info, Unlock))
            continue;
        RemoveEntryList(&Lock->Link);
        InsertTailList(&Gone, &Lock->Link);
    }
    FsRtlpTakeReady(FileLock, Locks, &Ready);
    RtlReleaseSRWLockExclusive(&Locks->Lock);
    NTSTATUS Status = IsListEmpty(&Gone) ? STATUS_RANGE_NOT_LOCKED : STATUS_SUCCESS;
    while (!IsListEmpty(&Gone)) {
        PFSRTL_LOCK Lock = CONTAINING_RECORD(RemoveHeadList(&Gone), FSRTL_LOCK, Link);
        if (FileLock->UnlockRoutine)
            FileLock->UnlockRoutine(Context, &Lock->Info);
        ExFreePoolWithTag(Lock, 'kLMF');
    }
    FsRtlpCompleteReady(FileLock, &Ready);
    return Status;
}

// Whoever waits by the file object of a process that gives it up waits no more.
static VOID FsRtlpEndWaits(PFILE_LOCK FileLock, PFILE_OBJECT FileObject, PVOID Process)
{
    LIST_ENTRY Ready;
    PFSRTL_LOCKS Locks = FileLock->LockInformation;
    if (!Locks)
        return;
    InitializeListHead(&Ready);
    RtlAcquireSRWLockExclusive(&Locks->Lock);
    PLIST_ENTRY Link = Locks->Waiting.Flink;
    while (Link != &Locks->Waiting) {
        PIRP Irp = CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
        Link = Link->Flink;
        BOOLEAN Meant =
            !FileObject || (IoGetCurrentIrpStackLocation(Irp)->FileObject == FileObject &&
                            IoGetRequestorProcess(Irp) == Process);
        if (!Meant || !IoSetCancelRoutine(Irp, NULL))
            continue;
        RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
        Irp->IoStatus.Status = STATUS_RANGE_NOT_LOCKED;
        InsertTailList(&Ready, &Irp->Tail.Overlay.ListEntry);
    }
    RtlReleaseSRWLockExclusive(&Locks->Lock);
    FsRtlpCompleteReady(FileLock, &Ready);
}

VOID NTAPI FsRtlUninitializeFileLock(PFILE_LOCK FileLock)
{
    PFSRTL_LOCKS Locks = FileLock->LockInformation;
    if (!Locks)
        return;
    FsRtlpEndWaits(FileLock, nullptr, nullptr);
    FileLock->LockInformation = nullptr;
    while (!IsListEmpty(&Locks->Granted))
        ExFreePoolWithTag(CONTAINING_RECORD(RemoveHeadList(&Locks->Granted), FSRTL_LOCK, Link),
                          'kLMF');
    ExFreePoolWithTag(Locks, 'kLMF');
}

NTSTATUS NTAPI FsRtlFastUnlockSingle(PFILE_LOCK FileLock, PFILE_OBJECT FileObject,
                                     PLARGE_INTEGER FileOffset, PLARGE_INTEGER Length,
                                     PEPROCESS Process, ULONG Key, PVOID Context,
                                     BOOLEAN AlreadySynchronized)
{
    UNREFERENCED_PARAMETER(AlreadySynchronized);
    const FSRTL_UNLOCK Unlock = {FileObject, Process, FileOffset, Length, TRUE, Key};
    return FsRtlpUnlock(FileLock, &Unlock, Context);
}

NTSTATUS NTAPI FsRtlFastUnlockAll(PFILE_LOCK FileLock, PFILE_OBJECT FileObject, PEPROCESS Process,
                                  PVOID Context)
{
    const FSRTL_UNLOCK Unlock = {.FileObject = FileObject, .Process = Process};
    FsRtlpEndWaits(FileLock, FileObject, Process);
    return FsRtlpUnlock(FileLock, &Unlock, Context);
}

NTSTATUS NTAPI FsRtlFastUnlockAllByKey(PFILE_LOCK FileLock, PFILE_OBJECT FileObject,
                                       PEPROCESS Process, ULONG Key, PVOID Context)
{
    const FSRTL_UNLOCK Unlock = {
        .FileObject = FileObject, .Process = Process, .ByKey = TRUE, .Key = Key};
    return FsRtlpUnlock(FileLock, &Unlock, Context);
}

// ---- Whole requests

BOOLEAN NTAPI FsRtlPrivateLock(PFILE_LOCK FileLock, PFILE_OBJECT FileObject,
                               PLARGE_INTEGER FileOffset, PLARGE_INTEGER Length, PEPROCESS Process,
                               ULONG Key, BOOLEAN FailImmediately, BOOLEAN ExclusiveLock,
                               PIO_STATUS_BLOCK IoStatus, PIRP Irp, PVOID Context,
                               BOOLEAN AlreadySynchronized)
{
    UNREFERENCED_PARAMETER(AlreadySynchronized);
    FILE_LOCK_INFO Info = {*FileOffset, *Length, ExclusiveLock, Key, FileObject, Process, {}};
    Info.EndingByte.QuadPart = (LONGLONG)FsRtlpEndOf(*FileOffset, *Length);
    NTSTATUS Status;
    BOOLEAN Over = FsRtlpLock(FileLock, &Info, FailImmediately, Irp, Context, &Status);
    IoStatus->Status = Status;
    IoStatus->Information = 0;
    if (Irp && Over)
        IoStatus->Status = FsRtlpComplete(FileLock, Irp, Context, Status);
    // Without a packet nothing can wait: the caller makes one.
    return Irp || FailImmediately || Status != STATUS_LOCK_NOT_GRANTED;
}

NTSTATUS NTAPI FsRtlProcessFileLock(PFILE_LOCK FileLock, PIRP Irp, PVOID Context)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PEPROCESS Process = IoGetRequestorProcess(Irp);
    PFILE_OBJECT File = Stack->FileObject;
    NTSTATUS Status = STATUS_INVALID_DEVICE_REQUEST;
    switch (Stack->MinorFunction) {
    case IRP_MN_LOCK: {
        FILE_LOCK_INFO Info = FsRtlpInfoOf(Irp);
        if (!FsRtlpLock(FileLock, &Info, (Stack->Flags & SL_FAIL_IMMEDIATELY) != 0, Irp, Context,
                        &Status))
            return STATUS_PENDING;
        break;
    }
    case IRP_MN_UNLOCK_SINGLE:
        Status = FsRtlFastUnlockSingle(FileLock, File, &Stack->Parameters.LockControl.ByteOffset,
                                       Stack->Parameters.LockControl.Length, Process,
                                       Stack->Parameters.LockControl.Key, Context, FALSE);
        break;
    case IRP_MN_UNLOCK_ALL:
        Status = FsRtlFastUnlockAll(FileLock, File, Process, Context);
        break;
    case IRP_MN_UNLOCK_ALL_BY_KEY:
        Status = FsRtlFastUnlockAllByKey(FileLock, File, Process, Stack->Parameters.LockControl.Key,
                                         Context);
        break;
    }
    return FsRtlpComplete(FileLock, Irp, Context, Status);
}

// ---- May it be read, or written?

static BOOLEAN FsRtlpMayAccess(PFILE_LOCK FileLock, const LARGE_INTEGER *Offset, ULONGLONG Length,
                               ULONG Key, PFILE_OBJECT FileObject, PVOID Process, BOOLEAN Write)
{
    PFSRTL_LOCKS Locks = FileLock->LockInformation;
    BOOLEAN May = TRUE;
    if (!Locks || IsListEmpty(&Locks->Granted))
        return TRUE;
    RtlAcquireSRWLockExclusive(&Locks->Lock);
    for (PLIST_ENTRY Link = Locks->Granted.Flink; Link != &Locks->Granted && May;
         Link = Link->Flink) {
        const FILE_LOCK_INFO *Info = &CONTAINING_RECORD(Link, FSRTL_LOCK, Link)->Info;
        if (!FsRtlpMeet(Info, (ULONGLONG)Offset->QuadPart, Length))
            continue;
        if (Info->ExclusiveLock)
            May = FsRtlpIsOwner(Info, FileObject, Process, Key);
        else
            May = !Write; // what is shared is written by nobody
    }
    RtlReleaseSRWLockExclusive(&Locks->Lock);
    return May;
}

BOOLEAN NTAPI FsRtlCheckLockForReadAccess(PFILE_LOCK FileLock, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    return FsRtlpMayAccess(FileLock, &Stack->Parameters.Read.ByteOffset,
                           Stack->Parameters.Read.Length, Stack->Parameters.Read.Key,
                           Stack->FileObject, IoGetRequestorProcess(Irp), FALSE);
}

BOOLEAN NTAPI FsRtlCheckLockForWriteAccess(PFILE_LOCK FileLock, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    return FsRtlpMayAccess(FileLock, &Stack->Parameters.Write.ByteOffset,
                           Stack->Parameters.Write.Length, Stack->Parameters.Write.Key,
                           Stack->FileObject, IoGetRequestorProcess(Irp), TRUE);
}

BOOLEAN NTAPI FsRtlFastCheckLockForRead(PFILE_LOCK FileLock, PLARGE_INTEGER StartingByte,
                                        PLARGE_INTEGER Length, ULONG Key, PFILE_OBJECT FileObject,
                                        PVOID Process)
{
    return FsRtlpMayAccess(FileLock, StartingByte, (ULONGLONG)Length->QuadPart, Key, FileObject,
                           Process, FALSE);
}

BOOLEAN NTAPI FsRtlFastCheckLockForWrite(PFILE_LOCK FileLock, PLARGE_INTEGER StartingByte,
                                         PLARGE_INTEGER Length, ULONG Key, PFILE_OBJECT FileObject,
                                         PVOID Process)
{
    return FsRtlpMayAccess(FileLock, StartingByte, (ULONGLONG)Length->QuadPart, Key, FileObject,
                           Process, TRUE);
}

// An oplock can be had only when nobody has locks.
BOOLEAN NTAPI FsRtlCheckLockForOplockRequest(PFILE_LOCK FileLock, PLARGE_INTEGER AllocationSize)
{
    UNREFERENCED_PARAMETER(AllocationSize);
    PFSRTL_LOCKS Locks = FileLock->LockInformation;
    return !Locks || IsListEmpty(&Locks->Granted);
}

// One lock after another. The caller sees to it that they do not change.
PFILE_LOCK_INFO NTAPI FsRtlGetNextFileLock(PFILE_LOCK FileLock, BOOLEAN Restart)
{
    PFSRTL_LOCKS Locks = FileLock->LockInformation;
    if (!Locks)
        return nullptr;
    RtlAcquireSRWLockExclusive(&Locks->Lock);
    PLIST_ENTRY Last = Restart ? nullptr : FileLock->LastReturnedLock;
    PLIST_ENTRY Next = Locks->Granted.Flink;
    for (PLIST_ENTRY Link = Locks->Granted.Flink; Last && Link != &Locks->Granted;
         Link = Link->Flink) {
        if (Link == Last)
            Next = Link->Flink;
    }
    PFILE_LOCK_INFO Found = nullptr;
    if (Next != &Locks->Granted) {
        FileLock->LastReturnedLockInfo = CONTAINING_RECORD(Next, FSRTL_LOCK, Link)->Info;
        FileLock->LastReturnedLock = Next;
        Found = &FileLock->LastReturnedLockInfo;
    }
    RtlReleaseSRWLockExclusive(&Locks->Lock);
    return Found;
}

// ---- Questions. Without locks there are no lists.

static BOOLEAN FsRtlpHasLocks(PFILE_LOCK FileLock, BOOLEAN Granted)
{
    PFSRTL_LOCKS Locks = FileLock->LockInformation;
    if (!Locks)
        return FALSE;
    RtlAcquireSRWLockExclusive(&Locks->Lock);
    BOOLEAN Any = !IsListEmpty(&Locks->Waiting) || (Granted && !IsListEmpty(&Locks->Granted));
    RtlReleaseSRWLockExclusive(&Locks->Lock);
    return Any;
}

BOOLEAN NTAPI FsRtlAreThereCurrentOrInProgressFileLocks(PFILE_LOCK FileLock)
{
    return FsRtlpHasLocks(FileLock, TRUE);
}

BOOLEAN NTAPI FsRtlAreThereWaitingFileLocks(PFILE_LOCK FileLock)
{
    return FsRtlpHasLocks(FileLock, FALSE);
}
