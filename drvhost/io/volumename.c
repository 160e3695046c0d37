// Names of volumes, as the mount manager has them.

#include "../ntos.h"

#include "ask.h"

#include <mountmgr.h>

enum { IopVolumeNameBytes = 1024 };

static NTSTATUS IopAskVolume(PDEVICE_OBJECT Device, ULONG Code, PVOID Input, ULONG InputLength,
                             PVOID Output, ULONG OutputLength)
{
    NTSTATUS Status = AskDevice(Device, Code, Input, InputLength, Output, OutputLength);
    return Status == STATUS_BUFFER_OVERFLOW ? STATUS_NAME_TOO_LONG : Status;
}

static NTSTATUS IopAskMountManager(ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                                   ULONG OutputLength)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(MOUNTMGR_DEVICE_NAME);
    PFILE_OBJECT File;
    PDEVICE_OBJECT Manager;
    NTSTATUS Status = IoGetDeviceObjectPointer(&Name, FILE_READ_ATTRIBUTES, &File, &Manager);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopAskVolume(Manager, Code, Input, InputLength, Output, OutputLength);
    ObfDereferenceObject(File);
    return Status;
}

// Of the volume's own device, whatever is attached to it.
static NTSTATUS IopVolumeName(PVOID Volume, PMOUNTDEV_NAME Name)
{
    return IopAskVolume(Volume, IOCTL_MOUNTDEV_QUERY_DEVICE_NAME, nullptr, 0, Name,
                        IopVolumeNameBytes);
}

static NTSTATUS IopTakeText(PUNICODE_STRING Result, const WCHAR *Text, USHORT Length)
{
    Result->Buffer = ExAllocatePoolWithTag(PagedPool, Length + sizeof(WCHAR), 'nVoI');
    if (!Result->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(Result->Buffer, Text, Length);
    Result->Buffer[Length / sizeof(WCHAR)] = 0;
    Result->Length = Length;
    Result->MaximumLength = Length + sizeof(WCHAR);
    return STATUS_SUCCESS;
}

// ---- Paths

// MOUNTDEV_NAME and MOUNTMGR_TARGET_NAME are one structure.
static NTSTATUS IopQueryDosName(PVOID Volume, PVOID Buffer, PUNICODE_STRING DosName)
{
    PMOUNTMGR_TARGET_NAME Target = Buffer;
    PMOUNTMGR_VOLUME_PATHS Paths = Buffer;
    NTSTATUS Status = IopVolumeName(Volume, Buffer);
    if (NT_SUCCESS(Status))
        Status = IopAskMountManager(IOCTL_MOUNTMGR_QUERY_DOS_VOLUME_PATH, Target,
                                    IopVolumeNameBytes, Paths, IopVolumeNameBytes);
    if (!NT_SUCCESS(Status))
        return Status;
    SIZE_T Length = wcsnlen(Paths->MultiSz, Paths->MultiSzLength / sizeof(WCHAR)) * sizeof(WCHAR);
    return IopTakeText(DosName, Paths->MultiSz, (USHORT)Length);
}

// The buffer is pool, for the caller to free.
NTSTATUS NTAPI IoVolumeDeviceToDosName(PVOID VolumeDeviceObject, PUNICODE_STRING DosName)
{
    PVOID Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, IopVolumeNameBytes, 'nVoI');
    *DosName = (UNICODE_STRING){};
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Buffer, IopVolumeNameBytes);
    NTSTATUS Status = IopQueryDosName(VolumeDeviceObject, Buffer, DosName);
    ExFreePoolWithTag(Buffer, 'nVoI');
    return Status;
}

// ---- Identifiers

static const WCHAR IopVolumePrefix[] = L"\\\?\?\\Volume{";

static NTSTATUS IopFindVolumeName(const MOUNTMGR_MOUNT_POINTS *Points, PUNICODE_STRING Path)
{
    const ULONG Prefix = sizeof(IopVolumePrefix) - sizeof(WCHAR);
    for (ULONG i = 0; i < Points->NumberOfMountPoints; i++) {
        const MOUNTMGR_MOUNT_POINT *Point = &Points->MountPoints[i];
        const WCHAR *Name = (const WCHAR *)((const UCHAR *)Points + Point->SymbolicLinkNameOffset);
        if (Point->SymbolicLinkNameLength > Prefix && RtlEqualMemory(Name, IopVolumePrefix, Prefix))
            return IopTakeText(Path, Name, Point->SymbolicLinkNameLength);
    }
    return STATUS_NOT_FOUND;
}

static NTSTATUS IopQueryGuidPath(PVOID Volume, PUCHAR Buffer, PUNICODE_STRING Path)
{
    PMOUNTMGR_MOUNT_POINT Input = (PMOUNTMGR_MOUNT_POINT)Buffer;
    PMOUNTDEV_NAME Name = (PMOUNTDEV_NAME)(Buffer + sizeof(*Input));
    PMOUNTMGR_MOUNT_POINTS Points = (PMOUNTMGR_MOUNT_POINTS)Buffer;
    NTSTATUS Status = IopVolumeName(Volume, Name);
    if (!NT_SUCCESS(Status))
        return Status;
    Input->DeviceNameOffset = sizeof(*Input) + FIELD_OFFSET(MOUNTDEV_NAME, Name);
    Input->DeviceNameLength = Name->NameLength;
    Status = IopAskMountManager(IOCTL_MOUNTMGR_QUERY_POINTS, Input,
                                Input->DeviceNameOffset + Input->DeviceNameLength, Points,
                                4 * IopVolumeNameBytes);
    return NT_SUCCESS(Status) ? IopFindVolumeName(Points, Path) : Status;
}

NTSTATUS NTAPI IoVolumeDeviceToGuidPath(PDEVICE_OBJECT VolumeDeviceObject,
                                        PUNICODE_STRING GuidPath);
NTSTATUS NTAPI IoVolumeDeviceToGuidPath(PDEVICE_OBJECT VolumeDeviceObject, PUNICODE_STRING GuidPath)
{
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 4 * IopVolumeNameBytes, 'nVoI');
    *GuidPath = (UNICODE_STRING){};
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Buffer, 4 * IopVolumeNameBytes);
    NTSTATUS Status = IopQueryGuidPath(VolumeDeviceObject, Buffer, GuidPath);
    ExFreePoolWithTag(Buffer, 'nVoI');
    return Status;
}

NTSTATUS NTAPI IoVolumeDeviceToGuid(PDEVICE_OBJECT VolumeDeviceObject, GUID *VolumeGuid);
NTSTATUS NTAPI IoVolumeDeviceToGuid(PDEVICE_OBJECT VolumeDeviceObject, GUID *VolumeGuid)
{
    UNICODE_STRING Path, Guid;
    NTSTATUS Status = IoVolumeDeviceToGuidPath(VolumeDeviceObject, &Path);
    if (!NT_SUCCESS(Status))
        return Status;
    Guid = Path;
    Guid.Buffer += RTL_NUMBER_OF(IopVolumePrefix) - 2; // from the brace on
    Guid.Length -= sizeof(IopVolumePrefix) - 2 * sizeof(WCHAR);
    Status = RtlGUIDFromString(&Guid, VolumeGuid);
    ExFreePoolWithTag(Path.Buffer, 'nVoI');
    return Status;
}
