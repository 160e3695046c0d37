// The adapter's clock, and requests that take too long. A unit with such a request is held, and recovered in steps,
// each of which is tried when the one before has not ended the request: the miniport is asked to abort it (if it
// says that it can), to reset the logical unit, the target, the bus. What survives all that is taken from the miniport.
#include "storportp.h"

// ---- Retry of requests that the device had no room for

VOID StorpArmRetry(PSTOR_ADAPTER Adapter)
{
    LARGE_INTEGER Due = {.QuadPart = -10'000ll * StorBusyMilliseconds};
    KeSetTimer(&Adapter->RetryTimer, Due, &Adapter->RetryDpc);
}

static VOID StorpEndRetry(PSTOR_UNIT Unit, PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    if (Unit->Holds & StorHoldRetry)
        StorpClearHold(Unit, StorHoldRetry);
}

VOID NTAPI StorpRetryDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    StorpForEachUnit(Context, STOR_ALL, STOR_ALL, STOR_ALL, StorpEndRetry, nullptr);
}

// ---- Steps of recovery. All below runs at DISPATCH_LEVEL.

static VOID StorpTakeStep(PSTOR_UNIT Unit);
static BOOLEAN StorpIsRecovered(PSTOR_UNIT Unit);

// The request to abort must still be the miniport's.
static BOOLEAN StorpCanAbort(PSTOR_UNIT Unit)
{
    return (Unit->Adapter->Config.FeatureSupport & STOR_ADAPTER_FEATURE_ABORT_COMMAND) &&
           Unit->AbortedRequest->State == StorRequestStarted;
}

static VOID StorpEndRecovery(PSTOR_UNIT Unit)
{
    Unit->Step = StorRecoveryNone;
    Unit->AbortedRequest = nullptr;
    StorpClearHold(Unit, StorHoldRecovery);
}

// Where the step has ended everything by now, that was it.
static VOID StorpRecoveryDone(PSTOR_REQUEST Request)
{
    PSTOR_UNIT Unit = Request->Unit;
    Unit->RecoveryPending = FALSE;
    if (SRB_STATUS(Request->Srb.Legacy.SrbStatus) != SRB_STATUS_SUCCESS)
        StorpTakeStep(Unit); // it was of no use
    else if (StorpIsRecovered(Unit))
        StorpEndRecovery(Unit);
    else
        Unit->StepDeadline = Unit->Adapter->Seconds + StorGraceSeconds;
}

static VOID StorpSendRecovery(PSTOR_UNIT Unit, UCHAR Function, PSTOR_REQUEST About)
{
    PSTOR_ADAPTER Adapter = Unit->Adapter;
    const HW_INITIALIZATION_DATA *Hw = &Adapter->Driver->Hw;
    PSTOR_REQUEST Request = Unit->RecoveryRequest;
    Request->Finished = StorpRecoveryDone;
    Request->Irp = nullptr;
    StorpPrepareOwnSrb(Request, Function, About);
    Unit->RecoveryPending = TRUE;
    Unit->StepDeadline = Adapter->Seconds + StorResetSeconds;
    InterlockedExchange(&Request->State, StorRequestStarted);
    if (StorpIsPhysical(Adapter) && Hw->HwBuildIo &&
        !Hw->HwBuildIo(Adapter->HwExtension, &Request->Srb.Legacy))
        return;
    KIRQL Irql = StorpLockMiniport(Adapter);
    BOOLEAN Taken = Hw->HwStartIo(Adapter->HwExtension, &Request->Srb.Legacy);
    StorpUnlockMiniport(Adapter, Irql);
    if (Taken || InterlockedCompareExchange(&Request->State, StorRequestFree, StorRequestStarted) !=
                     StorRequestStarted)
        return;
    Unit->RecoveryPending = FALSE;
    Unit->StepDeadline = Adapter->Seconds;
}

VOID StorpResetBus(PSTOR_ADAPTER Adapter, UCHAR Path)
{
    KIRQL Irql = StorpLockMiniport(Adapter);
    Adapter->Driver->Hw.HwResetBus(Adapter->HwExtension, Path);
    StorpUnlockMiniport(Adapter, Irql);
    if (!Adapter->Config.BusResetHoldTime)
        return;
    enum { MicrosecondsASecond = 1'000'000 };
    InterlockedOr(&Adapter->Holds, StorHoldAdapterReset);
    Adapter->ResetUntil =
        Adapter->Seconds + 1 +
        (Adapter->Config.BusResetHoldTime + MicrosecondsASecond - 1) / MicrosecondsASecond;
}

// Nothing helped. The miniport keeps the contexts, the callers get their packets.
static VOID StorpGiveUp(PSTOR_UNIT Unit)
{
    DbgPrintEx(DPFLTR_STORPORT_ID, DPFLTR_WARNING_LEVEL,
               "storport: port %lu (%u,%u,%u): requests that no reset ends are given up\n",
               Unit->Adapter->PortNumber, Unit->Path, Unit->Target, Unit->Lun);
    if (Unit->RecoveryPending &&
        InterlockedCompareExchange(&Unit->RecoveryRequest->State, StorRequestOrphaned,
                                   StorRequestStarted) == StorRequestStarted) {
        Unit->RecoveryPending = FALSE;
        Unit->RecoveryLost = TRUE;
    }
    StorpEndActive(Unit, SRB_STATUS_TIMEOUT, TRUE);
}

