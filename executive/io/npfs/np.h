// Named pipes: \Device\NamedPipe, a file system of the Executive. A pipe has a name and instances; an
// instance connects a server's file with a client's through two queues of data.
#pragma once

#include "io/iop.h"

constexpr ULONG NpTag = 'sfpN';

typedef enum _NP_END { NpClient, NpServer, NpEnds } NP_END;

// What a file object is: FsContext2.
typedef enum _NP_KIND {
    NpDeviceFile, // the device itself
    NpRootFile,   // the directory of all pipes; FsContext is its NP_ROOT
    NpClientFile, // FsContext is the NP_INSTANCE
    NpServerFile,
} NP_KIND;

// What a pending request waits for: OwnerContext2.
typedef enum _NP_PENDING {
    NpPendingRead,   // in the Readers of a queue
    NpPendingWrite,  // OwnerContext is its entry
    NpPendingFlush,  // OwnerContext is its entry
    NpPendingListen, // in the Listeners of an instance
    NpPendingWait,   // OwnerContext is its NP_WAITER
    NpPendingNotify, // a root file's, for changes
} NP_PENDING;

// Written and not read yet. Request null: the data is here. Otherwise its write is blocked, as the quota
// is used up, and the data is still with the writer; or it is a flush, which has none and ends when
// everything before it is read.
typedef struct _NP_ENTRY {
    LIST_ENTRY Link;
    PIO_REQUEST Request;
    ULONG Size, Read; // bytes, those of the beginning that are read
    BOOLEAN Flush;
    UCHAR Data[];
} NP_ENTRY, *PNP_ENTRY;

typedef struct _NP_EVENT NP_EVENT, *PNP_EVENT; // npevent.c

typedef struct _NP_QUEUE {
    LIST_ENTRY Entries;
    LIST_ENTRY Readers; // requests; empty while there is data
    ULONG Bytes;        // to be read
    ULONG Quota, QuotaUsed;
    PNP_EVENT ReaderEvent, WriterEvent; // of the two ends; null: none
} NP_QUEUE, *PNP_QUEUE;

typedef struct _NP_PIPE {
    LIST_ENTRY Link;             // in NpPipes; empty: it has no name
    LIST_ENTRY InstanceListHead; // NP_INSTANCE
    ULONG InstanceCount, MaximumInstances;
    ULONG Type, Configuration; // FILE_PIPE_*
    LARGE_INTEGER DefaultTimeout;
    PSECURITY_DESCRIPTOR Security; // pool
    HANDLE ServerProcessId;        // of the first instance
    UNICODE_STRING Name;           // without the separator; its text follows
} NP_PIPE, *PNP_PIPE;

// Who may be impersonated.
typedef struct _NP_CLIENT {
    PTOKEN Token; // referenced
    SECURITY_IMPERSONATION_LEVEL Level;
    BOOLEAN EffectiveOnly, Dynamic; // Dynamic: as the client is when it writes
    HANDLE ProcessId;
} NP_CLIENT;

typedef struct _NP_INSTANCE {
    LIST_ENTRY Link; // in its pipe
    PNP_PIPE Pipe;
    ULONG References;        // open ends, and who works on it
    ULONG State;             // FILE_PIPE_*_STATE
    NP_QUEUE Queues[NpEnds]; // by the end that reads
    struct {
        PFILE_OBJECT File; // not referenced; null: closed, or disconnected
        ULONG ReadMode, CompletionMode;
    } Ends[NpEnds];
    LIST_ENTRY Listeners; // requests
    NP_CLIENT Client;
} NP_INSTANCE, *PNP_INSTANCE;

typedef struct _NP_ROOT {
    UNICODE_STRING Pattern; // pool; empty: all
    ULONG NextEntry;
    BOOLEAN Enumerating;
} NP_ROOT, *PNP_ROOT;

extern LIST_ENTRY NpPipes;

static inline NP_KIND NpKind(const FILE_OBJECT *File)
{
    return (NP_KIND)(ULONG_PTR)File->FsContext2;
}

static inline NP_END NpEnd(const FILE_OBJECT *File)
{
    return NpKind(File) == NpServerFile ? NpServer : NpClient;
}

static inline NP_END NpOther(NP_END End)
{
    return End == NpServer ? NpClient : NpServer;
}

// Put a request aside until something happens.
NTSTATUS NpPend(PIO_REQUEST Request, NP_PENDING Pending, PVOID Context);

// ---- Queues (npqueue.c)

