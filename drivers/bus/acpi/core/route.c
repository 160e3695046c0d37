// Where the interrupt pins of PCI functions are wired to: routing tables (_PRT, ACPI Specification 6.4, 6.2.13) and
// link devices, whose outputs can be chosen.
#include "core.h"

// ---- Link devices

enum { AcpiMaximumLinks = 64, AcpiMaximumChoices = 32 };

// How the driver has set a link: it stays so, for devices are connected to it.
typedef struct _ACPI_LINK {
    acpi_handle Handle;
    ACPI_LINE Line;
} ACPI_LINK;

static ACPI_LINK AcpiLinks[AcpiMaximumLinks];
static ULONG AcpiLinkCount;

typedef struct _ACPI_CHOICES {
    ULONG Count;
    ACPI_LINE Lines[AcpiMaximumChoices];
} ACPI_CHOICES;

static acpi_status AcpiCollectLines(struct acpi_resource *Resource, void *Context)
{
    ACPI_CHOICES *Choices = Context;
    ACPI_LINE Line;
    for (ULONG i = 0; AcpiLineOfResource(Resource, i, &Line); i++) {
        if (Choices->Count < AcpiMaximumChoices)
            Choices->Lines[Choices->Count++] = Line;
    }
    return AE_OK;
}

static VOID AcpiReadLines(acpi_handle Link, PCSTR Name, ACPI_CHOICES *Choices)
{
    Choices->Count = 0;
    if (AcpiHasObject(Link, Name))
        (VOID) AcpiWalkTemplate(Link, Name, AcpiCollectLines, Choices);
}

// Interrupt 0 is the timer's: a link that says it is not connected.
static BOOLEAN AcpiQueryLink(acpi_handle Link, ACPI_LINE *Line)
{
    ACPI_CHOICES Current;
    AcpiReadLines(Link, "_CRS", &Current);
    if (!Current.Count || !Current.Lines[0].Interrupt ||
        !(AcpiDeviceStatus(Link) & ACPI_STA_DEVICE_ENABLED))
        return FALSE;
    *Line = Current.Lines[0];
    return TRUE;
}

static ULONG AcpiCountUsers(ULONG Interrupt)
{
    ULONG Users = 0;
    for (ULONG i = 0; i < AcpiLinkCount; i++)
        Users += AcpiLinks[i].Line.Interrupt == Interrupt;
    return Users;
}

// The least used of what it can have.
static const ACPI_LINE *AcpiChooseLine(const ACPI_CHOICES *Choices)
{
    const ACPI_LINE *Best = NULL;
    for (ULONG i = 0; i < Choices->Count; i++) {
        const ACPI_LINE *Line = &Choices->Lines[i];
        if (Line->Interrupt &&
            (!Best || AcpiCountUsers(Line->Interrupt) < AcpiCountUsers(Best->Interrupt)))
            Best = Line;
    }
    return Best;
}

// Of the interrupts that the descriptor offers this one alone is left.
static BOOLEAN AcpiKeepInterrupt(struct acpi_resource *Resource, ULONG Interrupt)
{
    ACPI_LINE Line;
    for (ULONG i = 0; AcpiLineOfResource(Resource, i, &Line); i++) {
        if (Line.Interrupt != Interrupt)
            continue;
        if (Resource->type == ACPI_RESOURCE_TYPE_IRQ) {
            Resource->data.irq.interrupts[0] = Resource->data.irq.interrupts[i];
            Resource->data.irq.interrupt_count = 1;
        } else {
            Resource->data.extended_irq.interrupts[0] = Resource->data.extended_irq.interrupts[i];
            Resource->data.extended_irq.interrupt_count = 1;
            Resource->data.extended_irq.resource_source =
                (struct acpi_resource_source){}; // what it says is not asked for
        }
        return TRUE;
    }
    return FALSE;
}

// _SRS gets the descriptor of _PRS with the interrupt that was chosen, and the end.
static acpi_status AcpiSetLink(acpi_handle Link, ULONG Interrupt)
{
    struct acpi_resource *List;
    acpi_status Status = AcpiReadTemplate(Link, "_PRS", &List);
    if (ACPI_FAILURE(Status))
        return Status;
    Status = AE_NOT_FOUND;
    struct acpi_resource *Resource = List;
    for (; Resource->type != ACPI_RESOURCE_TYPE_END_TAG; Resource = ACPI_NEXT_RESOURCE(Resource)) {
        if (!AcpiKeepInterrupt(Resource, Interrupt))
            continue;
        struct acpi_resource *End = ACPI_NEXT_RESOURCE(Resource), *Tag = End;
        while (Tag->type != ACPI_RESOURCE_TYPE_END_TAG)
            Tag = ACPI_NEXT_RESOURCE(Tag);
        memmove(End, Tag, Tag->length);
        struct acpi_buffer Setting = {(acpi_size)((PUCHAR)End + End->length - (PUCHAR)Resource),
                                      Resource};
        Status = acpi_set_current_resources(Link, &Setting);
        break;
    }
    acpi_os_free(List);
    return Status;
}

