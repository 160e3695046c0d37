// Reads and writes: right data, in the parts that the adapter takes.
#include "suite.h"

// Lengths and places around the limits of a transfer and of pages.
static VOID CheckPatterns(const TARGET_CONFIG *Config)
{
    static const ULONG Sectors[] = {1, 2, 7, 8, 9, 16, 127, 128, 129, 200, 256, 257, 511, 1000};
    static const ULONG Shifts[] = {0, 2, 512, 514, 4094};
    static const ULONGLONG Places[] = {0, 512, 4096, 65024, 65536, 0x1F0000};
    TARGET_COUNTS Counts;
    HANDLE File;
    ULONG Seed = 1;
    if (!AddDisk(Config, &File))
        return;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sectors); i++) {
        for (ULONG j = 0; j < RTL_NUMBER_OF(Shifts); j++) {
            PUCHAR Bytes = Buffer() + Shifts[j];
            ULONG Length = Sectors[i] * 512;
            ULONGLONG Place = Places[(i + j) % RTL_NUMBER_OF(Places)];
            FillPattern(Bytes, Length, Place, ++Seed);
            CHECK_STATUS(Transfer(File, TRUE, Place, Bytes, Length), STATUS_SUCCESS);
            memset(Bytes, 0xEE, Length);
            CHECK_STATUS(Transfer(File, FALSE, Place, Bytes, Length), STATUS_SUCCESS);
            if (!CheckPattern(Bytes, Length, Place, Seed))
                return;
        }
    }
    TakeCounts(&Counts);
    CHECK(Counts.Largest <= Config->MaximumTransfer);
    CHECK(Counts.MostPages <= Config->MaximumPages);
    RemoveDisk(File);
}

VOID TestPatterns(void)
{
    CheckPatterns(&UsualDisk);
}

VOID TestPatternsExtended(void)
{
    TARGET_CONFIG Config = UsualDisk;
    Config.Extended = TRUE;
    CheckPatterns(&Config);
}

static ULONG CountReads(HANDLE File, PUCHAR Bytes, ULONG Length)
{
    TARGET_COUNTS Counts;
    CHECK_STATUS(Transfer(File, FALSE, 0, Bytes, Length), STATUS_SUCCESS);
    TakeCounts(&Counts);
    return Counts.Commands[0x28];
}

VOID TestSplit(void)
{
    TARGET_CONFIG Config = UsualDisk;
    TARGET_COUNTS Counts;
    HANDLE File;
    Config.MaximumPages = 0;
    if (!AddDisk(&Config, &File))
        return;
    TakeCounts(&Counts);
    CHECK_EQUAL(CountReads(File, Buffer(), 0x10000), 1);
    CHECK_EQUAL(CountReads(File, Buffer(), 0x10200), 2);
    CHECK_EQUAL(CountReads(File, Buffer(), 0x100000), 16);
    CHECK_EQUAL(CountReads(File, Buffer() + 2, 0x100000), 16);
    RemoveDisk(File);
}

// A buffer that begins inside of a page touches one page more.
VOID TestPages(void)
{
    TARGET_CONFIG Config = UsualDisk;
    TARGET_COUNTS Counts;
    HANDLE File;
    Config.MaximumTransfer = 0x100000;
    Config.MaximumPages = 4;
    if (!AddDisk(&Config, &File))
        return;
    TakeCounts(&Counts);
    CHECK_EQUAL(CountReads(File, Buffer(), 0x4000), 1);
    CHECK_EQUAL(CountReads(File, Buffer(), 0x4200), 2);
    CHECK_EQUAL(CountReads(File, Buffer() + 512, 0x4000), 2);
    CHECK_EQUAL(CountReads(File, Buffer() + 512, 0x3E00), 1);
    CHECK_EQUAL(CountReads(File, Buffer() + 2, 0x3E00), 1);
    CHECK_EQUAL(CountReads(File, Buffer(), 0x40000), 16);
    RemoveDisk(File);
}

VOID TestAlignment(void)
{
    TARGET_CONFIG Config = UsualDisk;
    HANDLE File;
    Config.AlignmentMask = 3;
    if (!AddDisk(&Config, &File))
        return;
    CHECK_STATUS(Transfer(File, FALSE, 0, Buffer() + 4, 1024), STATUS_SUCCESS);
    CHECK_STATUS(Transfer(File, FALSE, 0, Buffer() + 2, 1024), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Transfer(File, TRUE, 0, Buffer() + 1, 1024), STATUS_INVALID_PARAMETER);
    RemoveDisk(File);
}

// ---- Several at a time

enum { Depth = 32, DepthBytes = 0x9000 };

