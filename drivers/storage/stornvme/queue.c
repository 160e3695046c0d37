// Queues: commands go in at the tail, completions come out at the head (NVM Express 1.4, 4.1).
#include "stornvme.h"

VOID NvmeResetQueue(PNVME_QUEUE Queue)
{
    Queue->Tail = Queue->Head = 0;
    Queue->Phase = 1;
    RtlZeroMemory((PVOID)Queue->Completions, Queue->Depth * sizeof(NVME_COMPLETION));
    RtlZeroMemory(Queue->Slots, sizeof(Queue->Slots));
    // One less than entries: a full queue could not be told from an empty one.
    for (USHORT i = 0; i + 1 < Queue->Depth; i++)
        Queue->Free[i] = i;
    Queue->Untold = 0;
    Queue->FreeHead = 0;
    Queue->FreeTail = Queue->Depth - 1u;
}

BOOLEAN NvmePeekId(const NVME_QUEUE *Queue, PUSHORT CommandId)
{
    if (Queue->FreeHead == Queue->FreeTail)
        return FALSE;
    *CommandId = Queue->Free[Queue->FreeHead % Queue->Depth];
    return TRUE;
}

BOOLEAN NvmePut(PNVME_QUEUE Queue, NVME_COMMAND *Command, NVME_DONE *Done, PVOID Context)
{
    USHORT Id;
    if (!NvmePeekId(Queue, &Id))
        return FALSE;
    Queue->FreeHead++;
    Command->CommandId = Id;
    Queue->Slots[Id] = (NVME_SLOT){Done, Context};
    Queue->Commands[Queue->Tail] = *Command;
    Queue->Tail = (USHORT)((Queue->Tail + 1) % Queue->Depth);
    Queue->Untold++;
    return TRUE;
}

VOID NvmeTell(PNVME_QUEUE Queue)
{
    if (!Queue->Untold)
        return;
    Queue->Untold = 0;
    (VOID) NvmeRing(&Queue->TailDoorbell, Queue->Tail);
}

BOOLEAN NvmeSubmit(PNVME_QUEUE Queue, NVME_COMMAND *Command, NVME_DONE *Done, PVOID Context)
{
    if (!NvmePut(Queue, Command, Done, Context))
        return FALSE;
    NvmeTell(Queue);
    return TRUE;
}

// It works on others than those that it has not been told of.
BOOLEAN NvmeIsBusy(const NVME_QUEUE *Queue)
{
    return Queue->Depth - 1u - (Queue->FreeTail - Queue->FreeHead) > Queue->Untold;
}

static NVME_SLOT NvmeFreeSlot(PNVME_QUEUE Queue, USHORT Id)
{
    NVME_SLOT Slot = Queue->Slots[Id];
    Queue->Slots[Id] = (NVME_SLOT){};
    Queue->Free[Queue->FreeTail % Queue->Depth] = Id;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    Queue->FreeTail++;
    return Slot;
}

BOOLEAN NvmeProcessQueue(PNVME_ADAPTER Adapter, PNVME_QUEUE Queue)
{
    BOOLEAN Any = FALSE;
    for (;;) {
        NVME_COMPLETION Completion = *(const NVME_COMPLETION *)&Queue->Completions[Queue->Head];
        if ((Completion.Status & 1) != Queue->Phase)
            break;
        Any = TRUE;
        if (++Queue->Head == Queue->Depth) {
            Queue->Head = 0;
            Queue->Phase ^= 1;
        }
        // A controller that completes what it was not given is not believed.
        if (Completion.CommandId >= Queue->Depth || !Queue->Slots[Completion.CommandId].Done)
            continue;
        NVME_SLOT Slot = NvmeFreeSlot(Queue, Completion.CommandId);
        Slot.Done(Adapter, Slot.Context, &Completion);
    }
    if (Any)
        (VOID) NvmeRing(&Queue->HeadDoorbell, Queue->Head); // once for all
    return Any;
}

VOID NvmeDrainQueue(PNVME_ADAPTER Adapter, PNVME_QUEUE Queue)
{
    for (USHORT Id = 0; Id < Queue->Depth; Id++) {
        if (!Queue->Slots[Id].Done)
            continue;
        NVME_SLOT Slot = NvmeFreeSlot(Queue, Id);
        Slot.Done(Adapter, Slot.Context, NULL);
    }
}
