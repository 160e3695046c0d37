// A fault, to its handler and back.
#include "bench.h"

static volatile seL4_Word raised, resumed;

// Executes an undefined instruction again and again; the handler moves it on.
static void faulter(thread_t *self)
{
    for (;;) {
        raised = ticks();
        __asm__ volatile("ud2" : : : "memory");
        resumed = ticks();
        self->steps++;
    }
}

enum { UD2_BYTES = 2 };

TEST(faults, "bench/fault")
{
    const seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_new_in(
        BELOW, (thread_space_t){.vspace = new_process_vspace(), .fault_ep = endpoint});
    thread_start(thread, faulter);

    sample_t to_handler = {0}, to_faulter = {0}, round_trip = {0};
    const seL4_MessageInfo_t answer = seL4_MessageInfo_new(0, 0, 0, 1);
    seL4_Word mr[4] = {0}, badge, left = 0;
    (void)seL4_SysRecvRegisters(seL4_SysRecv, endpoint, answer, &badge, mr);
    for (int round = 0; round < ROUNDS; round++) {
        mr[seL4_UserException_FaultIP] += UD2_BYTES;
        const seL4_Word first_raised = raised;
        left = ticks();
        (void)seL4_SysRecvRegisters(seL4_SysReplyRecv, endpoint, answer, &badge, mr);
        const seL4_Word arrived = ticks();
        sample_add(&to_handler, round, arrived - raised);
        sample_add(&to_faulter, round, resumed - left);
        sample_add(&round_trip, round, resumed - first_raised);
    }
    report("fault-to-handler", &to_handler);
    report("handler-to-faulter", &to_faulter);
    report("fault-round-trip", &round_trip);
}
