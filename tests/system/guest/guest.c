// Speaks on COM1 as its command line tells it: as a test program, as a shell, or as one that fails in
// one of the ways that tools/vm must notice.
#include <stddef.h>
#include <stdint.h>

constexpr uint16_t com1 = 0x3F8;
constexpr uint16_t com2 = 0x2F8;

constexpr uint32_t multiboot1_loader = 0x2BADB002;
constexpr uint32_t multiboot2_loader = 0x36D76289;

// Multiboot 1 information, the fields in use; Multiboot Specification 0.6.96, 3.3.
struct multiboot1_info {
    uint32_t flags;
    uint32_t memory[2];
    uint32_t boot_device;
    uint32_t command_line;
    uint32_t module_count;
    uint32_t modules;
};

struct multiboot1_module {
    uint32_t start;
    uint32_t end;
};

// Multiboot 2 tags follow a header of 8 bytes; Multiboot2 Specification 2.0, 3.4.
struct multiboot2_tag {
    uint32_t type;
    uint32_t size;
};

enum { tag_end = 0, tag_command_line = 1, tag_module = 3 };

struct boot {
    const char *command_line;
    const char *module;
    uint32_t module_size;
};

void guest_main(uint32_t loader, uint32_t information);

static void outb(uint16_t port, uint8_t value)
{
    asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t inb(uint16_t port)
{
    uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void put(uint16_t port, const char *text)
{
    for (; *text; text++) {
        while (!(inb(port + 5) & 0x20)) // line status: transmitter empty
            continue;
        outb(port, (uint8_t)*text);
    }
}

static char get(void)
{
    while (!(inb(com1 + 5) & 0x01)) // line status: data ready
        continue;
    return (char)inb(com1);
}

static bool starts_with(const char *text, const char *prefix)
{
    for (; *prefix; text++, prefix++) {
        if (*text != *prefix)
            return false;
    }
    return true;
}

static bool has_word(const char *text, const char *word)
{
    for (; *text; text++) {
        if (starts_with(text, word))
            return true;
    }
    return false;
}

static struct boot read_multiboot1(const struct multiboot1_info *info)
{
    struct boot boot = {.command_line = (const char *)info->command_line};
    if (info->module_count) {
        const struct multiboot1_module *module = (const void *)info->modules;
        boot.module = (const char *)module->start;
        boot.module_size = module->end - module->start;
    }
    return boot;
}

static struct boot read_multiboot2(const char *information)
{
    struct boot boot = {.command_line = ""};
    const struct multiboot2_tag *tag = (const void *)(information + 8);
    while (tag->type != tag_end) {
        const uint32_t *body = (const uint32_t *)(tag + 1);
        if (tag->type == tag_command_line)
            boot.command_line = (const char *)body;
        if (tag->type == tag_module) {
            boot.module = (const char *)body[0];
            boot.module_size = body[1] - body[0];
        }
        tag = (const void *)((const char *)tag + ((tag->size + 7) & ~7u));
    }
    return boot;
}

// An empty interrupt table turns the next exception into a triple fault.
static void reset(void)
{
    struct [[gnu::packed]] {
        uint16_t limit;
        uint32_t base;
    } table = {};
    asm volatile("lidt %0; int3" : : "m"(table));
}

// ACPI sleep state S5 by the PM1a control register, where SeaBIOS and OVMF put it on the Q35 machine.
static void power_off(void)
{
    asm volatile("outw %0, %1" : : "a"((uint16_t)0x2000), "Nd"((uint16_t)0x604));
}

static void report(bool good, const char *rest)
{
    put(com1, good ? "ok " : "not ok ");
    put(com1, rest);
}

static void run_tests(const struct boot *boot)
{
    report(boot->module && starts_with(boot->module, "fake root task"), "1 - module is loaded\r\n");
    report(has_word(boot->command_line, "console_port=0x2f8"), "2 - kernel options arrive\r\n");
    put(com1, "# a comment\r\nok 3 - not here # SKIP nothing to see\r\n");
    put(com1, "bench answer 42 instructions\r\n");
}

static void read_line(char *line, size_t size)
{
    size_t length = 0;
    for (;;) {
        char key = get();
        if (key == '\r')
            break;
        if (length + 1 < size)
            line[length++] = key;
        char echo[2] = {key};
        put(com1, echo);
    }
    line[length] = 0;
    put(com1, "\r\n");
}

static void run_shell(void)
{
    put(com1, "\x1b[2J\x1b[1;32mwelcome\x1b[0m\r\n");
    for (;;) {
        char line[80];
        put(com1, "\x1b[1mC:\\>\x1b[0m ");
        read_line(line, sizeof(line));
        if (starts_with(line, "say "))
            put(com1, line + 4), put(com1, "\r\n");
        else if (starts_with(line, "tricky"))
            put(com1, "C:\\> in the midst\r\nC:\\>\r\nlast\r\n");
        else if (starts_with(line, "reset"))
            reset();
        else if (starts_with(line, "off"))
            power_off();
        else if (starts_with(line, "hang"))
            for (;;)
                continue;
    }
}

static void obey(const struct boot *boot)
{
    const char *words = boot->command_line;
    if (has_word(words, "mode=shell"))
        run_shell();
    run_tests(boot);
    if (has_word(words, "mode=good"))
        put(com1, "1..3\r\n");
    if (has_word(words, "mode=fail"))
        put(com1, "not ok 4 - as told\r\n1..4\r\n");
    if (has_word(words, "mode=short"))
        put(com1, "1..5\r\n");
    if (has_word(words, "mode=gap"))
        put(com1, "ok 5 - number four is missing\r\n1..4\r\n");
    if (has_word(words, "mode=bail"))
        put(com1, "Bail out! no more\r\n");
    if (has_word(words, "mode=reset"))
        reset();
    if (has_word(words, "mode=off"))
        power_off();
}

void guest_main(uint32_t loader, uint32_t information)
{
    struct boot boot;
    if (loader == multiboot1_loader)
        boot = read_multiboot1((const void *)information);
    else if (loader == multiboot2_loader)
        boot = read_multiboot2((const char *)information);
    else
        return;
    put(com2, "fake guest: debug log\n");
    obey(&boot);
}
