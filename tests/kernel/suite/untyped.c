// Untyped_Retype: which requests it refuses, and in which order it looks at them.
#include "ktest.h"

enum { FAN_OUT = seL4_ConfigRetypeFanOutLimit, ROOT_SLOTS = 1 << seL4_ConfigRootCNodeSizeBits };

static seL4_CPtr new_untyped(seL4_Word bits)
{
    return new_object(seL4_UntypedObject, bits);
}

static seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word bits, seL4_CPtr slot,
                         seL4_Word count)
{
    return seL4_Untyped_Retype(untyped, type, bits, ROOT, 0, 0, slot, count);
}

TEST(label, "untyped/illegal-label")
{
    CHECK_ERROR(seL4_IllegalOperation,
                invoke(pool_untyped(), CNodeCopy, WORDS(ROOT), WORDS(0, 0, 0, 0, 0)));
    CHECK_EQ(0, seL4_MessageInfo_get_length(invoke_reply));
    CHECK_ERROR(seL4_IllegalOperation,
                invoke(pool_untyped(), InvalidInvocation, WORDS(ROOT), WORDS(0, 0, 0, 0, 0)));
    CHECK_ERROR(seL4_IllegalOperation, invoke(pool_untyped(), 1000, WORDS(), WORDS()));
}

TEST(truncated, "untyped/truncated-message")
{
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(pool_untyped(), UntypedRetype, WORDS(), WORDS(0, 12, 0, 0, 0, 1)));
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(pool_untyped(), UntypedRetype, WORDS(ROOT), WORDS(0, 12, 0, 0, 0)));
    CHECK_EQ(0, seL4_MessageInfo_get_length(invoke_reply));
    CHECK_OK(invoke(pool_untyped(), UntypedRetype, WORDS(ROOT), WORDS(0, 12, 0, 0, new_slot(), 1)));
}

TEST(type, "untyped/retype/invalid-type")
{
    CHECK_ERROR(seL4_InvalidArgument,
                retype(pool_untyped(), seL4_ObjectTypeCount, 12, new_slot(), 1), 0);
    CHECK_ERROR(seL4_InvalidArgument, retype(pool_untyped(), -1ull, 12, new_slot(), 1), 0);
}

TEST(untyped_bits, "untyped/retype/untyped-size-bounds")
{
    seL4_CPtr slot = new_slot();
    for (seL4_Word bits = 0; bits < seL4_MinUntypedBits; bits++)
        CHECK_ERROR(seL4_InvalidArgument, retype(pool_untyped(), seL4_UntypedObject, bits, slot, 1),
                    1);
    CHECK_ERROR(seL4_RangeError,
                retype(pool_untyped(), seL4_UntypedObject, seL4_MaxUntypedBits + 1, slot, 1), 0,
                seL4_MaxUntypedBits);
    CHECK_ERROR(seL4_RangeError, retype(pool_untyped(), seL4_UntypedObject, 63, slot, 1), 0,
                seL4_MaxUntypedBits);
    CHECK_ERROR(seL4_RangeError, retype(pool_untyped(), seL4_UntypedObject, 64, slot, 1), 0,
                seL4_MaxUntypedBits);
    CHECK_ERROR(seL4_RangeError, retype(pool_untyped(), seL4_UntypedObject, -1ull, slot, 1), 0,
                seL4_MaxUntypedBits);
}

TEST(cnode_bits, "untyped/retype/cnode-size-bounds")
{
    seL4_CPtr slot = new_slot();
    CHECK_ERROR(seL4_InvalidArgument, retype(pool_untyped(), seL4_CapTableObject, 0, slot, 1), 1);
    CHECK_ERROR(seL4_RangeError,
                retype(pool_untyped(), seL4_CapTableObject, seL4_MaxUntypedBits - seL4_SlotBits + 1,
                       slot, 1),
                0, seL4_MaxUntypedBits);
    CHECK_ERROR(seL4_RangeError, retype(pool_untyped(), seL4_CapTableObject, 64, slot, 1), 0,
                seL4_MaxUntypedBits);
}

