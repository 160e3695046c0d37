// User exceptions: the processor's faults and traps, and privileged instructions, as messages.
#include "ktest.h"

enum {
    DIVIDE = 0,
    DEBUG = 1,
    BREAKPOINT = 3,
    UNDEFINED = 6,
    NO_FPU = 7,
    PROTECTION = 13,
    X87 = 16
};
enum { FIRST_SOFTWARE_GATE = seL4_IRQOffset + seL4_VectorMax + 1, SPURIOUS = 0xff };

static seL4_MessageInfo_t tag(seL4_Word label, seL4_Word length)
{
    return seL4_MessageInfo_new(label, 0, 0, length);
}

static thread_t *watched_thread(seL4_CPtr handler, thread_entry_t entry, seL4_Word argument)
{
    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.fault_ep = handler});
    thread->arg[0] = argument;
    thread_start(thread, entry);
    return thread;
}

// A function with one instruction that faults, whose address the function notes before.
#define FAULTING(name, before, instruction, after)                                       \
    static void name(thread_t *self)                                                     \
    {                                                                                    \
        __asm__ volatile("leaq 1f(%%rip), %%rcx; movq %%rcx, %0; movq %%rsp, %1;" before \
                         "1: " instruction "; 2: " after                                 \
                         : "=m"(self->result[0]), "=m"(self->result[1])                  \
                         : "a"(0), "b"(0), "d"(0)                                        \
                         : "memory", "rcx", "rsi");                                      \
        self->result[2] = 1;                                                             \
    }

FAULTING(divide, "xorl %%ecx, %%ecx;", "divl %%ecx", )
FAULTING(undefined, , "ud2", )
FAULTING(halt, , "hlt", )
FAULTING(interrupts_off, , "cli", )
FAULTING(interrupts_on, , "sti", )
FAULTING(port_in, , "inb $0x80, %%al", )
FAULTING(port_out, , "outb %%al, $0x80", )
FAULTING(port_in_dx, , "inl %%dx, %%eax", )
FAULTING(port_string, , "outsb", )
FAULTING(read_cr0, , "movq %%cr0, %%rcx", )
FAULTING(write_cr3, , "movq %%rcx, %%cr3", )
FAULTING(read_cr8, , "movq %%cr8, %%rcx", )
FAULTING(debug_register, , "movq %%dr7, %%rcx", )
FAULTING(read_msr, , "rdmsr", )
FAULTING(write_msr, , "wrmsr", )
FAULTING(swap_gs, , "swapgs", )
FAULTING(load_gdt, , "lgdt (%%rsp)", )
FAULTING(load_idt, , "lidt (%%rsp)", )
FAULTING(flush_page, , "invlpg (%%rsp)", )
FAULTING(flush_caches, , "wbinvd", )
FAULTING(counters, , "rdpmc", )
FAULTING(set_xcr0, "xorl %%ecx, %%ecx;", "xsetbv", )
FAULTING(system_return, , "sysretq", )
FAULTING(fast_entry, , "sysenter", )
FAULTING(avx, , "vxorps %%ymm0, %%ymm0, %%ymm0", )
FAULTING(non_canonical, "movabsq $0x800000000000, %%rsi;", "movq (%%rsi), %%rsi", )

static const struct {
    const char *name;
    thread_entry_t entry;
    seL4_Word number;
} instructions[] = {
    {"div", divide, DIVIDE},
    {"ud2", undefined, UNDEFINED},
    {"hlt", halt, PROTECTION},
    {"cli", interrupts_off, PROTECTION},
    {"sti", interrupts_on, PROTECTION},
    {"in", port_in, PROTECTION},
    {"out", port_out, PROTECTION},
    {"in dx", port_in_dx, PROTECTION},
    {"outs", port_string, PROTECTION},
    {"cr0", read_cr0, PROTECTION},
    {"cr3", write_cr3, PROTECTION},
    {"cr8", read_cr8, PROTECTION},
    {"dr7", debug_register, PROTECTION},
    {"rdmsr", read_msr, PROTECTION},
    {"wrmsr", write_msr, PROTECTION},
    {"swapgs", swap_gs, PROTECTION},
    {"lgdt", load_gdt, PROTECTION},
    {"lidt", load_idt, PROTECTION},
    {"invlpg", flush_page, PROTECTION},
    {"wbinvd", flush_caches, PROTECTION},
    {"rdpmc", counters, PROTECTION},
    {"xsetbv", set_xcr0, PROTECTION},
    {"sysret", system_return, PROTECTION},
    {"sysenter", fast_entry, UNDEFINED},
    {"avx", avx, UNDEFINED},
    {"non-canonical", non_canonical, PROTECTION},
};

