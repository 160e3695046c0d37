// The life of a battery or a power supply. All of them are in this process, for the supplies tell whether there is power, and
// the batteries are asked.
#include <initguid.h>

#include "cmbatt.h"

#include "pnp.h"

#include <wdmguid.h>

static struct {
    KSPIN_LOCK Lock; // of the list
    KMUTEX Using;    // nobody leaves the list while the supplies are asked
    LIST_ENTRY Devices;
    BOOLEAN Ready;
} Cmb;

NTSTATUS NTAPI CmbPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PnpPass(CmbOf(DeviceObject)->Lower, Irp);
}

// ---- All devices

static VOID CmbUse(VOID)
{
    (VOID) KeWaitForSingleObject(&Cmb.Using, Executive, KernelMode, FALSE, NULL);
}

static VOID CmbList(PCMB_DEVICE Device, BOOLEAN Listed)
{
    KIRQL Irql;
    CmbUse();
    KeAcquireSpinLock(&Cmb.Lock, &Irql);
    if (Listed)
        InsertTailList(&Cmb.Devices, &Device->Link);
    else
        RemoveEntryList(&Device->Link);
    KeReleaseSpinLock(&Cmb.Lock, Irql);
    KeReleaseMutex(&Cmb.Using, FALSE);
}

ULONG CmbIsOnLine(VOID)
{
    ULONG OnLine = CmbUnknown, Number;
    CmbUse();
    for (PLIST_ENTRY Link = Cmb.Devices.Flink; Link != &Cmb.Devices; Link = Link->Flink) {
        PCMB_DEVICE Device = CONTAINING_RECORD(Link, CMB_DEVICE, Link);
        if (!Device->Adapter || !NT_SUCCESS(CmbEvaluateNumber(Device, "_PSR", &Number)))
            continue;
        OnLine = Number ? 1 : OnLine == 1;
    }
    KeReleaseMutex(&Cmb.Using, FALSE);
    return OnLine;
}

// ---- Notifications, at DISPATCH_LEVEL

// A supply's are for all batteries.
static VOID NTAPI CmbNotify(PVOID Context, ULONG Value)
{
    enum { InformationChanged = 0x81 };
    PCMB_DEVICE Device = Context;
    KIRQL Irql;
    KeAcquireSpinLock(&Cmb.Lock, &Irql);
    for (PLIST_ENTRY Link = Cmb.Devices.Flink; Link != &Cmb.Devices; Link = Link->Flink) {
        PCMB_DEVICE Other = CONTAINING_RECORD(Link, CMB_DEVICE, Link);
        if (Other->Adapter || (!Device->Adapter && Other != Device))
            continue;
        if (!Device->Adapter && Value == InformationChanged)
            Other->Stale = TRUE;
        (VOID) BatteryClassStatusNotify(Other->Class);
    }
    KeReleaseSpinLock(&Cmb.Lock, Irql);
}

static NTSTATUS CmbQueryAcpi(PCMB_DEVICE Device)
{
    IO_STATUS_BLOCK IoStatus;
    KEVENT Done;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp =
        IoBuildSynchronousFsdRequest(IRP_MJ_PNP, Device->Lower, NULL, 0, NULL, &Done, &IoStatus);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->MinorFunction = IRP_MN_QUERY_INTERFACE;
    Stack->Parameters.QueryInterface.InterfaceType = &GUID_ACPI_INTERFACE_STANDARD2;
    Stack->Parameters.QueryInterface.Size = sizeof(Device->Acpi);
    Stack->Parameters.QueryInterface.Version = 1;
    Stack->Parameters.QueryInterface.Interface = (PINTERFACE)&Device->Acpi;
    Irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    NTSTATUS Status = IoCallDriver(Device->Lower, Irp);
    if (Status != STATUS_PENDING)
        return Status;
    KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    return IoStatus.Status;
}

