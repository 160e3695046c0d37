// ALPC messages.

#include "suite.h"

VOID TestRequestReply(void)
{
    PEERS Peers;
    MESSAGE Request = MakeMessage(7), Received;
    REQUIRE(ConnectAlpc(&Peers));
    HANDLE Thread = StartRequest(Peers.Client, &Request, nullptr);
    REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Received), LPC_REQUEST);
    CHECK(Received.Header.u2.s2.Type & LPC_CONTINUATION_REQUIRED);
    CHECK_EQUAL(Received.Data[0], 7);
    CHECK_EQUAL(Received.Header.u1.s1.DataLength, 8);
    Received.Data[0] = 8;
    Received.Data[1] = 9;
    SetLength(&Received, 16);
    CHECK_STATUS(Send(Peers.Server, ALPC_MSGFLG_RELEASE_MESSAGE, &Received, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Request), LPC_REPLY);
    CHECK(Request.Data[0] == 8 && Request.Data[1] == 9);
    // It is answered once.
    CHECK_STATUS(Send(Peers.Server, ALPC_MSGFLG_RELEASE_MESSAGE, &Received, nullptr),
                 STATUS_REPLY_MESSAGE_MISMATCH);
    Disconnect(&Peers);
}

VOID TestDatagram(void)
{
    PEERS Peers;
    MESSAGE Received;
    REQUIRE(ConnectAlpc(&Peers));
    for (ULONG i = 0; i < 3; i++) {
        MESSAGE Message = MakeMessage(i);
        CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr),
                     STATUS_SUCCESS);
    }
    LARGE_INTEGER Now = {};
    CHECK_STATUS(NtWaitForSingleObject(Peers.ConnectionPort, FALSE, &Now), STATUS_SUCCESS);
    for (ULONG i = 0; i < 3; i++) {
        REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, nullptr), STATUS_SUCCESS);
        CHECK_EQUAL(TypeOf(&Received), LPC_DATAGRAM);
        CHECK_EQUAL(Received.Data[0], i);
    }
    CHECK_STATUS(NtWaitForSingleObject(Peers.ConnectionPort, FALSE, &Now), STATUS_TIMEOUT);
    CHECK_STATUS(Send(Peers.Server, 0, &Received, nullptr), STATUS_REPLY_MESSAGE_MISMATCH);
    Disconnect(&Peers);
}

VOID TestServerSends(void)
{
    PEERS Peers;
    MESSAGE Message = MakeMessage(3), Received;
    REQUIRE(ConnectAlpc(&Peers));
    CHECK_STATUS(Send(Peers.Server, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr),
                 STATUS_SUCCESS);
    REQUIRE_STATUS(Receive(Peers.Client, &Received, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Received.Data[0], 3);
    // An asynchronous request is answered into the queue of its sender.
    Message = MakeMessage(4);
    CHECK_STATUS(Send(Peers.Client, 0, &Message, nullptr), STATUS_SUCCESS);
    REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, nullptr), STATUS_SUCCESS);
    Received.Data[0] = 5;
    CHECK_STATUS(Send(Peers.Server, ALPC_MSGFLG_RELEASE_MESSAGE, &Received, nullptr),
                 STATUS_SUCCESS);
    REQUIRE_STATUS(Receive(Peers.Client, &Message, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Message), LPC_REPLY);
    CHECK_EQUAL(Message.Data[0], 5);
    CHECK_EQUAL(Message.Header.MessageId, Received.Header.MessageId);
    Disconnect(&Peers);
}

VOID TestMessageTooLong(void)
{
    PEERS Peers;
    MESSAGE Message = MakeMessage(1);
    REQUIRE(ConnectAlpc(&Peers));
    Message.Header.u1.s1.TotalLength = (SHORT)0xFFF4; // more than any message
    Message.Header.u1.s1.DataLength = (SHORT)(0xFFF4 - sizeof(PORT_MESSAGE));
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr),
                 STATUS_PORT_MESSAGE_TOO_LONG);
    Message.Header.u1.s1.TotalLength = sizeof(PORT_MESSAGE) - 1;
    Message.Header.u1.s1.DataLength = 0;
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr),
                 STATUS_PORT_MESSAGE_TOO_LONG);
    Message.Header.u1.s1.TotalLength = sizeof(PORT_MESSAGE);
    Message.Header.u1.s1.DataLength = 1;
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr),
                 STATUS_PORT_MESSAGE_TOO_LONG);
    Disconnect(&Peers);
}

