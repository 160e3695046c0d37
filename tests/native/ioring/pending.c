// Requests that stay under way: reads of a pipe that nobody has written to.

#include "suite.h"

static RING Ring;
static HANDLE Server, Client;
static CHAR Buffer[4][8];

static BOOLEAN Begin(void)
{
    if (!MakePipe(&Server, &Client))
        return FALSE;
    if (MakeRing(4, &Ring))
        return TRUE;
    NtClose(Server);
    NtClose(Client);
    return FALSE;
}

static VOID End(void)
{
    CloseRing(&Ring);
    NtClose(Server);
    NtClose(Client);
}

// With UserData 1, 2 ...
static VOID StartReads(ULONG Count)
{
    for (ULONG i = 0; i < Count; i++)
        AddRead(&Ring, Server, Buffer[i], sizeof(Buffer[i]), 0, i + 1);
    CHECK_STATUS(Submit(&Ring, 0), STATUS_SUCCESS);
    CHECK_EQUAL(Available(&Ring), 0);
}

static NTSTATUS WriteSoon(PVOID Argument)
{
    LARGE_INTEGER Delay = TestMilliseconds(30);
    UNREFERENCED_PARAMETER(Argument);
    for (ULONG i = 0; i < 2; i++) {
        NtDelayExecution(FALSE, &Delay);
        WritePipe(Client, "abc");
    }
    return STATUS_SUCCESS;
}

VOID TestWait(void)
{
    REQUIRE(Begin());
    StartReads(3);
    HANDLE Thread = TestStartThread((PUSER_THREAD_START_ROUTINE)WriteSoon, nullptr);
    CHECK_STATUS(Submit(&Ring, 2), STATUS_SUCCESS);
    CheckCompletion(&Ring, 1, STATUS_SUCCESS, 3);
    CheckCompletion(&Ring, 2, STATUS_SUCCESS, 3);
    CHECK(!memcmp(Buffer[1], "abc", 3));
    CHECK_EQUAL(Available(&Ring), 0);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    Thread = TestStartThread((PUSER_THREAD_START_ROUTINE)WriteSoon, nullptr);
    CHECK_STATUS(Submit(&Ring, 99), STATUS_SUCCESS); // of the one that there is
    CheckCompletion(&Ring, 3, STATUS_SUCCESS, 3);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    End();
}

VOID TestTimeout(void)
{
    LARGE_INTEGER Now = {}, Soon = TestMilliseconds(20), Before, After;
    REQUIRE(Begin());
    StartReads(1);
    CHECK_STATUS(NtSubmitIoRing(Ring.Handle, 0, 1, &Now), STATUS_TIMEOUT);
    NtQuerySystemTime(&Before);
    CHECK_STATUS(NtSubmitIoRing(Ring.Handle, 0, 1, &Soon), STATUS_TIMEOUT);
    NtQuerySystemTime(&After);
    CHECK(After.QuadPart - Before.QuadPart >= -Soon.QuadPart);
    WritePipe(Client, "a");
    CHECK_STATUS(NtSubmitIoRing(Ring.Handle, 0, 1, &Now), STATUS_SUCCESS);
    CheckCompletion(&Ring, 1, STATUS_SUCCESS, 1);
    End();
}

VOID TestEvent(void)
{
    LARGE_INTEGER Now = {};
    HANDLE Event = MakeEvent(), None = nullptr;
    REQUIRE(Begin());
    CHECK_STATUS(NtSetInformationIoRing(Ring.Handle, IoRingRegisterUserCompletionEventClass,
                                        sizeof(Event), &Event),
                 STATUS_SUCCESS);
    StartReads(2);
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Now), STATUS_TIMEOUT);
    WritePipe(Client, "a");
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Now), STATUS_WAIT_0);
    CHECK_EQUAL(Available(&Ring), 1);
    CHECK_STATUS(NtSetInformationIoRing(Ring.Handle, IoRingRegisterUserCompletionEventClass,
                                        sizeof(None), &None),
                 STATUS_SUCCESS);
    WritePipe(Client, "b");
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Now), STATUS_TIMEOUT);
    CHECK_EQUAL(Available(&Ring), 2);
    NtClose(Event);
    End();
}

static NTSTATUS SubmitOnThread(PVOID Argument)
{
    return Submit(Argument, 0);
}

// The submission waits for it; meanwhile nobody else submits.
VOID TestDrain(void)
{
    LARGE_INTEGER Delay = TestMilliseconds(20);
    REQUIRE(Begin());
    StartReads(2);
    AddEntry(&Ring, IORING_OP_NOP, 10);
    AddEntry(&Ring, IORING_OP_NOP, 11)->Flags = NT_IORING_SQE_FLAG_DRAIN_PRECEDING_OPS;
    HANDLE Thread = TestStartThread((PUSER_THREAD_START_ROUTINE)SubmitOnThread, &Ring);
    NtDelayExecution(FALSE, &Delay);
    CheckCompletion(&Ring, 10, STATUS_SUCCESS, 0);
    CHECK_EQUAL(Available(&Ring), 0);
    CHECK_STATUS(Submit(&Ring, 0), STATUS_IORING_SUBMIT_IN_PROGRESS);
    WritePipe(Client, "a");
    WritePipe(Client, "b");
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CheckCompletion(&Ring, 1, STATUS_SUCCESS, 1);
    CheckCompletion(&Ring, 2, STATUS_SUCCESS, 1);
    CheckCompletion(&Ring, 11, STATUS_SUCCESS, 0);
    End();
}

