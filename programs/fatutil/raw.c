// A volume as a whole.
#include "raw.h"

// ---- The store

static bool RawRead(void *Context, uint64_t Offset, uint32_t Length, void *Buffer)
{
    PRAW_VOLUME Volume = Context;
    LARGE_INTEGER Place = {.QuadPart = (LONGLONG)Offset};
    IO_STATUS_BLOCK IoStatus = {};
    NTSTATUS Status = NtReadFile(Volume->File, nullptr, nullptr, nullptr, &IoStatus, Buffer, Length,
                                 &Place, nullptr);
    if (NT_SUCCESS(Status) && IoStatus.Information != Length)
        Status = STATUS_END_OF_FILE;
    if (!NT_SUCCESS(Status))
        Volume->Failed = Status;
    return NT_SUCCESS(Status);
}

static bool RawWrite(void *Context, uint64_t Offset, uint32_t Length, const void *Buffer)
{
    PRAW_VOLUME Volume = Context;
    LARGE_INTEGER Place = {.QuadPart = (LONGLONG)Offset};
    IO_STATUS_BLOCK IoStatus = {};
    NTSTATUS Status = NtWriteFile(Volume->File, nullptr, nullptr, nullptr, &IoStatus,
                                  (PVOID)(ULONG_PTR)Buffer, Length, &Place, nullptr);
    if (NT_SUCCESS(Status) && IoStatus.Information != Length)
        Status = STATUS_END_OF_FILE;
    if (!NT_SUCCESS(Status))
        Volume->Failed = Status;
    return NT_SUCCESS(Status);
}

// What has no cache need not know the request.
static bool RawBarrier(void *Context)
{
    PRAW_VOLUME Volume = Context;
    IO_STATUS_BLOCK IoStatus = {};
    NTSTATUS Status = NtFlushBuffersFile(Volume->File, &IoStatus);
    if (Status == STATUS_INVALID_DEVICE_REQUEST || Status == STATUS_NOT_IMPLEMENTED)
        Status = STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        Volume->Failed = Status;
    return NT_SUCCESS(Status);
}

static void *RawAllocate(size_t Size)
{
    return RtlAllocateHeap(RtlProcessHeap(), 0, Size);
}

static void RawFree(void *Memory)
{
    RtlFreeHeap(RtlProcessHeap(), 0, Memory);
}

static uint16_t RawUpcase(uint16_t Character)
{
    return RtlUpcaseUnicodeChar(Character);
}

static uint8_t RawToOem(uint16_t Character)
{
    CHAR Oem[4];
    ULONG Length;
    WCHAR Wide = Character;
    if (Character < 0x80)
        return (uint8_t)Character;
    NTSTATUS Status = RtlUnicodeToOemN(Oem, sizeof(Oem), &Length, &Wide, sizeof(Wide));
    // What is not in the code page comes as a question mark.
    return NT_SUCCESS(Status) && Length == 1 && Oem[0] != '?' ? (uint8_t)Oem[0] : 0;
}

static uint16_t RawFromOem(uint8_t Character)
{
    WCHAR Wide = 0;
    ULONG Length;
    CHAR Oem = (CHAR)Character;
    if (Character >= 0x80)
        (VOID) RtlOemToUnicodeN(&Wide, sizeof(Wide), &Length, &Oem, 1);
    return Character < 0x80 ? Character : Wide;
}

// ---- What it is

