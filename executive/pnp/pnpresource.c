// Resources of devices: what a device requires is chosen so that no two hold the same, and translated to
// what drivers use.
#include "pnpp.h"

// What all devices hold. The kinds do not mix: a claim is looked at with those of its kind only.
static LIST_ENTRY PnpClaims = {&PnpClaims, &PnpClaims};

// ---- Claims

static BOOLEAN PnpIsFree(IOP_RESOURCE Kind, ULONG64 Start, ULONG64 End, BOOLEAN Shared)
{
    for (PLIST_ENTRY Link = PnpClaims.Flink; Link != &PnpClaims; Link = Link->Flink) {
        PPNP_CLAIM Claim = CONTAINING_RECORD(Link, PNP_CLAIM, Link);
        if (Claim->Kind == Kind && Start <= Claim->End && Claim->Start <= End &&
            !(Shared && Claim->Shared))
            return FALSE;
    }
    return TRUE;
}

static NTSTATUS PnpClaim(PDEVICE_NODE Node, IOP_RESOURCE Kind, ULONG64 Start, ULONG64 End,
                         BOOLEAN Shared)
{
    if (End < Start)
        return STATUS_INVALID_PARAMETER;
    if (!PnpIsFree(Kind, Start, End, Shared))
        return STATUS_CONFLICTING_ADDRESSES;
    PPNP_CLAIM Claim = ExAllocatePoolZero(PagedPool, sizeof(*Claim), PnpTag);
    if (!Claim)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Claim = (PNP_CLAIM){.Node = Node, .Kind = Kind, .Start = Start, .End = End, .Shared = Shared};
    InsertTailList(&PnpClaims, &Claim->Link);
    InsertTailList(&Node->ClaimListHead, &Claim->NodeLink);
    return STATUS_SUCCESS;
}

static VOID PnpReleaseClaims(PDEVICE_NODE Node)
{
    while (!IsListEmpty(&Node->ClaimListHead)) {
        PPNP_CLAIM Claim =
            CONTAINING_RECORD(RemoveHeadList(&Node->ClaimListHead), PNP_CLAIM, NodeLink);
        RemoveEntryList(&Claim->Link);
        ExFreePool(Claim);
    }
}

// ---- Choosing

static BOOLEAN PnpClaimKind(UCHAR Type, IOP_RESOURCE *Kind)
{
    switch (Type) {
    case CmResourceTypePort:
        *Kind = IopPortResource;
        return TRUE;
    case CmResourceTypeMemory:
    case CmResourceTypeMemoryLarge:
        *Kind = IopMemoryResource;
        return TRUE;
    case CmResourceTypeInterrupt:
        *Kind = IopVectorResource;
        return TRUE;
    default:
        return FALSE; // what nobody else can want: it is passed on as it is
    }
}

static BOOLEAN PnpIsBootStart(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Boot,
                              const IO_RESOURCE_DESCRIPTOR *Wanted)
{
    ULONG64 Start = (ULONG64)Boot->u.Generic.Start.QuadPart;
    ULONG64 Last = Start + Wanted->u.Generic.Length - 1;
    return Boot->Type == Wanted->Type && Boot->u.Generic.Length == Wanted->u.Generic.Length &&
           Start >= (ULONG64)Wanted->u.Generic.MinimumAddress.QuadPart && Last >= Start &&
           Last <= (ULONG64)Wanted->u.Generic.MaximumAddress.QuadPart &&
           Start % max(Wanted->u.Generic.Alignment, 1u) == 0;
}

// Where the firmware has put the device it stays, if that is among what it wants.
static BOOLEAN PnpTryBoot(PDEVICE_NODE Node, const IO_RESOURCE_DESCRIPTOR *Wanted,
                          IOP_RESOURCE Kind, PCM_PARTIAL_RESOURCE_DESCRIPTOR Given)
{
    if (!Node->Boot)
        return FALSE;
    const CM_PARTIAL_RESOURCE_LIST *List = &Node->Boot->List[0].PartialResourceList;
    BOOLEAN Shared = Wanted->ShareDisposition == CmResourceShareShared;
    for (ULONG i = 0; i < List->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Boot = &List->PartialDescriptors[i];
        if (!PnpIsBootStart(Boot, Wanted))
            continue;
        ULONG64 Start = (ULONG64)Boot->u.Generic.Start.QuadPart;
        if (!NT_SUCCESS(PnpClaim(Node, Kind, Start, Start + Boot->u.Generic.Length - 1, Shared)))
            continue;
        Given->u.Generic.Start.QuadPart = (LONGLONG)Start;
        Given->u.Generic.Length = Boot->u.Generic.Length;
        return TRUE;
    }
    return FALSE;
}

