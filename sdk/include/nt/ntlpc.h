// Ports: messages of LPC and ALPC.
#ifndef NT_NTLPC_H
#define NT_NTLPC_H

#include <nt/ntbase.h>
#include <nt/ntob.h>

// DataLength counts the bytes after the header, TotalLength the header too.
typedef struct _PORT_MESSAGE {
    union {
        struct {
            SHORT DataLength;
            SHORT TotalLength;
        } s1;
        ULONG Length;
    } u1;
    union {
        struct {
            SHORT Type;
            SHORT DataInfoOffset;
        } s2;
        ULONG ZeroInit;
    } u2;
    union {
        CLIENT_ID ClientId;
        double DoNotUseThisField;
    };
    ULONG MessageId;
    union {
        SIZE_T ClientViewSize;
        ULONG CallbackId;
    };
} PORT_MESSAGE, *PPORT_MESSAGE;

#define LPC_REQUEST            1
#define LPC_REPLY              2
#define LPC_DATAGRAM           3
#define LPC_LOST_REPLY         4
#define LPC_PORT_CLOSED        5
#define LPC_CLIENT_DIED        6
#define LPC_EXCEPTION          7
#define LPC_DEBUG_EVENT        8
#define LPC_ERROR_EVENT        9
#define LPC_CONNECTION_REQUEST 10
#define LPC_CONNECTION_REPLY   11
#define LPC_CANCELED           12

// Beside the type: the sender waits for a reply.
#define LPC_CONTINUATION_REQUIRED 0x2000
#define LPC_NO_IMPERSONATE        0x4000
#define LPC_KERNELMODE_MESSAGE    0x8000

// What NtRegisterThreadTerminatePort asks for: a datagram of type LPC_CLIENT_DIED.
typedef struct _LPC_CLIENT_DIED_MSG {
    PORT_MESSAGE PortMsg;
    LARGE_INTEGER CreateTime; // of the thread
} LPC_CLIENT_DIED_MSG, *PLPC_CLIENT_DIED_MSG;

#define PORT_CONNECT                0x0001
#define PORT_ALL_ACCESS             (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | PORT_CONNECT)
#define PORT_MAXIMUM_MESSAGE_LENGTH 0x200

typedef struct _PORT_VIEW {
    ULONG Length;
    HANDLE SectionHandle;
    ULONG SectionOffset;
    SIZE_T ViewSize;
    PVOID ViewBase;
    PVOID ViewRemoteBase;
} PORT_VIEW, *PPORT_VIEW;

typedef struct _REMOTE_PORT_VIEW {
    ULONG Length;
    SIZE_T ViewSize;
    PVOID ViewBase;
} REMOTE_PORT_VIEW, *PREMOTE_PORT_VIEW;

typedef struct _PORT_DATA_ENTRY {
    PVOID Base;
    ULONG Size;
} PORT_DATA_ENTRY, *PPORT_DATA_ENTRY;

typedef struct _PORT_DATA_INFORMATION {
    ULONG CountDataEntries;
    PORT_DATA_ENTRY DataEntries[1];
} PORT_DATA_INFORMATION, *PPORT_DATA_INFORMATION;

typedef enum _PORT_INFORMATION_CLASS { PortBasicInformation } PORT_INFORMATION_CLASS;

typedef struct _ALPC_PORT_ATTRIBUTES {
    ULONG Flags;
    SECURITY_QUALITY_OF_SERVICE SecurityQos;
    SIZE_T MaxMessageLength;
    SIZE_T MemoryBandwidth;
    SIZE_T MaxPoolUsage;
    SIZE_T MaxSectionSize;
    SIZE_T MaxViewSize;
    SIZE_T MaxTotalSectionSize;
    ULONG DupObjectTypes;
    ULONG Reserved;
} ALPC_PORT_ATTRIBUTES, *PALPC_PORT_ATTRIBUTES;

