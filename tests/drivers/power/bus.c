// The bus and its two devices, which are there as long as it is.
#include "driver.h"

PDEVICE Children[PowerDevices];

static PCSTR ChildName(PDEVICE Device)
{
    return Device->Child.Number == 1 ? "pdo1" : "pdo2";
}

// ---- Power of a device

static VOID FinishState(PDEVICE Device, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MinorFunction == IRP_MN_SET_POWER)
        PoSetPowerState(Device->Self, DevicePowerState, Stack->Parameters.Power.State);
    Record(ChildName(Device), Stack, " end");
    Complete(Irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI DelayOver(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PDEVICE Device = Context;
    PIRP Irp = Device->Child.Delayed;
    Device->Child.Delayed = nullptr;
    FinishState(Device, Irp);
}

static NTSTATUS ChildState(PDEVICE Device, PIRP Irp)
{
    LARGE_INTEGER Due = {.QuadPart = -10'000ll * Behaviour.Delay};
    Record(ChildName(Device), IoGetCurrentIrpStackLocation(Irp), "");
    if (!Behaviour.Delay) {
        FinishState(Device, Irp);
        return STATUS_SUCCESS;
    }
    IoMarkIrpPending(Irp);
    Device->Child.Delayed = Irp;
    KeSetTimer(&Device->Child.DelayTimer, Due, &Device->Child.DelayDpc);
    return STATUS_PENDING;
}

// ---- Waking

static PIRP TakeWake(PDEVICE Device)
{
    PIRP Irp = InterlockedExchangePointer((PVOID *)&Device->Child.WakeIrp, nullptr);
    return Irp && IoSetCancelRoutine(Irp, NULL) ? Irp : nullptr;
}

static VOID NTAPI CancelWake(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    InterlockedExchangePointer((PVOID *)&DeviceOf(DeviceObject)->Child.WakeIrp, nullptr);
    Complete(Irp, STATUS_CANCELLED, 0);
}

static VOID NTAPI WakeNow(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PIRP Irp = TakeWake(Context);
    if (Irp)
        Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS KeepWake(PDEVICE Device, PIRP Irp)
{
    if (Device->Child.WakeIrp)
        return Complete(Irp, STATUS_DEVICE_BUSY, 0);
    IoMarkIrpPending(Irp);
    Device->Child.WakeIrp = Irp;
    IoSetCancelRoutine(Irp, CancelWake);
    return STATUS_PENDING;
}

static NTSTATUS ChildSystem(PDEVICE Device, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    LARGE_INTEGER Due = {.QuadPart = -10'000ll * Behaviour.WakeAfter};
    Record(ChildName(Device), Stack, "");
    if (Behaviour.WakeAfter && Stack->MinorFunction == IRP_MN_SET_POWER &&
        Stack->Parameters.Power.State.SystemState == PowerSystemSleeping1)
        KeSetTimer(&Device->Child.WakeTimer, Due, &Device->Child.WakeDpc);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

NTSTATUS ChildPower(PDEVICE Device, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MinorFunction == IRP_MN_WAIT_WAKE)
        return KeepWake(Device, Irp);
    return Stack->Parameters.Power.Type == DevicePowerState ? ChildState(Device, Irp)
                                                            : ChildSystem(Device, Irp);
}

// ---- PnP

NTSTATUS MakeChildren(PDRIVER_OBJECT DriverObject)
{
    for (ULONG i = 0; i < PowerDevices; i++) {
        NTSTATUS Status = MakeDevice(DriverObject, ChildDevice, nullptr, &Children[i]);
        if (!NT_SUCCESS(Status))
            return Status;
        PCHILD Child = &Children[i]->Child;
        Child->Number = i + 1;
        KeInitializeTimer(&Child->WakeTimer);
        KeInitializeTimer(&Child->DelayTimer);
        KeInitializeDpc(&Child->WakeDpc, WakeNow, Children[i]);
        KeInitializeDpc(&Child->DelayDpc, DelayOver, Children[i]);
        Children[i]->Self->Flags &= ~DO_DEVICE_INITIALIZING;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS QueryRelations(PDEVICE Device, PIRP Irp)
{
    SIZE_T Size = FIELD_OFFSET(DEVICE_RELATIONS, Objects) + PowerDevices * sizeof(PDEVICE_OBJECT);
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceRelations.Type != BusRelations)
        return PassOn(Device->Lower, Irp);
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(PagedPool, Size, PowerTag);
    if (!Relations)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    Relations->Count = PowerDevices;
    for (ULONG i = 0; i < PowerDevices; i++) {
        ObReferenceObject(Children[i]->Self);
        Relations->Objects[i] = Children[i]->Self;
    }
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = (ULONG_PTR)Relations;
    return PassOn(Device->Lower, Irp);
}

NTSTATUS BusPnp(PDEVICE Device, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        (VOID) IoForwardIrpSynchronously(Device->Lower, Irp);
        PowerStarted(&Device->Policy);
        return Complete(Irp, STATUS_SUCCESS, 0);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return QueryRelations(Device, Irp);
    default:
        return PassOn(Device->Lower, Irp);
    }
}

static NTSTATUS AnswerId(PDEVICE Device, PIRP Irp)
{
    enum { Chars = 40 };
    static const PCWSTR Formats[] = {
        [BusQueryDeviceID] = L"POWERTEST\\DEVICE%lu",
        [BusQueryHardwareIDs] = L"POWERTEST\\DEVICE%lu",
        [BusQueryInstanceID] = L"%lu",
    };
    ULONG Type = IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryId.IdType;
    if (Type >= RTL_NUMBER_OF(Formats) || !Formats[Type])
        return Complete(Irp, Irp->IoStatus.Status, 0);
    PWSTR Text = ExAllocatePoolWithTag(PagedPool, Chars * sizeof(WCHAR), PowerTag);
    if (!Text)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(Text, Chars * sizeof(WCHAR));
    _snwprintf(Text, Chars - 2, Formats[Type], Device->Child.Number);
    return Complete(Irp, STATUS_SUCCESS, (ULONG_PTR)Text);
}

static NTSTATUS AnswerCapabilities(PIRP Irp)
{
    PDEVICE_CAPABILITIES Capabilities =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceCapabilities.Capabilities;
    Capabilities->UniqueID = TRUE;
    Capabilities->DeviceD1 = TRUE;
    Capabilities->WakeFromD3 = TRUE;
    Capabilities->D1Latency = 5;
    Capabilities->SystemWake = PowerSystemSleeping1;
    Capabilities->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (ULONG i = PowerSystemSleeping1; i < PowerSystemMaximum; i++)
        Capabilities->DeviceState[i] = PowerDeviceD3;
    return Complete(Irp, STATUS_SUCCESS, 0);
}

// In the host of the bus alone.
VOID TellRelations(VOID)
{
    for (ULONG i = 0; i < PowerDevices; i++) {
        if (Children[i])
            IoInvalidateDeviceRelations(Children[i]->Self, PowerRelations);
    }
}

// What depends on it: the other one, or nothing.
static NTSTATUS AnswerRelations(PDEVICE Device, PIRP Irp)
{
    ULONG Number = Device->Child.Number;
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceRelations.Type != PowerRelations ||
        Behaviour.Relations < Number)
        return Complete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(PagedPool, sizeof(*Relations), PowerTag);
    if (!Relations)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    Relations->Count = 1;
    Relations->Objects[0] = Children[PowerDevices - Number]->Self;
    ObReferenceObject(Relations->Objects[0]);
    return Complete(Irp, STATUS_SUCCESS, (ULONG_PTR)Relations);
}

NTSTATUS ChildPnp(PDEVICE Device, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_QUERY_ID:
        return AnswerId(Device, Irp);
    case IRP_MN_QUERY_CAPABILITIES:
        return AnswerCapabilities(Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return AnswerRelations(Device, Irp);
    case IRP_MN_START_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
    case IRP_MN_REMOVE_DEVICE:
        return Complete(Irp, STATUS_SUCCESS, 0);
    default:
        return Complete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    }
}
