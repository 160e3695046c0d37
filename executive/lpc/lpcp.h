// The private part of Lpc.
#pragma once

#include "ntos.h"

enum {
    LPC_TAG_MESSAGE = 'sMpL',
    LPC_TAG_PAYLOAD = 'aPpL',
    LPC_TAG_BUFFER = 'fBpL',
};

constexpr ULONG LPCP_MAX_MESSAGE = 0xFFF0; // header and data
constexpr ULONG LPCP_QUEUE_LIMIT = 4096;   // messages that wait in one port

// The type proper in the type of a message.
constexpr SHORT LPCP_TYPE_MASK = 0xFF;

typedef struct _LPCP_PORT LPCP_PORT, *PLPCP_PORT;
typedef struct _LPCP_REGION LPCP_REGION, *PLPCP_REGION;
typedef struct _LPCP_CONTEXT LPCP_CONTEXT, *PLPCP_CONTEXT;

// What travels: the bytes of a message and what goes with them.
typedef struct _LPCP_PAYLOAD {
    SHORT Type;
    SHORT DataInfoOffset;
    ULONG Length;       // of Data
    PVOID HandleObject; // referenced, or null: the handle attribute
    ACCESS_MASK HandleAccess;
    ULONG HandleFlags;
    PLPCP_REGION Region; // referenced, or null: the view attribute
    SIZE_T ViewSize;
    ULONG ViewFlags;
    UCHAR Data[];
} LPCP_PAYLOAD, *PLPCP_PAYLOAD;

// A message from its sending to its receipt, or to its reply when it wants one.
typedef struct _LPCP_MESSAGE {
    ULONG References;
    ULONG Id;
    LIST_ENTRY QueueLinks;   // in the queue of Target, while Queued
    LIST_ENTRY PendingLinks; // in Sender's list, while WantsReply
    LIST_ENTRY IdLinks;      // likewise
    PLPCP_PORT Sender;       // referenced
    PLPCP_PORT Target;       // in whose queue it is or was; referenced
    CLIENT_ID ClientId;      // of the sending thread
    BOOLEAN Queued, WantsReply, Synchronous, Legacy;
    PLPCP_PAYLOAD Payload;           // replaced by the reply's
    PVOID MessageContext;            // the sender's, given back with the reply
    PTOKEN Token;                    // whom the receiver may impersonate, referenced, or null
    SECURITY_QUALITY_OF_SERVICE Qos; // and how far
    ULONG SecurityContext;           // the number of the sender's, 0: none was named
    struct _LPCP_MESSAGE *Original;  // a callback: the request that it interrupts, referenced
    struct _LPCP_MESSAGE
        *Callback; // of an interrupted request: what its sender is to get, referenced
    KEVENT Done;   // a synchronous sender waits for it
    NTSTATUS Status;
    ULONG Sequence;
    // Of connection requests:
    struct _LPCP_VIEW *View;
    PLPCP_PORT Accepted; // the server's new port, referenced until the connection is complete
} LPCP_MESSAGE, *PLPCP_MESSAGE;

typedef enum _LPCP_KIND { LpcpConnectionPort, LpcpServerPort, LpcpClientPort } LPCP_KIND;

// A section that a port's owner shares with the other end: mapped in both.
typedef struct _LPCP_VIEW {
    PSECTION Section; // referenced
    LARGE_INTEGER Offset;
    SIZE_T Size;
    PVOID OwnBase, RemoteBase;
} LPCP_VIEW, *PLPCP_VIEW;

struct _LPCP_PORT {
    LPCP_KIND Kind;
    BOOLEAN LpcMode; // made by the older services
    BOOLEAN Closed;  // no handle any more
    ULONG Flags;     // ALPC_PORFLG_*
    ULONG MaxMessageLength;
    PEPROCESS Process;         // of the owner, referenced
    PVOID PortContext;         // of a server's port; a client's port keeps its server's
    PLPCP_PORT ConnectionPort; // of a communication port, referenced
    PLPCP_PORT Peer;           // the other end, referenced while connected
    LIST_ENTRY Communications; // of a connection port: client ports that have not gone
    LIST_ENTRY CommunicationLinks;

