// Rights, badges and guards that Copy, Mint and Mutate give to a capability.
#include "ktest.h"

static seL4_Error mint(seL4_CPtr dest, seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge)
{
    return seL4_CNode_Mint(ROOT, dest, DEPTH, ROOT, source, DEPTH, rights, badge);
}

static seL4_Error mutate(seL4_CPtr dest, seL4_CPtr source, seL4_Word badge)
{
    return seL4_CNode_Mutate(ROOT, dest, DEPTH, ROOT, source, DEPTH, badge);
}

// The badge of a notification capability, seen by who waits.
static seL4_Word badge_of(seL4_CPtr notification, seL4_CPtr badged)
{
    seL4_Word badge = 0;
    seL4_Signal(badged);
    seL4_Poll(notification, &badge);
    return badge;
}

TEST(copy_keeps, "cnode/badge/copy-keeps-it")
{
    seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    seL4_CPtr badged = mint_cap(notification, seL4_AllRights, 0x77);
    CHECK_EQ(0x77, badge_of(notification, badged));
    CHECK_EQ(0x77, badge_of(notification, copy_cap(badged, seL4_AllRights)));
}

TEST(rebadge, "cnode/badge/mint-of-badged")
{
    seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    seL4_CPtr badged = mint_cap(notification, seL4_AllRights, 0x77);
    CHECK_ERROR(seL4_IllegalOperation, mint(new_slot(), badged, seL4_AllRights, 0x78));
    CHECK_ERROR(seL4_IllegalOperation, mint(new_slot(), badged, seL4_AllRights, 0x77));
    CHECK_ERROR(seL4_IllegalOperation, mutate(new_slot(), badged, 0x78));

    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    badged = mint_cap(endpoint, seL4_AllRights, 0x77);
    CHECK_ERROR(seL4_IllegalOperation, mint(new_slot(), badged, seL4_AllRights, 0x78));
    CHECK_ERROR(seL4_IllegalOperation, mutate(new_slot(), badged, 0x78));
}

// Badge 0 is no badge: the result stays an original capability that can be badged later.
TEST(zero_badge, "cnode/badge/mint-zero")
{
    seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    seL4_CPtr plain = mint_cap(notification, seL4_AllRights, 0);
    CHECK_EQ(0, badge_of(notification, plain));
    CHECK_EQ(5, badge_of(notification, mint_cap(plain, seL4_AllRights, 5)));
    seL4_CPtr badged = mint_cap(notification, seL4_AllRights, 7);
    CHECK_ERROR(seL4_IllegalOperation, mint(new_slot(), badged, seL4_AllRights, 0));
}

TEST(all_bits, "cnode/badge/all-64-bits")
{
    seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    seL4_Word badge = 0xfedcba9876543210;
    CHECK_EQ(badge, badge_of(notification, mint_cap(notification, seL4_AllRights, badge)));
    CHECK_EQ(-1ull, badge_of(notification, mint_cap(notification, seL4_AllRights, -1ull)));
}

TEST(mutate_badge, "cnode/badge/mutate-refused")
{
    static const seL4_ObjectType types[] = {seL4_EndpointObject, seL4_NotificationObject};
    for (size_t i = 0; i < 2; i++) {
        seL4_CPtr object = new_object(types[i], 0);
        CHECK_ERROR(seL4_IllegalOperation, mutate(new_slot(), object, 0));
        CHECK_ERROR(seL4_IllegalOperation, mutate(new_slot(), object, 5));
        CHECK_ERROR(seL4_IllegalOperation,
                    mutate(new_slot(), mint_cap(object, seL4_AllRights, 9), 0));
        CHECK(!slot_is_empty(object));
    }
}

