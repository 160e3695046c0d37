// Input that a driver looks into: lengths and offsets that fit nearly, names that exist, commands.
#include <ntifs.h>

#include <acpiioct.h>
#include <mountmgr.h>
#include <ntdddisk.h>
#include <ntddscsi.h>
#include <ntddstor.h>

#include "codes.h"

enum { ShapeBytes = 4096 };

typedef ULONG BELOW(ULONG Limit);

// Mostly what it should be.
static ULONG Nearly(BELOW *Below, ULONG Value)
{
    switch (Below(12)) {
    case 0:
        return Value + 1 - Below(3);
    case 1:
        return Below(ShapeBytes);
    case 2:
        return 0xFFFFFFFF - Below(16);
    default:
        return Value;
    }
}

// None that writes, as long as nothing may be destroyed.
static VOID FillCommand(PUCHAR Command, ULONG Length, BELOW *Below)
{
    static const UCHAR Operations[] = {0x00, 0x03, 0x08, 0x12, 0x1A, 0x1B, 0x25, 0x28, 0x2F,
                                       0x35, 0x4D, 0x5A, 0x5E, 0x85, 0x88, 0x9E, 0xA0, 0xA1};
    for (ULONG i = 0; i < Length; i++)
        Command[i] = Below(3) ? 0 : (UCHAR)Below(256);
    if (!FuzzMayDestroy || Below(4))
        Command[0] = Operations[Below(sizeof(Operations))];
}

static ULONG ShapeScsi(PVOID Buffer, BELOW *Below)
{
    PSCSI_PASS_THROUGH Pass = Buffer;
    ULONG Data = Below(2) ? 512 * Below(6) : Below(1024);
    *Pass = (SCSI_PASS_THROUGH){
        .Length = (USHORT)Nearly(Below, sizeof(*Pass)),
        .PathId = (UCHAR)Nearly(Below, 0),
        .TargetId = (UCHAR)Nearly(Below, 0),
        .CdbLength = (UCHAR)Nearly(Below, 6 + 2 * Below(6)),
        .SenseInfoLength = (UCHAR)Nearly(Below, 32),
        .DataIn = (UCHAR)Below(4),
        .DataTransferLength = Nearly(Below, Data),
        .TimeOutValue = Nearly(Below, 2),
        .DataBufferOffset = Nearly(Below, sizeof(*Pass) + 32),
        .SenseInfoOffset = Nearly(Below, sizeof(*Pass)),
    };
    FillCommand(Pass->Cdb, sizeof(Pass->Cdb), Below);
    return sizeof(*Pass) + 32 + Data;
}

static ULONG ShapeScsiDirect(PVOID Buffer, BELOW *Below)
{
    PSCSI_PASS_THROUGH_DIRECT Pass = Buffer;
    *Pass = (SCSI_PASS_THROUGH_DIRECT){
        .Length = (USHORT)Nearly(Below, sizeof(*Pass)),
        .CdbLength = (UCHAR)Nearly(Below, 6 + 2 * Below(6)),
        .SenseInfoLength = (UCHAR)Nearly(Below, 32),
        .DataIn = (UCHAR)Below(4),
        .DataTransferLength = Nearly(Below, 512 * Below(4)),
        .TimeOutValue = Nearly(Below, 2),
        .DataBuffer = Below(8) ? (PUCHAR)Buffer + 1024 + Below(512) : (PVOID)(ULONG_PTR)Below(99),
        .SenseInfoOffset = Nearly(Below, sizeof(*Pass)),
    };
    FillCommand(Pass->Cdb, sizeof(Pass->Cdb), Below);
    return sizeof(*Pass) + 32;
}

static ULONG ShapeAta(PVOID Buffer, BELOW *Below)
{
    static const UCHAR Commands[] = {0x00, 0x08, 0x20, 0x24, 0x2F, 0x40, 0xB0,
                                     0xE5, 0xE7, 0xEC, 0xEF, 0xF5, 0xF8};
    PATA_PASS_THROUGH_EX Pass = Buffer;
    *Pass = (ATA_PASS_THROUGH_EX){
        .Length = (USHORT)Nearly(Below, sizeof(*Pass)),
        .AtaFlags = (USHORT)Below(64),
        .DataTransferLength = Nearly(Below, 512 * Below(4)),
        .TimeOutValue = Nearly(Below, 2),
        .DataBufferOffset = Nearly(Below, sizeof(*Pass)),
    };
    for (ULONG i = 0; i < 8; i++) {
        Pass->CurrentTaskFile[i] = (UCHAR)Below(256);
        Pass->PreviousTaskFile[i] = (UCHAR)Below(2);
    }
    Pass->CurrentTaskFile[6] = Commands[Below(sizeof(Commands))];
    return sizeof(*Pass) + 1536;
}

static ULONG ShapeProperty(PVOID Buffer, BELOW *Below)
{
    PSTORAGE_PROPERTY_QUERY Query = Buffer;
    Query->PropertyId = (STORAGE_PROPERTY_ID)Nearly(Below, Below(66));
    Query->QueryType = (STORAGE_QUERY_TYPE)Nearly(Below, Below(2));
    return sizeof(*Query) + Below(64);
}

