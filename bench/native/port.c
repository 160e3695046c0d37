// Requests and replies over ports, between two threads.

#include "bench.h"

enum { Requests = 100, PayloadSize = 32 };

typedef struct _MESSAGE {
    PORT_MESSAGE Header;
    UCHAR Payload[PayloadSize];
} MESSAGE, *PMESSAGE;

static VOID PrepareRequest(PMESSAGE Message)
{
    memset(Message, 0, sizeof(*Message));
    Message->Header.u1.s1.DataLength = PayloadSize;
    Message->Header.u1.s1.TotalLength = sizeof(*Message);
}

static SHORT MessageType(PMESSAGE Message)
{
    return Message->Header.u2.s2.Type & 0xFF;
}

// ---- LPC

static NTSTATUS NTAPI ServeLpc(PVOID Port)
{
    MESSAGE Message;
    PMESSAGE Reply = nullptr;
    for (;;) {
        NTSTATUS Status = NtReplyWaitReceivePort(Port, nullptr, Reply ? &Reply->Header : nullptr,
                                                 &Message.Header);
        if (!NT_SUCCESS(Status))
            return Status;
        Reply = nullptr;
        if (MessageType(&Message) == LPC_CONNECTION_REQUEST) {
            HANDLE Server;
            Status = NtAcceptConnectPort(&Server, nullptr, &Message.Header, TRUE, nullptr, nullptr);
            if (NT_SUCCESS(Status))
                Status = NtCompleteConnectPort(Server);
            if (!NT_SUCCESS(Status))
                return Status;
        } else if (MessageType(&Message) == LPC_REQUEST) {
            Reply = &Message;
        } else {
            return STATUS_SUCCESS; // the client has closed its end
        }
    }
}

VOID BenchLpc(void)
{
    BENCH Bench = {};
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\BenchLpc");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, 0);
    SECURITY_QUALITY_OF_SERVICE Qos = {.Length = sizeof(Qos),
                                       .ImpersonationLevel = SecurityImpersonation};
    HANDLE Port, Client;
    REQUIRE_STATUS(NtCreatePort(&Port, &Attributes, 0, sizeof(MESSAGE), 0), STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(ServeLpc, Port);
    REQUIRE(Thread);
    REQUIRE_STATUS(NtConnectPort(&Client, &Name, &Qos, nullptr, nullptr, nullptr, nullptr, nullptr),
                   STATUS_SUCCESS);
    for (int Round = 0; Round < BenchRounds; Round++) {
        BenchStart(&Bench);
        for (int i = 0; i < Requests; i++) {
            MESSAGE Request, Reply;
            PrepareRequest(&Request);
            REQUIRE_STATUS(NtRequestWaitReplyPort(Client, &Request.Header, &Reply.Header),
                           STATUS_SUCCESS);
        }
        BenchStop(&Bench);
    }
    BenchReport(&Bench, "lpc-round-trip", Requests);
    NtClose(Client);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    NtClose(Port);
}

// ---- ALPC

static NTSTATUS NTAPI ServeAlpc(PVOID Port)
{
    MESSAGE Message;
    PMESSAGE Reply = nullptr;
    for (;;) {
        SIZE_T Length = sizeof(Message);
        NTSTATUS Status = NtAlpcSendWaitReceivePort(Port, Reply ? ALPC_MSGFLG_RELEASE_MESSAGE : 0,
                                                    Reply ? &Reply->Header : nullptr, nullptr,
                                                    &Message.Header, &Length, nullptr, nullptr);
        if (!NT_SUCCESS(Status))
            return Status;
        Reply = nullptr;
        if (MessageType(&Message) == LPC_CONNECTION_REQUEST) {
            HANDLE Server;
            Status = NtAlpcAcceptConnectPort(&Server, Port, 0, nullptr, nullptr, nullptr,
                                             &Message.Header, nullptr, TRUE);
            if (!NT_SUCCESS(Status))
                return Status;
        } else if (MessageType(&Message) == LPC_REQUEST) {
            Reply = &Message;
        } else {
            return STATUS_SUCCESS;
        }
    }
}

VOID BenchAlpc(void)
{
    BENCH Bench = {};
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\BenchAlpc");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, 0);
    ALPC_PORT_ATTRIBUTES PortAttributes = {.MaxMessageLength = sizeof(MESSAGE)};
    HANDLE Port, Client;
    REQUIRE_STATUS(NtAlpcCreatePort(&Port, &Attributes, &PortAttributes), STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(ServeAlpc, Port);
    REQUIRE(Thread);
    REQUIRE_STATUS(NtAlpcConnectPort(&Client, &Name, nullptr, &PortAttributes,
                                     ALPC_MSGFLG_SYNC_REQUEST, nullptr, nullptr, nullptr, nullptr,
                                     nullptr, nullptr),
                   STATUS_SUCCESS);
    for (int Round = 0; Round < BenchRounds; Round++) {
        BenchStart(&Bench);
        for (int i = 0; i < Requests; i++) {
            MESSAGE Request, Reply;
            SIZE_T Length = sizeof(Reply);
            PrepareRequest(&Request);
            REQUIRE_STATUS(NtAlpcSendWaitReceivePort(Client, ALPC_MSGFLG_SYNC_REQUEST,
                                                     &Request.Header, nullptr, &Reply.Header,
                                                     &Length, nullptr, nullptr),
                           STATUS_SUCCESS);
        }
        BenchStop(&Bench);
    }
    BenchReport(&Bench, "alpc-round-trip", Requests);
    NtClose(Client);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    NtClose(Port);
}
