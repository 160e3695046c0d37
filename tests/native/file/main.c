// Files: the services on files, on a volume that cannot be written.

#include "suite.h"

NTSTATUS OpenFile(PCWSTR FileName, ULONG Share, ULONG Options, PHANDLE File)
{
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Block;
    RtlInitUnicodeString(&Name, FileName);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    *File = nullptr;
    return NtOpenFile(File, FILE_GENERIC_READ, &Attributes, &Block, Share, Options);
}

HANDLE MustOpen(PCWSTR Name, ULONG Options)
{
    HANDLE File;
    return CHECK_STATUS(OpenFile(Name, SHARE_ALL, Options, &File), STATUS_SUCCESS) ? File : nullptr;
}

static const TEST Tests[] = {
    {"opening", TestOpen},
    {"options that do not go together", TestOptions},
    {"names that lead nowhere", TestNames},
    {"names relative to a directory", TestRelative},
    {"a volume that cannot be written", TestReadOnlyVolume},
    {"share access", TestShare},
    {"lists of extended attributes are checked", TestEaBuffers},
    {"attributes by name", TestByName},
    {"devices themselves", TestDevices},
    {"names of handles", TestNamesOfHandles},
    {"security of files and devices", TestSecurity},
    {"reading", TestRead},
    {"the position of a synchronous file", TestPosition},
    {"reading asynchronously", TestAsynchronousRead},
    {"offsets that mean nothing", TestOffsets},
    {"scattered reads", TestScatter},
    {"writing is refused", TestWriteRefused},
    {"threads share a position", TestSharedPosition},
    {"information classes", TestInformation},
    {"all information", TestAllInformation},
    {"what can be set", TestSetInformation},
    {"volume information", TestVolume},
    {"the mode of a file", TestMode},
    {"enumerating a directory", TestEnumerate},
    {"entries one by one", TestEntriesOneByOne},
    {"patterns", TestPatterns},
    {"buffers too small for an entry", TestSmallBuffers},
    {"waiting for changes", TestNotify},
    {"wrong arguments", TestArguments},
    {"controls that a volume does not know", TestControls},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
