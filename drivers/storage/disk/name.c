// Names of disks: \Device\HarddiskN\DRN, \Device\HarddiskN\Partition0 and \??\PhysicalDriveN.
#include "disk.h"

enum { NameChars = 64, MostDisks = 4096 };

static NTSTATUS MakeDirectory(ULONG Number, PHANDLE Directory)
{
    WCHAR Text[NameChars];
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    _snwprintf(Text, NameChars, L"\\Device\\Harddisk%u", Number);
    RtlInitUnicodeString(&Name, Text);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                               nullptr, nullptr);
    return ZwCreateDirectoryObject(Directory, DIRECTORY_ALL_ACCESS, &Attributes);
}

// Whoever makes the directory has the number: disks of other hosts look for theirs at the same time.
NTSTATUS DiskTakeNumber(PULONG Number, PHANDLE Directory)
{
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    for (*Number = 0; Status == STATUS_OBJECT_NAME_COLLISION && *Number < MostDisks; ++*Number) {
        Status = MakeDirectory(*Number, Directory);
        if (Status != STATUS_OBJECT_NAME_COLLISION)
            break;
    }
    return Status;
}

static VOID LinkName(PCWSTR Format, ULONG Number, PWSTR Text, PUNICODE_STRING Name)
{
    _snwprintf(Text, NameChars, Format, Number);
    Text[NameChars - 1] = 0;
    RtlInitUnicodeString(Name, Text);
}

static const PCWSTR LinkFormats[] = {
    L"\\??\\PhysicalDrive%u",
    L"\\Device\\Harddisk%u\\Partition0",
};

// A link of that name is left of a host that ended: it is replaced.
static NTSTATUS MakeLink(PUNICODE_STRING Link, PUNICODE_STRING Target)
{
    NTSTATUS Status = IoCreateSymbolicLink(Link, Target);
    if (Status != STATUS_OBJECT_NAME_COLLISION)
        return Status;
    IoDeleteSymbolicLink(Link);
    return IoCreateSymbolicLink(Link, Target);
}

NTSTATUS DiskMakeLinks(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    WCHAR Text[NameChars];
    UNICODE_STRING Link;
    NTSTATUS Status = STATUS_SUCCESS;
    if (BlockData(Fdo)->Named)
        return STATUS_SUCCESS;
    for (ULONG i = 0; i < RTL_NUMBER_OF(LinkFormats) && NT_SUCCESS(Status); i++) {
        LinkName(LinkFormats[i], Fdo->DeviceNumber, Text, &Link);
        Status = MakeLink(&Link, &Fdo->CommonExtension.DeviceName);
    }
    BlockData(Fdo)->Named = TRUE;
    if (!NT_SUCCESS(Status))
        DiskDeleteLinks(Fdo);
    return Status;
}

VOID DiskDeleteLinks(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    WCHAR Text[NameChars];
    UNICODE_STRING Link;
    if (!BlockData(Fdo)->Named)
        return;
    for (ULONG i = 0; i < RTL_NUMBER_OF(LinkFormats); i++) {
        LinkName(LinkFormats[i], Fdo->DeviceNumber, Text, &Link);
        IoDeleteSymbolicLink(&Link);
    }
    BlockData(Fdo)->Named = FALSE;
}
