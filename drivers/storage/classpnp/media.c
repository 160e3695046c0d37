// Removable media: is one there, may it be taken out, in and out.
#include "classp.h"

// ---- Is it there

NTSTATUS ClasspCheckVerify(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    ULONG Room = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    if (Room && Room < sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    PCLASSP_COMMAND Command = ClasspNewCommand(6, SCSIOP_TEST_UNIT_READY);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = ClasspSend(Fdo, Command);
    ExFreePoolWithTag(Command, ClasspTag);
    if (NT_SUCCESS(Status) && Room) {
        *(PULONG)Irp->AssociatedIrp.SystemBuffer = Fdo->MediaChangeCount;
        Irp->IoStatus.Information = sizeof(ULONG);
    }
    return Status;
}

// The completion routine of a TEST UNIT READY that a driver sent by itself for IOCTL_STORAGE_CHECK_VERIFY.
NTSTATUS NTAPI ClassCheckVerifyComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    UNREFERENCED_PARAMETER(Context);
    if (NT_SUCCESS(Irp->IoStatus.Status) &&
        Stack->Parameters.DeviceIoControl.OutputBufferLength >= sizeof(ULONG)) {
        *(PULONG)Irp->AssociatedIrp.SystemBuffer = ClasspFdo(DeviceObject)->MediaChangeCount;
        Irp->IoStatus.Information = sizeof(ULONG);
    }
    if (Irp->PendingReturned)
        IoMarkIrpPending(Irp);
    ClassReleaseRemoveLock(DeviceObject, Irp);
    return STATUS_SUCCESS;
}

// ---- Locks. A device is locked while its LockCount, ProtectedLockCount or InternalLockCount is not 0. The
// protected ones belong to files and go with them.

static NTSTATUS SendPrevent(PFUNCTIONAL_DEVICE_EXTENSION Fdo, BOOLEAN Prevent)
{
    PCLASSP_COMMAND Command = ClasspNewCommand(6, SCSIOP_MEDIUM_REMOVAL);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    Command->Cdb[4] = Prevent ? 1 : 0;
    NTSTATUS Status = ClasspSend(Fdo, Command);
    ExFreePoolWithTag(Command, ClasspTag);
    return Status;
}

static BOOLEAN IsLocked(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    return Fdo->LockCount || Fdo->ProtectedLockCount || Fdo->InternalLockCount;
}

static VOID LockEjection(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    KeWaitForSingleObject(&Fdo->EjectSynchronizationEvent, Executive, KernelMode, FALSE, nullptr);
}

static VOID UnlockEjection(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    KeSetEvent(&Fdo->EjectSynchronizationEvent, IO_NO_INCREMENT, FALSE);
}

// Count goes up or down; the device is told when it comes to be locked or free. The caller holds the event.
static NTSTATUS Change(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PLONG Count, BOOLEAN Prevent)
{
    if (!Prevent && *Count == 0)
        return STATUS_INVALID_DEVICE_STATE;
    BOOLEAN Before = IsLocked(Fdo);
    *Count += Prevent ? 1 : -1;
    if (IsLocked(Fdo) == Before)
        return STATUS_SUCCESS;
    NTSTATUS Status = SendPrevent(Fdo, Prevent);
    if (!NT_SUCCESS(Status) && Prevent)
        --*Count;
    return Status;
}

// A medium that cannot be removed is locked anyway.
NTSTATUS ClasspMediaRemoval(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const PREVENT_MEDIA_REMOVAL *Given = Irp->AssociatedIrp.SystemBuffer;
    UNREFERENCED_PARAMETER(Stack);
    if (!ClasspRemovable(Fdo))
        return STATUS_SUCCESS;
    LockEjection(Fdo);
    NTSTATUS Status = STATUS_SUCCESS;
    if (Given->PreventMediaRemoval || Fdo->LockCount) // allowing what is allowed is no error
        Status = Change(Fdo, &Fdo->LockCount, Given->PreventMediaRemoval);
    UnlockEjection(Fdo);
    return Status;
}

// ---- What files hold

PCLASSP_FILE ClasspFindFile(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PFILE_OBJECT File, BOOLEAN Make)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    PCLASSP_FILE Found = nullptr;
    if (!File)
        return nullptr;
    ExAcquireFastMutex(&Private->FileLock);
    for (PLIST_ENTRY Link = Private->Files.Flink; Link != &Private->Files && !Found;
         Link = Link->Flink) {
        PCLASSP_FILE Entry = CONTAINING_RECORD(Link, CLASSP_FILE, Link);
        if (Entry->Extension.FileObject == File)
            Found = Entry;
    }
    if (!Found && Make) {
        Found =
            ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Found), CLASS_TAG_FILE_OBJECT_EXTENSION);
        if (Found) {
            Found->Extension =
                (FILE_OBJECT_EXTENSION){.FileObject = File, .DeviceObject = Fdo->DeviceObject};
            InsertTailList(&Private->Files, &Found->Link);
        }
    }
    ExReleaseFastMutex(&Private->FileLock);
    return Found;
}

PFILE_OBJECT_EXTENSION NTAPI ClassGetFsContext(PCOMMON_DEVICE_EXTENSION CommonExtension,
                                               PFILE_OBJECT FileObject)
{
    PCLASSP_FILE File = ClasspFindFile(CommonExtension->PartitionZeroExtension, FileObject, FALSE);
    return File ? &File->Extension : nullptr;
}