#define ALPC_PORFLG_ALLOW_LPC_REQUESTS  0x00020000
#define ALPC_PORFLG_WAITABLE_PORT       0x00040000
#define ALPC_PORFLG_ALLOW_DUP_OBJECT    0x00080000
#define ALPC_PORFLG_SYSTEM_PROCESS      0x00100000
#define ALPC_PORFLG_ALLOW_IMPERSONATION 0x00010000

#define ALPC_MSGFLG_REPLY_MESSAGE   0x00000001
#define ALPC_MSGFLG_LPC_MODE        0x00000002
#define ALPC_MSGFLG_RELEASE_MESSAGE 0x00010000
#define ALPC_MSGFLG_SYNC_REQUEST    0x00020000
#define ALPC_MSGFLG_WAIT_USER_MODE  0x00100000
#define ALPC_MSGFLG_WAIT_ALERTABLE  0x00200000

typedef struct _ALPC_MESSAGE_ATTRIBUTES {
    ULONG AllocatedAttributes;
    ULONG ValidAttributes;
} ALPC_MESSAGE_ATTRIBUTES, *PALPC_MESSAGE_ATTRIBUTES;

#define ALPC_MESSAGE_SECURITY_ATTRIBUTE 0x80000000
#define ALPC_MESSAGE_VIEW_ATTRIBUTE     0x40000000
#define ALPC_MESSAGE_CONTEXT_ATTRIBUTE  0x20000000
#define ALPC_MESSAGE_HANDLE_ATTRIBUTE   0x10000000
#define ALPC_MESSAGE_TOKEN_ATTRIBUTE    0x08000000

#define ALPC_HANDLEFLG_DUPLICATE_SAME_ACCESS     0x00010000
#define ALPC_HANDLEFLG_DUPLICATE_SAME_ATTRIBUTES 0x00020000
#define ALPC_HANDLEFLG_DUPLICATE_INHERIT         0x00080000

#define ALPC_SECFLG_CREATE_HANDLE 0x00020000

#define ALPC_VIEWFLG_UNMAP_EXISTING 0x00010000
#define ALPC_VIEWFLG_AUTO_RELEASE   0x00020000
#define ALPC_VIEWFLG_NOT_SECURE     0x00040000

#define ALPC_CANCELFLG_TRY_CANCEL       0x00000001
#define ALPC_CANCELFLG_NO_CONTEXT_CHECK 0x00000008

#define ALPC_IMPERSONATEFLG_ANONYMOUS     0x00000001
#define ALPC_IMPERSONATEFLG_REQUIRE_LEVEL 0x00000002

typedef PVOID ALPC_HANDLE, *PALPC_HANDLE;

typedef struct _ALPC_CONTEXT_ATTR {
    PVOID PortContext;
    PVOID MessageContext;
    ULONG Sequence;
    ULONG MessageId;
    ULONG CallbackId;
} ALPC_CONTEXT_ATTR, *PALPC_CONTEXT_ATTR;

typedef struct _ALPC_HANDLE_ATTR {
    ULONG Flags;
    HANDLE Handle;
    ULONG ObjectType;
    ACCESS_MASK DesiredAccess;
} ALPC_HANDLE_ATTR, *PALPC_HANDLE_ATTR;

typedef struct _ALPC_TOKEN_ATTR {
    LUID TokenId;
    LUID AuthenticationId;
    LUID ModifiedId;
} ALPC_TOKEN_ATTR, *PALPC_TOKEN_ATTR;

typedef struct _ALPC_SECURITY_ATTR {
    ULONG Flags;
    PSECURITY_QUALITY_OF_SERVICE QoS;
    ALPC_HANDLE ContextHandle;
} ALPC_SECURITY_ATTR, *PALPC_SECURITY_ATTR;

typedef struct _ALPC_DATA_VIEW_ATTR {
    ULONG Flags;
    ALPC_HANDLE SectionHandle;
    PVOID ViewBase;
    SIZE_T ViewSize;
} ALPC_DATA_VIEW_ATTR, *PALPC_DATA_VIEW_ATTR;

