// PE images: sound ones, and each way of being malformed.
#include "test.h"

#include <image/image.h>

#include "image_builder.h"

static alignas(16) UCHAR File[BUILT_FILE_SIZE];
static alignas(16) UCHAR Mapping[BUILT_IMAGE_SIZE];

static NTSTATUS ParseFile(void)
{
    RTL_IMAGE Image;
    return RtlpParseImage(File, sizeof(File), FALSE, &Image);
}

static void a_sound_image_is_described(void **state)
{
    (void)state;
    RTL_IMAGE Image;
    RTL_IMAGE_PART Part;
    BuildImageFile(File);
    assert_status(RtlpParseImage(File, sizeof(File), FALSE, &Image), STATUS_SUCCESS);
    assert_int_equal(Image.SectionCount, 3);
    RtlpGetImagePart(&Image, 0, &Part);
    assert_int_equal(Part.VirtualSize, 0x1000);
    assert_int_equal(Part.FileSize, BUILT_HEADERS);
    assert_int_equal(Part.Protection, PAGE_READONLY);
    RtlpGetImagePart(&Image, 1, &Part);
    assert_int_equal(Part.Rva, BUILT_TEXT_RVA);
    assert_int_equal(Part.FileOffset, 0x400);
    assert_int_equal(Part.FileSize, 0x200);
    assert_int_equal(Part.Protection, PAGE_EXECUTE_READ);
    RtlpGetImagePart(&Image, 3, &Part);
    assert_int_equal(Part.VirtualSize, 0x1000);
    assert_int_equal(Part.FileSize, 0);
    assert_int_equal(Part.Protection, PAGE_WRITECOPY);
}

#define HEADERS         (BuiltHeaders(File))
#define OPTIONAL_HEADER (&BuiltHeaders(File)->OptionalHeader)
#define SECTIONS        (BuiltSections(File))

// Each statement spoils a fresh image in one way.
#define assert_refused(Expected, Spoil)       \
    do {                                      \
        BuildImageFile(File);                 \
        Spoil;                                \
        assert_status(ParseFile(), Expected); \
    } while (0)

static void malformed_headers_are_refused(void **state)
{
    (void)state;
    RTL_IMAGE Image;
    PIMAGE_DOS_HEADER Dos = (PVOID)File;
    assert_refused(STATUS_INVALID_IMAGE_NOT_MZ, Dos->e_magic = 0);
    assert_refused(STATUS_INVALID_IMAGE_PROTECT, Dos->e_lfanew = -4);
    assert_refused(STATUS_INVALID_IMAGE_PROTECT, Dos->e_lfanew = sizeof(File) - 8);
    assert_refused(STATUS_INVALID_IMAGE_PROTECT, HEADERS->Signature = 0);
    assert_refused(STATUS_INVALID_IMAGE_NE_FORMAT, memcpy(HEADERS, "NE", 2));
    assert_refused(STATUS_INVALID_IMAGE_LE_FORMAT, memcpy(HEADERS, "LX", 2));
    assert_refused(STATUS_INVALID_IMAGE_WIN_32,
                   HEADERS->FileHeader.Machine = IMAGE_FILE_MACHINE_I386);
    constexpr NTSTATUS Malformed = STATUS_INVALID_IMAGE_FORMAT;
    assert_refused(Malformed, HEADERS->FileHeader.Machine = IMAGE_FILE_MACHINE_ARM64);
    assert_refused(Malformed, HEADERS->FileHeader.Characteristics = IMAGE_FILE_DLL);
    assert_refused(Malformed, HEADERS->FileHeader.SizeOfOptionalHeader = 64);
    assert_refused(Malformed, HEADERS->FileHeader.SizeOfOptionalHeader = 0xFFFC);
    assert_refused(Malformed, HEADERS->FileHeader.NumberOfSections = 97);
    assert_refused(Malformed, HEADERS->FileHeader.NumberOfSections = 20);
    assert_refused(Malformed, OPTIONAL_HEADER->Magic = IMAGE_NT_OPTIONAL_HDR32_MAGIC);
    assert_refused(Malformed, OPTIONAL_HEADER->NumberOfRvaAndSizes = 17);
    assert_refused(Malformed, OPTIONAL_HEADER->SectionAlignment = 0);
    assert_refused(Malformed, OPTIONAL_HEADER->SectionAlignment = 0x1800);
    assert_refused(Malformed, OPTIONAL_HEADER->FileAlignment = 0x2000);
    assert_refused(Malformed, OPTIONAL_HEADER->SectionAlignment = 0x800);
    assert_refused(Malformed, OPTIONAL_HEADER->SizeOfImage = 0);
    assert_refused(Malformed, OPTIONAL_HEADER->SizeOfImage = 0xFFFFFFFF);
    assert_refused(Malformed, OPTIONAL_HEADER->SizeOfImage = 0x2000);
    assert_refused(Malformed, OPTIONAL_HEADER->SizeOfHeaders = 0);
    assert_refused(Malformed, OPTIONAL_HEADER->SizeOfHeaders = 0x5000);
    assert_refused(Malformed, OPTIONAL_HEADER->ImageBase = 0x1234);
    assert_refused(Malformed, OPTIONAL_HEADER->AddressOfEntryPoint = BUILT_IMAGE_SIZE);
    assert_refused(Malformed, SECTIONS[0].VirtualAddress = 0x2000);
    assert_refused(Malformed, SECTIONS[1].VirtualAddress = 0x3000); // a gap
    assert_refused(Malformed, SECTIONS[1].Misc.VirtualSize = 0xFFFFF000);
    assert_refused(Malformed, SECTIONS[1].PointerToRawData = 0x700); // beyond the file
    assert_refused(Malformed, SECTIONS[1].SizeOfRawData = 0xFFFFFFFF);
    assert_refused(Malformed, SECTIONS[2].Misc.VirtualSize = 0);
    for (SIZE_T Size = 0; Size < 0x180; Size++)
        assert_true(!NT_SUCCESS(RtlpParseImage(File, Size, FALSE, &Image)));
    BuildMappedImage(Mapping);
    assert_status(RtlpParseImage(Mapping, BUILT_IMAGE_SIZE - 1, TRUE, &Image), Malformed);
}

