#include "firmware.h"

#include <string.h>

enum { // offsets in what the controller identifies itself by (5.15.2.2)
    OptionalAdmin = 256,
    FirmwareUpdates = 260,
    UpdateGranularity = 319,
};

enum { ReplaceAndRun = 1, RunAfterReset = 2, RunAtOnce = 3, ActionShift = 3 }; // of a commit

void NvmeReadFirmware(const uint8_t *Identify, uint32_t MostTransfer, NVME_FIRMWARE *Firmware)
{
    enum { CommitAndDownload = 1 << 2, FirstReadOnly = 1, AtOnce = 1 << 4, NoLimit = 0xFF };
    uint8_t Updates = Identify[FirmwareUpdates], Granularity = Identify[UpdateGranularity];
    uint8_t Slots = Updates >> 1 & 7;
    *Firmware = (NVME_FIRMWARE){
        .Upgrade = Identify[OptionalAdmin] & CommitAndDownload,
        .FirstReadOnly = Updates & FirstReadOnly,
        .AtOnce = Updates & AtOnce,
        .Slots = Slots ? Slots : 1,
        .Alignment = sizeof(uint32_t),
    };
    // 0: it does not say; pages suit most.
    if (Granularity != NoLimit)
        Firmware->Alignment = (Granularity ? Granularity : 1u) * 4096u;
    Firmware->MostPiece = MostTransfer / Firmware->Alignment * Firmware->Alignment;
    if (!Firmware->MostPiece)
        Firmware->Upgrade = false;
}

void NvmeMakeFirmwareLog(NVME_COMMAND *Command)
{
    *Command = (NVME_COMMAND){
        .Opcode = NVME_ADMIN_GET_LOG_PAGE,
        .NamespaceId = UINT32_MAX,
        .Cdw10 = (sizeof(NVME_FIRMWARE_LOG) / 4 - 1) << 16 | NVME_LOG_FIRMWARE,
    };
}

// The last piece may be shorter than the alignment: of that the controller itself decides.
bool NvmeMakeDownload(const NVME_FIRMWARE *Firmware, uint64_t Offset, uint64_t Length,
                      NVME_COMMAND *Command)
{
    if (!Firmware->Upgrade || !Length || Length > Firmware->MostPiece || Length % 4 ||
        Offset % Firmware->Alignment || Offset / 4 > UINT32_MAX)
        return false;
    *Command = (NVME_COMMAND){
        .Opcode = NVME_ADMIN_FIRMWARE_DOWNLOAD,
        .Cdw10 = (uint32_t)(Length / 4 - 1),
        .Cdw11 = (uint32_t)(Offset / 4),
    };
    return true;
}

bool NvmeMakeCommit(const NVME_FIRMWARE *Firmware, uint8_t Slot, bool Existing,
                    NVME_COMMAND *Command)
{
    if (!Firmware->Upgrade || Slot > Firmware->Slots || (Existing && !Slot) ||
        (!Existing && Slot == 1 && Firmware->FirstReadOnly))
        return false;
    uint32_t Action = Firmware->AtOnce ? RunAtOnce : Existing ? RunAfterReset : ReplaceAndRun;
    *Command = (NVME_COMMAND){
        .Opcode = NVME_ADMIN_FIRMWARE_COMMIT,
        .Cdw10 = Action << ActionShift | Slot,
    };
    return true;
}

NVME_FIRMWARE_RESULT NvmeFirmwareResult(uint16_t Status)
{
    switch (Status & NVME_STATUS_MASK) {
    case NVME_STATUS_SUCCESS:
        return NvmeFirmwareGood;
    case 0x10B: // a conventional reset, one of the subsystem
    case 0x110:
        return NvmeFirmwareNeedsPowerCycle;
    case 0x111:
        return NvmeFirmwareNeedsReset;
    case 0x001: // no such command
        return NvmeFirmwareUnknown;
    case 0x106:
        return NvmeFirmwareBadSlot;
    case 0x107:
    case 0x114: // pieces overlap
        return NvmeFirmwareBadImage;
    default:
        return NvmeFirmwareFailed;
    }
}

bool NvmeRunsAfterReset(const NVME_COMMAND *Commit, NVME_FIRMWARE_RESULT Result)
{
    return Result == NvmeFirmwareNeedsReset ||
           (Result == NvmeFirmwareGood && (Commit->Cdw10 >> ActionShift & 7) != RunAtOnce);
}
