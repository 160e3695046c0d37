// Basic types and helpers of the kernel.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <sel4/constants.h>
#include <sel4/types.h>

typedef uint64_t word_t;
typedef uint64_t paddr_t; // physical address
typedef uint64_t vptr_t;  // user virtual address
typedef uint64_t cptr_t;  // capability address
typedef uint16_t asid_t;
typedef uint16_t irq_t;

typedef uint8_t prio_t;
typedef uint8_t dom_t;

#define BIT(n)                  (1ull << (n))
#define MASK(n)                 (BIT(n) - 1)
#define IS_ALIGNED(value, bits) (((value) & MASK(bits)) == 0)
#define ALIGN_DOWN(value, bits) ((value) & ~MASK(bits))
#define ALIGN_UP(value, bits)   (((value) + MASK(bits)) & ~MASK(bits))
#define ARRAY_SIZE(array)       (sizeof(array) / sizeof((array)[0]))

// How a kernel operation ended. On error_syscall the details are in kernel.syscall_error, on
// error_lookup in kernel.lookup_failure, on error_fault in kernel.fault.
typedef enum error {
    ok,
    error_syscall,
    error_lookup,
    error_fault,
    error_preempted, // an interrupt is pending: the system call restarts after it
} error_t;

// A kernel assertion states an invariant that only a kernel bug can break.
#ifdef CONFIG_DEBUG
[[noreturn]] void assert_failed(const char *text, const char *file, int line);
#define ASSERT(condition) ((condition) ? (void)0 : assert_failed(#condition, __FILE__, __LINE__))
#else
#define ASSERT(condition) ((void)sizeof(condition))
#endif

// The memory functions (the compiler calls them too): the kernel's own, or a host test's.
#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *restrict dest, const void *restrict src, size_t size);
void *memset(void *dest, int value, size_t size);
void *memmove(void *dest, const void *src, size_t size);
int memcmp(const void *left, const void *right, size_t size);
#endif
