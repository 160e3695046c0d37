// Events from the port driver to who reads.
#include "kbdclass.h"

// ---- The queue of reads

static VOID ClassCancelled(PIRP_QUEUE Queue, PIRP Irp)
{
    PCLASS_DEVICE Device = CONTAINING_RECORD(Queue, CLASS_DEVICE, Reads);
    ClassComplete(Irp, STATUS_CANCELLED, 0);
    ExReleaseRundownProtection(&Device->Running);
}

VOID ClassInitializeReads(PCLASS_DEVICE Device)
{
    KeInitializeSpinLock(&Device->Lock);
    IrpQueueInitialize(&Device->Reads, ClassCancelled);
}

VOID ClassCancelReads(PCLASS_DEVICE Device, PFILE_OBJECT File)
{
    PIRP Irp;
    while ((Irp = IrpQueueTake(&Device->Reads, File)) != NULL)
        ClassCancelled(&Device->Reads, Irp);
}

// ---- Events

static ULONG ClassTakeEvents(PCLASS_DEVICE Device, PIRP Irp)
{
    ULONG Room = IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length /
                 (ULONG)sizeof(KEYBOARD_INPUT_DATA);
    PKEYBOARD_INPUT_DATA Buffer = Irp->AssociatedIrp.SystemBuffer;
    ULONG Count = 0;
    while (Count < Room && Device->Tail != Device->Head)
        Buffer[Count++] = Device->Events[Device->Tail++ % ClassQueueLength];
    return Count;
}

static VOID ClassServeReads(PCLASS_DEVICE Device)
{
    for (;;) {
        KIRQL Irql;
        ULONG Count = 0;
        KeAcquireSpinLock(&Device->Lock, &Irql);
        PIRP Irp = Device->Head != Device->Tail ? IrpQueueTake(&Device->Reads, NULL) : NULL;
        if (Irp)
            Count = ClassTakeEvents(Device, Irp);
        KeReleaseSpinLock(&Device->Lock, Irql);
        if (!Irp)
            return;
        ClassComplete(Irp, STATUS_SUCCESS, Count * sizeof(KEYBOARD_INPUT_DATA));
        ExReleaseRundownProtection(&Device->Running);
    }
}

VOID NTAPI ClassServiceCallback(PDEVICE_OBJECT DeviceObject, PKEYBOARD_INPUT_DATA Start,
                                PKEYBOARD_INPUT_DATA End, PULONG Consumed)
{
    PCLASS_DEVICE Device = ClassOf(DeviceObject);
    PKEYBOARD_INPUT_DATA Next = Start;
    KeAcquireSpinLockAtDpcLevel(&Device->Lock);
    for (; Next != End && Device->Head - Device->Tail < ClassQueueLength; Next++) {
        PKEYBOARD_INPUT_DATA Event = &Device->Events[Device->Head++ % ClassQueueLength];
        *Event = *Next;
        Event->UnitId = (USHORT)Device->Number;
    }
    KeReleaseSpinLockFromDpcLevel(&Device->Lock);
    *Consumed += (ULONG)(Next - Start);
    ClassServeReads(Device);
}

NTSTATUS NTAPI ClassRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCLASS_DEVICE Device = ClassOf(DeviceObject);
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length;
    if (!Length)
        return ClassComplete(Irp, STATUS_SUCCESS, 0);
    if (Length % sizeof(KEYBOARD_INPUT_DATA))
        return ClassComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    if (!ExAcquireRundownProtection(&Device->Running))
        return ClassComplete(Irp, STATUS_DELETE_PENDING, 0);
    IrpQueuePut(&Device->Reads, Irp);
    ClassServeReads(Device);
    return STATUS_PENDING;
}
