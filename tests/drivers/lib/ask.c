#include "ask.h"

// Irp was built with the event and the block.
static NTSTATUS CallAndWait(PDEVICE_OBJECT Device, PIRP Irp, PKEVENT Done,
                            const IO_STATUS_BLOCK *IoStatus)
{
    NTSTATUS Status = IoCallDriver(Device, Irp);
    if (Status != STATUS_PENDING)
        return Status;
    KeWaitForSingleObject(Done, Executive, KernelMode, FALSE, NULL);
    return IoStatus->Status;
}

NTSTATUS AskLower(PDEVICE_OBJECT Lower, const IO_STACK_LOCATION *Stack)
{
    IO_STATUS_BLOCK IoStatus = {};
    KEVENT Done;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, Lower, NULL, 0, NULL, &Done, &IoStatus);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIO_STACK_LOCATION Next = IoGetNextIrpStackLocation(Irp);
    Irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    Next->MinorFunction = Stack->MinorFunction;
    Next->Parameters = Stack->Parameters;
    return CallAndWait(Lower, Irp, &Done, &IoStatus);
}

NTSTATUS QueryLowerInterface(PDEVICE_OBJECT Lower, const GUID *Type, USHORT Size, USHORT Version,
                             PVOID Interface)
{
    IO_STACK_LOCATION Stack = {.MinorFunction = IRP_MN_QUERY_INTERFACE};
    Stack.Parameters.QueryInterface.InterfaceType = Type;
    Stack.Parameters.QueryInterface.Size = Size;
    Stack.Parameters.QueryInterface.Version = Version;
    Stack.Parameters.QueryInterface.Interface = Interface;
    return AskLower(Lower, &Stack);
}

VOID ReleaseInterface(PVOID Interface)
{
    PINTERFACE Header = Interface;
    if (Header->InterfaceDereference)
        Header->InterfaceDereference(Header->Context);
    Header->InterfaceDereference = NULL;
}

NTSTATUS ControlLower(PDEVICE_OBJECT Lower, BOOLEAN Internal, ULONG Code, PVOID Buffer,
                      ULONG InputLength, ULONG OutputLength, PULONG_PTR Information)
{
    IO_STATUS_BLOCK IoStatus = {};
    KEVENT Done;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildDeviceIoControlRequest(Code, Lower, Buffer, InputLength, Buffer, OutputLength,
                                             Internal, &Done, &IoStatus);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = CallAndWait(Lower, Irp, &Done, &IoStatus);
    if (Information)
        *Information = IoStatus.Information;
    return Status;
}
