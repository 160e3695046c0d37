// Requests to other devices that are waited for.
#include "classp.h"

static NTSTATUS NTAPI RequestDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    return ClassSignalCompletion(DeviceObject, Irp, Context);
}

NTSTATUS NTAPI ClassSendIrpSynchronous(PDEVICE_OBJECT TargetDeviceObject, PIRP Irp)
{
    KEVENT Done;
    KeInitializeEvent(&Done, SynchronizationEvent, FALSE);
    IoSetCompletionRoutine(Irp, RequestDone, &Done, TRUE, TRUE, TRUE);
    IoCallDriver(TargetDeviceObject, Irp);
    KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, nullptr);
    return Irp->IoStatus.Status;
}

NTSTATUS NTAPI ClassForwardIrpSynchronous(PCOMMON_DEVICE_EXTENSION CommonExtension, PIRP Irp)
{
    IoCopyCurrentIrpStackLocationToNext(Irp);
    return ClassSendIrpSynchronous(CommonExtension->LowerDeviceObject, Irp);
}

VOID NTAPI ClassSendDeviceIoControlSynchronous(ULONG IoControlCode,
                                               PDEVICE_OBJECT TargetDeviceObject, PVOID Buffer,
                                               ULONG InputBufferLength, ULONG OutputBufferLength,
                                               BOOLEAN InternalDeviceIoControl,
                                               PIO_STATUS_BLOCK IoStatus)
{
    KEVENT Done;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildDeviceIoControlRequest(IoControlCode, TargetDeviceObject, Buffer,
                                             InputBufferLength, Buffer, OutputBufferLength,
                                             InternalDeviceIoControl, &Done, IoStatus);
    if (!Irp) {
        *IoStatus = (IO_STATUS_BLOCK){.Status = STATUS_INSUFFICIENT_RESOURCES};
        return;
    }
    NTSTATUS Status = IoCallDriver(TargetDeviceObject, Irp);
    if (Status == STATUS_PENDING)
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, nullptr);
    else
        IoStatus->Status = Status; // an error returned at once need not be in the block
}

// A descriptor of storage properties; the caller frees it with ExFreePool.
NTSTATUS NTAPI ClassGetDescriptor(PDEVICE_OBJECT DeviceObject, PSTORAGE_PROPERTY_ID PropertyId,
                                  PSTORAGE_DESCRIPTOR_HEADER *Descriptor)
{
    union {
        STORAGE_PROPERTY_QUERY Query;
        STORAGE_DESCRIPTOR_HEADER Header;
    } First = {.Query = {.PropertyId = *PropertyId, .QueryType = PropertyStandardQuery}};
    IO_STATUS_BLOCK IoStatus;
    *Descriptor = nullptr;
    ClassSendDeviceIoControlSynchronous(IOCTL_STORAGE_QUERY_PROPERTY, DeviceObject, &First,
                                        sizeof(First.Query), sizeof(First.Header), FALSE,
                                        &IoStatus);
    if (!NT_SUCCESS(IoStatus.Status))
        return IoStatus.Status;
    // A wrong length would be a mistake of the port driver's.
    enum { MostBytes = 0x10000 };
    if (IoStatus.Information < sizeof(First.Header) || First.Header.Size < sizeof(First.Header) ||
        First.Header.Size > MostBytes)
        return STATUS_UNSUCCESSFUL;
    ULONG Length = max(First.Header.Size, (ULONG)sizeof(STORAGE_PROPERTY_QUERY));
    PVOID Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Length, ClasspTag);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Buffer, Length);
    *(PSTORAGE_PROPERTY_QUERY)Buffer = (STORAGE_PROPERTY_QUERY){.PropertyId = *PropertyId};
    ClassSendDeviceIoControlSynchronous(IOCTL_STORAGE_QUERY_PROPERTY, DeviceObject, Buffer,
                                        sizeof(STORAGE_PROPERTY_QUERY), Length, FALSE, &IoStatus);
    if (!NT_SUCCESS(IoStatus.Status)) {
        ExFreePoolWithTag(Buffer, ClasspTag);
        return IoStatus.Status;
    }
    *Descriptor = Buffer;
    return STATUS_SUCCESS;
}
