// Requests that wait: until the battery is another one, or otherwise than they say, or their time is over. The battery is
// looked at when its driver tells of a change, and every few seconds, for not all firmware tells.
#include "battc.h"

enum { BatcPollMilliseconds = 15'000 };
constexpr LONGLONG BatcMillisecond = 10'000;

// A request's deadline, in interrupt time, is kept with it; 0: none.
static PLONGLONG BatcDeadline(PIRP Irp)
{
    return (PLONGLONG)&Irp->Tail.Overlay.DriverContext[0];
}

static VOID BatcCancelled(PIRP_QUEUE Queue, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Queue);
    BatcComplete(Irp, STATUS_CANCELLED, 0);
}

// ---- Looking

// Milliseconds until the next look; 0: nobody waits.
static ULONG BatcNextLook(PBATTERY_CLASS Class)
{
    LONGLONG Now = (LONGLONG)KeQueryInterruptTime(), Next = 0;
    PLIST_ENTRY Head = &Class->Waiting.Irps;
    KIRQL Irql;
    KeAcquireSpinLock(&Class->Waiting.Lock, &Irql);
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        LONGLONG Deadline = *BatcDeadline(CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry));
        LONGLONG Poll = Now + BatcPollMilliseconds * BatcMillisecond;
        LONGLONG Mine = Deadline ? min(Deadline, Poll) : Poll;
        Next = Next ? min(Next, Mine) : Mine;
    }
    KeReleaseSpinLock(&Class->Waiting.Lock, Irql);
    return Next ? (ULONG)(max(Next - Now, BatcMillisecond) / BatcMillisecond) : 0;
}

static VOID BatcSetTimer(PBATTERY_CLASS Class)
{
    ULONG Milliseconds = BatcNextLook(Class);
    LARGE_INTEGER Due = {.QuadPart = -(LONGLONG)Milliseconds * BatcMillisecond};
    if (Milliseconds && !Class->Ending)
        (VOID) KeSetTimer(&Class->Timer, Due, &Class->Dpc);
}

// Each request that waits now, once. One that is being looked at cannot be cancelled meanwhile.
static VOID BatcServe(PBATTERY_CLASS Class)
{
    LIST_ENTRY Waiting;
    PIRP Irp;
    InitializeListHead(&Waiting);
    while ((Irp = IrpQueueTake(&Class->Waiting, NULL)) != NULL) {
        LONGLONG Deadline = *BatcDeadline(Irp);
        BOOLEAN Over = Deadline && (LONGLONG)KeQueryInterruptTime() >= Deadline;
        if (!BatcAnswer(Class, Irp, Over))
            InsertTailList(&Waiting, &Irp->Tail.Overlay.ListEntry);
    }
    while (!IsListEmpty(&Waiting))
        IrpQueuePut(&Class->Waiting,
                    CONTAINING_RECORD(RemoveHeadList(&Waiting), IRP, Tail.Overlay.ListEntry));
}

static VOID NTAPI BatcWork(PVOID Context)
{
    PBATTERY_CLASS Class = Context;
    LONG Wanted;
    do {
        Wanted = Class->Wanted;
        if (!Class->Ending)
            BatcServe(Class);
        BatcSetTimer(Class);
    } while (InterlockedCompareExchange(&Class->Wanted, 0, Wanted) != Wanted);
    ExReleaseRundownProtection(&Class->Running);
}

VOID BatcLook(PBATTERY_CLASS Class)
{
    if (InterlockedIncrement(&Class->Wanted) != 1)
        return; // who is at it looks once more
    if (!Class->Ending && ExAcquireRundownProtection(&Class->Running))
        ExQueueWorkItem(&Class->Item, DelayedWorkQueue);
    else
        InterlockedExchange(&Class->Wanted, 0);
}

static VOID NTAPI BatcTime(PKDPC Dpc, PVOID Context, PVOID First, PVOID Second)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(First);
    UNREFERENCED_PARAMETER(Second);
    BatcLook(Context);
}

// ---- Beginning and end

VOID BatcInitializeWaits(PBATTERY_CLASS Class)
{
    IrpQueueInitialize(&Class->Waiting, BatcCancelled);
    KeInitializeTimer(&Class->Timer);
    KeInitializeDpc(&Class->Dpc, BatcTime, Class);
    ExInitializeWorkItem(&Class->Item, BatcWork, Class);
    ExInitializeRundownProtection(&Class->Running);
}

// MAXULONG: for ever. A change between the question and now is found by looking once more.
NTSTATUS BatcWait(PBATTERY_CLASS Class, PIRP Irp, ULONG Milliseconds)
{
    *BatcDeadline(Irp) = Milliseconds == MAXULONG ? 0
                                                  : (LONGLONG)KeQueryInterruptTime() +
                                                        (LONGLONG)Milliseconds * BatcMillisecond;
    IrpQueuePut(&Class->Waiting, Irp);
    BatcLook(Class);
    return STATUS_PENDING;
}

VOID BatcEndWaits(PBATTERY_CLASS Class)
{
    PIRP Irp;
    Class->Ending = TRUE;
    KeCancelTimer(&Class->Timer);
    KeFlushQueuedDpcs();
    ExWaitForRundownProtectionRelease(&Class->Running);
    KeCancelTimer(&Class->Timer); // the work item may have set it before it saw the end
    KeFlushQueuedDpcs();
    while ((Irp = IrpQueueTake(&Class->Waiting, NULL)) != NULL)
        BatcComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
}
