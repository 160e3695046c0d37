// The measurements of bench/native on Linux, in the same form: TAP and "bench NAME VALUE UNIT" lines.

#include <stdarg.h>
#include <stdint.h>

#include "linux.h"

enum { ROUNDS = 8, PAGE_BYTES = 4096, STACK_BYTES = 65536 };

static unsigned results; // TAP

// ---- Output

static unsigned append_text(char *line, unsigned length, const char *text)
{
    while (*text)
        line[length++] = *text++;
    return length;
}

static unsigned append_number(char *line, unsigned length, uint64_t value)
{
    char digits[20];
    unsigned count = 0;
    do
        digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count)
        line[length++] = digits[--count];
    return length;
}

static void print(const char *before, uint64_t value, const char *after)
{
    char line[128];
    unsigned length = append_text(line, 0, before);
    length = append_number(line, length, value);
    length = append_text(line, length, after);
    line[length++] = '\n';
    syscall3(SYS_WRITE, 1, (long)line, length);
}

static void report(const char *name, uint64_t value, const char *unit)
{
    char line[64];
    unsigned length = append_text(line, 0, "bench ");
    length = append_text(line, length, name);
    length = append_text(line, length, " ");
    line[length] = 0;
    print(line, value, unit);
}

static void check(int good, const char *text)
{
    char line[96];
    line[append_text(line, 0, text)] = 0;
    results++;
    print(good ? "ok " : "not ok ", results, "");
    if (!good)
        print("# failed: ", results, line);
}

// ---- Measuring

typedef struct {
    uint64_t start, least;
} bench_t;

static uint64_t now(void)
{
    return __builtin_ia32_rdtsc();
}

static void bench_start(bench_t *bench)
{
    bench->start = now();
}

static void bench_stop(bench_t *bench)
{
    const uint64_t time = now() - bench->start;
    if (!bench->least || time < bench->least)
        bench->least = time;
}

static void bench_report(const bench_t *bench, const char *name, unsigned operations)
{
    report(name, bench->least / operations, " instructions");
}

static void *map(unsigned long size, int kind)
{
    return (void *)syscall6(SYS_MMAP, 0, (long)size, PROT_READ_WRITE, kind | MAP_ANONYMOUS, -1, 0);
}

// ---- Threads

static char thread_stack[STACK_BYTES] __attribute__((aligned(16)));
static volatile int
    thread_id; // the kernel clears it, and wakes who waits, when the thread has ended

// The thread begins behind the system call, on its own stack, where it finds its routine.
static long clone_thread(void (*routine)(void))
{
    void **top = (void **)(thread_stack + STACK_BYTES) - 2;
    *top = (void *)routine;
    const long flags = CLONE_THREAD_FLAGS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    register volatile int *r10 __asm__("r10") = &thread_id;
    long result;
    __asm__ volatile("syscall; test %%rax, %%rax; jnz 1f; pop %%rax; call *%%rax; ud2; 1:"
                     : "=a"(result)
                     : "a"(SYS_CLONE), "D"(flags), "S"(top), "d"(&thread_id), "r"(r10)
                     : "rcx", "r11", "memory");
    return result;
}

static void join_thread(void)
{
    int id;
    while ((id = thread_id))
        syscall6(SYS_FUTEX, (long)&thread_id, FUTEX_WAIT, id, 0, 0, 0);
}

static void do_nothing(void)
{
    exit_thread(0);
}

static void bench_thread(void)
{
    enum { THREADS = 20 };
    bench_t bench = {};
    int good = 1;
    for (int round = 0; round < ROUNDS; round++) {
        bench_start(&bench);
        for (int i = 0; i < THREADS; i++) {
            good &= clone_thread(do_nothing) > 0;
            join_thread();
        }
        bench_stop(&bench);
    }
    bench_report(&bench, "thread-create-join", THREADS);
    check(good, "threads");
}

// ---- Services and switches

enum { OPERATIONS = 1000 };

static void repeat(const char *name, long number, unsigned operations)
{
    bench_t bench = {};
    for (int round = 0; round < ROUNDS; round++) {
        bench_start(&bench);
        for (int i = 0; i < OPERATIONS; i++)
            syscall3(number, 0, 0, 0);
        bench_stop(&bench);
    }
    bench_report(&bench, name, operations);
}

static volatile int stop;

static void yield_until_stop(void)
{
    while (!stop)
        syscall3(SYS_SCHED_YIELD, 0, 0, 0);
    exit_thread(0);
}

