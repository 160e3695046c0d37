// The service and the device of the virtual miniport, and what the tests ask of PnP.
#include "suite.h"

#define SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"
#define ENUM     L"\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\"
#define CONTROL  L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\"

HANDLE Port;

// ---- Registry

// With all keys on the way, from behind \Registry\Machine\System on.
static NTSTATUS MakeKey(PCWSTR Path, PHANDLE Key)
{
    enum { SystemChars = 24 };
    UNICODE_STRING Name;
    NTSTATUS Status = STATUS_OBJECT_NAME_INVALID;
    RtlInitUnicodeString(&Name, Path);
    USHORT Whole = Name.Length / sizeof(WCHAR);
    for (USHORT i = SystemChars; i <= Whole; i++) {
        if (i < Whole && Path[i] != L'\\')
            continue;
        Name.Length = i * sizeof(WCHAR);
        OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
        Status = NtCreateKey(Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr, REG_OPTION_NON_VOLATILE,
                             nullptr);
        if (i < Whole && NT_SUCCESS(Status))
            NtClose(*Key);
    }
    return Status;
}

static VOID SetValue(PCWSTR Key, PCWSTR Name, ULONG Type, const VOID *Value, ULONG Bytes)
{
    HANDLE Handle;
    UNICODE_STRING ValueName;
    REQUIRE_STATUS(MakeKey(Key, &Handle), STATUS_SUCCESS);
    RtlInitUnicodeString(&ValueName, Name);
    CHECK_STATUS(NtSetValueKey(Handle, &ValueName, 0, Type, (PVOID)Value, Bytes), STATUS_SUCCESS);
    NtClose(Handle);
}

VOID SetNumber(PCWSTR Key, PCWSTR Name, ULONG Value)
{
    SetValue(Key, Name, REG_DWORD, &Value, sizeof(Value));
}

#define SET_TEXT(Key, Name, Type, Text) SetValue(Key, Name, Type, Text, sizeof(Text))

// ---- PnP

NTSTATUS EnumerateDevice(PCWSTR Path)
{
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    return NtPlugPlayControl(PlugPlayControlEnumerateDevice, &Data, sizeof(Data));
}

NTSTATUS StartDevice(PCWSTR Path)
{
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    return NtPlugPlayControl(PlugPlayControlStartDevice, &Data, sizeof(Data));
}

NTSTATUS RemoveDevice(PCWSTR Path)
{
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Data = {};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    return NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Data, sizeof(Data));
}

BOOLEAN WaitForDevice(PCWSTR Path, BOOLEAN There)
{
    LARGE_INTEGER Interval = TestMilliseconds(50);
    for (ULONG i = 0; i < 200; i++) {
        PLUGPLAY_CONTROL_STATUS_DATA Data = {.Operation = PNP_GET_DEVICE_STATUS};
        RtlInitUnicodeString(&Data.DeviceInstance, Path);
        NTSTATUS Status = NtPlugPlayControl(PlugPlayControlDeviceStatus, &Data, sizeof(Data));
        if (There ? NT_SUCCESS(Status) && (Data.DeviceStatus & DN_STARTED)
                  : Status == STATUS_NO_SUCH_DEVICE)
            return TRUE;
        NtDelayExecution(FALSE, &Interval);
    }
    return FALSE;
}

// The machine has adapters, too; the one of the test has come last.
BOOLEAN OpenPort(PHANDLE File)
{
    WCHAR Path[] = L"\\Device\\ScsiPort9";
    UNICODE_STRING Name = RTL_CONSTANT_STRING(Path);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK Io;
    NTSTATUS Status = STATUS_OBJECT_NAME_NOT_FOUND;
    for (WCHAR Digit = L'9'; Digit >= L'0' && Status == STATUS_OBJECT_NAME_NOT_FOUND; Digit--) {
        Path[RTL_NUMBER_OF(Path) - 2] = Digit;
        Status = NtOpenFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Io,
                            FILE_SHARE_READ | FILE_SHARE_WRITE, 0);
    }
    return CHECK_STATUS(Status, STATUS_SUCCESS);
}

// The file takes many requests at a time; each waits for its own end.
NTSTATUS ControlPort(HANDLE File, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                     ULONG Length, PULONG Returned)
{
    IO_STATUS_BLOCK Io = {};
    HANDLE Event;
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, 0);
    NTSTATUS Status =
        NtCreateEvent(&Event, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtDeviceIoControlFile(File, Event, nullptr, nullptr, &Io, Code, Input, InputLength,
                                   Output, Length);
    if (Status == STATUS_PENDING) {
        NtWaitForSingleObject(Event, FALSE, nullptr);
        Status = Io.Status;
    }
    NtClose(Event);
    if (Returned)
        *Returned = (ULONG)Io.Information;
    return Status;
}

VOID OpenPortAgain(void)
{
    if (Port)
        NtClose(Port);
    Port = nullptr;
    OpenPort(&Port);
}

// ---- The first test: everything starts

static VOID MakeService(PCWSTR Key, PCWSTR Image, ULONG Bytes)
{
    SetNumber(Key, L"Type", 1);
    SetNumber(Key, L"Start", 3);
    SetValue(Key, L"ImagePath", REG_EXPAND_SZ, Image, Bytes);
}

// The units' function driver is in the adapter's host, as disk.sys would be.
static VOID MakeServices(void)
{
    static const WCHAR Disk[] = L"System32\\drivers\\vdisk.sys";
    static const WCHAR Test[] = L"System32\\drivers\\srbtest.sys";
    MakeService(SERVICES L"vdisk", Disk, sizeof(Disk));
    SetNumber(SERVICES L"vdisk\\Parameters\\Device", L"ReadOnly", 1 << 2);
    MakeService(SERVICES L"srbtest", Test, sizeof(Test));
    SET_TEXT(SERVICES L"srbtest", L"HostPolicy", REG_SZ, L"Parent");
    SET_TEXT(CONTROL L"CriticalDeviceDatabase\\SCSI#DiskProteus_Virtual_Disk____1.0_", L"Service",
             REG_SZ, L"srbtest");
}

VOID TestStart(void)
{
    BOOLEAN WasEnabled;
    MakeServices();
    SET_TEXT(ENUM VDISK_PATH, L"HardwareID", REG_MULTI_SZ, L"ROOT\\VDISK\0");
    SET_TEXT(ENUM VDISK_PATH, L"DeviceDesc", REG_SZ, L"Virtual disks");
    SET_TEXT(CONTROL L"CriticalDeviceDatabase\\ROOT#VDISK", L"Service", REG_SZ, L"vdisk");
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    REQUIRE_STATUS(EnumerateDevice(L""), STATUS_SUCCESS);
    REQUIRE(WaitForDevice(VDISK_PATH, TRUE));
    OpenPortAgain();
}