TEST(each_instruction, "fault/exception/message-of-each-instruction")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
        thread_t *thread = watched_thread(handler, instructions[i].entry, 0);
        if (!CHECK_EQ(seL4_Fault_UserException << 12 | seL4_UserException_Length,
                      seL4_NBRecv(handler, nullptr).words[0]))
            print("# %s\n", instructions[i].name);
        CHECK_EQ(thread->result[0], seL4_GetMR(seL4_UserException_FaultIP));
        CHECK_EQ(thread->result[1], seL4_GetMR(seL4_UserException_SP));
        CHECK_EQ(0x202, seL4_GetMR(seL4_UserException_FLAGS) & ~0xd5ull);
        CHECK_EQ(instructions[i].number, seL4_GetMR(seL4_UserException_Number));
        CHECK_EQ(0, seL4_GetMR(seL4_UserException_Code));
        CHECK(!thread->result[2]);
        thread_reset();
    }
}

TEST(x87_error, "fault/exception/x87")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    static const seL4_Uint16 control = 0x37b; // division by zero not masked
    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.fault_ep = handler});
    extern void x87_divide(thread_t *);
    thread->arg[0] = (seL4_Word)&control;
    thread_start(thread, x87_divide);
    CHECK_EQ(seL4_Fault_UserException << 12 | seL4_UserException_Length,
             seL4_NBRecv(handler, nullptr).words[0]);
    CHECK_EQ(X87, seL4_GetMR(seL4_UserException_Number));
}

void x87_divide(thread_t *self)
{
    __asm__ volatile("fninit; fldcw (%0); fld1; fldz; fdivrp; fwait" : : "r"(self->arg[0]));
}

static void step_once(thread_t *)
{
    __asm__ volatile("pushfq; orl $0x100, (%rsp); popfq; nop; nop");
}

// The trap flag is the thread's own business: it comes back in the message.
TEST(single_step, "fault/exception/single-step")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    watched_thread(handler, step_once, 0);
    CHECK_EQ(seL4_Fault_UserException << 12 | seL4_UserException_Length,
             seL4_NBRecv(handler, nullptr).words[0]);
    CHECK_EQ(DEBUG, seL4_GetMR(seL4_UserException_Number));
    CHECK_EQ(0x100, seL4_GetMR(seL4_UserException_FLAGS) & 0x100);
}

// `int n` from a page of code.
static void run_page(thread_t *self)
{
    ((void (*)(void))self->arg[0])();
}

static const seL4_Word *message_of_int(unsigned char *page, seL4_CPtr handler, int vector)
{
    page[0] = 0xcd;
    page[1] = (unsigned char)vector;
    page[2] = 0xc3;
    watched_thread(handler, run_page, (seL4_Word)page);
    seL4_GetIPCBuffer()->tag = seL4_NBRecv(handler, nullptr);
    thread_reset();
    return seL4_GetIPCBuffer()->msg;
}

TEST(gates, "fault/exception/int-to-exception-and-interrupt-vectors")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    unsigned char *page = new_page(nullptr);
    for (int vector = 0; vector < FIRST_SOFTWARE_GATE; vector++) {
        if (vector == BREAKPOINT)
            continue;
        const seL4_Word *message = message_of_int(page, handler, vector);
        CHECK_EQ(seL4_Fault_UserException << 12 | seL4_UserException_Length,
                 seL4_GetIPCBuffer()->tag.words[0]);
        CHECK_EQ(page, message[seL4_UserException_FaultIP]);
        CHECK_EQ(PROTECTION, message[seL4_UserException_Number]);
        // Emulated processors count the selector in bytes of the 16-byte descriptors.
        seL4_Word code = message[seL4_UserException_Code];
        CHECK(code == ((seL4_Word)vector << 3 | 2) || code == ((seL4_Word)vector << 4 | 2));
    }
}

TEST(int3, "fault/exception/breakpoint-is-a-trap")
{
    unsigned char *page = new_page(nullptr);
    const seL4_Word *message = message_of_int(page, new_object(seL4_EndpointObject, 0), BREAKPOINT);
    CHECK_EQ(seL4_Fault_UserException << 12 | seL4_UserException_Length,
             seL4_GetIPCBuffer()->tag.words[0]);
    CHECK_EQ(page + 2, message[seL4_UserException_FaultIP]); // after the instruction
    CHECK_EQ(BREAKPOINT, message[seL4_UserException_Number]);
    CHECK_EQ(0, message[seL4_UserException_Code]);
}

// The vectors above those of interrupts can be called, and are unknown system calls.
TEST(software_gates, "fault/exception/int-above-the-interrupt-vectors")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    unsigned char *page = new_page(nullptr);
    for (int vector = FIRST_SOFTWARE_GATE; vector < SPURIOUS; vector++) {
        (void)message_of_int(page, handler, vector);
        CHECK_EQ(seL4_Fault_UnknownSyscall << 12 | seL4_UnknownSyscall_Length,
                 seL4_GetIPCBuffer()->tag.words[0]);
    }
    // The last one is the spurious interrupt, which has no effect.
    (void)message_of_int(page, handler, SPURIOUS);
    CHECK_EQ(0, seL4_GetIPCBuffer()->tag.words[0]);
}

