// The device's life: added, started with its resources, stopped, removed.
#include "i8042prt.h"

#include "pnp.h"

NTSTATUS NTAPI KbdPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PnpPass(KbdOf(DeviceObject)->Lower, Irp);
}

NTSTATUS NTAPI KbdAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(KBD_PORT), NULL, FILE_DEVICE_8042_PORT, 0,
                                     FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PKBD_PORT Port = KbdOf(Self);
    Port->Self = Self;
    Port->Enabled = TRUE;
    Port->Typematic = (KEYBOARD_TYPEMATIC_PARAMETERS){0, KbdDefaultRate, KbdDefaultDelay};
    ExInitializeRundownProtection(&Port->Running);
    ExWaitForRundownProtectionRelease(&Port->Running); // until it starts
    KeInitializeDpc(&Port->Dpc, KbdDpc, Port);
    KbdInitializeOutput(Port);
    Port->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Port->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    KbdInitializePower(Port, PhysicalDevice);
    Self->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

// ---- Starting

static NTSTATUS KbdConnectInterrupt(PKBD_PORT Port, const CM_PARTIAL_RESOURCE_DESCRIPTOR *Line)
{
    KINTERRUPT_MODE Mode = Line->Flags & CM_RESOURCE_INTERRUPT_LATCHED ? Latched : LevelSensitive;
    KIRQL Irql = (KIRQL)Line->u.Interrupt.Level;
    return IoConnectInterrupt(&Port->Interrupt, KbdInterrupt, Port, NULL, Line->u.Interrupt.Vector,
                              Irql, Irql, Mode, Line->ShareDisposition == CmResourceShareShared,
                              Line->u.Interrupt.Affinity, FALSE);
}

// Two ports, the data port first, and an interrupt.
static NTSTATUS KbdTakeResources(PKBD_PORT Port, const CM_RESOURCE_LIST *Resources,
                                 const CM_PARTIAL_RESOURCE_DESCRIPTOR **Line)
{
    PUCHAR Ports[2] = {NULL, NULL};
    ULONG Found = 0;
    *Line = NULL;
    if (!Resources || !Resources->Count)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    const CM_PARTIAL_RESOURCE_LIST *List = &Resources->List[0].PartialResourceList;
    for (ULONG i = 0; i < List->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Resource = &List->PartialDescriptors[i];
        if (Resource->Type == CmResourceTypePort && Found < RTL_NUMBER_OF(Ports))
            Ports[Found++] = (PUCHAR)(ULONG_PTR)Resource->u.Port.Start.QuadPart;
        else if (Resource->Type == CmResourceTypeInterrupt && !*Line)
            *Line = Resource;
    }
    if (Found < RTL_NUMBER_OF(Ports) || !*Line)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    Port->DataPort = Ports[0];
    Port->CommandPort = Ports[1];
    return STATUS_SUCCESS;
}

static NTSTATUS KbdStart(PDEVICE_OBJECT Self, const CM_RESOURCE_LIST *Resources)
{
    PKBD_PORT Port = KbdOf(Self);
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *Line;
    NTSTATUS Status = KbdTakeResources(Port, Resources, &Line);
    if (NT_SUCCESS(Status)) {
        Port->Prefix = 0;
        Port->Head = Port->Tail = 0;
        KbdKeepInput(Port);
        Status = KbdInitializeController(Port);
    }
    if (NT_SUCCESS(Status))
        Status = KbdConnectInterrupt(Port, Line);
    if (NT_SUCCESS(Status)) {
        Port->Prefix = 0;
        Port->Off = FALSE;
        KbdEnableInterrupt(Port, TRUE);
        PowerStarted(&Port->Power);
        Port->Started = TRUE;
        KeInsertQueueDpc(&Port->Dpc, NULL, NULL); // of keys that were pressed before
        ExReInitializeRundownProtection(&Port->Running);
    }
    return Status;
}

// ---- Ending

static VOID KbdStop(PDEVICE_OBJECT Self)
{
    PKBD_PORT Port = KbdOf(Self);
    if (!Port->Started)
        return;
    KbdCancelOutput(Port);
    ExWaitForRundownProtectionRelease(&Port->Running);
    IoDisconnectInterrupt(Port->Interrupt);
    KbdEnableInterrupt(Port, FALSE);
    KeCancelTimer(&Port->OutputTimer);
    KeFlushQueuedDpcs();
    Port->Interrupt = NULL;
    Port->Started = FALSE;
}

static VOID KbdRemove(PDEVICE_OBJECT Self)
{
    PowerRemoved(&KbdOf(Self)->Power);
}

NTSTATUS NTAPI KbdPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    static const PNP_ROUTINES Routines = {.Start = KbdStart, .Stop = KbdStop, .Remove = KbdRemove};
    return PnpDispatch(&Routines, DeviceObject, KbdOf(DeviceObject)->Lower, Irp);
}
