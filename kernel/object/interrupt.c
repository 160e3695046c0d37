// Interrupts as objects. IRQControl hands out at most one handler capability tree for each vector; the
// handler's notification capability lives in kernel.irq_slots, a slot of the derivation list like any
// other. One that is taken is followed by no other until its handler acknowledges it.
#include "arch.h"

error_t decode_irq_control(const invocation_t *inv)
{
    // The legacy invocation is for the PIC, which is off when there are IOAPICs.
    if (inv->label == IRQIssueIRQHandler) {
        if (inv->length < 3 || !inv->extra[0])
            return fail(seL4_TruncatedMessage);
        return fail(seL4_IllegalOperation);
    }
    return arch_decode_irq_control(inv);
}

static error_t set_notification(const invocation_t *inv)
{
    cte_t *source = inv->extra[0];
    if (!source)
        return fail(seL4_TruncatedMessage);
    if (cap_get_type(source->cap) != cap_notification || !source->cap.notification.can_send)
        return fail_cap(0);

    cte_t *slot = &kernel.irq_slots[inv->cap.irq_handler.irq];
    cte_delete_one(slot);
    cte_insert(source->cap, source, slot);
    return ok;
}

static void signal(irq_t irq)
{
    if (kernel.irq_states[irq] != irq_signal)
        return; // was on its way when its handler went
    cap_t cap = kernel.irq_slots[irq].cap;
    if (cap_get_type(cap) == cap_notification && cap.notification.can_send)
        send_signal(cap_ptr(cap.notification.ptr), cap.notification.badge);
}

error_t decode_irq_handler(const invocation_t *inv)
{
    irq_t irq = inv->cap.irq_handler.irq;
    switch (inv->label) {
    case IRQAckIRQ:
        if (irq_release(irq))
            signal(irq);
        return ok;
    case IRQSetIRQHandler:
        return set_notification(inv);
    case IRQClearIRQHandler:
        cte_delete_one(&kernel.irq_slots[irq]);
        return ok;
    default:
        return fail(seL4_IllegalOperation);
    }
}

void irq_delete_handler(irq_t irq)
{
    cte_delete_one(&kernel.irq_slots[irq]);
}

void irq_deactivate(irq_t irq)
{
    kernel.irq_states[irq] = irq_inactive;
    irq_mask(irq, true);
    ioapic_unroute(irq);
}

void irq_signal_received(irq_t irq)
{
    if (irq_hold(irq))
        signal(irq);
}
