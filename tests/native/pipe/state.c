// Names, instances and states.

#include "suite.h"

#define ROOT L"\\Device\\NamedPipe\\"
#define NAME ROOT L"test-state"

static const PIPE BytePipe = {.Name = NAME, .Options = SYNCHRONOUS};

VOID TestCreateErrors(void)
{
    static const struct {
        PIPE Pipe;
        NTSTATUS Status;
    } Cases[] = {
        {{.Name = NAME, .Disposition = FILE_OPEN}, STATUS_OBJECT_NAME_NOT_FOUND},
        {{.Name = NAME, .Disposition = FILE_OVERWRITE_IF}, STATUS_INVALID_PARAMETER},
        {{.Name = NAME, .Type = 4}, STATUS_INVALID_PARAMETER},
        {{.Name = NAME, .ReadMode = FILE_PIPE_MESSAGE_MODE}, STATUS_INVALID_PARAMETER},
        {{.Name = NAME, .CompletionMode = 2}, STATUS_INVALID_PARAMETER},
        {{.Name = NAME, .Share = FILE_SHARE_DELETE}, STATUS_INVALID_PARAMETER},
        {{.Name = NAME, .Options = FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE},
         STATUS_INVALID_PARAMETER},
        {{.Name = ROOT}, STATUS_OBJECT_NAME_INVALID},
        {{.Name = L"\\Device\\BootConsole"}, STATUS_INVALID_DEVICE_REQUEST},
    };
    HANDLE Pipe;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        NTSTATUS Status = CreatePipe(&Cases[i].Pipe, &Pipe);
        if (Status != Cases[i].Status)
            TestFail(__FILE__, __LINE__, "case %lu gave %08lx, not %08lx", i, Status,
                     Cases[i].Status);
        if (NT_SUCCESS(Status))
            NtClose(Pipe);
    }
    CHECK_STATUS(OpenPipe(NAME, BOTH_WAYS, 0, &Pipe), STATUS_OBJECT_NAME_NOT_FOUND);
}

VOID TestInstances(void)
{
    PIPE Pipe = {.Name = NAME, .Instances = 2, .Options = SYNCHRONOUS};
    PIPE Other = Pipe;
    HANDLE First, Second, Third, Client[3];
    REQUIRE_STATUS(CreatePipe(&Pipe, &First), STATUS_SUCCESS);
    Other.Disposition = FILE_CREATE;
    CHECK_STATUS(CreatePipe(&Other, &Third), STATUS_ACCESS_DENIED);
    Other.Disposition = FILE_OPEN;
    Other.Share = FILE_SHARE_READ;
    CHECK_STATUS(CreatePipe(&Other, &Third), STATUS_ACCESS_DENIED);
    CHECK_STATUS(CreatePipe(&Pipe, &Second), STATUS_SUCCESS);
    CHECK_STATUS(CreatePipe(&Pipe, &Third), STATUS_INSTANCE_NOT_AVAILABLE);
    CHECK_STATUS(OpenPipe(L"\\??\\PIPE\\Test-State", BOTH_WAYS, 0, &Client[0]), STATUS_SUCCESS);
    CHECK_STATUS(OpenPipe(NAME, BOTH_WAYS, 0, &Client[1]), STATUS_SUCCESS);
    CHECK_STATUS(OpenPipe(NAME, BOTH_WAYS, 0, &Client[2]), STATUS_PIPE_NOT_AVAILABLE);
    FILE_PIPE_LOCAL_INFORMATION Local;
    QueryLocal(First, &Local);
    CHECK_EQUAL(Local.CurrentInstances, 2);
    CHECK_EQUAL(Local.MaximumInstances, 2);
    NtClose(Client[0]);
    NtClose(Client[1]);
    NtClose(First);
    NtClose(Second);
    CHECK_STATUS(OpenPipe(NAME, BOTH_WAYS, 0, &Client[0]), STATUS_OBJECT_NAME_NOT_FOUND);
}

