// Images that are the built one with the input's bytes laid over it at places of the input's choice,
// or the input itself. Nothing may be read or written outside the buffer.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <image/image.h>

#include "image_builder.h"

static void UseImage(PCRTL_IMAGE Image)
{
    RTL_IMAGE_EXPORT Export;
    ULONG Size;
    for (ULONG Index = 0; Index <= Image->SectionCount; Index++) {
        RTL_IMAGE_PART Part;
        RtlpGetImagePart(Image, Index, &Part);
        if (Part.FileSize && !Image->Mapped &&
            Part.FileOffset + (SIZE_T)Part.FileSize > Image->Size)
            abort();
    }
    for (ULONG Index = 0; Index < IMAGE_NUMBEROF_DIRECTORY_ENTRIES; Index++) {
        const UCHAR *Directory = RtlpImageDirectory(Image, Index, &Size);
        if (Directory && (Directory < Image->Base || Size > Image->Size ||
                          Directory + Size > Image->Base + Image->Size))
            abort();
    }
    RtlpFindExportByName(Image, "Beta", 1, &Export);
    RtlpFindExportByName(Image, "Zeta", 0x7FFFFFFF, &Export);
    for (ULONG Ordinal = 3; Ordinal < 12; Ordinal++)
        if (NT_SUCCESS(RtlpFindExportByOrdinal(Image, Ordinal, &Export)) && Export.Forwarder)
            __builtin_strlen(Export.Forwarder);
    if (Image->Mapped)
        RtlpRelocateImage(Image, 0x10000);
}

static void Try(const UCHAR *Bytes, SIZE_T Size, BOOLEAN Mapped)
{
    RTL_IMAGE Image;
    PUCHAR Copy = malloc(Size ? Size : 1); // its own block: the sanitizer sees its ends
    __builtin_memcpy(Copy, Bytes, Size);
    if (NT_SUCCESS(RtlpParseImage(Copy, Size, Mapped, &Image)))
        UseImage(&Image);
    free(Copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size);

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    static UCHAR File[BUILT_FILE_SIZE], Mapping[BUILT_IMAGE_SIZE];
    Try(Data, Size, FALSE);
    BuildImageFile(File);
    BuildMappedImage(Mapping);
    // Patches of six bytes: where (2), what (4).
    for (; Size >= 6; Data += 6, Size -= 6) {
        ULONG At = (ULONG)(Data[0] | Data[1] << 8);
        __builtin_memcpy(File + At % (sizeof(File) - 4), Data + 2, 4);
        __builtin_memcpy(Mapping + At % (sizeof(Mapping) - 4), Data + 2, 4);
    }
    Try(File, sizeof(File), FALSE);
    Try(Mapping, sizeof(Mapping), TRUE);
    return 0;
}
