// Attributes of messages, and who sends them.

#include "suite.h"

// Room for every attribute, in the order of their bits.
typedef struct _ATTRIBUTES {
    ALPC_MESSAGE_ATTRIBUTES Header;
    UCHAR Space[256];
} ATTRIBUTES;

static PALPC_MESSAGE_ATTRIBUTES Room(ATTRIBUTES *Attributes, ULONG Flags)
{
    SIZE_T Needed;
    memset(Attributes, 0, sizeof(*Attributes));
    CHECK_STATUS(
        AlpcInitializeMessageAttribute(Flags, &Attributes->Header, sizeof(*Attributes), &Needed),
        STATUS_SUCCESS);
    return &Attributes->Header;
}

static PVOID Part(ATTRIBUTES *Attributes, ULONG Flag)
{
    return AlpcGetMessageAttribute(&Attributes->Header, Flag);
}

VOID TestContextAttribute(void)
{
    PEERS Peers;
    ATTRIBUTES Sent, Got;
    MESSAGE Message = MakeMessage(1), Received;
    REQUIRE(ConnectAlpc(&Peers));
    Room(&Sent, ALPC_MESSAGE_CONTEXT_ATTRIBUTE | ALPC_MESSAGE_HANDLE_ATTRIBUTE);
    ((PALPC_CONTEXT_ATTR)Part(&Sent, ALPC_MESSAGE_CONTEXT_ATTRIBUTE))->MessageContext = (PVOID)0x99;
    Sent.Header.ValidAttributes = ALPC_MESSAGE_CONTEXT_ATTRIBUTE;
    CHECK_STATUS(Send(Peers.Client, 0, &Message, &Sent.Header), STATUS_SUCCESS);
    REQUIRE_STATUS(
        Receive(Peers.ConnectionPort, &Received, Room(&Got, ALPC_MESSAGE_CONTEXT_ATTRIBUTE)),
        STATUS_SUCCESS);
    PALPC_CONTEXT_ATTR Context = Part(&Got, ALPC_MESSAGE_CONTEXT_ATTRIBUTE);
    CHECK_EQUAL(Got.Header.ValidAttributes, ALPC_MESSAGE_CONTEXT_ATTRIBUTE);
    CHECK(Context->PortContext == Peers.Context && !Context->MessageContext);
    CHECK_EQUAL(Context->MessageId, Received.Header.MessageId);
    CHECK_STATUS(Send(Peers.Server, 0, &Received, nullptr), STATUS_SUCCESS);
    REQUIRE_STATUS(Receive(Peers.Client, &Message, Room(&Got, ALPC_MESSAGE_CONTEXT_ATTRIBUTE)),
                   STATUS_SUCCESS);
    CHECK(Context->MessageContext == (PVOID)0x99);
    Disconnect(&Peers);
}

