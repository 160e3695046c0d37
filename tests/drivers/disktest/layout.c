// layout TARGET gpt|mbr SIZE ...: a new table with partitions of these sizes.
#include "disktest.h"

enum {
    IOCTL_DISK_UPDATE_PROPERTIES = 0x00070140,
    IOCTL_DISK_SET_DRIVE_LAYOUT_EX = 0x0007C054,
    IOCTL_DISK_CREATE_DISK = 0x0007C058,
    DtMostPartitions = 16,
};

typedef enum { PARTITION_STYLE_MBR, PARTITION_STYLE_GPT } PARTITION_STYLE;

typedef struct {
    PARTITION_STYLE PartitionStyle;
    union {
        ULONG Signature;
        struct {
            GUID DiskId;
            ULONG MaxPartitionCount;
        } Gpt;
    };
} CREATE_DISK;

typedef struct {
    PARTITION_STYLE PartitionStyle;
    LARGE_INTEGER StartingOffset, PartitionLength;
    ULONG PartitionNumber;
    BOOLEAN RewritePartition, IsServicePartition;
    union {
        struct {
            UCHAR PartitionType;
            BOOLEAN BootIndicator, RecognizedPartition;
            ULONG HiddenSectors;
            GUID PartitionId;
        } Mbr;
        struct {
            GUID PartitionType, PartitionId;
            ULONGLONG Attributes;
            WCHAR Name[36];
        } Gpt;
    };
} PARTITION_INFORMATION_EX;

typedef struct {
    ULONG PartitionStyle, PartitionCount;
    union {
        struct {
            ULONG Signature, CheckSum;
        } Mbr;
        struct {
            GUID DiskId;
            LARGE_INTEGER StartingUsableOffset, UsableLength;
            ULONG MaxPartitionCount;
        } Gpt;
    };
    PARTITION_INFORMATION_EX PartitionEntry[DtMostPartitions];
} DRIVE_LAYOUT;

static_assert(sizeof(PARTITION_INFORMATION_EX) == 144);
static_assert(FIELD_OFFSET(DRIVE_LAYOUT, PartitionEntry) == 48);

static const GUID DtBasicData = {
    0xEBD0A0A2, 0xB9E5, 0x4433, {0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7}};

static GUID DtGuid(ULONG Number)
{
    return (GUID){0x70D15C00 + Number, 0x1234, 0x4567, {0x89, 0xAB, 0, 1, 2, 3, 4, 5}};
}

static VOID DtDescribe(PARTITION_INFORMATION_EX *Entry, BOOLEAN Gpt, ULONGLONG Begin,
                       ULONGLONG Length, ULONG Number)
{
    *Entry = (PARTITION_INFORMATION_EX){.PartitionStyle =
                                            Gpt ? PARTITION_STYLE_GPT : PARTITION_STYLE_MBR,
                                        .StartingOffset.QuadPart = (LONGLONG)Begin,
                                        .PartitionLength.QuadPart = (LONGLONG)Length,
                                        .PartitionNumber = Number,
                                        .RewritePartition = TRUE};
    if (Gpt) {
        Entry->Gpt.PartitionType = DtBasicData;
        Entry->Gpt.PartitionId = DtGuid(Number);
    } else {
        Entry->Mbr.PartitionType = 7;
        Entry->Mbr.RecognizedPartition = TRUE;
    }
}

NTSTATUS DtLayout(PDT_TARGET Target, PWSTR *Words, ULONG Count)
{
    static DRIVE_LAYOUT Layout;
    BOOLEAN Gpt = !_wcsicmp(Words[1], L"gpt");
    CREATE_DISK Create = {.PartitionStyle = Gpt ? PARTITION_STYLE_GPT : PARTITION_STYLE_MBR};
    ULONGLONG Begin = 1 << 20;
    if (Gpt)
        Create.Gpt.DiskId = Layout.Gpt.DiskId = DtGuid(0);
    else
        Create.Signature = Layout.Mbr.Signature = 0x70D15C;
    Layout.PartitionStyle = Create.PartitionStyle;
    for (ULONG i = 2; i < Count && i - 2 < DtMostPartitions; i++) {
        ULONGLONG Length = DtNumber(Words[i]);
        DtDescribe(&Layout.PartitionEntry[Layout.PartitionCount++], Gpt, Begin, Length, i - 1);
        Begin += Length;
    }
    NTSTATUS Status =
        DtControl(Target, IOCTL_DISK_CREATE_DISK, &Create, sizeof(Create), nullptr, 0);
    if (NT_SUCCESS(Status))
        Status = DtControl(Target, IOCTL_DISK_UPDATE_PROPERTIES, nullptr, 0, nullptr, 0);
    ULONG Bytes = FIELD_OFFSET(DRIVE_LAYOUT, PartitionEntry[Layout.PartitionCount]);
    if (NT_SUCCESS(Status))
        Status = DtControl(Target, IOCTL_DISK_SET_DRIVE_LAYOUT_EX, &Layout, Bytes, &Layout, Bytes);
    ConPrint(L"layout: status %08lx\n", Status);
    return Status;
}
