// PE images that nobody has vouched for. RtlpParseImage checks the headers once; after that every
// access goes through functions that check their range, so that a malformed file is refused and
// never followed. Used by the Executive for image sections and by ntdll's loader.
#ifndef RTL_IMAGE_IMAGE_H
#define RTL_IMAGE_IMAGE_H

#include "../rtl.h"

// An x86_64 image whose headers have been checked. Mapped: sections lie at their addresses, and Size
// is SizeOfImage; otherwise Base is the file and Size its length.
typedef struct _RTL_IMAGE {
    PUCHAR Base;
    SIZE_T Size;
    BOOLEAN Mapped;
    const IMAGE_NT_HEADERS64 *NtHeaders;
    const IMAGE_SECTION_HEADER *Sections;
    ULONG SectionCount;
} RTL_IMAGE, *PRTL_IMAGE;
typedef const RTL_IMAGE *PCRTL_IMAGE;

// One part of an image as it is to be mapped. Part 0 is the headers.
typedef struct _RTL_IMAGE_PART {
    ULONG Rva;
    ULONG VirtualSize; // rounded up to SectionAlignment
    ULONG FileOffset;
    ULONG FileSize; // what the file has of it; the rest is zeros
    ULONG Characteristics;
    ULONG Protection; // PAGE_*
} RTL_IMAGE_PART, *PRTL_IMAGE_PART;

typedef struct _RTL_IMAGE_EXPORT {
    ULONG Ordinal;
    ULONG Rva;
    PVOID Address;  // in a mapped image
    PCSZ Forwarder; // "module.name" or "module.#ordinal", else NULL
} RTL_IMAGE_EXPORT, *PRTL_IMAGE_EXPORT;

// STATUS_INVALID_IMAGE_NOT_MZ, STATUS_INVALID_IMAGE_WIN_16, ... as NtCreateSection(SEC_IMAGE).
NTSTATUS RtlpParseImage(PVOID Base, SIZE_T Size, BOOLEAN Mapped, PRTL_IMAGE Image);
VOID RtlpGetImagePart(PCRTL_IMAGE Image, ULONG Index, PRTL_IMAGE_PART Part);

// Length bytes at an address of the image, or NULL when they are not all there.
PVOID RtlpImageRange(PCRTL_IMAGE Image, ULONG Rva, SIZE_T Length);
// A terminated string at an address of the image, or NULL.
PCSZ RtlpImageString(PCRTL_IMAGE Image, ULONG Rva);
// A data directory that is present and lies within the image, or NULL.
PVOID RtlpImageDirectory(PCRTL_IMAGE Image, ULONG Index, PULONG Size);

// Add Delta to every address in a mapped image. STATUS_INVALID_IMAGE_FORMAT leaves it half done.
NTSTATUS RtlpRelocateImage(PCRTL_IMAGE Image, LONGLONG Delta);
BOOLEAN RtlpImageIsRelocatable(PCRTL_IMAGE Image);

// STATUS_ENTRYPOINT_NOT_FOUND, STATUS_ORDINAL_NOT_FOUND; STATUS_INVALID_IMAGE_FORMAT for a table
// that leads out of the image. Hint is where the name table probably has the name.
NTSTATUS RtlpFindExportByName(PCRTL_IMAGE Image, PCSZ Name, ULONG Hint, PRTL_IMAGE_EXPORT Export);
NTSTATUS RtlpFindExportByOrdinal(PCRTL_IMAGE Image, ULONG Ordinal, PRTL_IMAGE_EXPORT Export);

#endif
