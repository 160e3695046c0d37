// The adapter's function device: AddDevice and its PnP packets.
#include "storportp.h"

// {2accfe60-c130-11d2-b082-00a0c91efb8b}
static const GUID StorpPortInterface = {
    0x2accfe60, 0xc130, 0x11d2, {0xb0, 0x82, 0x00, 0xa0, 0xc9, 0x1e, 0xfb, 0x8b}};

enum { StorMostPorts = 256, StorNameChars = 32 };

// ---- Names: \Device\RaidPortN, and \Device\ScsiPortN and \DosDevices\ScsiN: for it

static NTSTATUS StorpNameDevice(PDRIVER_OBJECT DriverObject, ULONG Number, PDEVICE_OBJECT *Self)
{
    WCHAR Text[StorNameChars];
    UNICODE_STRING Name;
    _snwprintf(Text, StorNameChars, L"\\Device\\RaidPort%lu", Number);
    RtlInitUnicodeString(&Name, Text);
    return IoCreateDevice(DriverObject, sizeof(STOR_ADAPTER), &Name, FILE_DEVICE_CONTROLLER,
                          FILE_DEVICE_SECURE_OPEN, FALSE, Self);
}

// Adapters of other hosts have numbers too: the first that is free is ours.
static NTSTATUS StorpCreateDevice(PDRIVER_OBJECT DriverObject, PULONG Number, PDEVICE_OBJECT *Self)
{
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    for (*Number = 0; *Number < StorMostPorts; ++*Number) {
        Status = StorpNameDevice(DriverObject, *Number, Self);
        if (Status != STATUS_OBJECT_NAME_COLLISION)
            break;
    }
    return Status;
}

static VOID StorpLinkNames(ULONG Number, BOOLEAN Make)
{
    static const PCWSTR Forms[] = {L"\\Device\\ScsiPort%lu", L"\\DosDevices\\Scsi%lu:"};
    WCHAR Target[StorNameChars], Text[StorNameChars];
    UNICODE_STRING Name, Device;
    _snwprintf(Target, StorNameChars, L"\\Device\\RaidPort%lu", Number);
    RtlInitUnicodeString(&Device, Target);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Forms); i++) {
        _snwprintf(Text, StorNameChars, Forms[i], Number);
        RtlInitUnicodeString(&Name, Text);
        if (Make)
            IoCreateSymbolicLink(&Name, &Device);
        else
            IoDeleteSymbolicLink(&Name);
    }
}

// ---- AddDevice

static VOID StorpInitAdapter(PSTOR_ADAPTER Adapter)
{
    Adapter->Kind = 'A';
    IoInitializeRemoveLock(&Adapter->RemoveLock, StorTag, 0, 0);
    KeInitializeSpinLock(&Adapter->InterruptLock);
    KeInitializeSpinLock(&Adapter->StartIoLock);
    KeInitializeSpinLock(&Adapter->UnitLock);
    KeInitializeEvent(&Adapter->Idle, NotificationEvent, FALSE);
    InitializeListHead(&Adapter->Units);
    InitializeListHead(&Adapter->Timers);
    InitializeListHead(&Adapter->Workers);
    InitializeListHead(&Adapter->Bounces);
    KeInitializeEvent(&Adapter->ScanLock, SynchronizationEvent, TRUE);
    StorpInitRescan(Adapter);
    InitializeSListHead(&Adapter->Completions);
    KeInitializeDpc(&Adapter->CompletionDpc, StorpCompletionDpc, Adapter);
    KeInitializeTimer(&Adapter->SecondTimer);
    KeInitializeDpc(&Adapter->SecondDpc, StorpSecondDpc, Adapter);
    KeInitializeTimer(&Adapter->RetryTimer);
    KeInitializeDpc(&Adapter->RetryDpc, StorpRetryDpc, Adapter);
    StorpInitTimer(Adapter, &Adapter->MiniportTimer);
    Adapter->Seconds = 1; // 0 means no time at all
    Adapter->BusType = BusTypeScsi;
}

NTSTATUS NTAPI StorpAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    ULONG Number;
    NTSTATUS Status = StorpCreateDevice(DriverObject, &Number, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PSTOR_ADAPTER Adapter = Self->DeviceExtension;
    StorpInitAdapter(Adapter);
    Adapter->Self = Self;
    Adapter->Pdo = PhysicalDevice;
    Adapter->PortNumber = Number;
    Adapter->Driver = StorpDriverOf(DriverObject);
    Adapter->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Adapter->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    StorpInitPower(Adapter);
    StorpLinkNames(Number, TRUE);
    if (!NT_SUCCESS(IoRegisterDeviceInterface(PhysicalDevice, &StorpPortInterface, nullptr,
                                              &Adapter->InterfaceName)))
        RtlInitUnicodeString(&Adapter->InterfaceName, nullptr);
    Self->Flags |= DO_DIRECT_IO | DO_POWER_PAGABLE;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

// ---- PnP

static NTSTATUS StorpPassOn(PSTOR_ADAPTER Adapter, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Adapter->Lower, Irp);
}

