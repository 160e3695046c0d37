// Queries, data files, flushing.

#include "suite.h"

VOID TestQuery(void)
{
    HANDLE Section;
    SECTION_BASIC_INFORMATION Basic = {};
    SECTION_IMAGE_INFORMATION Image;
    SIZE_T Returned = 0;
    REQUIRE_STATUS(Create(&Section, 5 * PAGE_SIZE, PAGE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    CHECK_STATUS(NtQuerySection(Section, SectionBasicInformation, &Basic, sizeof(Basic), &Returned),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Returned, sizeof(Basic));
    CHECK_EQUAL(Basic.MaximumSize.QuadPart, 5 * PAGE_SIZE);
    CHECK_EQUAL(Basic.AllocationAttributes, SEC_COMMIT);
    CHECK(!Basic.BaseAddress);
    CHECK_STATUS(NtQuerySection(Section, SectionImageInformation, &Image, sizeof(Image), nullptr),
                 STATUS_SECTION_NOT_IMAGE);
    CHECK_STATUS(
        NtQuerySection(Section, (SECTION_INFORMATION_CLASS)77, &Basic, sizeof(Basic), nullptr),
        STATUS_INVALID_INFO_CLASS);
    NtClose(Section);
}

VOID TestDataFile(void)
{
    HANDLE File, Section;
    PUCHAR Base, Copy;
    SECTION_BASIC_INFORMATION Basic = {};
    LARGE_INTEGER TooLarge = {.QuadPart = DataSize + 1};
    REQUIRE_STATUS(OpenFile(L"data.bin", &File), STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_READONLY,
                                   SEC_COMMIT, File),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtQuerySection(Section, SectionBasicInformation, &Basic, sizeof(Basic), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Basic.MaximumSize.QuadPart, DataSize);
    CHECK(Basic.AllocationAttributes & SEC_FILE);
    REQUIRE_STATUS(Map(Section, &Base, 0, PAGE_READONLY), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Copy, 0, PAGE_WRITECOPY), STATUS_SUCCESS);
    CHECK(!memcmp(Base, "The quick section", 17));
    CHECK_EQUAL(Base[DataSize], 0); // the last page ends in zeros
    CHECK_EQUAL(Query(Base).RegionSize, 2 * PAGE_SIZE);
    CHECK_EQUAL(Query(Base).Type, MEM_MAPPED);
    CHECK_STATUS(TryWrite(Base), STATUS_ACCESS_VIOLATION);
    Copy[0] = 'X';
    CHECK_EQUAL(Base[0], 'T');
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
    CHECK_STATUS(Unmap(Copy), STATUS_SUCCESS);
    NtClose(Section);
    CHECK_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &TooLarge, PAGE_READONLY,
                                 SEC_COMMIT, File),
                 STATUS_SECTION_TOO_BIG);
    CHECK(!NT_SUCCESS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, nullptr,
                                      PAGE_READWRITE, SEC_COMMIT, File))); // opened for reading
    CHECK_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_READONLY,
                                 SEC_IMAGE, File),
                 STATUS_INVALID_IMAGE_NOT_MZ);
    NtClose(File);
}

VOID TestFlush(void)
{
    HANDLE File, Section;
    PVOID Base;
    SIZE_T Size = 0;
    IO_STATUS_BLOCK IoStatus = {};
    REQUIRE_STATUS(OpenFile(L"data.bin", &File), STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_READONLY,
                                   SEC_COMMIT, File),
                   STATUS_SUCCESS);
    NtClose(File);
    REQUIRE_STATUS(Map(Section, &Base, 0, PAGE_READONLY), STATUS_SUCCESS);
    CHECK_STATUS(NtFlushVirtualMemory(NtCurrentProcess(), &Base, &Size, &IoStatus), STATUS_SUCCESS);
    CHECK_EQUAL(Size, 2 * PAGE_SIZE);
    Size = 16 * PAGE_SIZE;
    CHECK_STATUS(NtFlushVirtualMemory(NtCurrentProcess(), &Base, &Size, &IoStatus),
                 STATUS_INVALID_PARAMETER_2);
    Size = PAGE_SIZE;
    CHECK_STATUS(NtFlushVirtualMemory(NtCurrentProcess(), &Base, &Size, TEST_UNMAPPED),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtFlushVirtualMemory((HANDLE)0x7FF0, &Base, &Size, &IoStatus),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
    CHECK_STATUS(NtFlushVirtualMemory(NtCurrentProcess(), &Base, &Size, &IoStatus),
                 STATUS_NOT_MAPPED_DATA);
    NtClose(Section);
}
