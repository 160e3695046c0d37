// The slots for a disk's firmware.
#include "disks.h"

// Without the blanks at its end.
static VOID CopyRevision(CHAR *Text, const UCHAR Revision[STORAGE_HW_FIRMWARE_REVISION_LENGTH])
{
    ULONG Length = 0;
    for (ULONG i = 0; i < STORAGE_HW_FIRMWARE_REVISION_LENGTH && Revision[i]; i++) {
        Text[i] = (CHAR)Revision[i];
        if (Revision[i] != ' ')
            Length = i + 1;
    }
    Text[Length] = 0;
}

VOID DiskQueryFirmware(HANDLE File, PDISK Disk)
{
    STORAGE_HW_FIRMWARE_INFO_QUERY Query = {.Version = sizeof(Query), .Size = sizeof(Query)};
    union {
        STORAGE_HW_FIRMWARE_INFO Info;
        UCHAR Space[FIELD_OFFSET(STORAGE_HW_FIRMWARE_INFO, Slot) +
                    DiskFirmwareSlots * sizeof(STORAGE_HW_FIRMWARE_SLOT_INFO)];
    } Answer;
    PDISK_FIRMWARE Firmware = &Disk->Firmware;
    if (!NT_SUCCESS(DeviceControl(File, IOCTL_STORAGE_FIRMWARE_GET_INFO, &Query, sizeof(Query),
                                  &Answer, sizeof(Answer), nullptr)))
        return;
    Firmware->Count = min(Answer.Info.SlotCount, (ULONG)DiskFirmwareSlots);
    Firmware->Active = Answer.Info.ActiveSlot;
    Firmware->Pending = Answer.Info.PendingActivateSlot;
    Firmware->Upgrade = Answer.Info.SupportUpgrade;
    for (ULONG i = 0; i < Firmware->Count; i++) {
        const STORAGE_HW_FIRMWARE_SLOT_INFO *Slot = &Answer.Info.Slot[i];
        Firmware->Slots[i].Number = Slot->SlotNumber;
        Firmware->Slots[i].ReadOnly = Slot->ReadOnly;
        CopyRevision(Firmware->Slots[i].Revision, Slot->Revision);
    }
}

VOID DiskPrintFirmware(const DISK_FIRMWARE *Firmware)
{
    if (Firmware->Count)
        ConPrint(L"  Firmware           %ws\n",
                 Firmware->Upgrade ? L"can be replaced" : L"cannot be replaced");
    for (ULONG i = 0; i < Firmware->Count; i++) {
        ULONG Number = Firmware->Slots[i].Number;
        ConPrint(L"    slot %lu           %hs%ws%ws%ws\n", Number,
                 Firmware->Slots[i].Revision[0] ? Firmware->Slots[i].Revision : "empty",
                 Number == Firmware->Active ? L", active" : L"",
                 Number == Firmware->Pending ? L", active after the next start" : L"",
                 Firmware->Slots[i].ReadOnly ? L", read-only" : L"");
    }
}
