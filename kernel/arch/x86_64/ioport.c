// I/O port capabilities. Each issued range is exclusive: a bitmap of issued ports says so until the
// last capability to the range is gone. User level reaches ports only by invocation: the TSS has no
// I/O permission bitmap and IOPL is 0.
#include "paging.h"

enum { io_port_count = 1 << 16 };

static word_t issued_ports[io_port_count / seL4_WordBits];

static bool is_issued(word_t port)
{
    return issued_ports[port / seL4_WordBits] & BIT(port % seL4_WordBits);
}

static bool any_issued(word_t first, word_t last)
{
    for (word_t port = first; port <= last; port++)
        if (is_issued(port))
            return true;
    return false;
}

bool io_ports_issued(word_t first, word_t last)
{
    for (word_t port = first; port <= last; port++)
        if (!is_issued(port))
            return false;
    return true;
}

void io_ports_free(word_t first, word_t last)
{
    for (word_t port = first; port <= last; port++)
        issued_ports[port / seL4_WordBits] &= ~BIT(port % seL4_WordBits);
}

error_t decode_io_port_control(const invocation_t *inv)
{
    if (inv->label != X86IOPortControlIssue)
        return decode_sleep_extension(inv);
    if (inv->length < 4 || !inv->extra[0])
        return fail(seL4_TruncatedMessage);
    word_t first = invocation_arg(inv, 0) & MASK(16);
    word_t last = invocation_arg(inv, 1) & MASK(16);
    if (last < first)
        return fail_argument(1);
    if (any_issued(first, last))
        return fail(seL4_RevokeFirst);
    cte_t *slot;
    error_t error = lookup_empty_slot(inv->extra[0]->cap, invocation_arg(inv, 2),
                                      invocation_arg(inv, 3), &slot);
    if (error != ok)
        return error;

    for (word_t port = first; port <= last; port++)
        issued_ports[port / seL4_WordBits] |= BIT(port % seL4_WordBits);
    cap_t cap = {.io_port = {
                     .type_ = cap_io_port,
                     .first = first & MASK(16),
                     .last = last & MASK(16),
                 }};
    insert_new_cap(inv->slot, slot, cap);
    return ok;
}

typedef struct port_access {
    seL4_InvocationLabel label;
    bool is_output;
    word_t size;
} port_access_t;

static const port_access_t port_accesses[] = {
    {X86IOPortIn8, false, 1}, {X86IOPortIn16, false, 2}, {X86IOPortIn32, false, 4},
    {X86IOPortOut8, true, 1}, {X86IOPortOut16, true, 2}, {X86IOPortOut32, true, 4},
};

static const port_access_t *port_access(word_t label)
{
    for (unsigned i = 0; i < ARRAY_SIZE(port_accesses); i++)
        if (port_accesses[i].label == label)
            return &port_accesses[i];
    return nullptr;
}

static uint32_t port_in(uint16_t port, word_t size)
{
    uint32_t value = 0;
    if (size == 1)
        __asm__ volatile("inb %w1, %b0" : "+a"(value) : "d"(port));
    else if (size == 2)
        __asm__ volatile("inw %w1, %w0" : "+a"(value) : "d"(port));
    else
        __asm__ volatile("inl %w1, %k0" : "=a"(value) : "d"(port));
    return value;
}

static void port_out(uint16_t port, word_t size, uint32_t value)
{
    if (size == 1)
        __asm__ volatile("outb %b0, %w1" : : "a"(value), "d"(port));
    else if (size == 2)
        __asm__ volatile("outw %w0, %w1" : : "a"(value), "d"(port));
    else
        __asm__ volatile("outl %k0, %w1" : : "a"(value), "d"(port));
}

error_t decode_io_port(const invocation_t *inv)
{
    const port_access_t *access = port_access(inv->label);
    if (!access)
        return fail(seL4_IllegalOperation);
    if (inv->length < (access->is_output ? 2u : 1u))
        return fail(seL4_TruncatedMessage);
    word_t port = invocation_arg(inv, 0) & MASK(16);
    if (port < inv->cap.io_port.first || port + access->size - 1 > inv->cap.io_port.last)
        return fail(seL4_IllegalOperation);

    if (access->is_output) {
        port_out((uint16_t)port, access->size, (uint32_t)invocation_arg(inv, 1));
        return ok;
    }
    word_t value = port_in((uint16_t)port, access->size);
    invocation_reply(inv, &value, 1);
    return ok;
}
