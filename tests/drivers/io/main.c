// The driver interface of requests, by a driver that tests itself and one that answers in every way.

#include <test.h>

#include "iotest.h"

static UNICODE_STRING Service =
    RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\iotest");

static NTSTATUS Open(PHANDLE File, ULONG Options)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\IoTest");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK Io;
    return NtOpenFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Io,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, Options);
}

static NTSTATUS Control(HANDLE File, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                        ULONG OutputLength, PULONG_PTR Information)
{
    IO_STATUS_BLOCK Io = {};
    NTSTATUS Status = NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, Code, Input,
                                            InputLength, Output, OutputLength);
    if (Information)
        *Information = Io.Information;
    return Status;
}

static NTSTATUS ControlOnce(ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                            ULONG OutputLength, PULONG_PTR Information)
{
    HANDLE File;
    NTSTATUS Status = Open(&File, FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Control(File, Code, Input, InputLength, Output, OutputLength, Information);
    NtClose(File);
    return Status;
}

static VOID SetNumber(HANDLE Key, PCWSTR Name, ULONG Value)
{
    UNICODE_STRING ValueName;
    RtlInitUnicodeString(&ValueName, Name);
    CHECK_STATUS(NtSetValueKey(Key, &ValueName, 0, REG_DWORD, &Value, sizeof(Value)),
                 STATUS_SUCCESS);
}

static VOID TestLoad(void)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Service, OBJ_CASE_INSENSITIVE);
    HANDLE Key;
    BOOLEAN WasEnabled;
    REQUIRE_STATUS(
        NtCreateKey(&Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr),
        STATUS_SUCCESS);
    SetNumber(Key, L"Type", 1);
    SetNumber(Key, L"Start", 3);
    NtClose(Key);
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    REQUIRE_STATUS(NtLoadDriver(&Service), STATUS_SUCCESS);
}

static VOID RunSelfTest(ULONG Number)
{
    ULONG Line = Number;
    REQUIRE_STATUS(ControlOnce(IOTEST_SELF, &Line, sizeof(Line), &Line, sizeof(Line), nullptr),
                   STATUS_SUCCESS);
    CHECK_EQUAL(Line, 0);
}

#define SELF_TEST(Name)            \
    static VOID Self##Name(void)   \
    {                              \
        RunSelfTest(IoTest##Name); \
    }

SELF_TEST(WorkItems)
SELF_TEST(RemoveLock)
SELF_TEST(BuiltControls)
SELF_TEST(BuiltTransfers)
SELF_TEST(Asynchronous)
SELF_TEST(OwnPointer)
SELF_TEST(ForeignPointer)
SELF_TEST(CompletionStops)
SELF_TEST(GuardedCompletion)
SELF_TEST(PartialMdl)
SELF_TEST(Associated)
SELF_TEST(DriverExtension)
SELF_TEST(ShareAccess)
SELF_TEST(DeviceTimer)
SELF_TEST(QueueContext)
SELF_TEST(DeferredStart)
SELF_TEST(ErrorLog)
SELF_TEST(DiskSectors)

// ---- Pointers and lengths

static VOID CheckMethod(ULONG Code, ULONG InputLength, ULONG OutputLength)
{
    static UCHAR Input[20000], Output[20000];
    ULONG_PTR Information;
    ULONG Length = min(InputLength, OutputLength), Wrong = 0;
    for (ULONG i = 0; i < InputLength; i++)
        Input[i] = (UCHAR)(i * 7);
    memset(Output, 0, sizeof(Output));
    REQUIRE_STATUS(
        ControlOnce(Code, Input + 1, InputLength, Output + 3, OutputLength, &Information),
        STATUS_SUCCESS);
    CHECK_EQUAL(Information, Length);
    for (ULONG i = 0; i < Length; i++)
        Wrong += Output[3 + i] != (UCHAR)(Input[1 + i] + 1);
    CHECK_EQUAL(Wrong, 0);
    CHECK_EQUAL(Output[3 + Length], 0);
}

static VOID TestLengths(void)
{
    static const ULONG Codes[] = {IOTEST_BUFFERED, IOTEST_OUT_DIRECT, IOTEST_NEITHER};
    static const ULONG Lengths[] = {0, 1, 100, 4095, 4096, 4097, 12288, 19000};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Codes); i++) {
        for (ULONG j = 0; j < RTL_NUMBER_OF(Lengths); j++) {
            CheckMethod(Codes[i], Lengths[j], Lengths[j]);
            CheckMethod(Codes[i], Lengths[j], 50);
            CheckMethod(Codes[i], 50, Lengths[j]);
        }
    }
}

