// Information about threads.

#include "suite.h"

#define QUERY(Thread, Class, Data) \
    NtQueryInformationThread((Thread), (Class), &(Data), sizeof(Data), nullptr)
#define SET(Thread, Class, Data) NtSetInformationThread((Thread), (Class), &(Data), sizeof(Data))

static NTSTATUS ReturnAtOnce(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

VOID TestBasicInformation(void)
{
    THREAD_BASIC_INFORMATION Information;
    ULONG Length = 0;
    CHECK_STATUS(NtQueryInformationThread(NtCurrentThread(), ThreadBasicInformation, &Information,
                                          sizeof(Information), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(Information));
    CHECK_STATUS(Information.ExitStatus, STATUS_PENDING);
    CHECK_EQUAL(Information.TebBaseAddress, (ULONG_PTR)NtCurrentTeb());
    CHECK_EQUAL(Information.ClientId.UniqueProcess, NtCurrentTeb()->ClientId.UniqueProcess);
    CHECK_EQUAL(Information.AffinityMask, 1);
    CHECK_EQUAL(Information.BasePriority, 0);
    CHECK(Information.Priority >= 1 && Information.Priority <= 31);
}

static KERNEL_USER_TIMES TimesOf(HANDLE Thread)
{
    KERNEL_USER_TIMES Times = {};
    CHECK_STATUS(QUERY(Thread, ThreadTimes, Times), STATUS_SUCCESS);
    return Times;
}

// Who computes has user time; who waits has not; nobody has more than there was.
VOID TestTimes(void)
{
    LARGE_INTEGER Start, End;
    NtQuerySystemTime(&Start);
    HANDLE Spinning = TestStartThread(SpinThread, nullptr), Waiting;
    REQUIRE(Spinning);
    REQUIRE_STATUS(RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0, ReturnAtOnce,
                                       nullptr, &Waiting, nullptr),
                   STATUS_SUCCESS);
    LARGE_INTEGER Delay = TestMilliseconds(200);
    CHECK_STATUS(NtDelayExecution(FALSE, &Delay), STATUS_SUCCESS);
    NtSuspendThread(Spinning, nullptr);
    NtQuerySystemTime(&End);
    KERNEL_USER_TIMES Times = TimesOf(Spinning), Other = TimesOf(Waiting), All = {};
    CHECK(Times.UserTime.QuadPart > 0);
    CHECK(Times.UserTime.QuadPart + Times.KernelTime.QuadPart <= End.QuadPart - Start.QuadPart);
    CHECK(Times.CreateTime.QuadPart >= Start.QuadPart && Times.CreateTime.QuadPart <= End.QuadPart);
    CHECK_EQUAL(Times.ExitTime.QuadPart, 0);
    CHECK_EQUAL(Other.UserTime.QuadPart, 0);
    CHECK_STATUS(
        NtQueryInformationProcess(NtCurrentProcess(), ProcessTimes, &All, sizeof(All), nullptr),
        STATUS_SUCCESS);
    CHECK(All.UserTime.QuadPart >= Times.UserTime.QuadPart);
    CHECK(TimesOf(NtCurrentThread()).KernelTime.QuadPart > 0);

    LONGLONG Before = Times.UserTime.QuadPart;
    CHECK_EQUAL(TimesOf(Spinning).UserTime.QuadPart, Before); // it is suspended
    NtTerminateThread(Spinning, STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Spinning, FALSE, nullptr), STATUS_WAIT_0);
    Times = TimesOf(Spinning);
    CHECK(Times.ExitTime.QuadPart >= Times.CreateTime.QuadPart);
    CHECK(Times.UserTime.QuadPart >= Before);
    LONGLONG AllBefore = All.UserTime.QuadPart;
    CHECK_STATUS(
        NtQueryInformationProcess(NtCurrentProcess(), ProcessTimes, &All, sizeof(All), nullptr),
        STATUS_SUCCESS);
    CHECK(All.UserTime.QuadPart >= AllBefore); // a thread that ended still counts
    NtClose(Spinning);
    NtResumeThread(Waiting, nullptr);
    CHECK_STATUS(TestJoin(Waiting), STATUS_SUCCESS);
}

static KPRIORITY PriorityOf(HANDLE Thread)
{
    THREAD_BASIC_INFORMATION Information = {};
    CHECK_STATUS(QUERY(Thread, ThreadBasicInformation, Information), STATUS_SUCCESS);
    return Information.Priority;
}

VOID TestPriorities(void)
{
    static const struct {
        LONG Increment;
        NTSTATUS Status;
    } Cases[] = {
        {2, STATUS_SUCCESS},
        {-2, STATUS_SUCCESS},
        {0, STATUS_SUCCESS},
        {3, STATUS_INVALID_PARAMETER},
        {-3, STATUS_INVALID_PARAMETER},
        {THREAD_BASE_PRIORITY_LOWRT, STATUS_SUCCESS},
        {-THREAD_BASE_PRIORITY_LOWRT, STATUS_SUCCESS},
        {MAXLONG, STATUS_INVALID_PARAMETER},
    };
    HANDLE Thread;
    REQUIRE_STATUS(RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0, ReturnAtOnce,
                                       nullptr, &Thread, nullptr),
                   STATUS_SUCCESS);
    KPRIORITY Normal = PriorityOf(Thread);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        LONG Increment = Cases[i].Increment;
        CHECK_STATUS(SET(Thread, ThreadBasePriority, Increment), Cases[i].Status);
        if (Cases[i].Status == STATUS_SUCCESS && Increment >= -2 && Increment <= 2)
            CHECK_EQUAL(PriorityOf(Thread), Normal + Increment);
    }
    CHECK_EQUAL(PriorityOf(Thread), 1); // the lowest of the class, set last
    KPRIORITY Priority = 15;
    CHECK_STATUS(SET(Thread, ThreadPriority, Priority), STATUS_SUCCESS);
    CHECK_EQUAL(PriorityOf(Thread), 15);
    Priority = 0;
    CHECK_STATUS(SET(Thread, ThreadPriority, Priority), STATUS_INVALID_PARAMETER);
    Priority = 32;
    CHECK_STATUS(SET(Thread, ThreadPriority, Priority), STATUS_INVALID_PARAMETER);
    NtResumeThread(Thread, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}

