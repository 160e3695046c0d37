// The mount manager's side.
#include "volumes.h"

// Changing needs access that looking does not.
NTSTATUS AskManager(ULONG Code, PVOID Input, ULONG InputLength, PVOID Output, ULONG OutputLength,
                    PULONG Length)
{
    HANDLE File;
    ACCESS_MASK Access = (Code >> 14 & 3) ? GENERIC_READ | GENERIC_WRITE : FILE_READ_ATTRIBUTES;
    NTSTATUS Status =
        DeviceOpen(MOUNTMGR_DEVICE_NAME, Access, FILE_SHARE_READ | FILE_SHARE_WRITE, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = DeviceControl(File, Code, Input, InputLength, Output, OutputLength, Length);
    NtClose(File);
    return Status;
}

// ---- The list

static PVOID Allocate(SIZE_T Size)
{
    return RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Size);
}

static NTSTATUS QueryPoints(PMOUNTMGR_MOUNT_POINTS *Points)
{
    MOUNTMGR_MOUNT_POINT All = {};
    NTSTATUS Status = STATUS_BUFFER_OVERFLOW;
    for (ULONG Size = 4096; Status == STATUS_BUFFER_OVERFLOW; Size *= 2) {
        *Points = Allocate(Size);
        if (!*Points)
            return STATUS_NO_MEMORY;
        Status = AskManager(IOCTL_MOUNTMGR_QUERY_POINTS, &All, sizeof(All), *Points, Size, nullptr);
        if (Status == STATUS_BUFFER_OVERFLOW)
            RtlFreeHeap(RtlProcessHeap(), 0, *Points);
    }
    return Status;
}

static VOID CopyField(PWSTR To, const MOUNTMGR_MOUNT_POINTS *Points, ULONG Offset, ULONG Bytes)
{
    ULONG Chars = min(Bytes / (ULONG)sizeof(WCHAR), NameChars - 1);
    memcpy(To, (const UCHAR *)Points + Offset, Chars * sizeof(WCHAR));
    To[Chars] = 0;
}

static PVOLUME VolumeOfDevice(PVOLUME Volumes, PULONG Count, PCWSTR Device)
{
    for (ULONG i = 0; i < *Count; i++) {
        if (_wcsicmp(Volumes[i].Device, Device) == 0)
            return &Volumes[i];
    }
    if (*Count == MostVolumes)
        return nullptr;
    wcscpy(Volumes[*Count].Device, Device);
    return &Volumes[(*Count)++];
}

static VOID TakePoints(const MOUNTMGR_MOUNT_POINTS *Points, PVOLUME Volumes, PULONG Count)
{
    static const WCHAR Prefix[] = L"\\DosDevices\\";
    for (ULONG i = 0; i < Points->NumberOfMountPoints; i++) {
        const MOUNTMGR_MOUNT_POINT *Point = &Points->MountPoints[i];
        WCHAR Name[NameChars], Device[NameChars];
        CopyField(Name, Points, Point->SymbolicLinkNameOffset, Point->SymbolicLinkNameLength);
        CopyField(Device, Points, Point->DeviceNameOffset, Point->DeviceNameLength);
        PVOLUME Volume = VolumeOfDevice(Volumes, Count, Device);
        if (!Volume)
            return;
        if (_wcsnicmp(Name, Prefix, RTL_NUMBER_OF(Prefix) - 1) == 0)
            Volume->Letter = Name[RTL_NUMBER_OF(Prefix) - 1];
        else
            wcscpy(Volume->Name, Name);
    }
}

// The number at its end counts: HarddiskVolume10 comes behind HarddiskVolume9.
static ULONG DeviceNumber(PCWSTR Device)
{
    ULONG Number = 0;
    for (; *Device; Device++)
        Number = *Device >= L'0' && *Device <= L'9' ? 10 * Number + (*Device - L'0') : 0;
    return Number;
}

static BOOLEAN ComesBefore(const VOLUME *First, const VOLUME *Second)
{
    WCHAR FirstLetter = First->Letter ? First->Letter : 0xFFFF;
    WCHAR SecondLetter = Second->Letter ? Second->Letter : 0xFFFF;
    if (FirstLetter != SecondLetter)
        return FirstLetter < SecondLetter;
    return DeviceNumber(First->Device) < DeviceNumber(Second->Device);
}

