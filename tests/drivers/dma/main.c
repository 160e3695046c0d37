// DMA: the tests that dmatest.sys runs in its host, and lists of a caller's pages.

#include <service.h>

#include "dmatest.h"

static HANDLE Device;

static NTSTATUS Control(ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                        ULONG OutputLength, PULONG_PTR Information)
{
    IO_STATUS_BLOCK Io = {};
    NTSTATUS Status = NtDeviceIoControlFile(Device, nullptr, nullptr, nullptr, &Io, Code, Input,
                                            InputLength, Output, OutputLength);
    *Information = Io.Information;
    return Status;
}

static VOID TestLoad(void)
{
    REQUIRE_STATUS(ServiceLoad(L"dmatest", L"dmatest.sys"), STATUS_SUCCESS);
    REQUIRE_STATUS(ServiceOpen(L"\\Device\\DmaTest", GENERIC_READ | GENERIC_WRITE,
                               FILE_SYNCHRONOUS_IO_NONALERT, &Device),
                   STATUS_SUCCESS);
}

static VOID RunInDriver(ULONG Number)
{
    ULONG Line = 0;
    ULONG_PTR Information;
    REQUIRE_STATUS(Control(DMATEST_RUN, &Number, sizeof(Number), &Line, sizeof(Line), &Information),
                   STATUS_SUCCESS);
    CHECK_EQUAL(Line, 0);
}

#define IN_DRIVER(Name)             \
    static VOID Run##Name(void)     \
    {                               \
        RunInDriver(DmaTest##Name); \
    }

IN_DRIVER(Versions)
IN_DRIVER(List)
IN_DRIVER(Merge)
IN_DRIVER(Chain)
IN_DRIVER(Build)
IN_DRIVER(Bounds)
IN_DRIVER(Bounce)
IN_DRIVER(BounceWait)
IN_DRIVER(OnePiece)
IN_DRIVER(TargetMdl)
IN_DRIVER(MapLoop)
IN_DRIVER(MapBounce)
IN_DRIVER(KeepChannel)
IN_DRIVER(TransferContext)
IN_DRIVER(MapEx)
IN_DRIVER(CommonBuffers)
IN_DRIVER(Vector)
IN_DRIVER(Physical)
IN_DRIVER(Limits)

// The caller's pages are where the driver's mapping of them is.
static VOID TestCallersPages(void)
{
    static const ULONG Lengths[] = {1, 4096, 100'000, 1 << 20};
    PUCHAR Memory = nullptr;
    SIZE_T Size = (1 << 20) + 4096;
    REQUIRE_STATUS(NtAllocateVirtualMemory(NtCurrentProcess(), (PVOID *)&Memory, 0, &Size,
                                           MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Lengths); i++) {
        ULONG_PTR Elements;
        ULONG Offset = i % 2 ? 0 : 132;
        CHECK_STATUS(Control(DMATEST_DIRECT, nullptr, 0, Memory + Offset, Lengths[i], &Elements),
                     STATUS_SUCCESS);
        CHECK(Elements >= 1 && Elements <= Lengths[i] / 4096 + 2);
    }
    Size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), (PVOID *)&Memory, &Size, MEM_RELEASE);
}

static VOID TestUnload(void)
{
    NtClose(Device);
    CHECK_STATUS(ServiceUnload(L"dmatest"), STATUS_SUCCESS);
}

static const TEST Tests[] = {
    {"loading the driver", TestLoad},
    {"adapters of all versions", RunVersions},
    {"scatter/gather lists", RunList},
    {"adjacent pages are one element", RunMerge},
    {"lists of chained MDLs", RunChain},
    {"lists in the driver's buffer", RunBuild},
    {"lengths and places that are not there", RunBounds},
    {"a device with 24 address bits", RunBounce},
    {"lists wait for map registers", RunBounceWait},
    {"a device without scatter/gather", RunOnePiece},
    {"MDLs of what the device sees", RunTargetMdl},
    {"MapTransfer in a loop", RunMapLoop},
    {"MapTransfer through map registers", RunMapBounce},
    {"the adapter's channel", RunKeepChannel},
    {"transfer contexts", RunTransferContext},
    {"MapTransferEx", RunMapEx},
    {"common buffers", RunCommonBuffers},
    {"vectors of common buffers", RunVector},
    {"physical addresses of all memory", RunPhysical},
    {"limits of physical addresses", RunLimits},
    {"lists of a caller's pages", TestCallersPages},
    {"unloading the driver", TestUnload},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
