// What volumes say of themselves.
#include "mountmgr.h"

#include "ask.h"

#include <ntdddisk.h>

#include <ntstrsafe.h>

typedef union _MM_ANSWER {
    MOUNTDEV_NAME Name;
    MOUNTDEV_UNIQUE_ID Id;
    MOUNTDEV_SUGGESTED_LINK_NAME Link;
    UCHAR Space[MM_ID_BYTES + 16];
} MM_ANSWER, *PMM_ANSWER;

static NTSTATUS MmgrAskName(PDEVICE_OBJECT Device, PMM_DEVICE Answer, PMM_ANSWER Buffer)
{
    NTSTATUS Status =
        AskDevice(Device, IOCTL_MOUNTDEV_QUERY_DEVICE_NAME, nullptr, 0, Buffer, sizeof(*Buffer));
    if (Status == STATUS_SUCCESS && !MmgrCopyName(Answer->Name, MM_NAME_CHARS, Buffer->Name.Name,
                                                  min(Buffer->Name.NameLength, MM_ID_BYTES)))
        Status = STATUS_OBJECT_NAME_INVALID;
    return Status;
}

static NTSTATUS MmgrAskId(PDEVICE_OBJECT Device, PMM_DEVICE Answer, PMM_ANSWER Buffer)
{
    NTSTATUS Status =
        AskDevice(Device, IOCTL_MOUNTDEV_QUERY_UNIQUE_ID, nullptr, 0, Buffer, sizeof(*Buffer));
    if (Status != STATUS_SUCCESS)
        return NT_SUCCESS(Status) || NT_WARNING(Status) ? STATUS_INVALID_PARAMETER : Status;
    if (!Buffer->Id.UniqueIdLength || Buffer->Id.UniqueIdLength > MM_ID_BYTES)
        return STATUS_INVALID_PARAMETER;
    Answer->Id.Length = Buffer->Id.UniqueIdLength;
    RtlCopyMemory(Answer->Id.Bytes, Buffer->Id.UniqueId, Answer->Id.Length);
    return STATUS_SUCCESS;
}

static VOID MmgrAskLink(PDEVICE_OBJECT Device, PMM_DEVICE Answer, PMM_ANSWER Buffer)
{
    if (AskDevice(Device, IOCTL_MOUNTDEV_QUERY_SUGGESTED_LINK_NAME, nullptr, 0, Buffer,
                  sizeof(*Buffer)) != STATUS_SUCCESS)
        return;
    Answer->OnlyIfNoOther = Buffer->Link.UseOnlyIfThereAreNoOtherLinks;
    Answer->HasSuggestion = MmgrCopyName(Answer->Suggestion, MM_NAME_CHARS, Buffer->Link.Name,
                                         min(Buffer->Link.NameLength, MM_ID_BYTES)) &&
                            MmgrCanonical(Answer->Suggestion);
}

// Volumes that a file system of Windows may be in have letters: basic data partitions that do not refuse one, the MBR types
// of FAT and NTFS, media without a table, and what is no partition at all.
static BOOLEAN MmgrWantsLetter(PDEVICE_OBJECT Device)
{
    static const GUID BasicData = {
        0xEBD0A0A2, 0xB9E5, 0x4433, {0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7}};
    PARTITION_INFORMATION_EX Information;
    if (!NT_SUCCESS(AskDevice(Device, IOCTL_DISK_GET_PARTITION_INFO_EX, nullptr, 0, &Information,
                              sizeof(Information))))
        return TRUE;
    if (Information.PartitionStyle == PARTITION_STYLE_MBR)
        return Information.Mbr.RecognizedPartition;
    if (Information.PartitionStyle != PARTITION_STYLE_GPT)
        return TRUE;
    return RtlEqualMemory(&Information.Gpt.PartitionType, &BasicData, sizeof(GUID)) &&
           !(Information.Gpt.Attributes &
             (GPT_BASIC_DATA_ATTRIBUTE_NO_DRIVE_LETTER | GPT_BASIC_DATA_ATTRIBUTE_HIDDEN));
}

static NTSTATUS MmgrAskAll(PDEVICE_OBJECT Device, PMM_DEVICE Answer, PMM_ANSWER Buffer)
{
    MOUNTDEV_STABLE_GUID Guid;
    NTSTATUS Status = MmgrAskName(Device, Answer, Buffer);
    if (NT_SUCCESS(Status))
        Status = MmgrAskId(Device, Answer, Buffer);
    if (!NT_SUCCESS(Status))
        return Status;
    Answer->HasStableGuid = AskDevice(Device, IOCTL_MOUNTDEV_QUERY_STABLE_GUID, nullptr, 0, &Guid,
                                      sizeof(Guid)) == STATUS_SUCCESS;
    if (Answer->HasStableGuid)
        Answer->StableGuid = Guid.StableGuid;
    MmgrAskLink(Device, Answer, Buffer);
    Answer->WantsLetter = MmgrWantsLetter(Device);
    return STATUS_SUCCESS;
}

// Without access to its data the device itself is opened, and no file system in it.
static NTSTATUS MmgrOpen(PCWSTR Name, PFILE_OBJECT *File, PDEVICE_OBJECT *Device)
{
    UNICODE_STRING String;
    RtlInitUnicodeString(&String, Name);
    return IoGetDeviceObjectPointer(&String, FILE_READ_ATTRIBUTES, File, Device);
}

NTSTATUS MmgrQueryDevice(PCWSTR Name, PMM_DEVICE Device)
{
    PFILE_OBJECT File;
    PDEVICE_OBJECT Object;
    RtlZeroMemory(Device, sizeof(*Device));
    PMM_ANSWER Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Buffer), MmgrTag);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = MmgrOpen(Name, &File, &Object);
    if (NT_SUCCESS(Status)) {
        Status = MmgrAskAll(Object, Device, Buffer);
        ObDereferenceObject(File);
    }
    ExFreePoolWithTag(Buffer, MmgrTag);
    return Status;
}

VOID MmgrTellDevice(PCWSTR Name, ULONG Code, PCWSTR Point)
{
    MM_ANSWER Input = {};
    PFILE_OBJECT File;
    PDEVICE_OBJECT Object;
    ULONG Length = Point ? (ULONG)wcslen(Point) * sizeof(WCHAR) : 0;
    if (Length > MM_ID_BYTES || !NT_SUCCESS(MmgrOpen(Name, &File, &Object)))
        return;
    Input.Name.NameLength = (USHORT)Length;
    if (Point)
        RtlCopyMemory(Input.Name.Name, Point, Length);
    (VOID) AskDevice(Object, Code, Point ? &Input : nullptr,
                     Point ? (ULONG)(FIELD_OFFSET(MOUNTDEV_NAME, Name) + max(Length, sizeof(WCHAR)))
                           : 0,
                     nullptr, 0);
    ObDereferenceObject(File);
}
