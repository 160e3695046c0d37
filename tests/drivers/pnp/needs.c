// What the devices of the bus need, and where they are before anyone has placed them.
#include "bus.h"

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

// Six memory ranges and 64 messages of their own (MSI-X), or else a block of eight (MSI).
static IO_RESOURCE_DESCRIPTOR *NeedMessages(IO_RESOURCE_DESCRIPTOR *Descriptor, ULONG Base,
                                            BOOLEAN Block)
{
    for (ULONG i = 0; i < 6; i++, Descriptor++) {
        *Descriptor = (IO_RESOURCE_DESCRIPTOR){.Type = CmResourceTypeMemory,
                                               .ShareDisposition = CmResourceShareDeviceExclusive};
        Descriptor->u.Memory.Length = Descriptor->u.Memory.Alignment = 0x1000;
        Descriptor->u.Memory.MinimumAddress.QuadPart = (LONGLONG)Base << 16;
        Descriptor->u.Memory.MaximumAddress.QuadPart = ((LONGLONG)Base << 16) + 0xFFFF;
    }
    for (ULONG i = 0; i < (Block ? 1u : ChildMessages); i++, Descriptor++) {
        *Descriptor = (IO_RESOURCE_DESCRIPTOR){.Type = CmResourceTypeInterrupt,
                                               .ShareDisposition = CmResourceShareDeviceExclusive,
                                               .Flags = CM_RESOURCE_INTERRUPT_MESSAGE |
                                                        CM_RESOURCE_INTERRUPT_LATCHED};
        Descriptor->u.Interrupt.MinimumVector =
            CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN - (Block ? 7 : 0);
        Descriptor->u.Interrupt.MaximumVector = CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN;
    }
    return Descriptor;
}

static IO_RESOURCE_DESCRIPTOR *BeginList(PIO_RESOURCE_REQUIREMENTS_LIST Lists,
                                         IO_RESOURCE_DESCRIPTOR *Place, PIO_RESOURCE_LIST *List)
{
    *List = Lists->AlternativeLists++ ? (PIO_RESOURCE_LIST)Place : Lists->List;
    (*List)->Version = (*List)->Revision = 1;
    return (*List)->Descriptors;
}

NTSTATUS ChildRequirements(PCHILD Child, PIRP Irp)
{
    enum {
        Most = ChildMessages + 16,
        Size = sizeof(IO_RESOURCE_REQUIREMENTS_LIST) + Most * sizeof(IO_RESOURCE_DESCRIPTOR),
    };
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
    ULONG Last = Base + 7;
    if (Child->Given.Needs == BusNeedsBoot)
        Last = Base + 63;
    else if (Child->Given.Needs == BusNeedsEither)
        Last = Base + 15;
    IO_RESOURCE_DESCRIPTOR *First = BeginList(Lists, nullptr, &List);
    BOOLEAN Messages = Child->Given.Needs == BusNeedsMessages;
    IO_RESOURCE_DESCRIPTOR *Next =
        Messages ? NeedMessages(First, Base, FALSE) : NeedPorts(First, 0, Base, Last);
    if (Child->Given.Needs == BusNeedsAlternative)
        Next = NeedPorts(Next, IO_RESOURCE_ALTERNATIVE, Base + 16, Base + 23);
    if (Child->Given.Needs == BusNeedsAll)
        Next = NeedOthers(Next, Base);
    if (Child->Given.Needs == BusNeedsSecondList)
        Next = NeedPorts(Next, 0, Base, Base + 7); // cannot be had twice
    List->Count = (ULONG)(Next - First);
    if (Messages) {
        First = BeginList(Lists, Next, &List);
        List->Count = (ULONG)(NeedMessages(First, Base, TRUE) - First);
    }
    if (Child->Given.Needs == BusNeedsSecondList) {
        First = BeginList(Lists, Next, &List);
        List->Count = (ULONG)(NeedPorts(First, 0, Base + 32, Base + 39) - First);
    }
    return Complete(Irp, STATUS_SUCCESS, (ULONG_PTR)Lists);
}

NTSTATUS ChildResources(PCHILD Child, PIRP Irp)
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
