// The service fuzzer: how the Executive bears a program that does its worst. The fuzzing process has a
// token without privileges, of low integrity, and is in a job. When it dies, or stands still, the next
// takes its place, until FUZZ_CALLS calls have been made.

#include "fuzz.h"

#ifndef FUZZ_CALLS
#define FUZZ_CALLS 300'000
#endif
#ifndef FUZZ_SEED
#define FUZZ_SEED 1
#endif

static HANDLE Token, Job, Section, Key;
static PFUZZ_SHARED Shared;

// ---- What the process is given

static NTSTATUS MakeToken(void)
{
    static const SID Low = {
        SID_REVISION, 1, SECURITY_MANDATORY_LABEL_AUTHORITY, {SECURITY_MANDATORY_LOW_RID}};
    TOKEN_MANDATORY_LABEL Label = {{(PSID)&Low, SE_GROUP_INTEGRITY}};
    HANDLE Own;
    NTSTATUS Status = NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &Own);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtFilterToken(Own, DISABLE_MAX_PRIVILEGE, nullptr, nullptr, nullptr, &Token);
    NtClose(Own);
    return NT_SUCCESS(Status)
               ? NtSetInformationToken(Token, TokenIntegrityLevel, &Label, sizeof(Label))
               : Status;
}

static NTSTATUS MakeJob(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION Limits = {
        .BasicLimitInformation.LimitFlags =
            JOB_OBJECT_LIMIT_ACTIVE_PROCESS | JOB_OBJECT_LIMIT_PROCESS_MEMORY,
        .BasicLimitInformation.ActiveProcessLimit = 4,
        .ProcessMemoryLimit = 64 << 20,
    };
    NTSTATUS Status = NtCreateJobObject(&Job, JOB_OBJECT_ALL_ACCESS, nullptr);
    return NT_SUCCESS(Status) ? NtSetInformationJobObject(Job, JobObjectExtendedLimitInformation,
                                                          &Limits, sizeof(Limits))
                              : Status;
}

static NTSTATUS MakeShared(void)
{
    OBJECT_ATTRIBUTES Inherited = TestAttributes(nullptr, OBJ_INHERIT);
    LARGE_INTEGER Size = {.QuadPart = PAGE_SIZE};
    SIZE_T ViewSize = 0;
    NTSTATUS Status = NtCreateSection(&Section, SECTION_ALL_ACCESS, &Inherited, &Size,
                                      PAGE_READWRITE, SEC_COMMIT, nullptr);
    return NT_SUCCESS(Status)
               ? NtMapViewOfSection(Section, NtCurrentProcess(), (PVOID *)&Shared, 0, 0, nullptr,
                                    &ViewSize, ViewUnmap, 0, PAGE_READWRITE)
               : Status;
}

// A hive of its own, in which everyone may do everything; it goes when the test is over.
static NTSTATUS MakeHive(void)
{
    UNICODE_STRING Target = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\FUZZ");
    UNICODE_STRING File = RTL_CONSTANT_STRING(L"\\SystemRoot\\System32\\config\\FUZZ");
    OBJECT_ATTRIBUTES TargetKey = TestAttributes(&Target, OBJ_CASE_INSENSITIVE | OBJ_INHERIT);
    OBJECT_ATTRIBUTES SourceFile = TestAttributes(&File, OBJ_CASE_INSENSITIVE);
    SECURITY_DESCRIPTOR Descriptor;
    BOOLEAN Before;
    RtlAdjustPrivilege(SE_RESTORE_PRIVILEGE, TRUE, FALSE, &Before);
    NTSTATUS Status = NtLoadKey(&TargetKey, &SourceFile);
    if (NT_SUCCESS(Status))
        Status = NtOpenKey(&Key, KEY_ALL_ACCESS, &TargetKey);
    RtlCreateSecurityDescriptor(&Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&Descriptor, TRUE, nullptr, FALSE);
    return NT_SUCCESS(Status) ? NtSetSecurityObject(Key, DACL_SECURITY_INFORMATION, &Descriptor)
                              : Status;
}

static VOID DropHive(void)
{
    UNICODE_STRING Target = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\FUZZ");
    OBJECT_ATTRIBUTES TargetKey = TestAttributes(&Target, OBJ_CASE_INSENSITIVE);
    NtClose(Key);
    CHECK_STATUS(NtUnloadKey(&TargetKey), STATUS_SUCCESS);
}

// Atoms belong to nobody, and stay.
static VOID DropAtoms(void)
{
    for (ULONG Atom = 0xC000; Atom < 0x10000; Atom++)
        while (NT_SUCCESS(NtDeleteAtom((RTL_ATOM)Atom)))
            ;
}

// ---- Running it

static NTSTATUS StartFuzzer(ULONG Seed, PRTL_USER_PROCESS_INFORMATION Child)
{
    WCHAR Argument[64];
    _snwprintf(Argument, RTL_NUMBER_OF(Argument), L"%u %u %u", Seed, (ULONG)(ULONG_PTR)Section,
               (ULONG)(ULONG_PTR)Key);
    NTSTATUS Status = TestStartChildAs(Token, L"fuzz", Argument, TRUE, TRUE, Child);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtAssignProcessToJobObject(Job, Child->ProcessHandle);
    if (!NT_SUCCESS(Status))
        NtTerminateProcess(Child->ProcessHandle, Status);
    NtResumeThread(Child->ThreadHandle, nullptr);
    NtClose(Child->ThreadHandle);
    return Status;
}