    LIST_ENTRY Queue;
    ULONG QueueLength;
    KEVENT Arrived;     // wakes one receiver, which wakes the next while there are messages
    KEVENT NotEmpty;    // what waiting for the port's handle waits for
    KEVENT Gone;        // the other end, or a connection port itself, is closed
    LIST_ENTRY Pending; // messages sent from here that want a reply
    ULONG Sequence;

    SECURITY_QUALITY_OF_SERVICE Qos;
    PTOKEN StaticToken; // of a client that is not tracked dynamically
    PVOID CompletionPort, CompletionKey;
    LPCP_VIEW View;        // Section null: none
    PLPCP_MESSAGE Request; // referenced: accepted, but the connection is not complete

    // Of ALPC, made on behalf of the program
    LIST_ENTRY Sections, Mappings; // of its own, and regions mapped in its process
    LIST_ENTRY Contexts;
    ULONG LastHandle; // numbers of sections and security contexts
};

// ---- Messages (lpcmessage.c)

NTSTATUS LpcpCreatePayload(SHORT Type, ULONG Length, PLPCP_PAYLOAD *Payload);
VOID LpcpFreePayload(PLPCP_PAYLOAD Payload);
// Header and data from the program; Type is that of the header.
NTSTATUS LpcpCapturePayload(const PORT_MESSAGE USER *Message, ULONG MaxLength, PORT_MESSAGE *Header,
                            PLPCP_PAYLOAD *Payload);
// Takes over Payload in every case.
NTSTATUS LpcpCreateMessage(PLPCP_PORT Sender, PLPCP_PAYLOAD Payload, PLPCP_MESSAGE *Result);
VOID LpcpReferenceMessage(PLPCP_MESSAGE Message);
VOID LpcpDereferenceMessage(PLPCP_MESSAGE Message);
VOID LpcpSetPayload(PLPCP_MESSAGE Message, PLPCP_PAYLOAD Payload);
// A message that waits for its reply from Port's process; not referenced.
PLPCP_MESSAGE LpcpFindMessage(PLPCP_PORT Port, const PORT_MESSAGE *Header);
// The connection port (referenced) of the caller's process that got this request.
NTSTATUS LpcpFindConnectionPort(const PORT_MESSAGE *Header, PLPCP_PORT *ConnectionPort);
VOID LpcpExpectReply(PLPCP_MESSAGE Message);
VOID LpcpForgetReply(PLPCP_MESSAGE Message);
// The header as the receiver gets it, and the data.
NTSTATUS LpcpReturnMessage(PLPCP_MESSAGE Message, PORT_MESSAGE USER *Buffer);
ULONG LpcpMessageLength(PLPCP_MESSAGE Message);

// ---- Queues (lpcqueue.c)

NTSTATUS LpcpQueueMessage(PLPCP_PORT Target, PLPCP_MESSAGE Message);
VOID LpcpUnqueueMessage(PLPCP_MESSAGE Message);
// Wait for a message and take it, or leave it there when it is longer than MaxLength (then
// STATUS_BUFFER_TOO_SMALL and its *Length). *Result is referenced.
NTSTATUS LpcpReceive(PLPCP_PORT Port, ULONG MaxLength, BOOLEAN Alertable, PLARGE_INTEGER Until,
                     PLPCP_MESSAGE *Result, PULONG Length);

// ---- Sending and replying (lpcsend.c)

typedef enum _LPCP_SEND_MODE { LpcpDatagram, LpcpAsynchronous, LpcpSynchronous } LPCP_SEND_MODE;

// Takes over Payload. *Result is referenced; Result may be null.
typedef struct _LPCP_ATTRIBUTES LPCP_ATTRIBUTES, *PLPCP_ATTRIBUTES;
// Takes over the attributes too; null: none.
NTSTATUS LpcpSend(PLPCP_PORT Port, LPCP_SEND_MODE Mode, PLPCP_PAYLOAD Payload,
                  PLPCP_ATTRIBUTES Attributes, PLPCP_MESSAGE *Result);
