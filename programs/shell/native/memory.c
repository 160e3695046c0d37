// Memory and stack.

#include "nativep.h"

PVOID SysAllocate(SIZE_T Size)
{
    PVOID Block = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Size);
    if (Block)
        return Block;
    ConPrint(L"%ws\n", StatusText(STATUS_NO_MEMORY));
    RtlExitUserProcess(STATUS_NO_MEMORY);
}

VOID SysFree(PVOID Block)
{
    if (Block)
        RtlFreeHeap(RtlProcessHeap(), 0, Block);
}

BOOLEAN SysHasStack(void)
{
    constexpr SIZE_T Reserve = 0x10000;
    PUCHAR Lowest = NtCurrentTeb()->DeallocationStack;
    return (PUCHAR)__builtin_frame_address(0) - Lowest > (SSIZE_T)Reserve;
}