typedef enum _ALPC_PORT_INFORMATION_CLASS {
    AlpcBasicInformation,
    AlpcPortInformation,
    AlpcAssociateCompletionPortInformation,
    AlpcConnectedSIDInformation,
    AlpcServerInformation,
    AlpcMessageZoneInformation,
    AlpcRegisterCompletionListInformation,
    AlpcUnregisterCompletionListInformation,
    AlpcAdjustCompletionListConcurrencyCountInformation,
    AlpcRegisterCallbackInformation,
    AlpcCompletionListRundownInformation,
    AlpcWaitForPortReferences,
    AlpcServerSessionInformation,
    MaxAlpcPortInfoClass
} ALPC_PORT_INFORMATION_CLASS;

typedef struct _ALPC_BASIC_INFORMATION {
    ULONG Flags;
    ULONG SequenceNo;
    PVOID PortContext;
} ALPC_BASIC_INFORMATION, *PALPC_BASIC_INFORMATION;

typedef struct _ALPC_PORT_ASSOCIATE_COMPLETION_PORT {
    PVOID CompletionKey;
    HANDLE CompletionPort;
} ALPC_PORT_ASSOCIATE_COMPLETION_PORT, *PALPC_PORT_ASSOCIATE_COMPLETION_PORT;

typedef struct _ALPC_SERVER_SESSION_INFORMATION {
    ULONG SessionId;
    ULONG ProcessId;
} ALPC_SERVER_SESSION_INFORMATION, *PALPC_SERVER_SESSION_INFORMATION;

typedef enum _ALPC_MESSAGE_INFORMATION_CLASS {
    AlpcMessageSidInformation,
    AlpcMessageTokenModifiedIdInformation,
    AlpcMessageDirectStatusInformation,
    AlpcMessageHandleInformation,
    MaxAlpcMessageInfoClass
} ALPC_MESSAGE_INFORMATION_CLASS;

#ifndef NT_EXECUTIVE // which implements them, with user pointers typed as such
// LPC
NTSTATUS NTAPI NtAcceptConnectPort(PHANDLE PortHandle, PVOID PortContext,
                                   PPORT_MESSAGE ConnectionRequest, BOOLEAN AcceptConnection,
                                   PPORT_VIEW ServerView, PREMOTE_PORT_VIEW ClientView);
NTSTATUS NTAPI NtCompleteConnectPort(HANDLE PortHandle);
NTSTATUS NTAPI NtConnectPort(PHANDLE PortHandle, PUNICODE_STRING PortName,
                             PSECURITY_QUALITY_OF_SERVICE SecurityQos, PPORT_VIEW ClientView,
                             PREMOTE_PORT_VIEW ServerView, PULONG MaxMessageLength,
                             PVOID ConnectionInformation, PULONG ConnectionInformationLength);
NTSTATUS NTAPI NtCreatePort(PHANDLE PortHandle, POBJECT_ATTRIBUTES ObjectAttributes,
                            ULONG MaxConnectionInfoLength, ULONG MaxMessageLength,
                            ULONG MaxPoolUsage);
NTSTATUS NTAPI NtCreateWaitablePort(PHANDLE PortHandle, POBJECT_ATTRIBUTES ObjectAttributes,
                                    ULONG MaxConnectionInfoLength, ULONG MaxMessageLength,
                                    ULONG MaxPoolUsage);
NTSTATUS NTAPI NtImpersonateClientOfPort(HANDLE PortHandle, PPORT_MESSAGE Message);
NTSTATUS NTAPI NtListenPort(HANDLE PortHandle, PPORT_MESSAGE ConnectionRequest);
NTSTATUS NTAPI NtReadRequestData(HANDLE PortHandle, PPORT_MESSAGE Message, ULONG DataEntryIndex,
                                 PVOID Buffer, SIZE_T BufferSize, PSIZE_T NumberOfBytesRead);
