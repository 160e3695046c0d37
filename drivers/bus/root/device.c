// A device of the root bus: what its key says, as answers to PnP requests.
#include "root.h"

// A pool copy of up to two texts with a terminator each, and one more at the end.
static NTSTATUS RootAnswerTexts(PIRP Irp, PCWSTR Prefix, PCWSTR Text)
{
    SIZE_T Chars = wcslen(Prefix) + wcslen(Text);
    PWSTR Copy = ExAllocatePoolWithTag(PagedPool, (Chars + 2) * sizeof(WCHAR), RootTag);
    if (!Copy)
        return RootComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    wcscpy(Copy, Prefix);
    wcscpy(Copy + wcslen(Prefix), Text);
    Copy[Chars + 1] = 0;
    return RootComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Copy);
}

// What the key does not have is not answered: the status stays what it was.
static NTSTATUS RootAnswerValue(PROOT_DEVICE Device, PIRP Irp, BOOLEAN Configuration, PCWSTR Name,
                                ULONG Type)
{
    ULONG Length;
    PVOID Value = RootReadValue(Device, Configuration, Name, Type, &Length);
    if (!Value)
        return RootComplete(Irp, Irp->IoStatus.Status, 0);
    return RootComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Value);
}

static NTSTATUS RootQueryId(PROOT_DEVICE Device, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryId.IdType) {
    case BusQueryDeviceID:
        return RootAnswerTexts(Irp, L"ROOT\\", Device->Device);
    case BusQueryInstanceID:
        return RootAnswerTexts(Irp, L"", Device->Instance);
    case BusQueryHardwareIDs:
        return RootAnswerValue(Device, Irp, FALSE, L"HardwareID", REG_MULTI_SZ);
    case BusQueryCompatibleIDs:
        return RootAnswerValue(Device, Irp, FALSE, L"CompatibleIDs", REG_MULTI_SZ);
    default:
        return RootComplete(Irp, Irp->IoStatus.Status, 0);
    }
}

static NTSTATUS RootQueryText(PROOT_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.QueryDeviceText.DeviceTextType != DeviceTextDescription)
        return RootComplete(Irp, Irp->IoStatus.Status, 0);
    return RootAnswerValue(Device, Irp, FALSE, L"DeviceDesc", REG_SZ);
}

static NTSTATUS RootQueryCapabilities(PIRP Irp)
{
    PDEVICE_CAPABILITIES Capabilities =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceCapabilities.Capabilities;
    if (Capabilities->Version != 1 || Capabilities->Size < sizeof(*Capabilities))
        return RootComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    Capabilities->UniqueID = TRUE;
    Capabilities->SilentInstall = TRUE;
    Capabilities->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (ULONG i = PowerSystemSleeping1; i < PowerSystemMaximum; i++)
        Capabilities->DeviceState[i] = PowerDeviceD3;
    return RootComplete(Irp, STATUS_SUCCESS, Irp->IoStatus.Information);
}

static NTSTATUS RootQueryTarget(PROOT_DEVICE Device, PIRP Irp)
{
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(PagedPool, sizeof(*Relations), RootTag);
    if (!Relations)
        return RootComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    ObReferenceObject(Device->Self);
    Relations->Count = 1;
    Relations->Objects[0] = Device->Self;
    return RootComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Relations);
}

static NTSTATUS RootQueryBus(PIRP Irp)
{
    PPNP_BUS_INFORMATION Bus = ExAllocatePoolWithTag(PagedPool, sizeof(*Bus), RootTag);
    if (!Bus)
        return RootComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(Bus, sizeof(*Bus));
    Bus->LegacyBusType = Internal;
    return RootComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Bus);
}

// A device whose key is gone goes; another stays for the next driver.
static NTSTATUS RootRemove(PROOT_DEVICE Device, PIRP Irp)
{
    PROOT_BUS Bus = Device->Bus;
    PDEVICE_OBJECT Self = NULL;
    ExAcquireFastMutex(&Bus->Lock);
    if (!Device->Present) {
        RemoveEntryList(&Device->Link);
        Self = Device->Self;
    }
    ExReleaseFastMutex(&Bus->Lock);
    NTSTATUS Status = RootComplete(Irp, STATUS_SUCCESS, 0);
    if (Self)
        IoDeleteDevice(Self);
    return Status;
}

NTSTATUS RootDevicePnp(PROOT_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    switch (Stack->MinorFunction) {
    case IRP_MN_QUERY_ID:
        return RootQueryId(Device, Irp);
    case IRP_MN_QUERY_DEVICE_TEXT:
        return RootQueryText(Device, Irp);
    case IRP_MN_QUERY_CAPABILITIES:
        return RootQueryCapabilities(Irp);
    case IRP_MN_QUERY_RESOURCES:
        return RootAnswerValue(Device, Irp, TRUE, L"BootConfig", REG_RESOURCE_LIST);
    case IRP_MN_QUERY_RESOURCE_REQUIREMENTS:
        return RootAnswerValue(Device, Irp, TRUE, L"BasicConfigVector",
                               REG_RESOURCE_REQUIREMENTS_LIST);
    case IRP_MN_QUERY_BUS_INFORMATION:
        return RootQueryBus(Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        if (Stack->Parameters.QueryDeviceRelations.Type == TargetDeviceRelation)
            return RootQueryTarget(Device, Irp);
        return RootComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    case IRP_MN_REMOVE_DEVICE:
        return RootRemove(Device, Irp);
    case IRP_MN_START_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        return RootComplete(Irp, STATUS_SUCCESS, 0);
    default:
        return RootComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    }
}
