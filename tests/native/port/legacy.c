// The older services.

#include "suite.h"

typedef struct _CALL {
    HANDLE Port;
    MESSAGE Request, Reply;
} CALL;

static NTSTATUS NTAPI CallThread(PVOID Parameter)
{
    CALL *Call = Parameter;
    return NtRequestWaitReplyPort(Call->Port, &Call->Request.Header, &Call->Reply.Header);
}

VOID TestLegacyRequest(void)
{
    PEERS Peers;
    MESSAGE Received;
    PVOID Context = nullptr;
    REQUIRE(ConnectLegacy(&Peers));
    CALL Call = {.Port = Peers.Client, .Request = MakeMessage(5)};
    HANDLE Thread = TestStartThread(CallThread, &Call);
    CHECK_STATUS(NtReplyWaitReceivePort(Peers.ConnectionPort, &Context, nullptr, &Received.Header),
                 STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Received), LPC_REQUEST);
    CHECK_EQUAL(Received.Data[0], 5);
    CHECK(Context == Peers.Context);
    Received.Data[0] = 6;
    CHECK_STATUS(NtReplyPort(Peers.Server, &Received.Header), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Call.Reply), LPC_REPLY);
    CHECK_EQUAL(Call.Reply.Data[0], 6);
    CHECK_STATUS(NtReplyPort(Peers.Server, &Received.Header), STATUS_REPLY_MESSAGE_MISMATCH);
    Disconnect(&Peers);
}

VOID TestLegacyDatagram(void)
{
    PEERS Peers;
    MESSAGE Message = MakeMessage(5), Received;
    LARGE_INTEGER Timeout = TestMilliseconds(20);
    REQUIRE(ConnectLegacy(&Peers));
    CHECK_STATUS(NtRequestPort(Peers.Client, &Message.Header), STATUS_SUCCESS);
    CHECK_STATUS(NtReplyWaitReceivePortEx(Peers.ConnectionPort, nullptr, nullptr, &Received.Header,
                                          &Timeout),
                 STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Received), LPC_DATAGRAM);
    CHECK_STATUS(NtReplyWaitReceivePortEx(Peers.ConnectionPort, nullptr, nullptr, &Received.Header,
                                          &Timeout),
                 STATUS_TIMEOUT);
    SetLength(&Message, sizeof(MESSAGE)); // more than the port takes
    CHECK_STATUS(NtRequestPort(Peers.Client, &Message.Header), STATUS_PORT_MESSAGE_TOO_LONG);
    CHECK_STATUS(NtRequestPort(Peers.ConnectionPort, &Received.Header), STATUS_INVALID_PORT_HANDLE);
    Disconnect(&Peers);
}

// ---- Views

typedef struct _VIEWS {
    HANDLE Client;
    PORT_VIEW Own;
    REMOTE_PORT_VIEW Remote;
    ULONG MaxMessageLength;
} VIEWS;

static HANDLE MakeSection(void)
{
    HANDLE Section = nullptr;
    LARGE_INTEGER Size = {.QuadPart = 0x10000};
    CHECK_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READWRITE,
                                 SEC_COMMIT, nullptr),
                 STATUS_SUCCESS);
    return Section;
}

static NTSTATUS NTAPI ViewsThread(PVOID Parameter)
{
    VIEWS *Views = Parameter;
    SECURITY_QUALITY_OF_SERVICE Qos = {sizeof(Qos), SecurityImpersonation,
                                       SECURITY_DYNAMIC_TRACKING, FALSE};
    return NtConnectPort(&Views->Client, &PortName, &Qos, &Views->Own, &Views->Remote,
                         &Views->MaxMessageLength, nullptr, nullptr);
}

VOID TestLegacyViews(void)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&PortName, 0);
    HANDLE Port, Server = nullptr, First = MakeSection(), Second = MakeSection();
    VIEWS Views = {.Own = {sizeof(PORT_VIEW), First, 0, 0x10000, nullptr, nullptr},
                   .Remote = {sizeof(REMOTE_PORT_VIEW), 0, nullptr}};
    PORT_VIEW ServerView = {sizeof(PORT_VIEW), Second, 0, 0x10000, nullptr, nullptr};
    REMOTE_PORT_VIEW ClientView = {sizeof(REMOTE_PORT_VIEW), 0, nullptr};
    MESSAGE Request;
    REQUIRE_STATUS(NtCreatePort(&Port, &Attributes, 64, 200, 0), STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(ViewsThread, &Views);
    REQUIRE_STATUS(NtListenPort(Port, &Request.Header), STATUS_SUCCESS);
    CHECK_EQUAL(Request.Header.ClientViewSize, 0x10000);
    REQUIRE_STATUS(
        NtAcceptConnectPort(&Server, nullptr, &Request.Header, TRUE, &ServerView, &ClientView),
        STATUS_SUCCESS);
    REQUIRE_STATUS(NtCompleteConnectPort(Server), STATUS_SUCCESS);
    CHECK_STATUS(NtCompleteConnectPort(Server), STATUS_INVALID_PORT_HANDLE);
    REQUIRE_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_EQUAL(Views.MaxMessageLength, 200);
    REQUIRE(Views.Own.ViewBase && Views.Remote.ViewBase && ClientView.ViewBase &&
            ServerView.ViewBase);
    CHECK(Views.Own.ViewRemoteBase == ClientView.ViewBase);
    *(volatile ULONG *)Views.Own.ViewBase = 1;
    CHECK_EQUAL(*(volatile ULONG *)ClientView.ViewBase, 1);
    *(volatile ULONG *)ServerView.ViewBase = 2;
    CHECK_EQUAL(*(volatile ULONG *)Views.Remote.ViewBase, 2);
    NtClose(Views.Client);
    NtClose(Server);
    NtClose(Port);
    MEMORY_BASIC_INFORMATION Information;
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), Views.Own.ViewBase,
                                      MemoryBasicInformation, &Information, sizeof(Information),
                                      nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Information.State, MEM_FREE);
    NtClose(Second);
    NtClose(First);
}

