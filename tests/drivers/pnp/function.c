// pnpfunc.sys: the function driver of the bus's devices. It fails and refuses what the program tells it to.
#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE FunctionAddDevice;
static DRIVER_DISPATCH FunctionPnp, FunctionControl, FunctionPass;
static DRIVER_UNLOAD FunctionUnload;

typedef struct _FUNCTION {
    PDEVICE_OBJECT LowerDevice, PhysicalDevice;
    UNICODE_STRING Interface;
    PVOID FirstPort;
    ULONG State;
    BOOLEAN Gone; // it was pulled out
} FUNCTION, *PFUNCTION;

static const GUID FunctionInterface = PNPTEST_INTERFACE;
static PDEVICE_OBJECT ControlDevice;
static PDEVICE_OBJECT AnyChild; // the last one that came
static PDEVICE_OBJECT LastPhysicalDevice;
static FUNCTION_BEHAVIOUR Behaviour;

// ---- PnP

static VOID FindPort(PFUNCTION Function, const CM_RESOURCE_LIST *List)
{
    Function->FirstPort = nullptr;
    if (!List || !List->Count)
        return;
    const CM_PARTIAL_RESOURCE_LIST *Partial = &List->List[0].PartialResourceList;
    for (ULONG i = 0; i < Partial->Count && !Function->FirstPort; i++) {
        if (Partial->PartialDescriptors[i].Type == CmResourceTypePort)
            Function->FirstPort =
                (PVOID)(ULONG_PTR)Partial->PartialDescriptors[i].u.Port.Start.QuadPart;
    }
}

static NTSTATUS Start(PFUNCTION Function, PIRP Irp)
{
    FindPort(
        Function,
        IoGetCurrentIrpStackLocation(Irp)->Parameters.StartDevice.AllocatedResourcesTranslated);
    NTSTATUS Status = PassOnAndWait(Function->LowerDevice, Irp);
    if (NT_SUCCESS(Status))
        Status = Behaviour.Start;
    if (NT_SUCCESS(Status) && Function->Interface.Buffer)
        IoSetDeviceInterfaceState(&Function->Interface, TRUE);
    return Complete(Irp, Status, 0);
}

static VOID CloseInterface(PFUNCTION Function)
{
    if (!Function->Interface.Buffer)
        return;
    IoSetDeviceInterfaceState(&Function->Interface, FALSE);
    RtlFreeUnicodeString(&Function->Interface);
    Function->Interface.Buffer = nullptr;
}

static NTSTATUS Remove(PDEVICE_OBJECT Self, PFUNCTION Function, PIRP Irp)
{
    CloseInterface(Function);
    if (AnyChild == Function->LowerDevice)
        AnyChild = nullptr;
    NTSTATUS Status = PassOn(Function->LowerDevice, Irp);
    IoDetachDevice(Function->LowerDevice);
    IoDeleteDevice(Self);
    return Status;
}

// The first port of the list moves up.
static NTSTATUS Filter(PFUNCTION Function, PIRP Irp)
{
    PIO_RESOURCE_REQUIREMENTS_LIST List =
        IoGetCurrentIrpStackLocation(Irp)
            ->Parameters.FilterResourceRequirements.IoResourceRequirementList;
    NTSTATUS Status = PassOnAndWait(Function->LowerDevice, Irp);
    if (!Behaviour.Filter || !List)
        return Complete(Irp, Status, Irp->IoStatus.Information);
    PIO_RESOURCE_REQUIREMENTS_LIST Copy = ExAllocatePoolWithTag(PagedPool, List->ListSize, 'cnuF');
    if (!Copy)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlCopyMemory(Copy, List, List->ListSize);
    ExFreePool(List);
    Copy->List[0].Descriptors[0].u.Port.MinimumAddress.QuadPart += 8;
    Copy->List[0].Descriptors[0].u.Port.MaximumAddress.QuadPart += 8;
    return Complete(Irp, STATUS_SUCCESS, (ULONG_PTR)Copy);
}

