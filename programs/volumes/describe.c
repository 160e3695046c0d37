// What a volume says of itself, in words.
#include "volumes.h"

NTSTATUS AskVolume(PCWSTR Device, VOLUME_FACTS *Facts)
{
    VOLUME_DISK_EXTENTS Extents = {};
    HANDLE File;
    memset(Facts, 0, sizeof(*Facts));
    NTSTATUS Status =
        DeviceOpen(Device, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = DeviceControl(File, IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS, nullptr, 0, &Extents,
                           sizeof(Extents), nullptr);
    if (NT_SUCCESS(Status))
        Status = DeviceControl(File, IOCTL_DISK_GET_PARTITION_INFO_EX, nullptr, 0,
                               &Facts->Information, sizeof(Facts->Information), nullptr);
    NtClose(File);
    Facts->Disk = Extents.Extents[0].DiskNumber;
    Facts->Start = (ULONGLONG)Extents.Extents[0].StartingOffset.QuadPart;
    Facts->Length = (ULONGLONG)Extents.Extents[0].ExtentLength.QuadPart;
    Facts->Partition = Facts->Information.PartitionNumber;
    return Status;
}

// ---- Types

typedef struct _GPT_TYPE {
    GUID Type;
    PCWSTR Text;
} GPT_TYPE;

static const GPT_TYPE GptTypes[] = {
    {{0xEBD0A0A2, 0xB9E5, 0x4433, {0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7}}, L"Basic data"},
    {{0xC12A7328, 0xF81F, 0x11D2, {0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B}}, L"EFI system"},
    {{0xE3C9E316, 0x0B5C, 0x4DB8, {0x81, 0x7D, 0xF9, 0x2D, 0xF0, 0x02, 0x15, 0xAE}}, L"Reserved"},
    {{0xDE94BBA4, 0x06D1, 0x4D40, {0xA1, 0x6A, 0xBF, 0xD5, 0x01, 0x79, 0xD6, 0xAC}}, L"Recovery"},
    {{0x0FC63DAF, 0x8483, 0x4772, {0x8E, 0x79, 0x3D, 0x69, 0xD8, 0x47, 0x7D, 0xE4}}, L"Linux"},
    {{0x21686148, 0x6449, 0x6E6F, {0x74, 0x4E, 0x65, 0x65, 0x64, 0x45, 0x46, 0x49}}, L"BIOS boot"},
};

static const struct {
    UCHAR Type;
    PCWSTR Text;
} MbrTypes[] = {
    {0x01, L"FAT12"}, {0x04, L"FAT16"}, {0x06, L"FAT16"},      {0x07, L"NTFS/exFAT"},
    {0x0B, L"FAT32"}, {0x0C, L"FAT32"}, {0x0E, L"FAT16"},      {0x27, L"Recovery"},
    {0x82, L"Swap"},  {0x83, L"Linux"}, {0xEF, L"EFI system"},
};

PCWSTR ContentsText(const PARTITION_INFORMATION_EX *Information)
{
    static WCHAR Text[16];
    if (Information->PartitionStyle == PARTITION_STYLE_GPT) {
        for (ULONG i = 0; i < RTL_NUMBER_OF(GptTypes); i++) {
            if (memcmp(&GptTypes[i].Type, &Information->Gpt.PartitionType, sizeof(GUID)) == 0)
                return GptTypes[i].Text;
        }
        return L"Other";
    }
    if (Information->PartitionStyle != PARTITION_STYLE_MBR)
        return L"No table";
    for (ULONG i = 0; i < RTL_NUMBER_OF(MbrTypes); i++) {
        if (MbrTypes[i].Type == Information->Mbr.PartitionType)
            return MbrTypes[i].Text;
    }
    _snwprintf(Text, RTL_NUMBER_OF(Text), L"Type %02Xh", Information->Mbr.PartitionType);
    return Text;
}

// Three digits, as people write sizes of disks: powers of 1024.
VOID SizeText(ULONGLONG Bytes, PWSTR Text, ULONG Chars)
{
    static const PCWSTR Units[] = {L"B", L"KB", L"MB", L"GB", L"TB", L"PB"};
    ULONG Unit = 0;
    ULONGLONG Tenths = Bytes * 10;
    while (Tenths >= 10240 && Unit + 1 < RTL_NUMBER_OF(Units)) {
        Tenths = (Tenths + 512) / 1024;
        Unit++;
    }
    if (Unit && Tenths < 1000 && Tenths % 10)
        _snwprintf(Text, Chars, L"%I64u.%I64u %ws", Tenths / 10, Tenths % 10, Units[Unit]);
    else
        _snwprintf(Text, Chars, L"%I64u %ws", (Tenths + 5) / 10, Units[Unit]);
    Text[Chars - 1] = 0;
}
