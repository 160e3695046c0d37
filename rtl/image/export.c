// The export directory: names are sorted, and lead through a table of indices to addresses. An
// address inside the directory itself is the text of a forwarder. Linkers do not align it.
#include "image.h"
#include "../rtlp.h"

typedef IMAGE_EXPORT_DIRECTORY UNALIGNED_DIRECTORY __attribute__((aligned(1), may_alias));
typedef ULONG UNALIGNED_ULONG __attribute__((aligned(1), may_alias));
typedef USHORT UNALIGNED_USHORT __attribute__((aligned(1), may_alias));

typedef struct {
    PCRTL_IMAGE Image;
    const UNALIGNED_DIRECTORY *Directory;
    ULONG Start, Size; // of the directory, as addresses
    const UNALIGNED_ULONG *Functions;
    const UNALIGNED_ULONG *Names;
    const UNALIGNED_USHORT *Indices;
} EXPORTS;

static BOOLEAN OpenExports(PCRTL_IMAGE Image, EXPORTS *Exports)
{
    const IMAGE_OPTIONAL_HEADER64 *Header = &Image->NtHeaders->OptionalHeader;
    *Exports = (EXPORTS){.Image = Image};
    Exports->Directory = RtlpImageDirectory(Image, IMAGE_DIRECTORY_ENTRY_EXPORT, &Exports->Size);
    if (!Exports->Directory || Exports->Size < sizeof(*Exports->Directory))
        return FALSE;
    const UNALIGNED_DIRECTORY *Directory = Exports->Directory;
    Exports->Start = Header->DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress;
    Exports->Functions = RtlpImageRange(Image, Directory->AddressOfFunctions,
                                        Directory->NumberOfFunctions * sizeof(ULONG));
    Exports->Names =
        RtlpImageRange(Image, Directory->AddressOfNames, Directory->NumberOfNames * sizeof(ULONG));
    Exports->Indices = RtlpImageRange(Image, Directory->AddressOfNameOrdinals,
                                      Directory->NumberOfNames * sizeof(USHORT));
    if (!Exports->Functions)
        return FALSE;
    return !Directory->NumberOfNames || (Exports->Names && Exports->Indices);
}

static NTSTATUS TakeFunction(const EXPORTS *Exports, ULONG Index, NTSTATUS NotFound,
                             PRTL_IMAGE_EXPORT Export)
{
    if (Index >= Exports->Directory->NumberOfFunctions || !Exports->Functions[Index])
        return NotFound;
    ULONG Rva = Exports->Functions[Index];
    *Export = (RTL_IMAGE_EXPORT){.Ordinal = Exports->Directory->Base + Index, .Rva = Rva};
    if (Rva - Exports->Start < Exports->Size) {
        Export->Forwarder = RtlpImageString(Exports->Image, Rva);
        return Export->Forwarder ? STATUS_SUCCESS : STATUS_INVALID_IMAGE_FORMAT;
    }
    if (Rva >= Exports->Image->NtHeaders->OptionalHeader.SizeOfImage)
        return STATUS_INVALID_IMAGE_FORMAT;
    if (Exports->Image->Mapped)
        Export->Address = Exports->Image->Base + Rva;
    return STATUS_SUCCESS;
}

// The name at an index of the name table, compared with the wanted one.
static NTSTATUS CompareName(const EXPORTS *Exports, ULONG Index, PCSZ Name, int *Order)
{
    PCSZ Candidate = RtlpImageString(Exports->Image, Exports->Names[Index]);
    if (!Candidate)
        return STATUS_INVALID_IMAGE_FORMAT;
    *Order = strcmp(Name, Candidate);
    return STATUS_SUCCESS;
}

static NTSTATUS FindName(const EXPORTS *Exports, PCSZ Name, ULONG Hint, PULONG Found)
{
    int Order = 1;
    ULONG Low = 0, High = Exports->Directory->NumberOfNames;
    for (ULONG At = Hint < High ? Hint : High / 2; Low < High; At = Low + (High - Low) / 2) {
        NTSTATUS Status = CompareName(Exports, At, Name, &Order);
        if (!NT_SUCCESS(Status))
            return Status;
        if (!Order) {
            *Found = At;
            return STATUS_SUCCESS;
        }
        if (Order < 0)
            High = At;
        else
            Low = At + 1;
    }
    return STATUS_ENTRYPOINT_NOT_FOUND;
}

NTSTATUS RtlpFindExportByName(PCRTL_IMAGE Image, PCSZ Name, ULONG Hint, PRTL_IMAGE_EXPORT Export)
{
    EXPORTS Exports;
    ULONG Index;
    if (!OpenExports(Image, &Exports))
        return STATUS_ENTRYPOINT_NOT_FOUND;
    NTSTATUS Status = FindName(&Exports, Name, Hint, &Index);
    if (!NT_SUCCESS(Status))
        return Status;
    return TakeFunction(&Exports, Exports.Indices[Index], STATUS_ENTRYPOINT_NOT_FOUND, Export);
}

NTSTATUS RtlpFindExportByOrdinal(PCRTL_IMAGE Image, ULONG Ordinal, PRTL_IMAGE_EXPORT Export)
{
    EXPORTS Exports;
    if (!OpenExports(Image, &Exports))
        return STATUS_ORDINAL_NOT_FOUND;
    return TakeFunction(&Exports, Ordinal - Exports.Directory->Base, STATUS_ORDINAL_NOT_FOUND,
                        Export);
}
