// The services that FsRtl uses.
#include "test.h"

#include "ntos.h"

SIZE_T TestBlocks;

PVOID ExAllocatePoolWithTag(POOL_TYPE Type, SIZE_T Size, ULONG Tag)
{
    (void)Type;
    (void)Tag;
    TestBlocks++;
    return malloc(Size);
}

VOID ExFreePoolWithTag(PVOID Block, ULONG Tag)
{
    (void)Tag;
    TestBlocks--;
    free(Block);
}

VOID ExRaiseStatus(NTSTATUS Status)
{
    print_error("status 0x%08X is raised\n", (unsigned)Status);
    abort();
}

VOID KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    Mutex->Held = 0;
}

VOID KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    assert_int_equal(Mutex->Held++, 0);
}

VOID KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    assert_int_equal(Mutex->Held--, 1);
}