// The size argument of an object with one size only is not looked at, unless it is out of all range.
TEST(fixed_bits, "untyped/retype/size-of-fixed-size-object")
{
    CHECK_OK(retype(pool_untyped(), seL4_EndpointObject, 0, new_slot(), 1));
    CHECK_OK(retype(pool_untyped(), seL4_EndpointObject, 47, new_slot(), 1));
    CHECK_OK(retype(pool_untyped(), seL4_X86_4K, 3, new_slot(), 1));
    CHECK_OK(retype(pool_untyped(), seL4_TCBObject, 63, new_slot(), 1));
    CHECK_ERROR(seL4_RangeError, retype(pool_untyped(), seL4_TCBObject, 64, new_slot(), 1), 0,
                seL4_MaxUntypedBits);
}

TEST(window, "untyped/retype/destination-window")
{
    seL4_CPtr untyped = pool_untyped();
    CHECK_ERROR(seL4_RangeError, retype(untyped, seL4_EndpointObject, 0, ROOT_SLOTS, 1), 0,
                ROOT_SLOTS - 1);
    CHECK_ERROR(seL4_RangeError, retype(untyped, seL4_EndpointObject, 0, -1ull, 1), 0,
                ROOT_SLOTS - 1);
    CHECK_ERROR(seL4_RangeError, retype(untyped, seL4_EndpointObject, 0, new_slot(), 0), 1,
                FAN_OUT);
    CHECK_ERROR(seL4_RangeError, retype(untyped, seL4_EndpointObject, 0, new_slot(), FAN_OUT + 1),
                1, FAN_OUT);
    CHECK_ERROR(seL4_RangeError, retype(untyped, seL4_EndpointObject, 0, ROOT_SLOTS - 5, 6), 1, 5);
    CHECK_ERROR(seL4_RangeError, retype(untyped, seL4_EndpointObject, 0, new_slot(), -1ull), 1,
                FAN_OUT);
}

TEST(fan_out, "untyped/retype/fan-out-limit")
{
    seL4_CPtr first = new_slots(FAN_OUT);
    CHECK_OK(retype(pool_untyped(), seL4_EndpointObject, 0, first, FAN_OUT));
    for (seL4_Word i = 0; i < FAN_OUT; i++)
        CHECK(!slot_is_empty(first + i));
    CHECK(slot_is_empty(new_slot()));
}

TEST(occupied, "untyped/retype/destination-occupied")
{
    seL4_CPtr first = new_slots(4);
    CHECK_OK(retype(pool_untyped(), seL4_EndpointObject, 0, first + 2, 1));
    CHECK_ERROR(seL4_DeleteFirst, retype(pool_untyped(), seL4_EndpointObject, 0, first + 2, 1));
    CHECK_ERROR(seL4_DeleteFirst, retype(pool_untyped(), seL4_EndpointObject, 0, first, 4));
    CHECK(slot_is_empty(first) && slot_is_empty(first + 1) && slot_is_empty(first + 3));
    CHECK_OK(retype(pool_untyped(), seL4_EndpointObject, 0, first, 2));
}

TEST(node_lookup, "untyped/retype/destination-lookup")
{
    seL4_CPtr untyped = pool_untyped(), empty = new_slot();
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr node = new_object(seL4_CapTableObject, 4);
    // The root is not a CNode.
    CHECK_ERROR(seL4_FailedLookup,
                seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, endpoint, 1, 64, 0, 1), 0,
                seL4_InvalidRoot);
    // With depth 0 it is the root itself that must be a CNode.
    CHECK_ERROR(seL4_FailedLookup,
                seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, endpoint, 0, 0, 0, 1), 0,
                seL4_MissingCapability, 0);
    // The slot holds something else, or nothing.
    CHECK_ERROR(seL4_FailedLookup,
                seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, endpoint, 64, 0, 1), 0,
                seL4_MissingCapability, 64);
    CHECK_ERROR(seL4_FailedLookup,
                seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, empty, 64, 0, 1), 0,
                seL4_MissingCapability, 64);
    // Any slot may serve as the root, as long as the depth fits.
    CHECK_ERROR(seL4_FailedLookup,
                seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, node, 63, 0, 1), 0);
    CHECK_OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, node, 64, 3, 2));
    CHECK_OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, node, 0, 0, 8, 2));
    CHECK_ERROR(seL4_DeleteFirst,
                seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, node, 0, 0, 9, 1));
    CHECK_ERROR(seL4_RangeError,
                seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, node, 0, 0, 16, 1), 0, 15);
}

