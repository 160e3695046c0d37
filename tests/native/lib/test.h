// The runtime of native test programs: TAP on the console, one line a test.
//
// A program defines TestSuite. It is the first program of its boot image (System32\smss.exe there), and
// starts itself again, with the name of a child as command line, when a test needs another process.
#pragma once

// Tests of the driver interface include <ntifs.h> and define this first: the two cannot be had together.
#ifndef TEST_DRIVER_INTERFACE
#include <nt.h>
#endif

typedef struct _TEST {
    PCSTR Name;
    VOID (*Run)(void);
} TEST;

typedef struct _TEST_CHILD {
    PCWSTR Name;
    NTSTATUS (*Run)(PCWSTR Argument); // returns the exit status
} TEST_CHILD;

typedef struct _TEST_SUITE {
    const TEST *Tests;
    ULONG TestCount;
    const TEST_CHILD *Children;
    ULONG ChildCount;
} TEST_SUITE;

extern const TEST_SUITE TestSuite;

#define TEST_SUITE_OF(Tests) {(Tests), RTL_NUMBER_OF(Tests), nullptr, 0}
#define TEST_SUITE_WITH_CHILDREN(Tests, Kids) \
    {(Tests), RTL_NUMBER_OF(Tests), (Kids), RTL_NUMBER_OF(Kids)}

// A check that fails is reported and fails its test; the test goes on. REQUIRE leaves the test.
#define CHECK(Condition) TestCheck((Condition) ? TRUE : FALSE, #Condition, __FILE__, __LINE__)
#define CHECK_STATUS(Call, Expected) \
    TestCheckStatus((Call), (Expected), #Call, #Expected, __FILE__, __LINE__)
#define CHECK_EQUAL(Actual, Expected)                                                        \
    TestCheckEqual((ULONGLONG)(Actual), (ULONGLONG)(Expected), #Actual, #Expected, __FILE__, \
                   __LINE__)
#define REQUIRE(Condition)     \
    do {                       \
        if (!CHECK(Condition)) \
            return;            \
    } while (0)
#define REQUIRE_STATUS(Call, Expected)     \
    do {                                   \
        if (!CHECK_STATUS(Call, Expected)) \
            return;                        \
    } while (0)

BOOLEAN TestCheck(BOOLEAN Passed, PCSTR Text, PCSTR File, int Line);
BOOLEAN TestCheckStatus(NTSTATUS Actual, NTSTATUS Expected, PCSTR Call, PCSTR ExpectedText,
                        PCSTR File, int Line);
BOOLEAN TestCheckEqual(ULONGLONG Actual, ULONGLONG Expected, PCSTR ActualText, PCSTR ExpectedText,
                       PCSTR File, int Line);
VOID TestComment(PCSTR Format, ...);                        // a line of its own, behind '#'
VOID TestFail(PCSTR File, int Line, PCSTR Format, ...);     // for checks in tables and loops
VOID TestMeasured(PCSTR Name, ULONGLONG Value, PCSTR Unit); // the result of a benchmark

#ifndef TEST_DRIVER_INTERFACE

// ---- Help for tests

// A process that runs a child of this suite; its first thread is suspended when Suspended.
NTSTATUS TestStartChild(PCWSTR Name, PCWSTR Argument, BOOLEAN Suspended, BOOLEAN InheritHandles,
                        PRTL_USER_PROCESS_INFORMATION Child);
// The same with another primary token.
NTSTATUS TestStartChildAs(HANDLE Token, PCWSTR Name, PCWSTR Argument, BOOLEAN Suspended,
                          BOOLEAN InheritHandles, PRTL_USER_PROCESS_INFORMATION Child);
// Resume, wait, close both handles. The exit status, or the status of the wait.
NTSTATUS TestFinishChild(PRTL_USER_PROCESS_INFORMATION Child);

HANDLE TestStartThread(PUSER_THREAD_START_ROUTINE Routine,
                       PVOID Argument); // null: failed, reported
NTSTATUS TestJoin(HANDLE Thread); // waits at most ten seconds, closes; the thread's exit status

LARGE_INTEGER TestMilliseconds(LONGLONG Milliseconds); // a relative time-out

// What of the machine is in use, without what is kept for the next of its kind.
enum { TestMostTypes = 48 };
typedef struct _TEST_IN_USE {
    SYSTEM_MEMORY_STATISTICS Memory;
    ULONG HostThreads;
    ULONG Types, Objects[TestMostTypes];
    WCHAR TypeNames[TestMostTypes][24];
    alignas(8) UCHAR PoolTags[16 * 1024]; // SYSTEM_POOLTAG_INFORMATION
} TEST_IN_USE;
VOID TestMeasure(TEST_IN_USE *InUse);
// A comment for each pool tag that is used more than before.
VOID TestShowPoolGrowth(const TEST_IN_USE *Before, const TEST_IN_USE *After);
// A check for each number that is not what it was.
VOID TestCheckInUse(const TEST_IN_USE *Before, const TEST_IN_USE *After);

static inline OBJECT_ATTRIBUTES TestAttributes(PUNICODE_STRING Name, ULONG Flags)
{
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, Name, Flags, nullptr, nullptr);
    return Attributes;
}

// Addresses that no service may be fooled by.
PVOID TestReadOnlyPage(void);     // committed, read-only
PVOID TestEndOfPage(SIZE_T Size); // Size bytes before a page that is not there
#define TEST_UNMAPPED ((PVOID)0x10)
#define TEST_KERNEL   ((PVOID)0xFFFF800000001000)
#define TEST_WRAPPING ((PVOID)0xFFFFFFFFFFFFFFF8)

#endif
