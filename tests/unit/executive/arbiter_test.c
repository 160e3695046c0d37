// The arbiter of resources: windows, the firmware's choice, alternatives, sharing, messages; and, at random, that
// nothing overlaps and that a place is found whenever there is one.
#include "doubles.h"

#include "pnp/pnparbiter.h"

#include <stdlib.h>

// ---- The environment: lines are what they are called; messages come from 16 vectors

static ULONG MessagesTaken;

static VOID MapLine(PVOID Context, ULONG Vector, ULONG Flags, PULONG Line, PULONG Mode)
{
    (void)Context;
    *Line = Vector;
    *Mode = Flags & CM_RESOURCE_INTERRUPT_LATCHED;
}

static NTSTATUS TakeMessages(PVOID Context, ULONG Count, PULONG First)
{
    (void)Context;
    if (MessagesTaken + Count > 16)
        return STATUS_INSUFFICIENT_RESOURCES;
    *First = 0x50 + MessagesTaken;
    MessagesTaken += Count;
    return STATUS_SUCCESS;
}

static VOID ReturnMessages(PVOID Context, ULONG First, ULONG Count)
{
    (void)Context;
    (void)First;
    MessagesTaken -= Count;
}

static const PNP_ENVIRONMENT Environment = {
    .MapLine = MapLine, .TakeMessages = TakeMessages, .ReturnMessages = ReturnMessages};

// ---- Lists

enum { MaxDescriptors = 12 };

typedef union {
    IO_RESOURCE_LIST List;
    UCHAR Room[sizeof(IO_RESOURCE_LIST) + MaxDescriptors * sizeof(IO_RESOURCE_DESCRIPTOR)];
} WANTED;

typedef union {
    CM_PARTIAL_RESOURCE_LIST List;
    UCHAR Room[sizeof(CM_PARTIAL_RESOURCE_LIST) +
               MaxDescriptors * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR)];
} GIVEN;

static IO_RESOURCE_DESCRIPTOR *Want(WANTED *Wanted, UCHAR Type, USHORT Flags, ULONG64 Length,
                                    ULONG64 Alignment, ULONG64 Low, ULONG64 High)
{
    IO_RESOURCE_DESCRIPTOR *Descriptor = &Wanted->List.Descriptors[Wanted->List.Count++];
    *Descriptor = (IO_RESOURCE_DESCRIPTOR){
        .Type = Type, .ShareDisposition = CmResourceShareDeviceExclusive, .Flags = Flags};
    Descriptor->u.Generic.Length = (ULONG)Length;
    Descriptor->u.Generic.Alignment = (ULONG)Alignment;
    Descriptor->u.Generic.MinimumAddress.QuadPart = (LONGLONG)Low;
    Descriptor->u.Generic.MaximumAddress.QuadPart = (LONGLONG)High;
    return Descriptor;
}

static IO_RESOURCE_DESCRIPTOR *WantPorts(WANTED *Wanted, ULONG64 Length, ULONG64 Low, ULONG64 High)
{
    return Want(Wanted, CmResourceTypePort, CM_RESOURCE_PORT_IO, Length, 1, Low, High);
}

static IO_RESOURCE_DESCRIPTOR *WantInterrupt(WANTED *Wanted, USHORT Flags, ULONG Low, ULONG High)
{
    IO_RESOURCE_DESCRIPTOR *Descriptor = Want(Wanted, CmResourceTypeInterrupt, Flags, 0, 0, 0, 0);
    Descriptor->u.Interrupt.MinimumVector = Low;
    Descriptor->u.Interrupt.MaximumVector = High;
    return Descriptor;
}

static void Boot(GIVEN *Given, UCHAR Type, ULONG64 Start, ULONG Length)
{
    CM_PARTIAL_RESOURCE_DESCRIPTOR *Descriptor =
        &Given->List.PartialDescriptors[Given->List.Count++];
    *Descriptor = (CM_PARTIAL_RESOURCE_DESCRIPTOR){.Type = Type};
    Descriptor->u.Generic.Start.QuadPart = (LONGLONG)Start;
    Descriptor->u.Generic.Length = Length;
}

static NTSTATUS Ask(PPNP_OWNER Owner, const WANTED *Wanted, const GIVEN *Firmware, GIVEN *Given)
{
    return PnpArbitrate(Owner, &Wanted->List, Firmware ? &Firmware->List : nullptr, &Environment,
                        &Given->List);
}

