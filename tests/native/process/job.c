// Jobs.

#include "suite.h"

NTSTATUS LimitJob(HANDLE Job, ULONG Flags, ULONG Processes, SIZE_T ProcessBytes, SIZE_T JobBytes)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION Limits = {
        .BasicLimitInformation = {.LimitFlags = Flags, .ActiveProcessLimit = Processes},
        .ProcessMemoryLimit = ProcessBytes,
        .JobMemoryLimit = JobBytes,
    };
    return NtSetInformationJobObject(Job, JobObjectExtendedLimitInformation, &Limits,
                                     sizeof(Limits));
}

static JOBOBJECT_BASIC_ACCOUNTING_INFORMATION Account(HANDLE Job)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION Accounting = {};
    CHECK_STATUS(NtQueryInformationJobObject(Job, JobObjectBasicAccountingInformation, &Accounting,
                                             sizeof(Accounting), nullptr),
                 STATUS_SUCCESS);
    return Accounting;
}

// Starts a child of its own that waits, and returns with its ID.
NTSTATUS ChildStarts(PCWSTR Argument)
{
    CHILD Child;
    UNREFERENCED_PARAMETER(Argument);
    NTSTATUS Status = TestStartChild(L"waits", L"", FALSE, FALSE, &Child);
    return NT_SUCCESS(Status) ? 60 : Status;
}

VOID TestJobMembers(void)
{
    HANDLE Job = MakeJob();
    CHILD Child;
    struct {
        JOBOBJECT_BASIC_PROCESS_ID_LIST List;
        ULONG_PTR More[3];
    } Ids;
    ULONG Length = 0;
    CHECK_STATUS(NtIsProcessInJob(NtCurrentProcess(), nullptr), STATUS_PROCESS_NOT_IN_JOB);
    REQUIRE_STATUS(TestStartChild(L"starts", L"", TRUE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Child.ProcessHandle), STATUS_SUCCESS);
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Child.ProcessHandle), STATUS_SUCCESS);
    CHECK_STATUS(NtIsProcessInJob(Child.ProcessHandle, Job), STATUS_PROCESS_IN_JOB);
    CHECK_STATUS(NtIsProcessInJob(Child.ProcessHandle, nullptr), STATUS_PROCESS_IN_JOB);
    CHECK_EQUAL(Account(Job).ActiveProcesses, 1);
    NtResumeThread(Child.ThreadHandle, nullptr);
    CHECK_STATUS(TestFinishChild(&Child), 60);
    // The grandchild is there.
    CHECK_EQUAL(Account(Job).ActiveProcesses, 1);
    CHECK_EQUAL(Account(Job).TotalProcesses, 2);
    CHECK(Account(Job).TotalPageFaultCount > 0);
    CHECK_STATUS(
        NtQueryInformationJobObject(Job, JobObjectBasicProcessIdList, &Ids, sizeof(Ids), &Length),
        STATUS_SUCCESS);
    CHECK(Ids.List.NumberOfAssignedProcesses == 1 && Ids.List.NumberOfProcessIdsInList == 1);
    CHECK_STATUS(NtQueryInformationJobObject(Job, JobObjectBasicProcessIdList, &Ids, 8, &Length),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(Ids.List.NumberOfProcessIdsInList, 0);
    CHECK_STATUS(NtTerminateJobObject(Job, 9), STATUS_SUCCESS);
    CHECK_EQUAL(Account(Job).ActiveProcesses, 0);
    NtClose(Job);
}

VOID TestJobActiveLimit(void)
{
    HANDLE Job = MakeJob();
    CHILD First, Second;
    CHECK_STATUS(LimitJob(Job, JOB_OBJECT_LIMIT_ACTIVE_PROCESS, 0, 0, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(LimitJob(Job, JOB_OBJECT_LIMIT_ACTIVE_PROCESS, 1, 0, 0), STATUS_SUCCESS);
    REQUIRE_STATUS(TestStartChild(L"starts", L"", TRUE, FALSE, &First), STATUS_SUCCESS);
    REQUIRE(StartWaiting(&Second, TRUE));
    CHECK_STATUS(NtAssignProcessToJobObject(Job, First.ProcessHandle), STATUS_SUCCESS);
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Second.ProcessHandle), STATUS_QUOTA_EXCEEDED);
    CHECK_STATUS(NtIsProcessInJob(Second.ProcessHandle, Job), STATUS_PROCESS_NOT_IN_JOB);
    NtResumeThread(First.ThreadHandle, nullptr);
    CHECK_STATUS(TestFinishChild(&First), STATUS_QUOTA_EXCEEDED); // it may not start another
    CHECK_EQUAL(Account(Job).TotalTerminatedProcesses, 1);
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Second.ProcessHandle), STATUS_SUCCESS);
    EndChild(&Second);
    NtClose(Job);
}

