// Sections over cached files.

#include "suite.h"

enum { LENGTH = 300'000, BLOCK = 64 * 1024 };
static UCHAR Data[BLOCK];

static NTSTATUS Map(HANDLE File, ULONG Protect, PUCHAR *View)
{
    HANDLE Section;
    SIZE_T Size = 0;
    *View = nullptr;
    NTSTATUS Status =
        NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, nullptr, Protect, SEC_COMMIT, File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtMapViewOfSection(Section, NtCurrentProcess(), (PVOID *)View, 0, 0, nullptr, &Size,
                                ViewUnmap, 0, Protect);
    NtClose(Section);
    return Status;
}

static VOID Sleep(LONGLONG Milliseconds)
{
    LARGE_INTEGER Interval = TestMilliseconds(Milliseconds);
    NtDelayExecution(FALSE, &Interval);
}

VOID TestSections(void)
{
    HANDLE File;
    PUCHAR View, Copy;
    IO_STATUS_BLOCK Io;
    REQUIRE(CcMakeOpen(L"section", LENGTH, &File));
    REQUIRE_STATUS(Map(File, PAGE_READWRITE, &View), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(File, PAGE_WRITECOPY, &Copy), STATUS_SUCCESS);
    CHECK_EQUAL(CcWrong(View, 0, LENGTH), 0);
    CHECK_EQUAL(View[LENGTH], 0);                   // the rest of the last page
    CHECK_EQUAL(CcCount(L"section").PagesRead, 74); // each page once
    // Views, reads and writes are the same data.
    View[70'000] = 0xAB;
    CHECK_STATUS(CcRead(File, 70'000, Data, 1, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Data[0], 0xAB);
    memset(Data, 0xCD, 10'000);
    CHECK_STATUS(CcWrite(File, 100'000, Data, 10'000), STATUS_SUCCESS);
    CHECK_EQUAL(View[100'000], 0xCD);
    CHECK_EQUAL(View[109'999], 0xCD);
    CHECK_EQUAL(Copy[105'000], 0xCD);
    Copy[105'000] = 1; // its own from now on
    CHECK_EQUAL(View[105'000], 0xCD);
    // A view as the place where a file is read to, and written from.
    CHECK_STATUS(CcRead(File, 0, View + 200'000, 5000, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(CcWrong(View + 200'000, 0, 5000), 0);
    PVOID Start = View;
    SIZE_T Size = LENGTH;
    CHECK_STATUS(NtFlushVirtualMemory(NtCurrentProcess(), &Start, &Size, &Io), STATUS_SUCCESS);
    CcPeek(L"section", 70'000, Data, 1);
    CHECK_EQUAL(Data[0], 0xAB);
    CcPeek(L"section", 200'000, Data, 5000);
    CHECK_EQUAL(CcWrong(Data, 0, 5000), 0);
    // After it was written the next change is noticed again.
    (void)CcCount(L"section");
    View[70'001] = 0x12;
    for (ULONG i = 0; i < 60 && Data[0] != 0x12; i++) {
        Sleep(100);
        CcPeek(L"section", 70'001, Data, 1);
    }
    CHECK_EQUAL(Data[0], 0x12);
    CHECK_EQUAL(CcCount(L"section").PagesWritten, 1);
    CHECK_STATUS(NtUnmapViewOfSection(NtCurrentProcess(), View), STATUS_SUCCESS);
    CHECK_STATUS(NtUnmapViewOfSection(NtCurrentProcess(), Copy), STATUS_SUCCESS);
    NtClose(File);
}

VOID TestMappedFile(void)
{
    HANDLE File, Section;
    PUCHAR View;
    IO_STATUS_BLOCK Io;
    FILE_END_OF_FILE_INFORMATION End = {.EndOfFile.QuadPart = 1000};
    REQUIRE(CcMakeOpen(L"mapped", LENGTH, &File));
    REQUIRE_STATUS(Map(File, PAGE_READWRITE, &View), STATUS_SUCCESS);
    CHECK_STATUS(NtSetInformationFile(File, &Io, &End, sizeof(End), FileEndOfFileInformation),
                 STATUS_USER_MAPPED_FILE);
    CHECK_EQUAL(CcStep(L"mapped", CcfsWritableReferences, 0, 0, 0), 1);
    CHECK_EQUAL(CcStep(L"mapped", CcfsPurge, 0, 0, 0), 0);
    CHECK_STATUS(NtUnmapViewOfSection(NtCurrentProcess(), View), STATUS_SUCCESS);
    CHECK_EQUAL(CcStep(L"mapped", CcfsWritableReferences, 0, 0, 0), 0);
    CHECK_STATUS(NtSetInformationFile(File, &Io, &End, sizeof(End), FileEndOfFileInformation),
                 STATUS_SUCCESS);
    // A section that is larger than the file makes it larger.
    LARGE_INTEGER Size = {.QuadPart = 50'000};
    CHECK_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READONLY,
                                 SEC_COMMIT, File),
                 STATUS_SECTION_TOO_BIG);
    REQUIRE_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READWRITE,
                                   SEC_COMMIT, File),
                   STATUS_SUCCESS);
    FILE_STANDARD_INFORMATION Standard = {};
    CHECK_STATUS(
        NtQueryInformationFile(File, &Io, &Standard, sizeof(Standard), FileStandardInformation),
        STATUS_SUCCESS);
    CHECK_EQUAL(Standard.EndOfFile.QuadPart, 50'000);
    Size.QuadPart = 80'000;
    CHECK_STATUS(NtExtendSection(Section, &Size), STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryInformationFile(File, &Io, &Standard, sizeof(Standard), FileStandardInformation),
        STATUS_SUCCESS);
    CHECK_EQUAL(Standard.EndOfFile.QuadPart, 80'000);
    NtClose(Section);
    // A page that cannot be read is an exception where it is touched, or the error of a service.
    CcMake(L"badpage", LENGTH);
    CCFS_TROUBLES Bad = {.First = 81'920, .End = 86'016, .ReadStatus = STATUS_CRC_ERROR};
    CcTrouble(L"badpage", &Bad);
    HANDLE Other;
    REQUIRE_STATUS(CcOpen(L"badpage", FILE_SYNCHRONOUS_IO_NONALERT, &Other), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Other, PAGE_READONLY, &View), STATUS_SUCCESS);
    CHECK_EQUAL(CcWrong(View, 0, 81'920), 0);
    CHECK_STATUS(CcWrite(File, 0, View + 81'920, 100), STATUS_CRC_ERROR);
    CHECK_EQUAL(CcWrong(View + 86'016, 86'016, 4096), 0);
    CHECK_STATUS(NtUnmapViewOfSection(NtCurrentProcess(), View), STATUS_SUCCESS);
    NtClose(Other);
    NtClose(File);
}

static NTSTATUS OpenImage(PCWSTR Path, ACCESS_MASK Access, PHANDLE File)
{
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Io;
    RtlInitUnicodeString(&Name, Path);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    return NtOpenFile(File, Access | SYNCHRONIZE, &Attributes, &Io, FILE_SHARE_READ,
                      FILE_SYNCHRONOUS_IO_NONALERT);
}

static NTSTATUS MapImage(HANDLE File, PUCHAR *View, PSIZE_T Size)
{
    HANDLE Section;
    *View = nullptr;
    *Size = 0;
    NTSTATUS Status = NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_EXECUTE,
                                      SEC_IMAGE, File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtMapViewOfSection(Section, NtCurrentProcess(), (PVOID *)View, 0, 0, nullptr, Size,
                                ViewUnmap, 0, PAGE_EXECUTE_READ);
    NtClose(Section);
    return Status;
}

// An image from a cached file is the one from the boot volume, as long as both are at one place: the headers and
// code without addresses are compared.
VOID TestImages(void)
{
    HANDLE Boot, File, Writer;
    PUCHAR First, Second;
    SIZE_T Size;
    ULONG Read;
    REQUIRE_STATUS(OpenImage(L"\\SystemRoot\\System32\\drivers\\ccfs.sys",
                             FILE_READ_DATA | FILE_EXECUTE, &Boot),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(CcOpen(L"image", FILE_SYNCHRONOUS_IO_NONALERT, &File), STATUS_SUCCESS);
    for (ULONG64 Offset = 0; NT_SUCCESS(CcRead(Boot, Offset, Data, BLOCK, &Read)) && Read;
         Offset += Read)
        CHECK_STATUS(CcWrite(File, Offset, Data, Read), STATUS_SUCCESS);
    NtClose(File);
    REQUIRE_STATUS(OpenImage(CCFS_DEVICE L"\\image", FILE_READ_DATA | FILE_EXECUTE, &File),
                   STATUS_SUCCESS);
    NTSTATUS Status = MapImage(Boot, &First, &Size);
    REQUIRE(NT_SUCCESS(Status));
    Status = MapImage(File, &Second, &Size);
    REQUIRE(NT_SUCCESS(Status));
    CHECK_EQUAL(memcmp(First, Second, 0x20), 0);
    CHECK(Size > 4096);
    CHECK_EQUAL(Second[0], 'M');
    // A program that runs is not written to.
    CHECK_EQUAL(CcStep(L"image", CcfsFlushImage, 0, 1, 0), 0);
    CHECK_STATUS(OpenImage(CCFS_DEVICE L"\\image", FILE_WRITE_DATA, &Writer),
                 STATUS_SHARING_VIOLATION);
    CHECK_STATUS(NtUnmapViewOfSection(NtCurrentProcess(), First), STATUS_SUCCESS);
    CHECK_STATUS(NtUnmapViewOfSection(NtCurrentProcess(), Second), STATUS_SUCCESS);
    CHECK_EQUAL(CcStep(L"image", CcfsFlushImage, 0, 1, 0), 1);
    REQUIRE_STATUS(OpenImage(CCFS_DEVICE L"\\image", FILE_WRITE_DATA, &Writer), STATUS_SUCCESS);
    NtClose(Writer);
    NtClose(File);
    NtClose(Boot);
}
