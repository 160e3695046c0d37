// Images.

#include "suite.h"

static NTSTATUS CreateImage(PCWSTR Name, PHANDLE Section)
{
    HANDLE File;
    NTSTATUS Status = OpenFile(Name, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtCreateSection(Section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_EXECUTE, SEC_IMAGE,
                             File);
    NtClose(File);
    return Status;
}

VOID TestImageSection(void)
{
    HANDLE Section;
    SECTION_IMAGE_INFORMATION Image = {};
    SECTION_BASIC_INFORMATION Basic = {};
    PVOID Original = nullptr;
    PIMAGE_NT_HEADERS Own = RtlImageNtHeader(NtCurrentPeb()->ImageBaseAddress);
    REQUIRE_STATUS(CreateImage(L"smss.exe", &Section), STATUS_SUCCESS);
    CHECK_STATUS(NtQuerySection(Section, SectionImageInformation, &Image, sizeof(Image), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Image.Machine, IMAGE_FILE_MACHINE_AMD64);
    CHECK_EQUAL(Image.SubSystemType, IMAGE_SUBSYSTEM_NATIVE);
    CHECK(Image.ImageContainsCode);
    CHECK_EQUAL(Image.ImageCharacteristics, Own->FileHeader.Characteristics);
    CHECK_EQUAL(Image.MaximumStackSize, Own->OptionalHeader.SizeOfStackReserve);
    CHECK_STATUS(NtQuerySection(Section, SectionBasicInformation, &Basic, sizeof(Basic), nullptr),
                 STATUS_SUCCESS);
    CHECK(Basic.AllocationAttributes & SEC_IMAGE);
    CHECK_EQUAL(Basic.MaximumSize.QuadPart, Own->OptionalHeader.SizeOfImage);
    CHECK_STATUS(NtQuerySection(Section, SectionOriginalBaseInformation, &Original,
                                sizeof(Original), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL((ULONG_PTR)Image.TransferAddress - (ULONG_PTR)Original,
                Own->OptionalHeader.AddressOfEntryPoint);
    NtClose(Section);
}

static ULONG Marker = 0x600DF00D; // in .data, with the file's value in each new view
static PULONG volatile Pointer = &Marker;

// The base is taken by the program itself: the second view is relocated.
VOID TestImageViews(void)
{
    HANDLE Section;
    PUCHAR First, Second, Program = NtCurrentPeb()->ImageBaseAddress;
    REQUIRE_STATUS(CreateImage(L"smss.exe", &Section), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &First, 0, PAGE_EXECUTE_READ), STATUS_IMAGE_NOT_AT_BASE);
    REQUIRE_STATUS(Map(Section, &Second, 0, PAGE_EXECUTE_READ), STATUS_IMAGE_NOT_AT_BASE);
    CHECK(First != Program && Second != First);
    SIZE_T AtMarker = (SIZE_T)((PUCHAR)&Marker - Program);
    SIZE_T AtPointer = (SIZE_T)((PUCHAR)&Pointer - Program);
    CHECK_EQUAL(*(PULONG)(First + AtMarker), 0x600DF00D);
    CHECK_EQUAL(*(PUCHAR *)(First + AtPointer), First + AtMarker);
    CHECK_EQUAL(*(PUCHAR *)(Second + AtPointer), Second + AtMarker);
    CHECK_EQUAL(RtlImageNtHeader(Second)->OptionalHeader.ImageBase, (ULONG_PTR)Second);
    *(PULONG)(First + AtMarker) = 1; // copied on write
    CHECK_EQUAL(*(PULONG)(Second + AtMarker), 0x600DF00D);
    CHECK_EQUAL(Marker, 0x600DF00D);
    // Code is the same in both but for addresses in it.
    SIZE_T AtCode = (SIZE_T)((PUCHAR)TestImageViews - Program);
    CHECK(!memcmp(First + AtCode, Program + AtCode, 64));
    CHECK_STATUS(Unmap(First), STATUS_SUCCESS);
    CHECK_STATUS(Unmap(Second), STATUS_SUCCESS);
    NtClose(Section);
}

static ULONG ExpectedProtection(ULONG Characteristics)
{
    BOOLEAN Execute = (Characteristics & IMAGE_SCN_MEM_EXECUTE) != 0;
    if (Characteristics & IMAGE_SCN_MEM_WRITE)
        return Execute ? PAGE_EXECUTE_WRITECOPY : PAGE_WRITECOPY;
    return Execute ? PAGE_EXECUTE_READ : PAGE_READONLY;
}

VOID TestImageProtections(void)
{
    HANDLE Section;
    PUCHAR Base;
    REQUIRE_STATUS(CreateImage(L"ntdll.dll", &Section), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Base, 0, PAGE_EXECUTE_READ), STATUS_IMAGE_NOT_AT_BASE);
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Base);
    PIMAGE_SECTION_HEADER Sections = IMAGE_FIRST_SECTION(Headers);
    CHECK_EQUAL(Query(Base).Protect, PAGE_READONLY);
    CHECK_EQUAL(Query(Base).Type, MEM_IMAGE);
    for (ULONG i = 0; i < Headers->FileHeader.NumberOfSections; i++) {
        ULONG Protection = Query(Base + Sections[i].VirtualAddress).Protect;
        ULONG Expected = ExpectedProtection(Sections[i].Characteristics);
        if (Protection != Expected)
            TestFail(__FILE__, __LINE__, "section %.8s has %lx, not %lx", Sections[i].Name,
                     Protection, Expected);
    }
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
    NtClose(Section);
}
