// What drivers do without a call: the host emulates it.

#include "suite.h"

VOID TestInlineIrql(void)
{
    CHECK_EQUAL(__readcr8(), PASSIVE_LEVEL);
    __writecr8(DISPATCH_LEVEL);
    CHECK_EQUAL(__readcr8(), DISPATCH_LEVEL);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    __writecr8(PASSIVE_LEVEL);
    CHECK_EQUAL(__readcr8(), PASSIVE_LEVEL);
}

VOID TestInlineCurrentThread(void)
{
    CHECK((PKTHREAD)__readgsqword(0x188) == KeGetCurrentThread());
    CHECK_EQUAL(__readgsdword(0x184), 0);
    CHECK_EQUAL(__readgsdword(0x1A4), 0);
    CHECK(__readgsqword(0x20) != 0);
}

VOID TestInlineSharedData(void)
{
    // The compiler must not know the address, nor the loader see it: the fault is what is tested.
    volatile ULONG_PTR Address = 0xFFFFF78000000000;
    CHECK_EQUAL(*(volatile ULONG *)(Address + 0x26C), 10);    // NtMajorVersion
    CHECK_EQUAL(*(volatile ULONG *)(Address + 0x260), 19045); // NtBuildNumber
}