VOID TestBufferTooSmall(void)
{
    PEERS Peers;
    MESSAGE Message = MakeMessage(1), Received;
    LARGE_INTEGER Timeout = TestMilliseconds(1000);
    SetLength(&Message, 64);
    REQUIRE(ConnectAlpc(&Peers));
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr),
                 STATUS_SUCCESS);
    SIZE_T Length = sizeof(PORT_MESSAGE) + 8;
    CHECK_STATUS(NtAlpcSendWaitReceivePort(Peers.ConnectionPort, 0, nullptr, nullptr,
                                           &Received.Header, &Length, nullptr, &Timeout),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(Length, sizeof(PORT_MESSAGE) + 64);
    CHECK_STATUS(NtAlpcSendWaitReceivePort(Peers.ConnectionPort, 0, nullptr, nullptr,
                                           &Received.Header, &Length, nullptr, &Timeout),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Received.Header.u1.s1.DataLength, 64);
    Disconnect(&Peers);
}

VOID TestCancel(void)
{
    PEERS Peers;
    MESSAGE Message = MakeMessage(1), Received;
    struct {
        ALPC_MESSAGE_ATTRIBUTES Header;
        ALPC_CONTEXT_ATTR Context;
    } Attributes = {{ALPC_MESSAGE_CONTEXT_ATTRIBUTE, ALPC_MESSAGE_CONTEXT_ATTRIBUTE},
                    {.MessageContext = (PVOID)0x55}};
    REQUIRE(ConnectAlpc(&Peers));
    CHECK_STATUS(Send(Peers.Client, 0, &Message, &Attributes.Header), STATUS_SUCCESS);
    CHECK_STATUS(NtAlpcCancelMessage(Peers.Client, 0, &Attributes.Context), STATUS_SUCCESS);
    CHECK_STATUS(NtAlpcCancelMessage(Peers.Client, 0, &Attributes.Context),
                 STATUS_INVALID_PARAMETER);
    LARGE_INTEGER Now = {};
    CHECK_STATUS(NtWaitForSingleObject(Peers.ConnectionPort, FALSE, &Now), STATUS_TIMEOUT);
    // One that was received already cannot be answered any more.
    CHECK_STATUS(Send(Peers.Client, 0, &Message, &Attributes.Header), STATUS_SUCCESS);
    REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtAlpcCancelMessage(Peers.Client, 0, &Attributes.Context), STATUS_SUCCESS);
    CHECK_STATUS(Send(Peers.Server, 0, &Received, nullptr), STATUS_REPLY_MESSAGE_MISMATCH);
    CHECK_BAD_INPUT(NtAlpcCancelMessage(Peers.Client, 0, Bad));
    Disconnect(&Peers);
}

VOID TestCompletionPort(void)
{
    PEERS Peers;
    HANDLE Completion;
    MESSAGE Message = MakeMessage(1);
    PVOID Key = nullptr, Context = nullptr;
    IO_STATUS_BLOCK Io;
    LARGE_INTEGER Now = {};
    REQUIRE(ConnectAlpc(&Peers));
    REQUIRE_STATUS(NtCreateIoCompletion(&Completion, IO_COMPLETION_ALL_ACCESS, nullptr, 0),
                   STATUS_SUCCESS);
    ALPC_PORT_ASSOCIATE_COMPLETION_PORT Associate = {(PVOID)0x77, Completion};
    CHECK_STATUS(NtAlpcSetInformation(Peers.ConnectionPort, AlpcAssociateCompletionPortInformation,
                                      &Associate, sizeof(Associate)),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtAlpcSetInformation(Peers.ConnectionPort, AlpcAssociateCompletionPortInformation,
                                      &Associate, sizeof(Associate)),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtRemoveIoCompletion(Completion, &Key, &Context, &Io, &Now), STATUS_TIMEOUT);
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtRemoveIoCompletion(Completion, &Key, &Context, &Io, &Now), STATUS_SUCCESS);
    CHECK(Key == (PVOID)0x77);
    CHECK_STATUS(NtRemoveIoCompletion(Completion, &Key, &Context, &Io, &Now), STATUS_TIMEOUT);
    CHECK_STATUS(
        NtAlpcSetInformation(Peers.Client, AlpcBasicInformation, &Associate, sizeof(Associate)),
        STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(
        NtAlpcSetInformation(Peers.Client, AlpcAssociateCompletionPortInformation, &Associate, 8),
        STATUS_INFO_LENGTH_MISMATCH);
    CHECK_BAD_INPUT(NtAlpcSetInformation(Peers.Client, AlpcAssociateCompletionPortInformation, Bad,
                                         sizeof(Associate)));
    Associate.CompletionPort = Peers.Client;
    CHECK_STATUS(NtAlpcSetInformation(Peers.Client, AlpcAssociateCompletionPortInformation,
                                      &Associate, sizeof(Associate)),
                 STATUS_OBJECT_TYPE_MISMATCH);
    Disconnect(&Peers);
    NtClose(Completion);
}

