// Private to sectest.sys.
#pragma once

#include <ntifs.h>

#include "sectest.h"

// In a function that returns the failed line, or 0.
#define EXPECT(Condition)    \
    do {                     \
        if (!(Condition))    \
            return __LINE__; \
    } while (0)

extern PDRIVER_OBJECT TestDriver;

// access.c
ULONG TestExports(VOID), TestFilter(VOID), TestKernelMode(VOID);
VOID TestDescribe(PSECURITY_SUBJECT_CONTEXT Context, SECTEST_SUBJECT_INFO *Info);
NTSTATUS TestPrivilege(LUID Privilege);
NTSTATUS TestAccess(ACCESS_MASK Desired, PACCESS_MASK Granted);
// assign.c
ULONG TestAssign(VOID);
// handle.c
NTSTATUS TestEvent(const SECTEST_HANDLE *Handle);
NTSTATUS TestFile(const SECTEST_HANDLE *Handle, PFILE_OBJECT Own, PULONG_PTR Kind);
NTSTATUS TestProcess(const SECTEST_HANDLE *Handle, PULONG_PTR Id);
NTSTATUS TestNamed(VOID);
ULONG TestOwnHandles(VOID);
// wait.c
ULONG TestMixedWaits(VOID);
NTSTATUS TestCallersSemaphore(const SECTEST_HANDLE *Handle, PULONG_PTR Before);
NTSTATUS TestCallersWait(const SECTEST_HANDLE *Handle);
NTSTATUS TestCallersThread(const SECTEST_HANDLE *Handle, PULONG_PTR Id);
// device.c
ULONG TestSecureDevices(VOID);
NTSTATUS TestCreate(PCWSTR Text, ULONG Bytes);
