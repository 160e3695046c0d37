// What the compiler may call in freestanding code.
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *start = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
    return start;
}

void *memset(void *to, int value, size_t size)
{
    void *start = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
    return start;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((char *)to <= (const char *)from || (char *)to >= (const char *)from + size)
        return memcpy(to, from, size);
    for (size_t i = size; i-- > 0;)
        ((volatile char *)to)[i] = ((const char *)from)[i];
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < size; i++) {
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    }
    return 0;
}
