// The batteries' beginning and end.
#include <initguid.h>

#include "battc.h"

// STATUS_NOT_SUPPORTED is what callers of BatteryClassIoctl take for a request that is still theirs.
NTSTATUS BatcComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    if (Status == STATUS_NOT_SUPPORTED)
        Status = STATUS_INVALID_DEVICE_REQUEST;
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS BatcEnableInterface(PBATTERY_CLASS Class)
{
    if (!Class->Miniport.Pdo)
        return STATUS_SUCCESS;
    NTSTATUS Status = IoRegisterDeviceInterface(Class->Miniport.Pdo, &GUID_DEVICE_BATTERY, NULL,
                                                &Class->Interface);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IoSetDeviceInterfaceState(&Class->Interface, TRUE);
    if (!NT_SUCCESS(Status))
        RtlFreeUnicodeString(&Class->Interface);
    return Status;
}

NTSTATUS NTAPI BatteryClassInitializeDevice(PBATTERY_MINIPORT_INFO MiniportInfo, PVOID *ClassData)
{
    if (MiniportInfo->MajorVersion != BATTERY_CLASS_MAJOR_VERSION || !MiniportInfo->QueryTag ||
        !MiniportInfo->QueryInformation || !MiniportInfo->QueryStatus)
        return STATUS_REVISION_MISMATCH;
    PBATTERY_CLASS Class = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Class), BatcTag);
    if (!Class)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Class, sizeof(*Class));
    Class->Miniport = *MiniportInfo;
    BatcInitializeWaits(Class);
    NTSTATUS Status = BatcEnableInterface(Class);
    if (NT_SUCCESS(Status))
        *ClassData = Class;
    else
        ExFreePoolWithTag(Class, BatcTag);
    return Status;
}

NTSTATUS NTAPI BatteryClassUnload(PVOID ClassData)
{
    PBATTERY_CLASS Class = ClassData;
    if (Class->Interface.Buffer) {
        (VOID) IoSetDeviceInterfaceState(&Class->Interface, FALSE);
        RtlFreeUnicodeString(&Class->Interface);
    }
    BatcEndWaits(Class);
    ExFreePoolWithTag(Class, BatcTag);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI BatteryClassStatusNotify(PVOID ClassData)
{
    BatcLook(ClassData);
    return STATUS_SUCCESS;
}