static void addresses_are_found_in_files_and_mappings(void **state)
{
    (void)state;
    RTL_IMAGE InFile, Mapped;
    BuildImageFile(File);
    BuildMappedImage(Mapping);
    assert_status(RtlpParseImage(File, sizeof(File), FALSE, &InFile), STATUS_SUCCESS);
    assert_status(RtlpParseImage(Mapping, sizeof(Mapping), TRUE, &Mapped), STATUS_SUCCESS);
    assert_ptr_equal(RtlpImageRange(&InFile, BUILT_TEXT_RVA + 4, 8), File + 0x404);
    assert_ptr_equal(RtlpImageRange(&Mapped, BUILT_TEXT_RVA + 4, 8), Mapping + BUILT_TEXT_RVA + 4);
    assert_null(RtlpImageRange(&InFile, BUILT_TEXT_RVA + 0x1FC, 8));
    assert_null(RtlpImageRange(&InFile, BUILT_BSS_RVA, 1)); // not in the file
    assert_non_null(RtlpImageRange(&Mapped, BUILT_BSS_RVA, 0x1000));
    assert_null(RtlpImageRange(&Mapped, BUILT_BSS_RVA, 0x1001));
    assert_null(RtlpImageRange(&Mapped, 0xFFFFFFFF, 1));
    assert_string_equal(RtlpImageString(&InFile, BUILT_TEXT_RVA + 0x78), "Alpha");
    memset(Mapping + BUILT_BSS_RVA, 'x', 0x1000);
    assert_null(RtlpImageString(&Mapped, BUILT_BSS_RVA)); // no terminator before the end
}

