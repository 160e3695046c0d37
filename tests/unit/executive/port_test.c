// Ports, as far as one thread can test them: both ends are its own, and nobody waits.
#include "doubles.h"
#include "services.h"

#include "lpc/lpcp.h"

NTSTATUS NtAlpcCreatePort(HANDLE USER *PortHandle, const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                          const ALPC_PORT_ATTRIBUTES USER *PortAttributes);
NTSTATUS NtAlpcAcceptConnectPort(HANDLE USER *PortHandle, HANDLE ConnectionPortHandle, ULONG Flags,
                                 const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                                 const ALPC_PORT_ATTRIBUTES USER *PortAttributes, PVOID PortContext,
                                 const PORT_MESSAGE USER *ConnectionRequest,
                                 ALPC_MESSAGE_ATTRIBUTES USER *ConnectionMessageAttributes,
                                 BOOLEAN AcceptConnection);
NTSTATUS NtAlpcSendWaitReceivePort(HANDLE PortHandle, ULONG Flags,
                                   const PORT_MESSAGE USER *SendMessage,
                                   const ALPC_MESSAGE_ATTRIBUTES USER *SendMessageAttributes,
                                   PORT_MESSAGE USER *ReceiveMessage, SIZE_T USER *BufferLength,
                                   ALPC_MESSAGE_ATTRIBUTES USER *ReceiveMessageAttributes,
                                   const LARGE_INTEGER USER *Timeout);

typedef struct {
    PORT_MESSAGE Header;
    CHAR Text[32];
} MESSAGE;

typedef struct {
    ALPC_MESSAGE_ATTRIBUTES Header;
    ALPC_CONTEXT_ATTR Context;
    ALPC_HANDLE_ATTR Handle;
} ATTRIBUTES;

static HANDLE Listener, Client, Server;

static MESSAGE Make(const char *Text)
{
    MESSAGE Message = {};
    strcpy(Message.Text, Text);
    Message.Header.u1.s1.DataLength = (SHORT)(strlen(Text) + 1);
    Message.Header.u1.s1.TotalLength = (SHORT)(sizeof(PORT_MESSAGE) + strlen(Text) + 1);
    return Message;
}

static NTSTATUS Receive(HANDLE Port, MESSAGE *Message, ALPC_MESSAGE_ATTRIBUTES *Attributes)
{
    SIZE_T Length = sizeof(*Message);
    LARGE_INTEGER Now = {};
    return NtAlpcSendWaitReceivePort(Port, 0, nullptr, nullptr, TEST_USER(&Message->Header),
                                     TEST_USER(&Length),
                                     Attributes ? TEST_USER(Attributes) : nullptr, TEST_USER(&Now));
}

static NTSTATUS Send(HANDLE Port, ULONG Flags, const MESSAGE *Message,
                     ALPC_MESSAGE_ATTRIBUTES *Attributes)
{
    return NtAlpcSendWaitReceivePort(Port, Flags, TEST_USER(&Message->Header),
                                     Attributes ? TEST_USER(Attributes) : nullptr, nullptr, nullptr,
                                     nullptr, nullptr);
}

// The client's half of connecting waits, so its parts are called one by one.
static void a_connection_is_made(void **State)
{
    (void)State;
    UNICODE_STRING Name = TestString(L"\\RPC Control\\test");
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    assert_success(NtAlpcCreatePort(TEST_USER(&Listener), TEST_USER(&Object), nullptr));
    LPCP_CONNECT Connect = {.PortName = Name,
                            .Qos.ImpersonationLevel = SecurityImpersonation,
                            .Qos.ContextTrackingMode = SECURITY_DYNAMIC_TRACKING};
    assert_success(LpcpCreatePayload(0, 6, &Connect.Payload));
    memcpy(Connect.Payload->Data, "hello", 6);
    PLPCP_PORT Port;
    PLPCP_MESSAGE Request;
    assert_success(LpcpBeginConnect(&Connect, &Port, &Request));

    MESSAGE Message;
    assert_success(Receive(Listener, &Message, nullptr));
    assert_int_equal(Message.Header.u2.s2.Type & 0xFF, LPC_CONNECTION_REQUEST);
    assert_string_equal(Message.Text, "hello");
    assert_status(Receive(Listener, &Message, nullptr), STATUS_TIMEOUT);
    Message.Header.u1.s1.DataLength = 0;
    Message.Header.u1.s1.TotalLength = sizeof(PORT_MESSAGE);
    assert_success(NtAlpcAcceptConnectPort(TEST_USER(&Server), Listener, 0, nullptr, nullptr,
                                           (PVOID)0x1234, TEST_USER(&Message.Header), nullptr,
                                           TRUE));
    assert_success(LpcpEndConnect(Request, nullptr));
    LpcpDereferenceMessage(Request);
    assert_success(LpcpInsertPort(Port, 0, &Client));
    assert_status(NtAlpcAcceptConnectPort(TEST_USER(&Server), Listener, 0, nullptr, nullptr,
                                          nullptr, TEST_USER(&Message.Header), nullptr, TRUE),
                  STATUS_REPLY_MESSAGE_MISMATCH);
}

