// The start of requests, the faults that happen to them, and the control that sets these.
#include <ntddk.h>

#include <storport.h>

#include <ntddscsi.h>
#include <srbhelper.h>

#include "disk.h"

enum { DelayMicroseconds = 20000 };

VOID VdiskEnd(PVDISK Disk, PSCSI_REQUEST_BLOCK Srb, UCHAR Status)
{
    Srb->SrbStatus = Status;
    InterlockedDecrement((volatile LONG *)&Disk->State.Outstanding);
    StorPortNotification(RequestComplete, Disk, Srb);
}

// ---- Requests that are kept

static VOID VdiskKeep(PVDISK Disk, PSCSI_REQUEST_BLOCK Srb, ULONG Level)
{
    PVDISK_SRB Held = Srb->SrbExtension;
    KIRQL Irql;
    Held->Srb = Srb;
    Held->Level = Level;
    KeAcquireSpinLock(&Disk->Lock, &Irql);
    InsertHeadList(&Disk->Held, &Held->Link);
    KeReleaseSpinLock(&Disk->Lock, Irql);
}

static PVDISK_SRB VdiskTakeHeld(PVDISK Disk, ULONG Lun, ULONG Level, PSCSI_REQUEST_BLOCK Only)
{
    PVDISK_SRB Found = nullptr;
    KIRQL Irql;
    KeAcquireSpinLock(&Disk->Lock, &Irql);
    for (PLIST_ENTRY Link = Disk->Held.Flink; Link != &Disk->Held; Link = Link->Flink) {
        PVDISK_SRB Held = CONTAINING_RECORD(Link, VDISK_SRB, Link);
        if ((Lun != SP_UNTAGGED && Held->Srb->Lun != Lun) || Held->Level > Level ||
            (Only && Held->Srb != Only))
            continue;
        RemoveEntryList(&Held->Link);
        Found = Held;
        break;
    }
    KeReleaseSpinLock(&Disk->Lock, Irql);
    return Found;
}

// By a reset of that level; 0: those that are only delayed, which are carried out now.
VOID VdiskEndHeld(PVDISK Disk, ULONG Lun, ULONG Level, PSCSI_REQUEST_BLOCK Only)
{
    PVDISK_SRB Held;
    while ((Held = VdiskTakeHeld(Disk, Lun, Level, Only))) {
        UCHAR Status = Level == VdiskAbort ? SRB_STATUS_ABORTED : SRB_STATUS_BUS_RESET;
        if (!Level)
            Status = VdiskCommand(Disk, &Disk->Units[Held->Srb->Lun], Held->Srb);
        VdiskEnd(Disk, Held->Srb, Status);
    }
}

static HW_TIMER_EX VdiskTimer;
static VOID NTAPI VdiskTimer(PVOID Extension, PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    VdiskEndHeld(Extension, SP_UNTAGGED, 0, nullptr);
}

// ---- Faults

static VDISK_DISPOSITION VdiskDelayRequest(PVDISK Disk, PSCSI_REQUEST_BLOCK Srb)
{
    VdiskKeep(Disk, Srb, 0);
    StorPortRequestTimer(Disk, Disk->Timer, VdiskTimer, nullptr, DelayMicroseconds, 0);
    return VdiskKept;
}

VDISK_DISPOSITION VdiskApplyFault(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb,
                                  PUCHAR Status)
{
    ULONG Fault = Unit->FaultCount ? Unit->Fault : VdiskNoFault;
    if (Fault == VdiskNoFault || !VdiskIsTransfer(Srb))
        return VdiskGoOn;
    Unit->FaultCount--;
    switch (Fault) {
    case VdiskFailed:
        *Status = SRB_STATUS_ERROR;
        return VdiskAnswered;
    case VdiskMediumError:
        *Status = VdiskSense(Srb, SCSI_SENSE_MEDIUM_ERROR, SCSI_ADSENSE_UNRECOVERED_ERROR, 0);
        return VdiskAnswered;
    case VdiskUnitAttention:
        *Status = VdiskSense(Srb, SCSI_SENSE_UNIT_ATTENTION, SCSI_ADSENSE_BUS_RESET, 0);
        return VdiskAnswered;
    case VdiskBusy:
        *Status = SRB_STATUS_BUSY;
        return VdiskAnswered;
    case VdiskQueueFull:
        Srb->ScsiStatus = SCSISTAT_QUEUE_FULL;
        *Status = SRB_STATUS_ERROR;
        return VdiskAnswered;
    case VdiskRefuse:
        return VdiskRefused;
    case VdiskHang:
        VdiskKeep(Disk, Srb, Unit->Level);
        return VdiskKept;
    default:
        return VdiskDelayRequest(Disk, Srb);
    }
}

