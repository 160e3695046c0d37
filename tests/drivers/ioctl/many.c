// Many requests at once: pending, cancelled, abandoned, and waiting in their dispatch routines.

#include "suite.h"

enum { Few = 32, Many = 600, PieceSize = 1024 };

typedef struct _PENDING {
    HANDLE Event;
    IO_STATUS_BLOCK IoStatus;
} PENDING, *PPENDING;

static PENDING Pending[Many];

static PUCHAR Piece(ULONG Buffer, ULONG Index)
{
    return IoctlBuffer(Buffer, Index * PieceSize);
}

static NTSTATUS Start(ULONG Index, ULONG Method, ULONG Length)
{
    PPENDING One = &Pending[Index];
    if (!One->Event)
        NtCreateEvent(&One->Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    One->IoStatus = (IO_STATUS_BLOCK){.Status = STATUS_PENDING};
    IoctlFillBytes(Piece(0, Index), Length, Index);
    memset(Piece(1, Index), 0, Length);
    return NtDeviceIoControlFile(IoctlAsync, One->Event, nullptr, nullptr, &One->IoStatus,
                                 IOCTL_TEST_PEND(Method), Piece(0, Index), Length, Piece(1, Index),
                                 Length);
}

static VOID StartAll(ULONG Count, ULONG Method, ULONG Length)
{
    for (ULONG i = 0; i < Count; i++) {
        NTSTATUS Status = Start(i, Method, Length);
        if (Status != STATUS_PENDING)
            TestFail(__FILE__, __LINE__, "request %lu, method %lu: %08lx", i, Method, Status);
    }
}

static NTSTATUS Wait(ULONG Index)
{
    LARGE_INTEGER Timeout = TestMilliseconds(10'000);
    NTSTATUS Status = NtWaitForSingleObject(Pending[Index].Event, FALSE, &Timeout);
    return Status ? Status : Pending[Index].IoStatus.Status;
}

static BOOLEAN IsRight(ULONG Index, ULONG Method, ULONG Length)
{
    ULONG_PTR Sum = 0;
    PUCHAR Input = Piece(0, Index), Output = Piece(1, Index);
    if (Method == METHOD_IN_DIRECT) { // the second buffer holds zeros
        Sum = (ULONG_PTR)Length * Input[0];
        return Pending[Index].IoStatus.Information == Sum;
    }
    for (ULONG i = 0; i < Length; i++) {
        if (Output[i] != (Input[i] ^ IOCTL_TEST_KEY))
            return FALSE;
    }
    return Pending[Index].IoStatus.Information == Length;
}

static VOID Release(ULONG Expected)
{
    ULONG_PTR Information;
    CHECK_STATUS(IoctlCall(IOCTL_TEST_RELEASE, nullptr, 0, nullptr, 0, &Information),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Information, Expected);
}

static VOID PendAndRelease(ULONG Count, ULONG Method, ULONG Length)
{
    StartAll(Count, Method, Length);
    LARGE_INTEGER Settle = TestMilliseconds(20);
    NtDelayExecution(FALSE, &Settle); // those that the host has not seen are not in the queue yet
    Release(Count);
    for (ULONG i = 0; i < Count; i++) {
        NTSTATUS Status = Wait(i);
        if (Status != STATUS_SUCCESS || !IsRight(i, Method, Length))
            TestFail(__FILE__, __LINE__, "request %lu, method %lu: %08lx, %llu bytes", i, Method,
                     Status, (ULONGLONG)Pending[i].IoStatus.Information);
    }
}

VOID TestManyPending(void)
{
    for (ULONG Method = METHOD_BUFFERED; Method <= METHOD_NEITHER; Method++)
        PendAndRelease(Few, Method, 900);
}

VOID TestMoreThanTheRing(void)
{
    PendAndRelease(Many, METHOD_BUFFERED, 1000);
    PendAndRelease(Many, METHOD_OUT_DIRECT, 1000);
}

VOID TestCancel(void)
{
    for (ULONG Method = METHOD_BUFFERED; Method <= METHOD_NEITHER; Method++) {
        IO_STATUS_BLOCK IoStatus;
        StartAll(Few, Method, 500);
        CHECK_STATUS(NtCancelIoFileEx(IoctlAsync, &Pending[3].IoStatus, &IoStatus), STATUS_SUCCESS);
        CHECK_STATUS(Wait(3), STATUS_CANCELLED);
        CHECK_EQUAL(Pending[4].IoStatus.Status, STATUS_PENDING);
        CHECK_STATUS(NtCancelIoFile(IoctlAsync, &IoStatus), STATUS_SUCCESS);
        for (ULONG i = 0; i < Few; i++)
            CHECK_STATUS(Wait(i), STATUS_CANCELLED);
        Release(0);
    }
}

// ---- A process that ends

NTSTATUS IoctlPendingChild(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    NTSTATUS Status = ServiceOpen(IOCTL_TEST_DEVICE, GENERIC_READ, 0, &IoctlAsync);
    for (ULONG i = 0; i < Few && NT_SUCCESS(Status); i++)
        Status = Start(i, i % 4, 900);
    return Status == STATUS_PENDING ? STATUS_SUCCESS : Status;
}

VOID TestCallerEnds(void)
{
    RTL_USER_PROCESS_INFORMATION Child;
    REQUIRE_STATUS(TestStartChild(L"pending", nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
    LARGE_INTEGER Settle = TestMilliseconds(50);
    NtDelayExecution(FALSE, &Settle);
    Release(0);
}

// ---- Dispatch routines that wait for one another

static NTSTATUS NTAPI MeetThread(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    HANDLE File;
    ULONG Count = Few;
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status =
        ServiceOpen(IOCTL_TEST_DEVICE, GENERIC_READ, FILE_SYNCHRONOUS_IO_NONALERT, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &IoStatus, IOCTL_TEST_MEET,
                                   &Count, sizeof(Count), nullptr, 0);
    NtClose(File);
    return Status;
}

VOID TestMeeting(void)
{
    HANDLE Threads[Few];
    for (ULONG i = 0; i < Few; i++) {
        Threads[i] = TestStartThread(MeetThread, nullptr);
        REQUIRE(Threads[i]);
    }
    for (ULONG i = 0; i < Few; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
}
