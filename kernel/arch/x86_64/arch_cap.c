// What the capability operations of object/ ask about architecture capabilities and objects.
#include "paging.h"

error_t arch_decode_invocation(const invocation_t *inv)
{
    switch (cap_get_type(inv->cap)) {
    case cap_frame:
        return decode_frame(inv);
    case cap_page_table:
    case cap_page_directory:
    case cap_pdpt:
        return decode_table(inv);
    case cap_asid_control:
        return decode_asid_control(inv);
    case cap_asid_pool:
        return decode_asid_pool(inv);
    case cap_io_port_control:
        return decode_io_port_control(inv);
    case cap_io_port:
        return decode_io_port(inv);
    default: // a PML4 has no invocations
        return fail(seL4_IllegalOperation);
    }
}

error_t arch_derive_cap(cte_t *slot, cap_t cap, cap_t *derived)
{
    (void)slot;
    *derived = cap;
    switch (cap_get_type(cap)) {
    case cap_frame: // a copy is a mapping of its own
        derived->frame.mapped_asid = 0;
        derived->frame.mapped_address = 0;
        return ok;
    case cap_page_table:
    case cap_page_directory:
    case cap_pdpt:
    case cap_pml4: // the copies must agree on where the table is: place it first
        return cap.table.is_mapped ? ok : fail(seL4_IllegalOperation);
    case cap_io_port_control:
        *derived = cap_new_simple(cap_null);
        return ok;
    default:
        return ok;
    }
}

cap_t arch_mask_cap_rights(seL4_CapRights_t rights, cap_t cap)
{
    if (cap_get_type(cap) == cap_frame)
        cap.frame.rights = mask_vm_rights((vm_rights_t)cap.frame.rights, rights.words[0]);
    return cap;
}

cap_t arch_update_cap_data(bool preserve, word_t data, cap_t cap)
{
    (void)preserve;
    (void)data;
    return cap;
}

static bool is_table(cap_type_t type)
{
    return type == cap_page_table || type == cap_page_directory || type == cap_pdpt ||
           type == cap_pml4;
}

static bool same_frame(cap_t left, cap_t right)
{
    return left.frame.ptr == right.frame.ptr && left.frame.size == right.frame.size &&
           left.frame.is_device == right.frame.is_device;
}

static bool same_io_ports(cap_t left, cap_t right)
{
    return left.io_port.first == right.io_port.first && left.io_port.last == right.io_port.last;
}

bool arch_same_region_as(cap_t parent, cap_t child)
{
    if (cap_get_type(parent) == cap_io_port_control && cap_get_type(child) == cap_io_port)
        return true;
    if (cap_get_type(parent) == cap_io_port_control && cap_get_type(child) == cap_io_port_control)
        return true;
    return arch_same_object_as(parent, child);
}

bool arch_same_object_as(cap_t left, cap_t right)
{
    cap_type_t type = cap_get_type(left);
    if (type != cap_get_type(right))
        return false;
    if (is_table(type))
        return left.table.ptr == right.table.ptr;
    switch (type) {
    case cap_frame:
        return same_frame(left, right);
    case cap_asid_pool:
        return left.asid_pool.ptr == right.asid_pool.ptr;
    case cap_io_port:
        return same_io_ports(left, right);
    case cap_asid_control:
        return true;
    default:
        return false;
    }
}

