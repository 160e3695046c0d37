// Devices that no file system has recognised, opened as volumes: everything goes to the device, but for what a
// file system would do with the volume as a whole.
#include "iop.h"

VOID IopCountRawOpen(PFILE_OBJECT File)
{
    File->Device->Vpb->RawOpens++;
}

// The lock goes with who has it.
VOID IopCountRawClose(PFILE_OBJECT File)
{
    PIOP_VPB Vpb = File->Device->Vpb;
    Vpb->RawOpens--;
    if (Vpb->RawLocker == File)
        IopDismount(File->Device);
}

static NTSTATUS IopLockRaw(PFILE_OBJECT File)
{
    PIOP_VPB Vpb = File->Device->Vpb;
    if ((Vpb->Flags & VPB_LOCKED) || Vpb->RawOpens > 1)
        return STATUS_ACCESS_DENIED;
    Vpb->Flags |= VPB_LOCKED;
    Vpb->RawLocker = File;
    return STATUS_SUCCESS;
}

static NTSTATUS IopUnlockRaw(PFILE_OBJECT File)
{
    PIOP_VPB Vpb = File->Device->Vpb;
    if (Vpb->RawLocker != File)
        return STATUS_NOT_LOCKED;
    Vpb->Flags &= ~VPB_LOCKED;
    Vpb->RawLocker = nullptr;
    return STATUS_SUCCESS;
}

NTSTATUS IopControlRawVolume(PFILE_OBJECT File, ULONG Code)
{
    PIOP_VPB Vpb = File->Device->Vpb;
    switch (Code) {
    case FSCTL_LOCK_VOLUME:
        return IopLockRaw(File);
    case FSCTL_UNLOCK_VOLUME:
        return IopUnlockRaw(File);
    case FSCTL_DISMOUNT_VOLUME:
        return !Vpb->RawLocker || Vpb->RawLocker == File ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
    case FSCTL_IS_VOLUME_MOUNTED:
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_DEVICE_REQUEST;
    }
}
