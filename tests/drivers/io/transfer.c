// Data by each method. The lower devices hold one buffer that is written and read.

#include "driver.h"

static VOID AddOne(PUCHAR Output, const UCHAR *Input, ULONG Length)
{
    for (ULONG i = 0; i < Length; i++)
        Output[i] = (UCHAR)(Input[i] + 1);
}

static NTSTATUS SumDirect(PIRP Irp)
{
    if (!Irp->MdlAddress)
        return TestComplete(Irp, STATUS_SUCCESS, 0);
    const UCHAR *Bytes = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
    if (!Bytes)
        return TestComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    ULONG Sum = 0, Length = MmGetMdlByteCount(Irp->MdlAddress);
    for (ULONG i = 0; i < Length; i++)
        Sum += Bytes[i];
    return TestComplete(Irp, STATUS_SUCCESS, Sum);
}

static NTSTATUS AddDirect(PIRP Irp, ULONG Length)
{
    if (!Length)
        return TestComplete(Irp, STATUS_SUCCESS, 0);
    PUCHAR Output = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
    if (!Output)
        return TestComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    AddOne(Output, Irp->AssociatedIrp.SystemBuffer, Length);
    return TestComplete(Irp, STATUS_SUCCESS, Length);
}

static NTSTATUS AddNeither(PIRP Irp, PIO_STACK_LOCATION Stack, ULONG Length)
{
    NTSTATUS Status = STATUS_SUCCESS;
    __try {
        if (Irp->RequestorMode == UserMode) {
            ProbeForRead(Stack->Parameters.DeviceIoControl.Type3InputBuffer, Length, 1);
            ProbeForWrite(Irp->UserBuffer, Length, 1);
        }
        AddOne(Irp->UserBuffer, Stack->Parameters.DeviceIoControl.Type3InputBuffer, Length);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Status = GetExceptionCode();
    }
    return TestComplete(Irp, Status, NT_SUCCESS(Status) ? Length : 0);
}

NTSTATUS TestTransferControl(PIRP Irp, PIO_STACK_LOCATION Stack)
{
    ULONG Length = min(Stack->Parameters.DeviceIoControl.InputBufferLength,
                       Stack->Parameters.DeviceIoControl.OutputBufferLength);
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOTEST_BUFFERED:
        AddOne(Irp->AssociatedIrp.SystemBuffer, Irp->AssociatedIrp.SystemBuffer, Length);
        return TestComplete(Irp, STATUS_SUCCESS, Length);
    case IOTEST_IN_DIRECT:
        return SumDirect(Irp);
    case IOTEST_OUT_DIRECT:
        return AddDirect(Irp, Length);
    case IOTEST_NEITHER:
        return AddNeither(Irp, Stack, Length);
    default:
        return TestComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static UCHAR Stored[20000];

static NTSTATUS TransferLower(PIRP Irp, PIO_STACK_LOCATION Stack)
{
    ULONG Length = Stack->Parameters.Read.Length;
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;
    if (Irp->MdlAddress)
        Buffer = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
    if (Length > sizeof(Stored) || (Length && !Buffer))
        return TestComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Stack->MajorFunction == IRP_MJ_WRITE)
        RtlCopyMemory(Stored, Buffer, Length);
    else
        RtlCopyMemory(Buffer, Stored, Length);
    return TestComplete(Irp, STATUS_SUCCESS, Length);
}

NTSTATUS TestLowerDispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MajorFunction == IRP_MJ_READ || Stack->MajorFunction == IRP_MJ_WRITE)
        return TransferLower(Irp, Stack);
    if (Stack->Parameters.DeviceIoControl.IoControlCode == IOTEST_DPC ||
        Stack->Parameters.DeviceIoControl.IoControlCode == IOTEST_STACK)
        return TestPend(Irp, IOTEST_DPC);
    return TestTransferControl(Irp, Stack);
}
