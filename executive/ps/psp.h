// Private to ps.
#pragma once

#include "ntos.h"

// ---- Information classes. One line a class: how large its data is, what right it takes, who makes it.

typedef struct _PSP_QUERY {
    ULONG Class;
    ULONG Size; // the length that must be given, 0: the routine answers itself
    ACCESS_MASK Access;
    NTSTATUS (*Query)(PVOID Object, PVOID Data);
    NTSTATUS (*QueryVariable)(PVOID Object, VOID USER *Buffer, ULONG Length,
                              ULONG USER *ReturnLength);
} PSP_QUERY;

typedef struct _PSP_SET {
    ULONG Class;
    ULONG Size;
    ACCESS_MASK Access;
    NTSTATUS (*Set)(PVOID Object, const VOID *Data);
} PSP_SET;

NTSTATUS PspQueryInformation(const PSP_QUERY *Table, ULONG Count, POBJECT_TYPE Type, HANDLE Handle,
                             ULONG Class, VOID USER *Buffer, ULONG Length,
                             ULONG USER *ReturnLength);
NTSTATUS PspSetInformation(const PSP_SET *Table, ULONG Count, POBJECT_TYPE Type, HANDLE Handle,
                           ULONG Class, const VOID USER *Buffer, ULONG Length);
// A counted string and its text behind it, as UNICODE_STRING information classes are answered.
NTSTATUS PspReturnString(PCUNICODE_STRING String, VOID USER *Buffer, ULONG Length,
                         ULONG USER *ReturnLength, NTSTATUS TooSmall);

// Of processes (procdetail.c)
typedef NTSTATUS PSP_QUERY_VARIABLE(PVOID Object, VOID USER *Buffer, ULONG Length,
                                    ULONG USER *ReturnLength);
PSP_QUERY_VARIABLE PspQueryBasicSizes, PspQueryVmSizes, PspQueryHandleCounts, PspQueryDeviceMap,
    PspQueryProcessorGroups, PspQueryImageName, PspQueryWin32Name, PspQueryCommandLine,
    PspQueryHandles;

// What both kinds of objects answer alike: zero (no second session, debugger, 32-bit program, pending
// I/O or boost), and the one processor.
NTSTATUS PspQueryZero(PVOID Object, PVOID Data);
NTSTATUS PspSetAffinity(PVOID Object, const VOID *Data);

// ---- Jobs (job.c)

typedef struct _PSP_JOB PSP_JOB, *PPSP_JOB;

NTSTATUS PspInitJobs(VOID);
// A child joins its parent's job unless it may break away. Called before its first thread runs.
NTSTATUS PspJoinParentJob(PEPROCESS Parent, PEPROCESS Child, BOOLEAN Breakaway);
VOID PspLeaveJob(PEPROCESS Process); // at the end of the process
NTSTATUS PspAssignToJob(PPSP_JOB Job, PEPROCESS Process);
NTSTATUS PspAssignToJobs(PEPROCESS Process, const HANDLE *Handles, ULONG Count);
VOID PspMarkInJob(PEPROCESS Process); // in its PEB (user.c)
// Would so much commitment of the process break a limit of its jobs?
NTSTATUS PspCheckJobCommit(PEPROCESS Process, SIZE_T NewTotalBytes);

// ---- Other parts of ps (process.c, thread.c)

VOID PspSetProcessPriority(PEPROCESS Process, KPRIORITY Priority);
VOID PspSetPriorityClass(PEPROCESS Process, UCHAR PriorityClass);
VOID PspSetThreadPriority(PETHREAD Thread, KPRIORITY Priority);
KPRIORITY PspClassPriority(UCHAR PriorityClass);
BOOLEAN PspIsLastThread(PETHREAD Thread);
KPROCESSOR_MODE PspOpenMode(VOID); // how the caller's rights to processes and threads are checked

// ---- Identifiers (cid.c): multiples of four, one counter for processes and threads

VOID PspInitCids(VOID);
VOID PspInsertProcessId(PEPROCESS Process); // gives it its UniqueProcessId
VOID PspInsertThreadId(PETHREAD Thread);
VOID PspRemoveId(PLIST_ENTRY CidLink);

VOID PspTellTerminationPorts(PETHREAD Thread); // and forget them (terminate.c)

