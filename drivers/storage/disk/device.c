// Disks come, start and go; flushes.
#include <ntddk.h>

#include <initguid.h> // the identifiers of <ntddstor.h> are defined here

#include "disk.h"

// ---- Coming

static NTSTATUS Create(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Pdo, ULONG Number,
                       PDEVICE_OBJECT *Self)
{
    CHAR Name[64];
    _snprintf(Name, sizeof(Name), "\\Device\\Harddisk%u\\DR%u", Number, Number);
    NTSTATUS Status = ClassCreateDeviceObject(DriverObject, Name, Pdo, TRUE, Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = BlockFdo(*Self);
    Fdo->DeviceNumber = Number;
    Fdo->LowerPdo = Pdo;
    ExInitializeFastMutex(&DiskData(Fdo)->CacheLock);
    Fdo->CommonExtension.LowerDeviceObject = IoAttachDeviceToDeviceStack(*Self, Pdo);
    if (Fdo->CommonExtension.LowerDeviceObject)
        return STATUS_SUCCESS;
    IoDeleteDevice(*Self);
    return STATUS_NO_SUCH_DEVICE;
}

NTSTATUS NTAPI DiskAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Pdo)
{
    PDEVICE_OBJECT Self;
    HANDLE Directory;
    ULONG Number;
    NTSTATUS Status = ClassClaimDevice(Pdo, FALSE);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = DiskTakeNumber(&Number, &Directory);
    if (!NT_SUCCESS(Status))
        goto ReleaseClaim;
    Status = Create(DriverObject, Pdo, Number, &Self);
    if (!NT_SUCCESS(Status))
        goto CloseDirectory;
    BlockFdo(Self)->DeviceDirectory = Directory;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
CloseDirectory:
    ZwClose(Directory);
ReleaseClaim:
    ClassClaimDevice(Pdo, TRUE);
    return Status;
}

static VOID LoadParameters(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    ULONG Special = 0, Protected = 0;
    ClassGetDeviceParameter(Fdo, L"Disk", L"SpecialFlags", &Special);
    SET_FLAG(Fdo->ScanForSpecialFlags, Special & CLASS_SPECIAL_VALID_MASK);
    ClassGetDeviceParameter(Fdo, L"Disk", L"CacheIsPowerProtected", &Protected);
    if (Protected)
        SET_FLAG(Fdo->DeviceFlags, DEV_POWER_PROTECTED);
}

NTSTATUS NTAPI DiskInitFdo(PDEVICE_OBJECT DeviceObject)
{
    enum { SrbsKept = 8 };
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = BlockFdo(DeviceObject);
    NTSTATUS Status = BlockInitFdo(Fdo, SrbsKept, &GUID_DEVINTERFACE_DISK);
    if (!NT_SUCCESS(Status))
        return Status;
    LoadParameters(Fdo);
    return DiskMakeLinks(Fdo);
}

// A disk whose size cannot be read starts all the same: its medium may come later.
NTSTATUS NTAPI DiskStartFdo(PDEVICE_OBJECT DeviceObject)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = BlockFdo(DeviceObject);
    NTSTATUS Status = ClassReadDriveCapacity(DeviceObject);
    if (Status == STATUS_NO_SUCH_DEVICE)
        return Status;
    DiskReadModes(Fdo);
    BlockStarted(Fdo, "Disk");
    return STATUS_SUCCESS;
}

// ---- Going

NTSTATUS NTAPI DiskRemoveDevice(PDEVICE_OBJECT DeviceObject, UCHAR Type)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = BlockFdo(DeviceObject);
    if (Type == IRP_MN_QUERY_REMOVE_DEVICE || Type == IRP_MN_CANCEL_REMOVE_DEVICE)
        return STATUS_SUCCESS;
    BlockForgetInterface(Fdo);
    DiskDeleteLinks(Fdo);
    if (Type != IRP_MN_REMOVE_DEVICE)
        return STATUS_SUCCESS;
    ClassClaimDevice(Fdo->CommonExtension.LowerDeviceObject, TRUE);
    if (Fdo->DeviceDirectory)
        ZwClose(Fdo->DeviceDirectory);
    Fdo->DeviceDirectory = nullptr;
    return STATUS_SUCCESS;
}

// ---- Flushes

NTSTATUS NTAPI DiskShutdownFlush(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = BlockFdo(DeviceObject);
    NTSTATUS Status = STATUS_SUCCESS;
    if (TEST_FLAG(Fdo->DeviceFlags, DEV_WRITE_CACHE)) {
        DISK_COMMAND Command = {
            .Cdb = {SCSIOP_SYNCHRONIZE_CACHE}, .CdbLength = 10, .TimeOut = Fdo->TimeOutValue * 4};
        Status = DiskSend(Fdo, &Command);
    }
    return ClasspComplete(DeviceObject, Irp, Status, 0);
}
