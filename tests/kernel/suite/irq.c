// Interrupt control and handlers, and real interrupts: the PIT through the I/O APIC.
#include "ktest.h"

// The highest vector that is handed out; the two above it are the kernel's.
enum { LAST_VECTOR = 107, VECTOR = 60, PIN = 20, LAST_PIN = 23 };
enum { CONTROL = seL4_CapIRQControl };

static seL4_Error get_ioapic(seL4_CPtr slot, seL4_Word ioapic, seL4_Word pin, seL4_Word level,
                             seL4_Word polarity, seL4_Word vector)
{
    return seL4_IRQControl_GetIOAPIC(CONTROL, ROOT, slot, DEPTH, ioapic, pin, level, polarity,
                                     vector);
}

static seL4_Error get_msi(seL4_CPtr slot, seL4_Word bus, seL4_Word device, seL4_Word function,
                          seL4_Word vector)
{
    return seL4_IRQControl_GetMSI(CONTROL, ROOT, slot, DEPTH, bus, device, function, 0, vector);
}

TEST(labels, "irq/control/labels-and-truncation")
{
    seL4_CPtr slot = new_slot();
    CHECK_ERROR(seL4_IllegalOperation, invoke(CONTROL, InvalidInvocation, WORDS(), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, invoke(CONTROL, IRQAckIRQ, WORDS(), WORDS()));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(CONTROL, X86IRQIssueIRQHandlerIOAPIC, WORDS(),
                                              WORDS(slot, 64, 0, PIN, 0, 0, VECTOR)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(CONTROL, X86IRQIssueIRQHandlerIOAPIC, WORDS(ROOT),
                                              WORDS(slot, 64, 0, PIN, 0, 0)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(CONTROL, X86IRQIssueIRQHandlerMSI, WORDS(),
                                              WORDS(slot, 64, 0, 0, 0, 0, VECTOR)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(CONTROL, X86IRQIssueIRQHandlerMSI, WORDS(ROOT),
                                              WORDS(slot, 64, 0, 0, 0, 0)));
}

// The general way to get a handler is refused: on x86 it must be told where the interrupt comes from.
TEST(plain_get, "irq/control/get-refused")
{
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_IRQControl_Get(CONTROL, VECTOR, ROOT, new_slot(), DEPTH));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(CONTROL, IRQIssueIRQHandler, WORDS(), WORDS()));
}

TEST(ioapic_ranges, "irq/ioapic/ranges")
{
    seL4_CPtr slot = new_slot();
    CHECK_ERROR(seL4_RangeError, get_ioapic(slot, 0, PIN, 0, 0, LAST_VECTOR + 1), 0, LAST_VECTOR);
    CHECK_ERROR(seL4_RangeError, get_ioapic(slot, 0, PIN, 0, 0, -1ull), 0, LAST_VECTOR);
    CHECK_ERROR(seL4_RangeError, get_ioapic(slot, 1, PIN, 0, 0, VECTOR), 0, 0);
    CHECK_ERROR(seL4_RangeError, get_ioapic(slot, 0, LAST_PIN + 1, 0, 0, VECTOR), 0, LAST_PIN);
    CHECK_ERROR(seL4_RangeError, get_ioapic(slot, 0, PIN, 2, 0, VECTOR), 0, 1);
    CHECK_ERROR(seL4_RangeError, get_ioapic(slot, 0, PIN, 0, 2, VECTOR), 0, 1);
    CHECK(slot_is_empty(slot));
}

TEST(msi_ranges, "irq/msi/ranges")
{
    seL4_CPtr slot = new_slot();
    CHECK_ERROR(seL4_RangeError, get_msi(slot, 0, 0, 0, LAST_VECTOR + 1), 0, LAST_VECTOR);
    CHECK_ERROR(seL4_RangeError, get_msi(slot, 256, 0, 0, VECTOR), 0, 255);
    CHECK_ERROR(seL4_RangeError, get_msi(slot, 0, 32, 0, VECTOR), 0, 31);
    CHECK_ERROR(seL4_RangeError, get_msi(slot, 0, 0, 8, VECTOR), 0, 7);
    CHECK_OK(get_msi(slot, 255, 31, 7, LAST_VECTOR));
}

TEST(in_use, "irq/control/vector-in-use")
{
    seL4_CPtr first = new_slot(), second = new_slot();
    CHECK_OK(get_ioapic(first, 0, PIN, 0, 0, VECTOR));
    CHECK_ERROR(seL4_RevokeFirst, get_ioapic(second, 0, PIN + 1, 0, 0, VECTOR));
    CHECK_ERROR(seL4_RevokeFirst, get_msi(second, 0, 0, 0, VECTOR));
    CHECK_OK(get_ioapic(second, 0, PIN, 0, 0, VECTOR + 1)); // the pin may be given again
    delete_cap(first);
    CHECK_OK(get_msi(first, 0, 0, 0, VECTOR));
}

TEST(all_vectors, "irq/control/every-vector")
{
    seL4_CPtr slots = new_slots(LAST_VECTOR + 1);
    for (seL4_Word vector = 0; vector <= LAST_VECTOR; vector++)
        CHECK_OK(get_msi(slots + vector, 0, 0, 0, vector));
    CHECK_OK(seL4_CNode_Revoke(ROOT, CONTROL, DEPTH));
    for (seL4_Word vector = 0; vector <= LAST_VECTOR; vector++)
        CHECK(slot_is_empty(slots + vector));
}

TEST(slots, "irq/control/destination")
{
    seL4_CPtr full = new_object(seL4_EndpointObject, 0), slot = new_slot();
    CHECK_ERROR(seL4_DeleteFirst, get_msi(full, 0, 0, 0, VECTOR));
    CHECK_ERROR(seL4_FailedLookup,
                seL4_IRQControl_GetMSI(CONTROL, full, slot, DEPTH, 0, 0, 0, 0, VECTOR), 0,
                seL4_InvalidRoot);
    CHECK_ERROR(seL4_FailedLookup,
                seL4_IRQControl_GetMSI(CONTROL, ROOT, slot, 63, 0, 0, 0, 0, VECTOR), 0,
                seL4_DepthMismatch, 63, 64);
    CHECK_ERROR(seL4_RangeError,
                seL4_IRQControl_GetIOAPIC(CONTROL, ROOT, slot, 0, 0, PIN, 0, 0, VECTOR), 1, 64);
}

// Vector, then whether it is in use, the slot, then I/O APIC, pin, level, polarity.
TEST(precedence, "irq/ioapic/precedence")
{
    seL4_CPtr full = new_object(seL4_EndpointObject, 0), slot = new_slot(), used = new_slot();
    CHECK_OK(get_msi(used, 0, 0, 0, VECTOR + 1));
    CHECK_ERROR(seL4_RangeError,
                seL4_IRQControl_GetIOAPIC(CONTROL, full, full, 0, 1, 24, 2, 2, LAST_VECTOR + 1), 0,
                LAST_VECTOR);
    CHECK_ERROR(seL4_RevokeFirst,
                seL4_IRQControl_GetIOAPIC(CONTROL, full, full, 0, 1, 24, 2, 2, VECTOR + 1));
    CHECK_ERROR(seL4_FailedLookup,
                seL4_IRQControl_GetIOAPIC(CONTROL, full, full, 0, 1, 24, 2, 2, VECTOR), 0,
                seL4_InvalidRoot);
    CHECK_ERROR(seL4_DeleteFirst, get_ioapic(full, 1, 24, 2, 2, VECTOR));
    CHECK_ERROR(seL4_RangeError, get_ioapic(slot, 1, 24, 2, 2, VECTOR), 0, 0);
    CHECK_ERROR(seL4_RangeError, get_ioapic(slot, 0, 24, 2, 2, VECTOR), 0, LAST_PIN);
    CHECK_ERROR(seL4_RangeError, get_ioapic(slot, 0, 23, 2, 2, VECTOR), 0, 1);
    CHECK_EQ(2,
             seL4_MessageInfo_get_length((invoke(CONTROL, X86IRQIssueIRQHandlerIOAPIC, WORDS(ROOT),
                                                 WORDS(slot, 64, 0, 23, 0, 2, VECTOR)),
                                          invoke_reply)));
}

TEST(handler, "irq/handler/invocations")
{
    seL4_CPtr slot = new_slot(), notification = new_object(seL4_NotificationObject, 0);
    CHECK_OK(get_msi(slot, 0, 0, 0, VECTOR));
    CHECK_OK(seL4_IRQHandler_Ack(slot));
    CHECK_OK(seL4_IRQHandler_Clear(slot));
    CHECK_OK(seL4_IRQHandler_SetNotification(slot, notification));
    CHECK_OK(seL4_IRQHandler_SetNotification(slot, copy_cap(notification, seL4_CanWrite)));
    CHECK_OK(seL4_IRQHandler_Clear(slot));
    CHECK_OK(seL4_IRQHandler_Clear(slot));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(slot, IRQSetIRQHandler, WORDS(), WORDS()));
    CHECK_ERROR(seL4_InvalidCapability, seL4_IRQHandler_SetNotification(slot, new_slot()), 0);
    CHECK_ERROR(seL4_InvalidCapability, seL4_IRQHandler_SetNotification(slot, ROOT), 0);
    CHECK_ERROR(seL4_InvalidCapability,
                seL4_IRQHandler_SetNotification(slot, copy_cap(notification, seL4_NoWrite)), 0);
    CHECK_ERROR(seL4_IllegalOperation, invoke(slot, InvalidInvocation, WORDS(), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, invoke(slot, IRQIssueIRQHandler, WORDS(), WORDS()));
}

// A copy handles the same interrupt; the vector is free when the last one goes.
TEST(handler_copies, "irq/handler/copies")
{
    seL4_CPtr slot = new_slot();
    CHECK_OK(get_msi(slot, 0, 0, 0, VECTOR));
    seL4_CPtr copy = copy_cap(slot, seL4_AllRights);
    delete_cap(slot);
    CHECK_ERROR(seL4_RevokeFirst, get_msi(slot, 0, 0, 0, VECTOR));
    CHECK_OK(seL4_IRQHandler_Ack(copy));
    delete_cap(copy);
    CHECK_OK(get_msi(slot, 0, 0, 0, VECTOR));
}

// The PIT's counter 0, wired to pin 2 of the first I/O APIC.
enum { PIT_COUNTER = 0x40, PIT_COMMAND = 0x43, PIT_PIN = 2 };
enum { PIT_ONE_SHOT = 0x30, PIT_RATE = 0x34, PIT_HZ = 1193182 };

typedef struct timer {
    seL4_CPtr handler, notification, ports;
} timer_t;

static timer_t new_timer(void)
{
    timer_t timer = {new_slot(), new_object(seL4_NotificationObject, 0), new_slot()};
    CHECK_OK(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, PIT_COUNTER, PIT_COMMAND, ROOT,
                                          timer.ports, DEPTH));
    CHECK_OK(get_ioapic(timer.handler, 0, PIT_PIN, 0, 0, VECTOR));
    CHECK_OK(seL4_IRQHandler_SetNotification(timer.handler,
                                             mint_cap(timer.notification, seL4_AllRights, 0x10)));
    return timer;
}

