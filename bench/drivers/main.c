// What a request to a driver costs a program, there and back; what a driver host costs.

#include <service.h>

#include "../native/bench.h"
#include "driver.h"
#include "hosts.h"

#define BENCH_SERVICE L"bench"

enum { Turns = 200, Together = 32, Loads = 4, Small = 64 };

static HANDLE File, Async, Port;

// ---- Driver hosts

static ULONG AvailableKiB(void)
{
    SYSTEM_PERFORMANCE_INFORMATION Performance;
    LARGE_INTEGER Settle = TestMilliseconds(100); // for what has ended just now
    NtDelayExecution(FALSE, &Settle);
    if (!CHECK_STATUS(NtQuerySystemInformation(SystemPerformanceInformation, &Performance,
                                               sizeof(Performance), nullptr),
                      STATUS_SUCCESS))
        return 0;
    return Performance.AvailablePages * (PAGE_SIZE / 1024);
}

// From NtLoadDriver to its return: a process, its images, DriverEntry. The memory is that of the first, so that
// nothing of one before it counts; other hosts are there that share the images.
static VOID BenchHosts(void)
{
    BENCH Bench = {};
    ULONG Before = AvailableKiB();
    for (int i = 0; i < Loads; i++) {
        BenchStart(&Bench);
        REQUIRE_STATUS(ServiceLoad(BENCH_SERVICE, L"bench.sys"), STATUS_SUCCESS);
        BenchStop(&Bench);
        if (i == 0)
            TestMeasured("driver-host-memory", Before - AvailableKiB(), "KiB");
        if (i < Loads - 1)
            REQUIRE_STATUS(ServiceUnload(BENCH_SERVICE), STATUS_SUCCESS);
    }
    BenchReport(&Bench, "driver-load", 1);
}

static VOID BenchOpen(void)
{
    REQUIRE_STATUS(ServiceOpen(BENCH_DEVICE, GENERIC_READ, FILE_SYNCHRONOUS_IO_NONALERT, &File),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(ServiceOpen(BENCH_DEVICE, GENERIC_READ, 0, &Async), STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateIoCompletion(&Port, IO_COMPLETION_ALL_ACCESS, nullptr, 0),
                   STATUS_SUCCESS);
    FILE_COMPLETION_INFORMATION Completion = {Port, nullptr};
    IO_STATUS_BLOCK IoStatus;
    CHECK_STATUS(NtSetInformationFile(Async, &IoStatus, &Completion, sizeof(Completion),
                                      FileCompletionInformation),
                 STATUS_SUCCESS);
}

// ---- Requests, one at a time

static VOID OneAtATime(PCSTR Name, ULONG Method, ULONG InputLength, ULONG OutputLength)
{
    alignas(16) static UCHAR Input[PAGE_SIZE], Output[PAGE_SIZE];
    BENCH Bench = {};
    IO_STATUS_BLOCK IoStatus = {};
    for (int Round = 0; Round < BenchRounds; Round++) {
        BenchStart(&Bench);
        for (int i = 0; i < Turns; i++)
            REQUIRE_STATUS(NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &IoStatus,
                                                 BENCH_CODE(Method), Input, InputLength, Output,
                                                 OutputLength),
                           STATUS_SUCCESS);
        BenchStop(&Bench);
        CHECK_EQUAL(IoStatus.Information, OutputLength);
    }
    BenchReport(&Bench, Name, Turns);
}

static VOID BenchEmpty(void)
{
    OneAtATime("request-without-data", METHOD_BUFFERED, 0, 0);
}

static VOID BenchBuffered(void)
{
    OneAtATime("request-buffered", METHOD_BUFFERED, Small, Small);
    OneAtATime("request-buffered-4096", METHOD_BUFFERED, PAGE_SIZE, PAGE_SIZE);
}

static VOID BenchDirect(void)
{
    OneAtATime("request-direct-4096", METHOD_OUT_DIRECT, 0, PAGE_SIZE);
}

// ---- Many at once, collected from a completion port

static NTSTATUS Collect(ULONG Count)
{
    static FILE_IO_COMPLETION_INFORMATION Entries[Together];
    while (Count) {
        ULONG Removed;
        NTSTATUS Status = NtRemoveIoCompletionEx(Port, Entries, Count, &Removed, nullptr, FALSE);
        if (Status != STATUS_SUCCESS)
            return Status;
        Count -= Removed;
    }
    return STATUS_SUCCESS;
}

static VOID ManyAtOnce(PCSTR Name, ULONG Method, ULONG Length)
{
    static UCHAR Data[Together * PAGE_SIZE];
    static IO_STATUS_BLOCK IoStatus[Together];
    BENCH Bench = {};
    for (int Round = 0; Round < BenchRounds; Round++) {
        BenchStart(&Bench);
        for (ULONG i = 0; i < Together; i++) {
            PUCHAR Own = Data + (SIZE_T)i * PAGE_SIZE;
            NTSTATUS Status =
                NtDeviceIoControlFile(Async, nullptr, nullptr, &IoStatus[i], &IoStatus[i],
                                      BENCH_CODE(Method), nullptr, 0, Own, Length);
            REQUIRE(Status == STATUS_PENDING || Status == STATUS_SUCCESS);
        }
        REQUIRE_STATUS(Collect(Together), STATUS_SUCCESS);
        BenchStop(&Bench);
    }
    BenchReport(&Bench, Name, Together);
}

static VOID BenchMany(void)
{
    ManyAtOnce("request-buffered-32", METHOD_BUFFERED, Small);
    ManyAtOnce("request-direct-4096-32", METHOD_OUT_DIRECT, PAGE_SIZE);
}

static const TEST Tests[] = {
    {"driver hosts", BenchHosts},          {"opening the device", BenchOpen},
    {"requests without data", BenchEmpty}, {"requests with copied data", BenchBuffered},
    {"requests with pages", BenchDirect},  {"many requests at once", BenchMany},
    {"interrupts", BenchInterrupt},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
