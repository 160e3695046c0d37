// The IOAPICs, which turn device pins into vectors (Intel 82093AA, 3.2), and the legacy PICs, which are
// kept silent. Pins are routed and unmasked by user level's IRQ handlers only.
#include "arch_boot.h"
#include "cpu.h"

enum {
    max_ioapics = ARRAY_SIZE(((apic_addresses_t *)nullptr)->ioapics),
    max_pins = 240, // the most that the version register can tell of
    ioapic_version = 1,
    ioapic_redirection = 0x10, // two registers a pin
    window_index = 4,          // the data register, in 32-bit words behind the select register
};

enum {
    redirection_active_low = 1 << 13,
    redirection_level = 1 << 15,
    redirection_masked = 1 << 16,
};

// An edge that its handler has not acknowledged: its pin is not masked before another one comes, which then waits.
typedef enum : uint8_t { edge_none, edge_taken, edge_waits } edge_t;

typedef struct ioapic {
    volatile uint32_t *registers;
    unsigned pins;
    uint32_t entries[max_pins]; // the low halves of the redirection entries
    edge_t edges[max_pins];
} ioapic_t;

// Which pin delivers an interrupt. Several interrupts may have been given the same pin: it delivers
// the last one's vector, and any of them masks and unmasks it, as in seL4.
typedef struct route {
    bool exists;
    uint8_t ioapic;
    uint8_t pin;
} route_t;

static ioapic_t ioapics[max_ioapics];
static unsigned ioapics_found;
static route_t routes[num_irqs];

static uint32_t ioapic_read(const ioapic_t *ioapic, unsigned reg)
{
    ioapic->registers[0] = reg;
    return ioapic->registers[window_index];
}

static void ioapic_write(const ioapic_t *ioapic, unsigned reg, uint32_t value)
{
    ioapic->registers[0] = reg;
    ioapic->registers[window_index] = value;
}

static unsigned pin_register(unsigned pin)
{
    return ioapic_redirection + 2 * pin;
}

static void set_entry(ioapic_t *ioapic, unsigned pin, uint32_t entry)
{
    ioapic->entries[pin] = entry;
    ioapic->edges[pin] = edge_none;
    ioapic_write(ioapic, pin_register(pin), entry);
}

void ioapic_init(const apic_addresses_t *addresses)
{
    ioapics_found = addresses->ioapic_count;
    for (unsigned i = 0; i < ioapics_found; i++) {
        ioapic_t *ioapic = &ioapics[i];
        ioapic->registers = arch_map_device_page(addresses->ioapics[i]);
        ioapic->pins = (ioapic_read(ioapic, ioapic_version) >> 16 & 0xff) + 1;
        if (ioapic->pins > max_pins)
            ioapic->pins = max_pins;
        for (unsigned pin = 0; pin < ioapic->pins; pin++)
            set_entry(ioapic, pin, redirection_masked);
    }
}

void ioapic_restore(void)
{
    for (unsigned i = 0; i < ioapics_found; i++) {
        const ioapic_t *ioapic = &ioapics[i];
        for (unsigned pin = 0; pin < ioapic->pins; pin++) {
            ioapic_write(ioapic, pin_register(pin) + 1, lapic_id() << 24);
            ioapic_write(ioapic, pin_register(pin), ioapic->entries[pin]);
        }
    }
}

unsigned ioapic_count(void)
{
    return ioapics_found;
}

unsigned ioapic_pins(unsigned ioapic)
{
    return ioapics[ioapic].pins;
}

void ioapic_route(unsigned ioapic, unsigned pin, bool level, bool low, irq_t irq)
{
    uint32_t entry = redirection_masked | (uint32_t)(VECTOR_USER + irq);
    if (level)
        entry |= redirection_level;
    if (low)
        entry |= redirection_active_low;

    routes[irq] = (route_t){true, (uint8_t)ioapic, (uint8_t)pin};
    set_entry(&ioapics[ioapic], pin, entry);
    ioapic_write(&ioapics[ioapic], pin_register(pin) + 1, lapic_id() << 24);
}

void ioapic_unroute(irq_t irq)
{
    routes[irq].exists = false;
}

void irq_mask(irq_t irq, bool masked)
{
    const route_t *route = &routes[irq];
    if (!route->exists)
        return; // an MSI, which its device masks
    ioapic_t *ioapic = &ioapics[route->ioapic];
    uint32_t entry = ioapic->entries[route->pin] & ~(uint32_t)redirection_masked;
    if (masked)
        entry |= redirection_masked;
    ioapic->edges[route->pin] = edge_none;
    if (entry != ioapic->entries[route->pin])
        set_entry(ioapic, route->pin, entry);
}

// An edge does not come again by itself, so that its pin need not be masked, which takes long: only if there is another one
// before the first is acknowledged.
bool irq_hold(irq_t irq)
{
    const route_t *route = &routes[irq];
    if (!route->exists)
        return true;
    ioapic_t *ioapic = &ioapics[route->ioapic];
    edge_t *edge = &ioapic->edges[route->pin];
    if (ioapic->entries[route->pin] & redirection_level) {
        irq_mask(irq, true);
    } else if (*edge == edge_none) {
        *edge = edge_taken;
    } else {
        irq_mask(irq, true);
        *edge = edge_waits;
        return false;
    }
    return true;
}

bool irq_release(irq_t irq)
{
    const route_t *route = &routes[irq];
    if (!route->exists)
        return false;
    edge_t *edge = &ioapics[route->ioapic].edges[route->pin];
    const bool waits = *edge == edge_waits;
    irq_mask(irq, false);
    if (waits)
        *edge = edge_taken;
    return waits;
}

// Initialise both 8259s so that a stray interrupt comes with a vector of its own, and mask them.
void pic_disable(void)
{
    enum { master = 0x20, slave = 0xa0, data = 1, init = 0x11, mode_8086 = 1, slave_pin = 2 };
    port_out8(master, init);
    port_out8(slave, init);
    port_out8(master + data, VECTOR_PIC);
    port_out8(slave + data, VECTOR_PIC + 8);
    port_out8(master + data, 1 << slave_pin);
    port_out8(slave + data, slave_pin);
    port_out8(master + data, mode_8086);
    port_out8(slave + data, mode_8086);
    port_out8(master + data, 0xff);
    port_out8(slave + data, 0xff);
}
