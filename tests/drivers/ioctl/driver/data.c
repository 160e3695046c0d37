// The data of a request, as each method brings it to a driver.

#include "driver.h"

static IOCTL_TEST_REQUEST Seen;

static ULONG ChangeBytes(const UCHAR *Input, PUCHAR Output, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++)
        Output[i] = Input[i] ^ IOCTL_TEST_KEY;
    return Count;
}

static ULONG Sum(const UCHAR *Bytes, ULONG Count, UCHAR Key)
{
    ULONG Total = 0;
    for (ULONG i = 0; i < Count; i++)
        Total += Bytes[i] ^ Key;
    return Total;
}

static PUCHAR MapMdl(PIRP Irp)
{
    return MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority | MdlMappingNoExecute);
}

// The caller's own addresses: nobody has looked at them yet.
static NTSTATUS ChangeUserBuffers(PIRP Irp, ULONG Count)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PVOID Input = Stack->Parameters.DeviceIoControl.Type3InputBuffer;
    __try {
        ProbeForRead(Input, Stack->Parameters.DeviceIoControl.InputBufferLength, 1);
        ProbeForWrite(Irp->UserBuffer, Stack->Parameters.DeviceIoControl.OutputBufferLength, 1);
        ChangeBytes(Input, Irp->UserBuffer, Count);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS IoctlChange(PIRP Irp, PULONG_PTR Information)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG InputLength = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG OutputLength = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG Count = min(InputLength, OutputLength);
    ULONG Method = Stack->Parameters.DeviceIoControl.IoControlCode & 3;
    if (!Count)
        return STATUS_SUCCESS;
    *Information = Count;
    if (Method == METHOD_NEITHER)
        return ChangeUserBuffers(Irp, Count);
    PUCHAR Input = Irp->AssociatedIrp.SystemBuffer;
    PUCHAR Other = Method == METHOD_BUFFERED ? Input : MapMdl(Irp);
    if (!Other)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Method == METHOD_IN_DIRECT)
        *Information = Sum(Other, OutputLength, *Input);
    else
        ChangeBytes(Input, Other, Count);
    return STATUS_SUCCESS;
}

VOID IoctlLook(PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    PUCHAR System = Irp->AssociatedIrp.SystemBuffer;
    Seen = (IOCTL_TEST_REQUEST){
        .Code = Code,
        .InputLength = Stack->Parameters.DeviceIoControl.InputBufferLength,
        .OutputLength = Stack->Parameters.DeviceIoControl.OutputBufferLength,
        .HasSystemBuffer = System != NULL,
        .HasMdl = Irp->MdlAddress != NULL,
        .HasType3Buffer = Stack->Parameters.DeviceIoControl.Type3InputBuffer != NULL,
        .HasUserBuffer = Irp->UserBuffer != NULL,
        .MdlLength = Irp->MdlAddress ? MmGetMdlByteCount(Irp->MdlAddress) : 0,
        .UserMode = Irp->RequestorMode == UserMode,
    };
    ULONG Length = Seen.InputLength;
    if ((Code & 3) == METHOD_BUFFERED)
        Length = max(Length, Seen.OutputLength);
    if (System)
        Seen.SystemBufferSum = Sum(System, Length, 0);
}

NTSTATUS IoctlSeen(PIRP Irp, PULONG_PTR Information)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(Seen))
        return STATUS_BUFFER_TOO_SMALL;
    *(PIOCTL_TEST_REQUEST)Irp->AssociatedIrp.SystemBuffer = Seen;
    *Information = sizeof(Seen);
    return STATUS_SUCCESS;
}

NTSTATUS IoctlFill(PIRP Irp, PULONG_PTR Information)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Length = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG Method = Stack->Parameters.DeviceIoControl.IoControlCode & 3;
    // With METHOD_IN_DIRECT the second buffer is the device's to read: its pages cannot be written.
    if (Method != METHOD_BUFFERED && Method != METHOD_OUT_DIRECT)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(IOCTL_TEST_RESULT))
        return STATUS_BUFFER_TOO_SMALL;
    IOCTL_TEST_RESULT Result = *(PIOCTL_TEST_RESULT)Irp->AssociatedIrp.SystemBuffer;
    PUCHAR Output = Method == METHOD_BUFFERED ? Irp->AssociatedIrp.SystemBuffer : NULL;
    if (Irp->MdlAddress)
        Output = MapMdl(Irp);
    if (Result.Status == STATUS_PENDING)
        return STATUS_INVALID_PARAMETER;
    if (Length && !Output)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlFillMemory(Output, Length, 0xEE);
    *Information = Result.Information;
    return Result.Status;
}
