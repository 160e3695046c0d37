// The memory type range registers (Intel SDM 3A, 11.11), over a sleep in which the processor loses them.
#include "arch_boot.h"
#include "cpu.h"

enum {
    feature_mtrr = 1 << 12, // CPUID.01H:EDX
    msr_mtrr_cap = 0xfe,
    msr_mtrr_variable = 0x200, // base and mask of each range
    msr_mtrr_default = 0x2ff,
    cap_count_mask = 0xff,
    cap_fixed = 1 << 8,
    default_enable = 1 << 11,
    max_variable = 32,
    cr0_cache_disable = 1 << 30,
};

static const uint16_t fixed[] = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26a,
                                 0x26b, 0x26c, 0x26d, 0x26e, 0x26f};

static word_t default_type, fixed_values[ARRAY_SIZE(fixed)], variable_values[2 * max_variable];
static unsigned fixed_count, variable_count; // registers

void memory_types_save(void)
{
    fixed_count = variable_count = 0;
    if (!(cpuid(1, 0).edx & feature_mtrr))
        return;
    const word_t cap = read_msr(msr_mtrr_cap);
    variable_count = 2 * (unsigned)(cap & cap_count_mask);
    if (variable_count > ARRAY_SIZE(variable_values))
        variable_count = ARRAY_SIZE(variable_values);
    fixed_count = cap & cap_fixed ? ARRAY_SIZE(fixed) : 0;
    for (unsigned i = 0; i < variable_count; i++)
        variable_values[i] = read_msr(msr_mtrr_variable + i);
    for (unsigned i = 0; i < fixed_count; i++)
        fixed_values[i] = read_msr(fixed[i]);
    default_type = read_msr(msr_mtrr_default);
}

static void write_all(void)
{
    write_msr(msr_mtrr_default, default_type & ~(word_t)default_enable);
    for (unsigned i = 0; i < variable_count; i++)
        write_msr(msr_mtrr_variable + i, variable_values[i]);
    for (unsigned i = 0; i < fixed_count; i++)
        write_msr(fixed[i], fixed_values[i]);
    write_msr(msr_mtrr_default, default_type);
}

// With caches off and empty in between (11.11.8). What the processor knows of translations goes with CR3, which
// sleep.c loads, and the control registers.
void memory_types_restore(void)
{
    word_t cr0, cr3;
    if (!variable_count && !fixed_count)
        return;
    __asm__ volatile("movq %%cr0, %0\n\tmovq %%cr3, %1" : "=r"(cr0), "=r"(cr3));
    __asm__ volatile("movq %0, %%cr0\n\twbinvd" : : "r"(cr0 | cr0_cache_disable) : "memory");
    write_all();
    __asm__ volatile("wbinvd\n\tmovq %0, %%cr0\n\tmovq %1, %%cr3"
                     :
                     : "r"(cr0), "r"(cr3)
                     : "memory");
}
