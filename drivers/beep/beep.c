// The PC speaker: channel 2 of the 8254 timer makes a square wave, bits 0 and 1 of port 61h let it out.
// (Intel 8254 data sheet; IBM PC AT technical reference.)

#include <ntddk.h>

#include <ntddbeep.h>
#include <pnp.h>
#include <power.h>

enum {
    BeepClock = 1193182,      // Hz
    BeepChannel2Mode3 = 0xB6, // channel 2, low byte then high byte, square wave, binary
    BeepSpeakerBits = 0x03,   // gate of channel 2, speaker on

    // Offsets in the first and the second range of ports.
    BeepChannel2 = 0,
    BeepCommand = 1,
    BeepRanges = 2,
};

typedef struct _BEEP_DEVICE {
    PDEVICE_OBJECT Self, Lower;
    EX_RUNDOWN_REF Running; // requests that use the ports
    KSPIN_LOCK Lock;        // of the speaker
    KTIMER Timer;
    KDPC Dpc;
    BOOLEAN Started;
    LONG Handles;
    PUCHAR Timer8254, Gate;
    POWER_POLICY Power;
} BEEP_DEVICE, *PBEEP_DEVICE;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE BeepAddDevice;
static DRIVER_UNLOAD BeepUnload;
static DRIVER_DISPATCH BeepCreate, BeepClose, BeepControl, BeepPnp, BeepPower, BeepPass;
static KDEFERRED_ROUTINE BeepExpired;
static NTSTATUS BeepComplete(PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

// ---- The speaker; with the lock held

static VOID BeepSilence(PBEEP_DEVICE Device)
{
    WRITE_PORT_UCHAR(Device->Gate, READ_PORT_UCHAR(Device->Gate) & (UCHAR)~BeepSpeakerBits);
}

static VOID BeepSound(PBEEP_DEVICE Device, ULONG Frequency)
{
    ULONG Divisor = BeepClock / Frequency;
    WRITE_PORT_UCHAR(Device->Timer8254 + BeepCommand, BeepChannel2Mode3);
    WRITE_PORT_UCHAR(Device->Timer8254 + BeepChannel2, (UCHAR)Divisor);
    WRITE_PORT_UCHAR(Device->Timer8254 + BeepChannel2, (UCHAR)(Divisor >> 8));
    WRITE_PORT_UCHAR(Device->Gate, READ_PORT_UCHAR(Device->Gate) | BeepSpeakerBits);
}

static VOID NTAPI BeepExpired(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PBEEP_DEVICE Device = Context;
    KeAcquireSpinLockAtDpcLevel(&Device->Lock);
    // A new sound may have begun since: then its own timer has not expired.
    if (Device->Started && KeReadStateTimer(&Device->Timer))
        BeepSilence(Device);
    KeReleaseSpinLockFromDpcLevel(&Device->Lock);
}

static VOID BeepSet(PBEEP_DEVICE Device, ULONG Frequency, ULONG Duration)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Device->Lock, &Irql);
    KeCancelTimer(&Device->Timer);
    if (!Frequency || !Duration) {
        BeepSilence(Device);
    } else {
        BeepSound(Device, Frequency);
        if (Duration != MAXULONG) {
            LARGE_INTEGER Due = {.QuadPart = -10'000ll * Duration};
            KeSetTimer(&Device->Timer, Due, &Device->Dpc);
        }
    }
    KeReleaseSpinLock(&Device->Lock, Irql);
}

// ---- Requests

static NTSTATUS NTAPI BeepCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PBEEP_DEVICE Device = DeviceObject->DeviceExtension;
    InterlockedIncrement(&Device->Handles);
    return BeepComplete(Irp, STATUS_SUCCESS);
}

static NTSTATUS NTAPI BeepClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PBEEP_DEVICE Device = DeviceObject->DeviceExtension;
    if (!InterlockedDecrement(&Device->Handles) && ExAcquireRundownProtection(&Device->Running)) {
        BeepSet(Device, 0, 0);
        ExReleaseRundownProtection(&Device->Running);
    }
    return BeepComplete(Irp, STATUS_SUCCESS);
}

static NTSTATUS BeepSetParameters(PBEEP_DEVICE Device, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    const BEEP_SET_PARAMETERS *Parameters = Irp->AssociatedIrp.SystemBuffer;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*Parameters))
        return STATUS_INVALID_PARAMETER;
    if (Parameters->Frequency && (Parameters->Frequency < BEEP_FREQUENCY_MINIMUM ||
                                  Parameters->Frequency > BEEP_FREQUENCY_MAXIMUM))
        return STATUS_INVALID_PARAMETER;
    if (!ExAcquireRundownProtection(&Device->Running))
        return STATUS_DELETE_PENDING;
    BeepSet(Device, Parameters->Frequency, Parameters->Duration);
    ExReleaseRundownProtection(&Device->Running);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI BeepControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_BEEP_SET)
        return BeepComplete(Irp, STATUS_NOT_IMPLEMENTED);
    return BeepComplete(Irp, BeepSetParameters(DeviceObject->DeviceExtension, Irp));
}

