// The devices of the namespace as a list, parents first.
#include "core.h"

#include <ntstrsafe.h>

typedef struct _ACPI_SCAN {
    PLIST_ENTRY Nodes;
    ULONG Count;
    BOOLEAN NoMemory;
} ACPI_SCAN;

PACPI_NODE AcpiFindNode(PLIST_ENTRY Nodes, acpi_handle Handle)
{
    for (PLIST_ENTRY Link = Nodes->Flink; Link != Nodes; Link = Link->Flink) {
        PACPI_NODE Node = CONTAINING_RECORD(Link, ACPI_NODE, Link);
        if (Node->Handle == Handle)
            return Node;
    }
    return NULL;
}

VOID AcpiFreeNode(PACPI_NODE Node)
{
    ExFreePoolWithTag(Node, AcpiTag);
}

BOOLEAN AcpiReportsOthers(const ACPI_NODE *Node)
{
    return Node->RootBridge || (Node->Known && Node->Known->Container);
}

// Functions of PCI are their bus's business, and most other devices hold nothing below them that has an
// identifier: who reports a device is the nearest root bridge or container above it.
PACPI_NODE AcpiFindReporter(PLIST_ENTRY Nodes, acpi_handle Handle)
{
    acpi_handle Parent;
    while (ACPI_SUCCESS(acpi_get_parent(Handle, &Parent))) {
        PACPI_NODE Node = AcpiFindNode(Nodes, Parent);
        if (Node && AcpiReportsOthers(Node))
            return Node;
        Handle = Parent;
    }
    return NULL;
}

// Without _UID a device is known by how many of its kind came before it.
static VOID AcpiNumberInstance(PLIST_ENTRY Nodes, PACPI_NODE New)
{
    ULONG Before = 0;
    for (PLIST_ENTRY Link = Nodes->Flink; Link != Nodes; Link = Link->Flink) {
        PACPI_NODE Node = CONTAINING_RECORD(Link, ACPI_NODE, Link);
        Before += !Node->Unique && strcmp(Node->Id, New->Id) == 0;
    }
    RtlStringCbPrintfA(New->Instance, sizeof(New->Instance), "%u", (unsigned)Before);
}

// Firmware that gives two devices of one kind the same _UID is not rare: the second goes by its number.
static VOID AcpiCheckInstance(PLIST_ENTRY Nodes, PACPI_NODE New)
{
    for (PLIST_ENTRY Link = Nodes->Flink; Link != Nodes && New->Unique; Link = Link->Flink) {
        PACPI_NODE Node = CONTAINING_RECORD(Link, ACPI_NODE, Link);
        if (Node->Unique && strcmp(Node->Id, New->Id) == 0 &&
            strcmp(Node->Instance, New->Instance) == 0)
            New->Unique = FALSE;
    }
    if (!New->Unique)
        AcpiNumberInstance(Nodes, New);
}

static PACPI_NODE AcpiAddNode(ACPI_SCAN *Scan, acpi_handle Handle, ACPI_NODE_KIND Kind)
{
    if (Scan->Count >= AcpiMaximumNodes)
        return NULL;
    PACPI_NODE Node = ExAllocatePoolWithTag(PagedPool, sizeof(*Node), AcpiTag);
    if (!Node) {
        Scan->NoMemory = TRUE;
        return NULL;
    }
    RtlZeroMemory(Node, sizeof(*Node));
    Node->Handle = Handle;
    Node->Kind = Kind;
    if (!AcpiIdentify(Node)) {
        AcpiFreeNode(Node);
        return NULL;
    }
    Node->Known = AcpiLookUpNode(Node);
    AcpiCheckInstance(Scan->Nodes, Node);
    if (Handle)
        Node->Parent = AcpiFindReporter(Scan->Nodes, Handle);
    InsertTailList(Scan->Nodes, &Node->Link);
    Scan->Count++;
    return Node;
}

