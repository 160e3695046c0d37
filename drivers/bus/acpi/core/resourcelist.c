// Resource lists for the PnP manager, of the resources that were read.
#include "core.h"

// Of the group, with what is wanted in any case, in the order of the namespace.
static BOOLEAN AcpiIsInGroup(const ACPI_RESOURCE_ITEM *Item, ULONG Group)
{
    return !Item->Group || Item->Group == Group;
}

static ULONG AcpiCountGroup(const ACPI_RESOURCE_SET *Set, ULONG Group)
{
    ULONG Count = 0;
    for (ULONG i = 0; i < Set->Count; i++)
        Count += AcpiIsInGroup(&Set->Items[i], Group);
    return Count;
}

// Without groups there is one list; an empty one would say nothing.
static VOID AcpiFirstGroup(const ACPI_RESOURCE_SET *Set, PULONG First, PULONG Last)
{
    *First = Set->Groups ? 1 : 0;
    *Last = Set->Groups;
}

NTSTATUS AcpiBuildRequirements(const ACPI_RESOURCE_SET *Set, PIO_RESOURCE_REQUIREMENTS_LIST *List)
{
    ULONG First, Last;
    SIZE_T Size = FIELD_OFFSET(IO_RESOURCE_REQUIREMENTS_LIST, List);
    *List = NULL;
    if (!Set->Count)
        return STATUS_SUCCESS;
    AcpiFirstGroup(Set, &First, &Last);
    for (ULONG Group = First; Group <= Last; Group++)
        Size += FIELD_OFFSET(IO_RESOURCE_LIST, Descriptors) +
                AcpiCountGroup(Set, Group) * sizeof(IO_RESOURCE_DESCRIPTOR);
    // The structure ends in one list with one descriptor, whatever is in it.
    Size = max(Size, sizeof(IO_RESOURCE_REQUIREMENTS_LIST));
    PIO_RESOURCE_REQUIREMENTS_LIST Result = ExAllocatePoolWithTag(PagedPool, Size, AcpiTag);
    if (!Result)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Result, Size);
    Result->ListSize = (ULONG)Size;
    Result->InterfaceType = Internal;
    Result->AlternativeLists = Last - First + 1;
    PIO_RESOURCE_LIST Next = Result->List;
    for (ULONG Group = First; Group <= Last; Group++) {
        Next->Version = Next->Revision = 1;
        for (ULONG i = 0; i < Set->Count; i++) {
            if (AcpiIsInGroup(&Set->Items[i], Group))
                Next->Descriptors[Next->Count++] = Set->Items[i].Descriptor;
        }
        Next = (PIO_RESOURCE_LIST)&Next->Descriptors[Next->Count];
    }
    *List = Result;
    return STATUS_SUCCESS;
}

// ---- Where the device is: of each descriptor what it begins with

static VOID AcpiConfigure(const IO_RESOURCE_DESCRIPTOR *Wanted,
                          PCM_PARTIAL_RESOURCE_DESCRIPTOR Given)
{
    Given->Type = Wanted->Type;
    Given->ShareDisposition = Wanted->ShareDisposition;
    Given->Flags = Wanted->Flags;
    switch (Wanted->Type) {
    case CmResourceTypeInterrupt:
        Given->u.Interrupt.Level = Given->u.Interrupt.Vector = Wanted->u.Interrupt.MinimumVector;
        Given->u.Interrupt.Affinity = 1;
        break;
    case CmResourceTypeDma:
        Given->u.Dma.Channel = Wanted->u.Dma.MinimumChannel;
        break;
    case CmResourceTypeBusNumber:
        Given->u.BusNumber.Start = Wanted->u.BusNumber.MinBusNumber;
        Given->u.BusNumber.Length = Wanted->u.BusNumber.Length;
        break;
    default:
        Given->u.Generic.Start = Wanted->u.Generic.MinimumAddress;
        Given->u.Generic.Length = Wanted->u.Generic.Length;
        break;
    }
}

NTSTATUS AcpiBuildConfiguration(const ACPI_RESOURCE_SET *Set, PCM_RESOURCE_LIST *List)
{
    *List = NULL;
    if (!Set->Count)
        return STATUS_SUCCESS;
    SIZE_T Size = FIELD_OFFSET(CM_RESOURCE_LIST, List[0].PartialResourceList.PartialDescriptors) +
                  Set->Count * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
    PCM_RESOURCE_LIST Result = ExAllocatePoolWithTag(PagedPool, Size, AcpiTag);
    if (!Result)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Result, Size);
    Result->Count = 1;
    Result->List[0].InterfaceType = Internal;
    PCM_PARTIAL_RESOURCE_LIST Partial = &Result->List[0].PartialResourceList;
    Partial->Version = Partial->Revision = 1;
    for (ULONG i = 0; i < Set->Count; i++) {
        const IO_RESOURCE_DESCRIPTOR *Wanted = &Set->Items[i].Descriptor;
        if (AcpiIsInGroup(&Set->Items[i], 1) && !(Wanted->Option & IO_RESOURCE_ALTERNATIVE))
            AcpiConfigure(Wanted, &Partial->PartialDescriptors[Partial->Count++]);
    }
    *List = Result;
    return STATUS_SUCCESS;
}

// ---- Of a device

static BOOLEAN AcpiHasResources(const ACPI_NODE *Node)
{
    return Node->Handle && Node->Kind == AcpiDeviceKind &&
           !(Node->Known && Node->Known->NoResources);
}

// What it could have (_PRS), or without that what it has.
NTSTATUS AcpiQueryRequirements(const ACPI_NODE *Node, PIO_RESOURCE_REQUIREMENTS_LIST *List)
{
    ACPI_RESOURCE_SET Set;
    *List = NULL;
    if (!AcpiHasResources(Node))
        return STATUS_SUCCESS;
    NTSTATUS Status = AcpiReadResources(Node->Handle, "_PRS", &Set);
    if (!NT_SUCCESS(Status))
        Status = AcpiReadResources(Node->Handle, "_CRS", &Set);
    if (Status == STATUS_NOT_FOUND)
        return STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        return Status;
    Status = AcpiBuildRequirements(&Set, List);
    AcpiFreeResources(&Set);
    return Status;
}

// A device that is switched off has none, whatever its _CRS says.
NTSTATUS AcpiQueryBootConfiguration(const ACPI_NODE *Node, PCM_RESOURCE_LIST *List)
{
    ACPI_RESOURCE_SET Set;
    *List = NULL;
    if (!AcpiHasResources(Node) || !(Node->Status & ACPI_STA_DEVICE_ENABLED))
        return STATUS_SUCCESS;
    NTSTATUS Status = AcpiReadResources(Node->Handle, "_CRS", &Set);
    if (Status == STATUS_NOT_FOUND)
        return STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        return Status;
    Status = AcpiBuildConfiguration(&Set, List);
    AcpiFreeResources(&Set);
    return Status;
}
