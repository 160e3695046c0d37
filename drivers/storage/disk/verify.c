// Sectors that are looked at without being read, and sectors that are replaced.
#include "disk.h"

enum { VerifySteps = 0x8000 }; // sectors in one command, so that none takes too long

NTSTATUS DiskVerify(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const VERIFY_INFORMATION *Given = Irp->AssociatedIrp.SystemBuffer;
    ULONGLONG Size = (ULONGLONG)Fdo->CommonExtension.PartitionLength.QuadPart;
    ULONGLONG Offset = (ULONGLONG)Given->StartingOffset.QuadPart;
    ULONG Mask = Fdo->DiskGeometry.BytesPerSector - 1;
    UNREFERENCED_PARAMETER(Stack);
    if (Given->StartingOffset.QuadPart < 0 || (Offset & Mask) || (Given->Length & Mask))
        return STATUS_INVALID_PARAMETER;
    if (Offset > Size || Given->Length > Size - Offset)
        return STATUS_NONEXISTENT_SECTOR;
    ULONGLONG Block = Offset >> Fdo->SectorShift;
    ULONG Left = Given->Length >> Fdo->SectorShift;
    NTSTATUS Status = STATUS_SUCCESS;
    while (Left && NT_SUCCESS(Status)) {
        ULONG Blocks = min(Left, VerifySteps);
        DISK_COMMAND Command = {.TimeOut = Fdo->TimeOutValue * 4};
        Command.CdbLength = CoreBuildVerify(
            Command.Cdb, TEST_FLAG(Fdo->DeviceFlags, DEV_USE_16BYTE_CDB), Block, Blocks);
        Status = DiskSend(Fdo, &Command);
        Block += Blocks;
        Left -= Blocks;
    }
    return Status;
}

// REASSIGN BLOCKS (SBC-3, 5.20) with addresses of four bytes, or of eight.
NTSTATUS DiskReassign(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    enum { HeaderBytes = 4, LongAddresses = 0x02 };
    const REASSIGN_BLOCKS *Short = Irp->AssociatedIrp.SystemBuffer;
    const REASSIGN_BLOCKS_EX *Long = Irp->AssociatedIrp.SystemBuffer;
    BOOLEAN Wide = Stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_DISK_REASSIGN_BLOCKS_EX;
    ULONG Each = Wide ? sizeof(ULONGLONG) : sizeof(ULONG);
    ULONG Fixed = Wide ? FIELD_OFFSET(REASSIGN_BLOCKS_EX, BlockNumber)
                       : FIELD_OFFSET(REASSIGN_BLOCKS, BlockNumber);
    ULONG Count = Short->Count,
          Bytes = HeaderBytes + Count * Each; // Count is in the same place in both
    if (Count == 0)
        return STATUS_INVALID_PARAMETER;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < Fixed + Count * Each)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (Count * Each > MAXUSHORT)
        return STATUS_INVALID_PARAMETER;
    PUCHAR List = ExAllocatePoolWithTag(PagedPool, Bytes, DiskTag);
    if (!List)
        return STATUS_INSUFFICIENT_RESOURCES;
    CorePut32(List, Count * Each);
    for (ULONG i = 0; i < Count; i++) {
        if (Wide)
            CorePut64(List + HeaderBytes + i * Each, (ULONGLONG)Long->BlockNumber[i].QuadPart);
        else
            CorePut32(List + HeaderBytes + i * Each, Short->BlockNumber[i]);
    }
    DISK_COMMAND Command = {
        .Cdb = {SCSIOP_REASSIGN_BLOCKS, Wide ? LongAddresses : 0},
        .CdbLength = 6,
        .Write = TRUE,
        .TimeOut = Fdo->TimeOutValue * 4,
        .Data = List,
        .Length = Bytes,
    };
    NTSTATUS Status = DiskSend(Fdo, &Command);
    ExFreePoolWithTag(List, DiskTag);
    return Status;
}
