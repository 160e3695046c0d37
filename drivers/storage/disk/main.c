#include "disk.h"

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    CLASS_INIT_DATA Data = {
        .FdoData =
            {
                .DeviceExtensionSize = sizeof(FUNCTIONAL_DEVICE_EXTENSION) + sizeof(DISK_DATA),
                .DeviceType = FILE_DEVICE_DISK,
                .DeviceCharacteristics = FILE_DEVICE_SECURE_OPEN,
                .ClassReadWriteVerification =
                    BlockReadWriteVerification, // writing is the medium's to refuse
                .ClassDeviceControl = DiskDeviceControl,
                .ClassShutdownFlush = DiskShutdownFlush,
                .ClassInitDevice = DiskInitFdo,
                .ClassStartDevice = DiskStartFdo,
                .ClassRemoveDevice = DiskRemoveDevice,
            },
        .ClassAddDevice = DiskAddDevice,
    };
    return BlockInitialize(DriverObject, RegistryPath, &Data);
}

// Data goes through memory that devices can use.
NTSTATUS DiskSend(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PDISK_COMMAND Command)
{
    SCSI_REQUEST_BLOCK Srb = {
        .Length = sizeof(Srb),
        .CdbLength = Command->CdbLength,
        .TimeOutValue = Command->TimeOut ? Command->TimeOut : Fdo->TimeOutValue,
        .SenseInfoBuffer = Command->Sense,
        .SenseInfoBufferLength = sizeof(Command->Sense),
    };
    PVOID Buffer = nullptr;
    RtlCopyMemory(Srb.Cdb, Command->Cdb, Command->CdbLength);
    if (Command->Length) {
        Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Command->Length, DiskTag);
        if (!Buffer)
            return STATUS_INSUFFICIENT_RESOURCES;
        RtlZeroMemory(Buffer, Command->Length);
        if (Command->Write)
            RtlCopyMemory(Buffer, Command->Data, Command->Length);
    }
    NTSTATUS Status =
        ClassSendSrbSynchronous(Fdo->DeviceObject, &Srb, Buffer, Command->Length, Command->Write);
    if (Status == STATUS_DATA_OVERRUN && !Command->Write &&
        Srb.DataTransferLength <= Command->Length)
        Status = STATUS_SUCCESS; // the device had less to say
    Command->Transferred = NT_SUCCESS(Status) ? min(Srb.DataTransferLength, Command->Length) : 0;
    Command->SenseLength =
        TEST_FLAG(Srb.SrbStatus, SRB_STATUS_AUTOSENSE_VALID) ? Srb.SenseInfoBufferLength : 0;
    if (!Command->Write && Command->Transferred)
        RtlCopyMemory(Command->Data, Buffer, Command->Transferred);
    if (Buffer)
        ExFreePoolWithTag(Buffer, DiskTag);
    return Status;
}
