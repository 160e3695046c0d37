// Control requests to adapters and logical units.
#include "storportp.h"

static ULONG StorpOutputLength(PIRP Irp)
{
    return IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;
}

static ULONG StorpInputLength(PIRP Irp)
{
    return IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.InputBufferLength;
}

// ---- Questions

static NTSTATUS StorpGetAddress(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    SCSI_ADDRESS Address = {.Length = sizeof(Address), .PortNumber = (UCHAR)Adapter->PortNumber};
    if (!Unit)
        return StorpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (StorpOutputLength(Irp) < sizeof(Address))
        return StorpComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    Address.PathId = Unit->Path;
    Address.TargetId = Unit->Target;
    Address.Lun = Unit->Lun;
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, &Address, sizeof(Address));
    return StorpComplete(Irp, STATUS_SUCCESS, sizeof(Address));
}

static NTSTATUS StorpGetCapabilities(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    IO_SCSI_CAPABILITIES Answer = {
        .Length = sizeof(Answer),
        .MaximumTransferLength = Adapter->Config.MaximumTransferLength,
        .MaximumPhysicalPages = Adapter->Config.NumberOfPhysicalBreaks,
        .AlignmentMask = Adapter->Config.AlignmentMask,
        .TaggedQueuing = TRUE,
    };
    UNREFERENCED_PARAMETER(Unit);
    if (StorpOutputLength(Irp) < sizeof(Answer))
        return StorpComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, &Answer, sizeof(Answer));
    return StorpComplete(Irp, STATUS_SUCCESS, sizeof(Answer));
}

// ---- IOCTL_SCSI_GET_INQUIRY_DATA: the buses, and behind them what was found on each

static SIZE_T StorpInquiryEntry(VOID)
{
    return ALIGN_UP_BY(FIELD_OFFSET(SCSI_INQUIRY_DATA, InquiryData[INQUIRYDATABUFFERSIZE]), 8);
}

static ULONG StorpCountUnits(PSTOR_ADAPTER Adapter, ULONG Path)
{
    ULONG Count = 0;
    for (PLIST_ENTRY Link = Adapter->Units.Flink; Link != &Adapter->Units; Link = Link->Flink) {
        PSTOR_UNIT Unit = CONTAINING_RECORD(Link, STOR_UNIT, Link);
        if (Unit->Present && (Path == MAXULONG || Unit->Path == Path))
            Count++;
    }
    return Count;
}

static ULONG StorpListBus(PSTOR_ADAPTER Adapter, PUCHAR Buffer, ULONG Offset, ULONG Path)
{
    PSCSI_INQUIRY_DATA Last = nullptr;
    for (PLIST_ENTRY Link = Adapter->Units.Flink; Link != &Adapter->Units; Link = Link->Flink) {
        PSTOR_UNIT Unit = CONTAINING_RECORD(Link, STOR_UNIT, Link);
        if (!Unit->Present || Unit->Path != Path)
            continue;
        PSCSI_INQUIRY_DATA Entry = (PVOID)(Buffer + Offset);
        Entry->PathId = Unit->Path;
        Entry->TargetId = Unit->Target;
        Entry->Lun = Unit->Lun;
        Entry->DeviceClaimed = Unit->Claimed;
        Entry->InquiryDataLength = INQUIRYDATABUFFERSIZE;
        RtlCopyMemory(Entry->InquiryData, &Unit->Inquiry, INQUIRYDATABUFFERSIZE);
        Offset += (ULONG)StorpInquiryEntry();
        Entry->NextInquiryDataOffset = Offset;
        Last = Entry;
    }
    if (Last)
        Last->NextInquiryDataOffset = 0;
    return Offset;
}

static NTSTATUS StorpGetInquiryData(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    PSCSI_ADAPTER_BUS_INFO Info = Irp->AssociatedIrp.SystemBuffer;
    ULONG Buses = Adapter->Config.NumberOfBuses;
    ULONG Offset = ALIGN_UP_BY((ULONG)FIELD_OFFSET(SCSI_ADAPTER_BUS_INFO, BusData[Buses]), 8);
    UNREFERENCED_PARAMETER(Unit);
    KeWaitForSingleObject(&Adapter->ScanLock, Executive, KernelMode, FALSE, nullptr);
    SIZE_T Needed = Offset + StorpCountUnits(Adapter, MAXULONG) * StorpInquiryEntry();
    BOOLEAN Fits = StorpOutputLength(Irp) >= Needed;
    if (Fits) {
        RtlZeroMemory(Info, Needed);
        Info->NumberOfBuses = (UCHAR)Buses;
        for (ULONG i = 0; i < Buses; i++) {
            Info->BusData[i].NumberOfLogicalUnits = (UCHAR)StorpCountUnits(Adapter, i);
            Info->BusData[i].InitiatorBusId = (UCHAR)Adapter->Config.InitiatorBusId[i & 7];
            Info->BusData[i].InquiryDataOffset = Info->BusData[i].NumberOfLogicalUnits ? Offset : 0;
            Offset = StorpListBus(Adapter, (PUCHAR)Info, Offset, i);
        }
    }
    KeSetEvent(&Adapter->ScanLock, IO_NO_INCREMENT, FALSE);
    return StorpComplete(Irp, Fits ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL, Fits ? Needed : 0);
}

// ---- Requests

static NTSTATUS StorpRescan(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Unit);
    StorpRequestRescan(Adapter);
    return StorpComplete(Irp, STATUS_SUCCESS, 0);
}

