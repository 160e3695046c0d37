// I/O ports: issuing ranges, access within them, and that nothing else gives access.
#include "ktest.h"

#include <sel4/extensions.h>

enum { CONTROL = seL4_CapIOPortControl, FIRST = 0x80, LAST = 0x83 };

static seL4_Error issue(seL4_Word first, seL4_Word last, seL4_CPtr slot)
{
    return seL4_X86_IOPortControl_Issue(CONTROL, first, last, ROOT, slot, DEPTH);
}

static seL4_CPtr new_ports(void)
{
    seL4_CPtr slot = new_slot();
    CHECK_OK(issue(FIRST, LAST, slot));
    return slot;
}

TEST(labels, "ioport/control/labels-and-truncation")
{
    CHECK_ERROR(seL4_IllegalOperation, invoke(CONTROL, InvalidInvocation, WORDS(), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, invoke(CONTROL, X86IOPortIn8, WORDS(), WORDS(FIRST)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(CONTROL, X86IOPortControlIssue, WORDS(),
                                              WORDS(FIRST, LAST, new_slot(), 64)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(CONTROL, X86IOPortControlIssue, WORDS(ROOT),
                                              WORDS(FIRST, LAST, new_slot())));
}

// What the embedded kernel has beside seL4's invocations. On seL4 they are none.
static bool find_wake_page(seL4_Word *page)
{
    seL4_Word words[4];
    seL4_Error error =
        seL4_InvokeMRs(CONTROL, (seL4_InvocationLabel)EXTX86WakeAddress, 0, 0, nullptr, words);
    *page = words[0];
    return error == seL4_NoError;
}

TEST(wake, "ioport/sleep/wake-page")
{
    seL4_Word page;
    if (!find_wake_page(&page))
        return test_skip("the kernel cannot sleep");
    CHECK(page != 0 && page % 0x1000 == 0 && page < 0xa0000);
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        const seL4_UntypedDesc *desc = untyped_desc(i);
        CHECK(page < desc->paddr || page >= desc->paddr + (1ull << desc->sizeBits));
    }
}

// A port that is none, one whose second byte is none, a value that does not begin a sleep or has too many bits.
TEST(sleep, "ioport/sleep/arguments")
{
    enum { START = 1 << 13, PORT = FIRST };
    seL4_Word page;
    if (!find_wake_page(&page))
        return test_skip("the kernel cannot sleep");
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(CONTROL, EXTX86Sleep, WORDS(), WORDS(PORT, START, 0)));
    CHECK_ERROR(seL4_InvalidArgument, invoke(CONTROL, EXTX86Sleep, WORDS(), WORDS(0, START, 0, 0)),
                0);
    CHECK_ERROR(seL4_InvalidArgument,
                invoke(CONTROL, EXTX86Sleep, WORDS(), WORDS(0xffff, START, 0, 0)), 0);
    CHECK_ERROR(seL4_InvalidArgument,
                invoke(CONTROL, EXTX86Sleep, WORDS(), WORDS(PORT, START - 1, 0, 0)), 1);
    CHECK_ERROR(seL4_InvalidArgument,
                invoke(CONTROL, EXTX86Sleep, WORDS(), WORDS(PORT, START | 0x10000, 0, 0)), 1);
    CHECK_ERROR(seL4_InvalidArgument,
                invoke(CONTROL, EXTX86Sleep, WORDS(), WORDS(PORT, START, 0x10000, START)), 2);
    CHECK_ERROR(seL4_InvalidArgument,
                invoke(CONTROL, EXTX86Sleep, WORDS(), WORDS(PORT, START, PORT, 0)), 3);
    seL4_CPtr ports = new_ports();
    CHECK_ERROR(seL4_IllegalOperation,
                invoke(ports, EXTX86Sleep, WORDS(), WORDS(PORT, START, 0, 0)));
}

// Port numbers are cut to 16 bits.
TEST(ranges, "ioport/issue/ranges")
{
    seL4_CPtr slot = new_slot();
    CHECK_ERROR(seL4_InvalidArgument, issue(LAST, FIRST, slot), 1);
    CHECK_ERROR(seL4_InvalidArgument, issue(FIRST, 0x10000, slot), 1);
    CHECK_OK(issue(0x10000 + FIRST, 0x20000 + LAST, slot));
    seL4_Uint8 value;
    CHECK_OK(seL4_X86_IOPort_In8(slot, FIRST, &value));
    delete_cap(slot);
    CHECK_OK(issue(0xffff, 0xffff, slot));
    delete_cap(slot);
    CHECK_OK(issue(FIRST, FIRST, slot));
}

TEST(overlap, "ioport/issue/overlap")
{
    seL4_CPtr slot = new_slot();
    new_ports();
    CHECK_ERROR(seL4_RevokeFirst, issue(FIRST, LAST, slot));
    CHECK_ERROR(seL4_RevokeFirst, issue(FIRST + 1, FIRST + 1, slot));
    CHECK_ERROR(seL4_RevokeFirst, issue(LAST, LAST + 1, slot));
    CHECK_ERROR(seL4_RevokeFirst, issue(FIRST - 1, FIRST, slot));
    CHECK_ERROR(seL4_RevokeFirst, issue(0, 0xffff, slot));
    CHECK_OK(issue(LAST + 1, LAST + 1, slot));
    CHECK_OK(issue(FIRST - 1, FIRST - 1, new_slot()));
}

TEST(slots, "ioport/issue/destination")
{
    seL4_CPtr full = new_object(seL4_EndpointObject, 0), slot = new_slot();
    CHECK_ERROR(seL4_DeleteFirst, issue(FIRST, LAST, full));
    CHECK_ERROR(seL4_FailedLookup,
                seL4_X86_IOPortControl_Issue(CONTROL, FIRST, LAST, full, slot, DEPTH), 0,
                seL4_InvalidRoot);
    CHECK_ERROR(seL4_FailedLookup,
                seL4_X86_IOPortControl_Issue(CONTROL, FIRST, LAST, ROOT, slot, 63), 0,
                seL4_DepthMismatch, 63, 64);
    CHECK_ERROR(seL4_RangeError, seL4_X86_IOPortControl_Issue(CONTROL, FIRST, LAST, ROOT, slot, 0),
                1, 64);
    // Range, then whether it is taken, then the slot
    CHECK_ERROR(seL4_InvalidArgument,
                seL4_X86_IOPortControl_Issue(CONTROL, LAST, FIRST, full, full, 0), 1);
    new_ports();
    CHECK_ERROR(seL4_RevokeFirst,
                seL4_X86_IOPortControl_Issue(CONTROL, FIRST, LAST, full, full, 0));
}

TEST(copies, "ioport/issue/free-again-after-the-last-copy")
{
    seL4_CPtr ports = new_ports(), copy = copy_cap(ports, seL4_AllRights), slot = new_slot();
    delete_cap(ports);
    CHECK_ERROR(seL4_RevokeFirst, issue(FIRST, LAST, slot));
    delete_cap(copy);
    CHECK_OK(issue(FIRST, LAST, slot));
}

// Ports of the test's own console are a child of the control capability like any other range, so
// revoking the control capability is not tried here.

TEST(bounds, "ioport/access/bounds-for-each-size")
{
    seL4_CPtr ports = new_ports();
    static const struct {
        seL4_InvocationLabel in, out;
        seL4_Word size;
    } sizes[] = {
        {X86IOPortIn8, X86IOPortOut8, 1},
        {X86IOPortIn16, X86IOPortOut16, 2},
        {X86IOPortIn32, X86IOPortOut32, 4},
    };
    for (int i = 0; i < 3; i++) {
        for (seL4_Word port = FIRST - 4; port < LAST + 5; port++) {
            bool inside = port >= FIRST && port + sizes[i].size - 1 <= LAST;
            seL4_Error expected = inside ? seL4_NoError : seL4_IllegalOperation;
            CHECK_ERROR(expected, invoke(ports, sizes[i].in, WORDS(), WORDS(port)));
            if (inside)
                CHECK_EQ(1, invoke_reply.words[0]);
            CHECK_ERROR(expected, invoke(ports, sizes[i].out, WORDS(), WORDS(port, 0x55)));
            CHECK_EQ((seL4_Word)expected << 12, invoke_reply.words[0]);
        }
    }
}

TEST(wrap, "ioport/access/does-not-wrap-around")
{
    seL4_CPtr slot = new_slot();
    CHECK_OK(issue(0xfffe, 0xffff, slot));
    CHECK_OK(invoke(slot, X86IOPortIn16, WORDS(), WORDS(0xfffe)));
    CHECK_ERROR(seL4_IllegalOperation, invoke(slot, X86IOPortIn16, WORDS(), WORDS(0xffff)));
    CHECK_ERROR(seL4_IllegalOperation, invoke(slot, X86IOPortIn32, WORDS(), WORDS(0xfffe)));
}

TEST(truncated, "ioport/access/labels-and-truncation")
{
    seL4_CPtr ports = new_ports();
    for (seL4_Word label = X86IOPortIn8; label <= X86IOPortOut32; label++)
        CHECK_ERROR(seL4_TruncatedMessage, invoke(ports, label, WORDS(), WORDS()));
    for (seL4_Word label = X86IOPortOut8; label <= X86IOPortOut32; label++) {
        CHECK_ERROR(seL4_TruncatedMessage, invoke(ports, label, WORDS(), WORDS(FIRST)));
    }
    CHECK_ERROR(seL4_IllegalOperation, invoke(ports, InvalidInvocation, WORDS(), WORDS(FIRST)));
    CHECK_ERROR(seL4_IllegalOperation,
                invoke(ports, X86IOPortControlIssue, WORDS(ROOT), WORDS(FIRST, LAST, 0, 0)));
}

// The CMOS clock's index and data: values go out and come back.
TEST(values, "ioport/access/values")
{
    enum { INDEX = 0x70, DATA = 0x71, SHUTDOWN_STATUS = 0x0f };
    seL4_CPtr slot = new_slot();
    seL4_Uint8 value;
    CHECK_OK(issue(INDEX, DATA, slot));
    CHECK_OK(seL4_X86_IOPort_Out8(slot, INDEX, SHUTDOWN_STATUS));
    CHECK_OK(seL4_X86_IOPort_Out8(slot, DATA, 0x5a));
    CHECK_OK(seL4_X86_IOPort_Out8(slot, INDEX, SHUTDOWN_STATUS));
    CHECK_OK(seL4_X86_IOPort_In8(slot, DATA, &value));
    CHECK_EQ(0x5a, value);
    CHECK_OK(seL4_X86_IOPort_Out8(slot, INDEX, SHUTDOWN_STATUS));
    CHECK_OK(seL4_X86_IOPort_Out8(slot, DATA, 0xffffffffffffff00)); // only the low byte
    CHECK_OK(invoke(slot, X86IOPortIn8, WORDS(), WORDS(DATA)));
    CHECK(seL4_GetMR(0) < 0x100);
}

// PCI configuration: 32-bit out and in, and 16-bit parts of it.
TEST(pci, "ioport/access/32-bit-pci-configuration")
{
    enum { ADDRESS = 0xcf8, DATA = 0xcfc };
    seL4_CPtr slot = new_slot();
    seL4_Uint32 id;
    seL4_Uint16 device;
    CHECK_OK(issue(ADDRESS, DATA + 3, slot));
    CHECK_OK(seL4_X86_IOPort_Out32(slot, ADDRESS, 0x80000000)); // 0:0.0, vendor and device
    CHECK_OK(seL4_X86_IOPort_In32(slot, DATA, &id));
    CHECK(id != 0 && id != 0xffffffff);
    CHECK_OK(seL4_X86_IOPort_In16(slot, DATA + 2, &device));
    CHECK_EQ(id >> 16, device);
}

static void read_port(thread_t *self)
{
    __asm__ volatile("inb $0x80, %%al" : : : "rax");
    self->result[0] = 1;
}

// Having the capability does not open the ports to the instructions.
TEST(native, "ioport/native-instruction-refused")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    new_ports();
    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.fault_ep = handler});
    thread_start(thread, read_port);
    CHECK_EQ(seL4_Fault_UserException << 12 | seL4_UserException_Length,
             seL4_NBRecv(handler, nullptr).words[0]);
    CHECK(!thread->result[0]);
}
