// The remove lock, the lock on the list of children. The device itself holds the
// remove lock until it is removed, so the count is 0 but once.
#include "classp.h"

// The state of removal; if it is not NO_REMOVE, the caller gives the lock back and the request up.
ULONG NTAPI ClassAcquireRemoveLockEx(PDEVICE_OBJECT DeviceObject, PVOID Tag, PCSTR File, ULONG Line)
{
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(File);
    UNREFERENCED_PARAMETER(Line);
    InterlockedIncrement(&Common->RemoveLock);
    return Common->IsRemoved;
}

VOID NTAPI ClassReleaseRemoveLock(PDEVICE_OBJECT DeviceObject, PVOID Tag)
{
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    UNREFERENCED_PARAMETER(Tag);
    if (InterlockedDecrement(&Common->RemoveLock) == 0)
        KeSetEvent(&Common->RemoveEvent, IO_NO_INCREMENT, FALSE);
}

VOID NTAPI ClassCompleteRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp, CCHAR PriorityBoost)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoCompleteRequest(Irp, PriorityBoost);
}

NTSTATUS ClasspPassDown(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_OBJECT Lower = ClasspCommon(DeviceObject)->LowerDeviceObject;
    IoSkipCurrentIrpStackLocation(Irp);
    ClassReleaseRemoveLock(DeviceObject, Irp);
    return IoCallDriver(Lower, Irp);
}

// A thread may take it several times.
VOID NTAPI ClassAcquireChildLock(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension)
{
    if (FdoExtension->ChildLockOwner != KeGetCurrentThread()) {
        KeWaitForSingleObject(&FdoExtension->ChildLock, Executive, KernelMode, FALSE, nullptr);
        FdoExtension->ChildLockOwner = KeGetCurrentThread();
    }
    FdoExtension->ChildLockAcquisitionCount++;
}

VOID NTAPI ClassReleaseChildLock(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension)
{
    if (--FdoExtension->ChildLockAcquisitionCount)
        return;
    FdoExtension->ChildLockOwner = nullptr;
    KeSetEvent(&FdoExtension->ChildLock, IO_NO_INCREMENT, FALSE);
}
