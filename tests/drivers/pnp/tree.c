// The tree of devices as NtPlugPlayControl shows it; what is recorded of a device, and its stack.
#include "suite.h"

#include <cfg.h>

NTSTATUS PnpAct(PLUGPLAY_CONTROL_CLASS Class, PCWSTR Path)
{
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    return NtPlugPlayControl(Class, &Data, sizeof(Data));
}

NTSTATUS RemoveDevice(PCWSTR Path)
{
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Data = {.VetoType = MAXULONG};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    NTSTATUS Status = NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Data, sizeof(Data));
    CHECK_EQUAL(Status == STATUS_PLUGPLAY_QUERY_VETOED, Data.VetoType != 0);
    return Status;
}

VOID CheckVeto(PCWSTR Path, ULONG Flags, ULONG Type, PCWSTR Refuser)
{
    WCHAR Name[TextChars];
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Data = {
        .Flags = Flags, .VetoName = Name, .VetoNameLength = TextChars - 1};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Data, sizeof(Data)),
                 STATUS_PLUGPLAY_QUERY_VETOED);
    CHECK_EQUAL(Data.VetoType, Type);
    REQUIRE(Data.VetoNameLength < TextChars);
    Name[Data.VetoNameLength] = 0;
    CHECK(wcscmp(Name, Refuser) == 0);
}

NTSTATUS GetRelated(PCWSTR Path, ULONG Relation, PWSTR Related)
{
    PLUGPLAY_CONTROL_RELATED_DEVICE_DATA Data = {
        .Relation = Relation,
        .RelatedDeviceInstance = Related,
        .RelatedDeviceInstanceLength = TextChars - 1,
    };
    RtlInitUnicodeString(&Data.TargetDeviceInstance, Path);
    NTSTATUS Status = NtPlugPlayControl(PlugPlayControlGetRelatedDevice, &Data, sizeof(Data));
    Related[NT_SUCCESS(Status) ? Data.RelatedDeviceInstanceLength : 0] = 0;
    return Status;
}

ULONG GetProperty(PCWSTR Path, ULONG Property, PVOID Buffer, ULONG Size)
{
    PLUGPLAY_CONTROL_PROPERTY_DATA Data = {
        .Property = Property, .Buffer = Buffer, .BufferSize = Size};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    NTSTATUS Status = NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data));
    return NT_SUCCESS(Status) ? Data.BufferSize : 0;
}

NTSTATUS GetStatus(PCWSTR Path, PULONG Bits, PULONG Problem)
{
    PLUGPLAY_CONTROL_STATUS_DATA Data = {.Operation = PNP_GET_DEVICE_STATUS};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    NTSTATUS Status = NtPlugPlayControl(PlugPlayControlDeviceStatus, &Data, sizeof(Data));
    *Bits = Data.DeviceStatus;
    *Problem = Data.DeviceProblem;
    return Status;
}

static BOOLEAN HasProblem(PCWSTR Path, ULONG Problem, PULONG Bits, PULONG Found)
{
    ULONG Wanted = Problem ? DN_HAS_PROBLEM : DN_STARTED;
    if (!NT_SUCCESS(GetStatus(Path, Bits, Found)))
        return FALSE;
    return *Found == Problem && (*Bits & (DN_HAS_PROBLEM | DN_STARTED)) == Wanted;
}

VOID CheckProblem(PCWSTR Path, ULONG Problem)
{
    ULONG Bits = 0, Found = MAXULONG;
    LARGE_INTEGER Interval = TestMilliseconds(50);
    for (ULONG i = 0; i < 40; i++) {
        if (HasProblem(Path, Problem, &Bits, &Found))
            return;
        NtDelayExecution(FALSE, &Interval);
    }
    TestFail(__FILE__, __LINE__, "%ws has status %lx, problem %lu and not %lu", Path, Bits, Found,
             Problem);
}

VOID CheckGone(PCWSTR Path)
{
    ULONG Bits, Problem;
    LARGE_INTEGER Interval = TestMilliseconds(50);
    for (ULONG i = 0; i < 100 && NT_SUCCESS(GetStatus(Path, &Bits, &Problem)); i++)
        NtDelayExecution(FALSE, &Interval);
    CHECK_STATUS(GetStatus(Path, &Bits, &Problem), STATUS_NO_SUCH_DEVICE);
}

// ---- Tests

