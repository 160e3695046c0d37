// The capability derivation tree (manual, "Capability Derivation Tree"), kept as a list in depth-first
// order: the children of a capability follow it, and whether a follower is a child is told by what
// the two capabilities cover.
#include "objectp.h"

static void set_prev(cte_t *slot, const cte_t *prev)
{
    slot->mdb.prev_bits = (word_t)prev;
}

static void set_next(cte_t *slot, const cte_t *next)
{
    slot->mdb.next_bits = (slot->mdb.next_bits & 3) | (word_t)next;
}

static mdb_t make_mdb(const cte_t *prev, const cte_t *next, bool revocable, bool first_badged)
{
    return (mdb_t){
        .prev_bits = (word_t)prev,
        .next_bits = (word_t)next | (word_t)revocable << 1 | first_badged,
    };
}

// Make the neighbours of a slot point to it.
static void link_neighbours(cte_t *slot)
{
    cte_t *prev = mdb_prev(slot), *next = mdb_next(slot);
    if (prev)
        set_next(prev, slot);
    if (next)
        set_prev(next, slot);
}

// Is a capability that was made from `source` an original itself, so that it can have children?
static bool is_new_original(cap_t cap, cap_t source)
{
    switch (cap_get_type(cap)) {
    case cap_endpoint:
    case cap_notification:
        return cap.endpoint.badge != source.endpoint.badge;
    case cap_irq_handler:
        return cap_get_type(source) == cap_irq_control;
    case cap_io_port:
        return cap_get_type(source) == cap_io_port_control;
    case cap_untyped:
        return true;
    default:
        return false;
    }
}

// A copy of a whole untyped may be retyped: then the source must not hand out the same memory.
static void mark_untyped_full(cte_t *source, cap_t copy)
{
    cap_t *cap = &source->cap;
    if (cap_get_type(*cap) != cap_untyped || cap_get_type(copy) != cap_untyped)
        return;
    if (cap->untyped.ptr == copy.untyped.ptr && cap->untyped.size_bits == copy.untyped.size_bits)
        cap->untyped.free_index = BIT(cap->untyped.size_bits - seL4_MinUntypedBits) & MASK(44);
}

static void insert_after(cte_t *source, cte_t *dest, cap_t cap, bool revocable)
{
    ASSERT(cap_get_type(dest->cap) == cap_null);
    ASSERT(!mdb_prev(dest) && !mdb_next(dest));
    dest->cap = cap;
    dest->mdb = make_mdb(source, mdb_next(source), revocable, revocable);
    link_neighbours(dest);
}

void cte_insert(cap_t cap, cte_t *source, cte_t *dest)
{
    bool original = is_new_original(cap, source->cap);
    mark_untyped_full(source, cap);
    insert_after(source, dest, cap, original);
}

void insert_new_cap(cte_t *parent, cte_t *slot, cap_t cap)
{
    insert_after(parent, slot, cap, true);
}

void cte_move(cap_t cap, cte_t *source, cte_t *dest)
{
    ASSERT(cap_get_type(dest->cap) == cap_null);
    ASSERT(!mdb_prev(dest) && !mdb_next(dest));
    dest->cap = cap;
    dest->mdb = source->mdb;
    *source = (cte_t){};
    link_neighbours(dest);
}

void cte_swap(cap_t left_cap, cte_t *left, cap_t right_cap, cte_t *right)
{
    ASSERT(left != right);
    const mdb_t left_mdb = left->mdb;
    *left = (cte_t){.cap = right_cap, .mdb = right->mdb};
    *right = (cte_t){.cap = left_cap, .mdb = left_mdb};

    // Slots that were neighbours of each other now each link to themselves.
    if (mdb_prev(left) == left)
        set_prev(left, right);
    if (mdb_next(left) == left)
        set_next(left, right);
    if (mdb_prev(right) == right)
        set_prev(right, left);
    if (mdb_next(right) == right)
        set_next(right, left);
    link_neighbours(left);
    link_neighbours(right);
}

void mdb_unlink(cte_t *slot)
{
    cte_t *prev = mdb_prev(slot), *next = mdb_next(slot);
    if (prev)
        set_next(prev, next);
    if (next) {
        set_prev(next, prev);
        // The next with the same badge takes over as first, or it would become the child of a
        // capability with that badge in front.
        if (mdb_first_badged(slot))
            next->mdb.next_bits |= 1;
    }
    *slot = (cte_t){};
}

bool mdb_is_parent_of(const cte_t *parent, const cte_t *child)
{
    if (!mdb_revocable(parent) || !same_region_as(parent->cap, child->cap))
        return false;
    const cap_type_t type = cap_get_type(parent->cap);
    if (type != cap_endpoint && type != cap_notification)
        return true;
    const word_t badge = parent->cap.endpoint.badge;
    return badge == 0 || (badge == child->cap.endpoint.badge && !mdb_first_badged(child));
}

bool mdb_has_children(const cte_t *slot)
{
    const cte_t *next = mdb_next(slot);
    return next && mdb_is_parent_of(slot, next);
}

error_t ensure_no_children(const cte_t *slot)
{
    return mdb_has_children(slot) ? fail(seL4_RevokeFirst) : ok;
}

bool is_final_cap(const cte_t *slot)
{
    const cte_t *prev = mdb_prev(slot), *next = mdb_next(slot);
    return (!prev || !same_object_as(prev->cap, slot->cap)) &&
           (!next || !same_object_as(slot->cap, next->cap));
}
