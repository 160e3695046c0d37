// Reading and writing the registers of threads (manual, "Message Layout of the Read-/Write-Registers
// Methods").
#include "objectp.h"

#define REGISTER(name) (offsetof(context_t, name) / sizeof(word_t))

// In the order of seL4_UserContext.
static const uint8_t user_context_registers[seL4_UserContextRegisters] = {
    REGISTER(fault_ip), REGISTER(rsp), REGISTER(rflags), REGISTER(rax),     REGISTER(rbx),
    REGISTER(rcx),      REGISTER(rdx), REGISTER(rsi),    REGISTER(rdi),     REGISTER(rbp),
    REGISTER(r8),       REGISTER(r9),  REGISTER(r10),    REGISTER(r11),     REGISTER(r12),
    REGISTER(r13),      REGISTER(r14), REGISTER(r15),    REGISTER(fs_base), REGISTER(gs_base),
};

// CopyRegisters: the last two are "integer" registers, the others "frame" registers.
constexpr word_t frame_register_count = seL4_UserContextRegisters - 2;

void context_set_user(context_t *context, word_t index, word_t value)
{
    switch (index) {
    case REGISTER(rflags):
        value = arch_sanitise_flags(value);
        break;
    case REGISTER(fault_ip):
    case REGISTER(fs_base):
    case REGISTER(gs_base):
        // The instructions that load them fault in the kernel on a non-canonical address.
        if (!arch_is_user_address(value))
            value = 0;
        break;
    default:
        break;
    }
    ((word_t *)context)[index] = value;
}

// Frame registers were written from outside: the thread goes on at the new address.
static void frame_changed(tcb_t *thread)
{
    thread->context.next_ip = thread->context.fault_ip;
}

// Every register of another thread has to be loaded, so not by the short way out of a system call. The
// current thread is in one: what that loses, it loses.
static void registers_changed(tcb_t *thread)
{
    if (thread != kernel.current)
        thread->context.cs_is_syscall = 0;
    arch_load_bases(thread);
}

error_t read_registers_invocation(const invocation_t *inv)
{
    if (inv->length < 2)
        return fail(seL4_TruncatedMessage);
    const bool suspend_source = invocation_arg(inv, 0) & 1;
    const word_t count = invocation_arg(inv, 1);
    if (count < 1 || count > seL4_UserContextRegisters)
        return fail_range(1, seL4_UserContextRegisters);
    tcb_t *thread = tcb_from_cap(inv->cap);
    if (thread == inv->thread)
        return fail(seL4_IllegalOperation);

    if (suspend_source)
        suspend(thread);
    word_t words[seL4_UserContextRegisters];
    for (word_t i = 0; i < count; i++)
        words[i] = context_get(&thread->context, user_context_registers[i]);
    invocation_reply(inv, words, count);
    return ok;
}

error_t write_registers_invocation(const invocation_t *inv)
{
    constexpr unsigned first_register = 2;
    if (inv->length < first_register)
        return fail(seL4_TruncatedMessage);
    const bool resume_target = invocation_arg(inv, 0) & 1;
    word_t count = invocation_arg(inv, 1);
    if (inv->length - first_register < count)
        return fail(seL4_TruncatedMessage);
    tcb_t *thread = tcb_from_cap(inv->cap);
    if (thread == inv->thread)
        return fail(seL4_IllegalOperation);

    if (count > seL4_UserContextRegisters)
        count = seL4_UserContextRegisters;
    for (unsigned i = 0; i < count; i++)
        context_set_user(&thread->context, user_context_registers[i],
                         invocation_arg(inv, first_register + i));
    frame_changed(thread);
    registers_changed(thread);
    if (resume_target)
        restart(thread);
    return ok;
}

static void copy_registers(tcb_t *dest, const tcb_t *source, word_t first, word_t end)
{
    for (word_t i = first; i < end; i++) {
        const word_t index = user_context_registers[i];
        context_set_user(&dest->context, index, context_get(&source->context, index));
    }
}

error_t copy_registers_invocation(const invocation_t *inv)
{
    enum { suspend_source = 1, resume_target = 2, transfer_frame = 4, transfer_integer = 8 };
    if (inv->length < 1 || !inv->extra[0])
        return fail(seL4_TruncatedMessage);
    const word_t flags = invocation_arg(inv, 0);
    if (cap_get_type(inv->extra[0]->cap) != cap_thread)
        return fail_cap(1);

    tcb_t *source = tcb_from_cap(inv->extra[0]->cap);
    tcb_t *dest = tcb_from_cap(inv->cap);
    arch_save_bases(source);
    arch_save_bases(dest);
    if (flags & suspend_source)
        suspend(source);
    if (flags & resume_target)
        restart(dest);
    if (flags & transfer_frame) {
        copy_registers(dest, source, 0, frame_register_count);
        frame_changed(dest);
    }
    if (flags & transfer_integer)
        copy_registers(dest, source, frame_register_count, seL4_UserContextRegisters);
    registers_changed(dest);
    return ok;
}

error_t set_tls_base_invocation(const invocation_t *inv)
{
    if (inv->length < 1)
        return fail(seL4_TruncatedMessage);
    tcb_t *thread = tcb_from_cap(inv->cap);
    arch_save_bases(thread);
    context_set_user(&thread->context, REGISTER(fs_base), invocation_arg(inv, 0));
    arch_load_bases(thread);
    return ok;
}
