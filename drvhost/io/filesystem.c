// File systems: their registration, and drivers that want to hear of it.

#include "../ntos.h"

typedef struct _IOP_FILE_SYSTEM {
    LIST_ENTRY Link;
    PDEVICE_OBJECT Device;
} IOP_FILE_SYSTEM, *PIOP_FILE_SYSTEM;

typedef struct _IOP_FS_WATCHER {
    LIST_ENTRY Link;
    PDRIVER_OBJECT Driver;
    PDRIVER_FS_NOTIFICATION Routine;
} IOP_FS_WATCHER, *PIOP_FS_WATCHER;

static FAST_MUTEX IopFileSystemLock;
static BOOLEAN IopFileSystemLockReady;
static LIST_ENTRY IopFileSystems = {&IopFileSystems, &IopFileSystems};
static LIST_ENTRY IopWatchers = {&IopWatchers, &IopWatchers};

static VOID IopLockFileSystems(void)
{
    static RTL_SRWLOCK Once;
    RtlAcquireSRWLockExclusive(&Once);
    if (!IopFileSystemLockReady)
        ExInitializeFastMutex(&IopFileSystemLock);
    IopFileSystemLockReady = TRUE;
    RtlReleaseSRWLockExclusive(&Once);
    ExAcquireFastMutex(&IopFileSystemLock);
}

static VOID IopTellWatchers(PDEVICE_OBJECT Device, BOOLEAN Active)
{
    for (PLIST_ENTRY Link = IopWatchers.Flink; Link != &IopWatchers; Link = Link->Flink)
        CONTAINING_RECORD(Link, IOP_FS_WATCHER, Link)->Routine(Device, Active);
}

// A file system hears of the shutdown too, after everybody else.
VOID NTAPI IoRegisterFileSystem(PDEVICE_OBJECT DeviceObject)
{
    PIOP_FILE_SYSTEM New = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*New), 'sFoI');
    if (!New)
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    New->Device = DeviceObject;
    IopLockFileSystems();
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    IopPublishDevice(DeviceObject);
    InsertHeadList(&IopFileSystems, &New->Link);
    NTSTATUS Status = NtHostRegisterFileSystem(IopDeviceNumber(DeviceObject), TRUE);
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
                   "driver host %lu: a file system is not registered: %08lx\n", KiConnection.HostId,
                   Status);
    (VOID) NtHostRegisterShutdown(IopDeviceNumber(DeviceObject), HOST_SHUTDOWN_LAST_CHANCE);
    IopTellWatchers(DeviceObject, TRUE);
    ExReleaseFastMutex(&IopFileSystemLock);
}

VOID NTAPI IoUnregisterFileSystem(PDEVICE_OBJECT DeviceObject)
{
    IopLockFileSystems();
    for (PLIST_ENTRY Link = IopFileSystems.Flink; Link != &IopFileSystems; Link = Link->Flink) {
        PIOP_FILE_SYSTEM FileSystem = CONTAINING_RECORD(Link, IOP_FILE_SYSTEM, Link);
        if (FileSystem->Device != DeviceObject)
            continue;
        RemoveEntryList(Link);
        ExFreePoolWithTag(FileSystem, 'sFoI');
        (VOID) NtHostRegisterFileSystem(IopDeviceNumber(DeviceObject), FALSE);
        (VOID) NtHostRegisterShutdown(IopDeviceNumber(DeviceObject), HOST_SHUTDOWN_NONE);
        IopTellWatchers(DeviceObject, FALSE);
        break;
    }
    ExReleaseFastMutex(&IopFileSystemLock);
}

// Of the file systems in this host; of those that are there the driver hears at once.
NTSTATUS NTAPI IoRegisterFsRegistrationChange(PDRIVER_OBJECT DriverObject,
                                              PDRIVER_FS_NOTIFICATION DriverNotificationRoutine)
{
    PIOP_FS_WATCHER New = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*New), 'wFoI');
    if (!New)
        return STATUS_INSUFFICIENT_RESOURCES;
    New->Driver = DriverObject;
    New->Routine = DriverNotificationRoutine;
    IopLockFileSystems();
    InsertTailList(&IopWatchers, &New->Link);
    for (PLIST_ENTRY Link = IopFileSystems.Flink; Link != &IopFileSystems; Link = Link->Flink)
        DriverNotificationRoutine(CONTAINING_RECORD(Link, IOP_FILE_SYSTEM, Link)->Device, TRUE);
    ExReleaseFastMutex(&IopFileSystemLock);
    return STATUS_SUCCESS;
}

VOID NTAPI IoUnregisterFsRegistrationChange(PDRIVER_OBJECT DriverObject,
                                            PDRIVER_FS_NOTIFICATION DriverNotificationRoutine)
{
    IopLockFileSystems();
    for (PLIST_ENTRY Link = IopWatchers.Flink; Link != &IopWatchers; Link = Link->Flink) {
        PIOP_FS_WATCHER Watcher = CONTAINING_RECORD(Link, IOP_FS_WATCHER, Link);
        if (Watcher->Driver != DriverObject || Watcher->Routine != DriverNotificationRoutine)
            continue;
        RemoveEntryList(Link);
        ExFreePoolWithTag(Watcher, 'wFoI');
        break;
    }
    ExReleaseFastMutex(&IopFileSystemLock);
}
