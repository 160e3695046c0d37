// Events of named pipes: FSCTL_PIPE_ASSIGN_EVENT and FSCTL_PIPE_QUERY_EVENT.
#ifndef NT_NTPIPE_H
#define NT_NTPIPE_H

#include <nt/ntbase.h>

#ifndef FILE_PIPE_READ_DATA
#define FILE_PIPE_READ_DATA   0 // EntryType
#define FILE_PIPE_WRITE_SPACE 1
#endif

typedef struct _FILE_PIPE_ASSIGN_EVENT_BUFFER {
    HANDLE EventHandle;
    ULONG KeyValue;
} FILE_PIPE_ASSIGN_EVENT_BUFFER, *PFILE_PIPE_ASSIGN_EVENT_BUFFER;

typedef struct _FILE_PIPE_EVENT_BUFFER {
    ULONG NamedPipeState;
    ULONG EntryType;
    ULONG ByteCount;
    ULONG KeyValue;
    ULONG NumberRequests;
} FILE_PIPE_EVENT_BUFFER, *PFILE_PIPE_EVENT_BUFFER;

#endif