VOID TestHandleAttribute(void)
{
    PEERS Peers;
    ATTRIBUTES Sent, Got;
    MESSAGE Message = MakeMessage(1), Received;
    HANDLE Event;
    OBJECT_BASIC_INFORMATION Information;
    REQUIRE(ConnectAlpc(&Peers));
    REQUIRE_STATUS(
        NtCreateEvent(&Event, EVENT_QUERY_STATE | SYNCHRONIZE, nullptr, NotificationEvent, FALSE),
        STATUS_SUCCESS);
    Room(&Sent, ALPC_MESSAGE_HANDLE_ATTRIBUTE)->ValidAttributes = ALPC_MESSAGE_HANDLE_ATTRIBUTE;
    PALPC_HANDLE_ATTR Handle = Part(&Sent, ALPC_MESSAGE_HANDLE_ATTRIBUTE);
    *Handle = (ALPC_HANDLE_ATTR){.Handle = Event, .DesiredAccess = EVENT_MODIFY_STATE};
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, &Sent.Header),
                 STATUS_ACCESS_DENIED); // more than the sender has
    Handle->DesiredAccess = SYNCHRONIZE;
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, &Sent.Header),
                 STATUS_SUCCESS);
    REQUIRE_STATUS(
        Receive(Peers.ConnectionPort, &Received, Room(&Got, ALPC_MESSAGE_HANDLE_ATTRIBUTE)),
        STATUS_SUCCESS);
    PALPC_HANDLE_ATTR Copy = Part(&Got, ALPC_MESSAGE_HANDLE_ATTRIBUTE);
    CHECK_EQUAL(Got.Header.ValidAttributes, ALPC_MESSAGE_HANDLE_ATTRIBUTE);
    CHECK_STATUS(NtCompareObjects(Copy->Handle, Event), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryObject(Copy->Handle, ObjectBasicInformation, &Information,
                               sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Information.GrantedAccess, SYNCHRONIZE);
    NtClose(Copy->Handle);
    Handle->Handle = (HANDLE)0x7770;
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, &Sent.Header),
                 STATUS_INVALID_HANDLE);
    // A receiver without room for it gets no handle, and none is lost.
    Handle->Handle = Event;
    Handle->Flags = ALPC_HANDLEFLG_DUPLICATE_SAME_ACCESS;
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, &Sent.Header),
                 STATUS_SUCCESS);
    CHECK_STATUS(Receive(Peers.ConnectionPort, &Received, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryObject(Event, ObjectBasicInformation, &Information, sizeof(Information), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Information.HandleCount, 1);
    NtClose(Event);
    Disconnect(&Peers);
}

VOID TestTokenAttribute(void)
{
    PEERS Peers;
    ATTRIBUTES Got;
    MESSAGE Message = MakeMessage(1), Received;
    TOKEN_STATISTICS Own;
    ULONG Length;
    REQUIRE(ConnectAlpc(&Peers));
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Message, nullptr),
                 STATUS_SUCCESS);
    REQUIRE_STATUS(
        Receive(Peers.ConnectionPort, &Received, Room(&Got, ALPC_MESSAGE_TOKEN_ATTRIBUTE)),
        STATUS_SUCCESS);
    CHECK_EQUAL(Got.Header.ValidAttributes, ALPC_MESSAGE_TOKEN_ATTRIBUTE);
    PALPC_TOKEN_ATTR Token = Part(&Got, ALPC_MESSAGE_TOKEN_ATTRIBUTE);
    REQUIRE_STATUS(NtQueryInformationToken(NtCurrentProcessToken(), TokenStatistics, &Own,
                                           sizeof(Own), &Length),
                   STATUS_SUCCESS);
    CHECK(RtlEqualLuid(&Token->TokenId, &Own.TokenId));
    CHECK(RtlEqualLuid(&Token->AuthenticationId, &Own.AuthenticationId));
    Disconnect(&Peers);
}

static SECURITY_IMPERSONATION_LEVEL OwnLevel(void)
{
    SECURITY_IMPERSONATION_LEVEL Level = SecurityAnonymous;
    ULONG Length;
    CHECK_STATUS(NtQueryInformationToken(NtCurrentThreadToken(), TokenImpersonationLevel, &Level,
                                         sizeof(Level), &Length),
                 STATUS_SUCCESS);
    return Level;
}

static VOID Revert(void)
{
    HANDLE None = nullptr;
    CHECK_STATUS(
        NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &None, sizeof(None)),
        STATUS_SUCCESS);
}

