// The devices, their registry keys, and requests to their drivers.
#include "suite.h"

// ---- The registry

NTSTATUS MakeKey(PCWSTR Path, PHANDLE Key)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Path);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    return NtCreateKey(Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr, REG_OPTION_NON_VOLATILE,
                       nullptr);
}

static VOID SetValue(PCWSTR Path, PCWSTR Name, ULONG Type, const VOID *Value, ULONG Bytes)
{
    HANDLE Key;
    UNICODE_STRING ValueName;
    REQUIRE_STATUS(MakeKey(Path, &Key), STATUS_SUCCESS);
    RtlInitUnicodeString(&ValueName, Name);
    CHECK_STATUS(NtSetValueKey(Key, &ValueName, 0, Type, (PVOID)Value, Bytes), STATUS_SUCCESS);
    NtClose(Key);
}

VOID SetText(PCWSTR Path, PCWSTR Name, PCWSTR Text)
{
    SetValue(Path, Name, REG_SZ, Text, (ULONG)(wcslen(Text) + 1) * sizeof(WCHAR));
}

VOID SetNumber(PCWSTR Path, PCWSTR Name, ULONG Number)
{
    SetValue(Path, Name, REG_DWORD, &Number, sizeof(Number));
}

// ---- The device

enum { PathChars = 256 };

static WCHAR Edus[DEVICE_COUNT][PathChars];
static ULONG Found, Current;

VOID ChooseEdu(ULONG Index)
{
    Current = Index;
}

static VOID FindEdu(PCWSTR Path)
{
    if (wcsncmp(Path, L"PCI\\VEN_1234&DEV_11E8", 21) == 0 && Found < EDU_COUNT)
        wcscpy(Edus[Found++], Path);
    if (wcsncmp(Path, L"PCI\\VEN_8086&DEV_10D3", 21) == 0)
        wcscpy(Edus[EDU_MESSAGES], Path);
}

BOOLEAN FindEdus(void)
{
    Found = 0;
    ServiceForEachDevice(FindEdu);
    return Found == EDU_COUNT && Edus[EDU_MESSAGES][0];
}

NTSTATUS Act(PLUGPLAY_CONTROL_CLASS Class)
{
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Remove = {};
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
    RtlInitUnicodeString(&Data.DeviceInstance, Edus[Current]);
    Remove.DeviceInstance = Data.DeviceInstance;
    if (Class == PlugPlayControlQueryAndRemoveDevice)
        return NtPlugPlayControl(Class, &Remove, sizeof(Remove));
    return NtPlugPlayControl(Class, &Data, sizeof(Data));
}

NTSTATUS Control(ULONG Number, const VOID *Input, ULONG InputLength, PVOID Output,
                 ULONG OutputLength)
{
    static const PCWSTR Names[] = {EDU_DEVICE_NAME, EDU_SECOND_DEVICE_NAME, MESSAGE_DEVICE_NAME};
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Names[Current]);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK Io;
    HANDLE File;
    NTSTATUS Status = NtOpenFile(&File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes,
                                 &Io, 0, FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, EDU_CODE(Number),
                                   (PVOID)Input, InputLength, Output, OutputLength);
    NtClose(File);
    return Status;
}

VOID CheckFactorial(ULONG Number, ULONG Expected)
{
    ULONG Result = 0;
    CHECK_STATUS(Control(EDU_FACTORIAL, &Number, sizeof(Number), &Result, sizeof(Result)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Result, Expected);
}

VOID CheckCopy(ULONG Length)
{
    static UCHAR Sent[4080], Back[4080];
    for (ULONG i = 0; i < Length; i++)
        Sent[i] = (UCHAR)(i * 7 + Length);
    memset(Back, 0, sizeof(Back));
    CHECK_STATUS(Control(EDU_COPY, Sent, Length, Back, Length), STATUS_SUCCESS);
    CHECK(memcmp(Sent, Back, Length) == 0);
}

BOOLEAN GetReport(PEDU_REPORT_DATA Report)
{
    memset(Report, 0, sizeof(*Report));
    return CHECK_STATUS(Control(EDU_REPORT, nullptr, 0, Report, sizeof(*Report)), STATUS_SUCCESS);
}

VOID StartAgain(void)
{
    NTSTATUS Status = STATUS_UNSUCCESSFUL;
    for (ULONG i = 0; i < 100 && !NT_SUCCESS(Status); i++) { // its end is handled meanwhile
        LARGE_INTEGER Wait = TestMilliseconds(50);
        NtDelayExecution(FALSE, &Wait);
        Status = Act(PlugPlayControlStartDevice);
    }
    REQUIRE_STATUS(Status, STATUS_SUCCESS);
}

BOOLEAN GetInterrupt(PPNP_INTERRUPT Interrupt)
{
    PLUGPLAY_CONTROL_PROPERTY_DATA Data = {
        .Property = PNP_PROPERTY_INTERRUPTS,
        .Buffer = Interrupt,
        .BufferSize = sizeof(*Interrupt),
    };
    RtlInitUnicodeString(&Data.DeviceInstance, Edus[Current]);
    return NT_SUCCESS(NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data))) &&
           Data.BufferSize == sizeof(*Interrupt);
}
