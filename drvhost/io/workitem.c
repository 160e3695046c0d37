// Work items of devices and drivers: an item of the work queues that holds its owner while it waits and runs.

#include "../ntos.h"

struct _IO_WORKITEM {
    WORK_QUEUE_ITEM Item;
    PVOID Owner; // device or driver object
    PVOID Context;
    PIO_WORKITEM_ROUTINE Routine; // one of both
    PIO_WORKITEM_ROUTINE_EX RoutineEx;
};

// The routine may free the item or queue it again: nothing of it is read afterwards.
static VOID NTAPI IopRunWorkItem(PVOID Parameter)
{
    PIO_WORKITEM Item = Parameter;
    PVOID Owner = Item->Owner;
    if (Item->RoutineEx)
        Item->RoutineEx(Owner, Item->Context, Item);
    else
        Item->Routine(Owner, Item->Context);
    ObfDereferenceObject(Owner);
}

ULONG NTAPI IoSizeofWorkItem(void)
{
    return sizeof(struct _IO_WORKITEM);
}

VOID NTAPI IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem)
{
    RtlZeroMemory(IoWorkItem, sizeof(*IoWorkItem));
    ExInitializeWorkItem(&IoWorkItem->Item, IopRunWorkItem, IoWorkItem);
    IoWorkItem->Owner = IoObject;
}

// Queuing an item that waits in a queue is found there; freeing one is found here.
VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem)
{
    if (IoWorkItem->Item.List.Flink)
        KeBugCheckEx(WORKER_INVALID, 0, (ULONG_PTR)IoWorkItem, 0, 0);
}

PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject)
{
    PIO_WORKITEM Item = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Item), 'iWoI');
    if (Item)
        IoInitializeWorkItem(DeviceObject, Item);
    return Item;
}

VOID NTAPI IoFreeWorkItem(PIO_WORKITEM IoWorkItem)
{
    IoUninitializeWorkItem(IoWorkItem);
    ExFreePoolWithTag(IoWorkItem, 'iWoI');
}

static VOID IopQueueWorkItem(PIO_WORKITEM Item, WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    Item->Context = Context;
    ObfReferenceObject(Item->Owner);
    ExQueueWorkItem(&Item->Item, QueueType);
}

VOID NTAPI IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                           WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    IoWorkItem->Routine = WorkerRoutine;
    IoWorkItem->RoutineEx = nullptr;
    IopQueueWorkItem(IoWorkItem, QueueType, Context);
}

VOID NTAPI IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                             WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    IoWorkItem->RoutineEx = WorkerRoutine;
    IopQueueWorkItem(IoWorkItem, QueueType, Context);
}

// FALSE: it is in a queue already.
BOOLEAN NTAPI IoTryQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                                 WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    if (IoWorkItem->Item.List.Flink)
        return FALSE;
    IoQueueWorkItemEx(IoWorkItem, WorkerRoutine, QueueType, Context);
    return TRUE;
}
