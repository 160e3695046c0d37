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

// ---- Resources

static IO_RESOURCE_DESCRIPTOR *NeedPorts(IO_RESOURCE_DESCRIPTOR *Descriptor, UCHAR Option,
                                         ULONG First, ULONG Last)
{
    *Descriptor = (IO_RESOURCE_DESCRIPTOR){
        .Option = Option,
        .Type = CmResourceTypePort,
        .ShareDisposition = CmResourceShareDeviceExclusive,
        .Flags = CM_RESOURCE_PORT_IO,
    };
    Descriptor->u.Port.Length = 8;
    Descriptor->u.Port.Alignment = 8;
    Descriptor->u.Port.MinimumAddress.QuadPart = First;
    Descriptor->u.Port.MaximumAddress.QuadPart = Last;
    return Descriptor + 1;
}

static IO_RESOURCE_DESCRIPTOR *NeedOthers(IO_RESOURCE_DESCRIPTOR *Descriptor, ULONG Base)
{
    *Descriptor = (IO_RESOURCE_DESCRIPTOR){
        .Type = CmResourceTypeMemory,
        .ShareDisposition = CmResourceShareDeviceExclusive,
    };
    Descriptor->u.Memory.Length = 0x1000;
    Descriptor->u.Memory.Alignment = 0x1000;
    Descriptor->u.Memory.MinimumAddress.QuadPart = (LONGLONG)Base << 16;
    Descriptor->u.Memory.MaximumAddress.QuadPart = ((LONGLONG)Base << 16) + 0xFFFF;
    Descriptor++;
    *Descriptor = (IO_RESOURCE_DESCRIPTOR){
        .Type = CmResourceTypeInterrupt,
        .ShareDisposition = CmResourceShareDeviceExclusive,
        .Flags = CM_RESOURCE_INTERRUPT_LATCHED,
    };
    Descriptor->u.Interrupt.MinimumVector = Descriptor->u.Interrupt.MaximumVector = 5;
    return Descriptor + 1;
}

static IO_RESOURCE_DESCRIPTOR *BeginList(PIO_RESOURCE_REQUIREMENTS_LIST Lists,
                                         IO_RESOURCE_DESCRIPTOR *Place, PIO_RESOURCE_LIST *List)
{
    *List = Lists->AlternativeLists++ ? (PIO_RESOURCE_LIST)Place : Lists->List;
    (*List)->Version = (*List)->Revision = 1;
    return (*List)->Descriptors;
}

static NTSTATUS QueryRequirements(PCHILD Child, PIRP Irp)
{
    enum { Size = sizeof(IO_RESOURCE_REQUIREMENTS_LIST) + 8 * sizeof(IO_RESOURCE_DESCRIPTOR) };
    ULONG Base = Child->Given.Base;
    PIO_RESOURCE_LIST List;
    if (Child->Given.Needs == BusNeedsNothing)
        return Complete(Irp, Irp->IoStatus.Status, 0);
    PIO_RESOURCE_REQUIREMENTS_LIST Lists = ExAllocatePoolWithTag(PagedPool, Size, BusTag);
    if (!Lists)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(Lists, Size);
    Lists->ListSize = Size;
    Lists->InterfaceType = Internal;
    ULONG Last = Base + (Child->Given.Needs == BusNeedsBoot ? 63 : 7);
    IO_RESOURCE_DESCRIPTOR *First = BeginList(Lists, nullptr, &List);
    IO_RESOURCE_DESCRIPTOR *Next = NeedPorts(First, 0, Base, Last);
    if (Child->Given.Needs == BusNeedsAlternative)
        Next = NeedPorts(Next, IO_RESOURCE_ALTERNATIVE, Base + 16, Base + 23);
    if (Child->Given.Needs == BusNeedsAll)
        Next = NeedOthers(Next, Base);
    if (Child->Given.Needs == BusNeedsSecondList)
        Next = NeedPorts(Next, 0, Base, Base + 7); // cannot be had twice
    List->Count = (ULONG)(Next - First);
    if (Child->Given.Needs == BusNeedsSecondList) {
        First = BeginList(Lists, Next, &List);
        List->Count = (ULONG)(NeedPorts(First, 0, Base + 32, Base + 39) - First);
    }
    return Complete(Irp, STATUS_SUCCESS, (ULONG_PTR)Lists);
}

static NTSTATUS QueryResources(PCHILD Child, PIRP Irp)
{
    if (Child->Given.Needs != BusNeedsBoot)
        return Complete(Irp, Irp->IoStatus.Status, 0);
    PCM_RESOURCE_LIST List = ExAllocatePoolWithTag(PagedPool, sizeof(*List), BusTag);
    if (!List)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(List, sizeof(*List));
    List->Count = 1;
    PCM_PARTIAL_RESOURCE_LIST Partial = &List->List[0].PartialResourceList;
    Partial->Version = Partial->Revision = 1;
    Partial->Count = 1;
    Partial->PartialDescriptors[0].Type = CmResourceTypePort;
    Partial->PartialDescriptors[0].ShareDisposition = CmResourceShareDeviceExclusive;
    Partial->PartialDescriptors[0].Flags = CM_RESOURCE_PORT_IO;
    Partial->PartialDescriptors[0].u.Port.Start.QuadPart = Child->Given.Base + 24;
    Partial->PartialDescriptors[0].u.Port.Length = 8;
    return Complete(Irp, STATUS_SUCCESS, (ULONG_PTR)List);
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
        return QueryResources(Child, Irp);
    case IRP_MN_QUERY_RESOURCE_REQUIREMENTS:
        return QueryRequirements(Child, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return RemoveChild(Child, Irp);
    case IRP_MN_START_DEVICE:
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
    Status = Ask(Device, FALSE, TEST_RELAY, Value, sizeof(*Value), sizeof(*Value));
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
