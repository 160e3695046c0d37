// The driver's entry, and the life of its devices.
#include <initguid.h>

#include "driver.h"

#include <wdmguid.h>
#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE FunctionAddDevice;
static DRIVER_DISPATCH FunctionPnp, FunctionPower;

static LONG DeviceCount;

// ---- Start and stop

static VOID FunctionStop(PFUNCTION Function)
{
    Function->Started = FALSE;
    for (ULONG i = 0; i < Function->RangeCount; i++)
        MmUnmapIoSpace(Function->Ranges[i].Address, Function->Ranges[i].Length);
    Function->RangeCount = 0;
    ReleaseInterface(&Function->Bus);
    ReleaseInterface(&Function->Reset);
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
    NTSTATUS Status = List ? PassOnAndWait(Function->Layer.Lower, Irp) : STATUS_NO_SUCH_DEVICE;
    if (NT_SUCCESS(Status))
        Status = FunctionMap(Function, List);
    if (NT_SUCCESS(Status))
        Status = QueryLowerInterface(Function->Layer.Lower, &GUID_BUS_INTERFACE_STANDARD,
                                     sizeof(Function->Bus), 1, &Function->Bus);
    if (NT_SUCCESS(Status))
        Status = QueryLowerInterface(Function->Layer.Lower, &GUID_DEVICE_RESET_INTERFACE_STANDARD,
                                     sizeof(Function->Reset), DEVICE_RESET_INTERFACE_VERSION_1,
                                     &Function->Reset);
    if (NT_SUCCESS(Status)) {
        Function->Started = TRUE;
        PowerStarted(&Function->Policy);
    } else {
        FunctionStop(Function);
    }
    return Complete(Irp, Status, 0);
}

static NTSTATUS NTAPI FunctionAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    WCHAR Text[] = FUNCTION_DEVICE_NAME L"0";
    PDEVICE_OBJECT Self;
    Text[RTL_NUMBER_OF(Text) - 2] = (WCHAR)(L'0' + InterlockedIncrement(&DeviceCount) - 1);
    NTSTATUS Status = LayerCreate(DriverObject, PhysicalDevice, Text, sizeof(FUNCTION), &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PFUNCTION Function = Self->DeviceExtension;
    ExInitializeFastMutex(&Function->Lock);
    KeInitializeEvent(&Function->WakeDone, NotificationEvent, TRUE);
    Self->Flags |= DO_POWER_PAGABLE;
    Status = LayerAttach(&Function->Layer);
    if (NT_SUCCESS(Status))
        Function->Policy = (POWER_POLICY){
            .Self = Self, .PhysicalDevice = PhysicalDevice, .Lower = Function->Layer.Lower};
    return Status;
}

// ---- Dispatch

static NTSTATUS NTAPI FunctionPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFUNCTION Function = DeviceObject->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return FunctionStart(Function, Irp);
    case IRP_MN_REMOVE_DEVICE:
        (VOID) FunctionCancelWake(Function);
        FunctionStop(Function);
        return LayerRemove(&Function->Layer, Irp);
    case IRP_MN_STOP_DEVICE:
        FunctionStop(Function);
        break;
    default:
        break;
    }
    return PassPnp(Function->Layer.Lower, Irp, TRUE);
}

static NTSTATUS NTAPI FunctionPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PowerDispatch(&((PFUNCTION)DeviceObject->DeviceExtension)->Policy, Irp);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    LayerSetRoutines(DriverObject, FunctionAddDevice, FunctionControl, FunctionPnp);
    DriverObject->MajorFunction[IRP_MJ_POWER] = FunctionPower;
    return STATUS_SUCCESS;
}
