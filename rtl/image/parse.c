// Checking an image's headers, and finding things in it by address.
#include "image.h"
#include "../rtlp.h"

#define MAXIMUM_SECTIONS   96 // the loader's limit (PE format, "Number of sections")
#define MAXIMUM_IMAGE_SIZE 0x77000000
#define RAW_ALIGNMENT      512

static BOOLEAN IsPowerOfTwo(ULONG Value)
{
    return Value && !(Value & (Value - 1));
}

// Saturates: a caller compares the result with a limit below.
static ULONG RoundUp(ULONG Value, ULONG Alignment)
{
    ULONGLONG Rounded = ((ULONGLONG)Value + Alignment - 1) & ~((ULONGLONG)Alignment - 1);
    return Rounded > MAXULONG ? MAXULONG : (ULONG)Rounded;
}

// What an MZ file without a PE header is.
static NTSTATUS OtherFormat(const UCHAR *Signature, SIZE_T Left)
{
    if (Left < 2)
        return STATUS_INVALID_IMAGE_PROTECT;
    if (Signature[0] == 'N' && Signature[1] == 'E')
        return STATUS_INVALID_IMAGE_NE_FORMAT;
    if (Signature[0] == 'L' && (Signature[1] == 'E' || Signature[1] == 'X'))
        return STATUS_INVALID_IMAGE_LE_FORMAT;
    return STATUS_INVALID_IMAGE_PROTECT; // an MS-DOS program
}

static NTSTATUS FindHeaders(PRTL_IMAGE Image)
{
    const IMAGE_DOS_HEADER *Dos = (PVOID)Image->Base;
    if (Image->Size < sizeof(*Dos) || Dos->e_magic != IMAGE_DOS_SIGNATURE)
        return STATUS_INVALID_IMAGE_NOT_MZ;
    ULONG Offset = (ULONG)Dos->e_lfanew;
    if (Offset % sizeof(ULONG) || Offset >= Image->Size ||
        Image->Size - Offset < sizeof(IMAGE_NT_HEADERS64)) {
        SIZE_T Left = Offset < Image->Size ? Image->Size - Offset : 0;
        return OtherFormat(Image->Base + (Left ? Offset : 0), Left);
    }
    Image->NtHeaders = (PVOID)(Image->Base + Offset);
    if (Image->NtHeaders->Signature != IMAGE_NT_SIGNATURE)
        return OtherFormat(Image->Base + Offset, Image->Size - Offset);
    return STATUS_SUCCESS;
}

static NTSTATUS CheckMachine(const IMAGE_NT_HEADERS64 *Headers)
{
    if (Headers->FileHeader.Machine == IMAGE_FILE_MACHINE_I386)
        return STATUS_INVALID_IMAGE_WIN_32;
    if (Headers->FileHeader.Machine != IMAGE_FILE_MACHINE_AMD64 ||
        Headers->OptionalHeader.Magic != IMAGE_NT_OPTIONAL_HDR64_MAGIC ||
        !(Headers->FileHeader.Characteristics & IMAGE_FILE_EXECUTABLE_IMAGE))
        return STATUS_INVALID_IMAGE_FORMAT;
    return STATUS_SUCCESS;
}

static BOOLEAN OptionalHeaderIsSound(const IMAGE_NT_HEADERS64 *Headers)
{
    const IMAGE_OPTIONAL_HEADER64 *Header = &Headers->OptionalHeader;
    if (Header->NumberOfRvaAndSizes > IMAGE_NUMBEROF_DIRECTORY_ENTRIES ||
        Headers->FileHeader.SizeOfOptionalHeader <
            offsetof(IMAGE_OPTIONAL_HEADER64, DataDirectory) +
                Header->NumberOfRvaAndSizes * sizeof(IMAGE_DATA_DIRECTORY))
        return FALSE;
    if (!IsPowerOfTwo(Header->SectionAlignment) || !IsPowerOfTwo(Header->FileAlignment) ||
        Header->FileAlignment > Header->SectionAlignment)
        return FALSE;
    // Below a page there is no room for different protections: the file is mapped as it is.
    if (Header->SectionAlignment < PAGE_SIZE && Header->FileAlignment != Header->SectionAlignment)
        return FALSE;
    if (!Header->SizeOfImage || Header->SizeOfImage > MAXIMUM_IMAGE_SIZE ||
        !Header->SizeOfHeaders || Header->SizeOfHeaders > Header->SizeOfImage)
        return FALSE;
    return Header->ImageBase % ALLOCATION_GRANULARITY == 0 &&
           Header->ImageBase + Header->SizeOfImage >= Header->ImageBase;
}

