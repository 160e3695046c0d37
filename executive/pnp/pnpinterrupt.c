// Interrupts of devices, as tools see them, and those that do not fall silent.
#include "pnpp.h"

static BOOLEAN PnpHasVector(PDEVICE_NODE Node, ULONG Vector)
{
    if (!Node->Translated)
        return FALSE;
    const CM_PARTIAL_RESOURCE_LIST *Raw = &Node->Resources->List[0].PartialResourceList;
    const CM_PARTIAL_RESOURCE_LIST *Translated = &Node->Translated->List[0].PartialResourceList;
    for (ULONG i = 0; i < Raw->Count; i++) {
        ULONG First = Translated->PartialDescriptors[i].u.Interrupt.Vector;
        if (Raw->PartialDescriptors[i].Type == CmResourceTypeInterrupt && First <= Vector &&
            Vector - First < PnpVectorCount(&Raw->PartialDescriptors[i]))
            return TRUE;
    }
    return FALSE;
}

// ---- Storms

static VOID PnpNameStorm(PVOID Context)
{
    ULONG Vector = (ULONG)(ULONG_PTR)Context;
    KE_VECTOR_SOURCE Source = {};
    (VOID) KeQueryVector(Vector, &Source);
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        if (!PnpHasVector(Node, Vector))
            continue;
        Node->StormVector = Vector;
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: interrupt %lu of %ws (%ws) does not fall silent: it is masked\n",
                   Source.Line, Node->InstancePath, Node->Service);
    }
}

// Of a line that several hosts share: how often drivers of other hosts have taken the interrupt for their own.
static ULONG PnpCountClaims(PIO_HOST Asking, ULONG Vector)
{
    ULONG Count = 0;
    for (PLIST_ENTRY Link = IopHostListHead.Flink; Link != &IopHostListHead; Link = Link->Flink) {
        PIO_HOST Host = CONTAINING_RECORD(Link, IO_HOST, Link);
        if (Host != Asking && !Host->Ended && IopIsGranted(Host, IopVectorResource, Vector, Vector))
            Count += Host->Shared->Claimed[(Vector - HOST_FIRST_VECTOR) % HOST_VECTORS];
    }
    return Count;
}

// Others have had work since this host was heard last.
static BOOLEAN PnpIsLineOfOthers(PIO_HOST Host, ULONG Vector)
{
    static ULONG Seen[HOST_VECTORS]; // claims
    if (!KeIsVectorShared(Vector))
        return FALSE;
    ULONG Count = PnpCountClaims(Host, Vector);
    ULONG *Last = &Seen[(Vector - HOST_FIRST_VECTOR) % HOST_VECTORS];
    BOOLEAN Changed = *Last != Count;
    *Last = Count;
    return Changed;
}

NTSTATUS PnpInterruptStorm(const VOID USER *Data, ULONG Length)
{
    PIO_HOST Host = IopCurrentHost();
    HOST_STORM Storm;
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if (Length != sizeof(Storm))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmCopyFromUser(&Storm, Data, sizeof(Storm));
    if (!NT_SUCCESS(Status))
        return Status;
    if (!IopIsGranted(Host, IopVectorResource, Storm.Vector, Storm.Vector))
        return STATUS_ACCESS_DENIED;
    if (Storm.Unclaimed && PnpIsLineOfOthers(Host, Storm.Vector))
        return STATUS_RETRY;
    if (Storm.Unclaimed && KeHoldVector(Storm.Vector))
        return STATUS_SUCCESS;
    return PnpQueueRoutine(PnpNameStorm, (PVOID)(ULONG_PTR)Storm.Vector);
}

// ---- The list

static VOID PnpDescribeInterrupt(ULONG Vector, const KE_VECTOR_SOURCE *Source,
                                 PPNP_INTERRUPT Interrupt)
{
    *Interrupt = (PNP_INTERRUPT){.Vector = Vector};
    if (Source->Message) {
        Interrupt->Flags = PNP_INTERRUPT_MESSAGE;
        return;
    }
    Interrupt->Line = Source->Line;
    (VOID) KeFindPin(Source->Line, &Interrupt->Ioapic, &Interrupt->Pin);
    if (Source->Level)
        Interrupt->Flags |= PNP_INTERRUPT_LEVEL;
    if (Source->ActiveLow)
        Interrupt->Flags |= PNP_INTERRUPT_ACTIVE_LOW;
}

// Each host counts what it was asked for; all that share a line are asked.
static ULONG PnpCountInterrupts(PDEVICE_NODE Node, ULONG Vector)
{
    ULONG Count = 0;
    PIO_HOST Seen = nullptr;
    for (ULONG i = 0; i < Node->DriverCount; i++) {
        PIO_HOST Host = IopDriverHost(Node->Drivers[i]);
        if (Host == Seen || Host->Ended)
            continue;
        Count += Host->Shared->Interrupts[(Vector - HOST_FIRST_VECTOR) % HOST_VECTORS];
        Seen = Host;
    }
    return Count;
}

static ULONG PnpListOwn(PPNP_INTERRUPT Interrupts, ULONG Capacity)
{
    enum { Most = 64 };
    ULONG Found = 0;
    for (ULONG i = 0; i < Most && Found < Capacity; i++) {
        KE_VECTOR_SOURCE Source;
        ULONG Vector, Count;
        if (!KeQueryOwnInterrupt(i, &Source, &Vector, &Count))
            continue;
        PnpDescribeInterrupt(Vector, &Source, &Interrupts[Found]);
        Interrupts[Found++].Count = Count;
    }
    return Found;
}

ULONG PnpListInterrupts(PDEVICE_NODE Node, PPNP_INTERRUPT Interrupts, ULONG Capacity)
{
    ULONG Found = 0;
    if (Node == PnpRootNode)
        return PnpListOwn(Interrupts, Capacity);
    for (ULONG Vector = HOST_FIRST_VECTOR; Vector < HOST_FIRST_VECTOR + HOST_VECTORS; Vector++) {
        KE_VECTOR_SOURCE Source;
        if (!PnpHasVector(Node, Vector) || !KeQueryVector(Vector, &Source) || Found == Capacity)
            continue;
        PPNP_INTERRUPT Interrupt = &Interrupts[Found++];
        PnpDescribeInterrupt(Vector, &Source, Interrupt);
        Interrupt->Count = PnpCountInterrupts(Node, Vector);
        if (Node->StormVector == Vector)
            Interrupt->Flags |= PNP_INTERRUPT_STORM;
    }
    return Found;
}
