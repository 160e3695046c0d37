// VM faults: address, instruction flag and status register for each kind of access.
#include "ktest.h"

// Page-fault error code bits.
enum { PRESENT = 1, WRITE = 2, USER = 4, FETCH = 16 };

static void poke(thread_t *self)
{
    *(volatile seL4_Word *)self->arg[0] = 1;
    self->result[0] = 1;
}

static void peek(thread_t *self)
{
    self->result[1] = *(volatile seL4_Word *)self->arg[0];
    self->result[0] = 1;
}

static void jump(thread_t *self)
{
    ((void (*)(void))self->arg[0])();
    self->result[0] = 1;
}

static thread_t *access_memory(seL4_CPtr handler, thread_entry_t entry, seL4_Word address)
{
    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.fault_ep = handler});
    thread->arg[0] = address;
    thread_start(thread, entry);
    return thread;
}

static void check_fault(thread_entry_t entry, seL4_Word address, seL4_Word status)
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_t *thread = access_memory(handler, entry, address);
    CHECK_EQ(seL4_Fault_VMFault << 12 | seL4_VMFault_Length,
             seL4_NBRecv(handler, nullptr).words[0]);
    CHECK_EQ(address, seL4_GetMR(seL4_VMFault_Addr));
    CHECK_EQ(entry == jump, seL4_GetMR(seL4_VMFault_PrefetchFault));
    CHECK_EQ(status, seL4_GetMR(seL4_VMFault_FSR));
    seL4_Word ip = seL4_GetMR(seL4_VMFault_IP);
    if (entry == jump)
        CHECK_EQ(address, ip);
    else
        CHECK(ip >= (seL4_Word)entry && ip < (seL4_Word)entry + 64);
    CHECK_EQ(ip, thread_registers(thread).rip);
    CHECK(!thread->result[0]);
    thread_reset();
}

static void check_all(seL4_Word address, seL4_Word present)
{
    check_fault(peek, address, USER | present);
    check_fault(poke, address, USER | WRITE | present);
    check_fault(jump, address, USER | FETCH | present);
}

static void check_works(thread_entry_t entry, seL4_Word address)
{
    CHECK_EQ(1, access_memory(0, entry, address)->result[0]);
    thread_reset();
}

TEST(unmapped, "fault/vm/nothing-mapped")
{
    check_all(0, 0);
    check_all(0x1000, 0);
    check_all(0x7fffffffe000, 0);
    check_all(0x7ffffffffff8, 0);
    check_all((seL4_Word)window_reserve(), 0);
}

// The kernel's part of the address space looks like nothing at all.
TEST(kernel_space, "fault/vm/kernel-addresses")
{
    check_all(0xffff800000000000, 0);
    check_all(0xffffff8000000000, 0);
    check_all(0xffffffff80000000, 0);
    check_all(0xfffffffffffffff8, 0);
}

static seL4_Word map_with(seL4_CapRights_t rights)
{
    seL4_Word address = (seL4_Word)window_reserve();
    CHECK_OK(seL4_X86_Page_Map(new_object(seL4_X86_4K, 0), seL4_CapInitThreadVSpace, address,
                               rights, seL4_X86_WriteBack));
    return address;
}

TEST(read_only, "fault/vm/read-only-page")
{
    seL4_Word address = map_with(seL4_CanRead);
    check_works(peek, address);
    check_fault(poke, address, USER | WRITE | PRESENT);
}

TEST(write_only, "fault/vm/write-only-and-no-rights-are-kernel-only")
{
    check_all(map_with(seL4_CanWrite), PRESENT);
    check_all(map_with(seL4_NoRights), PRESENT);
    check_all(map_with(seL4_CanGrant), PRESENT);
}

TEST(executable, "fault/vm/readable-pages-are-executable")
{
    seL4_CPtr frame, reader = new_slot();
    unsigned char *page = new_page(&frame);
    page[0] = 0xc3; // ret
    check_works(jump, (seL4_Word)page);
    CHECK_OK(seL4_CNode_Copy(ROOT, reader, DEPTH, ROOT, frame, DEPTH, seL4_CanRead));
    seL4_Word address = (seL4_Word)window_reserve();
    CHECK_OK(seL4_X86_Page_Map(reader, seL4_CapInitThreadVSpace, address, seL4_AllRights,
                               seL4_X86_WriteBack));
    check_works(jump, address);
    check_fault(poke, address, USER | WRITE | PRESENT);
}

static void push(thread_t *self)
{
    __asm__ volatile("movq %%rsp, %%rbx; movq %0, %%rsp; pushq %%rbx; movq %%rbx, %%rsp"
                     :
                     : "r"(self->arg[0])
                     : "rbx", "memory");
    self->result[0] = 1;
}

TEST(stack, "fault/vm/stack-access")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    seL4_Word address = (seL4_Word)window_reserve();
    access_memory(handler, push, address + 0x1000);
    CHECK_EQ(seL4_Fault_VMFault << 12 | seL4_VMFault_Length,
             seL4_NBRecv(handler, nullptr).words[0]);
    CHECK_EQ(address + 0xff8, seL4_GetMR(seL4_VMFault_Addr));
    CHECK_EQ(USER | WRITE, seL4_GetMR(seL4_VMFault_FSR));
}

// A reply repeats the access, after the page has been mapped, say. Nothing in it is looked at.
TEST(reply, "fault/vm/reply-repeats-the-access")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0), frame = new_object(seL4_X86_4K, 0);
    seL4_Word address = (seL4_Word)window_reserve();
    thread_t *thread = access_memory(handler, poke, address + 16);
    seL4_Recv(handler, nullptr);
    CHECK_OK(seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, address, seL4_ReadWrite,
                               seL4_X86_WriteBack));
    seL4_SetMR(seL4_VMFault_IP, 0);
    seL4_Reply(seL4_MessageInfo_new(7, 0, 0, seL4_VMFault_Length));
    CHECK(thread->done);
    CHECK_EQ(1, ((seL4_Word *)address)[2]);
}

TEST(reply_again, "fault/vm/reply-without-repair-faults-again")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    seL4_Word address = (seL4_Word)window_reserve();
    access_memory(handler, peek, address);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(seL4_Fault_VMFault << 12 | seL4_VMFault_Length,
                 seL4_NBRecv(handler, nullptr).words[0]);
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    }
}

// Between fault and repair the thread can be sent elsewhere.
TEST(redirect, "fault/vm/writeregisters-instead-of-reply")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_t *thread = access_memory(handler, peek, (seL4_Word)window_reserve());
    seL4_Recv(handler, nullptr);
    thread->arg[0] = (seL4_Word)&root_thread;
    thread_start(thread, peek);
    CHECK(thread->done);
    CHECK_EQ(0, seL4_NBRecv(handler, nullptr).words[0]);
}

TEST(alignment, "fault/vm/access-over-a-page-boundary")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    seL4_Word page = (seL4_Word)new_page(nullptr);
    access_memory(handler, peek, page + 0xffc);
    CHECK_EQ(seL4_Fault_VMFault << 12 | seL4_VMFault_Length,
             seL4_NBRecv(handler, nullptr).words[0]);
    CHECK_EQ(page + 0x1000, seL4_GetMR(seL4_VMFault_Addr));
}
