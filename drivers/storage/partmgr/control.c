// Device controls of a disk that are about its table; the others go on to the disk.
#include "partmgr.h"

// Buffer is input and output. *Information is 0 before.
typedef NTSTATUS PM_CONTROL(PPM_DISK Disk, PVOID Buffer, ULONG InputLength, ULONG OutputLength,
                            PULONG_PTR Information);

static NTSTATUS PmControlGetLayoutEx(PPM_DISK Disk, PVOID Buffer, ULONG InputLength,
                                     ULONG OutputLength, PULONG_PTR Information)
{
    UNREFERENCED_PARAMETER(InputLength);
    return PmGetLayoutEx(Disk, Buffer, OutputLength, Information);
}

static NTSTATUS PmControlGetLayout(PPM_DISK Disk, PVOID Buffer, ULONG InputLength,
                                   ULONG OutputLength, PULONG_PTR Information)
{
    UNREFERENCED_PARAMETER(InputLength);
    return PmGetLayout(Disk, Buffer, OutputLength, Information);
}

static NTSTATUS PmFinishReplace(PPM_DISK Disk, NTSTATUS Status, PT_TABLE *New)
{
    if (NT_SUCCESS(Status))
        Status = PmReplaceTable(Disk, New);
    PtFreeTable(&Disk->Io, New);
    return Status;
}

static NTSTATUS PmControlSetLayoutEx(PPM_DISK Disk, PVOID Buffer, ULONG InputLength,
                                     ULONG OutputLength, PULONG_PTR Information)
{
    PT_TABLE New;
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(Information);
    return PmFinishReplace(Disk, PmTakeLayoutEx(Disk, Buffer, InputLength, &New), &New);
}

static NTSTATUS PmControlSetLayout(PPM_DISK Disk, PVOID Buffer, ULONG InputLength,
                                   ULONG OutputLength, PULONG_PTR Information)
{
    PT_TABLE New;
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(Information);
    return PmFinishReplace(Disk, PmTakeLayout(Disk, Buffer, InputLength, &New), &New);
}

static NTSTATUS PmControlCreate(PPM_DISK Disk, PVOID Buffer, ULONG InputLength, ULONG OutputLength,
                                PULONG_PTR Information)
{
    const CREATE_DISK *Create = Buffer;
    PT_GUID DiskId = {};
    PT_TABLE New;
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(Information);
    if (Create->PartitionStyle == PARTITION_STYLE_RAW)
        return PmEraseDisk(Disk);
    if (Create->PartitionStyle == PARTITION_STYLE_GPT)
        RtlCopyMemory(&DiskId, &Create->Gpt.DiskId, sizeof(DiskId));
    else if (Create->PartitionStyle == PARTITION_STYLE_MBR)
        RtlCopyMemory(&DiskId, &Create->Mbr.Signature, sizeof(Create->Mbr.Signature));
    else
        return STATUS_INVALID_PARAMETER;
    PT_RESULT Result = PtCreateTable(&Disk->Io, (PT_STYLE)Create->PartitionStyle, &DiskId, &New);
    return PmFinishReplace(Disk, PmStatusOf(Disk, Result), &New);
}

static NTSTATUS PmControlDelete(PPM_DISK Disk, PVOID Buffer, ULONG InputLength, ULONG OutputLength,
                                PULONG_PTR Information)
{
    UNREFERENCED_PARAMETER(Buffer);
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(Information);
    return PmEraseDisk(Disk);
}

static NTSTATUS PmControlUpdate(PPM_DISK Disk, PVOID Buffer, ULONG InputLength, ULONG OutputLength,
                                PULONG_PTR Information)
{
    UNREFERENCED_PARAMETER(Buffer);
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(Information);
    return PmReadDisk(Disk);
}

static PT_PARTITION *PmFindNumber(PT_TABLE *Table, ULONG Number)
{
    for (ULONG i = 0; i < Table->Count && Number; i++) {
        if (Table->Partitions[i].Number == Number)
            return &Table->Partitions[i];
    }
    return nullptr;
}

static NTSTATUS PmGrow(const PM_DISK *Disk, PT_TABLE *New, const DISK_GROW_PARTITION *Grow)
{
    PT_PARTITION *Partition = PmFindNumber(New, Grow->PartitionNumber);
    LONGLONG Bytes = Grow->BytesToGrow.QuadPart;
    if (!Partition || Bytes < 0 || Bytes % Disk->Io.SectorSize || New->Style == PtStyleRaw)
        return STATUS_INVALID_PARAMETER;
    Partition->Sectors += (ULONGLONG)Bytes / Disk->Io.SectorSize;
    return STATUS_SUCCESS;
}

static NTSTATUS PmControlGrow(PPM_DISK Disk, PVOID Buffer, ULONG InputLength, ULONG OutputLength,
                              PULONG_PTR Information)
{
    PT_TABLE New;
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(Information);
    NTSTATUS Status = PmStatusOf(Disk, PtCopyTable(&Disk->Io, &Disk->Table, &New));
    if (NT_SUCCESS(Status))
        Status = PmGrow(Disk, &New, Buffer);
    return PmFinishReplace(Disk, Status, &New);
}

static NTSTATUS PmControlGetAttributes(PPM_DISK Disk, PVOID Buffer, ULONG InputLength,
                                       ULONG OutputLength, PULONG_PTR Information)
{
    PGET_DISK_ATTRIBUTES Get = Buffer;
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(OutputLength);
    *Get = (GET_DISK_ATTRIBUTES){.Version = sizeof(*Get), .Attributes = Disk->Attributes};
    if (PmIsOffline(Disk))
        Get->Attributes |= DISK_ATTRIBUTE_OFFLINE;
    *Information = sizeof(*Get);
    return STATUS_SUCCESS;
}

