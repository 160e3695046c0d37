#include "complete.h"

NTSTATUS ClasspComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, NTSTATUS Status,
                        ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    if (IoIsErrorUserInduced(Status) && Irp->Tail.Overlay.Thread)
        IoSetHardErrorOrVerifyDevice(Irp, DeviceObject);
    ClassReleaseRemoveLock(DeviceObject, Irp);
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}
