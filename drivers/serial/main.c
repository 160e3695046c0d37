// serial.sys: dispatch, opening and closing.
#include "serial.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH SerialCreate, SerialClose, SerialCleanup, SerialQuery, SerialFlush,
    SerialOther;
static DRIVER_UNLOAD SerialUnload;

NTSTATUS SerialComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

// ---- Opening: one at a time, which the device object says

static VOID SerialOpen(PSERIAL_DEVICE Device)
{
    PSERIAL_LINE Line = &Device->Line;
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    Line->InputHead = Line->InputTail = 0;
    Line->Errors = Line->Events = Line->WaitMask = 0;
    Line->TransmitHolds = 0;
    Line->ControlCharacter = -1;
    Line->InputHeld = Line->Abort = Line->OutputBusy = Line->EofReceived = FALSE;
    RtlZeroMemory(&Line->Statistics, sizeof(Line->Statistics));
    SerialOpenUart(Device);
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
    Device->IsOpen = TRUE;
}

static NTSTATUS NTAPI SerialCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSERIAL_DEVICE Device = SerialOf(DeviceObject);
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.Create.Options & FILE_DIRECTORY_FILE)
        return SerialComplete(Irp, STATUS_NOT_A_DIRECTORY, 0);
    if (!ExAcquireRundownProtection(&Device->Running))
        return SerialComplete(Irp, STATUS_DELETE_PENDING, 0);
    SerialOpen(Device);
    ExReleaseRundownProtection(&Device->Running);
    return SerialComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI SerialCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    SerialCancelAll(SerialOf(DeviceObject));
    return SerialComplete(Irp, STATUS_SUCCESS, 0);
}

// What is in the transmitter goes out, unless it takes longer than a full FIFO at this rate.
VOID SerialDrain(PSERIAL_DEVICE Device)
{
    enum { CharacterBits = 12 };
    LARGE_INTEGER Millisecond = {.QuadPart = -10'000};
    ULONG Limit = (UartFifoSize + 1) * CharacterBits * 1000 / Device->Line.BaudRate + 2;
    for (ULONG i = 0; i < Limit; i++) {
        if (SerialRead(Device, UartLineStatus) & UartStatusEmpty)
            return;
        KeDelayExecutionThread(KernelMode, FALSE, &Millisecond);
    }
}

static NTSTATUS NTAPI SerialClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSERIAL_DEVICE Device = SerialOf(DeviceObject);
    if (ExAcquireRundownProtection(&Device->Running)) {
        SerialDrain(Device);
        KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
        SerialCloseUart(Device);
        KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
        ExReleaseRundownProtection(&Device->Running);
    }
    Device->IsOpen = FALSE;
    return SerialComplete(Irp, STATUS_SUCCESS, 0);
}

// ---- The rest

// Programs ask how long it is and where they are: nowhere.
static NTSTATUS NTAPI SerialQuery(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Size;
    switch (Stack->Parameters.QueryFile.FileInformationClass) {
    case FileStandardInformation:
        Size = sizeof(FILE_STANDARD_INFORMATION);
        break;
    case FilePositionInformation:
        Size = sizeof(FILE_POSITION_INFORMATION);
        break;
    default:
        return SerialComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    }
    if (Stack->Parameters.QueryFile.Length < Size)
        return SerialComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    RtlZeroMemory(Irp->AssociatedIrp.SystemBuffer, Size);
    return SerialComplete(Irp, STATUS_SUCCESS, Size);
}

// A write that is complete has left for the transmitter, and there is no buffer between: an empty one, queued
// behind the others, is complete when they are.
static NTSTATUS NTAPI SerialFlush(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length = 0;
    return SerialWriteRequest(DeviceObject, Irp);
}

static NTSTATUS NTAPI SerialOther(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return SerialPass(SerialOf(DeviceObject), Irp);
}

static VOID NTAPI SerialUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = SerialAddDevice;
    DriverObject->DriverUnload = SerialUnload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = SerialCreate;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = SerialCleanup;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = SerialClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = SerialReadRequest;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = SerialWriteRequest;
    DriverObject->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = SerialFlush;
    DriverObject->MajorFunction[IRP_MJ_QUERY_INFORMATION] = SerialQuery;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = SerialControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = SerialPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = SerialPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = SerialOther;
    return STATUS_SUCCESS;
}
