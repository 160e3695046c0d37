// Last of all: what the root task was given is there again.
#include "ktest.h"

TEST(untypeds, "leaks/boot-untypeds-are-childless")
{
    seL4_CPtr copy = new_slot();
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        seL4_CPtr untyped = bootinfo->untyped.start + i;
        if (untyped == library_untyped())
            continue;
        CHECK_OK(seL4_CNode_Copy(ROOT, copy, DEPTH, ROOT, untyped, DEPTH, seL4_AllRights));
        delete_cap(copy);
    }
}

TEST(pool, "leaks/all-of-the-pool-can-be-taken")
{
    seL4_CPtr children = new_slots(2);
    CHECK_OK(seL4_Untyped_Retype(pool_untyped(), seL4_UntypedObject, pool_bits() - 1, ROOT, 0, 0,
                                 children, 2));
    CHECK_ERROR(
        seL4_NotEnoughMemory,
        seL4_Untyped_Retype(pool_untyped(), seL4_EndpointObject, 0, ROOT, 0, 0, new_slot(), 1), 0);
}

TEST(slots, "leaks/empty-slots-are-empty")
{
    seL4_CPtr first = new_slot();
    for (seL4_CPtr slot = first; slot < first + 2000; slot++)
        CHECK(slot_is_empty(slot));
}

TEST(vectors, "leaks/interrupt-vectors-and-ports")
{
    seL4_CPtr slots = new_slots(109);
    for (seL4_Word vector = 0; vector < 108; vector++)
        CHECK_OK(seL4_IRQControl_GetMSI(seL4_CapIRQControl, ROOT, slots + vector, DEPTH, 0, 0, 0, 0,
                                        vector));
    CHECK_OK(
        seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, 0, 0x3f7, ROOT, slots + 108, DEPTH));
}

TEST(asids, "leaks/asid-pools")
{
    for (seL4_Word i = 1; i < 1 << seL4_NumASIDPoolsBits; i++)
        CHECK_OK(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl,
                                               new_object(seL4_UntypedObject, seL4_ASIDPoolBits),
                                               ROOT, new_slot(), DEPTH));
}
