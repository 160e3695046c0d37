// What services that answer programs have in common.
#include "exp.h"

NTSTATUS ExReturnInformation(const VOID *Data, ULONG Size, VOID USER *Buffer, ULONG Length,
                             ULONG USER *ReturnLength, NTSTATUS TooSmall)
{
    NTSTATUS Status = ExpWriteOptional(ReturnLength, Size);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Length < Size)
        return TooSmall;
    return MmCopyToUser(Buffer, Data, Size);
}

NTSTATUS ExpReturnExact(const VOID *Data, ULONG Size, VOID USER *Buffer, ULONG Length,
                        ULONG USER *ReturnLength)
{
    if (Length != Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyToUser(Buffer, Data, Size);
    return NT_SUCCESS(Status) ? ExpWriteOptional(ReturnLength, Size) : Status;
}

NTSTATUS ExpCaptureTimeout(const LARGE_INTEGER USER *Timeout, PLARGE_INTEGER Captured,
                           PLARGE_INTEGER *Result)
{
    *Result = nullptr;
    if (!Timeout)
        return STATUS_SUCCESS;
    *Result = Captured;
    return MmCopyFromUser(Captured, Timeout, sizeof(*Captured));
}

NTSTATUS ExReferenceUserEvent(HANDLE Handle, PKEVENT *Event)
{
    *Event = nullptr;
    if (!Handle)
        return STATUS_SUCCESS;
    return ObReferenceObjectByHandle(Handle, EVENT_MODIFY_STATE, ExEventObjectType, UserMode,
                                     (PVOID *)Event, nullptr);
}

// ---- APCs of completed services

struct _EX_USER_APC {
    KAPC Apc;
};

static VOID ExpFreeUserApc(PKAPC Apc)
{
    PEX_USER_APC UserApc = CONTAINING_RECORD(Apc, EX_USER_APC, Apc);
    PETHREAD Thread = Apc->Thread;
    ExFreePoolWithTag(UserApc, EX_TAG_APC);
    ObDereferenceObject(Thread);
}

NTSTATUS ExAllocateUserApc(PVOID Routine, PVOID Context, PEX_USER_APC *Result)
{
    PEX_USER_APC UserApc = ExAllocatePoolZero(NonPagedPool, sizeof(*UserApc), EX_TAG_APC);
    if (!UserApc)
        return STATUS_INSUFFICIENT_RESOURCES;
    UserApc->Apc = (KAPC){
        .Thread = KeGetCurrentThread(),
        .Free = ExpFreeUserApc,
        .NormalRoutine = Routine,
        .NormalContext = Context,
    };
    ObReferenceObject(UserApc->Apc.Thread);
    *Result = UserApc;
    return STATUS_SUCCESS;
}

VOID ExQueueUserApc(PEX_USER_APC Apc, PVOID Argument1, PVOID Argument2)
{
    Apc->Apc.SystemArgument1 = Argument1;
    Apc->Apc.SystemArgument2 = Argument2;
    if (!KeInsertQueueApc(&Apc->Apc))
        ExpFreeUserApc(&Apc->Apc); // the thread has ended
}

VOID ExCancelUserApc(PEX_USER_APC Apc)
{
    ExpFreeUserApc(&Apc->Apc);
}
