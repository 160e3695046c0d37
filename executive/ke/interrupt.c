// Interrupts of the Executive itself. Each sets a bit of one notification, which is bound to the
// Executive's thread: one receive gets messages and interrupts alike.
#include "kep.h"

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

BOOLEAN KiConnectLine(ULONG GlobalInterrupt, BOOLEAN Level, BOOLEAN ActiveLow,
                      KI_INTERRUPT_ROUTINE Routine)
{
    ULONG Ioapic, Pin;
    if (!KeFindPin(GlobalInterrupt, &Ioapic, &Pin))
        return FALSE;
    seL4_CPtr Handler = KiInterruptCount < KI_INTERRUPTS ? MmAllocateSlot() : 0;
    if (!Handler)
        return FALSE;
    if (seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, MmRootCNode, Handler, seL4_WordBits, Ioapic,
                                  Pin, Level, ActiveLow, KiInterruptCount) != seL4_NoError) {
        MmFreeSlot(Handler);
        return FALSE;
    }
    return KiEnableInterrupt(Handler, Routine);
}

// The handler's capability goes, so that the pin can be connected anew by a driver.
VOID KiDisconnectLine(KI_INTERRUPT_ROUTINE Routine)
{
    for (ULONG i = 0; i < KiInterruptCount; i++) {
        if (KiInterrupts[i].Routine != Routine)
            continue;
        (VOID) seL4_IRQHandler_Clear(KiInterrupts[i].Handler);
        MmDeleteSlot(KiInterrupts[i].Handler);
        KiInterrupts[i] = (KI_INTERRUPT){};
        return;
    }
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

seL4_Error KeMintHostNotification(ULONG HostId, seL4_CNode CNode, ULONG Slot)
{
    seL4_Word Badge = 1ull << KI_NOTIFICATION | 1ull << (KI_INTERRUPTS + HostId % KI_HOST_BITS);
    return seL4_CNode_Mint(CNode, Slot, HOST_CNODE_BITS, MmRootCNode, KiNotification, seL4_WordBits,
                           seL4_CapRights_new(0, 0, 0, 1), Badge);
}

VOID KiHandleNotification(seL4_Word Badge)
{
    ULONG64 Hosts = (Badge & ~(1ull << KI_NOTIFICATION)) >> KI_INTERRUPTS;
    if (Hosts)
        IoHostsNotified(Hosts, KI_HOST_BITS);
    for (ULONG i = 0; i < KiInterruptCount; i++) {
        if (!(Badge >> i & 1) || !KiInterrupts[i].Routine)
            continue;
        (VOID) seL4_IRQHandler_Ack(KiInterrupts[i].Handler);
        KiInterrupts[i].Routine();
    }
}