NTSTATUS NTAPI NtReplyPort(HANDLE PortHandle, PPORT_MESSAGE ReplyMessage);
NTSTATUS NTAPI NtReplyWaitReceivePort(HANDLE PortHandle, PVOID *PortContext,
                                      PPORT_MESSAGE ReplyMessage, PPORT_MESSAGE ReceiveMessage);
NTSTATUS NTAPI NtReplyWaitReceivePortEx(HANDLE PortHandle, PVOID *PortContext,
                                        PPORT_MESSAGE ReplyMessage, PPORT_MESSAGE ReceiveMessage,
                                        PLARGE_INTEGER Timeout);
NTSTATUS NTAPI NtReplyWaitReplyPort(HANDLE PortHandle, PPORT_MESSAGE ReplyMessage);
NTSTATUS NTAPI NtRequestPort(HANDLE PortHandle, PPORT_MESSAGE RequestMessage);
NTSTATUS NTAPI NtRequestWaitReplyPort(HANDLE PortHandle, PPORT_MESSAGE RequestMessage,
                                      PPORT_MESSAGE ReplyMessage);
NTSTATUS NTAPI NtSecureConnectPort(PHANDLE PortHandle, PUNICODE_STRING PortName,
                                   PSECURITY_QUALITY_OF_SERVICE SecurityQos, PPORT_VIEW ClientView,
                                   PSID RequiredServerSid, PREMOTE_PORT_VIEW ServerView,
                                   PULONG MaxMessageLength, PVOID ConnectionInformation,
                                   PULONG ConnectionInformationLength);
NTSTATUS NTAPI NtWriteRequestData(HANDLE PortHandle, PPORT_MESSAGE Message, ULONG DataEntryIndex,
                                  PVOID Buffer, SIZE_T BufferSize, PSIZE_T NumberOfBytesWritten);
NTSTATUS NTAPI NtQueryInformationPort(HANDLE PortHandle,
                                      PORT_INFORMATION_CLASS PortInformationClass,
                                      PVOID PortInformation, ULONG Length, PULONG ReturnLength);

// ALPC
NTSTATUS NTAPI NtAlpcAcceptConnectPort(PHANDLE PortHandle, HANDLE ConnectionPortHandle, ULONG Flags,
                                       POBJECT_ATTRIBUTES ObjectAttributes,
                                       PALPC_PORT_ATTRIBUTES PortAttributes, PVOID PortContext,
                                       PPORT_MESSAGE ConnectionRequest,
                                       PALPC_MESSAGE_ATTRIBUTES ConnectionMessageAttributes,
                                       BOOLEAN AcceptConnection);
NTSTATUS NTAPI NtAlpcCancelMessage(HANDLE PortHandle, ULONG Flags,
                                   PALPC_CONTEXT_ATTR MessageContext);
NTSTATUS NTAPI NtAlpcConnectPort(PHANDLE PortHandle, PUNICODE_STRING PortName,
                                 POBJECT_ATTRIBUTES ObjectAttributes,
                                 PALPC_PORT_ATTRIBUTES PortAttributes, ULONG Flags,
                                 PSID RequiredServerSid, PPORT_MESSAGE ConnectionMessage,
                                 PULONG BufferLength, PALPC_MESSAGE_ATTRIBUTES OutMessageAttributes,
                                 PALPC_MESSAGE_ATTRIBUTES InMessageAttributes,
                                 PLARGE_INTEGER Timeout);
NTSTATUS NTAPI NtAlpcCreatePort(PHANDLE PortHandle, POBJECT_ATTRIBUTES ObjectAttributes,
                                PALPC_PORT_ATTRIBUTES PortAttributes);
NTSTATUS NTAPI NtAlpcCreatePortSection(HANDLE PortHandle, ULONG Flags, HANDLE SectionHandle,
                                       SIZE_T SectionSize, PALPC_HANDLE AlpcSectionHandle,
                                       PSIZE_T ActualSectionSize);
