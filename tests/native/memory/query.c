// NtQueryVirtualMemory.

#include "suite.h"

VOID TestQueryStates(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 6 * PAGE_SIZE, MEM_RESERVE, PAGE_EXECUTE_READ), STATUS_SUCCESS);
    PVOID Part = Base + 2 * PAGE_SIZE;
    REQUIRE_STATUS(Allocate(&Part, PAGE_SIZE, MEM_COMMIT, PAGE_READONLY), STATUS_SUCCESS);
    MEMORY_BASIC_INFORMATION Information = Query(Base + 2 * PAGE_SIZE + 123);
    CHECK_EQUAL(Information.BaseAddress, Base + 2 * PAGE_SIZE);
    CHECK_EQUAL(Information.AllocationBase, Base);
    CHECK_EQUAL(Information.AllocationProtect, PAGE_EXECUTE_READ);
    CHECK_EQUAL(Information.RegionSize, PAGE_SIZE);
    CHECK_EQUAL(Information.State, MEM_COMMIT);
    CHECK_EQUAL(Information.Protect, PAGE_READONLY);
    CHECK_EQUAL(Information.Type, MEM_PRIVATE);
    CHECK_EQUAL(Query(Base + 3 * PAGE_SIZE).RegionSize, 3 * PAGE_SIZE);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestQueryFree(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 2 * Granularity, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
    MEMORY_BASIC_INFORMATION Information = Query(Base + 1);
    CHECK_EQUAL(Information.BaseAddress, Base);
    CHECK(!Information.AllocationBase);
    CHECK_EQUAL(Information.AllocationProtect, 0);
    CHECK_EQUAL(Information.State, MEM_FREE);
    CHECK_EQUAL(Information.Protect, PAGE_NOACCESS);
    CHECK_EQUAL(Information.Type, 0);
    CHECK(Information.RegionSize >= 2 * Granularity);
}

VOID TestQueryRegion(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 6 * PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    PVOID Part = Base + PAGE_SIZE;
    REQUIRE_STATUS(Allocate(&Part, 2 * PAGE_SIZE, MEM_COMMIT, PAGE_READONLY), STATUS_SUCCESS);
    MEMORY_REGION_INFORMATION Region = {};
    SIZE_T Returned = 0;
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), Base + 5 * PAGE_SIZE,
                                      MemoryRegionInformation, &Region, sizeof(Region), &Returned),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Returned, sizeof(Region));
    CHECK_EQUAL(Region.AllocationBase, Base);
    CHECK_EQUAL(Region.AllocationProtect, PAGE_READWRITE);
    CHECK(Region.Private && !Region.MappedImage && !Region.MappedDataFile);
    CHECK_EQUAL(Region.RegionSize, 6 * PAGE_SIZE);
    CHECK_EQUAL(Region.CommitSize, 2 * PAGE_SIZE);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestQueryImage(void)
{
    PVOID Base = NtCurrentPeb()->ImageBaseAddress;
    MEMORY_BASIC_INFORMATION Information = Query(Base);
    CHECK_EQUAL(Information.Type, MEM_IMAGE);
    CHECK_EQUAL(Information.AllocationBase, Base);
    CHECK_EQUAL(Information.AllocationProtect, PAGE_EXECUTE_WRITECOPY);
    CHECK_EQUAL(Information.Protect, PAGE_READONLY); // the headers
    CHECK_EQUAL(Query((PVOID)TestQueryImage).Protect, PAGE_EXECUTE_READ);

    MEMORY_IMAGE_INFORMATION Image = {};
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), (PVOID)TestQueryImage,
                                      MemoryImageInformation, &Image, sizeof(Image), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Image.ImageBase, Base);
    CHECK_EQUAL(Image.SizeOfImage, RtlImageNtHeader(Base)->OptionalHeader.SizeOfImage);

    union {
        UNICODE_STRING Name;
        UCHAR Space[512];
    } Buffer;
    SIZE_T Needed = 0;
    static const UNICODE_STRING Tail = RTL_CONSTANT_STRING(L"smss.exe");
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), Base, MemoryMappedFilenameInformation,
                                      &Buffer, sizeof(Buffer), &Needed),
                 STATUS_SUCCESS);
    UNICODE_STRING End = {Tail.Length, Tail.Length,
                          Buffer.Name.Buffer + (Buffer.Name.Length - Tail.Length) / sizeof(WCHAR)};
    CHECK(RtlEqualUnicodeString(&End, &Tail, TRUE));
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), Base, MemoryMappedFilenameInformation,
                                      &Buffer, Needed - 1, nullptr),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), Base, MemoryMappedFilenameInformation,
                                      &Buffer, 4, nullptr),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), NtCurrentTeb(),
                                      MemoryMappedFilenameInformation, &Buffer, sizeof(Buffer),
                                      nullptr),
                 STATUS_FILE_INVALID);
}

