// The kernel's side of a thread: its TCB, its two capabilities to the Executive, its states.
#include "kep.h"

enum {
    // What a program's thread can name: a CNode of four slots (nt/nthost.h). In a driver host the last one
    // holds the CNode that its threads share, so an address has bits for a slot of that one.
    KI_CSPACE_BITS = 2,
    KI_SLOT_SERVICE = KI_CPTR_SERVICE >> HOST_CNODE_BITS,
    KI_SLOT_FAULT = KI_CPTR_FAULT >> HOST_CNODE_BITS,
    KI_SLOT_HOST = HOST_CPTR(0) >> HOST_CNODE_BITS,
    KI_IPC_BUFFER_OFFSET = 0x1C00, // in the TEB's two pages; ntdll's stubs know it
    KI_LOWEST_PRIORITY = 16,       // the kernel's, for NT priority 0
    KI_PRIORITY_STEP = 6,
};
static_assert(sizeof(TEB) <= KI_IPC_BUFFER_OFFSET);
static_assert(KI_LOWEST_PRIORITY + KI_PRIORITY_STEP * KE_HIGHEST_PRIORITY < seL4_MaxPrio);

ULONG KiRunningThreads;

// The threads of a driver host wait in the kernel, where it cannot be seen from here whether they run: they
// keep neither the clock going nor the processor from being idle.
static BOOLEAN KiMayRun(PETHREAD Thread, KI_THREAD_STATE State)
{
    return State == KiThreadUser && !Thread->Process->HostCNode;
}

VOID KiSetThreadState(PETHREAD Thread, KI_THREAD_STATE State)
{
    BOOLEAN WasRunning = KiMayRun(Thread, Thread->State);
    BOOLEAN IsRunning = KiMayRun(Thread, State);
    Thread->State = (UCHAR)State;
    KiRunningThreads += (ULONG)IsRunning - (ULONG)WasRunning;
    if (IsRunning && !WasRunning)
        KiInsertRunning(Thread);
    else if (WasRunning && !IsRunning)
        KiRemoveRunning(Thread);
    if (IsRunning && !WasRunning && KiRunningThreads == 1)
        KiUpdateAlarm(); // the shared page has stood still
}

static seL4_Error KiMintEndpoint(PETHREAD Thread, seL4_Word Index, seL4_Word Badge)
{
    return seL4_CNode_Mint(Thread->CNode, Index, KI_CSPACE_BITS, MmRootCNode, KiEndpoint,
                           seL4_WordBits, seL4_CapRights_new(1, 0, 0, 1), Badge);
}

static seL4_Error KiMintEndpoints(PETHREAD Thread)
{
    seL4_Word Badge = (seL4_Word)Thread;
    seL4_Error Error = KiMintEndpoint(Thread, KI_SLOT_SERVICE, Badge);
    if (Error == seL4_NoError)
        Error = KiMintEndpoint(Thread, KI_SLOT_FAULT, Badge | 1);
    return Error;
}

// In a driver host: what its threads hold in common.
static seL4_Error KiShareHostCNode(PETHREAD Thread)
{
    seL4_CPtr Shared = Thread->Process->HostCNode;
    seL4_Word Guard = seL4_CNode_CapData_new(0, 0).words[0];
    if (!Shared)
        return seL4_NoError;
    return seL4_CNode_Mint(Thread->CNode, KI_SLOT_HOST, KI_CSPACE_BITS, MmRootCNode, Shared,
                           seL4_WordBits, seL4_AllRights, Guard);
}

static NTSTATUS KiMakeObjects(PETHREAD Thread, seL4_CPtr BufferCap)
{
    Thread->Tcb = MmCreateKernelObject(seL4_TCBObject, 0);
    Thread->CNode = MmCreateKernelObject(seL4_CapTableObject, KI_CSPACE_BITS);
    Thread->ReplySlot = MmAllocateSlot();
    if (!Thread->Tcb || !Thread->CNode || !Thread->ReplySlot)
        return STATUS_NO_MEMORY;
    seL4_Word Guard =
        seL4_CNode_CapData_new(0, seL4_WordBits - KI_CSPACE_BITS - HOST_CNODE_BITS).words[0];
    seL4_Error Error = KiMintEndpoints(Thread);
    if (Error == seL4_NoError)
        Error = KiShareHostCNode(Thread);
    if (Error == seL4_NoError)
        Error = seL4_TCB_Configure(Thread->Tcb, KI_CPTR_FAULT, Thread->CNode, Guard,
                                   MmPageMapCap(Thread->Process->AddressSpace), 0,
                                   (ULONG_PTR)Thread->Teb + KI_IPC_BUFFER_OFFSET, BufferCap);
    if (Error != seL4_NoError)
        return STATUS_UNSUCCESSFUL;
    KeSetPriorityThread(Thread, Thread->Priority);
    return STATUS_SUCCESS;
}