// In turn, as on the other system: what the default policy's yield does depends on more.
static int set_policy(int policy, int priority)
{
    return !syscall3(SYS_SCHED_SETSCHEDULER, 0, policy, (long)&priority);
}

static void bench_switch(void)
{
    const int in_turn = set_policy(SCHED_FIFO, 1);
    const long id = clone_thread(yield_until_stop);
    repeat("context-switch", SYS_SCHED_YIELD, 2 * OPERATIONS);
    stop = 1;
    join_thread();
    check(in_turn && id > 0 && set_policy(SCHED_OTHER, 0), "switch");
}

// ---- Ping-pong

enum { TURNS = 200, ALL_TURNS = TURNS * ROUNDS };

typedef struct {
    volatile int ping, pong; // futexes
    int ping_pipe[2], pong_pipe[2];
} ping_t;

static ping_t *shared; // between processes too

static void futex_post(volatile int *word)
{
    __atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
    syscall6(SYS_FUTEX, (long)word, FUTEX_WAKE, 1, 0, 0, 0);
}

static void futex_take(volatile int *word)
{
    while (!__atomic_exchange_n(word, 0, __ATOMIC_SEQ_CST))
        syscall6(SYS_FUTEX, (long)word, FUTEX_WAIT, 0, 0, 0, 0);
}

static void answer_futex(void)
{
    for (int i = 0; i < ALL_TURNS; i++) {
        futex_take(&shared->ping);
        futex_post(&shared->pong);
    }
    exit_thread(0);
}

static void answer_pipe(void)
{
    char byte;
    for (int i = 0; i < ALL_TURNS; i++) {
        syscall3(SYS_READ, shared->ping_pipe[0], (long)&byte, 1);
        syscall3(SYS_WRITE, shared->pong_pipe[1], (long)&byte, 1);
    }
    exit_thread(0);
}

static void ask_futex(const char *name)
{
    bench_t bench = {};
    for (int round = 0; round < ROUNDS; round++) {
        bench_start(&bench);
        for (int i = 0; i < TURNS; i++) {
            futex_post(&shared->ping);
            futex_take(&shared->pong);
        }
        bench_stop(&bench);
    }
    bench_report(&bench, name, TURNS);
}

static void ask_pipe(const char *name)
{
    bench_t bench = {};
    char byte = 0;
    for (int round = 0; round < ROUNDS; round++) {
        bench_start(&bench);
        for (int i = 0; i < TURNS; i++) {
            syscall3(SYS_WRITE, shared->ping_pipe[1], (long)&byte, 1);
            syscall3(SYS_READ, shared->pong_pipe[0], (long)&byte, 1);
        }
        bench_stop(&bench);
    }
    bench_report(&bench, name, TURNS);
}

static void with_thread(void (*answer)(void), void (*ask)(const char *), const char *name)
{
    const long id = clone_thread(answer);
    ask(name);
    join_thread();
    check(id > 0, name);
}

static void with_process(void (*answer)(void), void (*ask)(const char *), const char *name)
{
    const long id = syscall6(SYS_CLONE, SIGCHLD, 0, 0, 0, 0, 0);
    if (!id)
        answer();
    ask(name);
    check(id > 0 && syscall6(SYS_WAIT4, id, 0, 0, 0, 0, 0) == id, name);
}

static void bench_ping(void)
{
    shared = map(PAGE_BYTES, MAP_SHARED);
    check(!syscall3(SYS_PIPE, (long)shared->ping_pipe, 0, 0) &&
              !syscall3(SYS_PIPE, (long)shared->pong_pipe, 0, 0),
          "pipes");
    with_thread(answer_futex, ask_futex, "futex-ping-pong-threads");
    with_thread(answer_pipe, ask_pipe, "pipe-ping-pong-threads");
    with_process(answer_futex, ask_futex, "futex-ping-pong-processes");
    with_process(answer_pipe, ask_pipe, "pipe-ping-pong-processes");
}

// ---- Memory

