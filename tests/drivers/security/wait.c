// Waits for objects of the Executive and of the driver together, and callers' semaphores, timers and threads.

#include "driver.h"

NTSYSAPI NTSTATUS NTAPI ZwCreateSemaphore(PHANDLE Semaphore, ACCESS_MASK Access,
                                          POBJECT_ATTRIBUTES Attributes, LONG Count, LONG Limit);
NTKERNELAPI BOOLEAN NTAPI KeAlertThread(PKTHREAD Thread, KPROCESSOR_MODE AlertMode);

typedef struct _MIX {
    HANDLE Handles[2];
    PKEVENT Event;         // the Executive's, of one wait
    PKSEMAPHORE Semaphore; // the Executive's
    KEVENT Local;
    KSEMAPHORE LocalSemaphore;
} MIX;

static VOID CloseMix(MIX *Mix)
{
    ObDereferenceObject(Mix->Event);
    ObDereferenceObject(Mix->Semaphore);
    ZwClose(Mix->Handles[0]);
    ZwClose(Mix->Handles[1]);
}

static ULONG OpenMix(MIX *Mix)
{
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    EXPECT(ZwCreateEvent(&Mix->Handles[0], EVENT_ALL_ACCESS, &Attributes, SynchronizationEvent,
                         FALSE) == STATUS_SUCCESS);
    EXPECT(ZwCreateSemaphore(&Mix->Handles[1], SEMAPHORE_ALL_ACCESS, &Attributes, 0, 2) ==
           STATUS_SUCCESS);
    EXPECT(ObReferenceObjectByHandle(Mix->Handles[0], EVENT_ALL_ACCESS, *ExEventObjectType,
                                     KernelMode, (PVOID *)&Mix->Event, NULL) == STATUS_SUCCESS);
    EXPECT(ObReferenceObjectByHandle(Mix->Handles[1], SEMAPHORE_ALL_ACCESS, *ExSemaphoreObjectType,
                                     KernelMode, (PVOID *)&Mix->Semaphore, NULL) == STATUS_SUCCESS);
    KeInitializeEvent(&Mix->Local, SynchronizationEvent, FALSE);
    KeInitializeSemaphore(&Mix->LocalSemaphore, 0, 5);
    return 0;
}

