// File objects: one for each file that the Executive has open on a device of this host, and one for each that a
// driver here has opened on a device of another (pointer.c).

#include "../ntos.h"

typedef struct _IOP_FILE {
    FILE_OBJECT Object; // first
    ULONG Number;       // 0: closed
    LIST_ENTRY Link;
    // For a driver that has its pointer; null: others keep it open
    HANDLE Handle;
    LIST_ENTRY HeldLink; // with a handle
    BOOLEAN Closing;     // CloseItem is queued
    BOOLEAN Foreign;     // of a device of another host, from where no IRP_MJ_CLOSE comes
    WORK_QUEUE_ITEM CloseItem;
} IOP_FILE, *PIOP_FILE;

enum { TableBuckets = 64 };

static RTL_SRWLOCK IopFileLock;
static LIST_ENTRY IopFiles[TableBuckets];
static LIST_ENTRY IopHeldFiles = {&IopHeldFiles, &IopHeldFiles};

static VOID IopDeleteFileObject(PVOID Object)
{
    PFILE_OBJECT File = Object;
    if (File->FileName.Buffer)
        ExFreePoolWithTag(File->FileName.Buffer, 'mNoI');
    if (File->RelatedFileObject)
        ObfDereferenceObject(File->RelatedFileObject);
    if (File->Vpb)
        IopDereferenceVpb(File->Vpb);
    ObfDereferenceObject(File->DeviceObject);
}

static VOID IopCloseUnused(PVOID Object);

OBJECT_TYPE IopFileType = {"File", IopDeleteFileObject, IopCloseUnused};

static PLIST_ENTRY IopBucket(ULONG Number)
{
    PLIST_ENTRY Bucket = &IopFiles[Number % TableBuckets];
    if (!Bucket->Flink)
        InitializeListHead(Bucket);
    return Bucket;
}

PFILE_OBJECT IopReferenceFile(ULONG Number)
{
    PFILE_OBJECT Found = nullptr;
    KiLock(&IopFileLock);
    PLIST_ENTRY Bucket = IopBucket(Number);
    for (PLIST_ENTRY Link = Bucket->Flink; Link != Bucket && !Found; Link = Link->Flink) {
        PIOP_FILE File = CONTAINING_RECORD(Link, IOP_FILE, Link);
        if (File->Number == Number)
            Found = &File->Object;
    }
    if (Found)
        ObfReferenceObject(Found);
    KiUnlock(&IopFileLock);
    return Found;
}