static VOID StorpTakeStep(PSTOR_UNIT Unit)
{
    static const UCHAR Functions[] = {
        [StorRecoveryAbort] = SRB_FUNCTION_ABORT_COMMAND,
        [StorRecoveryUnit] = SRB_FUNCTION_RESET_LOGICAL_UNIT,
        [StorRecoveryTarget] = SRB_FUNCTION_RESET_DEVICE,
    };
    // A request of recovery that the miniport does not end leaves the bus reset alone.
    STOR_RECOVERY_STEP Step =
        Unit->RecoveryPending || Unit->RecoveryLost ? StorRecoveryBus : Unit->Step + 1;
    if (Unit->Step == StorRecoveryBus) {
        StorpGiveUp(Unit);
        StorpEndRecovery(Unit);
        return;
    }
    if (Step == StorRecoveryAbort && !StorpCanAbort(Unit))
        Step++;
    if (Step == StorRecoveryTarget && !Unit->Adapter->Config.ResetTargetSupported)
        Step++;
    Unit->Step = Step;
    if (Step > StorRecoveryAbort)
        StorpLogReset(Unit, Step == StorRecoveryBus);
    if (Step < StorRecoveryBus) {
        StorpSendRecovery(Unit, Functions[Step],
                          Step == StorRecoveryAbort ? Unit->AbortedRequest : nullptr);
        return;
    }
    Unit->StepDeadline = Unit->Adapter->Seconds + StorGraceSeconds;
    StorpResetBus(Unit->Adapter, Unit->Path);
}

// ---- The second

static BOOLEAN StorpIsLate(PSTOR_REQUEST Request)
{
    return Request->State == StorRequestStarted && Request->Deadline &&
           Request->Deadline <= Request->Unit->Adapter->Seconds;
}

// Marks all that are late; returns the first.
static PSTOR_REQUEST StorpMarkLate(PSTOR_UNIT Unit)
{
    PSTOR_REQUEST First = nullptr;
    KeAcquireSpinLockAtDpcLevel(&Unit->Lock);
    for (PLIST_ENTRY Link = Unit->Active.Flink; Link != &Unit->Active; Link = Link->Flink) {
        PSTOR_REQUEST Request = CONTAINING_RECORD(Link, STOR_REQUEST, Link);
        if (!StorpIsLate(Request))
            continue;
        Request->TimedOut = TRUE;
        if (!First)
            First = Request;
    }
    KeReleaseSpinLockFromDpcLevel(&Unit->Lock);
    return First;
}

// The step has done its work when the late request has ended, and after a reset all others with it.
static BOOLEAN StorpIsRecovered(PSTOR_UNIT Unit)
{
    if (Unit->RecoveryPending)
        return FALSE;
    return Unit->Step == StorRecoveryAbort ? !StorpMarkLate(Unit) : !Unit->ActiveCount;
}

static VOID StorpWatchUnit(PSTOR_UNIT Unit, PVOID Context)
{
    ULONG Now = Unit->Adapter->Seconds;
    UNREFERENCED_PARAMETER(Context);
    if ((Unit->Holds & StorHoldPaused) && Unit->PausedUntil <= Now)
        StorpClearHold(Unit, StorHoldPaused);
    if ((Unit->Holds & StorHoldBusy) && !Unit->ActiveCount)
        StorpClearHold(Unit, StorHoldBusy); // nothing is there whose end would say so
    if (Unit->Step == StorRecoveryNone) {
        PSTOR_REQUEST Late = Unit->ActiveCount ? StorpMarkLate(Unit) : nullptr;
        if (!Late)
            return;
        StorpAddHold(Unit, StorHoldRecovery);
        Unit->AbortedRequest = Late;
        StorpTakeStep(Unit);
    } else if (StorpIsRecovered(Unit)) {
        StorpEndRecovery(Unit);
    } else if (Unit->StepDeadline <= Now) {
        StorpTakeStep(Unit);
    }
}

static VOID StorpWatchAdapter(PSTOR_ADAPTER Adapter)
{
    LONG Ended = 0;
    if ((Adapter->Holds & StorHoldAdapterPaused) && Adapter->PausedUntil <= Adapter->Seconds)
        Ended |= StorHoldAdapterPaused;
    if ((Adapter->Holds & StorHoldAdapterReset) && Adapter->ResetUntil <= Adapter->Seconds)
        Ended |= StorHoldAdapterReset;
    if ((Adapter->Holds & StorHoldAdapterBusy) && !Adapter->ActiveCount)
        Ended |= StorHoldAdapterBusy;
    if (!Ended)
        return;
    InterlockedAnd(&Adapter->Holds, ~Ended);
    StorpRunAllQueues(Adapter);
}

VOID NTAPI StorpSecondDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    PSTOR_ADAPTER Adapter = Context;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Adapter->Seconds++;
    StorpWriteNotedError(Adapter);
    StorpWatchAdapter(Adapter);
    StorpForEachUnit(Adapter, STOR_ALL, STOR_ALL, STOR_ALL, StorpWatchUnit, nullptr);
}
