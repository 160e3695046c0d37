// Who asks, and what he may: subject contexts, access checks, callers' handles, named events, devices with descriptors.

#include <service.h>

#include "sectest.h"

static HANDLE Device;

static NTSTATUS Ask(ULONG Code, const VOID *Input, ULONG InputLength, PVOID Output,
                    ULONG OutputLength, PULONG_PTR Information)
{
    IO_STATUS_BLOCK Io = {};
    NTSTATUS Status = NtDeviceIoControlFile(Device, nullptr, nullptr, nullptr, &Io, Code,
                                            (PVOID)Input, InputLength, Output, OutputLength);
    if (Information)
        *Information = Io.Information;
    return Status;
}

static VOID TestLoad(void)
{
    REQUIRE_STATUS(ServiceLoad(L"sectest", L"sectest.sys"), STATUS_SUCCESS);
    REQUIRE_STATUS(ServiceOpen(L"\\Device\\SecTest", GENERIC_READ | GENERIC_WRITE,
                               FILE_SYNCHRONOUS_IO_NONALERT, &Device),
                   STATUS_SUCCESS);
}

static VOID TestSelf(void)
{
    ULONG Line = 0;
    REQUIRE_STATUS(Ask(SECTEST_SELF, nullptr, 0, &Line, sizeof(Line), nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Line, 0);
}

// ---- As who one is

// The thread acts as itself without the administrators' group.
static VOID BecomeUser(void)
{
    SECURITY_QUALITY_OF_SERVICE Quality = {sizeof(Quality), SecurityImpersonation, FALSE, FALSE};
    OBJECT_ATTRIBUTES Attributes = {.Length = sizeof(Attributes),
                                    .SecurityQualityOfService = &Quality};
    SID_IDENTIFIER_AUTHORITY Authority = SECURITY_NT_AUTHORITY;
    UCHAR Space[32];
    TOKEN_GROUPS Admins = {1, {{(PSID)Space, 0}}};
    HANDLE Token, Filtered, Copy;
    RtlInitializeSid(Space, &Authority, 2);
    *RtlSubAuthoritySid(Space, 0) = 32;
    *RtlSubAuthoritySid(Space, 1) = 544;
    REQUIRE_STATUS(NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &Token),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtFilterToken(Token, 0, &Admins, nullptr, nullptr, &Filtered), STATUS_SUCCESS);
    REQUIRE_STATUS(
        NtDuplicateToken(Filtered, TOKEN_ALL_ACCESS, &Attributes, FALSE, TokenImpersonation, &Copy),
        STATUS_SUCCESS);
    CHECK_STATUS(
        NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &Copy, sizeof(Copy)),
        STATUS_SUCCESS);
    NtClose(Token);
    NtClose(Filtered);
    NtClose(Copy);
}

static VOID BecomeSelf(void)
{
    HANDLE None = nullptr;
    CHECK_STATUS(
        NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &None, sizeof(None)),
        STATUS_SUCCESS);
}