TEST(reply, "fault/exception/reply-sets-ip-sp-flags")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_t *thread = watched_thread(handler, undefined, 0);
    seL4_Recv(handler, nullptr);
    seL4_SetMR(seL4_UserException_FaultIP, thread->result[0] + 2);
    seL4_SetMR(seL4_UserException_FLAGS, -1ull);
    seL4_Reply(tag(0, 1));
    CHECK(thread->done && thread->result[2]);

    thread = watched_thread(handler, undefined, 0);
    seL4_Recv(handler, nullptr);
    seL4_SetMR(seL4_UserException_FaultIP, 0x1234);
    seL4_SetMR(seL4_UserException_SP, 0x5678);
    seL4_SetMR(seL4_UserException_FLAGS, -1ull);
    seL4_SetMR(seL4_UserException_Number, 99);
    seL4_Reply(tag(5, seL4_UserException_Length));
    seL4_UserContext context = thread_registers(thread);
    CHECK_EQ(0x1234, context.rip);
    CHECK_EQ(0x5678, context.rsp);
    CHECK_EQ(0xed7, context.rflags);
}

TEST(no_handler, "fault/handler/none-leaves-the-thread-stopped")
{
    thread_t *thread = watched_thread(seL4_CapNull, undefined, 0);
    settle();
    CHECK(!thread->done);
    CHECK_EQ(thread->result[0], thread_registers(thread).rip);
    // It can be put right and resumed.
    seL4_UserContext context = thread_registers(thread);
    context.rip += 2;
    CHECK_OK(seL4_TCB_WriteRegisters(thread->tcb, true, 0, seL4_UserContextRegisters, &context));
    CHECK(thread->done);
}

// The handler must be an endpoint with the rights to send and to grant (or grant replies).
TEST(handler_rights, "fault/handler/rights")
{
    static const struct {
        seL4_Word rights;
        bool delivered;
    } cases[] = {{15, true}, {5, true},   {9, true},  {1, false},
                 {4, false}, {14, false}, {3, false}, {12, false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
        seL4_CPtr cap = copy_cap(handler, (seL4_CapRights_t){{cases[i].rights}});
        watched_thread(cap, undefined, 0);
        seL4_MessageInfo_t info = seL4_NBRecv(handler, nullptr);
        CHECK_EQ(cases[i].delivered ? seL4_Fault_UserException : 0,
                 seL4_MessageInfo_get_label(info));
        thread_reset();
    }
}

TEST(handler_kinds, "fault/handler/must-be-an-endpoint")
{
    const seL4_CPtr caps[] = {new_object(seL4_NotificationObject, 0),
                              seL4_CapInitThreadTCB,
                              ROOT,
                              1ull << 40,
                              -1ull,
                              new_slot()};
    for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
        thread_t *thread = watched_thread(caps[i], undefined, 0);
        settle();
        CHECK(!thread->done);
        CHECK_EQ(thread->result[0], thread_registers(thread).rip);
    }
}

TEST(handler_badge, "fault/handler/badge-tells-the-thread")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    watched_thread(mint_cap(handler, seL4_AllRights, 0x1122), undefined, 0);
    seL4_Word badge = 0;
    seL4_NBRecv(handler, &badge);
    CHECK_EQ(0x1122, badge);
}

TEST(handler_waits, "fault/handler/fault-waits-for-the-handler")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_t *first = watched_thread(handler, undefined, 0);
    thread_t *second = watched_thread(handler, divide, 0);
    CHECK_OK(seL4_TCB_Suspend(first->tcb));
    CHECK_EQ(seL4_Fault_UserException, seL4_MessageInfo_get_label(seL4_NBRecv(handler, nullptr)));
    CHECK_EQ(second->result[0], seL4_GetMR(seL4_UserException_FaultIP));
    CHECK_EQ(0, seL4_NBRecv(handler, nullptr).words[0]);
    CHECK_OK(seL4_TCB_Resume(first->tcb)); // repeats the instruction
    CHECK_EQ(seL4_Fault_UserException, seL4_MessageInfo_get_label(seL4_NBRecv(handler, nullptr)));
    CHECK_EQ(first->result[0], seL4_GetMR(seL4_UserException_FaultIP));
}

TEST(saved_reply, "fault/handler/saved-reply-capability")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = watched_thread(handler, undefined, 0);
    seL4_Recv(handler, nullptr);
    CHECK_OK(seL4_CNode_SaveCaller(ROOT, slot, DEPTH));
    seL4_SetMR(seL4_UserException_FaultIP, thread->result[0] + 2);
    seL4_Send(slot, tag(0, 1));
    CHECK(thread->done);
}

static void handle_one(thread_t *self)
{
    seL4_Recv(self->arg[0], nullptr);
    seL4_SetMR(seL4_UserException_FaultIP, seL4_GetMR(seL4_UserException_FaultIP) + 2);
    seL4_ReplyRecv(self->arg[0], tag(0, 1), nullptr);
}

TEST(reply_recv, "fault/handler/replyrecv-resumes")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_spawn(ABOVE + 1, handle_one, handler, 0, 0);
    thread_t *thread = watched_thread(handler, undefined, 0);
    CHECK(thread->done);
}