static NTSTATUS RawMeasure(PRAW_VOLUME Volume)
{
    DISK_GEOMETRY Geometry = {};
    GET_LENGTH_INFORMATION Length = {};
    NTSTATUS Status = DeviceControl(Volume->File, IOCTL_DISK_GET_DRIVE_GEOMETRY, nullptr, 0,
                                    &Geometry, sizeof(Geometry), nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = DeviceControl(Volume->File, IOCTL_DISK_GET_LENGTH_INFO, nullptr, 0, &Length,
                           sizeof(Length), nullptr);
    Volume->Store = (FAT_STORE){
        .Read = RawRead,
        .Write = RawWrite,
        .Barrier = RawBarrier,
        .Allocate = RawAllocate,
        .Free = RawFree,
        .Upcase = RawUpcase,
        .ToOem = RawToOem,
        .FromOem = RawFromOem,
        .Context = Volume,
        .Bytes = (ULONGLONG)Length.Length.QuadPart,
        .SectorSize = Geometry.BytesPerSector,
    };
    Volume->SectorsPerTrack = Geometry.SectorsPerTrack;
    Volume->Heads = Geometry.TracksPerCylinder;
    Volume->Removable = Geometry.MediaType != FixedMedia;
    if (!NT_SUCCESS(Status) || !Geometry.BytesPerSector)
        return NT_SUCCESS(Status) ? STATUS_UNRECOGNIZED_MEDIA : Status;
    Volume->HasPartition =
        NT_SUCCESS(DeviceControl(Volume->File, IOCTL_DISK_GET_PARTITION_INFO_EX, nullptr, 0,
                                 &Volume->Partition, sizeof(Volume->Partition), nullptr));
    if (Volume->HasPartition)
        Volume->HiddenSectors =
            (ULONG)(Volume->Partition.StartingOffset.QuadPart / Geometry.BytesPerSector);
    return STATUS_SUCCESS;
}

static BOOLEAN RawResolve(PCWSTR Link, PWSTR Target, ULONG Chars)
{
    UNICODE_STRING Name, Text = {0, (USHORT)((Chars - 1) * sizeof(WCHAR)), Target};
    RtlInitUnicodeString(&Name, Link);
    if (!NT_SUCCESS(ObjReadLink(nullptr, &Name, &Text)))
        return FALSE;
    Target[Text.Length / sizeof(WCHAR)] = 0;
    return TRUE;
}

// \SystemRoot is a link to a directory of the device that the volume's own link leads to.
static BOOLEAN RawIsSystem(PCWSTR Path)
{
    WCHAR Device[RawNameChars], Root[RawNameChars];
    if (!RawResolve(Path, Device, RawNameChars))
        wcscpy(Device, Path);
    SIZE_T Length = wcslen(Device);
    return RawResolve(L"\\SystemRoot", Root, RawNameChars) && !_wcsnicmp(Root, Device, Length) &&
           (!Root[Length] || Root[Length] == L'\\');
}

// FSCTL_IS_VOLUME_DIRTY of Windows' <winioctl.h>.
#define RAW_IS_VOLUME_DIRTY CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 30, METHOD_BUFFERED, FILE_ANY_ACCESS)

// ---- Opening

static BOOLEAN RawMakePath(PCWSTR Name, PRAW_VOLUME Volume)
{
    SIZE_T Length = wcslen(Name);
    if (!Length || Length >= RawNameChars - 8)
        return FALSE;
    wcscpy(Volume->Shown, Name);
    if (Name[1] == L':' && (!Name[2] || (Name[2] == L'\\' && !Name[3])) && iswalpha(Name[0])) {
        Volume->Shown[0] = (WCHAR)towupper(Name[0]);
        Volume->Shown[2] = 0;
        _snwprintf(Volume->Path, RawNameChars, L"\\??\\%ws", Volume->Shown);
        return TRUE;
    }
    if (!_wcsnicmp(Name, L"\\??\\", 4)) {
        wcscpy(Volume->Shown, Name + 4);
        wcscpy(Volume->Path, Name);
        return TRUE;
    }
    if (!_wcsnicmp(Name, L"\\\\?\\Volume{", 11) || !_wcsnicmp(Name, L"\\Device\\", 8)) {
        wcscpy(Volume->Path, Name);
        if (Name[1] == L'\\')
            Volume->Path[1] = L'?'; // the names of Windows and of NT differ in this
        if (Volume->Path[Length - 1] == L'\\')
            Volume->Path[Length - 1] = 0;
        return TRUE;
    }
    return FALSE;
}

static NTSTATUS RawOpenFile(PRAW_VOLUME Volume, BOOLEAN Write)
{
    ACCESS_MASK Access = FILE_GENERIC_READ | (Write ? FILE_GENERIC_WRITE : 0);
    return DeviceOpen(Volume->Path, Access, FILE_SHARE_READ | FILE_SHARE_WRITE, &Volume->File);
}

NTSTATUS RawOpen(PCWSTR Name, BOOLEAN Write, PRAW_VOLUME Volume)
{
    memset(Volume, 0, sizeof(*Volume));
    if (!RawMakePath(Name, Volume))
        return STATUS_OBJECT_NAME_INVALID;
    Volume->IsSystem = RawIsSystem(Volume->Path);
    NTSTATUS Status = RawOpenFile(Volume, Write);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = RawMeasure(Volume);
    if (!NT_SUCCESS(Status)) {
        RawClose(Volume);
        return Status;
    }
    Volume->Known = NT_SUCCESS(VolumeAskNames(Volume->File, &Volume->Names));
    return STATUS_SUCCESS;
}

VOID RawClose(PRAW_VOLUME Volume)
{
    NtClose(Volume->File);
    Volume->File = nullptr;
}

// Flushing takes the right to write, which a volume that is only looked at was not opened with.
VOID RawFlushMounted(PRAW_VOLUME Volume)
{
    RAW_VOLUME Writable = *Volume;
    IO_STATUS_BLOCK IoStatus;
    if (!NT_SUCCESS(RawOpenFile(&Writable, TRUE)))
        return; // write-protected: nothing waits to be written
    (VOID) NtFlushBuffersFile(Writable.File, &IoStatus);
    RawClose(&Writable);
}

// ---- Locking and dismounting

static NTSTATUS RawControl(PRAW_VOLUME Volume, ULONG Code)
{
    IO_STATUS_BLOCK IoStatus;
    return NtFsControlFile(Volume->File, nullptr, nullptr, nullptr, &IoStatus, Code, nullptr, 0,
                           nullptr, 0);
}

static NTSTATUS RawLock(PRAW_VOLUME Volume)
{
    NTSTATUS Status = RawControl(Volume, FSCTL_LOCK_VOLUME);
    // The end of the partition may lie behind that of the volume. The raw file system knows no difference.
    if (NT_SUCCESS(Status))
        (VOID) RawControl(Volume, FSCTL_ALLOW_EXTENDED_DASD_IO);
    return Status;
}

static NTSTATUS RawForceDismount(PRAW_VOLUME Volume)
{
    NTSTATUS Status = RawControl(Volume, FSCTL_DISMOUNT_VOLUME);
    RawClose(Volume);
    return NT_SUCCESS(Status) ? RawOpenFile(Volume, TRUE) : Status;
}

NTSTATUS RawLockOrDismount(PRAW_VOLUME Volume, PCWSTR Program, BOOLEAN Force)
{
    NTSTATUS Status = RawLock(Volume);
    if (Status != STATUS_ACCESS_DENIED)
        return Status;
    ConPrint(L"%ws cannot run because the volume is in use by another process.  %ws may\n"
             L"run if this volume is dismounted first.\n"
             L"ALL OPENED HANDLES TO THIS VOLUME WOULD THEN BE INVALID.\n",
             Program, Program);
    if (!Force && !ConAsk(L"Would you like to force a dismount on this volume?", FALSE))
        return Status;
    Status = RawForceDismount(Volume);
    return NT_SUCCESS(Status) ? RawLock(Volume) : Status;
}

NTSTATUS RawDismount(PRAW_VOLUME Volume)
{
    return RawControl(Volume, FSCTL_DISMOUNT_VOLUME);
}

// ---- The mark of an unclean end

BOOLEAN RawIsDirty(const RAW_VOLUME *Volume)
{
    constexpr ULONG IsDirty = 1; // VOLUME_IS_DIRTY
    ULONG Answer = 0;
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status = NtFsControlFile(Volume->File, nullptr, nullptr, nullptr, &IoStatus,
                                      RAW_IS_VOLUME_DIRTY, nullptr, 0, &Answer, sizeof(Answer));
    return NT_SUCCESS(Status) && (Answer & IsDirty);
}

VOID RawSetPartitionType(const RAW_VOLUME *Volume, UCHAR Type)
{
    static const UCHAR Changed[] = {0x01, 0x04, 0x06, 0x07, 0x0B, 0x0C, 0x0E};
    SET_PARTITION_INFORMATION Set = {.PartitionType = Type};
    if (!Volume->HasPartition || Volume->Partition.PartitionStyle != PARTITION_STYLE_MBR ||
        Volume->Partition.Mbr.PartitionType == Type ||
        !memchr(Changed, Volume->Partition.Mbr.PartitionType, sizeof(Changed)))
        return;
    (VOID) DeviceControl(Volume->File, IOCTL_DISK_SET_PARTITION_INFO, &Set, sizeof(Set), nullptr, 0,
                         nullptr);
}

FAT_STAMP RawNow(VOID)
{
    LARGE_INTEGER Now, Local;
    NtQuerySystemTime(&Now);
    RtlSystemTimeToLocalTime(&Now, &Local);
    return FatStampOfTime(Local.QuadPart);
}
