// A second seL4 thread, which receives the faults of the Executive itself and shows the stop screen:
// the faulting stack may be the one that has no room left.
#include "kep.h"

enum { KI_CRASH_STACK_PAGES = 2 };

seL4_CPtr KiCrashTcb;
static seL4_CPtr KiCrashEndpoint;
static PVOID KiCrashBuffer;

seL4_Error KiSetExecutiveCSpace(seL4_CPtr Root)
{
    return seL4_TCB_SetSpace(seL4_CapInitThreadTCB, KiCrashEndpoint, Root, 0,
                             seL4_CapInitThreadVSpace, 0);
}

// The Executive is stopped by its fault: what is its own, this thread may use from then on.
[[noreturn]] static VOID KiCrashThread(VOID)
{
    const seL4_Word Nothing[4] = {};
    seL4_Word Badge;
    seL4_Word Mr[4];
    memcpy(Mr, Nothing, sizeof(Mr));
    seL4_MessageInfo_t Info = seL4_SysRecvRegisters(seL4_SysRecv, KiCrashEndpoint,
                                                    seL4_MessageInfo_new(0, 0, 0, 0), &Badge, Mr);
    seL4_CurrentIPCBuffer = KiCrashBuffer;
    KiBugCheckFault(seL4_MessageInfo_get_label(Info), Mr);
}

VOID KiInitCrashThread(VOID)
{
    seL4_CPtr Tcb = KiCrashTcb = MmCreateKernelObject(seL4_TCBObject, 0);
    KiCrashEndpoint = MmCreateKernelObject(seL4_EndpointObject, 0);
    PUCHAR Stack = MmAllocateSystemPages(KI_CRASH_STACK_PAGES);
    KiCrashBuffer = MmAllocateSystemPages(1);
    if (!Tcb || !KiCrashEndpoint || !Stack || !KiCrashBuffer)
        KeBugCheckEx(PHASE0_INITIALIZATION_FAILED, 0, 0, 0, 0);

    seL4_UserContext Context = {
        .rip = (ULONG_PTR)KiCrashThread,
        .rsp = (ULONG_PTR)Stack + KI_CRASH_STACK_PAGES * PAGE_SIZE - 40, // as after a call
    };
    seL4_Error Error = seL4_TCB_Configure(Tcb, 0, MmRootCNode, 0, seL4_CapInitThreadVSpace, 0,
                                          (ULONG_PTR)KiCrashBuffer, MmSystemPageCap(KiCrashBuffer));
    if (Error == seL4_NoError)
        Error = seL4_TCB_SetSchedParams(Tcb, seL4_CapInitThreadTCB, seL4_MaxPrio, seL4_MaxPrio);
    if (Error == seL4_NoError)
        Error = seL4_TCB_SetFlags(Tcb, 0, seL4_TCBFlag_fpuDisabled, nullptr);
    if (Error == seL4_NoError)
        Error = seL4_TCB_WriteRegisters(Tcb, TRUE, 0, seL4_UserContextRegisters, &Context);
    if (Error == seL4_NoError)
        Error = KiSetExecutiveCSpace(MmRootCNode);
    if (Error != seL4_NoError)
        KeBugCheckEx(PHASE0_INITIALIZATION_FAILED, 1, Error, 0, 0);
}
