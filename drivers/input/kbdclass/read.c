// Events from the port driver to who reads.
#include "kbdclass.h"

// ---- The queue of reads

static VOID NTAPI ClassInsert(PIO_CSQ Csq, PIRP Irp)
{
    PCLASS_DEVICE Device = CONTAINING_RECORD(Csq, CLASS_DEVICE, Csq);
    InsertTailList(&Device->Reads, &Irp->Tail.Overlay.ListEntry);
}

static VOID NTAPI ClassRemove(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

// Context: the file whose requests are meant; null: all.
static PIRP NTAPI ClassPeek(PIO_CSQ Csq, PIRP Irp, PVOID Context)
{
    PCLASS_DEVICE Device = CONTAINING_RECORD(Csq, CLASS_DEVICE, Csq);
    PLIST_ENTRY Link = Irp ? Irp->Tail.Overlay.ListEntry.Flink : Device->Reads.Flink;
    for (; Link != &Device->Reads; Link = Link->Flink) {
        PIRP Next = CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
        if (!Context || IoGetCurrentIrpStackLocation(Next)->FileObject == Context)
            return Next;
    }
    return NULL;
}

static VOID NTAPI ClassLock(PIO_CSQ Csq, PKIRQL Irql)
{
    KeAcquireSpinLock(&CONTAINING_RECORD(Csq, CLASS_DEVICE, Csq)->CsqLock, Irql);
}

static VOID NTAPI ClassUnlock(PIO_CSQ Csq, KIRQL Irql)
{
    KeReleaseSpinLock(&CONTAINING_RECORD(Csq, CLASS_DEVICE, Csq)->CsqLock, Irql);
}

static VOID NTAPI ClassCancelled(PIO_CSQ Csq, PIRP Irp)
{
    PCLASS_DEVICE Device = CONTAINING_RECORD(Csq, CLASS_DEVICE, Csq);
    ClassComplete(Irp, STATUS_CANCELLED, 0);
    ExReleaseRundownProtection(&Device->Running);
}

NTSTATUS ClassInitializeReads(PCLASS_DEVICE Device)
{
    KeInitializeSpinLock(&Device->CsqLock);
    KeInitializeSpinLock(&Device->Lock);
    InitializeListHead(&Device->Reads);
    return IoCsqInitialize(&Device->Csq, ClassInsert, ClassRemove, ClassPeek, ClassLock,
                           ClassUnlock, ClassCancelled);
}

VOID ClassCancelReads(PCLASS_DEVICE Device, PFILE_OBJECT File)
{
    for (;;) {
        PIRP Irp = IoCsqRemoveNextIrp(&Device->Csq, File);
        if (!Irp)
            return;
        ClassCancelled(&Device->Csq, Irp);
    }
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
        PIRP Irp = Device->Head != Device->Tail ? IoCsqRemoveNextIrp(&Device->Csq, NULL) : NULL;
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
    IoCsqInsertIrp(&Device->Csq, Irp, NULL);
    ClassServeReads(Device);
    return STATUS_PENDING;
}
