// console.sys: dispatch.
#include "console.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE ConAddDevice;
static DRIVER_UNLOAD ConUnload;

NTSTATUS ConComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

// No mutex: the owner calls the serial driver and waits for it, for which it must be at PASSIVE_LEVEL.
VOID ConLock(PCONSOLE Console)
{
    KeEnterCriticalRegion();
    KeWaitForSingleObject(&Console->Lock, Executive, KernelMode, FALSE, NULL);
}

VOID ConUnlock(PCONSOLE Console)
{
    if (Console->Terminal.Full && ConHasRoom(Console))
        KeSetEvent(&Console->Terminal.Room, IO_NO_INCREMENT, FALSE);
    KeSetEvent(&Console->Lock, IO_NO_INCREMENT, FALSE);
    KeLeaveCriticalRegion();
}

static PCONSOLE ConAllocate(VOID)
{
    PCONSOLE Console = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Console), ConTag);
    if (!Console)
        return NULL;
    RtlZeroMemory(Console, sizeof(*Console));
    KeInitializeEvent(&Console->Lock, SynchronizationEvent, TRUE);
    KeInitializeEvent(&Console->DisplayChanged, SynchronizationEvent, FALSE);
    ConInitTerminal(Console);
    InitializeListHead(&Console->Readers);
    InitializeListHead(&Console->Listeners);
    Console->InputMode = ENABLE_PROCESSED_INPUT | ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT |
                         ENABLE_INSERT_MODE | ENABLE_EXTENDED_FLAGS;
    Console->OutputMode =
        ENABLE_PROCESSED_OUTPUT | ENABLE_WRAP_AT_EOL_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING;
    Console->Editor.Sinks = Console->Sinks;
    Console->Editor.History = &Console->History;
    ConInitKeyboard(&Console->Keyboard, &ConLayouts[0]);
    return Console;
}

static VOID ConPowerDown(PDEVICE_OBJECT DeviceObject, BOOLEAN Wake)
{
    UNREFERENCED_PARAMETER(Wake);
    ConFlushTerminal(ConOfDevice(DeviceObject));
}

static NTSTATUS NTAPI ConAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\ConDrv");
    PDEVICE_OBJECT Self;
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(CON_EXTENSION), &Name,
                                     FILE_DEVICE_CONSOLE, 0, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PCONSOLE Console = ConAllocate();
    if (!Console) {
        IoDeleteDevice(Self);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ((PCON_EXTENSION)Self->DeviceExtension)->Console = Console;
    Console->Self = Self;
    Console->LowerDevice = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Console->LowerDevice) {
        ExFreePoolWithTag(Console, ConTag);
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    // The framebuffer keeps what it shows.
    Console->Power = (POWER_POLICY){
        .Self = Self,
        .PhysicalDevice = PhysicalDevice,
        .Lower = Console->LowerDevice,
        .PowerDown = ConPowerDown,
    };
    Self->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID NTAPI ConUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static const struct {
        UCHAR MajorFunction;
        PDRIVER_DISPATCH Dispatch;
    } Functions[] = {
        {IRP_MJ_CREATE, ConCreate},
        {IRP_MJ_CLEANUP, ConCleanup},
        {IRP_MJ_CLOSE, ConClose},
        {IRP_MJ_READ, ConRead},
        {IRP_MJ_WRITE, ConWrite},
        {IRP_MJ_FLUSH_BUFFERS, ConFlush},
        {IRP_MJ_DEVICE_CONTROL, ConDeviceControl},
        {IRP_MJ_PNP, ConPnp},
        {IRP_MJ_POWER, ConPower},
        {IRP_MJ_SYSTEM_CONTROL, ConPassDown},
    };
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Functions); i++)
        DriverObject->MajorFunction[Functions[i].MajorFunction] = Functions[i].Dispatch;
    DriverObject->DriverExtension->AddDevice = ConAddDevice;
    DriverObject->DriverUnload = ConUnload;
    return STATUS_SUCCESS;
}
