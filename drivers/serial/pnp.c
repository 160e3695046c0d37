// The device's life: added, started with its resources, stopped, removed.
#include "serial.h"

#include "pnp.h"

NTSTATUS SerialPass(PSERIAL_DEVICE Device, PIRP Irp)
{
    return PnpPass(Device->Lower, Irp);
}

// ---- Adding

// The lowest number that no other line has.
static NTSTATUS SerialCreateDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT *Self, PULONG Number)
{
    WCHAR Buffer[RTL_NUMBER_OF(((PSERIAL_DEVICE)0)->DeviceNameBuffer)];
    UNICODE_STRING Name;
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    for (ULONG i = 0; i < SerialMaximumNumber && Status == STATUS_OBJECT_NAME_COLLISION; i++) {
        RtlStringCchPrintfW(Buffer, RTL_NUMBER_OF(Buffer), L"\\Device\\Serial%lu", i);
        RtlInitUnicodeString(&Name, Buffer);
        *Number = i;
        Status = IoCreateDevice(DriverObject, sizeof(SERIAL_DEVICE), &Name, FILE_DEVICE_SERIAL_PORT,
                                FILE_DEVICE_SECURE_OPEN, TRUE, Self);
    }
    return Status;
}

static VOID SerialInitializeDevice(PSERIAL_DEVICE Device)
{
    PSERIAL_LINE Line = &Device->Line;
    RtlStringCchPrintfW(Device->DeviceNameBuffer, RTL_NUMBER_OF(Device->DeviceNameBuffer),
                        L"\\Device\\Serial%lu", Device->Number);
    RtlInitUnicodeString(&Device->DeviceName, Device->DeviceNameBuffer);
    ExInitializeRundownProtection(&Device->Running);
    ExWaitForRundownProtectionRelease(&Device->Running); // until it starts
    KeInitializeSpinLock(&Device->Lock);
    KeInitializeDpc(&Device->Dpc, SerialDpc, Device);
    SerialInitializeReads(Device);
    SerialInitializeWrites(Device);
    SerialInitializeWaits(Device);
    // As Windows has it before anybody changes it: 1200 baud, 7 data bits, even parity.
    Line->BaudRate = 1200;
    Line->LineControl = 0x1A;
    Line->ControlCharacter = -1;
    Line->Chars = (SERIAL_CHARS){.XonChar = 0x11, .XoffChar = 0x13};
    Line->HandFlow.ControlHandShake = SERIAL_DTR_CONTROL;
    Line->HandFlow.FlowReplace = SERIAL_RTS_CONTROL;
    Line->HandFlow.XoffLimit = SerialInputSize / 8;
    Line->HandFlow.XonLimit = SerialInputSize / 2;
}

