// The search for a place for everything that a device requires.
//
// Each descriptor with its alternatives is a slot. What has the least freedom is placed first; a slot for
// which nothing is left sends the search back to the one before it, which then takes its next place.
#include "pnparbiter.h"

constexpr ULONG PnpArbiterTag = 'bAnP';

enum {
    PNP_MAX_STEPS = 20'000
}; // a list that needs more is as good as one that cannot be satisfied

typedef struct _PNP_SLOT {
    const IO_RESOURCE_DESCRIPTOR *Descriptors; // the first and its alternatives
    ULONG Count;
    ULONG64 Freedom;   // roughly, in how many ways it can be placed
    PNP_WANT BootWant; // where the firmware has put it; no length: nowhere
    const IO_RESOURCE_DESCRIPTOR *BootDescriptor;
    // How far the search is
    BOOLEAN BootTried;
    ULONG Try;      // preferred alternatives in the first round over them, the others in the second
    ULONG64 Cursor; // of the alternative: where to go on
    // What has been chosen
    const IO_RESOURCE_DESCRIPTOR *Chosen;
    PNP_WANT Want;
    ULONG64 Start;
    PPNP_CLAIM Claim;
} PNP_SLOT, *PPNP_SLOT;

typedef struct _PNP_SEARCH {
    PPNP_OWNER Owner;
    const PNP_ENVIRONMENT *Environment;
    BOOLEAN IgnoreReserved, NoMemory;
    ULONG SlotCount, Steps;
    PPNP_SLOT Slots;
    PPNP_SLOT *Order;
} PNP_SEARCH, *PPNP_SEARCH;

// ---- Slots

static BOOLEAN PnpHasMessages(const PNP_SLOT *Slot)
{
    for (ULONG i = 0; i < Slot->Count; i++) {
        if (Slot->Descriptors[i].Type == CmResourceTypeInterrupt &&
            Slot->Descriptors[i].Flags & CM_RESOURCE_INTERRUPT_MESSAGE)
            return TRUE;
    }
    return FALSE;
}

static ULONG64 PnpFreedomOf(const PNP_SLOT *Slot)
{
    ULONG64 Freedom = 0;
    for (ULONG i = 0; i < Slot->Count; i++) {
        PNP_WANT Want;
        if (!PnpReadWant(&Slot->Descriptors[i], &Want) || Want.Kind >= PnpMessages)
            continue;
        ULONG64 Places = (Want.Maximum - Want.Minimum - (Want.Length - 1)) / Want.Alignment + 1;
        Freedom = Places > MAXULONG64 - Freedom ? MAXULONG64 : Freedom + Places;
    }
    return Freedom;
}

static BOOLEAN PnpMayStay(const PNP_WANT *There, const PNP_WANT *Want)
{
    return There->Kind == Want->Kind && There->Length == Want->Length &&
           There->Window == Want->Window && There->Minimum >= Want->Minimum &&
           There->Maximum <= Want->Maximum && There->Minimum % Want->Alignment == 0;
}

static BOOLEAN PnpIsTaken(const PNP_SEARCH *Search, const PNP_WANT *There)
{
    for (ULONG i = 0; i < Search->SlotCount; i++) {
        const PNP_WANT *Other = &Search->Slots[i].BootWant;
        if (Other->Length && Other->Kind == There->Kind && Other->Minimum == There->Minimum)
            return TRUE;
    }
    return FALSE;
}

// Messages are better than the line that the firmware knows.
static VOID PnpFindBoot(PPNP_SEARCH Search, PPNP_SLOT Slot, const CM_PARTIAL_RESOURCE_LIST *Boot)
{
    for (ULONG i = 0; Boot && i < Boot->Count && !PnpHasMessages(Slot); i++) {
        PNP_WANT There, Want;
        if (!PnpReadGiven(&Boot->PartialDescriptors[i], &There) || PnpIsTaken(Search, &There))
            continue;
        for (ULONG j = 0; j < Slot->Count; j++) {
            (VOID) PnpReadWant(&Slot->Descriptors[j], &Want);
            if (!PnpMayStay(&There, &Want))
                continue;
            Slot->BootWant = There;
            Slot->BootDescriptor = &Slot->Descriptors[j];
            return;
        }
    }
}

