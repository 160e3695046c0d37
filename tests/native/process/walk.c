// Finding processes and threads.

#include "suite.h"

VOID TestOpenProcess(void)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, 0);
    CLIENT_ID Own = {.UniqueProcess = NtCurrentTeb()->ClientId.UniqueProcess}, Id = Own;
    HANDLE Process;
    REQUIRE_STATUS(NtOpenProcess(&Process, PROCESS_QUERY_INFORMATION, &Attributes, &Id),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Process, NtCurrentProcess()), STATUS_SUCCESS);
    NtClose(Process);
    Id = NtCurrentTeb()->ClientId;
    CHECK_STATUS(NtOpenProcess(&Process, PROCESS_QUERY_INFORMATION, &Attributes, &Id),
                 STATUS_SUCCESS);
    NtClose(Process);
    Id.UniqueProcess = (HANDLE)0x7770;
    CHECK_STATUS(NtOpenProcess(&Process, PROCESS_QUERY_INFORMATION, &Attributes, &Id),
                 STATUS_INVALID_CID);
    Id.UniqueThread = nullptr;
    CHECK_STATUS(NtOpenProcess(&Process, PROCESS_QUERY_INFORMATION, &Attributes, &Id),
                 STATUS_INVALID_CID);
    CHECK_STATUS(NtOpenProcess(&Process, PROCESS_QUERY_INFORMATION, &Attributes, nullptr),
                 STATUS_INVALID_PARAMETER_MIX);
    CHECK_BAD_OUTPUT(NtOpenProcess(Bad, PROCESS_QUERY_INFORMATION, &Attributes, &Own));
    CHECK_BAD_INPUT(NtOpenProcess(&Process, PROCESS_QUERY_INFORMATION, Bad, &Own));
    CHECK_BAD_INPUT(NtOpenProcess(&Process, PROCESS_QUERY_INFORMATION, &Attributes, Bad));
}

VOID TestOpenThread(void)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, 0);
    CLIENT_ID Id = {.UniqueThread = NtCurrentTeb()->ClientId.UniqueThread};
    HANDLE Thread;
    REQUIRE_STATUS(NtOpenThread(&Thread, THREAD_QUERY_INFORMATION, &Attributes, &Id),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Thread, NtCurrentThread()), STATUS_SUCCESS);
    NtClose(Thread);
    Id.UniqueProcess = (HANDLE)0x7770;
    CHECK_STATUS(NtOpenThread(&Thread, THREAD_QUERY_INFORMATION, &Attributes, &Id),
                 STATUS_INVALID_CID);
    CHECK_BAD_OUTPUT(NtOpenThread(Bad, THREAD_QUERY_INFORMATION, &Attributes, &Id));
    CHECK_BAD_INPUT(NtOpenThread(&Thread, THREAD_QUERY_INFORMATION, Bad, &Id));
    CHECK_BAD_INPUT(NtOpenThread(&Thread, THREAD_QUERY_INFORMATION, &Attributes, Bad));
}

static ULONG WalkProcesses(ULONG Flags, HANDLE Wanted, PULONG Position)
{
    HANDLE Process = nullptr, Next;
    ULONG Count = 0;
    while (
        NT_SUCCESS(NtGetNextProcess(Process, PROCESS_QUERY_LIMITED_INFORMATION, 0, Flags, &Next)) &&
        Count < 100) {
        if (Process)
            NtClose(Process);
        Process = Next;
        if (NtCompareObjects(Process, Wanted) == STATUS_SUCCESS)
            *Position = Count;
        Count++;
    }
    CHECK_STATUS(NtGetNextProcess(Process, PROCESS_QUERY_LIMITED_INFORMATION, 0, Flags, &Next),
                 STATUS_NO_MORE_ENTRIES);
    NtClose(Process);
    return Count;
}

VOID TestNextProcess(void)
{
    CHILD Child;
    ULONG Forward = 1000, Backward = 1000;
    HANDLE Next;
    REQUIRE(StartWaiting(&Child, TRUE));
    ULONG Count = WalkProcesses(0, Child.ProcessHandle, &Forward);
    CHECK(Count >= 3); // the system, this one, the child
    CHECK_EQUAL(
        WalkProcesses(PROCESS_GET_NEXT_FLAGS_PREVIOUS_PROCESS, Child.ProcessHandle, &Backward),
        Count);
    CHECK_EQUAL(Forward + Backward, Count - 1);
    CHECK_STATUS(NtGetNextProcess(nullptr, PROCESS_QUERY_INFORMATION, 0, 2, &Next),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtGetNextProcess((HANDLE)0x7770, PROCESS_QUERY_INFORMATION, 0, 0, &Next),
                 STATUS_INVALID_HANDLE);
    CHECK_BAD_OUTPUT(NtGetNextProcess(nullptr, PROCESS_QUERY_INFORMATION, 0, 0, Bad));
    EndChild(&Child);
}

static NTSTATUS NTAPI Wait(PVOID Parameter)
{
    return NtWaitForSingleObject(Parameter, FALSE, nullptr);
}

VOID TestNextThread(void)
{
    HANDLE Event, First, Second, Thread;
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    Thread = TestStartThread(Wait, Event);
    REQUIRE_STATUS(
        NtGetNextThread(NtCurrentProcess(), nullptr, THREAD_QUERY_INFORMATION, 0, 0, &First),
        STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(First, NtCurrentThread()), STATUS_SUCCESS);
    REQUIRE_STATUS(
        NtGetNextThread(NtCurrentProcess(), First, THREAD_QUERY_INFORMATION, 0, 0, &Second),
        STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Second, Thread), STATUS_SUCCESS);
    NtClose(First);
    CHECK_STATUS(
        NtGetNextThread(NtCurrentProcess(), Second, THREAD_QUERY_INFORMATION, 0, 0, &First),
        STATUS_NO_MORE_ENTRIES);
    // A walk that stands at a thread which ends, ends.
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_STATUS(
        NtGetNextThread(NtCurrentProcess(), Second, THREAD_QUERY_INFORMATION, 0, 0, &First),
        STATUS_NO_MORE_ENTRIES);
    NtClose(Second);
    CHECK_STATUS(
        NtGetNextThread(NtCurrentProcess(), nullptr, THREAD_QUERY_INFORMATION, 0, 1, &First),
        STATUS_INVALID_PARAMETER);
    CHECK_BAD_OUTPUT(
        NtGetNextThread(NtCurrentProcess(), nullptr, THREAD_QUERY_INFORMATION, 0, 0, Bad));
    NtClose(Event);
}