VOID TestImpersonation(void)
{
    PEERS Peers;
    MESSAGE Request = MakeMessage(1), Received;
    alignas(8) UCHAR Sid[SECURITY_MAX_SID_SIZE];
    ULONG Length;
    LUID ModifiedId;
    REQUIRE(ConnectAlpc(&Peers));
    HANDLE Thread = StartRequest(Peers.Client, &Request, nullptr);
    REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtImpersonateClientOfPort(Peers.Server, &Received.Header), STATUS_SUCCESS);
    CHECK_EQUAL(OwnLevel(), SecurityImpersonation);
    Revert();
    CHECK_STATUS(NtAlpcImpersonateClientOfPort(Peers.Server, &Received.Header,
                                               (PVOID)ALPC_IMPERSONATEFLG_REQUIRE_LEVEL),
                 STATUS_SUCCESS);
    Revert();
    CHECK_STATUS(NtAlpcImpersonateClientOfPort(Peers.Server, &Received.Header, (PVOID)8),
                 STATUS_INVALID_PARAMETER);
    CHECK_BAD_INPUT(NtAlpcImpersonateClientOfPort(Peers.Server, Bad, nullptr));
    CHECK_BAD_INPUT(NtImpersonateClientOfPort(Peers.Server, Bad));
    CHECK_STATUS(NtAlpcQueryInformationMessage(Peers.Server, &Received.Header,
                                               AlpcMessageSidInformation, Sid, sizeof(Sid),
                                               &Length),
                 STATUS_SUCCESS);
    CHECK(RtlValidSid(Sid) && *RtlSubAuthoritySid(Sid, 0) == SECURITY_LOCAL_SYSTEM_RID);
    CHECK_STATUS(NtAlpcQueryInformationMessage(Peers.Server, &Received.Header,
                                               AlpcMessageSidInformation, Sid, 4, &Length),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(NtAlpcQueryInformationMessage(Peers.Server, &Received.Header,
                                               AlpcMessageTokenModifiedIdInformation, &ModifiedId,
                                               sizeof(ModifiedId), &Length),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtAlpcQueryInformationMessage(Peers.Server, &Received.Header,
                                               MaxAlpcMessageInfoClass, Sid, 8, &Length),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(Send(Peers.Server, 0, &Received, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtImpersonateClientOfPort(Peers.Server, &Received.Header),
                 STATUS_REPLY_MESSAGE_MISMATCH);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    Disconnect(&Peers);
}

VOID TestSecurityContext(void)
{
    PEERS Peers;
    ATTRIBUTES Sent, Got;
    MESSAGE Request = MakeMessage(1), Received;
    SECURITY_QUALITY_OF_SERVICE Qos = {sizeof(Qos), SecurityIdentification,
                                       SECURITY_STATIC_TRACKING, FALSE};
    ALPC_SECURITY_ATTR Context = {.QoS = &Qos};
    REQUIRE(ConnectAlpc(&Peers));
    REQUIRE_STATUS(NtAlpcCreateSecurityContext(Peers.Client, 0, &Context), STATUS_SUCCESS);
    CHECK(Context.ContextHandle);
    Room(&Sent, ALPC_MESSAGE_SECURITY_ATTRIBUTE)->ValidAttributes = ALPC_MESSAGE_SECURITY_ATTRIBUTE;
    PALPC_SECURITY_ATTR Security = Part(&Sent, ALPC_MESSAGE_SECURITY_ATTRIBUTE);
    Security->ContextHandle = Context.ContextHandle;
    HANDLE Thread = StartRequest(Peers.Client, &Request, &Sent.Header);
    REQUIRE_STATUS(
        Receive(Peers.ConnectionPort, &Received, Room(&Got, ALPC_MESSAGE_SECURITY_ATTRIBUTE)),
        STATUS_SUCCESS);
    CHECK_EQUAL(Got.Header.ValidAttributes, ALPC_MESSAGE_SECURITY_ATTRIBUTE);
    CHECK(((PALPC_SECURITY_ATTR)Part(&Got, ALPC_MESSAGE_SECURITY_ATTRIBUTE))->ContextHandle ==
          Context.ContextHandle);
    CHECK_STATUS(NtAlpcImpersonateClientOfPort(Peers.Server, &Received.Header,
                                               (PVOID)ALPC_IMPERSONATEFLG_REQUIRE_LEVEL),
                 STATUS_BAD_IMPERSONATION_LEVEL);
    CHECK_STATUS(NtImpersonateClientOfPort(Peers.Server, &Received.Header), STATUS_SUCCESS);
    CHECK_EQUAL(OwnLevel(), SecurityIdentification);
    Revert();
    CHECK_STATUS(Send(Peers.Server, 0, &Received, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);

    // One that is made while sending; the server revokes it.
    Request = MakeMessage(2);
    *Security = (ALPC_SECURITY_ATTR){.Flags = ALPC_SECFLG_CREATE_HANDLE, .QoS = &Qos};
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Request, &Sent.Header),
                 STATUS_SUCCESS);
    CHECK(Security->ContextHandle && Security->ContextHandle != Context.ContextHandle);
    CHECK_STATUS(NtAlpcRevokeSecurityContext(Peers.Server, 0, Security->ContextHandle),
                 STATUS_SUCCESS);
    Security->Flags = 0;
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Request, &Sent.Header),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtAlpcDeleteSecurityContext(Peers.Client, 0, Context.ContextHandle),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtAlpcDeleteSecurityContext(Peers.Client, 0, Context.ContextHandle),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtAlpcRevokeSecurityContext(Peers.Client, 0, Context.ContextHandle),
                 STATUS_INVALID_PORT_HANDLE);
    CHECK_STATUS(NtAlpcCreateSecurityContext(Peers.Server, 0, &Context),
                 STATUS_INVALID_PORT_HANDLE);
    CHECK_STATUS(NtAlpcCreateSecurityContext(Peers.Client, 1, &Context), STATUS_INVALID_PARAMETER);
    CHECK_BAD_OUTPUT(NtAlpcCreateSecurityContext(Peers.Client, 0, Bad));
    Context.QoS = TEST_KERNEL;
    CHECK_STATUS(NtAlpcCreateSecurityContext(Peers.Client, 0, &Context), STATUS_ACCESS_VIOLATION);
    Disconnect(&Peers);
}

