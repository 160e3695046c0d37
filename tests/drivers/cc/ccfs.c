// A file system on nothing: files are found by name, their data lies in pool, and what comes to them as paging
// requests is counted.

#include "ccfs.h"

DRIVER_INITIALIZE DriverEntry;

LIST_ENTRY CcfsFiles;
FAST_MUTEX CcfsLock;
PDEVICE_OBJECT CcfsDevice;

static BOOLEAN NTAPI CcfsAcquire(PVOID Context, BOOLEAN Wait)
{
    PCCFS_FCB Fcb = Context;
    return ExAcquireResourceSharedLite(&Fcb->Resource, Wait);
}

static VOID NTAPI CcfsRelease(PVOID Context)
{
    PCCFS_FCB Fcb = Context;
    ExReleaseResourceLite(&Fcb->Resource);
}

CACHE_MANAGER_CALLBACKS CcfsCallbacks = {CcfsAcquire, CcfsRelease, CcfsAcquire, CcfsRelease};

PCCFS_FCB CcfsFind(PCWSTR Name, ULONG Length)
{
    for (PLIST_ENTRY Link = CcfsFiles.Flink; Link != &CcfsFiles; Link = Link->Flink) {
        PCCFS_FCB Fcb = CONTAINING_RECORD(Link, CCFS_FCB, Link);
        if (wcslen(Fcb->Name) * sizeof(WCHAR) == Length &&
            RtlCompareMemory(Fcb->Name, Name, Length) == Length)
            return Fcb;
    }
    return NULL;
}

PCCFS_FCB CcfsMake(PCWSTR Name, ULONG Length)
{
    if (Length >= sizeof(((PCCFS_FCB)0)->Name))
        return NULL;
    PCCFS_FCB Fcb = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Fcb), 'sfCC');
    if (!Fcb)
        return NULL;
    RtlZeroMemory(Fcb, sizeof(*Fcb));
    RtlCopyMemory(Fcb->Name, Name, Length);
    ExInitializeResourceLite(&Fcb->Resource);
    ExInitializeResourceLite(&Fcb->PagingResource);
    Fcb->Header.Resource = &Fcb->Resource;
    Fcb->Header.PagingIoResource = &Fcb->PagingResource;
    InsertTailList(&CcfsFiles, &Fcb->Link);
    return Fcb;
}

NTSTATUS CcfsResize(PCCFS_FCB Fcb, ULONG64 Size)
{
    ULONG64 Room = (Size + PAGE_SIZE - 1) & ~(ULONG64)(PAGE_SIZE - 1);
    if (Size > CCFS_MOST)
        return STATUS_DISK_FULL;
    if (Room > Fcb->Room) {
        ULONG64 More = max(Room, min(2 * Fcb->Room, (ULONG64)CCFS_MOST));
        PUCHAR Disk = ExAllocatePoolWithTag(NonPagedPool, More, 'sfCC');
        if (!Disk)
            return STATUS_DISK_FULL;
        RtlZeroMemory(Disk + Fcb->Room, More - Fcb->Room);
        if (Fcb->Disk) {
            RtlCopyMemory(Disk, Fcb->Disk, Fcb->Room);
            ExFreePoolWithTag(Fcb->Disk, 'sfCC');
        }
        Fcb->Disk = Disk;
        Fcb->Room = More;
    }
    Fcb->Header.AllocationSize.QuadPart = (LONGLONG)Room;
    return STATUS_SUCCESS;
}

VOID CcfsStartCache(PFILE_OBJECT FileObject, PCCFS_FCB Fcb, BOOLEAN PinAccess)
{
    if (!FileObject->PrivateCacheMap)
        CcInitializeCacheMap(FileObject, (PCC_FILE_SIZES)&Fcb->Header.AllocationSize, PinAccess,
                             &CcfsCallbacks, Fcb);
}

// ---- Opening and closing

// Without a name it is the device, for control requests.
NTSTATUS NTAPI CcfsCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PFILE_OBJECT FileObject = Stack->FileObject;
    ULONG Disposition = Stack->Parameters.Create.Options >> 24;
    if (!FileObject->FileName.Length)
        return CcfsComplete(Irp, STATUS_SUCCESS, FILE_OPENED);
    PCWSTR Name = FileObject->FileName.Buffer + 1;
    ULONG Length = FileObject->FileName.Length - sizeof(WCHAR);
    ExAcquireFastMutex(&CcfsLock);
    PCCFS_FCB Fcb = CcfsFind(Name, Length);
    NTSTATUS Status = STATUS_SUCCESS;
    if (!Fcb && Disposition == FILE_OPEN)
        Status = STATUS_OBJECT_NAME_NOT_FOUND;
    else if (!Fcb)
        Fcb = CcfsMake(Name, Length);
    if (NT_SUCCESS(Status) && !Fcb)
        Status = STATUS_INSUFFICIENT_RESOURCES;
    // Who wants to write to a program that runs must wait.
    if (NT_SUCCESS(Status) &&
        (Stack->Parameters.Create.SecurityContext->DesiredAccess & FILE_WRITE_DATA) &&
        !MmFlushImageSection(&Fcb->Section, MmFlushForWrite))
        Status = STATUS_SHARING_VIOLATION;
    if (NT_SUCCESS(Status)) {
        Fcb->Opens++;
        FileObject->FsContext = Fcb;
        FileObject->SectionObjectPointer = &Fcb->Section;
    }
    ExReleaseFastMutex(&CcfsLock);
    return CcfsComplete(Irp, Status, FILE_OPENED);
}

NTSTATUS NTAPI CcfsCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PFILE_OBJECT FileObject = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    if (FileObject->FsContext)
        CcUninitializeCacheMap(FileObject, NULL, NULL);
    return CcfsComplete(Irp, STATUS_SUCCESS, 0);
}

NTSTATUS NTAPI CcfsClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PCCFS_FCB Fcb = IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext;
    ExAcquireFastMutex(&CcfsLock);
    if (Fcb) {
        Fcb->Opens--;
        Fcb->Counters.Closes++;
    }
    ExReleaseFastMutex(&CcfsLock);
    return CcfsComplete(Irp, STATUS_SUCCESS, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(CCFS_DEVICE);
    InitializeListHead(&CcfsFiles);
    ExInitializeFastMutex(&CcfsLock);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = CcfsCreate;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = CcfsCleanup;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = CcfsClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = CcfsRead;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = CcfsWrite;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = CcfsControl;
    DriverObject->MajorFunction[IRP_MJ_QUERY_INFORMATION] = CcfsQuery;
    DriverObject->MajorFunction[IRP_MJ_SET_INFORMATION] = CcfsSet;
    DriverObject->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = CcfsFlushBuffers;
    NTSTATUS Status = CcfsRegisterFilter(DriverObject);
    if (!NT_SUCCESS(Status))
        return Status;
    return IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_DISK_FILE_SYSTEM, 0, FALSE,
                          &CcfsDevice);
}
