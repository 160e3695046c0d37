// Drives come, start and go, with their names: \Device\CdRomN, \??\CdRomN. What may be read.
#include <ntddk.h>

#include <initguid.h> // the identifiers of <ntddstor.h> are defined here

#include "cdrom.h"

enum { NameChars = 64, MostDrives = 4096, SrbsKept = 4, SenseBytes = 252 };

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
    CdData(Fdo)->Named = NT_SUCCESS(Status);
    return Status;
}

static VOID DeleteLink(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    WCHAR Text[NameChars];
    UNICODE_STRING Link;
    if (!CdData(Fdo)->Named)
        return;
    _snwprintf(Text, NameChars, L"\\??\\CdRom%u", Fdo->DeviceNumber);
    RtlInitUnicodeString(&Link, Text);
    IoDeleteSymbolicLink(&Link);
    CdData(Fdo)->Named = FALSE;
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
            CdFdo(*Self)->DeviceNumber = Number;
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
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = CdFdo(Self);
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
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = CdFdo(DeviceObject);
    Fdo->SenseData = ExAllocatePoolWithTag(NonPagedPoolNx, SenseBytes, CdTag);
    if (!Fdo->SenseData)
        return STATUS_INSUFFICIENT_RESOURCES;
    Fdo->SenseDataLength = SenseBytes;
    ClassInitializeSrbLookasideList(&Fdo->CommonExtension, SrbsKept);
    NTSTATUS Status = IoRegisterDeviceInterface(Fdo->LowerPdo, &GUID_DEVINTERFACE_CDROM, nullptr,
                                                &CdData(Fdo)->Interface);
    return NT_SUCCESS(Status) ? MakeLink(Fdo) : Status;
}

// A drive starts with or without a medium.
NTSTATUS NTAPI CdStartFdo(PDEVICE_OBJECT DeviceObject)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = CdFdo(DeviceObject);
    PUNICODE_STRING Interface = &CdData(Fdo)->Interface;
    NTSTATUS Status = CdLook(Fdo);
    if (Status == STATUS_NO_SUCH_DEVICE)
        return Status;
    ClassInitializeMediaChangeDetection(Fdo, (PUCHAR) "CdRom");
    if (Interface->Buffer)
        IoSetDeviceInterfaceState(Interface, TRUE);
    return STATUS_SUCCESS;
}

// ---- Going

NTSTATUS NTAPI CdStopDevice(PDEVICE_OBJECT DeviceObject, UCHAR Type)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Type);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI CdRemoveDevice(PDEVICE_OBJECT DeviceObject, UCHAR Type)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = CdFdo(DeviceObject);
    PUNICODE_STRING Interface = &CdData(Fdo)->Interface;
    if (Type == IRP_MN_QUERY_REMOVE_DEVICE || Type == IRP_MN_CANCEL_REMOVE_DEVICE)
        return STATUS_SUCCESS;
    if (Interface->Buffer) {
        IoSetDeviceInterfaceState(Interface, FALSE);
        RtlFreeUnicodeString(Interface);
    }
    DeleteLink(Fdo);
    if (Type == IRP_MN_REMOVE_DEVICE)
        ClassClaimDevice(Fdo->CommonExtension.LowerDeviceObject, TRUE);
    return STATUS_SUCCESS;
}

// ---- Reads. Whole blocks of the medium; its size is looked at again when another one came.

NTSTATUS NTAPI CdReadWriteVerification(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = CdFdo(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONGLONG Size = (ULONGLONG)Fdo->CommonExtension.PartitionLength.QuadPart;
    ULONGLONG Offset = (ULONGLONG)Stack->Parameters.Read.ByteOffset.QuadPart;
    ULONG Length = Stack->Parameters.Read.Length;
    ULONG Mask = Fdo->DiskGeometry.BytesPerSector - 1;
    if (Stack->MajorFunction == IRP_MJ_WRITE)
        return STATUS_MEDIA_WRITE_PROTECTED;
    if (Stack->Parameters.Read.ByteOffset.QuadPart < 0 || (Offset & Mask) || (Length & Mask))
        return STATUS_INVALID_PARAMETER;
    if (Size == 0)
        return STATUS_NO_MEDIA_IN_DEVICE;
    if (Offset > Size || Length > Size - Offset)
        return STATUS_NONEXISTENT_SECTOR;
    return STATUS_SUCCESS;
}