static NTSTATUS NTAPI BeepPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PBEEP_DEVICE Device = DeviceObject->DeviceExtension;
    return PnpPass(Device->Lower, Irp);
}

// ---- Start and removal

static NTSTATUS BeepTakePorts(PBEEP_DEVICE Device, const CM_RESOURCE_LIST *Resources)
{
    PUCHAR Ranges[BeepRanges] = {0};
    ULONG Found = 0;
    if (!Resources || !Resources->Count)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    const CM_PARTIAL_RESOURCE_LIST *List = &Resources->List[0].PartialResourceList;
    for (ULONG i = 0; i < List->Count && Found < BeepRanges; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Resource = &List->PartialDescriptors[i];
        if (Resource->Type == CmResourceTypePort)
            Ranges[Found++] = (PUCHAR)(ULONG_PTR)Resource->u.Port.Start.QuadPart;
    }
    if (Found < BeepRanges)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    Device->Timer8254 = Ranges[0];
    Device->Gate = Ranges[1];
    return STATUS_SUCCESS;
}

static NTSTATUS BeepStart(PDEVICE_OBJECT Self, const CM_RESOURCE_LIST *Resources)
{
    PBEEP_DEVICE Device = Self->DeviceExtension;
    NTSTATUS Status = BeepTakePorts(Device, Resources);
    if (NT_SUCCESS(Status)) {
        PowerStarted(&Device->Power);
        ExReInitializeRundownProtection(&Device->Running);
        Device->Started = TRUE;
    }
    return Status;
}

static VOID BeepStop(PDEVICE_OBJECT Self)
{
    PBEEP_DEVICE Device = Self->DeviceExtension;
    KIRQL Irql;
    if (!Device->Started)
        return;
    ExWaitForRundownProtectionRelease(&Device->Running);
    KeAcquireSpinLock(&Device->Lock, &Irql);
    KeCancelTimer(&Device->Timer);
    BeepSilence(Device);
    Device->Started = FALSE;
    KeReleaseSpinLock(&Device->Lock, Irql);
    KeFlushQueuedDpcs();
}

static NTSTATUS NTAPI BeepPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    static const PNP_ROUTINES Routines = {.Start = BeepStart, .Stop = BeepStop};
    PBEEP_DEVICE Device = DeviceObject->DeviceExtension;
    return PnpDispatch(&Routines, DeviceObject, Device->Lower, Irp);
}

// ---- Power

// There is no state to be restored: a tone that was on is over.
static VOID BeepPowerDown(PDEVICE_OBJECT DeviceObject, BOOLEAN Wake)
{
    UNREFERENCED_PARAMETER(Wake);
    PBEEP_DEVICE Device = DeviceObject->DeviceExtension;
    if (!ExAcquireRundownProtection(&Device->Running))
        return;
    BeepSet(Device, 0, 0);
    ExReleaseRundownProtection(&Device->Running);
}

static NTSTATUS NTAPI BeepPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PBEEP_DEVICE Device = DeviceObject->DeviceExtension;
    return PowerDispatch(&Device->Power, Irp);
}

static NTSTATUS NTAPI BeepAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(DD_BEEP_DEVICE_NAME_U);
    PDEVICE_OBJECT Self;
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(BEEP_DEVICE), &Name, FILE_DEVICE_BEEP,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PBEEP_DEVICE Device = Self->DeviceExtension;
    Device->Self = Self;
    ExInitializeRundownProtection(&Device->Running);
    ExWaitForRundownProtectionRelease(&Device->Running); // until it starts
    KeInitializeSpinLock(&Device->Lock);
    KeInitializeTimer(&Device->Timer);
    KeInitializeDpc(&Device->Dpc, BeepExpired, Device);
    Device->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Device->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Device->Power = (POWER_POLICY){
        .Self = Self,
        .PhysicalDevice = PhysicalDevice,
        .Lower = Device->Lower,
        .PowerDown = BeepPowerDown,
    };
    Self->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID NTAPI BeepUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = BeepAddDevice;
    DriverObject->DriverUnload = BeepUnload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = BeepCreate;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = BeepClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = BeepControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = BeepPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = BeepPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = BeepPass;
    return STATUS_SUCCESS;
}
