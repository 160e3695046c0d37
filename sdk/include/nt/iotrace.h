// \Device\IoTrace: what the I/O manager has done. From its opening to the first read each request that completes is kept; reads
// give them, oldest first. One file at a time; opening it needs SeSystemProfilePrivilege.
#pragma once

enum { IO_TRACE_NAME = 48 };

#define IO_TRACE_CACHED 0x01 // the cache answered
#define IO_TRACE_SYSTEM 0x02 // a request of the Executive, or of a driver

typedef struct _IO_TRACE_EVENT {
    ULONGLONG Start, Duration; // performance counter
    ULONGLONG Offset;          // of reads and writes
    ULONGLONG Information;
    ULONG ProcessId, ThreadId;
    NTSTATUS Status;
    ULONG Code;   // of controls, or the class of queries
    ULONG Length; // of the data: input and output
    ULONG Lost;   // events before this one that there was no room for
    UCHAR MajorFunction, MinorFunction;
    USHORT Flags;
    WCHAR Device[IO_TRACE_NAME]; // the ends of the names, terminated
    WCHAR File[IO_TRACE_NAME];
} IO_TRACE_EVENT, *PIO_TRACE_EVENT;
