// The controller's firmware, by SRB_FUNCTION_IO_CONTROL: the data of the request is an SRB_IO_CONTROL and, behind it, a
// FIRMWARE_REQUEST_BLOCK that tells where its own data is; all in nonpaged memory.
#include "stornvme.h"

static VOID NvmeEndFirmware(PNVME_ADAPTER Adapter, PVOID Srb, ULONG Status)
{
    ((PSRB_IO_CONTROL)SrbGetDataBuffer(Srb))->ReturnCode = Status;
    NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_SUCCESS);
}

static PFIRMWARE_REQUEST_BLOCK NvmeFirmwareBlock(PVOID Srb)
{
    return (PFIRMWARE_REQUEST_BLOCK)((PSRB_IO_CONTROL)SrbGetDataBuffer(Srb) + 1);
}

static PUCHAR NvmeFirmwareData(PVOID Srb)
{
    return (PUCHAR)SrbGetDataBuffer(Srb) + NvmeFirmwareBlock(Srb)->DataBufferOffset;
}

// ---- The answer of the controller

// The log lies where the answer will.
static VOID NvmeTellFirmware(PNVME_ADAPTER Adapter, PVOID Srb)
{
    const NVME_FIRMWARE *Firmware = &Adapter->Firmware;
    PSTORAGE_FIRMWARE_INFO_V2 Info = (PVOID)NvmeFirmwareData(Srb);
    NVME_FIRMWARE_LOG Log;
    RtlCopyMemory(&Log, Info, sizeof(Log));
    RtlZeroMemory(Info, NvmeFirmwareBlock(Srb)->DataBufferLength);
    *Info = (STORAGE_FIRMWARE_INFO_V2){
        .Version = STORAGE_FIRMWARE_INFO_STRUCTURE_VERSION_V2,
        .Size = sizeof(*Info),
        .UpgradeSupport = Firmware->Upgrade,
        .SlotCount = Firmware->Slots,
        .ActiveSlot = Log.Active & 7,
        .PendingActivateSlot =
            Log.Active >> 4 & 7 ? Log.Active >> 4 & 7 : STORAGE_FIRMWARE_INFO_INVALID_SLOT,
        .FirmwareShared = TRUE,
        .ImagePayloadAlignment = Firmware->Alignment,
        .ImagePayloadMaxSize = Firmware->MostPiece,
    };
    for (ULONG i = 0; i < Firmware->Slots; i++) {
        Info->Slot[i].SlotNumber = (UCHAR)(i + 1);
        Info->Slot[i].ReadOnly = !i && Firmware->FirstReadOnly;
        RtlCopyMemory(Info->Slot[i].Revision, Log.Revision[i], sizeof(Log.Revision[i]));
    }
}

static ULONG NvmeFirmwareStatus(NVME_FIRMWARE_RESULT Result)
{
    static const UCHAR Statuses[] = {
        [NvmeFirmwareGood] = FIRMWARE_STATUS_SUCCESS,
        [NvmeFirmwareNeedsReset] = FIRMWARE_STATUS_SUCCESS,
        [NvmeFirmwareNeedsPowerCycle] = FIRMWARE_STATUS_POWER_CYCLE_REQUIRED,
        [NvmeFirmwareUnknown] = FIRMWARE_STATUS_ILLEGAL_REQUEST,
        [NvmeFirmwareBadSlot] = FIRMWARE_STATUS_INVALID_SLOT,
        [NvmeFirmwareBadImage] = FIRMWARE_STATUS_INVALID_IMAGE,
        [NvmeFirmwareFailed] = FIRMWARE_STATUS_CONTROLLER_ERROR,
    };
    return Statuses[Result];
}

// The request ends with the reset, which holds all others meanwhile. One that is under way already does as well.
VOID NTAPI NvmeFirmwareDpc(PSTOR_DPC Dpc, PVOID DeviceExtension, PVOID Argument1, PVOID Argument2)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    PVOID Srb = InterlockedExchangePointer(&Adapter->FirmwareSrb, NULL);
    STOR_LOCK_HANDLE Lock;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    StorPortAcquireSpinLock(Adapter, StartIoLock, NULL, &Lock);
    if (Srb && Adapter->Resetting)
        NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_SUCCESS);
    else if (Srb)
        NvmeResetForSrb(Adapter, Srb);
    StorPortReleaseSpinLock(Adapter, &Lock);
}

static VOID NvmeReturnList(PNVME_ADAPTER Adapter, PNVME_REQUEST Request)
{
    if (Request->HasList)
        InterlockedExchange(&Adapter->ListTaken, FALSE);
    Request->HasList = FALSE;
}

