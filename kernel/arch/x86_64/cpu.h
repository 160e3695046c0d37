// Instructions and registers of the processor that C has no words for.
#pragma once

#include "types.h"

enum {
    msr_apic_base = 0x1b,
    msr_tsc = 0x10,
    msr_pat = 0x277,
    msr_x2apic = 0x800, // register r of the local APIC is at 0x800 + r / 16
    msr_star = 0xc0000081,
    msr_lstar = 0xc0000082,
    msr_sfmask = 0xc0000084,
    msr_efer = 0xc0000080,
    efer_syscall = 1 << 0,
};

typedef struct cpuid {
    uint32_t eax, ebx, ecx, edx;
} cpuid_t;

static inline cpuid_t cpuid(uint32_t leaf, uint32_t subleaf)
{
    cpuid_t result;
    __asm__ volatile("cpuid"
                     : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
                     : "a"(leaf), "c"(subleaf));
    return result;
}

static inline word_t read_msr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (word_t)high << 32 | low;
}

static inline void write_msr(uint32_t msr, word_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline word_t read_tsc(void)
{
    uint32_t low, high;
    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
    return (word_t)high << 32 | low;
}

static inline uint8_t port_in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void port_out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void port_out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
