// Information about processes.

#include "suite.h"

#define QUERY(Process, Class, Value) \
    NtQueryInformationProcess(Process, Class, &(Value), sizeof(Value), nullptr)

VOID TestProcessBasics(void)
{
    CHILD Child;
    PROCESS_EXTENDED_BASIC_INFORMATION Extended = {.Size = sizeof(Extended)};
    PROCESS_BASIC_INFORMATION Basic;
    VM_COUNTERS_EX Memory = {};
    KERNEL_USER_TIMES Times;
    REQUIRE(StartWaiting(&Child, TRUE));
    CHECK_STATUS(QUERY(Child.ProcessHandle, ProcessBasicInformation, Basic), STATUS_SUCCESS);
    CHECK_EQUAL(Basic.ExitStatus, STATUS_PENDING);
    CHECK(Basic.UniqueProcessId == Child.ClientId.UniqueProcess);
    CHECK(Basic.InheritedFromUniqueProcessId == NtCurrentTeb()->ClientId.UniqueProcess);
    CHECK_EQUAL(Basic.BasePriority, 8);
    CHECK_STATUS(QUERY(Child.ProcessHandle, ProcessBasicInformation, Extended), STATUS_SUCCESS);
    CHECK(Extended.BasicInfo.UniqueProcessId == Basic.UniqueProcessId);
    CHECK(!Extended.IsProcessDeleting && !Extended.IsWow64Process);
    Extended.Size = 1;
    CHECK_STATUS(QUERY(Child.ProcessHandle, ProcessBasicInformation, Extended),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(QUERY(Child.ProcessHandle, ProcessVmCounters, Memory), STATUS_SUCCESS);
    CHECK(Memory.PrivateUsage >= PAGE_SIZE && Memory.Counters.VirtualSize >= Memory.PrivateUsage);
    CHECK_STATUS(QUERY(Child.ProcessHandle, ProcessVmCounters, Memory.Counters), STATUS_SUCCESS);
    CHECK_STATUS(QUERY(Child.ProcessHandle, ProcessTimes, Times), STATUS_SUCCESS);
    CHECK(Times.CreateTime.QuadPart && !Times.ExitTime.QuadPart);
    NtTerminateProcess(Child.ProcessHandle, 5);
    NtWaitForSingleObject(Child.ProcessHandle, FALSE, nullptr);
    CHECK_STATUS(QUERY(Child.ProcessHandle, ProcessBasicInformation, Basic), STATUS_SUCCESS);
    CHECK_EQUAL(Basic.ExitStatus, 5);
    CHECK_STATUS(QUERY(Child.ProcessHandle, ProcessTimes, Times), STATUS_SUCCESS);
    CHECK(Times.ExitTime.QuadPart >= Times.CreateTime.QuadPart);
    CHECK_STATUS(TestFinishChild(&Child), 5);
}

typedef struct _ANSWER {
    UNICODE_STRING String;
    WCHAR Text[MAX_PATH];
} ANSWER;

static BOOLEAN EndsIn(const UNICODE_STRING *String, PCWSTR Text)
{
    SIZE_T Length = wcslen(Text);
    return String->Length >= Length * sizeof(WCHAR) &&
           !_wcsnicmp(String->Buffer + String->Length / sizeof(WCHAR) - Length, Text, Length);
}

VOID TestProcessNames(void)
{
    CHILD Child;
    ANSWER Answer;
    ULONG Length = 0;
    REQUIRE(StartWaiting(&Child, TRUE));
    CHECK_STATUS(QUERY(Child.ProcessHandle, ProcessImageFileName, Answer), STATUS_SUCCESS);
    CHECK(EndsIn(&Answer.String, L"\\System32\\smss.exe"));
    CHECK_EQUAL(Answer.String.MaximumLength, Answer.String.Length + sizeof(WCHAR));
    CHECK_STATUS(QUERY(Child.ProcessHandle, ProcessImageFileNameWin32, Answer), STATUS_SUCCESS);
    CHECK(EndsIn(&Answer.String, L"\\System32\\smss.exe"));
    CHECK_STATUS(QUERY(Child.ProcessHandle, ProcessCommandLineInformation, Answer), STATUS_SUCCESS);
    CHECK(!_wcsnicmp(Answer.String.Buffer, L"waits", 5));
    CHECK_STATUS(NtQueryInformationProcess(Child.ProcessHandle, ProcessImageFileName, &Answer,
                                           sizeof(UNICODE_STRING), &Length),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK(Length > sizeof(UNICODE_STRING));
    EndChild(&Child);
}

VOID TestProcessHandles(void)
{
    static struct {
        PROCESS_HANDLE_SNAPSHOT_INFORMATION Head;
        PROCESS_HANDLE_TABLE_ENTRY_INFO More[255];
    } Snapshot;
    HANDLE Event;
    ULONG Length = 0, Count = 0, Found = 0;
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_QUERY_STATE, nullptr, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessHandleInformation, &Snapshot,
                                           8, &Length),
                 STATUS_INFO_LENGTH_MISMATCH);
    REQUIRE(Length <= sizeof(Snapshot));
    REQUIRE_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessHandleInformation,
                                             &Snapshot, sizeof(Snapshot), &Length),
                   STATUS_SUCCESS);
    CHECK_STATUS(QUERY(NtCurrentProcess(), ProcessHandleCount, Count), STATUS_SUCCESS);
    CHECK_EQUAL(Snapshot.Head.NumberOfHandles, Count);
    for (ULONG i = 0; i < Count; i++) {
        if (Snapshot.Head.Handles[i].HandleValue != Event)
            continue;
        Found++;
        CHECK_EQUAL(Snapshot.Head.Handles[i].GrantedAccess, EVENT_QUERY_STATE);
        CHECK_EQUAL(Snapshot.Head.Handles[i].HandleCount, 1);
    }
    CHECK_EQUAL(Found, 1);
    NtClose(Event);
}