static volatile LONGLONG SpinsSeen;

static NTSTATUS LookAtSpins(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    SpinsSeen = TestSpins;
    return STATUS_SUCCESS;
}

// A thread of higher priority runs at once, whoever computes.
VOID TestPriorityOrder(void)
{
    HANDLE Low = TestStartThread(SpinThread, nullptr), High;
    REQUIRE(Low);
    LONG Increment = -2;
    CHECK_STATUS(SET(Low, ThreadBasePriority, Increment), STATUS_SUCCESS);
    LetOthersRun();
    LONGLONG Before = TestSpins;
    for (ULONG i = 0; i < 1000; i++)
        (VOID) NtYieldExecution();
    CHECK_EQUAL(TestSpins, Before); // this thread did not wait: the lower one had no turn
    REQUIRE_STATUS(RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0, LookAtSpins,
                                       nullptr, &High, nullptr),
                   STATUS_SUCCESS);
    Increment = 2;
    CHECK_STATUS(SET(High, ThreadBasePriority, Increment), STATUS_SUCCESS);
    Before = TestSpins;
    CHECK_STATUS(NtResumeThread(High, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(SpinsSeen, Before); // it had run before this went on
    CHECK_STATUS(TestJoin(High), STATUS_SUCCESS);
    NtTerminateThread(Low, STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Low), STATUS_SUCCESS);
}

VOID TestNames(void)
{
    THREAD_NAME_INFORMATION Name = {.ThreadName = RTL_CONSTANT_STRING(L"a thread of the test")};
    alignas(8) UCHAR Buffer[128];
    PTHREAD_NAME_INFORMATION Answer = (PTHREAD_NAME_INFORMATION)Buffer;
    ULONG Length = 0;
    CHECK_STATUS(SET(NtCurrentThread(), ThreadNameInformation, Name), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationThread(NtCurrentThread(), ThreadNameInformation, Buffer,
                                          sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&Answer->ThreadName, &Name.ThreadName, FALSE));
    CHECK(Length >= sizeof(*Answer) + Name.ThreadName.Length);
    CHECK(!NT_SUCCESS(NtQueryInformationThread(NtCurrentThread(), ThreadNameInformation, Buffer,
                                               sizeof(*Answer), &Length)));
    Name.ThreadName.Buffer = TEST_UNMAPPED;
    CHECK_STATUS(SET(NtCurrentThread(), ThreadNameInformation, Name), STATUS_ACCESS_VIOLATION);
}

VOID TestOtherClasses(void)
{
    ULONG Value = 99;
    PVOID Address = nullptr, Start = (PVOID)0x12345678;
    CHECK_STATUS(QUERY(NtCurrentThread(), ThreadAmILastThread, Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 1);
    CHECK_STATUS(QUERY(NtCurrentThread(), ThreadIsTerminated, Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 0);
    CHECK_STATUS(QUERY(NtCurrentThread(), ThreadIsIoPending, Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 0);
    HANDLE Thread = TestStartThread(ReturnAtOnce, nullptr);
    REQUIRE(Thread);
    CHECK_STATUS(QUERY(Thread, ThreadQuerySetWin32StartAddress, Address), STATUS_SUCCESS);
    CHECK_EQUAL(Address, (ULONG_PTR)ReturnAtOnce);
    CHECK_STATUS(SET(Thread, ThreadQuerySetWin32StartAddress, Start), STATUS_SUCCESS);
    CHECK_STATUS(QUERY(Thread, ThreadQuerySetWin32StartAddress, Address), STATUS_SUCCESS);
    CHECK_EQUAL(Address, (ULONG_PTR)Start);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, nullptr), STATUS_WAIT_0);
    CHECK_STATUS(QUERY(Thread, ThreadIsTerminated, Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 1);
    NtClose(Thread);
    CHECK_STATUS(QUERY(NtCurrentThread(), (THREADINFOCLASS)999, Value), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(SET(NtCurrentThread(), (THREADINFOCLASS)999, Value), STATUS_INVALID_INFO_CLASS);
    ULONG_PTR Affinity = 1;
    CHECK_STATUS(SET(NtCurrentThread(), ThreadAffinityMask, Affinity), STATUS_SUCCESS);
    Affinity = 2;
    CHECK_STATUS(SET(NtCurrentThread(), ThreadAffinityMask, Affinity), STATUS_INVALID_PARAMETER);
    Affinity = 0;
    CHECK_STATUS(SET(NtCurrentThread(), ThreadAffinityMask, Affinity), STATUS_INVALID_PARAMETER);
}
