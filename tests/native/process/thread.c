// Information about threads.

#include "suite.h"

#define QUERY(Thread, Class, Value) \
    NtQueryInformationThread(Thread, Class, &(Value), sizeof(Value), nullptr)
#define SET(Thread, Class, Value) NtSetInformationThread(Thread, Class, &(Value), sizeof(Value))

static NTSTATUS NTAPI WaitForEvent(PVOID Parameter)
{
    return NtWaitForSingleObject(Parameter, FALSE, nullptr);
}

static HANDLE StartThread(PHANDLE Event)
{
    CHECK_STATUS(NtCreateEvent(Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                 STATUS_SUCCESS);
    return TestStartThread(WaitForEvent, *Event);
}

static VOID EndThread(HANDLE Thread, HANDLE Event)
{
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    NtClose(Event);
}

VOID TestThreadBasics(void)
{
    HANDLE Event, Thread = StartThread(&Event);
    THREAD_BASIC_INFORMATION Basic;
    ULONG Value = 9;
    LONG Increment = 2, TooMuch = 3;
    KPRIORITY Priority = 12;
    PVOID Start = nullptr;
    CHECK_STATUS(QUERY(Thread, ThreadBasicInformation, Basic), STATUS_SUCCESS);
    CHECK_EQUAL(Basic.ExitStatus, STATUS_PENDING);
    CHECK(Basic.ClientId.UniqueProcess == NtCurrentTeb()->ClientId.UniqueProcess);
    CHECK(Basic.TebBaseAddress &&
          Basic.TebBaseAddress->ClientId.UniqueThread == Basic.ClientId.UniqueThread);
    CHECK(Basic.Priority == 8 && Basic.BasePriority == 0 && Basic.AffinityMask == 1);
    CHECK_STATUS(SET(Thread, ThreadBasePriority, Increment), STATUS_SUCCESS);
    CHECK_STATUS(SET(Thread, ThreadBasePriority, TooMuch), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(QUERY(Thread, ThreadBasicInformation, Basic), STATUS_SUCCESS);
    CHECK(Basic.Priority == 10 && Basic.BasePriority == 2);
    CHECK_STATUS(SET(Thread, ThreadPriority, Priority), STATUS_SUCCESS);
    CHECK_STATUS(QUERY(Thread, ThreadActualBasePriority, Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 12);
    CHECK_STATUS(QUERY(Thread, ThreadQuerySetWin32StartAddress, Start), STATUS_SUCCESS);
    CHECK(Start == (PVOID)WaitForEvent);
    CHECK_STATUS(QUERY(Thread, ThreadAmILastThread, Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 0);
    CHECK_STATUS(QUERY(Thread, ThreadIsTerminated, Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 0);
    NtSetEvent(Event, nullptr);
    NtWaitForSingleObject(Thread, FALSE, nullptr);
    CHECK_STATUS(QUERY(Thread, ThreadIsTerminated, Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 1);
    EndThread(Thread, Event);
    CHECK_STATUS(QUERY(NtCurrentThread(), ThreadAmILastThread, Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 1);
}

VOID TestThreadName(void)
{
    UNICODE_STRING Name = STRING_OF(L"worker"), Empty = {}, Odd = {3, 4, L"ab"};
    struct {
        THREAD_NAME_INFORMATION Name;
        WCHAR Text[32];
    } Answer;
    ULONG Length = 0;
    CHECK_STATUS(SET(NtCurrentThread(), ThreadNameInformation, Name), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationThread(NtCurrentThread(), ThreadNameInformation, &Answer,
                                          sizeof(Answer), &Length),
                 STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&Answer.Name.ThreadName, &Name, FALSE));
    CHECK_STATUS(
        NtQueryInformationThread(NtCurrentThread(), ThreadNameInformation, &Answer, 8, &Length),
        STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(SET(NtCurrentThread(), ThreadNameInformation, Odd), STATUS_INVALID_PARAMETER);
    Odd = (UNICODE_STRING){8, 8, TEST_KERNEL};
    CHECK_STATUS(SET(NtCurrentThread(), ThreadNameInformation, Odd), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(SET(NtCurrentThread(), ThreadNameInformation, Empty), STATUS_SUCCESS);
    CHECK_STATUS(QUERY(NtCurrentThread(), ThreadNameInformation, Answer), STATUS_SUCCESS);
    CHECK_EQUAL(Answer.Name.ThreadName.Length, 0);
}

VOID TestThreadTeb(void)
{
    HANDLE Event, Thread = StartThread(&Event);
    CLIENT_ID Id = {};
    THREAD_BASIC_INFORMATION Basic;
    THREAD_TEB_INFORMATION Request = {&Id, offsetof(TEB, ClientId), sizeof(Id)};
    CHECK_STATUS(QUERY(Thread, ThreadTebInformation, Request), STATUS_SUCCESS);
    CHECK_STATUS(QUERY(Thread, ThreadBasicInformation, Basic), STATUS_SUCCESS);
    CHECK(Id.UniqueThread && Id.UniqueThread == Basic.ClientId.UniqueThread);
    Request.TebOffset = sizeof(TEB) - 4;
    CHECK_STATUS(QUERY(Thread, ThreadTebInformation, Request), STATUS_INVALID_PARAMETER);
    Request.TebOffset = 0;
    Request.TebInformation = TEST_KERNEL;
    CHECK_STATUS(QUERY(Thread, ThreadTebInformation, Request), STATUS_ACCESS_VIOLATION);
    EndThread(Thread, Event);
}

VOID TestThreadTls(void)
{
    HANDLE Event, Thread = StartThread(&Event);
    THREAD_BASIC_INFORMATION Basic;
    ULONG Index = 60, TooHigh = 5000;
    CHECK_STATUS(QUERY(Thread, ThreadBasicInformation, Basic), STATUS_SUCCESS);
    Basic.TebBaseAddress->TlsSlots[Index] = Event;
    NtCurrentTeb()->TlsSlots[Index] = Event;
    CHECK_STATUS(SET(NtCurrentThread(), ThreadZeroTlsCell, Index), STATUS_SUCCESS);
    CHECK(!NtCurrentTeb()->TlsSlots[Index] && !Basic.TebBaseAddress->TlsSlots[Index]);
    CHECK_STATUS(SET(NtCurrentThread(), ThreadZeroTlsCell, TooHigh), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(SET(Thread, ThreadZeroTlsCell, Index), STATUS_INVALID_PARAMETER);
    EndThread(Thread, Event);
}

VOID TestThreadSuspend(void)
{
    HANDLE Event, Thread = StartThread(&Event);
    ULONG Count = 99, Value = 0;
    CHECK_STATUS(NtSuspendThread(Thread, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 0);
    CHECK_STATUS(NtSuspendThread(Thread, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 1);
    CHECK_STATUS(QUERY(Thread, ThreadSuspendCount, Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 2);
    NtSetEvent(Event, nullptr);
    LARGE_INTEGER Timeout = TestMilliseconds(20);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, &Timeout), STATUS_TIMEOUT);
    CHECK_STATUS(NtResumeThread(Thread, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 2);
    CHECK_STATUS(NtResumeThread(Thread, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 1);
    NtWaitForSingleObject(Thread, FALSE, nullptr);
    CHECK_STATUS(NtSuspendThread(Thread, &Count), STATUS_THREAD_IS_TERMINATING);
    EndThread(Thread, Event);
}

VOID TestThreadQueryErrors(void)
{
    THREAD_BASIC_INFORMATION Basic;
    ULONG Value = 0;
    CHECK_BAD_OUTPUT(NtQueryInformationThread(NtCurrentThread(), ThreadBasicInformation, Bad,
                                              sizeof(Basic), nullptr));
    CHECK_BAD_OUTPUT(NtQueryInformationThread(NtCurrentThread(), ThreadBasicInformation, &Basic,
                                              sizeof(Basic), Bad));
    CHECK_BAD_INPUT(NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, Bad, 4));
    CHECK_STATUS(QUERY(NtCurrentThread(), MaxThreadInfoClass, Basic), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(SET(NtCurrentThread(), MaxThreadInfoClass, Value), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(QUERY(NtCurrentThread(), ThreadBasicInformation, Value),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(QUERY(NtCurrentProcess(), ThreadBasicInformation, Basic),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(QUERY((HANDLE)0x7770, ThreadBasicInformation, Basic), STATUS_INVALID_HANDLE);
}
