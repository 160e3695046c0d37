// What the test driver sectest.sys understands.
#pragma once

#define SECTEST_CODE(Function) \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (Function), METHOD_BUFFERED, FILE_ANY_ACCESS)

#define SECTEST_SELF \
    SECTEST_CODE(0) // runs the tests of the driver; output: ULONG line that failed, 0: none
#define SECTEST_SUBJECT SECTEST_CODE(1) // output: SECTEST_SUBJECT_INFO of the caller
#define SECTEST_PRIVILEGE \
    SECTEST_CODE(2) // input: LUID; answer: success, or STATUS_PRIVILEGE_NOT_HELD
#define SECTEST_ACCESS \
    SECTEST_CODE(3) // input: ACCESS_MASK of a thing that administrators may read; output: granted
#define SECTEST_EVENT SECTEST_CODE(4) // input: SECTEST_HANDLE; sets the event
#define SECTEST_FILE \
    SECTEST_CODE(5) // input: SECTEST_HANDLE; information: 1: the file it came by, 2: another
#define SECTEST_PROCESS SECTEST_CODE(6) // input: SECTEST_HANDLE; information: the process's id
#define SECTEST_NAMED \
    SECTEST_CODE(     \
        7) // waits for \BaseNamedObjects\SecTestGo, then sets \BaseNamedObjects\SecTestDone
#define SECTEST_OPENER SECTEST_CODE(8) // output: SECTEST_SUBJECT_INFO of who opened the file
#define SECTEST_CREATE \
    SECTEST_CODE(9) // input: WCHARs of a descriptor; answer: that of creating a device with it

#define SECTEST_SEMAPHORE \
    SECTEST_CODE(10) // input: SECTEST_HANDLE; releases it; information: its count before
#define SECTEST_WAIT   SECTEST_CODE(11) // input: SECTEST_HANDLE; waits for it
#define SECTEST_THREAD SECTEST_CODE(12) // input: SECTEST_HANDLE; information: the thread's id

typedef struct _SECTEST_HANDLE {
    ULONG64 Handle;
    ULONG Access;
} SECTEST_HANDLE;

typedef struct _SECTEST_SUBJECT_INFO {
    ULONG Impersonates, Admin, Restricted, LocalSystem;
} SECTEST_SUBJECT_INFO;
