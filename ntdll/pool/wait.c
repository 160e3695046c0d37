// Waits for objects, by wait completion packets: the Executive puts a packet into the pool's port when
// the object is signalled. Each wait is numbered; the number comes back with the packet, which may
// have left the port already when the wait is replaced.

#include "poolp.h"

static VOID TppWaitTimedOut(PTPP_ALARM Alarm)
{
    PTP_WAIT Wait = CONTAINING_RECORD(Alarm, TP_WAIT, Timeout);
    // If the object was faster the packet is on its way, and tells of the signal.
    if (NtCancelWaitCompletionPacket(Wait->Packet, FALSE) != STATUS_SUCCESS)
        return;
    Wait->Armed = FALSE;
    Wait->TimedOut++;
    TppMakeReady(&Wait->Object);
    TppDereference(&Wait->Object);
}

NTSTATUS NTAPI TpAllocWait(PTP_WAIT *Wait, PTP_WAIT_CALLBACK Callback, PVOID Context,
                           PTP_CALLBACK_ENVIRON CallbackEnviron)
{
    HANDLE Packet;
    NTSTATUS Status = NtCreateWaitCompletionPacket(&Packet, GENERIC_ALL, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = TppAllocate(TppWait, sizeof(**Wait), (PVOID)Callback, Context, CallbackEnviron,
                         (PTPP_OBJECT *)Wait);
    if (!NT_SUCCESS(Status)) {
        NtClose(Packet);
        return Status;
    }
    (*Wait)->Packet = Packet;
    (*Wait)->Timeout.Expired = TppWaitTimedOut;
    return STATUS_SUCCESS;
}

BOOLEAN TppDisarmWait(PTP_WAIT Wait)
{
    TppCancelAlarm(&Wait->Timeout);
    if (!Wait->Armed)
        return FALSE;
    Wait->Armed = FALSE;
    NTSTATUS Status = NtCancelWaitCompletionPacket(Wait->Packet, FALSE);
    if (Status == STATUS_SUCCESS) {
        TppDereference(&Wait->Object);
        return TRUE;
    }
    // Signalled: the callback is pending. The packet must leave the port before it is used again.
    if (NtCancelWaitCompletionPacket(Wait->Packet, TRUE) == STATUS_SUCCESS) {
        TppMakeReady(&Wait->Object);
        TppDereference(&Wait->Object);
    } else {
        Wait->Object.Expected++; // a thread has just taken it
    }
    return FALSE;
}

BOOLEAN TppWaitPacketArrived(PTP_WAIT Wait, ULONG_PTR Sequence)
{
    if (Wait->Armed && Sequence == Wait->Sequence) {
        Wait->Armed = FALSE;
        TppCancelAlarm(&Wait->Timeout);
        return TRUE;
    }
    if (Wait->Object.Unwanted) {
        Wait->Object.Unwanted--;
        TppDereference(&Wait->Object);
        return FALSE;
    }
    Wait->Object.Expected--;
    return TRUE;
}

// The wait is disarmed.
NTSTATUS TppArmWait(PTP_WAIT Wait, HANDLE Handle, PLARGE_INTEGER Timeout)
{
    BOOLEAN AlreadySignaled;
    Wait->Sequence++;
    NTSTATUS Status =
        NtAssociateWaitCompletionPacket(Wait->Packet, Wait->Object.Pool->Port, Handle, Wait,
                                        (PVOID)Wait->Sequence, STATUS_SUCCESS, 0, &AlreadySignaled);
    if (!NT_SUCCESS(Status))
        return Status;
    Wait->Armed = TRUE;
    Wait->Object.References++;
    if (Timeout)
        TppSetAlarm(&Wait->Timeout, TppDueTime(Timeout), 0);
    return STATUS_SUCCESS;
}

LOGICAL NTAPI TpSetWaitEx(PTP_WAIT Wait, HANDLE Handle, PLARGE_INTEGER Timeout, PVOID Reserved)
{
    UNREFERENCED_PARAMETER(Reserved);
    NTSTATUS Status = STATUS_SUCCESS;
    TppAcquire();
    BOOLEAN Waited = TppDisarmWait(Wait);
    if (Handle)
        Status = TppArmWait(Wait, Handle, Timeout);
    TppRelease();
    if (!NT_SUCCESS(Status))
        RtlRaiseStatus(Status); // the handle is not one of an object to wait for
    return Waited;
}

VOID NTAPI TpSetWait(PTP_WAIT Wait, HANDLE Handle, PLARGE_INTEGER Timeout)
{
    TpSetWaitEx(Wait, Handle, Timeout, nullptr);
}

VOID NTAPI TpWaitForWait(PTP_WAIT Wait, LOGICAL CancelPendingCallbacks)
{
    TppWaitFor(&Wait->Object, CancelPendingCallbacks);
}

VOID NTAPI TpReleaseWait(PTP_WAIT Wait)
{
    TppEnd(&Wait->Object);
}