static ULONG ShapeMethod(PVOID Buffer, BELOW *Below)
{
    static const CHAR Names[][4] = {"_STA", "_CRS", "_PRS", "_HID", "_UID", "_PRT", "_ADR",
                                    "_BBN", "_S3_", "_DIS", "_DSM", "_OSC", "XXXX", "_STA"};
    static const ULONG Signatures[] = {
        ACPI_EVAL_INPUT_BUFFER_SIGNATURE, ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER_SIGNATURE,
        ACPI_EVAL_INPUT_BUFFER_SIMPLE_STRING_SIGNATURE, ACPI_EVAL_INPUT_BUFFER_COMPLEX_SIGNATURE};
    PACPI_EVAL_INPUT_BUFFER_COMPLEX Input = Buffer;
    ULONG Size = Below(256);
    Input->Signature = Signatures[Below(RTL_NUMBER_OF(Signatures))];
    RtlCopyMemory(Input->MethodName, Names[Below(RTL_NUMBER_OF(Names))], 4);
    Input->Size = Nearly(Below, Size);
    Input->ArgumentCount = Nearly(Below, Below(5));
    for (ULONG i = 0; i < 5; i++) {
        PACPI_METHOD_ARGUMENT Argument =
            (PACPI_METHOD_ARGUMENT)((PUCHAR)&Input->Argument[0] + 12 * i);
        Argument->Type = (USHORT)Below(5);
        Argument->DataLength = (USHORT)Nearly(Below, 8);
    }
    return sizeof(*Input) + Size;
}

// MOUNTMGR_MOUNT_POINT, MOUNTMGR_CREATE_POINT_INPUT, MOUNTMGR_TARGET_NAME: offsets and lengths of names.
static ULONG ShapePoint(PVOID Buffer, BELOW *Below)
{
    static const WCHAR Names[] =
        L"\\Device\\HarddiskVolume1\\DosDevices\\Q:\\??\\Volume{00000000-}";
    PULONG Words = Buffer;
    RtlCopyMemory((PUCHAR)Buffer + 24, Names, sizeof(Names));
    for (ULONG i = 0; i < 6; i += 2) {
        Words[i] = Nearly(Below, Below(3) ? 24 + 2 * Below(40) : 0);
        Words[i + 1] = Nearly(Below, 2 * Below(24));
    }
    return 24 + sizeof(Names);
}

static ULONG ShapeTarget(PVOID Buffer, BELOW *Below)
{
    static const WCHAR Names[] = L"\\Device\\HarddiskVolume1";
    PMOUNTMGR_TARGET_NAME Target = Buffer;
    Target->DeviceNameLength = (USHORT)Nearly(Below, sizeof(Names) - sizeof(WCHAR));
    RtlCopyMemory(Target->DeviceName, Names, sizeof(Names));
    return sizeof(*Target) + sizeof(Names);
}

static ULONG ShapeLayout(PVOID Buffer, BELOW *Below)
{
    PDRIVE_LAYOUT_INFORMATION_EX Layout = Buffer;
    RtlZeroMemory(Layout, ShapeBytes);
    Layout->PartitionStyle = Nearly(Below, Below(3));
    Layout->PartitionCount = Nearly(Below, 4);
    for (ULONG i = 0; i < 8; i++) {
        PPARTITION_INFORMATION_EX Entry = &Layout->PartitionEntry[i];
        Entry->PartitionStyle = (PARTITION_STYLE)Nearly(Below, Layout->PartitionStyle);
        Entry->StartingOffset.QuadPart = Nearly(Below, (i + 1) << 20);
        Entry->PartitionLength.QuadPart = Nearly(Below, 1 << 20);
        Entry->PartitionNumber = Nearly(Below, i + 1);
        Entry->RewritePartition = (BOOLEAN)Below(2);
        Entry->Mbr.PartitionType = (UCHAR)Below(16);
    }
    return FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION_EX, PartitionEntry[Below(9)]);
}

static ULONG ShapeRange(PVOID Buffer, BELOW *Below)
{
    PVERIFY_INFORMATION Range = Buffer;
    Range->StartingOffset.QuadPart = Nearly(Below, Below(1024) << 9);
    Range->Length = Nearly(Below, Below(64) << 9);
    return sizeof(*Range);
}

static const struct {
    ULONG Code;
    ULONG (*Make)(PVOID Buffer, BELOW *Below);
} Shapes[] = {
    {IOCTL_SCSI_PASS_THROUGH, ShapeScsi},
    {IOCTL_SCSI_PASS_THROUGH_DIRECT, ShapeScsiDirect},
    {IOCTL_ATA_PASS_THROUGH, ShapeAta},
    {IOCTL_STORAGE_QUERY_PROPERTY, ShapeProperty},
    {IOCTL_ACPI_EVAL_METHOD, ShapeMethod},
    {IOCTL_ACPI_ASYNC_EVAL_METHOD, ShapeMethod},
    {IOCTL_MOUNTMGR_CREATE_POINT, ShapePoint},
    {IOCTL_MOUNTMGR_DELETE_POINTS, ShapePoint},
    {IOCTL_MOUNTMGR_DELETE_POINTS_DBONLY, ShapePoint},
    {IOCTL_MOUNTMGR_QUERY_POINTS, ShapePoint},
    {IOCTL_MOUNTMGR_NEXT_DRIVE_LETTER, ShapeTarget},
    {IOCTL_MOUNTMGR_QUERY_DOS_VOLUME_PATH, ShapeTarget},
    {IOCTL_MOUNTMGR_QUERY_DOS_VOLUME_PATHS, ShapeTarget},
    {IOCTL_MOUNTMGR_KEEP_LINKS_WHEN_OFFLINE, ShapeTarget},
    {IOCTL_MOUNTMGR_VOLUME_ARRIVAL_NOTIFICATION, ShapeTarget},
    {IOCTL_DISK_SET_DRIVE_LAYOUT_EX, ShapeLayout},
    {IOCTL_DISK_VERIFY, ShapeRange},
};

ULONG FuzzShape(ULONG Code, PVOID Buffer, BELOW *Below)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(Shapes); i++)
        if (Shapes[i].Code == Code)
            return Shapes[i].Make(Buffer, Below);
    return 0;
}