static NTSTATUS NTAPI FunctionPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFUNCTION Function = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (DeviceObject == ControlDevice)
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    ReportPnp(Function->LowerDevice, "pnpfunc", Stack->MinorFunction);
    switch (Stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return Start(Function, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return Remove(DeviceObject, Function, Irp);
    case IRP_MN_FILTER_RESOURCE_REQUIREMENTS:
        return Filter(Function, Irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
        if (!NT_SUCCESS(Behaviour.QueryRemove))
            return Complete(Irp, Behaviour.QueryRemove, 0);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_SURPRISE_REMOVAL:
        Function->Gone = TRUE;
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_QUERY_STOP_DEVICE:
        if (!NT_SUCCESS(Behaviour.QueryStop))
            return Complete(Irp, Behaviour.QueryStop, 0);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_QUERY_PNP_DEVICE_STATE:
        Irp->IoStatus.Information = Function->State;
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    return PassOn(Function->LowerDevice, Irp);
}

static NTSTATUS NTAPI FunctionAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    if (!NT_SUCCESS(Behaviour.Add))
        return Behaviour.Add;
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(FUNCTION), nullptr, FILE_DEVICE_UNKNOWN,
                                     0, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PFUNCTION Function = Self->DeviceExtension;
    Function->PhysicalDevice = PhysicalDevice;
    Function->State = Behaviour.State;
    Function->LowerDevice = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Function->LowerDevice) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    AnyChild = Function->LowerDevice;
    LastPhysicalDevice = PhysicalDevice;
    IoRegisterDeviceInterface(PhysicalDevice, &FunctionInterface, nullptr, &Function->Interface);
    Self->Flags |= DO_BUFFERED_IO;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    Report(Function->LowerDevice, "pnpfunc", "add");
    return STATUS_SUCCESS;
}

// ---- Requests

static NTSTATUS Relay(PIRP Irp)
{
    PULONG Value = Irp->AssociatedIrp.SystemBuffer;
    NTSTATUS Status = STATUS_SUCCESS;
    if (*Value) {
        --*Value;
        Status = AnyChild ? ControlLower(AnyChild, TRUE, TEST_RELAY, Value, sizeof(*Value),
                                         sizeof(*Value), nullptr)
                          : STATUS_NO_SUCH_DEVICE;
        ++*Value;
    }
    return Complete(Irp, Status, sizeof(*Value));
}

static NTSTATUS Change(PFUNCTION Function, PIRP Irp)
{
    Function->State = Behaviour.NewState;
    Complete(Irp, STATUS_SUCCESS, 0);
    IoInvalidateDeviceState(Function->PhysicalDevice);
    return STATUS_SUCCESS;
}

static NTSTATUS EjectLast(PIRP Irp)
{
    if (!AnyChild)
        return Complete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    IoRequestDeviceEject(LastPhysicalDevice);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI FunctionControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PFUNCTION Function = DeviceObject->DeviceExtension;
    PULONG Value = Irp->AssociatedIrp.SystemBuffer;
    BOOLEAN IsControl = DeviceObject == ControlDevice;
    if (!IsControl && Function->Gone)
        return Complete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case FUNCTION_SET:
        if (!IsControl || Stack->Parameters.DeviceIoControl.InputBufferLength != sizeof(Behaviour))
            break;
        RtlCopyMemory(&Behaviour, Value, sizeof(Behaviour));
        return Complete(Irp, STATUS_SUCCESS, 0);
    case TEST_RELAY:
        if (!IsControl) // of the device: to its child
            return PassOn(Function->LowerDevice, Irp);
        return Relay(Irp);
    case FUNCTION_ECHO:
        ++*Value;
        return Complete(Irp, STATUS_SUCCESS, sizeof(*Value));
    case FUNCTION_PORT:
        *Value = READ_PORT_UCHAR(Function->FirstPort);
        return Complete(Irp, STATUS_SUCCESS, sizeof(*Value));
    case FUNCTION_FAULT:
        return Complete(Irp, STATUS_SUCCESS, *(volatile ULONG *)0x10);
    case FUNCTION_EJECT:
        return EjectLast(Irp);
    case FUNCTION_CHANGE:
        return Change(Function, Irp);
    default:
        break;
    }
    return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

// ---- The driver

static NTSTATUS NTAPI FunctionPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (DeviceObject == ControlDevice)
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    return PassOn(((PFUNCTION)DeviceObject->DeviceExtension)->LowerDevice, Irp);
}

static VOID NTAPI FunctionUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    IoDeleteDevice(ControlDevice);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\PnpTestFunction");
    DriverObject->MajorFunction[IRP_MJ_CREATE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = FunctionControl;
    DriverObject->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = FunctionPass;
    DriverObject->MajorFunction[IRP_MJ_PNP] = FunctionPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = FunctionPass;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = FunctionPass;
    DriverObject->DriverExtension->AddDevice = FunctionAddDevice;
    DriverObject->DriverUnload = FunctionUnload;
    return IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &ControlDevice);
}
