// Drives come, start and go, with their names: \Device\CdRomN, \??\CdRomN. What may be read.
#include <ntddk.h>

#include <initguid.h> // the identifiers of <ntddstor.h> are defined here

#include "cdrom.h"

enum { NameChars = 64, MostDrives = 4096, SrbsKept = 4 };

// ---- Names

static NTSTATUS MakeLink(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    WCHAR Text[NameChars];
    UNICODE_STRING Link;
    _snwprintf(Text, NameChars, L"\\??\\CdRom%u", Fdo->DeviceNumber);
    RtlInitUnicodeString(&Link, Text);
    NTSTATUS Status = IoCreateSymbolicLink(&Link, &Fdo->CommonExtension.DeviceName);
    if (Status == STATUS_OBJECT_NAME_COLLISION) { // of a host that ended
        IoDeleteSymbolicLink(&Link);
        Status = IoCreateSymbolicLink(&Link, &Fdo->CommonExtension.DeviceName);
    }
    BlockData(Fdo)->Named = NT_SUCCESS(Status);
    return Status;
}

static VOID DeleteLink(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    WCHAR Text[NameChars];
    UNICODE_STRING Link;
    if (!BlockData(Fdo)->Named)
        return;
    _snwprintf(Text, NameChars, L"\\??\\CdRom%u", Fdo->DeviceNumber);
    RtlInitUnicodeString(&Link, Text);
    IoDeleteSymbolicLink(&Link);
    BlockData(Fdo)->Named = FALSE;
}

// Whoever makes the device of a name has its number: drives of other hosts look for theirs at the same time.
static NTSTATUS Create(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Pdo, PDEVICE_OBJECT *Self)
{
    CHAR Name[NameChars];
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    for (ULONG Number = 0; Number < MostDrives && Status == STATUS_OBJECT_NAME_COLLISION;
         Number++) {
        _snprintf(Name, sizeof(Name), "\\Device\\CdRom%u", Number);
        Status = ClassCreateDeviceObject(DriverObject, Name, Pdo, TRUE, Self);
        if (NT_SUCCESS(Status))
            BlockFdo(*Self)->DeviceNumber = Number;
    }
    return Status;
}

// ---- Coming

NTSTATUS NTAPI CdAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Pdo)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status = ClassClaimDevice(Pdo, FALSE);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Create(DriverObject, Pdo, &Self);
    if (!NT_SUCCESS(Status))
        goto ReleaseClaim;
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = BlockFdo(Self);
    Fdo->LowerPdo = Pdo;
    Fdo->CommonExtension.LowerDeviceObject = IoAttachDeviceToDeviceStack(Self, Pdo);
    Status = STATUS_NO_SUCH_DEVICE;
    if (!Fdo->CommonExtension.LowerDeviceObject)
        goto DeleteDevice;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
DeleteDevice:
    IoDeleteDevice(Self);
ReleaseClaim:
    ClassClaimDevice(Pdo, TRUE);
    return Status;
}

NTSTATUS NTAPI CdInitFdo(PDEVICE_OBJECT DeviceObject)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = BlockFdo(DeviceObject);
    NTSTATUS Status = BlockInitFdo(Fdo, SrbsKept, &GUID_DEVINTERFACE_CDROM);
    return NT_SUCCESS(Status) ? MakeLink(Fdo) : Status;
}

// A drive starts with or without a medium.
NTSTATUS NTAPI CdStartFdo(PDEVICE_OBJECT DeviceObject)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = BlockFdo(DeviceObject);
    NTSTATUS Status = BlockLook(Fdo);
    if (Status == STATUS_NO_SUCH_DEVICE)
        return Status;
    BlockStarted(Fdo, "CdRom");
    return STATUS_SUCCESS;
}

// ---- Going

NTSTATUS NTAPI CdRemoveDevice(PDEVICE_OBJECT DeviceObject, UCHAR Type)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = BlockFdo(DeviceObject);
    if (Type == IRP_MN_QUERY_REMOVE_DEVICE || Type == IRP_MN_CANCEL_REMOVE_DEVICE)
        return STATUS_SUCCESS;
    BlockForgetInterface(Fdo);
    DeleteLink(Fdo);
    if (Type == IRP_MN_REMOVE_DEVICE)
        ClassClaimDevice(Fdo->CommonExtension.LowerDeviceObject, TRUE);
    return STATUS_SUCCESS;
}

// ---- Reads

NTSTATUS NTAPI CdReadWriteVerification(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_WRITE)
        return STATUS_MEDIA_WRITE_PROTECTED;
    return BlockReadWriteVerification(DeviceObject, Irp);
}