// What an ended thread of the process left is in the same address space already. Its floating-point
// registers are not reset: the first CONTEXT that ntdll continues with does that.
static NTSTATUS KiReuseObjects(PETHREAD Thread, seL4_CPtr BufferCap)
{
    KE_SPARE_THREAD Spare = Thread->Process->SpareThread;
    Thread->Process->SpareThread = (KE_SPARE_THREAD){};
    Thread->Tcb = Spare.Tcb;
    Thread->CNode = Spare.CNode;
    Thread->ReplySlot = Spare.ReplySlot;
    seL4_Error Error = seL4_NoError;
    if (Spare.Badge != Thread) {
        Error = seL4_CNode_Delete(Thread->CNode, KI_SLOT_SERVICE, KI_CSPACE_BITS);
        if (Error == seL4_NoError)
            Error = seL4_CNode_Delete(Thread->CNode, KI_SLOT_FAULT, KI_CSPACE_BITS);
        if (Error == seL4_NoError)
            Error = KiMintEndpoints(Thread);
    }
    if (Error == seL4_NoError)
        Error = seL4_TCB_SetIPCBuffer(Thread->Tcb, (ULONG_PTR)Thread->Teb + KI_IPC_BUFFER_OFFSET,
                                      BufferCap);
    if (Error != seL4_NoError)
        return STATUS_UNSUCCESSFUL;
    if (Spare.Priority != Thread->Priority)
        KeSetPriorityThread(Thread, Thread->Priority);
    return STATUS_SUCCESS;
}

// The TEB exists. On failure KeDeleteThread gives back what was made.
NTSTATUS KeInitializeThread(PETHREAD Thread)
{
    ASSERT(((ULONG_PTR)Thread & 15) == 0);
    InitializeListHead(&Thread->MutantListHead);
    InitializeListHead(&Thread->ApcListHead);
    Thread->State = KiThreadInitialized;

    seL4_CPtr BufferCap;
    ULONG_PTR Buffer = (ULONG_PTR)Thread->Teb + KI_IPC_BUFFER_OFFSET;
    NTSTATUS Status =
        MmReferenceUserFrame(Thread->Process->AddressSpace, Buffer, &Thread->IpcBuffer, &BufferCap);
    if (!NT_SUCCESS(Status))
        return Status;
    return Thread->Process->SpareThread.Tcb ? KiReuseObjects(Thread, BufferCap)
                                            : KiMakeObjects(Thread, BufferCap);
}

static VOID KiDeleteObjects(seL4_CPtr Tcb, seL4_CPtr CNode, seL4_CPtr ReplySlot)
{
    if (Tcb)
        MmDeleteKernelObject(Tcb);
    if (CNode)
        MmDeleteKernelObject(CNode);
    if (ReplySlot)
        MmDeleteSlot(ReplySlot); // empty, or the reply that nobody waits for any more
}

// Stopped, the objects send nothing, and the kernel has taken back the reply that the thread waited for.
static BOOLEAN KiKeepObjects(PETHREAD Thread)
{
    PEPROCESS Process = Thread->Process;
    BOOLEAN Complete = Thread->Tcb && Thread->CNode && Thread->ReplySlot;
    if (!Complete || Thread->State == KiThreadInitialized || Process->Exiting ||
        Process->SpareThread.Tcb)
        return FALSE;
    if (seL4_TCB_Suspend(Thread->Tcb) != seL4_NoError)
        return FALSE;
    Process->SpareThread = (KE_SPARE_THREAD){
        .Tcb = Thread->Tcb,
        .CNode = Thread->CNode,
        .ReplySlot = Thread->ReplySlot,
        .Badge = Thread,
        .Priority = Thread->Priority,
    };
    return TRUE;
}

VOID KeDeleteSpareThread(PEPROCESS Process)
{
    KE_SPARE_THREAD *Spare = &Process->SpareThread;
    KiDeleteObjects(Spare->Tcb, Spare->CNode, Spare->ReplySlot);
    *Spare = (KE_SPARE_THREAD){};
}

