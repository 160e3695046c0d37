// A device whose interrupt line never falls silent: the line is masked, and everything else goes on.
#include "hw.h"

#define CONTROL_SET L"\\Registry\\Machine\\System\\CurrentControlSet\\"
#define STORM_PATH  L"ROOT\\STORM\\0000"

// Ports 3E8-3EF, and global interrupt 5: level-sensitive, active high, as the UART drives it.
static const ULONG Requirements[] = {
    0x68,       0,          0, 0, 0,     0, 0,     1, 0x00010001, 2, // header, and that of the list
    0x00010100, 0x00000001, 8, 8, 0x3E8, 0, 0x3EF, 0,                // ports
    0x00010200, 0x00004000, 5, 5, 0,     0, 0,     0,                // interrupt
};

static BOOLEAN MakeKey(PCWSTR Path, PHANDLE Key)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Path);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    return CHECK_STATUS(
        NtCreateKey(Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr),
        STATUS_SUCCESS);
}

static VOID SetValue(HANDLE Key, PCWSTR Name, ULONG Type, const VOID *Data, ULONG Size)
{
    UNICODE_STRING Value;
    RtlInitUnicodeString(&Value, Name);
    CHECK_STATUS(NtSetValueKey(Key, &Value, 0, Type, (PVOID)Data, Size), STATUS_SUCCESS);
}

static NTSTATUS Enumerate(void)
{
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    RtlInitUnicodeString(&Data.DeviceInstance, L"HTREE\\ROOT\\0");
    return NtPlugPlayControl(PlugPlayControlEnumerateDevice, &Data, sizeof(Data));
}

static BOOLEAN GetInterrupt(PPNP_INTERRUPT Interrupt)
{
    PLUGPLAY_CONTROL_PROPERTY_DATA Data = {
        .Property = PNP_PROPERTY_INTERRUPTS,
        .Buffer = Interrupt,
        .BufferSize = sizeof(*Interrupt),
    };
    RtlInitUnicodeString(&Data.DeviceInstance, STORM_PATH);
    return NT_SUCCESS(NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data))) &&
           Data.BufferSize == sizeof(*Interrupt);
}

VOID StormTest(void)
{
    static const WCHAR Id[] = L"ROOT\\STORM\0", Service[] = L"storm",
                       Image[] = L"System32\\drivers\\storm.sys";
    ULONG Type = 1, Start = 3;
    HANDLE Key, LogConf, ServiceKey;
    if (!MakeKey(CONTROL_SET L"Services\\storm", &ServiceKey) ||
        !MakeKey(CONTROL_SET L"Enum\\ROOT\\STORM", &Key) ||
        !MakeKey(CONTROL_SET L"Enum\\" STORM_PATH, &Key) ||
        !MakeKey(CONTROL_SET L"Enum\\" STORM_PATH L"\\LogConf", &LogConf))
        return;
    SetValue(ServiceKey, L"Type", REG_DWORD, &Type, sizeof(Type));
    SetValue(ServiceKey, L"Start", REG_DWORD, &Start, sizeof(Start));
    SetValue(ServiceKey, L"ImagePath", REG_EXPAND_SZ, Image, sizeof(Image));
    SetValue(Key, L"HardwareID", REG_MULTI_SZ, Id, sizeof(Id));
    SetValue(Key, L"Service", REG_SZ, Service, sizeof(Service));
    SetValue(LogConf, L"BasicConfigVector", REG_RESOURCE_REQUIREMENTS_LIST, Requirements,
             sizeof(Requirements));
    NtClose(ServiceKey);
    NtClose(Key);
    NtClose(LogConf);

    PNP_INTERRUPT Interrupt = {};
    LARGE_INTEGER Pause = TestMilliseconds(50);
    CHECK_STATUS(Enumerate(), STATUS_SUCCESS);
    for (ULONG i = 0; i < 400 && !(Interrupt.Flags & PNP_INTERRUPT_STORM); i++) {
        NtDelayExecution(FALSE, &Pause); // this program gets its time while the line is up
        GetInterrupt(&Interrupt);
    }
    CHECK_EQUAL(Interrupt.Flags, PNP_INTERRUPT_LEVEL | PNP_INTERRUPT_STORM);
    CHECK_EQUAL(Interrupt.Line, 5);
    CHECK(Interrupt.Count >= 10'000);
    ULONG Count = Interrupt.Count;
    NtDelayExecution(FALSE, &Pause);
    CHECK(GetInterrupt(&Interrupt));
    CHECK_EQUAL(Interrupt.Count, Count); // it is masked
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Remove = {};
    RtlInitUnicodeString(&Remove.DeviceInstance, STORM_PATH);
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Remove, sizeof(Remove)),
                 STATUS_SUCCESS);
}