static BOOLEAN FindSections(PRTL_IMAGE Image)
{
    const IMAGE_NT_HEADERS64 *Headers = Image->NtHeaders;
    SIZE_T Table = (SIZE_T)((const UCHAR *)&Headers->OptionalHeader - Image->Base) +
                   Headers->FileHeader.SizeOfOptionalHeader;
    Image->SectionCount = Headers->FileHeader.NumberOfSections;
    SIZE_T End = Table + Image->SectionCount * sizeof(IMAGE_SECTION_HEADER);
    if (Image->SectionCount > MAXIMUM_SECTIONS || Table % sizeof(ULONG) ||
        End > Headers->OptionalHeader.SizeOfHeaders || End > Image->Size)
        return FALSE;
    Image->Sections = (PVOID)(Image->Base + Table);
    return TRUE;
}

static ULONG VirtualSizeOf(const IMAGE_SECTION_HEADER *Section)
{
    return Section->Misc.VirtualSize ? Section->Misc.VirtualSize : Section->SizeOfRawData;
}

// Sections follow one another without gaps, in the order of their addresses.
static BOOLEAN SectionsAreSound(PCRTL_IMAGE Image)
{
    const IMAGE_OPTIONAL_HEADER64 *Header = &Image->NtHeaders->OptionalHeader;
    BOOLEAN Flat = Header->SectionAlignment < PAGE_SIZE;
    ULONG Next = RoundUp(Header->SizeOfHeaders, Header->SectionAlignment);
    for (ULONG Index = 0; Index < Image->SectionCount; Index++) {
        const IMAGE_SECTION_HEADER *Section = &Image->Sections[Index];
        ULONG Size = VirtualSizeOf(Section);
        if (Section->VirtualAddress != Next || !Size || Size > Header->SizeOfImage - Next)
            return FALSE;
        if (Section->SizeOfRawData && !Image->Mapped &&
            (Section->PointerToRawData > Image->Size ||
             Section->SizeOfRawData > Image->Size - Section->PointerToRawData))
            return FALSE;
        if (Flat && Section->SizeOfRawData && Section->PointerToRawData != Next)
            return FALSE;
        Next = RoundUp(Next + Size, Header->SectionAlignment);
        if (Next > RoundUp(Header->SizeOfImage, Header->SectionAlignment))
            return FALSE;
        Next = RtlpMin(Next, Header->SizeOfImage);
    }
    return TRUE;
}

NTSTATUS RtlpParseImage(PVOID Base, SIZE_T Size, BOOLEAN Mapped, PRTL_IMAGE Image)
{
    *Image = (RTL_IMAGE){.Base = Base, .Size = Size, .Mapped = Mapped};
    NTSTATUS Status = FindHeaders(Image);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CheckMachine(Image->NtHeaders);
    if (!NT_SUCCESS(Status))
        return Status;
    const IMAGE_OPTIONAL_HEADER64 *Header = &Image->NtHeaders->OptionalHeader;
    if (!OptionalHeaderIsSound(Image->NtHeaders) || Header->SizeOfHeaders > Size ||
        (Mapped && Size < Header->SizeOfImage) || !FindSections(Image) ||
        !SectionsAreSound(Image) || Header->AddressOfEntryPoint >= Header->SizeOfImage)
        return STATUS_INVALID_IMAGE_FORMAT;
    if (Mapped)
        Image->Size = Header->SizeOfImage;
    return STATUS_SUCCESS;
}