VOID TestDirections(void)
{
    PIPE Pipe = {.Name = NAME, .Share = FILE_SHARE_WRITE, .Options = SYNCHRONOUS};
    HANDLE Server, Client;
    UCHAR Byte = 1;
    REQUIRE_STATUS(CreatePipe(&Pipe, &Server), STATUS_SUCCESS);
    CHECK_STATUS(OpenPipe(NAME, GENERIC_READ | SYNCHRONIZE, 0, &Client), STATUS_ACCESS_DENIED);
    REQUIRE_STATUS(OpenPipe(NAME, GENERIC_WRITE | SYNCHRONIZE, SYNCHRONOUS, &Client),
                   STATUS_SUCCESS);
    CHECK_STATUS(WritePipe(Server, &Byte, 1, nullptr), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ReadPipe(Client, &Byte, 1, nullptr), STATUS_ACCESS_DENIED);
    CHECK_STATUS(WritePipe(Client, &Byte, 1, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(ReadPipe(Server, &Byte, 1, nullptr), STATUS_SUCCESS);
    NtClose(Client);
    NtClose(Server);

    Pipe.Share = FILE_SHARE_READ;
    REQUIRE_STATUS(CreatePipe(&Pipe, &Server), STATUS_SUCCESS);
    CHECK_STATUS(OpenPipe(NAME, GENERIC_WRITE | SYNCHRONIZE, 0, &Client), STATUS_ACCESS_DENIED);
    REQUIRE_STATUS(OpenPipe(NAME, GENERIC_READ | SYNCHRONIZE, SYNCHRONOUS, &Client),
                   STATUS_SUCCESS);
    CHECK_STATUS(ReadPipe(Server, &Byte, 1, nullptr), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WritePipe(Server, &Byte, 1, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(ReadPipe(Client, &Byte, 1, nullptr), STATUS_SUCCESS);
    NtClose(Client);
    NtClose(Server);
}

static NTSTATUS NTAPI Listen(PVOID Pipe)
{
    return ControlPipe(Pipe, FSCTL_PIPE_LISTEN);
}

VOID TestListen(void)
{
    HANDLE Server, Client;
    UCHAR Byte = 0;
    LARGE_INTEGER Little = TestMilliseconds(30);
    REQUIRE_STATUS(CreatePipe(&BytePipe, &Server), STATUS_SUCCESS);
    CHECK_STATUS(ReadPipe(Server, &Byte, 1, nullptr), STATUS_PIPE_LISTENING);
    CHECK_STATUS(WritePipe(Server, &Byte, 1, nullptr), STATUS_PIPE_LISTENING);
    HANDLE Thread = TestStartThread(Listen, Server);
    REQUIRE(Thread);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, &Little), STATUS_TIMEOUT);
    CHECK_STATUS(OpenPipe(NAME, BOTH_WAYS, SYNCHRONOUS, &Client), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_STATUS(ControlPipe(Server, FSCTL_PIPE_LISTEN), STATUS_PIPE_CONNECTED);
    CHECK_STATUS(ControlPipe(Client, FSCTL_PIPE_LISTEN), STATUS_ILLEGAL_FUNCTION);
    NtClose(Client);
    CHECK_STATUS(ControlPipe(Server, FSCTL_PIPE_LISTEN), STATUS_PIPE_CLOSING);
    NtClose(Server);
}

VOID TestDisconnect(void)
{
    HANDLE Server, Client, Next;
    UCHAR Byte = 7;
    REQUIRE(MakePair(&BytePipe, &Server, &Client));
    CHECK_STATUS(WritePipe(Server, &Byte, 1, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(ControlPipe(Client, FSCTL_PIPE_DISCONNECT), STATUS_ILLEGAL_FUNCTION);
    CHECK_STATUS(ControlPipe(Server, FSCTL_PIPE_DISCONNECT), STATUS_SUCCESS);
    CHECK_STATUS(ControlPipe(Server, FSCTL_PIPE_DISCONNECT), STATUS_PIPE_DISCONNECTED);
    CHECK_STATUS(ReadPipe(Client, &Byte, 1, nullptr), STATUS_PIPE_DISCONNECTED);
    CHECK_STATUS(WritePipe(Server, &Byte, 1, nullptr), STATUS_PIPE_DISCONNECTED);
    CHECK_STATUS(OpenPipe(NAME, BOTH_WAYS, SYNCHRONOUS, &Next), STATUS_PIPE_NOT_AVAILABLE);
    CHECK_STATUS(SetPipeMode(Server, FILE_PIPE_BYTE_STREAM_MODE, FILE_PIPE_COMPLETE_OPERATION),
                 STATUS_SUCCESS);
    CHECK_STATUS(ControlPipe(Server, FSCTL_PIPE_LISTEN), STATUS_PIPE_LISTENING);
    CHECK_STATUS(OpenPipe(NAME, BOTH_WAYS, SYNCHRONOUS, &Next), STATUS_SUCCESS);
    // The old client stays disconnected, and its end does not break the new one's.
    CHECK_STATUS(ReadPipe(Client, &Byte, 1, nullptr), STATUS_PIPE_DISCONNECTED);
    NtClose(Client);
    CHECK_STATUS(WritePipe(Server, &Byte, 1, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(ReadPipe(Next, &Byte, 1, nullptr), STATUS_SUCCESS);
    NtClose(Next);
    NtClose(Server);
}

VOID TestServerCloses(void)
{
    HANDLE Server, Client;
    CHAR Buffer[8];
    ULONG Read;
    REQUIRE(MakePair(&BytePipe, &Server, &Client));
    CHECK_STATUS(WritePipe(Server, "rest", 4, nullptr), STATUS_SUCCESS);
    NtClose(Server);
    CHECK_STATUS(WritePipe(Client, "x", 1, nullptr), STATUS_PIPE_CLOSING);
    CHECK_STATUS(ReadPipe(Client, Buffer, sizeof(Buffer), &Read), STATUS_SUCCESS);
    CHECK_EQUAL(Read, 4);
    CHECK_STATUS(ReadPipe(Client, Buffer, sizeof(Buffer), nullptr), STATUS_PIPE_BROKEN);
    NtClose(Client);
}

VOID TestClientCloses(void)
{
    HANDLE Server, Client;
    CHAR Buffer[8];
    ULONG Read;
    REQUIRE(MakePair(&BytePipe, &Server, &Client));
    CHECK_STATUS(WritePipe(Client, "rest", 4, nullptr), STATUS_SUCCESS);
    NtClose(Client);
    FILE_PIPE_LOCAL_INFORMATION Local;
    QueryLocal(Server, &Local);
    CHECK_EQUAL(Local.NamedPipeState, FILE_PIPE_CLOSING_STATE);
    CHECK_STATUS(ReadPipe(Server, Buffer, sizeof(Buffer), &Read), STATUS_SUCCESS);
    CHECK_EQUAL(Read, 4);
    CHECK_STATUS(ReadPipe(Server, Buffer, sizeof(Buffer), nullptr), STATUS_PIPE_BROKEN);
    CHECK_STATUS(ControlPipe(Server, FSCTL_PIPE_DISCONNECT), STATUS_SUCCESS);
    NtClose(Server);
}

// ---- Waiting for an instance

static NTSTATUS WaitFor(PCWSTR Name, LONGLONG Milliseconds)
{
    HANDLE Root;
    IO_STATUS_BLOCK Block;
    union {
        FILE_PIPE_WAIT_FOR_BUFFER Wait;
        UCHAR Space[128];
    } Buffer = {.Wait = {.Timeout = TestMilliseconds(Milliseconds),
                         .NameLength = (ULONG)(wcslen(Name) * sizeof(WCHAR)),
                         .TimeoutSpecified = TRUE}};
    memcpy(Buffer.Wait.Name, Name, Buffer.Wait.NameLength);
    NTSTATUS Status = OpenPipe(ROOT, FILE_READ_ATTRIBUTES | SYNCHRONIZE, SYNCHRONOUS, &Root);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtFsControlFile(Root, nullptr, nullptr, nullptr, &Block, FSCTL_PIPE_WAIT, &Buffer,
                             sizeof(Buffer), nullptr, 0);
    NtClose(Root);
    return Status;
}

static NTSTATUS NTAPI WaitLong(PVOID Name)
{
    return WaitFor(Name, 10'000);
}

VOID TestWait(void)
{
    PIPE Pipe = {.Name = NAME, .Instances = 2, .Options = SYNCHRONOUS};
    HANDLE Server, Second, Client;
    LARGE_INTEGER Little = TestMilliseconds(30);
    CHECK_STATUS(WaitFor(L"test-state", 10), STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE_STATUS(CreatePipe(&Pipe, &Server), STATUS_SUCCESS);
    CHECK_STATUS(WaitFor(L"test-state", 10), STATUS_SUCCESS);
    CHECK_STATUS(OpenPipe(NAME, BOTH_WAYS, SYNCHRONOUS, &Client), STATUS_SUCCESS);
    CHECK_STATUS(WaitFor(L"test-state", 10), STATUS_IO_TIMEOUT);
    CHECK_STATUS(WaitFor(L"test-state", 0), STATUS_IO_TIMEOUT);
    HANDLE Thread = TestStartThread(WaitLong, L"TEST-STATE");
    REQUIRE(Thread);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, &Little), STATUS_TIMEOUT);
    CHECK_STATUS(CreatePipe(&Pipe, &Second), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    NtClose(Client);
    NtClose(Server);
    NtClose(Second);
}

// ---- A pipe without a name, as CreatePipe makes it

VOID TestUnnamed(void)
{
    HANDLE Root, Server, Client, Another;
    IO_STATUS_BLOCK Block;
    UNICODE_STRING Empty = {};
    LARGE_INTEGER Timeout = TestMilliseconds(50);
    UCHAR Byte = 5;
    REQUIRE_STATUS(OpenPipe(ROOT, GENERIC_READ | SYNCHRONIZE, SYNCHRONOUS, &Root), STATUS_SUCCESS);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Empty, OBJ_CASE_INSENSITIVE);
    Attributes.RootDirectory = Root;
    NTSTATUS Status = NtCreateNamedPipeFile(
        &Server, GENERIC_READ | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE, &Attributes, &Block, DUPLEX,
        FILE_CREATE, SYNCHRONOUS, FILE_PIPE_BYTE_STREAM_TYPE, FILE_PIPE_BYTE_STREAM_MODE,
        FILE_PIPE_QUEUE_OPERATION, 1, 4096, 4096, &Timeout);
    REQUIRE_STATUS(Status, STATUS_SUCCESS);
    CHECK_EQUAL(Block.Information, FILE_CREATED);
    Attributes.RootDirectory = Server;
    CHECK_STATUS(NtOpenFile(&Client, GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Block, DUPLEX,
                            SYNCHRONOUS | FILE_NON_DIRECTORY_FILE),
                 STATUS_SUCCESS);
    CHECK_STATUS(
        NtOpenFile(&Another, GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Block, DUPLEX, SYNCHRONOUS),
        STATUS_PIPE_NOT_AVAILABLE);
    CHECK_STATUS(WritePipe(Client, &Byte, 1, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(ReadPipe(Server, &Byte, 1, nullptr), STATUS_SUCCESS);
    NtClose(Client);
    CHECK_STATUS(ReadPipe(Server, &Byte, 1, nullptr), STATUS_PIPE_BROKEN);
    NtClose(Server);
    NtClose(Root);
}

VOID TestInformation(void)
{
    PIPE Pipe = {.Name = NAME,
                 .Type = FILE_PIPE_MESSAGE_TYPE,
                 .ReadMode = FILE_PIPE_MESSAGE_MODE,
                 .Options = SYNCHRONOUS};
    HANDLE Server, Client;
    IO_STATUS_BLOCK Block;
    FILE_PIPE_LOCAL_INFORMATION Local;
    FILE_PIPE_INFORMATION Mode;
    FILE_STANDARD_INFORMATION Standard;
    union {
        FILE_NAME_INFORMATION Name;
        UNICODE_STRING String;
        UCHAR Space[128];
    } Buffer;
    REQUIRE(MakePair(&Pipe, &Server, &Client));
    CHECK_STATUS(WritePipe(Client, "abc", 3, nullptr), STATUS_SUCCESS);
    QueryLocal(Client, &Local);
    CHECK_EQUAL(Local.NamedPipeType, FILE_PIPE_MESSAGE_TYPE);
    CHECK_EQUAL(Local.NamedPipeConfiguration, FILE_PIPE_FULL_DUPLEX);
    CHECK_EQUAL(Local.NamedPipeState, FILE_PIPE_CONNECTED_STATE);
    CHECK_EQUAL(Local.NamedPipeEnd, FILE_PIPE_CLIENT_END);
    CHECK_EQUAL(Local.InboundQuota, QUOTA);
    CHECK_EQUAL(Local.WriteQuotaAvailable, QUOTA - 3);
    QueryLocal(Server, &Local);
    CHECK_EQUAL(Local.ReadDataAvailable, 3);
    CHECK_EQUAL(Local.NamedPipeEnd, FILE_PIPE_SERVER_END);
    CHECK_STATUS(NtQueryInformationFile(Client, &Block, &Mode, sizeof(Mode), FilePipeInformation),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Mode.ReadMode, FILE_PIPE_BYTE_STREAM_MODE);
    CHECK_STATUS(NtQueryInformationFile(Server, &Block, &Standard, sizeof(Standard),
                                        FileStandardInformation),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Standard.EndOfFile.QuadPart, 3);
    CHECK_STATUS(
        NtQueryInformationFile(Server, &Block, &Buffer, sizeof(Buffer), FileNameInformation),
        STATUS_SUCCESS);
    CHECK_EQUAL(Buffer.Name.FileNameLength, 22);
    CHECK(!memcmp(Buffer.Name.FileName, L"\\test-state", 22));
    CHECK_STATUS(NtQueryObject(Client, ObjectNameInformation, &Buffer, sizeof(Buffer), nullptr),
                 STATUS_SUCCESS);
    CHECK(Buffer.String.Length == sizeof(NAME) - sizeof(WCHAR) &&
          !memcmp(Buffer.String.Buffer, NAME, sizeof(NAME) - sizeof(WCHAR)));
    NtClose(Client);
    NtClose(Server);
}

static NTSTATUS AskAttribute(HANDLE Pipe, ULONG Code, PCSTR Name, ULONG Room, PULONG Value)
{
    IO_STATUS_BLOCK Block;
    *Value = 0xBAD;
    return NtFsControlFile(Pipe, nullptr, nullptr, nullptr, &Block, Code, (PVOID)Name,
                           (ULONG)strlen(Name) + 1, Value, Room);
}

// As GetNamedPipeClientProcessId and its kin ask.
VOID TestEnds(void)
{
    static const struct {
        ULONG Code;
        PCSTR Name;
        BOOLEAN Process;
    } Known[] = {
        {FSCTL_PIPE_GET_PIPE_ATTRIBUTE, "ServerProcessId", TRUE},
        {FSCTL_PIPE_GET_PIPE_ATTRIBUTE, "ServerSessionId", FALSE},
        {FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE, "ClientProcessId", TRUE},
        {FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE, "ClientSessionId", FALSE},
    };
    ULONG Own = (ULONG)(ULONG_PTR)NtCurrentTeb()->ClientId.UniqueProcess, Value;
    HANDLE Server, Client;
    REQUIRE_STATUS(CreatePipe(&BytePipe, &Server), STATUS_SUCCESS);
    CHECK_STATUS(AskAttribute(Server, Known[2].Code, Known[2].Name, sizeof(Value), &Value),
                 STATUS_NOT_FOUND);
    NtClose(Server);
    REQUIRE(MakePair(&BytePipe, &Server, &Client));
    for (ULONG i = 0; i < RTL_NUMBER_OF(Known); i++) {
        HANDLE End = i % 2 ? Server : Client; // either may ask
        CHECK_STATUS(AskAttribute(End, Known[i].Code, Known[i].Name, sizeof(Value), &Value),
                     STATUS_SUCCESS);
        CHECK_EQUAL(Value, Known[i].Process ? Own : NtCurrentPeb()->SessionId);
        CHECK_STATUS(AskAttribute(End, Known[i].Code, Known[i].Name, 2, &Value),
                     STATUS_BUFFER_TOO_SMALL);
        CHECK_STATUS(AskAttribute(End, Known[i].Code, "Colour", sizeof(Value), &Value),
                     STATUS_NOT_FOUND);
    }
    NtClose(Client);
    NtClose(Server);
}

VOID TestDirectory(void)
{
    HANDLE Root, Server;
    IO_STATUS_BLOCK Block;
    UNICODE_STRING Pattern = RTL_CONSTANT_STRING(L"test-st*");
    union {
        FILE_DIRECTORY_INFORMATION Entry;
        UCHAR Space[256];
    } Buffer;
    REQUIRE_STATUS(CreatePipe(&BytePipe, &Server), STATUS_SUCCESS);
    REQUIRE_STATUS(OpenPipe(ROOT, FILE_LIST_DIRECTORY | SYNCHRONIZE, SYNCHRONOUS, &Root),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtQueryDirectoryFile(Root, nullptr, nullptr, nullptr, &Block, &Buffer,
                                      sizeof(Buffer), FileDirectoryInformation, FALSE, &Pattern,
                                      TRUE),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Buffer.Entry.FileNameLength, 20);
    CHECK_EQUAL(Buffer.Entry.EndOfFile.QuadPart, 1);
    CHECK_STATUS(NtQueryDirectoryFile(Root, nullptr, nullptr, nullptr, &Block, &Buffer,
                                      sizeof(Buffer), FileDirectoryInformation, FALSE, nullptr,
                                      FALSE),
                 STATUS_NO_MORE_FILES);
    NtClose(Root);
    NtClose(Server);
}

VOID TestImpersonate(void)
{
    HANDLE Server, Client, Token, None = nullptr;
    REQUIRE(MakePair(&BytePipe, &Server, &Client));
    CHECK_STATUS(ControlPipe(Client, FSCTL_PIPE_IMPERSONATE), STATUS_ILLEGAL_FUNCTION);
    CHECK_STATUS(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &Token), STATUS_NO_TOKEN);
    CHECK_STATUS(ControlPipe(Server, FSCTL_PIPE_IMPERSONATE), STATUS_SUCCESS);
    if (CHECK_STATUS(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &Token),
                     STATUS_SUCCESS))
        NtClose(Token);
    CHECK_STATUS(
        NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &None, sizeof(None)),
        STATUS_SUCCESS);
    NtClose(Client);
    NtClose(Server);
}
