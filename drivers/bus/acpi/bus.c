// The ACPI device: the machine's firmware as a bus.
#include "acpi.h"

NTSTATUS AcpiPass(PACPI_BUS Bus, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Bus->LowerDevice, Irp);
}

// ---- Resources: nobody but the FADT knows of the system control interrupt

static PIO_RESOURCE_REQUIREMENTS_LIST AcpiMakeRequirements(VOID)
{
    PIO_RESOURCE_REQUIREMENTS_LIST List = ExAllocatePoolWithTag(PagedPool, sizeof(*List), AcpiTag);
    if (!List)
        return NULL;
    RtlZeroMemory(List, sizeof(*List));
    List->ListSize = sizeof(*List);
    List->InterfaceType = Internal;
    List->AlternativeLists = 1;
    List->List[0].Version = List->List[0].Revision = 1;
    List->List[0].Count = 1;
    PIO_RESOURCE_DESCRIPTOR Sci = &List->List[0].Descriptors[0];
    ACPI_LINE Line;
    AcpiSciLine(&Line);
    AcpiDescribeLine(&Line, Sci);
    return List;
}

// The list that comes holds nothing of ours: the root bus knows no resources of this device.
static NTSTATUS AcpiFilterRequirements(PIRP Irp)
{
    PIO_RESOURCE_REQUIREMENTS_LIST List = AcpiMakeRequirements();
    if (!List)
        return AcpiComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    PVOID Given = IoGetCurrentIrpStackLocation(Irp)
                      ->Parameters.FilterResourceRequirements.IoResourceRequirementList;
    if (Given)
        ExFreePool(Given);
    IoGetCurrentIrpStackLocation(Irp)
        ->Parameters.FilterResourceRequirements.IoResourceRequirementList = NULL;
    return AcpiComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)List);
}

// ---- Start and end

static VOID AcpiTakeInterrupt(const CM_RESOURCE_LIST *Translated)
{
    if (!Translated || !Translated->Count)
        return;
    const CM_PARTIAL_RESOURCE_LIST *List = &Translated->List[0].PartialResourceList;
    for (ULONG i = 0; i < List->Count; i++) {
        if (List->PartialDescriptors[i].Type == CmResourceTypeInterrupt)
            OslSetInterrupt(&List->PartialDescriptors[i]);
    }
}

static NTSTATUS AcpiBusStart(PACPI_BUS Bus, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoForwardIrpSynchronously(Bus->LowerDevice, Irp)
                          ? Irp->IoStatus.Status
                          : STATUS_INVALID_DEVICE_REQUEST;
    if (NT_SUCCESS(Status) && !Bus->Started) {
        AcpiTakeInterrupt(Stack->Parameters.StartDevice.AllocatedResourcesTranslated);
        Status = AcpiStart();
        if (NT_SUCCESS(Status))
            Status = AcpiStartNotifications(Bus);
        Bus->Started = NT_SUCCESS(Status);
        if (Bus->Started) {
            AcpiWatchFixedButtons();
            AcpiStartWake(Bus);
            AcpiTellSleepStates();
            AcpiStartThermal(Bus);
        }
    }
    return AcpiComplete(Irp, Status, 0);
}

static VOID AcpiFreeNodes(PACPI_BUS Bus)
{
    while (!IsListEmpty(&Bus->Nodes)) {
        PACPI_NODE Node = CONTAINING_RECORD(RemoveHeadList(&Bus->Nodes), ACPI_NODE, Link);
        if (Node->Device)
            IoDeleteDevice(Node->Device);
        AcpiFreeNode(Node);
    }
}

static NTSTATUS AcpiBusRemove(PACPI_BUS Bus, PIRP Irp)
{
    AcpiStopThermal();
    AcpiForgetFixedButtons();
    AcpiStopWake();
    AcpiStopNotifications();
    AcpiStopLock();
    AcpiEnd();
    OslTerminate();
    AcpiFreeNodes(Bus);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    NTSTATUS Status = AcpiPass(Bus, Irp);
    IoDetachDevice(Bus->LowerDevice);
    IoDeleteDevice(Bus->Self);
    return Status;
}

// ---- Requests

NTSTATUS AcpiBusPnp(PACPI_BUS Bus, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    switch (Stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return AcpiBusStart(Bus, Irp);
    case IRP_MN_FILTER_RESOURCE_REQUIREMENTS:
        return AcpiFilterRequirements(Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        if (Stack->Parameters.QueryDeviceRelations.Type == BusRelations)
            return AcpiQueryChildren(Bus, NULL, Irp);
        break;
    case IRP_MN_REMOVE_DEVICE:
        return AcpiBusRemove(Bus, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE: // the machine does not run without its firmware
        return AcpiComplete(Irp, STATUS_UNSUCCESSFUL, 0);
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    return AcpiPass(Bus, Irp);
}
