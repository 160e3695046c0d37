// The documented functions on image headers. Their callers own the image and trust it.
#include "image.h"
#include "../rtlp.h"

#define LARGEST_HEADER_OFFSET (256 * 1024 * 1024)

NTSTATUS NTAPI RtlImageNtHeaderEx(ULONG Flags, PVOID BaseOfImage, ULONGLONG Size,
                                  PIMAGE_NT_HEADERS *OutHeaders)
{
    if (!OutHeaders)
        return STATUS_INVALID_PARAMETER;
    *OutHeaders = nullptr;
    if (Flags & ~(ULONG)RTL_IMAGE_NT_HEADER_EX_FLAG_NO_RANGE_CHECK || !BaseOfImage ||
        BaseOfImage == (PVOID)(LONG_PTR)-1)
        return STATUS_INVALID_PARAMETER;

    BOOLEAN Checked = !(Flags & RTL_IMAGE_NT_HEADER_EX_FLAG_NO_RANGE_CHECK);
    const IMAGE_DOS_HEADER *Dos = BaseOfImage;
    if (Checked && Size < sizeof(*Dos))
        return STATUS_INVALID_IMAGE_FORMAT;
    if (Dos->e_magic != IMAGE_DOS_SIGNATURE)
        return STATUS_INVALID_IMAGE_FORMAT;
    ULONG Offset = (ULONG)Dos->e_lfanew;
    if (Offset >= LARGEST_HEADER_OFFSET)
        return STATUS_INVALID_IMAGE_FORMAT;
    if (Checked && (Offset >= Size || Size - Offset < sizeof(IMAGE_NT_HEADERS)))
        return STATUS_INVALID_IMAGE_FORMAT;
    PIMAGE_NT_HEADERS Headers = (PIMAGE_NT_HEADERS)((PUCHAR)BaseOfImage + Offset);
    if (Headers->Signature != IMAGE_NT_SIGNATURE)
        return STATUS_INVALID_IMAGE_FORMAT;
    *OutHeaders = Headers;
    return STATUS_SUCCESS;
}

PIMAGE_NT_HEADERS NTAPI RtlImageNtHeader(PVOID BaseOfImage)
{
    PIMAGE_NT_HEADERS Headers;
    RtlImageNtHeaderEx(RTL_IMAGE_NT_HEADER_EX_FLAG_NO_RANGE_CHECK, BaseOfImage, 0, &Headers);
    return Headers;
}

PIMAGE_SECTION_HEADER NTAPI RtlImageRvaToSection(PIMAGE_NT_HEADERS NtHeaders, PVOID BaseOfImage,
                                                 ULONG Rva)
{
    (void)BaseOfImage;
    PIMAGE_SECTION_HEADER Section = IMAGE_FIRST_SECTION(NtHeaders);
    for (ULONG Index = 0; Index < NtHeaders->FileHeader.NumberOfSections; Index++, Section++)
        if (Rva >= Section->VirtualAddress &&
            Rva - Section->VirtualAddress < Section->SizeOfRawData)
            return Section;
    return nullptr;
}

PVOID NTAPI RtlImageRvaToVa(PIMAGE_NT_HEADERS NtHeaders, PVOID BaseOfImage, ULONG Rva,
                            PIMAGE_SECTION_HEADER *LastRvaSection)
{
    PIMAGE_SECTION_HEADER Section = LastRvaSection ? *LastRvaSection : nullptr;
    if (!Section || Rva < Section->VirtualAddress ||
        Rva - Section->VirtualAddress >= Section->SizeOfRawData) {
        Section = RtlImageRvaToSection(NtHeaders, BaseOfImage, Rva);
        if (!Section)
            return nullptr;
        if (LastRvaSection)
            *LastRvaSection = Section;
    }
    return (PUCHAR)BaseOfImage + Section->PointerToRawData + (Rva - Section->VirtualAddress);
}

static const IMAGE_DATA_DIRECTORY *FindDirectory(PIMAGE_NT_HEADERS Headers, USHORT Entry)
{
    PIMAGE_NT_HEADERS32 Headers32 = (PIMAGE_NT_HEADERS32)Headers;
    switch (Headers->OptionalHeader.Magic) {
    case IMAGE_NT_OPTIONAL_HDR64_MAGIC:
        return Entry < Headers->OptionalHeader.NumberOfRvaAndSizes
                   ? &Headers->OptionalHeader.DataDirectory[Entry]
                   : nullptr;
    case IMAGE_NT_OPTIONAL_HDR32_MAGIC:
        return Entry < Headers32->OptionalHeader.NumberOfRvaAndSizes
                   ? &Headers32->OptionalHeader.DataDirectory[Entry]
                   : nullptr;
    default:
        return nullptr;
    }
}

// The low bit of a base marks a file that is mapped as data (LdrLoadLibrary's data files).
PVOID NTAPI RtlImageDirectoryEntryToData(PVOID BaseOfImage, BOOLEAN MappedAsImage,
                                         USHORT DirectoryEntry, PULONG Size)
{
    if ((ULONG_PTR)BaseOfImage & 1) {
        BaseOfImage = (PVOID)((ULONG_PTR)BaseOfImage & ~(ULONG_PTR)3);
        MappedAsImage = FALSE;
    }
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(BaseOfImage);
    if (!Headers)
        return nullptr;
    const IMAGE_DATA_DIRECTORY *Directory = FindDirectory(Headers, DirectoryEntry);
    if (!Directory || !Directory->VirtualAddress)
        return nullptr;
    *Size = Directory->Size;
    if (MappedAsImage || Directory->VirtualAddress < Headers->OptionalHeader.SizeOfHeaders)
        return (PUCHAR)BaseOfImage + Directory->VirtualAddress;
    return RtlImageRvaToVa(Headers, BaseOfImage, Directory->VirtualAddress, nullptr);
}

PVOID NTAPI RtlFindExportedRoutineByName(PVOID ImageBase, PCSTR RoutineName)
{
    RTL_IMAGE Image;
    RTL_IMAGE_EXPORT Export;
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(ImageBase);
    if (!Headers ||
        !NT_SUCCESS(RtlpParseImage(ImageBase, Headers->OptionalHeader.SizeOfImage, TRUE, &Image)) ||
        !NT_SUCCESS(RtlpFindExportByName(&Image, RoutineName, 0, &Export)))
        return nullptr;
    return Export.Forwarder ? nullptr : Export.Address;
}