// Takes over Payload.
NTSTATUS LpcpReply(PLPCP_PORT Port, const PORT_MESSAGE *Header, PLPCP_PAYLOAD Payload);
NTSTATUS LpcpWaitForReply(PLPCP_MESSAGE Message, BOOLEAN Alertable, PLARGE_INTEGER Until);
VOID LpcpCompleteMessage(PLPCP_MESSAGE Message, NTSTATUS Status);
VOID LpcpCancelMessage(PLPCP_MESSAGE Message);
PTOKEN LpcpClientToken(PLPCP_PORT Port); // referenced; null for a server

// ---- Callbacks (lpccallback.c): a server asks its client, which waits for a reply, something first

// Does the message that a server sends want to interrupt a request? *Original is referenced, or null.
NTSTATUS LpcpFindInterrupted(PLPCP_PORT Port, const PORT_MESSAGE *Header, PLPCP_MESSAGE *Original);
// Give it to the waiting client. Takes over Payload and the reference to Original.
NTSTATUS LpcpSendCallback(PLPCP_PORT Port, PLPCP_MESSAGE Original, PLPCP_PAYLOAD Payload,
                          PLPCP_MESSAGE *Result);
// Wait for the reply or a callback, and return it to the program.
NTSTATUS LpcpAwaitAnswer(PLPCP_MESSAGE Message, PORT_MESSAGE USER *Buffer);

// ---- Ports (lpcport.c)

VOID LpcpInitializePort(PLPCP_PORT Port, LPCP_KIND Kind);
NTSTATUS LpcpReferencePort(HANDLE Handle, PLPCP_PORT *Port);
// The frame of most services: find the port, do the work, let go of it.
NTSTATUS LpcpWithPort(HANDLE Handle, NTSTATUS (*Work)(PLPCP_PORT Port, PVOID Context),
                      PVOID Context);
VOID LpcpDisconnect(PLPCP_PORT Port);
VOID LpcpDropRequest(PLPCP_PORT Port);
VOID LpcpShutPort(PLPCP_PORT Port);
// Make the handle of a communication port. Consumes the reference; a port without one is shut.
NTSTATUS LpcpInsertPort(PLPCP_PORT Port, ULONG HandleAttributes, PHANDLE Handle);
VOID LpcpClosePort(PEPROCESS Process, PVOID Object, ACCESS_MASK GrantedAccess,
                   ULONG ProcessHandleCount, ULONG SystemHandleCount);
VOID LpcpDeletePort(PVOID Object);
PVOID LpcpPortWaitObject(PVOID Object);

// ---- Connections (lpcconnect.c)

typedef struct _LPCP_CONNECT {
    UNICODE_STRING PortName;
    PSID RequiredServerSid; // or null
    SECURITY_QUALITY_OF_SERVICE Qos;
    ULONG MaxMessageLength, Flags;
    BOOLEAN LpcMode;
    BOOLEAN Asynchronous;  // the answer comes as a message
    PLPCP_PAYLOAD Payload; // taken over
    LPCP_VIEW View;        // Section referenced, taken over; null: none
    PVOID MessageContext;
} LPCP_CONNECT, *PLPCP_CONNECT;

// Make the client's port and send the request. *Port and *Message are referenced.
NTSTATUS LpcpBeginConnect(PLPCP_CONNECT Connect, PLPCP_PORT *Port, PLPCP_MESSAGE *Message);
// Wait until the server has decided.
NTSTATUS LpcpEndConnect(PLPCP_MESSAGE Message, PLARGE_INTEGER Until);
// The server's side. Accepting makes its port (referenced), which LpcpCompleteAccept connects.
NTSTATUS LpcpAccept(PLPCP_PORT ConnectionPort, const PORT_MESSAGE *Header, PLPCP_PAYLOAD Payload,
                    PVOID PortContext, PLPCP_PORT *ServerPort, PLPCP_MESSAGE *Request);
NTSTATUS LpcpRefuse(PLPCP_PORT ConnectionPort, const PORT_MESSAGE *Header);
VOID LpcpCompleteAccept(PLPCP_MESSAGE Request);
VOID LpcpAbandonAccept(PLPCP_MESSAGE Request);