static void requests_are_answered(void **State)
{
    (void)State;
    MESSAGE Message = Make("question"), Received;
    ATTRIBUTES Attributes = {
        .Header = {ALPC_MESSAGE_CONTEXT_ATTRIBUTE, ALPC_MESSAGE_CONTEXT_ATTRIBUTE},
        .Context.MessageContext = (PVOID)0x77};
    assert_success(Send(Client, 0, &Message, &Attributes.Header));
    ATTRIBUTES Got = {.Header.AllocatedAttributes = ALPC_MESSAGE_CONTEXT_ATTRIBUTE};
    assert_success(Receive(Listener, &Received, &Got.Header));
    assert_string_equal(Received.Text, "question");
    assert_ptr_equal(Got.Context.PortContext, (PVOID)0x1234);
    assert_int_equal(Got.Header.ValidAttributes, ALPC_MESSAGE_CONTEXT_ATTRIBUTE);
    assert_null(Got.Context.MessageContext);

    MESSAGE Answer = Make("answer");
    Answer.Header.MessageId = Received.Header.MessageId;
    // Through its own port the client cannot answer itself.
    assert_status(Send(Client, 0, &Answer, nullptr), STATUS_REPLY_MESSAGE_MISMATCH);
    assert_success(Send(Server, 0, &Answer, nullptr));
    assert_status(Send(Server, 0, &Answer, nullptr), STATUS_REPLY_MESSAGE_MISMATCH);
    assert_success(Receive(Client, &Received, &Got.Header));
    assert_int_equal(Received.Header.u2.s2.Type & 0xFF, LPC_REPLY);
    assert_string_equal(Received.Text, "answer");
    assert_ptr_equal(Got.Context.MessageContext, (PVOID)0x77);
}

static void datagrams_go_both_ways(void **State)
{
    (void)State;
    MESSAGE Message = Make("up"), Received;
    assert_success(Send(Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr));
    assert_success(Receive(Server, &Received, nullptr)); // what comes for a server's port
    assert_int_equal(Received.Header.u2.s2.Type, LPC_DATAGRAM);
    Message = Make("down");
    assert_success(Send(Server, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr));
    assert_success(Receive(Client, &Received, nullptr));
    assert_string_equal(Received.Text, "down");
}

static void handles_travel(void **State)
{
    (void)State;
    HANDLE Event;
    assert_success(
        NtCreateEvent(TEST_USER(&Event), EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE));
    MESSAGE Message = Make("take"), Received;
    struct {
        ALPC_MESSAGE_ATTRIBUTES Header;
        ALPC_HANDLE_ATTR Handle;
    } Out = {{ALPC_MESSAGE_HANDLE_ATTRIBUTE, ALPC_MESSAGE_HANDLE_ATTRIBUTE},
             {.Handle = Event, .DesiredAccess = EVENT_MODIFY_STATE}},
      In = {.Header.AllocatedAttributes = ALPC_MESSAGE_HANDLE_ATTRIBUTE};
    assert_success(Send(Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, &Out.Header));
    assert_success(NtClose(Event)); // the message holds it
    assert_success(Receive(Listener, &Received, &In.Header));
    assert_int_equal(In.Header.ValidAttributes, ALPC_MESSAGE_HANDLE_ATTRIBUTE);
    assert_success(NtSetEvent(In.Handle.Handle, nullptr));
    assert_success(NtClose(In.Handle.Handle));
}

