// What boot can read of physical memory: the first 4 GiB, which head.S and, as far as there is RAM, the
// kernel's own map show in the window.
#include "arch.h"
#include "boot.h"

const void *boot_physical(paddr_t address, word_t size)
{
    constexpr paddr_t limit = 4ull << 30;
    if (address >= limit || size > limit - address)
        return nullptr;
    return phys_to_virt(address);
}
