// Threads from their creation to their end.

#include "suite.h"

static NTSTATUS ReturnArgument(PVOID Argument)
{
    return (NTSTATUS)(ULONG_PTR)Argument;
}

static NTSTATUS ExitWith(PVOID Argument)
{
    RtlExitUserThread((NTSTATUS)(ULONG_PTR)Argument);
}

VOID TestExitCodes(void)
{
    static const NTSTATUS Codes[] = {STATUS_SUCCESS, 1, STATUS_CANCELLED, STATUS_TIMEOUT};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Codes); i++) {
        PVOID Argument = (PVOID)(ULONG_PTR)(ULONG)Codes[i];
        HANDLE Thread = TestStartThread(ReturnArgument, Argument);
        REQUIRE(Thread);
        CHECK_STATUS(TestJoin(Thread), Codes[i]);
        REQUIRE((Thread = TestStartThread(ExitWith, Argument)));
        CHECK_STATUS(TestJoin(Thread), Codes[i]);
    }
}

static NTSTATUS ExitCode(HANDLE Thread)
{
    THREAD_BASIC_INFORMATION Information = {};
    CHECK_STATUS(NtQueryInformationThread(Thread, ThreadBasicInformation, &Information,
                                          sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    return Information.ExitStatus;
}

VOID TestTerminateOther(void)
{
    HANDLE Thread = TestStartThread(SpinThread, nullptr);
    REQUIRE(Thread);
    LetOthersRun();
    CHECK_STATUS(ExitCode(Thread), STATUS_PENDING);
    CHECK_STATUS(NtTerminateThread(Thread, STATUS_CANCELLED), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, nullptr), STATUS_WAIT_0);
    CHECK_STATUS(ExitCode(Thread), STATUS_CANCELLED);
    CHECK_STATUS(NtTerminateThread(Thread, STATUS_TIMEOUT), STATUS_SUCCESS); // it has ended
    CHECK_STATUS(ExitCode(Thread), STATUS_CANCELLED);
    NtClose(Thread);
}

static HANDLE Never;

static NTSTATUS WaitForNever(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return NtWaitForSingleObject(Never, FALSE, nullptr);
}

VOID TestTerminateWaiting(void)
{
    REQUIRE_STATUS(NtCreateEvent(&Never, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(WaitForNever, nullptr);
    REQUIRE(Thread);
    LetOthersRun();
    CHECK_STATUS(NtTerminateThread(Thread, STATUS_CANCELLED), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_CANCELLED);
    NtClose(Never);
}

static NTSTATUS EndSelf(PVOID Argument)
{
    NtTerminateThread(Argument ? NtCurrentThread() : nullptr, STATUS_DEVICE_BUSY);
    return STATUS_SUCCESS;
}

// A null handle is the thread itself.
VOID TestTerminateSelf(void)
{
    for (ULONG_PTR i = 0; i < 2; i++) {
        HANDLE Thread = TestStartThread(EndSelf, (PVOID)i);
        REQUIRE(Thread);
        CHECK_STATUS(TestJoin(Thread), STATUS_DEVICE_BUSY);
    }
}

VOID TestCreateSuspended(void)
{
    HANDLE Thread;
    ULONG Count = 99;
    REQUIRE_STATUS(RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0, ReturnArgument,
                                       (PVOID)5, &Thread, nullptr),
                   STATUS_SUCCESS);
    LetOthersRun();
    CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT);
    CHECK_STATUS(NtResumeThread(Thread, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 1);
    CHECK_STATUS(TestJoin(Thread), 5);
}

// More than the system keeps objects for, one after another and together.
VOID TestManyThreads(void)
{
    enum { Together = 40, Rounds = 5 };
    HANDLE Threads[Together];
    for (ULONG Round = 0; Round < Rounds; Round++) {
        for (ULONG i = 0; i < Together; i++)
            REQUIRE((Threads[i] = TestStartThread(ReturnArgument, (PVOID)(ULONG_PTR)i)));
        for (ULONG i = Together; i-- > 0;)
            CHECK_STATUS(TestJoin(Threads[i]), (NTSTATUS)i);
    }
}

static NTSTATUS ReportStack(PVOID Argument)
{
    *(PSIZE_T)Argument =
        (ULONG_PTR)NtCurrentTeb()->NtTib.StackBase - (ULONG_PTR)NtCurrentTeb()->DeallocationStack;
    return STATUS_SUCCESS;
}

VOID TestStackSizes(void)
{
    static const SIZE_T Sizes[] = {64 * 1024, 256 * 1024, 1024 * 1024};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++) {
        HANDLE Thread;
        SIZE_T Seen = 0;
        REQUIRE_STATUS(RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, Sizes[i], 0,
                                           ReportStack, &Seen, &Thread, nullptr),
                       STATUS_SUCCESS);
        CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
        CHECK_EQUAL(Seen, Sizes[i]);
    }
}

static CLIENT_ID SeenId;
static PVOID SeenTeb;

static NTSTATUS ReportIdentity(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    SeenId = NtCurrentTeb()->ClientId;
    SeenTeb = NtCurrentTeb();
    return STATUS_SUCCESS;
}

