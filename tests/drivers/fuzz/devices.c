// Every device object that can be opened: the device directory with its subdirectories, and files of devices that have
// some.

#include "fuzz.h"

FUZZ_DEVICE FuzzDevices[MostDevices];
ULONG FuzzDeviceCount;

static PCWSTR const Files[] = {
    L"\\Device\\ConDrv\\Console",    L"\\Device\\ConDrv\\CurrentIn",
    L"\\Device\\ConDrv\\CurrentOut", L"\\Device\\HarddiskVolume1\\",
    L"\\Device\\HarddiskVolume2\\",  L"\\Device\\HarddiskVolume1\\README.TXT",
    L"\\Device\\NamedPipe\\",        L"\\Device\\BootVolume\\",
};

NTSTATUS FuzzOpen(PCWSTR Name, PHANDLE File)
{
    NTSTATUS Status = ServiceOpen(Name, GENERIC_READ | GENERIC_WRITE, 0, File);
    if (!NT_SUCCESS(Status))
        Status = ServiceOpen(Name, GENERIC_READ, 0, File);
    return NT_SUCCESS(Status) ? Status : ServiceOpen(Name, FILE_READ_ATTRIBUTES, 0, File);
}

// Those that do not open, bus devices of other drivers for example, are left out.
static VOID AddDevice(PCWSTR Name)
{
    FUZZ_DEVICE Device = {};
    FILE_FS_DEVICE_INFORMATION Information;
    IO_STATUS_BLOCK IoStatus;
    wcsncpy(Device.Name, Name, NameChars - 1);
    if (FuzzDeviceCount == MostDevices || !NT_SUCCESS(FuzzOpen(Device.Name, &Device.File)))
        return;
    if (NT_SUCCESS(NtQueryVolumeInformationFile(Device.File, &IoStatus, &Information,
                                                sizeof(Information), FileFsDeviceInformation)))
        Device.Type = Information.DeviceType;
    TestComment("%ws, type %lx", Device.Name, Device.Type);
    FuzzDevices[FuzzDeviceCount++] = Device;
}

static VOID FindIn(PCWSTR Path, BOOLEAN Below)
{
    alignas(8) UCHAR Buffer[1024];
    WCHAR Full[NameChars];
    UNICODE_STRING Name, Kind = RTL_CONSTANT_STRING(L"Device"),
                         Folder = RTL_CONSTANT_STRING(L"Directory");
    RtlInitUnicodeString(&Name, Path);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    HANDLE Directory;
    ULONG Context = 0;
    REQUIRE_STATUS(NtOpenDirectoryObject(&Directory, DIRECTORY_QUERY, &Attributes), STATUS_SUCCESS);
    while (NT_SUCCESS(NtQueryDirectoryObject(Directory, Buffer, sizeof(Buffer), TRUE, Context == 0,
                                             &Context, nullptr))) {
        POBJECT_DIRECTORY_INFORMATION Entry = (POBJECT_DIRECTORY_INFORMATION)Buffer;
        _snwprintf(Full, NameChars, L"%ws\\%wZ", Path, &Entry->Name);
        Full[NameChars - 1] = 0;
        if (RtlEqualUnicodeString(&Entry->TypeName, &Kind, TRUE))
            AddDevice(Full);
        else if (Below && RtlEqualUnicodeString(&Entry->TypeName, &Folder, TRUE))
            FindIn(Full, FALSE);
    }
    NtClose(Directory);
}

// Disks take a while until their volumes are there.
static VOID AwaitVolumes(void)
{
    LARGE_INTEGER Pause = TestMilliseconds(100);
    HANDLE File;
    for (ULONG i = 0; i < 100; i++) {
        if (NT_SUCCESS(ServiceOpen(L"\\Device\\HarddiskVolume2", GENERIC_READ, 0, &File))) {
            NtClose(File);
            return;
        }
        NtDelayExecution(FALSE, &Pause);
    }
}

VOID FuzzFindDevices(void)
{
    AwaitVolumes();
    FindIn(L"\\Device", TRUE);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Files); i++)
        AddDevice(Files[i]);
}

VOID FuzzCloseAll(void)
{
    for (ULONG i = 0; i < FuzzDeviceCount; i++)
        if (FuzzDevices[i].File)
            NtClose(FuzzDevices[i].File);
}

NTSTATUS FuzzReopen(PFUZZ_DEVICE Device)
{
    LARGE_INTEGER Pause = TestMilliseconds(100);
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < 20; i++) {
        Status = FuzzOpen(Device->Name, &Device->File);
        if (NT_SUCCESS(Status))
            return Status;
        NtDelayExecution(FALSE, &Pause);
    }
    Device->File = nullptr;
    return Status;
}