static VOID SortVolumes(PVOLUME Volumes, ULONG Count)
{
    for (ULONG i = 1; i < Count; i++) {
        VOLUME Moved = Volumes[i];
        ULONG j = i;
        for (; j > 0 && ComesBefore(&Moved, &Volumes[j - 1]); j--)
            Volumes[j] = Volumes[j - 1];
        Volumes[j] = Moved;
    }
}

NTSTATUS ListVolumes(PVOLUME *Volumes, PULONG Count)
{
    PMOUNTMGR_MOUNT_POINTS Points;
    *Count = 0;
    *Volumes = Allocate(MostVolumes * sizeof(VOLUME));
    if (!*Volumes)
        return STATUS_NO_MEMORY;
    NTSTATUS Status = QueryPoints(&Points);
    if (!NT_SUCCESS(Status))
        return Status;
    TakePoints(Points, *Volumes, Count);
    SortVolumes(*Volumes, *Count);
    return STATUS_SUCCESS;
}

// ---- Finding

BOOLEAN IsLetter(PCWSTR Text, PWCHAR Letter)
{
    *Letter = RtlUpcaseUnicodeChar(Text[0]);
    return *Letter >= L'A' && *Letter <= L'Z' && Text[1] == L':' &&
           (!Text[2] || (Text[2] == L'\\' && !Text[3]));
}

// \\?\Volume{...}\ and \??\Volume{...} are one name.
static BOOLEAN IsVolumeName(const VOLUME *Volume, PCWSTR Text)
{
    SIZE_T Length = wcslen(Volume->Name);
    if (Length < 4 || Text[0] != L'\\' || !Text[1] || Text[2] != L'?')
        return FALSE;
    return _wcsnicmp(Text + 3, Volume->Name + 3, Length - 3) == 0 &&
           (!Text[Length] || (Text[Length] == L'\\' && !Text[Length + 1]));
}

static BOOLEAN IsNumber(PCWSTR Text)
{
    PCWSTR Char = Text;
    while (*Char >= L'0' && *Char <= L'9')
        Char++;
    return Char != Text && !*Char;
}

const VOLUME *FindVolume(const VOLUME *Volumes, ULONG Count, PCWSTR Text)
{
    WCHAR Letter;
    BOOLEAN ByLetter = IsLetter(Text, &Letter), ByNumber = IsNumber(Text);
    for (ULONG i = 0; i < Count; i++) {
        const VOLUME *Volume = &Volumes[i];
        if (ByLetter   ? Volume->Letter == Letter
            : ByNumber ? DeviceNumber(Volume->Device) == DeviceNumber(Text)
                       : _wcsicmp(Volume->Device, Text) == 0 || IsVolumeName(Volume, Text))
            return Volume;
    }
    return nullptr;
}

// ---- Changing

NTSTATUS AssignLetter(WCHAR Letter, const VOLUME *Volume)
{
    struct {
        MOUNTMGR_CREATE_POINT_INPUT Input;
        WCHAR Text[2 * NameChars];
    } Create = {};
    _snwprintf(Create.Text, RTL_NUMBER_OF(Create.Text), L"\\DosDevices\\%wc:%ws", Letter,
               Volume->Device);
    Create.Input.SymbolicLinkNameOffset = sizeof(Create.Input);
    Create.Input.SymbolicLinkNameLength = 14 * sizeof(WCHAR);
    Create.Input.DeviceNameOffset =
        Create.Input.SymbolicLinkNameOffset + Create.Input.SymbolicLinkNameLength;
    Create.Input.DeviceNameLength = (USHORT)(wcslen(Volume->Device) * sizeof(WCHAR));
    return AskManager(IOCTL_MOUNTMGR_CREATE_POINT, &Create, sizeof(Create), nullptr, 0, nullptr);
}

NTSTATUS RemoveLetter(WCHAR Letter)
{
    struct {
        MOUNTMGR_MOUNT_POINT Point;
        WCHAR Text[16];
    } Input = {};
    UCHAR Deleted[1024];
    _snwprintf(Input.Text, RTL_NUMBER_OF(Input.Text), L"\\DosDevices\\%wc:", Letter);
    Input.Point.SymbolicLinkNameOffset = sizeof(Input.Point);
    Input.Point.SymbolicLinkNameLength = 14 * sizeof(WCHAR);
    return AskManager(IOCTL_MOUNTMGR_DELETE_POINTS, &Input, sizeof(Input), Deleted, sizeof(Deleted),
                      nullptr);
}
