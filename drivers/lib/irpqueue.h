// Requests that wait, in the order in which they came, and can be cancelled meanwhile. At DISPATCH_LEVEL or below.
#pragma once

#include <wdm.h>

typedef struct _IRP_QUEUE IRP_QUEUE, *PIRP_QUEUE;

// The request was cancelled; it is in the queue no more, and is to be completed.
typedef VOID IRP_QUEUE_CANCELLED(PIRP_QUEUE Queue, PIRP Irp);

struct _IRP_QUEUE {
    IO_CSQ Csq;
    IRP_QUEUE_CANCELLED *Cancelled;
    KSPIN_LOCK Lock; // of the list; the driver may keep more under it
    LIST_ENTRY Irps; // by Tail.Overlay.ListEntry
};

VOID IrpQueueInitialize(PIRP_QUEUE Queue, IRP_QUEUE_CANCELLED *Cancelled);
VOID IrpQueuePut(PIRP_QUEUE Queue, PIRP Irp); // marks it pending
// The first one, of a file if one is named. Null: there is none.
PIRP IrpQueueTake(PIRP_QUEUE Queue, PFILE_OBJECT File);
