// Message transfer and its objects: what system calls, faults and thread operations use.
#pragma once

#include "kernel.h"

// How a message is sent: what of the sender's capability counts, and what kind of system call.
typedef struct send_options {
    word_t badge;
    bool is_blocking;
    bool is_call;
    bool can_grant;
    bool can_grant_reply;
} send_options_t;

void send_ipc(tcb_t *sender, endpoint_t *endpoint, send_options_t options);
void receive_ipc(tcb_t *receiver, cap_t cap, bool is_blocking);
void receive_signal(tcb_t *receiver, cap_t cap, bool is_blocking);

// Take an active signal of the notification to the thread; false if there is none.
bool complete_signal(notification_t *notification, tcb_t *thread);

// Answer the thread that a reply capability in `slot` names; the capability is used up.
void do_reply_transfer(tcb_t *sender, tcb_t *receiver, cte_t *slot, bool can_grant);
void setup_caller_cap(tcb_t *sender, tcb_t *receiver, bool can_grant);
void delete_caller_cap(tcb_t *receiver);

static inline cap_t new_reply_cap(const tcb_t *thread, bool is_master, bool can_grant)
{
    cap_t cap = cap_new_simple(cap_reply);
    cap.reply.is_master = is_master;
    cap.reply.can_grant = can_grant;
    cap.reply.tcb_ptr = (word_t)thread & MASK(48);
    return cap;
}

// Write the words of a message as far as the receiver has room for them (beyond the registers only in
// an IPC buffer); gives the length that it gets.
word_t write_message(tcb_t *receiver, const word_t *words, word_t count);

// Find the capabilities that the message tag of `thread` names in `buffer`. extra[] ends with the
// first null pointer, or is full. On failure kernel.fault tells which one is missing.
error_t lookup_extra_caps(tcb_t *thread, const word_t *buffer, seL4_MessageInfo_t info,
                          cte_t *extra[seL4_MsgMaxExtraCaps]);

// The tag in a thread's register, its length limited to what a message can have.
static inline seL4_MessageInfo_t message_info(const tcb_t *thread)
{
    seL4_MessageInfo_t info = {{thread->context.REG_INFO}};
    if (seL4_MessageInfo_get_length(info) > seL4_MsgMaxLength)
        info.words[0] = (info.words[0] & ~MASK(seL4_MsgLengthBits)) | seL4_MsgMaxLength;
    return info;
}

// Where the fields behind the message words are in an IPC buffer, in words (seL4_IPCBuffer).
enum {
    buffer_message = offsetof(seL4_IPCBuffer, msg) / sizeof(word_t),
    buffer_caps = offsetof(seL4_IPCBuffer, caps_or_badges) / sizeof(word_t),
    buffer_receive_cnode = offsetof(seL4_IPCBuffer, receiveCNode) / sizeof(word_t),
    buffer_receive_index = offsetof(seL4_IPCBuffer, receiveIndex) / sizeof(word_t),
    buffer_receive_depth = offsetof(seL4_IPCBuffer, receiveDepth) / sizeof(word_t),
};

// Queues. Cancelled senders and receivers make their system call again.
void endpoint_remove(tcb_t *thread);     // a thread blocked on sending or receiving
void notification_remove(tcb_t *thread); // a thread blocked on a notification
void cancel_all_ipc(endpoint_t *endpoint);
void cancel_badged_sends(endpoint_t *endpoint, word_t badge);
void cancel_all_signals(notification_t *notification);
void bind_notification(tcb_t *thread, notification_t *notification);
void unbind_maybe(notification_t *notification); // the notification is about to go

// Faults as messages (api/fault.c). A reply may change registers; false: the thread stays stopped.
word_t write_fault_message(tcb_t *faulter, tcb_t *receiver);
bool take_fault_reply(tcb_t *faulter, const tcb_t *replier);
