// What a file system has granted to who has a file open: byte-range locks, and that the file goes with its last handle. The
// Executive keeps a list of it, because a fresh host of the file system has to be told again (revive.c).
#include "iop.h"

struct _IOP_FILE_LOCK {
    PIOP_FILE_LOCK Next;
    PEPROCESS Process; // referenced; whose it is
    ULONG64 Offset, Length;
    ULONG Key;
    BOOLEAN Exclusive;
};

NTSTATUS IopPrepareLock(PIO_REQUEST Request)
{
    Request->FileLock = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Request->FileLock), 'kLoI');
    return Request->FileLock ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static VOID IopRemoveLock(PIOP_FILE_LOCK *Place)
{
    PIOP_FILE_LOCK Lock = *Place;
    *Place = Lock->Next;
    ObDereferenceObject(Lock->Process);
    ExFreePool(Lock);
}

// Behind those that were granted before, which is the order that they can be granted in once more.
static VOID IopAddLock(PIO_REQUEST Request)
{
    PIOP_FILE_LOCK *Place = &Request->File->Locks, Lock = Request->FileLock;
    while (*Place)
        Place = &(*Place)->Next;
    *Lock = (IOP_FILE_LOCK){
        .Process = Request->Process,
        .Offset = Request->Parameters[2],
        .Length = Request->Parameters[0],
        .Key = (ULONG)Request->Parameters[1],
        .Exclusive = (Request->StackFlags & SL_EXCLUSIVE_LOCK) != 0,
    };
    ObReferenceObject(Lock->Process);
    Request->FileLock = nullptr;
    *Place = Lock;
}

static BOOLEAN IopIsLockMeant(const IOP_FILE_LOCK *Lock, const IO_REQUEST *Request)
{
    return Lock->Process == Request->Process &&
           (Request->MinorFunction != IRP_MN_UNLOCK_SINGLE ||
            (Lock->Offset == Request->Parameters[2] && Lock->Length == Request->Parameters[0] &&
             Lock->Key == (ULONG)Request->Parameters[1]));
}

VOID IopNoteLockRequest(PIO_REQUEST Request)
{
    PFILE_OBJECT File = Request->File;
    if (!File || !Request->Process)
        return;
    if (Request->MinorFunction == IRP_MN_LOCK) {
        if (Request->FileLock)
            IopAddLock(Request);
        return;
    }
    PIOP_FILE_LOCK *Place = &File->Locks;
    while (*Place) {
        if (!IopIsLockMeant(*Place, Request)) {
            Place = &(*Place)->Next;
            continue;
        }
        IopRemoveLock(Place);
        if (Request->MinorFunction == IRP_MN_UNLOCK_SINGLE)
            return;
    }
}

VOID IopDropLocks(PFILE_OBJECT File)
{
    while (File->Locks)
        IopRemoveLock(&File->Locks);
}

// ---- A fresh host

// The request has the lock until it is granted, as when that was asked for first.
static NTSTATUS IopLockAgain(PFILE_OBJECT File, PIOP_FILE_LOCK Lock)
{
    PIO_REQUEST Request = IopAllocateRequest(File->Device, File, IRP_MJ_LOCK_CONTROL, IRP_MN_LOCK);
    if (!Request) {
        IopRemoveLock(&Lock);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Request->FileLock = Lock;
    Request->Process = Lock->Process; // with the reference
    Request->Flags |= HOST_REQUEST_SYNCHRONOUS;
    Request->StackFlags = (UCHAR)(SL_FAIL_IMMEDIATELY | (Lock->Exclusive ? SL_EXCLUSIVE_LOCK : 0));
    Request->Parameters[0] = Lock->Length;
    Request->Parameters[1] = Lock->Key;
    Request->Parameters[2] = Lock->Offset;
    IopReferenceRequest(Request);
    IopStartRequest(Request);
    NTSTATUS Status = IopWaitForRequest(Request, FALSE);
    if (Status == STATUS_SUCCESS)
        Status = Request->IoStatus.Status;
    IopDereferenceRequest(Request);
    return Status;
}

// The first that is refused ends it: the program must not believe that it has locks which it has not. The last handle
// may be closed meanwhile, so those that are not granted yet are not the file's.
NTSTATUS IopRestoreLocks(PFILE_OBJECT File)
{
    NTSTATUS Status = STATUS_SUCCESS;
    PIOP_FILE_LOCK Locks = File->Locks;
    if (!File->Locked)
        return STATUS_SUCCESS;
    File->Locks = nullptr;
    File->Locked = File->StreamLocked = FALSE; // the cache has forgotten with the host
    Status = IopNoteLocks(File);
    while (Locks && NT_SUCCESS(Status) && !(File->Flags & FO_CLEANUP_COMPLETE)) {
        PIOP_FILE_LOCK Lock = Locks;
        Locks = Lock->Next;
        Status = IopLockAgain(File, Lock);
    }
    while (Locks)
        IopRemoveLock(&Locks);
    return Status;
}

// ---- Deletion

BOOLEAN IopNoteDisposition(PFILE_OBJECT File, BOOLEAN Delete)
{
    PFILE_OBJECT Other = nullptr;
    BOOLEAN Found = FALSE;
    File->DeletePending = Delete;
    while ((Other = IopNextSameFile(File, Other)) != nullptr) {
        Other->DeletePending = Delete;
        Found = TRUE;
    }
    return Found;
}

NTSTATUS IopRestoreDisposition(PFILE_OBJECT File)
{
    FILE_DISPOSITION_INFORMATION Disposition = {.DeleteFile = TRUE};
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_SET_INFORMATION,
        .File = File,
        .Parameters = {sizeof(Disposition), FileDispositionInformation},
        .Input = &Disposition,
        .InputLength = sizeof(Disposition),
    };
    return File->DeletePending ? IopCallDevice(File->Device, &Call, nullptr) : STATUS_SUCCESS;
}
