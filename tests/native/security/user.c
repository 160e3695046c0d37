// The ordinary user: a token from the registry's list, and a process that runs with it. The child finds
// out what it may; its exit status tells what went wrong first.

#include "suite.h"

#include <native.h>

// ---- In the child

static NTSTATUS OpenKeyFor(PCWSTR Path, ACCESS_MASK Access)
{
    HANDLE Key;
    NTSTATUS Status = RegOpen(Path, Access, &Key);
    if (NT_SUCCESS(Status))
        NtClose(Key);
    return Status;
}

static NTSTATUS OpenProcessFor(ULONG Id, ACCESS_MASK Access)
{
    HANDLE Process;
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, 0);
    CLIENT_ID Client = {.UniqueProcess = (HANDLE)(ULONG_PTR)Id};
    NTSTATUS Status = NtOpenProcess(&Process, Access, &Attributes, &Client);
    if (NT_SUCCESS(Status))
        NtClose(Process);
    return Status;
}

static NTSTATUS CreateAt(PCWSTR Path, ULONG Flags)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Path);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, Flags);
    HANDLE Event;
    NTSTATUS Status =
        NtCreateEvent(&Event, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE);
    if (NT_SUCCESS(Status))
        NtClose(Event);
    return Status;
}

static NTSTATUS MakeOwnToken(void)
{
    HANDLE Token;
    return UserLogOn(L"user", &Token);
}

static NTSTATUS SetTime(void)
{
    LARGE_INTEGER Time;
    NtQuerySystemTime(&Time);
    return NtSetSystemTime(&Time, nullptr);
}

static NTSTATUS EnablePrivilege(ULONG Privilege)
{
    BOOLEAN WasEnabled;
    return RtlAdjustPrivilege(Privilege, TRUE, FALSE, &WasEnabled);
}

static ULONG ParentId;

static NTSTATUS ChildRefused(void)
{
    const struct {
        NTSTATUS Expected, Actual;
    } Attempts[] = {
        {STATUS_ACCESS_DENIED, OpenProcessFor(4, PROCESS_VM_READ)},
        {STATUS_ACCESS_DENIED, OpenProcessFor(ParentId, PROCESS_VM_WRITE)},
        {STATUS_ACCESS_DENIED, OpenProcessFor(ParentId, PROCESS_TERMINATE)},
        {STATUS_ACCESS_DENIED, OpenKeyFor(L"\\Registry\\Machine\\SYSTEM", KEY_SET_VALUE)},
        {STATUS_ACCESS_DENIED, OpenKeyFor(L"\\Registry\\Machine\\SOFTWARE", KEY_CREATE_SUB_KEY)},
        {STATUS_ACCESS_DENIED, CreateAt(L"\\KnownDlls\\Mine", 0)},
        {STATUS_ACCESS_DENIED, CreateAt(L"\\Device\\Mine", 0)},
        {STATUS_ACCESS_DENIED, CreateAt(L"\\GLOBAL??\\Mine", 0)},
        {STATUS_PRIVILEGE_NOT_HELD, CreateAt(L"\\BaseNamedObjects\\Mine", OBJ_PERMANENT)},
        {STATUS_PRIVILEGE_NOT_HELD, MakeOwnToken()},
        {STATUS_PRIVILEGE_NOT_HELD, SetTime()},
        {STATUS_PRIVILEGE_NOT_HELD, EnablePrivilege(SE_DEBUG_PRIVILEGE)},
        {STATUS_PRIVILEGE_NOT_HELD, EnablePrivilege(SE_TCB_PRIVILEGE)},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Attempts); i++)
        if (Attempts[i].Actual != Attempts[i].Expected) {
            TestComment("attempt %lu gave %08lx", i, Attempts[i].Actual);
            return (NTSTATUS)(1000 + i);
        }
    return STATUS_SUCCESS;
}

static NTSTATUS ChildAllowed(void)
{
    const ULONG Own = (ULONG)(ULONG_PTR)NtCurrentTeb()->ClientId.UniqueProcess;
    HANDLE Token, Thread;
    const NTSTATUS Attempts[] = {
        OpenProcessFor(Own, PROCESS_ALL_ACCESS),
        OpenKeyFor(L"\\Registry\\Machine\\SOFTWARE\\Microsoft", KEY_READ),
        CreateAt(L"\\BaseNamedObjects\\Mine", 0),
        CreateAt(L"\\??\\Mine", 0),
        NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &Token),
        EnablePrivilege(SE_SHUTDOWN_PRIVILEGE),
        RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0, nullptr, nullptr, &Thread,
                            nullptr),
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Attempts); i++)
        if (!NT_SUCCESS(Attempts[i])) {
            TestComment("attempt %lu gave %08lx", i, Attempts[i]);
            return Attempts[i];
        }
    return STATUS_SUCCESS;
}

// A name in \?? is the session's, and does not get into the global directory.
static NTSTATUS ChildDevices(void)
{
    HANDLE Event, Session, Global;
    UNICODE_STRING Name = STRING_OF(L"\\??\\Mine"), Global1 = STRING_OF(L"\\GLOBAL??");
    UNICODE_STRING Dos = STRING_OF(L"\\??"), Seen = STRING_OF(L"\\GLOBAL??\\Mine");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, 0);
    NTSTATUS Status =
        NtCreateEvent(&Event, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE);
    if (!NT_SUCCESS(Status))
        return Status;
    Attributes.ObjectName = &Seen;
    if (NtOpenEvent(&Global, EVENT_QUERY_STATE, &Attributes) != STATUS_OBJECT_NAME_NOT_FOUND)
        return 2000;
    Attributes.ObjectName = &Dos;
    Status = NtOpenDirectoryObject(&Session, DIRECTORY_QUERY, &Attributes);
    Attributes.ObjectName = &Global1;
    if (NT_SUCCESS(Status))
        Status = NtOpenDirectoryObject(&Global, DIRECTORY_QUERY, &Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    return NtCompareObjects(Session, Global) == STATUS_NOT_SAME_OBJECT ? STATUS_SUCCESS : 2001;
}

