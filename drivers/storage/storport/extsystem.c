// Extended functions about interrupts, processors, time and events.
#include "storportp.h"

// ---- Messages

// With a lock of its own for each message, that one; else the adapter's.
ULONG StorpAcquireMessageLock(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    ULONG Message = va_arg(Arguments, ULONG);
    PULONG OldIrql = va_arg(Arguments, PULONG);
    if (!OldIrql || !Adapter->Messages || Message >= Adapter->Messages->MessageCount)
        return STOR_STATUS_INVALID_PARAMETER;
    *OldIrql = KeAcquireInterruptSpinLock(Adapter->Messages->MessageInfo[Message].InterruptObject);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpReleaseMessageLock(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    ULONG Message = va_arg(Arguments, ULONG), OldIrql = va_arg(Arguments, ULONG);
    if (!Adapter->Messages || Message >= Adapter->Messages->MessageCount)
        return STOR_STATUS_INVALID_PARAMETER;
    KeReleaseInterruptSpinLock(Adapter->Messages->MessageInfo[Message].InterruptObject,
                               (KIRQL)OldIrql);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpGetMessage(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    ULONG Message = va_arg(Arguments, ULONG);
    PMESSAGE_INTERRUPT_INFORMATION Answer = va_arg(Arguments, PMESSAGE_INTERRUPT_INFORMATION);
    if (!Answer || !Adapter->Messages || Message >= Adapter->Messages->MessageCount)
        return STOR_STATUS_INVALID_PARAMETER;
    const IO_INTERRUPT_MESSAGE_INFO_ENTRY *Entry = &Adapter->Messages->MessageInfo[Message];
    *Answer = (MESSAGE_INTERRUPT_INFORMATION){
        .MessageId = Message,
        .MessageData = Entry->MessageData,
        .MessageAddress = Entry->MessageAddress,
        .InterruptVector = Entry->Vector,
        .InterruptLevel = Entry->Irql,
        .InterruptMode = Entry->Mode,
    };
    return STOR_STATUS_SUCCESS;
}

// ---- Performance options. One processor: one channel, and every DPC runs on it.

ULONG StorpPerfOpts(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    BOOLEAN Query = (BOOLEAN)va_arg(Arguments, int);
    PPERF_CONFIGURATION_DATA Data = va_arg(Arguments, PPERF_CONFIGURATION_DATA);
    enum {
        Known = STOR_PERF_DPC_REDIRECTION | STOR_PERF_CONCURRENT_CHANNELS |
                STOR_PERF_INTERRUPT_MESSAGE_RANGES | STOR_PERF_ADV_CONFIG_LOCALITY |
                STOR_PERF_OPTIMIZE_FOR_COMPLETION_DURING_STARTIO |
                STOR_PERF_DPC_REDIRECTION_CURRENT_CPU | STOR_PERF_NO_SGL,
    };
    if (!Data)
        return STOR_STATUS_INVALID_PARAMETER;
    if (Data->Version < STOR_PERF_VERSION_2 || Data->Version > STOR_PERF_VERSION)
        return STOR_STATUS_UNSUPPORTED_VERSION;
    if (Query) {
        Data->Flags = Known;
        return STOR_STATUS_SUCCESS;
    }
    if (!Adapter->InHwInitialize || (Data->Flags & ~Known))
        return STOR_STATUS_UNSUCCESSFUL;
    Adapter->PerfFlags = Data->Flags;
    if (Data->Flags & STOR_PERF_CONCURRENT_CHANNELS)
        Adapter->Channels = Data->ConcurrentChannels;
    if ((Data->Flags & STOR_PERF_ADV_CONFIG_LOCALITY) && Data->MessageTargets) {
        for (ULONG i = 0; Adapter->Messages && i < Adapter->Messages->MessageCount; i++)
            Data->MessageTargets[i] = (GROUP_AFFINITY){.Mask = 1};
    }
    return STOR_STATUS_SUCCESS;
}

ULONG StorpStartIoParameters(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Srb = va_arg(Arguments, PVOID);
    PSTARTIO_PERFORMANCE_PARAMETERS Answer = va_arg(Arguments, PSTARTIO_PERFORMANCE_PARAMETERS);
    if (!Srb || !Answer)
        return STOR_STATUS_INVALID_PARAMETER;
    Answer->ChannelNumber = 0;
    Answer->MessageNumber = Adapter->Messages ? 0 : STOR_INVALID_MESSAGE_NUMBER;
    return STOR_STATUS_SUCCESS;
}

ULONG StorpCounter(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PLARGE_INTEGER Frequency = va_arg(Arguments, PLARGE_INTEGER);
    PLARGE_INTEGER Counter = va_arg(Arguments, PLARGE_INTEGER);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Counter)
        return STOR_STATUS_INVALID_PARAMETER;
    *Counter = KeQueryPerformanceCounter(Frequency);
    return STOR_STATUS_SUCCESS;
}

// ---- Processors, groups, nodes

ULONG StorpProcessorNumber(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PPROCESSOR_NUMBER Number = va_arg(Arguments, PPROCESSOR_NUMBER);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Number)
        return STOR_STATUS_INVALID_PARAMETER;
    KeGetCurrentProcessorNumberEx(Number);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpProcessorIndex(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PPROCESSOR_NUMBER Number = va_arg(Arguments, PPROCESSOR_NUMBER);
    PULONG Index = va_arg(Arguments, PULONG);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Number || !Index)
        return STOR_STATUS_INVALID_PARAMETER;
    *Index = KeGetProcessorIndexFromNumber(Number);
    return *Index == INVALID_PROCESSOR_INDEX ? STOR_STATUS_UNSUCCESSFUL : STOR_STATUS_SUCCESS;
}

