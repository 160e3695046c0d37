// Interrupts of the Executive itself. Each sets a bit of one notification, which is bound to the
// Executive's thread: one receive gets messages and interrupts alike.
#include "kep.h"

enum {
    KI_INTERRUPTS = 16,
    KI_MESSAGE_ADDRESS = 0xFEE00000, // Intel SDM 3A, 10.11.1: local APIC 0, fixed delivery
};

typedef struct _KI_INTERRUPT {
    seL4_CPtr Handler;
    KI_INTERRUPT_ROUTINE Routine;
} KI_INTERRUPT;

static seL4_CPtr KiNotification;
static KI_INTERRUPT KiInterrupts[KI_INTERRUPTS]; // the index is the badge bit, and the vector
static ULONG KiInterruptCount;

VOID KiInitInterrupts(VOID)
{
    KiNotification = MmCreateKernelObject(seL4_NotificationObject, 0);
    if (!KiNotification ||
        seL4_TCB_BindNotification(seL4_CapInitThreadTCB, KiNotification) != seL4_NoError)
        KeBugCheckEx(PHASE0_INITIALIZATION_FAILED, 5, 0, 0, 0);
}

// Have the handler set its bit.
static BOOLEAN KiEnableInterrupt(seL4_CPtr Handler, KI_INTERRUPT_ROUTINE Routine)
{
    ULONG Index = KiInterruptCount;
    seL4_CPtr Badged = MmAllocateSlot();
    if (!Badged)
        return FALSE;
    seL4_Word Badge = 1ull << KI_NOTIFICATION | 1ull << Index;
    seL4_Error Error = seL4_CNode_Mint(MmRootCNode, Badged, seL4_WordBits, MmRootCNode,
                                       KiNotification, seL4_WordBits, seL4_AllRights, Badge);
    if (Error == seL4_NoError)
        Error = seL4_IRQHandler_SetNotification(Handler, Badged);
    if (Error == seL4_NoError)
        Error = seL4_IRQHandler_Ack(Handler); // what was pending before
    if (Error != seL4_NoError)
        return FALSE;
    KiInterrupts[Index] = (KI_INTERRUPT){Handler, Routine};
    KiInterruptCount++;
    return TRUE;
}

BOOLEAN KiConnectPin(ULONG Pin, BOOLEAN Level, BOOLEAN ActiveLow, KI_INTERRUPT_ROUTINE Routine)
{
    seL4_CPtr Handler = KiInterruptCount < KI_INTERRUPTS ? MmAllocateSlot() : 0;
    if (!Handler)
        return FALSE;
    if (seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, MmRootCNode, Handler, seL4_WordBits, 0, Pin,
                                  Level, ActiveLow, KiInterruptCount) != seL4_NoError) {
        MmFreeSlot(Handler);
        return FALSE;
    }
    return KiEnableInterrupt(Handler, Routine);
}

BOOLEAN KiConnectMessage(KI_INTERRUPT_ROUTINE Routine, PULONG Address, PULONG Data)
{
    seL4_CPtr Handler = KiInterruptCount < KI_INTERRUPTS ? MmAllocateSlot() : 0;
    if (!Handler)
        return FALSE;
    *Address = KI_MESSAGE_ADDRESS;
    *Data = KiInterruptCount + seL4_IRQOffset;
    if (seL4_IRQControl_GetMSI(seL4_CapIRQControl, MmRootCNode, Handler, seL4_WordBits, 0, 0, 0, 0,
                               KiInterruptCount) != seL4_NoError) {
        MmFreeSlot(Handler);
        return FALSE;
    }
    return KiEnableInterrupt(Handler, Routine);
}

VOID KiHandleNotification(seL4_Word Badge)
{
    for (ULONG i = 0; i < KiInterruptCount; i++) {
        if (!(Badge >> i & 1))
            continue;
        (VOID) seL4_IRQHandler_Ack(KiInterrupts[i].Handler);
        KiInterrupts[i].Routine();
    }
}
