// The system calls that the programs here make (numbers and constants of x86_64).
#pragma once

enum {
    SYS_READ = 0,
    SYS_WRITE = 1,
    SYS_OPEN = 2,
    SYS_MMAP = 9,
    SYS_MUNMAP = 11,
    SYS_IOCTL = 16,
    SYS_PIPE = 22,
    SYS_SCHED_YIELD = 24,
    SYS_MADVISE = 28,
    SYS_CLONE = 56,
    SYS_EXECVE = 59,
    SYS_EXIT = 60,
    SYS_WAIT4 = 61,
    SYS_SYSINFO = 99,
    SYS_GETPPID = 110,
    SYS_MKNOD = 133,
    SYS_SCHED_SETSCHEDULER = 144,
    SYS_REBOOT = 169,
    SYS_FUTEX = 202,
};

enum {
    PROT_READ_WRITE = 3,
    MAP_PRIVATE = 2,
    MAP_SHARED = 1,
    MAP_ANONYMOUS = 0x20,
    MADV_NOHUGEPAGE = 15,
    FUTEX_WAIT = 0,
    FUTEX_WAKE = 1,
    CLONE_VM = 0x100,
    CLONE_VFORK = 0x4000,
    CLONE_PARENT_SETTID = 0x100000,
    CLONE_CHILD_CLEARTID = 0x200000,
    // memory, folder, files, signal handlers, thread group, semaphores
    CLONE_THREAD_FLAGS = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000,
    SIGCHLD = 17,
    SCHED_OTHER = 0,
    SCHED_FIFO = 1,
};

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static inline long syscall3(long number, long a, long b, long c)
{
    return syscall6(number, a, b, c, 0, 0, 0);
}

[[noreturn]] static inline void exit_thread(int status)
{
    for (;;)
        syscall3(SYS_EXIT, status, 0, 0);
}
