#include "block.h"

enum { BlockTag = 'kclB', SenseBytes = 252 };

// ---- The driver

static VOID NTAPI BlockUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject); // the library frees what is its own
}

static NTSTATUS NTAPI BlockStopDevice(PDEVICE_OBJECT DeviceObject, UCHAR Type)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Type);
    return STATUS_SUCCESS;
}

NTSTATUS BlockInitialize(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
                         PCLASS_INIT_DATA Data)
{
    GUID SrbSupport = GUID_CLASSPNP_SRB_SUPPORT;
    ULONG Supported = CLASS_SRB_SCSI_REQUEST_BLOCK | CLASS_SRB_STORAGE_REQUEST_BLOCK;
    Data->InitializationDataSize = sizeof(*Data);
    Data->FdoData.ClassPowerDevice = ClassSpinDownPowerHandler;
    Data->FdoData.ClassStopDevice = BlockStopDevice;
    Data->ClassUnload = BlockUnload;
    NTSTATUS Status = (NTSTATUS)ClassInitialize(DriverObject, RegistryPath, Data);
    if (NT_SUCCESS(Status))
        Status = (NTSTATUS)ClassInitializeEx(DriverObject, &SrbSupport, &Supported);
    return Status;
}

// ---- A device

NTSTATUS BlockInitFdo(PFUNCTIONAL_DEVICE_EXTENSION Fdo, ULONG SrbsKept, const GUID *Interface)
{
    Fdo->SenseData = ExAllocatePoolWithTag(NonPagedPoolNx, SenseBytes, BlockTag);
    if (!Fdo->SenseData)
        return STATUS_INSUFFICIENT_RESOURCES;
    Fdo->SenseDataLength = SenseBytes;
    ClassInitializeSrbLookasideList(&Fdo->CommonExtension, SrbsKept);
    return IoRegisterDeviceInterface(Fdo->LowerPdo, Interface, nullptr, &BlockData(Fdo)->Interface);
}

VOID BlockStarted(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCSTR Key)
{
    PUNICODE_STRING Interface = &BlockData(Fdo)->Interface;
    ClassInitializeMediaChangeDetection(Fdo, (PUCHAR)Key);
    if (Interface->Buffer)
        IoSetDeviceInterfaceState(Interface, TRUE);
}

VOID BlockForgetInterface(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PUNICODE_STRING Interface = &BlockData(Fdo)->Interface;
    if (!Interface->Buffer)
        return;
    IoSetDeviceInterfaceState(Interface, FALSE);
    RtlFreeUnicodeString(Interface);
}

// ---- Requests

NTSTATUS NTAPI BlockReadWriteVerification(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = BlockFdo(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONGLONG Size = (ULONGLONG)Fdo->CommonExtension.PartitionLength.QuadPart;
    ULONGLONG Offset = (ULONGLONG)Stack->Parameters.Read.ByteOffset.QuadPart;
    ULONG Length = Stack->Parameters.Read.Length;
    ULONG Mask = Fdo->DiskGeometry.BytesPerSector - 1;
    if (Stack->Parameters.Read.ByteOffset.QuadPart < 0 || (Offset & Mask) || (Length & Mask))
        return STATUS_INVALID_PARAMETER;
    if (Size == 0 && TEST_FLAG(DeviceObject->Characteristics, FILE_REMOVABLE_MEDIA))
        return STATUS_NO_MEDIA_IN_DEVICE;
    if (Offset > Size || Length > Size - Offset)
        return STATUS_NONEXISTENT_SECTOR;
    return STATUS_SUCCESS;
}
