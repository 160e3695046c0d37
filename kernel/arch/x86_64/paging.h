// Page tables of x86_64 and the processor's translation caches (Intel SDM 3A, 4.5 and 4.10). Tables
// have four levels; an entry of level 0 (page table) maps 4 KiB, of level 1 (page directory) 2 MiB or
// a page table, of level 2 (PDPT) 1 GiB or a page directory, of level 3 (PML4) a PDPT. So a frame of
// frame_size_t s is an entry of level s.
#pragma once

#include "arch.h"

typedef word_t pte_t; // an entry of any level

#define PTE_PRESENT       BIT(0)
#define PTE_WRITE         BIT(1)
#define PTE_USER          BIT(2)
#define PTE_WRITE_THROUGH BIT(3)
#define PTE_CACHE_DISABLE BIT(4)
#define PTE_PAGE          BIT(7) // levels 1 and 2: a page, no table
#define PTE_PAT_SMALL     BIT(7) // level 0
#define PTE_GLOBAL        BIT(8)
#define PTE_PAT_LARGE     BIT(12) // levels 1 and 2, with PTE_PAGE
#define PTE_NO_EXECUTE    BIT(63)
#define PTE_ADDRESS       0x000ffffffffff000ull

enum {
    pte_index_bits = 9,
    ptes_per_table = 1 << pte_index_bits,
    level_pt = 0,
    level_pd = 1,
    level_pdpt = 2,
    level_pml4 = 3,
    kernel_pml4_index = ptes_per_table - 1, // the kernel owns the last 512 GiB
};

// Size of what one entry of a level maps, log2.
static inline unsigned pte_span_bits(unsigned level)
{
    return seL4_PageBits + pte_index_bits * level;
}

static inline unsigned pte_index(vptr_t address, unsigned level)
{
    return (unsigned)(address >> pte_span_bits(level)) & (ptes_per_table - 1);
}

static inline bool pte_is_table(pte_t entry, unsigned level)
{
    return level != level_pt && (entry & PTE_PRESENT) && !(entry & PTE_PAGE);
}

static inline pte_t *pte_table(pte_t entry)
{
    return phys_to_virt(entry & PTE_ADDRESS);
}

// Physical address of the page that an entry maps.
static inline paddr_t pte_page_address(pte_t entry, unsigned level)
{
    return entry & PTE_ADDRESS & ~MASK(pte_span_bits(level));
}

static inline void load_cr3(paddr_t pml4)
{
    __asm__ volatile("movq %0, %%cr3" : : "r"(pml4) : "memory");
}

// The page's translation, and every cached upper level of the loaded address space.
static inline void invalidate_page(vptr_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

// kernel_map.c

pte_t kernel_map_entry(void); // what every PML4 has at kernel_pml4_index

// vspace.c

// The entry of `level` for an address. On failure kernel.lookup_failure says what is missing.
[[nodiscard]] error_t vspace_lookup_entry(pte_t *pml4, vptr_t address, unsigned level,
                                          pte_t **entry);
// The address space that an invocation names: a PML4 capability that is assigned to an ASID, an
// address of user level, and the ASID still being that PML4's. `address_end` is the last byte.
[[nodiscard]] error_t vspace_from_arg(const cte_t *slot, pte_t **pml4, asid_t *asid);
[[nodiscard]] error_t vspace_check_asid(asid_t asid, const pte_t *pml4);
bool vspace_is_user_range(vptr_t address, word_t size_bits);
void vspace_unmap_page(asid_t asid, vptr_t address, frame_size_t size, const void *frame);
void vspace_unmap_table(asid_t asid, vptr_t address, unsigned level, const pte_t *table);
// Forget cached translations of one page or of a whole address space, if it is the loaded one.
void vspace_flush_page(const pte_t *pml4, vptr_t address);
void vspace_flush(const pte_t *pml4);
// The address space goes away: nothing may run on it any more.
void vspace_retire(const pte_t *pml4);

paddr_t vspace_loaded(void); // what CR3 holds

// page.c, table.c

error_t decode_frame(const invocation_t *inv);
error_t decode_table(const invocation_t *inv);
unsigned table_level(cap_type_t type);
pte_t cache_attribute_bits(word_t attributes, unsigned level);
vm_rights_t mask_vm_rights(vm_rights_t rights, word_t mask);

// asid.c

pte_t *asid_vspace(asid_t asid); // null if not assigned
error_t decode_asid_control(const invocation_t *inv);
error_t decode_asid_pool(const invocation_t *inv);
void asid_delete(asid_t asid, const pte_t *pml4);
void asid_delete_pool(asid_t base, const void *pool);
const void *asid_pool(asid_t base);

// ioport.c

error_t decode_io_port_control(const invocation_t *inv);
error_t decode_io_port(const invocation_t *inv);
void io_ports_free(word_t first, word_t last);
bool io_ports_issued(word_t first, word_t last); // all of them

// sleep.c

error_t decode_sleep_extension(const invocation_t *inv); // of the I/O port control capability
