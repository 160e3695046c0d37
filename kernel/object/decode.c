// From a capability to the invocation of its object.
#include "objectp.h"

static error_t invoke_endpoint(const invocation_t *inv)
{
    const cap_t cap = inv->cap;
    if (!cap.endpoint.can_send)
        return fail_cap(0);
    send_ipc(inv->thread, cap_ptr(cap.endpoint.ptr),
             (send_options_t){
                 .badge = cap.endpoint.badge,
                 .is_blocking = inv->is_blocking,
                 .is_call = inv->is_call,
                 .can_grant = cap.endpoint.can_grant,
                 .can_grant_reply = cap.endpoint.can_grant_reply,
             });
    return ok;
}

static error_t invoke_notification(const invocation_t *inv)
{
    const cap_t cap = inv->cap;
    if (!cap.notification.can_send)
        return fail_cap(0);
    send_signal(cap_ptr(cap.notification.ptr), cap.notification.badge);
    return ok;
}

static error_t invoke_reply(const invocation_t *inv)
{
    const cap_t cap = inv->cap;
    if (cap.reply.is_master)
        return fail_cap(0);
    do_reply_transfer(inv->thread, cap_ptr(cap.reply.tcb_ptr), inv->slot, cap.reply.can_grant);
    return ok;
}

error_t decode_invocation(const invocation_t *inv)
{
    if (cap_is_arch(inv->cap))
        return arch_decode_invocation(inv);

    switch (cap_get_type(inv->cap)) {
    case cap_endpoint:
        return invoke_endpoint(inv);
    case cap_notification:
        return invoke_notification(inv);
    case cap_reply:
        return invoke_reply(inv);
    case cap_untyped:
        return decode_untyped(inv);
    case cap_cnode:
        return decode_cnode(inv);
    case cap_thread:
        return decode_tcb(inv);
    case cap_domain:
        return decode_domain(inv);
    case cap_irq_control:
        return decode_irq_control(inv);
    case cap_irq_handler:
        return decode_irq_handler(inv);
    default:
        return fail_cap(0); // null, zombie
    }
}