static void exports_are_found(void **state)
{
    (void)state;
    RTL_IMAGE Image;
    RTL_IMAGE_EXPORT Export;
    BuildMappedImage(Mapping);
    assert_status(RtlpParseImage(Mapping, sizeof(Mapping), TRUE, &Image), STATUS_SUCCESS);
    for (ULONG Hint = 0; Hint < 5; Hint++) {
        assert_status(RtlpFindExportByName(&Image, "Alpha", Hint, &Export), STATUS_SUCCESS);
        assert_int_equal(Export.Ordinal, 5);
        assert_ptr_equal(Export.Address, Mapping + BUILT_TEXT_RVA + 8);
        assert_null(Export.Forwarder);
        assert_status(RtlpFindExportByName(&Image, "Beta", Hint, &Export), STATUS_SUCCESS);
        assert_string_equal(Export.Forwarder, "other.Beta2");
        assert_status(RtlpFindExportByName(&Image, "Gamma", Hint, &Export), STATUS_SUCCESS);
        assert_int_equal(Export.Ordinal, 8);
        assert_status(RtlpFindExportByName(&Image, "Delta", Hint, &Export),
                      STATUS_ENTRYPOINT_NOT_FOUND);
    }
    assert_status(RtlpFindExportByOrdinal(&Image, 8, &Export), STATUS_SUCCESS);
    assert_int_equal(Export.Rva, BUILT_BSS_RVA);
    assert_status(RtlpFindExportByOrdinal(&Image, 7, &Export), STATUS_ORDINAL_NOT_FOUND);
    assert_status(RtlpFindExportByOrdinal(&Image, 9, &Export), STATUS_ORDINAL_NOT_FOUND);
    assert_status(RtlpFindExportByOrdinal(&Image, 4, &Export), STATUS_ORDINAL_NOT_FOUND);
    assert_ptr_equal(RtlFindExportedRoutineByName(Mapping, "Alpha"), Mapping + BUILT_TEXT_RVA + 8);
    assert_null(RtlFindExportedRoutineByName(Mapping, "Beta"));
}

static void export_tables_that_lead_outside_are_refused(void **state)
{
    (void)state;
    RTL_IMAGE Image;
    RTL_IMAGE_EXPORT Export;
    BuildMappedImage(Mapping);
    assert_status(RtlpParseImage(Mapping, sizeof(Mapping), TRUE, &Image), STATUS_SUCCESS);
    PIMAGE_EXPORT_DIRECTORY Directory = (PVOID)(Mapping + BUILT_TEXT_RVA + 0x20);
    ULONG *Functions = (PVOID)(Mapping + BUILT_TEXT_RVA + 0x50);
    Functions[0] = BUILT_IMAGE_SIZE;
    assert_status(RtlpFindExportByName(&Image, "Alpha", 0, &Export), STATUS_INVALID_IMAGE_FORMAT);
    ULONG *Names = (PVOID)(Mapping + BUILT_TEXT_RVA + 0x60);
    Names[0] = 0xFFFFFFF0;
    assert_status(RtlpFindExportByName(&Image, "Alpha", 0, &Export), STATUS_INVALID_IMAGE_FORMAT);
    USHORT *Indices = (PVOID)(Mapping + BUILT_TEXT_RVA + 0x6C);
    Indices[2] = 0xFFFF;
    assert_status(RtlpFindExportByName(&Image, "Gamma", 2, &Export), STATUS_ENTRYPOINT_NOT_FOUND);
    Directory->NumberOfNames = 0x40000000;
    assert_status(RtlpFindExportByName(&Image, "Gamma", 0, &Export), STATUS_ENTRYPOINT_NOT_FOUND);
    Directory->NumberOfFunctions = 0xFFFFFFFF;
    assert_status(RtlpFindExportByOrdinal(&Image, 5, &Export), STATUS_ORDINAL_NOT_FOUND);
}

static ULONGLONG RelocatedPointer(void)
{
    ULONGLONG Pointer;
    memcpy(&Pointer, Mapping + BUILT_TEXT_RVA + BUILT_POINTER, sizeof(Pointer));
    return Pointer;
}

