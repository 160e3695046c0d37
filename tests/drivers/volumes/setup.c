// The registry, the services and their devices.
#include "suite.h"

static NTSTATUS OpenKey(PCWSTR Path, PHANDLE Key)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Path);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    return NtOpenKey(Key, KEY_ALL_ACCESS, &Attributes);
}

// With all keys on the way.
static NTSTATUS MakeKey(PCWSTR Path, PHANDLE Key)
{
    UNICODE_STRING Name;
    NTSTATUS Status = OpenKey(Path, Key);
    RtlInitUnicodeString(&Name, Path);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    USHORT Whole = Name.Length;
    for (USHORT i = 20; i <= Whole / sizeof(WCHAR) && !NT_SUCCESS(Status); i++) {
        if (i < Whole / sizeof(WCHAR) && Path[i] != L'\\')
            continue;
        Name.Length = i * sizeof(WCHAR);
        NTSTATUS Made = NtCreateKey(Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr,
                                    REG_OPTION_NON_VOLATILE, nullptr);
        if (Name.Length == Whole)
            return Made;
        if (NT_SUCCESS(Made))
            NtClose(*Key);
    }
    return Status;
}

VOID SetText(PCWSTR Key, PCWSTR Name, ULONG Type, PCWSTR Value, ULONG Bytes)
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
    SetText(Key, Name, REG_DWORD, (PCWSTR)&Value, sizeof(Value));
}

ULONG GetValue(PCWSTR Key, PCWSTR Name, PVOID Buffer, ULONG Size)
{
    union {
        KEY_VALUE_PARTIAL_INFORMATION Value;
        UCHAR Space[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + 512];
    } Answer;
    HANDLE Handle;
    UNICODE_STRING ValueName;
    ULONG Length;
    if (!NT_SUCCESS(OpenKey(Key, &Handle)))
        return 0;
    RtlInitUnicodeString(&ValueName, Name);
    NTSTATUS Status = NtQueryValueKey(Handle, &ValueName, KeyValuePartialInformation, &Answer,
                                      sizeof(Answer), &Length);
    NtClose(Handle);
    if (!NT_SUCCESS(Status))
        return 0;
    memcpy(Buffer, Answer.Value.Data, min(Size, Answer.Value.DataLength));
    return Answer.Value.DataLength;
}

// ---- Devices

NTSTATUS OpenDevice(PCWSTR Name, PHANDLE File)
{
    UNICODE_STRING Path;
    IO_STATUS_BLOCK Io;
    RtlInitUnicodeString(&Path, Name);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Path, OBJ_CASE_INSENSITIVE);
    return NtOpenFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Io,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
}

BOOLEAN Exists(PCWSTR Name)
{
    HANDLE File;
    if (!NT_SUCCESS(OpenDevice(Name, &File)))
        return FALSE;
    NtClose(File);
    return TRUE;
}

NTSTATUS Control(HANDLE File, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                 ULONG OutputLength, PULONG Length)
{
    IO_STATUS_BLOCK Io = {};
    NTSTATUS Status = NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, Code, Input,
                                            InputLength, Output, OutputLength);
    if (Length)
        *Length = (ULONG)Io.Information;
    return Status;
}

NTSTATUS ControlByName(PCWSTR Name, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                       ULONG OutputLength)
{
    HANDLE File;
    NTSTATUS Status = OpenDevice(Name, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Control(File, Code, Input, InputLength, Output, OutputLength, nullptr);
    NtClose(File);
    return Status;
}

NTSTATUS ReadAt(HANDLE File, ULONGLONG Offset, PVOID Buffer, ULONG Length)
{
    IO_STATUS_BLOCK Io;
    LARGE_INTEGER Place = {.QuadPart = (LONGLONG)Offset};
    return NtReadFile(File, nullptr, nullptr, nullptr, &Io, Buffer, Length, &Place, nullptr);
}

NTSTATUS WriteAt(HANDLE File, ULONGLONG Offset, PVOID Buffer, ULONG Length)
{
    IO_STATUS_BLOCK Io;
    LARGE_INTEGER Place = {.QuadPart = (LONGLONG)Offset};
    return NtWriteFile(File, nullptr, nullptr, nullptr, &Io, Buffer, Length, &Place, nullptr);
}

// ---- Services

static VOID MakeService(PCWSTR Service)
{
    WCHAR Key[TextChars], Path[TextChars];
    _snwprintf(Key, TextChars, SERVICES L"%ws", Service);
    SetNumber(Key, L"Type", 1);
    SetNumber(Key, L"Start", 3);
    _snwprintf(Path, TextChars, L"System32\\drivers\\%ws.sys", Service);
    SetText(Key, L"ImagePath", REG_EXPAND_SZ, Path, (ULONG)(wcslen(Path) + 1) * sizeof(WCHAR));
}

// Disks are devices without a function driver; their class brings the partition manager.
VOID TestSetUp(void)
{
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Root = {};
    BOOLEAN WasEnabled;
    MakeService(L"rambus");
    SET_TEXTS(ENUM BUS_PATH, L"HardwareID", L"ROOT\\RAMBUS\0");
    SET_TEXT(CONTROL L"CriticalDeviceDatabase\\ROOT#RAMBUS", L"Service", L"rambus");
    SET_TEXT(CONTROL L"CriticalDeviceDatabase\\RAMBUS#Disk", L"ClassGUID",
             L"{4d36e967-e325-11ce-bfc1-08002be10318}");
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlEnumerateDevice, &Root, sizeof(Root)),
                 STATUS_SUCCESS);
    CHECK(Exists(L"\\Device\\RamBus"));
}
