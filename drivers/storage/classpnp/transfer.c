// Reads and writes. A request that the adapter cannot take at once is sent in parts, all of them at a time. A request
// allocates nothing: its state is in Tail.Overlay.DriverContext of its IRP and in transfer packets.
#include "classp.h"

// The parts that are not done; with the serial packet, where the next part begins.
static volatile LONG *PartsLeft(PIRP Irp)
{
    return (volatile LONG *)&Irp->Tail.Overlay.DriverContext[0];
}

static PULONG SerialPlace(PIRP Irp)
{
    return (PULONG)&Irp->Tail.Overlay.DriverContext[1];
}

static ULONG RequestLength(PIRP Irp)
{
    return IoGetCurrentIrpStackLocation(Irp)
        ->Parameters.Read.Length; // a write has it in the same place
}

static ULONGLONG BufferAddress(PIRP Irp)
{
    return (ULONG_PTR)MmGetMdlVirtualAddress(Irp->MdlAddress);
}

// ---- The end of a request

static VOID EndRequest(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp)
{
    PDEVICE_OBJECT Self = Fdo->DeviceObject;
    NTSTATUS Status = Irp->IoStatus.Status;
    if (!NT_SUCCESS(Status)) {
        Irp->IoStatus.Information = 0;
        if (IoIsErrorUserInduced(Status) && Irp->Tail.Overlay.Thread)
            IoSetHardErrorOrVerifyDevice(Irp, Self);
    }
    ClassReleaseRemoveLock(Self, Irp);
    IoCompleteRequest(Irp, NT_SUCCESS(Status) ? IO_DISK_INCREMENT : IO_NO_INCREMENT);
}

// Of several parts that fail, the first one's status is told.
static VOID AddResult(PIRP Irp, NTSTATUS Status, ULONG Bytes)
{
    if (NT_SUCCESS(Status))
        InterlockedExchangeAdd64((volatile LONG64 *)&Irp->IoStatus.Information, Bytes);
    else
        InterlockedCompareExchange((volatile LONG *)&Irp->IoStatus.Status, Status, STATUS_SUCCESS);
}

// Written through, but the device has no bit for that: its cache is flushed behind the last part.
static BOOLEAN FlushBehind(PTRANSFER_PACKET Packet)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = Packet->Fdo;
    if (Packet->Flushing || !Packet->Write || !Packet->ForceUnitAccess || Fdo->CdbForceUnitAccess ||
        !NT_SUCCESS(Packet->Original->IoStatus.Status))
        return FALSE;
    return TEST_FLAG(Fdo->DeviceFlags, DEV_WRITE_CACHE) &&
           !TEST_FLAG(Fdo->DeviceFlags, DEV_POWER_PROTECTED);
}

static VOID SendFlush(PTRANSFER_PACKET Packet)
{
    static const UCHAR Cdb[10] = {SCSIOP_SYNCHRONIZE_CACHE};
    Packet->Flushing = TRUE;
    Packet->Retries = 0;
    ClasspFillSrb(Packet->Fdo, &Packet->Srb,
                  &(CLASSP_SRB_VALUES){
                      .CdbLength = sizeof(Cdb),
                      .Cdb = Cdb,
                      .TimeOut = Packet->Fdo->TimeOutValue * 4,
                      .Sense = Packet->Sense,
                      .Irp = Packet->Irp,
                  });
    ClasspSendPacket(Packet);
}

static VOID EndPacket(PTRANSFER_PACKET Packet, NTSTATUS Status, ULONG Bytes)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = Packet->Fdo;
    PIRP Irp = Packet->Original;
    if (Packet->Partial && !Packet->Flushing)
        MmPrepareMdlForReuse(Packet->PartialMdl); // no mapping outlives the request
    if (!Packet->Flushing || !NT_SUCCESS(Status))
        AddResult(Irp, Status, Bytes);
    if (Packet->Serial && !Packet->Flushing && NT_SUCCESS(Status) &&
        Packet->Place + Packet->Length < RequestLength(Irp)) {
        *SerialPlace(Irp) = Packet->Place + Packet->Length;
        ClasspRetryPacket(Packet, 0);
        return;
    }
    if (!Packet->Flushing && InterlockedDecrement(PartsLeft(Irp)) != 0) {
        ClasspGivePacket(Packet);
        return;
    }
    if (FlushBehind(Packet)) {
        SendFlush(Packet);
        return;
    }
    if (Packet->Serial)
        ClasspContinueSerial(Packet);
    else
        ClasspGivePacket(Packet);
    EndRequest(Fdo, Irp);
}

// ---- One part

