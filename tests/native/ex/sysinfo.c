// System information.

#include "suite.h"

static UCHAR Large[128 * 1024];

#define QUERY(Class, Data) NtQuerySystemInformation((Class), &(Data), sizeof(Data), nullptr)

VOID TestBasicInformation(void)
{
    SYSTEM_BASIC_INFORMATION Information;
    ULONG Length = 0;
    REQUIRE_STATUS(NtQuerySystemInformation(SystemBasicInformation, &Information,
                                            sizeof(Information), &Length),
                   STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(Information));
    CHECK_EQUAL(Information.PageSize, PAGE_SIZE);
    CHECK_EQUAL(Information.AllocationGranularity, 0x10000);
    CHECK_EQUAL(Information.NumberOfProcessors, 1);
    CHECK_EQUAL(Information.ActiveProcessorsAffinityMask, 1);
    CHECK(Information.NumberOfPhysicalPages > 1000);
}

static PSYSTEM_PROCESS_INFORMATION FindProcess(HANDLE Id)
{
    PSYSTEM_PROCESS_INFORMATION Process = (PSYSTEM_PROCESS_INFORMATION)Large;
    for (;;) {
        if (Process->UniqueProcessId == Id)
            return Process;
        if (!Process->NextEntryOffset)
            return nullptr;
        Process = (PSYSTEM_PROCESS_INFORMATION)((PUCHAR)Process + Process->NextEntryOffset);
    }
}

