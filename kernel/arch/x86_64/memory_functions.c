// The memory functions that the compiler calls. They move words; the kernel's blocks are aligned and
// short, or cleared in pieces (preemption).
#include "types.h"

typedef word_t any_word_t [[gnu::may_alias, gnu::aligned(1)]];

void *memcpy(void *restrict dest, const void *restrict src, size_t size)
{
    char *to = dest;
    const char *from = src;
    for (; size >= sizeof(word_t); size -= sizeof(word_t)) {
        *(any_word_t *)to = *(const any_word_t *)from;
        to += sizeof(word_t);
        from += sizeof(word_t);
    }
    while (size--)
        *to++ = *from++;
    return dest;
}

void *memset(void *dest, int value, size_t size)
{
    char *to = dest;
    const word_t word = (uint8_t)value * 0x0101010101010101ull;
    for (; size >= sizeof(word_t); size -= sizeof(word_t)) {
        *(any_word_t *)to = word;
        to += sizeof(word_t);
    }
    while (size--)
        *to++ = (char)value;
    return dest;
}

void *memmove(void *dest, const void *src, size_t size)
{
    char *to = dest;
    const char *from = src;
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(dest, src, size); // forwards is safe
    while (size--)
        to[size] = from[size];
    return dest;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const uint8_t *a = left, *b = right;
    for (; size; size--, a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}
