// Transfers between the pages of a request and the device: one request below for each run of clusters, all at once.
#include "ff.h"

static IO_COMPLETION_ROUTINE FfPieceDone;

static VOID FfPieceEnds(PFF_TRANSFER Transfer)
{
    if (InterlockedDecrement(&Transfer->Pending) == 0)
        KeSetEvent(&Transfer->Done, IO_DISK_INCREMENT, FALSE);
}

static NTSTATUS NTAPI FfPieceDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PFF_TRANSFER Transfer = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    if (!NT_SUCCESS(Irp->IoStatus.Status))
        Transfer->Status = Irp->IoStatus.Status;
    if (Irp->MdlAddress)
        IoFreeMdl(Irp->MdlAddress);
    IoFreeIrp(Irp);
    FfPieceEnds(Transfer);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

VOID FfBeginTransfer(PFF_TRANSFER Transfer)
{
    KeInitializeEvent(&Transfer->Done, NotificationEvent, FALSE);
    Transfer->Pending = 1;
    Transfer->Status = STATUS_SUCCESS;
}

VOID FfSendPiece(PFF_TRANSFER Transfer, PDEVICE_OBJECT Target, PIRP Irp)
{
    IoSetCompletionRoutine(Irp, FfPieceDone, Transfer, TRUE, TRUE, TRUE);
    InterlockedIncrement(&Transfer->Pending);
    (VOID) IoCallDriver(Target, Irp);
}

NTSTATUS FfEndTransfer(PFF_TRANSFER Transfer, NTSTATUS Status)
{
    FfPieceEnds(Transfer);
    KeWaitForSingleObject(&Transfer->Done, Executive, KernelMode, FALSE, NULL);
    return NT_SUCCESS(Status) ? Transfer->Status : Status;
}

// ---- Of files and volumes

static NTSTATUS FfSendPart(PFF_TRANSFER Transfer, PFF_VOLUME Volume, PIRP Master, ULONG Major,
                           ULONG Skip, ULONG64 Offset, ULONG Length)
{
    PUCHAR Address = (PUCHAR)MmGetMdlVirtualAddress(Master->MdlAddress) + Skip;
    PIRP Irp = IoAllocateIrp(Volume->Target->StackSize, FALSE);
    PMDL Mdl = Irp ? IoAllocateMdl(Address, Length, FALSE, FALSE, NULL) : NULL;
    if (!Mdl) {
        if (Irp)
            IoFreeIrp(Irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoBuildPartialMdl(Master->MdlAddress, Mdl, Address, Length);
    Irp->MdlAddress = Mdl;
    Irp->Flags = Master->Flags & (IRP_NOCACHE | IRP_PAGING_IO | IRP_SYNCHRONOUS_PAGING_IO);
    Irp->Tail.Overlay.Thread = Master->Tail.Overlay.Thread;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->MajorFunction = (UCHAR)Major;
    Stack->Parameters.Read.ByteOffset.QuadPart = (LONGLONG)Offset; // Write has the same layout
    Stack->Parameters.Read.Length = Length;
    FfSendPiece(Transfer, Volume->Target, Irp);
    return STATUS_SUCCESS;
}

NTSTATUS FfTransferVolume(PFF_VOLUME Volume, PIRP Irp, ULONG Major, LONGLONG Offset, ULONG Length)
{
    FF_TRANSFER Transfer;
    FfBeginTransfer(&Transfer);
    return FfEndTransfer(&Transfer,
                         FfSendPart(&Transfer, Volume, Irp, Major, 0, (ULONG64)Offset, Length));
}

// Whole sectors of the file's clusters. The request has an MDL.
NTSTATUS FfTransfer(PFF_FCB Fcb, PIRP Irp, ULONG Major, LONGLONG Offset, ULONG Length)
{
    PFF_VOLUME Volume = Fcb->Volume;
    const FAT_GEOMETRY *Geometry = &Volume->Fat->Geometry;
    FF_TRANSFER Transfer;
    NTSTATUS Status = STATUS_SUCCESS;
    FfBeginTransfer(&Transfer);
    for (ULONG Done = 0; NT_SUCCESS(Status) && Done < Length;) {
        FAT_RUN Run;
        LONGLONG Place = Offset + Done;
        FfLockCore(Volume);
        FAT_RESULT Result =
            FatLookup(Volume->Fat, &Fcb->Chain, (uint32_t)(Place >> Geometry->ClusterShift), &Run);
        FfUnlockCore(Volume);
        if (Result != FatDone) {
            Status = Result == FatNotFound ? STATUS_FILE_CORRUPT_ERROR : FfStatus(Volume, Result);
            break;
        }
        ULONG Within = (ULONG)(Place & (Geometry->ClusterSize - 1));
        ULONG64 Room = ((ULONG64)Run.Count << Geometry->ClusterShift) - Within;
        ULONG Piece = (ULONG)min(Room, (ULONG64)(Length - Done));
        Status = FfSendPart(&Transfer, Volume, Irp, Major, Done,
                            FatClusterOffset(Geometry, Run.Cluster) + Within, Piece);
        Done += Piece;
    }
    return FfEndTransfer(&Transfer, Status);
}
