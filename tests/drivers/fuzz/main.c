// Random control requests to every device of the system: codes, methods, buffers and lengths. Each request must
// come back, by itself or when it is cancelled, and each device must be there and open afterwards.

#include <service.h>

#include "../ioctl/ioctl.h"

#ifndef FUZZ_CALLS
#define FUZZ_CALLS 20'000
#endif
#ifndef FUZZ_SEED
#define FUZZ_SEED 1
#endif

enum { MostDevices = 64, NameChars = 64, ArenaSize = 1 << 17, CallMilliseconds = 5 };

typedef struct _FUZZ_DEVICE {
    WCHAR Name[NameChars];
    HANDLE File;
    ULONG Type;
} FUZZ_DEVICE, *PFUZZ_DEVICE;

static FUZZ_DEVICE Devices[MostDevices];
static ULONG DeviceCount;
static PUCHAR Arena;
static HANDLE Event;
static ULONGLONG State = FUZZ_SEED * 0x9E3779B97F4A7C15 + 1;

static ULONG Below(ULONG Limit)
{
    State ^= State << 13;
    State ^= State >> 7;
    State ^= State << 17;
    return (ULONG)(State * 0x2545F4914F6CDD1D >> 32) % Limit;
}

// ---- The devices

static NTSTATUS OpenDevice(PCWSTR Name, PHANDLE File)
{
    NTSTATUS Status = ServiceOpen(Name, GENERIC_READ | GENERIC_WRITE, 0, File);
    return NT_SUCCESS(Status) ? Status : ServiceOpen(Name, FILE_READ_ATTRIBUTES, 0, File);
}

// Those that do not open, PnP's bus devices for example, are left out.
static VOID AddDevice(PCUNICODE_STRING Name)
{
    FUZZ_DEVICE Device = {};
    FILE_FS_DEVICE_INFORMATION Information;
    IO_STATUS_BLOCK IoStatus;
    if (DeviceCount == MostDevices)
        return;
    _snwprintf(Device.Name, NameChars - 1, L"\\Device\\%wZ", Name);
    if (!NT_SUCCESS(OpenDevice(Device.Name, &Device.File)))
        return;
    if (NT_SUCCESS(NtQueryVolumeInformationFile(Device.File, &IoStatus, &Information,
                                                sizeof(Information), FileFsDeviceInformation)))
        Device.Type = Information.DeviceType;
    TestComment("%ws, type %lx", Device.Name, Device.Type);
    Devices[DeviceCount++] = Device;
}

static VOID FindDevices(void)
{
    alignas(8) static UCHAR Buffer[1024];
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device"), Kind = RTL_CONSTANT_STRING(L"Device");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    HANDLE Directory;
    ULONG Context = 0;
    REQUIRE_STATUS(NtOpenDirectoryObject(&Directory, DIRECTORY_QUERY, &Attributes), STATUS_SUCCESS);
    while (NT_SUCCESS(NtQueryDirectoryObject(Directory, Buffer, sizeof(Buffer), TRUE, Context == 0,
                                             &Context, nullptr))) {
        POBJECT_DIRECTORY_INFORMATION Entry = (POBJECT_DIRECTORY_INFORMATION)Buffer;
        if (RtlEqualUnicodeString(&Entry->TypeName, &Kind, TRUE))
            AddDevice(&Entry->Name);
    }
    NtClose(Directory);
}

static VOID TestFind(void)
{
    SIZE_T Size = ArenaSize;
    REQUIRE_STATUS(ServiceLoad(L"ioctltest", L"ioctltest.sys"), STATUS_SUCCESS);
    REQUIRE_STATUS(NtAllocateVirtualMemory(NtCurrentProcess(), (PVOID *)&Arena, 0, &Size,
                                           MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE),
                   STATUS_SUCCESS);
    FindDevices();
    CHECK(DeviceCount >= 2);
}

// ---- Requests

// Mostly of the device's own type, with functions where these usually are.
static ULONG AnyCode(const FUZZ_DEVICE *Device)
{
    ULONG Function = Below(3) ? Below(64) : 0x800 + Below(16);
    if (!Below(32))
        return Below(0xFFFFFFFF);
    return CTL_CODE(Below(8) ? Device->Type : Below(0x60), Function, Below(4), Below(4));
}

