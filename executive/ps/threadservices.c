// Services on threads.
#include "psp.h"

static NTSTATUS PspReferenceThread(HANDLE Handle, ACCESS_MASK Access, PETHREAD *Thread)
{
    return ObReferenceObjectByHandle(Handle, Access, PsThreadType, UserMode, (PVOID *)Thread,
                                     nullptr);
}

// ---- Creation

// Give the new thread a handle, and let it run. Consumes the reference.
static NTSTATUS PspInsertAndStart(PETHREAD Thread, const PSP_THREAD_REQUEST *Request,
                                  POB_ATTRIBUTES Attributes, ACCESS_MASK DesiredAccess,
                                  HANDLE USER *ThreadHandle)
{
    ObReferenceObject(Thread);
    NTSTATUS Status = ObInsertService(Thread, Attributes, DesiredAccess, ThreadHandle);
    if (NT_SUCCESS(Status))
        Status = PspStartThread(Thread, Request);
    if (!NT_SUCCESS(Status))
        PsTerminateThread(Thread, Status);
    ObDereferenceObject(Thread);
    return Status;
}

static NTSTATUS PspCreateThreadIn(HANDLE ProcessHandle, const PSP_THREAD_REQUEST *Request,
                                  PETHREAD *Thread)
{
    PEPROCESS Process;
    NTSTATUS Status = ObReferenceObjectByHandle(ProcessHandle, PROCESS_CREATE_THREAD, PsProcessType,
                                                UserMode, (PVOID *)&Process, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status =
        Process->AddressSpace ? PspCreateThread(Process, Request, Thread) : STATUS_ACCESS_DENIED;
    ObDereferenceObject(Process);
    return Status;
}

NTSTATUS NtCreateThreadEx(HANDLE USER *ThreadHandle, ACCESS_MASK DesiredAccess,
                          const OBJECT_ATTRIBUTES USER *ObjectAttributes, HANDLE ProcessHandle,
                          PVOID StartRoutine, PVOID Argument, ULONG CreateFlags, SIZE_T ZeroBits,
                          SIZE_T StackSize, SIZE_T MaximumStackSize,
                          const PS_ATTRIBUTE_LIST USER *AttributeList)
{
    constexpr ULONG Known =
        THREAD_CREATE_FLAGS_CREATE_SUSPENDED | THREAD_CREATE_FLAGS_SKIP_THREAD_ATTACH |
        THREAD_CREATE_FLAGS_HIDE_FROM_DEBUGGER | THREAD_CREATE_FLAGS_LOADER_WORKER |
        THREAD_CREATE_FLAGS_SKIP_LOADER_INIT | THREAD_CREATE_FLAGS_BYPASS_PROCESS_FREEZE;
    if (CreateFlags & ~Known)
        return STATUS_INVALID_PARAMETER_7;
    PSP_ATTRIBUTES Extra;
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = MmProbeForWrite(ThreadHandle, sizeof(HANDLE), 1);
    if (NT_SUCCESS(Status))
        Status = PspCaptureAttributes(AttributeList, &Extra);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status)) {
        PspReleaseAttributes(&Extra);
        return Status;
    }
    PSP_THREAD_REQUEST Request = {
        .StartRoutine = StartRoutine,
        .Argument = Argument,
        .StackReserve = MaximumStackSize,
        .StackCommit = StackSize,
        .ZeroBits = ZeroBits,
        .Flags = CreateFlags,
    };
    PETHREAD Thread;
    Status = PspCreateThreadIn(ProcessHandle, &Request, &Thread);
    if (NT_SUCCESS(Status)) {
        PspReturnAttributes(&Extra, Thread);
        Status = PspInsertAndStart(Thread, &Request, &Attributes, DesiredAccess, ThreadHandle);
    } else {
        ObReleaseAttributes(&Attributes);
    }
    PspReleaseAttributes(&Extra);
    return Status;
}