static VOID FailedPacket(PTRANSFER_PACKET Packet, UCHAR SrbStatus)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = Packet->Fdo;
    CORE_OUTCOME Outcome;
    if (SRB_STATUS(SrbStatus) == SRB_STATUS_PENDING) { // it never came to the port driver
        NTSTATUS Status = Packet->Irp->IoStatus.Status;
        EndPacket(Packet, NT_SUCCESS(Status) ? STATUS_IO_DEVICE_ERROR : Status, 0);
        return;
    }
    ClasspInterpret(Fdo, &Packet->Srb, Packet->Retries, &Outcome);
    if (SrbStatus & SRB_STATUS_QUEUE_FROZEN)
        ClassReleaseQueue(Fdo->DeviceObject);
    if (Outcome.Retry && Fdo->CommonExtension.IsRemoved == NO_REMOVE) {
        Packet->Retries++;
        InterlockedIncrement(&Fdo->PrivateFdoData->RetryCount);
        ClasspRetryPacket(Packet, max(Outcome.Delay, 1));
        return;
    }
    EndPacket(Packet, Outcome.Status, NT_SUCCESS(Outcome.Status) ? Packet->Length : 0);
}

static NTSTATUS NTAPI PacketDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    PTRANSFER_PACKET Packet = Context;
    UCHAR SrbStatus = Packet->Srb.Scsi.SrbStatus; // in the same place in both forms
    if (SRB_STATUS(SrbStatus) == SRB_STATUS_SUCCESS) {
        ULONG Bytes = Packet->Fdo->PrivateFdoData->Extended
                          ? Packet->Srb.Extended.Header.DataTransferLength
                          : Packet->Srb.Scsi.DataTransferLength;
        EndPacket(Packet, STATUS_SUCCESS, min(Bytes, Packet->Length));
    } else {
        FailedPacket(Packet, SrbStatus);
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

VOID ClasspSendPacket(PTRANSFER_PACKET Packet)
{
    PIRP Irp = Packet->Irp;
    IoReuseIrp(Irp, STATUS_NOT_SUPPORTED);
    if (!Packet->Flushing)
        Irp->MdlAddress = Packet->Partial ? Packet->PartialMdl : Packet->Original->MdlAddress;
    Irp->Tail.Overlay.Thread = Packet->Original->Tail.Overlay.Thread;
    ClasspPrepareIrp(Irp, &Packet->Srb, PacketDone, Packet);
    IoCallDriver(Packet->Fdo->CommonExtension.LowerDeviceObject, Irp);
}

// A retry goes without a tag, so when nothing else is at the device: a miniport that cannot tell which of the queued commands
// failed ends all of them with SRB_STATUS_BUS_RESET, and the one that is to blame would take others with it each time.
static VOID BuildCommand(PTRANSFER_PACKET Packet)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = Packet->Fdo;
    UCHAR Cdb[CORE_CDB_BYTES];
    ULONGLONG Block = Packet->Offset >> Fdo->SectorShift;
    BOOLEAN Through = Packet->ForceUnitAccess && Fdo->CdbForceUnitAccess;
    UCHAR Length =
        CoreBuildTransfer(Cdb, Packet->Write, TEST_FLAG(Fdo->DeviceFlags, DEV_USE_16BYTE_CDB),
                          Through, Block, Packet->Length >> Fdo->SectorShift);
    ULONG Flags = Packet->Write ? SRB_FLAGS_DATA_OUT : SRB_FLAGS_DATA_IN;
    if (!Packet->ForceUnitAccess)
        Flags |= SRB_FLAGS_ADAPTER_CACHE_ENABLE;
    if (Packet->Original->Flags & IRP_PAGING_IO)
        Flags |= SRB_CLASS_FLAGS_PAGING;
    ClasspFillSrb(Fdo, &Packet->Srb,
                  &(CLASSP_SRB_VALUES){
                      .CdbLength = Length,
                      .Alone = Packet->Retries != 0,
                      .Cdb = Cdb,
                      .Flags = Flags,
                      .TimeOut = Fdo->TimeOutValue,
                      .Buffer = (PVOID)(ULONG_PTR)(BufferAddress(Packet->Original) + Packet->Place),
                      .Length = Packet->Length,
                      .Sense = Packet->Sense,
                      .SortKey = (ULONG)Block,
                      .Irp = Packet->Irp,
                  });
}

VOID ClasspSetUpPacket(PTRANSFER_PACKET Packet, PIRP Irp, ULONG Place, ULONG Length, BOOLEAN Whole)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    Packet->Original = Irp;
    Packet->Offset = (ULONGLONG)Stack->Parameters.Read.ByteOffset.QuadPart + Place;
    Packet->Place = Place;
    Packet->Length = Length;
    Packet->Retries = 0;
    Packet->Flushing = FALSE;
    Packet->Partial = !Whole;
    Packet->Write = Stack->MajorFunction == IRP_MJ_WRITE;
    Packet->ForceUnitAccess = Packet->Write && (Stack->Flags & SL_WRITE_THROUGH) != 0;
    BuildCommand(Packet);
    if (!Whole)
        IoBuildPartialMdl(Irp->MdlAddress, Packet->PartialMdl,
                          (PVOID)(ULONG_PTR)(BufferAddress(Irp) + Place), Length);
}

// ---- Retries, and the next part of a request that the serial packet carries

VOID ClasspRetryPacket(PTRANSFER_PACKET Packet, ULONG Delay)
{
    if (Delay == 0) {
        KeInsertQueueDpc(&Packet->Dpc, nullptr, nullptr);
        return;
    }
    LARGE_INTEGER Due = {.QuadPart = -(LONGLONG)Delay * 10000};
    KeSetTimer(&Packet->Timer, Due, &Packet->Dpc);
}