static void pit_start(const timer_t *timer, seL4_Word mode, seL4_Word count)
{
    CHECK_OK(seL4_X86_IOPort_Out8(timer->ports, PIT_COMMAND, mode));
    CHECK_OK(seL4_X86_IOPort_Out8(timer->ports, PIT_COUNTER, count & 0xff));
    CHECK_OK(seL4_X86_IOPort_Out8(timer->ports, PIT_COUNTER, count >> 8));
}

static void pit_stop(const timer_t *timer)
{
    CHECK_OK(seL4_X86_IOPort_Out8(timer->ports, PIT_COMMAND, PIT_ONE_SHOT));
}

static void busy_wait(seL4_Word microseconds)
{
    seL4_Word start = read_tsc();
    while (read_tsc() - start < microseconds * tsc_mhz()) {
    }
}

static seL4_Word poll(seL4_CPtr notification)
{
    seL4_Word badge = 0;
    seL4_Poll(notification, &badge);
    return badge;
}

TEST(delivery, "irq/pit/delivered-as-signal")
{
    timer_t timer = new_timer();
    pit_start(&timer, PIT_ONE_SHOT, PIT_HZ / 1000);
    seL4_Word badge = 0;
    seL4_Wait(timer.notification, &badge);
    CHECK_EQ(0x10, badge);
    CHECK_OK(seL4_IRQHandler_Ack(timer.handler));
    pit_stop(&timer);
}

