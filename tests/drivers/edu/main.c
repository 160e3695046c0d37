// QEMU's teaching device, driven by a driver in a process of its own: registers, message and line interrupts, DMA,
// configuration space and the other interfaces of the bus driver, resets, and the end of the driver's process.
#include <test.h>

#include "edu.h"

enum { PathChars = 256 };

#define CONTROL_SET L"\\Registry\\Machine\\System\\CurrentControlSet\\"
#define DATABASE    CONTROL_SET L"Control\\CriticalDeviceDatabase\\PCI#VEN_1234&DEV_11E8"
#define MESSAGES    DATABASE L"\\Interrupt Management\\MessageSignaledInterruptProperties"

// ---- The registry

static NTSTATUS MakeKey(PCWSTR Path, PHANDLE Key)
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

static VOID SetText(PCWSTR Path, PCWSTR Name, PCWSTR Text)
{
    SetValue(Path, Name, REG_SZ, Text, (ULONG)(wcslen(Text) + 1) * sizeof(WCHAR));
}

static VOID SetNumber(PCWSTR Path, PCWSTR Name, ULONG Number)
{
    SetValue(Path, Name, REG_DWORD, &Number, sizeof(Number));
}

// ---- The device

static WCHAR Edu[PathChars];

static BOOLEAN Related(PCWSTR Path, ULONG Relation, PWSTR Result)
{
    WCHAR Name[PathChars];
    PLUGPLAY_CONTROL_RELATED_DEVICE_DATA Data = {
        .Relation = Relation,
        .RelatedDeviceInstance = Name,
        .RelatedDeviceInstanceLength = PathChars - 1,
    };
    RtlInitUnicodeString(&Data.TargetDeviceInstance, Path);
    if (!NT_SUCCESS(NtPlugPlayControl(PlugPlayControlGetRelatedDevice, &Data, sizeof(Data))))
        return FALSE;
    Name[Data.RelatedDeviceInstanceLength] = 0;
    wcscpy(Result, Name);
    return TRUE;
}

// Depth first, from Path on.
static BOOLEAN FindEdu(PCWSTR Path)
{
    WCHAR Child[PathChars];
    if (wcsncmp(Path, L"PCI\\VEN_1234&DEV_11E8", 21) == 0) {
        wcscpy(Edu, Path);
        return TRUE;
    }
    BOOLEAN More = Related(Path, PNP_GET_CHILD_DEVICE, Child);
    while (More && !FindEdu(Child))
        More = Related(Child, PNP_GET_SIBLING_DEVICE, Child);
    return More;
}

static NTSTATUS Act(PLUGPLAY_CONTROL_CLASS Class)
{
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Remove = {};
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
    RtlInitUnicodeString(&Data.DeviceInstance, Edu);
    Remove.DeviceInstance = Data.DeviceInstance;
    if (Class == PlugPlayControlQueryAndRemoveDevice)
        return NtPlugPlayControl(Class, &Remove, sizeof(Remove));
    return NtPlugPlayControl(Class, &Data, sizeof(Data));
}

static NTSTATUS Control(ULONG Number, const VOID *Input, ULONG InputLength, PVOID Output,
                        ULONG OutputLength)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(EDU_DEVICE_NAME);
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