// ---- Start

static VOID VdiskRecord(PVDISK Disk, PSCSI_REQUEST_BLOCK Srb)
{
    PVDISK_REQUEST State = &Disk->State;
    ULONG Now = (ULONG)InterlockedIncrement((volatile LONG *)&State->Outstanding);
    State->Deepest = max(State->Deepest, Now);
    State->Started++;
    if (VdiskIsTransfer(Srb) && State->OrderCount < sizeof(State->Order))
        State->Order[State->OrderCount++] = Srb->Cdb[5]; // of READ (10)
}

static UCHAR VdiskReset(PVDISK Disk, PSCSI_REQUEST_BLOCK Srb, PULONG Count, VDISK_LEVEL Level)
{
    ++*Count;
    if (Level == VdiskAbort)
        VdiskEndHeld(Disk, Srb->Lun, Level, Srb->NextSrb);
    else
        VdiskEndHeld(Disk, Level == VdiskResetUnit ? Srb->Lun : SP_UNTAGGED, Level, nullptr);
    return SRB_STATUS_SUCCESS;
}

static VDISK_DISPOSITION VdiskExecute(PVDISK Disk, PSCSI_REQUEST_BLOCK Srb, PUCHAR Status)
{
    PVDISK_UNIT Unit = &Disk->Units[Srb->Lun];
    if (Srb->TargetId || Srb->Lun >= Disk->LunCount || !Unit->Present) {
        *Status = SRB_STATUS_NO_DEVICE;
        return VdiskAnswered;
    }
    VDISK_DISPOSITION Disposition = VdiskApplyFault(Disk, Unit, Srb, Status);
    if (Disposition == VdiskGoOn)
        *Status = VdiskCommand(Disk, Unit, Srb);
    return Disposition;
}

BOOLEAN NTAPI VdiskStartIo(PVOID Extension, PSCSI_REQUEST_BLOCK Srb)
{
    PVDISK Disk = Extension;
    PVDISK_REQUEST State = &Disk->State;
    VDISK_DISPOSITION Disposition = VdiskGoOn;
    UCHAR Status = SRB_STATUS_INVALID_REQUEST;
    VdiskRecord(Disk, Srb);
    switch (Srb->Function) {
    case SRB_FUNCTION_EXECUTE_SCSI:
        Disposition = VdiskExecute(Disk, Srb, &Status);
        break;
    case SRB_FUNCTION_IO_CONTROL:
        Disposition = VdiskPrivateControl(Disk, Srb, &Status);
        break;
    case SRB_FUNCTION_ABORT_COMMAND:
        Status = VdiskReset(Disk, Srb, &State->Aborts, VdiskAbort);
        break;
    case SRB_FUNCTION_RESET_LOGICAL_UNIT:
        Status = VdiskReset(Disk, Srb, &State->UnitResets, VdiskResetUnit);
        break;
    case SRB_FUNCTION_RESET_DEVICE:
        Status = VdiskReset(Disk, Srb, &State->TargetResets, VdiskResetTarget);
        break;
    case SRB_FUNCTION_FLUSH:
    case SRB_FUNCTION_SHUTDOWN:
        Status = SRB_STATUS_SUCCESS;
        break;
    default:
        break;
    }
    if (Disposition == VdiskRefused) {
        InterlockedDecrement((volatile LONG *)&State->Outstanding);
        return FALSE;
    }
    if (Disposition != VdiskKept)
        VdiskEnd(Disk, Srb, Status);
    return TRUE;
}

