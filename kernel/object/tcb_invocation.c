// TCB invocations that set up a thread (manual, "Thread Creation", "Scheduling").
#include "objectp.h"

// A capability on its way into a slot of the TCB: what goes there, and the slot it comes from.
typedef struct new_cap {
    cap_t cap;
    cte_t *source;
} new_cap_t;

// Replace the capability in a slot of the thread. Deleting the old one may take long, and may delete
// what is to come or the thread itself: then the slot stays empty.
static error_t replace_cap(const invocation_t *inv, cte_t *slot, new_cap_t new)
{
    error_t error = cte_delete(slot, true);
    if (error != ok)
        return error;
    if (new.source && same_object_as(new.cap, new.source->cap) &&
        same_object_as(inv->cap, inv->slot->cap))
        cte_insert(new.cap, new.source, slot);
    return ok;
}

static error_t decode_buffer(cte_t *source, vptr_t address, new_cap_t *buffer)
{
    *buffer = (new_cap_t){};
    if (address == 0)
        return ok; // no buffer
    error_t error = derive_cap(source, source->cap, &buffer->cap);
    if (error != ok)
        return error;
    buffer->source = source;
    return arch_check_ipc_buffer(buffer->cap, address);
}

static error_t derive_root(cte_t *source, word_t data, new_cap_t *root)
{
    const cap_t cap = data == 0 ? source->cap : update_cap_data(false, data, source->cap);
    root->source = source;
    return derive_cap(source, cap, &root->cap);
}

typedef struct new_space {
    cptr_t fault_handler;
    new_cap_t cspace, vspace;
} new_space_t;

// Message words 0..2: fault handler, CSpace data, VSpace data. Extra capabilities: the two roots.
static error_t decode_space(const invocation_t *inv, new_space_t *space)
{
    const tcb_t *thread = tcb_from_cap(inv->cap);
    space->fault_handler = invocation_arg(inv, 0);
    if (slot_is_long_running(&thread->slots[tcb_cspace]) ||
        slot_is_long_running(&thread->slots[tcb_vspace]))
        return fail(seL4_IllegalOperation);

    error_t error = derive_root(inv->extra[0], invocation_arg(inv, 1), &space->cspace);
    if (error != ok)
        return error;
    if (cap_get_type(space->cspace.cap) != cap_cnode)
        return fail(seL4_IllegalOperation);

    error = derive_root(inv->extra[1], invocation_arg(inv, 2), &space->vspace);
    if (error != ok)
        return error;
    return arch_is_vspace_root(space->vspace.cap) ? ok : fail(seL4_IllegalOperation);
}

static error_t perform_space(const invocation_t *inv, const new_space_t *space)
{
    tcb_t *thread = tcb_from_cap(inv->cap);
    thread->fault_handler = space->fault_handler;
    error_t error = replace_cap(inv, &thread->slots[tcb_cspace], space->cspace);
    if (error != ok)
        return error;
    return replace_cap(inv, &thread->slots[tcb_vspace], space->vspace);
}

static error_t perform_buffer(const invocation_t *inv, vptr_t address, new_cap_t buffer)
{
    tcb_t *thread = tcb_from_cap(inv->cap);
    error_t error = cte_delete(&thread->slots[tcb_buffer], true);
    if (error != ok)
        return error;
    thread->ipc_buffer = address;
    return replace_cap(inv, &thread->slots[tcb_buffer], buffer);
}

// The current thread's own address space may have changed: have it loaded again.
static error_t reload_if_current(const invocation_t *inv, error_t error)
{
    if (error == ok && tcb_from_cap(inv->cap) == kernel.current)
        reschedule_required();
    return error;
}

static error_t configure(const invocation_t *inv)
{
    if (inv->length < 4 || !inv->extra[0] || !inv->extra[1] || !inv->extra[2])
        return fail(seL4_TruncatedMessage);
    const vptr_t address = invocation_arg(inv, 3);
    new_cap_t buffer;
    error_t error = decode_buffer(inv->extra[2], address, &buffer);
    if (error != ok)
        return error;
    new_space_t space;
    error = decode_space(inv, &space);
    if (error != ok)
        return error;

    error = perform_space(inv, &space);
    if (error == ok)
        error = perform_buffer(inv, address, buffer);
    return reload_if_current(inv, error);
}

static error_t set_space(const invocation_t *inv)
{
    if (inv->length < 3 || !inv->extra[0] || !inv->extra[1])
        return fail(seL4_TruncatedMessage);
    new_space_t space;
    error_t error = decode_space(inv, &space);
    if (error != ok)
        return error;
    return reload_if_current(inv, perform_space(inv, &space));
}