// The program makes a root device's key, and has the root enumerated.
VOID TestBus(void)
{
    BOOLEAN WasEnabled;
    WCHAR Related[TextChars];
    MakeService(L"pnpbus", L"pnpbus.sys", nullptr);
    MakeService(L"pnpfunc", L"pnpfunc.sys", nullptr);
    MakeService(L"pnplower", L"pnpfilter.sys", nullptr);
    MakeService(L"pnpupper", L"pnpfilter.sys", nullptr);
    SET_TEXT(SERVICES L"pnplower", L"HostPolicy", L"Driver");
    SET_TEXT(SERVICES L"pnpupper", L"HostPolicy", L"Driver");
    SET_TEXTS(ENUM BUS_PATH, L"HardwareID", L"ROOT\\TESTBUS\0");
    SET_TEXT(ENUM BUS_PATH, L"DeviceDesc", L"Test bus");
    SET_TEXT(CONTROL L"CriticalDeviceDatabase\\ROOT#TESTBUS", L"Service", L"pnpbus");
    SET_TEXT(CONTROL L"CriticalDeviceDatabase\\PNPTEST#A", L"Service", L"pnpfunc");
    SET_TEXT(CONTROL L"CriticalDeviceDatabase\\PNPTEST#A", L"ClassGUID",
             L"{4d36e97d-e325-11ce-bfc1-08002be10318}");
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    CHECK_STATUS(LoadService(L"pnpfunc", TRUE), STATUS_SUCCESS);
    CHECK_STATUS(PnpAct(PlugPlayControlEnumerateDevice, L""), STATUS_SUCCESS);
    CheckProblem(BUS_PATH, 0);
    CHECK_STATUS(GetRelated(BUS_PATH, PNP_GET_PARENT_DEVICE, Related), STATUS_SUCCESS);
    CHECK(_wcsicmp(Related, L"HTREE\\ROOT\\0") == 0);
    CHECK_STATUS(GetRelated(BUS_PATH, PNP_GET_CHILD_DEVICE, Related), STATUS_NO_SUCH_DEVICE);
}

// Of a name that has no room only the length is told.
static VOID CheckVetoLength(void)
{
    WCHAR Name[] = L"untouched";
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Data = {.VetoName = Name, .VetoNameLength = 3};
    RtlInitUnicodeString(&Data.DeviceInstance, L"HTREE\\ROOT\\0");
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Data, sizeof(Data)),
                 STATUS_PLUGPLAY_QUERY_VETOED);
    CHECK_EQUAL(Data.VetoNameLength, (ULONG)wcslen(L"HTREE\\ROOT\\0"));
    CHECK(wcscmp(Name, L"untouched") == 0);
}

// HTREE\ROOT\0 cannot be removed, and its driver runs alone.
VOID TestRoot(void)
{
    WCHAR Related[TextChars];
    ULONG Process = 0;
    CheckProblem(L"HTREE\\ROOT\\0", 0);
    CheckVeto(L"HTREE\\ROOT\\0", 0, PNP_VetoIllegalDeviceRequest, L"HTREE\\ROOT\\0");
    CheckVetoLength();
    CHECK_STATUS(GetRelated(L"", PNP_GET_PARENT_DEVICE, Related), STATUS_NO_SUCH_DEVICE);
    CHECK_STATUS(GetRelated(L"", PNP_GET_SIBLING_DEVICE, Related), STATUS_NO_SUCH_DEVICE);
    CHECK_EQUAL(GetProperty(L"", PNP_PROPERTY_HOST_PROCESSES, &Process, sizeof(Process)),
                sizeof(Process));
    CHECK(Process != 0);
    CHECK_STATUS(LoadService(L"root", FALSE), STATUS_INVALID_DEVICE_REQUEST);
}