// For kinds that have no badge the argument is passed over.
TEST(other_kinds, "cnode/badge/ignored-by-other-kinds")
{
    CHECK_OK(mint(new_slot(), seL4_CapInitThreadTCB, seL4_AllRights, 0x1234));
    CHECK_OK(mint(new_slot(), seL4_CapBootInfoFrame, seL4_AllRights, 0x1234));
    CHECK_OK(mint(new_slot(), com1_port, seL4_AllRights, 0x1234));
    CHECK_OK(mint(new_slot(), new_object(seL4_UntypedObject, 8), seL4_AllRights, 0x1234));
    CHECK_OK(mint(new_slot(), seL4_CapInitThreadVSpace, seL4_AllRights, 0x1234));
    CHECK_OK(mutate(new_slot(), new_object(seL4_TCBObject, 0), 0x1234));
}

TEST(cnode_guard, "cnode/badge/guard-of-cnode")
{
    seL4_CPtr node = new_object(seL4_CapTableObject, 4), moved = new_slot();
    seL4_CPtr again =
        mint_cap(mint_cap(node, seL4_AllRights, 1 << 6 | 2), seL4_AllRights, 2 << 6 | 2);
    CHECK_OK(seL4_CNode_Copy(again, 2 << 4 | 1, 6, ROOT, ROOT, DEPTH, seL4_AllRights));
    CHECK_OK(mutate(moved, node, 3 << 6 | 3));
    CHECK_ERROR(seL4_DeleteFirst,
                seL4_CNode_Copy(moved, 3 << 4 | 1, 7, ROOT, ROOT, DEPTH, seL4_AllRights));
    CHECK_ERROR(seL4_IllegalOperation, mutate(new_slot(), moved, 61));
    CHECK(!slot_is_empty(moved));
    // A copy keeps the guard; a mint with zero data takes it away.
    CHECK_ERROR(seL4_FailedLookup, seL4_CNode_Copy(copy_cap(moved, seL4_AllRights), 1, 4, ROOT,
                                                   ROOT, DEPTH, seL4_AllRights));
    CHECK_ERROR(seL4_DeleteFirst, seL4_CNode_Copy(mint_cap(moved, seL4_AllRights, 0), 1, 4, ROOT,
                                                  ROOT, DEPTH, seL4_AllRights));
}

TEST(write_right, "cnode/rights/notification-write")
{
    seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    CHECK_EQ(0, badge_of(notification, mint_cap(notification, seL4_NoWrite, 1)));
    CHECK_EQ(2, badge_of(notification, mint_cap(notification, seL4_CanWrite, 2)));
}

TEST(narrowing, "cnode/rights/never-widened")
{
    seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    seL4_CPtr readable = mint_cap(notification, seL4_CanRead, 3);
    CHECK_EQ(0, badge_of(notification, copy_cap(readable, seL4_AllRights)));
    seL4_CPtr moved = new_slot();
    CHECK_OK(seL4_CNode_Move(ROOT, moved, DEPTH, ROOT, readable, DEPTH));
    CHECK_EQ(0, badge_of(notification, moved));
}

TEST(excess_bits, "cnode/rights/unknown-bits-ignored")
{
    seL4_CPtr notification = new_object(seL4_NotificationObject, 0), slot = new_slot();
    CHECK_OK(mint(slot, notification, (seL4_CapRights_t){{0xfffffffffffffff1}}, 9));
    CHECK_EQ(9, badge_of(notification, slot));
    slot = new_slot();
    CHECK_OK(mint(slot, notification, (seL4_CapRights_t){{0xfffffffffffffff2}}, 9));
    CHECK_EQ(0, badge_of(notification, slot));
}

TEST(endpoint_data, "cnode/badge/order-of-rights-and-badge-errors")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr badged = mint_cap(endpoint, seL4_CanRead, 1), full = new_object(seL4_TCBObject, 0);
    CHECK_ERROR(seL4_DeleteFirst, mint(full, badged, seL4_AllRights, 2));
    CHECK_ERROR(seL4_IllegalOperation, mint(new_slot(), badged, seL4_AllRights, 2));
}
