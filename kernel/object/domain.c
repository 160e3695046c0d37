// Domains (manual, "Domains"): which domain a thread belongs to, and the schedule of domains.
#include "objectp.h"

static error_t decode_set(const invocation_t *inv)
{
    if (inv->length < 1)
        return fail(seL4_TruncatedMessage);
    const word_t domain = invocation_arg(inv, 0);
    if (domain >= num_domains)
        return fail_argument(0);
    if (!inv->extra[0])
        return fail(seL4_TruncatedMessage);
    const cap_t cap = inv->extra[0]->cap;
    if (cap_get_type(cap) != cap_thread)
        return fail_argument(1);

    set_domain(tcb_from_cap(cap), (dom_t)domain);
    return ok;
}

static error_t decode_schedule_configure(const invocation_t *inv)
{
    if (inv->length < 3)
        return fail(seL4_TruncatedMessage);
    const word_t index = invocation_arg(inv, 0);
    const word_t domain = invocation_arg(inv, 1);
    const word_t ticks = invocation_arg(inv, 2);
    // The last entry always marks the end.
    if (index >= num_domain_schedules - 1)
        return fail_range(0, num_domain_schedules - 2);
    if (domain >= num_domains)
        return fail_range(0, num_domains - 1);
    if (ticks > MASK(56))
        return fail_argument(2);
    // No ticks mark the end of a schedule: such an entry names no domain, and is not the start.
    if (ticks == 0 && domain != 0)
        return fail_argument(1);
    if (ticks == 0 && index == kernel.domain_start)
        return fail_argument(2);

    kernel.domain_schedule[index] =
        (domain_schedule_entry_t){.domain = (dom_t)domain, .ticks = ticks};
    return ok;
}

static error_t decode_schedule_set_start(const invocation_t *inv)
{
    if (inv->length < 1)
        return fail(seL4_TruncatedMessage);
    const word_t index = invocation_arg(inv, 0);
    if (index >= num_domain_schedules)
        return fail_range(0, num_domain_schedules - 1);
    if (kernel.domain_schedule[index].ticks == 0)
        return fail_argument(0);

    enter_domain_schedule(index);
    return ok;
}

error_t decode_domain(const invocation_t *inv)
{
    switch (inv->label) {
    case DomainSetSet:
        return decode_set(inv);
    case DomainScheduleConfigure:
        return decode_schedule_configure(inv);
    case DomainScheduleSetStart:
        return decode_schedule_set_start(inv);
    default:
        return fail(seL4_IllegalOperation);
    }
}
