// StorPortNotification: what a miniport tells, by type.
#include "storportp.h"

typedef VOID STOR_NOTIFICATION(PSTOR_ADAPTER Adapter, va_list Arguments);

static VOID StorpNotifyComplete(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    StorpRequestDone(Adapter, va_arg(Arguments, PVOID));
}

// The units of the bus have lost their requests; the miniport ends them. There is nothing to hold here.
static VOID StorpNotifyReset(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Arguments);
    KeInsertQueueDpc(&Adapter->CompletionDpc, nullptr, nullptr);
}

static VOID StorpNotifyTimer(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PHW_TIMER Routine = va_arg(Arguments, PHW_TIMER);
    ULONG Microseconds = va_arg(Arguments, ULONG);
    StorpSetMiniportTimer(Adapter, Routine, Microseconds);
}

static VOID StorpNotifyBusChange(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Arguments);
    StorpRequestRescan(Adapter);
}

// A link that is down holds the requests until it is up again.
static VOID StorpNotifyLink(PSTOR_ADAPTER Adapter, BOOLEAN Up)
{
    if (!Up) {
        InterlockedOr(&Adapter->Holds, StorHoldAdapterLink);
        return;
    }
    InterlockedAnd(&Adapter->Holds, ~StorHoldAdapterLink);
    Adapter->Starved = TRUE;
    StorpRequestRescan(Adapter);
    KeInsertQueueDpc(&Adapter->CompletionDpc, nullptr, nullptr);
}

static VOID StorpNotifyLinkUp(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Arguments);
    StorpNotifyLink(Adapter, TRUE);
}

static VOID StorpNotifyLinkDown(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Arguments);
    StorpNotifyLink(Adapter, FALSE);
}

static VOID StorpNotifyTickCount(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PLARGE_INTEGER Ticks = va_arg(Arguments, PLARGE_INTEGER);
    UNREFERENCED_PARAMETER(Adapter);
    KeQueryTickCount(Ticks);
}

// Data beyond a buffer's end has been written: the system cannot be trusted from here on.
static VOID StorpNotifyOverrun(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Arguments);
    enum { BufferOverrun = 0x1000 };
    KeBugCheckEx(PORT_DRIVER_INTERNAL, BufferOverrun, (ULONG_PTR)Adapter, Adapter->PortNumber, 0);
}

static VOID StorpNotifyPassive(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PHW_PASSIVE_INITIALIZE_ROUTINE Routine = va_arg(Arguments, PHW_PASSIVE_INITIALIZE_ROUTINE);
    PBOOLEAN Done = va_arg(Arguments, PBOOLEAN);
    *Done = Adapter->InHwInitialize;
    if (*Done)
        Adapter->PassiveInitialize = Routine;
}

// ---- DPCs

static VOID StorpNotifyInitializeDpc(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_DPC Dpc = va_arg(Arguments, PSTOR_DPC);
    PHW_DPC_ROUTINE Routine = va_arg(Arguments, PHW_DPC_ROUTINE);
    // A miniport's routine has the form of a KDEFERRED_ROUTINE whose first argument is the STOR_DPC, which
    // begins with the KDPC.
    static_assert(FIELD_OFFSET(STOR_DPC, Dpc) == 0);
    KeInitializeDpc(&Dpc->Dpc, (PKDEFERRED_ROUTINE)Routine, Adapter->HwExtension);
    KeInitializeSpinLock(&Dpc->Lock);
}

// One that is issued in HwStartIo can wait until the requests that come together have all been started: a miniport that leaves
// its device's registers to the DPC writes them once for all of these.
static VOID StorpNotifyIssueDpc(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    BOOLEAN Starting = Adapter->Starting == KeGetCurrentThread();
    PSTOR_DPC Dpc = va_arg(Arguments, PSTOR_DPC);
    PVOID Argument1 = va_arg(Arguments, PVOID), Argument2 = va_arg(Arguments, PVOID);
    PBOOLEAN Done = va_arg(Arguments, PBOOLEAN);
    KeSetImportanceDpc(&Dpc->Dpc, Starting ? LowImportance : MediumImportance);
    *Done = KeInsertQueueDpc(&Dpc->Dpc, Argument1, Argument2);
}

// ---- Locks