finalise_result_t arch_finalise_cap(cap_t cap, bool is_final)
{
    finalise_result_t result = {cap_new_simple(cap_null), cap_new_simple(cap_null)};
    switch (cap_get_type(cap)) {
    case cap_frame: // each capability owns its mapping, so it goes with any of them
        if (cap.frame.mapped_asid != 0)
            vspace_unmap_page((asid_t)cap.frame.mapped_asid, cap.frame.mapped_address,
                              (frame_size_t)cap.frame.size, cap_ptr(cap.frame.ptr));
        break;
    case cap_page_table:
    case cap_page_directory:
    case cap_pdpt:
        if (is_final && cap.table.is_mapped)
            vspace_unmap_table((asid_t)cap.table.mapped_asid, cap.table.mapped_address,
                               table_level(cap_get_type(cap)), cap_ptr(cap.table.ptr));
        break;
    case cap_pml4:
        if (is_final && cap.table.is_mapped)
            asid_delete((asid_t)cap.table.mapped_asid, cap_ptr(cap.table.ptr));
        break;
    case cap_asid_pool:
        if (is_final)
            asid_delete_pool((asid_t)cap.asid_pool.asid_base, cap_ptr(cap.asid_pool.ptr));
        break;
    case cap_io_port:
        if (is_final)
            result.cleanup = cap;
        break;
    default:
        break;
    }
    return result;
}

void arch_post_cap_deletion(cap_t cleanup)
{
    if (cap_get_type(cleanup) == cap_io_port)
        io_ports_free(cleanup.io_port.first, cleanup.io_port.last);
}

void *arch_cap_memory(cap_t cap, word_t *size_bits)
{
    cap_type_t type = cap_get_type(cap);
    *size_bits = 0;
    if (is_table(type)) {
        *size_bits = seL4_PageTableBits;
        return cap_ptr(cap.table.ptr);
    }
    if (type == cap_frame) {
        *size_bits = frame_size_bits((frame_size_t)cap.frame.size);
        return cap_ptr(cap.frame.ptr);
    }
    if (type == cap_asid_pool) {
        *size_bits = seL4_ASIDPoolBits;
        return cap_ptr(cap.asid_pool.ptr);
    }
    return nullptr;
}

typedef struct object_kind {
    seL4_ObjectType object;
    cap_type_t cap;
    uint8_t size_bits;
    frame_size_t frame_size;
} object_kind_t;

static const object_kind_t object_kinds[] = {
    {seL4_X86_PDPTObject, cap_pdpt, seL4_PDPTBits, 0},
    {seL4_X64_PML4Object, cap_pml4, seL4_PML4Bits, 0},
    {seL4_X64_HugePageObject, cap_frame, seL4_HugePageBits, frame_huge},
    {seL4_X86_4K, cap_frame, seL4_PageBits, frame_small},
    {seL4_X86_LargePageObject, cap_frame, seL4_LargePageBits, frame_large},
    {seL4_X86_PageTableObject, cap_page_table, seL4_PageTableBits, 0},
    {seL4_X86_PageDirectoryObject, cap_page_directory, seL4_PageDirBits, 0},
};

static const object_kind_t *object_kind(word_t type)
{
    for (unsigned i = 0; i < ARRAY_SIZE(object_kinds); i++)
        if (object_kinds[i].object == type)
            return &object_kinds[i];
    return nullptr;
}

bool arch_is_object_type(word_t type)
{
    return object_kind(type) != nullptr;
}

bool arch_is_frame_type(word_t type)
{
    const object_kind_t *kind = object_kind(type);
    return kind && kind->cap == cap_frame;
}

word_t arch_object_size_bits(word_t type)
{
    const object_kind_t *kind = object_kind(type);
    ASSERT(kind);
    return kind->size_bits;
}

cap_t arch_create_object(word_t type, void *memory, bool is_device)
{
    const object_kind_t *kind = object_kind(type);
    ASSERT(kind);
    word_t ptr = (word_t)(uintptr_t)memory & MASK(48);
    if (kind->cap == cap_frame) {
        return (cap_t){.frame = {
                           .type_ = cap_frame,
                           .size = kind->frame_size & MASK(2),
                           .rights = vm_read_write,
                           .is_device = is_device,
                           .ptr = ptr,
                       }};
    }
    if (kind->cap == cap_pml4)
        arch_map_kernel_window(memory);
    return (cap_t){.table = {.type_ = (word_t)kind->cap & MASK(5), .ptr = ptr}};
}