static VOID NvmeFirmwareDone(PNVME_ADAPTER Adapter, PVOID Srb, const NVME_COMPLETION *Completion)
{
    PNVME_REQUEST Request = SrbGetMiniportContext(Srb);
    NvmeReturnList(Adapter, Request);
    if (!Completion) {
        NvmeRequestDone(Adapter, Srb, NULL);
        return;
    }
    Request->Started = FALSE;
    NVME_FIRMWARE_RESULT Result = NvmeFirmwareResult((USHORT)(Completion->Status >> 1));
    ULONG Status = NvmeFirmwareStatus(Result), Function = NvmeFirmwareBlock(Srb)->Function;
    if (Status == FIRMWARE_STATUS_SUCCESS && Function == FIRMWARE_FUNCTION_GET_INFO)
        NvmeTellFirmware(Adapter, Srb);
    if (Function == FIRMWARE_FUNCTION_ACTIVATE && NvmeRunsAfterReset(&Request->Command, Result) &&
        !InterlockedCompareExchangePointer(&Adapter->FirmwareSrb, Srb, NULL)) {
        ((PSRB_IO_CONTROL)SrbGetDataBuffer(Srb))->ReturnCode = Status;
        (VOID) StorPortIssueDpc(Adapter, &Adapter->FirmwareDpc, NULL, NULL);
        return;
    }
    NvmeEndFirmware(Adapter, Srb, Status);
}

// The pages behind the first, which the command has (NVM Express 1.4, 4.3). FALSE: one has no address.
static BOOLEAN NvmeListMemory(PNVME_ADAPTER Adapter, NVME_COMMAND *Command, PUCHAR Data,
                              ULONG Bytes)
{
    PUCHAR Page = (PUCHAR)PAGE_ALIGN(Data) + NvmePageBytes, End = Data + Bytes;
    for (ULONG i = 0; Page < End; i++, Page += NvmePageBytes) {
        ULONG Length;
        Adapter->List[i] =
            (ULONG64)StorPortGetPhysicalAddress(Adapter, NULL, Page, &Length).QuadPart;
        if (!Length)
            return FALSE;
    }
    Command->Prp2 = Adapter->ListPhysical;
    return TRUE;
}

// Two pages are in the command itself.
static ULONG NvmeDescribeFirmware(PNVME_ADAPTER Adapter, PNVME_REQUEST Request, PUCHAR Data,
                                  ULONG Bytes)
{
    static_assert(NvmeMaximumTransfer / NvmePageBytes + 1 <= NvmePageBytes / sizeof(ULONG64));
    if (!NvmeDescribeMemory(Adapter, &Request->Command, Data, Bytes))
        return FIRMWARE_STATUS_INVALID_PARAMETER;
    if (BYTE_OFFSET(Data) + Bytes <= 2 * NvmePageBytes)
        return FIRMWARE_STATUS_SUCCESS;
    if (InterlockedExchange(&Adapter->ListTaken, TRUE))
        return FIRMWARE_STATUS_ERROR; // another's: the caller comes again
    Request->HasList = TRUE;
    return NvmeListMemory(Adapter, &Request->Command, Data, Bytes)
               ? FIRMWARE_STATUS_SUCCESS
               : FIRMWARE_STATUS_INVALID_PARAMETER;
}

static VOID NvmeSendFirmware(PNVME_ADAPTER Adapter, PVOID Srb, PUCHAR Data, ULONG Bytes)
{
    PNVME_REQUEST Request = SrbGetMiniportContext(Srb);
    ULONG Status = NvmeDescribeFirmware(Adapter, Request, Data, Bytes);
    if (Status == FIRMWARE_STATUS_ERROR) {
        NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_BUSY);
        return;
    }
    if (Status != FIRMWARE_STATUS_SUCCESS) {
        NvmeReturnList(Adapter, Request);
        NvmeEndFirmware(Adapter, Srb, Status);
        return;
    }
    Request->Queue = &Adapter->Admin;
    Request->Started = TRUE;
    if (NvmeSubmit(Request->Queue, &Request->Command, NvmeFirmwareDone, Srb)) {
        Request->CommandId = Request->Command.CommandId;
        return;
    }
    Request->Started = FALSE;
    NvmeReturnList(Adapter, Request);
    NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_BUSY);
}

// ---- Requests

static VOID NvmeAskFirmware(PNVME_ADAPTER Adapter, PVOID Srb, ULONG Length)
{
    PNVME_REQUEST Request = SrbGetMiniportContext(Srb);
    ULONG Needed = sizeof(STORAGE_FIRMWARE_INFO_V2) +
                   Adapter->Firmware.Slots * sizeof(STORAGE_FIRMWARE_SLOT_INFO_V2);
    if (Length < max(Needed, sizeof(NVME_FIRMWARE_LOG))) {
        NvmeEndFirmware(Adapter, Srb, FIRMWARE_STATUS_OUTPUT_BUFFER_TOO_SMALL);
        return;
    }
    NvmeMakeFirmwareLog(&Request->Command);
    NvmeSendFirmware(Adapter, Srb, NvmeFirmwareData(Srb), sizeof(NVME_FIRMWARE_LOG));
}