static NTSTATUS PnpMakeSlots(PPNP_SEARCH Search, const IO_RESOURCE_LIST *List,
                             const CM_PARTIAL_RESOURCE_LIST *Boot)
{
    for (ULONG i = 0; i < List->Count; i++) {
        const IO_RESOURCE_DESCRIPTOR *Descriptor = &List->Descriptors[i];
        PNP_WANT Want;
        if (Descriptor->Type == CmResourceTypeConfigData)
            continue;
        if (!PnpReadWant(Descriptor, &Want))
            return STATUS_INVALID_PARAMETER;
        if (!(Descriptor->Option & IO_RESOURCE_ALTERNATIVE))
            Search->Slots[Search->SlotCount++] = (PNP_SLOT){.Descriptors = Descriptor, .Count = 1};
        else if (Search->SlotCount)
            Search->Slots[Search->SlotCount - 1].Count++;
        else
            return STATUS_INVALID_PARAMETER; // to what?
    }
    for (ULONG i = 0; i < Search->SlotCount; i++) {
        PPNP_SLOT Slot = &Search->Slots[i];
        PnpFindBoot(Search, Slot, Boot);
        Slot->Freedom = Slot->BootWant.Length ? 0 : PnpFreedomOf(Slot);
        ULONG Place = i;
        for (; Place && Search->Order[Place - 1]->Freedom > Slot->Freedom; Place--)
            Search->Order[Place] = Search->Order[Place - 1];
        Search->Order[Place] = Slot;
    }
    return STATUS_SUCCESS;
}

// ---- Choosing

static BOOLEAN PnpTake(PPNP_SEARCH Search, PPNP_SLOT Slot, const IO_RESOURCE_DESCRIPTOR *Descriptor,
                       const PNP_WANT *Want, ULONG64 Start)
{
    Slot->Claim = PnpAddClaim(Search->Owner, Want, Start);
    if (!Slot->Claim) {
        Search->NoMemory = TRUE;
        return FALSE;
    }
    Slot->Chosen = Descriptor;
    Slot->Want = *Want;
    Slot->Start = Start;
    return TRUE;
}

// Lines are claimed by the numbers that all have for them, and told by those of the requirement.
static BOOLEAN PnpTakeLine(PPNP_SEARCH Search, PPNP_SLOT Slot,
                           const IO_RESOURCE_DESCRIPTOR *Descriptor, const PNP_WANT *Want,
                           ULONG64 Vector)
{
    PNP_WANT Line = *Want;
    ULONG Number;
    Search->Environment->MapLine(Search->Environment->Context, (ULONG)Vector, Descriptor->Flags,
                                 &Number, &Line.Mode);
    Line.Minimum = Line.Maximum = Number;
    ULONG64 Place = Number;
    if (!PnpFindPlace(Search->Owner, &Line, Search->IgnoreReserved, &Place) ||
        !PnpTake(Search, Slot, Descriptor, &Line, Place))
        return FALSE;
    Slot->Start = Vector;
    return TRUE;
}

static BOOLEAN PnpTakeMessages(PPNP_SEARCH Search, PPNP_SLOT Slot,
                               const IO_RESOURCE_DESCRIPTOR *Descriptor, const PNP_WANT *Want)
{
    ULONG First;
    if (Slot->Cursor++ || Want->Length > MAXUSHORT ||
        !NT_SUCCESS(Search->Environment->TakeMessages(Search->Environment->Context,
                                                      (ULONG)Want->Length, &First)))
        return FALSE;
    Slot->Chosen = Descriptor;
    Slot->Want = *Want;
    Slot->Start = First;
    return TRUE;
}