static ULONG ProtectionOf(ULONG Characteristics)
{
    BOOLEAN Executes = (Characteristics & IMAGE_SCN_MEM_EXECUTE) != 0;
    BOOLEAN Reads = (Characteristics & IMAGE_SCN_MEM_READ) != 0;
    if (Characteristics & IMAGE_SCN_MEM_WRITE) {
        if (Characteristics & IMAGE_SCN_MEM_SHARED)
            return Executes ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE;
        return Executes ? PAGE_EXECUTE_WRITECOPY : PAGE_WRITECOPY;
    }
    if (Executes)
        return Reads ? PAGE_EXECUTE_READ : PAGE_EXECUTE;
    return Reads ? PAGE_READONLY : PAGE_NOACCESS;
}

VOID RtlpGetImagePart(PCRTL_IMAGE Image, ULONG Index, PRTL_IMAGE_PART Part)
{
    const IMAGE_OPTIONAL_HEADER64 *Header = &Image->NtHeaders->OptionalHeader;
    if (Index == 0) {
        *Part = (RTL_IMAGE_PART){
            .VirtualSize = RoundUp(Header->SizeOfHeaders, Header->SectionAlignment),
            .FileSize = Header->SizeOfHeaders,
            .Characteristics = IMAGE_SCN_MEM_READ,
            .Protection = PAGE_READONLY,
        };
        return;
    }
    const IMAGE_SECTION_HEADER *Section = &Image->Sections[Index - 1];
    ULONG VirtualSize = RoundUp(VirtualSizeOf(Section), Header->SectionAlignment);
    ULONG Offset = Section->PointerToRawData;
    // As the Windows loader does, an offset is rounded down to a sector.
    if (Header->FileAlignment >= RAW_ALIGNMENT)
        Offset &= ~(ULONG)(RAW_ALIGNMENT - 1);
    *Part = (RTL_IMAGE_PART){
        .Rva = Section->VirtualAddress,
        .VirtualSize = VirtualSize,
        .FileOffset = Section->SizeOfRawData ? Offset : 0,
        .FileSize = RtlpMin(Section->SizeOfRawData, VirtualSize),
        .Characteristics = Section->Characteristics,
        .Protection = ProtectionOf(Section->Characteristics),
    };
}

// Where an address lies in the file: within the headers or the file's part of a section.
static BOOLEAN FileOffsetOf(PCRTL_IMAGE Image, ULONG Rva, SIZE_T Length, SIZE_T *Offset)
{
    for (ULONG Index = 0; Index <= Image->SectionCount; Index++) {
        RTL_IMAGE_PART Part;
        RtlpGetImagePart(Image, Index, &Part);
        if (Rva < Part.Rva || Rva - Part.Rva >= Part.FileSize)
            continue;
        *Offset = (SIZE_T)Part.FileOffset + (Rva - Part.Rva);
        return Length <= Part.FileSize - (Rva - Part.Rva);
    }
    return FALSE;
}

PVOID RtlpImageRange(PCRTL_IMAGE Image, ULONG Rva, SIZE_T Length)
{
    SIZE_T Offset = Rva;
    if (!Image->Mapped && !FileOffsetOf(Image, Rva, Length, &Offset))
        return nullptr;
    if (Offset >= Image->Size || Length > Image->Size - Offset)
        return nullptr;
    return Image->Base + Offset;
}

PCSZ RtlpImageString(PCRTL_IMAGE Image, ULONG Rva)
{
    const UCHAR *String = RtlpImageRange(Image, Rva, 1);
    if (!String)
        return nullptr;
    const UCHAR *End = Image->Base + Image->Size;
    return memchr(String, 0, (SIZE_T)(End - String)) ? (PCSZ)String : nullptr;
}

PVOID RtlpImageDirectory(PCRTL_IMAGE Image, ULONG Index, PULONG Size)
{
    const IMAGE_OPTIONAL_HEADER64 *Header = &Image->NtHeaders->OptionalHeader;
    if (Index >= Header->NumberOfRvaAndSizes)
        return nullptr;
    const IMAGE_DATA_DIRECTORY *Directory = &Header->DataDirectory[Index];
    if (!Directory->VirtualAddress || !Directory->Size)
        return nullptr;
    *Size = Directory->Size;
    return RtlpImageRange(Image, Directory->VirtualAddress, Directory->Size);
}
