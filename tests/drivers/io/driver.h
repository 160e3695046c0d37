// Private to iotest.sys.
#pragma once

#include <ntddk.h>

#include "iotest.h"

// In a function that returns the failed line, or 0.
#define EXPECT(Condition)    \
    do {                     \
        if (!(Condition))    \
            return __LINE__; \
    } while (0)

extern PDEVICE_OBJECT TestDevice, TestLower, TestDirect;

NTSTATUS TestComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);

// transfer.c: the three methods, and the lower devices' transfers
NTSTATUS TestTransferControl(PIRP Irp, PIO_STACK_LOCATION Stack);
NTSTATUS TestLowerDispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp);
// pending.c
NTSTATUS TestPend(PIRP Irp, ULONG Code);
NTSTATUS TestPendLater(PIRP Irp);
VOID TestStartPending(VOID);
// queue.c
DRIVER_STARTIO TestStartIo;
NTSTATUS TestStart(PIRP Irp);
NTSTATUS TestQueue(PIRP Irp);
NTSTATUS TestRelease(PIRP Irp);
NTSTATUS TestOrder(PIRP Irp, ULONG Length);
VOID TestStartQueues(VOID);
ULONG TestQueueContext(VOID);
ULONG TestDeferredStart(VOID);
// stack.c
NTSTATUS TestStack(PIRP Irp);
ULONG TestCompletionStops(VOID);
ULONG TestGuardedCompletion(VOID);
ULONG TestAssociated(VOID);
ULONG TestPartialMdl(VOID);
// built.c
ULONG TestBuiltControls(VOID);
ULONG TestBuiltTransfers(VOID);
ULONG TestAsynchronous(VOID);
ULONG TestOwnPointer(VOID);
ULONG TestForeignPointer(VOID);
// disk.c
extern PDEVICE_OBJECT TestDisk;
NTSTATUS TestDiskDispatch(PIRP Irp);
ULONG TestDiskSectors(VOID);
// object.c
ULONG TestWorkItems(VOID);
ULONG TestRemoveLock(VOID);
ULONG TestDriverExtension(VOID);
ULONG TestShareAccess(VOID);
ULONG TestDeviceTimer(VOID);
ULONG TestErrorLog(VOID);
