// Interrupts. With messages each queue has one of its own, or shares one; without, a line serves all.
#include "stornvme.h"

static BOOLEAN NvmeServe(PNVME_ADAPTER Adapter, PNVME_QUEUE Queue)
{
    if (Queue == &Adapter->Admin && Adapter->Polling)
        return FALSE;
    return NvmeProcessQueue(Adapter, Queue);
}

BOOLEAN NTAPI NvmeLineInterrupt(PVOID DeviceExtension)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    if (!Adapter->Running)
        return FALSE;
    BOOLEAN Any = NvmeServe(Adapter, &Adapter->Admin);
    for (ULONG i = 0; i < Adapter->QueueCount; i++)
        Any |= NvmeServe(Adapter, &Adapter->Queues[i]);
    return Any;
}

BOOLEAN NTAPI NvmeMessageInterrupt(PVOID DeviceExtension, ULONG MessageId)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    if (!Adapter->Running)
        return FALSE;
    if (MessageId == Adapter->Admin.Message)
        (VOID) NvmeServe(Adapter, &Adapter->Admin);
    for (ULONG i = 0; i < Adapter->QueueCount; i++) {
        if (Adapter->Queues[i].Message == MessageId)
            (VOID) NvmeServe(Adapter, &Adapter->Queues[i]);
    }
    return TRUE;
}