// Packets that wait have been sent before, or are the serial one with a request that goes on.
VOID NTAPI ClasspPacketDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PTRANSFER_PACKET Packet = Context;
    PIRP Irp = Packet->Original;
    if (Packet->Serial && !Packet->Flushing && *SerialPlace(Irp) != Packet->Place) {
        ULONG Place = *SerialPlace(Irp);
        ULONG Length = CoreNextPiece(&Packet->Fdo->PrivateFdoData->Limits,
                                     BufferAddress(Irp) + Place, RequestLength(Irp) - Place);
        ClasspSetUpPacket(Packet, Irp, Place, Length, FALSE);
    } else if (Packet->Flushing) {
        SendFlush(Packet);
        return;
    } else {
        BuildCommand(Packet);
    }
    ClasspSendPacket(Packet);
}

// ---- Without memory: one packet carries the waiting requests, part after part

static VOID StartSerial(PTRANSFER_PACKET Packet, PIRP Irp)
{
    CORE_LIMITS *Limits = &Packet->Fdo->PrivateFdoData->Limits;
    ULONG Length = CoreNextPiece(Limits, BufferAddress(Irp), RequestLength(Irp));
    *PartsLeft(Irp) = 1;
    *SerialPlace(Irp) = 0;
    ClasspSetUpPacket(Packet, Irp, 0, Length, FALSE);
    ClasspRetryPacket(Packet, 0); // not sent here: this may run in the completion of the one before
}

// The serial packet is free: the next request that waits gets it.
VOID ClasspContinueSerial(PTRANSFER_PACKET Packet)
{
    PCLASS_PRIVATE_FDO_DATA Private = Packet->Fdo->PrivateFdoData;
    PIRP Next = nullptr;
    KIRQL Irql;
    KeAcquireSpinLock(&Private->SerialLock, &Irql);
    Private->SerialBusy = !IsListEmpty(&Private->SerialWaiting);
    if (Private->SerialBusy)
        Next =
            CONTAINING_RECORD(RemoveHeadList(&Private->SerialWaiting), IRP, Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&Private->SerialLock, Irql);
    if (Next)
        StartSerial(Packet, Next);
}

static VOID WaitForSerial(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    KIRQL Irql;
    KeAcquireSpinLock(&Private->SerialLock, &Irql);
    InsertTailList(&Private->SerialWaiting, &Irp->Tail.Overlay.ListEntry);
    BOOLEAN Busy = Private->SerialBusy;
    Private->SerialBusy = TRUE;
    KeReleaseSpinLock(&Private->SerialLock, Irql);
    if (!Busy)
        ClasspContinueSerial(Private->SerialPacket);
}

// ---- A request

// All packets that it needs, or none.
static PTRANSFER_PACKET TakePackets(PFUNCTIONAL_DEVICE_EXTENSION Fdo, ULONG Count)
{
    PTRANSFER_PACKET First = nullptr;
    while (Count--) {
        PTRANSFER_PACKET Packet = ClasspTakePacket(Fdo);
        if (Packet) {
            Packet->Link.Next = First ? &First->Link : nullptr;
            First = Packet;
            continue;
        }
        while (First) {
            PSLIST_ENTRY Next = First->Link.Next;
            ClasspGivePacket(First);
            First = Next ? CONTAINING_RECORD(Next, TRANSFER_PACKET, Link) : nullptr;
        }
        return nullptr;
    }
    return First;
}

static VOID SendParts(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PTRANSFER_PACKET Packet,
                      ULONG Count)
{
    CORE_LIMITS *Limits = &Fdo->PrivateFdoData->Limits;
    ULONGLONG Address = BufferAddress(Irp);
    ULONG Left = RequestLength(Irp), Place = 0;
    *PartsLeft(Irp) = (LONG)Count;
    while (Packet) { // the last one sent may complete the request: it is not touched any more
        PSLIST_ENTRY Next = Packet->Link.Next;
        ULONG Length = CoreNextPiece(Limits, Address + Place, Left);
        ClasspSetUpPacket(Packet, Irp, Place, Length, Count == 1);
        Place += Length;
        Left -= Length;
        ClasspSendPacket(Packet);
        Packet = Next ? CONTAINING_RECORD(Next, TRANSFER_PACKET, Link) : nullptr;
    }
}

// The request holds the remove lock, its offset and length have been checked, its length is not 0.
NTSTATUS ClasspTransfer(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    ULONG Count = CoreCountPieces(&Private->Limits, BufferAddress(Irp), RequestLength(Irp));
    if (Count == 0 || (BufferAddress(Irp) & Private->AlignmentMask))
        return ClasspComplete(Fdo->DeviceObject, Irp, STATUS_INVALID_PARAMETER, 0);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    IoMarkIrpPending(Irp);
    PTRANSFER_PACKET Packet = TakePackets(Fdo, Count);
    if (Packet)
        SendParts(Fdo, Irp, Packet, Count);
    else
        WaitForSerial(Fdo, Irp);
    return STATUS_PENDING;
}
