#include "ask.h"

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
    if (IoCallDriver(Lower, Irp) == STATUS_PENDING)
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    return IoStatus.Status;
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
