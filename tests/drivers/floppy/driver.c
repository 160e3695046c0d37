// The device's life, and what the program asks for.
#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH FloppyPnp, FloppyControl;
static DRIVER_ADD_DEVICE FloppyAddDevice;
static KDEFERRED_ROUTINE FloppyDpc;

static VOID NTAPI FloppyDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    KeSetEvent(&((PFLOPPY)Context)->Interrupted, IO_NO_INCREMENT, FALSE);
}

static BOOLEAN NTAPI FloppyService(PKINTERRUPT Interrupt, PVOID Context)
{
    PFLOPPY Floppy = Context;
    UNREFERENCED_PARAMETER(Interrupt);
    InterlockedIncrement(&Floppy->Interrupts);
    KeInsertQueueDpc(&Floppy->Dpc, NULL, NULL);
    return TRUE;
}

// ---- Start and stop

static NTSTATUS FloppyTakeResources(PFLOPPY Floppy, const CM_RESOURCE_LIST *List)
{
    BOOLEAN HasChannel = FALSE;
    if (!List)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    const CM_PARTIAL_RESOURCE_LIST *Partial = &List->List[0].PartialResourceList;
    for (ULONG i = 0; i < Partial->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Resource = &Partial->PartialDescriptors[i];
        if (Resource->Type == CmResourceTypePort && !Floppy->Ports) {
            Floppy->Ports = (PUCHAR)(ULONG_PTR)Resource->u.Port.Start.QuadPart;
        } else if (Resource->Type == CmResourceTypeDma) {
            Floppy->Channel = Floppy->Report.Channel = Resource->u.Dma.Channel;
            HasChannel = TRUE;
        }
    }
    return Floppy->Ports && HasChannel ? STATUS_SUCCESS : STATUS_DEVICE_CONFIGURATION_ERROR;
}

static NTSTATUS FloppyConnect(PFLOPPY Floppy)
{
    IO_CONNECT_INTERRUPT_PARAMETERS Parameters = {
        .Version = CONNECT_LINE_BASED,
        .LineBased =
            {
                .PhysicalDeviceObject = Floppy->Layer.PhysicalDevice,
                .InterruptObject = (PKINTERRUPT *)&Floppy->Connection,
                .ServiceRoutine = FloppyService,
                .ServiceContext = Floppy,
            },
    };
    return IoConnectInterruptEx(&Parameters);
}

static VOID FloppyStop(PFLOPPY Floppy)
{
    Floppy->Started = FALSE;
    if (Floppy->Connection)
        IoDisconnectInterrupt(Floppy->Connection);
    Floppy->Connection = NULL;
    FloppyFreeAdapters(Floppy);
    Floppy->Ports = NULL;
}

static NTSTATUS FloppyStart(PFLOPPY Floppy, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = PassOnAndWait(Floppy->Layer.Lower, Irp);
    if (NT_SUCCESS(Status))
        Status =
            FloppyTakeResources(Floppy, Stack->Parameters.StartDevice.AllocatedResourcesTranslated);
    if (NT_SUCCESS(Status))
        Status = FloppyMakeAdapters(Floppy);
    if (NT_SUCCESS(Status))
        Status = FloppyConnect(Floppy);
    if (NT_SUCCESS(Status))
        Status = FloppyReset(Floppy);
    if (!NT_SUCCESS(Status)) {
        DbgPrint("floptest: does not start: 0x%08lX\n", (ULONG)Status);
        FloppyStop(Floppy);
    }
    Floppy->Started = NT_SUCCESS(Status);
    return Complete(Irp, Status, 0);
}

static NTSTATUS NTAPI FloppyPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFLOPPY Floppy = DeviceObject->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return FloppyStart(Floppy, Irp);
    case IRP_MN_REMOVE_DEVICE:
        FloppyStop(Floppy);
        return LayerRemove(&Floppy->Layer, Irp);
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        FloppyStop(Floppy);
        break;
    default:
        break;
    }
    return PassPnp(Floppy->Layer.Lower, Irp, TRUE);
}

static NTSTATUS NTAPI FloppyAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status =
        LayerCreate(DriverObject, PhysicalDevice, FLOPPY_DEVICE_NAME, sizeof(FLOPPY), &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PFLOPPY Floppy = Self->DeviceExtension;
    ExInitializeFastMutex(&Floppy->Lock);
    KeInitializeEvent(&Floppy->Interrupted, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Floppy->Allocated, SynchronizationEvent, FALSE);
    KeInitializeDpc(&Floppy->Dpc, FloppyDpc, Floppy);
    return LayerAttach(&Floppy->Layer);
}

// ---- Requests

static NTSTATUS FloppyCheckPlace(PIRP Irp, ULONG Input, ULONG Output, FLOPPY_PLACE *Place)
{
    if (Input < sizeof(*Place))
        return STATUS_INVALID_PARAMETER;
    *Place = *(PFLOPPY_PLACE)Irp->AssociatedIrp.SystemBuffer;
    if (!Place->Count || Place->First >= FloppySectors ||
        Place->Count > FloppyTrack - Place->First % FloppyTrack ||
        Output != Place->Count * FloppySector)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static NTSTATUS FloppyDoReport(PFLOPPY Floppy, PIRP Irp, ULONG Output)
{
    if (Output < sizeof(Floppy->Report))
        return STATUS_BUFFER_TOO_SMALL;
    Floppy->Report.MapRegisters = Floppy->MapRegisters;
    Floppy->Report.Interrupts = (ULONG)Floppy->Interrupts;
    *(PFLOPPY_REPORT_DATA)Irp->AssociatedIrp.SystemBuffer = Floppy->Report;
    return STATUS_SUCCESS;
}

static NTSTATUS FloppyDoControl(PFLOPPY Floppy, PIRP Irp, ULONG Code, ULONG Input, ULONG Output)
{
    FLOPPY_PLACE Place;
    if (!Floppy->Started)
        return STATUS_DEVICE_NOT_READY;
    if (Code == FLOPPY_REPORT)
        return FloppyDoReport(Floppy, Irp, Output);
    if (Code != FLOPPY_READ && Code != FLOPPY_WRITE && Code != FLOPPY_READ_COMMON)
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS Status = FloppyCheckPlace(Irp, Input, Output, &Place);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Code != FLOPPY_READ_COMMON)
        return FloppyMove(Floppy, &Place, Irp->MdlAddress, Code == FLOPPY_WRITE);
    Status = FloppyMoveCommon(Floppy, &Place);
    if (NT_SUCCESS(Status))
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Floppy->Common, Output);
    return Status;
}

static NTSTATUS NTAPI FloppyControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFLOPPY Floppy = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Output = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    ExAcquireFastMutex(&Floppy->Lock);
    NTSTATUS Status = FloppyDoControl(Floppy, Irp, Stack->Parameters.DeviceIoControl.IoControlCode,
                                      Stack->Parameters.DeviceIoControl.InputBufferLength, Output);
    ExReleaseFastMutex(&Floppy->Lock);
    return Complete(Irp, Status, NT_SUCCESS(Status) ? Output : 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    LayerSetRoutines(DriverObject, FloppyAddDevice, FloppyControl, FloppyPnp);
    DriverObject->DriverUnload = UnloadNothing;
    return STATUS_SUCCESS;
}
