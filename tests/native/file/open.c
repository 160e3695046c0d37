// Opening: options, names, sharing, security.

#include "suite.h"

static NTSTATUS Create(PCWSTR FileName, ACCESS_MASK Access, ULONG Disposition, ULONG Options,
                       PULONG_PTR Information)
{
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Block = {};
    HANDLE File;
    RtlInitUnicodeString(&Name, FileName);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    NTSTATUS Status =
        NtCreateFile(&File, Access, &Attributes, &Block, nullptr, FILE_ATTRIBUTE_NORMAL, SHARE_ALL,
                     Disposition, Options, nullptr, 0);
    if (NT_SUCCESS(Status))
        NtClose(File);
    if (Information)
        *Information = Block.Information;
    return Status;
}

VOID TestOpen(void)
{
    ULONG_PTR Information;
    CHECK_STATUS(Create(FILE_NAME, FILE_GENERIC_READ, FILE_OPEN, 0, &Information), STATUS_SUCCESS);
    CHECK_EQUAL(Information, FILE_OPENED);
    CHECK_STATUS(Create(FILE_NAME, GENERIC_READ, FILE_OPEN_IF, 0, &Information), STATUS_SUCCESS);
    CHECK_EQUAL(Information, FILE_OPENED);
    CHECK_STATUS(Create(DIRECTORY, FILE_LIST_DIRECTORY, FILE_OPEN, FILE_DIRECTORY_FILE, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(Create(FILE_NAME, MAXIMUM_ALLOWED, FILE_OPEN, 0, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(
        Create(L"\\??\\C:\\Windows\\system32\\NTDLL.DLL", FILE_GENERIC_READ, FILE_OPEN, 0, nullptr),
        STATUS_SUCCESS);
}

VOID TestOptions(void)
{
    static const struct {
        ACCESS_MASK Access;
        ULONG Disposition, Options;
    } Cases[] = {
        {FILE_GENERIC_READ, FILE_MAXIMUM_DISPOSITION + 1, 0},
        {FILE_GENERIC_READ, FILE_OPEN, 0x80000000},
        {FILE_GENERIC_READ, FILE_OPEN, FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE},
        {FILE_GENERIC_READ, FILE_OPEN, FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT},
        {FILE_READ_DATA, FILE_OPEN, FILE_SYNCHRONOUS_IO_NONALERT}, // without SYNCHRONIZE
        {FILE_GENERIC_READ, FILE_OPEN, FILE_DELETE_ON_CLOSE},      // without DELETE
        {FILE_GENERIC_READ, FILE_OVERWRITE, FILE_DIRECTORY_FILE},
        {FILE_GENERIC_READ, FILE_OPEN, FILE_DIRECTORY_FILE | FILE_RANDOM_ACCESS},
        {FILE_APPEND_DATA, FILE_OPEN, FILE_NO_INTERMEDIATE_BUFFERING},
        {FILE_GENERIC_READ, FILE_OPEN, FILE_COMPLETE_IF_OPLOCKED | FILE_RESERVE_OPFILTER},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        NTSTATUS Status =
            Create(FILE_NAME, Cases[i].Access, Cases[i].Disposition, Cases[i].Options, nullptr);
        if (Status != STATUS_INVALID_PARAMETER)
            TestFail(__FILE__, __LINE__, "case %lu gave %08lx", i, Status);
    }
}

VOID TestNames(void)
{
    static const struct {
        PCWSTR Name;
        ULONG Options;
        NTSTATUS Status;
    } Cases[] = {
        {DIRECTORY L"\\nothing.here", 0, STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\SystemRoot\\nowhere\\nothing.here", 0, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\Device\\Nothing", 0, STATUS_OBJECT_NAME_NOT_FOUND},
        {L"SystemRoot", 0, STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"", 0, STATUS_OBJECT_PATH_SYNTAX_BAD},
        {FILE_NAME, FILE_DIRECTORY_FILE, STATUS_NOT_A_DIRECTORY},
        {DIRECTORY, FILE_NON_DIRECTORY_FILE, STATUS_FILE_IS_A_DIRECTORY},
        {FILE_NAME L"\\", 0, STATUS_OBJECT_NAME_INVALID},
        {L"\\Device\\BootConsole\\name", 0, STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\KernelObjects", 0, STATUS_OBJECT_TYPE_MISMATCH},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        NTSTATUS Status =
            Create(Cases[i].Name, FILE_GENERIC_READ, FILE_OPEN, Cases[i].Options, nullptr);
        if (Status != Cases[i].Status)
            TestFail(__FILE__, __LINE__, "%ls gave %08lx, not %08lx", Cases[i].Name, Status,
                     Cases[i].Status);
    }
}

static NTSTATUS OpenRelative(HANDLE Root, PCWSTR FileName)
{
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Block;
    HANDLE File;
    RtlInitUnicodeString(&Name, FileName);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    Attributes.RootDirectory = Root;
    NTSTATUS Status = NtOpenFile(&File, FILE_GENERIC_READ, &Attributes, &Block, SHARE_ALL, 0);
    if (NT_SUCCESS(Status))
        NtClose(File);
    return Status;
}

VOID TestRelative(void)
{
    HANDLE Directory = MustOpen(L"\\SystemRoot", 0), File = MustOpen(FILE_NAME, 0);
    REQUIRE(Directory && File);
    CHECK_STATUS(OpenRelative(Directory, L"System32\\ntdll.dll"), STATUS_SUCCESS);
    CHECK_STATUS(OpenRelative(Directory, L""), STATUS_SUCCESS); // itself
    CHECK_STATUS(OpenRelative(Directory, L"\\System32"), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(OpenRelative(Directory, L"nothing"), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(OpenRelative(File, L"below"), STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK_STATUS(OpenRelative((HANDLE)0x7FFFFFF0, L"x"), STATUS_INVALID_HANDLE);
    NtClose(Directory);
    NtClose(File);
}

VOID TestReadOnlyVolume(void)
{
    CHECK_STATUS(Create(FILE_NAME, FILE_GENERIC_WRITE, FILE_OPEN, 0, nullptr),
                 STATUS_MEDIA_WRITE_PROTECTED);
    CHECK_STATUS(Create(FILE_NAME, FILE_GENERIC_READ, FILE_CREATE, 0, nullptr),
                 STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(Create(FILE_NAME, FILE_GENERIC_READ, FILE_OVERWRITE_IF, 0, nullptr),
                 STATUS_MEDIA_WRITE_PROTECTED);
    CHECK_STATUS(Create(DIRECTORY L"\\new", FILE_GENERIC_READ, FILE_OPEN_IF, 0, nullptr),
                 STATUS_MEDIA_WRITE_PROTECTED);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(FILE_NAME);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    CHECK_STATUS(NtDeleteFile(&Attributes), STATUS_MEDIA_WRITE_PROTECTED);
}

VOID TestShare(void)
{
    HANDLE First, Second;
    // The test's own image is open for its section, and shared for reading only.
    REQUIRE_STATUS(OpenFile(DIRECTORY, SHARE_ALL, 0, &First), STATUS_SUCCESS);
    CHECK_STATUS(OpenFile(DIRECTORY, FILE_SHARE_WRITE, 0, &Second), STATUS_SHARING_VIOLATION);
    CHECK_STATUS(OpenFile(DIRECTORY, FILE_SHARE_READ, 0, &Second), STATUS_SUCCESS);
    NtClose(Second);
    NtClose(First);
    REQUIRE_STATUS(OpenFile(DIRECTORY, 0, 0, &First), STATUS_SUCCESS);
    CHECK_STATUS(OpenFile(DIRECTORY, SHARE_ALL, 0, &Second), STATUS_SHARING_VIOLATION);
    // Who does not touch the data is not kept out.
    CHECK_STATUS(Create(DIRECTORY, FILE_READ_ATTRIBUTES, FILE_OPEN, 0, nullptr), STATUS_SUCCESS);
    NtClose(First);
    CHECK_STATUS(OpenFile(DIRECTORY, SHARE_ALL, 0, &Second), STATUS_SUCCESS);
    NtClose(Second);
}

VOID TestEaBuffers(void)
{
    union {
        FILE_FULL_EA_INFORMATION Entry;
        UCHAR Space[32];
    } Ea = {.Entry = {.EaNameLength = 2, .EaValueLength = 1}};
    UNICODE_STRING Name = RTL_CONSTANT_STRING(FILE_NAME);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK Block;
    HANDLE File;
    memcpy(Ea.Entry.EaName, "AB", 3);
    CHECK_STATUS(NtCreateFile(&File, FILE_GENERIC_READ, &Attributes, &Block, nullptr, 0, SHARE_ALL,
                              FILE_OPEN, 0, &Ea, sizeof(Ea)),
                 STATUS_EAS_NOT_SUPPORTED); // a good list, which this volume cannot take
    CHECK_STATUS(NtCreateFile(&File, FILE_GENERIC_READ, &Attributes, &Block, nullptr, 0, SHARE_ALL,
                              FILE_OPEN, 0, &Ea, 4),
                 STATUS_EA_LIST_INCONSISTENT);
    Ea.Entry.EaName[2] = 'C'; // the name must end
    CHECK_STATUS(NtCreateFile(&File, FILE_GENERIC_READ, &Attributes, &Block, nullptr, 0, SHARE_ALL,
                              FILE_OPEN, 0, &Ea, sizeof(Ea)),
                 STATUS_EA_LIST_INCONSISTENT);
    CHECK_EQUAL(Block.Information, 0);
    Ea.Entry.EaName[2] = 0;
    Ea.Entry.NextEntryOffset = 12; // another one, with nothing in it
    CHECK_STATUS(NtCreateFile(&File, FILE_GENERIC_READ, &Attributes, &Block, nullptr, 0, SHARE_ALL,
                              FILE_OPEN, 0, &Ea, 16),
                 STATUS_EA_LIST_INCONSISTENT);
    CHECK_EQUAL(Block.Information, 12);
}

VOID TestByName(void)
{
    FILE_BASIC_INFORMATION Basic;
    FILE_NETWORK_OPEN_INFORMATION Network;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(FILE_NAME);
    UNICODE_STRING Missing = RTL_CONSTANT_STRING(DIRECTORY L"\\nothing.here");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    OBJECT_ATTRIBUTES Nothing = TestAttributes(&Missing, OBJ_CASE_INSENSITIVE);
    CHECK_STATUS(NtQueryAttributesFile(&Attributes, &Basic), STATUS_SUCCESS);
    CHECK_EQUAL(Basic.FileAttributes, FILE_ATTRIBUTE_READONLY);
    CHECK_STATUS(NtQueryFullAttributesFile(&Attributes, &Network), STATUS_SUCCESS);
    CHECK(Network.EndOfFile.QuadPart > PAGE_SIZE);
    CHECK(Network.AllocationSize.QuadPart >= Network.EndOfFile.QuadPart);
    CHECK_STATUS(NtQueryAttributesFile(&Nothing, &Basic), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtQueryAttributesFile(&Attributes, TEST_UNMAPPED), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtQueryAttributesFile(nullptr, &Basic), STATUS_INVALID_PARAMETER);
}

VOID TestDevices(void)
{
    HANDLE Console = MustOpen(L"\\Device\\BootConsole", FILE_SYNCHRONOUS_IO_NONALERT);
    IO_STATUS_BLOCK Block;
    FILE_FS_DEVICE_INFORMATION Device;
    FILE_BASIC_INFORMATION Basic;
    REQUIRE(Console);
    CHECK_STATUS(NtQueryVolumeInformationFile(Console, &Block, &Device, sizeof(Device),
                                              FileFsDeviceInformation),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Device.DeviceType, FILE_DEVICE_CONSOLE);
    CHECK_STATUS(
        NtQueryInformationFile(Console, &Block, &Basic, sizeof(Basic), FileBasicInformation),
        STATUS_INVALID_DEVICE_REQUEST);
    NtClose(Console);
}

static VOID CheckName(PCWSTR FileName, PCWSTR Expected)
{
    union {
        UNICODE_STRING Name;
        UCHAR Space[256];
    } Buffer;
    HANDLE File = MustOpen(FileName, 0);
    if (!File)
        return;
    CHECK_STATUS(NtQueryObject(File, ObjectNameInformation, &Buffer, sizeof(Buffer), nullptr),
                 STATUS_SUCCESS);
    UNICODE_STRING Wanted;
    RtlInitUnicodeString(&Wanted, Expected);
    CHECK(RtlEqualUnicodeString(&Buffer.Name, &Wanted, TRUE));
    NtClose(File);
}

VOID TestNamesOfHandles(void)
{
    CheckName(FILE_NAME, L"\\Device\\BootVolume\\Windows\\System32\\ntdll.dll");
    CheckName(L"\\??\\C:\\", L"\\Device\\BootVolume\\");
    CheckName(L"\\Device\\BootConsole", L"\\Device\\BootConsole");
}

VOID TestSecurity(void)
{
    alignas(8) UCHAR Buffer[512];
    ULONG Length;
    PSID Owner;
    BOOLEAN Defaulted;
    static const PCWSTR Names[] = {FILE_NAME, L"\\Device\\BootConsole"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Names); i++) {
        HANDLE File = MustOpen(Names[i], 0);
        if (!File)
            return;
        CHECK_STATUS(NtQuerySecurityObject(File,
                                           OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                           Buffer, sizeof(Buffer), &Length),
                     STATUS_SUCCESS);
        CHECK_STATUS(RtlGetOwnerSecurityDescriptor(Buffer, &Owner, &Defaulted), STATUS_SUCCESS);
        CHECK(Owner && RtlValidSid(Owner));
        CHECK_STATUS(NtQuerySecurityObject(File, DACL_SECURITY_INFORMATION, Buffer, 4, &Length),
                     STATUS_BUFFER_TOO_SMALL);
        CHECK_STATUS(NtSetSecurityObject(File, DACL_SECURITY_INFORMATION, Buffer),
                     STATUS_ACCESS_DENIED); // without WRITE_DAC
        NtClose(File);
    }
}
