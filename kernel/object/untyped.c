// Untyped memory (manual, "Kernel Memory Allocation"): making objects from it.
//
// The watermark (free_index) of an untyped capability divides its memory: below it are objects, from
// it on the memory is free and zero. It only moves down in a reset, when no object is left.
#include "objectp.h"

typedef struct retype {
    cte_t *slot; // the untyped
    word_t type;
    word_t size_bits;   // as the invoker says it
    word_t object_bits; // log2 of the object's size in bytes
    bool is_device;
    bool must_reset;
    cte_t *first_slot;
    word_t count;
} retype_t;

static word_t untyped_free_offset(cap_t cap)
{
    return (word_t)cap.untyped.free_index << seL4_MinUntypedBits;
}

static void set_free_offset(cte_t *slot, word_t offset)
{
    slot->cap.untyped.free_index = offset >> seL4_MinUntypedBits & MASK(44);
}

static word_t object_size_bits(word_t type, word_t size_bits)
{
    switch (type) {
    case seL4_UntypedObject:
        return size_bits;
    case seL4_TCBObject:
        return seL4_TCBBits;
    case seL4_EndpointObject:
        return seL4_EndpointBits;
    case seL4_NotificationObject:
        return seL4_NotificationBits;
    case seL4_CapTableObject:
        return size_bits + seL4_SlotBits;
    default:
        return arch_object_size_bits(type);
    }
}

static cap_t create_tcb(void *memory)
{
    tcb_t *thread = memory;
    thread_init(thread);
    cap_t cap = cap_new_simple(cap_thread);
    cap.thread.ptr = (word_t)thread & MASK(48);
    return cap;
}

static cap_t create_object(const retype_t *retype, void *memory)
{
    cap_t cap;
    switch (retype->type) {
    case seL4_TCBObject:
        return create_tcb(memory);
    case seL4_UntypedObject:
        cap = cap_new_simple(cap_untyped);
        cap.untyped.size_bits = retype->size_bits & 0x3f;
        cap.untyped.is_device = retype->is_device;
        cap.untyped.ptr = (word_t)memory;
        return cap;
    case seL4_EndpointObject:
        cap = cap_new_simple(cap_endpoint);
        cap.endpoint.can_grant = cap.endpoint.can_grant_reply = true;
        cap.endpoint.can_send = cap.endpoint.can_receive = true;
        cap.endpoint.ptr = (word_t)memory & MASK(48);
        return cap;
    case seL4_NotificationObject:
        cap = cap_new_simple(cap_notification);
        cap.notification.can_send = cap.notification.can_receive = true;
        cap.notification.ptr = (word_t)memory & MASK(48);
        return cap;
    case seL4_CapTableObject:
        cap = cap_new_simple(cap_cnode);
        cap.cnode.radix = retype->size_bits & 0x3f;
        cap.cnode.ptr_slot = (word_t)memory >> seL4_SlotBits & MASK(43);
        return cap;
    default:
        return arch_create_object(retype->type, memory, retype->is_device);
    }
}

// Clear the memory below the watermark, from the top in chunks, moving the watermark along: a
// preempted reset goes on where it was. Device memory is not touched.
static error_t reset_untyped(cte_t *slot)
{
    constexpr word_t chunk = 256;
    const cap_t cap = slot->cap;
    uint8_t *memory = (uint8_t *)cap.untyped.ptr;
    if (cap.untyped.is_device) {
        set_free_offset(slot, 0);
        return ok;
    }
    for (word_t end = untyped_free_offset(cap); end > 0;) {
        const word_t start = (end - 1) / chunk * chunk;
        memset(memory + start, 0, end - start);
        end = start;
        set_free_offset(slot, end);
        error_t error = preemption_point();
        if (error != ok)
            return error;
    }
    return ok;
}

