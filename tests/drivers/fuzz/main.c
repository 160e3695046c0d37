// Control requests to every device of the system: codes that its drivers know and any others, methods, buffers and
// lengths, input that is nearly right. Each request must come back, by itself or when it is cancelled; no driver host may
// end, and each device must open afterwards. Layouts of the disks are changed at the end only.

#include "fuzz.h"

#include "../ioctl/ioctl.h"

#ifndef FUZZ_CALLS
#define FUZZ_CALLS 20'000
#endif
#ifndef FUZZ_SEED
#define FUZZ_SEED 1
#endif

enum {
    ArenaSize = 1 << 17,
    CallMilliseconds = 5,
    CheckCalls = 1000,
    KeptCalls = 8,
    EndCalls = FUZZ_CALLS / 20,
};

typedef struct _FUZZ_CALL {
    const FUZZ_DEVICE *Device;
    ULONG Code, InputLength, OutputLength;
    PVOID Input, Output;
    NTSTATUS Status;
} FUZZ_CALL;

static PUCHAR Arena;
static HANDLE Event;
static ULONGLONG State = FUZZ_SEED * 0x9E3779B97F4A7C15 + 1;
static FUZZ_CALL Calls[KeptCalls]; // the last ones
static ULONG CallCount;

static ULONG Below(ULONG Limit)
{
    State ^= State << 13;
    State ^= State >> 7;
    State ^= State << 17;
    return (ULONG)(State * 0x2545F4914F6CDD1D >> 32) % Limit;
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
    FuzzFindDevices();
    CHECK(FuzzDeviceCount >= 2);
}

// ---- Requests

static BOOLEAN IsForbidden(ULONG Code)
{
    // The one code that keeps a thread of ioctltest.sys for seconds is none for this.
    if (Code == IOCTL_TEST_MEET)
        return TRUE;
    for (ULONG i = 0; i < FuzzCodeCount && !FuzzMayDestroy; i++)
        if (FuzzCodes[i].Code == Code && FuzzCodes[i].Destroys)
            return TRUE;
    return FALSE;
}

// A code of the device's own type, if it is one that a driver knows.
static ULONG KnownCode(const FUZZ_DEVICE *Device)
{
    ULONG Code = 0;
    for (ULONG i = 0; i < 20; i++) {
        Code = FuzzCodes[Below(FuzzCodeCount)].Code;
        if (Code >> 16 == Device->Type)
            break;
    }
    return Code;
}

