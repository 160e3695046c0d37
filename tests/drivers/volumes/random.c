// Random requests to all levels, and the end of the host that they are in.
#include "suite.h"

static ULONG Seed = 12345;

static ULONG Random(ULONG Limit)
{
    Seed = Seed * 1664525 + 1013904223;
    return (Seed >> 8) % Limit;
}

static const ULONG Codes[] = {
    IOCTL_DISK_GET_DRIVE_LAYOUT_EX,
    IOCTL_DISK_GET_DRIVE_LAYOUT,
    IOCTL_DISK_SET_DRIVE_LAYOUT_EX,
    IOCTL_DISK_SET_DRIVE_LAYOUT,
    IOCTL_DISK_CREATE_DISK,
    IOCTL_DISK_DELETE_DRIVE_LAYOUT,
    IOCTL_DISK_UPDATE_PROPERTIES,
    IOCTL_DISK_GROW_PARTITION,
    IOCTL_DISK_GET_DISK_ATTRIBUTES,
    IOCTL_DISK_GET_PARTITION_INFO_EX,
    IOCTL_DISK_SET_PARTITION_INFO_EX,
    IOCTL_DISK_SET_PARTITION_INFO,
    IOCTL_DISK_VERIFY,
    IOCTL_STORAGE_MANAGE_DATA_SET_ATTRIBUTES,
    IOCTL_STORAGE_GET_DEVICE_NUMBER,
    IOCTL_MOUNTDEV_QUERY_DEVICE_NAME,
    IOCTL_MOUNTDEV_QUERY_UNIQUE_ID,
    IOCTL_MOUNTDEV_LINK_CREATED,
    IOCTL_VOLUME_LOGICAL_TO_PHYSICAL,
    IOCTL_VOLUME_PHYSICAL_TO_LOGICAL,
    IOCTL_VOLUME_READ_PLEX,
    IOCTL_VOLUME_OFFLINE,
    IOCTL_VOLUME_ONLINE,
    IOCTL_VOLUME_SET_GPT_ATTRIBUTES,
    IOCTL_VOLUME_QUERY_FAILOVER_SET,
    IOCTL_MOUNTMGR_CREATE_POINT,
    IOCTL_MOUNTMGR_DELETE_POINTS,
    IOCTL_MOUNTMGR_DELETE_POINTS_DBONLY,
    IOCTL_MOUNTMGR_QUERY_POINTS,
    IOCTL_MOUNTMGR_NEXT_DRIVE_LETTER,
    IOCTL_MOUNTMGR_QUERY_DOS_VOLUME_PATH,
    IOCTL_MOUNTMGR_KEEP_LINKS_WHEN_OFFLINE,
    IOCTL_MOUNTMGR_VOLUME_ARRIVAL_NOTIFICATION,
};

// Small numbers where counts, offsets and styles are, so that some requests get far.
static ULONG FillRandom(PULONG Words, ULONG Most)
{
    ULONG Length = Random(3) ? Random(Most) : Random(64);
    for (ULONG i = 0; i < Most / sizeof(ULONG); i++) {
        ULONG Kind = Random(8);
        Words[i] = Kind < 4   ? 0
                   : Kind < 6 ? Random(5)
                   : Kind < 7 ? Random(64) * 512
                              : Random(MAXLONG);
    }
    return Length;
}

VOID TestRandom(void)
{
    enum { Most = 2048, Requests = 6000 };
    static ULONG Input[Most / sizeof(ULONG)], Answer[Most / sizeof(ULONG)];
    static const PCWSTR Names[] = {L"\\Device\\Harddisk0\\DR0", L"\\Device\\Harddisk0\\Partition1",
                                   L"\\Device\\HarddiskVolume1", L"\\Device\\MountPointManager"};
    ULONG Succeeded = 0;
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    for (ULONG i = 0; i < Requests; i++) {
        HANDLE File;
        if (i % 500 == 0) { // so that there is something to ask
            HANDLE Disk = OpenDisk(0);
            REQUIRE(Disk);
            BeginLayout(PARTITION_STYLE_GPT, 0x400);
            AddGpt(0x401, 64, 1000);
            CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
            NtClose(Disk);
        }
        ULONG Length = FillRandom(Input, Most), Room = Random(2) ? Random(Most) : Random(100);
        if (!NT_SUCCESS(OpenDevice(Names[Random(RTL_NUMBER_OF(Names))], &File)))
            continue;
        NTSTATUS Status = Control(File, Codes[Random(RTL_NUMBER_OF(Codes))], Input, Length, Answer,
                                  Room, nullptr);
        Succeeded += NT_SUCCESS(Status);
        NtClose(File);
    }
    TestComment("%lu of %lu random requests succeeded", Succeeded, (ULONG)Requests);
    CHECK(Succeeded > 100);
    CHECK(Exists(L"\\Device\\Harddisk0\\DR0"));
    CHECK(Exists(L"\\Device\\MountPointManager"));
    PullDisk(0);
}

// Disks, partitions and volumes are in the host that ends; their names go, and come back with another host.
VOID TestHostEnds(void)
{
    static const PCWSTR VolumeName = L"\\\?\?\\Volume{00000501-1234-5678-0102-030405060708}";
    LARGE_INTEGER Interval = TestMilliseconds(50);
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0), File;
    REQUIRE(Disk);
    BeginLayout(PARTITION_STYLE_GPT, 0x500);
    AddGpt(0x501, 64, 1000);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    NtClose(Disk);
    CHECK(Exists(VolumeName));
    REQUIRE_STATUS(OpenDevice(VolumeName, &File), STATUS_SUCCESS);
    CHECK(!NT_SUCCESS(RamControl(RAM_FAULT, 0, 0, 0)));
    UCHAR Sector[SectorBytes];
    CHECK(!NT_SUCCESS(ReadAt(File, 0, Sector, sizeof(Sector))));
    NtClose(File);
    for (ULONG i = 0; i < 100 && Exists(VolumeName); i++)
        NtDelayExecution(FALSE, &Interval);
    CHECK(!Exists(VolumeName));
    for (ULONG i = 0; i < 200 && !Exists(L"\\Device\\RamBus"); i++)
        NtDelayExecution(FALSE, &Interval);
    REQUIRE(Exists(L"\\Device\\RamBus"));
    MakeMedium(0, DiskSectors, SectorBytes, FALSE); // what it had is gone with the host
    AddDisk(0);
    Disk = OpenDisk(0);
    REQUIRE(Disk);
    BeginLayout(PARTITION_STYLE_GPT, 0x500);
    AddGpt(0x501, 64, 1000);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    NtClose(Disk);
    CHECK(Exists(VolumeName));
    CHECK(Exists(L"\\Device\\Harddisk0\\Partition1"));
    PullDisk(0);
}