// The buffer holds an SRB_IO_CONTROL and data behind it, both ways. Those for the adapter go through its own unit.
static NTSTATUS StorpMiniportControl(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    PSRB_IO_CONTROL Control = Irp->AssociatedIrp.SystemBuffer;
    ULONG Input = StorpInputLength(Irp), Output = StorpOutputLength(Irp);
    if (Input < sizeof(*Control) || Control->HeaderLength != sizeof(*Control) ||
        Control->Length > MAXULONG - sizeof(*Control))
        return StorpComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    ULONG Bytes = sizeof(*Control) + Control->Length;
    if (max(Input, Output) < Bytes)
        return StorpComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    PSTOR_INTERNAL Internal =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Internal) + Bytes, StorTag);
    if (!Internal)
        return StorpComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    PUCHAR Copy = (PUCHAR)(Internal + 1); // memory that a device can be given
    RtlZeroMemory(Copy, Bytes);
    RtlCopyMemory(Copy, Control, min(Input, Bytes));
    StorpInitInternal(Internal, SRB_FUNCTION_IO_CONTROL, SRB_FLAGS_DATA_IN | SRB_FLAGS_DATA_OUT,
                      Copy, Bytes, Control->Timeout);
    NTSTATUS Status = StorpRunInternal(Unit ? Unit : Adapter->OwnUnit, &Internal->Srb, nullptr);
    ULONG Length = min(Output, min(Bytes, Internal->Srb.DataTransferLength));
    if (NT_SUCCESS(Status))
        RtlCopyMemory(Control, Copy, Length);
    ExFreePoolWithTag(Internal, StorTag);
    return StorpComplete(Irp, Status, NT_SUCCESS(Status) ? Length : 0);
}

static NTSTATUS StorpResetRequest(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    PSTORAGE_BUS_RESET_REQUEST Request = Irp->AssociatedIrp.SystemBuffer;
    UNREFERENCED_PARAMETER(Unit);
    if (StorpInputLength(Irp) < sizeof(*Request))
        return StorpComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    if (Request->PathId >= Adapter->Config.NumberOfBuses)
        return StorpComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    KIRQL Irql = KeRaiseIrqlToDpcLevel();
    StorpResetBus(Adapter, Request->PathId);
    KeLowerIrql(Irql);
    return StorpComplete(Irp, STATUS_SUCCESS, 0);
}

// ---- Requests that the driver of a virtual adapter has made up itself

static NTSTATUS StorpServiceRequest(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    PHW_PROCESS_SERVICE_REQUEST Routine = Adapter->Driver->Hw.HwProcessServiceRequest;
    UNREFERENCED_PARAMETER(Unit);
    if (!Adapter->Driver->IsVirtual || !Routine)
        return StorpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    IoMarkIrpPending(Irp); // the miniport completes it with StorPortCompleteServiceIrp
    Routine(Adapter->HwExtension, Irp);
    return STATUS_PENDING;
}

// ---- The table

static const struct {
    ULONG Code;
    NTSTATUS (*Routine)(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp);
} StorpControls[] = {
    {IOCTL_SCSI_GET_ADDRESS, StorpGetAddress},
    {IOCTL_SCSI_GET_CAPABILITIES, StorpGetCapabilities},
    {IOCTL_SCSI_GET_INQUIRY_DATA, StorpGetInquiryData},
    {IOCTL_SCSI_MINIPORT, StorpMiniportControl},
    {IOCTL_SCSI_PASS_THROUGH, StorpPassThrough},
    {IOCTL_SCSI_PASS_THROUGH_DIRECT, StorpPassThrough},
    {IOCTL_SCSI_PASS_THROUGH_DIRECT_EX, StorpPassThrough},
    {IOCTL_SCSI_PASS_THROUGH_EX, StorpPassThrough},
    {IOCTL_SCSI_RESCAN_BUS, StorpRescan},
    {IOCTL_STORAGE_PROTOCOL_COMMAND, StorpProtocolCommand},
    {IOCTL_STORAGE_QUERY_PROPERTY, StorpQueryProperty},
    {IOCTL_STORAGE_RESET_BUS, StorpResetRequest},
    {IOCTL_MINIPORT_PROCESS_SERVICE_IRP, StorpServiceRequest},
};

static NTSTATUS StorpDispatchControl(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    for (ULONG i = 0; i < RTL_NUMBER_OF(StorpControls); i++) {
        if (StorpControls[i].Code == Code)
            return StorpControls[i].Routine(Adapter, Unit, Irp);
    }
    return StorpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

// An adapter that is not started has no miniport to ask.
static NTSTATUS StorpControlOf(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    PVOID Tag = Irp;
    NTSTATUS Status = IoAcquireRemoveLock(&Adapter->RemoveLock, Tag);
    if (!NT_SUCCESS(Status))
        return StorpComplete(Irp, STATUS_DEVICE_DOES_NOT_EXIST, 0);
    if (Adapter->Started)
        Status = StorpDispatchControl(Adapter, Unit, Irp);
    else
        Status = StorpComplete(Irp, STATUS_DEVICE_NOT_READY, 0);
    IoReleaseRemoveLock(&Adapter->RemoveLock, Tag);
    return Status;
}

NTSTATUS StorpAdapterControl(PSTOR_ADAPTER Adapter, PIRP Irp)
{
    return StorpControlOf(Adapter, nullptr, Irp);
}

NTSTATUS StorpUnitDeviceControl(PSTOR_UNIT Unit, PIRP Irp)
{
    if (Unit->Holds & StorHoldRemoved)
        return StorpComplete(Irp, STATUS_DEVICE_DOES_NOT_EXIST, 0);
    return StorpControlOf(Unit->Adapter, Unit, Irp);
}
