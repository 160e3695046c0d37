// tgtdev.sys: a device with a name that tells its users of events.

#include <ntddk.h>

#include "device.h"
#include "layer.h"
#include "target.h"

DRIVER_INITIALIZE DriverEntry;

typedef struct _TARGET {
    PDEVICE_OBJECT Self, Lower, Physical;
} TARGET, *PTARGET;

static NTSTATUS Report(PTARGET Target, BOOLEAN Later)
{
    static const GUID Event = {0x1D5C1B1E, 0x7F0A, 0x4A3B, {1, 2, 3, 4, 5, 6, 7, 8}};
    union {
        TARGET_DEVICE_CUSTOM_NOTIFICATION Notification;
        UCHAR Space[FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer) +
                    sizeof(ULONG)];
    } Change = {
        .Notification = {
            .Version = 1, .Size = sizeof(Change.Space), .Event = Event, .NameBufferOffset = -1}};
    *(ULONG UNALIGNED *)Change.Notification.CustomDataBuffer = TargetEventData;
    return Later ? IoReportTargetDeviceChangeAsynchronous(Target->Physical, &Change, NULL, NULL)
                 : IoReportTargetDeviceChange(Target->Physical, &Change);
}

static NTSTATUS NTAPI Control(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PTARGET Target = DeviceObject->DeviceExtension;
    NTSTATUS Status;
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode) {
    case TARGET_REPORT:
        return Complete(Irp, Report(Target, FALSE), 0);
    case TARGET_REPORT_LATER:
        Status = Report(Target, TRUE);
        return Complete(Irp, Status == STATUS_PENDING ? STATUS_SUCCESS : Status, 0);
    case TARGET_PROPERTY:
        *(PULONG)Irp->AssociatedIrp.SystemBuffer = TestProperties(Target->Physical);
        return Complete(Irp, STATUS_SUCCESS, sizeof(ULONG));
    default:
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS NTAPI Pnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PTARGET Target = DeviceObject->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return Complete(Irp, PassOnAndWait(Target->Lower, Irp), 0);
    case IRP_MN_REMOVE_DEVICE:
        return PassRemoval(DeviceObject, Target->Lower, Irp);
    default:
        return PassPnp(Target->Lower, Irp, FALSE);
    }
}

static NTSTATUS NTAPI AddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\TargetDevice");
    PDEVICE_OBJECT Self;
    NTSTATUS Status =
        IoCreateDevice(DriverObject, sizeof(TARGET), &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    *(PTARGET)Self->DeviceExtension = (TARGET){
        Self, IoAttachDeviceToDeviceStack(Self, PhysicalDeviceObject), PhysicalDeviceObject};
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Control;
    DriverObject->MajorFunction[IRP_MJ_PNP] = Pnp;
    DriverObject->DriverExtension->AddDevice = AddDevice;
    return STATUS_SUCCESS;
}
