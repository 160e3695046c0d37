#include <string.h>

#include "image_builder.h"

#define NT_OFFSET 0x80
#define EXPORTS   0x20 // within .text

PIMAGE_NT_HEADERS64 BuiltHeaders(PUCHAR Image)
{
    return (PVOID)(Image + NT_OFFSET);
}

PIMAGE_SECTION_HEADER BuiltSections(PUCHAR Image)
{
    return IMAGE_FIRST_SECTION(BuiltHeaders(Image));
}

static void BuildHeaders(PUCHAR Image)
{
    PIMAGE_DOS_HEADER Dos = (PVOID)Image;
    Dos->e_magic = IMAGE_DOS_SIGNATURE;
    Dos->e_lfanew = NT_OFFSET;
    PIMAGE_NT_HEADERS64 Headers = BuiltHeaders(Image);
    *Headers = (IMAGE_NT_HEADERS64){
        .Signature = IMAGE_NT_SIGNATURE,
        .FileHeader = {.Machine = IMAGE_FILE_MACHINE_AMD64,
                       .NumberOfSections = 3,
                       .SizeOfOptionalHeader = sizeof(IMAGE_OPTIONAL_HEADER64),
                       .Characteristics = IMAGE_FILE_EXECUTABLE_IMAGE | IMAGE_FILE_DLL},
        .OptionalHeader = {.Magic = IMAGE_NT_OPTIONAL_HDR64_MAGIC,
                           .AddressOfEntryPoint = BUILT_TEXT_RVA,
                           .ImageBase = BUILT_BASE,
                           .SectionAlignment = 0x1000,
                           .FileAlignment = 0x200,
                           .SizeOfImage = BUILT_IMAGE_SIZE,
                           .SizeOfHeaders = BUILT_HEADERS,
                           .NumberOfRvaAndSizes = IMAGE_NUMBEROF_DIRECTORY_ENTRIES},
    };
    IMAGE_DATA_DIRECTORY *Directories = Headers->OptionalHeader.DataDirectory;
    Directories[IMAGE_DIRECTORY_ENTRY_EXPORT] =
        (IMAGE_DATA_DIRECTORY){BUILT_TEXT_RVA + EXPORTS, 0xC0};
    Directories[IMAGE_DIRECTORY_ENTRY_BASERELOC] = (IMAGE_DATA_DIRECTORY){BUILT_RELOC_RVA, 12};
    PIMAGE_SECTION_HEADER Sections = BuiltSections(Image);
    Sections[0] =
        (IMAGE_SECTION_HEADER){.Name = ".text",
                               .Misc.VirtualSize = 0x180,
                               .VirtualAddress = BUILT_TEXT_RVA,
                               .SizeOfRawData = 0x200,
                               .PointerToRawData = 0x400,
                               .Characteristics = IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_EXECUTE};
    Sections[1] = (IMAGE_SECTION_HEADER){.Name = ".reloc",
                                         .Misc.VirtualSize = 12,
                                         .VirtualAddress = BUILT_RELOC_RVA,
                                         .SizeOfRawData = 0x200,
                                         .PointerToRawData = 0x600,
                                         .Characteristics = IMAGE_SCN_MEM_READ};
    Sections[2] =
        (IMAGE_SECTION_HEADER){.Name = ".bss",
                               .Misc.VirtualSize = 0x1000,
                               .VirtualAddress = BUILT_BSS_RVA,
                               .Characteristics = IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE};
}

// Ordinals 5 to 8: Alpha, Beta (forwarded), nothing, Gamma.
static void BuildText(PUCHAR Text)
{
    PIMAGE_EXPORT_DIRECTORY Directory = (PVOID)(Text + EXPORTS);
    *Directory = (IMAGE_EXPORT_DIRECTORY){.Base = 5,
                                          .NumberOfFunctions = 4,
                                          .NumberOfNames = 3,
                                          .AddressOfFunctions = BUILT_TEXT_RVA + 0x50,
                                          .AddressOfNames = BUILT_TEXT_RVA + 0x60,
                                          .AddressOfNameOrdinals = BUILT_TEXT_RVA + 0x6C};
    const ULONG Functions[] = {BUILT_TEXT_RVA + 8, BUILT_TEXT_RVA + 0x90, 0, BUILT_BSS_RVA};
    const ULONG Names[] = {BUILT_TEXT_RVA + 0x78, BUILT_TEXT_RVA + 0x7E, BUILT_TEXT_RVA + 0x83};
    const USHORT Indices[] = {0, 1, 3};
    __builtin_memcpy(Text + 0x50, Functions, sizeof(Functions));
    __builtin_memcpy(Text + 0x60, Names, sizeof(Names));
    __builtin_memcpy(Text + 0x6C, Indices, sizeof(Indices));
    __builtin_memcpy(Text + 0x78, "Alpha\0Beta\0Gamma", 17);
    __builtin_memcpy(Text + 0x90, "other.Beta2", 12);
    const ULONGLONG Pointer = BUILT_BASE + BUILT_BSS_RVA;
    __builtin_memcpy(Text + BUILT_POINTER, &Pointer, sizeof(Pointer));
}

static void BuildRelocations(PUCHAR Table)
{
    const struct {
        IMAGE_BASE_RELOCATION Block;
        USHORT Entries[2];
    } Relocations = {{BUILT_TEXT_RVA, 12},
                     {IMAGE_REL_BASED_DIR64 << 12 | BUILT_POINTER, IMAGE_REL_BASED_ABSOLUTE}};
    __builtin_memcpy(Table, &Relocations, sizeof(Relocations));
}

void BuildImageFile(UCHAR File[BUILT_FILE_SIZE])
{
    __builtin_memset(File, 0, BUILT_FILE_SIZE);
    BuildHeaders(File);
    BuildText(File + 0x400);
    BuildRelocations(File + 0x600);
}

void BuildMappedImage(UCHAR Mapping[BUILT_IMAGE_SIZE])
{
    __builtin_memset(Mapping, 0, BUILT_IMAGE_SIZE);
    BuildHeaders(Mapping);
    BuildText(Mapping + BUILT_TEXT_RVA);
    BuildRelocations(Mapping + BUILT_RELOC_RVA);
}