// Until it ends by itself; one that makes no calls for half a second is ended.
static VOID WaitForFuzzer(HANDLE Process)
{
    LARGE_INTEGER Part = TestMilliseconds(100);
    ULONGLONG Last = 0;
    ULONG Still = 0;
    while (NtWaitForSingleObject(Process, FALSE, &Part) == STATUS_TIMEOUT) {
        Still = Shared->Calls == Last ? Still + 1 : 0;
        Last = Shared->Calls;
        if (Still < 5)
            continue;
        NtTerminateProcess(Process, STATUS_TIMEOUT);
        NtTerminateJobObject(Job, STATUS_TIMEOUT);
    }
    NtTerminateJobObject(Job, STATUS_SUCCESS); // what it may have started
    NtClose(Process);
}

static ULONGLONG RunFuzzer(ULONG Seed)
{
    RTL_USER_PROCESS_INFORMATION Child;
    *Shared = (FUZZ_SHARED){};
    if (!CHECK_STATUS(StartFuzzer(Seed, &Child), STATUS_SUCCESS))
        return FUZZ_CALLS;
    WaitForFuzzer(Child.ProcessHandle);
    ULONGLONG Calls = Shared->Calls;
    return Calls > FuzzCallsAProcess ? FuzzCallsAProcess : Calls; // it may have spoilt the count
}

static ULONGLONG FuzzFor(ULONGLONG Wanted, ULONG *Seed, ULONG *Processes)
{
    ULONGLONG Calls = 0, Reported = 0;
    for (*Processes = 0; Calls < Wanted && *Processes < Wanted / 100; ++*Processes) {
        Calls += RunFuzzer((*Seed)++);
        if (Calls - Reported >= 50'000) {
            Reported = Calls;
            TestComment("%llu calls, %lu processes", Calls, *Processes + 1);
        }
    }
    return Calls;
}

// ---- The tests

static HANDLE ObserverEnd;
static RTL_USER_PROCESS_INFORMATION Observer;

static NTSTATUS StartObserver(void)
{
    WCHAR Argument[32];
    OBJECT_ATTRIBUTES Inherited = TestAttributes(nullptr, OBJ_INHERIT);
    NTSTATUS Status =
        NtCreateEvent(&ObserverEnd, EVENT_ALL_ACCESS, &Inherited, NotificationEvent, FALSE);
    if (!NT_SUCCESS(Status))
        return Status;
    _snwprintf(Argument, RTL_NUMBER_OF(Argument), L"%u", (ULONG)(ULONG_PTR)ObserverEnd);
    return TestStartChild(L"observe", Argument, FALSE, TRUE, &Observer);
}

static TEST_IN_USE Before, After;
static NTSTATUS ObserverStatus;

// So many calls, with everything around them made and ended again; then what is in use.
static ULONGLONG Round(ULONGLONG Wanted, ULONG *Seed, TEST_IN_USE *InUse)
{
    ULONG Processes;
    if (!CHECK_STATUS(MakeHive(), STATUS_SUCCESS) || !CHECK_STATUS(StartObserver(), STATUS_SUCCESS))
        return 0;
    ULONGLONG Calls = FuzzFor(Wanted, Seed, &Processes);
    TestComment("%llu calls by %lu processes", Calls, Processes);
    NtSetEvent(ObserverEnd, nullptr);
    ObserverStatus = TestFinishChild(&Observer);
    NtClose(ObserverEnd);
    DropHive();
    DropAtoms();
    TestMeasure(InUse);
    return Calls;
}

// As much memory as all fuzzing processes of a job may have: the frames that the Executive makes of what
// the machine has stay frames.
static VOID TouchMemory(void)
{
    PUCHAR Base = nullptr;
    SIZE_T Size = 288 << 20, Part = 0;
    if (!CHECK_STATUS(NtAllocateVirtualMemory(NtCurrentProcess(), (PVOID *)&Base, 0, &Size,
                                              MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                      STATUS_SUCCESS))
        return;
    for (SIZE_T i = 0; i < Size; i += PAGE_SIZE)
        ((volatile UCHAR *)Base)[i] = 1;
    NtFreeVirtualMemory(NtCurrentProcess(), (PVOID *)&Base, &Part, MEM_RELEASE);
}

static VOID TestSurvives(void)
{
    ULONG Seed = FUZZ_SEED;
    REQUIRE_STATUS(MakeToken(), STATUS_SUCCESS);
    REQUIRE_STATUS(MakeJob(), STATUS_SUCCESS);
    REQUIRE_STATUS(MakeShared(), STATUS_SUCCESS);
    TouchMemory();
    TestMeasure(&After); // its own pages are there before they count
    // What is kept for the next of its kind, as packets and pieces of memory, is as much as was needed at once: after so
    // many calls it no longer grows.
    Round(FuzzWarmUpCalls, &Seed, &Before);
    CHECK(Round(FUZZ_CALLS, &Seed, &After) >= FUZZ_CALLS);
}

static VOID TestNothingLost(void)
{
    TestCheckInUse(&Before, &After);
}

static VOID TestObserver(void)
{
    CHECK_STATUS(ObserverStatus, STATUS_SUCCESS);
}

static const TEST Tests[] = {
    {"the Executive bears random calls", TestSurvives},
    {"nothing of them is left", TestNothingLost},
    {"another process was not disturbed", TestObserver},
};

static const TEST_CHILD Children[] = {{L"fuzz", FuzzChild}, {L"observe", ObserverChild}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
