// Interrupts of physical adapters: a line, or messages with one routine for all of them. And the locks that a
// miniport's routines are called with.
#include "storportp.h"

static BOOLEAN NTAPI StorpInterrupt(PKINTERRUPT Interrupt, PVOID Context)
{
    PSTOR_ADAPTER Adapter = Context;
    UNREFERENCED_PARAMETER(Interrupt);
    return Adapter->Driver->Hw.HwInterrupt && Adapter->HwExtension
               ? Adapter->Driver->Hw.HwInterrupt(Adapter->HwExtension)
               : FALSE;
}

static BOOLEAN NTAPI StorpMessageInterrupt(PKINTERRUPT Interrupt, PVOID Context, ULONG MessageId)
{
    PSTOR_ADAPTER Adapter = Context;
    UNREFERENCED_PARAMETER(Interrupt);
    return Adapter->HwExtension
               ? Adapter->Config.HwMSInterruptRoutine(Adapter->HwExtension, MessageId)
               : FALSE;
}

// ---- Connecting

// One lock for all messages where the miniport wants them one at a time.
static NTSTATUS StorpConnectMessages(PSTOR_ADAPTER Adapter)
{
    IO_CONNECT_INTERRUPT_PARAMETERS Parameters = {.Version = CONNECT_MESSAGE_BASED};
    Parameters.MessageBased.PhysicalDeviceObject = Adapter->Pdo;
    Parameters.MessageBased.ConnectionContext.InterruptMessageTable = &Adapter->Messages;
    Parameters.MessageBased.MessageServiceRoutine = StorpMessageInterrupt;
    Parameters.MessageBased.ServiceContext = Adapter;
    Parameters.MessageBased.FallBackServiceRoutine = StorpInterrupt;
    if (Adapter->Config.InterruptSynchronizationMode != InterruptSynchronizePerMessage)
        Parameters.MessageBased.SpinLock = &Adapter->InterruptLock;
    NTSTATUS Status = IoConnectInterruptEx(&Parameters);
    if (NT_SUCCESS(Status) && Parameters.Version == CONNECT_LINE_BASED) {
        Adapter->Interrupt = (PVOID)Adapter->Messages;
        Adapter->Messages = nullptr;
    }
    return Status;
}

static NTSTATUS StorpConnectLine(PSTOR_ADAPTER Adapter)
{
    IO_CONNECT_INTERRUPT_PARAMETERS Parameters = {.Version = CONNECT_LINE_BASED};
    Parameters.LineBased.PhysicalDeviceObject = Adapter->Pdo;
    Parameters.LineBased.InterruptObject = &Adapter->Interrupt;
    Parameters.LineBased.ServiceRoutine = StorpInterrupt;
    Parameters.LineBased.ServiceContext = Adapter;
    return IoConnectInterruptEx(&Parameters);
}

NTSTATUS StorpConnectInterrupts(PSTOR_ADAPTER Adapter)
{
    if (Adapter->Driver->IsVirtual || !Adapter->HasInterrupt)
        return STATUS_SUCCESS;
    if (Adapter->InterruptIsMessage && Adapter->Config.HwMSInterruptRoutine)
        return StorpConnectMessages(Adapter);
    return Adapter->Driver->Hw.HwInterrupt ? StorpConnectLine(Adapter) : STATUS_SUCCESS;
}

VOID StorpDisconnectInterrupts(PSTOR_ADAPTER Adapter)
{
    IO_DISCONNECT_INTERRUPT_PARAMETERS Parameters = {};
    if (Adapter->Messages) {
        Parameters.Version = CONNECT_MESSAGE_BASED;
        Parameters.ConnectionContext.InterruptMessageTable = Adapter->Messages;
    } else if (Adapter->Interrupt) {
        Parameters.Version = CONNECT_LINE_BASED;
        Parameters.ConnectionContext.InterruptObject = Adapter->Interrupt;
    } else {
        return;
    }
    IoDisconnectInterruptEx(&Parameters);
    Adapter->Messages = nullptr;
    Adapter->Interrupt = nullptr;
}

// ---- Locks

// The interrupt object whose lock is that of the adapter; null: none, or each message has its own.
static PKINTERRUPT StorpLockedInterrupt(PSTOR_ADAPTER Adapter)
{
    if (Adapter->Messages)
        return Adapter->Messages->MessageInfo[0].InterruptObject;
    return Adapter->Interrupt;
}

KIRQL StorpAcquireInterruptLock(PSTOR_ADAPTER Adapter)
{
    PKINTERRUPT Interrupt = StorpLockedInterrupt(Adapter);
    KIRQL Irql;
    if (Interrupt)
        return KeAcquireInterruptSpinLock(Interrupt);
    KeAcquireSpinLock(&Adapter->InterruptLock, &Irql);
    return Irql;
}

VOID StorpReleaseInterruptLock(PSTOR_ADAPTER Adapter, KIRQL Irql)
{
    PKINTERRUPT Interrupt = StorpLockedInterrupt(Adapter);
    if (Interrupt)
        KeReleaseInterruptSpinLock(Interrupt, Irql);
    else
        KeReleaseSpinLock(&Adapter->InterruptLock, Irql);
}

// A virtual miniport is called without a lock; a physical one with the start-io lock, and if it works half duplex
// with the interrupt's lock too. With several channels it needs no start-io lock.
KIRQL StorpLockMiniport(PSTOR_ADAPTER Adapter)
{
    KIRQL Irql = KeGetCurrentIrql();
    if (Adapter->Driver->IsVirtual)
        return Irql;
    if (Adapter->Channels <= 1)
        KeAcquireSpinLock(&Adapter->StartIoLock, &Irql);
    if (Adapter->Config.SynchronizationModel == StorSynchronizeHalfDuplex)
        Adapter->HalfDuplexIrql = StorpAcquireInterruptLock(Adapter);
    return Irql;
}

VOID StorpUnlockMiniport(PSTOR_ADAPTER Adapter, KIRQL Irql)
{
    if (Adapter->Driver->IsVirtual)
        return;
    if (Adapter->Config.SynchronizationModel == StorSynchronizeHalfDuplex)
        StorpReleaseInterruptLock(Adapter, Adapter->HalfDuplexIrql);
    if (Adapter->Channels <= 1)
        KeReleaseSpinLock(&Adapter->StartIoLock, Irql);
}

VOID NTAPI StorPortSynchronizeAccess(PVOID HwDeviceExtension, PSTOR_SYNCHRONIZED_ACCESS Routine,
                                     PVOID Context)
{
    PSTOR_ADAPTER Adapter = StorpAdapterOf(HwDeviceExtension);
    KIRQL Irql = StorpAcquireInterruptLock(Adapter);
    Routine(HwDeviceExtension, Context);
    StorpReleaseInterruptLock(Adapter, Irql);
}
