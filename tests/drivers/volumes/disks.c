// Disks of the RAM bus, and their layouts.
#include "suite.h"

const GUID BasicData = {
    0xEBD0A0A2, 0xB9E5, 0x4433, {0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7}};

static union {
    DRIVE_LAYOUT_INFORMATION_EX Layout;
    UCHAR Space[FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION_EX, PartitionEntry) +
                140 * sizeof(PARTITION_INFORMATION_EX)];
} Wanted, Found;

// ---- The bus

static NTSTATUS RamAsk(ULONG Code, RAM_REQUEST *Request, PVOID Output, ULONG OutputLength)
{
    return ControlByName(L"\\Device\\RamBus", Code, Request, sizeof(*Request), Output,
                         OutputLength);
}

NTSTATUS RamControl(ULONG Code, ULONG Slot, ULONGLONG Offset, ULONG Length)
{
    RAM_REQUEST Request = {.Medium = Slot, .Offset = Offset, .Length = Length};
    return RamAsk(Code, &Request, nullptr, 0);
}

VOID MakeMedium(ULONG Slot, ULONGLONG Sectors, ULONG SectorSize, BOOLEAN Removable)
{
    RAM_REQUEST Request = {
        .Medium = Slot, .Sectors = Sectors, .SectorSize = SectorSize, .Removable = Removable};
    CHECK_STATUS(RamAsk(RAM_MAKE, &Request, nullptr, 0), STATUS_SUCCESS);
}

// Asked by hand, the PnP manager enumerates at once: what comes below is queued behind it, and so is what is asked
// next. The tree has four levels: bus, disk, partition, volume.
VOID Settle(VOID)
{
    LARGE_INTEGER Interval = TestMilliseconds(20);
    for (ULONG i = 0; i < 6; i++) {
        PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
        RtlInitUnicodeString(&Data.DeviceInstance, BUS_PATH);
        CHECK_STATUS(NtPlugPlayControl(PlugPlayControlEnumerateDevice, &Data, sizeof(Data)),
                     STATUS_SUCCESS);
    }
    NtDelayExecution(FALSE, &Interval); // the mount manager hears of it on a thread of its own
}

VOID AddDisk(ULONG Slot)
{
    CHECK_STATUS(RamControl(RAM_ADD, Slot, 0, 0), STATUS_SUCCESS);
    Settle();
}

VOID PullDisk(ULONG Slot)
{
    CHECK_STATUS(RamControl(RAM_PULL, Slot, 0, 0), STATUS_SUCCESS);
    Settle();
}

VOID Peek(ULONG Slot, ULONGLONG Offset, PVOID Buffer, ULONG Length)
{
    RAM_REQUEST Request = {.Medium = Slot, .Offset = Offset, .Length = Length};
    CHECK_STATUS(RamAsk(RAM_PEEK, &Request, Buffer, Length), STATUS_SUCCESS);
}

VOID Poke(ULONG Slot, ULONGLONG Offset, const VOID *Data, ULONG Length)
{
    static struct {
        RAM_REQUEST Request;
        UCHAR Data[RAM_BLOCK];
    } Block;
    Block.Request = (RAM_REQUEST){.Medium = Slot, .Offset = Offset, .Length = Length};
    memcpy(Block.Data, Data, Length);
    CHECK_STATUS(ControlByName(L"\\Device\\RamBus", RAM_POKE, &Block,
                               sizeof(Block.Request) + Length, nullptr, 0),
                 STATUS_SUCCESS);
}

RAM_COUNTS Counts(ULONG Slot)
{
    RAM_REQUEST Request = {.Medium = Slot};
    RAM_COUNTS Answer = {};
    CHECK_STATUS(RamAsk(RAM_COUNT, &Request, &Answer, sizeof(Answer)), STATUS_SUCCESS);
    return Answer;
}

HANDLE OpenDisk(ULONG Number)
{
    WCHAR Name[TextChars];
    HANDLE Disk = nullptr;
    _snwprintf(Name, TextChars, L"\\Device\\Harddisk%lu\\DR%lu", Number, Number);
    return CHECK_STATUS(OpenDevice(Name, &Disk), STATUS_SUCCESS) ? Disk : nullptr;
}

// ---- Layouts

GUID MakeGuid(ULONG Seed)
{
    return (GUID){Seed, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}};
}

PDRIVE_LAYOUT_INFORMATION_EX BeginLayout(PARTITION_STYLE Style, ULONG Seed)
{
    memset(&Wanted, 0, sizeof(Wanted));
    Wanted.Layout.PartitionStyle = Style;
    if (Style == PARTITION_STYLE_GPT)
        Wanted.Layout.Gpt.DiskId = MakeGuid(Seed);
    else
        Wanted.Layout.Mbr.Signature = Seed;
    return &Wanted.Layout;
}

static PPARTITION_INFORMATION_EX AddEntry(ULONGLONG Start, ULONGLONG Sectors)
{
    PPARTITION_INFORMATION_EX Entry = &Wanted.Layout.PartitionEntry[Wanted.Layout.PartitionCount++];
    Entry->PartitionStyle = (PARTITION_STYLE)Wanted.Layout.PartitionStyle;
    Entry->StartingOffset.QuadPart = (LONGLONG)(Start * SectorBytes);
    Entry->PartitionLength.QuadPart = (LONGLONG)(Sectors * SectorBytes);
    Entry->RewritePartition = TRUE;
    return Entry;
}

VOID AddGpt(ULONG Seed, ULONGLONG Start, ULONGLONG Sectors)
{
    PPARTITION_INFORMATION_EX Entry = AddEntry(Start, Sectors);
    Entry->Gpt.PartitionType = BasicData;
    Entry->Gpt.PartitionId = MakeGuid(Seed);
    wcscpy(Entry->Gpt.Name, L"Basic data partition");
}

VOID AddMbr(UCHAR Type, ULONGLONG Start, ULONGLONG Sectors)
{
    AddEntry(Start, Sectors)->Mbr.PartitionType = Type;
}

NTSTATUS SetLayout(HANDLE Disk)
{
    NTSTATUS Status = Control(Disk, IOCTL_DISK_SET_DRIVE_LAYOUT_EX, &Wanted,
                              FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION_EX, PartitionEntry) +
                                  Wanted.Layout.PartitionCount * sizeof(PARTITION_INFORMATION_EX),
                              nullptr, 0, nullptr);
    Settle();
    return Status;
}

PDRIVE_LAYOUT_INFORMATION_EX GetLayout(HANDLE Disk)
{
    memset(&Found, 0xCC, sizeof(Found));
    NTSTATUS Status =
        Control(Disk, IOCTL_DISK_GET_DRIVE_LAYOUT_EX, nullptr, 0, &Found, sizeof(Found), nullptr);
    return CHECK_STATUS(Status, STATUS_SUCCESS) ? &Found.Layout : nullptr;
}
