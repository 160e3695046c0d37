// Mailslots: \Device\Mailslot, a file system of the Executive. A mailslot is a queue of messages with one
// reader, its server, and any number of writers.
#pragma once

#include "io/iop.h"

constexpr ULONG MsTag = 'sfsM';

typedef struct _MS_MESSAGE {
    LIST_ENTRY Link;
    ULONG Size;
    UCHAR Data[];
} MS_MESSAGE, *PMS_MESSAGE;

typedef struct _MS_SLOT {
    LIST_ENTRY Link;     // in MsSlots; empty when the server is gone
    ULONG References;    // open files
    LIST_ENTRY Messages; // MS_MESSAGE
    LIST_ENTRY Readers;  // MS_READER; empty while there are messages
    ULONG MessageCount;
    ULONG Quota, MaximumMessageSize; // as they were given; 0: any
    LARGE_INTEGER ReadTimeout;
    PSECURITY_DESCRIPTOR Security; // pool
    BOOLEAN Closed;                // the server is gone
    UNICODE_STRING Name;           // without the separator; its text follows
} MS_SLOT, *PMS_SLOT;

// What a file object is: FsContext2. FsContext is the slot, but for the device itself.
typedef enum _MS_KIND { MsDeviceFile, MsServerFile, MsClientFile } MS_KIND;

static inline MS_KIND MsKind(const FILE_OBJECT *File)
{
    return (MS_KIND)(ULONG_PTR)File->FsContext2;
}

NTSTATUS MsRead(PIO_REQUEST Request);
NTSTATUS MsWrite(PIO_REQUEST Request);
NTSTATUS MsQueryInformation(PIO_REQUEST Request);
NTSTATUS MsSetInformation(PIO_REQUEST Request);
VOID MsCancelRead(PIO_REQUEST Request);
VOID MsEmpty(PMS_SLOT Slot); // readers end, messages are lost
