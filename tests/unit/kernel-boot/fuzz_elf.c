// ELF files whose identification is right and whose numbers are anything.
#include <stdlib.h>

#include "fake_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    static const uint8_t kind[] = {2, 0, 62, 0}; // executable, x86_64
    constexpr word_t max_memory = 16 << 20;
    if (size < 64)
        return 0;

    uint8_t *file = malloc(size);
    memcpy(file, data, size);
    memcpy(file, ident, sizeof(ident));
    memcpy(file + 16, kind, sizeof(kind));
    file[54] = 56; // size of a program header
    file[55] = 0;
    elf_image_t image;
    if (elf_parse(file, size, &image) && image.end - image.start <= max_memory) {
        uint8_t *memory = calloc(1, image.end - image.start);
        elf_load(&image, memory);
        free(memory);
    }
    free(file);
    return 0;
}
