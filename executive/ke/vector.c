// Interrupt vectors of devices. The kernel sends each to a notification of a driver host; the host's
// service thread waits for it and acknowledges. A vector stays allocated while its device has it as a
// resource, connected or not.
//
// A line that devices of several hosts share goes through all of them: the kernel signals the first, each passes it on
// to the next, the last acknowledges. What a host calls when it has served an interrupt is one slot in its CNode,
// which holds the next one's notification, or the kernel's interrupt; only this file changes it. A host that ends drops
// out of the row, and what it had in hand goes to the next one.
#include "kep.h"

enum {
    KI_FIRST_DEVICE_VECTOR = KI_INTERRUPTS, // below are the Executive's own
    KI_VECTORS = 108,                       // what the kernel accepts
};

typedef struct _KI_VECTOR {
    ULONG References; // of resources
    KE_VECTOR_SOURCE Source;
    seL4_CPtr Handler;         // 0: nobody has connected it
    LIST_ENTRY ConnectionHead; // in the order in which they are signalled
    BOOLEAN Held;              // masked until the row changes, or for a moment
    UCHAR Holds;               // in a row
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
        for (ULONG i = 0; i < Count; i++) {
            KiVectors[Index + i] = (KI_VECTOR){.References = 1, .Source = *Source};
            InitializeListHead(&KiVectors[Index + i].ConnectionHead);
        }
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

// ---- The row of those that have connected a vector

// What the host calls when it has served an interrupt.
static seL4_Error KiSetPass(PKE_CONNECTION Connection, seL4_CPtr Cap)
{
    (VOID) seL4_CNode_Delete(Connection->CNode, Connection->PassSlot, HOST_CNODE_BITS);
    return seL4_CNode_Copy(Connection->CNode, Connection->PassSlot, HOST_CNODE_BITS, MmRootCNode,
                           Cap, seL4_WordBits, seL4_CapRights_new(0, 0, 0, 1));
}

// An interrupt may be under way: it is acknowledged, and comes again when it has not been served.
static seL4_Error KiLinkRow(KI_VECTOR *Entry)
{
    seL4_CPtr First = 0;
    seL4_Error Error = seL4_NoError;
    Entry->Held = FALSE;
    Entry->Holds = 0;
    for (PLIST_ENTRY Link = Entry->ConnectionHead.Flink;
         Link != &Entry->ConnectionHead && Error == seL4_NoError; Link = Link->Flink) {
        PKE_CONNECTION Connection = CONTAINING_RECORD(Link, KE_CONNECTION, Link);
        PKE_CONNECTION Next = CONTAINING_RECORD(Link->Flink, KE_CONNECTION, Link);
        First = First ? First : Connection->Notification;
        Error = KiSetPass(Connection, Link->Flink == &Entry->ConnectionHead ? Entry->Handler
                                                                            : Next->Notification);
    }
    if (Error == seL4_NoError)
        Error = seL4_IRQHandler_SetNotification(Entry->Handler, First);
    return Error == seL4_NoError ? seL4_IRQHandler_Ack(Entry->Handler) : Error;
}

static VOID KiDeleteHandler(KI_VECTOR *Entry)
{
    // Revoked first: a host has a copy, and the interrupt must be silent from here on.
    (VOID) seL4_CNode_Revoke(MmRootCNode, Entry->Handler, seL4_WordBits);
    (VOID) seL4_IRQHandler_Clear(Entry->Handler);
    MmDeleteSlot(Entry->Handler);
    Entry->Handler = 0;
    Entry->Held = FALSE;
}

static NTSTATUS KiCreateHandler(KI_VECTOR *Entry)
{
    if (Entry->Handler)
        return STATUS_SUCCESS;
    seL4_CPtr Handler = MmAllocateSlot();
    if (!Handler)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (KiMakeHandler(Entry, Handler) != seL4_NoError) {
        MmFreeSlot(Handler);
        return STATUS_RESOURCE_IN_USE;
    }
    Entry->Handler = Handler;
    return STATUS_SUCCESS;
}

// The one behind gets what this one may have had in hand.
static VOID KiLeaveRow(KI_VECTOR *Entry, PKE_CONNECTION Connection)
{
    PLIST_ENTRY Behind = Connection->Link.Flink;
    RemoveEntryList(&Connection->Link);
    Connection->Vector = 0;
    (VOID) seL4_CNode_Delete(Connection->CNode, Connection->PassSlot, HOST_CNODE_BITS);
    (VOID) seL4_CNode_Revoke(MmRootCNode, Connection->Notification, seL4_WordBits);
    if (IsListEmpty(&Entry->ConnectionHead)) {
        KiDeleteHandler(Entry);
    } else {
        (VOID) KiLinkRow(Entry);
        if (Behind != &Entry->ConnectionHead)
            seL4_Signal(CONTAINING_RECORD(Behind, KE_CONNECTION, Link)->Notification);
    }
    MmDeleteKernelObject(Connection->Notification);
    Connection->Notification = 0;
}

VOID KeDisconnectVector(PKE_CONNECTION Connection)
{
    KI_VECTOR *Entry = KiFindVector(Connection->Vector);
    if (Entry)
        KiLeaveRow(Entry, Connection);
}

NTSTATUS KeConnectVector(ULONG Vector, PKE_CONNECTION Connection)
{
    KI_VECTOR *Entry = KiFindVector(Vector);
    Connection->Vector = 0;
    if (!Entry)
        return STATUS_INVALID_PARAMETER;
    Connection->Notification = MmCreateKernelObject(seL4_NotificationObject, 0);
    if (!Connection->Notification)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = KiCreateHandler(Entry);
    if (!NT_SUCCESS(Status)) {
        MmDeleteKernelObject(Connection->Notification);
        return Status;
    }
    Connection->Vector = Vector;
    InsertTailList(&Entry->ConnectionHead, &Connection->Link);
    seL4_Error Error =
        seL4_CNode_Copy(Connection->CNode, Connection->WaitSlot, HOST_CNODE_BITS, MmRootCNode,
                        Connection->Notification, seL4_WordBits, seL4_AllRights);
    if (Error == seL4_NoError)
        Error = KiLinkRow(Entry);
    if (Error == seL4_NoError)
        return STATUS_SUCCESS;
    KiLeaveRow(Entry, Connection);
    return STATUS_UNSUCCESSFUL;
}

// ---- Lines that are up while one of their devices has no driver yet

static ULONG KiCountConnections(const KI_VECTOR *Entry)
{
    ULONG Count = 0;
    for (PLIST_ENTRY Link = Entry->ConnectionHead.Flink; Link != &Entry->ConnectionHead;
         Link = Link->Flink)
        Count++;
    return Count;
}

BOOLEAN KeHoldVector(ULONG Vector)
{
    enum { Most = 10 };
    KI_VECTOR *Entry = KiFindVector(Vector);
    if (!Entry || Entry->Holds == Most || Entry->References <= KiCountConnections(Entry))
        return FALSE;
    Entry->Holds++;
    Entry->Held = TRUE;
    return TRUE;
}

VOID KeReleaseHeldVectors(VOID)
{
    for (ULONG i = 0; i < KI_VECTORS; i++) {
        if (!KiVectors[i].Held)
            continue;
        KiVectors[i].Held = FALSE;
        (VOID) seL4_IRQHandler_Ack(KiVectors[i].Handler);
    }
}

BOOLEAN KeIsVectorShared(ULONG Vector)
{
    const KI_VECTOR *Entry = KiFindVector(Vector);
    return Entry && !IsListEmpty(&Entry->ConnectionHead) &&
           Entry->ConnectionHead.Flink->Flink != &Entry->ConnectionHead;
}

VOID KeFreeVectors(ULONG First, ULONG Count)
{
    for (ULONG Vector = First; Vector < First + Count; Vector++) {
        KI_VECTOR *Entry = KiFindVector(Vector);
        ASSERT(Entry);
        while (Entry->References == 1 &&
               !IsListEmpty(&Entry->ConnectionHead)) // nobody has the line
            KiLeaveRow(Entry, CONTAINING_RECORD(Entry->ConnectionHead.Flink, KE_CONNECTION, Link));
        Entry->References--;
        if (Entry->Held && !IsListEmpty(&Entry->ConnectionHead))
            (VOID) KiLinkRow(Entry); // it may have been the one that was waited for
    }
}