static NTSTATUS PnpTryRange(PDEVICE_NODE Node, const IO_RESOURCE_DESCRIPTOR *Wanted,
                            IOP_RESOURCE Kind, PCM_PARTIAL_RESOURCE_DESCRIPTOR Given)
{
    ULONG64 Length = Wanted->u.Generic.Length;
    ULONG64 Alignment = max(Wanted->u.Generic.Alignment, 1u);
    ULONG64 Low = (ULONG64)Wanted->u.Generic.MinimumAddress.QuadPart;
    ULONG64 High = (ULONG64)Wanted->u.Generic.MaximumAddress.QuadPart;
    BOOLEAN Shared = Wanted->ShareDisposition == CmResourceShareShared;
    if (Length == 0 || High < Low || High - Low < Length - 1)
        return STATUS_INVALID_PARAMETER;
    if (PnpTryBoot(Node, Wanted, Kind, Given))
        return STATUS_SUCCESS;
    ULONG64 Start = (Low + Alignment - 1) / Alignment * Alignment;
    for (; Start >= Low && Start <= High - (Length - 1); Start += Alignment) {
        NTSTATUS Status = PnpClaim(Node, Kind, Start, Start + Length - 1, Shared);
        if (Status == STATUS_CONFLICTING_ADDRESSES)
            continue;
        if (!NT_SUCCESS(Status))
            return Status;
        Given->u.Generic.Start.QuadPart = (LONGLONG)Start;
        Given->u.Generic.Length = (ULONG)Length;
        return STATUS_SUCCESS;
    }
    return STATUS_CONFLICTING_ADDRESSES;
}

static NTSTATUS PnpTryInterrupt(PDEVICE_NODE Node, const IO_RESOURCE_DESCRIPTOR *Wanted,
                                PCM_PARTIAL_RESOURCE_DESCRIPTOR Given)
{
    BOOLEAN Shared = Wanted->ShareDisposition == CmResourceShareShared;
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    if (Wanted->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) {
        Given->u.MessageInterrupt.MessageCount = 1;
        Given->u.MessageInterrupt.Vector = MAXULONG; // chosen when it is translated
        return STATUS_SUCCESS;
    }
    for (ULONG64 Line = Wanted->u.Interrupt.MinimumVector;
         Line <= Wanted->u.Interrupt.MaximumVector; Line++) {
        Status = PnpClaim(Node, IopVectorResource, Line, Line, Shared);
        if (Status == STATUS_CONFLICTING_ADDRESSES)
            continue;
        if (!NT_SUCCESS(Status))
            return Status;
        Given->u.Interrupt.Level = (USHORT)Line;
        Given->u.Interrupt.Vector = (ULONG)Line;
        Given->u.Interrupt.Affinity = 1;
        return STATUS_SUCCESS;
    }
    return Status;
}

static NTSTATUS PnpChoose(PDEVICE_NODE Node, const IO_RESOURCE_DESCRIPTOR *Wanted,
                          PCM_PARTIAL_RESOURCE_DESCRIPTOR Given)
{
    IOP_RESOURCE Kind;
    *Given = (CM_PARTIAL_RESOURCE_DESCRIPTOR){
        .Type = Wanted->Type,
        .ShareDisposition = Wanted->ShareDisposition,
        .Flags = Wanted->Flags,
    };
    if (!PnpClaimKind(Wanted->Type, &Kind)) {
        memcpy(Given->u.Data, &Wanted->u, 3 * sizeof(ULONG));
        return STATUS_SUCCESS;
    }
    return Kind == IopVectorResource ? PnpTryInterrupt(Node, Wanted, Given)
                                     : PnpTryRange(Node, Wanted, Kind, Given);
}

// One list of requirements: each descriptor with the alternatives that follow it.
static NTSTATUS PnpSatisfyList(PDEVICE_NODE Node, const IO_RESOURCE_LIST *List,
                               PCM_PARTIAL_RESOURCE_LIST Given)
{
    Given->Version = Given->Revision = 1;
    Given->Count = 0;
    BOOLEAN Satisfied = TRUE;
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < List->Count; i++) {
        const IO_RESOURCE_DESCRIPTOR *Wanted = &List->Descriptors[i];
        BOOLEAN Alternative = (Wanted->Option & IO_RESOURCE_ALTERNATIVE) != 0;
        if (Wanted->Type == CmResourceTypeConfigData || (Alternative && Satisfied))
            continue;
        if (!Alternative && !Satisfied)
            break;
        Status = PnpChoose(Node, Wanted, &Given->PartialDescriptors[Given->Count]);
        Satisfied = NT_SUCCESS(Status);
        Given->Count += Satisfied;
    }
    if (Satisfied)
        return STATUS_SUCCESS;
    PnpReleaseClaims(Node);
    return Status;
}

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

