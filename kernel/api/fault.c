// Faults as messages to a fault handler, and what its reply does (manual, "Faults").
#include "api.h"

// Registers of a message, as indices of words in context_t.
#define REGISTER(name) (offsetof(context_t, name) / sizeof(word_t))

static const uint8_t unknown_syscall_registers[seL4_UnknownSyscall_Syscall] = {
    [seL4_UnknownSyscall_RAX] = REGISTER(rax), [seL4_UnknownSyscall_RBX] = REGISTER(rbx),
    [seL4_UnknownSyscall_RCX] = REGISTER(rcx), [seL4_UnknownSyscall_RDX] = REGISTER(rdx),
    [seL4_UnknownSyscall_RSI] = REGISTER(rsi), [seL4_UnknownSyscall_RDI] = REGISTER(rdi),
    [seL4_UnknownSyscall_RBP] = REGISTER(rbp), [seL4_UnknownSyscall_R8] = REGISTER(r8),
    [seL4_UnknownSyscall_R9] = REGISTER(r9),   [seL4_UnknownSyscall_R10] = REGISTER(r10),
    [seL4_UnknownSyscall_R11] = REGISTER(r11), [seL4_UnknownSyscall_R12] = REGISTER(r12),
    [seL4_UnknownSyscall_R13] = REGISTER(r13), [seL4_UnknownSyscall_R14] = REGISTER(r14),
    [seL4_UnknownSyscall_R15] = REGISTER(r15), [seL4_UnknownSyscall_FaultIP] = REGISTER(fault_ip),
    [seL4_UnknownSyscall_SP] = REGISTER(rsp),  [seL4_UnknownSyscall_FLAGS] = REGISTER(rflags),
};

static const uint8_t user_exception_registers[seL4_UserException_Number] = {
    [seL4_UserException_FaultIP] = REGISTER(fault_ip),
    [seL4_UserException_SP] = REGISTER(rsp),
    [seL4_UserException_FLAGS] = REGISTER(rflags),
};

static word_t read_registers(const tcb_t *thread, const uint8_t *registers, word_t count,
                             word_t *words)
{
    for (word_t i = 0; i < count; i++)
        words[i] = context_get(&thread->context, registers[i]);
    return count;
}

static word_t encode_cap_fault(const tcb_t *faulter, word_t *words)
{
    const fault_t *fault = &faulter->fault;
    words[seL4_CapFault_IP] = faulter->context.fault_ip;
    words[seL4_CapFault_Addr] = fault->cap.address;
    words[seL4_CapFault_InRecvPhase] = fault->cap.in_receive_phase;
    return seL4_CapFault_LookupFailureType +
           encode_lookup_failure(&fault->cap.lookup, words + seL4_CapFault_LookupFailureType);
}

static word_t encode_fault(const tcb_t *faulter, word_t words[seL4_UnknownSyscall_Length])
{
    const fault_t *fault = &faulter->fault;
    word_t count;
    switch (fault->type) {
    case seL4_Fault_CapFault:
        return encode_cap_fault(faulter, words);
    case seL4_Fault_UnknownSyscall:
        count = read_registers(faulter, unknown_syscall_registers,
                               ARRAY_SIZE(unknown_syscall_registers), words);
        words[count++] = fault->unknown_syscall.number;
        return count;
    case seL4_Fault_UserException:
        count = read_registers(faulter, user_exception_registers,
                               ARRAY_SIZE(user_exception_registers), words);
        words[count++] = fault->user_exception.number;
        words[count++] = fault->user_exception.code;
        return count;
    case seL4_Fault_VMFault:
        words[seL4_VMFault_IP] = faulter->context.fault_ip;
        words[seL4_VMFault_Addr] = fault->vm.address;
        words[seL4_VMFault_PrefetchFault] = fault->vm.is_instruction;
        words[seL4_VMFault_FSR] = fault->vm.fsr;
        return seL4_VMFault_Length;
    default:
        ASSERT(false);
        return 0;
    }
}

word_t write_fault_message(tcb_t *faulter, tcb_t *receiver)
{
    word_t words[seL4_UnknownSyscall_Length];
    word_t count = encode_fault(faulter, words);
    return write_message(receiver, words, count);
}

// Set the first registers of the table to the words of the replier's message.
static void write_registers(tcb_t *thread, const uint8_t *registers, word_t count,
                            const tcb_t *replier)
{
    word_t length = seL4_MessageInfo_get_length(message_info(replier));
    const word_t *buffer = lookup_ipc_buffer(replier, false);
    if (!buffer && length > message_registers)
        length = message_registers;
    for (word_t i = 0; i < length && i < count; i++) {
        word_t value = i < message_registers ? context_get_mr(&replier->context, i)
                                             : buffer[buffer_message + i];
        context_set_user(&thread->context, registers[i], value);
    }
}

bool take_fault_reply(tcb_t *faulter, const tcb_t *replier)
{
    word_t label = seL4_MessageInfo_get_label(message_info(replier));
    switch (faulter->fault.type) {
    case seL4_Fault_UnknownSyscall:
        write_registers(faulter, unknown_syscall_registers, ARRAY_SIZE(unknown_syscall_registers),
                        replier);
        return label == 0;
    case seL4_Fault_UserException:
        write_registers(faulter, user_exception_registers, ARRAY_SIZE(user_exception_registers),
                        replier);
        return label == 0;
    default:
        return true; // nothing to change: the instruction is tried again
    }
}

// The fault handler's endpoint must take a Call: it needs the right to send, and one of those that
// let the handler reply.
static error_t send_fault(tcb_t *thread)
{
    cap_t cap;
    if (lookup_cap(thread, thread->fault_handler, &cap) != ok)
        return error_lookup;
    if (cap_get_type(cap) != cap_endpoint || !cap.endpoint.can_send ||
        (!cap.endpoint.can_grant && !cap.endpoint.can_grant_reply))
        return error_lookup;

    thread->fault = kernel.fault;
    send_ipc(thread, cap_ptr(cap.endpoint.ptr),
             (send_options_t){
                 .badge = cap.endpoint.badge,
                 .is_blocking = true,
                 .is_call = true,
                 .can_grant = cap.endpoint.can_grant,
                 .can_grant_reply = cap.endpoint.can_grant_reply,
             });
    return ok;
}

void handle_fault(tcb_t *thread)
{
    if (send_fault(thread) == ok)
        return;
#ifdef CONFIG_DEBUG
    kprintf("Thread \"%s\" stopped: fault %u at %p without a fault handler\n", thread->name,
            (unsigned)kernel.fault.type, (void *)thread->context.fault_ip);
#endif
    set_thread_state(thread, thread_inactive);
}

void handle_unknown_syscall(word_t number)
{
#ifdef CONFIG_DEBUG
    if (debug_syscall(number)) {
        schedule();
        return;
    }
#endif
    kernel.fault =
        (fault_t){.type = seL4_Fault_UnknownSyscall, .unknown_syscall = {.number = number}};
    handle_fault(kernel.current);
    schedule();
    entry_done();
}

void handle_user_exception(word_t vector, word_t error_code)
{
    kernel.fault = (fault_t){.type = seL4_Fault_UserException,
                             .user_exception = {.number = vector, .code = error_code}};
    handle_fault(kernel.current);
    schedule();
    entry_done();
}

void handle_vm_fault(vptr_t address, word_t error_code, bool is_instruction)
{
    kernel.fault = (fault_t){
        .type = seL4_Fault_VMFault,
        .vm = {.address = address, .fsr = error_code, .is_instruction = is_instruction},
    };
    handle_fault(kernel.current);
    schedule();
    entry_done();
}
