// IOCTL_ACPI_ENUM_CHILDREN: the devices below a device, or the objects of a name, by their paths.
#include "core.h"

#include <acpiioct.h>

typedef struct _ENUM_CHILDREN {
    PUCHAR Buffer;
    ULONG Room, Length, Count;
    CHAR Name[ACPI_NAMESEG_SIZE + 1]; // empty: devices
} ENUM_CHILDREN;

static BOOLEAN EnumHasChildren(acpi_handle Handle)
{
    acpi_handle Child;
    return ACPI_SUCCESS(acpi_get_next_object(ACPI_TYPE_ANY, Handle, NULL, &Child));
}

static VOID EnumPutChild(ENUM_CHILDREN *Children, acpi_handle Handle, const CHAR *Path)
{
    ULONG Header[] = {EnumHasChildren(Handle) ? ACPI_OBJECT_HAS_CHILDREN : 0,
                      (ULONG)strlen(Path) + 1};
    ULONG Place = Children->Length, Length = sizeof(Header) + Header[1];
    if (Place <= Children->Room && Length <= Children->Room - Place) {
        memcpy(Children->Buffer + Place, Header, sizeof(Header));
        memcpy(Children->Buffer + Place + sizeof(Header), Path, Header[1]);
    }
    Children->Length += Length;
    Children->Count++;
}

static BOOLEAN EnumIsWanted(const ENUM_CHILDREN *Children, acpi_handle Handle)
{
    CHAR Name[ACPI_NAMESEG_SIZE + 1];
    struct acpi_buffer Buffer = {sizeof(Name), Name};
    acpi_object_type Type;
    if (!Children->Name[0])
        return ACPI_SUCCESS(acpi_get_type(Handle, &Type)) &&
               (Type == ACPI_TYPE_DEVICE || Type == ACPI_TYPE_PROCESSOR ||
                Type == ACPI_TYPE_THERMAL);
    return ACPI_SUCCESS(acpi_get_name(Handle, ACPI_SINGLE_NAME, &Buffer)) &&
           strcmp(Name, Children->Name) == 0;
}

static acpi_status EnumVisit(acpi_handle Handle, u32 Level, void *Context, void **ReturnValue)
{
    ENUM_CHILDREN *Children = Context;
    struct acpi_buffer Buffer = {ACPI_ALLOCATE_BUFFER, NULL};
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(ReturnValue);
    if (!EnumIsWanted(Children, Handle))
        return AE_OK;
    if (ACPI_FAILURE(acpi_get_name(Handle, ACPI_FULL_PATHNAME_NO_TRAILING, &Buffer)))
        return AE_NO_MEMORY;
    EnumPutChild(Children, Handle, Buffer.pointer);
    acpi_os_free(Buffer.pointer);
    return AE_OK;
}

// The name, with its terminator counted, must be one of four characters.
static NTSTATUS EnumReadInput(ENUM_CHILDREN *Children, const UCHAR *Buffer, ULONG Length,
                              PULONG Depth)
{
    const ACPI_ENUM_CHILDREN_INPUT_BUFFER *Input = (const VOID *)Buffer;
    ULONG Header = FIELD_OFFSET(ACPI_ENUM_CHILDREN_INPUT_BUFFER, Name);
    if (Length < Header || Input->Signature != ACPI_ENUM_CHILDREN_INPUT_BUFFER_SIGNATURE)
        return STATUS_INVALID_PARAMETER;
    *Depth = Input->Flags & ENUM_CHILDREN_MULTILEVEL ? ACPI_UINT32_MAX : 1;
    if (!(Input->Flags & ENUM_CHILDREN_NAME_IS_FILTER))
        return STATUS_SUCCESS;
    if (Input->NameLength != sizeof(Children->Name) || Length - Header < Input->NameLength)
        return STATUS_INVALID_PARAMETER;
    memcpy(Children->Name, Buffer + Header, sizeof(Children->Name));
    return Children->Name[ACPI_NAMESEG_SIZE] ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

NTSTATUS AcpiEnumerateRequest(acpi_handle Handle, PUCHAR Buffer, ULONG InputLength,
                              ULONG OutputLength, PULONG Written)
{
    ENUM_CHILDREN Children = {
        .Buffer = Buffer,
        .Room = OutputLength,
        .Length = FIELD_OFFSET(ACPI_ENUM_CHILDREN_OUTPUT_BUFFER, Children),
    };
    ULONG Depth;
    *Written = 0;
    NTSTATUS Status = EnumReadInput(&Children, Buffer, InputLength, &Depth);
    if (!NT_SUCCESS(Status))
        return Status;
    if (OutputLength < sizeof(ACPI_ENUM_CHILDREN_OUTPUT_BUFFER))
        return STATUS_BUFFER_TOO_SMALL;
    Status = AcpiStatus(acpi_walk_namespace(ACPI_TYPE_ANY, Handle ? Handle : ACPI_ROOT_OBJECT,
                                            Depth, EnumVisit, NULL, &Children, NULL));
    if (!NT_SUCCESS(Status))
        return Status;
    // What does not fit is not told: how many bytes would is.
    BOOLEAN Fits = Children.Length <= OutputLength;
    ULONG Header[] = {ACPI_ENUM_CHILDREN_OUTPUT_BUFFER_SIGNATURE,
                      Fits ? Children.Count : Children.Length};
    memcpy(Buffer, Header, sizeof(Header));
    *Written = Fits ? max(Children.Length, (ULONG)sizeof(ACPI_ENUM_CHILDREN_OUTPUT_BUFFER))
                    : sizeof(ACPI_ENUM_CHILDREN_OUTPUT_BUFFER);
    return Fits ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}
