// Jobs in jobs, and ways out of them.

#include "suite.h"

static ULONG Active(HANDLE Job)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION Accounting = {};
    CHECK_STATUS(NtQueryInformationJobObject(Job, JobObjectBasicAccountingInformation, &Accounting,
                                             sizeof(Accounting), nullptr),
                 STATUS_SUCCESS);
    return Accounting.ActiveProcesses;
}

VOID TestNestedJobs(void)
{
    HANDLE Outer = MakeJob(), Inner = MakeJob();
    CHILD First, Second;
    REQUIRE(StartWaiting(&First, TRUE));
    REQUIRE(StartWaiting(&Second, TRUE));
    CHECK_STATUS(NtAssignProcessToJobObject(Outer, First.ProcessHandle), STATUS_SUCCESS);
    CHECK_STATUS(NtAssignProcessToJobObject(Inner, First.ProcessHandle), STATUS_SUCCESS);
    CHECK_STATUS(NtIsProcessInJob(First.ProcessHandle, Outer), STATUS_PROCESS_IN_JOB);
    CHECK_STATUS(NtIsProcessInJob(First.ProcessHandle, Inner), STATUS_PROCESS_IN_JOB);
    CHECK(Active(Outer) == 1 && Active(Inner) == 1);
    // Who joins the inner job joins the outer.
    CHECK_STATUS(NtAssignProcessToJobObject(Inner, Second.ProcessHandle), STATUS_SUCCESS);
    CHECK_STATUS(NtIsProcessInJob(Second.ProcessHandle, Outer), STATUS_PROCESS_IN_JOB);
    CHECK(Active(Outer) == 2 && Active(Inner) == 2);
    // Limits of both hold.
    CHILD Third;
    CHECK_STATUS(LimitJob(Outer, JOB_OBJECT_LIMIT_ACTIVE_PROCESS, 2, 0, 0), STATUS_SUCCESS);
    REQUIRE(StartWaiting(&Third, TRUE));
    CHECK_STATUS(NtAssignProcessToJobObject(Inner, Third.ProcessHandle), STATUS_QUOTA_EXCEEDED);
    CHECK(Active(Outer) == 2 && Active(Inner) == 2);
    CHECK_STATUS(NtTerminateJobObject(Outer, 31), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&First), 31);
    CHECK_STATUS(TestFinishChild(&Second), 31);
    CHECK(Active(Outer) == 0 && Active(Inner) == 0);
    EndChild(&Third);
    NtClose(Inner);
    NtClose(Outer);
}

VOID TestNestedRefused(void)
{
    HANDLE First = MakeJob(), Second = MakeJob(), Ui = MakeJob();
    CHILD A, B;
    ULONG Restrictions = JOB_OBJECT_UILIMIT_DESKTOP;
    REQUIRE(StartWaiting(&A, TRUE));
    REQUIRE(StartWaiting(&B, TRUE));
    CHECK_STATUS(NtAssignProcessToJobObject(First, A.ProcessHandle), STATUS_SUCCESS);
    CHECK_STATUS(NtAssignProcessToJobObject(Second, B.ProcessHandle), STATUS_SUCCESS);
    CHECK_STATUS(NtAssignProcessToJobObject(Second, A.ProcessHandle), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtSetInformationJobObject(Ui, JobObjectBasicUIRestrictions, &Restrictions,
                                           sizeof(Restrictions)),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtAssignProcessToJobObject(Ui, A.ProcessHandle), STATUS_ACCESS_DENIED);
    EndChild(&A);
    EndChild(&B);
    NtClose(Ui);
    NtClose(Second);
    NtClose(First);
}

// Run a child in the job that starts another; how many are left in the job then?
static ULONG LeftAfter(ULONG Flags)
{
    HANDLE Job = MakeJob();
    CHILD Child;
    CHECK_STATUS(LimitJob(Job, Flags, 0, 0, 0), STATUS_SUCCESS);
    if (!CHECK_STATUS(TestStartChild(L"starts", L"", TRUE, FALSE, &Child), STATUS_SUCCESS))
        return 99;
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Child.ProcessHandle), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), 60);
    ULONG Left = Active(Job);
    NtTerminateJobObject(Job, 0);
    NtClose(Job);
    return Left;
}

VOID TestBreakaway(void)
{
    CHECK_EQUAL(LeftAfter(0), 1);
    CHECK_EQUAL(LeftAfter(JOB_OBJECT_LIMIT_BREAKAWAY_OK), 1); // nobody asked to
    CHECK_EQUAL(LeftAfter(JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK), 0);
}

VOID TestJobList(void)
{
    struct {
        UNICODE_STRING Name;
        WCHAR Text[MAX_PATH];
    } Image;
    UNICODE_STRING Line = STRING_OF(L"returns 4");
    HANDLE Jobs[] = {MakeJob(), MakeJob()}, Process, Thread;
    PS_CREATE_INFO Info = {.Size = sizeof(Info)};
    PRTL_USER_PROCESS_PARAMETERS Parameters;
    struct {
        SIZE_T TotalLength;
        PS_ATTRIBUTE Attributes[2];
    } List = {.TotalLength = sizeof(List)};
    PPEB Peb;
    ULONG Flags = 0;
    REQUIRE_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessImageFileName, &Image,
                                             sizeof(Image), nullptr),
                   STATUS_SUCCESS);
    List.Attributes[0] = (PS_ATTRIBUTE){.Attribute = PS_ATTRIBUTE_IMAGE_NAME,
                                        .Size = Image.Name.Length,
                                        .ValuePtr = Image.Name.Buffer};
    List.Attributes[1] =
        (PS_ATTRIBUTE){.Attribute = PS_ATTRIBUTE_JOB_LIST, .Size = sizeof(Jobs), .ValuePtr = Jobs};
    REQUIRE_STATUS(RtlCreateProcessParametersEx(&Parameters, &Image.Name, nullptr, nullptr, &Line,
                                                nullptr, nullptr, nullptr, nullptr, nullptr,
                                                RTL_USER_PROC_PARAMS_NORMALIZED),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateUserProcess(&Process, &Thread, PROCESS_ALL_ACCESS, THREAD_ALL_ACCESS,
                                       nullptr, nullptr, 0, THREAD_CREATE_FLAGS_CREATE_SUSPENDED,
                                       Parameters, &Info, (PPS_ATTRIBUTE_LIST)&List),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtIsProcessInJob(Process, Jobs[0]), STATUS_PROCESS_IN_JOB);
    CHECK_STATUS(NtIsProcessInJob(Process, Jobs[1]), STATUS_PROCESS_IN_JOB);
    Peb = (PPEB)Info.SuccessState.PebAddressNative;
    CHECK_STATUS(
        NtReadVirtualMemory(Process, &Peb->CrossProcessFlags, &Flags, sizeof(Flags), nullptr),
        STATUS_SUCCESS);
    CHECK(Flags & 1); // ProcessInJob
    CHILD Child = {.ProcessHandle = Process, .ThreadHandle = Thread};
    CHECK_STATUS(TestFinishChild(&Child), 4);
    RtlDestroyProcessParameters(Parameters);
    NtClose(Jobs[1]);
    NtClose(Jobs[0]);
}