VOID StorpAcquireLock(PSTOR_ADAPTER Adapter, STOR_SPINLOCK Lock, PSTOR_DPC Dpc,
                      PSTOR_LOCK_HANDLE Handle)
{
    Handle->Lock = Lock;
    Handle->Context.LockQueue.Lock = nullptr;
    switch (Lock) {
    case InterruptLock:
        Handle->Context.OldIrql = StorpAcquireInterruptLock(Adapter);
        return;
    case StartIoLock:
        Handle->Context.LockQueue.Lock = &Adapter->StartIoLock;
        break;
    default:
        Handle->Context.LockQueue.Lock = &Dpc->Lock;
        break;
    }
    KeAcquireSpinLock((PKSPIN_LOCK)Handle->Context.LockQueue.Lock, &Handle->Context.OldIrql);
}

static VOID StorpNotifyAcquire(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    STOR_SPINLOCK Lock = va_arg(Arguments, STOR_SPINLOCK);
    PSTOR_DPC Dpc = va_arg(Arguments, PSTOR_DPC);
    PSTOR_LOCK_HANDLE Handle = va_arg(Arguments, PSTOR_LOCK_HANDLE);
    StorpAcquireLock(Adapter, Lock, Dpc, Handle);
}

static VOID StorpNotifyRelease(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_LOCK_HANDLE Handle = va_arg(Arguments, PSTOR_LOCK_HANDLE);
    if (Handle->Lock == InterruptLock)
        StorpReleaseInterruptLock(Adapter, Handle->Context.OldIrql);
    else
        KeReleaseSpinLock((PKSPIN_LOCK)Handle->Context.LockQueue.Lock, Handle->Context.OldIrql);
}

// ---- Changes of state

static VOID StorpNotifyStateChange(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    ULONG Entity = va_arg(Arguments, ULONG);
    PSTOR_ADDRESS Address = va_arg(Arguments, PSTOR_ADDRESS);
    ULONG Attributes = va_arg(Arguments, ULONG);
    PHW_STATE_CHANGE Routine = va_arg(Arguments, PHW_STATE_CHANGE);
    PVOID Context = va_arg(Arguments, PVOID);
    PULONG Status = va_arg(Arguments, PULONG);
    UNREFERENCED_PARAMETER(Attributes);
    *Status = STOR_STATUS_INVALID_PARAMETER;
    if (!(Entity & (STATE_CHANGE_LUN | STATE_CHANGE_TARGET | STATE_CHANGE_BUS)) || !Address ||
        Address->Type != STOR_ADDRESS_TYPE_BTL8)
        return;
    *Status = STOR_STATUS_UNSUCCESSFUL;
    if (InterlockedExchange(&Adapter->StateChanging, TRUE))
        return; // one at a time
    Adapter->StateChange = Routine;
    Adapter->StateChangeContext = Context;
    Adapter->StateChangeAddress = Address;
    *Status = STOR_STATUS_SUCCESS;
    StorpRequestRescan(Adapter);
}

// Media or capabilities have changed: a rescan asks the unit again.
static VOID StorpNotifyAsync(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_ADDR_BTL8 Address = va_arg(Arguments, PSTOR_ADDR_BTL8);
    ULONGLONG Flags = va_arg(Arguments, ULONGLONG);
    PULONG Status = va_arg(Arguments, PULONG);
    BOOLEAN Known = Address && Address->Type == STOR_ADDRESS_TYPE_BTL8 &&
                    StorpFindUnit(Adapter, Address->Path, Address->Target, Address->Lun);
    *Status = STOR_STATUS_INVALID_PARAMETER;
    if (!Known || !(Flags & RAID_ASYNC_NOTIFY_SUPPORTED_FLAGS))
        return;
    *Status = STOR_STATUS_SUCCESS;
    StorpRequestRescan(Adapter);
}

static VOID StorpNotifyFailed(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_ADDR_BTL8 Address = va_arg(Arguments, PSTOR_ADDR_BTL8);
    ULONG Flags = va_arg(Arguments, ULONG);
    PCWSTR Reason = va_arg(Arguments, PCWSTR);
    DbgPrintEx(DPFLTR_STORPORT_ID, DPFLTR_WARNING_LEVEL,
               "storport: port %lu: the miniport says that %s has failed: %ws\n",
               Adapter->PortNumber, Address ? "a unit" : "the adapter", Reason ? Reason : L"");
    if (!(Flags & STORPORT_MARK_DEVICE_FAILED_FLAG_REMOVE_DEVICE))
        return;
    PSTOR_UNIT Unit =
        Address ? StorpFindUnit(Adapter, Address->Path, Address->Target, Address->Lun) : nullptr;
    if (Unit)
        Unit->Failed = TRUE;
    else if (!Address)
        Adapter->Failed = TRUE;
    PDEVICE_OBJECT Device = Unit ? Unit->Pdo : Address ? nullptr : Adapter->Pdo;
    if (Device)
        IoInvalidateDeviceState(Device);
}