// Nothing of the thread runs any more.
VOID KeDeleteThread(PETHREAD Thread)
{
    if (!KiKeepObjects(Thread))
        KiDeleteObjects(Thread->Tcb, Thread->CNode, Thread->ReplySlot);
    KiSetThreadState(Thread, KiThreadTerminated);
    if (Thread->IpcBuffer)
        MmDereferenceUserFrame(Thread->IpcBuffer);
    if (Thread->NewContext)
        ExFreePool(Thread->NewContext);
    Thread->Tcb = Thread->CNode = Thread->ReplySlot = 0;
    Thread->IpcBuffer = nullptr;
    Thread->NewContext = nullptr;
}

VOID KeRundownThread(PETHREAD Thread)
{
    KeAbandonMutants(Thread);
    KiRundownApcs(Thread);
}

// The highest one of a driver host, which its interrupt threads have, is the Executive's own: when such a thread signals, it
// goes on until it waits. Otherwise the Executive would interrupt it, and it would have to be returned to for nothing but its
// way back to sleep, which costs two switches of address space.
static seL4_Word KiKernelPriority(PETHREAD Thread, KPRIORITY Priority)
{
    if (Thread->Process->HostCNode && Priority == KE_HIGHEST_PRIORITY)
        return seL4_MaxPrio;
    return KI_LOWEST_PRIORITY + KI_PRIORITY_STEP * (seL4_Word)Priority;
}

VOID KeSetPriorityThread(PETHREAD Thread, KPRIORITY Priority)
{
    BOOLEAN IsRunning = KiMayRun(Thread, Thread->State);
    if (IsRunning)
        KiRemoveRunning(Thread);
    Thread->Priority = Priority;
    if (IsRunning)
        KiInsertRunning(Thread);
    if (Thread->Tcb)
        (VOID) seL4_TCB_SetPriority(Thread->Tcb, seL4_CapInitThreadTCB,
                                    KiKernelPriority(Thread, Priority));
}

// First run. A suspended thread gets its registers now and runs when it is resumed.
NTSTATUS KeStartThread(PETHREAD Thread, const CONTEXT *Context)
{
    seL4_UserContext Registers = {.gs_base = (ULONG_PTR)Thread->Teb};
    KiRegistersFromContext(&Registers, Context);
    BOOLEAN Run = Thread->SuspendCount == 0;
    if (seL4_TCB_WriteRegisters(Thread->Tcb, Run, 0, seL4_UserContextRegisters, &Registers) !=
        seL4_NoError)
        return STATUS_UNSUCCESSFUL;
    KiSetThreadState(Thread, Run ? KiThreadUser : KiThreadSuspended);
    return STATUS_SUCCESS;
}

NTSTATUS KeSuspendThread(PETHREAD Thread, PULONG PreviousCount)
{
    if ((Thread->Work & KWORK_TERMINATE) || Thread->State == KiThreadTerminated)
        return STATUS_THREAD_IS_TERMINATING;
    if (Thread->SuspendCount == MAXIMUM_SUSPEND_COUNT)
        return STATUS_SUSPEND_COUNT_EXCEEDED;
    *PreviousCount = Thread->SuspendCount++;
    if (Thread->SuspendCount > 1)
        return STATUS_SUCCESS;
    // In the program it stops now; what it is asking for is asked again when it goes on. In the
    // Executive, the answer waits.
    if (Thread->State == KiThreadUser && Thread != KeGetCurrentThread()) {
        (VOID) seL4_TCB_Suspend(Thread->Tcb);
        KiSetThreadState(Thread, KiThreadSuspended);
    } else {
        Thread->Work |= KWORK_SUSPEND;
    }
    return STATUS_SUCCESS;
}

ULONG KeResumeThread(PETHREAD Thread)
{
    ULONG Previous = Thread->SuspendCount;
    if (Previous == 0 || --Thread->SuspendCount)
        return Previous;
    if (Thread->Work & KWORK_TERMINATE)
        return Previous; // stopped for good, its end waits for its requests
    Thread->Work &= (UCHAR)~KWORK_SUSPEND;
    if (Thread->State == KiThreadSuspended) {
        KiSetThreadState(Thread, KiThreadUser);
        (VOID) seL4_TCB_Resume(Thread->Tcb);
    } else if (Thread->State == KiThreadHeld) {
        KiReleaseHeld(Thread);
    }
    return Previous;
}