static VOID NvmeDownloadFirmware(PNVME_ADAPTER Adapter, PVOID Srb, ULONG Length)
{
    PNVME_REQUEST Request = SrbGetMiniportContext(Srb);
    PSTORAGE_FIRMWARE_DOWNLOAD_V2 Download = (PVOID)NvmeFirmwareData(Srb);
    ULONG Header = FIELD_OFFSET(STORAGE_FIRMWARE_DOWNLOAD_V2, ImageBuffer);
    if (Length < Header || Download->Version != STORAGE_FIRMWARE_INFO_STRUCTURE_VERSION_V2 ||
        Download->BufferSize > Length - Header)
        NvmeEndFirmware(Adapter, Srb, FIRMWARE_STATUS_INVALID_PARAMETER);
    else if (!Adapter->Firmware.Upgrade)
        NvmeEndFirmware(Adapter, Srb, FIRMWARE_STATUS_ILLEGAL_REQUEST);
    else if (Download->BufferSize > Adapter->Firmware.MostPiece)
        NvmeEndFirmware(Adapter, Srb, FIRMWARE_STATUS_INPUT_BUFFER_TOO_BIG);
    else if (!NvmeMakeDownload(&Adapter->Firmware, Download->Offset, Download->BufferSize,
                               &Request->Command))
        NvmeEndFirmware(Adapter, Srb, FIRMWARE_STATUS_INVALID_PARAMETER);
    else
        NvmeSendFirmware(Adapter, Srb, Download->ImageBuffer, (ULONG)Download->BufferSize);
}

static VOID NvmeActivateFirmware(PNVME_ADAPTER Adapter, PVOID Srb, ULONG Length)
{
    PNVME_REQUEST Request = SrbGetMiniportContext(Srb);
    const STORAGE_FIRMWARE_ACTIVATE *Activate = (PVOID)NvmeFirmwareData(Srb);
    BOOLEAN Existing = (NvmeFirmwareBlock(Srb)->Flags &
                        STORAGE_HW_FIRMWARE_REQUEST_FLAG_SWITCH_TO_EXISTING_FIRMWARE) != 0;
    if (Length < sizeof(*Activate))
        NvmeEndFirmware(Adapter, Srb, FIRMWARE_STATUS_INVALID_PARAMETER);
    else if (!Adapter->Firmware.Upgrade)
        NvmeEndFirmware(Adapter, Srb, FIRMWARE_STATUS_ILLEGAL_REQUEST);
    else if (!NvmeMakeCommit(&Adapter->Firmware, Activate->SlotToActivate, Existing,
                             &Request->Command))
        NvmeEndFirmware(Adapter, Srb, FIRMWARE_STATUS_INVALID_SLOT);
    else
        NvmeSendFirmware(Adapter, Srb, NULL, 0);
}

static BOOLEAN NvmeIsFirmwareControl(PVOID Srb)
{
    const SRB_IO_CONTROL *Control = SrbGetDataBuffer(Srb);
    return SrbGetDataTransferLength(Srb) >= sizeof(*Control) + sizeof(FIRMWARE_REQUEST_BLOCK) &&
           Control->ControlCode == IOCTL_SCSI_MINIPORT_FIRMWARE &&
           RtlCompareMemory(Control->Signature, IOCTL_MINIPORT_SIGNATURE_FIRMWARE,
                            sizeof(Control->Signature)) == sizeof(Control->Signature);
}

VOID NvmeStartControl(PNVME_ADAPTER Adapter, PVOID Srb)
{
    if (!NvmeIsFirmwareControl(Srb)) {
        NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_INVALID_REQUEST);
        return;
    }
    const FIRMWARE_REQUEST_BLOCK *Block = NvmeFirmwareBlock(Srb);
    ULONG Whole = SrbGetDataTransferLength(Srb), Length = Block->DataBufferLength;
    if (Block->Version != FIRMWARE_REQUEST_BLOCK_STRUCTURE_VERSION ||
        Block->DataBufferOffset < sizeof(SRB_IO_CONTROL) + sizeof(*Block) ||
        Block->DataBufferOffset % sizeof(ULONG64) || Block->DataBufferOffset > Whole ||
        Length > Whole - Block->DataBufferOffset) {
        NvmeEndFirmware(Adapter, Srb, FIRMWARE_STATUS_INVALID_PARAMETER);
        return;
    }
    switch (Block->Function) {
    case FIRMWARE_FUNCTION_GET_INFO:
        NvmeAskFirmware(Adapter, Srb, Length);
        break;
    case FIRMWARE_FUNCTION_DOWNLOAD:
        NvmeDownloadFirmware(Adapter, Srb, Length);
        break;
    case FIRMWARE_FUNCTION_ACTIVATE:
        NvmeActivateFirmware(Adapter, Srb, Length);
        break;
    default:
        NvmeEndFirmware(Adapter, Srb, FIRMWARE_STATUS_ILLEGAL_REQUEST);
        break;
    }
}