// Class, size, and the value that is expected in its first bytes.
VOID TestProcessFixed(void)
{
    static const struct {
        PROCESSINFOCLASS Class;
        ULONG Size;
        ULONG64 Value;
    } Classes[] = {
        {ProcessPriorityBoost, sizeof(ULONG), 0},
        {ProcessAffinityMask, sizeof(ULONG_PTR), 1},
        {ProcessSessionInformation, sizeof(ULONG), 0},
        {ProcessWow64Information, sizeof(ULONG_PTR), 0},
        {ProcessLUIDDeviceMapsEnabled, sizeof(ULONG), 1},
        {ProcessBreakOnTermination, sizeof(ULONG), 0},
        {ProcessExecuteFlags, sizeof(ULONG), 0xD},
        {ProcessDebugPort, sizeof(HANDLE), 0},
        {ProcessDebugFlags, sizeof(ULONG), 1},
        {ProcessGroupInformation, sizeof(USHORT), 0},
        {ProcessConsoleHostProcess, sizeof(ULONG_PTR), 0},
        {ProcessProtectionInformation, sizeof(UCHAR), 0},
        {ProcessChildProcessInformation, 3, 0},
        {ProcessSubsystemInformation, sizeof(ULONG), 0},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Classes); i++) {
        ULONG64 Value = 0;
        ULONG Length = 0;
        NTSTATUS Status = NtQueryInformationProcess(NtCurrentProcess(), Classes[i].Class, &Value,
                                                    Classes[i].Size, &Length);
        if (Status || Value != Classes[i].Value || Length != Classes[i].Size)
            TestFail(__FILE__, __LINE__, "class %u: %08lx, value %llx, length %lu",
                     Classes[i].Class, Status, Value, Length);
        Status =
            NtQueryInformationProcess(NtCurrentProcess(), Classes[i].Class, &Value, 0, &Length);
        if (Status != STATUS_INFO_LENGTH_MISMATCH && Status != STATUS_BUFFER_TOO_SMALL)
            TestFail(__FILE__, __LINE__, "class %u without room: %08lx", Classes[i].Class, Status);
    }
    HANDLE Debug;
    CHECK_STATUS(QUERY(NtCurrentProcess(), ProcessDebugObjectHandle, Debug), STATUS_PORT_NOT_SET);
    ULONG Cookie, Again;
    CHECK_STATUS(QUERY(NtCurrentProcess(), ProcessCookie, Cookie), STATUS_SUCCESS);
    CHECK_STATUS(QUERY(NtCurrentProcess(), ProcessCookie, Again), STATUS_SUCCESS);
    CHECK(Cookie && Cookie == Again);
    QUOTA_LIMITS Quota;
    CHECK_STATUS(QUERY(NtCurrentProcess(), ProcessQuotaLimits, Quota), STATUS_SUCCESS);
    CHECK(Quota.MinimumWorkingSetSize < Quota.MaximumWorkingSetSize);
}