BOOLEAN NTAPI VdiskBusReset(PVOID Extension, ULONG PathId)
{
    PVDISK Disk = Extension;
    UNREFERENCED_PARAMETER(PathId);
    Disk->State.BusResets++;
    VdiskEndHeld(Disk, SP_UNTAGGED, VdiskResetBus, nullptr);
    return TRUE;
}

// ---- The private control

static ULONG VdiskFlow(PVDISK Disk, const VDISK_REQUEST *Request)
{
    BOOLEAN All = Request->Lun == SP_UNTAGGED;
    UCHAR Lun = (UCHAR)Request->Lun;
    if (Request->Action == VdiskPause && Request->Value)
        return All ? StorPortPause(Disk, Request->Value)
                   : StorPortPauseDevice(Disk, 0, 0, Lun, Request->Value);
    if (Request->Action == VdiskPause)
        return All ? StorPortResume(Disk) : StorPortResumeDevice(Disk, 0, 0, Lun);
    if (Request->Value)
        return All ? StorPortBusy(Disk, Request->Value)
                   : StorPortDeviceBusy(Disk, 0, 0, Lun, Request->Value);
    return All ? StorPortReady(Disk) : StorPortDeviceReady(Disk, 0, 0, Lun);
}

static VOID VdiskSetUnit(PVDISK Disk, const VDISK_REQUEST *Request)
{
    PVDISK_UNIT Unit = &Disk->Units[Request->Lun];
    if (Request->Action == VdiskSetPresent) {
        Unit->Present = Request->Value != 0;
        StorPortNotification(BusChangeDetected, Disk, 0);
        return;
    }
    Unit->Fault = Request->Fault;
    Unit->FaultCount = Request->Count;
    Unit->Level = Request->Level;
}

static VOID VdiskQueryState(PVDISK Disk, PVDISK_REQUEST Request)
{
    *Request = Disk->State;
    Request->Outstanding--; // that of the question itself
    Disk->State.Deepest = 0;
    Disk->State.OrderCount = 0;
}

VDISK_DISPOSITION VdiskPrivateControl(PVDISK Disk, PSCSI_REQUEST_BLOCK Srb, PUCHAR Status)
{
    PSRB_IO_CONTROL Control = Srb->DataBuffer;
    PVDISK_REQUEST Request = (PVDISK_REQUEST)(Control + 1);
    *Status = SRB_STATUS_INVALID_REQUEST;
    if (!RtlEqualMemory(Control->Signature, VDISK_SIGNATURE, sizeof(Control->Signature)) ||
        Control->ControlCode != VDISK_CODE || Control->Length != sizeof(*Request) ||
        (Request->Lun >= VdiskMostLuns && Request->Lun != SP_UNTAGGED))
        return VdiskAnswered;
    switch (Request->Action) {
    case VdiskSetFault:
    case VdiskSetPresent:
        if (Request->Lun >= VdiskMostLuns)
            return VdiskAnswered;
        VdiskSetUnit(Disk, Request);
        break;
    case VdiskPause:
    case VdiskSetBusy:
        Request->Result = VdiskFlow(Disk, Request);
        break;
    case VdiskSetDepth:
        Request->Result =
            StorPortSetDeviceQueueDepth(Disk, 0, 0, (UCHAR)Request->Lun, Request->Value);
        break;
    case VdiskQuery:
        VdiskQueryState(Disk, Request);
        break;
    case VdiskRelease:
        VdiskEndHeld(Disk, SP_UNTAGGED, Request->Value, nullptr);
        break;
    case VdiskCheck:
        return VdiskStartCheck(Disk, Srb, Request) ? VdiskKept : VdiskAnswered;
    default:
        return VdiskAnswered;
    }
    *Status = SRB_STATUS_SUCCESS;
    return VdiskAnswered;
}
