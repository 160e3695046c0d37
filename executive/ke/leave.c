// The way back to the program: the answer to a service, and what has to happen before it.
#include "kep.h"

VOID KiSaveCaller(PETHREAD Thread)
{
    if (Thread->State != KiThreadUser)
        return;
    seL4_Error Error = seL4_CNode_SaveCaller(MmRootCNode, Thread->ReplySlot, seL4_WordBits);
    ASSERT(Error == seL4_NoError);
    KiSetThreadState(Thread, KiThreadService);
}

// A capability that is gone (the caller did not wait, or was stopped) makes this a no-operation.
static VOID KiAnswerSaved(PETHREAD Thread, NTSTATUS Status)
{
    const seL4_Word Mr[4] = {(ULONG)Status};
    seL4_MessageInfo_t Info = seL4_MessageInfo_new(0, 0, 0, Thread->InFault ? 0 : 1);
    Thread->InFault = FALSE;
    KiSetThreadState(Thread, KiThreadUser);
    seL4_SysSendRegisters(seL4_SysNBSend, Thread->ReplySlot, Info, Mr);
}

static VOID KiHoldAnswer(PETHREAD Thread, NTSTATUS Status)
{
    KiSaveCaller(Thread);
    Thread->HeldStatus = Status;
    KiSetThreadState(Thread, KiThreadHeld);
}

// Go back to where NewContext says instead of answering.
static VOID KiResumeNewContext(PETHREAD Thread)
{
    seL4_UserContext Registers = {};
    KiRegistersFromContext(&Registers, Thread->NewContext);
    ExFreePool(Thread->NewContext);
    Thread->NewContext = nullptr;
    Thread->Work &= (UCHAR)~KWORK_CONTEXT;
    KiResumeAt(Thread, &Registers);
}

static BOOLEAN KiDoWork(PETHREAD Thread, NTSTATUS Status)
{
    if (Thread->Work & KWORK_TERMINATE) {
        PsExitThread(Thread);
        return FALSE;
    }
    if (Thread->Work & KWORK_SUSPEND) {
        KiHoldAnswer(Thread, Status);
        return FALSE;
    }
    if (Thread->Work & KWORK_APC)
        KiDeliverApc(Thread, Status);
    if (Thread->Work & KWORK_TERMINATE) { // its stack had no room for the APC
        PsExitThread(Thread);
        return FALSE;
    }
    if (Thread->Work & KWORK_CONTEXT) {
        KiResumeNewContext(Thread);
        return FALSE;
    }
    return TRUE;
}

BOOLEAN KiLeaveService(PETHREAD Thread, NTSTATUS Status)
{
    if (Thread->Work && !KiDoWork(Thread, Status))
        return FALSE;
    if (Thread->State == KiThreadUser) {
        Thread->InFault = FALSE;
        return TRUE;
    }
    KiAnswerSaved(Thread, Status);
    return FALSE;
}

// The last suspension of a thread ended.
VOID KiReleaseHeld(PETHREAD Thread)
{
    NTSTATUS Status = Thread->HeldStatus;
    KiSetThreadState(Thread, KiThreadService);
    if (!Thread->Work || KiDoWork(Thread, Status))
        KiAnswerSaved(Thread, Status);
}