TEST(root_depth, "untyped/retype/destination-depth-range")
{
    seL4_CPtr untyped = pool_untyped();
    CHECK_ERROR(seL4_RangeError,
                seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, 0, 65, 0, 1), 1, 64);
    CHECK_ERROR(seL4_RangeError,
                seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, 0, 1000, 0, 1), 1, 64);
}

TEST(null_root, "untyped/retype/empty-root")
{
    CHECK_ERROR(seL4_FailedLookup, seL4_Untyped_Retype(pool_untyped(), seL4_EndpointObject, 0,
                                                       new_slot(), 0, 0, 0, 1));
    CHECK_ERROR(seL4_FailedLookup, seL4_Untyped_Retype(pool_untyped(), seL4_EndpointObject, 0,
                                                       new_slot(), 5, 64, 0, 1));
}

TEST(memory, "untyped/retype/not-enough-memory")
{
    seL4_CPtr untyped = new_untyped(12);
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_UntypedObject, 13, new_slot(), 1), 4096);
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_UntypedObject, 11, new_slot(), 3), 4096);
    CHECK_OK(retype(untyped, seL4_UntypedObject, 10, new_slot(), 1));
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_UntypedObject, 12, new_slot(), 1), 3072);
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_UntypedObject, 11, new_slot(), 2), 3072);
    // Huge requests do not wrap around.
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_UntypedObject, 47, new_slot(), 256),
                3072);
    CHECK_OK(retype(untyped, seL4_UntypedObject, 11, new_slot(), 1));
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_UntypedObject, 4, new_slot(), 1), 0);
}

// Precedence: truncation, type, size range, size of the type, node, offset, window, slots, memory.
TEST(precedence, "untyped/retype/precedence")
{
    seL4_CPtr untyped = new_untyped(4), full = ROOT, endpoint = new_object(seL4_EndpointObject, 0);
    CHECK_ERROR(seL4_InvalidArgument,
                seL4_Untyped_Retype(untyped, seL4_ObjectTypeCount, 99, endpoint, 0, 65, -1ull, 0),
                0);
    CHECK_ERROR(seL4_RangeError,
                seL4_Untyped_Retype(untyped, seL4_UntypedObject, 99, endpoint, 0, 65, -1ull, 0), 0,
                seL4_MaxUntypedBits);
    CHECK_ERROR(seL4_InvalidArgument,
                seL4_Untyped_Retype(untyped, seL4_UntypedObject, 2, endpoint, 0, 65, -1ull, 0), 1);
    CHECK_ERROR(seL4_FailedLookup,
                seL4_Untyped_Retype(untyped, seL4_UntypedObject, 12, endpoint, 0, 65, -1ull, 0), 0,
                seL4_InvalidRoot);
    CHECK_ERROR(seL4_RangeError,
                seL4_Untyped_Retype(untyped, seL4_UntypedObject, 12, ROOT, 0, 65, -1ull, 0), 1, 64);
    CHECK_ERROR(seL4_RangeError, retype(untyped, seL4_UntypedObject, 12, -1ull, 0), 0,
                ROOT_SLOTS - 1);
    CHECK_ERROR(seL4_RangeError, retype(untyped, seL4_UntypedObject, 12, full, 0), 1, FAN_OUT);
    CHECK_ERROR(seL4_DeleteFirst, retype(untyped, seL4_UntypedObject, 12, full, 1));
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_UntypedObject, 12, new_slot(), 1), 16);
}
