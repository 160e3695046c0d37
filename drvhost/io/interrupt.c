// Connecting interrupts: by vector, by the line or the messages of a device.

#include "../ntos.h"

enum { IopMaximumMessages = 64 };
// Intel SDM 3A, 10.11.1: local APIC 0, fixed delivery.
static const ULONG IopMessageAddress = 0xFEE00000;

NTSTATUS NTAPI IoConnectInterrupt(PKINTERRUPT *InterruptObject, PKSERVICE_ROUTINE ServiceRoutine,
                                  PVOID ServiceContext, PKSPIN_LOCK SpinLock, ULONG Vector,
                                  KIRQL Irql, KIRQL SynchronizeIrql, KINTERRUPT_MODE InterruptMode,
                                  BOOLEAN ShareVector, KAFFINITY ProcessorEnableMask,
                                  BOOLEAN FloatingSave)
{
    UNREFERENCED_PARAMETER(ShareVector);
    UNREFERENCED_PARAMETER(FloatingSave);
    if (!ServiceRoutine || !ProcessorEnableMask || SynchronizeIrql < Irql)
        return STATUS_INVALID_PARAMETER;
    KI_INTERRUPT Description = {
        .Vector = Vector,
        .Irql = Irql,
        .SynchronizeIrql = SynchronizeIrql,
        .Latched = InterruptMode == Latched,
        .ServiceRoutine = ServiceRoutine,
        .Context = ServiceContext,
        .SpinLock = SpinLock,
    };
    return KiConnectInterrupt(&Description, InterruptObject);
}

VOID NTAPI IoDisconnectInterrupt(PKINTERRUPT InterruptObject)
{
    KiDisconnectInterrupt(InterruptObject);
}

static NTSTATUS
IopConnectFullySpecified(PIO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS Parameters)
{
    return IoConnectInterrupt(Parameters->InterruptObject, Parameters->ServiceRoutine,
                              Parameters->ServiceContext, Parameters->SpinLock, Parameters->Vector,
                              Parameters->Irql, Parameters->SynchronizeIrql,
                              Parameters->InterruptMode, Parameters->ShareVector,
                              Parameters->ProcessorEnableMask, Parameters->FloatingSave);
}

static NTSTATUS IopConnectLine(PIO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS Parameters)
{
    IOP_INTERRUPT_RESOURCE Lines[IopMaximumMessages];
    ULONG Count =
        min(IopQueryInterrupts(Parameters->PhysicalDeviceObject, Lines, IopMaximumMessages),
            (ULONG)IopMaximumMessages);
    for (ULONG i = 0; i < Count; i++) {
        if (Lines[i].Message)
            continue;
        KI_INTERRUPT Description = {
            .Vector = Lines[i].Vector,
            .Irql = Lines[i].Irql,
            .SynchronizeIrql = Parameters->SynchronizeIrql,
            .Latched = Lines[i].Latched,
            .ServiceRoutine = Parameters->ServiceRoutine,
            .Context = Parameters->ServiceContext,
            .SpinLock = Parameters->SpinLock,
        };
        return KiConnectInterrupt(&Description, Parameters->InterruptObject);
    }
    return STATUS_NOT_FOUND;
}

// ---- Messages

static VOID IopDisconnectMessages(PIO_INTERRUPT_MESSAGE_INFO Table)
{
    for (ULONG i = 0; i < Table->MessageCount; i++) {
        if (Table->MessageInfo[i].InterruptObject)
            KiDisconnectInterrupt(Table->MessageInfo[i].InterruptObject);
    }
    ExFreePoolWithTag(Table, 'ISMI');
}

