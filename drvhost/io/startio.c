// Devices that work on one packet at a time: the device's queue and its driver's StartIo routine.

#include "../ntos.h"

enum { // IOP_DEVICE_EXTENSION.StartIoFlags
    StartIoDeferred = 1,
    StartIoNotCancelable = 2,
    StartIoPending = 4, // IoStartNextPacket was called below StartIo: it is done when that returns
    StartIoPendingByKey = 8,
    StartIoPendingCancelable = 16,
};

VOID NTAPI IoSetStartIoAttributes(PDEVICE_OBJECT DeviceObject, BOOLEAN DeferredStartIo,
                                  BOOLEAN NonCancelable)
{
    IopExtension(DeviceObject)->StartIoFlags |=
        (DeferredStartIo ? StartIoDeferred : 0) | (NonCancelable ? StartIoNotCancelable : 0);
}

// FALSE: the queue is empty. The cancel lock guards CurrentIrp of devices whose packets can be cancelled.
static BOOLEAN IopTakePacket(PDEVICE_OBJECT Device, BOOLEAN Cancelable, const ULONG *Key)
{
    KIRQL Irql = DISPATCH_LEVEL;
    if (Cancelable)
        IoAcquireCancelSpinLock(&Irql);
    Device->CurrentIrp = nullptr;
    PKDEVICE_QUEUE_ENTRY Entry = Key ? KeRemoveByKeyDeviceQueue(&Device->DeviceQueue, *Key)
                                     : KeRemoveDeviceQueue(&Device->DeviceQueue);
    if (Entry) {
        PIRP Irp = CONTAINING_RECORD(Entry, IRP, Tail.Overlay.DeviceQueueEntry);
        Device->CurrentIrp = Irp;
        if (Cancelable && (IopExtension(Device)->StartIoFlags & StartIoNotCancelable))
            IoSetCancelRoutine(Irp, NULL);
    }
    if (Cancelable)
        IoReleaseCancelSpinLock(Irql);
    return Entry != nullptr;
}

static VOID IopRunStartIo(PDEVICE_OBJECT Device, PIRP Irp)
{
    IopExtension(Device)->StartIoCount++;
    Device->DriverObject->DriverStartIo(Device, Irp);
    IopExtension(Device)->StartIoCount--;
}

// A driver with deferred StartIo is not called again below its own routine: each next packet is started
// when the routine has returned.
static VOID IopRunDeferred(PDEVICE_OBJECT Device)
{
    PIOP_DEVICE_EXTENSION Extension = IopExtension(Device);
    while (!Extension->StartIoCount && (Extension->StartIoFlags & StartIoPending)) {
        ULONG Flags = Extension->StartIoFlags, Key = (ULONG)Extension->StartIoKey;
        Extension->StartIoFlags &=
            ~(ULONG)(StartIoPending | StartIoPendingByKey | StartIoPendingCancelable);
        if (IopTakePacket(Device, (Flags & StartIoPendingCancelable) != 0,
                          Flags & StartIoPendingByKey ? &Key : nullptr))
            IopRunStartIo(Device, Device->CurrentIrp);
    }
}

static VOID IopCallStartIo(PDEVICE_OBJECT Device, PIRP Irp)
{
    if (IopExtension(Device)->StartIoFlags & StartIoDeferred) {
        IopRunStartIo(Device, Irp);
        IopRunDeferred(Device);
    } else {
        Device->DriverObject->DriverStartIo(Device, Irp);
    }
}

static VOID IopStartNext(PDEVICE_OBJECT Device, BOOLEAN Cancelable, const ULONG *Key)
{
    if (IopTakePacket(Device, Cancelable, Key))
        IopCallStartIo(Device, Device->CurrentIrp);
}

static VOID IopStartNextOrDefer(PDEVICE_OBJECT Device, BOOLEAN Cancelable, const ULONG *Key)
{
    PIOP_DEVICE_EXTENSION Extension = IopExtension(Device);
    if (!Extension->StartIoCount) {
        IopStartNext(Device, Cancelable, Key);
        return;
    }
    Extension->StartIoKey = Key ? (LONG)*Key : 0;
    Extension->StartIoFlags |= StartIoPending | (Key ? StartIoPendingByKey : 0) |
                               (Cancelable ? StartIoPendingCancelable : 0);
}

VOID NTAPI IoStartNextPacket(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable)
{
    IopStartNextOrDefer(DeviceObject, Cancelable, nullptr);
}

VOID NTAPI IoStartNextPacketByKey(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable, ULONG Key)
{
    IopStartNextOrDefer(DeviceObject, Cancelable, &Key);
}

// ---- A new packet

static BOOLEAN IopQueuePacket(PDEVICE_OBJECT Device, PIRP Irp, const ULONG *Key)
{
    PKDEVICE_QUEUE_ENTRY Entry = &Irp->Tail.Overlay.DeviceQueueEntry;
    return Key ? KeInsertByKeyDeviceQueue(&Device->DeviceQueue, Entry, *Key)
               : KeInsertDeviceQueue(&Device->DeviceQueue, Entry);
}

// Called with the cancel lock, which is given back. A packet that was cancelled before it came here is found
// in the queue by its cancel routine like any other.
static VOID IopStartCancelable(PDEVICE_OBJECT Device, PIRP Irp, const ULONG *Key,
                               PDRIVER_CANCEL CancelFunction, KIRQL Irql)
{
    IoSetCancelRoutine(Irp, CancelFunction);
    if (!IopQueuePacket(Device, Irp, Key)) {
        Device->CurrentIrp = Irp;
        if (IopExtension(Device)->StartIoFlags & StartIoNotCancelable)
            IoSetCancelRoutine(Irp, NULL);
        IoReleaseCancelSpinLock(Irql);
        IopCallStartIo(Device, Irp);
    } else if (Irp->Cancel && IoSetCancelRoutine(Irp, NULL)) {
        Irp->CancelIrql = Irql;
        CancelFunction(Device, Irp); // gives the lock back
    } else {
        IoReleaseCancelSpinLock(Irql);
    }
}

VOID NTAPI IoStartPacket(PDEVICE_OBJECT DeviceObject, PIRP Irp, PULONG Key,
                         PDRIVER_CANCEL CancelFunction)
{
    KIRQL OldIrql = KfRaiseIrql(DISPATCH_LEVEL);
    if (CancelFunction) {
        KIRQL Irql;
        IoAcquireCancelSpinLock(&Irql);
        IopStartCancelable(DeviceObject, Irp, Key, CancelFunction, Irql);
    } else if (!IopQueuePacket(DeviceObject, Irp, Key)) {
        DeviceObject->CurrentIrp = Irp;
        IopCallStartIo(DeviceObject, Irp);
    }
    KeLowerIrql(OldIrql);
}
