// Between the namespace and functions below a PCI root bridge: _ADR has the device's number above, the function's
// below (ACPI Specification 6.4, 6.1.1).
#include "core.h"

enum { AcpiAllFunctions = 0xFFFF };

static BOOLEAN AcpiReadAddress(acpi_handle Handle, PULONG Address)
{
    ULONG64 Value;
    if (!AcpiHasObject(Handle, "_ADR") || ACPI_FAILURE(AcpiEvaluateNumber(Handle, "_ADR", &Value)))
        return FALSE;
    *Address = (ULONG)Value;
    return TRUE;
}

// An object for all functions of a device stands for its function 0.
static BOOLEAN AcpiIsAt(ULONG Address, ULONG Device, ULONG Function)
{
    ULONG Found = Address & 0xFFFF;
    return Address >> 16 == Device &&
           (Found == Function || (Found == AcpiAllFunctions && !Function));
}

static acpi_handle AcpiFindChild(acpi_handle Parent, ULONG Device, ULONG Function)
{
    acpi_handle Child = NULL;
    ULONG Address;
    while (ACPI_SUCCESS(acpi_get_next_object(ACPI_TYPE_DEVICE, Parent, Child, &Child))) {
        if (AcpiReadAddress(Child, &Address) && AcpiIsAt(Address, Device, Function))
            return Child;
    }
    return NULL;
}

acpi_handle AcpiFindFunction(acpi_handle Bridge, const ACPI_PCI_PATH *Path)
{
    acpi_handle Handle = Bridge;
    for (ULONG i = 0; i < Path->Depth && i < ACPI_PCI_MAX_DEPTH && Handle; i++)
        Handle = AcpiFindChild(Handle, Path->Element[i].Device, Path->Element[i].Function);
    return Handle;
}

BOOLEAN AcpiFindPath(PLIST_ENTRY Nodes, acpi_handle Handle, PACPI_NODE *Bridge, PACPI_PCI_PATH Path)
{
    ULONG Addresses[ACPI_PCI_MAX_DEPTH], Depth = 0;
    for (;;) {
        *Bridge = AcpiFindNode(Nodes, Handle);
        if (*Bridge && (*Bridge)->RootBridge)
            break;
        if (Depth == ACPI_PCI_MAX_DEPTH || !AcpiReadAddress(Handle, &Addresses[Depth]) ||
            ACPI_FAILURE(acpi_get_parent(Handle, &Handle)))
            return FALSE;
        Depth++;
    }
    *Path = (ACPI_PCI_PATH){.Depth = Depth};
    for (ULONG i = 0; i < Depth; i++) {
        ULONG Address = Addresses[Depth - 1 - i];
        Path->Element[i].Device = (UCHAR)(Address >> 16);
        Path->Element[i].Function =
            (Address & 0xFFFF) == AcpiAllFunctions ? 0 : (UCHAR)(Address & 7);
    }
    return TRUE;
}

NTSTATUS AcpiEvaluateFunction(acpi_handle Bridge, const ACPI_PCI_EVALUATION *Evaluation,
                              PULONG64 Result)
{
    CHAR Name[ACPI_NAMESEG_SIZE + 1] = {};
    union acpi_object Argument = {.integer = {ACPI_TYPE_INTEGER, Evaluation->Argument}};
    struct acpi_object_list Arguments = {Evaluation->ArgumentCount, &Argument};
    struct acpi_buffer Buffer = {ACPI_ALLOCATE_BUFFER, NULL};
    *Result = 0;
    if (Evaluation->ArgumentCount > 1 || Evaluation->Path.Depth > ACPI_PCI_MAX_DEPTH)
        return STATUS_INVALID_PARAMETER;
    memcpy(Name, Evaluation->Method, ACPI_NAMESEG_SIZE);
    acpi_handle Handle = AcpiFindFunction(Bridge, &Evaluation->Path);
    if (!Handle || !AcpiHasObject(Handle, Name))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    acpi_status Status = acpi_evaluate_object(Handle, Name, &Arguments, &Buffer);
    if (ACPI_FAILURE(Status))
        return AcpiStatus(Status);
    const union acpi_object *Object = Buffer.pointer;
    if (Object && Object->type == ACPI_TYPE_INTEGER)
        *Result = Object->integer.value;
    acpi_os_free(Buffer.pointer);
    return STATUS_SUCCESS;
}