static PVOID AnyAddress(void)
{
    switch (Below(16)) {
    case 0:
        return nullptr;
    case 1:
        return TEST_UNMAPPED;
    case 2:
        return TEST_KERNEL;
    case 3:
        return TEST_WRAPPING;
    case 4:
        return TestReadOnlyPage();
    case 5:
        return TestEndOfPage(Below(64));
    default:
        return Arena + Below(ArenaSize);
    }
}

static ULONG AnyLength(void)
{
    static const ULONG Lengths[] = {0, 1, 4, 8, 16, 24, 40, 64, 256, 4096, 65536};
    switch (Below(8)) {
    case 0:
        return Below(0xFFFFFFFF);
    case 1:
    case 2:
        return Below(9000);
    default:
        return Lengths[Below(RTL_NUMBER_OF(Lengths))];
    }
}

static VOID MakeData(void)
{
    PULONG Words = (PULONG)Arena;
    for (ULONG i = 0; i < ArenaSize / sizeof(ULONG); i++)
        Words[i] = Below(2) ? Below(16) : Below(0xFFFFFFFF);
}

// FALSE: it does not end even when cancelled.
static BOOLEAN Finish(const FUZZ_DEVICE *Device)
{
    LARGE_INTEGER Short = TestMilliseconds(CallMilliseconds), Long = TestMilliseconds(20'000);
    IO_STATUS_BLOCK IoStatus;
    if (NtWaitForSingleObject(Event, FALSE, &Short) == STATUS_WAIT_0)
        return TRUE;
    NtCancelIoFile(Device->File, &IoStatus);
    return NtWaitForSingleObject(Event, FALSE, &Long) == STATUS_WAIT_0;
}

// The one code that keeps a thread of ioctltest.sys for seconds is none for this.
static BOOLEAN OneRequest(const FUZZ_DEVICE *Device)
{
    static IO_STATUS_BLOCK IoStatus;
    ULONG Code = AnyCode(Device), InputLength = AnyLength(), OutputLength = AnyLength();
    PVOID Input = AnyAddress(), Output = AnyAddress();
    if (Code == IOCTL_TEST_MEET)
        return TRUE;
    NTSTATUS Status = Below(8)
                          ? NtDeviceIoControlFile(Device->File, Event, nullptr, nullptr, &IoStatus,
                                                  Code, Input, InputLength, Output, OutputLength)
                          : NtFsControlFile(Device->File, Event, nullptr, nullptr, &IoStatus, Code,
                                            Input, InputLength, Output, OutputLength);
    if (Status != STATUS_PENDING || Finish(Device))
        return TRUE;
    TestFail(__FILE__, __LINE__, "%ws does not end: code %08lx, %p %lx, %p %lx", Device->Name, Code,
             Input, InputLength, Output, OutputLength);
    return FALSE;
}

static VOID TestRequests(void)
{
    REQUIRE(DeviceCount);
    for (ULONG i = 0; i < FUZZ_CALLS; i++) {
        if (i % 1000 == 0)
            MakeData();
        if (i && i % 10'000 == 0) // who watches sees that it goes on
            TestComment("%lu requests", i);
        if (!OneRequest(&Devices[Below(DeviceCount)]))
            return;
    }
}

// No host has ended: its devices would have failed.
static VOID TestDevicesAfterwards(void)
{
    for (ULONG i = 0; i < DeviceCount; i++) {
        HANDLE File;
        NtClose(Devices[i].File);
        NTSTATUS Status = OpenDevice(Devices[i].Name, &File);
        if (NT_SUCCESS(Status))
            NtClose(File);
        else
            TestFail(__FILE__, __LINE__, "%ws: %08lx", Devices[i].Name, Status);
    }
    CHECK_STATUS(ServiceUnload(L"ioctltest"), STATUS_SUCCESS);
}

static const TEST Tests[] = {
    {"the devices of the system", TestFind},
    {"random control requests come back", TestRequests},
    {"the devices are there afterwards", TestDevicesAfterwards},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