// ---- Ends

VOID TestServerCloses(void)
{
    PEERS Peers;
    MESSAGE Request = MakeMessage(1), Received;
    REQUIRE(ConnectAlpc(&Peers));
    HANDLE Thread = StartRequest(Peers.Client, &Request, nullptr);
    REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, nullptr), STATUS_SUCCESS);
    NtClose(Peers.Server);
    Peers.Server = nullptr;
    CHECK_STATUS(TestJoin(Thread), STATUS_PORT_DISCONNECTED);
    Request = MakeMessage(1);
    CHECK_STATUS(Send(Peers.Client, 0, &Request, nullptr), STATUS_PORT_DISCONNECTED);
    CHECK_STATUS(Receive(Peers.Client, &Received, nullptr), STATUS_PORT_DISCONNECTED);
    Disconnect(&Peers);
}

VOID TestClientCloses(void)
{
    PEERS Peers;
    MESSAGE Request = MakeMessage(6), Received, Closed;
    REQUIRE(ConnectAlpc(&Peers));
    CHECK_STATUS(Send(Peers.Client, 0, &Request, nullptr), STATUS_SUCCESS);
    REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, nullptr), STATUS_SUCCESS);
    NtClose(Peers.Client);
    Peers.Client = nullptr;
    CHECK_STATUS(Send(Peers.Server, 0, &Received, nullptr), STATUS_REPLY_MESSAGE_MISMATCH);
    CHECK_STATUS(Receive(Peers.ConnectionPort, &Closed, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Closed), LPC_PORT_CLOSED);
    Request = MakeMessage(6);
    CHECK_STATUS(Send(Peers.Server, 0, &Request, nullptr), STATUS_PORT_DISCONNECTED);
    Disconnect(&Peers);
}

NTSTATUS ChildClient(PCWSTR Argument)
{
    HANDLE Client;
    MESSAGE Message = MakeMessage(42);
    UNREFERENCED_PARAMETER(Argument);
    NTSTATUS Status = Connect(&Client, ALPC_MSGFLG_SYNC_REQUEST, nullptr, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    SIZE_T Length = sizeof(Message);
    return NtAlpcSendWaitReceivePort(Client, ALPC_MSGFLG_SYNC_REQUEST, &Message.Header, nullptr,
                                     &Message.Header, &Length, nullptr, nullptr);
}

VOID TestClientProcessDies(void)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&PortName, 0);
    HANDLE Port, Server = nullptr;
    RTL_USER_PROCESS_INFORMATION Child;
    MESSAGE Message;
    REQUIRE_STATUS(NtAlpcCreatePort(&Port, &Attributes, nullptr), STATUS_SUCCESS);
    REQUIRE_STATUS(TestStartChild(L"client", L"", FALSE, FALSE, &Child), STATUS_SUCCESS);
    REQUIRE_STATUS(Receive(Port, &Message, nullptr), STATUS_SUCCESS);
    CHECK(Message.Header.ClientId.UniqueProcess == Child.ClientId.UniqueProcess);
    REQUIRE_STATUS(Accept(Port, &Message, TRUE, &Server), STATUS_SUCCESS);
    REQUIRE_STATUS(Receive(Port, &Message, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Message.Data[0], 42);
    NtTerminateProcess(Child.ProcessHandle, STATUS_CANCELLED);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_CANCELLED);
    CHECK_STATUS(Send(Server, 0, &Message, nullptr), STATUS_REPLY_MESSAGE_MISMATCH);
    CHECK_STATUS(Receive(Port, &Message, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Message), LPC_PORT_CLOSED);
    NtClose(Server);
    NtClose(Port);
}