VOID TestQueryErrors(void)
{
    static const struct {
        MEMORY_INFORMATION_CLASS Class;
        SIZE_T Size;
    } Classes[] = {
        {MemoryBasicInformation, sizeof(MEMORY_BASIC_INFORMATION)},
        {MemoryRegionInformation, sizeof(MEMORY_REGION_INFORMATION)},
        {MemoryImageInformation, sizeof(MEMORY_IMAGE_INFORMATION)},
    };
    UCHAR Buffer[256];
    PVOID Base = NtCurrentPeb()->ImageBaseAddress;
    HANDLE Self = NtCurrentProcess();
    for (ULONG i = 0; i < RTL_NUMBER_OF(Classes); i++) {
        MEMORY_INFORMATION_CLASS Class = Classes[i].Class;
        SIZE_T Size = Classes[i].Size;
        CHECK_STATUS(NtQueryVirtualMemory(Self, Base, Class, Buffer, Size - 1, nullptr),
                     STATUS_INFO_LENGTH_MISMATCH);
        CHECK_STATUS(NtQueryVirtualMemory(Self, Base, Class, TEST_UNMAPPED, Size, nullptr),
                     STATUS_ACCESS_VIOLATION);
        CHECK_STATUS(NtQueryVirtualMemory(Self, Base, Class, TEST_WRAPPING, Size, nullptr),
                     STATUS_ACCESS_VIOLATION);
        CHECK_STATUS(
            NtQueryVirtualMemory(Self, Base, Class, TestEndOfPage(Size - 8), Size, nullptr),
            STATUS_ACCESS_VIOLATION);
        CHECK_STATUS(NtQueryVirtualMemory(Self, Base, Class, Buffer, Size, TEST_KERNEL),
                     STATUS_ACCESS_VIOLATION);
        CHECK_STATUS(NtQueryVirtualMemory(Self, TEST_KERNEL, Class, Buffer, Size, nullptr),
                     STATUS_INVALID_PARAMETER);
        CHECK_STATUS(NtQueryVirtualMemory((HANDLE)0x7FF0, Base, Class, Buffer, Size, nullptr),
                     STATUS_INVALID_HANDLE);
    }
    CHECK_STATUS(
        NtQueryVirtualMemory(Self, Base, (MEMORY_INFORMATION_CLASS)99, Buffer, 48, nullptr),
        STATUS_INVALID_INFO_CLASS);
    HANDLE Weak;
    REQUIRE_STATUS(NtDuplicateObject(Self, Self, Self, &Weak, PROCESS_VM_OPERATION, 0, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtQueryVirtualMemory(Weak, Base, MemoryBasicInformation, Buffer,
                                      sizeof(MEMORY_BASIC_INFORMATION), nullptr),
                 STATUS_ACCESS_DENIED);
    NtClose(Weak);
}

// From the first address to the last, without gaps or overlaps.
VOID TestWholeSpace(void)
{
    ULONG_PTR Address = 0;
    ULONG Regions = 0;
    BOOLEAN SawImage = FALSE, SawStack = FALSE;
    while (Address < 0x7FFFFFFF0000 && Regions < 10'000) {
        MEMORY_BASIC_INFORMATION Information = Query((PVOID)Address);
        if (!CHECK_EQUAL(Information.BaseAddress, Address) || !CHECK(Information.RegionSize != 0))
            return;
        SawImage |= Information.AllocationBase == NtCurrentPeb()->ImageBaseAddress;
        SawStack |= (ULONG_PTR)&Address - Address < Information.RegionSize;
        Address += Information.RegionSize;
        Regions++;
    }
    CHECK(SawImage && SawStack);
    CHECK_EQUAL(Address, 0x7FFFFFFF0000);
}