VOID TestOpenSender(void)
{
    PEERS Peers;
    MESSAGE Request = MakeMessage(1), Received;
    HANDLE Process, Thread2;
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, 0);
    REQUIRE(ConnectAlpc(&Peers));
    HANDLE Thread = StartRequest(Peers.Client, &Request, nullptr);
    REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, nullptr), STATUS_SUCCESS);
    REQUIRE_STATUS(NtAlpcOpenSenderProcess(&Process, Peers.Server, &Received.Header, 0,
                                           PROCESS_QUERY_LIMITED_INFORMATION, &Attributes),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Process, NtCurrentProcess()), STATUS_SUCCESS);
    REQUIRE_STATUS(NtAlpcOpenSenderThread(&Thread2, Peers.Server, &Received.Header, 0,
                                          THREAD_QUERY_LIMITED_INFORMATION, &Attributes),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Thread, Thread2), STATUS_SUCCESS);
    CHECK_BAD_OUTPUT(NtAlpcOpenSenderProcess(Bad, Peers.Server, &Received.Header, 0,
                                             PROCESS_QUERY_LIMITED_INFORMATION, &Attributes));
    CHECK_BAD_INPUT(NtAlpcOpenSenderProcess(&Process, Peers.Server, Bad, 0,
                                            PROCESS_QUERY_LIMITED_INFORMATION, &Attributes));
    CHECK_BAD_INPUT(NtAlpcOpenSenderThread(&Process, Peers.Server, &Received.Header, 0,
                                           THREAD_QUERY_LIMITED_INFORMATION, Bad));
    CHECK_STATUS(NtAlpcOpenSenderThread(&Thread2, Peers.Server, &Received.Header, 1,
                                        THREAD_QUERY_LIMITED_INFORMATION, &Attributes),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Send(Peers.Server, 0, &Received, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtAlpcOpenSenderProcess(&Process, Peers.Server, &Received.Header, 0,
                                         PROCESS_QUERY_LIMITED_INFORMATION, &Attributes),
                 STATUS_REPLY_MESSAGE_MISMATCH);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    NtClose(Thread2);
    NtClose(Process);
    Disconnect(&Peers);
}