ULONG StorpCurrentIndex(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PULONG Index = va_arg(Arguments, PULONG);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Index)
        return STOR_STATUS_INVALID_PARAMETER;
    *Index = KeGetCurrentProcessorNumberEx(nullptr);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpProcessorCount(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    USHORT Group = (USHORT)va_arg(Arguments, int);
    PULONG Count = va_arg(Arguments, PULONG);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Count)
        return STOR_STATUS_INVALID_PARAMETER;
    *Count = KeQueryActiveProcessorCountEx(Group);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpGroupCount(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PUSHORT Count = va_arg(Arguments, PUSHORT);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Count)
        return STOR_STATUS_INVALID_PARAMETER;
    *Count = KeQueryActiveGroupCount();
    return STOR_STATUS_SUCCESS;
}

ULONG StorpGroupAffinity(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    USHORT Group = (USHORT)va_arg(Arguments, int);
    PKAFFINITY Affinity = va_arg(Arguments, PKAFFINITY);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Affinity || Group >= KeQueryActiveGroupCount())
        return STOR_STATUS_INVALID_PARAMETER;
    *Affinity = KeQueryGroupAffinity(Group);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpNodeCount(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PULONG Count = va_arg(Arguments, PULONG);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Count)
        return STOR_STATUS_INVALID_PARAMETER;
    *Count = KeQueryHighestNodeNumber() + 1u;
    return STOR_STATUS_SUCCESS;
}

ULONG StorpNodeAffinity(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    ULONG Node = va_arg(Arguments, ULONG);
    PGROUP_AFFINITY Affinity = va_arg(Arguments, PGROUP_AFFINITY);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Affinity || Node > KeQueryHighestNodeNumber())
        return STOR_STATUS_INVALID_PARAMETER;
    KeQueryNodeActiveAffinity((USHORT)Node, Affinity, nullptr);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpHighestNode(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PULONG Highest = va_arg(Arguments, PULONG);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Highest)
        return STOR_STATUS_INVALID_PARAMETER;
    *Highest = KeQueryHighestNodeNumber();
    return STOR_STATUS_SUCCESS;
}

ULONG StorpRelations(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PPROCESSOR_NUMBER Number = va_arg(Arguments, PPROCESSOR_NUMBER);
    LOGICAL_PROCESSOR_RELATIONSHIP Type = va_arg(Arguments, LOGICAL_PROCESSOR_RELATIONSHIP);
    PVOID Information = va_arg(Arguments, PVOID);
    PULONG Length = va_arg(Arguments, PULONG);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Length)
        return STOR_STATUS_INVALID_PARAMETER;
    switch (KeQueryLogicalProcessorRelationship(Number, Type, Information, Length)) {
    case STATUS_SUCCESS:
        return STOR_STATUS_SUCCESS;
    case STATUS_INFO_LENGTH_MISMATCH:
        return STOR_STATUS_BUFFER_TOO_SMALL;
    default:
        return STOR_STATUS_INVALID_PARAMETER;
    }
}