// Argument: what to try, and the parent's ID.
NTSTATUS ChildUser(PCWSTR Argument)
{
    UNICODE_STRING String;
    PCWSTR Id = wcschr(Argument, L' ');
    if (!Id)
        return STATUS_INVALID_PARAMETER;
    RtlInitUnicodeString(&String, Id + 1);
    RtlUnicodeStringToInteger(&String, 10, &ParentId);
    switch (Argument[0]) {
    case L'r':
        return ChildRefused();
    case L'a':
        return ChildAllowed();
    case L'd':
        return ChildDevices();
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

// ---- In the parent

static HANDLE LogOn(void)
{
    HANDLE Token = nullptr;
    CHECK_STATUS(UserLogOn(L"user", &Token), STATUS_SUCCESS);
    return Token;
}

static NTSTATUS StartAs(HANDLE Token, PCWSTR What, PRTL_USER_PROCESS_INFORMATION Child)
{
    struct {
        UNICODE_STRING Name;
        WCHAR Text[MAX_PATH];
    } Image;
    WCHAR Buffer[40];
    UNICODE_STRING Line;
    PRTL_USER_PROCESS_PARAMETERS Parameters;
    _snwprintf(Buffer, 40, L"user %ls %u", What,
               (ULONG)(ULONG_PTR)NtCurrentTeb()->ClientId.UniqueProcess);
    RtlInitUnicodeString(&Line, Buffer);
    NTSTATUS Status = NtQueryInformationProcess(NtCurrentProcess(), ProcessImageFileName, &Image,
                                                sizeof(Image), nullptr);
    if (NT_SUCCESS(Status))
        Status = RtlCreateProcessParametersEx(&Parameters, &Image.Name, nullptr, nullptr, &Line,
                                              nullptr, nullptr, nullptr, nullptr, nullptr,
                                              RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = RtlCreateUserProcess(&Image.Name, 0, Parameters, nullptr, nullptr, nullptr, FALSE,
                                  nullptr, Token, Child);
    RtlDestroyProcessParameters(Parameters);
    return Status;
}

static NTSTATUS RunAsUser(PCWSTR What)
{
    RTL_USER_PROCESS_INFORMATION Child;
    BOOLEAN WasEnabled;
    HANDLE Token = LogOn();
    RtlAdjustPrivilege(SE_ASSIGNPRIMARYTOKEN_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    NTSTATUS Status = StartAs(Token, What, &Child);
    RtlAdjustPrivilege(SE_ASSIGNPRIMARYTOKEN_PRIVILEGE, FALSE, FALSE, &WasEnabled);
    NtClose(Token);
    return NT_SUCCESS(Status) ? TestFinishChild(&Child) : Status;
}

VOID TestUserIdentity(void)
{
    HANDLE Token = LogOn(), Other;
    alignas(8) UCHAR Buffer[512];
    ULONG Length;
    PTOKEN_USER User = (PVOID)Buffer;
    CHECK_STATUS(NtQueryInformationToken(Token, TokenUser, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(*RtlSubAuthoritySid(User->User.Sid, 0), SECURITY_NT_NON_UNIQUE);
    CHECK_STATUS(NtQueryInformationToken(Token, TokenLogonSid, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(((PTOKEN_GROUPS)Buffer)->GroupCount, 1);
    PTOKEN_MANDATORY_LABEL Label = (PVOID)Buffer;
    CHECK_STATUS(
        NtQueryInformationToken(Token, TokenIntegrityLevel, Buffer, sizeof(Buffer), &Length),
        STATUS_SUCCESS);
    CHECK(RtlEqualSid(Label->Label.Sid, LabelSid(SECURITY_MANDATORY_MEDIUM_RID)));
    CHECK(HasPrivilege(Token, SE_CHANGE_NOTIFY_PRIVILEGE) &&
          !HasPrivilege(Token, SE_DEBUG_PRIVILEGE));
    ULONG Elevated = 1;
    CHECK_STATUS(
        NtQueryInformationToken(Token, TokenElevation, &Elevated, sizeof(Elevated), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Elevated, 0);
    NtClose(Token);
    CHECK_STATUS(UserLogOn(L"nobody", &Other), STATUS_NO_SUCH_USER);
}

VOID TestUserRefused(void)
{
    CHECK_STATUS(RunAsUser(L"r"), STATUS_SUCCESS);
}

VOID TestUserAllowed(void)
{
    CHECK_STATUS(RunAsUser(L"a"), STATUS_SUCCESS);
}

VOID TestUserDevices(void)
{
    CHECK_STATUS(RunAsUser(L"d"), STATUS_SUCCESS);
    CHECK_STATUS(RunAsUser(L"d"), STATUS_SUCCESS); // another session: its own directory
}

VOID TestUserTokenAssigned(void)
{
    HANDLE Token = LogOn(), Impersonation = MakeToken(SecurityImpersonation);
    RTL_USER_PROCESS_INFORMATION Child;
    CHECK_STATUS(StartAs(Token, L"a", &Child), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(StartAs(Impersonation, L"a", &Child), STATUS_BAD_TOKEN_TYPE);
    CHECK_STATUS(StartAs((HANDLE)0x7770, L"a", &Child), STATUS_INVALID_HANDLE);
    NtClose(Impersonation);
    NtClose(Token);
}
