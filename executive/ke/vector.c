// Interrupt vectors of devices. The kernel sends each to a notification of a driver host; the host's
// service thread waits for it and acknowledges. A vector stays allocated while its device has it as a
// resource, connected or not.
#include "kep.h"

enum {
    KI_FIRST_DEVICE_VECTOR = KI_INTERRUPTS, // below are the Executive's own
    KI_VECTORS = 108,                       // what the kernel accepts
};

typedef struct _KI_VECTOR {
    ULONG References; // of resources
    KE_VECTOR_SOURCE Source;
    seL4_CPtr Handler, Notification; // 0: not connected
} KI_VECTOR;

static KI_VECTOR KiVectors[KI_VECTORS];

static BOOLEAN KiIsSameLine(const KI_VECTOR *Vector, const KE_VECTOR_SOURCE *Source)
{
    return Vector->References && !Vector->Source.Message && !Source->Message &&
           Vector->Source.Line == Source->Line;
}

static ULONG KiCountFree(ULONG First, ULONG Most)
{
    ULONG Count = 0;
    while (Count < Most && First + Count < KI_VECTORS && !KiVectors[First + Count].References)
        Count++;
    return Count;
}

NTSTATUS KeAllocateVectors(const KE_VECTOR_SOURCE *Source, ULONG Count, PULONG First)
{
    ULONG Alignment = 1;
    for (ULONG i = KI_FIRST_DEVICE_VECTOR; i < KI_VECTORS; i++) {
        if (!KiIsSameLine(&KiVectors[i], Source))
            continue;
        KiVectors[i].References++;
        *First = i + seL4_IRQOffset;
        return STATUS_SUCCESS;
    }
    while (Alignment < Count)
        Alignment *= 2;
    ULONG Vector = ALIGN_UP_BY(KI_FIRST_DEVICE_VECTOR + seL4_IRQOffset, Alignment);
    for (; Vector + Count <= KI_VECTORS + seL4_IRQOffset; Vector += Alignment) {
        ULONG Index = Vector - seL4_IRQOffset;
        if (KiCountFree(Index, Count) < Count)
            continue;
        for (ULONG i = 0; i < Count; i++)
            KiVectors[Index + i] = (KI_VECTOR){.References = 1, .Source = *Source};
        *First = Vector;
        return STATUS_SUCCESS;
    }
    return STATUS_INSUFFICIENT_RESOURCES;
}

static KI_VECTOR *KiFindVector(ULONG Vector)
{
    ULONG Index = Vector - seL4_IRQOffset;
    return Index < KI_VECTORS && KiVectors[Index].References ? &KiVectors[Index] : nullptr;
}

BOOLEAN KeQueryVector(ULONG Vector, KE_VECTOR_SOURCE *Source)
{
    const KI_VECTOR *Entry = KiFindVector(Vector);
    if (Entry)
        *Source = Entry->Source;
    return Entry != nullptr;
}

VOID KeQueryMessage(ULONG Vector, PULONG64 Address, PULONG Data)
{
    *Address = KI_MESSAGE_ADDRESS;
    *Data = Vector;
}

static seL4_Error KiMakeHandler(const KI_VECTOR *Vector, seL4_CPtr Handler)
{
    ULONG Ioapic, Pin;
    seL4_Word Irq = (seL4_Word)(Vector - KiVectors);
    if (Vector->Source.Message)
        return seL4_IRQControl_GetMSI(seL4_CapIRQControl, MmRootCNode, Handler, seL4_WordBits, 0, 0,
                                      0, 0, Irq);
    if (!KeFindPin(Vector->Source.Line, &Ioapic, &Pin))
        return seL4_InvalidArgument;
    return seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, MmRootCNode, Handler, seL4_WordBits,
                                     Ioapic, Pin, Vector->Source.Level, Vector->Source.ActiveLow,
                                     Irq);
}

VOID KeDisconnectVector(ULONG Vector)
{
    KI_VECTOR *Entry = KiFindVector(Vector);
    if (!Entry || !Entry->Handler)
        return;
    // Revoked first: the host has a copy of each, and the interrupt must be silent from here on.
    (VOID) seL4_CNode_Revoke(MmRootCNode, Entry->Handler, seL4_WordBits);
    (VOID) seL4_IRQHandler_Clear(Entry->Handler);
    MmDeleteSlot(Entry->Handler);
    (VOID) seL4_CNode_Revoke(MmRootCNode, Entry->Notification, seL4_WordBits);
    MmDeleteKernelObject(Entry->Notification);
    Entry->Handler = Entry->Notification = 0;
}

NTSTATUS KeConnectVector(ULONG Vector, seL4_CPtr *Handler, seL4_CPtr *Notification)
{
    KI_VECTOR *Entry = KiFindVector(Vector);
    if (!Entry)
        return STATUS_INVALID_PARAMETER;
    if (Entry->Handler)
        return STATUS_DEVICE_ALREADY_ATTACHED;
    Entry->Handler = MmAllocateSlot();
    Entry->Notification = Entry->Handler ? MmCreateKernelObject(seL4_NotificationObject, 0) : 0;
    if (!Entry->Notification) {
        if (Entry->Handler)
            MmFreeSlot(Entry->Handler);
        Entry->Handler = 0;
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    seL4_Error Error = KiMakeHandler(Entry, Entry->Handler);
    if (Error != seL4_NoError) {
        MmFreeSlot(Entry->Handler);
        MmDeleteKernelObject(Entry->Notification);
        Entry->Handler = Entry->Notification = 0;
        return STATUS_RESOURCE_IN_USE;
    }
    Error = seL4_IRQHandler_SetNotification(Entry->Handler, Entry->Notification);
    if (Error == seL4_NoError)
        Error = seL4_IRQHandler_Ack(Entry->Handler); // what was pending before
    if (Error != seL4_NoError) {
        KeDisconnectVector(Vector);
        return STATUS_UNSUCCESSFUL;
    }
    *Handler = Entry->Handler;
    *Notification = Entry->Notification;
    return STATUS_SUCCESS;
}

VOID KeFreeVectors(ULONG First, ULONG Count)
{
    for (ULONG Vector = First; Vector < First + Count; Vector++) {
        KI_VECTOR *Entry = KiFindVector(Vector);
        ASSERT(Entry);
        if (Entry->References == 1)
            KeDisconnectVector(Vector); // nobody else has the line
        Entry->References--;
    }
}