static BOOLEAN PnpTakeNextLine(PPNP_SEARCH Search, PPNP_SLOT Slot,
                               const IO_RESOURCE_DESCRIPTOR *Descriptor, const PNP_WANT *Want)
{
    for (ULONG64 Vector = max(Slot->Cursor, Want->Minimum); Vector <= Want->Maximum; Vector++) {
        if (!PnpTakeLine(Search, Slot, Descriptor, Want, Vector))
            continue;
        Slot->Cursor = Vector + 1;
        return TRUE;
    }
    return FALSE;
}

static BOOLEAN PnpTakeNextRange(PPNP_SEARCH Search, PPNP_SLOT Slot,
                                const IO_RESOURCE_DESCRIPTOR *Descriptor, const PNP_WANT *Want)
{
    ULONG64 Start = Slot->Cursor;
    if (!PnpFindPlace(Search->Owner, Want, Search->IgnoreReserved, &Start) ||
        !PnpTake(Search, Slot, Descriptor, Want, Start))
        return FALSE;
    Slot->Cursor = Start > MAXULONG64 - Want->Alignment ? MAXULONG64 : Start + Want->Alignment;
    return TRUE;
}

static BOOLEAN PnpTakeNext(PPNP_SEARCH Search, PPNP_SLOT Slot,
                           const IO_RESOURCE_DESCRIPTOR *Descriptor)
{
    PNP_WANT Want;
    (VOID) PnpReadWant(Descriptor, &Want);
    switch (Want.Kind) {
    case PnpOther:
        Slot->Chosen = Descriptor;
        Slot->Want = Want;
        return Slot->Cursor++ == 0;
    case PnpMessages:
        return PnpTakeMessages(Search, Slot, Descriptor, &Want);
    case PnpLines:
        return PnpTakeNextLine(Search, Slot, Descriptor, &Want);
    default:
        return PnpTakeNextRange(Search, Slot, Descriptor, &Want);
    }
}

static BOOLEAN PnpTakeBoot(PPNP_SEARCH Search, PPNP_SLOT Slot)
{
    PNP_WANT Want;
    if (!Slot->BootWant.Length || Slot->BootTried)
        return FALSE;
    Slot->BootTried = TRUE;
    (VOID) PnpReadWant(Slot->BootDescriptor, &Want);
    ULONG64 Start = Slot->BootWant.Minimum;
    if (Want.Kind == PnpLines)
        return PnpTakeLine(Search, Slot, Slot->BootDescriptor, &Want, Start);
    PNP_WANT There = Want;
    There.Minimum = Start;
    There.Maximum = Slot->BootWant.Maximum;
    return PnpFindPlace(Search->Owner, &There, Search->IgnoreReserved, &Start) &&
           PnpTake(Search, Slot, Slot->BootDescriptor, &Want, Start);
}

// The next possibility that the slot has. FALSE: it has no more.
static BOOLEAN PnpPlaceSlot(PPNP_SEARCH Search, PPNP_SLOT Slot)
{
    if (PnpTakeBoot(Search, Slot))
        return TRUE;
    for (; Slot->Try < 2 * Slot->Count; Slot->Try++, Slot->Cursor = 0) {
        const IO_RESOURCE_DESCRIPTOR *Descriptor = &Slot->Descriptors[Slot->Try % Slot->Count];
        BOOLEAN Preferred = (Descriptor->Option & IO_RESOURCE_PREFERRED) != 0;
        if (Preferred == (Slot->Try < Slot->Count) && PnpTakeNext(Search, Slot, Descriptor))
            return TRUE;
    }
    return FALSE;
}

// ---- The search