// Without them, changes are seen when somebody looks.
static VOID CmbHearNotifications(PCMB_DEVICE Device)
{
    if (!NT_SUCCESS(CmbQueryAcpi(Device)))
        return;
    Device->Registered = NT_SUCCESS(
        Device->Acpi.RegisterForDeviceNotifications(Device->Acpi.Context, CmbNotify, Device));
    if (!Device->Registered)
        Device->Acpi.InterfaceDereference(Device->Acpi.Context);
}

static VOID CmbForgetNotifications(PCMB_DEVICE Device)
{
    if (!Device->Registered)
        return;
    Device->Registered = FALSE;
    Device->Acpi.UnregisterForDeviceNotifications(Device->Acpi.Context);
    Device->Acpi.InterfaceDereference(Device->Acpi.Context);
}

// ---- Adding. Devices are added and started one after the other.

// Has it one of these identifiers? The texts are those of the hardware identifiers.
static BOOLEAN CmbHasIdentifier(PDEVICE_OBJECT PhysicalDevice, PCWSTR Id)
{
    enum { TextChars = 512 };
    static WCHAR Text[TextChars];
    ULONG Length;
    if (!NT_SUCCESS(IoGetDeviceProperty(PhysicalDevice, DevicePropertyHardwareID, sizeof(Text),
                                        Text, &Length)))
        return FALSE;
    for (PCWSTR Next = Text; *Next; Next += wcslen(Next) + 1) {
        if (_wcsicmp(Next, Id) == 0)
            return TRUE;
    }
    return FALSE;
}

static VOID CmbInitialize(VOID)
{
    if (Cmb.Ready)
        return;
    KeInitializeSpinLock(&Cmb.Lock);
    KeInitializeMutex(&Cmb.Using, 0);
    InitializeListHead(&Cmb.Devices);
    Cmb.Ready = TRUE;
}

NTSTATUS NTAPI CmbAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(CMB_DEVICE), NULL, FILE_DEVICE_BATTERY,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    CmbInitialize();
    PCMB_DEVICE Device = CmbOf(Self);
    Device->Self = Self;
    Device->PhysicalDevice = PhysicalDevice;
    Device->Adapter = CmbHasIdentifier(PhysicalDevice, L"*ACPI0003");
    Device->Stale = TRUE;
    KeInitializeMutex(&Device->Lock, 0);
    ExInitializeRundownProtection(&Device->Running);
    ExWaitForRundownProtectionRelease(&Device->Running); // until it starts
    Device->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Device->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Device->Power =
        (POWER_POLICY){.Self = Self, .PhysicalDevice = PhysicalDevice, .Lower = Device->Lower};
    Self->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

// ---- Starting and ending

static NTSTATUS CmbStart(PDEVICE_OBJECT Self, const CM_RESOURCE_LIST *Resources)
{
    PCMB_DEVICE Device = CmbOf(Self);
    BATTERY_MINIPORT_INFO Miniport;
    UNREFERENCED_PARAMETER(Resources);
    if (Device->Started)
        return STATUS_SUCCESS;
    if (!Device->Adapter) {
        CmbMiniport(Device, &Miniport);
        NTSTATUS Status = BatteryClassInitializeDevice(&Miniport, &Device->Class);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    Device->Started = TRUE;
    ExReInitializeRundownProtection(&Device->Running);
    CmbList(Device, TRUE);
    CmbHearNotifications(Device);
    PowerStarted(&Device->Power);
    return STATUS_SUCCESS;
}

static VOID CmbStop(PDEVICE_OBJECT Self)
{
    PCMB_DEVICE Device = CmbOf(Self);
    if (!Device->Started)
        return;
    Device->Started = FALSE;
    CmbForgetNotifications(Device);
    CmbList(Device, FALSE);
    if (Device->Adapter)
        return;
    ExWaitForRundownProtectionRelease(&Device->Running);
    (VOID) BatteryClassUnload(Device->Class);
}

NTSTATUS NTAPI CmbPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    static const PNP_ROUTINES Routines = {.Start = CmbStart, .Stop = CmbStop};
    return PnpDispatch(&Routines, DeviceObject, CmbOf(DeviceObject)->Lower, Irp);
}
