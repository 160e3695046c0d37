// Walking the boot information's extra chunks.
#include "ktest.h"

const seL4_BootInfo *bootinfo;

const void *bootinfo_chunk(seL4_Word id)
{
    const char *chunk = (const char *)bootinfo + seL4_BootInfoFrameSize;
    const char *end = chunk + bootinfo->extraLen;
    while (chunk < end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)chunk;
        if (header->id == id)
            return header;
        if (header->len < sizeof(*header))
            break;
        chunk += header->len;
    }
    return nullptr;
}

seL4_Word tsc_mhz(void)
{
    const seL4_BootInfoHeader *header = bootinfo_chunk(SEL4_BOOTINFO_HEADER_X86_TSC_FREQ);
    if (!header)
        return 1000;
    return *(const seL4_Uint32 *)(header + 1);
}
