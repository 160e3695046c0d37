// A miniport with WMI, and requests to it in buffers of exactly their size.
#pragma once

#include <ntddk.h>

#include <scsiwmi.h>
#include <wmistr.h>

enum {
    BlockInstances = 3,
    BlockFirst = 3, // bytes of instance 0; the others have BlockMore each more
    BlockMore = 5,
    BlockBytes = 16 + 13, // of all, aligned
    MethodBytes = 12,     // of output
};

extern const GUID BlockGuid, EventGuid, GoneGuid, NamedGuid, UnknownGuid;

// What the miniport does, and what it was asked last.
typedef struct _MINIPORT {
    SCSI_WMILIB_CONTEXT Library;
    BOOLEAN Pends, Forgets; // ScsiPortWmiPostProcess
    UCHAR Fails;            // the status, if not 0
    BOOLEAN Lies;           // of the lengths
    PWCHAR Name;            // of the MOF resource
    ULONG Calls;
    PSCSIWMI_REQUEST_CONTEXT Context;
    ULONG Index, Instance, Count, Item, In, Out;
    BOOLEAN HasLengths, Enable;
    SCSIWMI_ENABLE_DISABLE_CONTROL Function;
    UCHAR Data[64]; // that were set, or the method's input
} MINIPORT, *PMINIPORT;

extern MINIPORT Miniport;
VOID ResetMiniport(VOID);

// Bytes: the buffer before and after, of Size bytes. TRUE: pending; EndPending does the rest.
BOOLEAN Send(UCHAR Minor, const VOID *Path, PVOID Bytes, ULONG Size);
VOID EndPending(UCHAR Status, ULONG Used, PVOID Bytes);
extern SCSIWMI_REQUEST_CONTEXT Context;