static NTSTATUS IopSetFileName(PFILE_OBJECT File, PCWSTR Name, ULONG Length)
{
    if (!Length)
        return STATUS_SUCCESS;
    if (Length > MAXUSHORT - sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    // File systems append to the name within the maximum length.
    File->FileName.Buffer = ExAllocatePoolWithTag(PagedPool, Length + sizeof(WCHAR), 'mNoI');
    if (!File->FileName.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(File->FileName.Buffer, Name, Length);
    File->FileName.Length = (USHORT)Length;
    File->FileName.MaximumLength = (USHORT)(Length + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

static PIOP_FILE IopAllocateFile(PDEVICE_OBJECT Device)
{
    PIOP_FILE File = ObpAllocateObject(&IopFileType, sizeof(*File));
    if (!File)
        return nullptr;
    PFILE_OBJECT Object = &File->Object;
    Object->Type = IO_TYPE_FILE;
    Object->Size = sizeof(*Object);
    ObfReferenceObject(Device);
    Object->DeviceObject = Device;
    Object->Vpb = IopReferenceVpb(Device);
    KeInitializeEvent(&Object->Lock, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Object->Event, NotificationEvent, FALSE);
    KeInitializeSpinLock(&Object->IrpListLock);
    InitializeListHead(&Object->IrpList);
    return File;
}

static VOID IopRememberFile(PIOP_FILE File, ULONG Number)
{
    File->Number = Number;
    KiLock(&IopFileLock);
    InsertTailList(IopBucket(Number), &File->Link);
    KiUnlock(&IopFileLock);
}

// With one reference, which IopForgetFile gives back.
PFILE_OBJECT IopCreateFileObject(ULONG Number, PDEVICE_OBJECT Device, const HOST_CREATE *Create,
                                 PCWSTR Name)
{
    PIOP_FILE File = IopAllocateFile(Device);
    if (!File)
        return nullptr;
    PFILE_OBJECT Object = &File->Object;
    Object->Flags = Create->FileFlags;
    if ((Object->Flags & FO_DIRECT_DEVICE_OPEN) && Object->Vpb) {
        IopDereferenceVpb(Object->Vpb);
        Object->Vpb = nullptr;
    }
    if (!NT_SUCCESS(IopSetFileName(Object, Name, Create->NameLength))) {
        ObfDereferenceObject(Object);
        return nullptr;
    }
    if (Create->RelatedFile)
        Object->RelatedFileObject = IopReferenceFile(Create->RelatedFile);
    IopRememberFile(File, Number);
    return Object;
}

VOID IopForgetFile(PFILE_OBJECT Object)
{
    PIOP_FILE File = CONTAINING_RECORD(Object, IOP_FILE, Object);
    KiLock(&IopFileLock);
    BOOLEAN Known = File->Number != 0;
    if (Known)
        RemoveEntryList(&File->Link);
    File->Number = 0;
    KiUnlock(&IopFileLock);
    if (Known)
        ObfDereferenceObject(Object);
}

static VOID IopKeepHandle(PIOP_FILE File, HANDLE Handle);

// A file object of a driver's own, on a volume if one is mounted on the device, or about to be. It is closed when
// nobody refers to it any more, here and in the cache.
static NTSTATUS IopMakeStreamFile(PDEVICE_OBJECT Device, PFILE_OBJECT *FileObject)
{
    HANDLE Handle;
    ULONG Number;
    PDEVICE_OBJECT Owner =
        Device->Vpb && Device->Vpb->DeviceObject ? Device->Vpb->DeviceObject : Device;
    NTSTATUS Status = NtHostCreateStreamFile(IopDeviceNumber(Owner), &Handle, &Number);
    PIOP_FILE File = NT_SUCCESS(Status) ? IopAllocateFile(Device) : nullptr;
    if (!File) {
        if (NT_SUCCESS(Status))
            NtClose(Handle);
        return NT_SUCCESS(Status) ? STATUS_INSUFFICIENT_RESOURCES : Status;
    }
    File->Object.Flags = FO_STREAM_FILE | FO_CLEANUP_COMPLETE;
    File->Object.ReadAccess = File->Object.WriteAccess = TRUE;
    ObfReferenceObject(&File->Object); // the table's
    IopRememberFile(File, Number);
    IopKeepHandle(File, Handle);
    *FileObject = &File->Object;
    return STATUS_SUCCESS;
}

PFILE_OBJECT NTAPI IoCreateStreamFileObjectEx(PFILE_OBJECT FileObject, PDEVICE_OBJECT DeviceObject,
                                              PHANDLE FileObjectHandle)
{
    PFILE_OBJECT Stream;
    PDEVICE_OBJECT Device = FileObject ? FileObject->DeviceObject : DeviceObject;
    NTSTATUS Status = IopMakeStreamFile(Device, &Stream);
    if (!NT_SUCCESS(Status))
        ExRaiseStatus(Status);
    if (FileObjectHandle)
        *FileObjectHandle = nullptr; // the object alone keeps it
    return Stream;
}

PFILE_OBJECT NTAPI IoCreateStreamFileObject(PFILE_OBJECT FileObject, PDEVICE_OBJECT DeviceObject)
{
    return IoCreateStreamFileObjectEx(FileObject, DeviceObject, nullptr);
}

PFILE_OBJECT NTAPI IoCreateStreamFileObjectLite(PFILE_OBJECT FileObject,
                                                PDEVICE_OBJECT DeviceObject)
{
    return IoCreateStreamFileObjectEx(FileObject, DeviceObject, nullptr);
}

ULONG IopFileNumberOf(PFILE_OBJECT File)
{
    return CONTAINING_RECORD(File, IOP_FILE, Object)->Number;
}

// ---- Files that drivers hold by pointer

// Called with the lock. Nobody has the pointer, and nobody gets it while the lock is held.
static HANDLE IopTakeUnusedHandle(PIOP_FILE File)
{
    if (ObpReferencesOf(&File->Object) != 1)
        return nullptr;
    HANDLE Handle = File->Handle;
    File->Handle = nullptr;
    RemoveEntryList(&File->HeldLink);
    return Handle;
}

// Without its handle the file may be deleted at any time, unless it is foreign.
static VOID IopCloseFile(PIOP_FILE File, BOOLEAN Foreign, HANDLE Handle)
{
    if (!Handle)
        return;
    if (Foreign)
        IopForgetFile(&File->Object);
    NtClose(Handle);
}

static VOID NTAPI IopCloseLater(PVOID Parameter)
{
    PIOP_FILE File = Parameter;
    BOOLEAN Foreign = File->Foreign;
    KiLock(&IopFileLock);
    File->Closing = FALSE;
    HANDLE Handle = IopTakeUnusedHandle(File);
    KiUnlock(&IopFileLock);
    IopCloseFile(File, Foreign, Handle);
}

// A file with a handle is not deleted before that is closed. Object is not looked into: it may be gone.
static PIOP_FILE IopFindHeld(PVOID Object)
{
    for (PLIST_ENTRY Link = IopHeldFiles.Flink; Link != &IopHeldFiles; Link = Link->Flink) {
        PIOP_FILE File = CONTAINING_RECORD(Link, IOP_FILE, HeldLink);
        if (&File->Object == Object)
            return File->Closing ? nullptr : File;
    }
    return nullptr;
}

// The table's reference is the last: nobody has the pointer, so the file may be closed, for which its own
// driver is called. Most hosts hold no file, and need not look.
static VOID IopCloseUnused(PVOID Object)
{
    if (__atomic_load_n(&IopHeldFiles.Flink, __ATOMIC_RELAXED) == &IopHeldFiles)
        return;
    BOOLEAN Now = KeGetCurrentIrql() == PASSIVE_LEVEL, Foreign = FALSE;
    HANDLE Handle = nullptr;
    KiLock(&IopFileLock);
    PIOP_FILE File = IopFindHeld(Object);
    if (File && Now) {
        Foreign = File->Foreign;
        Handle = IopTakeUnusedHandle(File);
    } else if (File) {
        File->Closing = TRUE; // it stays until the item has run
        ExInitializeWorkItem(&File->CloseItem, IopCloseLater, File);
        ExQueueWorkItem(&File->CloseItem, DelayedWorkQueue);
    }
    KiUnlock(&IopFileLock);
    IopCloseFile(File, Foreign, Handle);
}

// One handle is enough: of two that come at the same time the second is not needed.
static VOID IopKeepHandle(PIOP_FILE File, HANDLE Handle)
{
    KiLock(&IopFileLock);
    BOOLEAN IsHeld = File->Handle != nullptr;
    if (!IsHeld) {
        File->Handle = Handle;
        InsertTailList(&IopHeldFiles, &File->HeldLink);
    }
    KiUnlock(&IopFileLock);
    if (IsHeld)
        NtClose(Handle);
}

// The file behind a handle that is the caller's to give away: it is closed with the last reference to the
// object, of which the caller gets one.
NTSTATUS IopHoldFile(HANDLE Handle, PFILE_OBJECT *FileObject)
{
    ULONG DeviceNumber, Number;
    NTSTATUS Status = NtHostReferenceFileDevice(Handle, &DeviceNumber, &Number);
    if (!NT_SUCCESS(Status))
        return Status;
    PFILE_OBJECT Object = IopReferenceFile(Number);
    if (!Object) {
        PDEVICE_OBJECT Device = IopReferenceAnyDevice(DeviceNumber);
        if (!Device)
            return STATUS_NO_SUCH_DEVICE;
        PIOP_FILE File = IopAllocateFile(Device);
        ObfDereferenceObject(Device);
        if (!File)
            return STATUS_INSUFFICIENT_RESOURCES;
        File->Foreign = TRUE;
        Object = &File->Object;
        ObfReferenceObject(Object);
        IopRememberFile(File, Number);
    }
    IopKeepHandle(CONTAINING_RECORD(Object, IOP_FILE, Object), Handle);
    *FileObject = Object;
    return STATUS_SUCCESS;
}
