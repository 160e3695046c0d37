// Invocations of page tables, page directories and PDPTs. They differ only in their level.
#include "paging.h"

typedef struct table_kind {
    cap_type_t type;
    seL4_InvocationLabel map, unmap;
    unsigned level;
} table_kind_t;

static const table_kind_t table_kinds[] = {
    {cap_page_table, X86PageTableMap, X86PageTableUnmap, level_pt},
    {cap_page_directory, X86PageDirectoryMap, X86PageDirectoryUnmap, level_pd},
    {cap_pdpt, X86PDPTMap, X86PDPTUnmap, level_pdpt},
};

static const table_kind_t *table_kind(cap_type_t type)
{
    for (unsigned i = 0; i < ARRAY_SIZE(table_kinds); i++)
        if (table_kinds[i].type == type)
            return &table_kinds[i];
    return nullptr;
}

unsigned table_level(cap_type_t type)
{
    const table_kind_t *kind = table_kind(type);
    ASSERT(kind);
    return kind->level;
}

static error_t unmap_table(const invocation_t *inv, unsigned level)
{
    if (!is_final_cap(inv->slot))
        return fail(seL4_RevokeFirst);

    cap_t *cap = &inv->slot->cap;
    if (!cap->table.is_mapped)
        return ok;
    pte_t *table = cap_ptr(cap->table.ptr);
    vspace_unmap_table((asid_t)cap->table.mapped_asid, cap->table.mapped_address, level, table);
    memset(table, 0, BIT(seL4_PageTableBits));
    cap->table.is_mapped = 0;
    cap->table.mapped_asid = 0;
    cap->table.mapped_address = 0;
    return ok;
}

static error_t map_table(const invocation_t *inv, unsigned level)
{
    if (inv->length < 2 || !inv->extra[0])
        return fail(seL4_TruncatedMessage);
    if (inv->cap.table.is_mapped)
        return fail_cap(0);

    pte_t *pml4;
    asid_t asid;
    error_t error = vspace_from_arg(inv->extra[0], &pml4, &asid);
    if (error != ok)
        return error;
    unsigned span_bits = pte_span_bits(level + 1);
    vptr_t address = ALIGN_DOWN(invocation_arg(inv, 0), span_bits);
    if (address > seL4_UserTop)
        return fail_argument(0);
    error = vspace_check_asid(asid, pml4);
    if (error != ok)
        return error;

    pte_t *entry;
    if (vspace_lookup_entry(pml4, address, level + 1, &entry) != ok)
        return fail_lookup(false);
    if (*entry & PTE_PRESENT)
        return fail(seL4_DeleteFirst);

    cap_t *cap = &inv->slot->cap;
    cap->table.is_mapped = 1;
    cap->table.mapped_asid = asid & MASK(12);
    cap->table.mapped_address = address & MASK(48);
    // Bits of the caching attributes that a table entry has: write-through and cache-disable.
    pte_t attributes = cache_attribute_bits(invocation_arg(inv, 1) & MASK(2), level + 1);
    *entry =
        virt_to_phys(cap_ptr(cap->table.ptr)) | PTE_PRESENT | PTE_WRITE | PTE_USER | attributes;
    return ok;
}

error_t decode_table(const invocation_t *inv)
{
    const table_kind_t *kind = table_kind(cap_get_type(inv->cap));
    ASSERT(kind);
    if (inv->label == kind->unmap)
        return unmap_table(inv, kind->level);
    if (inv->label == kind->map)
        return map_table(inv, kind->level);
    return fail(seL4_IllegalOperation);
}
