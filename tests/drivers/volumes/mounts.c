// Letters and volume names.
#include "suite.h"

static PCWSTR const Manager = L"\\Device\\MountPointManager";

static union {
    MOUNTMGR_MOUNT_POINTS Points;
    UCHAR Space[8192];
} Found;

// ---- The mount manager

static NTSTATUS Ask(ULONG Code, PVOID Input, ULONG InputLength, PVOID Output, ULONG OutputLength)
{
    return ControlByName(Manager, Code, Input, InputLength, Output, OutputLength);
}

typedef struct _POINT_INPUT {
    MOUNTMGR_MOUNT_POINT Point;
    WCHAR Text[128];
} POINT_INPUT;

static POINT_INPUT ByLink(PCWSTR Link)
{
    POINT_INPUT Input = {};
    wcscpy(Input.Text, Link);
    Input.Point.SymbolicLinkNameOffset = sizeof(Input.Point);
    Input.Point.SymbolicLinkNameLength = (USHORT)(wcslen(Link) * sizeof(WCHAR));
    return Input;
}

static POINT_INPUT ByDevice(PCWSTR Device)
{
    POINT_INPUT Input = {};
    wcscpy(Input.Text, Device);
    Input.Point.DeviceNameOffset = sizeof(Input.Point);
    Input.Point.DeviceNameLength = (USHORT)(wcslen(Device) * sizeof(WCHAR));
    return Input;
}

static NTSTATUS CreatePoint(PCWSTR Link, PCWSTR Device)
{
    struct {
        MOUNTMGR_CREATE_POINT_INPUT Input;
        WCHAR Text[200];
    } Create = {};
    Create.Input.SymbolicLinkNameOffset = sizeof(Create.Input);
    Create.Input.SymbolicLinkNameLength = (USHORT)(wcslen(Link) * sizeof(WCHAR));
    Create.Input.DeviceNameOffset = sizeof(Create.Input) + Create.Input.SymbolicLinkNameLength;
    Create.Input.DeviceNameLength = (USHORT)(wcslen(Device) * sizeof(WCHAR));
    wcscpy(Create.Text, Link);
    wcscat(Create.Text, Device);
    return Ask(IOCTL_MOUNTMGR_CREATE_POINT, &Create, sizeof(Create), nullptr, 0);
}

static NTSTATUS DeletePoint(PCWSTR Link)
{
    POINT_INPUT Input = ByLink(Link);
    return Ask(IOCTL_MOUNTMGR_DELETE_POINTS, &Input, sizeof(Input), &Found, sizeof(Found));
}

static NTSTATUS PathOf(PCWSTR Device, PWSTR Path)
{
    struct {
        MOUNTMGR_TARGET_NAME Target;
        WCHAR More[100];
    } Input = {};
    struct {
        MOUNTMGR_VOLUME_PATHS Paths;
        WCHAR More[100];
    } Answer = {};
    Input.Target.DeviceNameLength = (USHORT)(wcslen(Device) * sizeof(WCHAR));
    memcpy(Input.Target.DeviceName, Device, Input.Target.DeviceNameLength);
    NTSTATUS Status =
        Ask(IOCTL_MOUNTMGR_QUERY_DOS_VOLUME_PATH, &Input, sizeof(Input), &Answer, sizeof(Answer));
    wcscpy(Path, Answer.Paths.MultiSz);
    return Status;
}

static BOOLEAN LeadsTo(PCWSTR Link, PCWSTR Device)
{
    WCHAR Buffer[100] = L"";
    UNICODE_STRING Name, Target = {0, sizeof(Buffer) - sizeof(WCHAR), Buffer};
    HANDLE Handle;
    RtlInitUnicodeString(&Name, Link);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    if (!NT_SUCCESS(NtOpenSymbolicLinkObject(&Handle, SYMBOLIC_LINK_QUERY, &Attributes)))
        return FALSE;
    NtQuerySymbolicLinkObject(Handle, &Target, nullptr);
    NtClose(Handle);
    Buffer[Target.Length / sizeof(WCHAR)] = 0;
    return _wcsicmp(Buffer, Device) == 0;
}

