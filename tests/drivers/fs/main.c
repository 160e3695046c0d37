// File systems as the I/O manager serves them: mounting, requests with what they point to, locking and dismounting.

#include <service.h>

#include "testfs.h"

static NTSTATUS Open(PCWSTR Path, ACCESS_MASK Access, ULONG Share, ULONG Disposition, ULONG Options,
                     PHANDLE File)
{
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Io;
    RtlInitUnicodeString(&Name, Path);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    return NtCreateFile(File, Access | SYNCHRONIZE, &Attributes, &Io, nullptr, 0, Share,
                        Disposition, Options | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
}

static HANDLE OpenOrNull(PCWSTR Path)
{
    HANDLE File = nullptr;
    CHECK_STATUS(Open(Path, GENERIC_READ | GENERIC_WRITE | DELETE,
                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN_IF, 0,
                      &File),
                 STATUS_SUCCESS);
    return File;
}

static NTSTATUS Control(HANDLE File, ULONG Code, PVOID Output, ULONG Length)
{
    IO_STATUS_BLOCK Io;
    return NtFsControlFile(File, nullptr, nullptr, nullptr, &Io, Code, nullptr, 0, Output, Length);
}

static NTSTATUS Transfer(HANDLE File, BOOLEAN Write, LONGLONG Place, PVOID Data, ULONG Length)
{
    IO_STATUS_BLOCK Io;
    LARGE_INTEGER Offset = {.QuadPart = Place};
    return Write ? NtWriteFile(File, nullptr, nullptr, nullptr, &Io, Data, Length, &Offset, nullptr)
                 : NtReadFile(File, nullptr, nullptr, nullptr, &Io, Data, Length, &Offset, nullptr);
}

// Without a file system the device itself is the volume.
static VOID TestRaw(void)
{
    static ULONG Sector[TestFsSectorSize / sizeof(ULONG)] = {TESTFS_SIGNATURE};
    HANDLE Volume, Second;
    REQUIRE_STATUS(ServiceLoad(L"fsdisk", L"fsdisk.sys"), STATUS_SUCCESS);
    CHECK_STATUS(Open(TESTFS_VOLUME L"\\name", GENERIC_READ, 0, FILE_OPEN, 0, &Volume),
                 STATUS_UNRECOGNIZED_VOLUME);
    REQUIRE_STATUS(Open(TESTFS_VOLUME, GENERIC_READ | GENERIC_WRITE, 0, FILE_OPEN, 0, &Volume),
                   STATUS_SUCCESS);
    CHECK_STATUS(Control(Volume, FSCTL_IS_VOLUME_MOUNTED, nullptr, 0), STATUS_SUCCESS);
    CHECK_STATUS(Control(Volume, FSCTL_UNLOCK_VOLUME, nullptr, 0), STATUS_NOT_LOCKED);
    CHECK_STATUS(Control(Volume, FSCTL_LOCK_VOLUME, nullptr, 0), STATUS_SUCCESS);
    CHECK_STATUS(Open(TESTFS_VOLUME, GENERIC_READ, 0, FILE_OPEN, 0, &Second), STATUS_ACCESS_DENIED);
    CHECK_STATUS(Transfer(Volume, TRUE, 0, Sector, sizeof(Sector)), STATUS_SUCCESS);
    NtClose(Volume);
    // The lock went with its file.
    REQUIRE_STATUS(Open(TESTFS_VOLUME, GENERIC_READ, 0, FILE_OPEN, 0, &Volume), STATUS_SUCCESS);
    NtClose(Volume);
}

static VOID TestMount(void)
{
    struct {
        FILE_FS_VOLUME_INFORMATION Information;
        WCHAR More[32];
    } Answer;
    FILE_FS_DEVICE_INFORMATION Device;
    IO_STATUS_BLOCK Io;
    HANDLE Root;
    REQUIRE_STATUS(ServiceLoad(L"testfs", L"testfs.sys"), STATUS_SUCCESS);
    REQUIRE_STATUS(Open(TESTFS_VOLUME L"\\", GENERIC_READ, 7, FILE_OPEN, 0, &Root), STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryVolumeInformationFile(Root, &Io, &Answer, sizeof(Answer), FileFsVolumeInformation),
        STATUS_SUCCESS);
    CHECK_EQUAL(Answer.Information.VolumeSerialNumber, 0x12345678);
    CHECK_EQUAL(Answer.Information.VolumeLabelLength, 12);
    CHECK(Answer.Information.VolumeLabel[0] == L'T');
    CHECK_STATUS(
        NtQueryVolumeInformationFile(Root, &Io, &Device, sizeof(Device), FileFsDeviceInformation),
        STATUS_SUCCESS);
    CHECK_EQUAL(Device.DeviceType, FILE_DEVICE_DISK);
    CHECK(Device.Characteristics & FILE_DEVICE_IS_MOUNTED);
    NtClose(Root);
}

static VOID TestFiles(void)
{
    CHAR Data[64] = "what is written", Read[64];
    FILE_STANDARD_INFORMATION Standard;
    FILE_BASIC_INFORMATION Basic;
    IO_STATUS_BLOCK Io;
    HANDLE File, Second;
    CHECK_STATUS(Open(TESTFS_VOLUME L"\\none", GENERIC_READ, 7, FILE_OPEN, 0, &File),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE_STATUS(
        Open(TESTFS_VOLUME L"\\one", GENERIC_READ | GENERIC_WRITE, 0, FILE_CREATE, 0, &File),
        STATUS_SUCCESS);
    CHECK_STATUS(Open(TESTFS_VOLUME L"\\one", GENERIC_READ, 7, FILE_OPEN, 0, &Second),
                 STATUS_SHARING_VIOLATION);
    CHECK_STATUS(Transfer(File, TRUE, 100, Data, sizeof(Data)), STATUS_SUCCESS);
    CHECK_STATUS(Transfer(File, FALSE, 100, Read, sizeof(Read)), STATUS_SUCCESS);
    CHECK(memcmp(Data, Read, sizeof(Data)) == 0);
    CHECK_STATUS(
        NtQueryInformationFile(File, &Io, &Standard, sizeof(Standard), FileStandardInformation),
        STATUS_SUCCESS);
    CHECK_EQUAL(Standard.EndOfFile.QuadPart, 164);
    NtClose(File);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(TESTFS_VOLUME L"\\one");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    CHECK_STATUS(NtQueryAttributesFile(&Attributes, &Basic), STATUS_SUCCESS);
    CHECK_EQUAL(Basic.FileAttributes, FILE_ATTRIBUTE_NORMAL);
    CHECK_STATUS(NtDeleteFile(&Attributes), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryAttributesFile(&Attributes, &Basic), STATUS_OBJECT_NAME_NOT_FOUND);
}

// The name is that of the device below the volume.
static VOID TestName(void)
{
    static const WCHAR Whole[] = TESTFS_VOLUME L"\\named";
    struct {
        OBJECT_NAME_INFORMATION Information;
        WCHAR Text[128];
    } Answer;
    ULONG Length;
    HANDLE File = OpenOrNull(Whole);
    REQUIRE(File != nullptr);
    CHECK_STATUS(NtQueryObject(File, ObjectNameInformation, &Answer, sizeof(Answer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Answer.Information.Name.Length, sizeof(Whole) - sizeof(WCHAR));
    CHECK(memcmp(Answer.Information.Name.Buffer, Whole, sizeof(Whole) - sizeof(WCHAR)) == 0);
    NtClose(File);
}

static VOID TestDirectory(void)
{
    union {
        FILE_NAMES_INFORMATION Names;
        UCHAR Space[512];
    } Answer;
    static const PCWSTR Made[] = {L"\\a1.txt", L"\\a2.txt", L"\\b1.txt", L"\\a3.doc"};
    UNICODE_STRING Pattern = RTL_CONSTANT_STRING(L"a*.txt");
    IO_STATUS_BLOCK Io;
    HANDLE Root;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Made); i++) {
        WCHAR Path[64] = TESTFS_VOLUME;
        wcscat(Path, Made[i]);
        HANDLE File = OpenOrNull(Path);
        if (File)
            NtClose(File);
    }
    REQUIRE_STATUS(Open(TESTFS_VOLUME L"\\", FILE_LIST_DIRECTORY, 7, FILE_OPEN, 0, &Root),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtQueryDirectoryFile(Root, nullptr, nullptr, nullptr, &Io, &Answer, sizeof(Answer),
                                      FileNamesInformation, TRUE, &Pattern, FALSE),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Answer.Names.FileNameLength, 12);
    CHECK(memcmp(Answer.Names.FileName, L"a1.txt", 12) == 0);
    CHECK_STATUS(NtQueryDirectoryFile(Root, nullptr, nullptr, nullptr, &Io, &Answer, sizeof(Answer),
                                      FileNamesInformation, FALSE, nullptr, FALSE),
                 STATUS_SUCCESS);
    CHECK(memcmp(Answer.Names.FileName, L"a2.txt", 12) == 0);
    CHECK_EQUAL(Answer.Names.NextEntryOffset, 0);
    CHECK_STATUS(NtQueryDirectoryFile(Root, nullptr, nullptr, nullptr, &Io, &Answer, sizeof(Answer),
                                      FileNamesInformation, FALSE, nullptr, FALSE),
                 STATUS_NO_MORE_FILES);
    CHECK_STATUS(NtQueryDirectoryFile(Root, nullptr, nullptr, nullptr, &Io, &Answer, sizeof(Answer),
                                      FileNamesInformation, FALSE, nullptr, TRUE),
                 STATUS_SUCCESS);
    CHECK(Answer.Names.NextEntryOffset != 0);
    NtClose(Root);
}

static VOID TestNotify(void)
{
    union {
        FILE_NOTIFY_INFORMATION Change;
        UCHAR Space[512];
    } Answer;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(TESTFS_VOLUME L"\\");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK Io = {}, Opened;
    HANDLE Root;
    REQUIRE_STATUS(NtOpenFile(&Root, FILE_LIST_DIRECTORY | SYNCHRONIZE, &Attributes, &Opened, 7, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtNotifyChangeDirectoryFile(Root, nullptr, nullptr, nullptr, &Io, &Answer,
                                             sizeof(Answer), FILE_NOTIFY_CHANGE_FILE_NAME, FALSE),
                 STATUS_PENDING);
    HANDLE File = OpenOrNull(TESTFS_VOLUME L"\\came");
    CHECK_STATUS(NtWaitForSingleObject(Root, FALSE, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Io.Status, STATUS_SUCCESS);
    CHECK_EQUAL(Answer.Change.Action, FILE_ACTION_ADDED);
    CHECK_EQUAL(Answer.Change.FileNameLength, 8);
    CHECK(memcmp(Answer.Change.FileName, L"came", 8) == 0);
    CHECK_STATUS(NtNotifyChangeDirectoryFile(Root, nullptr, nullptr, nullptr, &Io, &Answer,
                                             sizeof(Answer), FILE_NOTIFY_CHANGE_FILE_NAME, FALSE),
                 STATUS_PENDING);
    CHECK_STATUS(NtCancelIoFile(Root, &Opened), STATUS_SUCCESS);
    CHECK_STATUS(Io.Status, STATUS_CANCELLED);
    if (File)
        NtClose(File);
    NtClose(Root);
}

static VOID TestLocks(void)
{
    LARGE_INTEGER Offset = {.QuadPart = 0}, Length = {.QuadPart = 10};
    IO_STATUS_BLOCK Io;
    CHAR Byte = 'x';
    HANDLE First = OpenOrNull(TESTFS_VOLUME L"\\locked"),
           Second = OpenOrNull(TESTFS_VOLUME L"\\locked");
    REQUIRE(First && Second);
    CHECK_STATUS(NtLockFile(First, nullptr, nullptr, nullptr, &Io, &Offset, &Length, 0, TRUE, TRUE),
                 STATUS_SUCCESS);
    CHECK_STATUS(
        NtLockFile(Second, nullptr, nullptr, nullptr, &Io, &Offset, &Length, 0, TRUE, FALSE),
        STATUS_LOCK_NOT_GRANTED);
    CHECK_STATUS(Transfer(Second, TRUE, 5, &Byte, 1), STATUS_FILE_LOCK_CONFLICT);
    CHECK_STATUS(Transfer(Second, TRUE, 10, &Byte, 1), STATUS_SUCCESS);
    CHECK_STATUS(Transfer(First, TRUE, 5, &Byte, 1), STATUS_SUCCESS);
    CHECK_STATUS(NtUnlockFile(Second, &Io, &Offset, &Length, 0), STATUS_RANGE_NOT_LOCKED);
    CHECK_STATUS(NtUnlockFile(First, &Io, &Offset, &Length, 0), STATUS_SUCCESS);
    CHECK_STATUS(
        NtLockFile(Second, nullptr, nullptr, nullptr, &Io, &Offset, &Length, 0, TRUE, FALSE),
        STATUS_SUCCESS);
    NtClose(Second); // with its lock
    CHECK_STATUS(Transfer(First, TRUE, 5, &Byte, 1), STATUS_SUCCESS);
    NtClose(First);
}

static VOID TestRename(void)
{
    static const WCHAR Path[] = TESTFS_VOLUME L"\\after";
    union {
        FILE_RENAME_INFORMATION Rename;
        UCHAR Space[256];
    } Request = {};
    IO_STATUS_BLOCK Io;
    HANDLE There = OpenOrNull(Path), File = OpenOrNull(TESTFS_VOLUME L"\\before");
    REQUIRE(There && File);
    NtClose(There);
    Request.Rename.FileNameLength = sizeof(Path) - sizeof(WCHAR);
    memcpy(Request.Rename.FileName, Path, sizeof(Path));
    CHECK_STATUS(NtSetInformationFile(File, &Io, &Request, sizeof(Request), FileRenameInformation),
                 STATUS_OBJECT_NAME_COLLISION);
    Request.Rename.ReplaceIfExists = TRUE;
    CHECK_STATUS(NtSetInformationFile(File, &Io, &Request, sizeof(Request), FileRenameInformation),
                 STATUS_SUCCESS);
    CHECK_STATUS(Open(TESTFS_VOLUME L"\\before", GENERIC_READ, 7, FILE_OPEN, 0, &There),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    Request.Rename.FileNameLength = 6; // in the same directory
    memcpy(Request.Rename.FileName, L"two", 6);
    CHECK_STATUS(NtSetInformationFile(File, &Io, &Request, sizeof(Request), FileRenameInformation),
                 STATUS_SUCCESS);
    NtClose(File);
    CHECK_STATUS(Open(TESTFS_VOLUME L"\\two", GENERIC_READ, 7, FILE_OPEN, 0, &There),
                 STATUS_SUCCESS);
    NtClose(There);
}

// The program's pages reach the device below.
static VOID TestSectors(void)
{
    static ULONG Data[8 * TestFsSectorSize / sizeof(ULONG)], Read[RTL_NUMBER_OF(Data)];
    HANDLE File = OpenOrNull(TESTFS_VOLUME L"\\sectors");
    REQUIRE(File != nullptr);
    CHECK_STATUS(Transfer(File, FALSE, 0, Read, TestFsSectorSize), STATUS_SUCCESS);
    CHECK_EQUAL(Read[0], TESTFS_SIGNATURE);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Data); i++)
        Data[i] = i * 0x01000193;
    CHECK_STATUS(Transfer(File, TRUE, 8 * TestFsSectorSize, Data, sizeof(Data)), STATUS_SUCCESS);
    CHECK_STATUS(Transfer(File, FALSE, 8 * TestFsSectorSize, Read, sizeof(Read)), STATUS_SUCCESS);
    CHECK(memcmp(Data, Read, sizeof(Data)) == 0);
    NtClose(File);
}

static VOID TestControl(void)
{
    UCHAR In[5] = {1, 2, 3, 4, 255}, Out[5] = {};
    IO_STATUS_BLOCK Io;
    HANDLE File = OpenOrNull(TESTFS_VOLUME L"\\two");
    REQUIRE(File != nullptr);
    CHECK_STATUS(NtFsControlFile(File, nullptr, nullptr, nullptr, &Io, FSCTL_TESTFS_ADD, In,
                                 sizeof(In), Out, sizeof(Out)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Io.Information, sizeof(In));
    CHECK(Out[0] == 2 && Out[4] == 0);
    NtClose(File);
}

static VOID TestDismount(void)
{
    ULONG Mounts = 0;
    HANDLE Volume, File = OpenOrNull(TESTFS_VOLUME L"\\two"), Other;
    REQUIRE(File != nullptr);
    REQUIRE_STATUS(Open(TESTFS_VOLUME, GENERIC_READ | GENERIC_WRITE, 7, FILE_OPEN, 0, &Volume),
                   STATUS_SUCCESS);
    CHECK_STATUS(Control(Volume, FSCTL_LOCK_VOLUME, nullptr, 0), STATUS_ACCESS_DENIED);
    NtClose(File);
    CHECK_STATUS(Control(Volume, FSCTL_LOCK_VOLUME, nullptr, 0), STATUS_SUCCESS);
    CHECK_STATUS(Open(TESTFS_VOLUME L"\\two", GENERIC_READ, 7, FILE_OPEN, 0, &Other),
                 STATUS_ACCESS_DENIED);
    CHECK_STATUS(Control(Volume, FSCTL_UNLOCK_VOLUME, nullptr, 0), STATUS_SUCCESS);
    File = OpenOrNull(TESTFS_VOLUME L"\\two");
    CHECK_STATUS(Control(Volume, FSCTL_TESTFS_MOUNTS, &Mounts, sizeof(Mounts)), STATUS_SUCCESS);
    CHECK_EQUAL(Mounts, 1);
    CHECK_STATUS(Control(Volume, FSCTL_DISMOUNT_VOLUME, nullptr, 0), STATUS_SUCCESS);
    CHECK_STATUS(Control(Volume, FSCTL_IS_VOLUME_MOUNTED, nullptr, 0), STATUS_VOLUME_DISMOUNTED);
    CHECK_STATUS(Transfer(File, FALSE, 0, &Mounts, sizeof(Mounts)), STATUS_VOLUME_DISMOUNTED);
    NtClose(File);
    NtClose(Volume);
    // The next open mounts anew: what was in memory is gone.
    CHECK_STATUS(Open(TESTFS_VOLUME L"\\two", GENERIC_READ, 7, FILE_OPEN, 0, &Other),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE_STATUS(Open(TESTFS_VOLUME, GENERIC_READ, 7, FILE_OPEN, 0, &Volume), STATUS_SUCCESS);
    CHECK_STATUS(Control(Volume, FSCTL_TESTFS_MOUNTS, &Mounts, sizeof(Mounts)), STATUS_SUCCESS);
    CHECK_EQUAL(Mounts, 2);
    NtClose(Volume);
}

// Who only looks at the device does not have it mounted, and sees it itself.
static VOID TestDirectOpen(void)
{
    HANDLE Device;
    REQUIRE_STATUS(Open(TESTFS_VOLUME, FILE_READ_ATTRIBUTES, 7, FILE_OPEN, 0, &Device),
                   STATUS_SUCCESS);
    CHECK_STATUS(Control(Device, FSCTL_IS_VOLUME_MOUNTED, nullptr, 0),
                 STATUS_INVALID_DEVICE_REQUEST);
    NtClose(Device);
}

static const TEST Tests[] = {
    {"a volume without a file system", TestRaw},
    {"mounting", TestMount},
    {"files", TestFiles},
    {"the name of a file", TestName},
    {"listing a directory", TestDirectory},
    {"changes in a directory", TestNotify},
    {"locks", TestLocks},
    {"renaming", TestRename},
    {"pages that go to the device", TestSectors},
    {"controls with both buffers", TestControl},
    {"locking and dismounting", TestDismount},
    {"the device itself", TestDirectOpen},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