VOID TestRecords(void)
{
    static const WCHAR HardwareIds[] = L"PNPTEST\\A&REV_1\0PNPTEST\\A\0";
    static const WCHAR CompatibleIds[] = L"PNPTEST\\GENERIC\0";
    PCWSTR Key = ENUM L"PNPTEST\\A\\rec";
    WCHAR Text[TextChars], Software[TextChars];
    ULONG Number;
    AddChild(L"A", L"rec", BusNeedsNothing, 0);
    CheckProblem(L"PNPTEST\\A\\rec", 0);
    CHECK_EQUAL(GetValue(Key, L"HardwareID", REG_MULTI_SZ, Text, sizeof(Text)),
                sizeof(HardwareIds));
    CHECK(memcmp(Text, HardwareIds, sizeof(HardwareIds)) == 0);
    CHECK_EQUAL(GetValue(Key, L"CompatibleIDs", REG_MULTI_SZ, Text, sizeof(Text)),
                sizeof(CompatibleIds));
    CHECK(memcmp(Text, CompatibleIds, sizeof(CompatibleIds)) == 0);
    CheckText(Key, L"DeviceDesc", L"Test device A");
    CheckText(Key, L"LocationInformation", L"Slot rec");
    CheckText(Key, L"Service", L"pnpfunc");
    CheckText(Key, L"ClassGUID", L"{4d36e97d-e325-11ce-bfc1-08002be10318}");
    CHECK(GetValue(Key, L"Driver", REG_SZ, Text, sizeof(Text)) > 0);
    _snwprintf(Software, TextChars, CONTROL L"Class\\%ws", Text);
    SetNumber(Software, L"Test", 1); // the key is there
    CHECK_EQUAL(GetValue(Key, L"Address", REG_DWORD, Text, sizeof(Text)), sizeof(ULONG));
    memcpy(&Number, Text, sizeof(Number));
    CHECK_EQUAL(Number, 0x1234);
    CHECK_EQUAL(GetValue(Key, L"Capabilities", REG_DWORD, Text, sizeof(Text)), sizeof(ULONG));
    memcpy(&Number, Text, sizeof(Number));
    CHECK_EQUAL(Number, 0x10 | 0x40 | 0x200); // removable, unique, surprise removal
    CHECK(GetProperty(L"PNPTEST\\A\\rec", 0, Text, sizeof(Text)) > 0); // DeviceDesc
    CHECK(wcscmp(Text, L"Test device A") == 0);
    CHECK(GetProperty(L"PNPTEST\\A\\rec", 15, Text, sizeof(Text)) > 0); // EnumeratorName
    CHECK(wcscmp(Text, L"PNPTEST") == 0);
    PullChild(L"rec");
    CheckGone(L"PNPTEST\\A\\rec");
}

// The registry names the filters of a device; the stack is built bottom up, and each driver runs elsewhere.
VOID TestStack(void)
{
    ULONG Processes[4] = {}, Value = 41;
    WCHAR Services[TextChars];
    HANDLE File;
    PCWSTR Path = L"PNPTEST\\A\\stk", Key = ENUM L"PNPTEST\\A\\stk";
    SET_TEXTS(Key, L"LowerFilters", L"pnplower\0");
    SET_TEXTS(Key, L"UpperFilters", L"pnpupper\0");
    ClearReport();
    AddChild(L"A", L"stk", BusNeedsNothing, 0);
    CheckProblem(Path, 0);
    CheckReport("pnplower.add;pnpfunc.add;pnpupper.add;"
                "pnpupper.start;pnpfunc.start;pnplower.start;");
    CHECK_EQUAL(GetProperty(Path, PNP_PROPERTY_HOST_PROCESSES, Processes, sizeof(Processes)),
                3 * sizeof(ULONG));
    CHECK(Processes[0] != Processes[1] && Processes[1] != Processes[2] &&
          Processes[0] != Processes[2]);
    CHECK(GetProperty(Path, PNP_PROPERTY_SERVICES, Services, sizeof(Services)) > 0);
    CHECK(wcscmp(Services, L"pnplower") == 0 && wcscmp(Services + 9, L"pnpfunc") == 0);
    REQUIRE_STATUS(OpenChild(L"stk", &File), STATUS_SUCCESS);
    CHECK_STATUS(
        Control(File, FUNCTION_ECHO, &Value, sizeof(Value), &Value, sizeof(Value), nullptr),
        STATUS_SUCCESS); // through the upper filter
    CHECK_EQUAL(Value, 42);
    NtClose(File);
    PullChild(L"stk");
    CheckGone(Path);
    CheckReport("pnpupper.surprise;pnpfunc.surprise;pnplower.surprise;"
                "pnpupper.remove;pnpfunc.remove;pnplower.remove;");
}

VOID TestInterface(void)
{
    HANDLE File;
    ULONG Value = 1;
    CHECK_STATUS(OpenChild(L"itf", &File), STATUS_OBJECT_NAME_NOT_FOUND);
    AddChild(L"A", L"itf", BusNeedsNothing, 0);
    CheckText(
        CONTROL L"DeviceClasses\\" PNPTEST_INTERFACE_TEXT L"\\##?#PNPTEST#A#itf#" PNPTEST_INTERFACE_TEXT,
        L"DeviceInstance", L"PNPTEST\\A\\itf");
    REQUIRE_STATUS(OpenChild(L"itf", &File), STATUS_SUCCESS);
    CHECK_STATUS(
        Control(File, FUNCTION_ECHO, &Value, sizeof(Value), &Value, sizeof(Value), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Value, 2);
    NtClose(File);
    PullChild(L"itf");
    CHECK_STATUS(OpenChild(L"itf", &File), STATUS_OBJECT_NAME_NOT_FOUND);
}
