// Resources of devices: what a device requires is chosen by the arbiter, and translated to what drivers use.
#include "pnpp.h"

// ---- What the arbiter asks

static VOID PnpLineSource(INTERFACE_TYPE Interface, ULONG Vector, USHORT Flags,
                          KE_VECTOR_SOURCE *Source)
{
    *Source = (KE_VECTOR_SOURCE){.Line = Vector};
    if (Interface == Isa) {
        Source->Line = KeQueryIsaInterrupt(Vector, &Source->Level, &Source->ActiveLow);
        return;
    }
    Source->Level = !(Flags & CM_RESOURCE_INTERRUPT_LATCHED);
    Source->ActiveLow = (Flags & HOST_INTERRUPT_ACTIVE_LOW) ||
                        (Source->Level && !(Flags & HOST_INTERRUPT_ACTIVE_HIGH));
}

VOID PnpMapLine(PVOID Context, ULONG Vector, ULONG Flags, PULONG Line, PULONG Mode)
{
    KE_VECTOR_SOURCE Source;
    PnpLineSource(*(const INTERFACE_TYPE *)Context, Vector, (USHORT)Flags, &Source);
    *Line = Source.Line;
    *Mode = (ULONG)Source.Level << 1 | Source.ActiveLow;
}

NTSTATUS PnpTakeMessages(PVOID Context, ULONG Count, PULONG First)
{
    KE_VECTOR_SOURCE Source = {.Message = TRUE};
    UNREFERENCED_PARAMETER(Context);
    return KeAllocateVectors(&Source, Count, First);
}

VOID PnpReturnMessages(PVOID Context, ULONG First, ULONG Count)
{
    UNREFERENCED_PARAMETER(Context);
    KeFreeVectors(First, Count);
}

// ---- Lists

// The driver's list, checked: no count may lead out of it.
static BOOLEAN PnpIsListValid(const IO_RESOURCE_REQUIREMENTS_LIST *Requirements, ULONG Length)
{
    ULONG Offset = offsetof(IO_RESOURCE_REQUIREMENTS_LIST, List);
    if (Length < sizeof(*Requirements) || Requirements->ListSize > Length)
        return FALSE;
    for (ULONG i = 0; i < Requirements->AlternativeLists; i++) {
        const IO_RESOURCE_LIST *List = (const VOID *)((const UCHAR *)Requirements + Offset);
        ULONG Header = offsetof(IO_RESOURCE_LIST, Descriptors);
        if (Length - Offset < Header ||
            List->Count > (Length - Offset - Header) / sizeof(IO_RESOURCE_DESCRIPTOR))
            return FALSE;
        Offset += Header + List->Count * (ULONG)sizeof(IO_RESOURCE_DESCRIPTOR);
    }
    return TRUE;
}

static ULONG PnpResourceBytes(ULONG Count)
{
    return (ULONG)(offsetof(CM_RESOURCE_LIST, List[0].PartialResourceList.PartialDescriptors) +
                   Count * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR));
}

// ---- Translation: ports and memory are on a PC what they are on the bus; interrupts get a vector

