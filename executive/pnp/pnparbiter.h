// The arbiter: who holds which ports, memory, bus numbers, interrupt lines and DMA channels, and where
// what a device requires can be had. Pure logic: it knows owners, not devices.
#pragma once

#include "ntos.h"

#include "pnpddi.h"

typedef enum _PNP_KIND {
    PnpPorts,
    PnpMemory,
    PnpBusNumbers,
    PnpLines, // interrupts, by the number that the owner's caller has for them
    PnpDmaChannels,
    PnpMessages, // message interrupts: had from the environment, not by place
    PnpOther,    // nobody else can want it: it is passed on as it is
} PNP_KIND;

// Who holds claims. Windows of an owner are what those below it may have.
typedef struct _PNP_OWNER {
    struct _PNP_OWNER *Parent; // null: none
    LIST_ENTRY ClaimListHead;
} PNP_OWNER, *PPNP_OWNER;

typedef struct _PNP_CLAIM {
    LIST_ENTRY Link, OwnerLink; // of all claims of the kind; of Owner's
    PPNP_OWNER Owner;
    PPNP_OWNER Space; // in whose windows it lies; null: in none
    PNP_KIND Kind;
    ULONG64 Start, End; // inclusive
    ULONG Mode;         // those that share must agree on it
    BOOLEAN Shared, Window, Prefetchable;
    BOOLEAN Reserved; // the firmware has put a device there that is not started yet
} PNP_CLAIM, *PPNP_CLAIM;

// What one descriptor asks for, whatever form it has.
typedef struct _PNP_WANT {
    PNP_KIND Kind;
    ULONG64 Length, Alignment, Minimum, Maximum; // of messages the length is how many
    ULONG Mode;
    BOOLEAN Shared, Window, Prefetchable;
} PNP_WANT, *PPNP_WANT;

// What the search has from elsewhere.
typedef struct _PNP_ENVIRONMENT {
    PVOID Context;
    // The number by which a line is known to all, and its mode.
    VOID (*MapLine)(PVOID Context, ULONG Vector, ULONG Flags, PULONG Line, PULONG Mode);
    NTSTATUS (*TakeMessages)(PVOID Context, ULONG Count, PULONG First);
    VOID (*ReturnMessages)(PVOID Context, ULONG First, ULONG Count);
} PNP_ENVIRONMENT;

// ---- Claims (pnpclaim.c)

VOID PnpInitOwner(PPNP_OWNER Owner, PPNP_OWNER Parent);
// Null: no memory.
PPNP_CLAIM PnpAddClaim(PPNP_OWNER Owner, const PNP_WANT *Want, ULONG64 Start);
VOID PnpDropClaim(PPNP_CLAIM Claim);
VOID PnpDropClaims(PPNP_OWNER Owner);
VOID PnpDropReservations(PPNP_OWNER Owner);
// Set aside, and as if they had never been; and back again.
VOID PnpHideClaims(PPNP_OWNER Owner, PLIST_ENTRY Hidden);
VOID PnpShowClaims(PPNP_OWNER Owner, PLIST_ENTRY Hidden);
VOID PnpDropHidden(PLIST_ENTRY Hidden);
// The lowest place from *Start on. FALSE: there is none. IgnoreReserved: others' reservations do not count.
BOOLEAN PnpFindPlace(PPNP_OWNER Owner, const PNP_WANT *Want, BOOLEAN IgnoreReserved,
                     PULONG64 Start);
// The owner in whose windows Owner's claims of the kind have to lie. Null: anywhere.
PPNP_OWNER PnpSpaceOf(const PNP_OWNER *Owner, PNP_KIND Kind);

// ---- Descriptors (pnpdescriptor.c)

// FALSE: the descriptor makes no sense.
BOOLEAN PnpReadWant(const IO_RESOURCE_DESCRIPTOR *Descriptor, PPNP_WANT Want);
// A descriptor of what is there: Minimum is its start. The mode of a line is not told.
BOOLEAN PnpReadGiven(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Descriptor, PPNP_WANT Want);
VOID PnpWriteGiven(const IO_RESOURCE_DESCRIPTOR *Descriptor, const PNP_WANT *Want, ULONG64 Start,
                   PCM_PARTIAL_RESOURCE_DESCRIPTOR Given);

// ---- The search (pnparbiter.c)

// Satisfy one list: Given, which has room for List->Count, gets one descriptor for each that List has,
// alternatives aside. Where Boot (or null) says that the device is, it stays if it may. All or nothing.
NTSTATUS PnpArbitrate(PPNP_OWNER Owner, const IO_RESOURCE_LIST *List,
                      const CM_PARTIAL_RESOURCE_LIST *Boot, const PNP_ENVIRONMENT *Environment,
                      PCM_PARTIAL_RESOURCE_LIST Given);
// Keep others away from where the firmware has put the device, as long as they find place elsewhere.
VOID PnpReserve(PPNP_OWNER Owner, const CM_PARTIAL_RESOURCE_LIST *Boot);
