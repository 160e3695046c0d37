// StorPortInitialize: a miniport's driver object becomes that of a port driver. The packets of its devices.
#include "storportp.h"

static DRIVER_DISPATCH StorpOpenClose, StorpDeviceControl, StorpScsi, StorpPnp, StorpPower,
    StorpSystemControl;
static DRIVER_UNLOAD StorpUnload;

DRIVER_INITIALIZE DriverEntry;

static char StorpDriverKey; // its address tells our extension of a driver object from others'

PSTOR_DRIVER StorpDriverOf(PDRIVER_OBJECT DriverObject)
{
    return IoGetDriverObjectExtension(DriverObject, &StorpDriverKey);
}

static const struct {
    ULONG Bytes;
    BOOLEAN IsVirtual;
} StorpForms[] = {
    {FIELD_OFFSET(HW_INITIALIZATION_DATA, HwFreeAdapterResources), FALSE},
    {sizeof(VIRTUAL_HW_INITIALIZATION_DATA), TRUE},
    {FIELD_OFFSET(HW_INITIALIZATION_DATA, HwUnitControl), FALSE},
    {sizeof(HW_INITIALIZATION_DATA), FALSE},
};

// The structure's size tells its form: what a miniport of an older Windows knew of it.
static NTSTATUS StorpTakeInitialization(PSTOR_DRIVER Driver, const HW_INITIALIZATION_DATA *Given)
{
    ULONG Form = 0;
    while (Form < RTL_NUMBER_OF(StorpForms) &&
           StorpForms[Form].Bytes != Given->HwInitializationDataSize)
        Form++;
    if (Form == RTL_NUMBER_OF(StorpForms))
        return STATUS_REVISION_MISMATCH;
    RtlCopyMemory(&Driver->Hw, Given, StorpForms[Form].Bytes);
    Driver->IsVirtual =
        StorpForms[Form].IsVirtual || (Driver->Hw.FeatureSupport & STOR_FEATURE_VIRTUAL_MINIPORT);
    if (!Driver->Hw.HwFindAdapter || !Driver->Hw.HwInitialize || !Driver->Hw.HwStartIo ||
        !Driver->Hw.HwResetBus)
        return STATUS_INVALID_PARAMETER;
    if (!Driver->IsVirtual && !Driver->Hw.TaggedQueuing)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static NTSTATUS StorpCopyPath(PSTOR_DRIVER Driver, PUNICODE_STRING Path)
{
    Driver->RegistryPath.Buffer =
        ExAllocatePoolWithTag(NonPagedPoolNx, Path->Length + sizeof(WCHAR), StorTag);
    if (!Driver->RegistryPath.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    Driver->RegistryPath.MaximumLength = Path->Length + sizeof(WCHAR);
    RtlCopyUnicodeString(&Driver->RegistryPath, Path);
    Driver->RegistryPath.Buffer[Path->Length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

static VOID StorpSetDispatch(PDRIVER_OBJECT DriverObject)
{
    static const struct {
        UCHAR Major;
        PDRIVER_DISPATCH Routine;
    } Routines[] = {
        {IRP_MJ_CREATE, StorpOpenClose},
        {IRP_MJ_CLOSE, StorpOpenClose},
        {IRP_MJ_CLEANUP, StorpOpenClose},
        {IRP_MJ_DEVICE_CONTROL, StorpDeviceControl},
        {IRP_MJ_SCSI, StorpScsi}, // and IRP_MJ_INTERNAL_DEVICE_CONTROL, which is the same
        {IRP_MJ_PNP, StorpPnp},
        {IRP_MJ_POWER, StorpPower},
        {IRP_MJ_SYSTEM_CONTROL, StorpSystemControl},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Routines); i++)
        DriverObject->MajorFunction[Routines[i].Major] = Routines[i].Routine;
    DriverObject->DriverExtension->AddDevice = StorpAddDevice;
    DriverObject->DriverUnload = StorpUnload;
}

ULONG NTAPI StorPortInitialize(PVOID Argument1, PVOID Argument2,
                               PHW_INITIALIZATION_DATA HwInitializationData, PVOID HwContext)
{
    PDRIVER_OBJECT DriverObject = Argument1;
    PSTOR_DRIVER Driver;
    if (!DriverObject || !Argument2 || !HwInitializationData)
        return (ULONG)STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IoAllocateDriverObjectExtension(DriverObject, &StorpDriverKey,
                                                      sizeof(*Driver), (PVOID *)&Driver);
    if (!NT_SUCCESS(Status))
        return (ULONG)Status; // a second call, for one
    RtlZeroMemory(Driver, sizeof(*Driver));
    Status = StorpTakeInitialization(Driver, HwInitializationData);
    if (NT_SUCCESS(Status))
        Status = StorpCopyPath(Driver, Argument2);
    if (!NT_SUCCESS(Status))
        return (ULONG)Status;
    Driver->HwContext = HwContext;
    if (Driver->Hw.HwInitializeTracing)
        Driver->Hw.HwInitializeTracing(DriverObject, Argument2);
    StorpSetDispatch(DriverObject);
    return STATUS_SUCCESS;
}

static VOID NTAPI StorpUnload(PDRIVER_OBJECT DriverObject)
{
    PSTOR_DRIVER Driver = StorpDriverOf(DriverObject);
    if (Driver->Hw.HwCleanupTracing)
        Driver->Hw.HwCleanupTracing(DriverObject);
    ExFreePoolWithTag(Driver->RegistryPath.Buffer, StorTag);
}

// ---- Packets

static NTSTATUS NTAPI StorpOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return StorpComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI StorpDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSTOR_UNIT Unit = StorpUnitOfDevice(DeviceObject);
    return Unit ? StorpUnitDeviceControl(Unit, Irp)
                : StorpAdapterControl(DeviceObject->DeviceExtension, Irp);
}

static NTSTATUS NTAPI StorpScsi(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSTOR_UNIT Unit = StorpUnitOfDevice(DeviceObject);
    return Unit ? StorpUnitScsi(Unit, Irp) : StorpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

static NTSTATUS NTAPI StorpPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSTOR_UNIT Unit = StorpUnitOfDevice(DeviceObject);
    return Unit ? StorpUnitPnp(Unit, Irp) : StorpAdapterPnp(DeviceObject->DeviceExtension, Irp);
}

static NTSTATUS NTAPI StorpPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSTOR_UNIT Unit = StorpUnitOfDevice(DeviceObject);
    return Unit ? StorpUnitPower(Unit, Irp) : StorpAdapterPower(DeviceObject->DeviceExtension, Irp);
}

static NTSTATUS NTAPI StorpSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (StorpUnitOfDevice(DeviceObject))
        return StorpComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(((PSTOR_ADAPTER)DeviceObject->DeviceExtension)->Lower, Irp);
}

// storport.sys is a library to the drivers that import from it: it has no devices of its own.
NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}
