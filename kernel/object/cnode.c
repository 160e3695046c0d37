// CNode invocations (manual, "CNode Methods").
#include "objectp.h"

static error_t missing_cap(bool is_source, word_t depth)
{
    kernel.lookup_failure = (lookup_failure_t){.type = seL4_MissingCapability, .bits_left = depth};
    return fail_lookup(is_source);
}

static cap_t with_data(const invocation_t *inv, unsigned arg, bool preserve, cap_t cap)
{
    return update_cap_data(preserve, invocation_arg(inv, arg), cap);
}

// What goes to the destination of Copy, Mint, Move and Mutate.
static error_t make_cap(const invocation_t *inv, cte_t *source, cap_t *cap)
{
    *cap = source->cap;
    if (inv->label == CNodeMove)
        return ok;
    if (inv->length < (inv->label == CNodeMint ? 6u : 5u))
        return fail(seL4_TruncatedMessage);
    if (inv->label == CNodeMutate) {
        *cap = with_data(inv, 4, true, *cap);
        return ok;
    }
    *cap = mask_cap_rights((seL4_CapRights_t){{invocation_arg(inv, 4)}}, *cap);
    if (inv->label == CNodeMint)
        *cap = with_data(inv, 5, false, *cap);
    return derive_cap(source, *cap, cap);
}

static error_t decode_transfer(const invocation_t *inv, cte_t *dest)
{
    if (inv->length < 4 || !inv->extra[0])
        return fail(seL4_TruncatedMessage);
    const word_t depth = invocation_arg(inv, 3);

    error_t error = ensure_empty_slot(dest);
    if (error != ok)
        return error;
    cte_t *source;
    error = lookup_target_slot(true, inv->extra[0]->cap, invocation_arg(inv, 2), depth, &source);
    if (error != ok)
        return error;
    if (cap_get_type(source->cap) == cap_null)
        return missing_cap(true, depth);

    cap_t cap;
    error = make_cap(inv, source, &cap);
    if (error != ok)
        return error;
    if (cap_get_type(cap) == cap_null)
        return fail(seL4_IllegalOperation);

    if (inv->label == CNodeMove || inv->label == CNodeMutate)
        cte_move(cap, source, dest);
    else
        cte_insert(cap, source, dest);
    return ok;
}

static error_t decode_rotate(const invocation_t *inv, cte_t *dest)
{
    if (inv->length < 8 || !inv->extra[0] || !inv->extra[1])
        return fail(seL4_TruncatedMessage);
    const word_t pivot_depth = invocation_arg(inv, 4), source_depth = invocation_arg(inv, 7);

    cte_t *source, *pivot;
    error_t error =
        lookup_target_slot(true, inv->extra[1]->cap, invocation_arg(inv, 6), source_depth, &source);
    if (error != ok)
        return error;
    error =
        lookup_target_slot(true, inv->extra[0]->cap, invocation_arg(inv, 3), pivot_depth, &pivot);
    if (error != ok)
        return error;

    if (pivot == source || pivot == dest)
        return fail(seL4_IllegalOperation);
    if (source != dest) {
        error = ensure_empty_slot(dest);
        if (error != ok)
            return error;
    }
    if (cap_get_type(source->cap) == cap_null)
        return missing_cap(true, source_depth);
    if (cap_get_type(pivot->cap) == cap_null)
        return missing_cap(false, pivot_depth);

    const cap_t to_dest = with_data(inv, 2, true, pivot->cap);
    const cap_t to_pivot = with_data(inv, 5, true, source->cap);
    if (cap_get_type(to_dest) == cap_null || cap_get_type(to_pivot) == cap_null)
        return fail(seL4_IllegalOperation);

    if (source == dest) {
        cte_swap(to_pivot, source, to_dest, pivot);
    } else {
        cte_move(to_dest, pivot, dest);
        cte_move(to_pivot, source, pivot);
    }
    return ok;
}

static error_t decode_save_caller(const invocation_t *inv, cte_t *dest)
{
    error_t error = ensure_empty_slot(dest);
    if (error != ok)
        return error;
    cte_t *caller = &inv->thread->slots[tcb_caller];
    if (cap_get_type(caller->cap) == cap_reply)
        cte_move(caller->cap, caller, dest);
    return ok;
}

static error_t decode_cancel_badged_sends(const cte_t *dest)
{
    const cap_t cap = dest->cap;
    if (cap_get_type(cap) != cap_endpoint || !cap.endpoint.can_send || !cap.endpoint.can_receive ||
        !cap.endpoint.can_grant || !cap.endpoint.can_grant_reply)
        return fail(seL4_IllegalOperation);
    if (cap.endpoint.badge != 0)
        cancel_badged_sends(cap_ptr(cap.endpoint.ptr), cap.endpoint.badge);
    return ok;
}

error_t decode_cnode(const invocation_t *inv)
{
    if (inv->label < CNodeRevoke || inv->label > CNodeSaveCaller)
        return fail(seL4_IllegalOperation);
    if (inv->length < 2)
        return fail(seL4_TruncatedMessage);

    cte_t *dest;
    error_t error =
        lookup_target_slot(false, inv->cap, invocation_arg(inv, 0), invocation_arg(inv, 1), &dest);
    if (error != ok)
        return error;

    switch (inv->label) {
    case CNodeCopy:
    case CNodeMint:
    case CNodeMove:
    case CNodeMutate:
        return decode_transfer(inv, dest);
    case CNodeRevoke:
        return cte_revoke(dest);
    case CNodeDelete:
        return cte_delete(dest, true);
    case CNodeSaveCaller:
        return decode_save_caller(inv, dest);
    case CNodeCancelBadgedSends:
        return decode_cancel_badged_sends(dest);
    default: // CNodeRotate
        return decode_rotate(inv, dest);
    }
}
