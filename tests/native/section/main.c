// Sections: over the page file, data files, images; their views.

#include "suite.h"

NTSTATUS TryRead(volatile UCHAR *Address)
{
    __try {
        (VOID) * Address;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return (NTSTATUS)GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS TryWrite(volatile UCHAR *Address)
{
    __try {
        *Address = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return (NTSTATUS)GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS OpenFile(PCWSTR Path, PHANDLE File)
{
    WCHAR Buffer[128] = L"\\SystemRoot\\System32\\";
    UNICODE_STRING Name;
    IO_STATUS_BLOCK IoStatus;
    wcscat(Buffer, Path);
    RtlInitUnicodeString(&Name, Buffer);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    return NtOpenFile(File, FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE, &Attributes, &IoStatus,
                      FILE_SHARE_READ, FILE_SYNCHRONOUS_IO_NONALERT);
}

static const TEST Tests[] = {
    {"kinds of sections", TestCreateKinds},
    {"what cannot be created", TestCreateErrors},
    {"names of sections", TestNames},
    {"errors of the services", TestServiceErrors},
    {"extending", TestExtend},
    {"two views of the same pages", TestMapAndShare},
    {"views of parts", TestOffsets},
    {"what cannot be mapped", TestMapErrors},
    {"view protections against the section's", TestProtectionTable},
    {"view protections against the handle's rights", TestAccessRights},
    {"protecting views", TestProtectView},
    {"SEC_RESERVE and committing", TestReserveCommit},
    {"views that copy on write", TestCopyOnWriteView},
    {"what cannot be unmapped", TestUnmapErrors},
    {"a view outlives its section's handle", TestOutlivesHandle},
    {"a data file", TestDataFile},
    {"queries", TestQuery},
    {"an image", TestImageSection},
    {"two views of an image", TestImageViews},
    {"protections of an image", TestImageProtections},
    {"a view in another process", TestMapIntoOther},
    {"an inherited handle", TestInheritedHandle},
    {"a section by name", TestNamedSharing},
    {"processes share an image's pages", TestTwoProcesses},
    {"five hundred views", TestManyViews},
    {"flushing", TestFlush},
};

static const TEST_CHILD Children[] = {
    {L"inherit", ChildInherit},
    {L"named", ChildNamed},
    {L"idle", ChildIdle},
};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
