// Slots and objects. Each test takes objects from one untyped and slots from one range of the root
// CNode; pool_close revokes the untyped and empties the range, so no test sees another's leftovers.
#include "ktest.h"

enum { POOL_MAX_BITS = 26, PERMANENT_BITS = 20 };

static seL4_SlotPos next_permanent, first_free, next_free, highest_used;
static seL4_Word test_pool_bits;
static seL4_CPtr boot_untyped, permanent_pool, test_pool;

enum { PERMANENT_SLOTS = 256 };

seL4_CPtr permanent_slot(void)
{
    if (!next_permanent)
        next_permanent = bootinfo->empty.start;
    return next_permanent++;
}

seL4_CPtr permanent_object(seL4_ObjectType type, seL4_Word size_bits)
{
    seL4_CPtr slot = permanent_slot();
    if (seL4_Untyped_Retype(permanent_pool, type, size_bits, ROOT, 0, 0, slot, 1) != seL4_NoError)
        bail_out("no memory for a permanent object");
    return slot;
}

static seL4_Word largest_untyped(void)
{
    seL4_Word best = 0, best_bits = 0;
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        const seL4_UntypedDesc *desc = untyped_desc(i);
        if (desc->isDevice || desc->sizeBits <= best_bits)
            continue;
        best = i;
        best_bits = desc->sizeBits;
    }
    return best;
}

void pool_setup(void)
{
    seL4_Word index = largest_untyped();
    boot_untyped = bootinfo->untyped.start + index;
    seL4_Word bits = untyped_desc(index)->sizeBits - 1u;
    if (bits > POOL_MAX_BITS)
        bits = POOL_MAX_BITS;
    test_pool_bits = bits;
    permanent_pool = permanent_slot();
    test_pool = permanent_slot();
    if (seL4_Untyped_Retype(boot_untyped, seL4_UntypedObject, PERMANENT_BITS, ROOT, 0, 0,
                            permanent_pool, 1) != seL4_NoError ||
        seL4_Untyped_Retype(boot_untyped, seL4_UntypedObject, bits, ROOT, 0, 0, test_pool, 1) !=
            seL4_NoError)
        bail_out("no memory for the tests");
    first_free = bootinfo->empty.start + PERMANENT_SLOTS;
    next_free = highest_used = first_free;
}

seL4_CPtr library_untyped(void)
{
    return boot_untyped;
}

seL4_CPtr pool_untyped(void)
{
    return test_pool;
}

seL4_Word pool_bits(void)
{
    return test_pool_bits;
}

void pool_open(void)
{
    next_free = first_free;
    window_reset();
    thread_reset();
}

bool slot_is_empty(seL4_CPtr slot)
{
    // The destination is looked at first: a full slot gives DeleteFirst, an empty one a failed
    // lookup of the source, and neither changes anything.
    return seL4_CNode_Move(ROOT, slot, DEPTH, ROOT, slot, DEPTH) == seL4_FailedLookup;
}

bool pool_close(void)
{
    bool clean = seL4_CNode_Revoke(ROOT, test_pool, DEPTH) == seL4_NoError;
    for (seL4_SlotPos slot = first_free; slot < next_free; slot++) {
        if (slot_is_empty(slot))
            continue;
        (void)seL4_CNode_Revoke(ROOT, slot, DEPTH);
        (void)seL4_CNode_Delete(ROOT, slot, DEPTH);
        clean = clean && slot_is_empty(slot);
    }
    return clean;
}

seL4_CPtr new_slots(seL4_Word count)
{
    if (next_free + count > bootinfo->empty.end)
        bail_out("no slots left");
    seL4_CPtr first = next_free;
    next_free += count;
    return first;
}

seL4_CPtr new_slot(void)
{
    return new_slots(1);
}

seL4_CPtr new_objects(seL4_ObjectType type, seL4_Word size_bits, seL4_Word count)
{
    seL4_CPtr first = new_slots(count);
    CHECK_OK(seL4_Untyped_Retype(test_pool, type, size_bits, ROOT, 0, 0, first, count));
    return first;
}

seL4_CPtr new_object(seL4_ObjectType type, seL4_Word size_bits)
{
    return new_objects(type, size_bits, 1);
}

seL4_CPtr copy_cap(seL4_CPtr source, seL4_CapRights_t rights)
{
    seL4_CPtr slot = new_slot();
    CHECK_OK(seL4_CNode_Copy(ROOT, slot, DEPTH, ROOT, source, DEPTH, rights));
    return slot;
}

seL4_CPtr mint_cap(seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_CPtr slot = new_slot();
    CHECK_OK(seL4_CNode_Mint(ROOT, slot, DEPTH, ROOT, source, DEPTH, rights, badge));
    return slot;
}

seL4_MessageInfo_t invoke_reply;

seL4_Error invoke(seL4_CPtr service, seL4_Word label, words_t caps, words_t args)
{
    for (seL4_Word i = 0; i < caps.count; i++)
        seL4_SetCap((int)i, caps.at[i]);
    for (seL4_Word i = 0; i < args.count; i++)
        seL4_SetMR((int)i, args.at[i]);
    invoke_reply = seL4_Call(service, seL4_MessageInfo_new(label, 0, caps.count, args.count));
    return (seL4_Error)seL4_MessageInfo_get_label(invoke_reply);
}

void delete_cap(seL4_CPtr slot)
{
    CHECK_OK(seL4_CNode_Delete(ROOT, slot, DEPTH));
}