// Two partitions with letters, one of another type, on a disk whose identifiers come from Seed.
static BOOLEAN MakeDisk(ULONG Slot, ULONG Number, ULONG Seed)
{
    MakeMedium(Slot, DiskSectors, SectorBytes, FALSE);
    AddDisk(Slot);
    HANDLE Disk = OpenDisk(Number);
    if (!Disk)
        return FALSE;
    PDRIVE_LAYOUT_INFORMATION_EX Layout = BeginLayout(PARTITION_STYLE_GPT, Seed);
    AddGpt(Seed + 1, 64, 1000);
    AddGpt(Seed + 2, 2000, 100);
    AddGpt(Seed + 3, 2200, 100);
    Layout->PartitionEntry[1].Gpt.PartitionType = MakeGuid(0xC12A7328);
    BOOLEAN Made = CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    NtClose(Disk);
    return Made;
}

// ---- Tests

#define NAME_OF(Seed) L"\\\?\?\\Volume{" Seed L"-1234-5678-0102-030405060708}"

// C: is the boot archive's.
VOID TestLetters(void)
{
    UCHAR Id[100];
    GUID Guid = MakeGuid(0x101);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_SCRUB_REGISTRY, nullptr, 0, nullptr, 0), STATUS_SUCCESS);
    REQUIRE(MakeDisk(0, 0, 0x100));
    CHECK(LeadsTo(L"\\\?\?\\C:", L"\\Device\\BootVolume"));
    CHECK(LeadsTo(L"\\\?\?\\D:", L"\\Device\\HarddiskVolume1"));
    CHECK(LeadsTo(L"\\\?\?\\E:", L"\\Device\\HarddiskVolume3"));
    CHECK(LeadsTo(NAME_OF(L"00000101"), L"\\Device\\HarddiskVolume1"));
    CHECK(LeadsTo(NAME_OF(L"00000102"), L"\\Device\\HarddiskVolume2"));
    CHECK(!LeadsTo(L"\\\?\?\\F:", L"\\Device\\HarddiskVolume2"));
    CHECK(Exists(L"\\\?\?\\D:"));
    CHECK_EQUAL(GetValue(MOUNTED, L"\\DosDevices\\D:", Id, sizeof(Id)), 24);
    CHECK(memcmp(Id, "DMIO:ID:", 8) == 0 && memcmp(Id + 8, &Guid, sizeof(Guid)) == 0);
    CHECK_EQUAL(GetValue(MOUNTED, NAME_OF(L"00000101"), Id, sizeof(Id)), 24);
    PullDisk(0);
    CHECK(!Exists(L"\\\?\?\\D:"));
    CHECK(!Exists(NAME_OF(L"00000101")));
    CHECK_EQUAL(GetValue(MOUNTED, L"\\DosDevices\\D:", Id, sizeof(Id)), 24);
    REQUIRE(MakeDisk(1, 0, 0x200)); // another disk gets other letters
    CHECK(LeadsTo(L"\\\?\?\\F:", L"\\Device\\HarddiskVolume1"));
    CHECK(LeadsTo(L"\\\?\?\\G:", L"\\Device\\HarddiskVolume3"));
    AddDisk(0); // and the first has its own again
    CHECK(LeadsTo(L"\\\?\?\\D:", L"\\Device\\HarddiskVolume4"));
    CHECK(LeadsTo(L"\\\?\?\\E:", L"\\Device\\HarddiskVolume6"));
    PullDisk(0);
    PullDisk(1);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_SCRUB_REGISTRY, nullptr, 0, nullptr, 0), STATUS_SUCCESS);
    CHECK_EQUAL(GetValue(MOUNTED, L"\\DosDevices\\D:", Id, sizeof(Id)), 0);
    CHECK_EQUAL(GetValue(MOUNTED, NAME_OF(L"00000201"), Id, sizeof(Id)), 0);
}

