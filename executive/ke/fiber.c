// Fibers: the stacks of the Executive and the switch between them.
#include "kep.h"

enum {
    KI_STACK_PAGES = 4,
    KI_IDLE_STACKS = 8, // kept for the next waits; more are given back
    // Waits that cannot fail (a page that must come in) may take these; others leave them alone.
    KI_STACK_RESERVE = 4,
};

// What KiSwitchStack pops, then the return address and the shadow space of a first function.
typedef struct _KI_SWITCH_FRAME {
    ULONG_PTR Registers[8];
    VOID (*Return)(VOID);
    ULONG_PTR Shadow[5];
} KI_SWITCH_FRAME;

static KFIBER KiBootFiber;
PKFIBER KiCurrentFiber = &KiBootFiber;
LIST_ENTRY KiReadyFibers = {&KiReadyFibers, &KiReadyFibers};
static LIST_ENTRY KiIdleFibers = {&KiIdleFibers, &KiIdleFibers};
static ULONG KiIdleCount;

// The fiber's own structure lies at the top of its stack.
static PVOID KiStackTop(PKFIBER Fiber)
{
    extern UCHAR KiInitialStackTop[];
    return Fiber == &KiBootFiber ? KiInitialStackTop : (PVOID)ALIGN_DOWN_BY(Fiber, 16);
}

static PVOID KiStackBase(PKFIBER Fiber)
{
    return (PVOID)ALIGN_DOWN_BY(Fiber, PAGE_SIZE) - (KI_STACK_PAGES - 1) * PAGE_SIZE;
}

BOOLEAN KiStackOf(ULONG_PTR StackPointer, PULONG_PTR Low, PULONG_PTR High)
{
    *High = (ULONG_PTR)KiStackTop(KiCurrentFiber);
    *Low = KiCurrentFiber == &KiBootFiber ? *High - KI_STACK_PAGES * PAGE_SIZE
                                          : (ULONG_PTR)KiStackBase(KiCurrentFiber);
    return StackPointer >= *Low && StackPointer < *High;
}

static BOOLEAN KiAddIdleFiber(VOID)
{
    PUCHAR Stack = MmAllocateSystemPages(KI_STACK_PAGES);
    if (!Stack)
        return FALSE;
    PKFIBER Fiber = (PKFIBER)(Stack + KI_STACK_PAGES * PAGE_SIZE) - 1;
    *Fiber = (KFIBER){};
    InsertTailList(&KiIdleFibers, &Fiber->Link);
    KiIdleCount++;
    return TRUE;
}

VOID KiInitFibers(VOID)
{
    while (KiIdleCount < KI_STACK_RESERVE) {
        if (!KiAddIdleFiber())
            KeBugCheckEx(PHASE0_INITIALIZATION_FAILED, 2, 0, 0, 0);
    }
}

BOOLEAN KiReserveStack(KPROCESSOR_MODE WaitMode)
{
    ULONG Wanted = WaitMode == UserMode ? KI_STACK_RESERVE + 1 : 1;
    while (KiIdleCount < Wanted) {
        if (!KiAddIdleFiber())
            return FALSE;
    }
    return TRUE;
}

static VOID KiFiberMain(VOID)
{
    PKFIBER This = KiCurrentFiber;
    if (This->Routine)
        This->Routine(This->Context);
    This->Routine = nullptr;
    KiDispatchLoop();
}

static PKFIBER KiTakeIdleFiber(VOID)
{
    if (IsListEmpty(&KiIdleFibers) && !KiAddIdleFiber())
        KeBugCheckEx(NO_MORE_STACKS, 0, 0, 0, 0);
    PKFIBER Fiber = CONTAINING_RECORD(RemoveHeadList(&KiIdleFibers), KFIBER, Link);
    KiIdleCount--;

    KI_SWITCH_FRAME *Frame = (KI_SWITCH_FRAME *)KiStackTop(Fiber) - 1;
    *Frame = (KI_SWITCH_FRAME){.Return = KiFiberMain};
    Fiber->StackPointer = Frame;
    Fiber->Thread = nullptr;
    return Fiber;
}

// A stack's pages can go while nothing runs on them: not the current one, nor the first one, which lies
// in the image.
static VOID KiTrimIdleFibers(VOID)
{
    while (KiIdleCount > KI_IDLE_STACKS) {
        PKFIBER Fiber = CONTAINING_RECORD(RemoveTailList(&KiIdleFibers), KFIBER, Link);
        if (Fiber == &KiBootFiber) {
            InsertHeadList(&KiIdleFibers, &Fiber->Link);
            continue;
        }
        KiIdleCount--;
        MmFreeSystemPages(KiStackBase(Fiber), KI_STACK_PAGES);
    }
}

static VOID KiSwitchFiber(PKFIBER Next)
{
    PKFIBER This = KiCurrentFiber;
    KiCurrentFiber = Next;
    KiSwitchStack(&This->StackPointer, Next->StackPointer);
}

static PKFIBER KiNextReadyFiber(VOID)
{
    return CONTAINING_RECORD(RemoveHeadList(&KiReadyFibers), KFIBER, Link);
}

VOID KiReadyFiber(PKFIBER Fiber)
{
    InsertTailList(&KiReadyFibers, &Fiber->Link);
}

VOID KiPark(VOID)
{
    PETHREAD Thread = KiCurrentFiber->Thread;
    if (Thread) {
        KiChargeKernel(Thread);
        KiSaveCaller(Thread);
        Thread->Fiber = KiCurrentFiber;
        IoThreadWaits(Thread);
    }
    PKFIBER Next = IsListEmpty(&KiReadyFibers) ? KiTakeIdleFiber() : KiNextReadyFiber();
    if (Next != KiCurrentFiber) // else its wait was over before it was parked
        KiSwitchFiber(Next);
    if (Thread)
        Thread->Fiber = nullptr;
}

[[noreturn]] VOID KiRunReadyFiber(VOID)
{
    KiTrimIdleFibers();
    InsertHeadList(&KiIdleFibers, &KiCurrentFiber->Link);
    KiIdleCount++;
    KiSwitchFiber(KiNextReadyFiber());
    __builtin_unreachable(); // the stack starts anew when it is taken again
}

NTSTATUS KeCreateSystemFiber(VOID (*Routine)(PVOID Context), PVOID Context)
{
    if (!KiReserveStack(UserMode))
        return STATUS_INSUFFICIENT_RESOURCES;
    PKFIBER Fiber = KiTakeIdleFiber();
    Fiber->Routine = Routine;
    Fiber->Context = Context;
    KiReadyFiber(Fiber);
    return STATUS_SUCCESS;
}

PETHREAD KeGetCurrentThread(VOID)
{
    return KiCurrentFiber->Thread;
}

PEPROCESS PsGetCurrentProcess(VOID)
{
    PETHREAD Thread = KiCurrentFiber->Thread;
    return Thread ? Thread->Process : PsInitialSystemProcess;
}