static NTSTATUS PnpTranslateInterrupt(INTERFACE_TYPE Interface, PCM_PARTIAL_RESOURCE_DESCRIPTOR Raw,
                                      PCM_PARTIAL_RESOURCE_DESCRIPTOR Translated)
{
    ULONG Vector = Raw->u.MessageInterrupt.Vector; // of messages: chosen already
    if (!(Raw->Flags & CM_RESOURCE_INTERRUPT_MESSAGE)) {
        KE_VECTOR_SOURCE Source;
        PnpLineSource(Interface, Raw->u.Interrupt.Vector, Raw->Flags, &Source);
        NTSTATUS Status = KeAllocateVectors(&Source, 1, &Vector);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    Raw->Flags &= (USHORT) ~(HOST_INTERRUPT_ACTIVE_LOW | HOST_INTERRUPT_ACTIVE_HIGH);
    Translated->Flags = Raw->Flags;
    Translated->u.Interrupt.Level = (USHORT)(Vector >> 4); // the IRQL that x64 gives a vector
    Translated->u.Interrupt.Group = 0;
    Translated->u.Interrupt.Vector = Vector;
    Translated->u.Interrupt.Affinity = 1;
    return STATUS_SUCCESS;
}

static VOID PnpFreeInterrupt(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Raw,
                             const CM_PARTIAL_RESOURCE_DESCRIPTOR *Translated)
{
    if (Raw->Type == CmResourceTypeInterrupt)
        KeFreeVectors(Translated->u.Interrupt.Vector, PnpVectorCount(Raw));
}

ULONG PnpVectorCount(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Raw)
{
    return Raw->Flags & CM_RESOURCE_INTERRUPT_MESSAGE ? Raw->u.MessageInterrupt.MessageCount : 1;
}

// All or nothing: when a vector is missing, those that the list has are given back.
static NTSTATUS PnpTranslate(PDEVICE_NODE Node)
{
    memcpy(Node->Translated, Node->Resources, Node->ResourcesSize);
    PCM_PARTIAL_RESOURCE_LIST Raw = &Node->Resources->List[0].PartialResourceList;
    PCM_PARTIAL_RESOURCE_LIST Translated = &Node->Translated->List[0].PartialResourceList;
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Done = 0;
    for (; Done < Raw->Count; Done++) {
        if (Raw->PartialDescriptors[Done].Type != CmResourceTypeInterrupt)
            continue;
        Status = PnpTranslateInterrupt(Node->Resources->List[0].InterfaceType,
                                       &Raw->PartialDescriptors[Done],
                                       &Translated->PartialDescriptors[Done]);
        if (!NT_SUCCESS(Status))
            break;
    }
    for (ULONG i = 0; i < Raw->Count && !NT_SUCCESS(Status); i++) {
        if (i < Done || Raw->PartialDescriptors[i].Flags & CM_RESOURCE_INTERRUPT_MESSAGE)
            PnpFreeInterrupt(&Raw->PartialDescriptors[i], &Translated->PartialDescriptors[i]);
    }
    return Status;
}

// ---- Assignment

static VOID PnpFreeLists(PDEVICE_NODE Node)
{
    if (Node->Resources)
        ExFreePool(Node->Resources);
    if (Node->Translated)
        ExFreePool(Node->Translated);
    Node->Resources = Node->Translated = nullptr;
    Node->ResourcesSize = 0;
    Node->StormVector = 0;
}

NTSTATUS PnpChooseFrom(PDEVICE_NODE Node, const IO_RESOURCE_LIST *List,
                       const CM_RESOURCE_LIST *Preferred, const PNP_ENVIRONMENT *Environment,
                       PCM_RESOURCE_LIST *Result)
{
    PCM_RESOURCE_LIST New = ExAllocatePoolZero(PagedPool, PnpResourceBytes(List->Count), PnpTag);
    if (!New)
        return STATUS_INSUFFICIENT_RESOURCES;
    New->Count = 1;
    New->List[0].InterfaceType = Node->Requirements->InterfaceType;
    New->List[0].BusNumber = Node->Requirements->BusNumber;
    NTSTATUS Status = PnpArbitrate(&Node->Owner, List,
                                   Preferred ? &Preferred->List[0].PartialResourceList : nullptr,
                                   Environment, &New->List[0].PartialResourceList);
    if (NT_SUCCESS(Status))
        *Result = New;
    else
        ExFreePool(New);
    return Status;
}

NTSTATUS PnpTakeResources(PDEVICE_NODE Node, PCM_RESOURCE_LIST New)
{
    Node->Resources = New;
    Node->ResourcesSize = PnpResourceBytes(New->List[0].PartialResourceList.Count);
    Node->Translated = ExAllocatePoolZero(PagedPool, Node->ResourcesSize, PnpTag);
    NTSTATUS Status = Node->Translated ? PnpTranslate(Node) : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(Status)) {
        PnpDropClaims(&Node->Owner);
        PnpFreeLists(Node);
    }
    return Status;
}

const IO_RESOURCE_LIST *PnpNextList(const IO_RESOURCE_LIST *List)
{
    return (const IO_RESOURCE_LIST *)&List->Descriptors[List->Count];
}

static NTSTATUS PnpSatisfy(PDEVICE_NODE Node)
{
    const PNP_ENVIRONMENT Environment = {
        .Context = &Node->Requirements->InterfaceType,
        .MapLine = PnpMapLine,
        .TakeMessages = PnpTakeMessages,
        .ReturnMessages = PnpReturnMessages,
    };
    NTSTATUS Status = STATUS_SUCCESS;
    const IO_RESOURCE_LIST *List = Node->Requirements->List;
    for (ULONG i = 0; i < Node->Requirements->AlternativeLists; i++) {
        PCM_RESOURCE_LIST New;
        Status = PnpChooseFrom(Node, List, Node->Boot, &Environment, &New);
        if (NT_SUCCESS(Status))
            Status = PnpTakeResources(Node, New);
        if (NT_SUCCESS(Status))
            return STATUS_SUCCESS;
        List = PnpNextList(List);
    }
    return Status;
}