VOID TestMessageErrors(void)
{
    PEERS Peers;
    MESSAGE Message = MakeMessage(1), Received;
    SIZE_T Length = sizeof(Received);
    LARGE_INTEGER Timeout = TestMilliseconds(1000);
    REQUIRE(ConnectAlpc(&Peers));
    HANDLE Client = Peers.Client, Port = Peers.ConnectionPort;
    CHECK_STATUS(
        NtAlpcSendWaitReceivePort(Client, 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAlpcSendWaitReceivePort(Client, ALPC_MSGFLG_SYNC_REQUEST, &Message.Header,
                                           nullptr, nullptr, nullptr, nullptr, nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Send((HANDLE)0x7770, 0, &Message, nullptr), STATUS_INVALID_HANDLE);
    CHECK_STATUS(Send(NtCurrentProcess(), 0, &Message, nullptr), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(Send(Port, 0, &Message, nullptr), STATUS_INVALID_PORT_HANDLE);
    CHECK_BAD_INPUT(Send(Client, 0, Bad, nullptr));
    CHECK_BAD_INPUT(Send(Client, 0, &Message, Bad));
    // A message at the very end of what is there: its data are not.
    PMESSAGE End = TestEndOfPage(sizeof(PORT_MESSAGE));
    End->Header = Message.Header;
    CHECK_STATUS(Send(Client, 0, End, nullptr), STATUS_ACCESS_VIOLATION);
    // Who cannot take a message leaves it to the next.
    CHECK_STATUS(Send(Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr), STATUS_SUCCESS);
    CHECK_BAD_OUTPUT(
        NtAlpcSendWaitReceivePort(Port, 0, nullptr, nullptr, Bad, &Length, nullptr, &Timeout));
    CHECK_BAD_INPUT(NtAlpcSendWaitReceivePort(Port, 0, nullptr, nullptr, &Received.Header, Bad,
                                              nullptr, &Timeout));
    CHECK_BAD_INPUT(NtAlpcSendWaitReceivePort(Port, 0, nullptr, nullptr, &Received.Header, &Length,
                                              nullptr, Bad));
    CHECK_BAD_OUTPUT(NtAlpcSendWaitReceivePort(Port, 0, nullptr, nullptr, &Received.Header, &Length,
                                               Bad, &Timeout));
    CHECK_STATUS(Receive(Port, &Received, nullptr), STATUS_SUCCESS);
    Disconnect(&Peers);
}

VOID TestPortQueries(void)
{
    PEERS Peers;
    ALPC_BASIC_INFORMATION Basic;
    ALPC_SERVER_SESSION_INFORMATION Session = {};
    alignas(8) UCHAR Sid[SECURITY_MAX_SID_SIZE];
    ULONG Length = 0;
    REQUIRE(ConnectAlpc(&Peers));
    CHECK_STATUS(
        NtAlpcQueryInformation(Peers.Server, AlpcBasicInformation, &Basic, sizeof(Basic), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(Basic));
    CHECK(Basic.PortContext == Peers.Context);
    CHECK_STATUS(NtAlpcQueryInformation(Peers.Client, AlpcServerSessionInformation, &Session,
                                        sizeof(Session), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Session.ProcessId, (ULONG_PTR)NtCurrentTeb()->ClientId.UniqueProcess);
    CHECK_STATUS(NtAlpcQueryInformation(Peers.Client, AlpcConnectedSIDInformation, Sid, sizeof(Sid),
                                        &Length),
                 STATUS_SUCCESS);
    CHECK(RtlValidSid(Sid) && *RtlSubAuthoritySid(Sid, 0) == SECURITY_LOCAL_SYSTEM_RID);
    CHECK_STATUS(NtAlpcQueryInformation(Peers.ConnectionPort, AlpcConnectedSIDInformation, Sid,
                                        sizeof(Sid), &Length),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAlpcQueryInformation(Peers.Client, MaxAlpcPortInfoClass, Sid, 8, nullptr),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtAlpcQueryInformation(Peers.Client, AlpcBasicInformation, &Basic, 8, nullptr),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_BAD_OUTPUT(
        NtAlpcQueryInformation(Peers.Client, AlpcBasicInformation, Bad, sizeof(Basic), nullptr));
    CHECK_BAD_OUTPUT(
        NtAlpcQueryInformation(Peers.Client, AlpcBasicInformation, &Basic, sizeof(Basic), Bad));
    CHECK_STATUS(NtQueryInformationPort(Peers.Client, PortBasicInformation, nullptr, 0, &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, 0);
    CHECK_STATUS(NtQueryInformationPort(Peers.Client, 1, nullptr, 0, nullptr),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(
        NtQueryInformationPort(NtCurrentProcess(), PortBasicInformation, nullptr, 0, nullptr),
        STATUS_OBJECT_TYPE_MISMATCH);
    Disconnect(&Peers);
}
