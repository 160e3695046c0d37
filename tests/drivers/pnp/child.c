// Devices of the bus: their identifiers, what they need, and their end.
#include "bus.h"

// ---- Texts

static NTSTATUS AnswerText(PIRP Irp, PCWSTR Format, PCWSTR Value)
{
    enum { Chars = 128 };
    PWSTR Text = ExAllocatePoolWithTag(PagedPool, Chars * sizeof(WCHAR), BusTag);
    if (!Text)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(Text, Chars * sizeof(WCHAR));
    _snwprintf(Text, Chars - 2, Format, Value, Value);
    for (PWSTR Char = Text; *Char; Char++) { // a bar separates the parts of a multi-string
        if (*Char == L'|')
            *Char = 0;
    }
    return Complete(Irp, STATUS_SUCCESS, (ULONG_PTR)Text);
}

static NTSTATUS QueryId(PCHILD Child, PIRP Irp, BUS_QUERY_ID_TYPE Type)
{
    switch (Type) {
    case BusQueryDeviceID:
        return AnswerText(Irp, L"PNPTEST\\%ws", Child->Given.Device);
    case BusQueryInstanceID:
        return AnswerText(Irp, L"%ws", Child->Given.Instance);
    case BusQueryHardwareIDs:
        return AnswerText(Irp, L"PNPTEST\\%ws&REV_1|PNPTEST\\%ws", Child->Given.Device);
    case BusQueryCompatibleIDs:
        return AnswerText(Irp, L"PNPTEST\\GENERIC", nullptr);
    default:
        return Complete(Irp, Irp->IoStatus.Status, 0);
    }
}

// ---- PnP

static NTSTATUS QueryCapabilities(PCHILD Child, PIRP Irp)
{
    PDEVICE_CAPABILITIES Capabilities =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceCapabilities.Capabilities;
    Capabilities->UniqueID = TRUE;
    Capabilities->Removable = TRUE;
    Capabilities->SurpriseRemovalOK = TRUE;
    Capabilities->RawDeviceOK = Child->Given.Raw;
    Capabilities->Address = 0x1234;
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS RemoveChild(PCHILD Child, PIRP Irp)
{
    PDEVICE_OBJECT Self = nullptr;
    ExAcquireFastMutex(&TheBus->Lock);
    if (!Child->Reported) {
        RemoveEntryList(&Child->Link);
        Self = Child->Self;
    }
    ExReleaseFastMutex(&TheBus->Lock);
    Complete(Irp, STATUS_SUCCESS, 0);
    if (Self)
        IoDeleteDevice(Self);
    return STATUS_SUCCESS;
}

// Who goes along.
static NTSTATUS ChildRelations(PCHILD Child, PIRP Irp, DEVICE_RELATION_TYPE Type)
{
    if ((ULONG)Type != Child->Given.Relation || !Child->Given.With[0])
        return Complete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    PDEVICE_RELATIONS Relations =
        ExAllocatePoolWithTag(PagedPool, sizeof(DEVICE_RELATIONS), BusTag);
    if (!Relations)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    ExAcquireFastMutex(&TheBus->Lock);
    PCHILD Other = FindChild(Child->Given.With);
    Relations->Count = Other ? 1 : 0;
    if (Other) {
        ObReferenceObject(Other->Self);
        Relations->Objects[0] = Other->Self;
    }
    ExReleaseFastMutex(&TheBus->Lock);
    return Complete(Irp, STATUS_SUCCESS, (ULONG_PTR)Relations);
}

static NTSTATUS EjectChild(PCHILD Child, PIRP Irp)
{
    CHAR Text[64];
    int Length = _snprintf(Text, sizeof(Text), "%ws.eject;", Child->Given.Instance);
    BusAppendReport(Text, (ULONG)Length);
    ExAcquireFastMutex(&TheBus->Lock);
    PCHILD Other = FindChild(Child->Given.With);
    if (Other)
        Other->Present = FALSE;
    Child->Present = FALSE;
    ExReleaseFastMutex(&TheBus->Lock);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

NTSTATUS ChildPnp(PCHILD Child, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    switch (Stack->MinorFunction) {
    case IRP_MN_QUERY_ID:
        return QueryId(Child, Irp, Stack->Parameters.QueryId.IdType);
    case IRP_MN_QUERY_DEVICE_TEXT:
        if (Stack->Parameters.QueryDeviceText.DeviceTextType == DeviceTextDescription)
            return AnswerText(Irp, L"Test device %ws", Child->Given.Device);
        return AnswerText(Irp, L"Slot %ws", Child->Given.Instance);
    case IRP_MN_QUERY_CAPABILITIES:
        return QueryCapabilities(Child, Irp);
    case IRP_MN_QUERY_RESOURCES:
        return ChildResources(Child, Irp);
    case IRP_MN_QUERY_RESOURCE_REQUIREMENTS:
        return ChildRequirements(Child, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return RemoveChild(Child, Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return ChildRelations(Child, Irp, Stack->Parameters.QueryDeviceRelations.Type);
    case IRP_MN_EJECT:
        return EjectChild(Child, Irp);
    case IRP_MN_START_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        return Complete(Irp, STATUS_SUCCESS, 0);
    default:
        return Complete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    }
}

// ---- Requests

static NTSTATUS Relay(PULONG Value)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\PnpTestFunction");
    PFILE_OBJECT File;
    PDEVICE_OBJECT Device;
    if (*Value == 0)
        return STATUS_SUCCESS;
    NTSTATUS Status = IoGetDeviceObjectPointer(&Name, FILE_READ_DATA, &File, &Device);
    if (!NT_SUCCESS(Status))
        return Status;
    --*Value;
    Status =
        ControlLower(Device, FALSE, TEST_RELAY, Value, sizeof(*Value), sizeof(*Value), nullptr);
    ++*Value;
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS ChildControl(PCHILD Child, PIRP Irp, BOOLEAN Internal)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    UNREFERENCED_PARAMETER(Child);
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case CHILD_REPORT:
        if (!Internal)
            break;
        BusAppendReport(Irp->AssociatedIrp.SystemBuffer,
                        Stack->Parameters.DeviceIoControl.InputBufferLength);
        return Complete(Irp, STATUS_SUCCESS, 0);
    case TEST_RELAY:
        return Complete(Irp, Relay(Irp->AssociatedIrp.SystemBuffer), sizeof(ULONG));
    default:
        break;
    }
    return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}