// Else mostly of the device's own type, with functions where these usually are.
static ULONG AnyCode(const FUZZ_DEVICE *Device)
{
    ULONG Function = Below(3) ? Below(64) : 0x800 + Below(16);
    if (Below(3))
        return Below(4) ? KnownCode(Device) : FuzzCodes[Below(FuzzCodeCount)].Code;
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
    static const ULONG Lengths[] = {0, 1, 4, 8, 12, 16, 24, 32, 40, 64, 256, 4096, 65536};
    switch (Below(12)) {
    case 0:
        return Below(0xFFFFFFFF);
    case 1:
        return Below(9000);
    case 2:
    case 3:
        return Below(300);
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

static VOID Report(const FUZZ_CALL *Call, PCSTR What)
{
    TestFail(__FILE__, __LINE__, "%ws: %s: code %08lx, %p %lx, %p %lx, status %08lx",
             Call->Device->Name, What, Call->Code, Call->Input, Call->InputLength, Call->Output,
             Call->OutputLength, Call->Status);
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

static VOID MakeCall(FUZZ_CALL *Call)
{
    *Call = (FUZZ_CALL){
        .Device = &FuzzDevices[Below(FuzzDeviceCount)],
        .InputLength = AnyLength(),
        .OutputLength = AnyLength(),
        .Input = AnyAddress(),
        .Output = AnyAddress(),
    };
    Call->Code = AnyCode(Call->Device);
    ULONG Shaped = Below(8) ? FuzzShape(Call->Code, Arena, Below) : 0;
    if (!Shaped)
        return;
    Call->Input = Arena;
    Call->InputLength = Below(8) ? Shaped : Below(Shaped + 1);
    if (Below(4))
        Call->Output = Arena;
    if (Below(4))
        Call->OutputLength = Shaped + Below(1024);
}

static BOOLEAN OneRequest(void)
{
    static IO_STATUS_BLOCK IoStatus;
    FUZZ_CALL *Call = &Calls[CallCount++ % KeptCalls];
    MakeCall(Call);
    if (IsForbidden(Call->Code) || !Call->Device->File)
        return TRUE;
    BOOLEAN FileSystem = Call->Code >> 16 == FILE_DEVICE_FILE_SYSTEM;
    Call->Status =
        FileSystem != !Below(8)
            ? NtFsControlFile(Call->Device->File, Event, nullptr, nullptr, &IoStatus, Call->Code,
                              Call->Input, Call->InputLength, Call->Output, Call->OutputLength)
            : NtDeviceIoControlFile(Call->Device->File, Event, nullptr, nullptr, &IoStatus,
                                    Call->Code, Call->Input, Call->InputLength, Call->Output,
                                    Call->OutputLength);
    if (Call->Status == STATUS_PENDING && !Finish(Call->Device)) {
        Report(Call, "does not end");
        return FALSE;
    }
    return TRUE;
}

// A device whose host has ended answers nothing, until its driver has been started anew.
static BOOLEAN AreDevicesThere(void)
{
    IO_STATUS_BLOCK IoStatus;
    FILE_FS_DEVICE_INFORMATION Information;
    for (ULONG i = 0; i < FuzzDeviceCount; i++) {
        HANDLE File = FuzzDevices[i].File;
        NTSTATUS Status =
            !File ? STATUS_SUCCESS
                  : NtQueryVolumeInformationFile(File, &IoStatus, &Information, sizeof(Information),
                                                 FileFsDeviceInformation);
        if (Status != STATUS_DEVICE_DOES_NOT_EXIST && Status != STATUS_NO_SUCH_DEVICE)
            continue;
        TestFail(__FILE__, __LINE__, "%ws: the host has ended", FuzzDevices[i].Name);
        return FALSE;
    }
    return TRUE;
}

static VOID RunRequests(ULONG Count)
{
    for (ULONG i = 0; i < Count; i++) {
        if (i % CheckCalls == 0)
            MakeData();
        if (i && i % 10'000 == 0) // who watches sees that it goes on
            TestComment("%lu requests", i);
        if (!OneRequest())
            return;
        if (i % CheckCalls || AreDevicesThere())
            continue;
        for (ULONG Last = 0; Last < KeptCalls; Last++)
            Report(&Calls[(CallCount + Last) % KeptCalls], "among the last");
        return;
    }
}

static VOID TestRequests(void)
{
    REQUIRE(FuzzDeviceCount);
    RunRequests(FUZZ_CALLS);
}

// What a change of a layout takes away: partitions and their volumes.
static BOOLEAN MayBeGone(const FUZZ_DEVICE *Device)
{
    return FuzzMayDestroy && (wcsstr(Device->Name, L"Volume") || Device->Type == FILE_DEVICE_DISK);
}

static VOID ReopenAll(void)
{
    FuzzCloseAll();
    for (ULONG i = 0; i < FuzzDeviceCount; i++) {
        NTSTATUS Status = FuzzReopen(&FuzzDevices[i]);
        if (!NT_SUCCESS(Status) && !MayBeGone(&FuzzDevices[i]))
            TestFail(__FILE__, __LINE__, "%ws: %08lx", FuzzDevices[i].Name, Status);
    }
}

static VOID TestDestroying(void)
{
    FuzzMayDestroy = TRUE;
    RunRequests(EndCalls);
    ReopenAll();
    FuzzCloseAll();
    CHECK_STATUS(ServiceUnload(L"ioctltest"), STATUS_SUCCESS);
}

static const TEST Tests[] = {
    {"the devices of the system", TestFind},
    {"control requests come back", TestRequests},
    {"the devices are there afterwards", ReopenAll},
    {"requests that destroy come back too", TestDestroying},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
