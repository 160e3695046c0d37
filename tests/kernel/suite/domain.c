// Domains: which threads may run when, and the schedule that says so.
#include "ktest.h"

enum { DOMAINS = seL4_ConfigNumDomains, ENTRIES = seL4_ConfigNumDomainSchedules };
enum { CONTROL = seL4_CapDomain, TICKS = 4 };

static constexpr seL4_Word LONGEST = (1ull << 56) - 1;

static seL4_Error configure(seL4_Word index, seL4_Uint8 domain, seL4_Word duration)
{
    return seL4_DomainSet_ScheduleConfigure(CONTROL, index, domain, duration);
}

static seL4_Error set_start(seL4_Word index)
{
    return seL4_DomainSet_ScheduleSetStart(CONTROL, index);
}

// As after boot: domain 0 for ever.
static void restore(void)
{
    CHECK_OK(configure(0, 0, LONGEST));
    CHECK_OK(set_start(0));
    for (seL4_Word i = 1; i < 6; i++)
        CHECK_OK(configure(i, 0, 0));
}

static void spin(thread_t *self)
{
    for (;;)
        self->steps++;
}

static thread_t *spinner(seL4_Word priority, seL4_Uint8 domain)
{
    thread_t *thread = thread_new(priority);
    CHECK_OK(seL4_DomainSet_Set(CONTROL, domain, thread->tcb));
    thread_start(thread, spin);
    return thread;
}

static bool runs_within(const thread_t *thread, seL4_Word milliseconds)
{
    seL4_Word start = read_tsc(), steps = thread->steps;
    while (thread->steps == steps) {
        if (read_tsc() - start > milliseconds * 1000 * tsc_mhz())
            return false;
    }
    return true;
}

TEST(set_errors, "domain/set/errors")
{
    seL4_CPtr tcb = new_object(seL4_TCBObject, 0);
    CHECK_ERROR(seL4_IllegalOperation, invoke(CONTROL, InvalidInvocation, WORDS(), WORDS(1)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(CONTROL, DomainSetSet, WORDS(tcb), WORDS()));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(CONTROL, DomainSetSet, WORDS(), WORDS(1)));
    CHECK_ERROR(seL4_InvalidArgument, seL4_DomainSet_Set(CONTROL, DOMAINS, tcb), 0);
    CHECK_ERROR(seL4_InvalidArgument, invoke(CONTROL, DomainSetSet, WORDS(tcb), WORDS(257)), 0);
    CHECK_ERROR(seL4_InvalidArgument, invoke(CONTROL, DomainSetSet, WORDS(), WORDS(DOMAINS)), 0);
    CHECK_ERROR(seL4_InvalidArgument, seL4_DomainSet_Set(CONTROL, 1, ROOT), 1);
    CHECK_ERROR(seL4_InvalidArgument, seL4_DomainSet_Set(CONTROL, 1, new_slot()), 1);
    CHECK_OK(seL4_DomainSet_Set(CONTROL, DOMAINS - 1, tcb));
}

TEST(configure_errors, "domain/schedule/configure-errors")
{
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(CONTROL, DomainScheduleConfigure, WORDS(), WORDS(1, 0)));
    CHECK_ERROR(seL4_RangeError, configure(ENTRIES, 0, 1), 0, ENTRIES - 2);
    CHECK_ERROR(seL4_RangeError, configure(ENTRIES - 1, 0, 1), 0, ENTRIES - 2);
    CHECK_ERROR(seL4_RangeError, configure(-1ull, DOMAINS, 1), 0, ENTRIES - 2);
    CHECK_ERROR(seL4_RangeError, configure(5, DOMAINS, 1), 0, DOMAINS - 1);
    CHECK_ERROR(seL4_RangeError, configure(5, DOMAINS, -1ull), 0, DOMAINS - 1);
    CHECK_ERROR(seL4_InvalidArgument, configure(5, 3, 0), 1); // only domain 0 ends a schedule
    CHECK_ERROR(seL4_InvalidArgument, configure(5, 3, LONGEST + 1), 2);
    CHECK_ERROR(seL4_InvalidArgument, configure(5, 3, -1ull), 2);
    CHECK_ERROR(seL4_InvalidArgument, configure(0, 0, 0), 2); // the start can't be an end marker
    CHECK_OK(configure(ENTRIES - 2, DOMAINS - 1, LONGEST));
    CHECK_OK(configure(ENTRIES - 2, 0, 0));
}

TEST(start_errors, "domain/schedule/setstart-errors")
{
    CHECK_ERROR(seL4_TruncatedMessage, invoke(CONTROL, DomainScheduleSetStart, WORDS(), WORDS()));
    CHECK_ERROR(seL4_RangeError, set_start(ENTRIES), 0, ENTRIES - 1);
    CHECK_ERROR(seL4_RangeError, set_start(-1ull), 0, ENTRIES - 1);
    CHECK_ERROR(seL4_InvalidArgument, set_start(ENTRIES - 1), 0);
    CHECK_ERROR(seL4_InvalidArgument, set_start(1), 0);
    CHECK_OK(set_start(0));
}

TEST(other_domain, "domain/set/thread-outside-the-schedule-never-runs")
{
    thread_t *thread = spinner(ABOVE, 1);
    CHECK(!runs_within(thread, 30));
    settle();
    CHECK_EQ(0, thread->steps);
    CHECK_OK(seL4_TCB_SetPriority(thread->tcb, seL4_CapInitThreadTCB, BELOW));
    CHECK_OK(seL4_DomainSet_Set(CONTROL, 0, thread->tcb));
    CHECK_EQ(0, thread->steps);
}

