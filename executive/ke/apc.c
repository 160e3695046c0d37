// Delivery of user APCs: the thread goes through KiUserApcDispatcher of ntdll, with what it would have
// gone on with as a CONTEXT on its stack.
#include "kep.h"

// The dispatcher finds routine and arguments in the home fields of the CONTEXT, as on Windows.
static NTSTATUS KiEnterApc(PETHREAD Thread, PKAPC Apc, NTSTATUS Status)
{
    seL4_UserContext Registers;
    NTSTATUS Result = KiReadThread(Thread, &Registers, Status);
    if (!NT_SUCCESS(Result))
        return Result;
    CONTEXT Context;
    KiContextFromRegisters(&Context, &Registers);
    if (Thread->Work & KWORK_CONTEXT)
        Context = *Thread->NewContext; // where it was to go on is replaced already
    Context.P1Home = (ULONG_PTR)Apc->NormalContext;
    Context.P2Home = (ULONG_PTR)Apc->SystemArgument1;
    Context.P3Home = (ULONG_PTR)Apc->SystemArgument2;
    Context.P4Home = (ULONG_PTR)Apc->NormalRoutine;

    ULONG_PTR Stack = ALIGN_DOWN_BY(Context.Rsp, 16) - sizeof(CONTEXT);
    Result = MmWriteProcess(Thread->Process, Stack, &Context, sizeof(Context));
    if (!NT_SUCCESS(Result))
        return Result;
    Context.ContextFlags = CONTEXT_FULL;
    Context.Rip = KeUserEntries.KiUserApcDispatcher;
    Context.Rsp = Stack;
    return KiRedirectThread(Thread, &Context);
}

// The oldest APC. The next ones follow when this one continues, as it tests for alerts then. FALSE: there
// is nothing to deliver, the answer goes out as usual.
VOID KiDeliverApc(PETHREAD Thread, NTSTATUS Status)
{
    Thread->Work &= (UCHAR)~KWORK_APC;
    if (IsListEmpty(&Thread->ApcListHead))
        return;
    PKAPC Apc = CONTAINING_RECORD(RemoveHeadList(&Thread->ApcListHead), KAPC, ApcListEntry);
    Apc->Inserted = FALSE;
    if (KeUserEntries.KiUserApcDispatcher)
        Status = KiEnterApc(Thread, Apc, Status);
    if (!NT_SUCCESS(Status))
        PsTerminateProcess(Thread->Process, Status); // no stack left to run it on
    if (Apc->Free)
        Apc->Free(Apc);
}

// Into the program without waiting for an alertable wait. A thread in a service gets it on its way out;
// one in the program is stopped, entered, and goes on.
VOID KiDeliverSpecialApc(PETHREAD Thread)
{
    ULONG Count;
    Thread->Work |= KWORK_APC;
    if (!NT_SUCCESS(KeSuspendThread(Thread, &Count)))
        return;
    if (Thread->State == KiThreadSuspended)
        KiDeliverApc(Thread, STATUS_SUCCESS);
    KeResumeThread(Thread);
}