static NTSTATUS PnpAllocateLists(PDEVICE_NODE Node, ULONG Count)
{
    Node->Resources = ExAllocatePoolZero(PagedPool, PnpResourceBytes(Count), PnpTag);
    Node->Translated = ExAllocatePoolZero(PagedPool, PnpResourceBytes(Count), PnpTag);
    return Node->Resources && Node->Translated ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS PnpSatisfy(PDEVICE_NODE Node, const IO_RESOURCE_REQUIREMENTS_LIST *Requirements)
{
    NTSTATUS Status = STATUS_SUCCESS;
    const IO_RESOURCE_LIST *List = Requirements->List;
    for (ULONG i = 0; i < Requirements->AlternativeLists; i++) {
        Status = PnpAllocateLists(Node, List->Count);
        if (!NT_SUCCESS(Status))
            return Status;
        PCM_FULL_RESOURCE_DESCRIPTOR Full = &Node->Resources->List[0];
        Node->Resources->Count = 1;
        Full->InterfaceType = Requirements->InterfaceType;
        Full->BusNumber = Requirements->BusNumber;
        Status = PnpSatisfyList(Node, List, &Full->PartialResourceList);
        if (NT_SUCCESS(Status)) {
            Node->ResourcesSize = PnpResourceBytes(Full->PartialResourceList.Count);
            return STATUS_SUCCESS;
        }
        PnpReleaseResources(Node);
        List = (const IO_RESOURCE_LIST *)&List->Descriptors[List->Count];
    }
    return Status;
}

// ---- Translation: ports and memory are on a PC what they are on the bus; interrupts get a vector

static NTSTATUS PnpTranslateInterrupt(PDEVICE_NODE Node, PCM_PARTIAL_RESOURCE_DESCRIPTOR Raw,
                                      PCM_PARTIAL_RESOURCE_DESCRIPTOR Translated)
{
    KE_VECTOR_SOURCE Source = {.Message = TRUE};
    if (Node->VectorCount == RTL_NUMBER_OF(Node->Vectors))
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!(Raw->Flags & CM_RESOURCE_INTERRUPT_MESSAGE))
        KeQueryIsaInterrupt(Raw->u.Interrupt.Vector, &Source);
    ULONG Vector;
    NTSTATUS Status = KeAllocateVector(&Source, &Vector);
    if (!NT_SUCCESS(Status))
        return Status;
    Node->Vectors[Node->VectorCount++] = Vector;
    if (Source.Message)
        Raw->u.MessageInterrupt.Vector = Vector;
    Translated->u.Interrupt.Level = (USHORT)(Vector >> 4); // the IRQL that x64 gives a vector
    Translated->u.Interrupt.Group = 0;
    Translated->u.Interrupt.Vector = Vector;
    Translated->u.Interrupt.Affinity = 1;
    return STATUS_SUCCESS;
}

static NTSTATUS PnpTranslate(PDEVICE_NODE Node)
{
    memcpy(Node->Translated, Node->Resources, Node->ResourcesSize);
    PCM_PARTIAL_RESOURCE_LIST Raw = &Node->Resources->List[0].PartialResourceList;
    PCM_PARTIAL_RESOURCE_LIST Translated = &Node->Translated->List[0].PartialResourceList;
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Raw->Count && NT_SUCCESS(Status); i++) {
        if (Raw->PartialDescriptors[i].Type == CmResourceTypeInterrupt)
            Status = PnpTranslateInterrupt(Node, &Raw->PartialDescriptors[i],
                                           &Translated->PartialDescriptors[i]);
    }
    return Status;
}

// One full descriptor, as drivers of today report it. Null: there is none.
static PCM_RESOURCE_LIST PnpQueryBoot(PDEVICE_NODE Node, PPNP_ANSWER Answer)
{
    NTSTATUS Status = PnpSend(Node, IRP_MN_QUERY_RESOURCES, 0, 0, nullptr, 0, Answer);
    PCM_RESOURCE_LIST List = Answer->Buffer;
    if (!NT_SUCCESS(Status) || Answer->Length < PnpResourceBytes(0) || List->Count != 1 ||
        List->List[0].PartialResourceList.Count >
            (Answer->Length - PnpResourceBytes(0)) / sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR))
        return nullptr;
    return List;
}

