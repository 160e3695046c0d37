// Base relocations (PE format, "The .reloc Section").
#include "image.h"
#include "../rtlp.h"

#define TYPE_SHIFT  12
#define OFFSET_MASK 0xFFF

typedef ULONGLONG UNALIGNED_ULONGLONG __attribute__((aligned(1), may_alias));
typedef ULONG UNALIGNED_ULONG __attribute__((aligned(1), may_alias));
typedef USHORT UNALIGNED_USHORT __attribute__((aligned(1), may_alias));

// How many bytes a relocation changes; 0 for none, -1 for a type that x86_64 does not have.
static LONG WidthOf(ULONG Type)
{
    switch (Type) {
    case IMAGE_REL_BASED_ABSOLUTE: // padding
        return 0;
    case IMAGE_REL_BASED_HIGH:
    case IMAGE_REL_BASED_LOW:
        return 2;
    case IMAGE_REL_BASED_HIGHLOW:
        return 4;
    case IMAGE_REL_BASED_DIR64:
        return 8;
    default:
        return -1;
    }
}

static VOID Apply(ULONG Type, PVOID Target, LONGLONG Delta)
{
    UNALIGNED_USHORT *Half = Target;
    switch (Type) {
    case IMAGE_REL_BASED_HIGH:
        *Half = (USHORT)((((ULONG)*Half << 16) + (ULONGLONG)Delta) >> 16);
        break;
    case IMAGE_REL_BASED_LOW:
        *Half = (USHORT)(*Half + (ULONGLONG)Delta);
        break;
    case IMAGE_REL_BASED_HIGHLOW:
        *(UNALIGNED_ULONG *)Target += (ULONG)Delta;
        break;
    case IMAGE_REL_BASED_DIR64:
        *(UNALIGNED_ULONGLONG *)Target += (ULONGLONG)Delta;
        break;
    }
}

// The documented function trusts its caller: the block lies in the image, the targets too.
PIMAGE_BASE_RELOCATION NTAPI LdrProcessRelocationBlock(ULONG_PTR Address, ULONG Count,
                                                       PUSHORT TypeOffset, LONGLONG Delta)
{
    for (; Count; Count--, TypeOffset++) {
        ULONG Type = *TypeOffset >> TYPE_SHIFT;
        if (WidthOf(Type) < 0)
            return nullptr;
        Apply(Type, (PVOID)(Address + (*TypeOffset & OFFSET_MASK)), Delta);
    }
    return (PIMAGE_BASE_RELOCATION)TypeOffset;
}

static BOOLEAN RelocateBlock(PCRTL_IMAGE Image, ULONG Page, const USHORT *Entries, ULONG Count,
                             LONGLONG Delta)
{
    for (ULONG Index = 0; Index < Count; Index++) {
        ULONG Type = Entries[Index] >> TYPE_SHIFT;
        LONG Width = WidthOf(Type);
        if (Width < 0)
            return FALSE;
        if (!Width)
            continue;
        ULONGLONG Rva = (ULONGLONG)Page + (Entries[Index] & OFFSET_MASK);
        PVOID Target = Rva > MAXULONG ? nullptr : RtlpImageRange(Image, (ULONG)Rva, (SIZE_T)Width);
        if (!Target)
            return FALSE;
        Apply(Type, Target, Delta);
    }
    return TRUE;
}

BOOLEAN RtlpImageIsRelocatable(PCRTL_IMAGE Image)
{
    const IMAGE_NT_HEADERS64 *Headers = Image->NtHeaders;
    return !(Headers->FileHeader.Characteristics & IMAGE_FILE_RELOCS_STRIPPED);
}

NTSTATUS RtlpRelocateImage(PCRTL_IMAGE Image, LONGLONG Delta)
{
    if (!RtlpImageIsRelocatable(Image))
        return STATUS_CONFLICTING_ADDRESSES;
    const IMAGE_OPTIONAL_HEADER64 *Header = &Image->NtHeaders->OptionalHeader;
    if (Header->NumberOfRvaAndSizes <= IMAGE_DIRECTORY_ENTRY_BASERELOC ||
        !Header->DataDirectory[IMAGE_DIRECTORY_ENTRY_BASERELOC].Size)
        return STATUS_SUCCESS; // relocatable, and nothing to relocate

    ULONG Size;
    PUCHAR Table = RtlpImageDirectory(Image, IMAGE_DIRECTORY_ENTRY_BASERELOC, &Size);
    if (!Table || (ULONG_PTR)Table % sizeof(ULONG))
        return STATUS_INVALID_IMAGE_FORMAT;
    for (ULONG At = 0; Size - At >= sizeof(IMAGE_BASE_RELOCATION);) {
        const IMAGE_BASE_RELOCATION *Block = (PVOID)(Table + At);
        ULONG BlockSize = Block->SizeOfBlock;
        if (!BlockSize)
            break; // padding up to the end
        if (BlockSize < sizeof(*Block) || BlockSize > Size - At || BlockSize % sizeof(ULONG))
            return STATUS_INVALID_IMAGE_FORMAT;
        ULONG Count = (BlockSize - sizeof(*Block)) / sizeof(USHORT);
        if (!RelocateBlock(Image, Block->VirtualAddress, (const USHORT *)(Block + 1), Count, Delta))
            return STATUS_INVALID_IMAGE_FORMAT;
        At += BlockSize;
    }
    return STATUS_SUCCESS;
}
