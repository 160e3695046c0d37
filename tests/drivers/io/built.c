// Packets that the driver builds for other devices.

#include "driver.h"

static NTSTATUS Control(PDEVICE_OBJECT Device, ULONG Code, BOOLEAN Internal, PVOID Input,
                        PVOID Output, ULONG Length, PIO_STATUS_BLOCK Io)
{
    KEVENT Event;
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    PIRP Irp = IoBuildDeviceIoControlRequest(Code, Device, Input, Length, Output, Length, Internal,
                                             &Event, Io);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = IoCallDriver(Device, Irp);
    if (Status != STATUS_PENDING)
        return Status;
    KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
    return Io->Status;
}

ULONG TestBuiltControls(VOID)
{
    static const ULONG Codes[] = {IOTEST_BUFFERED, IOTEST_OUT_DIRECT, IOTEST_NEITHER};
    UCHAR Input[100], Output[100];
    IO_STATUS_BLOCK Io;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Codes); i++) {
        for (ULONG j = 0; j < sizeof(Input); j++)
            Input[j] = (UCHAR)(j + i);
        RtlZeroMemory(Output, sizeof(Output));
        EXPECT(Control(TestLower, Codes[i], i & 1, Input, Output, sizeof(Input), &Io) ==
               STATUS_SUCCESS);
        EXPECT(Io.Information == sizeof(Input));
        for (ULONG j = 0; j < sizeof(Input); j++)
            EXPECT(Output[j] == (UCHAR)(j + i + 1));
    }
    EXPECT(Control(TestLower, IOTEST_DPC, FALSE, NULL, NULL, 0, &Io) == STATUS_SUCCESS);
    EXPECT(Control(TestLower, IOTEST_CODE(99, METHOD_BUFFERED), FALSE, NULL, NULL, 0, &Io) ==
           STATUS_INVALID_DEVICE_REQUEST);
    return 0;
}

static NTSTATUS Transfer(PDEVICE_OBJECT Device, UCHAR Major, PVOID Buffer, ULONG Length,
                         PIO_STATUS_BLOCK Io)
{
    KEVENT Event;
    LARGE_INTEGER Offset = {0};
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    PIRP Irp = IoBuildSynchronousFsdRequest(Major, Device, Buffer, Length, &Offset, &Event, Io);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = IoCallDriver(Device, Irp);
    if (Status == STATUS_PENDING) {
        KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
        Status = Io->Status;
    }
    return Status;
}

ULONG TestBuiltTransfers(VOID)
{
    enum { Length = 9000 };
    PDEVICE_OBJECT Devices[] = {TestLower, TestDirect};
    IO_STATUS_BLOCK Io;
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Length, 'tsTI');
    EXPECT(Buffer);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Devices); i++) {
        for (ULONG j = 0; j < Length; j++)
            Buffer[j] = (UCHAR)(j * 3 + i);
        EXPECT(Transfer(Devices[i], IRP_MJ_WRITE, Buffer, Length, &Io) == STATUS_SUCCESS);
        EXPECT(Io.Information == Length);
        RtlZeroMemory(Buffer, Length);
        EXPECT(Transfer(Devices[i], IRP_MJ_READ, Buffer, Length, &Io) == STATUS_SUCCESS);
        for (ULONG j = 0; j < Length; j++)
            EXPECT(Buffer[j] == (UCHAR)(j * 3 + i));
    }
    ExFreePoolWithTag(Buffer, 'tsTI');
    return 0;
}

static NTSTATUS NTAPI FreeAsynchronous(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    while (Irp->MdlAddress) {
        PMDL Mdl = Irp->MdlAddress;
        Irp->MdlAddress = Mdl->Next;
        MmUnlockPages(Mdl);
        IoFreeMdl(Mdl);
    }
    IoFreeIrp(Irp);
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

ULONG TestAsynchronous(VOID)
{
    static UCHAR Buffer[5000];
    KEVENT Event;
    LARGE_INTEGER Offset = {0};
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    PIRP Irp = IoBuildAsynchronousFsdRequest(IRP_MJ_WRITE, TestDirect, Buffer, sizeof(Buffer),
                                             &Offset, NULL);
    EXPECT(Irp);
    IoSetCompletionRoutine(Irp, FreeAsynchronous, &Event, TRUE, TRUE, TRUE);
    EXPECT(IoCallDriver(TestDirect, Irp) == STATUS_SUCCESS);
    EXPECT(KeReadStateEvent(&Event));
    return 0;
}

// A device of this host: the driver is called directly.
ULONG TestOwnPointer(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\IoTestLower");
    UNICODE_STRING Missing = RTL_CONSTANT_STRING(L"\\Device\\IoTestMissing");
    PFILE_OBJECT File;
    PDEVICE_OBJECT Device;
    EXPECT(IoGetDeviceObjectPointer(&Missing, FILE_READ_DATA, &File, &Device) ==
           STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT(NT_SUCCESS(IoGetDeviceObjectPointer(&Name, FILE_READ_DATA, &File, &Device)));
    EXPECT(Device == TestLower);
    EXPECT(File->DeviceObject == TestLower);
    ObDereferenceObject(File);
    return 0;
}

// A device of another host: the packet goes there and comes back.
ULONG TestForeignPointer(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Null");
    PFILE_OBJECT File;
    PDEVICE_OBJECT Device;
    IO_STATUS_BLOCK Io;
    UCHAR Bytes[32] = {0};
    EXPECT(NT_SUCCESS(IoGetDeviceObjectPointer(&Name, FILE_WRITE_DATA, &File, &Device)));
    EXPECT(Device && Device->DeviceType == FILE_DEVICE_NULL);
    EXPECT(Transfer(Device, IRP_MJ_WRITE, Bytes, sizeof(Bytes), &Io) == STATUS_SUCCESS);
    EXPECT(Io.Information == sizeof(Bytes));
    EXPECT(Transfer(Device, IRP_MJ_READ, Bytes, sizeof(Bytes), &Io) == STATUS_END_OF_FILE);
    ObDereferenceObject(File);
    return 0;
}
