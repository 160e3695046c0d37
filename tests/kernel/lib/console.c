// COM1 through an I/O port capability, and a small print.
#include "ktest.h"

#include <stdarg.h>

enum {
    COM1 = 0x3f8,
    UART_DATA = COM1,
    UART_INTERRUPTS = COM1 + 1,
    UART_FIFO = COM1 + 2,
    UART_LINE = COM1 + 3,
    UART_MODEM = COM1 + 4,
    UART_STATUS = COM1 + 5,
    UART_LAST = COM1 + 7,
};
enum { UART_8N1 = 3, UART_DIVISOR_LATCH = 0x80, UART_TRANSMIT_EMPTY = 0x20 };

seL4_CPtr com1_port;

void console_setup(void)
{
    com1_port = permanent_slot();
    if (seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, COM1, UART_LAST, ROOT, com1_port,
                                     DEPTH) != seL4_NoError)
        __builtin_trap(); // no console to say it on

    static const struct {
        seL4_Uint16 port;
        seL4_Uint8 value;
    } line_setup[] = {
        {UART_INTERRUPTS, 0}, {UART_LINE, UART_DIVISOR_LATCH}, {UART_DATA, 1}, // 115200 baud
        {UART_INTERRUPTS, 0}, {UART_LINE, UART_8N1},           {UART_FIFO, 7}, {UART_MODEM, 3},
    };
    for (size_t i = 0; i < sizeof(line_setup) / sizeof(line_setup[0]); i++)
        (void)seL4_X86_IOPort_Out8(com1_port, line_setup[i].port, line_setup[i].value);
}

static void put_char(char c)
{
    seL4_Uint8 status = 0;
    do
        (void)seL4_X86_IOPort_In8(com1_port, UART_STATUS, &status);
    while (!(status & UART_TRANSMIT_EMPTY));
    (void)seL4_X86_IOPort_Out8(com1_port, UART_DATA, (seL4_Uint8)c);
}

static void put_text(const char *text)
{
    while (*text)
        put_char(*text++);
}

static void put_number(seL4_Word value, unsigned base, int width, char fill)
{
    char digits[24];
    int count = 0;
    do
        digits[count++] = "0123456789abcdef"[value % base];
    while ((value /= base) != 0);
    while (width-- > count)
        put_char(fill);
    while (count)
        put_char(digits[--count]);
}

static seL4_Word next_number(va_list *arguments, int longs, bool is_signed)
{
    if (longs)
        return va_arg(*arguments, seL4_Word);
    if (is_signed)
        return (seL4_Word)va_arg(*arguments, int);
    return va_arg(*arguments, unsigned);
}

static void put_conversion(char conversion, int longs, int width, char fill, va_list *arguments)
{
    seL4_Word value;
    switch (conversion) {
    case 's':
        put_text(va_arg(*arguments, const char *));
        break;
    case 'c':
        put_char((char)va_arg(*arguments, int));
        break;
    case 'x':
        put_number(next_number(arguments, longs, false), 16, width, fill);
        break;
    case 'u':
        put_number(next_number(arguments, longs, false), 10, width, fill);
        break;
    case 'd':
        value = next_number(arguments, longs, true);
        if ((seL4_Int64)value < 0) {
            put_char('-');
            value = -value;
        }
        put_number(value, 10, width, fill);
        break;
    default:
        put_char(conversion);
        break;
    }
}

// %s %c %d %u %x, with l and ll, a width and a leading 0.
void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (; *format; format++) {
        if (*format != '%') {
            put_char(*format);
            continue;
        }
        char fill = *++format == '0' ? '0' : ' ';
        int width = 0, longs = 0;
        for (; *format >= '0' && *format <= '9'; format++)
            width = width * 10 + (*format - '0');
        for (; *format == 'l'; format++)
            longs++;
        put_conversion(*format, longs, width, fill, &arguments);
    }
    va_end(arguments);
}

void bail_out(const char *reason)
{
    print("Bail out! %s\n", reason);
    for (;;)
        (void)seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}