// ---- Callbacks

static NTSTATUS NTAPI CallbackThread(PVOID Parameter)
{
    CALL *Call = Parameter;
    NTSTATUS Status =
        NtRequestWaitReplyPort(Call->Port, &Call->Request.Header, &Call->Reply.Header);
    while (NT_SUCCESS(Status) && TypeOf(&Call->Reply) == LPC_REQUEST) {
        Call->Reply.Data[0] += 100;
        Status = NtReplyWaitReplyPort(Call->Port, &Call->Reply.Header);
    }
    return Status;
}

VOID TestLegacyCallback(void)
{
    PEERS Peers;
    MESSAGE Received, Question, Answer;
    REQUIRE(ConnectLegacy(&Peers));
    CALL Call = {.Port = Peers.Client, .Request = MakeMessage(5)};
    HANDLE Thread = TestStartThread(CallbackThread, &Call);
    CHECK_STATUS(NtReplyWaitReceivePort(Peers.ConnectionPort, nullptr, nullptr, &Received.Header),
                 STATUS_SUCCESS);
    for (ULONG i = 0; i < 2; i++) {
        Question = Received;
        Question.Data[0] = i;
        CHECK_STATUS(NtRequestWaitReplyPort(Peers.Server, &Question.Header, &Answer.Header),
                     STATUS_SUCCESS);
        CHECK_EQUAL(TypeOf(&Answer), LPC_REPLY);
        CHECK_EQUAL(Answer.Data[0], i + 100);
    }
    Received.Data[0] = 7;
    CHECK_STATUS(NtReplyPort(Peers.Server, &Received.Header), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_EQUAL(Call.Reply.Data[0], 7);
    // There is nothing to call back into any more, or to answer.
    CHECK_STATUS(NtRequestWaitReplyPort(Peers.Server, &Question.Header, &Answer.Header),
                 STATUS_REPLY_MESSAGE_MISMATCH);
    CHECK_STATUS(NtReplyWaitReplyPort(Peers.Client, &Answer.Header), STATUS_REPLY_MESSAGE_MISMATCH);
    CHECK_BAD_OUTPUT(NtReplyWaitReplyPort(Peers.Client, Bad));
    Disconnect(&Peers);
}

// ---- Data outside the message

VOID TestLegacyData(void)
{
    PEERS Peers;
    MESSAGE Received;
    ULONG64 Outside[4] = {1, 2, 3, 4}, Copy[4] = {};
    SIZE_T Transferred = 0;
    struct {
        ULONG Count;
        PORT_DATA_ENTRY Entry;
    } *Table;
    REQUIRE(ConnectLegacy(&Peers));
    CALL Call = {.Port = Peers.Client, .Request = MakeMessage(5)};
    Table = (PVOID)Call.Request.Data;
    Table->Count = 1;
    Table->Entry = (PORT_DATA_ENTRY){Outside, sizeof(Outside)};
    SetLength(&Call.Request, sizeof(*Table));
    Call.Request.Header.u2.s2.DataInfoOffset = sizeof(PORT_MESSAGE);
    HANDLE Thread = TestStartThread(CallThread, &Call);
    CHECK_STATUS(NtReplyWaitReceivePort(Peers.ConnectionPort, nullptr, nullptr, &Received.Header),
                 STATUS_SUCCESS);
    CHECK_STATUS(
        NtReadRequestData(Peers.Server, &Received.Header, 0, Copy, sizeof(Copy), &Transferred),
        STATUS_SUCCESS);
    CHECK(Transferred == sizeof(Copy) && Copy[3] == 4);
    Copy[0] = 10;
    CHECK_STATUS(NtWriteRequestData(Peers.Server, &Received.Header, 0, Copy, 8, &Transferred),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Outside[0], 10);
    CHECK_STATUS(NtReadRequestData(Peers.Server, &Received.Header, 1, Copy, 8, nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtReadRequestData(Peers.Server, &Received.Header, 0, Copy, 33, nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK_BAD_OUTPUT(NtReadRequestData(Peers.Server, &Received.Header, 0, Bad, 8, nullptr));
    CHECK_BAD_OUTPUT(NtReadRequestData(Peers.Server, &Received.Header, 0, Copy, 8, Bad));
    // What cannot be read is a copy of nothing, as with NtWriteVirtualMemory.
    CHECK_STATUS(NtWriteRequestData(Peers.Server, &Received.Header, 0, (PVOID)16, 8, nullptr),
                 STATUS_PARTIAL_COPY);
    CHECK_STATUS(
        NtWriteRequestData(Peers.Server, &Received.Header, 0, (PVOID)(~0ULL << 47), 8, nullptr),
        STATUS_ACCESS_VIOLATION);
    CHECK_BAD_INPUT(NtWriteRequestData(Peers.Server, Bad, 0, Copy, 8, nullptr));
    CHECK_STATUS(NtReplyPort(Peers.Server, &Received.Header), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    Disconnect(&Peers);
}

static NTSTATUS NTAPI RegisteringThread(PVOID Parameter)
{
    return NtRegisterThreadTerminatePort(Parameter);
}

VOID TestLegacyThreadDies(void)
{
    PEERS Peers;
    MESSAGE Received;
    LARGE_INTEGER Timeout = TestMilliseconds(1000);
    THREAD_BASIC_INFORMATION Information;
    REQUIRE(ConnectLegacy(&Peers));
    HANDLE Thread = TestStartThread(RegisteringThread, Peers.Client);
    NtQueryInformationThread(Thread, ThreadBasicInformation, &Information, sizeof(Information),
                             nullptr);
    CHECK_STATUS(NtReplyWaitReceivePortEx(Peers.ConnectionPort, nullptr, nullptr, &Received.Header,
                                          &Timeout),
                 STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Received), LPC_CLIENT_DIED);
    CHECK(Received.Header.ClientId.UniqueThread == Information.ClientId.UniqueThread);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_STATUS(NtRegisterThreadTerminatePort((HANDLE)0x7770), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtRegisterThreadTerminatePort(NtCurrentProcess()), STATUS_OBJECT_TYPE_MISMATCH);
    Disconnect(&Peers);
}

VOID TestLegacyErrors(void)
{
    HANDLE Handle;
    SECURITY_QUALITY_OF_SERVICE Qos = {sizeof(Qos), SecurityImpersonation,
                                       SECURITY_DYNAMIC_TRACKING, FALSE};
    PEERS Peers;
    MESSAGE Message = MakeMessage(1);
    REQUIRE(ConnectLegacy(&Peers));
    CHECK_BAD_OUTPUT(NtCreatePort(Bad, nullptr, 0, 0, 0));
    CHECK_BAD_INPUT(NtCreateWaitablePort(&Handle, Bad, 0, 0, 0));
    CHECK_STATUS(NtCreatePort(&Handle, nullptr, 0, 0x100000, 0), STATUS_INVALID_PARAMETER);
    CHECK_BAD_OUTPUT(
        NtConnectPort(Bad, &PortName, &Qos, nullptr, nullptr, nullptr, nullptr, nullptr));
    CHECK_BAD_INPUT(NtConnectPort(&Handle, Bad, &Qos, nullptr, nullptr, nullptr, nullptr, nullptr));
    CHECK_BAD_INPUT(
        NtConnectPort(&Handle, &PortName, Bad, nullptr, nullptr, nullptr, nullptr, nullptr));
    CHECK_BAD_INPUT(
        NtConnectPort(&Handle, &PortName, &Qos, Bad, nullptr, nullptr, nullptr, nullptr));
    Qos.ImpersonationLevel = 9;
    CHECK_STATUS(
        NtConnectPort(&Handle, &PortName, &Qos, nullptr, nullptr, nullptr, nullptr, nullptr),
        STATUS_INVALID_PARAMETER);
    CHECK_BAD_INPUT(NtAcceptConnectPort(&Handle, nullptr, Bad, TRUE, nullptr, nullptr));
    CHECK_STATUS(NtAcceptConnectPort(&Handle, nullptr, &Message.Header, TRUE, nullptr, nullptr),
                 STATUS_REPLY_MESSAGE_MISMATCH);
    CHECK_BAD_INPUT(NtRequestPort(Peers.Client, Bad));
    CHECK_BAD_INPUT(NtRequestWaitReplyPort(Peers.Client, Bad, &Message.Header));
    CHECK_BAD_OUTPUT(NtRequestWaitReplyPort(Peers.Client, &Message.Header, Bad));
    CHECK_BAD_INPUT(NtReplyPort(Peers.Server, Bad));
    CHECK_BAD_OUTPUT(NtReplyWaitReceivePort(Peers.ConnectionPort, nullptr, nullptr, Bad));
    CHECK_STATUS(NtReplyPort((HANDLE)0x7770, &Message.Header), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtListenPort(NtCurrentThread(), &Message.Header), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtCompleteConnectPort(Peers.Client), STATUS_INVALID_PORT_HANDLE);
    Disconnect(&Peers);
}
