#include "disks.h"

enum { DescriptorBytes = 1024 };

typedef union _DESCRIPTOR {
    STORAGE_DESCRIPTOR_HEADER Header;
    STORAGE_DEVICE_DESCRIPTOR Device;
    STORAGE_ADAPTER_DESCRIPTOR Adapter;
    STORAGE_ACCESS_ALIGNMENT_DESCRIPTOR Alignment;
    STORAGE_WRITE_CACHE_PROPERTY Cache;
    DEVICE_TRIM_DESCRIPTOR Trim;
    DEVICE_SEEK_PENALTY_DESCRIPTOR Seek;
    UCHAR Bytes[DescriptorBytes];
} DESCRIPTOR, *PDESCRIPTOR;

// ---- The list: links PhysicalDriveN in the global directory

static BOOLEAN ParseName(PCUNICODE_STRING Name, PULONG Number)
{
    static const UNICODE_STRING Prefix = RTL_CONSTANT_STRING(L"PhysicalDrive");
    UNICODE_STRING Rest = *Name;
    if (!RtlPrefixUnicodeString((PUNICODE_STRING)&Prefix, &Rest, TRUE))
        return FALSE;
    Rest.Buffer += Prefix.Length / sizeof(WCHAR);
    Rest.Length -= Prefix.Length;
    return Rest.Length && NT_SUCCESS(RtlUnicodeStringToInteger(&Rest, 10, Number));
}

static VOID Insert(PULONG Numbers, ULONG Count, ULONG Number)
{
    ULONG Place = Count;
    for (; Place && Numbers[Place - 1] > Number; Place--)
        Numbers[Place] = Numbers[Place - 1];
    Numbers[Place] = Number;
}

ULONG DiskList(PULONG Numbers, ULONG Most)
{
    union {
        OBJECT_DIRECTORY_INFORMATION Entry;
        UCHAR Space[512];
    } Buffer;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\GLOBAL\?\?");
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Directory;
    ULONG Context = 0, Length, Number, Count = 0;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    if (!NT_SUCCESS(NtOpenDirectoryObject(&Directory, DIRECTORY_QUERY, &Attributes)))
        return 0;
    while (Count < Most && NT_SUCCESS(NtQueryDirectoryObject(Directory, &Buffer, sizeof(Buffer),
                                                             TRUE, FALSE, &Context, &Length))) {
        if (ParseName(&Buffer.Entry.Name, &Number))
            Insert(Numbers, Count++, Number);
    }
    NtClose(Directory);
    return Count;
}

// ---- One disk

static BOOLEAN Property(HANDLE File, STORAGE_PROPERTY_ID Id, PDESCRIPTOR Answer)
{
    STORAGE_PROPERTY_QUERY Query = {.PropertyId = Id, .QueryType = PropertyStandardQuery};
    RtlZeroMemory(Answer, sizeof(*Answer));
    return NT_SUCCESS(DeviceControl(File, IOCTL_STORAGE_QUERY_PROPERTY, &Query, sizeof(Query),
                                    Answer, sizeof(*Answer), nullptr));
}

// Appends a text of the descriptor without the blanks around it.
static VOID AppendText(const DESCRIPTOR *Descriptor, ULONG Offset, PWSTR Text)
{
    SIZE_T Length = wcslen(Text);
    ULONG End = Offset;
    if (Offset == 0 || Offset >= DescriptorBytes)
        return;
    while (Descriptor->Bytes[Offset] == ' ' && Offset < DescriptorBytes - 1)
        Offset++;
    for (ULONG i = Offset; i < DescriptorBytes && Descriptor->Bytes[i]; i++) {
        if (Descriptor->Bytes[i] != ' ')
            End = i + 1;
    }
    if (Length && End > Offset && Length < DiskTextChars - 1)
        Text[Length++] = L' ';
    for (ULONG i = Offset; i < End && Length < DiskTextChars - 1; i++) {
        UCHAR Byte = Descriptor->Bytes[i];
        Text[Length++] = Byte >= ' ' && Byte < 0x7F ? Byte : L'?';
    }
    Text[Length] = 0;
}

static VOID QueryNames(HANDLE File, PDISK Disk)
{
    DESCRIPTOR Answer;
    if (!Property(File, StorageDeviceProperty, &Answer))
        return;
    Disk->Bus = Answer.Device.BusType;
    Disk->Removable = Answer.Device.RemovableMedia;
    AppendText(&Answer, Answer.Device.VendorIdOffset, Disk->Model);
    AppendText(&Answer, Answer.Device.ProductIdOffset, Disk->Model);
    AppendText(&Answer, Answer.Device.ProductRevisionOffset, Disk->Revision);
    AppendText(&Answer, Answer.Device.SerialNumberOffset, Disk->Serial);
}

static VOID QuerySize(HANDLE File, PDISK Disk)
{
    DISK_GEOMETRY_EX Geometry = {};
    DESCRIPTOR Answer;
    NTSTATUS Status = DeviceControl(File, IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, nullptr, 0, &Geometry,
                                    sizeof(Geometry), nullptr);
    Disk->NoMedium = Status == STATUS_NO_MEDIA_IN_DEVICE;
    if (NT_SUCCESS(Status)) {
        Disk->Bytes = (ULONGLONG)Geometry.DiskSize.QuadPart;
        Disk->SectorBytes = Geometry.Geometry.BytesPerSector;
    }
    if (Property(File, StorageAccessAlignmentProperty, &Answer))
        Disk->PhysicalBytes = Answer.Alignment.BytesPerPhysicalSector;
    if (Property(File, StorageAdapterProperty, &Answer))
        Disk->MaximumTransfer = Answer.Adapter.MaximumTransferLength;
}

static DISK_ANSWER Answered(BOOLEAN Value)
{
    return Value ? DiskYes : DiskNo;
}

static VOID QueryAbilities(HANDLE File, PDISK Disk)
{
    DESCRIPTOR Answer;
    NTSTATUS Status = DeviceControl(File, IOCTL_DISK_IS_WRITABLE, nullptr, 0, nullptr, 0, nullptr);
    if (NT_SUCCESS(Status) || Status == STATUS_MEDIA_WRITE_PROTECTED)
        Disk->ReadOnly = Answered(!NT_SUCCESS(Status));
    if (Property(File, StorageDeviceWriteCacheProperty, &Answer) &&
        Answer.Cache.WriteCacheEnabled != WriteCacheEnableUnknown)
        Disk->WriteCache = Answered(Answer.Cache.WriteCacheEnabled == WriteCacheEnabled);
    if (Property(File, StorageDeviceTrimProperty, &Answer))
        Disk->Trim = Answered(Answer.Trim.TrimEnabled);
    if (Property(File, StorageDeviceSeekPenaltyProperty, &Answer))
        Disk->Turns = Answered(Answer.Seek.IncursSeekPenalty);
}

VOID DiskQuery(ULONG Number, PDISK Disk)
{
    WCHAR Text[DiskTextChars];
    HANDLE File;
    *Disk = (DISK){.Number = Number};
    _snwprintf(Text, DiskTextChars, L"\\\?\?\\PhysicalDrive%lu", Number);
    Disk->Status = DeviceOpen(Text, FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, &File);
    if (!NT_SUCCESS(Disk->Status))
        return;
    QueryNames(File, Disk);
    QuerySize(File, Disk);
    QueryAbilities(File, Disk);
    DiskQueryHealth(File, Disk);
    DiskQueryFirmware(File, Disk);
    NtClose(File);
}
