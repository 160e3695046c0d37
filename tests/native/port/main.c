// Ports: ALPC, and the older services on the same ports.

#include "suite.h"

static const TEST Tests[] = {
    {"a client connects", TestConnectAccept},
    {"a client is refused", TestConnectRefuse},
    {"connecting without waiting", TestConnectAsynchronous},
    {"connecting gives up in time", TestConnectTimeout},
    {"connecting refuses bad arguments", TestConnectErrors},
    {"a client insists on who the server is", TestConnectServerSid},
    {"a request and its reply", TestRequestReply},
    {"datagrams", TestDatagram},
    {"a server sends to its client", TestServerSends},
    {"messages that are too long", TestMessageTooLong},
    {"buffers that are too small", TestBufferTooSmall},
    {"cancelling a request", TestCancel},
    {"a completion port hears of messages", TestCompletionPort},
    {"the server closes its port", TestServerCloses},
    {"the client closes its port", TestClientCloses},
    {"the client's process ends", TestClientProcessDies},
    {"services on messages refuse bad arguments", TestMessageErrors},
    {"what ports tell about themselves", TestPortQueries},
    {"the context attribute", TestContextAttribute},
    {"the handle attribute", TestHandleAttribute},
    {"the token attribute", TestTokenAttribute},
    {"a server impersonates its client", TestImpersonation},
    {"security contexts", TestSecurityContext},
    {"the sender of a message is opened", TestOpenSender},
    {"port sections", TestPortSection},
    {"a view goes with a message", TestSendView},
    {"flags of views", TestViewFlags},
    {"services on views refuse bad arguments", TestViewErrors},
    {"LPC: a request and its reply", TestLegacyRequest},
    {"LPC: datagrams", TestLegacyDatagram},
    {"LPC: views of both sides", TestLegacyViews},
    {"LPC: a callback within a request", TestLegacyCallback},
    {"LPC: data outside the message", TestLegacyData},
    {"LPC: a port hears of a thread's end", TestLegacyThreadDies},
    {"LPC: services refuse bad arguments", TestLegacyErrors},
};

static const TEST_CHILD Children[] = {{L"client", ChildClient}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