static VOID CheckFactorial(ULONG Number, ULONG Expected)
{
    ULONG Result = 0;
    CHECK_STATUS(Control(EDU_FACTORIAL, &Number, sizeof(Number), &Result, sizeof(Result)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Result, Expected);
}

static VOID CheckCopy(ULONG Length)
{
    static UCHAR Sent[4080], Back[4080];
    for (ULONG i = 0; i < Length; i++)
        Sent[i] = (UCHAR)(i * 7 + Length);
    memset(Back, 0, sizeof(Back));
    CHECK_STATUS(Control(EDU_COPY, Sent, Length, Back, Length), STATUS_SUCCESS);
    CHECK(memcmp(Sent, Back, Length) == 0);
}

static BOOLEAN GetReport(PEDU_REPORT_DATA Report)
{
    memset(Report, 0, sizeof(*Report));
    return CHECK_STATUS(Control(EDU_REPORT, nullptr, 0, Report, sizeof(*Report)), STATUS_SUCCESS);
}

// ---- Tests

static VOID TestStart(void)
{
    PCWSTR Service = CONTROL_SET L"Services\\edutest";
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    for (ULONG i = 0; i < 100 && !FindEdu(L""); i++) { // the buses may still be looked at
        LARGE_INTEGER Wait = TestMilliseconds(50);
        NtDelayExecution(FALSE, &Wait);
    }
    REQUIRE(Edu[0]);
    SetNumber(Service, L"Type", 1);
    SetNumber(Service, L"Start", 3);
    SetText(Service, L"ImagePath", L"System32\\drivers\\edutest.sys");
    SetText(DATABASE, L"Service", L"edutest");
    HANDLE Key;
    CHECK_STATUS(MakeKey(DATABASE L"\\Interrupt Management", &Key), STATUS_SUCCESS);
    SetNumber(MESSAGES, L"MSISupported", 1);
    CHECK_STATUS(Act(PlugPlayControlStartDevice), STATUS_SUCCESS);
}

static VOID TestRegisters(void)
{
    ULONG Number = 0x12345678, Result = 0;
    EDU_REPORT_DATA Report;
    CHECK_STATUS(Control(EDU_INVERT, &Number, sizeof(Number), &Result, sizeof(Result)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Result, ~Number);
    if (GetReport(&Report))
        CHECK_EQUAL(Report.Identification & 0xFF, 0xED);
}

static VOID TestMessageInterrupt(void)
{
    EDU_REPORT_DATA Report;
    CheckFactorial(5, 120);
    CheckFactorial(12, 479'001'600);
    if (!GetReport(&Report))
        return;
    CHECK_EQUAL(Report.Messages, 1);
    CHECK_EQUAL(Report.Interrupts, 2);
    CHECK(Report.Command & 0x400); // the line is off
}

static VOID TestDma(void)
{
    CheckCopy(1);
    CheckCopy(100);
    CheckCopy(4080);
}

static VOID TestInterfaces(void)
{
    EDU_REPORT_DATA Report;
    ULONG Register = 0;
    if (!GetReport(&Report))
        return;
    CHECK_EQUAL(Report.ConfigLength, 64);
    CHECK_EQUAL(Report.VendorAndDevice, 0x11E81234);
    CHECK_EQUAL(Report.Command & 0x6, 0x6); // memory, bus master
    CHECK_EQUAL(Report.EduPresent, TRUE);
    CHECK_EQUAL(Report.NoSuchPresent, FALSE);
    CHECK_STATUS(Report.TableInterface, STATUS_INVALID_DEVICE_STATE); // it has no MSI-X
    // Its place belongs to the bus driver.
    CHECK_STATUS(Control(EDU_SET_BAR, nullptr, 0, &Register, sizeof(Register)), STATUS_SUCCESS);
    CHECK(Register != 0x12340000);
}

static VOID TestReset(void)
{
    EDU_REPORT_DATA Report;
    if (!GetReport(&Report))
        return;
    NTSTATUS Expected = Report.ResetTypes & 1 ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
    CHECK_STATUS(Control(EDU_RESET, nullptr, 0, nullptr, 0), Expected);
    CheckFactorial(6, 720);
    CheckCopy(64);
}

static VOID TestLineInterrupt(void)
{
    EDU_REPORT_DATA Report;
    CHECK_STATUS(Act(PlugPlayControlQueryAndRemoveDevice), STATUS_SUCCESS);
    SetNumber(MESSAGES, L"MSISupported", 0);
    REQUIRE_STATUS(Act(PlugPlayControlStartDevice), STATUS_SUCCESS);
    CheckFactorial(4, 24);
    CheckFactorial(10, 3'628'800);
    CheckCopy(1000);
    if (!GetReport(&Report))
        return;
    CHECK_EQUAL(Report.Messages, 0);
    CHECK_EQUAL(Report.Interrupts, 4);
    CHECK_EQUAL(Report.Command & 0x400, 0);
}

static VOID TestDeath(void)
{
    SetNumber(MESSAGES, L"MSISupported", 1);
    CHECK(!NT_SUCCESS(Control(EDU_DIE, nullptr, 0, nullptr, 0)));
    NTSTATUS Status = STATUS_UNSUCCESSFUL;
    for (ULONG i = 0; i < 100 && !NT_SUCCESS(Status); i++) { // its end is handled meanwhile
        LARGE_INTEGER Wait = TestMilliseconds(50);
        NtDelayExecution(FALSE, &Wait);
        Status = Act(PlugPlayControlStartDevice);
    }
    REQUIRE_STATUS(Status, STATUS_SUCCESS);
    CheckFactorial(7, 5040);
    CheckCopy(4080);
}

static const TEST Tests[] = {
    {"the device is found and started", TestStart},
    {"registers", TestRegisters},
    {"message interrupts", TestMessageInterrupt},
    {"DMA", TestDma},
    {"interfaces of a bus driver in another process", TestInterfaces},
    {"reset", TestReset},
    {"line interrupts", TestLineInterrupt},
    {"the driver's process ends", TestDeath},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