static VOID TestInDirect(void)
{
    static UCHAR Output[9000];
    UCHAR Input = 0;
    ULONG_PTR Information;
    memset(Output, 2, sizeof(Output));
    CHECK_STATUS(ControlOnce(IOTEST_IN_DIRECT, &Input, 1, Output, sizeof(Output), &Information),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Information, 2 * sizeof(Output));
}

static VOID TestBadPointers(void)
{
    static const ULONG Codes[] = {IOTEST_BUFFERED, IOTEST_OUT_DIRECT, IOTEST_NEITHER};
    UCHAR Byte = 0;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Codes); i++) {
        CHECK_STATUS(ControlOnce(Codes[i], TEST_UNMAPPED, 8, &Byte, 1, nullptr),
                     STATUS_ACCESS_VIOLATION);
        CHECK_STATUS(ControlOnce(Codes[i], &Byte, 1, TestReadOnlyPage(), 1, nullptr),
                     STATUS_ACCESS_VIOLATION);
        CHECK_STATUS(ControlOnce(Codes[i], &Byte, 1, TEST_UNMAPPED, 1, nullptr),
                     STATUS_ACCESS_VIOLATION);
    }
    CHECK_STATUS(ControlOnce(IOTEST_IN_DIRECT, &Byte, 1, TEST_UNMAPPED, 8, nullptr),
                 STATUS_ACCESS_VIOLATION);
}

static VOID TestUnwind(void)
{
    CHECK_STATUS(ControlOnce(IOTEST_UNWIND, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_ACCESS_VIOLATION);
}

// ---- Requests that pend

static VOID TestPending(void)
{
    static const ULONG Codes[] = {IOTEST_DPC, IOTEST_WORK, IOTEST_THREAD};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Codes); i++) {
        for (ULONG j = 0; j < 20; j++)
            CHECK_STATUS(ControlOnce(Codes[i], nullptr, 0, nullptr, 0, nullptr), STATUS_SUCCESS);
    }
}

typedef struct _PENDING {
    HANDLE File, Event;
    IO_STATUS_BLOCK Io;
    ULONG Key;
} PENDING;

static NTSTATUS Prepare(PENDING *Pending)
{
    OBJECT_ATTRIBUTES Attributes = {.Length = sizeof(Attributes)};
    NTSTATUS Status = Open(&Pending->File, 0);
    if (!NT_SUCCESS(Status))
        return Status;
    return NtCreateEvent(&Pending->Event, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE);
}

static NTSTATUS Begin(PENDING *Pending, ULONG Code)
{
    NTSTATUS Status = Prepare(Pending);
    if (!NT_SUCCESS(Status))
        return Status;
    Pending->Io.Status = STATUS_PENDING;
    return NtDeviceIoControlFile(Pending->File, Pending->Event, nullptr, nullptr, &Pending->Io,
                                 Code, &Pending->Key, sizeof(Pending->Key), nullptr, 0);
}

