// Which drivers run in which hosts: HostPolicy.
#include "suite.h"

#define DEVICE(Instance) L"PNPTEST\\D\\" Instance

static BOOLEAN HasDriverObject(PCWSTR Name)
{
    union {
        OBJECT_DIRECTORY_INFORMATION Entry;
        UCHAR Room[1024];
    } Buffer;
    UNICODE_STRING Directory = RTL_CONSTANT_STRING(L"\\Driver");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Directory, OBJ_CASE_INSENSITIVE);
    HANDLE Handle;
    ULONG Context = 0, Length;
    BOOLEAN Found = FALSE;
    if (!NT_SUCCESS(NtOpenDirectoryObject(&Handle, DIRECTORY_QUERY, &Attributes)))
        return FALSE;
    while (!Found && NtQueryDirectoryObject(Handle, &Buffer, sizeof(Buffer), TRUE, FALSE, &Context,
                                            &Length) == STATUS_SUCCESS)
        Found = _wcsicmp(Buffer.Entry.Name.Buffer, Name) == 0;
    NtClose(Handle);
    return Found;
}

static VOID CheckDriverGone(PCWSTR Name)
{
    LARGE_INTEGER Interval = TestMilliseconds(50);
    for (ULONG i = 0; i < 100 && HasDriverObject(Name); i++)
        NtDelayExecution(FALSE, &Interval);
    CHECK(!HasDriverObject(Name));
}

static VOID AddOf(PCWSTR Service, PCWSTR Path, PCWSTR Instance)
{
    WCHAR Key[TextChars];
    _snwprintf(Key, TextChars, ENUM L"%ws", Path);
    SetText(Key, L"Service", REG_SZ, Service, (ULONG)(wcslen(Service) + 1) * sizeof(WCHAR));
    SET_TEXTS(Key, L"LowerFilters", L"pnpdef\0");
    AddChild(L"D", Instance, BusNeedsNothing, 0);
    CheckProblem(Path, 0);
}

// The first is the filter's, the second the function driver's.
static VOID GetHosts(PCWSTR Path, ULONG Processes[2])
{
    Processes[0] = Processes[1] = 0;
    CHECK_EQUAL(GetProperty(Path, PNP_PROPERTY_HOST_PROCESSES, Processes, 2 * sizeof(ULONG)),
                2 * sizeof(ULONG));
    CHECK(Processes[0] != 0);
}

// Each device has a host of its own, where its filter is too, and which goes with the device.
VOID TestDevicePolicy(void)
{
    ULONG First[2], Second[2];
    MakeService(L"pnpdef", L"pnpfilter.sys", nullptr);
    MakeService(L"pnpdev", L"pnpfilter.sys", nullptr);
    SET_TEXT(SERVICES L"pnpdev", L"HostPolicy", L"Device");
    AddOf(L"pnpdev", DEVICE(L"p1"), L"p1");
    AddOf(L"pnpdev", DEVICE(L"p2"), L"p2");
    GetHosts(DEVICE(L"p1"), First);
    GetHosts(DEVICE(L"p2"), Second);
    CHECK_EQUAL(First[0], First[1]);
    CHECK_EQUAL(Second[0], Second[1]);
    CHECK(First[0] != Second[0]);
    CHECK(HasDriverObject(L"pnpdev") && HasDriverObject(L"pnpdev#2"));
    CHECK(HasDriverObject(L"pnpdef") && HasDriverObject(L"pnpdef#2"));
    CHECK_STATUS(LoadService(L"pnpdev", FALSE), STATUS_INVALID_DEVICE_REQUEST);
    PullChild(L"p1");
    CheckDriverGone(L"pnpdev");
    CheckDriverGone(L"pnpdef");
    CHECK(HasDriverObject(L"pnpdev#2"));
    AddOf(L"pnpdev", DEVICE(L"p1"), L"p1"); // the name is free again
    CHECK(HasDriverObject(L"pnpdev"));
    PullChild(L"p1");
    PullChild(L"p2");
    CheckDriverGone(L"pnpdev");
    CheckDriverGone(L"pnpdev#2");
}

// The driver runs in the host of the bus, and is no burden on it: it can be unloaded.
VOID TestParentPolicy(void)
{
    ULONG Own[2], Bus = 0;
    MakeService(L"pnppar", L"pnpfilter.sys", nullptr);
    SET_TEXT(SERVICES L"pnppar", L"HostPolicy", L"Parent");
    AddOf(L"pnppar", DEVICE(L"p3"), L"p3");
    GetHosts(DEVICE(L"p3"), Own);
    GetProperty(BUS_PATH, PNP_PROPERTY_HOST_PROCESSES, &Bus, sizeof(Bus));
    CHECK_EQUAL(Own[1], Bus);
    CHECK_EQUAL(Own[0], Bus);
    PullChild(L"p3");
    CHECK_STATUS(LoadService(L"pnppar", FALSE), STATUS_SUCCESS);
    CHECK_STATUS(LoadService(L"pnpdef", FALSE), STATUS_SUCCESS);
    CheckProblem(BUS_PATH, 0);
}

// A filter that says where it runs runs there.
VOID TestFilterPolicy(void)
{
    ULONG Hosts[2];
    SET_TEXT(SERVICES L"pnpdef", L"HostPolicy", L"Driver");
    AddOf(L"pnpdev", DEVICE(L"p4"), L"p4");
    GetHosts(DEVICE(L"p4"), Hosts);
    CHECK(Hosts[0] != Hosts[1] && Hosts[1] != 0);
    PullChild(L"p4");
    CHECK_STATUS(LoadService(L"pnpdef", FALSE), STATUS_SUCCESS);
}
