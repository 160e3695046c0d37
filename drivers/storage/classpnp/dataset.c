// IOCTL_STORAGE_MANAGE_DATA_SET_ATTRIBUTES: ranges that are no longer needed become UNMAP commands.
#include "classp.h"

enum { ListBytes = 4096 };

static BOOLEAN CanUnmap(const CLASS_FUNCTION_SUPPORT_INFO *Info)
{
    return NT_SUCCESS(Info->LBProvisioningData.CommandStatus) && Info->LBProvisioningData.LBPU &&
           NT_SUCCESS(Info->BlockLimitsData.CommandStatus) &&
           Info->BlockLimitsData.MaxUnmapLbaCount && Info->BlockLimitsData.MaxUnmapBlockDescrCount;
}

// The ranges lie inside of what the caller gave, aligned as 64-bit numbers are.
static NTSTATUS CheckRanges(const DEVICE_MANAGE_DATA_SET_ATTRIBUTES *Request, ULONG Input)
{
    if (Request->Size < sizeof(*Request) || Request->Size > Input)
        return STATUS_INVALID_PARAMETER;
    if (Request->ParameterBlockLength &&
        (Request->ParameterBlockOffset > Input ||
         Request->ParameterBlockLength > Input - Request->ParameterBlockOffset))
        return STATUS_INVALID_PARAMETER;
    if (Request->Flags & DEVICE_DSM_FLAG_ENTIRE_DATA_SET_RANGE)
        return Request->DataSetRangesLength ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
    if (Request->DataSetRangesLength == 0 ||
        Request->DataSetRangesLength % sizeof(DEVICE_DATA_SET_RANGE) ||
        Request->DataSetRangesOffset % sizeof(ULONGLONG) ||
        Request->DataSetRangesOffset < sizeof(*Request) || Request->DataSetRangesOffset > Input ||
        Request->DataSetRangesLength > Input - Request->DataSetRangesOffset)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

// Whole sectors inside of the range; its ends may lie in sectors that are still needed.
static NTSTATUS ToBlocks(PFUNCTIONAL_DEVICE_EXTENSION Fdo, const DEVICE_DATA_SET_RANGE *Range,
                         CORE_RANGE *Blocks)
{
    ULONGLONG Size = (ULONGLONG)Fdo->CommonExtension.PartitionLength.QuadPart;
    ULONGLONG Start = (ULONGLONG)Range->StartingOffset, Length = Range->LengthInBytes;
    ULONGLONG Mask = Fdo->DiskGeometry.BytesPerSector - 1;
    if (Range->StartingOffset < 0 || Start > Size || Length > Size - Start)
        return STATUS_INVALID_PARAMETER;
    ULONGLONG First = (Start + Mask) >> Fdo->SectorShift,
              End = (Start + Length) >> Fdo->SectorShift;
    *Blocks = (CORE_RANGE){.Block = First, .Blocks = End > First ? End - First : 0};
    return STATUS_SUCCESS;
}

static NTSTATUS SendUnmap(PFUNCTIONAL_DEVICE_EXTENSION Fdo, CORE_UNMAP *Unmap)
{
    PCLASSP_COMMAND Command = ClasspNewCommand(10, SCSIOP_UNMAP);
    PUCHAR List = ExAllocatePoolWithTag(NonPagedPoolNx, ListBytes, CLASS_TAG_MANAGE_DATASET);
    NTSTATUS Status = Command && List ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    size_t Length;
    while (NT_SUCCESS(Status) && (Length = CoreBuildUnmap(Unmap, List, ListBytes)) != 0) {
        CorePut16(Command->Cdb + 7, (USHORT)Length);
        Command->Buffer = List;
        Command->Length = (ULONG)Length;
        Command->Write = TRUE;
        Status = ClasspSend(Fdo, Command);
    }
    if (List)
        ExFreePoolWithTag(List, CLASS_TAG_MANAGE_DATASET);
    if (Command)
        ExFreePoolWithTag(Command, ClasspTag);
    return Status;
}

static NTSTATUS TrimRanges(PFUNCTIONAL_DEVICE_EXTENSION Fdo,
                           const DEVICE_MANAGE_DATA_SET_ATTRIBUTES *Request)
{
    const CLASS_FUNCTION_SUPPORT_INFO *Info = Fdo->FunctionSupportInfo;
    DEVICE_DATA_SET_RANGE Whole = {.LengthInBytes =
                                       (ULONGLONG)Fdo->CommonExtension.PartitionLength.QuadPart};
    const DEVICE_DATA_SET_RANGE *Ranges = &Whole;
    ULONG Count = 1;
    if (!(Request->Flags & DEVICE_DSM_FLAG_ENTIRE_DATA_SET_RANGE)) {
        Ranges = (PVOID)((PUCHAR)Request + Request->DataSetRangesOffset);
        Count = Request->DataSetRangesLength / sizeof(*Ranges);
    }
    CORE_UNMAP Unmap = {
        .Count = Count,
        .MaximumDescriptors = Info->BlockLimitsData.MaxUnmapBlockDescrCount,
        .MaximumBlocks = Info->BlockLimitsData.MaxUnmapLbaCount,
    };
    Unmap.Ranges =
        ExAllocatePoolWithTag(PagedPool, Count * sizeof(CORE_RANGE), CLASS_TAG_MANAGE_DATASET);
    if (!Unmap.Ranges)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++)
        Status = ToBlocks(Fdo, &Ranges[i], &Unmap.Ranges[i]);
    if (NT_SUCCESS(Status))
        Status = SendUnmap(Fdo, &Unmap);
    ExFreePoolWithTag(Unmap.Ranges, CLASS_TAG_MANAGE_DATASET);
    return Status;
}

NTSTATUS ClasspManageDataSet(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const DEVICE_MANAGE_DATA_SET_ATTRIBUTES *Request = Irp->AssociatedIrp.SystemBuffer;
    NTSTATUS Status = CheckRanges(Request, Stack->Parameters.DeviceIoControl.InputBufferLength);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Request->Action != DeviceDsmAction_Trim)
        return ClasspForward;
    return CanUnmap(Fdo->FunctionSupportInfo) ? TrimRanges(Fdo, Request) : STATUS_NOT_SUPPORTED;
}