// ---- Views (lpcview.c)

NTSTATUS LpcpCaptureView(const PORT_VIEW USER *User, LPCP_VIEW *View);
NTSTATUS LpcpMapView(LPCP_VIEW *View, PEPROCESS Owner, PEPROCESS Remote);
VOID LpcpUnmapView(LPCP_VIEW *View, PEPROCESS Owner, PEPROCESS Remote);
NTSTATUS LpcpReturnView(const LPCP_VIEW *View, PORT_VIEW USER *User);
NTSTATUS LpcpReturnRemoteView(const LPCP_VIEW *View, REMOTE_PORT_VIEW USER *User);
VOID LpcpReleaseView(LPCP_VIEW *View);

// ---- Port sections (lpcregion.c): memory that messages refer to

// A part of a port's section that is sent about. Who maps or sends it holds a reference.
struct _LPCP_REGION {
    LIST_ENTRY Links; // in its section
    ULONG References;
    struct _LPCP_SECTION *Section; // referenced
    SIZE_T Offset, Size;
};

VOID LpcpReferenceRegion(PLPCP_REGION Region);
VOID LpcpDereferenceRegion(PLPCP_REGION Region);
// The region that the port's owner has mapped at Base; not referenced. Null: none.
PLPCP_REGION LpcpFindRegion(PLPCP_PORT Port, PVOID Base);
// Map what a message brings in the receiving process.
NTSTATUS LpcpMapRegion(PLPCP_PORT Receiver, PLPCP_MESSAGE Message, PVOID *Base);
// The message is answered: views that were to go with it go.
VOID LpcpReleaseViewsOf(PLPCP_PORT Receiver, PLPCP_MESSAGE Message);
VOID LpcpReleaseResources(PLPCP_PORT Port); // sections, mappings, security contexts

// ---- Security contexts (lpcsecurity.c): identities that a client sends with

struct _LPCP_CONTEXT {
    LIST_ENTRY Links; // in the port
    ULONG Number;
    PTOKEN Token; // referenced; null: the thread's, as it is when it sends
    SECURITY_QUALITY_OF_SERVICE Qos;
};

// Null User: as the port's. *Number is that of the context.
NTSTATUS LpcpCreateContext(PLPCP_PORT Port, const VOID USER *User, PULONG Number);
PLPCP_CONTEXT LpcpFindContext(PLPCP_PORT Port, ULONG Number); // null: none
VOID LpcpDeleteContext(PLPCP_CONTEXT Context);
// Duplicate the caller's identity at the level of Qos; null when it is tracked dynamically.
NTSTATUS LpcpCaptureIdentity(const SECURITY_QUALITY_OF_SERVICE *Qos, PTOKEN *Token);

// ---- Attributes of ALPC messages (lpcattribute.c)

struct _LPCP_ATTRIBUTES {
    PVOID MessageContext;
    PVOID HandleObject; // referenced
    ACCESS_MASK HandleAccess;
    ULONG HandleFlags;
    PLPCP_REGION Region; // referenced
    SIZE_T ViewSize;
    ULONG ViewFlags;
    PTOKEN Token; // referenced; of the security attribute
    SECURITY_QUALITY_OF_SERVICE Qos;
    ULONG SecurityContext; // 0: none
};

// Port null: of a request for a connection, which has no views or security contexts yet.
NTSTATUS LpcpCaptureAttributes(PLPCP_PORT Port, ALPC_MESSAGE_ATTRIBUTES USER *User,
                               PLPCP_ATTRIBUTES Attributes);
VOID LpcpReleaseAttributes(PLPCP_ATTRIBUTES Attributes);
// Moves objects into the payload.
VOID LpcpApplyAttributes(PLPCP_ATTRIBUTES Attributes, PLPCP_PAYLOAD Payload);
NTSTATUS LpcpReturnAttributes(PLPCP_MESSAGE Message, PLPCP_PORT Receiver,
                              ALPC_MESSAGE_ATTRIBUTES USER *User);
NTSTATUS LpcpCapturePortAttributes(const ALPC_PORT_ATTRIBUTES USER *User, PLPCP_PORT Port);
