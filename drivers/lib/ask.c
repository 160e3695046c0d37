#include "ask.h"

NTSTATUS AskAndCount(PDEVICE_OBJECT Device, const ASK *Ask, PULONG_PTR Returned)
{
    IO_STATUS_BLOCK IoStatus = {};
    KEVENT Done;
    if (KeGetCurrentIrql() > APC_LEVEL)
        return STATUS_INVALID_DEVICE_STATE; // the answer cannot be waited for
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildDeviceIoControlRequest(Ask->Code, Device, (PVOID)Ask->Input, Ask->InputLength,
                                             Ask->Output, Ask->OutputLength, Ask->Internal, &Done,
                                             &IoStatus);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = IoCallDriver(Device, Irp);
    if (Status == STATUS_PENDING) {
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
        Status = IoStatus.Status;
    }
    if (Returned)
        *Returned = IoStatus.Information;
    return Status;
}

NTSTATUS AskDevice(PDEVICE_OBJECT Device, ULONG Code, const VOID *Input, ULONG InputLength,
                   PVOID Output, ULONG OutputLength)
{
    const ASK Ask = {Code, FALSE, Input, Output, InputLength, OutputLength};
    return AskAndCount(Device, &Ask, NULL);
}

NTSTATUS AskDriver(PDEVICE_OBJECT Device, ULONG Code, const VOID *Input, ULONG InputLength,
                   PVOID Output, ULONG OutputLength)
{
    const ASK Ask = {Code, TRUE, Input, Output, InputLength, OutputLength};
    return AskAndCount(Device, &Ask, NULL);
}