static ULONG64 StartOf(const GIVEN *Given, ULONG Index)
{
    assert_true(Index < Given->List.Count);
    return (ULONG64)Given->List.PartialDescriptors[Index].u.Generic.Start.QuadPart;
}

// A window of its own, or of a parent's window.
static void GiveWindow(PPNP_OWNER Owner, UCHAR Type, USHORT Flags, ULONG64 Start, ULONG Length)
{
    WANTED Wanted = {};
    GIVEN Given;
    Want(&Wanted, Type, Flags, Length, 1, Start, Start + Length - 1);
    assert_success(Ask(Owner, &Wanted, nullptr, &Given));
}

// ---- Tests

static void the_lowest_free_place_is_taken(void **State)
{
    (void)State;
    PNP_OWNER A, B, C;
    WANTED Wanted = {};
    GIVEN Given;
    PnpInitOwner(&A, nullptr);
    PnpInitOwner(&B, nullptr);
    PnpInitOwner(&C, nullptr);
    Want(&Wanted, CmResourceTypePort, CM_RESOURCE_PORT_IO, 8, 8, 0x101, 0x117);
    assert_success(Ask(&A, &Wanted, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x108);
    assert_success(Ask(&B, &Wanted, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x110);
    assert_status(Ask(&C, &Wanted, nullptr, &Given), STATUS_CONFLICTING_ADDRESSES);
    PnpDropClaims(&A);
    assert_success(Ask(&C, &Wanted, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x108);
    PnpDropClaims(&B);
    PnpDropClaims(&C);
}

static void the_firmwares_choice_is_kept(void **State)
{
    (void)State;
    PNP_OWNER A, B;
    WANTED Wanted = {};
    GIVEN Firmware = {}, Given;
    PnpInitOwner(&A, nullptr);
    PnpInitOwner(&B, nullptr);
    WantPorts(&Wanted, 8, 0x100, 0x13F);
    WantPorts(&Wanted, 8, 0x100, 0x13F);
    Boot(&Firmware, CmResourceTypePort, 0x120, 8);
    Boot(&Firmware, CmResourceTypePort, 0x110, 8);
    assert_success(Ask(&A, &Wanted, &Firmware, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x120);
    assert_int_equal(StartOf(&Given, 1), 0x110);
    // The same again: it is taken, and another place will do.
    assert_success(Ask(&B, &Wanted, &Firmware, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x100);
    assert_int_equal(StartOf(&Given, 1), 0x108);
    PnpDropClaims(&A);
    PnpDropClaims(&B);
}

static void a_place_is_kept_free_for_its_device(void **State)
{
    (void)State;
    PNP_OWNER A, B, C;
    WANTED Wanted = {}, All = {};
    GIVEN Firmware = {}, Given;
    PnpInitOwner(&A, nullptr);
    PnpInitOwner(&B, nullptr);
    PnpInitOwner(&C, nullptr);
    Boot(&Firmware, CmResourceTypePort, 0x100, 8);
    PnpReserve(&A, &Firmware.List);
    WantPorts(&Wanted, 8, 0x100, 0x10F);
    assert_success(Ask(&B, &Wanted, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x108);
    // Who finds no other place gets it.
    WantPorts(&All, 8, 0x100, 0x107);
    assert_success(Ask(&C, &All, nullptr, &Given));
    PnpDropClaims(&C);
    assert_success(Ask(&A, &Wanted, &Firmware, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x100);
    PnpDropClaims(&A);
    assert_true(IsListEmpty(&A.ClaimListHead));
    PnpDropClaims(&B);
}

static void alternatives_come_in_order_but_preferred_ones_first(void **State)
{
    (void)State;
    PNP_OWNER A, B, C, D;
    WANTED Wanted = {};
    GIVEN Given;
    PnpInitOwner(&A, nullptr);
    PnpInitOwner(&B, nullptr);
    PnpInitOwner(&C, nullptr);
    PnpInitOwner(&D, nullptr);
    WantPorts(&Wanted, 8, 0x100, 0x107);
    WantPorts(&Wanted, 8, 0x200, 0x207)->Option = IO_RESOURCE_ALTERNATIVE;
    WantPorts(&Wanted, 4, 0x300, 0x303)->Option = IO_RESOURCE_ALTERNATIVE | IO_RESOURCE_PREFERRED;
    assert_success(Ask(&A, &Wanted, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x300);
    assert_int_equal(Given.List.PartialDescriptors[0].u.Generic.Length, 4);
    assert_success(Ask(&B, &Wanted, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x100);
    assert_success(Ask(&C, &Wanted, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x200);
    assert_status(Ask(&D, &Wanted, nullptr, &Given), STATUS_CONFLICTING_ADDRESSES);
    PnpDropClaims(&A);
    PnpDropClaims(&B);
    PnpDropClaims(&C);
}

static void children_stay_in_windows(void **State)
{
    (void)State;
    PNP_OWNER Root, Bridge, Device, Beside;
    WANTED Wanted = {}, Fetchable = {}, Outside = {};
    GIVEN Given;
    PnpInitOwner(&Root, nullptr);
    PnpInitOwner(&Bridge, &Root);
    PnpInitOwner(&Device, &Bridge);
    PnpInitOwner(&Beside, &Root);
    USHORT Window = CM_RESOURCE_MEMORY_WINDOW_DECODE;
    GiveWindow(&Root, CmResourceTypeMemory, Window, 0x80000000, 0x40000000);
    GiveWindow(&Bridge, CmResourceTypeMemory, Window | CM_RESOURCE_MEMORY_PREFETCHABLE, 0x80000000,
               0x100000);
    GiveWindow(&Bridge, CmResourceTypeMemory, Window, 0x90000000, 0x100000);
    // Not what the bridge fetches ahead, unless the device says that this is harmless.
    Want(&Wanted, CmResourceTypeMemory, 0, 0x1000, 0x1000, 0, MAXULONG);
    assert_success(Ask(&Device, &Wanted, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x90000000);
    Want(&Fetchable, CmResourceTypeMemory, CM_RESOURCE_MEMORY_PREFETCHABLE, 0x1000, 0x1000, 0,
         MAXULONG);
    assert_success(Ask(&Device, &Fetchable, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x80000000);
    Want(&Outside, CmResourceTypeMemory, 0, 0x1000, 0x1000, 0xA0000000, MAXULONG);
    assert_status(Ask(&Device, &Outside, nullptr, &Given), STATUS_CONFLICTING_ADDRESSES);
    // A sibling of the bridge keeps out of its windows.
    assert_success(Ask(&Beside, &Wanted, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x80100000);
    PnpDropClaims(&Device);
    PnpDropClaims(&Beside);
    PnpDropClaims(&Bridge);
    PnpDropClaims(&Root);
}

// What answers on the processor's bus before the root bridge does is no conflict with its window, but its children
// keep away from it.
static void devices_beside_a_root_bridge_are_in_its_window(void **State)
{
    (void)State;
    PNP_OWNER Root, Device, Serial;
    WANTED Wanted = {}, Com = {};
    GIVEN Given;
    PnpInitOwner(&Root, nullptr);
    PnpInitOwner(&Serial, nullptr);
    PnpInitOwner(&Device, &Root);
    WantPorts(&Com, 8, 0x3F8, 0x3FF);
    GiveWindow(&Root, CmResourceTypePort, CM_RESOURCE_PORT_WINDOW_DECODE, 0, 0xCF8);
    assert_success(Ask(&Serial, &Com, nullptr, &Given));
    WantPorts(&Wanted, 8, 0x3F8, 0x40F);
    assert_success(Ask(&Device, &Wanted, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x400);
    PnpDropClaims(&Serial);
    PnpDropClaims(&Device);
    PnpDropClaims(&Root);
}

// Video memory and ROMs, and the ports of the board, are given to those who name them alone.
static void the_first_megabyte_is_the_boards(void **State)
{
    (void)State;
    PNP_OWNER Root, Device, Beside;
    WANTED Anywhere = {}, Named = {}, Ports = {};
    GIVEN Firmware = {}, Given;
    USHORT Window = CM_RESOURCE_MEMORY_WINDOW_DECODE;
    PnpInitOwner(&Root, nullptr);
    PnpInitOwner(&Device, &Root);
    PnpInitOwner(&Beside, &Root);
    GiveWindow(&Root, CmResourceTypeMemory, Window, 0xA0000, 0x20000);
    GiveWindow(&Root, CmResourceTypePort, CM_RESOURCE_PORT_WINDOW_DECODE, 0xD00, 0xF300);
    Want(&Anywhere, CmResourceTypeMemory, 0, 0x1000, 0x1000, 0, MAXULONG);
    assert_status(Ask(&Device, &Anywhere, nullptr, &Given), STATUS_CONFLICTING_ADDRESSES);
    GiveWindow(&Root, CmResourceTypeMemory, Window, 0xC0000000, 0x1000000);
    assert_success(Ask(&Device, &Anywhere, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0xC0000000);
    Want(&Named, CmResourceTypeMemory, 0, 0x1000, 0x1000, 0xA0000, 0xBFFFF);
    assert_success(Ask(&Beside, &Named, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0xA0000);
    PnpDropClaims(&Device);
    PnpDropClaims(&Beside);
    // Where the firmware has put it, it stays.
    Boot(&Firmware, CmResourceTypeMemory, 0xB0000, 0x1000);
    assert_success(Ask(&Device, &Anywhere, &Firmware, &Given));
    assert_int_equal(StartOf(&Given, 0), 0xB0000);
    WantPorts(&Ports, 32, 0, 0xFFFF);
    assert_success(Ask(&Beside, &Ports, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x1000);
    PnpDropClaims(&Device);
    PnpDropClaims(&Beside);
    PnpDropClaims(&Root);
}

static void bus_numbers_are_handed_down(void **State)
{
    (void)State;
    PNP_OWNER Roots[2], Bridge, Below, Other;
    WANTED Wanted = {};
    GIVEN Given;
    IO_RESOURCE_DESCRIPTOR *Descriptor = Want(&Wanted, CmResourceTypeBusNumber, 0, 0, 0, 0, 0);
    Descriptor->u.BusNumber.Length = 4;
    Descriptor->u.BusNumber.MaxBusNumber = 255;
    for (ULONG i = 0; i < 2; i++) {
        WANTED Whole = {};
        PnpInitOwner(&Roots[i], nullptr);
        Descriptor = Want(&Whole, CmResourceTypeBusNumber, 0, 0, 0, 0, 0);
        Descriptor->u.BusNumber.Length = 256;
        Descriptor->u.BusNumber.MaxBusNumber = 255;
        assert_success(Ask(&Roots[i], &Whole, nullptr, &Given));
    }
    PnpInitOwner(&Bridge, &Roots[0]);
    PnpInitOwner(&Below, &Bridge);
    PnpInitOwner(&Other, &Roots[1]);
    assert_success(Ask(&Bridge, &Wanted, nullptr, &Given));
    assert_int_equal(Given.List.PartialDescriptors[0].u.BusNumber.Start, 1);
    assert_success(Ask(&Other, &Wanted, nullptr, &Given)); // of another segment
    assert_int_equal(Given.List.PartialDescriptors[0].u.BusNumber.Start, 1);
    // The bridge's own bus is the first of its numbers: three are left.
    assert_status(Ask(&Below, &Wanted, nullptr, &Given), STATUS_CONFLICTING_ADDRESSES);
    Wanted.List.Descriptors[0].u.BusNumber.Length = 3;
    assert_success(Ask(&Below, &Wanted, nullptr, &Given));
    assert_int_equal(Given.List.PartialDescriptors[0].u.BusNumber.Start, 2);
    PnpDropClaims(&Below);
    PnpDropClaims(&Bridge);
    PnpDropClaims(&Other);
    PnpDropClaims(&Roots[0]);
    PnpDropClaims(&Roots[1]);
}

static void memory_may_be_large(void **State)
{
    (void)State;
    PNP_OWNER A;
    WANTED Wanted = {};
    GIVEN Given;
    PnpInitOwner(&A, nullptr);
    // 8 GiB in units of 64 KiB, above 4 GiB.
    Want(&Wanted, CmResourceTypeMemoryLarge, CM_RESOURCE_MEMORY_LARGE_48, 0x20000, 0x20000,
         0x100000000, 0xFFFFFFFFFF);
    assert_success(Ask(&A, &Wanted, nullptr, &Given));
    assert_int_equal(StartOf(&Given, 0), 0x200000000);
    assert_int_equal(Given.List.PartialDescriptors[0].u.Generic.Length, 0x20000);
    assert_int_equal(Given.List.PartialDescriptors[0].Flags, CM_RESOURCE_MEMORY_LARGE_48);
    PPNP_CLAIM Claim = CONTAINING_RECORD(A.ClaimListHead.Flink, PNP_CLAIM, OwnerLink);
    assert_int_equal(Claim->End, 0x3FFFFFFFF);
    PnpDropClaims(&A);
}

static void lines_are_shared_by_those_who_agree(void **State)
{
    (void)State;
    PNP_OWNER A, B, C;
    WANTED Level = {}, Edge = {};
    GIVEN Firmware = {}, Given;
    PnpInitOwner(&A, nullptr);
    PnpInitOwner(&B, nullptr);
    PnpInitOwner(&C, nullptr);
    WantInterrupt(&Level, 0, 16, 17)->ShareDisposition = CmResourceShareShared;
    WantInterrupt(&Edge, CM_RESOURCE_INTERRUPT_LATCHED, 16, 17)->ShareDisposition =
        CmResourceShareShared;
    Boot(&Firmware, CmResourceTypeInterrupt, 0, 0);
    Firmware.List.PartialDescriptors[0].u.Interrupt.Vector = 17;
    assert_success(Ask(&A, &Level, &Firmware, &Given));
    assert_int_equal(Given.List.PartialDescriptors[0].u.Interrupt.Vector, 17);
    assert_success(Ask(&B, &Level, &Firmware, &Given));
    assert_int_equal(Given.List.PartialDescriptors[0].u.Interrupt.Vector, 17);
    assert_success(Ask(&C, &Edge, &Firmware, &Given));
    assert_int_equal(Given.List.PartialDescriptors[0].u.Interrupt.Vector, 16);
    PnpDropClaims(&A);
    PnpDropClaims(&B);
    PnpDropClaims(&C);
}

static void messages_are_better_than_lines(void **State)
{
    (void)State;
    constexpr ULONG Token = 0xFFFFFFFE;
    PNP_OWNER A, B;
    WANTED Wanted = {};
    GIVEN Given;
    PnpInitOwner(&A, nullptr);
    PnpInitOwner(&B, nullptr);
    USHORT Message = CM_RESOURCE_INTERRUPT_MESSAGE | CM_RESOURCE_INTERRUPT_LATCHED;
    WantPorts(&Wanted, 8, 0x100, 0x10F);
    WantInterrupt(&Wanted, Message, Token - 11, Token);
    WantInterrupt(&Wanted, 0, 16, 16)->Option = IO_RESOURCE_ALTERNATIVE;
    assert_success(Ask(&A, &Wanted, nullptr, &Given));
    assert_int_equal(Given.List.PartialDescriptors[1].u.MessageInterrupt.MessageCount, 12);
    assert_int_equal(Given.List.PartialDescriptors[1].u.MessageInterrupt.Vector, 0x50);
    assert_success(Ask(&B, &Wanted, nullptr, &Given));
    assert_int_equal(Given.List.PartialDescriptors[1].u.Interrupt.Vector, 16);
    assert_int_equal(Given.List.PartialDescriptors[1].Flags, 0);
    // What fails for another reason gives its messages back.
    MessagesTaken = 0;
    PnpDropClaims(&B);
    WantPorts(&Wanted, 1, 0x10F, 0x10F);
    WantPorts(&Wanted, 1, 0x10F, 0x10F);
    assert_status(Ask(&B, &Wanted, nullptr, &Given), STATUS_CONFLICTING_ADDRESSES);
    assert_int_equal(MessagesTaken, 0);
    PnpDropClaims(&A);
}

static void nonsense_is_refused(void **State)
{
    (void)State;
    PNP_OWNER A;
    GIVEN Given;
    PnpInitOwner(&A, nullptr);
    WANTED NoLength = {}, Reversed = {}, Narrow = {}, Nothing = {};
    WantPorts(&NoLength, 0, 0x100, 0x10F);
    WantPorts(&Reversed, 8, 0x10F, 0x100);
    WantPorts(&Narrow, 8, 0x100, 0x106);
    WantPorts(&Nothing, 8, 0x100, 0x107)->Option = IO_RESOURCE_ALTERNATIVE;
    assert_status(Ask(&A, &NoLength, nullptr, &Given), STATUS_INVALID_PARAMETER);
    assert_status(Ask(&A, &Reversed, nullptr, &Given), STATUS_INVALID_PARAMETER);
    assert_status(Ask(&A, &Narrow, nullptr, &Given), STATUS_INVALID_PARAMETER);
    assert_status(Ask(&A, &Nothing, nullptr, &Given), STATUS_INVALID_PARAMETER);
    assert_true(IsListEmpty(&A.ClaimListHead));
}

// ---- At random

static ULONG Random(ULONG Below)
{
    static ULONG64 Seed = 88172645463325252ull;
    Seed ^= Seed << 13;
    Seed ^= Seed >> 7;
    Seed ^= Seed << 17;
    return (ULONG)(Seed >> 32) % Below;
}

// A small space that others hold parts of, and a list of a few ranges: can all be had at once? By trying all.
enum { Space = 24 };

static BOOLEAN CanPlace(const WANTED *Wanted, ULONG Index, ULONG Held)
{
    if (Index == Wanted->List.Count)
        return TRUE;
    const IO_RESOURCE_DESCRIPTOR *Descriptor = &Wanted->List.Descriptors[Index];
    ULONG Length = Descriptor->u.Generic.Length;
    ULONG Low = (ULONG)Descriptor->u.Generic.MinimumAddress.QuadPart;
    ULONG High = (ULONG)Descriptor->u.Generic.MaximumAddress.QuadPart;
    for (ULONG Start = Low; Start + Length - 1 <= High; Start++) {
        ULONG Mask = ((1u << Length) - 1) << Start;
        if (Start % Descriptor->u.Generic.Alignment == 0 && !(Held & Mask) &&
            CanPlace(Wanted, Index + 1, Held | Mask))
            return TRUE;
    }
    return FALSE;
}

static void WantAtRandom(WANTED *Wanted)
{
    ULONG Length = 1 + Random(5), Low = Random(Space - Length);
    ULONG High = Low + Length - 1 + Random(Space - (Low + Length - 1));
    Want(Wanted, CmResourceTypePort, 0, Length, 1u << Random(3), Low, High);
}

static ULONG MaskOf(const PNP_OWNER *Owner)
{
    ULONG Mask = 0;
    for (PLIST_ENTRY Link = Owner->ClaimListHead.Flink; Link != &Owner->ClaimListHead;
         Link = Link->Flink) {
        const PNP_CLAIM *Claim = CONTAINING_RECORD(Link, PNP_CLAIM, OwnerLink);
        ULONG Bits = ((1u << (Claim->End - Claim->Start + 1)) - 1) << Claim->Start;
        assert_int_equal(Mask & Bits, 0);
        Mask |= Bits;
    }
    return Mask;
}

static void a_place_is_found_when_there_is_one(void **State)
{
    (void)State;
    enum { Owners = 4, Rounds = 20'000 };
    PNP_OWNER All[Owners];
    for (ULONG i = 0; i < Owners; i++)
        PnpInitOwner(&All[i], nullptr);
    ULONG Found = 0;
    for (ULONG Round = 0; Round < Rounds; Round++) {
        WANTED Wanted = {};
        GIVEN Given;
        PPNP_OWNER Owner = &All[Round % Owners];
        PnpDropClaims(Owner);
        ULONG Held = 0;
        for (ULONG i = 0; i < Owners; i++) {
            ULONG Mask = MaskOf(&All[i]);
            assert_int_equal(Held & Mask, 0);
            Held |= Mask;
        }
        for (ULONG i = 0; i <= Random(4); i++)
            WantAtRandom(&Wanted);
        BOOLEAN Possible = CanPlace(&Wanted, 0, Held);
        NTSTATUS Status = Ask(Owner, &Wanted, nullptr, &Given);
        assert_status(Status, Possible ? STATUS_SUCCESS : STATUS_CONFLICTING_ADDRESSES);
        assert_true(Possible || IsListEmpty(&Owner->ClaimListHead));
        Found += Possible;
    }
    assert_true(Found > Rounds / 8 && Found < Rounds); // both happen
    for (ULONG i = 0; i < Owners; i++)
        PnpDropClaims(&All[i]);
}

// A tree of bridges and devices that come and go.
enum { Nodes = 24 };

static BOOLEAN IsBelow(const PNP_OWNER *Owner, const PNP_OWNER *Ancestor)
{
    for (Owner = Owner->Parent; Owner && Owner != Ancestor;)
        Owner = Owner->Parent;
    return Owner != nullptr;
}

static void CheckClaim(const PNP_CLAIM *Claim, const PNP_OWNER *All)
{
    BOOLEAN Inside = !Claim->Owner->Parent;
    for (ULONG i = 0; i < Nodes; i++) {
        for (PLIST_ENTRY Link = All[i].ClaimListHead.Flink; Link != &All[i].ClaimListHead;
             Link = Link->Flink) {
            const PNP_CLAIM *Other = CONTAINING_RECORD(Link, PNP_CLAIM, OwnerLink);
            Inside |= Other->Window && Other->Owner == Claim->Owner->Parent &&
                      Other->Start <= Claim->Start && Claim->End <= Other->End;
            if (Other == Claim || Other->End < Claim->Start || Claim->End < Other->Start)
                continue;
            // Only a window and what is below it may be in one place.
            assert_true((Claim->Window && IsBelow(Other->Owner, Claim->Owner)) ||
                        (Other->Window && IsBelow(Claim->Owner, Other->Owner)));
        }
    }
    assert_true(Inside);
}

static void CheckTree(const PNP_OWNER *All)
{
    for (ULONG i = 0; i < Nodes; i++) {
        for (PLIST_ENTRY Link = All[i].ClaimListHead.Flink; Link != &All[i].ClaimListHead;
             Link = Link->Flink)
            CheckClaim(CONTAINING_RECORD(Link, PNP_CLAIM, OwnerLink), All);
    }
}

static void DropTree(PPNP_OWNER All, ULONG Index)
{
    for (ULONG i = Index + 1; i < Nodes; i++) {
        if (All[i].Parent == &All[Index])
            DropTree(All, i);
    }
    PnpDropClaims(&All[Index]);
}

static void AskForNode(PPNP_OWNER Owner, BOOLEAN Bridge)
{
    WANTED Wanted = {};
    GIVEN Firmware = {}, Given;
    for (ULONG i = 0; i <= Random(2); i++) {
        ULONG Size = Bridge ? 0x4000u << Random(4) : 0x100u << Random(6);
        USHORT Flags = Bridge ? CM_RESOURCE_MEMORY_WINDOW_DECODE : 0;
        Want(&Wanted, CmResourceTypeMemory, Flags, Size, Size, 0, MAXULONG);
        if (Random(2))
            Boot(&Firmware, CmResourceTypeMemory, 0x80000000 + (ULONG64)Random(64) * Size, Size);
    }
    if (Random(3) == 0)
        PnpReserve(Owner, &Firmware.List);
    (void)Ask(Owner, &Wanted, Random(2) ? &Firmware : nullptr, &Given);
    PnpDropReservations(Owner);
}

static void nothing_overlaps_in_a_tree(void **State)
{
    (void)State;
    enum { Rounds = 4000 };
    PNP_OWNER All[Nodes];
    PnpInitOwner(&All[0], nullptr);
    GiveWindow(&All[0], CmResourceTypeMemory, CM_RESOURCE_MEMORY_WINDOW_DECODE, 0x80000000,
               0x100000);
    for (ULONG i = 1; i < Nodes; i++)
        PnpInitOwner(&All[i], i < 4 ? &All[0] : &All[Random(4)]); // the first are bridges
    for (ULONG Round = 0; Round < Rounds; Round++) {
        ULONG Index = 1 + Random(Nodes - 1);
        PPNP_OWNER Parent = All[Index].Parent;
        DropTree(All, Index);
        if (Random(4) && !IsListEmpty(&Parent->ClaimListHead)) // the parent is started
            AskForNode(&All[Index], Index < 4);
        CheckTree(All);
    }
    DropTree(All, 0);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(the_lowest_free_place_is_taken),
        cmocka_unit_test(the_firmwares_choice_is_kept),
        cmocka_unit_test(a_place_is_kept_free_for_its_device),
        cmocka_unit_test(alternatives_come_in_order_but_preferred_ones_first),
        cmocka_unit_test(children_stay_in_windows),
        cmocka_unit_test(devices_beside_a_root_bridge_are_in_its_window),
        cmocka_unit_test(the_first_megabyte_is_the_boards),
        cmocka_unit_test(bus_numbers_are_handed_down),
        cmocka_unit_test(memory_may_be_large),
        cmocka_unit_test(lines_are_shared_by_those_who_agree),
        cmocka_unit_test(messages_are_better_than_lines),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_place_is_found_when_there_is_one),
        cmocka_unit_test(nothing_overlaps_in_a_tree),
    };
    return cmocka_run_group_tests(Tests, TestStart, TestStop);
}
