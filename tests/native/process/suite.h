// The tests of the suite.
#pragma once

#include <pointers.h>
#include <test.h>

#define STRING_OF(Text) {sizeof(Text) - sizeof(WCHAR), sizeof(Text), (PWCH)(Text)}

typedef RTL_USER_PROCESS_INFORMATION CHILD;

// A child that waits to be ended; suspended, or running.
static inline BOOLEAN StartWaiting(CHILD *Child, BOOLEAN Suspended)
{
    return CHECK_STATUS(TestStartChild(L"waits", L"", Suspended, FALSE, Child), STATUS_SUCCESS);
}

static inline VOID EndChild(CHILD *Child)
{
    CHECK_STATUS(NtTerminateProcess(Child->ProcessHandle, STATUS_CANCELLED), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(Child), STATUS_CANCELLED);
}

static inline BOOLEAN HasEnded(HANDLE Process)
{
    LARGE_INTEGER Now = {};
    return NtWaitForSingleObject(Process, FALSE, &Now) == STATUS_SUCCESS;
}

static inline HANDLE MakeJob(void)
{
    HANDLE Job = nullptr;
    CHECK_STATUS(NtCreateJobObject(&Job, JOB_OBJECT_ALL_ACCESS, nullptr), STATUS_SUCCESS);
    return Job;
}

// Limits of a job beyond the basic ones.
NTSTATUS LimitJob(HANDLE Job, ULONG Flags, ULONG Processes, SIZE_T ProcessBytes, SIZE_T JobBytes);

// create.c
VOID TestExitStatus(void);
VOID TestSuspendedStart(void);
VOID TestParameters(void);
VOID TestCreateInfo(void);
VOID TestAttributeOutputs(void);
VOID TestHandleList(void);
VOID TestFromSection(void);
VOID TestPeb(void);
NTSTATUS ChildReturns(PCWSTR Argument);
NTSTATUS ChildWaits(PCWSTR Argument);
NTSTATUS ChildParameters(PCWSTR Argument);
NTSTATUS ChildHandle(PCWSTR Argument);

// errors.c
VOID TestCreateErrors(void);
VOID TestProcessErrors(void);
VOID TestThreadErrors(void);

// info.c
VOID TestProcessBasics(void);
VOID TestProcessNames(void);
VOID TestProcessHandles(void);
VOID TestProcessFixed(void);
VOID TestProcessChanges(void);
VOID TestProcessQueryErrors(void);

// memory.c
VOID TestTerminate(void);
VOID TestTerminateOthers(void);
VOID TestSuspendProcess(void);
VOID TestForeignMemory(void);
NTSTATUS ChildCounts(PCWSTR Argument);
NTSTATUS ChildLeaves(PCWSTR Argument);

// thread.c
VOID TestThreadBasics(void);
VOID TestThreadName(void);
VOID TestThreadTeb(void);
VOID TestThreadTls(void);
VOID TestThreadSuspend(void);
VOID TestThreadQueryErrors(void);

// walk.c
VOID TestOpenProcess(void);
VOID TestOpenThread(void);
VOID TestNextProcess(void);
VOID TestNextThread(void);

// job.c
VOID TestJobMembers(void);
VOID TestJobActiveLimit(void);
VOID TestJobKillOnClose(void);
VOID TestJobTerminate(void);
VOID TestJobMessages(void);
VOID TestJobMemory(void);
VOID TestJobPriority(void);
VOID TestJobErrors(void);
NTSTATUS ChildAllocates(PCWSTR Argument);
NTSTATUS ChildStarts(PCWSTR Argument);

// nest.c
VOID TestNestedJobs(void);
VOID TestNestedRefused(void);
VOID TestBreakaway(void);
VOID TestJobList(void);