VOID TestProcessChanges(void)
{
    CHILD Child;
    REQUIRE(StartWaiting(&Child, TRUE));
    HANDLE Process = Child.ProcessHandle;
    PROCESS_PRIORITY_CLASS Class = {FALSE, PROCESS_PRIORITY_CLASS_IDLE};
    PROCESS_BASIC_INFORMATION Basic;
    ULONG Mode = 0x8001, Result;
    KPRIORITY Priority = 11, TooHigh = 32;
    ULONG_PTR Affinity = 1, NoProcessor = 2;
#define SET(Which, Value) NtSetInformationProcess(Process, Which, &(Value), sizeof(Value))
    CHECK_STATUS(SET(ProcessPriorityClass, Class), STATUS_SUCCESS);
    CHECK_STATUS(QUERY(Process, ProcessBasicInformation, Basic), STATUS_SUCCESS);
    CHECK_EQUAL(Basic.BasePriority, 4);
    Class.PriorityClass = 7;
    CHECK_STATUS(SET(ProcessPriorityClass, Class), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(SET(ProcessBasePriority, Priority), STATUS_SUCCESS);
    CHECK_STATUS(QUERY(Process, ProcessBasicInformation, Basic), STATUS_SUCCESS);
    CHECK_EQUAL(Basic.BasePriority, 11);
    CHECK_STATUS(SET(ProcessBasePriority, TooHigh), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(SET(ProcessDefaultHardErrorMode, Mode), STATUS_SUCCESS);
    CHECK_STATUS(QUERY(Process, ProcessDefaultHardErrorMode, Result), STATUS_SUCCESS);
    CHECK_EQUAL(Result, 0x8001);
    CHECK_STATUS(SET(ProcessAffinityMask, Affinity), STATUS_SUCCESS);
    CHECK_STATUS(SET(ProcessAffinityMask, NoProcessor), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSetInformationProcess(Process, ProcessDefaultHardErrorMode, &Mode, 3),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_BAD_INPUT(NtSetInformationProcess(Process, ProcessDefaultHardErrorMode, Bad, 4));
    CHECK_STATUS(SET(MaxProcessInfoClass, Mode), STATUS_INVALID_INFO_CLASS);
    EndChild(&Child);
}

VOID TestProcessQueryErrors(void)
{
    PROCESS_BASIC_INFORMATION Basic;
    HANDLE Weak;
    CHECK_BAD_OUTPUT(NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, Bad,
                                               sizeof(Basic), nullptr));
    CHECK_BAD_OUTPUT(NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &Basic,
                                               sizeof(Basic), Bad));
    CHECK_BAD_OUTPUT(
        NtQueryInformationProcess(NtCurrentProcess(), ProcessImageFileName, Bad, 512, nullptr));
    CHECK_BAD_OUTPUT(NtQueryInformationProcess(NtCurrentProcess(), ProcessHandleInformation, Bad,
                                               16384, nullptr));
    CHECK_STATUS(
        NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &Basic, 7, nullptr),
        STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(QUERY(NtCurrentProcess(), MaxProcessInfoClass, Basic), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(QUERY(NtCurrentProcess(), (PROCESSINFOCLASS)-1, Basic), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(QUERY((HANDLE)0x7770, ProcessBasicInformation, Basic), STATUS_INVALID_HANDLE);
    CHECK_STATUS(QUERY(NtCurrentThread(), ProcessBasicInformation, Basic),
                 STATUS_OBJECT_TYPE_MISMATCH);
    REQUIRE_STATUS(NtDuplicateObject(NtCurrentProcess(), NtCurrentProcess(), NtCurrentProcess(),
                                     &Weak, SYNCHRONIZE, 0, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(QUERY(Weak, ProcessBasicInformation, Basic), STATUS_ACCESS_DENIED);
    NtClose(Weak);
}