static BOOLEAN AcpiKindOf(acpi_object_type Type, ACPI_NODE_KIND *Kind)
{
    switch (Type) {
    case ACPI_TYPE_DEVICE:
        *Kind = AcpiDeviceKind;
        return TRUE;
    case ACPI_TYPE_PROCESSOR:
        *Kind = AcpiProcessorKind;
        return TRUE;
    case ACPI_TYPE_THERMAL:
        *Kind = AcpiThermalKind;
        return TRUE;
    default:
        return FALSE;
    }
}

// ACPI Specification 6.4, 6.3.7: what neither is present nor works hides all that is below it.
static acpi_status AcpiVisit(acpi_handle Handle, u32 Level, void *Context, void **ReturnValue)
{
    ACPI_SCAN *Scan = Context;
    acpi_object_type Type;
    ACPI_NODE_KIND Kind;
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(ReturnValue);
    if (ACPI_FAILURE(acpi_get_type(Handle, &Type)) || !AcpiKindOf(Type, &Kind))
        return AE_OK;
    ULONG Status = Kind == AcpiThermalKind ? ACPI_STA_DEVICE_PRESENT : AcpiDeviceStatus(Handle);
    if (!(Status & (ACPI_STA_DEVICE_PRESENT | ACPI_STA_DEVICE_FUNCTIONING)))
        return AE_CTRL_DEPTH;
    if (!(Status & ACPI_STA_DEVICE_PRESENT))
        return AE_OK;
    PACPI_NODE Node = AcpiFindNode(Scan->Nodes, Handle);
    if (!Node)
        Node = AcpiAddNode(Scan, Handle, Kind);
    if (Node) {
        Node->Present = TRUE;
        Node->Status = Status;
    }
    return Scan->NoMemory ? AE_NO_MEMORY : AE_OK;
}

// A machine has the buttons in fixed registers unless it says otherwise (5.2.9, flags PWR_BUTTON and SLP_BUTTON).
ULONG AcpiFixedButtons(VOID)
{
    if (acpi_gbl_reduced_hardware)
        return 0;
    return (acpi_gbl_FADT.flags & ACPI_FADT_POWER_BUTTON ? 0 : SYS_BUTTON_POWER) |
           (acpi_gbl_FADT.flags & ACPI_FADT_SLEEP_BUTTON ? 0 : SYS_BUTTON_SLEEP);
}

static VOID AcpiVisitFixedButton(ACPI_SCAN *Scan)
{
    if (!AcpiFixedButtons())
        return;
    for (PLIST_ENTRY Link = Scan->Nodes->Flink; Link != Scan->Nodes; Link = Link->Flink) {
        PACPI_NODE Node = CONTAINING_RECORD(Link, ACPI_NODE, Link);
        if (Node->Kind == AcpiFixedButtonKind) {
            Node->Present = TRUE;
            return;
        }
    }
    PACPI_NODE Node = AcpiAddNode(Scan, NULL, AcpiFixedButtonKind);
    if (Node)
        Node->Present = TRUE;
}

NTSTATUS AcpiScanNamespace(PLIST_ENTRY Nodes)
{
    ACPI_SCAN Scan = {.Nodes = Nodes};
    for (PLIST_ENTRY Link = Nodes->Flink; Link != Nodes; Link = Link->Flink) {
        CONTAINING_RECORD(Link, ACPI_NODE, Link)->Present = FALSE;
        Scan.Count++;
    }
    acpi_status Status = acpi_walk_namespace(ACPI_TYPE_ANY, ACPI_ROOT_OBJECT, ACPI_UINT32_MAX,
                                             AcpiVisit, NULL, &Scan, NULL);
    if (Scan.NoMemory)
        return STATUS_INSUFFICIENT_RESOURCES;
    AcpiVisitFixedButton(&Scan);
    if (Scan.Count >= AcpiMaximumNodes)
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL,
                   "acpi: the namespace has more devices than %u: the rest is left out\n",
                   AcpiMaximumNodes);
    return AcpiStatus(Status);
}
