// Changes of a disk that is in use, and disks that go while they are.
#include "suite.h"

static PCWSTR const First = L"\\Device\\Harddisk0\\Partition1",
                    Second = L"\\Device\\Harddisk0\\Partition2";

static HANDLE MakeTwo(VOID)
{
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    if (!Disk)
        return nullptr;
    BeginLayout(PARTITION_STYLE_GPT, 1);
    AddGpt(2, 64, 1000);
    AddGpt(3, 2000, 1000);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    return Disk;
}

// One goes and comes; the other is open all the time, and works.
VOID TestOnlineChange(void)
{
    UCHAR Sector[SectorBytes] = {};
    HANDLE Disk = MakeTwo(), File, Other;
    REQUIRE(Disk);
    REQUIRE_STATUS(OpenDevice(First, &File), STATUS_SUCCESS);
    REQUIRE_STATUS(OpenDevice(Second, &Other), STATUS_SUCCESS);
    BeginLayout(PARTITION_STYLE_GPT, 1);
    AddGpt(2, 64, 1000);
    AddGpt(4, 3000, 500);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    CHECK_STATUS(WriteAt(File, 0, Sector, sizeof(Sector)), STATUS_SUCCESS);
    CHECK_STATUS(ReadAt(Other, 0, Sector, sizeof(Sector)), STATUS_NO_SUCH_DEVICE);
    NtClose(Other);
    Settle();
    PDRIVE_LAYOUT_INFORMATION_EX Layout = GetLayout(Disk);
    REQUIRE(Layout);
    CHECK_EQUAL(Layout->PartitionEntry[1].PartitionNumber, 2);
    REQUIRE_STATUS(OpenDevice(Second, &Other), STATUS_SUCCESS);
    CHECK_STATUS(WriteAt(Other, 499 * SectorBytes, Sector, sizeof(Sector)), STATUS_SUCCESS);
    CHECK_STATUS(WriteAt(Other, 500 * SectorBytes, Sector, sizeof(Sector)),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ReadAt(File, 0, Sector, sizeof(Sector)), STATUS_SUCCESS);
    NtClose(Other);
    NtClose(File);
    NtClose(Disk);
    PullDisk(0);
}

VOID TestGrow(void)
{
    UCHAR Sector[SectorBytes] = {};
    GET_LENGTH_INFORMATION Length;
    DISK_GROW_PARTITION Grow = {.PartitionNumber = 1, .BytesToGrow.QuadPart = 500 * SectorBytes};
    HANDLE Disk = MakeTwo(), File;
    REQUIRE(Disk);
    REQUIRE_STATUS(OpenDevice(First, &File), STATUS_SUCCESS);
    CHECK_STATUS(ReadAt(File, 1200 * SectorBytes, Sector, sizeof(Sector)),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Control(Disk, IOCTL_DISK_GROW_PARTITION, &Grow, sizeof(Grow), nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(ReadAt(File, 1200 * SectorBytes, Sector, sizeof(Sector)), STATUS_SUCCESS);
    CHECK_STATUS(
        Control(File, IOCTL_DISK_GET_LENGTH_INFO, nullptr, 0, &Length, sizeof(Length), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Length.Length.QuadPart, 1500 * SectorBytes);
    CHECK_STATUS(Control(Disk, IOCTL_DISK_GROW_PARTITION, &Grow, sizeof(Grow), nullptr, 0, nullptr),
                 STATUS_INVALID_PARAMETER); // into the second
    Grow.PartitionNumber = 3;
    CHECK_STATUS(Control(Disk, IOCTL_DISK_GROW_PARTITION, &Grow, sizeof(Grow), nullptr, 0, nullptr),
                 STATUS_INVALID_PARAMETER);
    NtClose(File);
    NtClose(Disk);
    PullDisk(0);
}

// The disk is pulled out under transfers that wait in it.
VOID TestPullUnderTransfers(void)
{
    enum { Count = 8 };
    static UCHAR Buffers[Count][SectorBytes];
    HANDLE Disk = MakeTwo(), File, Events[Count];
    IO_STATUS_BLOCK Io[Count];
    UNICODE_STRING Name;
    LARGE_INTEGER Soon = TestMilliseconds(5000);
    REQUIRE(Disk);
    RtlInitUnicodeString(&Name, Second);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    REQUIRE_STATUS(NtOpenFile(&File, GENERIC_READ | SYNCHRONIZE, &Attributes, &Io[0],
                              FILE_SHARE_READ | FILE_SHARE_WRITE, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(RamControl(RAM_HOLD, 0, 0, 1), STATUS_SUCCESS);
    for (ULONG i = 0; i < Count; i++) {
        LARGE_INTEGER Offset = {.QuadPart = i * SectorBytes};
        CHECK_STATUS(NtCreateEvent(&Events[i], EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                     STATUS_SUCCESS);
        CHECK_STATUS(NtReadFile(File, Events[i], nullptr, nullptr, &Io[i], Buffers[i], SectorBytes,
                                &Offset, nullptr),
                     STATUS_PENDING);
    }
    LARGE_INTEGER Interval = TestMilliseconds(20);
    for (ULONG i = 0; i < 100 && Counts(0).Held < Count; i++)
        NtDelayExecution(FALSE, &Interval);
    CHECK_EQUAL(Counts(0).Held, Count);
    PullDisk(0);
    for (ULONG i = 0; i < Count; i++) {
        CHECK_STATUS(NtWaitForSingleObject(Events[i], FALSE, &Soon), STATUS_SUCCESS);
        CHECK_STATUS(Io[i].Status, STATUS_NO_SUCH_DEVICE);
        NtClose(Events[i]);
    }
    NtClose(File);
    CHECK(!Exists(Second));
    NtClose(Disk);
    Settle();
    AddDisk(0); // and everything is as it was
    CHECK(Exists(Second));
    PullDisk(0);
}
