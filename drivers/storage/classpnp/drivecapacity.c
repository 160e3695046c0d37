// How large a device is.
#include "classp.h"

enum { Capacity10Bytes = 8, Capacity16Bytes = 32, ReadCapacity16Action = 0x10 };

static NTSTATUS Ask(PFUNCTIONAL_DEVICE_EXTENSION Fdo, BOOLEAN Long, CORE_CAPACITY *Capacity)
{
    PCLASSP_COMMAND Command = Long ? ClasspNewCommand(16, SCSIOP_SERVICE_ACTION_IN16)
                                   : ClasspNewCommand(10, SCSIOP_READ_CAPACITY);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Long) {
        Command->Cdb[1] = ReadCapacity16Action;
        Command->Cdb[13] = Capacity16Bytes;
    }
    UCHAR Answer[Capacity16Bytes] = {}; // copied: the stack is no memory for devices
    Command->Length = Long ? Capacity16Bytes : Capacity10Bytes;
    Command->Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Command->Length, ClasspTag);
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    if (Command->Buffer) {
        RtlZeroMemory(Command->Buffer, Command->Length);
        Status = ClasspSend(Fdo, Command);
        RtlCopyMemory(Answer, Command->Buffer, Command->Length);
        ExFreePoolWithTag(Command->Buffer, ClasspTag);
    }
    ULONG Length = min(Command->Result.Transferred, Command->Length);
    ExFreePoolWithTag(Command, ClasspTag);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Valid = Long ? CoreParseCapacity16(Answer, Length, Capacity)
                         : CoreParseCapacity10(Answer, Length, Capacity);
    return Valid ? STATUS_SUCCESS : STATUS_UNRECOGNIZED_MEDIA;
}

static VOID KeepDetails(PFUNCTIONAL_DEVICE_EXTENSION Fdo, NTSTATUS Status,
                        const CORE_CAPACITY *Capacity)
{
    PCLASS_READ_CAPACITY16_DATA Data = &Fdo->FunctionSupportInfo->ReadCapacity16Data;
    *Data = (CLASS_READ_CAPACITY16_DATA){.CommandStatus = Status};
    if (!NT_SUCCESS(Status))
        return;
    Data->BytesPerLogicalSector = Capacity->BlockBytes;
    Data->BytesPerPhysicalSector = Capacity->PhysicalBytes;
    ULONG PerPhysical = Capacity->PhysicalBytes / Capacity->BlockBytes;
    Data->BytesOffsetForSectorAlignment =
        Capacity->LowestAligned % PerPhysical * Capacity->BlockBytes;
    Data->LBProvisioningEnabled = Capacity->Provisioned;
    Data->LBProvisioningReadZeros = Capacity->ReadsZeros;
}

// The short form suffices for the size of small disks; only the long one tells of physical sectors.
static NTSTATUS AskBoth(PFUNCTIONAL_DEVICE_EXTENSION Fdo, CORE_CAPACITY *Capacity)
{
    CORE_CAPACITY Long;
    NTSTATUS Status = Ask(Fdo, FALSE, Capacity);
    if (!NT_SUCCESS(Status) && Status != STATUS_INVALID_DEVICE_REQUEST)
        return Status;
    NTSTATUS LongStatus = Ask(Fdo, TRUE, &Long);
    KeepDetails(Fdo, LongStatus, &Long);
    if (NT_SUCCESS(LongStatus)) {
        *Capacity = Long;
        return STATUS_SUCCESS;
    }
    if (NT_SUCCESS(Status) && Capacity->LastBlock == MAXULONG)
        return LongStatus;
    return Status;
}

static VOID SetGeometry(PFUNCTIONAL_DEVICE_EXTENSION Fdo, const CORE_CAPACITY *Capacity)
{
    enum { Heads = 255, Sectors = 63 }; // as Windows says of every disk
    PDISK_GEOMETRY Geometry = &Fdo->DiskGeometry;
    ULONGLONG Blocks = Capacity->LastBlock + 1;
    ULONG Shift;
    BitScanForward((unsigned long *)&Shift, Capacity->BlockBytes);
    Geometry->BytesPerSector = Capacity->BlockBytes;
    Geometry->SectorsPerTrack = Sectors;
    Geometry->TracksPerCylinder = Heads;
    Geometry->Cylinders.QuadPart = (LONGLONG)(Blocks / (Heads * Sectors));
    Geometry->MediaType = ClasspRemovable(Fdo) ? RemovableMedia : FixedMedia;
    Fdo->SectorShift = (UCHAR)Shift;
    Fdo->CommonExtension.PartitionLength.QuadPart = (LONGLONG)(Blocks << Shift);
    Fdo->DeviceObject->SectorSize = (USHORT)Capacity->BlockBytes;
    if (Capacity->LastBlock > MAXULONG)
        SET_FLAG(Fdo->DeviceFlags, DEV_USE_16BYTE_CDB);
    else
        CLEAR_FLAG(Fdo->DeviceFlags, DEV_USE_16BYTE_CDB);
    ClasspSetLimits(Fdo);
}

// A removable medium that is not there has no size; a disk that cannot tell is taken for one of 512-byte sectors.
static VOID SetUnknown(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    RtlZeroMemory(&Fdo->DiskGeometry, sizeof(Fdo->DiskGeometry));
    Fdo->DiskGeometry.MediaType = ClasspRemovable(Fdo) ? RemovableMedia : FixedMedia;
    Fdo->DiskGeometry.BytesPerSector = 512;
    Fdo->SectorShift = 9;
    Fdo->CommonExtension.PartitionLength.QuadPart = 0;
    ClasspSetLimits(Fdo);
}

NTSTATUS NTAPI ClassReadDriveCapacity(PDEVICE_OBJECT DeviceObject)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(DeviceObject);
    CORE_CAPACITY Capacity;
    NTSTATUS Status = AskBoth(Fdo, &Capacity);
    if (NT_SUCCESS(Status))
        SetGeometry(Fdo, &Capacity);
    else if (Status == STATUS_NO_MEDIA_IN_DEVICE || Fdo->DiskGeometry.BytesPerSector == 0)
        SetUnknown(Fdo);
    return Status;
}

NTSTATUS ClasspReadCapacity(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = ClassReadDriveCapacity(Fdo->DeviceObject);
    if (!NT_SUCCESS(Status))
        return Status;
    LARGE_INTEGER Length = Fdo->CommonExtension.PartitionLength;
    *(PSTORAGE_READ_CAPACITY)Irp->AssociatedIrp.SystemBuffer = (STORAGE_READ_CAPACITY){
        .Version = sizeof(STORAGE_READ_CAPACITY),
        .Size = sizeof(STORAGE_READ_CAPACITY),
        .BlockLength = Fdo->DiskGeometry.BytesPerSector,
        .NumberOfBlocks.QuadPart = Length.QuadPart >> Fdo->SectorShift,
        .DiskLength = Length,
    };
    Irp->IoStatus.Information = sizeof(STORAGE_READ_CAPACITY);
    return STATUS_SUCCESS;
}
