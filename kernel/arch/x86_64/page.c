// Invocations of frames: map, unmap, address.
#include "paging.h"

// The attribute's bits select the entry of the page attribute table (Intel SDM 3A, 12.12), which is
// programmed at boot so that index 4 is write-combining.
pte_t cache_attribute_bits(word_t attributes, unsigned level)
{
    pte_t bits = 0;
    if (attributes & BIT(0))
        bits |= PTE_WRITE_THROUGH;
    if (attributes & BIT(1))
        bits |= PTE_CACHE_DISABLE;
    if (attributes & BIT(2))
        bits |= level == level_pt ? PTE_PAT_SMALL : PTE_PAT_LARGE;
    return bits;
}

// Rights that are asked for but not held are left out silently; write without read is no access.
vm_rights_t mask_vm_rights(vm_rights_t rights, word_t mask)
{
    seL4_Word read = mask & seL4_CanRead.words[0];
    seL4_Word write = mask & seL4_CanWrite.words[0];
    if (!read || rights == vm_kernel_only)
        return vm_kernel_only;
    if (!write)
        return vm_read_only;
    return rights;
}

static pte_t frame_entry(cap_t cap, vm_rights_t rights, word_t attributes)
{
    unsigned level = cap.frame.size;
    pte_t entry = virt_to_phys(cap_ptr(cap.frame.ptr)) | PTE_PRESENT;
    if (level != level_pt)
        entry |= PTE_PAGE;
    if (rights != vm_kernel_only)
        entry |= PTE_USER;
    if (rights == vm_read_write)
        entry |= PTE_WRITE;
    return entry | cache_attribute_bits(attributes, level);
}

// A mapped frame may be mapped again only where it is, to change rights and attributes.
static error_t check_remap(cap_t cap, asid_t asid, vptr_t address)
{
    if (cap.frame.mapped_asid != asid)
        return fail_cap(1);
    if (cap.frame.mapped_address != address)
        return fail_argument(0);
    return ok;
}

static error_t map_frame(const invocation_t *inv)
{
    if (inv->length < 3 || !inv->extra[0])
        return fail(seL4_TruncatedMessage);
    vptr_t address = invocation_arg(inv, 0);
    frame_size_t size = (frame_size_t)inv->cap.frame.size;
    word_t size_bits = frame_size_bits(size);

    pte_t *pml4;
    asid_t asid;
    error_t error = vspace_from_arg(inv->extra[0], &pml4, &asid);
    if (error != ok)
        return error;
    bool is_remap = inv->cap.frame.mapped_asid != 0;
    if (is_remap)
        error = check_remap(inv->cap, asid, address);
    else if (!vspace_is_user_range(address, size_bits))
        error = fail_argument(0);
    if (error == ok)
        error = vspace_check_asid(asid, pml4);
    if (error != ok)
        return error;
    if (!IS_ALIGNED(address, size_bits))
        return fail(seL4_AlignmentError);

    pte_t *entry;
    if (vspace_lookup_entry(pml4, address, size, &entry) != ok)
        return fail_lookup(false);
    // Another frame's mapping is replaced: its capability finds out when it is next used.
    if (pte_is_table(*entry, size))
        return fail(seL4_DeleteFirst);

    vm_rights_t rights = mask_vm_rights((vm_rights_t)inv->cap.frame.rights, invocation_arg(inv, 1));
    cap_t *cap = &inv->slot->cap;
    cap->frame.mapped_asid = asid & MASK(12);
    cap->frame.mapped_address = address & MASK(48);
    *entry = frame_entry(*cap, rights, invocation_arg(inv, 2));
    vspace_flush_page(pml4, address);
    return ok;
}

static error_t unmap_frame(const invocation_t *inv)
{
    cap_t *cap = &inv->slot->cap;
    if (cap->frame.mapped_asid == 0)
        return ok;
    vspace_unmap_page((asid_t)cap->frame.mapped_asid, cap->frame.mapped_address,
                      (frame_size_t)cap->frame.size, cap_ptr(cap->frame.ptr));
    cap->frame.mapped_asid = 0;
    cap->frame.mapped_address = 0;
    return ok;
}

error_t decode_frame(const invocation_t *inv)
{
    switch (inv->label) {
    case X86PageMap:
        return map_frame(inv);
    case X86PageUnmap:
        return unmap_frame(inv);
    case X86PageGetAddress: {
        word_t address = virt_to_phys(cap_ptr(inv->cap.frame.ptr));
        invocation_reply(inv, &address, 1);
        return ok;
    }
    default:
        return fail(seL4_IllegalOperation);
    }
}