VOID TestPoints(void)
{
    WCHAR Path[128];
    POINT_INPUT All = {}, Device = ByDevice(L"\\Device\\HarddiskVolume1");
    REQUIRE(MakeDisk(0, 0, 0x100));
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_QUERY_POINTS, &All, sizeof(All), &Found, sizeof(Found)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Found.Points.NumberOfMountPoints, 5);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_QUERY_POINTS, &Device, sizeof(Device), &Found, sizeof(Found)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Found.Points.NumberOfMountPoints, 2);
    PMOUNTMGR_MOUNT_POINT Point = &Found.Points.MountPoints[0];
    CHECK_EQUAL(Point->UniqueIdLength, 24);
    CHECK(memcmp(Found.Space + Point->DeviceNameOffset, L"\\Device\\HarddiskVolume1",
                 Point->DeviceNameLength) == 0);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_QUERY_POINTS, &All, sizeof(All), &Found, 40),
                 STATUS_BUFFER_OVERFLOW);
    CHECK(Found.Points.Size > 40);
    CHECK_STATUS(PathOf(L"\\Device\\HarddiskVolume1", Path), STATUS_SUCCESS);
    CHECK(wcscmp(Path, L"D:") == 0);
    CHECK_STATUS(PathOf(L"\\Device\\HarddiskVolume2", Path), STATUS_SUCCESS);
    CHECK(wcscmp(Path, L"\\\\?\\Volume{00000102-1234-5678-0102-030405060708}") == 0);
    CHECK_STATUS(PathOf(L"\\Device\\HarddiskVolume9", Path), STATUS_OBJECT_NAME_NOT_FOUND);
    // The second volume gets a letter by hand; one letter is enough, and not another's.
    CHECK_STATUS(CreatePoint(L"\\DosDevices\\q:", L"\\Device\\HarddiskVolume2"), STATUS_SUCCESS);
    CHECK(LeadsTo(L"\\\?\?\\Q:", L"\\Device\\HarddiskVolume2"));
    CHECK_STATUS(CreatePoint(L"\\DosDevices\\R:", L"\\Device\\HarddiskVolume2"),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(DeletePoint(L"\\DosDevices\\D:"), STATUS_SUCCESS);
    CHECK(!Exists(L"\\\?\?\\D:"));
    CHECK_STATUS(CreatePoint(L"\\\?\?\\Q:", L"\\Device\\HarddiskVolume1"),
                 STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(CreatePoint(L"\\\?\?\\C:", L"\\Device\\HarddiskVolume1"),
                 STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(CreatePoint(L"\\\?\?\\D", L"\\Device\\HarddiskVolume1"), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(DeletePoint(L"\\DosDevices\\D:"), STATUS_OBJECT_NAME_NOT_FOUND);
    PullDisk(0);
    AddDisk(0);
    CHECK(!Exists(L"\\\?\?\\D:")); // it was taken away, and stays so
    CHECK(LeadsTo(L"\\\?\?\\Q:", L"\\Device\\HarddiskVolume2"));
    CHECK_STATUS(CreatePoint(L"\\DosDevices\\S:", NAME_OF(L"00000101")), STATUS_SUCCESS);
    PullDisk(0);
    AddDisk(0);
    CHECK(LeadsTo(L"\\\?\?\\S:", L"\\Device\\HarddiskVolume1"));
    PullDisk(0);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_SCRUB_REGISTRY, nullptr, 0, nullptr, 0), STATUS_SUCCESS);
}

// As drivers ask.
VOID TestDriverNames(void)
{
    RAM_NAMES_OF Names = {.Device = L"\\Device\\HarddiskVolume1"};
    GUID Expected = MakeGuid(0x101);
    REQUIRE(MakeDisk(0, 0, 0x100));
    CHECK_STATUS(
        ControlByName(L"\\Device\\RamBus", RAM_NAMES, &Names, sizeof(Names), &Names, sizeof(Names)),
        STATUS_SUCCESS);
    CHECK(wcscmp(Names.DosName, L"D:") == 0);
    CHECK(wcscmp(Names.GuidPath, NAME_OF(L"00000101")) == 0);
    CHECK(memcmp(&Names.Guid, &Expected, sizeof(Expected)) == 0);
    wcscpy(Names.Device, L"\\Device\\Harddisk0\\DR0"); // is no volume
    CHECK_STATUS(
        ControlByName(L"\\Device\\RamBus", RAM_NAMES, &Names, sizeof(Names), &Names, sizeof(Names)),
        STATUS_INVALID_DEVICE_REQUEST);
    PullDisk(0);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_SCRUB_REGISTRY, nullptr, 0, nullptr, 0), STATUS_SUCCESS);
}

