// A read of 512 bytes from a disk in memory, from its partition and from its volume by letter: what lies above the disk
// is in its host, and costs some calls.

#include "../native/bench.h"
#include "suite.h"

enum { Turns = 200 };

static VOID BenchRead(PCSTR Name, PCWSTR Device)
{
    alignas(16) static UCHAR Sector[SectorBytes];
    BENCH Bench = {};
    HANDLE File;
    REQUIRE_STATUS(OpenDevice(Device, &File), STATUS_SUCCESS);
    for (int Round = 0; Round < BenchRounds; Round++) {
        BenchStart(&Bench);
        for (int i = 0; i < Turns; i++)
            REQUIRE_STATUS(ReadAt(File, 0, Sector, sizeof(Sector)), STATUS_SUCCESS);
        BenchStop(&Bench);
    }
    NtClose(File);
    BenchReport(&Bench, Name, Turns);
}

static VOID BenchReads(void)
{
    BenchRead("read-disk-512", L"\\Device\\Harddisk0\\DR0");
    BenchRead("read-volume-512", L"\\Device\\HarddiskVolume1");
    BenchRead("read-letter-512", L"\\\?\?\\D:");
}

static VOID BenchMakeDisk(void)
{
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    REQUIRE(Disk);
    BeginLayout(PARTITION_STYLE_GPT, 1);
    AddGpt(2, 64, 1000);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    NtClose(Disk);
}

// The list of disks is read, the identity of the new volume is asked, names are given.
static VOID BenchArrival(void)
{
    BENCH Bench = {};
    LARGE_INTEGER Interval = TestMilliseconds(1);
    for (int Round = 0; Round < 4; Round++) {
        PullDisk(0);
        BenchStart(&Bench);
        CHECK_STATUS(RamControl(RAM_ADD, 0, 0, 0), STATUS_SUCCESS);
        for (int i = 0; i < 1000 && !Exists(L"\\\?\?\\D:"); i++)
            NtDelayExecution(FALSE, &Interval);
        BenchStop(&Bench);
    }
    TestMeasured("disk-to-letter", Bench.Least, "instructions");
}

static const TEST Tests[] = {
    {"the bus of the disks", TestSetUp},
    {"a disk with a volume", BenchMakeDisk},
    {"reads", BenchReads},
    {"from the disk's arrival to the letter", BenchArrival},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