static VOID CancelOf(ULONG64 CancelId, NTSTATUS Expected)
{
    PNT_IORING_SQE Entry = AddEntry(&Ring, IORING_OP_CANCEL, 20);
    Entry->Cancel.File.Handle = Server;
    Entry->Cancel.CancelId = CancelId;
    CHECK_STATUS(Submit(&Ring, 1), STATUS_SUCCESS);
    if (NT_SUCCESS(Expected)) // what is cancelled is complete before
        return;
    CheckCompletion(&Ring, 20, Expected, 0);
}

VOID TestCancel(void)
{
    IO_STATUS_BLOCK Block;
    REQUIRE(Begin());
    CancelOf(0, STATUS_NOT_FOUND);
    StartReads(3);
    CancelOf(9, STATUS_NOT_FOUND);
    CancelOf(2, STATUS_SUCCESS);
    CheckCompletion(&Ring, 2, STATUS_CANCELLED, 0);
    CheckCompletion(&Ring, 20, STATUS_SUCCESS, 0);
    CancelOf(0, STATUS_SUCCESS);
    CheckCompletion(&Ring, 1, STATUS_CANCELLED, 0);
    CheckCompletion(&Ring, 3, STATUS_CANCELLED, 0);
    CheckCompletion(&Ring, 20, STATUS_SUCCESS, 0);
    StartReads(1);
    CHECK_STATUS(NtCancelIoFileEx(Server, nullptr, &Block), STATUS_SUCCESS);
    CheckCompletion(&Ring, 1, STATUS_CANCELLED, 0);
    End();
}

static PNT_IORING_SQE AddWrite(HANDLE File, PCSTR Text, ULONG64 UserData)
{
    PNT_IORING_SQE Entry = AddEntry(&Ring, IORING_OP_WRITE, UserData);
    Entry->Write.File.Handle = File;
    Entry->Write.Buffer.Address = (PVOID)Text;
    Entry->Write.Length = (ULONG)strlen(Text);
    return Entry;
}

// A flush of a pipe waits until all is read.
VOID TestWriteAndFlush(void)
{
    REQUIRE(Begin());
    AddWrite(Server, "hello", 1)->Write.Flags = NT_WRITE_FLAG_WRITE_THROUGH;
    AddEntry(&Ring, IORING_OP_FLUSH, 2)->Flush.File.Handle = Server;
    AddEntry(&Ring, IORING_OP_FLUSH, 3)->Flush = (NT_IORING_OP_FLUSH){.Flags = 3};
    CHECK_STATUS(Submit(&Ring, 0), STATUS_SUCCESS);
    CheckCompletion(&Ring, 1, STATUS_SUCCESS, 5);
    CheckCompletion(&Ring, 3, STATUS_INVALID_HANDLE, 0);
    CHECK_EQUAL(Available(&Ring), 0);
    AddRead(&Ring, Client, Buffer[0], sizeof(Buffer[0]), 0, 4);
    CHECK_STATUS(Submit(&Ring, 2), STATUS_SUCCESS);
    CHECK_EQUAL(Available(&Ring), 2);
    CHECK(!memcmp(Buffer[0], "hello", 5));
    End();
}

// The requests go on.
VOID TestCloseInFlight(void)
{
    REQUIRE(Begin());
    StartReads(2);
    CloseRing(&Ring);
    WritePipe(Client, "abc");
    CHECK(!memcmp(Buffer[0], "abc", 3));
    NtClose(Client);
    NtClose(Server);
}

static NTSTATUS ReadOnThread(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    StartReads(2);
    return STATUS_SUCCESS;
}

VOID TestThreadEnds(void)
{
    REQUIRE(Begin());
    HANDLE Thread = TestStartThread((PUSER_THREAD_START_ROUTINE)ReadOnThread, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CheckCompletion(&Ring, 1, STATUS_CANCELLED, 0);
    CheckCompletion(&Ring, 2, STATUS_CANCELLED, 0);
    End();
}

NTSTATUS ChildEnd(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    if (!Begin())
        return STATUS_UNSUCCESSFUL;
    StartReads(4);
    return STATUS_WAIT_1; // it ends with all that is open
}

VOID TestProcessEnds(void)
{
    for (ULONG i = 0; i < 5; i++) {
        RTL_USER_PROCESS_INFORMATION Child;
        REQUIRE_STATUS(TestStartChild(L"end", nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
        CHECK_STATUS(TestFinishChild(&Child), STATUS_WAIT_1);
    }
}
