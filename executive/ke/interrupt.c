// Interrupts of the Executive itself. Each sets a bit of one notification, which is bound to the
// Executive's thread: one receive gets messages and interrupts alike.
#include "kep.h"

typedef struct _KI_INTERRUPT {
    seL4_CPtr Handler, Badged;
    KI_INTERRUPT_ROUTINE Routine; // null: free
    KE_VECTOR_SOURCE Source;
    ULONG Count;
} KI_INTERRUPT;

static seL4_CPtr KiNotification;
static KI_INTERRUPT KiInterrupts[KI_INTERRUPTS]; // the index is the badge bit, and the vector

VOID KiInitInterrupts(VOID)
{
    KiNotification = MmCreateKernelObject(seL4_NotificationObject, 0);
    if (!KiNotification ||
        seL4_TCB_BindNotification(seL4_CapInitThreadTCB, KiNotification) != seL4_NoError)
        KeBugCheckEx(PHASE0_INITIALIZATION_FAILED, 5, 0, 0, 0);
}

// KI_INTERRUPTS: none.
static ULONG KiFreeInterrupt(VOID)
{
    ULONG Index = 0;
    while (Index < KI_INTERRUPTS && KiInterrupts[Index].Routine)
        Index++;
    return Index;
}

// Have the handler set its bit.
static BOOLEAN KiEnableInterrupt(ULONG Index, seL4_CPtr Handler, const KE_VECTOR_SOURCE *Source,
                                 KI_INTERRUPT_ROUTINE Routine)
{
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
    KiInterrupts[Index] = (KI_INTERRUPT){Handler, Badged, Routine, *Source, 0};
    return TRUE;
}

BOOLEAN KiConnectLine(ULONG GlobalInterrupt, BOOLEAN Level, BOOLEAN ActiveLow,
                      KI_INTERRUPT_ROUTINE Routine)
{
    KE_VECTOR_SOURCE Source = {.Level = Level, .ActiveLow = ActiveLow, .Line = GlobalInterrupt};
    ULONG Ioapic, Pin, Index = KiFreeInterrupt();
    if (!KeFindPin(GlobalInterrupt, &Ioapic, &Pin))
        return FALSE;
    seL4_CPtr Handler = Index < KI_INTERRUPTS ? MmAllocateSlot() : 0;
    if (!Handler)
        return FALSE;
    if (seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, MmRootCNode, Handler, seL4_WordBits, Ioapic,
                                  Pin, Level, ActiveLow, Index) != seL4_NoError) {
        MmFreeSlot(Handler);
        return FALSE;
    }
    return KiEnableInterrupt(Index, Handler, &Source, Routine);
}

// The handler's capability goes, so that the pin can be connected anew by a driver.
VOID KiDisconnectLine(KI_INTERRUPT_ROUTINE Routine)
{
    for (ULONG i = 0; i < KI_INTERRUPTS; i++) {
        if (KiInterrupts[i].Routine != Routine)
            continue;
        (VOID) seL4_IRQHandler_Clear(KiInterrupts[i].Handler);
        MmDeleteSlot(KiInterrupts[i].Handler);
        MmDeleteSlot(KiInterrupts[i].Badged);
        KiInterrupts[i] = (KI_INTERRUPT){};
        return;
    }
}

BOOLEAN KiConnectMessage(KI_INTERRUPT_ROUTINE Routine, PULONG Address, PULONG Data)
{
    KE_VECTOR_SOURCE Source = {.Message = TRUE};
    ULONG Index = KiFreeInterrupt();
    seL4_CPtr Handler = Index < KI_INTERRUPTS ? MmAllocateSlot() : 0;
    if (!Handler)
        return FALSE;
    *Address = KI_MESSAGE_ADDRESS;
    *Data = Index + seL4_IRQOffset;
    if (seL4_IRQControl_GetMSI(seL4_CapIRQControl, MmRootCNode, Handler, seL4_WordBits, 0, 0, 0, 0,
                               Index) != seL4_NoError) {
        MmFreeSlot(Handler);
        return FALSE;
    }
    return KiEnableInterrupt(Index, Handler, &Source, Routine);
}

BOOLEAN KeQueryOwnInterrupt(ULONG Index, KE_VECTOR_SOURCE *Source, PULONG Vector, PULONG Count)
{
    if (Index >= KI_INTERRUPTS || !KiInterrupts[Index].Routine)
        return FALSE;
    *Source = KiInterrupts[Index].Source;
    *Vector = Index + seL4_IRQOffset;
    *Count = KiInterrupts[Index].Count;
    return TRUE;
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
    for (ULONG i = 0; i < KI_INTERRUPTS; i++) {
        if (!(Badge >> i & 1) || !KiInterrupts[i].Routine)
            continue;
        KiInterrupts[i].Count++;
        (VOID) seL4_IRQHandler_Ack(KiInterrupts[i].Handler);
        KiInterrupts[i].Routine();
    }
}
