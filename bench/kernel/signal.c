// Signals, interrupts and yields.
#include "bench.h"

static volatile seL4_Word arrived;

static void waiter(thread_t *self)
{
    for (;;) {
        seL4_Word start = 0;
        arrived =
            timed_syscall(seL4_SysRecv, self->arg[0], seL4_MessageInfo_new(0, 0, 0, 0), &start);
    }
}

TEST(signal_up, "bench/signal-to-higher")
{
    const seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.vspace = new_process_vspace()});
    thread->arg[0] = notification;
    thread_start(thread, waiter);

    sample_t sample = {0};
    for (int round = 0; round < ROUNDS; round++) {
        seL4_Word start = 0;
        (void)timed_syscall(seL4_SysSend, notification, seL4_MessageInfo_new(0, 0, 0, 0), &start);
        sample_add(&sample, round, arrived - start);
    }
    report("signal-to-higher", &sample);
}

// Whether the lower thread waits, and is made ready, or has not come round to waiting again.
static void measure_signal_down(const char *name, bool waits)
{
    const seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    thread_spawn(BELOW, waiter, notification, 0, 0);
    settle();

    sample_t sample = {0};
    for (int round = 0; round < ROUNDS; round++) {
        if (waits)
            settle();
        seL4_Word start = 0;
        const seL4_Word end =
            timed_syscall(seL4_SysSend, notification, seL4_MessageInfo_new(0, 0, 0, 0), &start);
        sample_add(&sample, round, end - start);
    }
    report(name, &sample);
}

TEST(signal_down, "bench/signal-to-lower")
{
    measure_signal_down("signal-to-lower", false);
    measure_signal_down("signal-wakes-lower", true);
}

static volatile seL4_Word yielded;

static void yielder(thread_t *self)
{
    (void)self;
    for (;;) {
        yielded = ticks();
        seL4_Yield();
    }
}

static void measure_yield(const char *name, seL4_CPtr vspace)
{
    thread_t *thread = thread_new_in(RUNNER_PRIORITY, (thread_space_t){.vspace = vspace});
    thread_start(thread, yielder);

    sample_t sample = {0};
    for (int round = 0; round < ROUNDS; round++) {
        const seL4_Word start = ticks();
        seL4_Yield();
        sample_add(&sample, round, yielded - start);
    }
    report(name, &sample);
    CHECK_OK(seL4_TCB_Suspend(thread->tcb));
}

TEST(yields, "bench/yield")
{
    measure_yield("yield-thread", seL4_CapInitThreadVSpace);
    measure_yield("yield-process", new_process_vspace());
}

// ---- Interrupts: the PIT's counter 0 on pin 2 of the first I/O APIC.
enum { PIT_COUNTER = 0x40, PIT_COMMAND = 0x43, PIT_PIN = 2, PIT_ONE_SHOT = 0x30 };
enum { PIT_DELAY = 2000, IRQ_VECTOR = 5 };

static volatile bool interrupted;
static volatile seL4_Word last_spin;

static void interrupt_waiter(thread_t *self)
{
    for (;;) {
        seL4_Wait(self->arg[0], nullptr);
        arrived = ticks();
        interrupted = true;
        CHECK_OK(seL4_IRQHandler_Ack(self->arg[1]));
    }
}

static void start_pit(seL4_CPtr ports)
{
    CHECK_OK(seL4_X86_IOPort_Out8(ports, PIT_COMMAND, PIT_ONE_SHOT));
    CHECK_OK(seL4_X86_IOPort_Out8(ports, PIT_COUNTER, PIT_DELAY & 0xff));
    CHECK_OK(seL4_X86_IOPort_Out8(ports, PIT_COUNTER, PIT_DELAY >> 8));
}

static void measure_interrupt(const char *name, seL4_CPtr vspace)
{
    const seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    const seL4_CPtr ports = new_slot(), handler = new_slot();
    CHECK_OK(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, PIT_COUNTER, PIT_COMMAND, ROOT,
                                          ports, DEPTH));
    CHECK_OK(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, handler, DEPTH, 0, PIT_PIN, 0, 0,
                                       IRQ_VECTOR));
    CHECK_OK(seL4_IRQHandler_SetNotification(handler, notification));

    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.vspace = vspace});
    thread->arg[0] = notification;
    thread->arg[1] = handler;
    thread_start(thread, interrupt_waiter);

    sample_t sample = {0};
    for (int round = 0; round < ROUNDS; round++) {
        interrupted = false;
        start_pit(ports);
        while (!interrupted)
            last_spin = ticks();
        sample_add(&sample, round, arrived - last_spin);
    }
    report(name, &sample);
    delete_cap(handler);
    delete_cap(ports);
}

TEST(interrupts, "bench/interrupt")
{
    measure_interrupt("interrupt-same-space", seL4_CapInitThreadVSpace);
    measure_interrupt("interrupt-other-space", new_process_vspace());
}
