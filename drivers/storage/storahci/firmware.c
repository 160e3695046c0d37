// What the drive's firmware is, by SRB_FUNCTION_IO_CONTROL (FIRMWARE_FUNCTION_GET_INFO): IDENTIFY DEVICE has told. Images come
// by WRITE BUFFER.
#include "storahci.h"

static BOOLEAN AhciIsFirmwareControl(PVOID Srb)
{
    const SRB_IO_CONTROL *Control = SrbGetDataBuffer(Srb);
    return SrbGetDataTransferLength(Srb) >= sizeof(*Control) + sizeof(FIRMWARE_REQUEST_BLOCK) &&
           Control->ControlCode == IOCTL_SCSI_MINIPORT_FIRMWARE &&
           RtlCompareMemory(Control->Signature, IOCTL_MINIPORT_SIGNATURE_FIRMWARE,
                            sizeof(Control->Signature)) == sizeof(Control->Signature);
}

// A drive has one slot, that is in use; its number is 0.
static VOID AhciTellFirmware(const ATA_DRIVE *Drive, PSTORAGE_FIRMWARE_INFO_V2 Info)
{
    *Info = (STORAGE_FIRMWARE_INFO_V2){
        .Version = STORAGE_FIRMWARE_INFO_STRUCTURE_VERSION_V2,
        .Size = sizeof(*Info),
        .UpgradeSupport = Drive->Microcode.Download && Drive->Microcode.Pieces,
        .SlotCount = 1,
        .PendingActivateSlot = STORAGE_FIRMWARE_INFO_INVALID_SLOT,
        .ImagePayloadAlignment = Drive->Microcode.Least * (ULONG)ATA_SECTOR_BYTES,
        .ImagePayloadMaxSize =
            min(Drive->Microcode.Most * (ULONG)ATA_SECTOR_BYTES, (ULONG)AhciMaximumTransfer),
    };
    Info->Slot[0] = (STORAGE_FIRMWARE_SLOT_INFO_V2){};
    RtlCopyMemory(Info->Slot[0].Revision, Drive->Firmware, sizeof(Drive->Firmware));
}

static ULONG AhciRunFirmware(const AHCI_PORT *Port, PVOID Srb)
{
    const FIRMWARE_REQUEST_BLOCK *Block = (PVOID)((PSRB_IO_CONTROL)SrbGetDataBuffer(Srb) + 1);
    ULONG Whole = SrbGetDataTransferLength(Srb);
    if (Block->Version != FIRMWARE_REQUEST_BLOCK_STRUCTURE_VERSION ||
        Block->DataBufferOffset < sizeof(SRB_IO_CONTROL) + sizeof(*Block) ||
        Block->DataBufferOffset % sizeof(ULONG64) || Block->DataBufferOffset > Whole ||
        Block->DataBufferLength > Whole - Block->DataBufferOffset)
        return FIRMWARE_STATUS_INVALID_PARAMETER;
    if (Block->Function != FIRMWARE_FUNCTION_GET_INFO || Port->Drive.Packets)
        return FIRMWARE_STATUS_ILLEGAL_REQUEST;
    if (Block->DataBufferLength <
        sizeof(STORAGE_FIRMWARE_INFO_V2) + sizeof(STORAGE_FIRMWARE_SLOT_INFO_V2))
        return FIRMWARE_STATUS_OUTPUT_BUFFER_TOO_SMALL;
    AhciTellFirmware(&Port->Drive,
                     (PVOID)((PUCHAR)SrbGetDataBuffer(Srb) + Block->DataBufferOffset));
    return FIRMWARE_STATUS_SUCCESS;
}

VOID AhciStartControl(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request)
{
    PVOID Srb = Request->Srb;
    if (!AhciIsFirmwareControl(Srb)) {
        AhciComplete(Adapter, Request, SRB_STATUS_INVALID_REQUEST);
        return;
    }
    if (!Port->HasDevice) {
        AhciComplete(Adapter, Request, SRB_STATUS_NO_DEVICE);
        return;
    }
    ((PSRB_IO_CONTROL)SrbGetDataBuffer(Srb))->ReturnCode = AhciRunFirmware(Port, Srb);
    AhciComplete(Adapter, Request, SRB_STATUS_SUCCESS);
}