static NTSTATUS ReturnAtOnce(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

VOID TestProcessList(void)
{
    ULONG Length = 0;
    HANDLE Thread;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"smss.exe");
    REQUIRE_STATUS(RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0, ReturnAtOnce,
                                       nullptr, &Thread, nullptr),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtQuerySystemInformation(SystemProcessInformation, Large, 16, &Length),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK(Length > 16 && Length <= sizeof(Large));
    REQUIRE_STATUS(
        NtQuerySystemInformation(SystemProcessInformation, Large, sizeof(Large), &Length),
        STATUS_SUCCESS);
    PSYSTEM_PROCESS_INFORMATION Self = FindProcess(NtCurrentTeb()->ClientId.UniqueProcess);
    REQUIRE(Self);
    CHECK_EQUAL(Self->NumberOfThreads, 2);
    CHECK(RtlEqualUnicodeString(&Self->ImageName, &Name, TRUE));
    CHECK(Self->HandleCount > 0 && Self->WorkingSetSize > 0 && Self->VirtualSize > 0);
    CHECK_EQUAL(Self->Threads[0].ClientId.UniqueThread, NtCurrentTeb()->ClientId.UniqueThread);
    CHECK_EQUAL(Self->Threads[0].ThreadState, Running);
    CHECK(Self->KernelTime.QuadPart + Self->UserTime.QuadPart > 0);
    NtResumeThread(Thread, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}

VOID TestHandleList(void)
{
    HANDLE Event;
    REQUIRE_STATUS(
        NtCreateEvent(&Event, EVENT_QUERY_STATE | SYNCHRONIZE, nullptr, NotificationEvent, FALSE),
        STATUS_SUCCESS);
    REQUIRE_STATUS(
        NtQuerySystemInformation(SystemExtendedHandleInformation, Large, sizeof(Large), nullptr),
        STATUS_SUCCESS);
    PSYSTEM_HANDLE_INFORMATION_EX List = (PSYSTEM_HANDLE_INFORMATION_EX)Large;
    ULONG Found = 0;
    for (ULONG i = 0; i < List->NumberOfHandles; i++) {
        if (List->Handles[i].UniqueProcessId == (ULONG_PTR)NtCurrentTeb()->ClientId.UniqueProcess &&
            List->Handles[i].HandleValue == (ULONG_PTR)Event) {
            CHECK_EQUAL(List->Handles[i].GrantedAccess, EVENT_QUERY_STATE | SYNCHRONIZE);
            Found++;
        }
    }
    CHECK_EQUAL(Found, 1);
    CHECK_STATUS(NtQuerySystemInformation(SystemHandleInformation, Large, sizeof(Large), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(((PSYSTEM_HANDLE_INFORMATION)Large)->NumberOfHandles, List->NumberOfHandles);
    NtClose(Event);
}

VOID TestProcessImageName(void)
{
    WCHAR Buffer[260];
    SYSTEM_PROCESS_ID_INFORMATION Information = {
        .ProcessId = NtCurrentTeb()->ClientId.UniqueProcess,
        .ImageName = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer},
    };
    CHECK_STATUS(QUERY(SystemProcessIdInformation, Information), STATUS_SUCCESS);
    CHECK(Information.ImageName.Length > 0);
    Information.ImageName.MaximumLength = 2;
    CHECK_STATUS(QUERY(SystemProcessIdInformation, Information), STATUS_INFO_LENGTH_MISMATCH);
    CHECK(Information.ImageName.MaximumLength > 2);
    Information.ImageName.Buffer = TEST_KERNEL;
    Information.ImageName.MaximumLength = sizeof(Buffer);
    CHECK_STATUS(QUERY(SystemProcessIdInformation, Information), STATUS_ACCESS_VIOLATION);
    Information.ProcessId = (HANDLE)0x7FFFFFF0;
    CHECK_STATUS(QUERY(SystemProcessIdInformation, Information), STATUS_INVALID_CID);
}

VOID TestProcessorInformation(void)
{
    SYSTEM_PROCESSOR_INFORMATION Processor;
    SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION Times, Later;
    REQUIRE_STATUS(QUERY(SystemProcessorInformation, Processor), STATUS_SUCCESS);
    CHECK_EQUAL(Processor.ProcessorArchitecture, PROCESSOR_ARCHITECTURE_AMD64);
    REQUIRE_STATUS(QUERY(SystemProcessorPerformanceInformation, Times), STATUS_SUCCESS);
    LARGE_INTEGER Delay = TestMilliseconds(30);
    NtDelayExecution(FALSE, &Delay);
    REQUIRE_STATUS(QUERY(SystemProcessorPerformanceInformation, Later), STATUS_SUCCESS);
    CHECK(Later.IdleTime.QuadPart > Times.IdleTime.QuadPart); // nobody computed
    CHECK(Later.KernelTime.QuadPart >= Later.IdleTime.QuadPart);
    CHECK(Later.UserTime.QuadPart >= Times.UserTime.QuadPart);
}

VOID TestMemoryInformation(void)
{
    SYSTEM_PERFORMANCE_INFORMATION Information;
    SYSTEM_BASIC_INFORMATION Basic;
    REQUIRE_STATUS(QUERY(SystemPerformanceInformation, Information), STATUS_SUCCESS);
    REQUIRE_STATUS(QUERY(SystemBasicInformation, Basic), STATUS_SUCCESS);
    CHECK(Information.AvailablePages > 0);
    CHECK(Information.AvailablePages < Basic.NumberOfPhysicalPages);
    CHECK(Information.CommittedPages > 0 && Information.CommittedPages <= Information.CommitLimit);
}

VOID TestTimeOfDay(void)
{
    SYSTEM_TIMEOFDAY_INFORMATION Information;
    LARGE_INTEGER Now;
    REQUIRE_STATUS(QUERY(SystemTimeOfDayInformation, Information), STATUS_SUCCESS);
    NtQuerySystemTime(&Now);
    CHECK(Information.BootTime.QuadPart < Information.CurrentTime.QuadPart);
    CHECK(Information.CurrentTime.QuadPart <= Now.QuadPart);
    CHECK_STATUS(NtQuerySystemInformation(SystemTimeOfDayInformation, &Information, 8, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtQuerySystemInformation(SystemTimeOfDayInformation, Large,
                                          sizeof(Information) + 1, nullptr),
                 STATUS_INFO_LENGTH_MISMATCH);
}

// Each class says what it needs when the buffer is too small, and writes there when it is not.
VOID TestClassLengths(void)
{
    static const ULONG Classes[] = {
        SystemBasicInformation,
        SystemProcessorInformation,
        SystemPerformanceInformation,
        SystemProcessInformation,
        SystemProcessorPerformanceInformation,
        SystemFlagsInformation,
        SystemHandleInformation,
        SystemExtendedHandleInformation,
        SystemKernelDebuggerInformation,
        SystemCurrentTimeZoneInformation,
        SystemLogicalProcessorInformation,
        SystemDynamicTimeZoneInformation,
        SystemProcessorBrandString,
        SystemBasicPerformanceInformation,
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Classes); i++) {
        ULONG Length = 0, Again = 0;
        NTSTATUS Status =
            NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS)Classes[i], Large, 0, &Length);
        if (Status != STATUS_INFO_LENGTH_MISMATCH || !Length)
            TestFail(__FILE__, __LINE__, "class %lu: %08lx, %lu bytes", Classes[i], Status, Length);
        Status =
            NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS)Classes[i], Large, Length, &Again);
        if (Status != STATUS_SUCCESS || Again != Length)
            TestFail(__FILE__, __LINE__, "class %lu: %08lx, %lu of %lu bytes", Classes[i], Status,
                     Again, Length);
        Status = NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS)Classes[i], TEST_KERNEL, Length,
                                          nullptr);
        if (Status != STATUS_ACCESS_VIOLATION)
            TestFail(__FILE__, __LINE__, "class %lu: %08lx for a bad address", Classes[i], Status);
        Status = NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS)Classes[i], Large, Length,
                                          TEST_UNMAPPED);
        if (Status != STATUS_ACCESS_VIOLATION)
            TestFail(__FILE__, __LINE__, "class %lu: %08lx for a bad length", Classes[i], Status);
    }
}