static void relocations_are_applied_and_checked(void **state)
{
    (void)state;
    RTL_IMAGE Image;
    BuildMappedImage(Mapping);
    assert_status(RtlpParseImage(Mapping, sizeof(Mapping), TRUE, &Image), STATUS_SUCCESS);
    assert_status(RtlpRelocateImage(&Image, 0x12340000), STATUS_SUCCESS);
    assert_int_equal(RelocatedPointer(), BUILT_BASE + BUILT_BSS_RVA + 0x12340000);
    assert_status(RtlpRelocateImage(&Image, -0x12340000), STATUS_SUCCESS);
    assert_int_equal(RelocatedPointer(), BUILT_BASE + BUILT_BSS_RVA);

    PIMAGE_BASE_RELOCATION Block = (PVOID)(Mapping + BUILT_RELOC_RVA);
    PUSHORT Entries = (PVOID)(Block + 1);
    PIMAGE_BASE_RELOCATION Next =
        LdrProcessRelocationBlock((ULONG_PTR)Mapping + BUILT_TEXT_RVA, 2, Entries, 16);
    assert_ptr_equal(Next, Entries + 2);
    assert_int_equal(RelocatedPointer(), BUILT_BASE + BUILT_BSS_RVA + 16);

    constexpr NTSTATUS Malformed = STATUS_INVALID_IMAGE_FORMAT;
    Block->SizeOfBlock = 4;
    assert_status(RtlpRelocateImage(&Image, 1), Malformed);
    Block->SizeOfBlock = 16;
    assert_status(RtlpRelocateImage(&Image, 1), Malformed);
    Block->SizeOfBlock = 12;
    Block->VirtualAddress = BUILT_IMAGE_SIZE - BUILT_POINTER - 7;
    assert_status(RtlpRelocateImage(&Image, 1), Malformed);
    Block->VirtualAddress = 0xFFFFFFFF;
    assert_status(RtlpRelocateImage(&Image, 1), Malformed);
    Block->VirtualAddress = BUILT_TEXT_RVA;
    Entries[0] = 7 << 12; // no such type on x86_64
    assert_status(RtlpRelocateImage(&Image, 1), Malformed);
    BuiltHeaders(Mapping)->FileHeader.Characteristics |= IMAGE_FILE_RELOCS_STRIPPED;
    assert_status(RtlpRelocateImage(&Image, 1), STATUS_CONFLICTING_ADDRESSES);
}

static void documented_header_functions(void **state)
{
    (void)state;
    ULONG Size;
    PIMAGE_NT_HEADERS Headers;
    PIMAGE_SECTION_HEADER Section = nullptr;
    BuildImageFile(File);
    BuildMappedImage(Mapping);
    assert_ptr_equal(RtlImageNtHeader(File), HEADERS);
    assert_null(RtlImageNtHeader(nullptr));
    assert_null(RtlImageNtHeader((PVOID)(LONG_PTR)-1));
    assert_status(RtlImageNtHeaderEx(0, File, 0x100, &Headers), STATUS_INVALID_IMAGE_FORMAT);
    assert_status(RtlImageNtHeaderEx(2, File, sizeof(File), &Headers), STATUS_INVALID_PARAMETER);
    assert_status(RtlImageNtHeaderEx(0, File, sizeof(File), &Headers), STATUS_SUCCESS);
    assert_ptr_equal(RtlImageRvaToSection(HEADERS, File, BUILT_RELOC_RVA + 3), &SECTIONS[1]);
    assert_null(RtlImageRvaToSection(HEADERS, File, BUILT_BSS_RVA));
    assert_ptr_equal(RtlImageRvaToVa(HEADERS, File, BUILT_TEXT_RVA + 1, &Section), File + 0x401);
    assert_ptr_equal(Section, &SECTIONS[0]);
    assert_ptr_equal(RtlImageDirectoryEntryToData(File, FALSE, IMAGE_DIRECTORY_ENTRY_EXPORT, &Size),
                     File + 0x420);
    assert_ptr_equal(
        RtlImageDirectoryEntryToData(File + 1, TRUE, IMAGE_DIRECTORY_ENTRY_EXPORT, &Size),
        File + 0x420);
    assert_ptr_equal(
        RtlImageDirectoryEntryToData(Mapping, TRUE, IMAGE_DIRECTORY_ENTRY_BASERELOC, &Size),
        Mapping + BUILT_RELOC_RVA);
    assert_int_equal(Size, 12);
    assert_null(RtlImageDirectoryEntryToData(File, TRUE, IMAGE_DIRECTORY_ENTRY_TLS, &Size));
    assert_null(RtlImageDirectoryEntryToData(File, TRUE, 16, &Size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_image_is_described),
        cmocka_unit_test(malformed_headers_are_refused),
        cmocka_unit_test(addresses_are_found_in_files_and_mappings),
        cmocka_unit_test(exports_are_found),
        cmocka_unit_test(export_tables_that_lead_outside_are_refused),
        cmocka_unit_test(relocations_are_applied_and_checked),
        cmocka_unit_test(documented_header_functions),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
