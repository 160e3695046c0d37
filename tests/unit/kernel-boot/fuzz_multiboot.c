// Memory as a loader might leave it, of either kind; the information starts at address 16.
#include "fake_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static loader_info_t loader;
    if (!size)
        return 0;
    fake_memory_set(data, size);
    multiboot_parse(data[0] & 1 ? 0x2badb002 : 0x36d76289, 16, &loader);
    word_t number;
    (void)cmdline_number(loader.command_line, "console_port", &number);
    return 0;
}