// The older form: the caller brings stack and context.
NTSTATUS NtCreateThread(HANDLE USER *ThreadHandle, ACCESS_MASK DesiredAccess,
                        const OBJECT_ATTRIBUTES USER *ObjectAttributes, HANDLE ProcessHandle,
                        CLIENT_ID USER *ClientId, const CONTEXT USER *ThreadContext,
                        const INITIAL_TEB USER *InitialTeb, BOOLEAN CreateSuspended)
{
    CONTEXT Context;
    INITIAL_TEB Stack;
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = MmProbeForWrite(ThreadHandle, sizeof(HANDLE), 1);
    if (NT_SUCCESS(Status) && ClientId)
        Status = MmProbeForWrite(ClientId, sizeof(CLIENT_ID), sizeof(ULONG));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Context, ThreadContext, sizeof(Context));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Stack, InitialTeb, sizeof(Stack));
    if (NT_SUCCESS(Status))
        Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Context.ContextFlags |= CONTEXT_FULL;
    PSP_THREAD_REQUEST Request = {
        .StartRoutine = (PVOID)Context.Rip,
        .Flags = CreateSuspended ? THREAD_CREATE_FLAGS_CREATE_SUSPENDED : 0,
        .Context = &Context,
        .Stack = &Stack,
    };
    PETHREAD Thread;
    Status = PspCreateThreadIn(ProcessHandle, &Request, &Thread);
    if (!NT_SUCCESS(Status)) {
        ObReleaseAttributes(&Attributes);
        return Status;
    }
    if (ClientId)
        (VOID) MmWriteUser(ClientId, Thread->Cid);
    return PspInsertAndStart(Thread, &Request, &Attributes, DesiredAccess, ThreadHandle);
}

NTSTATUS NtOpenThread(HANDLE USER *ThreadHandle, ACCESS_MASK DesiredAccess,
                      const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                      const CLIENT_ID USER *ClientId)
{
    CLIENT_ID Cid;
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = MmProbeForWrite(ThreadHandle, sizeof(HANDLE), 1);
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Cid, ClientId, sizeof(Cid));
    if (NT_SUCCESS(Status))
        Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    if (DesiredAccess & THREAD_QUERY_INFORMATION)
        DesiredAccess |= THREAD_QUERY_LIMITED_INFORMATION; // which is a part of it
    ULONG HandleAttributes = Attributes.Attributes;
    BOOLEAN Named = Attributes.ObjectName.Buffer != nullptr;
    ObReleaseAttributes(&Attributes);
    if (Named)
        return STATUS_INVALID_PARAMETER_MIX;
    PETHREAD Thread;
    Status = PsLookupThreadByThreadId(Cid.UniqueThread, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    HANDLE Handle = nullptr;
    if (Cid.UniqueProcess && Cid.UniqueProcess != Thread->Cid.UniqueProcess)
        Status = STATUS_INVALID_CID;
    else
        Status = ObOpenObjectByPointer(Thread, HandleAttributes, DesiredAccess, PsThreadType,
                                       PspOpenMode(), &Handle);
    ObDereferenceObject(Thread);
    return ObReturnHandle(Status, Handle, ThreadHandle);
}

// ---- Suspension

static NTSTATUS PspReturnCount(NTSTATUS Status, ULONG Count, ULONG USER *PreviousSuspendCount)
{
    if (!NT_SUCCESS(Status) || !PreviousSuspendCount)
        return Status;
    return MmWriteUser(PreviousSuspendCount, Count);
}

static NTSTATUS PspProbeCount(ULONG USER *PreviousSuspendCount)
{
    if (!PreviousSuspendCount)
        return STATUS_SUCCESS;
    return MmProbeForWrite(PreviousSuspendCount, sizeof(ULONG), 1);
}

