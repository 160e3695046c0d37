// Interrupt lines as global system interrupts.
#include "core.h"

#include <nt/nthost.h>

enum { // ACPI Specification 6.4, 5.2.12.5: flags of an override
    AcpiOverridePolarity = 3,
    AcpiOverrideActiveLow = 3,
    AcpiOverrideTrigger = 3 << 2,
    AcpiOverrideLevel = 3 << 2,
};

// Entries may lie about their length: none leads out of the table.
static const struct acpi_madt_interrupt_override *AcpiFindOverride(ULONG Irq)
{
    struct acpi_table_header *Table;
    if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 1, &Table)))
        return NULL;
    const UCHAR *Next = (const UCHAR *)Table + sizeof(struct acpi_table_madt);
    const UCHAR *End = (const UCHAR *)Table + Table->length;
    while (Next + sizeof(struct acpi_subtable_header) <= End) {
        const struct acpi_subtable_header *Entry = (const void *)Next;
        const struct acpi_madt_interrupt_override *Override = (const void *)Next;
        if (Entry->length < sizeof(*Entry) || Next + Entry->length > End)
            break;
        if (Entry->type == ACPI_MADT_TYPE_INTERRUPT_OVERRIDE &&
            Entry->length >= sizeof(*Override) && Override->source_irq == Irq)
            return Override;
        Next += Entry->length;
    }
    return NULL;
}

// What the override leaves open is as on the ISA bus, or as Line says already.
static VOID AcpiApplyOverride(ULONG Irq, ACPI_LINE *Line)
{
    const struct acpi_madt_interrupt_override *Override = AcpiFindOverride(Irq);
    Line->Interrupt = Irq;
    if (!Override)
        return;
    Line->Interrupt = Override->global_irq;
    if (Override->inti_flags & AcpiOverrideTrigger)
        Line->Level = (Override->inti_flags & AcpiOverrideTrigger) == AcpiOverrideLevel;
    if (Override->inti_flags & AcpiOverridePolarity)
        Line->ActiveLow = (Override->inti_flags & AcpiOverridePolarity) == AcpiOverrideActiveLow;
}

VOID AcpiIsaLine(ULONG Irq, ACPI_LINE *Line)
{
    *Line = (ACPI_LINE){};
    AcpiApplyOverride(Irq, Line);
}

// Level-sensitive, active low and shareable, in numbers of the ISA bus (ACPI Specification 6.4, 5.2.9).
VOID AcpiSciLine(ACPI_LINE *Line)
{
    *Line = (ACPI_LINE){.Level = TRUE, .ActiveLow = TRUE, .Shared = TRUE};
    AcpiApplyOverride(acpi_gbl_FADT.sci_interrupt, Line);
}

VOID AcpiDescribeLine(const ACPI_LINE *Line, PIO_RESOURCE_DESCRIPTOR Descriptor)
{
    Descriptor->Type = CmResourceTypeInterrupt;
    Descriptor->ShareDisposition =
        Line->Shared ? CmResourceShareShared : CmResourceShareDeviceExclusive;
    Descriptor->Flags =
        Line->Level ? CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE : CM_RESOURCE_INTERRUPT_LATCHED;
    Descriptor->Flags |= Line->ActiveLow ? HOST_INTERRUPT_ACTIVE_LOW : HOST_INTERRUPT_ACTIVE_HIGH;
    Descriptor->u.Interrupt.MinimumVector = Line->Interrupt;
    Descriptor->u.Interrupt.MaximumVector = Line->Interrupt;
}

BOOLEAN AcpiLineOfResource(const struct acpi_resource *Resource, ULONG Index, ACPI_LINE *Line)
{
    const struct acpi_resource_irq *Irq = &Resource->data.irq;
    const struct acpi_resource_extended_irq *Extended = &Resource->data.extended_irq;
    *Line = (ACPI_LINE){};
    switch (Resource->type) {
    case ACPI_RESOURCE_TYPE_IRQ:
        if (Index >= Irq->interrupt_count)
            return FALSE;
        Line->Level = Irq->triggering == ACPI_LEVEL_SENSITIVE;
        Line->ActiveLow = Irq->polarity == ACPI_ACTIVE_LOW;
        Line->Shared = Irq->shareable == ACPI_SHARED;
        AcpiApplyOverride(Irq->interrupts[Index], Line);
        return TRUE;
    case ACPI_RESOURCE_TYPE_EXTENDED_IRQ:
        if (Index >= Extended->interrupt_count || Extended->producer_consumer == ACPI_PRODUCER)
            return FALSE;
        Line->Level = Extended->triggering == ACPI_LEVEL_SENSITIVE;
        Line->ActiveLow = Extended->polarity == ACPI_ACTIVE_LOW;
        Line->Shared = Extended->shareable == ACPI_SHARED;
        Line->Interrupt = Extended->interrupts[Index];
        return TRUE;
    default:
        return FALSE;
    }
}
