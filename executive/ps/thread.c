// Threads: creation, the first instruction, the end.
#include "psp.h"

POBJECT_TYPE PsThreadType;

// The last reference is gone: the thread has ended, or never was complete.
static VOID PspDeleteThread(PVOID Object)
{
    PETHREAD Thread = Object;
    KeDeleteThread(Thread);
    if (Thread->CidLink.Flink)
        RemoveEntryList(&Thread->CidLink);
    if (Thread->Name.Buffer)
        ExFreePool(Thread->Name.Buffer);
    if (Thread->ImpersonationToken) // given to it after it had ended, or before it ran
        ObDereferenceObject(Thread->ImpersonationToken);
    if (Thread->Process)
        ObDereferenceObject(Thread->Process);
}

NTSTATUS PspInitThreads(VOID)
{
    static const OBJECT_TYPE_INITIALIZER Initializer = {
        .Name = L"Thread",
        .BodySize = sizeof(ETHREAD),
        .GenericMapping = {STANDARD_RIGHTS_READ | THREAD_GET_CONTEXT | THREAD_QUERY_INFORMATION,
                           STANDARD_RIGHTS_WRITE | THREAD_TERMINATE | THREAD_SUSPEND_RESUME |
                               THREAD_ALERT | THREAD_SET_INFORMATION | THREAD_SET_CONTEXT,
                           STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE | THREAD_RESUME |
                               THREAD_QUERY_LIMITED_INFORMATION,
                           THREAD_ALL_ACCESS},
        .ValidAccess = THREAD_ALL_ACCESS,
        .Waitable = TRUE,
        .SecurityRequired = TRUE,
        .Delete = PspDeleteThread,
    };
    return ObCreateObjectType(&Initializer, &PsThreadType);
}

static NTSTATUS PspMakeStackAndTeb(PETHREAD Thread, const PSP_THREAD_REQUEST *Request,
                                   PINITIAL_TEB Stack)
{
    if (Request->Stack) {
        *Stack = *Request->Stack;
    } else {
        NTSTATUS Status = PspCreateUserStack(Thread->Process, Request->StackReserve,
                                             Request->StackCommit, Request->ZeroBits, Stack);
        if (!NT_SUCCESS(Status))
            return Status;
        Thread->UserStack = Stack->StackAllocationBase;
    }
    return PspCreateTeb(Thread, Stack);
}

static VOID PspFreeStackAndTeb(PETHREAD Thread)
{
    PEPROCESS Process = Thread->Process;
    SIZE_T Size = 0;
    if (Thread->UserStack)
        MmFreeVirtualMemory(Process, &Thread->UserStack, &Size, MEM_RELEASE);
    if (Thread->Teb)
        MmReleaseSecuredMemory(Process, Thread->Teb);
    Thread->UserStack = nullptr;
}

NTSTATUS PspCreateThread(PEPROCESS Process, const PSP_THREAD_REQUEST *Request, PETHREAD *Thread)
{
    if (Process->Exiting)
        return STATUS_PROCESS_IS_TERMINATING;
    PETHREAD New;
    NTSTATUS Status = ObCreateObject(PsThreadType, sizeof(ETHREAD), (PVOID *)&New);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeObject(&New->Header, ThreadObject);
    InitializeListHead(&New->IoRequestListHead);
    ObReferenceObject(Process);
    New->Process = Process;
    New->ExitStatus = STATUS_PENDING;
    New->BasePriority = New->Priority = Process->BasePriority;
    New->Win32StartAddress = Request->StartRoutine;
    PspInsertThreadId(New);
    KeQuerySystemTime(&New->CreateTime);

    INITIAL_TEB Stack;
    Status = PspMakeStackAndTeb(New, Request, &Stack);
    if (NT_SUCCESS(Status))
        Status = KeInitializeThread(New);
    if (NT_SUCCESS(Status) && (Request->Flags & THREAD_CREATE_FLAGS_CREATE_SUSPENDED))
        New->SuspendCount = 1;
    if (!NT_SUCCESS(Status)) {
        KeDeleteThread(New);
        PspFreeStackAndTeb(New);
        ObDereferenceObject(New);
        return Status;
    }
    InsertTailList(&Process->ThreadListHead, &New->ThreadListEntry);
    Process->ActiveThreads++;
    ObReferenceObject(New); // while it is alive
    *Thread = New;
    return STATUS_SUCCESS;
}

