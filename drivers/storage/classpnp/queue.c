// The release of a queue that the port driver has frozen behind an error. It may be asked for at DISPATCH_LEVEL and
// while a release is on its way: then it is done again.
#include "classp.h"

static VOID SendRelease(PFUNCTIONAL_DEVICE_EXTENSION Fdo);

static NTSTATUS NTAPI ReleaseDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = Context;
    KIRQL Irql;
    KeAcquireSpinLock(&Fdo->ReleaseQueueSpinLock, &Irql);
    BOOLEAN Again = Fdo->ReleaseQueueNeeded;
    Fdo->ReleaseQueueNeeded = FALSE;
    Fdo->ReleaseQueueInProgress = Again;
    KeReleaseSpinLock(&Fdo->ReleaseQueueSpinLock, Irql);
    if (Again)
        SendRelease(Fdo);
    else
        ClassReleaseRemoveLock(Fdo->DeviceObject, Fdo->ReleaseQueueIrp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID SendRelease(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PIRP Irp = Fdo->ReleaseQueueIrp;
    IoReuseIrp(Irp, STATUS_NOT_SUPPORTED);
    ClasspFillSrb(Fdo, &Fdo->PrivateFdoData->ReleaseSrb,
                  &(CLASSP_SRB_VALUES){
                      .Function = SRB_FUNCTION_RELEASE_QUEUE,
                      .Flags = SRB_FLAGS_BYPASS_FROZEN_QUEUE,
                      .TimeOut = Fdo->TimeOutValue,
                      .Irp = Irp,
                  });
    ClasspPrepareIrp(Irp, &Fdo->PrivateFdoData->ReleaseSrb, ReleaseDone, Fdo);
    IoCallDriver(Fdo->CommonExtension.LowerDeviceObject, Irp);
}

VOID NTAPI ClassReleaseQueue(PDEVICE_OBJECT DeviceObject)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(DeviceObject);
    KIRQL Irql;
    BOOLEAN Send = FALSE;
    KeAcquireSpinLock(&Fdo->ReleaseQueueSpinLock, &Irql);
    if (!Fdo->ReleaseQueueIrp)
        Fdo->ReleaseQueueIrp =
            IoAllocateIrp(Fdo->CommonExtension.LowerDeviceObject->StackSize, FALSE);
    if (Fdo->ReleaseQueueInProgress) {
        Fdo->ReleaseQueueNeeded = TRUE;
    } else if (Fdo->ReleaseQueueIrp) {
        Fdo->ReleaseQueueInProgress = Send = TRUE;
        ClassAcquireRemoveLock(DeviceObject, Fdo->ReleaseQueueIrp);
    }
    KeReleaseSpinLock(&Fdo->ReleaseQueueSpinLock, Irql);
    if (Send)
        SendRelease(Fdo);
}

VOID NTAPI ClassSendStartUnit(PDEVICE_OBJECT DeviceObject)
{
    ClasspWork(ClasspFdo(DeviceObject), ClasspEventStartUnit);
}
