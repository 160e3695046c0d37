// I/O rings, of Windows 11: requests are described in memory that a program shares with the Executive, and so are their
// results. One service submits any number of them and waits for some.
#ifndef NT_NTIORING_H
#define NT_NTIORING_H

#include <nt/ntbase.h>

// mingw-w64's <ntioring_x.h> knows the first version only.
#if defined(_NTIORINGX_H_)
#error "this header must come before <ioringapi.h>"
#endif
#define _NTIORINGX_H_

typedef enum IORING_VERSION {
    IORING_VERSION_INVALID = 0,
    IORING_VERSION_1 = 1,
    IORING_VERSION_2 = 2,
    IORING_VERSION_3 = 300, // with writes, flushes and entries that wait for those before them
} IORING_VERSION;

#ifndef STATUS_IORING_REQUIRED_FLAG_NOT_SUPPORTED
#define STATUS_IORING_REQUIRED_FLAG_NOT_SUPPORTED ((NTSTATUS)0xC0460001)
#define STATUS_IORING_SUBMISSION_QUEUE_FULL       ((NTSTATUS)0xC0460002)
#define STATUS_IORING_VERSION_NOT_SUPPORTED       ((NTSTATUS)0xC0460003)
#define STATUS_IORING_SUBMISSION_QUEUE_TOO_BIG    ((NTSTATUS)0xC0460004)
#define STATUS_IORING_COMPLETION_QUEUE_TOO_BIG    ((NTSTATUS)0xC0460005)
#define STATUS_IORING_SUBMIT_IN_PROGRESS          ((NTSTATUS)0xC0460006)
#define STATUS_IORING_CORRUPT                     ((NTSTATUS)0xC0460007)
#define STATUS_IORING_COMPLETION_QUEUE_TOO_FULL   ((NTSTATUS)0xC0460008)
#endif

typedef enum IORING_FEATURE_FLAGS {
    IORING_FEATURE_FLAGS_NONE = 0,
    IORING_FEATURE_UM_EMULATION = 1,
    IORING_FEATURE_SET_COMPLETION_EVENT = 2,
} IORING_FEATURE_FLAGS;

typedef enum IORING_OP_CODE {
    IORING_OP_NOP,
    IORING_OP_READ,
    IORING_OP_REGISTER_FILES,
    IORING_OP_REGISTER_BUFFERS,
    IORING_OP_CANCEL,
    IORING_OP_WRITE,
    IORING_OP_FLUSH,
} IORING_OP_CODE;

typedef struct IORING_BUFFER_INFO {
    PVOID Address;
    ULONG Length;
} IORING_BUFFER_INFO;

typedef struct IORING_REGISTERED_BUFFER {
    ULONG BufferIndex, Offset;
} IORING_REGISTERED_BUFFER;

typedef struct _IORING_CQE {
    ULONG_PTR UserData;
    NTSTATUS ResultCode;
    ULONG_PTR Information;
} NT_IORING_CQE, *PNT_IORING_CQE;

#define IORING_SUBMIT_WAIT_ALL MAXULONG

// ---- Making one

typedef struct _NT_IORING_CREATE_FLAGS {
    ULONG Required, Advisory; // there are none
} NT_IORING_CREATE_FLAGS;

typedef struct _NT_IORING_STRUCTV1 {
    IORING_VERSION IoRingVersion;
    ULONG SubmissionQueueSize, CompletionQueueSize; // entries
    NT_IORING_CREATE_FLAGS Flags;
} NT_IORING_STRUCTV1, *PNT_IORING_STRUCTV1;

typedef struct _NT_IORING_CAPABILITIES {
    IORING_VERSION Version;
    IORING_OP_CODE MaxOpcode;
    IORING_FEATURE_FLAGS FlagsSupported;
    ULONG MaxSubQueueSize, MaxCompQueueSize;
} NT_IORING_CAPABILITIES, *PNT_IORING_CAPABILITIES;

// ---- Entries of the submission queue

#define NT_IORING_SQE_FLAG_DRAIN_PRECEDING_OPS 0x1 // begins when all before it are complete

// CommonOpFlags: File, or Buffer, is an index of what is registered.
#define NT_IORING_OP_FLAG_REGISTERED_FILE   0x1
#define NT_IORING_OP_FLAG_REGISTERED_BUFFER 0x2

#define NT_WRITE_FLAG_WRITE_THROUGH 0x1

typedef union _NT_IORING_HANDLEREF {
    HANDLE Handle;
    ULONG HandleIndex;
} NT_IORING_HANDLEREF;

typedef union _NT_IORING_BUFFERREF {
    PVOID Address;
    IORING_REGISTERED_BUFFER FixedBuffer;
} NT_IORING_BUFFERREF;

// IORING_OP_READ and IORING_OP_WRITE
typedef struct _NT_IORING_OP_TRANSFER {
    ULONG CommonOpFlags;
    ULONG Flags; // NT_WRITE_FLAG_*
    NT_IORING_HANDLEREF File;
    NT_IORING_BUFFERREF Buffer;
    ULONG64 Offset;
    ULONG Length, Key;
} NT_IORING_OP_READ, NT_IORING_OP_WRITE;