VOID TestAutoMount(void)
{
    struct {
        MOUNTMGR_DRIVE_LETTER_TARGET Target;
        WCHAR More[40];
    } Target = {{46, {0}}, {}};
    MOUNTMGR_DRIVE_LETTER_INFORMATION Letter;
    MOUNTMGR_SET_AUTO_MOUNT Set = {Disabled};
    MOUNTMGR_QUERY_AUTO_MOUNT Query;
    memcpy(Target.Target.DeviceName, L"\\Device\\HarddiskVolume1", 46);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_SET_AUTO_MOUNT, &Set, sizeof(Set), nullptr, 0), STATUS_SUCCESS);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_QUERY_AUTO_MOUNT, nullptr, 0, &Query, sizeof(Query)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Query.CurrentState, Disabled);
    REQUIRE(MakeDisk(0, 0, 0x100));
    CHECK(!Exists(L"\\\?\?\\D:"));
    CHECK(Exists(NAME_OF(L"00000101")));
    CHECK_STATUS(
        Ask(IOCTL_MOUNTMGR_NEXT_DRIVE_LETTER, &Target, sizeof(Target), &Letter, sizeof(Letter)),
        STATUS_SUCCESS);
    CHECK(Letter.DriveLetterWasAssigned && Letter.CurrentDriveLetter == 'D');
    CHECK_STATUS(
        Ask(IOCTL_MOUNTMGR_NEXT_DRIVE_LETTER, &Target, sizeof(Target), &Letter, sizeof(Letter)),
        STATUS_SUCCESS);
    CHECK(!Letter.DriveLetterWasAssigned && Letter.CurrentDriveLetter == 'D');
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_AUTO_DL_ASSIGNMENTS, nullptr, 0, nullptr, 0), STATUS_SUCCESS);
    CHECK(LeadsTo(L"\\\?\?\\E:", L"\\Device\\HarddiskVolume3"));
    Set.NewState = Enabled;
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_SET_AUTO_MOUNT, &Set, sizeof(Set), nullptr, 0), STATUS_SUCCESS);
    PullDisk(0);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_SCRUB_REGISTRY, nullptr, 0, nullptr, 0), STATUS_SUCCESS);
}

static NTSTATUS Notify(HANDLE File, MOUNTMGR_CHANGE_NOTIFY_INFO *Info, PIO_STATUS_BLOCK Io)
{
    return NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, Io, IOCTL_MOUNTMGR_CHANGE_NOTIFY,
                                 Info, sizeof(*Info), Info, sizeof(*Info));
}

VOID TestChangeNotify(void)
{
    UNICODE_STRING Name;
    HANDLE File;
    IO_STATUS_BLOCK Io = {}, Cancelled;
    MOUNTMGR_CHANGE_NOTIFY_INFO Info = {0};
    LARGE_INTEGER Soon = TestMilliseconds(5000);
    RtlInitUnicodeString(&Name, L"\\\?\?\\MountPointManager");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    REQUIRE_STATUS(NtOpenFile(&File, GENERIC_READ | SYNCHRONIZE, &Attributes, &Io,
                              FILE_SHARE_READ | FILE_SHARE_WRITE, 0),
                   STATUS_SUCCESS);
    NTSTATUS Status = Notify(File, &Info, &Io); // there have been changes since 0
    if (Status == STATUS_PENDING)
        NtWaitForSingleObject(File, FALSE, &Soon);
    ULONG Epic = Info.EpicNumber;
    CHECK(Epic != 0);
    CHECK_STATUS(Notify(File, &Info, &Io), STATUS_PENDING);
    REQUIRE(MakeDisk(0, 0, 0x100));
    CHECK_STATUS(NtWaitForSingleObject(File, FALSE, &Soon), STATUS_SUCCESS);
    CHECK_STATUS(Io.Status, STATUS_SUCCESS);
    CHECK(Info.EpicNumber > Epic);
    PullDisk(0);
    do { // up to date
        Status = Notify(File, &Info, &Io);
        LARGE_INTEGER Short = TestMilliseconds(100);
        if (Status == STATUS_PENDING)
            Status = NtWaitForSingleObject(File, FALSE, &Short);
    } while (Status == STATUS_SUCCESS);
    CHECK_STATUS(NtCancelIoFile(File, &Cancelled), STATUS_SUCCESS);
    CHECK_STATUS(Io.Status, STATUS_CANCELLED);
    NtClose(File);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_SCRUB_REGISTRY, nullptr, 0, nullptr, 0), STATUS_SUCCESS);
}

VOID TestMountErrors(void)
{
    MOUNTMGR_MOUNT_POINT Point = {.SymbolicLinkNameOffset = 0xFFFFFFF0,
                                  .SymbolicLinkNameLength = 100};
    USHORT Short = 1000;
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_QUERY_POINTS, &Point, sizeof(Point), &Found, sizeof(Found)),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_QUERY_POINTS, &Point, sizeof(Point) - 1, &Found, sizeof(Found)),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_KEEP_LINKS_WHEN_OFFLINE, &Short, sizeof(Short), nullptr, 0),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(CreatePoint(L"\\DosDevices\\Z:", L"\\Device\\Null"), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(Ask(0x6D0FFC, nullptr, 0, nullptr, 0), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(Ask(IOCTL_MOUNTMGR_CHECK_UNPROCESSED_VOLUMES, nullptr, 0, nullptr, 0),
                 STATUS_SUCCESS);
}
