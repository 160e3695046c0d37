// Debug output on a serial line, and the end of a kernel that cannot go on. Release builds contain only
// the halt.
#include <stdarg.h>

#include "arch_boot.h"
#include "cpu.h"

[[noreturn]] void kernel_halt(void)
{
    for (;;)
        __asm__ volatile("cli\n\thlt");
}

#ifdef CONFIG_DEBUG

enum {
    uart_data = 0,
    uart_interrupts = 1,
    uart_fifo = 2,
    uart_line = 3,
    uart_modem = 4,
    uart_status = 5,
};

static uint16_t console_port = 0x3f8; // what is printed
static uint16_t debug_port = 0x3f8;   // the last words of a kernel bug

// 115200 baud, 8 bits, no parity (16550, section 8)
static void uart_init(uint16_t port)
{
    enum { divisor_latch = 0x80, eight_bits = 3, fifo_on = 1, ready = 3 };
    port_out8(port + uart_interrupts, 0);
    port_out8(port + uart_line, divisor_latch | eight_bits);
    port_out8(port + uart_data, 1);
    port_out8(port + uart_interrupts, 0);
    port_out8(port + uart_line, eight_bits);
    port_out8(port + uart_fifo, fifo_on);
    port_out8(port + uart_modem, ready);
}

static void uart_put(uint16_t port, char character)
{
    enum { transmitter_empty = 1 << 5, patience = 100000 };
    // A port without a device must not hang the kernel.
    for (unsigned i = 0; i < patience && !(port_in8(port + uart_status) & transmitter_empty); i++)
        continue;
    port_out8(port + uart_data, (uint8_t)character);
}

void console_wake(void)
{
    uart_init(console_port);
    if (debug_port != console_port)
        uart_init(debug_port);
}

void console_init(uint16_t console, uint16_t debug)
{
    console_port = console;
    debug_port = debug;
    console_wake();
}

void console_putchar(char character)
{
    if (character == '\n')
        uart_put(console_port, '\r');
    uart_put(console_port, character);
}

void console_use_debug_port(void)
{
    console_port = debug_port;
}

// What one conversion of kprintf says.
typedef struct conversion {
    bool left, zero, is_long;
    unsigned width;
} conversion_t;

static void put_padding(unsigned length, const conversion_t *conversion, char pad)
{
    for (; length < conversion->width; length++)
        console_putchar(pad);
}

static void put_text(const char *text, const conversion_t *conversion)
{
    unsigned length = 0;
    while (text[length])
        length++;
    if (!conversion->left)
        put_padding(length, conversion, ' ');
    for (unsigned i = 0; i < length; i++)
        console_putchar(text[i]);
    if (conversion->left)
        put_padding(length, conversion, ' ');
}

static void put_number(word_t value, unsigned base, const conversion_t *conversion)
{
    char text[24];
    char *digit = text + sizeof(text);
    *--digit = 0;
    do {
        *--digit = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (!conversion->zero) {
        put_text(digit, conversion);
        return;
    }
    put_padding((unsigned)(text + sizeof(text) - 1 - digit), conversion, '0');
    put_text(digit, &(conversion_t){0});
}

static void put_signed(int64_t value, const conversion_t *conversion)
{
    if (value < 0)
        console_putchar('-');
    put_number(value < 0 ? -(word_t)value : (word_t)value, 10, conversion);
}

static const char *parse_conversion(const char *format, conversion_t *conversion)
{
    *conversion = (conversion_t){0};
    for (;; format++) {
        if (*format == '-')
            conversion->left = true;
        else if (*format == '0')
            conversion->zero = true;
        else
            break;
    }
    for (; *format >= '0' && *format <= '9'; format++)
        conversion->width = conversion->width * 10 + (unsigned)(*format - '0');
    for (; *format == 'l'; format++)
        conversion->is_long = true;
    return format;
}

static void put_conversion(char type, const conversion_t *conversion, va_list *args)
{
    switch (type) {
    case 'c':
        console_putchar((char)va_arg(*args, int));
        break;
    case 's':
        put_text(va_arg(*args, const char *), conversion);
        break;
    case 'd':
        put_signed(conversion->is_long ? va_arg(*args, int64_t) : va_arg(*args, int), conversion);
        break;
    case 'p':
        put_number((word_t)(uintptr_t)va_arg(*args, void *), 16, conversion);
        break;
    case 'u':
    case 'x':
        put_number(conversion->is_long ? va_arg(*args, word_t) : va_arg(*args, unsigned),
                   type == 'u' ? 10 : 16, conversion);
        break;
    default:
        console_putchar(type);
    }
}

void kprintf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (; *format; format++) {
        if (*format != '%') {
            console_putchar(*format);
            continue;
        }
        conversion_t conversion;
        format = parse_conversion(format + 1, &conversion);
        if (!*format)
            break;
        put_conversion(*format, &conversion, &args);
    }
    va_end(args);
}

#endif