static void lengths_are_checked(void **State)
{
    (void)State;
    MESSAGE Message = Make("x"), Received;
    Message.Header.u1.s1.DataLength = 100;
    assert_status(Send(Client, 0, &Message, nullptr), STATUS_PORT_MESSAGE_TOO_LONG);
    Message.Header.u1.s1.DataLength = -1;
    assert_status(Send(Client, 0, &Message, nullptr), STATUS_PORT_MESSAGE_TOO_LONG);
    Message.Header.u1.s1.TotalLength = 8;
    assert_status(Send(Client, 0, &Message, nullptr), STATUS_PORT_MESSAGE_TOO_LONG);

    // A message that does not fit stays for a larger buffer.
    Message = Make("a longer text");
    assert_success(Send(Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr));
    SIZE_T Length = sizeof(PORT_MESSAGE) + 4;
    LARGE_INTEGER Now = {};
    assert_status(NtAlpcSendWaitReceivePort(Listener, 0, nullptr, nullptr,
                                            TEST_USER(&Received.Header), TEST_USER(&Length),
                                            nullptr, TEST_USER(&Now)),
                  STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(Length, sizeof(PORT_MESSAGE) + sizeof("a longer text"));
    assert_success(Receive(Listener, &Received, nullptr));
    assert_string_equal(Received.Text, "a longer text");
}

static void the_server_hears_that_a_client_went(void **State)
{
    (void)State;
    MESSAGE Message = Make("never answered"), Received;
    assert_success(Send(Client, 0, &Message, nullptr));
    assert_success(NtClose(Client));
    // The request was in the queue; the sender's end does not take it back.
    ATTRIBUTES Got = {.Header.AllocatedAttributes = ALPC_MESSAGE_CONTEXT_ATTRIBUTE};
    assert_success(Receive(Listener, &Received, nullptr));
    assert_string_equal(Received.Text, "never answered");
    assert_success(Receive(Listener, &Received, &Got.Header));
    assert_int_equal(Received.Header.u2.s2.Type & 0xFF, LPC_PORT_CLOSED);
    assert_ptr_equal(Got.Context.PortContext, (PVOID)0x1234);
    Message = Make("to nobody");
    assert_status(Send(Server, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr),
                  STATUS_PORT_DISCONNECTED);
    assert_success(NtClose(Server));
}

static void a_closed_listener_refuses(void **State)
{
    (void)State;
    LPCP_CONNECT Connect = {.PortName = TestString(L"\\RPC Control\\test"),
                            .Qos.ContextTrackingMode = SECURITY_DYNAMIC_TRACKING};
    PLPCP_PORT Port;
    PLPCP_MESSAGE Request;
    assert_success(LpcpCreatePayload(0, 0, &Connect.Payload));
    assert_success(LpcpBeginConnect(&Connect, &Port, &Request));
    assert_success(NtClose(Listener));
    assert_status(LpcpEndConnect(Request, nullptr), STATUS_PORT_CONNECTION_REFUSED);
    LpcpDereferenceMessage(Request);
    LpcpShutPort(Port);
    ObDereferenceObject(Port);
    assert_success(LpcpCreatePayload(0, 0, &Connect.Payload));
    assert_status(LpcpBeginConnect(&Connect, &Port, &Request), STATUS_OBJECT_NAME_NOT_FOUND);
}

static LONG BlocksBefore;

static void nothing_is_left(void **State)
{
    (void)State;
    assert_int_equal(TestPoolBlocks, BlocksBefore);
}

static int Start(void **State)
{
    TestStart(State);
    BlocksBefore = TestPoolBlocks;
    return 0;
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(a_connection_is_made),
        cmocka_unit_test(requests_are_answered),
        cmocka_unit_test(datagrams_go_both_ways),
        cmocka_unit_test(handles_travel),
        cmocka_unit_test(lengths_are_checked),
        cmocka_unit_test(the_server_hears_that_a_client_went),
        cmocka_unit_test(a_closed_listener_refuses),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests(Tests, Start, TestStop);
}