TEST(masked, "irq/pit/masked-until-acknowledged")
{
    timer_t timer = new_timer();
    pit_start(&timer, PIT_RATE, PIT_HZ / 1000);
    seL4_Word badge = 0;
    seL4_Wait(timer.notification, &badge);
    busy_wait(20000);
    CHECK_EQ(0, poll(timer.notification));
    CHECK_OK(seL4_IRQHandler_Ack(timer.handler));
    seL4_Wait(timer.notification, &badge);
    CHECK_EQ(0x10, badge);
    pit_stop(&timer);
}

TEST(periodic, "irq/pit/periodic")
{
    timer_t timer = new_timer();
    pit_start(&timer, PIT_RATE, PIT_HZ / 1000);
    seL4_Word start = read_tsc();
    for (int i = 0; i < 50; i++) {
        seL4_Wait(timer.notification, nullptr);
        CHECK_OK(seL4_IRQHandler_Ack(timer.handler));
    }
    seL4_Word milliseconds = (read_tsc() - start) / tsc_mhz() / 1000;
    CHECK(milliseconds >= 20); // ticks may pile up in a busy host, but not come too early
    pit_stop(&timer);
}

static void wait_for_tick(thread_t *self)
{
    for (;;) {
        seL4_Wait(self->arg[0], nullptr);
        self->steps++;
        (void)seL4_IRQHandler_Ack(self->arg[1]);
    }
}

