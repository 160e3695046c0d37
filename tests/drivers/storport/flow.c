// The miniport stops the flow of requests, and lets it go on.
#include "suite.h"

static UCHAR Buffers[2][BlockBytes];

static NTSTATUS NTAPI ReadUnit(PVOID Argument)
{
    ULONG Lun = (ULONG)(ULONG_PTR)Argument;
    return RunTransfer((UCHAR)Lun, FALSE, 30, 1, Buffers[Lun]);
}

static HANDLE StartRead(ULONG Lun)
{
    return TestStartThread(ReadUnit, (PVOID)(ULONG_PTR)Lun);
}

static NTSTATUS Within(HANDLE Thread, ULONG Milliseconds)
{
    LARGE_INTEGER Timeout = TestMilliseconds(Milliseconds);
    return NtWaitForSingleObject(Thread, FALSE, &Timeout);
}

static ULONG Flow(VDISK_ACTION Action, ULONG Lun, ULONG Value)
{
    VDISK_REQUEST Request = {.Action = Action, .Lun = Lun, .Value = Value};
    CHECK_STATUS(Vdisk(&Request), STATUS_SUCCESS);
    return Request.Result;
}

VOID TestPauseUnit(void)
{
    CHECK(Flow(VdiskPause, 0, 30));
    HANDLE Paused = StartRead(0), Other = StartRead(1);
    CHECK_STATUS(TestJoin(Other), STATUS_SUCCESS);
    CHECK_STATUS(Within(Paused, 300), STATUS_TIMEOUT);
    CHECK(Flow(VdiskPause, 0, 0));
    CHECK_STATUS(TestJoin(Paused), STATUS_SUCCESS);
    CHECK(!Flow(VdiskPause, 0, 0)); // it is not paused
    CHECK(!Flow(VdiskPause, 6, 5)); // nothing is there
}

// A pause ends by itself.
VOID TestPauseEnds(void)
{
    CHECK(Flow(VdiskPause, 0, 1));
    HANDLE Paused = StartRead(0);
    CHECK_STATUS(Within(Paused, 300), STATUS_TIMEOUT);
    CHECK_STATUS(TestJoin(Paused), STATUS_SUCCESS);
}

// The adapter's pause holds its controls too: only time ends it here.
VOID TestPause(void)
{
    CHECK(Flow(VdiskPause, 255, 1));
    HANDLE Paused = StartRead(0), Other = StartRead(1);
    CHECK_STATUS(Within(Paused, 300), STATUS_TIMEOUT);
    CHECK_STATUS(TestJoin(Paused), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Other), STATUS_SUCCESS);
}

// Busy for three completions, of requests that are there: delayed ones.
VOID TestBusy(void)
{
    HANDLE Threads[3];
    SetFault(1, VdiskHang, 3, VdiskAbort);
    for (ULONG i = 0; i < 3; i++)
        Threads[i] = StartRead(1);
    LARGE_INTEGER Interval = TestMilliseconds(100);
    NtDelayExecution(FALSE, &Interval);
    CHECK(Flow(VdiskSetBusy, 1, 3));
    HANDLE Waits = StartRead(1);
    CHECK_STATUS(Within(Waits, 300), STATUS_TIMEOUT);
    CHECK(Flow(VdiskSetBusy, 1, 0)); // and ready
    CHECK_STATUS(TestJoin(Waits), STATUS_SUCCESS);
    for (ULONG i = 0; i < 3; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_IO_TIMEOUT);
}

// Not more than the depth says.
VOID TestSetDepth(void)
{
    enum { Depth = 2, Readers = 8 };
    HANDLE Threads[Readers];
    CHECK(Flow(VdiskSetDepth, 1, Depth));
    CHECK(!Flow(VdiskSetDepth, 1, 0));
    CHECK(!Flow(VdiskSetDepth, 1, VdiskQueueDepth + 1));
    QueryVdisk();
    SetFault(1, VdiskDelay, Readers, 0);
    for (ULONG i = 0; i < Readers; i++)
        Threads[i] = StartRead(1);
    for (ULONG i = 0; i < Readers; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
    // With the question itself, and what the test before has left with the miniport
    CHECK(QueryVdisk().Deepest <= Depth + 2);
    CHECK(Flow(VdiskSetDepth, 1, VdiskQueueDepth));
}

VOID TestReset(void)
{
    STORAGE_BUS_RESET_REQUEST Request = {.PathId = 0};
    SetFault(0, VdiskHang, 1, VdiskResetBus);
    HANDLE Hangs = StartRead(0);
    CHECK_STATUS(Within(Hangs, 200), STATUS_TIMEOUT);
    CHECK_STATUS(
        ControlPort(Port, IOCTL_STORAGE_RESET_BUS, &Request, sizeof(Request), nullptr, 0, nullptr),
        STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Hangs), STATUS_IO_DEVICE_ERROR);
    Request.PathId = 1;
    CHECK_STATUS(
        ControlPort(Port, IOCTL_STORAGE_RESET_BUS, &Request, sizeof(Request), nullptr, 0, nullptr),
        STATUS_INVALID_PARAMETER);
}
