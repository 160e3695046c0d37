// Connecting.

#include "suite.h"

typedef struct _ATTEMPT {
    HANDLE Client;
    MESSAGE Message;
    ULONG Length;
} ATTEMPT;

static NTSTATUS NTAPI AttemptThread(PVOID Parameter)
{
    ATTEMPT *Attempt = Parameter;
    return Connect(&Attempt->Client, ALPC_MSGFLG_SYNC_REQUEST, &Attempt->Message, &Attempt->Length);
}

static HANDLE MakePort(void)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&PortName, 0);
    HANDLE Port = nullptr;
    CHECK_STATUS(NtAlpcCreatePort(&Port, &Attributes, nullptr), STATUS_SUCCESS);
    return Port;
}

// What the client sends with its request reaches the server, and the answer the client.
VOID TestConnectAccept(void)
{
    HANDLE Port = MakePort(), Server = nullptr;
    ATTEMPT Attempt = {.Message = MakeMessage(11), .Length = sizeof(MESSAGE)};
    MESSAGE Request;
    HANDLE Thread = TestStartThread(AttemptThread, &Attempt);
    REQUIRE_STATUS(Receive(Port, &Request, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Request), LPC_CONNECTION_REQUEST);
    CHECK_EQUAL(Request.Data[0], 11);
    CHECK(Request.Header.ClientId.UniqueProcess == NtCurrentTeb()->ClientId.UniqueProcess);
    Request.Data[0] = 22;
    CHECK_STATUS(Accept(Port, &Request, TRUE, &Server), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_EQUAL(Attempt.Message.Data[0], 22);
    CHECK_EQUAL(TypeOf(&Attempt.Message), LPC_CONNECTION_REPLY);
    CHECK_EQUAL(Attempt.Length, sizeof(PORT_MESSAGE) + 8);
    CHECK_STATUS(Accept(Port, &Request, TRUE, &Server), STATUS_REPLY_MESSAGE_MISMATCH);
    NtClose(Attempt.Client);
    NtClose(Server);
    NtClose(Port);
}

VOID TestConnectRefuse(void)
{
    HANDLE Port = MakePort(), Server = nullptr;
    ATTEMPT Attempt = {.Message = MakeMessage(1), .Length = sizeof(MESSAGE)};
    MESSAGE Request;
    HANDLE Thread = TestStartThread(AttemptThread, &Attempt);
    REQUIRE_STATUS(Receive(Port, &Request, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Accept(Port, &Request, FALSE, &Server), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_PORT_CONNECTION_REFUSED);
    CHECK(!Attempt.Client);
    // A server that goes refuses all that wait.
    Thread = TestStartThread(AttemptThread, &Attempt);
    REQUIRE_STATUS(Receive(Port, &Request, nullptr), STATUS_SUCCESS);
    NtClose(Port);
    CHECK_STATUS(TestJoin(Thread), STATUS_PORT_CONNECTION_REFUSED);
}

VOID TestConnectAsynchronous(void)
{
    HANDLE Port = MakePort(), Server = nullptr, Client = nullptr;
    MESSAGE Request, Answer, Early = MakeMessage(5);
    REQUIRE_STATUS(Connect(&Client, 0, nullptr, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Send(Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Early, nullptr),
                 STATUS_PORT_DISCONNECTED);
    REQUIRE_STATUS(Receive(Port, &Request, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Accept(Port, &Request, TRUE, &Server), STATUS_SUCCESS);
    CHECK_STATUS(Receive(Client, &Answer, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Answer), LPC_CONNECTION_REPLY);
    CHECK_STATUS(Send(Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Early, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Receive(Port, &Request, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Request.Data[0], 5);
    NtClose(Client);
    NtClose(Server);
    CHECK_STATUS(Receive(Port, &Request, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Request), LPC_PORT_CLOSED);

    REQUIRE_STATUS(Connect(&Client, 0, nullptr, nullptr), STATUS_SUCCESS);
    REQUIRE_STATUS(Receive(Port, &Request, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Accept(Port, &Request, FALSE, &Server), STATUS_SUCCESS);
    CHECK_STATUS(Receive(Client, &Answer, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(TypeOf(&Answer), LPC_PORT_CLOSED);
    CHECK_STATUS(Receive(Client, &Answer, nullptr), STATUS_PORT_DISCONNECTED);
    NtClose(Client);
    // A client that does not wait for the answer either.
    REQUIRE_STATUS(Connect(&Client, 0, nullptr, nullptr), STATUS_SUCCESS);
    NtClose(Client);
    CHECK_STATUS(Receive(Port, &Request, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Accept(Port, &Request, TRUE, &Server), STATUS_REPLY_MESSAGE_MISMATCH);
    NtClose(Port);
}

VOID TestConnectTimeout(void)
{
    HANDLE Port = MakePort(), Client = nullptr;
    LARGE_INTEGER Timeout = TestMilliseconds(20);
    MESSAGE Request;
    CHECK_STATUS(NtAlpcConnectPort(&Client, &PortName, nullptr, nullptr, ALPC_MSGFLG_SYNC_REQUEST,
                                   nullptr, nullptr, nullptr, nullptr, nullptr, &Timeout),
                 STATUS_TIMEOUT);
    CHECK(!Client);
    // Its request has gone with it.
    CHECK_STATUS(Receive(Port, &Request, nullptr), STATUS_TIMEOUT);
    NtClose(Port);
}

VOID TestConnectErrors(void)
{
    HANDLE Handle, Port = MakePort();
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&PortName, 0);
    ALPC_PORT_ATTRIBUTES PortAttributes = {.MaxMessageLength = 0x100000};
    UNICODE_STRING Missing = STRING_OF(L"\\RPC Control\\NoSuchPort"), Wrong = STRING_OF(L"\\NLS");
    CHECK_STATUS(NtAlpcCreatePort(&Handle, &Attributes, nullptr), STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(NtAlpcCreatePort(&Handle, nullptr, &PortAttributes), STATUS_INVALID_PARAMETER);
    CHECK_BAD_OUTPUT(NtAlpcCreatePort(Bad, nullptr, nullptr));
    CHECK_BAD_INPUT(NtAlpcCreatePort(&Handle, Bad, nullptr));
    CHECK_BAD_INPUT(NtAlpcCreatePort(&Handle, nullptr, Bad));
    CHECK_STATUS(NtAlpcConnectPort(&Handle, &Missing, nullptr, nullptr, 0, nullptr, nullptr,
                                   nullptr, nullptr, nullptr, nullptr),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtAlpcConnectPort(&Handle, &Wrong, nullptr, nullptr, 0, nullptr, nullptr, nullptr,
                                   nullptr, nullptr, nullptr),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_BAD_OUTPUT(NtAlpcConnectPort(Bad, &PortName, nullptr, nullptr, 0, nullptr, nullptr,
                                       nullptr, nullptr, nullptr, nullptr));
    CHECK_BAD_INPUT(NtAlpcConnectPort(&Handle, Bad, nullptr, nullptr, 0, nullptr, nullptr, nullptr,
                                      nullptr, nullptr, nullptr));
    CHECK_BAD_INPUT(NtAlpcConnectPort(&Handle, &PortName, nullptr, Bad, 0, nullptr, nullptr,
                                      nullptr, nullptr, nullptr, nullptr));
    CHECK_BAD_INPUT(NtAlpcConnectPort(&Handle, &PortName, nullptr, nullptr, 0, Bad, nullptr,
                                      nullptr, nullptr, nullptr, nullptr));
    CHECK_BAD_INPUT(NtAlpcConnectPort(&Handle, &PortName, nullptr, nullptr, 0, nullptr, Bad,
                                      nullptr, nullptr, nullptr, nullptr));
    CHECK_BAD_INPUT(NtAlpcConnectPort(&Handle, &PortName, nullptr, nullptr, 0, nullptr, nullptr,
                                      nullptr, nullptr, nullptr, Bad));
    MESSAGE Request = MakeMessage(0);
    CHECK_BAD_INPUT(
        NtAlpcAcceptConnectPort(&Handle, Port, 0, nullptr, nullptr, nullptr, Bad, nullptr, TRUE));
    CHECK_STATUS(NtAlpcAcceptConnectPort(&Handle, Port, 0, nullptr, nullptr, nullptr,
                                         &Request.Header, nullptr, TRUE),
                 STATUS_REPLY_MESSAGE_MISMATCH);
    CHECK_STATUS(NtAlpcAcceptConnectPort(&Handle, (HANDLE)0x7770, 0, nullptr, nullptr, nullptr,
                                         &Request.Header, nullptr, TRUE),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtAlpcDisconnectPort(Port, 0), STATUS_INVALID_PORT_HANDLE);
    CHECK_STATUS(NtAlpcDisconnectPort(NtCurrentProcess(), 0), STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Port);
}

VOID TestConnectServerSid(void)
{
    HANDLE Port = MakePort(), Client = nullptr;
    SID_IDENTIFIER_AUTHORITY Authority = SECURITY_NT_AUTHORITY;
    alignas(8) UCHAR Sid[SECURITY_MAX_SID_SIZE];
    RtlInitializeSid(Sid, &Authority, 1);
    *RtlSubAuthoritySid(Sid, 0) = SECURITY_LOCAL_SERVICE_RID;
    CHECK_STATUS(NtAlpcConnectPort(&Client, &PortName, nullptr, nullptr, 0, Sid, nullptr, nullptr,
                                   nullptr, nullptr, nullptr),
                 STATUS_SERVER_SID_MISMATCH);
    *RtlSubAuthoritySid(Sid, 0) = SECURITY_LOCAL_SYSTEM_RID;
    CHECK_STATUS(NtAlpcConnectPort(&Client, &PortName, nullptr, nullptr, 0, Sid, nullptr, nullptr,
                                   nullptr, nullptr, nullptr),
                 STATUS_SUCCESS);
    NtClose(Client);
    NtClose(Port);
}
