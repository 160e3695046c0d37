// Metadata goes to the medium a second after it has changed, and a volume that has been quiet for a while is marked
// clean. A timer looks once a second, only while there is something to look for.
#include "ff.h"

constexpr LONGLONG FfTick = -10000000LL * FfCommitSeconds;

NTSTATUS FfCommit(PFF_VOLUME Volume)
{
    FfLockCore(Volume);
    NTSTATUS Status = STATUS_SUCCESS;
    if (FatNeedsCommit(Volume->Fat))
        Status = FfStatus(Volume, FatFlush(Volume->Fat));
    FfUnlockCore(Volume);
    return Status;
}

NTSTATUS FfFlushMetadata(PFF_VOLUME Volume)
{
    FfLockCore(Volume);
    NTSTATUS Status = FfStatus(Volume, FatFlush(Volume->Fat));
    FfUnlockCore(Volume);
    return Status;
}

static BOOLEAN FfTickCore(PFF_VOLUME Volume)
{
    FAT_VOLUME *Fat = Volume->Fat;
    if (Fat->Changes != Volume->SeenChanges)
        Volume->QuietTicks = 0;
    else
        Volume->QuietTicks++;
    FAT_RESULT Result = FatCommit(Fat);
    if (Result == FatDone && Volume->QuietTicks * FfCommitSeconds >= FfQuietSeconds)
        Result = FatMarkClean(Fat);
    Volume->SeenChanges = Fat->Changes;
    // What failed is tried again with the next change.
    return Result == FatDone && Fat->MarkedDirty && !Fat->WasDirty;
}

static VOID NTAPI FfTickWork(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    PFF_VOLUME Volume = Context;
    LARGE_INTEGER Due = {.QuadPart = FfTick};
    UNREFERENCED_PARAMETER(DeviceObject);
    ExAcquireResourceExclusiveLite(&Volume->Core, TRUE);
    if (!Volume->Dismounted && FfTickCore(Volume))
        KeSetTimer(&Volume->Timer, Due, &Volume->Dpc);
    else
        Volume->Ticking = 0;
    ExReleaseResourceLite(&Volume->Core);
}

VOID NTAPI FfTimerDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    PFF_VOLUME Volume = Context;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    IoQueueWorkItem(Volume->WorkItem, FfTickWork, DelayedWorkQueue, Volume);
}

VOID FfLockCore(PFF_VOLUME Volume)
{
    ExAcquireResourceExclusiveLite(&Volume->Core, TRUE);
}

VOID FfUnlockCore(PFF_VOLUME Volume)
{
    LARGE_INTEGER Due = {.QuadPart = FfTick};
    if (!Volume->Dismounted && FatNeedsCommit(Volume->Fat) && !Volume->Ticking) {
        Volume->Ticking = 1;
        KeSetTimer(&Volume->Timer, Due, &Volume->Dpc);
    }
    ExReleaseResourceLite(&Volume->Core);
}

// Nothing starts it again: the volume is dismounted.
VOID FfStopTimer(PFF_VOLUME Volume)
{
    LARGE_INTEGER Moment = {.QuadPart = -100000};
    if (Volume->Ticking && KeCancelTimer(&Volume->Timer))
        Volume->Ticking = 0;
    while (*(volatile LONG *)&Volume->Ticking)
        KeDelayExecutionThread(KernelMode, FALSE, &Moment);
}
