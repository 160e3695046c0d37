// Memory and stack.

#include "nativep.h"

#include "shell.h"

enum { SyspReserveBlocks = 32, SyspReserveBytes = 4096 };

// What a command that finds no memory unwinds with. In blocks of the heap, for what is given back to the system is another
// program's at once.
static PVOID SyspReserve[SyspReserveBlocks];
static BOOLEAN SyspReserved;
static PSHELL SyspShell; // null: nobody who could be told to stop

VOID SysKeepReserve(PSHELL Shell)
{
    SyspShell = Shell;
    SyspFillReserve();
}

VOID SyspFillReserve(VOID)
{
    if (!SyspShell || SyspReserved)
        return;
    SyspReserved = TRUE;
    for (ULONG i = 0; i < SyspReserveBlocks; i++) {
        if (!SyspReserve[i])
            SyspReserve[i] = RtlAllocateHeap(RtlProcessHeap(), 0, SyspReserveBytes);
        SyspReserved &= SyspReserve[i] != nullptr;
    }
}

static BOOLEAN SyspReleaseReserve(VOID)
{
    BOOLEAN Any = FALSE;
    for (ULONG i = 0; i < SyspReserveBlocks; i++) {
        if (SyspReserve[i])
            Any = RtlFreeHeap(RtlProcessHeap(), 0, SyspReserve[i]);
        SyspReserve[i] = nullptr;
    }
    SyspReserved = FALSE;
    return Any;
}

// Without memory the command ends as if it had been interrupted, and the shell goes on; when that takes more than the
// reserve, it does not.
PVOID SysAllocate(SIZE_T Size)
{
    PVOID Block = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Size);
    if (Block)
        return Block;
    if (SyspReleaseReserve()) {
        ShInterrupt(SyspShell);
        Block = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Size);
    }
    ConPrint(L"%ws\n", StatusText(STATUS_NO_MEMORY));
    if (Block)
        return Block;
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
