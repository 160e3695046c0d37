// A device told where it is (_SRS), and switched off (_DIS).
#include "core.h"

// What was assigned, taken in the order of the descriptors of each kind: the lists were made in that order.
typedef struct _ACPI_ASSIGNMENT {
    const CM_PARTIAL_RESOURCE_LIST *Given;
    ULONG Next[CmResourceTypeMemoryLarge + 1]; // by type, where the search goes on
} ACPI_ASSIGNMENT;

static const CM_PARTIAL_RESOURCE_DESCRIPTOR *AcpiTakeGiven(ACPI_ASSIGNMENT *Assignment, UCHAR Type)
{
    for (ULONG i = Assignment->Next[Type]; i < Assignment->Given->Count; i++) {
        if (Assignment->Given->PartialDescriptors[i].Type != Type)
            continue;
        Assignment->Next[Type] = i + 1;
        return &Assignment->Given->PartialDescriptors[i];
    }
    return NULL;
}

// An ISA interrupt's number is its own again: of those that are wired to the line.
static BOOLEAN AcpiPutIrq(struct acpi_resource_irq *Irq, ULONG Interrupt)
{
    enum { IsaInterrupts = 16 };
    for (ULONG i = 0; i < IsaInterrupts; i++) {
        ACPI_LINE Line;
        AcpiIsaLine(i, &Line);
        if (Line.Interrupt != Interrupt)
            continue;
        Irq->interrupt_count = 1;
        Irq->interrupts[0] = (u8)i;
        return TRUE;
    }
    return FALSE;
}

static BOOLEAN AcpiPutInterrupt(ACPI_ASSIGNMENT *Assignment, struct acpi_resource *Resource)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given =
        AcpiTakeGiven(Assignment, CmResourceTypeInterrupt);
    if (!Given)
        return FALSE;
    if (Resource->type == ACPI_RESOURCE_TYPE_IRQ)
        return AcpiPutIrq(&Resource->data.irq, Given->u.Interrupt.Vector);
    Resource->data.extended_irq.interrupt_count = 1;
    Resource->data.extended_irq.interrupts[0] = Given->u.Interrupt.Vector;
    return TRUE;
}

static BOOLEAN AcpiPutPorts(ACPI_ASSIGNMENT *Assignment, struct acpi_resource *Resource)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given = AcpiTakeGiven(Assignment, CmResourceTypePort);
    if (!Given)
        return FALSE;
    u16 Start = (u16)Given->u.Port.Start.QuadPart;
    if (Resource->type == ACPI_RESOURCE_TYPE_FIXED_IO)
        Resource->data.fixed_io.address = Start;
    else
        Resource->data.io.minimum = Resource->data.io.maximum = Start;
    return TRUE;
}

static BOOLEAN AcpiPutMemory(ACPI_ASSIGNMENT *Assignment, struct acpi_resource *Resource)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given = AcpiTakeGiven(Assignment, CmResourceTypeMemory);
    union acpi_resource_data *Data = &Resource->data;
    if (!Given)
        return FALSE;
    ULONG64 Start = (ULONG64)Given->u.Memory.Start.QuadPart;
    if (Resource->type == ACPI_RESOURCE_TYPE_MEMORY24)
        Data->memory24.minimum = Data->memory24.maximum = (u16)(Start >> 8);
    else if (Resource->type == ACPI_RESOURCE_TYPE_MEMORY32)
        Data->memory32.minimum = Data->memory32.maximum = (u32)Start;
    else
        Data->fixed_memory32.address = (u32)Start;
    return TRUE;
}

static BOOLEAN AcpiPutDma(ACPI_ASSIGNMENT *Assignment, struct acpi_resource *Resource)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given = AcpiTakeGiven(Assignment, CmResourceTypeDma);
    if (!Given || !Resource->data.dma.channel_count)
        return !Resource->data.dma.channel_count;
    Resource->data.dma.channel_count = 1;
    Resource->data.dma.channels[0] = (u8)Given->u.Dma.Channel;
    return TRUE;
}

// FALSE: nothing was given for it. Other descriptors stay as they are: no device that can be set has any.
static BOOLEAN AcpiPutResource(ACPI_ASSIGNMENT *Assignment, struct acpi_resource *Resource)
{
    switch (Resource->type) {
    case ACPI_RESOURCE_TYPE_IRQ:
    case ACPI_RESOURCE_TYPE_EXTENDED_IRQ:
        return AcpiPutInterrupt(Assignment, Resource);
    case ACPI_RESOURCE_TYPE_IO:
    case ACPI_RESOURCE_TYPE_FIXED_IO:
        return AcpiPutPorts(Assignment, Resource);
    case ACPI_RESOURCE_TYPE_MEMORY24:
    case ACPI_RESOURCE_TYPE_MEMORY32:
    case ACPI_RESOURCE_TYPE_FIXED_MEMORY32:
        return AcpiPutMemory(Assignment, Resource);
    case ACPI_RESOURCE_TYPE_DMA:
        return AcpiPutDma(Assignment, Resource);
    default:
        return TRUE;
    }
}

// _SRS takes what _CRS gives, with other values.
NTSTATUS AcpiSetResources(const ACPI_NODE *Node, const CM_RESOURCE_LIST *Raw)
{
    struct acpi_resource *List;
    if (!Node->Handle || !Raw || !Raw->Count || !AcpiHasObject(Node->Handle, "_SRS"))
        return STATUS_SUCCESS;
    acpi_status Status = AcpiReadTemplate(Node->Handle, "_CRS", &List);
    if (ACPI_FAILURE(Status))
        return AcpiStatus(Status);
    ACPI_ASSIGNMENT Assignment = {.Given = &Raw->List[0].PartialResourceList};
    BOOLEAN Good = TRUE;
    struct acpi_resource *Resource = List;
    for (; Good && Resource->type != ACPI_RESOURCE_TYPE_END_TAG;
         Resource = ACPI_NEXT_RESOURCE(Resource))
        Good = AcpiPutResource(&Assignment, Resource);
    struct acpi_buffer Buffer = {(acpi_size)((PUCHAR)Resource + Resource->length - (PUCHAR)List),
                                 List};
    Status = Good ? acpi_set_current_resources(Node->Handle, &Buffer) : AE_BAD_DATA;
    acpi_os_free(List);
    return Good ? AcpiStatus(Status) : STATUS_DEVICE_CONFIGURATION_ERROR;
}

// A device that cannot be set would stay off for ever.
VOID AcpiDisableDevice(const ACPI_NODE *Node)
{
    if (Node->Handle && AcpiHasObject(Node->Handle, "_DIS") && AcpiHasObject(Node->Handle, "_SRS"))
        (VOID) acpi_evaluate_object(Node->Handle, "_DIS", NULL, NULL);
}
