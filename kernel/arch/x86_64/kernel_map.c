// The kernel's own address space: one PML4 entry that every address space shares. It holds
//  - the window: all RAM, in 1 GiB pages, writable and not executable. The pages of the kernel image are
//    read-only there, so the 1 GiB page and the 2 MiB pages around the image are split;
//  - the image at KERNEL_BASE in 4 KiB pages: code executable, constants read-only, data writable, and
//    a hole at the stack's guard. The parts that only boot uses lie in front and go when boot is over;
//  - a few uncached pages for the registers of interrupt controllers and timers, in the last 1 GiB.
// It is built at boot and does not change afterwards.
#include "paging.h"

extern char kernel_boot_start[], kernel_boot_text_end[];
extern char kernel_image_start[], kernel_text_end[], kernel_rodata_end[], kernel_image_end[];
extern char kernel_stack_guard[]; // one page

enum {
    image_tables = 2, // the image lies in the first 4 MiB
    image_pages = image_tables * ptes_per_table,
    device_pages = 16,
    image_pdpt_index = 510,
    device_pdpt_index = 511,
};

#define TABLE_ENTRY (PTE_PRESENT | PTE_WRITE)
#define DATA_ENTRY  (PTE_PRESENT | PTE_WRITE | PTE_GLOBAL | PTE_NO_EXECUTE)
#define CONST_ENTRY (PTE_PRESENT | PTE_GLOBAL | PTE_NO_EXECUTE)
#define CODE_ENTRY  (PTE_PRESENT | PTE_GLOBAL)

alignas(BIT(seL4_PageBits)) static pte_t kernel_pml4[ptes_per_table];
alignas(BIT(seL4_PageBits)) static pte_t kernel_pdpt[ptes_per_table];
alignas(BIT(seL4_PageBits)) static pte_t window_pd[ptes_per_table];
alignas(BIT(seL4_PageBits)) static pte_t window_pt[image_pages];
alignas(BIT(seL4_PageBits)) static pte_t image_pd[ptes_per_table];
alignas(BIT(seL4_PageBits)) static pte_t image_pt[image_pages];
alignas(BIT(seL4_PageBits)) static pte_t device_pd[ptes_per_table];
alignas(BIT(seL4_PageBits)) static pte_t device_pt[ptes_per_table];
static unsigned device_pages_used;

static pte_t image_entry(paddr_t page)
{
    if (page < kernel_to_phys(kernel_boot_start) || page >= kernel_to_phys(kernel_image_end) ||
        page == kernel_to_phys(kernel_stack_guard))
        return 0;
    if (page < kernel_to_phys(kernel_boot_text_end))
        return page | CODE_ENTRY;
    if (page < kernel_to_phys(kernel_image_start))
        return page | DATA_ENTRY;
    if (page < kernel_to_phys(kernel_text_end))
        return page | CODE_ENTRY;
    if (page < kernel_to_phys(kernel_rodata_end))
        return page | CONST_ENTRY;
    return page | DATA_ENTRY;
}

static void map_image(void)
{
    ASSERT(kernel_to_phys(kernel_image_end) <= (paddr_t)image_pages << seL4_PageBits);
    for (paddr_t i = 0; i < image_pages; i++) {
        paddr_t page = i << seL4_PageBits;
        image_pt[i] = image_entry(page);
        window_pt[i] = page | (image_pt[i] ? CONST_ENTRY : DATA_ENTRY);
    }
    for (size_t i = 0; i < image_tables; i++)
        image_pd[i] = kernel_to_phys(image_pt + i * ptes_per_table) | TABLE_ENTRY;
    kernel_pdpt[image_pdpt_index] = kernel_to_phys(image_pd) | TABLE_ENTRY;
}

static void map_window(paddr_t ram_top)
{
    for (paddr_t i = 0; i < ptes_per_table; i++)
        window_pd[i] = i << pte_span_bits(level_pd) | DATA_ENTRY | PTE_PAGE;
    for (size_t i = 0; i < image_tables; i++)
        window_pd[i] = kernel_to_phys(window_pt + i * ptes_per_table) | TABLE_ENTRY;

    kernel_pdpt[0] = kernel_to_phys(window_pd) | TABLE_ENTRY;
    for (paddr_t i = 1; i << pte_span_bits(level_pdpt) < ram_top && i < image_pdpt_index; i++)
        kernel_pdpt[i] = i << pte_span_bits(level_pdpt) | DATA_ENTRY | PTE_PAGE;
}

void arch_init_kernel_map(paddr_t ram_top)
{
    map_image();
    map_window(ram_top);
    device_pd[0] = kernel_to_phys(device_pt) | TABLE_ENTRY;
    kernel_pdpt[device_pdpt_index] = kernel_to_phys(device_pd) | TABLE_ENTRY;
    kernel_pml4[kernel_pml4_index] = kernel_to_phys(kernel_pdpt) | TABLE_ENTRY;
    load_cr3(arch_kernel_pml4());
}

void arch_unmap_boot(void)
{
    for (const char *page = kernel_boot_start; page < kernel_image_start;
         page += BIT(seL4_PageBits)) {
        paddr_t address = kernel_to_phys(page);
        image_pt[address >> seL4_PageBits] = 0;
        window_pt[address >> seL4_PageBits] = address | DATA_ENTRY;
        invalidate_page((vptr_t)(uintptr_t)page);
        invalidate_page((vptr_t)(uintptr_t)phys_to_virt(address));
    }
}

void *arch_map_device_page(paddr_t address)
{
    ASSERT(device_pages_used < device_pages);
    unsigned page = device_pages_used++;
    device_pt[page] =
        ALIGN_DOWN(address, seL4_PageBits) | DATA_ENTRY | PTE_WRITE_THROUGH | PTE_CACHE_DISABLE;
    word_t base = KERNEL_BASE + BIT(pte_span_bits(level_pdpt));
    return (void *)(uintptr_t)(base + ((word_t)page << seL4_PageBits) +
                               (address & MASK(seL4_PageBits)));
}

paddr_t arch_kernel_pml4(void)
{
    return kernel_to_phys(kernel_pml4);
}

pte_t kernel_map_entry(void)
{
    return kernel_pml4[kernel_pml4_index];
}

void arch_map_kernel_window(word_t *pml4)
{
    pml4[kernel_pml4_index] = kernel_map_entry();
}
