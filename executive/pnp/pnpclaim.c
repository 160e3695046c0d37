// Claims: what is held by whom, and what is free.
//
// All of a kind are in one list, since ports and memory have one address each on a PC, whatever bridge they
// are behind. Bus numbers alone are counted anew in each space.
#include "pnparbiter.h"

constexpr ULONG PnpClaimTag = 'CPnP';

enum { PNP_CLAIM_KINDS = PnpMessages };

static LIST_ENTRY PnpClaims[PNP_CLAIM_KINDS];

static PLIST_ENTRY PnpClaimsOf(PNP_KIND Kind)
{
    PLIST_ENTRY Head = &PnpClaims[Kind];
    if (!Head->Flink)
        InitializeListHead(Head);
    return Head;
}

VOID PnpInitOwner(PPNP_OWNER Owner, PPNP_OWNER Parent)
{
    Owner->Parent = Parent;
    InitializeListHead(&Owner->ClaimListHead);
}

static BOOLEAN PnpHasWindow(const PNP_OWNER *Owner, PNP_KIND Kind)
{
    for (PLIST_ENTRY Link = Owner->ClaimListHead.Flink; Link != &Owner->ClaimListHead;
         Link = Link->Flink) {
        const PNP_CLAIM *Claim = CONTAINING_RECORD(Link, PNP_CLAIM, OwnerLink);
        if (Claim->Window && !Claim->Reserved && Claim->Kind == Kind)
            return TRUE;
    }
    return FALSE;
}

PPNP_OWNER PnpSpaceOf(const PNP_OWNER *Owner, PNP_KIND Kind)
{
    PPNP_OWNER Space = Owner->Parent;
    while (Space && !PnpHasWindow(Space, Kind))
        Space = Space->Parent;
    return Space;
}

PPNP_CLAIM PnpAddClaim(PPNP_OWNER Owner, const PNP_WANT *Want, ULONG64 Start)
{
    PPNP_CLAIM Claim = ExAllocatePoolZero(PagedPool, sizeof(*Claim), PnpClaimTag);
    if (!Claim)
        return nullptr;
    *Claim = (PNP_CLAIM){
        .Owner = Owner,
        .Space = PnpSpaceOf(Owner, Want->Kind),
        .Kind = Want->Kind,
        .Start = Start,
        .End = Start + Want->Length - 1,
        .Mode = Want->Mode,
        .Shared = Want->Shared,
        .Window = Want->Window,
        .Prefetchable = Want->Prefetchable,
    };
    InsertTailList(PnpClaimsOf(Want->Kind), &Claim->Link);
    InsertTailList(&Owner->ClaimListHead, &Claim->OwnerLink);
    return Claim;
}

VOID PnpDropClaim(PPNP_CLAIM Claim)
{
    RemoveEntryList(&Claim->Link);
    RemoveEntryList(&Claim->OwnerLink);
    ExFreePool(Claim);
}

static VOID PnpDropSome(PPNP_OWNER Owner, BOOLEAN ReservedOnly)
{
    PLIST_ENTRY Link = Owner->ClaimListHead.Flink;
    while (Link != &Owner->ClaimListHead) {
        PPNP_CLAIM Claim = CONTAINING_RECORD(Link, PNP_CLAIM, OwnerLink);
        Link = Link->Flink;
        if (Claim->Reserved || !ReservedOnly)
            PnpDropClaim(Claim);
    }
}

VOID PnpDropClaims(PPNP_OWNER Owner)
{
    PnpDropSome(Owner, FALSE);
}

VOID PnpDropReservations(PPNP_OWNER Owner)
{
    PnpDropSome(Owner, TRUE);
}

VOID PnpHideClaims(PPNP_OWNER Owner, PLIST_ENTRY Hidden)
{
    InitializeListHead(Hidden);
    while (!IsListEmpty(&Owner->ClaimListHead)) {
        PPNP_CLAIM Claim =
            CONTAINING_RECORD(RemoveHeadList(&Owner->ClaimListHead), PNP_CLAIM, OwnerLink);
        RemoveEntryList(&Claim->Link);
        InsertTailList(Hidden, &Claim->OwnerLink);
    }
}

VOID PnpShowClaims(PPNP_OWNER Owner, PLIST_ENTRY Hidden)
{
    while (!IsListEmpty(Hidden)) {
        PPNP_CLAIM Claim = CONTAINING_RECORD(RemoveHeadList(Hidden), PNP_CLAIM, OwnerLink);
        InsertTailList(PnpClaimsOf(Claim->Kind), &Claim->Link);
        InsertTailList(&Owner->ClaimListHead, &Claim->OwnerLink);
    }
}

VOID PnpDropHidden(PLIST_ENTRY Hidden)
{
    while (!IsListEmpty(Hidden))
        ExFreePool(CONTAINING_RECORD(RemoveHeadList(Hidden), PNP_CLAIM, OwnerLink));
}

// ---- Conflicts

static BOOLEAN PnpIsBelow(const PNP_OWNER *Owner, const PNP_OWNER *Ancestor)
{
    while (Owner && Owner != Ancestor)
        Owner = Owner->Parent;
    return Owner != nullptr;
}

// A window of no window is what the processor's bus hands to a root bridge: devices beside the bridge, which
// answer there before it does, are no conflict.
static BOOLEAN PnpIsOutermost(const PNP_OWNER *Space, BOOLEAN Window)
{
    return Window && !Space;
}