VOID TestJobKillOnClose(void)
{
    HANDLE Job = MakeJob(), Copy;
    CHILD Child;
    CHECK_STATUS(LimitJob(Job, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, 0, 0, 0), STATUS_SUCCESS);
    REQUIRE(StartWaiting(&Child, FALSE));
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Child.ProcessHandle), STATUS_SUCCESS);
    REQUIRE_STATUS(NtDuplicateObject(NtCurrentProcess(), Job, NtCurrentProcess(), &Copy, 0, 0,
                                     DUPLICATE_SAME_ACCESS),
                   STATUS_SUCCESS);
    NtClose(Job);
    CHECK(!HasEnded(Child.ProcessHandle));
    NtClose(Copy);
    CHECK_STATUS(NtWaitForSingleObject(Child.ProcessHandle, FALSE, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
    // Without the limit the job lives on in its processes, and takes in their children.
    Job = MakeJob();
    REQUIRE_STATUS(TestStartChild(L"starts", L"", TRUE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Child.ProcessHandle), STATUS_SUCCESS);
    NtClose(Job);
    NtResumeThread(Child.ThreadHandle, nullptr);
    CHECK_STATUS(TestFinishChild(&Child), 60);
}

VOID TestJobTerminate(void)
{
    HANDLE Job = MakeJob();
    CHILD Children[3];
    for (ULONG i = 0; i < 3; i++) {
        REQUIRE(StartWaiting(&Children[i], i == 1));
        CHECK_STATUS(NtAssignProcessToJobObject(Job, Children[i].ProcessHandle), STATUS_SUCCESS);
    }
    CHECK_STATUS(NtTerminateJobObject(Job, 17), STATUS_SUCCESS);
    for (ULONG i = 0; i < 3; i++)
        CHECK_STATUS(TestFinishChild(&Children[i]), 17);
    CHECK_EQUAL(Account(Job).ActiveProcesses, 0);
    CHECK_EQUAL(Account(Job).TotalTerminatedProcesses, 0); // by limits: none
    NtClose(Job);
}

static VOID ExpectMessage(HANDLE Port, ULONG Message, HANDLE Process)
{
    PVOID Key = nullptr, Value = nullptr;
    IO_STATUS_BLOCK Io = {};
    LARGE_INTEGER Timeout = TestMilliseconds(1000);
    if (!CHECK_STATUS(NtRemoveIoCompletion(Port, &Key, &Value, &Io, &Timeout), STATUS_SUCCESS))
        return;
    CHECK_EQUAL(Io.Information, Message);
    CHECK_EQUAL((ULONG_PTR)Value, (ULONG_PTR)Process);
    CHECK_EQUAL((ULONG_PTR)Key, 0x66);
}

VOID TestJobMessages(void)
{
    HANDLE Job = MakeJob(), Port;
    CHILD Child, Second;
    REQUIRE_STATUS(NtCreateIoCompletion(&Port, IO_COMPLETION_ALL_ACCESS, nullptr, 0),
                   STATUS_SUCCESS);
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT Associate = {(PVOID)0x66, Port};
    CHECK_STATUS(NtSetInformationJobObject(Job, JobObjectAssociateCompletionPortInformation,
                                           &Associate, sizeof(Associate)),
                 STATUS_SUCCESS);
    CHECK_STATUS(LimitJob(Job, JOB_OBJECT_LIMIT_ACTIVE_PROCESS, 1, 0, 0), STATUS_SUCCESS);
    REQUIRE_STATUS(TestStartChild(L"returns", L"C0000005", TRUE, FALSE, &Child), STATUS_SUCCESS);
    REQUIRE_STATUS(TestStartChild(L"returns", L"0", TRUE, FALSE, &Second), STATUS_SUCCESS);
    HANDLE Id = Child.ClientId.UniqueProcess, SecondId = Second.ClientId.UniqueProcess;
    NtAssignProcessToJobObject(Job, Child.ProcessHandle);
    ExpectMessage(Port, JOB_OBJECT_MSG_NEW_PROCESS, Id);
    NtAssignProcessToJobObject(Job, Second.ProcessHandle);
    ExpectMessage(Port, JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, nullptr);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_ACCESS_VIOLATION);
    ExpectMessage(Port, JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS, Id);
    ExpectMessage(Port, JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, nullptr);
    NtAssignProcessToJobObject(Job, Second.ProcessHandle);
    ExpectMessage(Port, JOB_OBJECT_MSG_NEW_PROCESS, SecondId);
    CHECK_STATUS(TestFinishChild(&Second), STATUS_SUCCESS);
    ExpectMessage(Port, JOB_OBJECT_MSG_EXIT_PROCESS, SecondId);
    ExpectMessage(Port, JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, nullptr);
    NtClose(Job);
    NtClose(Port);
}