static VOID PnpGiveUpSlot(PPNP_SEARCH Search, PPNP_SLOT Slot)
{
    if (Slot->Claim)
        PnpDropClaim(Slot->Claim);
    if (Slot->Chosen && Slot->Want.Kind == PnpMessages)
        Search->Environment->ReturnMessages(Search->Environment->Context, (ULONG)Slot->Start,
                                            (ULONG)Slot->Want.Length);
    Slot->Claim = nullptr;
    Slot->Chosen = nullptr;
}

static VOID PnpRewindSlot(PPNP_SLOT Slot)
{
    Slot->BootTried = FALSE;
    Slot->Try = 0;
    Slot->Cursor = 0;
}

static NTSTATUS PnpSearch(PPNP_SEARCH Search, BOOLEAN IgnoreReserved)
{
    ULONG Placed = 0;
    Search->IgnoreReserved = IgnoreReserved;
    Search->Steps = 0;
    if (Search->SlotCount)
        PnpRewindSlot(Search->Order[0]);
    while (Placed < Search->SlotCount) {
        BOOLEAN Found =
            Search->Steps++ < PNP_MAX_STEPS && PnpPlaceSlot(Search, Search->Order[Placed]);
        if (Found) {
            if (++Placed < Search->SlotCount)
                PnpRewindSlot(Search->Order[Placed]);
            continue;
        }
        if (Placed == 0)
            return Search->NoMemory ? STATUS_INSUFFICIENT_RESOURCES : STATUS_CONFLICTING_ADDRESSES;
        PnpGiveUpSlot(Search, Search->Order[--Placed]);
    }
    return STATUS_SUCCESS;
}

static VOID PnpTell(const PNP_SEARCH *Search, PCM_PARTIAL_RESOURCE_LIST Given)
{
    Given->Version = Given->Revision = 1;
    Given->Count = Search->SlotCount;
    for (ULONG i = 0; i < Search->SlotCount; i++) {
        const PNP_SLOT *Slot = &Search->Slots[i];
        PnpWriteGiven(Slot->Chosen, &Slot->Want, Slot->Start, &Given->PartialDescriptors[i]);
    }
}

NTSTATUS PnpArbitrate(PPNP_OWNER Owner, const IO_RESOURCE_LIST *List,
                      const CM_PARTIAL_RESOURCE_LIST *Boot, const PNP_ENVIRONMENT *Environment,
                      PCM_PARTIAL_RESOURCE_LIST Given)
{
    PNP_SEARCH Search = {.Owner = Owner, .Environment = Environment};
    SIZE_T Bytes = (sizeof(PNP_SLOT) + sizeof(PPNP_SLOT)) * max(List->Count, 1u);
    Search.Slots = ExAllocatePoolZero(PagedPool, Bytes, PnpArbiterTag);
    if (!Search.Slots)
        return STATUS_INSUFFICIENT_RESOURCES;
    Search.Order = (PPNP_SLOT *)(Search.Slots + max(List->Count, 1u));
    NTSTATUS Status = PnpMakeSlots(&Search, List, Boot);
    if (NT_SUCCESS(Status))
        Status = PnpSearch(&Search, FALSE);
    if (Status == STATUS_CONFLICTING_ADDRESSES)
        Status = PnpSearch(&Search, TRUE);
    if (NT_SUCCESS(Status)) {
        PnpDropReservations(Owner);
        PnpTell(&Search, Given);
    }
    ExFreePool(Search.Slots);
    return Status;
}

// ---- Reservations

VOID PnpReserve(PPNP_OWNER Owner, const CM_PARTIAL_RESOURCE_LIST *Boot)
{
    for (ULONG i = 0; i < Boot->Count; i++) {
        PNP_WANT Want;
        if (!PnpReadGiven(&Boot->PartialDescriptors[i], &Want) || Want.Kind == PnpLines)
            continue; // lines are shared, or the wiring leaves no choice
        PPNP_CLAIM Claim = PnpAddClaim(Owner, &Want, Want.Minimum);
        if (Claim)
            Claim->Reserved = TRUE;
    }
}