static error_t perform_retype(const retype_t *retype)
{
    if (retype->must_reset) {
        error_t error = reset_untyped(retype->slot);
        if (error != ok)
            return error;
    }

    const cap_t untyped = retype->slot->cap;
    word_t offset = ALIGN_UP(untyped_free_offset(untyped), retype->object_bits);
    set_free_offset(retype->slot, offset + (retype->count << retype->object_bits));
    for (word_t i = 0; i < retype->count; i++) {
        void *memory = (void *)(untyped.untyped.ptr + offset);
        insert_new_cap(retype->slot, retype->first_slot + i, create_object(retype, memory));
        offset += BIT(retype->object_bits);
    }
    return ok;
}

static error_t decode_type(const invocation_t *inv, retype_t *retype)
{
    retype->type = invocation_arg(inv, 0);
    retype->size_bits = invocation_arg(inv, 1);
    if (retype->type >= seL4_ObjectTypeCount)
        return fail_argument(0);
    if (retype->size_bits >= seL4_WordBits)
        return fail_range(0, seL4_MaxUntypedBits);
    retype->object_bits = object_size_bits(retype->type, retype->size_bits);
    if (retype->object_bits > seL4_MaxUntypedBits)
        return fail_range(0, seL4_MaxUntypedBits);
    if (retype->type == seL4_CapTableObject && retype->size_bits == 0)
        return fail_argument(1);
    if (retype->type == seL4_UntypedObject && retype->size_bits < seL4_MinUntypedBits)
        return fail_argument(1);
    return ok;
}

// The destination: `count` empty slots from `offset` on, in the CNode that (root, index, depth) names.
// Depth 0 names the root itself.
static error_t decode_destination(const invocation_t *inv, retype_t *retype)
{
    const cptr_t index = invocation_arg(inv, 2);
    const word_t depth = invocation_arg(inv, 3);
    const word_t offset = invocation_arg(inv, 4);
    retype->count = invocation_arg(inv, 5);

    cap_t node = inv->extra[0]->cap;
    if (depth != 0) {
        cte_t *slot;
        error_t error = lookup_target_slot(false, node, index, depth, &slot);
        if (error != ok)
            return error;
        node = slot->cap;
    }
    if (cap_get_type(node) != cap_cnode) {
        kernel.lookup_failure =
            (lookup_failure_t){.type = seL4_MissingCapability, .bits_left = depth};
        return fail_lookup(false);
    }

    const word_t node_size = BIT(node.cnode.radix);
    if (offset >= node_size)
        return fail_range(0, node_size - 1);
    if (retype->count < 1 || retype->count > seL4_ConfigRetypeFanOutLimit)
        return fail_range(1, seL4_ConfigRetypeFanOutLimit);
    if (retype->count > node_size - offset)
        return fail_range(1, node_size - offset);

    retype->first_slot = cnode_slots(node) + offset;
    for (word_t i = 0; i < retype->count; i++) {
        error_t error = ensure_empty_slot(retype->first_slot + i);
        if (error != ok)
            return error;
    }
    return ok;
}

error_t decode_untyped(const invocation_t *inv)
{
    if (inv->label != UntypedRetype)
        return fail(seL4_IllegalOperation);
    if (inv->length < 6 || !inv->extra[0])
        return fail(seL4_TruncatedMessage);

    const cap_t cap = inv->cap;
    retype_t retype = {.slot = inv->slot, .is_device = cap.untyped.is_device};
    error_t error = decode_type(inv, &retype);
    if (error != ok)
        return error;
    error = decode_destination(inv, &retype);
    if (error != ok)
        return error;

    retype.must_reset = !mdb_has_children(inv->slot);
    const word_t used = retype.must_reset ? 0 : untyped_free_offset(cap);
    const word_t free_bytes = BIT(cap.untyped.size_bits) - used;
    if (free_bytes >> retype.object_bits < retype.count)
        return fail_memory(free_bytes);
    if (retype.is_device && retype.type != seL4_UntypedObject && !arch_is_frame_type(retype.type))
        return fail_argument(1);
    return perform_retype(&retype);
}
