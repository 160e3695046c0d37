// The dispatch loop: receive a service or a fault, work on it, answer with the next receive.
#include "kep.h"

seL4_CPtr KiEndpoint;

enum {
    // A thread's badge is the address of its ETHREAD, with this bit on its fault capability.
    KI_BADGE_FAULT = 1,
    KI_BADGE_MASK = 15,
};

typedef struct _KI_MESSAGE {
    seL4_MessageInfo_t Info;
    seL4_Word Badge;
    seL4_Word Mr[4];
} KI_MESSAGE;

// What is in registers goes in registers; more arguments lie in the IPC buffer.
static NTSTATUS KiCallService(const KI_SERVICE *Service, const seL4_Word Mr[4])
{
    if (Service->Arguments <= 4)
        return ((KI_SERVICE4)Service->Routine)(Mr[0], Mr[1], Mr[2], Mr[3]);
    const seL4_Word *Rest = &seL4_GetIPCBuffer()->msg[4];
    return ((KI_SERVICE16)Service->Routine)(Mr[0], Mr[1], Mr[2], Mr[3], Rest[0], Rest[1], Rest[2],
                                            Rest[3], Rest[4], Rest[5], Rest[6], Rest[7], Rest[8],
                                            Rest[9], Rest[10], Rest[11]);
}

static NTSTATUS KiDispatchService(const KI_MESSAGE *Message)
{
    seL4_Word Number = seL4_MessageInfo_get_label(Message->Info);
    if (Number >= KiServiceCount)
        return STATUS_INVALID_SYSTEM_SERVICE;
    const KI_SERVICE *Service = &KiServices[Number];
    if (seL4_MessageInfo_get_length(Message->Info) < Service->Arguments)
        return STATUS_INVALID_SYSTEM_SERVICE;
    if (!Service->Routine)
        return KiUnsupportedService((ULONG)Number);
    return KiCallService(Service, Message->Mr);
}

// TRUE: the answer is in the message and goes out with the next receive.
static BOOLEAN KiHandleMessage(KI_MESSAGE *Message)
{
    if (Message->Badge >> KI_NOTIFICATION) {
        KiChargeInterrupted();
        KiHandleNotification(Message->Badge);
        return FALSE;
    }
    PETHREAD Thread = (PETHREAD)(Message->Badge & ~(seL4_Word)KI_BADGE_MASK);
    KiChargeUser(Thread);
    // A thread that sends without waiting for the answer could have two services in flight: one of
    // them goes unheard, and the thread gets what it asked for.
    if (Thread->State != KiThreadUser)
        return FALSE;

    KiCurrentFiber->Thread = Thread;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Message->Badge & KI_BADGE_FAULT) {
        Thread->InFault = TRUE;
        KiHandleFault(Thread, seL4_MessageInfo_get_label(Message->Info), Message->Mr);
    } else {
        Status = KiDispatchService(Message);
    }
    KiChargeKernel(Thread);
    BOOLEAN Fault = Thread->InFault;
    BOOLEAN Answer = KiLeaveService(Thread, Status);
    KiCurrentFiber->Thread = nullptr;
    Message->Info = seL4_MessageInfo_new(0, 0, 0, Fault ? 0 : 1);
    Message->Mr[0] = (ULONG)Status;
    return Answer;
}

[[noreturn]] VOID KiDispatchLoop(VOID)
{
    KI_MESSAGE Message = {};
    BOOLEAN Answer = FALSE;
    for (;;) {
        if (!IsListEmpty(&KiReadyFibers)) {
            if (Answer)
                seL4_SysSendRegisters(seL4_SysReply, 0, Message.Info, Message.Mr);
            KiRunReadyFiber();
        }
        Message.Info = seL4_SysRecvRegisters(Answer ? seL4_SysReplyRecv : seL4_SysRecv, KiEndpoint,
                                             Message.Info, &Message.Badge, Message.Mr);
        Answer = KiHandleMessage(&Message);
    }
}