// Argument: how many pages, in hexadecimal, it tries to get beside what it has.
NTSTATUS ChildAllocates(PCWSTR Argument)
{
    UNICODE_STRING String;
    ULONG Pages = 0;
    PVOID Base = nullptr;
    RtlInitUnicodeString(&String, Argument);
    RtlUnicodeStringToInteger(&String, 16, &Pages);
    SIZE_T Size = (SIZE_T)Pages * PAGE_SIZE;
    return NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Size, MEM_RESERVE | MEM_COMMIT,
                                   PAGE_READWRITE);
}

static NTSTATUS RunAllocating(HANDLE Job, PCWSTR Pages)
{
    CHILD Child;
    NTSTATUS Status = TestStartChild(L"allocates", Pages, TRUE, FALSE, &Child);
    if (!NT_SUCCESS(Status))
        return Status;
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Child.ProcessHandle), STATUS_SUCCESS);
    return TestFinishChild(&Child);
}

VOID TestJobMemory(void)
{
    HANDLE Job = MakeJob();
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION Limits;
    CHECK_STATUS(LimitJob(Job, JOB_OBJECT_LIMIT_PROCESS_MEMORY, 0, 16 << 20, 0), STATUS_SUCCESS);
    CHECK_STATUS(RunAllocating(Job, L"100"), STATUS_SUCCESS);
    CHECK_STATUS(RunAllocating(Job, L"1001"), STATUS_COMMITMENT_LIMIT);
    CHECK_STATUS(NtQueryInformationJobObject(Job, JobObjectExtendedLimitInformation, &Limits,
                                             sizeof(Limits), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Limits.ProcessMemoryLimit, 16 << 20);
    CHECK(Limits.PeakProcessMemoryUsed >= 1 << 20 && Limits.PeakProcessMemoryUsed <= 16 << 20);
    CHECK(Limits.PeakJobMemoryUsed >= Limits.PeakProcessMemoryUsed);
    // All of a job's processes together.
    CHECK_STATUS(LimitJob(Job, JOB_OBJECT_LIMIT_JOB_MEMORY, 0, 0, 16 << 20), STATUS_SUCCESS);
    CHILD Holder;
    PVOID Base = nullptr;
    SIZE_T Size = 12 << 20;
    REQUIRE(StartWaiting(&Holder, TRUE));
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Holder.ProcessHandle), STATUS_SUCCESS);
    CHECK_STATUS(RunAllocating(Job, L"800"), STATUS_SUCCESS);
    CHECK_STATUS(NtAllocateVirtualMemory(Holder.ProcessHandle, &Base, 0, &Size,
                                         MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                 STATUS_SUCCESS);
    CHECK_STATUS(RunAllocating(Job, L"800"), STATUS_COMMITMENT_LIMIT);
    EndChild(&Holder);
    NtClose(Job);
}

