// Resource templates as the firmware's methods return them. ACPICA believes what a descriptor says of its length; here it is
// looked at first (ACPI Specification 6.4, 6.4.2 and 6.4.3), and kinds that nobody asks for are taken out.
#include "core.h"

enum {
    TemplateLarge = 0x80, // a large descriptor: two bytes of length
    TemplateEndTag = 0x0F,
    TemplateExtendedIrq = 0x89,
    TemplatePadding = 64,     // zeros behind the end
    TemplateMaximum = 0xFF00, // ACPICA counts in 16 bits
};

// What is converted: the small ones by their four bits, the large ones by all of the first byte; and the bytes behind the
// header that there must be.
static const struct {
    UCHAR Name, Minimum;
} TemplateKinds[] = {
    {0x04, 2},  // IRQ
    {0x05, 2},  // DMA
    {0x06, 0},  // start of dependent functions
    {0x07, 0},  // their end
    {0x08, 7},  // I/O ports
    {0x09, 3},  // fixed I/O ports
    {0x81, 9},  // 24-bit memory
    {0x85, 17}, // 32-bit memory
    {0x86, 9},  // fixed 32-bit memory
    {0x87, 23}, // 32-bit address space
    {0x88, 13}, // 16-bit address space
    {0x89, 6},  // interrupts
    {0x8A, 43}, // 64-bit address space
    {0x8B, 53}, // extended address space
};

typedef struct _TEMPLATE_PIECE {
    UCHAR Name;
    ULONG Header, Length; // Length: behind the header
} TEMPLATE_PIECE;

static BOOLEAN TemplateRead(const UCHAR *Data, ULONG Room, TEMPLATE_PIECE *Piece)
{
    if (Room < 1)
        return FALSE;
    BOOLEAN Large = (Data[0] & TemplateLarge) != 0;
    Piece->Header = Large ? 3 : 1;
    if (Room < Piece->Header)
        return FALSE;
    Piece->Name = Large ? Data[0] : Data[0] >> 3;
    Piece->Length = Large ? Data[1] | (ULONG)Data[2] << 8 : Data[0] & 7;
    return Piece->Length <= Room - Piece->Header;
}

// Wrong ones are taken for the template's end by nobody: they make all of it invalid.
static BOOLEAN TemplateIsGood(const UCHAR *Data, const TEMPLATE_PIECE *Piece, PBOOLEAN Known)
{
    *Known = FALSE;
    for (ULONG i = 0; i < RTL_NUMBER_OF(TemplateKinds); i++) {
        if (TemplateKinds[i].Name != Piece->Name)
            continue;
        *Known = TRUE;
        if (Piece->Length < TemplateKinds[i].Minimum)
            return FALSE;
    }
    // Its second byte counts interrupts of four bytes each.
    return Piece->Name != TemplateExtendedIrq ||
           (Data[4] && 2 + 4 * (ULONG)Data[4] <= Piece->Length);
}

// The end is written anew: what it says of a sum is nobody's concern.
static acpi_status TemplateCopy(const UCHAR *Data, ULONG Room, PUCHAR Copy, PULONG Length)
{
    TEMPLATE_PIECE Piece;
    BOOLEAN Known;
    *Length = 0;
    for (;;) {
        if (!TemplateRead(Data, Room, &Piece))
            return AE_AML_NO_RESOURCE_END_TAG;
        if (Piece.Name == TemplateEndTag)
            break;
        ULONG Size = Piece.Header + Piece.Length;
        if (!TemplateIsGood(Data, &Piece, &Known))
            return AE_AML_BAD_RESOURCE_LENGTH;
        if (Known) {
            memcpy(Copy + *Length, Data, Size);
            *Length += Size;
        }
        Data += Size;
        Room -= Size;
    }
    Copy[(*Length)++] = TemplateEndTag << 3 | 1;
    Copy[(*Length)++] = 0;
    return AE_OK;
}

static acpi_status TemplateConvert(const union acpi_object *Object, struct acpi_resource **List)
{
    ULONG Length, Size = Object->buffer.length;
    if (Size > TemplateMaximum)
        return AE_LIMIT;
    PUCHAR Copy = ExAllocatePoolWithTag(PagedPool, Size + TemplatePadding, AcpiTag);
    if (!Copy)
        return AE_NO_MEMORY;
    RtlZeroMemory(Copy, Size + TemplatePadding);
    acpi_status Status = TemplateCopy(Object->buffer.pointer, Size, Copy, &Length);
    if (ACPI_SUCCESS(Status))
        Status = acpi_buffer_to_resource(Copy, (u16)Length, List);
    ExFreePoolWithTag(Copy, AcpiTag);
    return Status;
}

acpi_status AcpiReadTemplate(acpi_handle Handle, PCSTR Name, struct acpi_resource **List)
{
    struct acpi_buffer Buffer = {ACPI_ALLOCATE_BUFFER, NULL};
    *List = NULL;
    acpi_status Status =
        acpi_evaluate_object_typed(Handle, (acpi_string)Name, NULL, &Buffer, ACPI_TYPE_BUFFER);
    if (ACPI_FAILURE(Status))
        return Status;
    Status = TemplateConvert(Buffer.pointer, List);
    acpi_os_free(Buffer.pointer);
    return Status;
}

acpi_status AcpiWalkTemplate(acpi_handle Handle, PCSTR Name, acpi_walk_resource_callback Visit,
                             PVOID Context)
{
    struct acpi_resource *List;
    acpi_status Status = AcpiReadTemplate(Handle, Name, &List);
    if (ACPI_FAILURE(Status))
        return Status;
    const struct acpi_resource *End = List;
    while (End->type != ACPI_RESOURCE_TYPE_END_TAG)
        End = ACPI_NEXT_RESOURCE(End);
    struct acpi_buffer Buffer = {(acpi_size)((const UCHAR *)End + End->length - (PUCHAR)List),
                                 List};
    Status = acpi_walk_resource_buffer(&Buffer, Visit, Context);
    acpi_os_free(List);
    return Status;
}