static NTSTATUS Wait(PVOID First, PVOID Second, PVOID Third, WAIT_TYPE Type, LONG Milliseconds)
{
    PVOID Objects[] = {First, Second, Third};
    LARGE_INTEGER Timeout = {.QuadPart = Milliseconds * -10'000LL};
    return KeWaitForMultipleObjects(Third ? 3 : 2, Objects, Type, Executive, KernelMode, TRUE,
                                    &Timeout, NULL);
}

static ULONG TestSemaphore(MIX *Mix)
{
    LARGE_INTEGER Now = {.QuadPart = 0};
    volatile NTSTATUS Status = STATUS_SUCCESS;
    EXPECT(KeReadStateSemaphore(Mix->Semaphore) == 0);
    EXPECT(KeReleaseSemaphore(Mix->Semaphore, 0, 1, FALSE) == 0);
    EXPECT(KeReadStateSemaphore(Mix->Semaphore) == 1);
    __try {
        KeReleaseSemaphore(Mix->Semaphore, 0, 2, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Status = GetExceptionCode();
    }
    EXPECT(Status == STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    EXPECT(KeWaitForSingleObject(Mix->Semaphore, Executive, KernelMode, FALSE, &Now) ==
           STATUS_SUCCESS);
    EXPECT(KeWaitForSingleObject(Mix->Semaphore, Executive, KernelMode, FALSE, &Now) ==
           STATUS_TIMEOUT);
    return 0;
}

static ULONG TestAny(MIX *Mix)
{
    EXPECT(Wait(Mix->Event, &Mix->Local, NULL, WaitAny, 0) == STATUS_TIMEOUT);
    EXPECT(Wait(Mix->Event, &Mix->Local, NULL, WaitAny, 20) == STATUS_TIMEOUT);
    KeSetEvent(&Mix->Local, 0, FALSE);
    KeSetEvent(Mix->Event, 0, FALSE);
    EXPECT(Wait(Mix->Semaphore, Mix->Event, &Mix->Local, WaitAny, 20) == STATUS_WAIT_1);
    EXPECT(Wait(Mix->Semaphore, Mix->Event, &Mix->Local, WaitAny, 20) == STATUS_WAIT_2);
    KeSetEvent(&Mix->Local, 0, FALSE);
    KeSetEvent(Mix->Event, 0, FALSE);
    EXPECT(Wait(&Mix->Local, Mix->Semaphore, Mix->Event, WaitAny, 20) == STATUS_WAIT_0);
    EXPECT(Wait(&Mix->Local, Mix->Semaphore, Mix->Event, WaitAny, 20) == STATUS_WAIT_2);
    EXPECT(Wait(&Mix->Local, Mix->Semaphore, Mix->Event, WaitAny, 0) == STATUS_TIMEOUT);
    return 0;
}

static ULONG TestAll(MIX *Mix)
{
    KeSetEvent(Mix->Event, 0, FALSE);
    EXPECT(Wait(Mix->Event, &Mix->LocalSemaphore, NULL, WaitAll, 20) == STATUS_TIMEOUT);
    EXPECT(KeReadStateEvent(Mix->Event) == 1); // nothing was taken
    KeResetEvent(Mix->Event);
    KeReleaseSemaphore(&Mix->LocalSemaphore, 0, 1, FALSE);
    EXPECT(Wait(Mix->Event, &Mix->LocalSemaphore, NULL, WaitAll, 20) == STATUS_TIMEOUT);
    EXPECT(KeReadStateSemaphore(&Mix->LocalSemaphore) == 1);
    KeSetEvent(Mix->Event, 0, FALSE);
    EXPECT(Wait(Mix->Event, &Mix->LocalSemaphore, NULL, WaitAll, 20) == STATUS_SUCCESS);
    EXPECT(KeReadStateSemaphore(&Mix->LocalSemaphore) == 0);
    EXPECT(KeReadStateEvent(Mix->Event) == 0);
    return 0;
}

// ---- With a thread that signals

typedef struct _SIGNALLER {
    MIX *Mix;
    PKTHREAD Waiter;
    ULONG What;
} SIGNALLER;

enum { SignalLocal = 1, SignalRemote = 2, SignalLocalFirst = 4, SignalAlert = 8 };

static VOID Sleep(LONG Milliseconds)
{
    LARGE_INTEGER Interval = {.QuadPart = Milliseconds * -10'000LL};
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

static VOID NTAPI Signal(PVOID Context)
{
    SIGNALLER *Signaller = Context;
    Sleep(20);
    if (Signaller->What & SignalLocalFirst)
        KeSetEvent(&Signaller->Mix->Local, 0, FALSE);
    if (Signaller->What & SignalRemote)
        KeSetEvent(Signaller->Mix->Event, 0, FALSE);
    if (Signaller->What & SignalLocal)
        KeSetEvent(&Signaller->Mix->Local, 0, FALSE);
    if (Signaller->What & SignalAlert)
        KeAlertThread(Signaller->Waiter, KernelMode);
}

static NTSTATUS WaitWithSignaller(MIX *Mix, ULONG What, WAIT_TYPE Type)
{
    SIGNALLER Signaller = {Mix, KeGetCurrentThread(), What};
    HANDLE Handle;
    PVOID Thread;
    NTSTATUS Status =
        PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Signal, &Signaller);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Wait(Mix->Event, &Mix->Local, NULL, Type, 5'000);
    ObReferenceObjectByHandle(Handle, SYNCHRONIZE, *PsThreadType, KernelMode, &Thread, NULL);
    KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Thread);
    ZwClose(Handle);
    return Status;
}

static ULONG TestSleeping(MIX *Mix)
{
    EXPECT(WaitWithSignaller(Mix, SignalLocal, WaitAny) == STATUS_WAIT_1);
    EXPECT(WaitWithSignaller(Mix, SignalRemote, WaitAny) == STATUS_WAIT_0);
    EXPECT(WaitWithSignaller(Mix, SignalAlert, WaitAny) == STATUS_ALERTED);
    EXPECT(WaitWithSignaller(Mix, SignalLocal | SignalRemote, WaitAll) == STATUS_SUCCESS);
    EXPECT(WaitWithSignaller(Mix, SignalLocalFirst | SignalRemote, WaitAll) == STATUS_SUCCESS);
    EXPECT(WaitWithSignaller(Mix, SignalAlert, WaitAll) == STATUS_ALERTED);
    for (ULONG i = 0; i < 50; i++) { // both at once: one of them is taken, the other stays
        NTSTATUS Status = WaitWithSignaller(
            Mix, i & 1 ? SignalLocalFirst | SignalRemote : SignalRemote | SignalLocal, WaitAny);
        EXPECT(Status == STATUS_WAIT_0 || Status == STATUS_WAIT_1);
        EXPECT(KeReadStateEvent(Mix->Event) + KeReadStateEvent(&Mix->Local) == 1);
        KeClearEvent(Mix->Event);
        KeClearEvent(&Mix->Local);
    }
    EXPECT(Wait(Mix->Event, &Mix->Local, NULL, WaitAny, 0) == STATUS_TIMEOUT);
    return 0;
}

ULONG TestMixedWaits(VOID)
{
    static ULONG (*const Tests[])(MIX *) = {TestSemaphore, TestAny, TestAll, TestSleeping};
    MIX Mix;
    ULONG Line = OpenMix(&Mix);
    if (Line)
        return Line;
    for (ULONG i = 0; !Line && i < RTL_NUMBER_OF(Tests); i++)
        Line = Tests[i](&Mix);
    CloseMix(&Mix);
    return Line;
}

// ---- Callers' objects

NTSTATUS TestCallersSemaphore(const SECTEST_HANDLE *Handle, PULONG_PTR Before)
{
    PKSEMAPHORE Semaphore;
    NTSTATUS Status =
        ObReferenceObjectByHandle((HANDLE)Handle->Handle, Handle->Access, *ExSemaphoreObjectType,
                                  UserMode, (PVOID *)&Semaphore, NULL);
    if (!NT_SUCCESS(Status))
        return Status;
    *Before = (ULONG_PTR)KeReleaseSemaphore(Semaphore, IO_NO_INCREMENT, 1, FALSE);
    ObDereferenceObject(Semaphore);
    return STATUS_SUCCESS;
}

// Waits for a timer or the end of a thread.
NTSTATUS TestCallersWait(const SECTEST_HANDLE *Handle)
{
    PVOID Object;
    LARGE_INTEGER Timeout = {.QuadPart = -50'000'000};
    NTSTATUS Status = ObReferenceObjectByHandle((HANDLE)Handle->Handle, Handle->Access, NULL,
                                                UserMode, &Object, NULL);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, &Timeout);
    ObDereferenceObject(Object);
    return Status == STATUS_TIMEOUT ? STATUS_IO_TIMEOUT : Status;
}

NTSTATUS TestCallersThread(const SECTEST_HANDLE *Handle, PULONG_PTR Id)
{
    PETHREAD Thread;
    NTSTATUS Status = ObReferenceObjectByHandle((HANDLE)Handle->Handle, Handle->Access,
                                                *PsThreadType, UserMode, (PVOID *)&Thread, NULL);
    if (!NT_SUCCESS(Status))
        return Status;
    *Id = (ULONG_PTR)PsGetThreadId(Thread);
    if (PsIsThreadTerminating(Thread))
        Status = STATUS_THREAD_IS_TERMINATING;
    ObDereferenceObject(Thread);
    return Status;
}