static NTSTATUS AcpiConnectLink(acpi_handle Link, ACPI_LINE *Line)
{
    ACPI_CHOICES Choices;
    if (AcpiQueryLink(Link, Line))
        return STATUS_SUCCESS;
    AcpiReadLines(Link, "_PRS", &Choices);
    const ACPI_LINE *Best = AcpiChooseLine(&Choices);
    if (!Best)
        return STATUS_NOT_FOUND;
    acpi_status Status = AcpiSetLink(Link, Best->Interrupt);
    if (ACPI_FAILURE(Status))
        return AcpiStatus(Status);
    *Line = *Best;
    return STATUS_SUCCESS;
}

static NTSTATUS AcpiLineOfLink(acpi_handle Link, ACPI_LINE *Line)
{
    enum { PathSize = 128 };
    CHAR Path[PathSize];
    for (ULONG i = 0; i < AcpiLinkCount; i++) {
        if (AcpiLinks[i].Handle == Link) {
            *Line = AcpiLinks[i].Line;
            return STATUS_SUCCESS;
        }
    }
    NTSTATUS Status = AcpiConnectLink(Link, Line);
    if (!NT_SUCCESS(Status)) {
        AcpiPathName(Link, Path, sizeof(Path));
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL,
                   "acpi: interrupt link %s cannot be connected: %08lx\n", Path, (ULONG)Status);
        return Status;
    }
    if (AcpiLinkCount < AcpiMaximumLinks)
        AcpiLinks[AcpiLinkCount++] = (ACPI_LINK){Link, *Line};
    return STATUS_SUCCESS;
}

// The machine has slept: its links are as they were before the firmware's start, or as that has set them.
VOID AcpiConnectLinksAgain(VOID)
{
    for (ULONG i = 0; i < AcpiLinkCount; i++)
        (VOID) AcpiSetLink(AcpiLinks[i].Handle, AcpiLinks[i].Line.Interrupt);
}

// ---- Tables

static NTSTATUS AcpiLineOfEntry(acpi_handle Bridge, const struct acpi_pci_routing_table *Entry,
                                ACPI_LINE *Line)
{
    acpi_handle Link;
    *Line = (ACPI_LINE){Entry->source_index, .Level = TRUE, .ActiveLow = TRUE};
    if (!Entry->source[0])
        return STATUS_SUCCESS;
    if (ACPI_FAILURE(acpi_get_handle(Bridge, (acpi_string)Entry->source, &Link)))
        return STATUS_NOT_FOUND;
    return AcpiLineOfLink(Link, Line);
}

// STATUS_OBJECT_NAME_NOT_FOUND: the bridge has no table.
static NTSTATUS AcpiLookUpPin(acpi_handle Bridge, ULONG Device, ULONG Pin, ACPI_LINE *Line)
{
    struct acpi_buffer Buffer = {ACPI_ALLOCATE_BUFFER, NULL};
    if (!Bridge || !AcpiHasObject(Bridge, "_PRT"))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    acpi_status Status = acpi_get_irq_routing_table(Bridge, &Buffer);
    if (ACPI_FAILURE(Status))
        return AcpiStatus(Status);
    NTSTATUS Result = STATUS_NOT_FOUND;
    const struct acpi_pci_routing_table *Entry = Buffer.pointer;
    for (; Entry->length; Entry = (const void *)((const UCHAR *)Entry + Entry->length)) {
        if (Entry->address >> 16 != Device || Entry->pin != Pin - 1)
            continue;
        Result = AcpiLineOfEntry(Bridge, Entry, Line);
        break;
    }
    acpi_os_free(Buffer.pointer);
    return Result;
}

// Without a table the bridge's wires cross (PCI-to-PCI Bridge Architecture Specification 1.2, 9.1).
static ULONG AcpiSwizzle(ULONG Device, ULONG Pin)
{
    return (Pin - 1 + Device) % 4 + 1;
}

NTSTATUS AcpiQueryRoute(acpi_handle Bridge, const ACPI_PCI_ROUTE_QUERY *Query,
                        PACPI_PCI_ROUTE Route)
{
    ULONG Pin = Query->Pin;
    ACPI_LINE Line;
    if (!Query->Path.Depth || Query->Path.Depth > ACPI_PCI_MAX_DEPTH || Pin < 1 || Pin > 4)
        return STATUS_INVALID_PARAMETER;
    ACPI_PCI_PATH Above = Query->Path;
    while (Above.Depth) {
        ULONG Device = Above.Element[--Above.Depth].Device;
        NTSTATUS Status = AcpiLookUpPin(AcpiFindFunction(Bridge, &Above), Device, Pin, &Line);
        if (NT_SUCCESS(Status)) {
            *Route = (ACPI_PCI_ROUTE){Line.Interrupt, Line.Level, Line.ActiveLow, TRUE};
            return STATUS_SUCCESS;
        }
        if (Status != STATUS_OBJECT_NAME_NOT_FOUND)
            return Status;
        Pin = AcpiSwizzle(Device, Pin);
    }
    return STATUS_NOT_FOUND;
}