static VOID StorpSetInterface(PSTOR_ADAPTER Adapter, BOOLEAN Enable)
{
    if (Adapter->InterfaceName.Buffer)
        IoSetDeviceInterfaceState(&Adapter->InterfaceName, Enable);
}

static NTSTATUS StorpStartDevice(PSTOR_ADAPTER Adapter, PIRP Irp)
{
    NTSTATUS Status = STATUS_UNSUCCESSFUL;
    if (IoForwardIrpSynchronously(Adapter->Lower, Irp))
        Status = Irp->IoStatus.Status;
    if (NT_SUCCESS(Status))
        Status = StorpStartAdapter(Adapter, IoGetCurrentIrpStackLocation(Irp));
    if (NT_SUCCESS(Status)) {
        PowerStarted(&Adapter->Power);
        StorpSetInterface(Adapter, TRUE);
    }
    return StorpComplete(Irp, Status, 0);
}

static VOID StorpDeleteUnits(PSTOR_ADAPTER Adapter)
{
    while (!IsListEmpty(&Adapter->Units)) {
        PSTOR_UNIT Unit = CONTAINING_RECORD(Adapter->Units.Flink, STOR_UNIT, Link);
        StorpRemoveUnit(Unit);
        StorpDeleteUnit(Unit);
    }
}

static NTSTATUS StorpRemoveDevice(PSTOR_ADAPTER Adapter, PIRP Irp)
{
    PDEVICE_OBJECT Self = Adapter->Self;
    StorpSetInterface(Adapter, FALSE);
    StorpStopAdapter(Adapter, Adapter->SurpriseRemoved);
    Adapter->Removed = TRUE;
    IoReleaseRemoveLockAndWait(&Adapter->RemoveLock, Irp);
    StorpDeleteUnits(Adapter);
    StorpFreeAdapter(Adapter);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    NTSTATUS Status = StorpPassOn(Adapter, Irp);
    IoDetachDevice(Adapter->Lower);
    StorpLinkNames(Adapter->PortNumber, FALSE);
    if (Adapter->InterfaceName.Buffer)
        RtlFreeUnicodeString(&Adapter->InterfaceName);
    IoDeleteDevice(Self);
    return Status;
}

static VOID StorpSurpriseRemoval(PSTOR_ADAPTER Adapter)
{
    Adapter->SurpriseRemoved = TRUE;
    StorpSetInterface(Adapter, FALSE);
    StorpStopAdapter(Adapter, TRUE);
}

static NTSTATUS StorpQueryCapabilities(PSTOR_ADAPTER Adapter, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = STATUS_UNSUCCESSFUL;
    if (IoForwardIrpSynchronously(Adapter->Lower, Irp))
        Status = Irp->IoStatus.Status;
    if (NT_SUCCESS(Status) && Adapter->Driver->IsVirtual)
        Stack->Parameters.DeviceCapabilities.Capabilities->SilentInstall = TRUE;
    return StorpComplete(Irp, Status, Irp->IoStatus.Information);
}

// Returns with the packet complete or passed on.
static NTSTATUS StorpDispatchPnp(PSTOR_ADAPTER Adapter, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    switch (Stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return StorpStartDevice(Adapter, Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        if (Stack->Parameters.QueryDeviceRelations.Type != BusRelations)
            return StorpPassOn(Adapter, Irp);
        return StorpQueryBusRelations(Adapter, Irp);
    case IRP_MN_QUERY_CAPABILITIES:
        return StorpQueryCapabilities(Adapter, Irp);
    case IRP_MN_STOP_DEVICE:
        StorpStopAdapter(Adapter, FALSE);
        break;
    case IRP_MN_SURPRISE_REMOVAL:
        StorpSurpriseRemoval(Adapter);
        break;
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        break;
    default:
        return StorpPassOn(Adapter, Irp);
    }
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return StorpPassOn(Adapter, Irp);
}

NTSTATUS StorpAdapterPnp(PSTOR_ADAPTER Adapter, PIRP Irp)
{
    BOOLEAN Remove = IoGetCurrentIrpStackLocation(Irp)->MinorFunction == IRP_MN_REMOVE_DEVICE;
    NTSTATUS Status = IoAcquireRemoveLock(&Adapter->RemoveLock, Irp);
    if (!NT_SUCCESS(Status))
        return StorpComplete(Irp, Status, 0);
    if (Remove)
        return StorpRemoveDevice(Adapter, Irp); // releases it
    Status = StorpDispatchPnp(Adapter, Irp);
    IoReleaseRemoveLock(&Adapter->RemoveLock, Irp);
    return Status;
}
