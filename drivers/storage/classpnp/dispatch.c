// Opening and closing, reads and writes, flushes: what the driver and the library do in turn.
#include "classp.h"

static NTSTATUS Enter(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return ClassAcquireRemoveLock(DeviceObject, Irp) == NO_REMOVE ? STATUS_SUCCESS
                                                                  : STATUS_DEVICE_DOES_NOT_EXIST;
}

// Also of a device that is gone, files are closed.
NTSTATUS NTAPI ClasspCreateClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    NTSTATUS Status = Enter(DeviceObject, Irp);
    if (!NT_SUCCESS(Status) && Stack->MajorFunction == IRP_MJ_CREATE)
        return ClasspComplete(DeviceObject, Irp, Status, 0);
    if (Stack->MajorFunction == IRP_MJ_CLEANUP && Common->IsFdo)
        ClasspReleaseFileLocks(ClasspFdo(DeviceObject), Stack->FileObject);
    if (NT_SUCCESS(Status) && Common->DevInfo->ClassCreateClose) {
        Status = Common->DevInfo->ClassCreateClose(DeviceObject, Irp);
        if (!NT_SUCCESS(Status))
            return ClasspComplete(DeviceObject, Irp, Status, 0);
    }
    if (!NT_SUCCESS(Status))
        return ClasspComplete(DeviceObject, Irp, STATUS_SUCCESS, 0);
    return ClasspPassDown(DeviceObject, Irp);
}

// ---- Reads and writes

static BOOLEAN MustVerify(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return TEST_FLAG(DeviceObject->Flags, DO_VERIFY_VOLUME) &&
           !TEST_FLAG(IoGetCurrentIrpStackLocation(Irp)->Flags, SL_OVERRIDE_VERIFY_VOLUME);
}

NTSTATUS NTAPI ClasspReadWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(DeviceObject);
    PCLASS_DEV_INFO Info = Fdo->CommonExtension.DevInfo;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = Enter(DeviceObject, Irp);
    if (!NT_SUCCESS(Status))
        return ClasspComplete(DeviceObject, Irp, Status, 0);
    if (MustVerify(DeviceObject, Irp))
        return ClasspComplete(DeviceObject, Irp, STATUS_VERIFY_REQUIRED, 0);
    Irp->IoStatus.Information = 0;
    if (Info->ClassReadWriteVerification) {
        Status = Info->ClassReadWriteVerification(DeviceObject, Irp);
        if (!NT_SUCCESS(Status))
            return ClasspComplete(DeviceObject, Irp, Status, 0);
        if (Status == STATUS_PENDING)
            return Status; // the driver goes on with it
    }
    if (Stack->Parameters.Read.Length == 0)
        return ClasspComplete(DeviceObject, Irp, STATUS_SUCCESS, 0);
    if (!Irp->MdlAddress)
        return ClasspComplete(DeviceObject, Irp, STATUS_INVALID_PARAMETER, 0);
    Stack->Parameters.Read.ByteOffset.QuadPart += Fdo->CommonExtension.StartingOffset.QuadPart;
    if (Fdo->CommonExtension.DriverExtension->InitData.ClassStartIo) {
        IoMarkIrpPending(Irp);
        IoStartPacket(DeviceObject, Irp, nullptr, nullptr);
        return STATUS_PENDING;
    }
    return ClasspTransfer(Fdo, Irp);
}

// ---- The rest

NTSTATUS NTAPI ClasspShutdownFlush(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    NTSTATUS Status = Enter(DeviceObject, Irp);
    if (!NT_SUCCESS(Status))
        return ClasspComplete(DeviceObject, Irp, Status, 0);
    if (Common->DevInfo->ClassShutdownFlush)
        return Common->DevInfo->ClassShutdownFlush(DeviceObject, Irp);
    return ClasspComplete(DeviceObject, Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

NTSTATUS NTAPI ClasspInternalControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    NTSTATUS Status = Enter(DeviceObject, Irp);
    if (!NT_SUCCESS(Status))
        return ClasspComplete(DeviceObject, Irp, Status, 0);
    return ClassInternalIoControl(DeviceObject, Irp);
}

// Requests of drivers above, SCSI requests among them, are for the port driver.
NTSTATUS NTAPI ClassInternalIoControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return ClasspPassDown(DeviceObject, Irp);
}

NTSTATUS NTAPI ClasspSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    NTSTATUS Status = Enter(DeviceObject, Irp);
    if (!NT_SUCCESS(Status))
        return ClasspComplete(DeviceObject, Irp, Status, 0);
    return ClasspPassDown(DeviceObject, Irp);
}

// Nothing of WMI is registered, as it has no consumer: an event has nobody who hears it.
NTSTATUS NTAPI ClassWmiFireEvent(PDEVICE_OBJECT DeviceObject, LPGUID Guid, ULONG InstanceIndex,
                                 ULONG EventDataSize, PVOID EventData)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Guid);
    UNREFERENCED_PARAMETER(InstanceIndex);
    UNREFERENCED_PARAMETER(EventDataSize);
    UNREFERENCED_PARAMETER(EventData);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ClassWmiCompleteRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp, NTSTATUS Status,
                                       ULONG BufferUsed, CCHAR PriorityBoost)
{
    UNREFERENCED_PARAMETER(PriorityBoost);
    return ClasspComplete(DeviceObject, Irp, Status, NT_SUCCESS(Status) ? BufferUsed : 0);
}