TEST(preempts, "irq/pit/preempts-a-lower-thread")
{
    timer_t timer = new_timer();
    thread_t *thread = thread_spawn(ABOVE, wait_for_tick, timer.notification, timer.handler, 0);
    pit_start(&timer, PIT_RATE, PIT_HZ / 1000);
    seL4_Word start = read_tsc();
    while (thread->steps < 10 && read_tsc() - start < 1000000 * tsc_mhz()) {
    }
    CHECK(thread->steps >= 10);
    pit_stop(&timer);
}

TEST(wakes_from_idle, "irq/pit/wakes-from-idle")
{
    timer_t timer = new_timer();
    pit_start(&timer, PIT_RATE, PIT_HZ / 100);
    for (int i = 0; i < 5; i++) {
        seL4_Wait(timer.notification, nullptr);
        CHECK_OK(seL4_IRQHandler_Ack(timer.handler));
    }
    pit_stop(&timer);
}

TEST(unbound, "irq/pit/without-notification-nothing-happens")
{
    timer_t timer = new_timer();
    CHECK_OK(seL4_IRQHandler_Clear(timer.handler));
    pit_start(&timer, PIT_RATE, PIT_HZ / 1000);
    busy_wait(10000);
    CHECK_EQ(0, poll(timer.notification));
    // The next one after an acknowledgement goes to the new notification.
    CHECK_OK(seL4_IRQHandler_SetNotification(timer.handler,
                                             mint_cap(timer.notification, seL4_AllRights, 0x20)));
    CHECK_OK(seL4_IRQHandler_Ack(timer.handler));
    seL4_Word badge = 0;
    seL4_Wait(timer.notification, &badge);
    CHECK_EQ(0x20, badge);
    pit_stop(&timer);
}

TEST(handler_deleted, "irq/pit/deleted-handler-masks")
{
    timer_t timer = new_timer();
    pit_start(&timer, PIT_RATE, PIT_HZ / 1000);
    seL4_Wait(timer.notification, nullptr);
    CHECK_OK(seL4_IRQHandler_Ack(timer.handler));
    seL4_Wait(timer.notification, nullptr);
    delete_cap(timer.handler);
    busy_wait(10000);
    CHECK_EQ(0, poll(timer.notification));
    pit_stop(&timer);
}

TEST(notification_deleted, "irq/pit/deleted-notification")
{
    timer_t timer = new_timer();
    pit_start(&timer, PIT_RATE, PIT_HZ / 1000);
    seL4_Wait(timer.notification, nullptr);
    CHECK_OK(seL4_CNode_Revoke(ROOT, timer.notification, DEPTH)); // also the handler's copy
    delete_cap(timer.notification);
    CHECK_OK(seL4_IRQHandler_Ack(timer.handler));
    busy_wait(10000);
    seL4_CPtr fresh = new_object(seL4_NotificationObject, 0);
    CHECK_OK(seL4_IRQHandler_SetNotification(timer.handler, fresh));
    CHECK_OK(seL4_IRQHandler_Ack(timer.handler));
    seL4_Wait(fresh, nullptr);
    pit_stop(&timer);
}

TEST(bound, "irq/pit/bound-notification")
{
    timer_t timer = new_timer();
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    CHECK_OK(seL4_TCB_BindNotification(seL4_CapInitThreadTCB, timer.notification));
    pit_start(&timer, PIT_ONE_SHOT, PIT_HZ / 1000);
    seL4_Word badge = 0;
    seL4_Recv(endpoint, &badge);
    CHECK_EQ(0x10, badge);
    CHECK_OK(seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB));
    pit_stop(&timer);
}
