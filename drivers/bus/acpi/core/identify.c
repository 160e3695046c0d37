// Identifiers, with the forms that Windows gives them: of VVVVDDDD the device is ACPI\VVVVDDDD, and its hardware
// identifiers are ACPI\VEN_VVVV&DEV_DDDD with what more is known, ACPI\VVVVDDDD and *VVVVDDDD.
#include "core.h"

#include <ntstrsafe.h>

// ---- From the namespace

// What an identifier may hold: printable ASCII without blanks, commas and backslashes.
static VOID AcpiCopyId(PSTR Target, ULONG Size, PCSTR Source)
{
    ULONG i = 0;
    for (; Source && Source[i] && i < Size - 1; i++) {
        BOOLEAN Good = Source[i] > ' ' && Source[i] <= '~' && Source[i] != ',' && Source[i] != '\\';
        Target[i] = Good ? Source[i] : '_';
    }
    Target[i] = 0;
}

static VOID AcpiReadCompatible(PACPI_NODE Node, const struct acpi_device_info *Info)
{
    if (!(Info->valid & ACPI_VALID_CID))
        return;
    for (ULONG i = 0; i < Info->compatible_id_list.count; i++) {
        if (Node->CompatibleCount == AcpiMaximumCompatible)
            return;
        PSTR Id = Node->Compatible[Node->CompatibleCount];
        AcpiCopyId(Id, AcpiIdChars, Info->compatible_id_list.ids[i].string);
        Node->CompatibleCount += Id[0] != 0;
    }
}

static VOID AcpiReadRevision(PACPI_NODE Node)
{
    union acpi_object *Object;
    struct acpi_buffer Buffer = {ACPI_ALLOCATE_BUFFER, NULL};
    ULONG64 Revision;
    if (AcpiHasObject(Node->Handle, "_HRV") &&
        ACPI_SUCCESS(AcpiEvaluateNumber(Node->Handle, "_HRV", &Revision)))
        RtlStringCbPrintfA(Node->Revision, sizeof(Node->Revision), "%04X",
                           (unsigned)(USHORT)Revision);
    if (!AcpiHasObject(Node->Handle, "_SUB") ||
        ACPI_FAILURE(
            acpi_evaluate_object_typed(Node->Handle, "_SUB", NULL, &Buffer, ACPI_TYPE_STRING)))
        return;
    Object = Buffer.pointer;
    AcpiCopyId(Node->Subsystem, sizeof(Node->Subsystem), Object->string.pointer);
    acpi_os_free(Buffer.pointer);
}

static BOOLEAN AcpiIdentifyDevice(PACPI_NODE Node)
{
    struct acpi_device_info *Info;
    if (ACPI_FAILURE(acpi_get_object_info(Node->Handle, &Info)))
        return FALSE;
    if (Info->valid & ACPI_VALID_HID)
        AcpiCopyId(Node->Id, sizeof(Node->Id), Info->hardware_id.string);
    if (Info->valid & ACPI_VALID_UID)
        AcpiCopyId(Node->Instance, sizeof(Node->Instance), Info->unique_id.string);
    Node->Unique = Node->Instance[0] != 0;
    Node->HasAddress = (Info->valid & ACPI_VALID_ADR) != 0;
    Node->Address = (ULONG)Info->address;
    Node->RootBridge = (Info->flags & ACPI_PCI_ROOT_BRIDGE) != 0;
    AcpiReadCompatible(Node, Info);
    acpi_os_free(Info);
    if (!Node->Id[0])
        return FALSE;
    AcpiReadRevision(Node);
    return TRUE;
}

// Objects of the kind Processor are what devices ACPI0007 are today.
static BOOLEAN AcpiIdentifyProcessor(PACPI_NODE Node)
{
    union acpi_object Object;
    struct acpi_buffer Buffer = {sizeof(Object), &Object};
    if (ACPI_FAILURE(acpi_evaluate_object(Node->Handle, NULL, NULL, &Buffer)) ||
        Object.type != ACPI_TYPE_PROCESSOR)
        return FALSE;
    AcpiCopyId(Node->Id, sizeof(Node->Id), "ACPI0007");
    RtlStringCbPrintfA(Node->Instance, sizeof(Node->Instance), "%u",
                       (unsigned)Object.processor.proc_id);
    Node->Unique = TRUE;
    return TRUE;
}

static BOOLEAN AcpiIdentifyThermalZone(PACPI_NODE Node)
{
    CHAR Name[ACPI_NAMESEG_SIZE + 1];
    struct acpi_buffer Buffer = {sizeof(Name), Name};
    if (ACPI_FAILURE(acpi_get_name(Node->Handle, ACPI_SINGLE_NAME, &Buffer)))
        return FALSE;
    AcpiCopyId(Node->Id, sizeof(Node->Id), "ThermalZone");
    AcpiCopyId(Node->Instance, sizeof(Node->Instance), Name);
    Node->Unique = TRUE;
    return TRUE;
}