static BOOLEAN PnpConflicts(const PNP_CLAIM *Claim, const PNP_OWNER *Owner, const PNP_OWNER *Space,
                            const PNP_WANT *Want, BOOLEAN IgnoreReserved)
{
    if (Claim->Reserved && (IgnoreReserved || Claim->Owner == Owner))
        return FALSE;
    if (Claim->Shared && Want->Shared && Claim->Mode == Want->Mode)
        return FALSE;
    if (PnpIsOutermost(Claim->Space, Claim->Window) || PnpIsOutermost(Space, Want->Window))
        return FALSE;
    if (Claim->Kind == PnpBusNumbers && Claim->Space != Space)
        return FALSE;
    if (Claim->Owner == Owner)
        return TRUE;
    if (Claim->Window && PnpIsBelow(Owner, Claim->Owner))
        return FALSE;
    return !(Want->Window && PnpIsBelow(Claim->Owner, Owner));
}

// The end of what is in the way of [Start, Start + Length), or FALSE.
static BOOLEAN PnpFindConflict(const PNP_OWNER *Owner, const PNP_OWNER *Space, const PNP_WANT *Want,
                               BOOLEAN IgnoreReserved, ULONG64 Start, PULONG64 End)
{
    PLIST_ENTRY Head = PnpClaimsOf(Want->Kind);
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        const PNP_CLAIM *Claim = CONTAINING_RECORD(Link, PNP_CLAIM, Link);
        if (Start > Claim->End || Claim->Start > Start + (Want->Length - 1) ||
            !PnpConflicts(Claim, Owner, Space, Want, IgnoreReserved))
            continue;
        *End = Claim->End;
        return TRUE;
    }
    return FALSE;
}

// ---- Windows

// A bridge's own bus has the first number of its window.
static ULONG64 PnpWindowStart(const PNP_CLAIM *Window)
{
    return Window->Kind == PnpBusNumbers ? Window->Start + 1 : Window->Start;
}

// What a bridge fetches ahead may not be read without a reason, and some devices' memory must not be. The
// processor's bus, which the outermost windows are of, does nothing ahead.
static BOOLEAN PnpSuits(const PNP_CLAIM *Window, const PNP_WANT *Want)
{
    return Window->Window && !Window->Reserved && Window->Kind == Want->Kind &&
           (Want->Prefetchable || !Window->Prefetchable || !Window->Space);
}

static BOOLEAN PnpAlignUp(PULONG64 Start, ULONG64 Alignment)
{
    ULONG64 Rest = *Start % Alignment;
    if (Rest && *Start > MAXULONG64 - (Alignment - Rest))
        return FALSE;
    *Start += Rest ? Alignment - Rest : 0;
    return TRUE;
}

// The lowest place from *Start on that lies in a window of Space.
static BOOLEAN PnpFindInWindow(const PNP_OWNER *Space, const PNP_WANT *Want, PULONG64 Start)
{
    BOOLEAN Found = FALSE;
    ULONG64 Best = 0;
    for (PLIST_ENTRY Link = Space->ClaimListHead.Flink; Link != &Space->ClaimListHead;
         Link = Link->Flink) {
        const PNP_CLAIM *Window = CONTAINING_RECORD(Link, PNP_CLAIM, OwnerLink);
        if (!PnpSuits(Window, Want))
            continue;
        ULONG64 Place = max(*Start, PnpWindowStart(Window));
        if (!PnpAlignUp(&Place, Want->Alignment) || Place > Window->End ||
            Window->End - Place < Want->Length - 1)
            continue;
        if (!Found || Place < Best)
            Best = Place;
        Found = TRUE;
    }
    if (Found)
        *Start = Best;
    return Found;
}

// What may lie anywhere does not lie where PCs have had video memory, ROMs and the board's devices since the first of them:
// cards that decode such places themselves say so to nobody. Who names a place, or a few there, gets it.
static ULONG64 PnpLowestPlace(const PNP_WANT *Want)
{
    constexpr ULONG64 FirstMegabyte = 0x10'0000, BoardPorts = 0x1000;
    ULONG64 Floor = Want->Kind == PnpMemory  ? FirstMegabyte
                    : Want->Kind == PnpPorts ? BoardPorts
                                             : 0;
    BOOLEAN Anywhere = Want->Maximum - Want->Minimum > Want->Length - 1 && Want->Maximum > Floor &&
                       Want->Maximum - Floor >= Want->Length - 1;
    return Anywhere ? max(Floor, Want->Minimum) : Want->Minimum;
}

BOOLEAN PnpFindPlace(PPNP_OWNER Owner, const PNP_WANT *Want, BOOLEAN IgnoreReserved, PULONG64 Start)
{
    const PNP_OWNER *Space = PnpSpaceOf(Owner, Want->Kind);
    ULONG64 Place = max(*Start, PnpLowestPlace(Want)), End;
    for (;;) {
        if (!PnpAlignUp(&Place, Want->Alignment) ||
            (Space && !PnpFindInWindow(Space, Want, &Place)) || Place > Want->Maximum ||
            Want->Maximum - Place < Want->Length - 1)
            return FALSE;
        if (!PnpFindConflict(Owner, Space, Want, IgnoreReserved, Place, &End))
            break;
        if (End == MAXULONG64)
            return FALSE;
        Place = End + 1;
    }
    *Start = Place;
    return TRUE;
}
