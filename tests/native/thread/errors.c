// Every service of the suite with wrong arguments.

#include "suite.h"

#include <arguments.h>

static HANDLE Thread, Process;
static CLIENT_ID Id;
alignas(16) static CONTEXT Context;
static const KPRIORITY Priority = 8;
static const LONG Increment = 0;
static const ULONG_PTR Affinity = 1;
static const PVOID Start = nullptr;

static NTSTATUS ReturnAtOnce(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

static BOOLEAN MakeThread(void)
{
    NTSTATUS Status = RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0, ReturnAtOnce,
                                          nullptr, &Thread, &Id);
    if (NT_SUCCESS(Status))
        Status = NtDuplicateObject(NtCurrentProcess(), NtCurrentProcess(), NtCurrentProcess(),
                                   &Process, PROCESS_ALL_ACCESS, 0, 0);
    Context.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
    if (NT_SUCCESS(Status))
        Status = NtGetContextThread(Thread, &Context);
    return CHECK_STATUS(Status, STATUS_SUCCESS);
}

static VOID EndThread(void)
{
    ULONG Count;
    NtClose(Process);
    do { // whatever the table left
        if (!CHECK_STATUS(NtResumeThread(Thread, &Count), STATUS_SUCCESS))
            break;
    } while (Count > 1);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}

static VOID RunTable(const TEST_SERVICE *Services, ULONG Count)
{
    if (MakeThread())
        TestServices(Services, Count);
    EndThread();
}

#define COUNT TEST_OPTIONAL_OUT(sizeof(ULONG))
#define ANSWER(Class, Type)                                                                \
    TEST_SERVICE(                                                                          \
        NtQueryInformationThread,                                                          \
        TEST_HANDLE(&Thread, THREAD_QUERY_INFORMATION | THREAD_QUERY_LIMITED_INFORMATION), \
        TEST_VALUE(Class), TEST_ANSWER(sizeof(Type), TEST_EXACT), COUNT)
#define CHANGE(Class, Data)                                                                     \
    TEST_SERVICE(NtSetInformationThread,                                                        \
                 TEST_HANDLE(&Thread, THREAD_SET_INFORMATION | THREAD_SET_LIMITED_INFORMATION), \
                 TEST_VALUE(Class), TEST_CHANGE(&(Data), TEST_EXACT))

VOID TestThreadErrors(void)
{
    static const TEST_SERVICE Services[] = {
        TEST_SERVICE(NtSuspendThread, TEST_HANDLE(&Thread, THREAD_SUSPEND_RESUME), COUNT),
        TEST_SERVICE(NtResumeThread, TEST_HANDLE(&Thread, THREAD_SUSPEND_RESUME), COUNT),
        TEST_SERVICE(NtSuspendThread, TEST_HANDLE(&Thread, THREAD_SUSPEND_RESUME), COUNT),
        TEST_SERVICE(NtAlertThread, TEST_HANDLE(&Thread, THREAD_ALERT)),
        TEST_SERVICE(NtOpenThread, TEST_OUT_HANDLE, TEST_VALUE(MAXIMUM_ALLOWED),
                     TEST_ATTRIBUTES_WITHOUT_NAME, TEST_IN(&Id)),
        TEST_SERVICE(NtGetNextThread, TEST_HANDLE(&Process, PROCESS_QUERY_INFORMATION),
                     TEST_HANDLE_FLAGS(&Thread, 0, TEST_NULL_ALLOWED), TEST_VALUE(MAXIMUM_ALLOWED),
                     TEST_VALUE(0), TEST_VALUE(0), TEST_OUT_HANDLE),
        ANSWER(ThreadBasicInformation, THREAD_BASIC_INFORMATION),
        ANSWER(ThreadTimes, KERNEL_USER_TIMES),
        ANSWER(ThreadQuerySetWin32StartAddress, PVOID),
        ANSWER(ThreadAmILastThread, ULONG),
        ANSWER(ThreadIsIoPending, ULONG),
        ANSWER(ThreadIsTerminated, ULONG),
        ANSWER(ThreadPriorityBoost, ULONG),
        ANSWER(ThreadSuspendCount, ULONG),
    };
    // The last thread of the table stands there as a plain handle: NtGetNextThread gives no next one.
    RunTable(Services, 5);
    RunTable(Services + 6, RTL_NUMBER_OF(Services) - 6);
}

VOID TestSetErrors(void)
{
    static const TEST_SERVICE Services[] = {
        CHANGE(ThreadPriority, Priority),
        CHANGE(ThreadBasePriority, Increment),
        CHANGE(ThreadAffinityMask, Affinity),
        CHANGE(ThreadQuerySetWin32StartAddress, Start),
    };
    RunTable(Services, RTL_NUMBER_OF(Services));
}

VOID TestContextErrors(void)
{
    static const TEST_SERVICE Services[] = {
        TEST_SERVICE(
            NtGetContextThread, TEST_HANDLE(&Thread, THREAD_GET_CONTEXT),
            TEST_POINTER(TEST_READ | TEST_WRITTEN, &Context, sizeof(Context), alignof(CONTEXT))),
        TEST_SERVICE(NtSetContextThread, TEST_HANDLE(&Thread, THREAD_SET_CONTEXT),
                     TEST_POINTER(TEST_READ, &Context, sizeof(Context), alignof(CONTEXT))),
    };
    RunTable(Services, RTL_NUMBER_OF(Services));
}

static NTSTATUS EndAtOnce(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

VOID TestCreateErrors(void)
{
    static const TEST_SERVICE Services[] = {
        TEST_SERVICE(NtCreateThreadEx, TEST_OUT_HANDLE, TEST_VALUE(THREAD_ALL_ACCESS),
                     TEST_ATTRIBUTES_WITHOUT_NAME, TEST_HANDLE(&Process, PROCESS_CREATE_THREAD),
                     TEST_VALUE(EndAtOnce), TEST_VALUE(0), TEST_VALUE(0), TEST_VALUE(0),
                     TEST_VALUE(0), TEST_VALUE(0), TEST_VALUE(0)),
    };
    RunTable(Services, RTL_NUMBER_OF(Services));
    HANDLE New;
    CHECK_STATUS(NtCreateThreadEx(&New, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                  (PVOID)EndAtOnce, nullptr, MAXULONG, 0, 0, 0, nullptr),
                 STATUS_INVALID_PARAMETER_7);
    CHECK_STATUS(NtCreateThreadEx(&New, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                  (PVOID)EndAtOnce, nullptr, 0, 0, 0, 0, TEST_UNMAPPED),
                 STATUS_ACCESS_VIOLATION);
    PS_ATTRIBUTE_LIST List = {.TotalLength = 3};
    CHECK_STATUS(NtCreateThreadEx(&New, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                  (PVOID)EndAtOnce, nullptr, 0, 0, 0, 0, &List),
                 STATUS_INVALID_PARAMETER);
}