VOID TestUnknownClasses(void)
{
    CHECK_STATUS(NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS)0x7FFFFFFF, Large,
                                          sizeof(Large), nullptr),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(
        NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS)-1, Large, sizeof(Large), nullptr),
        STATUS_INVALID_INFO_CLASS);
    ULONG Input = 0;
    CHECK_STATUS(NtQuerySystemInformationEx(SystemBasicInformation, &Input, sizeof(Input), Large,
                                            sizeof(Large), nullptr),
                 STATUS_INVALID_INFO_CLASS);
}

VOID TestExtendedClasses(void)
{
    LOGICAL_PROCESSOR_RELATIONSHIP Kind = RelationAll;
    ULONG Length = 0;
    CHECK_STATUS(NtQuerySystemInformationEx(SystemLogicalProcessorAndGroupInformation, &Kind,
                                            sizeof(Kind), Large, 0, &Length),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQuerySystemInformationEx(SystemLogicalProcessorAndGroupInformation, &Kind,
                                            sizeof(Kind), Large, Length, &Length),
                 STATUS_SUCCESS);
    ULONG Records = 0;
    for (ULONG Offset = 0; Offset < Length; Records++)
        Offset += ((PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX)(Large + Offset))->Size;
    CHECK_EQUAL(Records, 4);
    CHECK_STATUS(NtQuerySystemInformationEx(SystemLogicalProcessorAndGroupInformation, nullptr, 0,
                                            Large, sizeof(Large), nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtQuerySystemInformationEx(SystemLogicalProcessorAndGroupInformation,
                                            TEST_UNMAPPED, sizeof(Kind), Large, sizeof(Large),
                                            nullptr),
                 STATUS_ACCESS_VIOLATION);
}

// ---- Firmware tables

static NTSTATUS QueryFirmware(ULONG Provider, ULONG Action, PCSTR Table, ULONG Room, PULONG Length)
{
    PSYSTEM_FIRMWARE_TABLE_INFORMATION Query = (PVOID)Large;
    *Query = (SYSTEM_FIRMWARE_TABLE_INFORMATION){
        .ProviderSignature = Provider,
        .Action = (SYSTEM_FIRMWARE_TABLE_ACTION)Action,
        .TableBufferLength = Room,
    };
    memcpy(&Query->TableID, Table, sizeof(Query->TableID));
    return NtQuerySystemInformation(
        SystemFirmwareTableInformation, Large,
        FIELD_OFFSET(SYSTEM_FIRMWARE_TABLE_INFORMATION, TableBuffer) + Room, Length);
}

// The tables that every machine of today has.
VOID TestFirmwareTables(void)
{
    static const PCSTR Tables[] = {"FACP", "DSDT", "FACS", "APIC"};
    enum : ULONG { Acpi = 0x41435049, Header = 16, Room = 64 * 1024 };
    PSYSTEM_FIRMWARE_TABLE_INFORMATION Query = (PVOID)Large;
    ULONG Length = 0, Needed = 0;
    CHECK_STATUS(QueryFirmware(Acpi, SystemFirmwareTableEnumerate, "    ", 0, &Needed),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(Needed, Header + Query->TableBufferLength);
    CHECK_STATUS(QueryFirmware(Acpi, SystemFirmwareTableEnumerate, "    ", Room, &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, Needed);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Tables); i++) {
        CHECK_STATUS(QueryFirmware(Acpi, SystemFirmwareTableGet, Tables[i], Room, &Length),
                     STATUS_SUCCESS);
        CHECK(memcmp(Query->TableBuffer, Tables[i], 4) == 0);
        CHECK_EQUAL(*(ULONG *)(Query->TableBuffer + 4), Query->TableBufferLength);
        CHECK_STATUS(QueryFirmware(Acpi, SystemFirmwareTableGet, Tables[i], 8, &Length),
                     STATUS_BUFFER_TOO_SMALL);
        CHECK_EQUAL(Length, Header + Query->TableBufferLength);
    }
    CHECK_STATUS(QueryFirmware(Acpi, SystemFirmwareTableGet, "NONE", Room, nullptr),
                 STATUS_NOT_FOUND);
    CHECK_STATUS(QueryFirmware(Acpi, 2, "FACP", Room, nullptr), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(QueryFirmware(0x12345678, SystemFirmwareTableGet, "FACP", Room, nullptr),
                 STATUS_NOT_IMPLEMENTED);
    CHECK_STATUS(
        NtQuerySystemInformation(SystemFirmwareTableInformation, Large, Header - 1, nullptr),
        STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(
        NtQuerySystemInformation(SystemFirmwareTableInformation, TEST_UNMAPPED, 64, nullptr),
        STATUS_ACCESS_VIOLATION);
}

// QEMU's BIOS has them where they can be found; UEFI firmware has not.
VOID TestSmbios(void)
{
    enum : ULONG { Smbios = 0x52534D42, Header = 8, Room = 64 * 1024 };
    PSYSTEM_FIRMWARE_TABLE_INFORMATION Query = (PVOID)Large;
    ULONG Length = 0;
    NTSTATUS Status = QueryFirmware(Smbios, SystemFirmwareTableGet, "\0\0\0", Room, &Length);
    if (Status == STATUS_NOT_FOUND)
        return;
    REQUIRE_STATUS(Status, STATUS_SUCCESS);
    CHECK_EQUAL(*(ULONG *)(Query->TableBuffer + 4), Query->TableBufferLength - Header);
    CHECK(Query->TableBuffer[1] >= 2);          // the version
    CHECK_EQUAL(Query->TableBuffer[Header], 0); // the first structure is the BIOS's
    CHECK_STATUS(QueryFirmware(Smbios, SystemFirmwareTableEnumerate, "\0\0\0", Room, &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Query->TableBufferLength, sizeof(ULONG));
}