// What the thread goes on with when the loader has had its turn: RtlUserThreadStart(routine, argument).
static VOID PspBuildContext(PETHREAD Thread, const PSP_THREAD_REQUEST *Request, ULONG_PTR StackBase,
                            PCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Thread);
    *Context = (CONTEXT){
        .ContextFlags = CONTEXT_FULL,
        .EFlags = 0x202,
        .MxCsr = INITIAL_MXCSR,
        .Rip = KeUserEntries.RtlUserThreadStart ? KeUserEntries.RtlUserThreadStart
                                                : (ULONG_PTR)Request->StartRoutine,
        .Rsp = StackBase - 40, // as after a call: shadow space above the return address
        .Rcx = (ULONG_PTR)Request->StartRoutine,
        .Rdx = (ULONG_PTR)Request->Argument,
    };
    Context->FltSave.ControlWord = INITIAL_FPCSR;
    Context->FltSave.MxCsr = INITIAL_MXCSR;
}

// A thread begins in LdrInitializeThunk(context, ntdll), which continues with the context when the
// process or thread is initialised. Without an ntdll the context is where it begins.
NTSTATUS PspStartThread(PETHREAD Thread, const PSP_THREAD_REQUEST *Request)
{
    CONTEXT Context;
    if (Request->Context) {
        Context = *Request->Context;
    } else {
        NT_TIB Tib;
        NTSTATUS Status = MmReadProcess(Thread->Process, &Tib, (ULONG_PTR)Thread->Teb, sizeof(Tib));
        if (!NT_SUCCESS(Status))
            return Status;
        PspBuildContext(Thread, Request, (ULONG_PTR)Tib.StackBase, &Context);
    }
    if (!KeUserEntries.LdrInitializeThunk)
        return KeStartThread(Thread, &Context);

    KeSetContextSelectors(&Context);
    ULONG_PTR Stack = ALIGN_DOWN_BY(Context.Rsp, 16) - sizeof(CONTEXT);
    NTSTATUS Status = MmWriteProcess(Thread->Process, Stack, &Context, sizeof(Context));
    if (!NT_SUCCESS(Status))
        return Status;
    CONTEXT Entry = Context;
    Entry.ContextFlags = CONTEXT_FULL;
    Entry.Rip = KeUserEntries.LdrInitializeThunk;
    Entry.Rcx = Stack;
    Entry.Rdx = PspNtdllBase;
    Entry.Rsp = Stack - 40;
    return KeStartThread(Thread, &Entry);
}

static VOID PspKeepTimes(PETHREAD Thread)
{
    ULONGLONG Kernel, User;
    KeQueryThreadTimes(Thread, &Kernel, &User);
    Thread->Process->KernelTime += Kernel;
    Thread->Process->UserTime += User;
}

VOID PsQueryProcessTimes(PEPROCESS Process, PULONGLONG KernelTime, PULONGLONG UserTime)
{
    *KernelTime = Process->KernelTime;
    *UserTime = Process->UserTime;
    for (PLIST_ENTRY Link = Process->ThreadListHead.Flink; Link != &Process->ThreadListHead;
         Link = Link->Flink) {
        ULONGLONG Kernel, User;
        KeQueryThreadTimes(CONTAINING_RECORD(Link, ETHREAD, ThreadListEntry), &Kernel, &User);
        *KernelTime += Kernel;
        *UserTime += User;
    }
}

VOID PsExitThread(PETHREAD Thread)
{
    PEPROCESS Process = Thread->Process;
    if (!IoRundownThread(Thread))
        return; // called again when its requests are over
    if (Thread->ExitStatus == STATUS_PENDING)
        Thread->ExitStatus = Process->Exiting ? Process->ExitStatus : STATUS_SUCCESS;
    KeQuerySystemTime(&Thread->ExitTime);
    SeImpersonate(Thread, nullptr, FALSE, SecurityAnonymous);
    PspTellTerminationPorts(Thread);
    KeDeleteThread(Thread);
    KeRundownThread(Thread);
    if (!Process->Exiting && Process->ActiveThreads > 1)
        PspFreeStackAndTeb(Thread);
    RemoveEntryList(&Thread->ThreadListEntry);
    InitializeListHead(&Thread->ThreadListEntry); // walks that stand here end
    PspKeepTimes(Thread);
    KeSignalObject(&Thread->Header);
    if (--Process->ActiveThreads == 0)
        PspExitProcess(Process, Thread->ExitStatus);
    ObDereferenceObject(Thread);
}

NTSTATUS PsTerminateThread(PETHREAD Thread, NTSTATUS ExitStatus)
{
    if (KeIsTerminating(Thread))
        return STATUS_SUCCESS;
    Thread->ExitStatus = ExitStatus;
    KeTerminateThread(Thread);
    return STATUS_SUCCESS;
}

VOID PspSetThreadPriority(PETHREAD Thread, KPRIORITY Priority)
{
    Thread->BasePriority = Priority;
    KeSetPriorityThread(Thread, Priority);
}

BOOLEAN PspIsLastThread(PETHREAD Thread)
{
    return Thread->Process->ActiveThreads == 1;
}
