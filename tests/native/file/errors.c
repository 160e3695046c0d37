// Wrong arguments of every service, and controls.

#include "arguments.h"
#include "suite.h"

static HANDLE File, Directory;
static LARGE_INTEGER Start;
static ULONG Key;

VOID TestArguments(void)
{
    static const TEST_SERVICE Services[] = {
        TEST_SERVICE(NtReadFile, TEST_HANDLE(&File, FILE_READ_DATA), TEST_VALUE(0), TEST_VALUE(0),
                     TEST_VALUE(0), TEST_OUT(sizeof(IO_STATUS_BLOCK)), TEST_OUT(16), TEST_VALUE(16),
                     TEST_OPTIONAL_IN(&Start), TEST_OPTIONAL_IN(&Key)),
        TEST_SERVICE(NtQueryInformationFile, TEST_HANDLE(&File, 0),
                     TEST_OUT(sizeof(IO_STATUS_BLOCK)), TEST_OUT(sizeof(FILE_STANDARD_INFORMATION)),
                     TEST_VALUE(sizeof(FILE_STANDARD_INFORMATION)),
                     TEST_VALUE(FileStandardInformation)),
        TEST_SERVICE(NtSetInformationFile, TEST_HANDLE(&File, 0), TEST_OUT(sizeof(IO_STATUS_BLOCK)),
                     TEST_IN(&Start), TEST_VALUE(sizeof(Start)),
                     TEST_VALUE(FilePositionInformation)),
        TEST_SERVICE(NtQueryVolumeInformationFile, TEST_HANDLE(&File, 0),
                     TEST_OUT(sizeof(IO_STATUS_BLOCK)), TEST_OUT(sizeof(FILE_FS_SIZE_INFORMATION)),
                     TEST_VALUE(sizeof(FILE_FS_SIZE_INFORMATION)),
                     TEST_VALUE(FileFsSizeInformation)),
        TEST_SERVICE(NtCancelIoFile, TEST_HANDLE(&File, 0), TEST_OUT(sizeof(IO_STATUS_BLOCK))),
        TEST_SERVICE_GIVES(STATUS_NOT_FOUND, NtCancelIoFileEx, TEST_HANDLE(&File, 0), TEST_VALUE(0),
                           TEST_OUT(sizeof(IO_STATUS_BLOCK))),
        TEST_SERVICE(NtQueryDirectoryFile, TEST_HANDLE(&Directory, FILE_LIST_DIRECTORY),
                     TEST_VALUE(0), TEST_VALUE(0), TEST_VALUE(0), TEST_OUT(sizeof(IO_STATUS_BLOCK)),
                     TEST_OUT(512), TEST_VALUE(512), TEST_VALUE(FileNamesInformation),
                     TEST_VALUE(TRUE), TEST_VALUE(0), TEST_VALUE(TRUE)),
        TEST_SERVICE_GIVES(STATUS_INVALID_DEVICE_REQUEST, NtLockFile,
                           TEST_HANDLE(&File, FILE_READ_DATA), TEST_VALUE(0), TEST_VALUE(0),
                           TEST_VALUE(0), TEST_OUT(sizeof(IO_STATUS_BLOCK)), TEST_IN(&Start),
                           TEST_IN(&Start), TEST_VALUE(0), TEST_VALUE(TRUE), TEST_VALUE(TRUE)),
        TEST_SERVICE_GIVES(STATUS_INVALID_DEVICE_REQUEST, NtUnlockFile,
                           TEST_HANDLE(&File, FILE_READ_DATA), TEST_OUT(sizeof(IO_STATUS_BLOCK)),
                           TEST_IN(&Start), TEST_IN(&Start), TEST_VALUE(0)),
    };
    File = MustOpen(FILE_NAME, FILE_SYNCHRONOUS_IO_NONALERT);
    Directory = MustOpen(DIRECTORY, FILE_SYNCHRONOUS_IO_NONALERT);
    REQUIRE(File && Directory);
    TestServices(Services, RTL_NUMBER_OF(Services));
    NtClose(File);
    NtClose(Directory);
}

// The rights that a code asks for come first, then what the device says of it.
VOID TestControls(void)
{
    constexpr ULONG Any = CTL_CODE(FILE_DEVICE_DISK, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS);
    constexpr ULONG Writing = CTL_CODE(FILE_DEVICE_DISK, 0x801, METHOD_BUFFERED, FILE_WRITE_ACCESS);
    constexpr ULONG Neither = CTL_CODE(FILE_DEVICE_DISK, 0x802, METHOD_NEITHER, FILE_READ_ACCESS);
    constexpr ULONG Out = CTL_CODE(FILE_DEVICE_DISK, 0x803, METHOD_OUT_DIRECT, FILE_ANY_ACCESS);
    static const struct {
        ULONG Code;
        PVOID Input, Output;
        NTSTATUS Status;
    } Cases[] = {
        {Any, nullptr, nullptr, STATUS_INVALID_DEVICE_REQUEST},
        {Writing, nullptr, nullptr, STATUS_ACCESS_DENIED},
        {Neither, TEST_KERNEL, TEST_KERNEL, STATUS_INVALID_DEVICE_REQUEST},
        {Any, TEST_KERNEL, nullptr, STATUS_ACCESS_VIOLATION},
        {Any, nullptr, TEST_UNMAPPED, STATUS_ACCESS_VIOLATION},
        {Out, nullptr, TEST_UNMAPPED, STATUS_ACCESS_VIOLATION},
    };
    IO_STATUS_BLOCK Block;
    HANDLE Handle = MustOpen(FILE_NAME, FILE_SYNCHRONOUS_IO_NONALERT);
    REQUIRE(Handle);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        NTSTATUS Status =
            NtDeviceIoControlFile(Handle, nullptr, nullptr, nullptr, &Block, Cases[i].Code,
                                  Cases[i].Input, 16, Cases[i].Output, 16);
        if (Status != Cases[i].Status)
            TestFail(__FILE__, __LINE__, "control %lu gave %08lx", i, Status);
        Status = NtFsControlFile(Handle, nullptr, nullptr, nullptr, &Block, Cases[i].Code,
                                 Cases[i].Input, 16, Cases[i].Output, 16);
        if (Status != Cases[i].Status)
            TestFail(__FILE__, __LINE__, "file-system control %lu gave %08lx", i, Status);
    }
    NtClose(Handle);
}