typedef struct _NT_IORING_OP_FLUSH {
    ULONG CommonOpFlags;
    ULONG Flags; // of NtFlushBuffersFileEx
    NT_IORING_HANDLEREF File;
} NT_IORING_OP_FLUSH;

typedef struct _NT_IORING_REGISTER_FLAGS {
    ULONG Required, Advisory; // there are none
} NT_IORING_REG_FILES_FLAGS, NT_IORING_REG_BUFFERS_FLAGS;

#ifndef INVALID_HANDLE_VALUE
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR) - 1)
#endif

typedef struct _NT_IORING_OP_REGISTER_FILES {
    ULONG CommonOpFlags;
    NT_IORING_REG_FILES_FLAGS Flags;
    ULONG Count;
    const HANDLE *Handles; // INVALID_HANDLE_VALUE: none at this index
} NT_IORING_OP_REGISTER_FILES;

typedef struct _NT_IORING_OP_REGISTER_BUFFERS {
    ULONG CommonOpFlags;
    NT_IORING_REG_BUFFERS_FLAGS Flags;
    ULONG Count;
    const IORING_BUFFER_INFO *Buffers; // null, length 0: none at this index
} NT_IORING_OP_REGISTER_BUFFERS;

typedef struct _NT_IORING_OP_CANCEL {
    ULONG CommonOpFlags;
    NT_IORING_HANDLEREF File;
    ULONG64 CancelId; // UserData of what is cancelled; 0: all of the file
} NT_IORING_OP_CANCEL;

typedef struct _NT_IORING_SQE {
    IORING_OP_CODE OpCode;
    ULONG Flags; // NT_IORING_SQE_FLAG_*
    ULONG64 UserData;
    union {
        NT_IORING_OP_READ Read;
        NT_IORING_OP_WRITE Write;
        NT_IORING_OP_FLUSH Flush;
        NT_IORING_OP_REGISTER_FILES RegisterFiles;
        NT_IORING_OP_REGISTER_BUFFERS RegisterBuffers;
        NT_IORING_OP_CANCEL Cancel;
        ULONG64 ReservedMaxSizePadding[6];
    };
} NT_IORING_SQE, *PNT_IORING_SQE;
static_assert(sizeof(NT_IORING_SQE) == 0x40);

// ---- The queues. Head and Tail count on; the entry of a number is the one at number & mask.

typedef struct _NT_IORING_SUBMISSION_QUEUE {
    ULONG Head, Tail; // the system's, the program's
    ULONG Flags;
    ULONG Padding;
    NT_IORING_SQE Entries[];
} NT_IORING_SUBMISSION_QUEUE, *PNT_IORING_SUBMISSION_QUEUE;
static_assert(FIELD_OFFSET(NT_IORING_SUBMISSION_QUEUE, Entries) == 0x10);

typedef struct _NT_IORING_COMPLETION_QUEUE {
    ULONG Head, Tail; // the program's, the system's
    NT_IORING_CQE Entries[];
} NT_IORING_COMPLETION_QUEUE, *PNT_IORING_COMPLETION_QUEUE;
static_assert(FIELD_OFFSET(NT_IORING_COMPLETION_QUEUE, Entries) == 0x8);

typedef struct _NT_IORING_INFO {
    IORING_VERSION IoRingVersion;
    NT_IORING_CREATE_FLAGS Flags;
    ULONG SubmissionQueueSize, SubmissionQueueRingMask;
    ULONG CompletionQueueSize, CompletionQueueRingMask;
    PNT_IORING_SUBMISSION_QUEUE SubmissionQueue;
    PNT_IORING_COMPLETION_QUEUE CompletionQueue;
} NT_IORING_INFO, *PNT_IORING_INFO;
static_assert(sizeof(NT_IORING_INFO) == 0x30);

// An event (HANDLE; null: none any more) that is set at each completion.
#define IoRingRegisterUserCompletionEventClass 1

#ifndef NT_EXECUTIVE // which implements them, with user pointers typed as such
NTSTATUS NTAPI NtCreateIoRing(PHANDLE IoRingHandle, ULONG CreateParametersLength,
                              PVOID CreateParameters, ULONG OutputParametersLength,
                              PVOID OutputParameters);
NTSTATUS NTAPI NtQueryIoRingCapabilities(SIZE_T Length, PVOID Capabilities);
NTSTATUS NTAPI NtSetInformationIoRing(HANDLE IoRingHandle, ULONG InformationClass, ULONG Length,
                                      PVOID Information);
// WaitOperations: completions that are waited for, counted from now on; IORING_SUBMIT_WAIT_ALL: of all.
NTSTATUS NTAPI NtSubmitIoRing(HANDLE IoRingHandle, ULONG Flags, ULONG WaitOperations,
                              PLARGE_INTEGER Timeout);
#endif

#endif
