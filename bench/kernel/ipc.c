// Call, ReplyRecv and Send between two threads, in one address space and in two.
#include "bench.h"

static volatile seL4_Word arrived, left;

typedef struct ipc_case {
    const char *call, *reply;
    seL4_Word length;
    bool other_space;
} ipc_case_t;

// Notes when a message arrives and when its answer leaves.
static void server(thread_t *self)
{
    const seL4_CPtr endpoint = self->arg[0];
    const seL4_MessageInfo_t info = seL4_MessageInfo_new(0, 0, 0, self->arg[1]);
    arrived = timed_syscall(seL4_SysRecv, endpoint, info, &left);
    for (;;)
        arrived = timed_syscall(seL4_SysReplyRecv, endpoint, info, &left);
}

static thread_t *start_server(bool other_space, thread_entry_t entry, seL4_CPtr endpoint,
                              seL4_Word length)
{
    const seL4_CPtr vspace = other_space ? new_process_vspace() : seL4_CapInitThreadVSpace;
    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.vspace = vspace});
    thread->arg[0] = endpoint;
    thread->arg[1] = length;
    thread_start(thread, entry);
    return thread;
}

static void measure_call(const ipc_case_t *which)
{
    const seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    start_server(which->other_space, server, endpoint, which->length);

    sample_t call = {0}, reply = {0};
    const seL4_MessageInfo_t info = seL4_MessageInfo_new(0, 0, 0, which->length);
    for (int round = 0; round < ROUNDS; round++) {
        seL4_Word start = 0;
        const seL4_Word end = timed_syscall(seL4_SysCall, endpoint, info, &start);
        sample_add(&call, round, arrived - start);
        sample_add(&reply, round, end - left);
    }
    report(which->call, &call);
    report(which->reply, &reply);
}

TEST(calls, "bench/call-and-reply")
{
    static const ipc_case_t cases[] = {
        {"call-same-space", "replyrecv-same-space", 0, false},
        {"call-other-space", "replyrecv-other-space", 0, true},
        {"call-4-words-other-space", "replyrecv-4-words-other-space", 4, true},
        {"call-10-words", "replyrecv-10-words", 10, true},
    };
    for (seL4_Word i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        measure_call(&cases[i]);
}

static void receiver(thread_t *self)
{
    for (;;)
        arrived =
            timed_syscall(seL4_SysRecv, self->arg[0], seL4_MessageInfo_new(0, 0, 0, 0), &left);
}

TEST(send, "bench/send")
{
    const seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    start_server(true, receiver, endpoint, 0);

    sample_t sample = {0};
    for (int round = 0; round < ROUNDS; round++) {
        seL4_Word start = 0;
        (void)timed_syscall(seL4_SysSend, endpoint, seL4_MessageInfo_new(0, 0, 0, 0), &start);
        sample_add(&sample, round, arrived - start);
    }
    report("send-other-space", &sample);
}