static NTSTATUS Finish(PENDING *Pending)
{
    LARGE_INTEGER Timeout = TestMilliseconds(10'000);
    NTSTATUS Status = NtWaitForSingleObject(Pending->Event, FALSE, &Timeout);
    return Status == STATUS_SUCCESS ? Pending->Io.Status : Status;
}

static NTSTATUS End(PENDING *Pending)
{
    NTSTATUS Status = Finish(Pending);
    NtClose(Pending->Event);
    NtClose(Pending->File);
    return Status;
}

enum { Together = 16 };

// How many each DPC has completed, on average in hundredths.
static ULONG RunTogether(PENDING Pending[Together], ULONG Held)
{
    ULONG Dpcs = 0; // each of N requests of one counts 1/N
    for (ULONG i = 0; i < Together; i++) {
        Pending[i].Key = i == Held ? IOTEST_HELD_KEY : 0;
        Pending[i].Io.Status = STATUS_PENDING;
        NtDeviceIoControlFile(Pending[i].File, Pending[i].Event, nullptr, nullptr, &Pending[i].Io,
                              IOTEST_LATER, &Pending[i].Key, sizeof(Pending[i].Key), nullptr, 0);
    }
    for (ULONG i = 0; i < Together; i++) {
        CHECK_STATUS(Finish(&Pending[i]), STATUS_SUCCESS);
        Dpcs += 10000 / max((ULONG)Pending[i].Io.Information, 1);
    }
    return Together * 1000000 / max(Dpcs, 1);
}

// A DPC of low importance runs when those that come together are all there, and though one of them waits for it.
static VOID TestLater(void)
{
    enum { Rounds = 4 };
    LONG Above = 2, Usual = 0; // the host's workers, so that they find all requests together
    PENDING Pending[Together];
    ULONG Most = 0;
    for (ULONG i = 0; i < Together; i++)
        REQUIRE_STATUS(Prepare(&Pending[i]), STATUS_SUCCESS);
    CHECK_STATUS(
        NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &Above, sizeof(Above)),
        STATUS_SUCCESS);
    for (ULONG i = 0; i < Rounds; i++)
        Most = max(Most, RunTogether(Pending, Together));
    TestComment("%lu.%02lu requests a DPC", Most / 100, Most % 100);
    CHECK(Most >= 200);
    for (ULONG i = 0; i < Together; i++)
        RunTogether(Pending, i);
    NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &Usual, sizeof(Usual));
    CHECK_STATUS(ControlOnce(IOTEST_LATER, nullptr, 0, nullptr, 0, nullptr), STATUS_SUCCESS);
    for (ULONG i = 0; i < Together; i++) {
        NtClose(Pending[i].Event);
        NtClose(Pending[i].File);
    }
}

static VOID TestStack(void)
{
    ULONG_PTR Information;
    CHECK_STATUS(ControlOnce(IOTEST_STACK, nullptr, 0, nullptr, 0, &Information), STATUS_SUCCESS);
    CHECK_EQUAL(Information, 1);
}

// The first is worked on at once; the others wait in the order of their keys.
static VOID TestStartOrder(void)
{
    static const ULONG Keys[] = {IOTEST_HELD_KEY, 9, 3, 7, 3, 1};
    PENDING Pending[RTL_NUMBER_OF(Keys)];
    ULONG Order[64];
    ULONG_PTR Information;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Keys); i++) {
        Pending[i] = (PENDING){.Key = Keys[i]};
        CHECK_STATUS(Begin(&Pending[i], IOTEST_START), STATUS_PENDING);
    }
    CHECK_STATUS(ControlOnce(IOTEST_RELEASE, nullptr, 0, nullptr, 0, nullptr), STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Keys); i++)
        CHECK_STATUS(End(&Pending[i]), STATUS_SUCCESS);
    REQUIRE_STATUS(ControlOnce(IOTEST_ORDER, nullptr, 0, Order, sizeof(Order), &Information),
                   STATUS_SUCCESS);
    REQUIRE(Information == sizeof(Keys));
    CHECK_EQUAL(Order[0], IOTEST_HELD_KEY);
    for (ULONG i = 2; i < RTL_NUMBER_OF(Keys); i++)
        CHECK(Order[i - 1] <= Order[i]);
}

static VOID TestStartCancel(void)
{
    enum { Count = 6 };
    PENDING Pending[Count];
    IO_STATUS_BLOCK Io;
    ULONG Cancelled = 0;
    for (ULONG i = 0; i < Count; i++) {
        Pending[i] = (PENDING){.Key = i ? i : IOTEST_HELD_KEY}; // the others wait behind the first
        CHECK_STATUS(Begin(&Pending[i], IOTEST_START), STATUS_PENDING);
    }
    for (ULONG i = 1; i < Count; i += 2)
        NtCancelIoFile(Pending[i].File, &Io);
    CHECK_STATUS(ControlOnce(IOTEST_RELEASE, nullptr, 0, nullptr, 0, nullptr), STATUS_SUCCESS);
    for (ULONG i = 0; i < Count; i++) {
        NTSTATUS Status = End(&Pending[i]);
        CHECK(Status == STATUS_SUCCESS || (i % 2 && Status == STATUS_CANCELLED));
        Cancelled += Status == STATUS_CANCELLED;
    }
    CHECK(Cancelled > 0);
}

