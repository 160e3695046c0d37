// Tests of the driver interface.
#pragma once

#include <ntifs.h>

#define TEST_DRIVER_INTERFACE
#include <test.h>

// The first test of a suite: start the kernel's part of the host.
VOID TestStartHost(void);

// Run Action and expect this bug check of it, with which it ends.
VOID TestExpectBugCheck(VOID (*Action)(PVOID), PVOID Context, ULONG Code, PCSTR File, int Line);
#define EXPECT_BUGCHECK(Action, Context, Code) \
    TestExpectBugCheck((Action), (Context), (Code), __FILE__, __LINE__)

static inline LARGE_INTEGER TestMilliseconds(LONGLONG Milliseconds)
{
    return (LARGE_INTEGER){.QuadPart = -Milliseconds * 10'000};
}

static inline NTSTATUS TestWait(PVOID Object, LONGLONG Milliseconds)
{
    LARGE_INTEGER Timeout = TestMilliseconds(Milliseconds);
    return KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, &Timeout);
}

static inline VOID TestSleep(LONGLONG Milliseconds)
{
    LARGE_INTEGER Interval = TestMilliseconds(Milliseconds);
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

// A system thread, referenced; TestJoinThread waits for it and gives the reference back.
PKTHREAD TestStartThread(PKSTART_ROUTINE Routine, PVOID Context);
BOOLEAN TestJoinThread(PKTHREAD Thread);