// ---- IRQL, DPCs, locks

ULONG StorpGetIrql(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PKIRQL Irql = va_arg(Arguments, PKIRQL);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Irql)
        return STOR_STATUS_INVALID_PARAMETER;
    *Irql = KeGetCurrentIrql();
    return STOR_STATUS_SUCCESS;
}

ULONG StorpCancelDpc(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_DPC Dpc = va_arg(Arguments, PSTOR_DPC);
    PBOOLEAN Cancelled = va_arg(Arguments, PBOOLEAN);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Dpc || !Cancelled)
        return STOR_STATUS_INVALID_PARAMETER;
    *Cancelled = KeRemoveQueueDpc(&Dpc->Dpc);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpAcquireLockEx(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    STOR_SPINLOCK Lock = va_arg(Arguments, STOR_SPINLOCK);
    PSTOR_DPC Dpc = va_arg(Arguments, PSTOR_DPC);
    PSTOR_LOCK_HANDLE Handle = va_arg(Arguments, PSTOR_LOCK_HANDLE);
    BOOLEAN NeedsDpc = Lock != StartIoLock && Lock != InterruptLock;
    if (!Handle || Lock < DpcLock || Lock > DpcLevelLock || (NeedsDpc && !Dpc))
        return STOR_STATUS_INVALID_PARAMETER;
    StorpAcquireLock(Adapter, Lock, Dpc, Handle);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpDpcWatchdog(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_DPC_WATCHDOG_INFORMATION Answer = va_arg(Arguments, PSTOR_DPC_WATCHDOG_INFORMATION);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Answer)
        return STOR_STATUS_INVALID_PARAMETER;
    RtlZeroMemory(Answer, sizeof(*Answer)); // no limits that a DPC could ask about
    return STOR_STATUS_SUCCESS;
}

// ---- Time and events

ULONG StorpTimerInterval(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PULONG Microseconds = va_arg(Arguments, PULONG);
    enum { TicksAMicrosecond = 10 };
    UNREFERENCED_PARAMETER(Adapter);
    if (!Microseconds)
        return STOR_STATUS_INVALID_PARAMETER;
    *Microseconds = KeQueryTimeIncrement() / TicksAMicrosecond;
    return STOR_STATUS_SUCCESS;
}

ULONG StorpDelay(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    LARGE_INTEGER Interval = {.QuadPart = -10ll * va_arg(Arguments, ULONG)};
    UNREFERENCED_PARAMETER(Adapter);
    if (KeGetCurrentIrql() > APC_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
    return STOR_STATUS_SUCCESS;
}

static_assert(sizeof(STOR_EVENT) == sizeof(KEVENT));

ULONG StorpInitEvent(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PKEVENT Event = va_arg(Arguments, PKEVENT);
    STOR_EVENT_TYPE Type = va_arg(Arguments, STOR_EVENT_TYPE);
    BOOLEAN State = (BOOLEAN)va_arg(Arguments, int);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Event)
        return STOR_STATUS_INVALID_PARAMETER;
    KeInitializeEvent(
        Event, Type == StorNotificationEvent ? NotificationEvent : SynchronizationEvent, State);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpSetEvent(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PKEVENT Event = va_arg(Arguments, PKEVENT);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Event)
        return STOR_STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() > DISPATCH_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpWaitEvent(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Object = va_arg(Arguments, PVOID);
    BOOLEAN Alertable = (BOOLEAN)va_arg(Arguments, int);
    PLARGE_INTEGER Timeout = va_arg(Arguments, PLARGE_INTEGER);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Object)
        return STOR_STATUS_INVALID_PARAMETER;
    BOOLEAN Waits = !Timeout || Timeout->QuadPart;
    if (KeGetCurrentIrql() > (Waits ? APC_LEVEL : DISPATCH_LEVEL))
        return STOR_STATUS_INVALID_IRQL;
    NTSTATUS Status = KeWaitForSingleObject(Object, Executive, KernelMode, Alertable, Timeout);
    return Status == STATUS_SUCCESS ? STOR_STATUS_SUCCESS : STOR_STATUS_UNSUCCESSFUL;
}
