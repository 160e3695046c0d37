// The functions that came before the Tp family: work items, I/O callbacks, and what registered waits
// and timers share.

#include "poolp.h"

// Callbacks that need a thread which does not end go to the pool whose one thread never does.
NTSTATUS TppOldEnviron(ULONG Flags, PTP_CALLBACK_ENVIRON Environ)
{
    constexpr ULONG Persistent =
        WT_EXECUTEINIOTHREAD | WT_EXECUTEINPERSISTENTIOTHREAD | WT_EXECUTEINPERSISTENTTHREAD;
    TpInitializeCallbackEnviron(Environ);
    if (Flags & WT_EXECUTELONGFUNCTION)
        TpSetCallbackLongFunction(Environ);
    return Flags & Persistent ? TppPersistentPool(&Environ->Pool) : STATUS_SUCCESS;
}

// ---- The end of a registration

VOID TppSetEnding(PTPP_ENDING Ending)
{
    if (Ending->Event)
        NtSetEvent(Ending->Event, nullptr);
}

NTSTATUS TppDeregister(PTPP_OBJECT Object, PTPP_ENDING Ending, HANDLE Event)
{
    BOOLEAN Wait = Event == TPP_WAIT_FOR_CALLBACKS;
    NTSTATUS Status = STATUS_SUCCESS;
    TppAcquire();
    Ending->Event = Wait ? nullptr : Event;
    TppStop(Object);
    TppCancelPending(Object);
    if (Wait)
        TppWaitUntilQuiet(Object, FALSE);
    else if (Object->Running)
        Status = STATUS_PENDING;
    TppReleaseOwner(Object);
    TppRelease();
    return Status;
}

// ---- Work items

typedef struct _TPP_WORK_ITEM {
    WORKERCALLBACKFUNC Function;
    PVOID Context;
} TPP_WORK_ITEM, *PTPP_WORK_ITEM;

static VOID NTAPI TppRunWorkItem(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    UNREFERENCED_PARAMETER(Instance);
    TPP_WORK_ITEM Item = *(PTPP_WORK_ITEM)Context;
    RtlFreeHeap(RtlProcessHeap(), 0, Context);
    Item.Function(Item.Context);
}

NTSTATUS NTAPI RtlQueueWorkItem(WORKERCALLBACKFUNC Function, PVOID Context, ULONG Flags)
{
    TP_CALLBACK_ENVIRON Environ;
    NTSTATUS Status = Function ? TppOldEnviron(Flags, &Environ) : STATUS_INVALID_PARAMETER_1;
    if (!NT_SUCCESS(Status))
        return Status;
    PTPP_WORK_ITEM Item = RtlAllocateHeap(RtlProcessHeap(), 0, sizeof(*Item));
    if (!Item)
        return STATUS_NO_MEMORY;
    *Item = (TPP_WORK_ITEM){Function, Context};
    Status = TpSimpleTryPost(TppRunWorkItem, Item, &Environ);
    if (!NT_SUCCESS(Status))
        RtlFreeHeap(RtlProcessHeap(), 0, Item);
    return Status;
}

// ---- A file whose every completion calls a function, for as long as the file is open

static VOID NTAPI TppRunIoCallback(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PVOID ApcContext,
                                   PIO_STATUS_BLOCK IoStatusBlock, PTP_IO Io)
{
    UNREFERENCED_PARAMETER(Instance);
    UNREFERENCED_PARAMETER(Io);
    APC_CALLBACK_FUNCTION Function = (APC_CALLBACK_FUNCTION)Context;
    Function((DWORD)IoStatusBlock->Status, (PVOID)IoStatusBlock->Information, ApcContext);
}

NTSTATUS NTAPI RtlSetIoCompletionCallback(HANDLE File, APC_CALLBACK_FUNCTION Callback, ULONG Flags)
{
    TP_CALLBACK_ENVIRON Environ;
    NTSTATUS Status = Callback ? TppOldEnviron(Flags, &Environ) : STATUS_INVALID_PARAMETER_2;
    if (!NT_SUCCESS(Status))
        return Status;
    PTP_IO Io;
    Status = TpAllocIoCompletion(&Io, File, TppRunIoCallback, (PVOID)Callback, &Environ);
    if (NT_SUCCESS(Status))
        Io->AnyPacket = TRUE;
    return Status;
}