static VOID CheckSubject(ULONG Code, ULONG Impersonates, ULONG Admin)
{
    SECTEST_SUBJECT_INFO Info = {9, 9, 9, 9};
    CHECK_STATUS(Ask(Code, nullptr, 0, &Info, sizeof(Info), nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Info.Impersonates, Impersonates);
    CHECK_EQUAL(Info.Admin, Admin);
    CHECK_EQUAL(Info.Restricted, 0);
    CHECK_EQUAL(Info.LocalSystem, 1);
}

static VOID TestSubject(void)
{
    CheckSubject(SECTEST_SUBJECT, 0, 1);
    BecomeUser();
    CheckSubject(SECTEST_SUBJECT, 1, 0);
    BecomeSelf();
}

// A token that the driver keeps from the open stays what it was.
static VOID TestOpener(void)
{
    HANDLE File;
    CheckSubject(SECTEST_OPENER, 0, 1);
    BecomeUser();
    CHECK_STATUS(ServiceOpen(L"\\Device\\SecTest", FILE_READ_ATTRIBUTES, 0, &File), STATUS_SUCCESS);
    BecomeSelf();
    CheckSubject(SECTEST_OPENER, 1, 0);
    NtClose(File);
}

static VOID TestPrivileges(void)
{
    LUID Debug = {SE_DEBUG_PRIVILEGE, 0};
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_DEBUG_PRIVILEGE, FALSE, FALSE, &WasEnabled);
    CHECK_STATUS(Ask(SECTEST_PRIVILEGE, &Debug, sizeof(Debug), nullptr, 0, nullptr),
                 STATUS_PRIVILEGE_NOT_HELD);
    RtlAdjustPrivilege(SE_DEBUG_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    CHECK_STATUS(Ask(SECTEST_PRIVILEGE, &Debug, sizeof(Debug), nullptr, 0, nullptr),
                 STATUS_SUCCESS);
}

static NTSTATUS Access(ACCESS_MASK Desired, PACCESS_MASK Granted)
{
    *Granted = 0;
    return Ask(SECTEST_ACCESS, &Desired, sizeof(Desired), Granted, sizeof(*Granted), nullptr);
}

static VOID TestAccess(void)
{
    ACCESS_MASK Granted;
    CHECK_STATUS(Access(GENERIC_READ, &Granted), STATUS_SUCCESS);
    CHECK_EQUAL(Granted, FILE_GENERIC_READ);
    CHECK_STATUS(Access(FILE_WRITE_DATA, &Granted), STATUS_ACCESS_DENIED);
    CHECK_STATUS(Access(MAXIMUM_ALLOWED, &Granted), STATUS_SUCCESS);
    CHECK((Granted & FILE_GENERIC_READ) == FILE_GENERIC_READ && !(Granted & FILE_WRITE_DATA));
    BecomeUser();
    CHECK_STATUS(Access(FILE_READ_DATA, &Granted), STATUS_ACCESS_DENIED);
    BecomeSelf();
}

// ---- Handles

static NTSTATUS AskHandle(ULONG Code, HANDLE Handle, ACCESS_MASK Access, PULONG_PTR Information)
{
    SECTEST_HANDLE Input = {(ULONG64)Handle, Access};
    return Ask(Code, &Input, sizeof(Input), nullptr, 0, Information);
}

static VOID TestCallersEvent(void)
{
    HANDLE Event, Readable;
    LARGE_INTEGER Now = {};
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    CHECK_STATUS(AskHandle(SECTEST_EVENT, Event, EVENT_MODIFY_STATE, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Now), STATUS_SUCCESS);
    REQUIRE_STATUS(NtDuplicateObject(NtCurrentProcess(), Event, NtCurrentProcess(), &Readable,
                                     EVENT_QUERY_STATE, 0, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(AskHandle(SECTEST_EVENT, Readable, EVENT_MODIFY_STATE, nullptr),
                 STATUS_ACCESS_DENIED);
    CHECK_STATUS(AskHandle(SECTEST_EVENT, Device, 0, nullptr), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(AskHandle(SECTEST_EVENT, (HANDLE)0x7770, 0, nullptr), STATUS_INVALID_HANDLE);
    NtClose(Event);
    NtClose(Readable);
}

static VOID TestCallersFile(void)
{
    HANDLE Null;
    ULONG_PTR Kind;
    CHECK_STATUS(AskHandle(SECTEST_FILE, Device, FILE_READ_DATA, &Kind), STATUS_SUCCESS);
    CHECK_EQUAL(Kind, 1);
    REQUIRE_STATUS(ServiceOpen(L"\\Device\\Null", GENERIC_READ, 0, &Null), STATUS_SUCCESS);
    CHECK_STATUS(AskHandle(SECTEST_FILE, Null, FILE_READ_DATA, &Kind), STATUS_SUCCESS);
    CHECK_EQUAL(Kind, 2);
    NtClose(Null);
}

static VOID TestCallersProcess(void)
{
    HANDLE Process;
    ULONG_PTR Id;
    CLIENT_ID Self = NtCurrentTeb()->ClientId;
    OBJECT_ATTRIBUTES Attributes = {.Length = sizeof(Attributes)};
    Self.UniqueThread = nullptr;
    CHECK_STATUS(AskHandle(SECTEST_PROCESS, NtCurrentProcess(), 0, &Id), STATUS_SUCCESS);
    CHECK_EQUAL(Id, (ULONG_PTR)Self.UniqueProcess);
    REQUIRE_STATUS(NtOpenProcess(&Process, PROCESS_QUERY_INFORMATION, &Attributes, &Self),
                   STATUS_SUCCESS);
    CHECK_STATUS(AskHandle(SECTEST_PROCESS, Process, PROCESS_QUERY_INFORMATION, &Id),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Id, (ULONG_PTR)Self.UniqueProcess);
    NtClose(Process);
}

static VOID TestCallersSemaphore(void)
{
    HANDLE Semaphore, Readable;
    LARGE_INTEGER Now = {};
    ULONG_PTR Before = 9;
    REQUIRE_STATUS(NtCreateSemaphore(&Semaphore, SEMAPHORE_ALL_ACCESS, nullptr, 1, 5),
                   STATUS_SUCCESS);
    CHECK_STATUS(AskHandle(SECTEST_SEMAPHORE, Semaphore, SEMAPHORE_MODIFY_STATE, &Before),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Before, 1);
    for (ULONG i = 0; i < 2; i++)
        CHECK_STATUS(NtWaitForSingleObject(Semaphore, FALSE, &Now), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Semaphore, FALSE, &Now), STATUS_TIMEOUT);
    REQUIRE_STATUS(NtDuplicateObject(NtCurrentProcess(), Semaphore, NtCurrentProcess(), &Readable,
                                     SEMAPHORE_QUERY_STATE, 0, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(AskHandle(SECTEST_SEMAPHORE, Readable, SEMAPHORE_MODIFY_STATE, nullptr),
                 STATUS_ACCESS_DENIED);
    CHECK_STATUS(AskHandle(SECTEST_EVENT, Semaphore, 0, nullptr), STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Semaphore);
    NtClose(Readable);
}

static VOID TestCallersTimer(void)
{
    HANDLE Timer;
    LARGE_INTEGER Due = TestMilliseconds(30), Now = {};
    REQUIRE_STATUS(NtCreateTimer(&Timer, TIMER_ALL_ACCESS, nullptr, SynchronizationTimer),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtSetTimer(Timer, &Due, nullptr, nullptr, FALSE, 0, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(AskHandle(SECTEST_WAIT, Timer, SYNCHRONIZE, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Timer, FALSE, &Now), STATUS_TIMEOUT); // the driver took it
    NtClose(Timer);
}

static NTSTATUS SleepAndEnd(PVOID Argument)
{
    LARGE_INTEGER Interval = TestMilliseconds(100);
    UNREFERENCED_PARAMETER(Argument);
    return NtDelayExecution(FALSE, &Interval);
}

static VOID TestCallersThread(void)
{
    ULONG_PTR Id = 0;
    THREAD_BASIC_INFORMATION Information;
    HANDLE Thread = TestStartThread(SleepAndEnd, nullptr);
    REQUIRE_STATUS(NtQueryInformationThread(Thread, ThreadBasicInformation, &Information,
                                            sizeof(Information), nullptr),
                   STATUS_SUCCESS);
    CHECK_STATUS(AskHandle(SECTEST_THREAD, Thread, THREAD_QUERY_INFORMATION, &Id), STATUS_SUCCESS);
    CHECK_EQUAL(Id, (ULONG_PTR)Information.ClientId.UniqueThread);
    CHECK_STATUS(AskHandle(SECTEST_WAIT, Thread, SYNCHRONIZE, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(AskHandle(SECTEST_THREAD, Thread, 0, nullptr), STATUS_THREAD_IS_TERMINATING);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}

static NTSTATUS SetGo(PVOID Argument)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\SecTestGo");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    HANDLE Event;
    UNREFERENCED_PARAMETER(Argument);
    NTSTATUS Status = NtOpenEvent(&Event, EVENT_ALL_ACCESS, &Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    LARGE_INTEGER Interval = TestMilliseconds(200);
    NtDelayExecution(FALSE, &Interval);
    Status = NtSetEvent(Event, nullptr);
    NtClose(Event);
    return Status;
}

// The program makes one of the two, the driver the other.
static VOID TestNamedEvents(void)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\SecTestGo");
    UNICODE_STRING DoneName = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\SecTestDone");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    OBJECT_ATTRIBUTES DoneAttributes = TestAttributes(&DoneName, OBJ_CASE_INSENSITIVE);
    HANDLE Event, Done;
    LARGE_INTEGER Now = {};
    REQUIRE_STATUS(
        NtCreateEvent(&Event, EVENT_ALL_ACCESS, &Attributes, SynchronizationEvent, FALSE),
        STATUS_SUCCESS);
    REQUIRE_STATUS(
        NtCreateEvent(&Done, EVENT_ALL_ACCESS, &DoneAttributes, NotificationEvent, FALSE),
        STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(SetGo, nullptr);
    CHECK_STATUS(Ask(SECTEST_NAMED, nullptr, 0, nullptr, 0, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Done, FALSE, &Now), STATUS_SUCCESS);
    NtClose(Event);
    NtClose(Done);
}

// ---- Devices

static VOID TestSecureDevices(void)
{
    HANDLE File;
    BecomeUser();
    CHECK_STATUS(ServiceOpen(L"\\Device\\SecTestAll", GENERIC_READ, 0, &File), STATUS_SUCCESS);
    NtClose(File);
    BecomeSelf();
    CHECK_STATUS(ServiceOpen(L"\\Device\\SecTestAdmins", GENERIC_READ, 0, &File), STATUS_SUCCESS);
    UCHAR Space[512];
    ULONG Length;
    BOOLEAN Present, Defaulted;
    PACL Dacl;
    REQUIRE_STATUS(
        NtQuerySecurityObject(File, DACL_SECURITY_INFORMATION, Space, sizeof(Space), &Length),
        STATUS_SUCCESS);
    CHECK_STATUS(RtlGetDaclSecurityDescriptor(Space, &Present, &Dacl, &Defaulted), STATUS_SUCCESS);
    REQUIRE(Present && Dacl);
    CHECK_EQUAL(Dacl->AceCount, 2);
    NtClose(File);
}

static NTSTATUS Create(PCWSTR Text)
{
    return Ask(SECTEST_CREATE, Text, (ULONG)(wcslen(Text) * sizeof(WCHAR)), nullptr, 0, nullptr);
}

static VOID TestDescriptors(void)
{
    static PCWSTR const Good[] = {
        L"D:P",
        L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGW;;;WD)(A;;GR;;;RC)",
        L"D:(D;;GA;;;S-1-5-32-546)",
        L"D:(D;;GA;;;BG)",
        L"D:(A;OICI;FR;;;AU)",
        L"D:(A;;0x1F01FF;;;AU)",
        L"O:BAD:P",
        L"O:SYG:SYD:P",
        L"O:BAG:SYD:(D;;0x1F01FF;;;S-1-5-32-546)(A;OICI;FR;;;AU)",
        L"D:P(A;;;;;WD)",
    };
    static PCWSTR const Bad[] = {
        L"X:",
        L"D:P(A;;GA;;;SY",
        L"D:P(A;;ZZ;;;SY)",
        L"D:P(A;;GA;;;QQ)",
        L"D:P(A;;GA;;;S-1-5-)",
        L"D:P(B;;GA;;;SY)",
        L"D:P(A;;GA;;SY)",
        L"D:P(A;;0xFFFFFFFFFF;;;SY)",
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Good); i++)
        if (!NT_SUCCESS(Create(Good[i])))
            TestFail(__FILE__, __LINE__, "'%ws' is refused", Good[i]);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++)
        if (Create(Bad[i]) != STATUS_INVALID_PARAMETER)
            TestFail(__FILE__, __LINE__, "'%ws' is taken", Bad[i]);
}

static VOID TestUnload(void)
{
    NtClose(Device);
    CHECK_STATUS(ServiceUnload(L"sectest"), STATUS_SUCCESS);
}

static const TEST Tests[] = {
    {"loading the driver", TestLoad},           {"what the driver tests by itself", TestSelf},
    {"the subject of a request", TestSubject},  {"the subject of an open", TestOpener},
    {"privileges of callers", TestPrivileges},  {"access of callers", TestAccess},
    {"a caller's event", TestCallersEvent},     {"a caller's files", TestCallersFile},
    {"a caller's process", TestCallersProcess}, {"a caller's semaphore", TestCallersSemaphore},
    {"a caller's timer", TestCallersTimer},     {"a caller's thread", TestCallersThread},
    {"named events", TestNamedEvents},          {"devices with a descriptor", TestSecureDevices},
    {"descriptors as text", TestDescriptors},   {"unloading the driver", TestUnload},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