BOOLEAN AcpiIdentify(PACPI_NODE Node)
{
    switch (Node->Kind) {
    case AcpiProcessorKind:
        return AcpiIdentifyProcessor(Node);
    case AcpiThermalKind:
        return AcpiIdentifyThermalZone(Node);
    case AcpiFixedButtonKind:
        AcpiCopyId(Node->Id, sizeof(Node->Id), "FixedButton");
        return TRUE;
    default:
        return AcpiIdentifyDevice(Node);
    }
}

// ---- As texts

typedef struct _ACPI_TEXT {
    PWSTR Buffer; // pool; null: no memory
    ULONG Chars, Capacity;
} ACPI_TEXT;

static VOID AcpiAddText(ACPI_TEXT *Text, PCSTR Format, ...)
{
    CHAR Line[4 * AcpiIdChars];
    va_list Arguments;
    va_start(Arguments, Format);
    RtlStringCbVPrintfA(Line, sizeof(Line), Format, Arguments);
    va_end(Arguments);
    ULONG Length = (ULONG)strlen(Line);
    if (Text->Chars + Length + 2 > Text->Capacity)
        return;
    for (ULONG i = 0; i < Length; i++)
        Text->Buffer[Text->Chars++] = (UCHAR)Line[i];
    Text->Buffer[Text->Chars++] = 0;
    Text->Buffer[Text->Chars] = 0;
}

static BOOLEAN AcpiStartText(ACPI_TEXT *Text)
{
    enum { Capacity = (AcpiMaximumCompatible + 4) * 4 * AcpiIdChars };
    *Text = (ACPI_TEXT){.Capacity = Capacity};
    Text->Buffer = ExAllocatePoolWithTag(PagedPool, Capacity * sizeof(WCHAR), AcpiTag);
    if (Text->Buffer)
        Text->Buffer[0] = Text->Buffer[1] = 0;
    return Text->Buffer != NULL;
}

// PNP0A08 and MSFT0101 have a vendor of three or four characters and a number of four hexadecimal digits.
static ULONG AcpiVendorChars(PCSTR Id)
{
    SIZE_T Length = strlen(Id);
    if (Length != 7 && Length != 8)
        return 0;
    for (SIZE_T i = Length - 4; i < Length; i++) {
        if (!isxdigit((UCHAR)Id[i]))
            return 0;
    }
    return (ULONG)Length - 4;
}

static VOID AcpiAddVendorForms(ACPI_TEXT *Text, const ACPI_NODE *Node)
{
    int Vendor = (int)AcpiVendorChars(Node->Id);
    PCSTR Id = Node->Id, Device = Node->Id + Vendor;
    if (!Vendor)
        return;
    if (Node->Subsystem[0] && Node->Revision[0])
        AcpiAddText(Text, "ACPI\\VEN_%.*s&DEV_%s&SUBSYS_%s&REV_%s", Vendor, Id, Device,
                    Node->Subsystem, Node->Revision);
    if (Node->Subsystem[0])
        AcpiAddText(Text, "ACPI\\VEN_%.*s&DEV_%s&SUBSYS_%s", Vendor, Id, Device, Node->Subsystem);
    if (Node->Revision[0])
        AcpiAddText(Text, "ACPI\\VEN_%.*s&DEV_%s&REV_%s", Vendor, Id, Device, Node->Revision);
    AcpiAddText(Text, "ACPI\\VEN_%.*s&DEV_%s", Vendor, Id, Device);
}

PWSTR AcpiDeviceIdText(const ACPI_NODE *Node)
{
    ACPI_TEXT Text;
    if (AcpiStartText(&Text))
        AcpiAddText(&Text, "ACPI\\%s", Node->Id);
    return Text.Buffer;
}

PWSTR AcpiHardwareIdsText(const ACPI_NODE *Node)
{
    ACPI_TEXT Text;
    if (!AcpiStartText(&Text))
        return NULL;
    AcpiAddVendorForms(&Text, Node);
    AcpiAddText(&Text, "ACPI\\%s", Node->Id);
    AcpiAddText(&Text, "*%s", Node->Id);
    return Text.Buffer;
}

PWSTR AcpiCompatibleIdsText(const ACPI_NODE *Node)
{
    ACPI_TEXT Text;
    if ((!Node->CompatibleCount && Node->Kind != AcpiProcessorKind) || !AcpiStartText(&Text))
        return NULL;
    for (ULONG i = 0; i < Node->CompatibleCount; i++) {
        AcpiAddText(&Text, "ACPI\\%s", Node->Compatible[i]);
        AcpiAddText(&Text, "*%s", Node->Compatible[i]);
    }
    if (Node->Kind == AcpiProcessorKind)
        AcpiAddText(&Text, "ACPI\\Processor");
    return Text.Buffer;
}

PWSTR AcpiInstanceText(const ACPI_NODE *Node)
{
    ACPI_TEXT Text;
    if (AcpiStartText(&Text))
        AcpiAddText(&Text, "%s", Node->Instance);
    return Text.Buffer;
}