NTSTATUS NtSuspendThread(HANDLE ThreadHandle, ULONG USER *PreviousSuspendCount)
{
    PETHREAD Thread;
    ULONG Count = 0;
    NTSTATUS Status = PspProbeCount(PreviousSuspendCount);
    if (NT_SUCCESS(Status))
        Status = PspReferenceThread(ThreadHandle, THREAD_SUSPEND_RESUME, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = KeSuspendThread(Thread, &Count);
    ObDereferenceObject(Thread);
    return PspReturnCount(Status, Count, PreviousSuspendCount);
}

NTSTATUS NtResumeThread(HANDLE ThreadHandle, ULONG USER *PreviousSuspendCount)
{
    PETHREAD Thread;
    NTSTATUS Status = PspProbeCount(PreviousSuspendCount);
    if (NT_SUCCESS(Status))
        Status = PspReferenceThread(ThreadHandle, THREAD_SUSPEND_RESUME, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Count = KeResumeThread(Thread);
    ObDereferenceObject(Thread);
    return PspReturnCount(Status, Count, PreviousSuspendCount);
}

NTSTATUS NtAlertResumeThread(HANDLE ThreadHandle, ULONG USER *PreviousSuspendCount)
{
    PETHREAD Thread;
    NTSTATUS Status = PspProbeCount(PreviousSuspendCount);
    if (NT_SUCCESS(Status))
        Status = PspReferenceThread(ThreadHandle, THREAD_SUSPEND_RESUME, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    KeAlertThread(Thread);
    ULONG Count = KeResumeThread(Thread);
    ObDereferenceObject(Thread);
    return PspReturnCount(Status, Count, PreviousSuspendCount);
}

NTSTATUS NtAlertThread(HANDLE ThreadHandle)
{
    PETHREAD Thread;
    NTSTATUS Status = PspReferenceThread(ThreadHandle, THREAD_ALERT, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    KeAlertThread(Thread);
    ObDereferenceObject(Thread);
    return STATUS_SUCCESS;
}

NTSTATUS NtTestAlert(VOID)
{
    return KeTestAlertThread(KeGetCurrentThread()) ? STATUS_ALERTED : STATUS_SUCCESS;
}

// STATUS_SUCCESS: ntdll then asks the kernel itself for the next thread's turn.
NTSTATUS NtYieldExecution(VOID)
{
    return KeIsOtherThreadReady(KeGetCurrentThread()) ? STATUS_SUCCESS : STATUS_NO_YIELD_PERFORMED;
}

// ---- Machine state

static NTSTATUS PspCaptureContext(const CONTEXT USER *Source, PCONTEXT Context)
{
    NTSTATUS Status = MmProbeForRead(Source, sizeof(*Context), alignof(CONTEXT));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(Context, Source, sizeof(*Context));
    if (NT_SUCCESS(Status) && !(Context->ContextFlags & CONTEXT_AMD64))
        return STATUS_INVALID_PARAMETER;
    return Status;
}

// The floating-point state is out of the Executive's reach: it is not among what ContextFlags says of
// the result.
NTSTATUS NtGetContextThread(HANDLE ThreadHandle, CONTEXT USER *ThreadContext)
{
    CONTEXT Wanted, Context;
    PETHREAD Thread;
    NTSTATUS Status = PspCaptureContext(ThreadContext, &Wanted);
    if (NT_SUCCESS(Status))
        Status = PspReferenceThread(ThreadHandle, THREAD_GET_CONTEXT, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = KeGetContextThread(Thread, &Context);
    ObDereferenceObject(Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Flags = (Wanted.ContextFlags & Context.ContextFlags) | CONTEXT_AMD64;
    Context.ContextFlags = Flags;
    KeMergeContext(&Wanted, &Context);
    Wanted.ContextFlags = Flags;
    return MmCopyToUser(ThreadContext, &Wanted, sizeof(Wanted));
}

NTSTATUS NtSetContextThread(HANDLE ThreadHandle, const CONTEXT USER *ThreadContext)
{
    CONTEXT Context;
    PETHREAD Thread;
    NTSTATUS Status = PspCaptureContext(ThreadContext, &Context);
    if (NT_SUCCESS(Status))
        Status = PspReferenceThread(ThreadHandle, THREAD_SET_CONTEXT, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = KeSetContextThread(Thread, &Context);
    ObDereferenceObject(Thread);
    return Status;
}

NTSTATUS NtContinue(const CONTEXT USER *ContextRecord, BOOLEAN TestAlert)
{
    CONTEXT Context;
    PETHREAD Thread = KeGetCurrentThread();
    NTSTATUS Status = PspCaptureContext(ContextRecord, &Context);
    if (!NT_SUCCESS(Status))
        return Status;
    if ((Context.ContextFlags & CONTEXT_FULL) == CONTEXT_FULL)
        Status = KeSetNewContext(Thread, &Context);
    else
        Status = KeSetContextThread(Thread, &Context);
    if (NT_SUCCESS(Status) && TestAlert)
        (VOID) KeTestAlertThread(Thread);
    return Status;
}

NTSTATUS NtRaiseException(const EXCEPTION_RECORD USER *ExceptionRecord,
                          const CONTEXT USER *ContextRecord, BOOLEAN FirstChance)
{
    EXCEPTION_RECORD Record;
    CONTEXT Context;
    PETHREAD Thread = KeGetCurrentThread();
    NTSTATUS Status = MmCopyFromUser(&Record, ExceptionRecord, sizeof(Record));
    if (NT_SUCCESS(Status) && Record.NumberParameters > EXCEPTION_MAXIMUM_PARAMETERS)
        Status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(Status))
        Status = PspCaptureContext(ContextRecord, &Context);
    if (!NT_SUCCESS(Status))
        return Status;
    if (FirstChance)
        return KeRaiseUserException(Thread, &Record, &Context);
    // No handler took it, and there is no debugger.
    DbgPrintEx(
        DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "process %lu: unhandled exception 0x%08lX at 0x%p\n",
        (ULONG)(ULONG_PTR)Thread->Cid.UniqueProcess, Record.ExceptionCode, Record.ExceptionAddress);
    DbgDumpThread(Thread, &Record, &Context, L"an exception that nobody handles");
    return PsTerminateProcess(Thread->Process, (NTSTATUS)Record.ExceptionCode);
}

// ---- APCs

static VOID PspFreeApc(PKAPC Apc)
{
    ObDereferenceObject(Apc->Thread);
    ExFreePool(Apc);
}

// Takes over the reference to the thread.
static NTSTATUS PspAllocateApc(HANDLE ReserveHandle, PETHREAD Thread, PKAPC *Apc)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (ReserveHandle) {
        Status = ExTakeReservedApc(ReserveHandle, Thread, Apc);
    } else {
        *Apc = ExAllocatePoolZero(NonPagedPool, sizeof(**Apc), 'cpAP');
        if (*Apc)
            **Apc = (KAPC){.Thread = Thread, .Free = PspFreeApc};
        else
            Status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(Thread);
    return Status;
}

static NTSTATUS PspQueueApc(HANDLE ThreadHandle, HANDLE ReserveHandle, BOOLEAN Special,
                            PVOID Routine, PVOID Argument1, PVOID Argument2, PVOID Argument3)
{
    PETHREAD Thread;
    PKAPC Apc;
    NTSTATUS Status = PspReferenceThread(ThreadHandle, THREAD_SET_CONTEXT, &Thread);
    if (NT_SUCCESS(Status))
        Status = PspAllocateApc(ReserveHandle, Thread, &Apc);
    if (!NT_SUCCESS(Status))
        return Status;
    Apc->NormalRoutine = Routine;
    Apc->NormalContext = Argument1;
    Apc->SystemArgument1 = Argument2;
    Apc->SystemArgument2 = Argument3;
    Apc->Special = Special;
    if (KeInsertQueueApc(Apc))
        return STATUS_SUCCESS;
    Apc->Free(Apc);
    return STATUS_UNSUCCESSFUL; // the thread is ending
}

NTSTATUS NtQueueApcThread(HANDLE ThreadHandle, PVOID ApcRoutine, PVOID Argument1, PVOID Argument2,
                          PVOID Argument3)
{
    return PspQueueApc(ThreadHandle, nullptr, FALSE, ApcRoutine, Argument1, Argument2, Argument3);
}

// A handle to a reserve gives the memory. In its place, 1 asks for a special APC.
NTSTATUS NtQueueApcThreadEx(HANDLE ThreadHandle, HANDLE ReserveHandle, PVOID ApcRoutine,
                            PVOID Argument1, PVOID Argument2, PVOID Argument3)
{
    constexpr ULONG_PTR SpecialUserApc = 1;
    BOOLEAN Special = (ULONG_PTR)ReserveHandle == SpecialUserApc;
    return PspQueueApc(ThreadHandle, Special ? nullptr : ReserveHandle, Special, ApcRoutine,
                       Argument1, Argument2, Argument3);
}