static PCLASSP_FILE TakeFile(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PFILE_OBJECT File)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    PCLASSP_FILE Found = nullptr;
    ExAcquireFastMutex(&Private->FileLock);
    for (PLIST_ENTRY Link = Private->Files.Flink; Link != &Private->Files && !Found;
         Link = Link->Flink) {
        PCLASSP_FILE Entry = CONTAINING_RECORD(Link, CLASSP_FILE, Link);
        if (!File || Entry->Extension.FileObject == File)
            Found = Entry;
    }
    if (Found)
        RemoveEntryList(&Found->Link);
    ExReleaseFastMutex(&Private->FileLock);
    return Found;
}

// A file is closed; null: all of them, as the device is gone, which is not asked any more.
VOID ClasspReleaseFileLocks(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PFILE_OBJECT File)
{
    PCLASSP_FILE Entry;
    if (IsListEmpty(&Fdo->PrivateFdoData->Files))
        return;
    while ((Entry = TakeFile(Fdo, File)) != nullptr) {
        LockEjection(Fdo);
        BOOLEAN Before = IsLocked(Fdo);
        Fdo->ProtectedLockCount -= (LONG)Entry->Extension.LockCount;
        if (File && Before && !IsLocked(Fdo))
            SendPrevent(Fdo, FALSE);
        UnlockEjection(Fdo);
        for (ULONG i = 0; i < Entry->Extension.McnDisableCount; i++)
            ClassEnableMediaChangeDetection(Fdo);
        ExFreePoolWithTag(Entry, CLASS_TAG_FILE_OBJECT_EXTENSION);
    }
}

NTSTATUS ClasspEjectionControl(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const PREVENT_MEDIA_REMOVAL *Given = Irp->AssociatedIrp.SystemBuffer;
    if (!ClasspRemovable(Fdo))
        return STATUS_SUCCESS;
    PCLASSP_FILE File = ClasspFindFile(Fdo, Stack->FileObject, TRUE);
    if (!File)
        return Stack->FileObject ? STATUS_INSUFFICIENT_RESOURCES : STATUS_INVALID_PARAMETER;
    LockEjection(Fdo);
    NTSTATUS Status = STATUS_INVALID_DEVICE_STATE;
    if (Given->PreventMediaRemoval || File->Extension.LockCount)
        Status = Change(Fdo, &Fdo->ProtectedLockCount, Given->PreventMediaRemoval);
    if (NT_SUCCESS(Status))
        File->Extension.LockCount += Given->PreventMediaRemoval ? 1 : -1;
    UnlockEjection(Fdo);
    return Status;
}

NTSTATUS ClasspMcnControl(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const PREVENT_MEDIA_REMOVAL *Given = Irp->AssociatedIrp.SystemBuffer;
    PFILE_OBJECT_EXTENSION Extension = &Fdo->KernelModeMcnContext;
    if (Irp->RequestorMode != KernelMode) {
        PCLASSP_FILE File = ClasspFindFile(Fdo, Stack->FileObject, TRUE);
        if (!File)
            return Stack->FileObject ? STATUS_INSUFFICIENT_RESOURCES : STATUS_INVALID_PARAMETER;
        Extension = &File->Extension;
    }
    if (Given->PreventMediaRemoval) {
        Extension->McnDisableCount++;
        ClassDisableMediaChangeDetection(Fdo);
        return STATUS_SUCCESS;
    }
    if (Extension->McnDisableCount == 0)
        return STATUS_INVALID_DEVICE_STATE;
    Extension->McnDisableCount--;
    ClassEnableMediaChangeDetection(Fdo);
    return STATUS_SUCCESS;
}

// ---- In and out

static NTSTATUS Move(PFUNCTIONAL_DEVICE_EXTENSION Fdo, BOOLEAN In)
{
    PCLASSP_COMMAND Command = ClasspNewCommand(6, SCSIOP_START_STOP_UNIT);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    Command->Cdb[4] = (UCHAR)(2 | (In ? 1 : 0)); // load or eject
    Command->TimeOut = START_UNIT_TIMEOUT;
    NTSTATUS Status = ClasspSend(Fdo, Command);
    ExFreePoolWithTag(Command, ClasspTag);
    return Status;
}

// Not against a file's lock; the simple locks give way.
NTSTATUS ClasspEject(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Stack);
    if (!ClasspRemovable(Fdo))
        return STATUS_INVALID_DEVICE_REQUEST;
    LockEjection(Fdo);
    NTSTATUS Status = STATUS_DEVICE_BUSY;
    if (Fdo->ProtectedLockCount == 0 && Fdo->InternalLockCount == 0) {
        if (Fdo->LockCount) {
            Fdo->LockCount = 0;
            SendPrevent(Fdo, FALSE);
        }
        Status = Move(Fdo, FALSE);
    }
    UnlockEjection(Fdo);
    return Status;
}

NTSTATUS ClasspLoad(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Stack);
    if (!ClasspRemovable(Fdo))
        return STATUS_INVALID_DEVICE_REQUEST;
    return Move(Fdo, TRUE);
}
