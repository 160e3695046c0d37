#include "fuzzstore.h"

#include <stdlib.h>
#include <string.h>

bool FuzzRead(void *Context, uint64_t Offset, uint32_t Length, void *Buffer)
{
    const FUZZ_MEDIUM *Medium = Context;
    if (Offset > Medium->Bytes || Length > Medium->Bytes - Offset)
        abort();
    memcpy(Buffer, Medium->Data + Offset, Length);
    return true;
}

bool FuzzWrite(void *Context, uint64_t Offset, uint32_t Length, const void *Buffer)
{
    const FUZZ_MEDIUM *Medium = Context;
    if (Offset > Medium->Bytes || Length > Medium->Bytes - Offset)
        abort();
    memcpy(Medium->Data + Offset, Buffer, Length);
    return true;
}

bool FuzzBarrier(void *Context)
{
    (void)Context;
    return true;
}

uint16_t FuzzUpcase(uint16_t Character)
{
    return (uint16_t)(Character >= 'a' && Character <= 'z' ? Character - 32 : Character);
}

uint8_t FuzzToOem(uint16_t Character)
{
    return (uint8_t)(Character < 0x80 ? Character : 0);
}

uint16_t FuzzFromOem(uint8_t Character)
{
    return Character;
}