NTSTATUS NTAPI NtAlpcCreateSectionView(HANDLE PortHandle, ULONG Flags,
                                       PALPC_DATA_VIEW_ATTR ViewAttributes);
NTSTATUS NTAPI NtAlpcCreateSecurityContext(HANDLE PortHandle, ULONG Flags,
                                           PALPC_SECURITY_ATTR SecurityAttribute);
NTSTATUS NTAPI NtAlpcDeletePortSection(HANDLE PortHandle, ULONG Flags, ALPC_HANDLE SectionHandle);
NTSTATUS NTAPI NtAlpcDeleteSectionView(HANDLE PortHandle, ULONG Flags, PVOID ViewBase);
NTSTATUS NTAPI NtAlpcDeleteSecurityContext(HANDLE PortHandle, ULONG Flags,
                                           ALPC_HANDLE ContextHandle);
NTSTATUS NTAPI NtAlpcDisconnectPort(HANDLE PortHandle, ULONG Flags);
NTSTATUS NTAPI NtAlpcImpersonateClientOfPort(HANDLE PortHandle, PPORT_MESSAGE Message, PVOID Flags);
NTSTATUS NTAPI NtAlpcOpenSenderProcess(PHANDLE ProcessHandle, HANDLE PortHandle,
                                       PPORT_MESSAGE PortMessage, ULONG Flags,
                                       ACCESS_MASK DesiredAccess,
                                       POBJECT_ATTRIBUTES ObjectAttributes);
NTSTATUS NTAPI NtAlpcOpenSenderThread(PHANDLE ThreadHandle, HANDLE PortHandle,
                                      PPORT_MESSAGE PortMessage, ULONG Flags,
                                      ACCESS_MASK DesiredAccess,
                                      POBJECT_ATTRIBUTES ObjectAttributes);
NTSTATUS NTAPI NtAlpcQueryInformation(HANDLE PortHandle,
                                      ALPC_PORT_INFORMATION_CLASS PortInformationClass,
                                      PVOID PortInformation, ULONG Length, PULONG ReturnLength);
NTSTATUS NTAPI NtAlpcQueryInformationMessage(HANDLE PortHandle, PPORT_MESSAGE PortMessage,
                                             ALPC_MESSAGE_INFORMATION_CLASS MessageInformationClass,
                                             PVOID MessageInformation, ULONG Length,
                                             PULONG ReturnLength);
NTSTATUS NTAPI NtAlpcRevokeSecurityContext(HANDLE PortHandle, ULONG Flags,
                                           ALPC_HANDLE ContextHandle);
NTSTATUS NTAPI NtAlpcSendWaitReceivePort(HANDLE PortHandle, ULONG Flags, PPORT_MESSAGE SendMessage,
                                         PALPC_MESSAGE_ATTRIBUTES SendMessageAttributes,
                                         PPORT_MESSAGE ReceiveMessage, PSIZE_T BufferLength,
                                         PALPC_MESSAGE_ATTRIBUTES ReceiveMessageAttributes,
                                         PLARGE_INTEGER Timeout);
NTSTATUS NTAPI NtAlpcSetInformation(HANDLE PortHandle,
                                    ALPC_PORT_INFORMATION_CLASS PortInformationClass,
                                    PVOID PortInformation, ULONG Length);

// Room for these attributes, and where each of them lies in it.
ULONG NTAPI AlpcGetHeaderSize(ULONG Flags);
PVOID NTAPI AlpcGetMessageAttribute(PALPC_MESSAGE_ATTRIBUTES Buffer, ULONG AttributeFlag);
NTSTATUS NTAPI AlpcInitializeMessageAttribute(ULONG AttributeFlags, PALPC_MESSAGE_ATTRIBUTES Buffer,
                                              SIZE_T BufferSize, PSIZE_T RequiredBufferSize);
SIZE_T NTAPI AlpcMaxAllowedMessageLength(void);
#endif

#endif
