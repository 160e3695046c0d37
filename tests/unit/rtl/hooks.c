// rtl's memory hooks for the tests: blocks are counted, and a test can make them fail.
#include <stdlib.h>

#include <rtl.h>

SIZE_T HookBlocks;
BOOLEAN HookFails;

PVOID NTAPI RtlpAllocateStringMemory(SIZE_T Size)
{
    PVOID Memory = HookFails ? nullptr : malloc(Size);
    HookBlocks += Memory != nullptr;
    return Memory;
}

VOID NTAPI RtlpFreeStringMemory(PVOID Memory)
{
    HookBlocks--;
    free(Memory);
}