static error_t set_ipc_buffer(const invocation_t *inv)
{
    if (inv->length < 1 || !inv->extra[0])
        return fail(seL4_TruncatedMessage);
    const vptr_t address = invocation_arg(inv, 0);
    new_cap_t buffer;
    error_t error = decode_buffer(inv->extra[0], address, &buffer);
    if (error != ok)
        return error;
    return reload_if_current(inv, perform_buffer(inv, address, buffer));
}

// Message words 0 to `count` - 1 are priorities, which the maximum controlled priority of a thread
// (extra capability 0) has to grant.
static error_t check_priorities(const invocation_t *inv, unsigned count)
{
    if (inv->length < count || !inv->extra[0])
        return fail(seL4_TruncatedMessage);
    if (cap_get_type(inv->extra[0]->cap) != cap_thread)
        return fail_cap(1);
    const prio_t mcp = tcb_from_cap(inv->extra[0]->cap)->mcp;
    for (unsigned i = 0; i < count; i++) {
        if (invocation_arg(inv, i) > mcp)
            return fail_range(seL4_MinPrio, mcp);
    }
    return ok;
}

static error_t set_priority_invocation(const invocation_t *inv)
{
    error_t error = check_priorities(inv, 1);
    if (error == ok)
        set_priority(tcb_from_cap(inv->cap), (prio_t)invocation_arg(inv, 0));
    return error;
}

static error_t set_mc_priority(const invocation_t *inv)
{
    error_t error = check_priorities(inv, 1);
    if (error == ok)
        tcb_from_cap(inv->cap)->mcp = (prio_t)invocation_arg(inv, 0);
    return error;
}

static error_t set_sched_params(const invocation_t *inv)
{
    error_t error = check_priorities(inv, 2);
    if (error != ok)
        return error;
    tcb_t *thread = tcb_from_cap(inv->cap);
    thread->mcp = (prio_t)invocation_arg(inv, 0);
    set_priority(thread, (prio_t)invocation_arg(inv, 1));
    return ok;
}

static error_t suspend_invocation(const invocation_t *inv)
{
    suspend(tcb_from_cap(inv->cap));
    return ok;
}

static error_t resume_invocation(const invocation_t *inv)
{
    restart(tcb_from_cap(inv->cap));
    return ok;
}

static error_t bind_invocation(const invocation_t *inv)
{
    if (!inv->extra[0])
        return fail(seL4_TruncatedMessage);
    tcb_t *thread = tcb_from_cap(inv->cap);
    if (thread->bound_notification)
        return fail(seL4_IllegalOperation);
    const cap_t cap = inv->extra[0]->cap;
    if (cap_get_type(cap) != cap_notification || !cap.notification.can_receive)
        return fail(seL4_IllegalOperation);
    notification_t *notification = cap_ptr(cap.notification.ptr);
    if (notification->bound_tcb || notification->head)
        return fail(seL4_IllegalOperation); // another thread's, or one waits there
    bind_notification(thread, notification);
    return ok;
}

static error_t unbind_invocation(const invocation_t *inv)
{
    tcb_t *thread = tcb_from_cap(inv->cap);
    if (!thread->bound_notification)
        return fail(seL4_IllegalOperation);
    unbind_notification(thread);
    return ok;
}

static error_t set_flags(const invocation_t *inv)
{
    if (inv->length < 2)
        return fail(seL4_TruncatedMessage);
    tcb_t *thread = tcb_from_cap(inv->cap);
    const word_t clear = invocation_arg(inv, 0), set = invocation_arg(inv, 1);
    const word_t flags = (thread->flags & ~clear) | (set & seL4_TCBFlag_MASK);
    thread->flags = (uint32_t)flags;
    fpu_flags_changed(thread);
    invocation_reply(inv, &flags, 1);
    return ok;
}

error_t decode_tcb(const invocation_t *inv)
{
    typedef error_t (*handler_t)(const invocation_t *inv);
    static const handler_t handlers[] = {
        [TCBReadRegisters] = read_registers_invocation,
        [TCBWriteRegisters] = write_registers_invocation,
        [TCBCopyRegisters] = copy_registers_invocation,
        [TCBConfigure] = configure,
        [TCBSetPriority] = set_priority_invocation,
        [TCBSetMCPriority] = set_mc_priority,
        [TCBSetSchedParams] = set_sched_params,
        [TCBSetIPCBuffer] = set_ipc_buffer,
        [TCBSetSpace] = set_space,
        [TCBSuspend] = suspend_invocation,
        [TCBResume] = resume_invocation,
        [TCBBindNotification] = bind_invocation,
        [TCBUnbindNotification] = unbind_invocation,
        [TCBSetTLSBase] = set_tls_base_invocation,
        [TCBSetFlags] = set_flags,
    };
    if (inv->label >= ARRAY_SIZE(handlers) || !handlers[inv->label])
        return fail(seL4_IllegalOperation);
    return handlers[inv->label](inv);
}