// One full descriptor, as drivers of today report it. What the firmware once gave stays: a device that its driver has
// lost decodes nothing, and so reports nothing, and is best put where it was.
VOID PnpQueryBoot(PDEVICE_NODE Node)
{
    PNP_ANSWER Answer;
    NTSTATUS Status = PnpSend(Node, IRP_MN_QUERY_RESOURCES, 0, 0, nullptr, 0, &Answer);
    PCM_RESOURCE_LIST List = Answer.Buffer;
    if (!NT_SUCCESS(Status) || Answer.Length < PnpResourceBytes(0) || List->Count != 1 ||
        List->List[0].PartialResourceList.Count >
            (Answer.Length - PnpResourceBytes(0)) / sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR)) {
        PnpReleaseAnswer(&Answer);
        return;
    }
    if (Node->Boot)
        ExFreePool(Node->Boot);
    Node->Boot = ExAllocatePoolWithTag(PagedPool, Answer.Length, PnpTag);
    if (Node->Boot)
        memcpy(Node->Boot, List, Answer.Length);
    PnpReleaseAnswer(&Answer);
}

VOID PnpReserveBoot(PDEVICE_NODE Node)
{
    PnpQueryBoot(Node);
    if (Node->Boot)
        PnpReserve(&Node->Owner, &Node->Boot->List[0].PartialResourceList);
}

// What the device requires as its bus says, and as its drivers change it. They are asked where the bus knows nothing,
// too: they may know more.
static VOID PnpQueryRequirements(PDEVICE_NODE Node, PPNP_ANSWER Answer)
{
    PNP_ANSWER Filtered;
    (VOID) PnpSend(Node, IRP_MN_QUERY_RESOURCE_REQUIREMENTS, 0, 0, nullptr, 0, Answer);
    BOOLEAN Any = NT_SUCCESS(Answer->Status) && Answer->Length != 0;
    if (Any && !PnpIsListValid(Answer->Buffer, Answer->Length))
        return;
    (VOID) PnpSend(Node, IRP_MN_FILTER_RESOURCE_REQUIREMENTS, 0, 0, Any ? Answer->Buffer : nullptr,
                   Any ? Answer->Length : 0, &Filtered);
    if (NT_SUCCESS(Filtered.Status) && Filtered.Length) {
        PnpReleaseAnswer(Answer);
        *Answer = Filtered;
    } else {
        PnpReleaseAnswer(&Filtered);
    }
}

NTSTATUS PnpUpdateRequirements(PDEVICE_NODE Node)
{
    PNP_ANSWER Answer;
    NTSTATUS Status = STATUS_SUCCESS;
    PnpQueryRequirements(Node, &Answer);
    if (Node->Requirements)
        ExFreePool(Node->Requirements);
    Node->Requirements = nullptr;
    if (NT_SUCCESS(Answer.Status) && Answer.Length) {
        if (!PnpIsListValid(Answer.Buffer, Answer.Length))
            Status = STATUS_INVALID_PARAMETER;
        else
            Node->Requirements = ExAllocatePoolWithTag(PagedPool, Answer.Length, PnpTag);
        if (Node->Requirements)
            memcpy(Node->Requirements, Answer.Buffer, Answer.Length);
        else if (NT_SUCCESS(Status))
            Status = STATUS_INSUFFICIENT_RESOURCES;
    }
    PnpReleaseAnswer(&Answer);
    return Status;
}

NTSTATUS PnpAssignResources(PDEVICE_NODE Node)
{
    NTSTATUS Status = PnpUpdateRequirements(Node);
    PnpQueryBoot(Node);
    if (NT_SUCCESS(Status) && Node->Requirements)
        Status = PnpSatisfy(Node);
    return Status;
}

VOID PnpGiveBackResources(PDEVICE_NODE Node)
{
    PnpRevokeResources(Node);
    if (Node->Translated) {
        const CM_PARTIAL_RESOURCE_LIST *Raw = &Node->Resources->List[0].PartialResourceList;
        const CM_PARTIAL_RESOURCE_LIST *Translated = &Node->Translated->List[0].PartialResourceList;
        for (ULONG i = 0; i < Raw->Count; i++)
            PnpFreeInterrupt(&Raw->PartialDescriptors[i], &Translated->PartialDescriptors[i]);
        PnpReclaimConsole(Node->Translated);
    }
    PnpFreeLists(Node);
}

VOID PnpReturnResources(PDEVICE_NODE Node)
{
    PnpDropClaims(&Node->Owner);
    PnpGiveBackResources(Node);
}

// Those who did not get what they wanted may get it now.
VOID PnpReleaseResources(PDEVICE_NODE Node)
{
    BOOLEAN Any = Node->Resources != nullptr;
    PnpReturnResources(Node);
    if (Any && !NT_SUCCESS(PnpQueueEvent(PnpEventRetry, nullptr, nullptr)))
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: no memory to try again who wants the resources of %ws\n",
                   Node->InstancePath);
}