VOID NpInitQueue(PNP_QUEUE Queue, ULONG Quota);
// Take Request's input as far as readers and quota go. *Taken: bytes that were. Force: all of it.
NTSTATUS NpPutData(PNP_INSTANCE Instance, NP_END Reader, PIO_REQUEST Request, BOOLEAN Force,
                   PULONG Taken);
// What was not taken waits behind the data.
NTSTATUS NpPutRequest(PNP_QUEUE Queue, PIO_REQUEST Request, ULONG Taken, BOOLEAN Flush);
// Fill Request's output from Offset on. Peek: the data stays.
NTSTATUS NpTakeData(PNP_INSTANCE Instance, NP_END Reader, PIO_REQUEST Request, ULONG Offset,
                    BOOLEAN Peek, PULONG Read);
VOID NpCancelEntry(PNP_QUEUE Queue, PNP_ENTRY Entry); // its request ends
// Readers, blocked writes and flushes end with Status.
VOID NpFailReaders(PNP_QUEUE Queue, NTSTATUS Status);
VOID NpFailWriters(PNP_QUEUE Queue, NTSTATUS Status);
VOID NpDiscardData(PNP_QUEUE Queue, NTSTATUS Status);
ULONG NpCountMessages(const NP_QUEUE *Queue);
ULONG NpFirstMessage(const NP_QUEUE *Queue); // bytes of it that are left
BOOLEAN NpHasData(const NP_QUEUE *Queue);
BOOLEAN NpIsIdle(const NP_QUEUE *Queue); // neither data nor readers
ULONG NpRoom(const NP_QUEUE *Queue);     // bytes that would not wait

// ---- Pipes and instances (npcreate.c)

NTSTATUS NpCreatePipeFile(PIO_REQUEST Request);
NTSTATUS NpOpenFile(PIO_REQUEST Request);
PNP_PIPE NpFindPipe(PCUNICODE_STRING Name);
PNP_INSTANCE NpFindListening(PNP_PIPE Pipe);
VOID NpReleaseInstance(PNP_INSTANCE Instance);
VOID NpForgetClient(PNP_INSTANCE Instance);
VOID NpRememberClient(PNP_INSTANCE Instance); // the current thread

// ---- States (npstate.c)

NTSTATUS NpListen(PNP_INSTANCE Instance, PIO_REQUEST Request);
NTSTATUS NpDisconnect(PNP_INSTANCE Instance);
VOID NpConnect(PNP_INSTANCE Instance, PFILE_OBJECT Client);
VOID NpCloseEnd(PNP_INSTANCE Instance, NP_END End);
NTSTATUS NpWait(PIO_REQUEST Request);
VOID NpWakeWaiters(PNP_PIPE Pipe); // an instance listens
VOID NpCancelWait(PIO_REQUEST Request);

// ---- Events (npevent.c)

NTSTATUS NpAssignEvent(PNP_INSTANCE Instance, PIO_REQUEST Request);
NTSTATUS NpQueryEvent(PIO_REQUEST Request);
VOID NpSignal(PNP_EVENT Event); // null: nobody waits
VOID NpSignalEnds(PNP_INSTANCE Instance);
VOID NpForgetEvent(PNP_INSTANCE Instance, NP_END End);

// ---- Requests on files (npio.c, npcontrol.c, npinfo.c, nproot.c)

BOOLEAN NpFlows(const NP_INSTANCE *Instance,
                NP_END From); // does data go from there to the other end?
NTSTATUS NpRead(PIO_REQUEST Request);
NTSTATUS NpWrite(PIO_REQUEST Request);
NTSTATUS NpFlush(PIO_REQUEST Request);
NTSTATUS NpPeek(PNP_INSTANCE Instance, PIO_REQUEST Request);
NTSTATUS NpTransceive(PNP_INSTANCE Instance, PIO_REQUEST Request);
NTSTATUS NpFsControl(PIO_REQUEST Request);
NTSTATUS NpQueryInformation(PIO_REQUEST Request);
NTSTATUS NpSetInformation(PIO_REQUEST Request);
NTSTATUS NpQueryVolume(PIO_REQUEST Request);
NTSTATUS NpQuerySecurity(PIO_REQUEST Request);
NTSTATUS NpSetSecurity(PIO_REQUEST Request);
NTSTATUS NpOpenRoot(PIO_REQUEST Request);
NTSTATUS NpDirectoryControl(PIO_REQUEST Request);
VOID NpCleanupRoot(PFILE_OBJECT File);
VOID NpCloseRoot(PNP_ROOT Root);
VOID NpNotifyRoot(VOID); // a pipe has come or gone
