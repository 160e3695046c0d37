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
                         ULONG USER *ReturnLength);

// ---- Jobs (job.c)

typedef struct _PSP_JOB PSP_JOB, *PPSP_JOB;

NTSTATUS PspInitJobs(VOID);
// A child joins its parent's job unless it may break away. Called before its first thread runs.
NTSTATUS PspJoinParentJob(PEPROCESS Parent, PEPROCESS Child, BOOLEAN Breakaway);
VOID PspLeaveJob(PEPROCESS Process); // at the end of the process
// Would Pages more of commitment break a limit of the process's job?
NTSTATUS PspCheckJobCommit(PEPROCESS Process, SIZE_T NewTotalBytes);

// ---- Other parts of ps (process.c, thread.c)

NTSTATUS PspTerminateProcess(PEPROCESS Process, NTSTATUS ExitStatus);
VOID PspSetProcessPriority(PEPROCESS Process, KPRIORITY Priority);
VOID PspSetPriorityClass(PEPROCESS Process, UCHAR PriorityClass);
VOID PspSetThreadPriority(PETHREAD Thread, KPRIORITY Priority);
KPRIORITY PspClassPriority(UCHAR PriorityClass);