// Have the thread end. It does so at once, or on its own fiber when its service is over.
VOID KeTerminateThread(PETHREAD Thread)
{
    if ((Thread->Work & KWORK_TERMINATE) || Thread->State == KiThreadTerminated)
        return;
    Thread->Work |= KWORK_TERMINATE;
    if (Thread == KeGetCurrentThread())
        return;
    if (Thread->State == KiThreadService) {
        KiInterruptForTermination(Thread);
        return;
    }
    (VOID) seL4_TCB_Suspend(Thread->Tcb);
    PsExitThread(Thread);
}

BOOLEAN KeIsTerminating(PETHREAD Thread)
{
    return (Thread->Work & KWORK_TERMINATE) || Thread->State == KiThreadTerminated;
}

// The thread is current, or suspended; one that runs is stopped for the while.
static NTSTATUS KiWithStoppedThread(PETHREAD Thread, PCONTEXT Context,
                                    NTSTATUS (*Routine)(PETHREAD Thread, PCONTEXT Context))
{
    ULONG Count;
    if (Thread->State == KiThreadInitialized || Thread->State == KiThreadTerminated)
        return STATUS_UNSUCCESSFUL;
    NTSTATUS Status = KeSuspendThread(Thread, &Count);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Routine(Thread, Context);
    KeResumeThread(Thread);
    return Status;
}

static NTSTATUS KiGetContext(PETHREAD Thread, PCONTEXT Context)
{
    if (Thread->Work & KWORK_CONTEXT) {
        *Context = *Thread->NewContext;
        return STATUS_SUCCESS;
    }
    seL4_UserContext Registers;
    NTSTATUS Status = KiReadThread(Thread, &Registers, Thread->HeldStatus);
    if (NT_SUCCESS(Status))
        KiContextFromRegisters(Context, &Registers);
    return Status;
}

NTSTATUS KeGetContextThread(PETHREAD Thread, PCONTEXT Context)
{
    return KiWithStoppedThread(Thread, Context, KiGetContext);
}

// A thread in a service goes on with the new state when the service is over.
NTSTATUS KeSetNewContext(PETHREAD Thread, const CONTEXT *Context)
{
    if (!Thread->NewContext)
        Thread->NewContext = ExAllocatePoolWithTag(NonPagedPool, sizeof(CONTEXT), 'xtCK');
    if (!Thread->NewContext)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Thread->NewContext = *Context;
    Thread->Work |= KWORK_CONTEXT;
    return STATUS_SUCCESS;
}

NTSTATUS KiRedirectThread(PETHREAD Thread, const CONTEXT *Context)
{
    if (Thread->State != KiThreadSuspended)
        return KeSetNewContext(Thread, Context);
    seL4_UserContext Registers;
    NTSTATUS Status = KiReadThread(Thread, &Registers, STATUS_SUCCESS);
    if (!NT_SUCCESS(Status))
        return Status;
    KiRegistersFromContext(&Registers, Context);
    seL4_Error Error =
        seL4_TCB_WriteRegisters(Thread->Tcb, FALSE, 0, seL4_UserContextRegisters, &Registers);
    return Error == seL4_NoError ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

// The exception's code comes where its context goes.
static NTSTATUS KiRaiseHere(PETHREAD Thread, PCONTEXT Context)
{
    EXCEPTION_RECORD Record = {.ExceptionCode = (DWORD)Context->P1Home};
    NTSTATUS Status = KiGetContext(Thread, Context);
    if (!NT_SUCCESS(Status))
        return Status;
    Record.ExceptionAddress = (PVOID)Context->Rip;
    return KeRaiseUserException(Thread, &Record, Context);
}

NTSTATUS KeInterruptThread(PETHREAD Thread, NTSTATUS Code)
{
    CONTEXT Context = {.P1Home = (ULONG)Code};
    return KiWithStoppedThread(Thread, &Context, KiRaiseHere);
}

static NTSTATUS KiSetContext(PETHREAD Thread, PCONTEXT Context)
{
    CONTEXT Whole;
    NTSTATUS Status = KiGetContext(Thread, &Whole);
    if (!NT_SUCCESS(Status))
        return Status;
    KeMergeContext(&Whole, Context);
    return KiRedirectThread(Thread, &Whole);
}

NTSTATUS KeSetContextThread(PETHREAD Thread, const CONTEXT *Context)
{
    CONTEXT Copy = *Context;
    return KiWithStoppedThread(Thread, &Copy, KiSetContext);
}
