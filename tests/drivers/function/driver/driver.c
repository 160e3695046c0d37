// The driver's entry, and the life of its devices.
#include <initguid.h>

#include "driver.h"

#include <wdmguid.h>
#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE FunctionAddDevice;
static DRIVER_DISPATCH FunctionOpenClose, FunctionPass, FunctionPnp, FunctionPower;

static LONG DeviceCount;

static VOID FunctionRelease(PINTERFACE Interface)
{
    if (Interface->InterfaceDereference)
        Interface->InterfaceDereference(Interface->Context);
    Interface->InterfaceDereference = NULL;
}

// ---- Start and stop

static VOID FunctionStop(PFUNCTION Function)
{
    Function->Started = FALSE;
    for (ULONG i = 0; i < Function->RangeCount; i++)
        MmUnmapIoSpace(Function->Ranges[i].Address, Function->Ranges[i].Length);
    Function->RangeCount = 0;
    FunctionRelease((PINTERFACE)&Function->Bus);
    FunctionRelease((PINTERFACE)&Function->Reset);
}

static NTSTATUS FunctionMap(PFUNCTION Function, const CM_RESOURCE_LIST *List)
{
    const CM_PARTIAL_RESOURCE_LIST *Partial = &List->List[0].PartialResourceList;
    for (ULONG i = 0; i < Partial->Count && Function->RangeCount < MostRanges; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Resource = &Partial->PartialDescriptors[i];
        MEMORY_RANGE *Range = &Function->Ranges[Function->RangeCount];
        if (Resource->Type != CmResourceTypeMemory)
            continue;
        Range->Length = Resource->u.Memory.Length;
        Range->Address = MmMapIoSpace(Resource->u.Memory.Start, Range->Length, MmNonCached);
        if (!Range->Address)
            return STATUS_INSUFFICIENT_RESOURCES;
        Function->RangeCount++;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS FunctionStart(PFUNCTION Function, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    const CM_RESOURCE_LIST *List = Stack->Parameters.StartDevice.AllocatedResourcesTranslated;
    NTSTATUS Status = STATUS_NO_SUCH_DEVICE;
    if (List && IoForwardIrpSynchronously(Function->Lower, Irp))
        Status = Irp->IoStatus.Status;
    if (NT_SUCCESS(Status))
        Status = FunctionMap(Function, List);
    if (NT_SUCCESS(Status))
        Status = QueryLowerInterface(Function->Lower, &GUID_BUS_INTERFACE_STANDARD,
                                     sizeof(Function->Bus), 1, &Function->Bus);
    if (NT_SUCCESS(Status))
        Status = QueryLowerInterface(Function->Lower, &GUID_DEVICE_RESET_INTERFACE_STANDARD,
                                     sizeof(Function->Reset), DEVICE_RESET_INTERFACE_VERSION_1,
                                     &Function->Reset);
    if (NT_SUCCESS(Status)) {
        Function->Started = TRUE;
        PowerStarted(&Function->Policy);
    } else {
        FunctionStop(Function);
    }
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS FunctionRemove(PFUNCTION Function, PIRP Irp)
{
    PDEVICE_OBJECT Lower = Function->Lower;
    (VOID) FunctionCancelWake(Function);
    FunctionStop(Function);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoCallDriver(Lower, Irp);
    IoDetachDevice(Lower);
    IoDeleteDevice(Function->Self);
    return Status;
}

static NTSTATUS NTAPI FunctionAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    WCHAR Text[] = FUNCTION_DEVICE_NAME L"0";
    UNICODE_STRING Name;
    PDEVICE_OBJECT Self;
    Text[RTL_NUMBER_OF(Text) - 2] = (WCHAR)(L'0' + InterlockedIncrement(&DeviceCount) - 1);
    RtlInitUnicodeString(&Name, Text);
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(FUNCTION), &Name, FILE_DEVICE_UNKNOWN,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PFUNCTION Function = Self->DeviceExtension;
    Function->Self = Self;
    Function->PhysicalDevice = PhysicalDevice;
    ExInitializeFastMutex(&Function->Lock);
    KeInitializeEvent(&Function->WakeDone, NotificationEvent, TRUE);
    Function->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Function->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Function->Policy =
        (POWER_POLICY){.Self = Self, .PhysicalDevice = PhysicalDevice, .Lower = Function->Lower};
    Self->Flags |= DO_POWER_PAGABLE;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

// ---- Dispatch

static NTSTATUS NTAPI FunctionPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFUNCTION Function = DeviceObject->DeviceExtension;
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Function->Lower, Irp);
}

static NTSTATUS NTAPI FunctionPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFUNCTION Function = DeviceObject->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return FunctionStart(Function, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return FunctionRemove(Function, Irp);
    case IRP_MN_STOP_DEVICE:
        FunctionStop(Function);
        [[fallthrough]];
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    return FunctionPass(DeviceObject, Irp);
}

static NTSTATUS NTAPI FunctionPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PowerDispatch(&((PFUNCTION)DeviceObject->DeviceExtension)->Policy, Irp);
}

static NTSTATUS NTAPI FunctionOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = FunctionAddDevice;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = FunctionOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = FunctionOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = FunctionOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = FunctionControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = FunctionPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = FunctionPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = FunctionPass;
    return STATUS_SUCCESS;
}
