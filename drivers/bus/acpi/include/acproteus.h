// ACPICA's view of this system: what its acenv.h includes for an environment of a name it does not know.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <ctype.h>

#define ACPI_MACHINE_WIDTH       64
#define ACPI_USE_SYSTEM_CLIBRARY // what there is of one in a driver
#define ACPI_USE_DO_WHILE_0
#define ACPI_USE_LOCAL_CACHE
#define ACPI_USE_NATIVE_DIVIDE
#define ACPI_STRUCT_INIT(field, value) .field = value
#define ACPI_PCI_CONFIGURED
#define ACPI_OFFSET(type, field) offsetof(type, field)
#define ACPI_TO_INTEGER(pointer) ((uintptr_t)(pointer))
#define acpi_uintptr_t           uintptr_t
#define __iomem

// The global lock of ACPI Specification 6.4, 5.2.10.1, which the firmware takes too: bit 1 owned, bit 0 pending.
enum { OslLockPending = 1, OslLockOwned = 2 };

// 1: it is ours now; 0: the firmware has it, and will tell by an interrupt.
static inline uint32_t OslAcquireGlobalLock(volatile uint32_t *Lock)
{
    uint32_t Old = *Lock, New;
    do {
        New = (Old | OslLockOwned) & ~(uint32_t)OslLockPending;
        if (Old & OslLockOwned)
            New |= OslLockPending;
    } while (!__atomic_compare_exchange_n(Lock, &Old, New, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return !(Old & OslLockOwned);
}

// 1: the firmware waits for it.
static inline uint32_t OslReleaseGlobalLock(volatile uint32_t *Lock)
{
    uint32_t Old = *Lock;
    while (!__atomic_compare_exchange_n(Lock, &Old,
                                        Old & ~(uint32_t)(OslLockPending | OslLockOwned), 0,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        continue;
    return Old & OslLockPending;
}

#define ACPI_ACQUIRE_GLOBAL_LOCK(facs, acquired) \
    ((acquired) = (uint8_t)OslAcquireGlobalLock(&(facs)->global_lock))
#define ACPI_RELEASE_GLOBAL_LOCK(facs, pending) \
    ((pending) = (uint8_t)OslReleaseGlobalLock(&(facs)->global_lock))