static VOID TestQueueRelease(void)
{
    PENDING Pending[4] = {};
    ULONG_PTR Information;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Pending); i++)
        CHECK_STATUS(Begin(&Pending[i], IOTEST_QUEUE), STATUS_PENDING);
    CHECK_STATUS(ControlOnce(IOTEST_RELEASE, nullptr, 0, nullptr, 0, &Information), STATUS_SUCCESS);
    CHECK_EQUAL(Information, RTL_NUMBER_OF(Pending));
    for (ULONG i = 0; i < RTL_NUMBER_OF(Pending); i++)
        CHECK_STATUS(End(&Pending[i]), STATUS_SUCCESS);
}

// Threads cancel what another thread releases at the same time: each request ends once, one way or the other.
static NTSTATUS CancelMany(PVOID Argument)
{
    ULONG Rounds = *(PULONG)Argument;
    for (ULONG i = 0; i < Rounds; i++) {
        PENDING Pending = {};
        IO_STATUS_BLOCK Io;
        NTSTATUS Status = Begin(&Pending, IOTEST_QUEUE);
        if (Status != STATUS_PENDING && Status != STATUS_SUCCESS)
            return Status;
        NtCancelIoFile(Pending.File, &Io);
        Status = End(&Pending);
        if (Status != STATUS_SUCCESS && Status != STATUS_CANCELLED)
            return Status;
    }
    return STATUS_SUCCESS;
}

static VOID TestCancelRace(void)
{
    enum { Cancellers = 3 };
    ULONG Rounds = 60;
    HANDLE Threads[Cancellers];
    for (ULONG i = 0; i < Cancellers; i++)
        Threads[i] = TestStartThread(CancelMany, &Rounds);
    for (ULONG i = 0; i < 100; i++)
        CHECK_STATUS(ControlOnce(IOTEST_RELEASE, nullptr, 0, nullptr, 0, nullptr), STATUS_SUCCESS);
    for (ULONG i = 0; i < Cancellers; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
}

// Closing the file cancels nothing by itself, but the end of its thread does.
static NTSTATUS LeaveBehind(PVOID Argument)
{
    return Begin(Argument, IOTEST_QUEUE) == STATUS_PENDING ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

static VOID TestThreadEnds(void)
{
    PENDING Pending = {};
    CHECK_STATUS(TestJoin(TestStartThread(LeaveBehind, &Pending)), STATUS_SUCCESS);
    CHECK_STATUS(End(&Pending), STATUS_CANCELLED);
}

static VOID TestUnload(void)
{
    HANDLE File;
    CHECK_STATUS(NtUnloadDriver(&Service), STATUS_SUCCESS);
    CHECK_STATUS(Open(&File, FILE_SYNCHRONOUS_IO_NONALERT), STATUS_OBJECT_NAME_NOT_FOUND);
}

static const TEST Tests[] = {
    {"loading the driver", TestLoad},
    {"lengths of every kind by each method", TestLengths},
    {"input through an MDL", TestInDirect},
    {"wrong pointers by each method", TestBadPointers},
    {"an exception that the driver handles", TestUnwind},
    {"work items of devices and drivers", SelfWorkItems},
    {"a remove lock waits for its holders", SelfRemoveLock},
    {"control packets that a driver builds", SelfBuiltControls},
    {"transfers that a driver builds", SelfBuiltTransfers},
    {"an asynchronous packet that a driver builds", SelfAsynchronous},
    {"a device of the same host by its name", SelfOwnPointer},
    {"a device of another host by its name", SelfForeignPointer},
    {"completion routines that stop", SelfCompletionStops},
    {"a completion routine that holds its device", SelfGuardedCompletion},
    {"partial MDLs", SelfPartialMdl},
    {"associated packets", SelfAssociated},
    {"data of a driver object", SelfDriverExtension},
    {"share access", SelfShareAccess},
    {"a device's timer", SelfDeviceTimer},
    {"a cancel-safe queue with contexts", SelfQueueContext},
    {"deferred StartIo", SelfDeferredStart},
    {"an entry of the error log", SelfErrorLog},
    {"the first sectors of a disk", SelfDiskSectors},
    {"completion by DPC, work item and thread", TestPending},
    {"completion by a DPC of low importance", TestLater},
    {"a completion routine resumes in a work item", TestStack},
    {"StartIo takes packets by key", TestStartOrder},
    {"StartIo and cancelling", TestStartCancel},
    {"a cancel-safe queue", TestQueueRelease},
    {"cancelling races with completion", TestCancelRace},
    {"a thread's end cancels its requests", TestThreadEnds},
    {"unloading the driver", TestUnload},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