// ---- What a process's memory starts with (user.c)

// The PEB, for an image that is mapped.
NTSTATUS PspCreatePeb(PEPROCESS Process, PSECTION ImageSection);
NTSTATUS PspCreateTeb(PETHREAD Thread, const INITIAL_TEB *Stack);
// Reserve a stack and commit its top, with the guard page below. Zero sizes: as the image says.
NTSTATUS PspCreateUserStack(PEPROCESS Process, SIZE_T Reserve, SIZE_T Commit, ULONG_PTR ZeroBits,
                            PINITIAL_TEB Stack);

// ---- Creation

typedef struct _PSP_THREAD_REQUEST {
    PVOID StartRoutine, Argument;
    SIZE_T StackReserve, StackCommit;
    ULONG_PTR ZeroBits;
    ULONG Flags;              // THREAD_CREATE_FLAGS_*
    const CONTEXT *Context;   // NtCreateThread: as it is, on Stack
    const INITIAL_TEB *Stack; // or null: one is made
} PSP_THREAD_REQUEST;

// The thread does not run yet. One reference belongs to the caller, one to the thread's being alive.
NTSTATUS PspCreateThread(PEPROCESS Process, const PSP_THREAD_REQUEST *Request, PETHREAD *Thread);
NTSTATUS PspStartThread(PETHREAD Thread, const PSP_THREAD_REQUEST *Request);

typedef struct _PSP_PROCESS_REQUEST {
    PEPROCESS Parent;             // null: the system's own first process
    PSECTION Section;             // the image
    PTOKEN Token;                 // null: as the parent's
    ULONG Flags;                  // PROCESS_CREATE_FLAGS_*
    const HANDLE *InheritHandles; // only these, when there are any
    ULONG InheritCount;
    const HANDLE *Jobs; // to join beside the parent's
    ULONG JobCount;
} PSP_PROCESS_REQUEST;

// With its image, ntdll and PEB mapped and without threads. One reference belongs to the caller; each
// living thread has another.
NTSTATUS PspCreateProcess(const PSP_PROCESS_REQUEST *Request, PEPROCESS *Process);

extern PSECTION PspNtdllSection; // null: there is no ntdll in the boot archive
extern ULONG_PTR PspNtdllBase;

NTSTATUS PspInitProcesses(VOID);
VOID PspExitProcess(PEPROCESS Process, NTSTATUS ExitStatus);
NTSTATUS PspInitThreads(VOID);

// ---- Creation attributes (attributes.c)

typedef struct _PSP_OUTPUT {
    VOID USER *Address; // probed; null: not asked for
    SIZE_T USER *ReturnLength;
} PSP_OUTPUT;

typedef struct _PSP_ATTRIBUTES {
    HANDLE ParentProcess, Token;
    UNICODE_STRING ImageName; // pool
    PHANDLE Handles;          // to inherit, pool
    ULONG HandleCount;
    PHANDLE Jobs; // to join, pool
    ULONG JobCount;
    UCHAR PriorityClass; // 0: the parent's
    PSP_OUTPUT ClientId, TebAddress, ImageInfo;
} PSP_ATTRIBUTES, *PPSP_ATTRIBUTES;

NTSTATUS PspCaptureAttributes(const PS_ATTRIBUTE_LIST USER *List, PPSP_ATTRIBUTES Result);
VOID PspReleaseAttributes(PPSP_ATTRIBUTES Attributes);
VOID PspReturnAttributes(const PSP_ATTRIBUTES *Attributes, PETHREAD Thread);

// ---- Process parameters (params.c)

typedef struct _PSP_PARAMETERS {
    PRTL_USER_PROCESS_PARAMETERS Block; // pool; null: none
    SIZE_T Size;
    ULONG_PTR Source;  // where it lay in the caller
    PVOID Environment; // pool, when it lay outside the block
    SIZE_T EnvironmentSize;
} PSP_PARAMETERS, *PPSP_PARAMETERS;

NTSTATUS PspCaptureParameters(const RTL_USER_PROCESS_PARAMETERS USER *Source,
                              PPSP_PARAMETERS Captured);
VOID PspReleaseParameters(PPSP_PARAMETERS Captured);
NTSTATUS PspWriteParameters(PEPROCESS Process, PPSP_PARAMETERS Captured);
