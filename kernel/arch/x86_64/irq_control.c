// IRQControl invocations of x86: a handler for an IOAPIC pin or for a message-signalled interrupt, on a
// CPU vector of user level's choice (manual, "x86-Specific I/O").
#include "arch.h"

enum { max_pci_bus = 255, max_pci_device = 31, max_pci_function = 7 };

static error_t check_vector(word_t vector)
{
    if (vector > max_irq)
        return fail_range(seL4_VectorMin, max_irq);
    if (kernel.irq_states[vector] != irq_inactive)
        return fail(seL4_RevokeFirst);
    return ok;
}

static error_t check_ioapic_pin(const invocation_t *inv)
{
    word_t ioapic = invocation_arg(inv, 2);
    if (ioapic_count() == 0)
        return fail(seL4_IllegalOperation);
    if (ioapic >= ioapic_count())
        return fail_range(0, ioapic_count() - 1);
    if (invocation_arg(inv, 3) >= ioapic_pins((unsigned)ioapic))
        return fail_range(0, ioapic_pins((unsigned)ioapic) - 1);
    if (invocation_arg(inv, 4) > 1 || invocation_arg(inv, 5) > 1)
        return fail_range(0, 1);
    return ok;
}

static error_t check_pci_function(const invocation_t *inv)
{
    if (invocation_arg(inv, 2) > max_pci_bus)
        return fail_range(0, max_pci_bus);
    if (invocation_arg(inv, 3) > max_pci_device)
        return fail_range(0, max_pci_device);
    if (invocation_arg(inv, 4) > max_pci_function)
        return fail_range(0, max_pci_function);
    return ok;
}

error_t arch_decode_irq_control(const invocation_t *inv)
{
    bool is_ioapic = inv->label == X86IRQIssueIRQHandlerIOAPIC;
    if (!is_ioapic && inv->label != X86IRQIssueIRQHandlerMSI)
        return fail(seL4_IllegalOperation);
    if (inv->length < 7 || !inv->extra[0])
        return fail(seL4_TruncatedMessage);
    word_t vector = invocation_arg(inv, 6);
    error_t error = check_vector(vector);
    if (error != ok)
        return error;
    cte_t *slot;
    error = lookup_empty_slot(inv->extra[0]->cap, invocation_arg(inv, 0), invocation_arg(inv, 1),
                              &slot);
    if (error != ok)
        return error;
    error = is_ioapic ? check_ioapic_pin(inv) : check_pci_function(inv);
    if (error != ok)
        return error;

    irq_t irq = (irq_t)vector;
    kernel.irq_states[irq] = irq_signal;
    if (is_ioapic) {
        ioapic_route((unsigned)invocation_arg(inv, 2), (unsigned)invocation_arg(inv, 3),
                     invocation_arg(inv, 4), invocation_arg(inv, 5), irq);
        irq_mask(irq, false);
    }
    cap_t cap = {.irq_handler = {.type_ = cap_irq_handler, .irq = irq}};
    insert_new_cap(inv->slot, slot, cap);
    return ok;
}