NTSTATUS NTAPI SerialAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    ULONG Number;
    PUCHAR Input = ExAllocatePoolWithTag(NonPagedPoolNx, SerialInputSize, SerialTag);
    if (!Input)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = SerialCreateDevice(DriverObject, &Self, &Number);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Input, SerialTag);
        return Status;
    }
    PSERIAL_DEVICE Device = SerialOf(Self);
    Device->Self = Self;
    Device->Number = Number;
    Device->PhysicalDevice = PhysicalDevice;
    Device->Line.Input = Input;
    Device->Line.InputSize = SerialInputSize;
    SerialInitializeDevice(Device);
    Device->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Device->Lower) {
        ExFreePoolWithTag(Input, SerialTag);
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    SerialInitializePower(Device);
    Self->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

// ---- Starting

static const CM_PARTIAL_RESOURCE_DESCRIPTOR *SerialFindResource(const CM_RESOURCE_LIST *Resources,
                                                                UCHAR Type)
{
    if (!Resources || !Resources->Count)
        return NULL;
    const CM_PARTIAL_RESOURCE_LIST *List = &Resources->List[0].PartialResourceList;
    for (ULONG i = 0; i < List->Count; i++) {
        if (List->PartialDescriptors[i].Type == Type)
            return &List->PartialDescriptors[i];
    }
    return NULL;
}

// With a device that says nothing yet: its interrupts are off.
static NTSTATUS SerialConnect(PSERIAL_DEVICE Device, const CM_PARTIAL_RESOURCE_DESCRIPTOR *Line)
{
    KINTERRUPT_MODE Mode = Line->Flags & CM_RESOURCE_INTERRUPT_LATCHED ? Latched : LevelSensitive;
    KIRQL Irql = (KIRQL)Line->u.Interrupt.Level;
    return IoConnectInterrupt(
        &Device->Interrupt, SerialInterrupt, Device, NULL, Line->u.Interrupt.Vector, Irql, Irql,
        Mode, Line->ShareDisposition == CmResourceShareShared, Line->u.Interrupt.Affinity, FALSE);
}

static NTSTATUS SerialStartDevice(PSERIAL_DEVICE Device, const CM_RESOURCE_LIST *Resources)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *Ports = SerialFindResource(Resources, CmResourceTypePort);
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *Line =
        SerialFindResource(Resources, CmResourceTypeInterrupt);
    if (!Ports || !Line || Ports->u.Port.Length < UartPorts)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    Device->Ports = (PUCHAR)(ULONG_PTR)Ports->u.Port.Start.QuadPart;
    if (!SerialIsPresent(Device))
        return STATUS_NO_SUCH_DEVICE;
    if (!SerialAdoptUart(Device))
        SerialResetUart(Device);
    NTSTATUS Status = SerialConnect(Device, Line);
    if (NT_SUCCESS(Status))
        Status = SerialMakeNames(Device);
    if (!NT_SUCCESS(Status) && Device->Interrupt) {
        IoDisconnectInterrupt(Device->Interrupt);
        Device->Interrupt = NULL;
    }
    return Status;
}

static NTSTATUS SerialStart(PDEVICE_OBJECT Self, const CM_RESOURCE_LIST *Resources)
{
    PSERIAL_DEVICE Device = SerialOf(Self);
    NTSTATUS Status = SerialStartDevice(Device, Resources);
    if (NT_SUCCESS(Status)) {
        PowerStarted(&Device->Power);
        Device->Ending = FALSE;
        Device->Started = TRUE;
        ExReInitializeRundownProtection(&Device->Running);
    }
    return Status;
}

// ---- Ending

static VOID SerialRefuseRequests(PSERIAL_DEVICE Device)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Device->Lock, &Irql);
    Device->Ending = TRUE;
    KeReleaseSpinLock(&Device->Lock, Irql);
}

static VOID SerialStop(PDEVICE_OBJECT Self)
{
    PSERIAL_DEVICE Device = SerialOf(Self);
    if (!Device->Started)
        return;
    SerialRefuseRequests(Device);
    SerialCancelAll(Device);
    ExWaitForRundownProtectionRelease(&Device->Running);
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    SerialCloseUart(Device);
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
    IoDisconnectInterrupt(Device->Interrupt);
    KeFlushQueuedDpcs();
    Device->Interrupt = NULL;
    Device->Started = FALSE;
    SerialRemoveNames(Device);
}

static BOOLEAN SerialIsOpen(PDEVICE_OBJECT Self)
{
    return SerialOf(Self)->IsOpen;
}

static VOID SerialRemove(PDEVICE_OBJECT Self)
{
    ExFreePoolWithTag(SerialOf(Self)->Line.Input, SerialTag);
}

NTSTATUS NTAPI SerialPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    static const PNP_ROUTINES Routines = {
        .Start = SerialStart,
        .Stop = SerialStop,
        .IsBusy = SerialIsOpen,
        .Remove = SerialRemove,
    };
    return PnpDispatch(&Routines, DeviceObject, SerialOf(DeviceObject)->Lower, Irp);
}