// What the device requires as its bus says, and as its drivers change it.
static VOID PnpQueryRequirements(PDEVICE_NODE Node, PPNP_ANSWER Answer)
{
    PNP_ANSWER Filtered;
    (VOID) PnpSend(Node, IRP_MN_QUERY_RESOURCE_REQUIREMENTS, 0, 0, nullptr, 0, Answer);
    if (!NT_SUCCESS(Answer->Status) || !PnpIsListValid(Answer->Buffer, Answer->Length))
        return;
    (VOID) PnpSend(Node, IRP_MN_FILTER_RESOURCE_REQUIREMENTS, 0, 0, Answer->Buffer, Answer->Length,
                   &Filtered);
    if (NT_SUCCESS(Filtered.Status) && Filtered.Length) {
        PnpReleaseAnswer(Answer);
        *Answer = Filtered;
    } else {
        PnpReleaseAnswer(&Filtered);
    }
}

NTSTATUS PnpAssignResources(PDEVICE_NODE Node)
{
    PNP_ANSWER Answer, Boot;
    PnpQueryRequirements(Node, &Answer);
    Node->Boot = PnpQueryBoot(Node, &Boot);
    BOOLEAN Any = NT_SUCCESS(Answer.Status) && Answer.Length != 0;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Any && !PnpIsListValid(Answer.Buffer, Answer.Length))
        Status = STATUS_INVALID_PARAMETER;
    else if (Any)
        Status = PnpSatisfy(Node, Answer.Buffer);
    Node->Boot = nullptr;
    PnpReleaseAnswer(&Boot);
    PnpReleaseAnswer(&Answer);
    if (NT_SUCCESS(Status) && Node->Resources)
        Status = PnpTranslate(Node);
    if (!NT_SUCCESS(Status))
        PnpReleaseResources(Node);
    return Status;
}

// ---- Privileges

static NTSTATUS PnpGrantToHost(PIO_HOST Host, const CM_PARTIAL_RESOURCE_DESCRIPTOR *Translated,
                               BOOLEAN Grant)
{
    IOP_RESOURCE Kind;
    if (!PnpClaimKind(Translated->Type, &Kind))
        return STATUS_SUCCESS;
    ULONG64 Start = (ULONG64)Translated->u.Generic.Start.QuadPart;
    ULONG64 End = Start + Translated->u.Generic.Length - 1;
    if (Kind == IopVectorResource)
        Start = End = Translated->u.Interrupt.Vector;
    else if (Kind == IopPortResource && Grant)
        KeYieldPorts(Start, End);
    if (Grant)
        return IopGrantResource(Host, Kind, Start, End);
    IopRevokeResource(Host, Kind, Start, End);
    return STATUS_SUCCESS;
}

// Each driver's host has its own grant, which ends with the device's resources.
static NTSTATUS PnpGrantAll(PDEVICE_NODE Node, BOOLEAN Grant)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (!Node->Translated)
        return STATUS_SUCCESS;
    PCM_PARTIAL_RESOURCE_LIST List = &Node->Translated->List[0].PartialResourceList;
    for (ULONG Driver = 0; Driver < Node->DriverCount; Driver++) {
        PIO_HOST Host = IopDriverHost(Node->Drivers[Driver]);
        for (ULONG i = 0; i < List->Count && NT_SUCCESS(Status) && !Host->Ended; i++)
            Status = PnpGrantToHost(Host, &List->PartialDescriptors[i], Grant);
    }
    return Status;
}

NTSTATUS PnpGrantResources(PDEVICE_NODE Node)
{
    return PnpGrantAll(Node, TRUE);
}

VOID PnpReleaseResources(PDEVICE_NODE Node)
{
    (VOID) PnpGrantAll(Node, FALSE);
    PnpReleaseClaims(Node);
    while (Node->VectorCount) {
        ULONG Vector = Node->Vectors[--Node->VectorCount];
        KeFreeVector(Vector);
    }
    if (Node->Resources)
        ExFreePool(Node->Resources);
    if (Node->Translated)
        ExFreePool(Node->Translated);
    Node->Resources = Node->Translated = nullptr;
    Node->ResourcesSize = 0;
}