TEST(leaves, "domain/set/ready-thread-changes-domain")
{
    thread_t *thread = thread_spawn(RUNNER_PRIORITY, spin, 0, 0, 0);
    seL4_Yield();
    CHECK(thread->steps > 0);
    CHECK_OK(seL4_DomainSet_Set(CONTROL, 2, thread->tcb));
    seL4_Word steps = thread->steps;
    seL4_Yield();
    settle();
    CHECK_EQ(steps, thread->steps);
    CHECK_OK(seL4_DomainSet_Set(CONTROL, 0, thread->tcb));
    seL4_Yield();
    CHECK(thread->steps > steps);
}

TEST(alternate, "domain/schedule/two-domains-alternate")
{
    thread_t *thread = spinner(ABOVE, 1); // its priority counts for nothing here
    CHECK_OK(configure(0, 0, TICKS));
    CHECK_OK(configure(1, 1, TICKS));
    CHECK_OK(set_start(0));
    for (int i = 0; i < 3; i++)
        CHECK(runs_within(thread, 2000));
    restore();
    CHECK(!runs_within(thread, 30));
}

// The longest time that the runner did not run, in milliseconds.
static seL4_Word longest_gap(seL4_Word milliseconds)
{
    seL4_Word start = read_tsc(), last = start, longest = 0;
    while (last - start < milliseconds * 1000 * tsc_mhz()) {
        seL4_Word now = read_tsc();
        if (now - last > longest)
            longest = now - last;
        last = now;
    }
    return longest / tsc_mhz() / 1000;
}

TEST(idle_domain, "domain/schedule/time-of-an-empty-domain-passes-idle")
{
    CHECK_OK(configure(0, 0, TICKS));
    CHECK_OK(configure(1, 7, 20));
    CHECK_OK(set_start(0));
    // 20 ticks of 2 ms, the first perhaps begun; a busy host may give ticks late, then several at once.
    seL4_Word gap = 0;
    for (int i = 0; i < 8 && gap < 35; i++)
        gap = longest_gap(150);
    restore();
    CHECK(gap >= 35);
}

TEST(end_marker, "domain/schedule/end-marker-goes-back-to-the-start")
{
    thread_t *first = spinner(BELOW, 1), *second = spinner(BELOW, 2);
    // Entries 0 and 1 are one schedule, 3 and 4 another.
    CHECK_OK(configure(0, 0, TICKS));
    CHECK_OK(configure(1, 1, TICKS));
    CHECK_OK(configure(3, 0, TICKS));
    CHECK_OK(configure(4, 2, TICKS));
    CHECK_OK(set_start(0));
    CHECK(runs_within(first, 2000));
    CHECK_EQ(0, second->steps);
    CHECK_OK(set_start(3));
    seL4_Word steps = first->steps;
    CHECK(runs_within(second, 2000));
    CHECK_EQ(steps, first->steps);
    CHECK_ERROR(seL4_InvalidArgument, configure(3, 0, 0), 2); // now this is the start
    restore();
}

TEST(start_now, "domain/schedule/setstart-takes-effect-at-once")
{
    thread_t *thread = spinner(BELOW, 1);
    CHECK_OK(configure(1, 1, TICKS));
    CHECK_OK(configure(2, 0, TICKS));
    CHECK_OK(set_start(1)); // comes back when domain 1 has had its time
    CHECK(thread->steps > 0);
    restore();
}

static void receive(thread_t *self)
{
    seL4_Recv(self->arg[0], nullptr);
    self->result[0] = seL4_GetMR(0);
}

// IPC crosses domains; the woken thread runs when its domain does.
TEST(ipc, "domain/ipc/message-to-another-domain")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_spawn(ABOVE, receive, endpoint, 0, 0);
    CHECK_OK(seL4_DomainSet_Set(CONTROL, 1, thread->tcb));
    seL4_SetMR(0, 77);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 1));
    settle();
    CHECK_EQ(0, thread->done);
    CHECK_OK(configure(1, 1, TICKS));
    CHECK_OK(configure(2, 0, TICKS));
    CHECK_OK(set_start(1));
    CHECK_EQ(1, thread->done);
    CHECK_EQ(77, thread->result[0]);
    restore();
}

static void serve(thread_t *self)
{
    seL4_Recv(self->arg[0], nullptr);
    for (;;) {
        self->steps++;
        seL4_ReplyRecv(self->arg[0], seL4_MessageInfo_new(0, 0, 0, 1), nullptr);
    }
}

// A call does not switch into another domain: its server works when its domain has its time, and the
// caller goes on when its own has.
TEST(call, "domain/ipc/call-to-a-server-of-another-domain")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *server = thread_spawn(ABOVE, serve, endpoint, 0, 0);
    CHECK_OK(seL4_DomainSet_Set(CONTROL, 1, server->tcb));
    CHECK_OK(configure(0, 0, TICKS));
    CHECK_OK(configure(1, 1, TICKS));
    CHECK_OK(set_start(0));
    for (seL4_Word i = 1; i <= 3; i++) {
        seL4_SetMR(0, i);
        CHECK_EQ(1, seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 1)).words[0]);
        CHECK_EQ(i, seL4_GetMR(0));
        CHECK_EQ(i, server->steps);
    }
    restore();
    // Without time for domain 1 the server stays where it is.
    thread_t *caller = thread_spawn(ABOVE, receive, endpoint, 0, 0);
    seL4_NBSend(endpoint, seL4_MessageInfo_new(0, 0, 0, 1));
    settle();
    CHECK_EQ(3, server->steps);
    CHECK_EQ(0, caller->done);
}
