// Requests that test drivers make, and how they tell the bus what comes to them, in the order in which it does.
#include "driver.h"

static NTSTATUS NTAPI WakeUp(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS PassOnAndWait(PDEVICE_OBJECT Lower, PIRP Irp)
{
    KEVENT Done;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, WakeUp, &Done, TRUE, TRUE, TRUE);
    if (IoCallDriver(Lower, Irp) == STATUS_PENDING)
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, nullptr);
    return Irp->IoStatus.Status;
}

NTSTATUS Ask(PDEVICE_OBJECT Device, BOOLEAN Internal, ULONG Code, PVOID Buffer, ULONG InputLength,
             ULONG OutputLength)
{
    KEVENT Done;
    IO_STATUS_BLOCK IoStatus;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildDeviceIoControlRequest(Code, Device, Buffer, InputLength, Buffer,
                                             OutputLength, Internal, &Done, &IoStatus);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = IoCallDriver(Device, Irp);
    if (Status != STATUS_PENDING)
        return Status;
    KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, nullptr);
    return IoStatus.Status;
}

VOID Report(PDEVICE_OBJECT Lower, PCSTR Who, PCSTR What)
{
    CHAR Text[64];
    int Length = _snprintf(Text, sizeof(Text), "%s.%s;", Who, What);
    if (Length > 0 && Length <= (int)sizeof(Text))
        Ask(Lower, TRUE, CHILD_REPORT, Text, (ULONG)Length, 0);
}

VOID ReportPnp(PDEVICE_OBJECT Lower, PCSTR Who, UCHAR MinorFunction)
{
    static const PCSTR Names[] = {
        [IRP_MN_START_DEVICE] = "start",        [IRP_MN_QUERY_REMOVE_DEVICE] = "query-remove",
        [IRP_MN_REMOVE_DEVICE] = "remove",      [IRP_MN_CANCEL_REMOVE_DEVICE] = "cancel-remove",
        [IRP_MN_SURPRISE_REMOVAL] = "surprise", [IRP_MN_QUERY_STOP_DEVICE] = "query-stop",
        [IRP_MN_STOP_DEVICE] = "stop",          [IRP_MN_CANCEL_STOP_DEVICE] = "cancel-stop",
    };
    if (MinorFunction < RTL_NUMBER_OF(Names) && Names[MinorFunction])
        Report(Lower, Who, Names[MinorFunction]);
}