// ---- The table

// With nothing to do here: the next request goes as soon as the queue lets it, and nobody consumes WMI events
// or traces.
static VOID StorpNotifyNothing(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Arguments);
}

static STOR_NOTIFICATION *const StorpEarly[] = {
    [RequestComplete] = StorpNotifyComplete,
    [NextRequest] = StorpNotifyNothing,
    [NextLuRequest] = StorpNotifyNothing,
    [ResetDetected] = StorpNotifyReset,
    [RequestTimerCall] = StorpNotifyTimer,
    [BusChangeDetected] = StorpNotifyBusChange,
    [WMIEvent] = StorpNotifyNothing,
    [WMIReregister] = StorpNotifyNothing,
    [LinkUp] = StorpNotifyLinkUp,
    [LinkDown] = StorpNotifyLinkDown,
    [QueryTickCount] = StorpNotifyTickCount,
    [BufferOverrunDetected] = StorpNotifyOverrun,
    [TraceNotification] = StorpNotifyNothing,
};

static STOR_NOTIFICATION *const StorpLater[] = {
    [EnablePassiveInitialization - EnablePassiveInitialization] = StorpNotifyPassive,
    [InitializeDpc - EnablePassiveInitialization] = StorpNotifyInitializeDpc,
    [IssueDpc - EnablePassiveInitialization] = StorpNotifyIssueDpc,
    [AcquireSpinLock - EnablePassiveInitialization] = StorpNotifyAcquire,
    [ReleaseSpinLock - EnablePassiveInitialization] = StorpNotifyRelease,
    [StateChangeDetectedCall - EnablePassiveInitialization] = StorpNotifyStateChange,
    [IoTargetRequestServiceTime - EnablePassiveInitialization] = StorpNotifyNothing,
    [AsyncNotificationDetected - EnablePassiveInitialization] = StorpNotifyAsync,
    [RequestDirectComplete - EnablePassiveInitialization] = StorpNotifyComplete,
    [InitializeThreadedDpc - EnablePassiveInitialization] = StorpNotifyInitializeDpc,
    [MarkDeviceFailed - EnablePassiveInitialization] = StorpNotifyFailed,
    [TerminateSystemThread - EnablePassiveInitialization] = StorpNotifyEndThread,
};

VOID __cdecl StorPortNotification(SCSI_NOTIFICATION_TYPE NotificationType, PVOID HwDeviceExtension,
                                  ...)
{
    STOR_NOTIFICATION *Routine = nullptr;
    ULONG Late = (ULONG)NotificationType - EnablePassiveInitialization;
    if ((ULONG)NotificationType < RTL_NUMBER_OF(StorpEarly))
        Routine = StorpEarly[NotificationType];
    else if (Late < RTL_NUMBER_OF(StorpLater))
        Routine = StorpLater[Late];
    if (!Routine) {
        DbgPrintEx(DPFLTR_STORPORT_ID, DPFLTR_WARNING_LEVEL,
                   "storport: a miniport's notification of unknown type %x\n", NotificationType);
        return;
    }
    va_list Arguments;
    va_start(Arguments, HwDeviceExtension);
    Routine(StorpAdapterOf(HwDeviceExtension), Arguments);
    va_end(Arguments);
}

// ---- Completion of all requests of a unit, a target, a bus, the adapter

VOID NTAPI StorPortCompleteRequest(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                                   UCHAR SrbStatus)
{
    PSTOR_ADAPTER Adapter = StorpAdapterOf(HwDeviceExtension);
    for (PLIST_ENTRY Link = Adapter->Units.Flink; Link != &Adapter->Units; Link = Link->Flink) {
        PSTOR_UNIT Unit = CONTAINING_RECORD(Link, STOR_UNIT, Link);
        if ((PathId == STOR_ALL || Unit->Path == PathId) &&
            (TargetId == STOR_ALL || Unit->Target == TargetId) &&
            (Lun == STOR_ALL || Unit->Lun == Lun))
            InterlockedExchange(&Unit->CompleteStatus, StorCompleteAll | SrbStatus);
    }
    InterlockedExchange(&Adapter->CompleteAll, TRUE);
    KeInsertQueueDpc(&Adapter->CompletionDpc, nullptr, nullptr);
}