VOID TestJobPriority(void)
{
    HANDLE Job = MakeJob();
    CHILD Child;
    PROCESS_PRIORITY_CLASS Class;
    JOBOBJECT_BASIC_LIMIT_INFORMATION Limits = {.LimitFlags = JOB_OBJECT_LIMIT_PRIORITY_CLASS,
                                                .PriorityClass = PROCESS_PRIORITY_CLASS_IDLE};
    REQUIRE(StartWaiting(&Child, TRUE));
    CHECK_STATUS(
        NtSetInformationJobObject(Job, JobObjectBasicLimitInformation, &Limits, sizeof(Limits)),
        STATUS_SUCCESS);
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Child.ProcessHandle), STATUS_SUCCESS);
    NtQueryInformationProcess(Child.ProcessHandle, ProcessPriorityClass, &Class, sizeof(Class),
                              nullptr);
    CHECK_EQUAL(Class.PriorityClass, PROCESS_PRIORITY_CLASS_IDLE);
    Limits.PriorityClass = PROCESS_PRIORITY_CLASS_HIGH;
    CHECK_STATUS(
        NtSetInformationJobObject(Job, JobObjectBasicLimitInformation, &Limits, sizeof(Limits)),
        STATUS_SUCCESS);
    NtQueryInformationProcess(Child.ProcessHandle, ProcessPriorityClass, &Class, sizeof(Class),
                              nullptr);
    CHECK_EQUAL(Class.PriorityClass, PROCESS_PRIORITY_CLASS_HIGH);
    EndChild(&Child);
    NtClose(Job);
}

VOID TestJobErrors(void)
{
    HANDLE Job = MakeJob(), Handle, Weak;
    JOBOBJECT_BASIC_LIMIT_INFORMATION Limits = {};
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION Accounting;
    ULONG Ui = 0x8000, Length;
    CHECK_BAD_OUTPUT(NtCreateJobObject(Bad, JOB_OBJECT_ALL_ACCESS, nullptr));
    CHECK_BAD_INPUT(NtCreateJobObject(&Handle, JOB_OBJECT_ALL_ACCESS, Bad));
    CHECK_STATUS(NtOpenJobObject(&Handle, JOB_OBJECT_ALL_ACCESS, nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAssignProcessToJobObject(Job, (HANDLE)0x7770), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtAssignProcessToJobObject((HANDLE)0x7770, NtCurrentProcess()),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Job), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtQueryInformationJobObject(nullptr, JobObjectBasicAccountingInformation,
                                             &Accounting, sizeof(Accounting), nullptr),
                 STATUS_ACCESS_DENIED); // this process is in none
    CHECK_STATUS(NtQueryInformationJobObject(Job, MaxJobObjectInfoClass, &Accounting, 8, nullptr),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtQueryInformationJobObject(Job, JobObjectBasicAccountingInformation, &Accounting,
                                             8, nullptr),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_BAD_OUTPUT(NtQueryInformationJobObject(Job, JobObjectBasicAccountingInformation, Bad,
                                                 sizeof(Accounting), &Length));
    CHECK_BAD_INPUT(
        NtSetInformationJobObject(Job, JobObjectBasicLimitInformation, Bad, sizeof(Limits)));
    CHECK_STATUS(NtSetInformationJobObject(Job, JobObjectBasicLimitInformation, &Limits, 4),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtSetInformationJobObject(Job, MaxJobObjectInfoClass, &Limits, 4),
                 STATUS_INVALID_INFO_CLASS);
    Limits.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE; // not a basic limit
    CHECK_STATUS(
        NtSetInformationJobObject(Job, JobObjectBasicLimitInformation, &Limits, sizeof(Limits)),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSetInformationJobObject(Job, JobObjectBasicUIRestrictions, &Ui, sizeof(Ui)),
                 STATUS_INVALID_PARAMETER);
    REQUIRE_STATUS(
        NtDuplicateObject(NtCurrentProcess(), Job, NtCurrentProcess(), &Weak, SYNCHRONIZE, 0, 0),
        STATUS_SUCCESS);
    CHECK_STATUS(NtTerminateJobObject(Weak, 0), STATUS_ACCESS_DENIED);
    CHECK_STATUS(LimitJob(Weak, 0, 0, 0, 0), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtIsProcessInJob(NtCurrentProcess(), Weak), STATUS_ACCESS_DENIED);
    NtClose(Weak);
    NtClose(Job);
}
