// The registry, the test devices and their drivers, as the tests use them.
#include "suite.h"

// ---- Registry

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

VOID RemoveValue(PCWSTR Key, PCWSTR Name)
{
    HANDLE Handle;
    UNICODE_STRING ValueName;
    REQUIRE_STATUS(OpenKey(Key, &Handle), STATUS_SUCCESS);
    RtlInitUnicodeString(&ValueName, Name);
    CHECK_STATUS(NtDeleteValueKey(Handle, &ValueName), STATUS_SUCCESS);
    NtClose(Handle);
}

ULONG GetValue(PCWSTR Key, PCWSTR Name, ULONG Type, PVOID Buffer, ULONG Size)
{
    union {
        KEY_VALUE_PARTIAL_INFORMATION Value;
        UCHAR Space[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + TextChars * sizeof(WCHAR)];
    } Answer;
    HANDLE Handle;
    UNICODE_STRING ValueName;
    ULONG Length;
    memset(Buffer, 0, Size);
    if (!NT_SUCCESS(OpenKey(Key, &Handle)))
        return 0;
    RtlInitUnicodeString(&ValueName, Name);
    NTSTATUS Status = NtQueryValueKey(Handle, &ValueName, KeyValuePartialInformation, &Answer,
                                      sizeof(Answer), &Length);
    NtClose(Handle);
    if (!NT_SUCCESS(Status) || Answer.Value.Type != Type)
        return 0;
    memcpy(Buffer, Answer.Value.Data, min(Size - sizeof(WCHAR), Answer.Value.DataLength));
    return Answer.Value.DataLength;
}

VOID CheckText(PCWSTR Key, PCWSTR Name, PCWSTR Expected)
{
    WCHAR Text[TextChars];
    GetValue(Key, Name, REG_SZ, Text, sizeof(Text));
    if (wcscmp(Text, Expected) != 0)
        TestFail(__FILE__, __LINE__, "%ws is '%ws', not '%ws'", Name, Text, Expected);
}

// ---- Services

VOID MakeService(PCWSTR Service, PCWSTR Image, PCWSTR Group)
{
    WCHAR Key[TextChars], Path[TextChars];
    _snwprintf(Key, TextChars, SERVICES L"%ws", Service);
    SetNumber(Key, L"Type", 1);
    SetNumber(Key, L"Start", 3);
    _snwprintf(Path, TextChars, L"System32\\drivers\\%ws", Image);
    SetText(Key, L"ImagePath", REG_EXPAND_SZ, Path, (ULONG)(wcslen(Path) + 1) * sizeof(WCHAR));
    if (Group)
        SetText(Key, L"HostGroup", REG_SZ, Group, (ULONG)(wcslen(Group) + 1) * sizeof(WCHAR));
}

NTSTATUS LoadService(PCWSTR Service, BOOLEAN Load)
{
    WCHAR Path[TextChars];
    UNICODE_STRING Name;
    _snwprintf(Path, TextChars, SERVICES L"%ws", Service);
    RtlInitUnicodeString(&Name, Path);
    return Load ? NtLoadDriver(&Name) : NtUnloadDriver(&Name);
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

NTSTATUS OpenChild(PCWSTR Instance, PHANDLE File)
{
    WCHAR Name[TextChars];
    _snwprintf(Name, TextChars, L"\\\?\?\\PNPTEST#A#%ws#" PNPTEST_INTERFACE_TEXT, Instance);
    return OpenDevice(Name, File);
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

NTSTATUS ControlByName(PCWSTR Name, ULONG Code, PVOID Input, ULONG Length)
{
    HANDLE File;
    NTSTATUS Status = OpenDevice(Name, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Control(File, Code, Input, Length, nullptr, 0, nullptr);
    NtClose(File);
    return Status;
}

VOID SetBehaviour(const FUNCTION_BEHAVIOUR *Behaviour)
{
    FUNCTION_BEHAVIOUR Copy = *Behaviour;
    CHECK_STATUS(ControlByName(L"\\Device\\PnpTestFunction", FUNCTION_SET, &Copy, sizeof(Copy)),
                 STATUS_SUCCESS);
}

// What the bus reports to the PnP manager is a hint that is taken later; asked, it is taken at once.
static VOID EnumerateBus(void)
{
    CHECK_STATUS(PnpAct(PlugPlayControlEnumerateDevice, BUS_PATH), STATUS_SUCCESS);
}

VOID AddChild(PCWSTR Device, PCWSTR Instance, BUS_NEEDS Needs, ULONG Base)
{
    BUS_CHILD Child = {.Needs = Needs, .Base = Base, .Raw = wcscmp(Device, L"RAW") == 0};
    wcscpy(Child.Device, Device);
    wcscpy(Child.Instance, Instance);
    CHECK_STATUS(ControlByName(L"\\Device\\PnpTestBus", BUS_ADD, &Child, sizeof(Child)),
                 STATUS_SUCCESS);
    EnumerateBus();
}

VOID AddChildWith(PCWSTR Instance, PCWSTR With, BUS_RELATION Relation)
{
    BUS_CHILD Child = {.Device = L"A", .Relation = Relation};
    wcscpy(Child.Instance, Instance);
    wcscpy(Child.With, With);
    CHECK_STATUS(ControlByName(L"\\Device\\PnpTestBus", BUS_ADD, &Child, sizeof(Child)),
                 STATUS_SUCCESS);
    EnumerateBus();
}

VOID PullChild(PCWSTR Instance)
{
    WCHAR Name[BusIdChars];
    wcscpy(Name, Instance);
    CHECK_STATUS(ControlByName(L"\\Device\\PnpTestBus", BUS_PULL, Name, sizeof(Name)),
                 STATUS_SUCCESS);
    EnumerateBus();
}

static VOID TakeReport(PSTR Text, ULONG Size)
{
    HANDLE File;
    ULONG Length = 0;
    if (NT_SUCCESS(OpenDevice(L"\\Device\\PnpTestBus", &File))) {
        Control(File, BUS_REPORT, nullptr, 0, Text, Size - 1, &Length);
        NtClose(File);
    }
    Text[Length] = 0;
}

VOID ClearReport(void)
{
    CHAR Text[1024];
    TakeReport(Text, sizeof(Text));
}

VOID CheckReport(PCSTR Expected)
{
    CHAR Text[1024];
    TakeReport(Text, sizeof(Text));
    if (strcmp(Text, Expected) != 0)
        TestFail(__FILE__, __LINE__, "drivers reported '%s', not '%s'", Text, Expected);
}
