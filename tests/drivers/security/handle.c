// Objects behind handles: the caller's, and the driver's own.

#include "driver.h"

NTSTATUS TestEvent(const SECTEST_HANDLE *Handle)
{
    PVOID Event;
    NTSTATUS Status = ObReferenceObjectByHandle((HANDLE)Handle->Handle, Handle->Access,
                                                *ExEventObjectType, UserMode, &Event, NULL);
    if (!NT_SUCCESS(Status))
        return Status;
    LONG Before = KeReadStateEvent(Event);
    KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
    Status = !Before && KeReadStateEvent(Event) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
    ObDereferenceObject(Event);
    return Status;
}

NTSTATUS TestFile(const SECTEST_HANDLE *Handle, PFILE_OBJECT Own, PULONG_PTR Kind)
{
    PFILE_OBJECT File;
    NTSTATUS Status = ObReferenceObjectByHandle((HANDLE)Handle->Handle, Handle->Access,
                                                *IoFileObjectType, UserMode, (PVOID *)&File, NULL);
    if (!NT_SUCCESS(Status))
        return Status;
    *Kind = File == Own ? 1 : 2;
    if (!IoGetRelatedDeviceObject(File))
        Status = STATUS_UNSUCCESSFUL;
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS TestProcess(const SECTEST_HANDLE *Handle, PULONG_PTR Id)
{
    PEPROCESS Process;
    NTSTATUS Status = ObReferenceObjectByHandle((HANDLE)Handle->Handle, Handle->Access,
                                                *PsProcessType, UserMode, (PVOID *)&Process, NULL);
    if (!NT_SUCCESS(Status))
        return Status;
    *Id = (ULONG_PTR)PsGetProcessId(Process);
    ObDereferenceObject(Process);
    return Status;
}

NTSTATUS TestNamed(VOID)
{
    UNICODE_STRING Go = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\SecTestGo");
    UNICODE_STRING Done = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\SecTestDone");
    HANDLE GoHandle, DoneHandle;
    LARGE_INTEGER Timeout = {.QuadPart = -100'000'000};
    PKEVENT GoEvent = IoCreateSynchronizationEvent(&Go, &GoHandle);
    PKEVENT DoneEvent = IoCreateNotificationEvent(&Done, &DoneHandle);
    if (!GoEvent || !DoneEvent)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = KeWaitForSingleObject(GoEvent, Executive, KernelMode, FALSE, &Timeout);
    if (Status == STATUS_SUCCESS)
        KeSetEvent(DoneEvent, IO_NO_INCREMENT, FALSE);
    ZwClose(GoHandle);
    ZwClose(DoneHandle);
    return Status == STATUS_TIMEOUT ? STATUS_IO_TIMEOUT : Status;
}

// An event that the driver made by ZwCreateEvent is one like those of KeInitializeEvent.
ULONG TestOwnHandles(VOID)
{
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Handle;
    PVOID Event[2];
    LARGE_INTEGER Now = {.QuadPart = 0};
    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    EXPECT(ZwCreateEvent(&Handle, EVENT_ALL_ACCESS, &Attributes, SynchronizationEvent, FALSE) ==
           STATUS_SUCCESS);
    EXPECT(ObReferenceObjectByHandle(Handle, EVENT_ALL_ACCESS, *IoFileObjectType, KernelMode,
                                     &Event[0], NULL) == STATUS_OBJECT_TYPE_MISMATCH);
    for (ULONG i = 0; i < 2; i++)
        EXPECT(ObReferenceObjectByHandle(Handle, EVENT_ALL_ACCESS, *ExEventObjectType, KernelMode,
                                         &Event[i], NULL) == STATUS_SUCCESS);
    EXPECT(KeWaitForSingleObject(Event[0], Executive, KernelMode, FALSE, &Now) == STATUS_TIMEOUT);
    EXPECT(KeSetEvent(Event[0], IO_NO_INCREMENT, FALSE) == 0);
    EXPECT(KeReadStateEvent(Event[1]) == 1);
    EXPECT(KeWaitForMultipleObjects(2, Event, WaitAny, Executive, KernelMode, FALSE, &Now, NULL) ==
           STATUS_WAIT_0);
    EXPECT(KeReadStateEvent(Event[1]) == 0);
    KeSetEvent(Event[1], IO_NO_INCREMENT, FALSE);
    KeClearEvent(Event[0]);
    EXPECT(KeResetEvent(Event[1]) == 0);
    ObDereferenceObject(Event[0]);
    ObDereferenceObject(Event[1]);
    EXPECT(ZwClose(Handle) == STATUS_SUCCESS);
    return 0;
}
