// The miniport stops and restarts the flow of requests: of the adapter, or of one unit.
#include "storportp.h"

// These come at any IRQL; the queues are run by the DPC of completions.
static VOID StorpRunLater(PSTOR_ADAPTER Adapter)
{
    Adapter->Starved = TRUE;
    KeInsertQueueDpc(&Adapter->CompletionDpc, nullptr, nullptr);
}

static PSTOR_UNIT StorpUnitAt(PVOID HwDeviceExtension, UCHAR Path, UCHAR Target, UCHAR Lun)
{
    return StorpFindUnit(StorpAdapterOf(HwDeviceExtension), Path, Target, Lun);
}

static BOOLEAN StorpReleaseAdapter(PVOID HwDeviceExtension, LONG Hold)
{
    PSTOR_ADAPTER Adapter = StorpAdapterOf(HwDeviceExtension);
    LONG Before = InterlockedAnd(&Adapter->Holds, ~Hold);
    if (!(Before & Hold))
        return FALSE;
    StorpRunLater(Adapter);
    return TRUE;
}

static BOOLEAN StorpReleaseUnit(PSTOR_UNIT Unit, LONG Hold)
{
    if (!Unit || !(InterlockedAnd((volatile LONG *)&Unit->Holds, ~Hold) & Hold))
        return FALSE;
    StorpRunLater(Unit->Adapter);
    return TRUE;
}

// ---- Pause

BOOLEAN NTAPI StorPortPause(PVOID HwDeviceExtension, ULONG TimeOut)
{
    PSTOR_ADAPTER Adapter = StorpAdapterOf(HwDeviceExtension);
    Adapter->PausedUntil = Adapter->Seconds + TimeOut + 1;
    InterlockedOr(&Adapter->Holds, StorHoldAdapterPaused);
    return TRUE;
}

BOOLEAN NTAPI StorPortResume(PVOID HwDeviceExtension)
{
    return StorpReleaseAdapter(HwDeviceExtension, StorHoldAdapterPaused);
}

BOOLEAN NTAPI StorPortPauseDevice(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                                  ULONG TimeOut)
{
    PSTOR_UNIT Unit = StorpUnitAt(HwDeviceExtension, PathId, TargetId, Lun);
    if (!Unit)
        return FALSE;
    Unit->PausedUntil = Unit->Adapter->Seconds + TimeOut + 1;
    InterlockedOr((volatile LONG *)&Unit->Holds, StorHoldPaused);
    return TRUE;
}

BOOLEAN NTAPI StorPortResumeDevice(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun)
{
    return StorpReleaseUnit(StorpUnitAt(HwDeviceExtension, PathId, TargetId, Lun), StorHoldPaused);
}

// ---- Busy: until this many requests have ended

BOOLEAN NTAPI StorPortBusy(PVOID HwDeviceExtension, ULONG RequestsToComplete)
{
    PSTOR_ADAPTER Adapter = StorpAdapterOf(HwDeviceExtension);
    LONG Count = min((LONG)RequestsToComplete, Adapter->ActiveCount);
    Adapter->CompletionsToReady = max(Count, 1);
    InterlockedOr(&Adapter->Holds, StorHoldAdapterBusy);
    return TRUE;
}

BOOLEAN NTAPI StorPortReady(PVOID HwDeviceExtension)
{
    return StorpReleaseAdapter(HwDeviceExtension, StorHoldAdapterBusy);
}

BOOLEAN NTAPI StorPortDeviceBusy(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                                 ULONG RequestsToComplete)
{
    PSTOR_UNIT Unit = StorpUnitAt(HwDeviceExtension, PathId, TargetId, Lun);
    if (!Unit)
        return FALSE;
    LONG Count = (LONG)min(RequestsToComplete, Unit->ActiveCount);
    Unit->CompletionsToReady = max(Count, 1);
    InterlockedOr((volatile LONG *)&Unit->Holds, StorHoldBusy);
    return TRUE;
}

BOOLEAN NTAPI StorPortDeviceReady(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun)
{
    return StorpReleaseUnit(StorpUnitAt(HwDeviceExtension, PathId, TargetId, Lun), StorHoldBusy);
}

// ---- Depth

BOOLEAN NTAPI StorPortSetDeviceQueueDepth(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId,
                                          UCHAR Lun, ULONG Depth)
{
    PSTOR_UNIT Unit = StorpUnitAt(HwDeviceExtension, PathId, TargetId, Lun);
    if (!Unit || !Depth || Depth > Unit->Adapter->Config.MaxIOsPerLun)
        return FALSE;
    Unit->Depth = Depth;
    StorpRunLater(Unit->Adapter);
    return TRUE;
}