static VOID RunAtOnce(HANDLE File, BOOLEAN Write)
{
    HANDLE Events[Depth];
    IO_STATUS_BLOCK Io[Depth] = {};
    for (ULONG i = 0; i < Depth; i++) {
        LARGE_INTEGER Place = {.QuadPart = (LONGLONG)i * DepthBytes};
        PUCHAR Bytes = Buffer() + i * DepthBytes;
        CHECK_STATUS(NtCreateEvent(&Events[i], EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                     STATUS_SUCCESS);
        NTSTATUS Status = Write ? NtWriteFile(File, Events[i], nullptr, nullptr, &Io[i], Bytes,
                                              DepthBytes, &Place, nullptr)
                                : NtReadFile(File, Events[i], nullptr, nullptr, &Io[i], Bytes,
                                             DepthBytes, &Place, nullptr);
        CHECK(NT_SUCCESS(Status));
    }
    for (ULONG i = 0; i < Depth; i++) {
        LARGE_INTEGER TimeOut = TestMilliseconds(20000);
        CHECK_STATUS(NtWaitForSingleObject(Events[i], FALSE, &TimeOut), STATUS_SUCCESS);
        CHECK_STATUS(Io[i].Status, STATUS_SUCCESS);
        CHECK_EQUAL(Io[i].Information, DepthBytes);
        NtClose(Events[i]);
    }
}

VOID TransferAtOnce(HANDLE Overlapped, ULONG Seed)
{
    FillPattern(Buffer(), Depth * DepthBytes, 0, Seed);
    RunAtOnce(Overlapped, TRUE);
    memset(Buffer(), 0xEE, Depth * DepthBytes);
    RunAtOnce(Overlapped, FALSE);
    CheckPattern(Buffer(), Depth * DepthBytes, 0, Seed);
}

static VOID CheckDepth(const TARGET_CONFIG *Config, ULONG Least)
{
    HANDLE File, Overlapped;
    TARGET_COUNTS Counts;
    if (!AddDisk(Config, &File))
        return;
    if (!OpenDisk(0, &Overlapped))
        return;
    TransferAtOnce(Overlapped, 77);
    TakeCounts(&Counts);
    CHECK(Counts.MostAtOnce >= Least);
    NtClose(Overlapped);
    RemoveDisk(File);
}

VOID TestDepth(void)
{
    TARGET_CONFIG Config = UsualDisk;
    Config.Delay = 20;
    CheckDepth(&Config, 16);
}

// One packet, which one part of a request needs: all others wait for the one that is kept.
VOID TestSerial(void)
{
    TARGET_CONFIG Config = UsualDisk;
    Config.MaximumTransfer = 0x2000;
    SetParameter(L"MaximumTransferPackets", 1);
    CheckDepth(&Config, 1);
    CheckPatterns(&Config);
    SetParameter(L"MaximumTransferPackets", 512);
}

// ---- Caches

static VOID CheckThrough(BOOLEAN Cache, BOOLEAN Fua, ULONG FuaCount, ULONG FlushCount)
{
    TARGET_CONFIG Config = UsualDisk;
    HANDLE File, Through;
    TARGET_COUNTS Counts;
    Config.WriteCache = Cache;
    Config.Fua = Fua;
    if (!AddDisk(&Config, &File))
        return;
    if (!OpenDisk(FILE_SYNCHRONOUS_IO_NONALERT | FILE_WRITE_THROUGH, &Through))
        return;
    TakeCounts(&Counts);
    CHECK_STATUS(Transfer(Through, TRUE, 0, Buffer(), 0x18000), STATUS_SUCCESS);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Commands[0x2A], 2);
    CHECK_EQUAL(Counts.ForceUnitAccess, FuaCount);
    CHECK_EQUAL(Counts.Commands[0x35], FlushCount);
    CHECK_STATUS(Transfer(File, TRUE, 0, Buffer(), 0x18000), STATUS_SUCCESS);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.ForceUnitAccess + Counts.Commands[0x35], 0);
    NtClose(Through);
    RemoveDisk(File);
}

// With FUA where the disk has it; else a flush follows; without a cache neither is needed.
VOID TestWriteThrough(void)
{
    CheckThrough(TRUE, TRUE, 2, 0);
    CheckThrough(TRUE, FALSE, 0, 1);
    CheckThrough(FALSE, TRUE, 0, 0);
}

VOID TestFlush(void)
{
    TARGET_FAULT Fault = {.Code = 0x35,
                          .SrbStatus = 0x04,
                          .ScsiStatus = 2,
                          .Times = 1000,
                          .SenseBytes = 18,
                          .Sense = {0x70, 0, 4, 0, 0, 0, 0, 10}};
    TARGET_COUNTS Counts;
    HANDLE File;
    if (!AddDisk(&UsualDisk, &File))
        return;
    TakeCounts(&Counts);
    CHECK_STATUS(Flush(File), STATUS_SUCCESS);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Commands[0x35], 1);
    Inject(&Fault);
    CHECK_STATUS(Flush(File), STATUS_IO_DEVICE_ERROR);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Commands[0x35], 5);
    RemoveDisk(File);
}