// Without large pages, which would serve 512 touches with one fault.
static void bench_touch(const char *name, unsigned stride)
{
    enum { PAGES = 2048 };
    bench_t bench = {};
    for (int round = 0; round < ROUNDS; round++) {
        volatile char *base = map(PAGES * PAGE_BYTES, MAP_PRIVATE);
        syscall3(SYS_MADVISE, (long)base, PAGES * PAGE_BYTES, MADV_NOHUGEPAGE);
        bench_start(&bench);
        for (unsigned i = 0; i < PAGES; i++)
            base[(unsigned long)(i * stride % PAGES) * PAGE_BYTES] = 1;
        bench_stop(&bench);
        syscall3(SYS_MUNMAP, (long)base, PAGES * PAGE_BYTES, 0);
    }
    bench_report(&bench, name, PAGES);
    check(1, name);
}

static void report_memory(void)
{
    static struct {
        long uptime;
        unsigned long loads[3], total, free, shared, buffers, more[8];
        unsigned long spare[8];
    } info;
    check(!syscall3(SYS_SYSINFO, (long)&info, 0, 0), "sysinfo");
    report("memory-available", info.free / 1024, " KiB");
}

// ---- Processes

// The child of a vfork runs on its parent's stack until it is another program: nothing returns between.
static inline __attribute__((always_inline)) long run_nothing(void)
{
    static const char program[] = "/nothing";
    static const char *const arguments[] = {program, 0};
    const long id = syscall6(SYS_CLONE, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0, 0);
    if (!id) {
        syscall3(SYS_EXECVE, (long)program, (long)arguments, (long)(arguments + 1));
        exit_thread(1);
    }
    int status = -1;
    return syscall6(SYS_WAIT4, id, (long)&status, 0, 0, 0, 0) == id && !status;
}

static void bench_process(void)
{
    enum { PROCESSES = 8 };
    bench_t bench = {};
    long good = 1;
    for (int round = 0; round < ROUNDS; round++) {
        bench_start(&bench);
        for (int i = 0; i < PROCESSES; i++)
            good &= run_nothing();
        bench_stop(&bench);
    }
    bench_report(&bench, "process-create-run-exit", PROCESSES);
    check(good == 1, "processes");
}

// ---- Devices: control requests that do nothing, and that give four bytes; a page that is read

static long open_device(const char *path, unsigned minor)
{
    enum { S_IFCHR = 0020000, MEMORY_MAJOR = 1 << 8, O_RDWR = 2 };
    syscall3(SYS_MKNOD, (long)path, S_IFCHR | 0600, MEMORY_MAJOR | minor);
    return syscall3(SYS_OPEN, (long)path, O_RDWR, 0);
}

static void bench_device(const char *name, long number, long file, long second, void *third,
                         long expected)
{
    bench_t bench = {};
    int good = 1;
    for (int round = 0; round < ROUNDS; round++) {
        bench_start(&bench);
        for (int i = 0; i < OPERATIONS; i++)
            good &= number == SYS_READ ? syscall3(number, file, (long)third, second) == expected
                                       : syscall3(number, file, second, (long)third) == expected;
        bench_stop(&bench);
    }
    bench_report(&bench, name, OPERATIONS);
    check(good, name);
}

static void bench_devices(void)
{
    enum { NULL_MINOR = 3, ZERO_MINOR = 5, RANDOM_MINOR = 9, NOT_TTY = -25, PAGE = 4096 };
    enum : long { RNDGETENTCNT = 0x80045200 };
    static _Alignas(PAGE) char page[PAGE];
    int count;
    bench_device("ioctl-refused", SYS_IOCTL, open_device("/null", NULL_MINOR), RNDGETENTCNT, &count,
                 NOT_TTY);
    bench_device("ioctl-4-bytes-out", SYS_IOCTL, open_device("/random", RANDOM_MINOR), RNDGETENTCNT,
                 &count, 0);
    bench_device("read-page-of-zeros", SYS_READ, open_device("/zero", ZERO_MINOR), PAGE, page,
                 PAGE);
}

[[noreturn]] void _start(void);
void _start(void)
{
    enum { POWER_OFF = 0x4321FEDC, MAGIC1 = (int)0xFEE1DEAD, MAGIC2 = 0x28121969, STEP = 1597 };
    report("boot-to-first-program", now(), " instructions");
    report_memory();
    repeat("null-service", SYS_GETPPID, OPERATIONS);
    repeat("yield", SYS_SCHED_YIELD, OPERATIONS);
    bench_switch();
    bench_ping();
    bench_touch("first-touch-sequential", 1);
    bench_touch("first-touch-random", STEP);
    bench_thread();
    bench_process();
    bench_devices();
    print("1..", results, "");
    for (;;)
        syscall3(SYS_REBOOT, MAGIC1, MAGIC2, POWER_OFF);
}
