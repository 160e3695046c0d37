// Message transfer (manual, "Message Passing"): message registers, capabilities, faults.
#include "objectp.h"
#include "transfer.h"

word_t *lookup_ipc_buffer(const tcb_t *thread, bool is_receiver)
{
    return arch_ipc_buffer(thread, is_receiver);
}

word_t write_message(tcb_t *receiver, const word_t *words, word_t count)
{
    for (word_t i = 0; i < count && i < message_registers; i++)
        *context_mr(&receiver->context, (unsigned)i) = words[i];
    if (count <= message_registers)
        return count;
    word_t *buffer = lookup_ipc_buffer(receiver, true);
    if (!buffer)
        return message_registers;
    for (word_t i = message_registers; i < count; i++)
        buffer[buffer_message + i] = words[i];
    return count;
}

error_t lookup_extra_caps(tcb_t *thread, const word_t *buffer, seL4_MessageInfo_t info,
                          cte_t *extra[seL4_MsgMaxExtraCaps])
{
    const word_t count = buffer ? seL4_MessageInfo_get_extraCaps(info) : 0;
    for (word_t i = 0; i < count; i++) {
        const cptr_t cptr = buffer[buffer_caps + i];
        if (lookup_slot(thread, cptr, &extra[i]) != ok) {
            kernel.fault = (fault_t){
                .type = seL4_Fault_CapFault,
                .cap = {.address = cptr, .lookup = kernel.lookup_failure},
            };
            return error_fault;
        }
    }
    if (count < seL4_MsgMaxExtraCaps)
        extra[count] = nullptr;
    return ok;
}

static word_t copy_message(const tcb_t *sender, const word_t *send_buffer, tcb_t *receiver,
                           word_t *receive_buffer, word_t length)
{
    const context_t *from = &sender->context;
    context_t *to = &receiver->context;
    const word_t in_registers = length < message_registers ? length : message_registers;
    for (word_t i = 0; i < in_registers; i++)
        *context_mr(to, (unsigned)i) = context_get_mr(from, i);
    if (length <= message_registers || !send_buffer || !receive_buffer)
        return in_registers;
    for (word_t i = message_registers; i < length; i++)
        receive_buffer[buffer_message + i] = send_buffer[buffer_message + i];
    return length;
}

// The empty slot that the receiver's IPC buffer names for a capability, or null.
static cte_t *find_receive_slot(tcb_t *receiver, const word_t *buffer)
{
    cap_t root;
    cte_t *slot;
    if (lookup_cap(receiver, buffer[buffer_receive_cnode], &root) != ok ||
        lookup_empty_slot(root, buffer[buffer_receive_index], buffer[buffer_receive_depth],
                          &slot) != ok)
        return nullptr;
    return slot;
}

static bool is_cap_of(cap_t cap, const endpoint_t *endpoint)
{
    return endpoint && cap_get_type(cap) == cap_endpoint && cap_ptr(cap.endpoint.ptr) == endpoint;
}

// Transfer capabilities until one cannot be (manual, "Capability Transfer"). The tag tells how many
// were, and which of them were unwrapped.
static seL4_MessageInfo_t transfer_caps(cte_t *const extra[], const endpoint_t *endpoint,
                                        tcb_t *receiver, word_t *buffer, word_t label,
                                        word_t length)
{
    word_t count = 0, unwrapped = 0;
    if (!buffer || !extra[0])
        return seL4_MessageInfo_new(label, 0, 0, length);

    cte_t *dest = find_receive_slot(receiver, buffer);
    for (; count < seL4_MsgMaxExtraCaps && extra[count]; count++) {
        cte_t *source = extra[count];
        if (is_cap_of(source->cap, endpoint)) {
            buffer[buffer_caps + count] = source->cap.endpoint.badge;
            unwrapped |= BIT(count);
            continue;
        }
        cap_t cap;
        if (!dest || derive_cap(source, source->cap, &cap) != ok || cap_get_type(cap) == cap_null)
            break;
        cte_insert(cap, source, dest);
        dest = nullptr; // there is one slot only
    }
    return seL4_MessageInfo_new(label, unwrapped, count, length);
}

static void transfer_message(tcb_t *sender, const endpoint_t *endpoint, word_t badge,
                             bool can_grant, tcb_t *receiver)
{
    const seL4_MessageInfo_t info = message_info(sender);
    word_t length = seL4_MessageInfo_get_length(info);
    const word_t label = seL4_MessageInfo_get_label(info);

    word_t *receive_buffer = nullptr;
    cte_t *extra[seL4_MsgMaxExtraCaps] = {};
    // A short message without capabilities needs no buffer.
    if (length > message_registers || seL4_MessageInfo_get_extraCaps(info) != 0) {
        receive_buffer = lookup_ipc_buffer(receiver, true);
        const word_t *send_buffer = lookup_ipc_buffer(sender, false);
        // They were all there when the message was sent. What is gone since then ends the transfer
        // of capabilities, not the message.
        if (!can_grant || lookup_extra_caps(sender, send_buffer, info, extra) != ok)
            extra[0] = nullptr;
        length = copy_message(sender, send_buffer, receiver, receive_buffer, length);
    } else {
        length = copy_message(sender, nullptr, receiver, nullptr, length);
    }
    receiver->context.REG_INFO =
        transfer_caps(extra, endpoint, receiver, receive_buffer, label, length).words[0];
    receiver->context.REG_BADGE = badge;
}

static void transfer_fault(tcb_t *faulter, word_t badge, tcb_t *receiver)
{
    const word_t length = write_fault_message(faulter, receiver);
    receiver->context.REG_INFO = seL4_MessageInfo_new(faulter->fault.type, 0, 0, length).words[0];
    receiver->context.REG_BADGE = badge;
}

void do_ipc_transfer(tcb_t *sender, const endpoint_t *endpoint, word_t badge, bool can_grant,
                     tcb_t *receiver)
{
    if (sender->fault.type == seL4_Fault_NullFault)
        transfer_message(sender, endpoint, badge, can_grant, receiver);
    else
        transfer_fault(sender, badge, receiver);
}