VOID TestThreadIdentity(void)
{
    HANDLE Thread, Opened;
    CLIENT_ID Id;
    THREAD_BASIC_INFORMATION Information;
    REQUIRE_STATUS(RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0, ReportIdentity,
                                       nullptr, &Thread, &Id),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationThread(Thread, ThreadBasicInformation, &Information,
                                          sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Information.ClientId.UniqueThread, Id.UniqueThread);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, 0);
    CHECK_STATUS(NtOpenThread(&Opened, THREAD_QUERY_LIMITED_INFORMATION, &Attributes, &Id),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Thread, Opened), STATUS_SUCCESS);
    NtClose(Opened);
    NtResumeThread(Thread, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_EQUAL(SeenId.UniqueThread, Id.UniqueThread);
    CHECK_EQUAL(SeenId.UniqueProcess, NtCurrentTeb()->ClientId.UniqueProcess);
    CHECK_EQUAL(SeenTeb, (ULONG_PTR)Information.TebBaseAddress);
    CHECK_STATUS(NtOpenThread(&Opened, THREAD_QUERY_LIMITED_INFORMATION, &Attributes, &Id),
                 STATUS_INVALID_CID);
}

// A thread in another process, which runs that process' code.
VOID TestThreadOfChild(void)
{
    RTL_USER_PROCESS_INFORMATION Child;
    HANDLE Thread;
    REQUIRE_STATUS(TestStartChild(L"wait", nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
    LetOthersRun();
    // Images are at the same addresses in both: this is the child's own ReturnArgument.
    REQUIRE_STATUS(RtlCreateUserThread(Child.ProcessHandle, nullptr, FALSE, 0, 0, 0, ReturnArgument,
                                       (PVOID)77, &Thread, nullptr),
                   STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), 77);
    CHECK_STATUS(NtTerminateProcess(Child.ProcessHandle, STATUS_CANCELLED), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_CANCELLED);
}

// ---- TLS callbacks of the program

static volatile LONG Attached, Detached;

static VOID NTAPI OnThread(PVOID Base, DWORD Reason, PVOID Context)
{
    UNREFERENCED_PARAMETER(Base);
    UNREFERENCED_PARAMETER(Context);
    if (Reason == DLL_THREAD_ATTACH)
        __atomic_add_fetch(&Attached, 1, __ATOMIC_SEQ_CST);
    if (Reason == DLL_THREAD_DETACH)
        __atomic_add_fetch(&Detached, 1, __ATOMIC_SEQ_CST);
}

static const PIMAGE_TLS_CALLBACK Callbacks[] = {OnThread, nullptr};
static ULONG TlsIndex;
static const ULONGLONG Template[2] = {0x1122334455667788, 0};

__attribute__((used)) const IMAGE_TLS_DIRECTORY64 _tls_used = {
    .StartAddressOfRawData = (ULONG_PTR)&Template[0],
    .EndAddressOfRawData = (ULONG_PTR)&Template[1],
    .AddressOfIndex = (ULONG_PTR)&TlsIndex,
    .AddressOfCallBacks = (ULONG_PTR)Callbacks,
};

static NTSTATUS ChangeTls(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    PULONGLONG Mine = ((PULONGLONG *)NtCurrentTeb()->ThreadLocalStoragePointer)[TlsIndex];
    if (*Mine != Template[0])
        return STATUS_UNSUCCESSFUL;
    *Mine = 0;
    return STATUS_SUCCESS;
}

VOID TestTlsTeardown(void)
{
    Attached = Detached = 0;
    for (LONG i = 1; i <= 3; i++) {
        HANDLE Thread = TestStartThread(ChangeTls, nullptr);
        REQUIRE(Thread);
        CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS); // each has a copy of its own
        CHECK_EQUAL(Attached, i);
        CHECK_EQUAL(Detached, i);
    }
}

VOID TestNextThread(void)
{
    HANDLE Started[3], Thread = nullptr, Next;
    ULONG Found = 0;
    for (ULONG i = 0; i < 3; i++)
        REQUIRE_STATUS(RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0,
                                           ReturnArgument, nullptr, &Started[i], nullptr),
                       STATUS_SUCCESS);
    NTSTATUS Status;
    while ((Status = NtGetNextThread(NtCurrentProcess(), Thread, THREAD_QUERY_LIMITED_INFORMATION,
                                     0, 0, &Next)) == STATUS_SUCCESS) {
        if (Thread)
            NtClose(Thread);
        Thread = Next;
        Found++;
    }
    CHECK_STATUS(Status, STATUS_NO_MORE_ENTRIES);
    CHECK_EQUAL(Found, 4);
    NtClose(Thread);
    for (ULONG i = 0; i < 3; i++) {
        NtResumeThread(Started[i], nullptr);
        CHECK_STATUS(TestJoin(Started[i]), STATUS_SUCCESS);
    }
}

static volatile LONG Turn;

static NTSTATUS TakeTurns(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    for (ULONG i = 0; i < 50; i++) {
        Turn++;
        NtYieldExecution();
    }
    return STATUS_SUCCESS;
}

VOID TestYield(void)
{
    CHECK_STATUS(NtYieldExecution(), STATUS_NO_YIELD_PERFORMED); // nobody else can run
    Turn = 0;
    HANDLE Thread = TestStartThread(TakeTurns, nullptr);
    REQUIRE(Thread);
    ULONG Yielded = 0;
    for (ULONG i = 0; i < 100'000 && Turn < 50; i++) {
        if (NtYieldExecution() == STATUS_SUCCESS)
            Yielded++;
    }
    CHECK(Yielded > 0);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_EQUAL(Turn, 50);
}