static NTSTATUS IopConnectMessage(PIO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS Parameters,
                                  PIO_INTERRUPT_MESSAGE_INFO Table, ULONG Message,
                                  const IOP_INTERRUPT_RESOURCE *Resource)
{
    PIO_INTERRUPT_MESSAGE_INFO_ENTRY Entry = &Table->MessageInfo[Message];
    Entry->TargetProcessorSet = 1;
    Entry->MessageAddress.QuadPart = IopMessageAddress;
    Entry->MessageData = Resource->Vector;
    Entry->Vector = Resource->Vector;
    Entry->Irql = Resource->Irql;
    Entry->Mode = Latched;
    Entry->Polarity = InterruptActiveHigh;
    Table->UnifiedIrql = max(Table->UnifiedIrql, Resource->Irql);
    KI_INTERRUPT Description = {
        .Vector = Resource->Vector,
        .Irql = Resource->Irql,
        .SynchronizeIrql = Parameters->SynchronizeIrql,
        .Latched = TRUE,
        .MessageRoutine = Parameters->MessageServiceRoutine,
        .MessageId = Message,
        .Context = Parameters->ServiceContext,
        .SpinLock = Parameters->SpinLock,
    };
    return KiConnectInterrupt(&Description, &Entry->InterruptObject);
}

static NTSTATUS IopConnectMessages(PIO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS Parameters,
                                   const IOP_INTERRUPT_RESOURCE *Resources, ULONG Count)
{
    SIZE_T Size = FIELD_OFFSET(IO_INTERRUPT_MESSAGE_INFO, MessageInfo[Count]);
    PIO_INTERRUPT_MESSAGE_INFO Table = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'ISMI');
    if (!Table)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Table, Size);
    Table->MessageCount = Count;
    *Parameters->ConnectionContext.InterruptMessageTable = Table; // service routines look into it
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++)
        Status = IopConnectMessage(Parameters, Table, i, &Resources[i]);
    if (!NT_SUCCESS(Status)) {
        *Parameters->ConnectionContext.InterruptMessageTable = nullptr;
        IopDisconnectMessages(Table);
    }
    return Status;
}

// Without messages the line is connected, if the driver has a routine for it; Version tells which it was.
static NTSTATUS IopConnectMessageBased(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters)
{
    PIO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS Messages = &Parameters->MessageBased;
    IOP_INTERRUPT_RESOURCE Resources[IopMaximumMessages];
    ULONG Count =
        min(IopQueryInterrupts(Messages->PhysicalDeviceObject, Resources, IopMaximumMessages),
            (ULONG)IopMaximumMessages);
    if (Count && Resources[0].Message)
        return IopConnectMessages(Messages, Resources, Count);
    if (!Messages->FallBackServiceRoutine)
        return STATUS_NOT_FOUND;
    IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS Line = {
        .PhysicalDeviceObject = Messages->PhysicalDeviceObject,
        .InterruptObject = Messages->ConnectionContext.InterruptObject,
        .ServiceRoutine = Messages->FallBackServiceRoutine,
        .ServiceContext = Messages->ServiceContext,
        .SpinLock = Messages->SpinLock,
        .SynchronizeIrql = Messages->SynchronizeIrql,
    };
    NTSTATUS Status = IopConnectLine(&Line);
    if (NT_SUCCESS(Status))
        Parameters->Version = CONNECT_LINE_BASED;
    return Status;
}

NTSTATUS NTAPI IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters)
{
    switch (Parameters->Version) {
    case CONNECT_FULLY_SPECIFIED:
    case CONNECT_FULLY_SPECIFIED_GROUP:
        return IopConnectFullySpecified(&Parameters->FullySpecified);
    case CONNECT_LINE_BASED:
        return IopConnectLine(&Parameters->LineBased);
    case CONNECT_MESSAGE_BASED:
        return IopConnectMessageBased(Parameters);
    default:
        Parameters->Version = CONNECT_FULLY_SPECIFIED_GROUP; // the highest that is known
        return STATUS_NOT_SUPPORTED;
    }
}

VOID NTAPI IoDisconnectInterruptEx(PIO_DISCONNECT_INTERRUPT_PARAMETERS Parameters)
{
    if (Parameters->Version == CONNECT_MESSAGE_BASED)
        IopDisconnectMessages(Parameters->ConnectionContext.InterruptMessageTable);
    else
        KiDisconnectInterrupt(Parameters->ConnectionContext.InterruptObject);
}
