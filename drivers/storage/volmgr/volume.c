// Volumes: their devices, names and links.
#include "volmgr.h"

#include "ask.h"

#include <ntstrsafe.h>

NTSTATUS VmQueryIdentity(PDEVICE_OBJECT Partition, PPARTITION_IDENTITY Identity)
{
    return AskDriver(Partition, IOCTL_PARTITION_QUERY_IDENTITY, nullptr, 0, Identity,
                     sizeof(*Identity));
}

// ---- Links

// In the disk's folder, which the disk's driver has made. A stale one of a host that has ended is replaced.
static VOID VmMakeLink(PVM_VOLUME Volume, const PARTITION_IDENTITY *Identity)
{
    UNICODE_STRING Link, Target;
    RtlStringCchPrintfW(Volume->Link, VM_NAME_CHARS, L"\\Device\\Harddisk%lu\\Partition%lu",
                        Identity->DiskNumber, Identity->Information.PartitionNumber);
    RtlInitUnicodeString(&Link, Volume->Link);
    RtlInitUnicodeString(&Target, Volume->Name);
    NTSTATUS Status = IoCreateSymbolicLink(&Link, &Target);
    if (Status == STATUS_OBJECT_NAME_COLLISION && NT_SUCCESS(IoDeleteSymbolicLink(&Link)))
        Status = IoCreateSymbolicLink(&Link, &Target);
    if (!NT_SUCCESS(Status))
        Volume->Link[0] = 0; // the volume has its own name
}

VOID VmRemoveLink(PVM_VOLUME Volume)
{
    UNICODE_STRING Link;
    if (!Volume->Link[0])
        return;
    RtlInitUnicodeString(&Link, Volume->Link);
    (VOID) IoDeleteSymbolicLink(&Link);
    Volume->Link[0] = 0;
}

// ---- Devices

// Numbers count over all hosts: whoever gets the name has the number.
static NTSTATUS VmCreateNamed(PVM_PARTITION Partition, PDEVICE_OBJECT *Self, PWSTR Name,
                              PULONG Number)
{
    ULONG Characteristics =
        FILE_DEVICE_SECURE_OPEN |
        (Partition->Lower->Characteristics & (FILE_REMOVABLE_MEDIA | FILE_READ_ONLY_DEVICE));
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    for (*Number = 1; *Number < VM_MOST_VOLUMES && Status == STATUS_OBJECT_NAME_COLLISION;
         ++*Number) {
        UNICODE_STRING String;
        RtlStringCchPrintfW(Name, VM_NAME_CHARS, L"\\Device\\HarddiskVolume%lu", *Number);
        RtlInitUnicodeString(&String, Name);
        Status = IoCreateDevice(Partition->Self->DriverObject, sizeof(VM_VOLUME), &String,
                                FILE_DEVICE_DISK, Characteristics, FALSE, Self);
    }
    --*Number;
    return Status;
}

// The reserved partition is nobody's volume, and one may be marked as hidden.
static BOOLEAN VmIsHidden(const PARTITION_INFORMATION_EX *Information)
{
    static const GUID Reserved = {
        0xE3C9E316, 0x0B5C, 0x4DB8, {0x81, 0x7D, 0xF9, 0x2D, 0xF0, 0x02, 0x15, 0xAE}};
    if (Information->PartitionStyle != PARTITION_STYLE_GPT)
        return FALSE;
    return RtlEqualMemory(&Information->Gpt.PartitionType, &Reserved, sizeof(GUID)) ||
           (Information->Gpt.Attributes & GPT_BASIC_DATA_ATTRIBUTE_HIDDEN);
}

NTSTATUS VmCreateVolume(PVM_PARTITION Partition)
{
    WCHAR Name[VM_NAME_CHARS];
    PDEVICE_OBJECT Self;
    ULONG Number;
    PPARTITION_IDENTITY Identity = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Identity), VmTag);
    if (!Identity)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = VmQueryIdentity(Partition->Lower, Identity);
    if (NT_SUCCESS(Status))
        Status = VmCreateNamed(Partition, &Self, Name, &Number);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Identity, VmTag);
        return Status;
    }
    PVM_VOLUME Volume = VmVolumeOf(Self);
    *Volume = (VM_VOLUME){.Kind = VmKindVolume,
                          .Self = Self,
                          .Partition = Partition->Lower,
                          .Number = Number,
                          .Hidden = VmIsHidden(&Identity->Information)};
    ExInitializeRundownProtection(&Volume->Running);
    RtlCopyMemory(Volume->Name, Name, sizeof(Name));
    RtlCopyMemory(Volume->Instance, Identity->Instance, sizeof(Volume->Instance));
    VmMakeLink(Volume, Identity);
    ExFreePoolWithTag(Identity, VmTag);
    Self->StackSize = (CCHAR)(Partition->Lower->StackSize + 1);
    Self->AlignmentRequirement = Partition->Lower->AlignmentRequirement;
    Self->SectorSize = Partition->Lower->SectorSize;
    Self->Flags |= DO_DIRECT_IO | (Partition->Lower->Flags & DO_POWER_PAGABLE);
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    Partition->Volume = Volume;
    return STATUS_SUCCESS;
}

VOID VmDeleteVolume(PVM_VOLUME Volume)
{
    VmRemoveLink(Volume);
    if (Volume->Interface.Buffer)
        RtlFreeUnicodeString(&Volume->Interface);
    IoDeleteDevice(Volume->Self);
}
