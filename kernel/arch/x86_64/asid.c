// Address space identifiers. The table of pools is the only place that says which PML4 an ASID stands
// for: capabilities name address spaces by ASID, so when a PML4 or a pool goes, every mapped capability
// that names it becomes stale at once, and is found to be so when it is next used.
// ASID 0 is never assigned; it means "not mapped" in capabilities.
#include "paging.h"

enum {
    asid_pool_count = 1 << seL4_NumASIDPoolsBits,
    asids_per_pool = 1 << seL4_ASIDPoolIndexBits,
};

typedef struct asid_pool {
    pte_t *vspaces[asids_per_pool];
} asid_pool_t;

static_assert(sizeof(asid_pool_t) == BIT(seL4_ASIDPoolBits));

static asid_pool_t *asid_pools[asid_pool_count];

static asid_pool_t **pool_of(asid_t asid)
{
    return &asid_pools[(asid / asids_per_pool) % asid_pool_count];
}

const void *asid_pool(asid_t base)
{
    return *pool_of(base);
}

pte_t *asid_vspace(asid_t asid)
{
    const asid_pool_t *pool = *pool_of(asid);
    return pool ? pool->vspaces[asid % asids_per_pool] : nullptr;
}

cap_t arch_new_asid_pool(void *memory, asid_t base)
{
    ASSERT(base % asids_per_pool == 0 && !*pool_of(base));
    *pool_of(base) = memory;
    return (cap_t){.asid_pool = {
                       .type_ = cap_asid_pool,
                       .asid_base = base & MASK(12),
                       .ptr = (word_t)(uintptr_t)memory & MASK(48),
                   }};
}

void arch_set_asid(asid_t asid, word_t *pml4)
{
    ASSERT(asid != 0 && *pool_of(asid));
    (*pool_of(asid))->vspaces[asid % asids_per_pool] = pml4;
}

void asid_delete(asid_t asid, const pte_t *pml4)
{
    if (asid_vspace(asid) != pml4)
        return;
    (*pool_of(asid))->vspaces[asid % asids_per_pool] = nullptr;
    vspace_retire(pml4);
}

void asid_delete_pool(asid_t base, const void *pool)
{
    if (*pool_of(base) != pool)
        return;
    const asid_pool_t *dying = *pool_of(base);
    *pool_of(base) = nullptr;
    for (unsigned i = 0; i < asids_per_pool; i++)
        if (dying->vspaces[i])
            vspace_retire(dying->vspaces[i]);
}

static error_t find_free_pool(asid_t *base)
{
    for (unsigned i = 0; i < asid_pool_count; i++) {
        if (!asid_pools[i]) {
            *base = (asid_t)(i * asids_per_pool);
            return ok;
        }
    }
    return fail(seL4_DeleteFirst);
}

error_t decode_asid_control(const invocation_t *inv)
{
    if (inv->label != X86ASIDControlMakePool)
        return fail(seL4_IllegalOperation);
    if (inv->length < 2 || !inv->extra[0] || !inv->extra[1])
        return fail(seL4_TruncatedMessage);

    asid_t base;
    error_t error = find_free_pool(&base);
    if (error != ok)
        return error;
    cte_t *untyped = inv->extra[0];
    if (cap_get_type(untyped->cap) != cap_untyped ||
        untyped->cap.untyped.size_bits != seL4_ASIDPoolBits || untyped->cap.untyped.is_device)
        return fail_cap(1);
    error = ensure_no_children(untyped);
    if (error != ok)
        return error;
    cte_t *slot;
    error = lookup_empty_slot(inv->extra[1]->cap, invocation_arg(inv, 0), invocation_arg(inv, 1),
                              &slot);
    if (error != ok)
        return error;

    // The untyped has become the pool: nothing else may be made of it.
    void *memory = (void *)(uintptr_t)untyped->cap.untyped.ptr;
    untyped->cap.untyped.free_index = BIT(seL4_ASIDPoolBits - seL4_MinUntypedBits);
    memset(memory, 0, BIT(seL4_ASIDPoolBits));
    // Not an original, as in seL4: copies of the pool are its siblings, and revoking it spares them.
    cte_insert(arch_new_asid_pool(memory, base), untyped, slot);
    return ok;
}

error_t decode_asid_pool(const invocation_t *inv)
{
    if (inv->label != X86ASIDPoolAssign)
        return fail(seL4_IllegalOperation);
    if (!inv->extra[0])
        return fail(seL4_TruncatedMessage);
    cap_t *vspace = &inv->extra[0]->cap;
    if (cap_get_type(*vspace) != cap_pml4 || vspace->table.is_mapped)
        return fail_cap(1);

    asid_t base = inv->cap.asid_pool.asid_base;
    asid_pool_t *pool = *pool_of(base);
    if (!pool) {
        kernel.lookup_failure = (lookup_failure_t){.type = seL4_InvalidRoot};
        return fail_lookup(false);
    }
    if (pool != cap_ptr(inv->cap.asid_pool.ptr))
        return fail_cap(0);
    unsigned index = base == 0 ? 1 : 0; // ASID 0 stays unused
    while (index < asids_per_pool && pool->vspaces[index])
        index++;
    if (index == asids_per_pool)
        return fail(seL4_DeleteFirst);

    vspace->table.is_mapped = 1;
    vspace->table.mapped_asid = (base + index) & MASK(12);
    pool->vspaces[index] = cap_ptr(vspace->table.ptr);
    return ok;
}
