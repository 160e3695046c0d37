// A server and its client.

#include "suite.h"

UNICODE_STRING PortName = STRING_OF(L"\\RPC Control\\SuitePort");

NTSTATUS Connect(PHANDLE Client, ULONG Flags, PMESSAGE Message, PULONG Length)
{
    LARGE_INTEGER Timeout = TestMilliseconds(5000);
    return NtAlpcConnectPort(Client, &PortName, nullptr, nullptr, Flags, nullptr,
                             Message ? &Message->Header : nullptr, Length, nullptr, nullptr,
                             &Timeout);
}

NTSTATUS Accept(HANDLE ConnectionPort, PMESSAGE Request, BOOLEAN Accepted, PHANDLE Server)
{
    return NtAlpcAcceptConnectPort(Server, ConnectionPort, 0, nullptr, nullptr, (PVOID)0x1234,
                                   &Request->Header, nullptr, Accepted);
}

NTSTATUS Receive(HANDLE Port, PMESSAGE Message, PALPC_MESSAGE_ATTRIBUTES Attributes)
{
    LARGE_INTEGER Timeout = TestMilliseconds(1000);
    SIZE_T Length = sizeof(*Message);
    return NtAlpcSendWaitReceivePort(Port, 0, nullptr, nullptr, &Message->Header, &Length,
                                     Attributes, &Timeout);
}

NTSTATUS Send(HANDLE Port, ULONG Flags, PMESSAGE Message, PALPC_MESSAGE_ATTRIBUTES Attributes)
{
    return NtAlpcSendWaitReceivePort(Port, Flags, &Message->Header, Attributes, nullptr, nullptr,
                                     nullptr, nullptr);
}

// ---- A client that connects on its own thread

static NTSTATUS NTAPI ConnectThread(PVOID Parameter)
{
    return Connect(Parameter, ALPC_MSGFLG_SYNC_REQUEST, nullptr, nullptr);
}

BOOLEAN ConnectAlpc(PEERS *Peers)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&PortName, 0);
    MESSAGE Request;
    *Peers = (PEERS){.Context = (PVOID)0x1234};
    if (!CHECK_STATUS(NtAlpcCreatePort(&Peers->ConnectionPort, &Attributes, nullptr),
                      STATUS_SUCCESS))
        return FALSE;
    HANDLE Thread = TestStartThread(ConnectThread, &Peers->Client);
    NTSTATUS Status = Receive(Peers->ConnectionPort, &Request, nullptr);
    CHECK_STATUS(Status, STATUS_SUCCESS);
    if (Status == STATUS_SUCCESS) {
        CHECK_EQUAL(TypeOf(&Request), LPC_CONNECTION_REQUEST);
        CHECK_STATUS(Accept(Peers->ConnectionPort, &Request, TRUE, &Peers->Server), STATUS_SUCCESS);
    }
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    return Peers->Client && Peers->Server;
}

static NTSTATUS NTAPI ConnectLegacyThread(PVOID Parameter)
{
    SECURITY_QUALITY_OF_SERVICE Qos = {sizeof(Qos), SecurityImpersonation,
                                       SECURITY_DYNAMIC_TRACKING, FALSE};
    return NtConnectPort(Parameter, &PortName, &Qos, nullptr, nullptr, nullptr, nullptr, nullptr);
}

BOOLEAN ConnectLegacy(PEERS *Peers)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&PortName, 0);
    MESSAGE Request;
    *Peers = (PEERS){.Context = (PVOID)0x1234};
    if (!CHECK_STATUS(NtCreatePort(&Peers->ConnectionPort, &Attributes, 64, sizeof(MESSAGE), 0),
                      STATUS_SUCCESS))
        return FALSE;
    HANDLE Thread = TestStartThread(ConnectLegacyThread, &Peers->Client);
    CHECK_STATUS(NtListenPort(Peers->ConnectionPort, &Request.Header), STATUS_SUCCESS);
    CHECK_STATUS(NtAcceptConnectPort(&Peers->Server, Peers->Context, &Request.Header, TRUE, nullptr,
                                     nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtCompleteConnectPort(Peers->Server), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    return Peers->Client && Peers->Server;
}

VOID Disconnect(PEERS *Peers)
{
    if (Peers->Client)
        NtClose(Peers->Client);
    if (Peers->Server)
        NtClose(Peers->Server);
    if (Peers->ConnectionPort)
        NtClose(Peers->ConnectionPort);
}

// ---- Requests

typedef struct _REQUEST {
    HANDLE Port;
    PMESSAGE Message;
    PALPC_MESSAGE_ATTRIBUTES Attributes;
} REQUEST;

static NTSTATUS NTAPI RequestThread(PVOID Parameter)
{
    REQUEST Request = *(REQUEST *)Parameter;
    SIZE_T Length = sizeof(MESSAGE);
    RtlFreeHeap(RtlProcessHeap(), 0, Parameter);
    return NtAlpcSendWaitReceivePort(Request.Port, ALPC_MSGFLG_SYNC_REQUEST,
                                     &Request.Message->Header, Request.Attributes,
                                     &Request.Message->Header, &Length, nullptr, nullptr);
}

HANDLE StartRequest(HANDLE Client, PMESSAGE Message, PALPC_MESSAGE_ATTRIBUTES Attributes)
{
    REQUEST *Request = RtlAllocateHeap(RtlProcessHeap(), 0, sizeof(*Request));
    *Request = (REQUEST){Client, Message, Attributes};
    return TestStartThread(RequestThread, Request);
}
