// The tests of the suite.
#pragma once

#include <pointers.h>
#include <test.h>

#define STRING_OF(Text) {sizeof(Text) - sizeof(WCHAR), sizeof(Text), (PWCH)(Text)}

typedef struct _MESSAGE {
    PORT_MESSAGE Header;
    ULONG64 Data[16];
} MESSAGE, *PMESSAGE;

static inline VOID SetLength(PMESSAGE Message, ULONG DataLength)
{
    Message->Header.u1.s1.DataLength = (SHORT)DataLength;
    Message->Header.u1.s1.TotalLength = (SHORT)(sizeof(PORT_MESSAGE) + DataLength);
}

// A request with one word.
static inline MESSAGE MakeMessage(ULONG64 Word)
{
    MESSAGE Message = {.Data = {Word}};
    SetLength(&Message, sizeof(Word));
    return Message;
}

static inline SHORT TypeOf(const MESSAGE *Message)
{
    return Message->Header.u2.s2.Type & 0xFF;
}

// ---- Peers (peer.c): a server and a client in one process, the server on a thread of its own

typedef struct _PEERS {
    HANDLE ConnectionPort, Server, Client;
    PVOID Context; // of the server's port
} PEERS;

extern UNICODE_STRING PortName;

// Connected ALPC ports.
BOOLEAN ConnectAlpc(PEERS *Peers);
// And older ones.
BOOLEAN ConnectLegacy(PEERS *Peers);
VOID Disconnect(PEERS *Peers);
NTSTATUS Connect(PHANDLE Client, ULONG Flags, PMESSAGE Message, PULONG Length);
NTSTATUS Accept(HANDLE ConnectionPort, PMESSAGE Request, BOOLEAN Accepted, PHANDLE Server);
// Receive, waiting for a second at most.
NTSTATUS Receive(HANDLE Port, PMESSAGE Message, PALPC_MESSAGE_ATTRIBUTES Attributes);
NTSTATUS Send(HANDLE Port, ULONG Flags, PMESSAGE Message, PALPC_MESSAGE_ATTRIBUTES Attributes);
// A synchronous request on a thread; its reply is in the request then.
HANDLE StartRequest(HANDLE Client, PMESSAGE Message, PALPC_MESSAGE_ATTRIBUTES Attributes);

// connect.c
VOID TestConnectAccept(void);
VOID TestConnectRefuse(void);
VOID TestConnectAsynchronous(void);
VOID TestConnectTimeout(void);
VOID TestConnectErrors(void);
VOID TestConnectServerSid(void);

// alpc.c
VOID TestRequestReply(void);
VOID TestDatagram(void);
VOID TestServerSends(void);
VOID TestMessageTooLong(void);
VOID TestBufferTooSmall(void);
VOID TestCancel(void);
VOID TestCompletionPort(void);
VOID TestServerCloses(void);
VOID TestClientCloses(void);
VOID TestClientProcessDies(void);
VOID TestMessageErrors(void);
VOID TestPortQueries(void);
NTSTATUS ChildClient(PCWSTR Argument);

// attribute.c
VOID TestContextAttribute(void);
VOID TestHandleAttribute(void);
VOID TestTokenAttribute(void);
VOID TestImpersonation(void);
VOID TestSecurityContext(void);
VOID TestOpenSender(void);

// view.c
VOID TestPortSection(void);
VOID TestSendView(void);
VOID TestViewFlags(void);
VOID TestViewErrors(void);

// legacy.c
VOID TestLegacyRequest(void);
VOID TestLegacyDatagram(void);
VOID TestLegacyViews(void);
VOID TestLegacyCallback(void);
VOID TestLegacyData(void);
VOID TestLegacyThreadDies(void);
VOID TestLegacyErrors(void);