static NTSTATUS PmControlSetAttributes(PPM_DISK Disk, PVOID Buffer, ULONG InputLength,
                                       ULONG OutputLength, PULONG_PTR Information)
{
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(Information);
    return PmSetAttributes(Disk, Buffer);
}

static NTSTATUS PmControlGetGeometryEx(PPM_DISK Disk, PVOID Buffer, ULONG InputLength,
                                       ULONG OutputLength, PULONG_PTR Information)
{
    UNREFERENCED_PARAMETER(InputLength);
    return PmGetGeometryEx(Disk, Buffer, OutputLength, Information);
}

// The disk as a whole, as partition 0.
static NTSTATUS PmControlGetWhole(PPM_DISK Disk, PVOID Buffer, ULONG InputLength,
                                  ULONG OutputLength, PULONG_PTR Information)
{
    PPARTITION_INFORMATION_EX Whole = Buffer;
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(OutputLength);
    RtlZeroMemory(Whole, sizeof(*Whole));
    Whole->PartitionStyle = (PARTITION_STYLE)Disk->Table.Style;
    Whole->PartitionLength.QuadPart = (LONGLONG)(Disk->Io.Sectors * Disk->Io.SectorSize);
    *Information = sizeof(*Whole);
    return STATUS_SUCCESS;
}

static NTSTATUS PmControlPerformance(PPM_DISK Disk, PVOID Buffer, ULONG InputLength,
                                     ULONG OutputLength, PULONG_PTR Information)
{
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(OutputLength);
    PmTellCounters(&Disk->Counters, Disk->Number, Buffer);
    *Information = sizeof(DISK_PERFORMANCE);
    return STATUS_SUCCESS;
}

static NTSTATUS PmControlPerformanceOff(PPM_DISK Disk, PVOID Buffer, ULONG InputLength,
                                        ULONG OutputLength, PULONG_PTR Information)
{
    UNREFERENCED_PARAMETER(Buffer);
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(Information);
    PmStopCounting(&Disk->Counters);
    return STATUS_SUCCESS;
}

static const struct {
    ULONG Code, InputLength, OutputLength; // least lengths
    PM_CONTROL *Routine;
} PmControls[] = {
    {IOCTL_DISK_GET_DRIVE_LAYOUT_EX, 0, 0, PmControlGetLayoutEx},
    {IOCTL_DISK_GET_DRIVE_LAYOUT, 0, 0, PmControlGetLayout},
    {IOCTL_DISK_SET_DRIVE_LAYOUT_EX, 0, 0, PmControlSetLayoutEx},
    {IOCTL_DISK_SET_DRIVE_LAYOUT, 0, 0, PmControlSetLayout},
    {IOCTL_DISK_CREATE_DISK, sizeof(CREATE_DISK), 0, PmControlCreate},
    {IOCTL_DISK_DELETE_DRIVE_LAYOUT, 0, 0, PmControlDelete},
    {IOCTL_DISK_UPDATE_PROPERTIES, 0, 0, PmControlUpdate},
    {IOCTL_DISK_GROW_PARTITION, sizeof(DISK_GROW_PARTITION), 0, PmControlGrow},
    {IOCTL_DISK_GET_DISK_ATTRIBUTES, 0, sizeof(GET_DISK_ATTRIBUTES), PmControlGetAttributes},
    {IOCTL_DISK_SET_DISK_ATTRIBUTES, sizeof(SET_DISK_ATTRIBUTES), 0, PmControlSetAttributes},
    {IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, 0, FIELD_OFFSET(DISK_GEOMETRY_EX, Data),
     PmControlGetGeometryEx},
    {IOCTL_DISK_GET_PARTITION_INFO_EX, 0, sizeof(PARTITION_INFORMATION_EX), PmControlGetWhole},
    {IOCTL_DISK_PERFORMANCE, 0, sizeof(DISK_PERFORMANCE), PmControlPerformance},
    {IOCTL_DISK_PERFORMANCE_OFF, 0, 0, PmControlPerformanceOff},
};

static NTSTATUS PmRunControl(PPM_DISK Disk, PIRP Irp, ULONG Index)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG InputLength = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG OutputLength = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG_PTR Information = 0;
    if (InputLength < PmControls[Index].InputLength)
        return PmComplete(Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    if (OutputLength < PmControls[Index].OutputLength)
        return PmComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    if (!ExAcquireRundownProtection(&Disk->Running))
        return PmComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    PmLock(Disk);
    if (PmControls[Index].Code != IOCTL_DISK_UPDATE_PROPERTIES)
        PmRefreshMedium(Disk);
    NTSTATUS Status = PmControls[Index].Routine(Disk, Irp->AssociatedIrp.SystemBuffer, InputLength,
                                                OutputLength, &Information);
    PmUnlock(Disk);
    ExReleaseRundownProtection(&Disk->Running);
    return PmComplete(Irp, Status, Information);
}

NTSTATUS PmDiskControl(PPM_DISK Disk, PIRP Irp)
{
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    for (ULONG i = 0; i < RTL_NUMBER_OF(PmControls) && Disk->Started; i++) {
        if (PmControls[i].Code == Code)
            return PmRunControl(Disk, Irp, i);
    }
    if (Code == IOCTL_DISK_IS_WRITABLE && (Disk->Attributes & DISK_ATTRIBUTE_READ_ONLY))
        return PmComplete(Irp, STATUS_MEDIA_WRITE_PROTECTED, 0);
    return PmPassDown(Disk->Self, Irp);
}
