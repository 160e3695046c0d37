// Which processors will do, and their control registers (Intel SDM 3A, 2.5).
#include "arch_boot.h"
#include "cpu.h"

enum {
    cr0_mp = 1 << 1,
    cr0_em = 1 << 2,
    cr0_ts = 1 << 3,
    cr0_ne = 1 << 5,
    cr0_wp = 1 << 16,
};

enum {
    cr4_pae = 1 << 5,
    cr4_pge = 1 << 7,
    cr4_osfxsr = 1 << 9,
    cr4_osxmmexcpt = 1 << 10,
    cr4_umip = 1 << 11,
    cr4_fsgsbase = 1 << 16,
    cr4_osxsave = 1 << 18,
    cr4_smep = 1 << 20,
    cr4_smap = 1 << 21,
};

// Types of the PAT by index, which is the seL4_X86_VMAttributes of a mapping: write-back,
// write-through, uncached unless the MTRRs say otherwise, uncached, write-combining; then repeats.
#define PAT_VALUE 0x0007040100070406ull

// A feature bit in what CPUID says: register 0..3 is eax..edx.
typedef struct feature {
    const char *name;
    uint32_t leaf;
    unsigned reg, bit;
} feature_t;

static const feature_t required[] = {
    {"TSC", 1, 3, 4},
    {"APIC", 1, 3, 9},
    {"PGE", 1, 3, 13},
    {"PAT", 1, 3, 16},
    {"FXSR", 1, 3, 24},
    {"SSE2", 1, 3, 26},
    {"XSAVE", 1, 2, 26},
    {"FSGSBASE", 7, 1, 0},
    {"SYSCALL", 0x80000001, 3, 11},
    {"NX", 0x80000001, 3, 20},
    {"1 GiB pages", 0x80000001, 3, 26},
};

static const feature_t smep = {"SMEP", 7, 1, 7};
static const feature_t smap = {"SMAP", 7, 1, 20};
static const feature_t umip = {"UMIP", 7, 2, 2};

static bool has_feature(const feature_t *feature)
{
    cpuid_t base = cpuid(feature->leaf & 0x80000000, 0);
    if (base.eax < feature->leaf)
        return false;
    cpuid_t result = cpuid(feature->leaf, 0);
    const uint32_t regs[] = {result.eax, result.ebx, result.ecx, result.edx};
    return regs[feature->reg] >> feature->bit & 1;
}

static word_t read_cr0(void)
{
    word_t value;
    __asm__ volatile("movq %%cr0, %0" : "=r"(value));
    return value;
}

static void write_cr0(word_t value)
{
    __asm__ volatile("movq %0, %%cr0" : : "r"(value) : "memory");
}

static void write_cr4(word_t value)
{
    __asm__ volatile("movq %0, %%cr4" : : "r"(value) : "memory");
}

// An interrupt does not clear the alignment check flag, which lets the kernel read user memory in spite
// of SMAP. So put clac in place of a no-op of the entry, while boot's mapping of the code is writable.
static void patch_clear_ac(void)
{
    extern uint8_t clear_ac[];
    static const uint8_t clac[] = {0x0f, 0x01, 0xca};
    memcpy(clear_ac, clac, sizeof(clac));
}

static word_t cr4_value; // once it is known what the processor has

void cpu_start(void)
{
    write_cr4(cr4_value);
    write_cr0((read_cr0() & ~(word_t)(cr0_em | cr0_ts)) | cr0_mp | cr0_ne | cr0_wp);
    write_msr(msr_pat, PAT_VALUE);
}

const char *cpu_init(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(required); i++)
        if (!has_feature(&required[i]))
            return required[i].name;

    word_t cr4 = cr4_pae | cr4_pge | cr4_osfxsr | cr4_osxmmexcpt | cr4_fsgsbase | cr4_osxsave;
    if (has_feature(&smep))
        cr4 |= cr4_smep;
    if (has_feature(&umip))
        cr4 |= cr4_umip;
    if (has_feature(&smap)) {
        cr4 |= cr4_smap;
        patch_clear_ac();
    }
    cr4_value = cr4;
    cpu_start();
    return nullptr;
}
