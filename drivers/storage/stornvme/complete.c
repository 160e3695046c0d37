// The end of a request.
#include "stornvme.h"

VOID NvmeCompleteSrb(PNVME_ADAPTER Adapter, PVOID Srb, UCHAR SrbStatus)
{
    SrbSetSrbStatus(Srb, SrbStatus);
    if (SrbStatus == SRB_STATUS_SUCCESS)
        SrbSetScsiStatus(Srb, SCSISTAT_GOOD);
    StorPortNotification(RequestComplete, Adapter, Srb);
}

VOID NvmeFailSrb(PNVME_ADAPTER Adapter, PVOID Srb, UCHAR SenseKey, USHORT SenseCode)
{
    UCHAR Sense[SCSI_SENSE_BYTES], SrbStatus = SRB_STATUS_ERROR;
    PVOID Buffer = SrbGetSenseInfoBuffer(Srb);
    UCHAR Room = SrbGetSenseInfoBufferLength(Srb);
    ScsiMakeSense(&(SCSI_SENSE){.Key = SenseKey, .Code = SenseCode}, Sense);
    if (Buffer && Room) {
        RtlZeroMemory(Buffer, Room);
        RtlCopyMemory(Buffer, Sense, min(Room, sizeof(Sense)));
        SrbStatus |= SRB_STATUS_AUTOSENSE_VALID;
    }
    SrbSetDataTransferLength(Srb, 0);
    SrbSetScsiStatus(Srb, SCSISTAT_CHECK_CONDITION);
    SrbSetSrbStatus(Srb, SrbStatus);
    StorPortNotification(RequestComplete, Adapter, Srb);
}

static VOID NvmeFailWithStatus(PNVME_ADAPTER Adapter, PVOID Srb, USHORT Status)
{
    UCHAR SenseKey;
    USHORT SenseCode;
    if (Status == NVME_STATUS_RESERVATION_CONFLICT) {
        SrbSetScsiStatus(Srb, SCSISTAT_RESERVATION_CONFLICT);
        NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_ERROR);
    } else if (NvmeSenseOfStatus(Status, &SenseKey, &SenseCode)) {
        NvmeFailSrb(Adapter, Srb, SenseKey, SenseCode);
    } else {
        NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_ABORTED);
    }
}

// Null: the controller was reset, or is gone.
VOID NvmeRequestDone(PNVME_ADAPTER Adapter, PVOID Srb, const NVME_COMPLETION *Completion)
{
    PNVME_REQUEST Request = SrbGetMiniportContext(Srb);
    USHORT Status = Completion ? Completion->Status >> 1 & NVME_STATUS_MASK : 0;
    Request->Started = FALSE;
    if (!Completion) {
        NvmeCompleteSrb(Adapter, Srb, Adapter->Gone ? SRB_STATUS_NO_DEVICE : SRB_STATUS_BUS_RESET);
        return;
    }
    if (Status != NVME_STATUS_SUCCESS) {
        NvmeFailWithStatus(Adapter, Srb, Status);
        return;
    }
    if (Request->Command.Opcode == NVME_ADMIN_SET_FEATURES && Request->Queue == &Adapter->Admin)
        Adapter->Identity.CacheEnabled = Request->CacheOn;
    // An abort that the controller did not carry out (bit 0) has failed.
    if (Request->Command.Opcode == NVME_ADMIN_ABORT && Request->Queue == &Adapter->Admin &&
        (Completion->Result & 1)) {
        NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_ABORT_FAILED);
        return;
    }
    NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_SUCCESS);
}
