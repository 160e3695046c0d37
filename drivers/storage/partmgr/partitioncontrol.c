// Device controls of a partition: its own are answered, offsets in others are made the disk's, the rest goes on to
// the disk as it is.
#include "partmgr.h"

typedef NTSTATUS PM_PARTITION_CONTROL(PPM_PARTITION Partition, PVOID Buffer,
                                      PULONG_PTR Information);

// ---- Answers. The disk is locked, and Information is what there is room for.

static NTSTATUS PmGetInformationEx(PPM_PARTITION Partition, PVOID Buffer, PULONG_PTR Information)
{
    PARTITION_IDENTITY Identity;
    PmFillIdentity(Partition, &Identity);
    RtlCopyMemory(Buffer, &Identity.Information, sizeof(Identity.Information));
    *Information = sizeof(Identity.Information);
    return STATUS_SUCCESS;
}

static NTSTATUS PmGetInformation(PPM_PARTITION Partition, PVOID Buffer, PULONG_PTR Information)
{
    if (Partition->Style == PtStyleGpt)
        return STATUS_INVALID_DEVICE_REQUEST;
    *(PPARTITION_INFORMATION)Buffer = (PARTITION_INFORMATION){
        .StartingOffset.QuadPart = Partition->Start,
        .PartitionLength.QuadPart = Partition->Length,
        .HiddenSectors = (ULONG)Partition->Entry.Start,
        .PartitionNumber = Partition->Number,
        .PartitionType = Partition->Entry.MbrType,
        .BootIndicator = Partition->Entry.Boot,
        .RecognizedPartition = PtIsRecognized(Partition->Entry.MbrType),
    };
    *Information = sizeof(PARTITION_INFORMATION);
    return STATUS_SUCCESS;
}

static NTSTATUS PmGetLength(PPM_PARTITION Partition, PVOID Buffer, PULONG_PTR Information)
{
    ((PGET_LENGTH_INFORMATION)Buffer)->Length.QuadPart = Partition->Length;
    *Information = sizeof(GET_LENGTH_INFORMATION);
    return STATUS_SUCCESS;
}

static NTSTATUS PmGetNumber(PPM_PARTITION Partition, PVOID Buffer, PULONG_PTR Information)
{
    *(PSTORAGE_DEVICE_NUMBER)Buffer = (STORAGE_DEVICE_NUMBER){
        .DeviceType = FILE_DEVICE_DISK,
        .DeviceNumber = Partition->Disk->Number,
        .PartitionNumber = Partition->Number,
    };
    *Information = sizeof(STORAGE_DEVICE_NUMBER);
    return STATUS_SUCCESS;
}

// As the disk says, but for the partition.
static NTSTATUS PmGetNumberEx(PPM_PARTITION Partition, PVOID Buffer, PULONG_PTR Information)
{
    PSTORAGE_DEVICE_NUMBER_EX Number = Buffer;
    NTSTATUS Status =
        PmAskDisk(Partition->Disk, IOCTL_STORAGE_GET_DEVICE_NUMBER_EX, Number, sizeof(*Number));
    if (!NT_SUCCESS(Status))
        return Status;
    Number->PartitionNumber = Partition->Number;
    *Information = sizeof(*Number);
    return STATUS_SUCCESS;
}

static NTSTATUS PmGetIdentity(PPM_PARTITION Partition, PVOID Buffer, PULONG_PTR Information)
{
    PmFillIdentity(Partition, Buffer);
    *Information = sizeof(PARTITION_IDENTITY);
    return STATUS_SUCCESS;
}

static NTSTATUS PmGetPerformance(PPM_PARTITION Partition, PVOID Buffer, PULONG_PTR Information)
{
    PmTellCounters(&Partition->Counters, Partition->Disk->Number, Buffer);
    *Information = sizeof(DISK_PERFORMANCE);
    return STATUS_SUCCESS;
}

static NTSTATUS PmEndPerformance(PPM_PARTITION Partition, PVOID Buffer, PULONG_PTR Information)
{
    UNREFERENCED_PARAMETER(Buffer);
    UNREFERENCED_PARAMETER(Information);
    PmStopCounting(&Partition->Counters);
    return STATUS_SUCCESS;
}

// Type, and of a GPT name and attributes. The identifier is the partition's and stays.
static NTSTATUS PmSetInformationEx(PPM_PARTITION Partition, PVOID Buffer, PULONG_PTR Information)
{
    const SET_PARTITION_INFORMATION_EX *Set = Buffer;
    PPM_DISK Disk = Partition->Disk;
    PT_TABLE New;
    *Information = 0;
    if (Partition->Style == PtStyleRaw || (PT_STYLE)Set->PartitionStyle != Partition->Style)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = PmStatusOf(Disk, PtCopyTable(&Disk->Io, &Disk->Table, &New));
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < New.Count; i++) {
        PT_PARTITION *Entry = &New.Partitions[i];
        if (Entry->Number != Partition->Number)
            continue;
        if (New.Style == PtStyleMbr) {
            Entry->MbrType = Set->Mbr.PartitionType;
            continue;
        }
        RtlCopyMemory(&Entry->Type, &Set->Gpt.PartitionType, sizeof(GUID));
        Entry->Attributes = Set->Gpt.Attributes;
        RtlCopyMemory(Entry->Name, Set->Gpt.Name, sizeof(Entry->Name));
    }
    Status = PmReplaceTable(Disk, &New);
    PtFreeTable(&Disk->Io, &New);
    return Status;
}

static NTSTATUS PmSetInformation(PPM_PARTITION Partition, PVOID Buffer, PULONG_PTR Information)
{
    SET_PARTITION_INFORMATION_EX Set = {.PartitionStyle = PARTITION_STYLE_MBR};
    Set.Mbr = *(PSET_PARTITION_INFORMATION)Buffer;
    return PmSetInformationEx(Partition, &Set, Information);
}

static const struct {
    ULONG Code, InputLength, OutputLength;
    PM_PARTITION_CONTROL *Routine;
} PmAnswers[] = {
    {IOCTL_DISK_GET_PARTITION_INFO_EX, 0, sizeof(PARTITION_INFORMATION_EX), PmGetInformationEx},
    {IOCTL_DISK_GET_PARTITION_INFO, 0, sizeof(PARTITION_INFORMATION), PmGetInformation},
    {IOCTL_DISK_SET_PARTITION_INFO_EX, sizeof(SET_PARTITION_INFORMATION_EX), 0, PmSetInformationEx},
    {IOCTL_DISK_SET_PARTITION_INFO, sizeof(SET_PARTITION_INFORMATION), 0, PmSetInformation},
    {IOCTL_DISK_GET_LENGTH_INFO, 0, sizeof(GET_LENGTH_INFORMATION), PmGetLength},
    {IOCTL_STORAGE_GET_DEVICE_NUMBER, 0, sizeof(STORAGE_DEVICE_NUMBER), PmGetNumber},
    {IOCTL_STORAGE_GET_DEVICE_NUMBER_EX, 0, sizeof(STORAGE_DEVICE_NUMBER_EX), PmGetNumberEx},
    {IOCTL_DISK_PERFORMANCE, 0, sizeof(DISK_PERFORMANCE), PmGetPerformance},
    {IOCTL_DISK_PERFORMANCE_OFF, 0, 0, PmEndPerformance},
    {IOCTL_PARTITION_QUERY_IDENTITY, 0, sizeof(PARTITION_IDENTITY), PmGetIdentity},
};

static NTSTATUS PmAnswer(PPM_PARTITION Partition, PIRP Irp, ULONG Index, PULONG_PTR Information)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PPM_DISK Disk = Partition->Disk;
    *Information = 0;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < PmAnswers[Index].InputLength)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < PmAnswers[Index].OutputLength)
        return STATUS_BUFFER_TOO_SMALL;
    PmLock(Disk);
    NTSTATUS Status = STATUS_NO_SUCH_DEVICE;
    if (!Partition->Gone)
        Status = PmAnswers[Index].Routine(Partition, Irp->AssociatedIrp.SystemBuffer, Information);
    PmUnlock(Disk);
    return Status;
}

// ---- Offsets

static BOOLEAN PmMoveRange(const PM_PARTITION *Partition, PLONGLONG Offset, ULONGLONG Length)
{
    if (*Offset < 0 || *Offset > Partition->Length ||
        Length > (ULONGLONG)(Partition->Length - *Offset))
        return FALSE;
    *Offset += Partition->Start;
    return TRUE;
}

static NTSTATUS PmMoveVerify(const PM_PARTITION *Partition, PVERIFY_INFORMATION Verify,
                             ULONG Length)
{
    if (Length < sizeof(*Verify))
        return STATUS_INFO_LENGTH_MISMATCH;
    return PmMoveRange(Partition, &Verify->StartingOffset.QuadPart, Verify->Length)
               ? STATUS_SUCCESS
               : STATUS_INVALID_PARAMETER;
}

// Trim and its kin. "Everything" would be the disk: who means the partition names it. All is checked before anything
// is moved: the ranges are the caller's copy.
static NTSTATUS PmMoveDataSets(const PM_PARTITION *Partition,
                               PDEVICE_MANAGE_DATA_SET_ATTRIBUTES Attributes, ULONG Length)
{
    if (Length < sizeof(*Attributes) || Attributes->Size < sizeof(*Attributes))
        return STATUS_INFO_LENGTH_MISMATCH;
    ULONG Offset = Attributes->DataSetRangesOffset, Size = Attributes->DataSetRangesLength;
    if (Attributes->Flags & DEVICE_DSM_FLAG_ENTIRE_DATA_SET_RANGE)
        return STATUS_NOT_SUPPORTED;
    if (Offset > Length || Size > Length - Offset || Offset % sizeof(ULONGLONG) ||
        Size % sizeof(DEVICE_DATA_SET_RANGE))
        return STATUS_INVALID_PARAMETER;
    PDEVICE_DATA_SET_RANGE Ranges = (PDEVICE_DATA_SET_RANGE)((PUCHAR)Attributes + Offset);
    for (ULONG i = 0; i < Size / sizeof(*Ranges); i++) {
        if (!PmMoveRange(Partition, &Ranges[i].StartingOffset, Ranges[i].LengthInBytes))
            return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS PmMove(const PM_PARTITION *Partition, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;
    ULONG Length = Stack->Parameters.DeviceIoControl.InputBufferLength;
    BOOLEAN ReadOnly =
        Partition->ReadOnly || (Partition->Disk->Attributes & DISK_ATTRIBUTE_READ_ONLY);
    if (Partition->Gone)
        return STATUS_NO_SUCH_DEVICE;
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_DISK_VERIFY:
        return PmMoveVerify(Partition, Buffer, Length);
    case IOCTL_STORAGE_MANAGE_DATA_SET_ATTRIBUTES:
        return ReadOnly ? STATUS_MEDIA_WRITE_PROTECTED : PmMoveDataSets(Partition, Buffer, Length);
    case IOCTL_DISK_IS_WRITABLE:
        return ReadOnly ? STATUS_MEDIA_WRITE_PROTECTED : STATUS_SUCCESS;
    default:
        return STATUS_SUCCESS;
    }
}

// ---- Dispatch

// What is about the whole table is asked of the disk's filter, everything else of the disk below it.
static NTSTATUS PmSendToDisk(PPM_PARTITION Partition, PIRP Irp)
{
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    if (Code == IOCTL_DISK_GET_DRIVE_LAYOUT_EX || Code == IOCTL_DISK_GET_DRIVE_LAYOUT ||
        Code == IOCTL_DISK_GET_DISK_ATTRIBUTES || Code == IOCTL_DISK_UPDATE_PROPERTIES)
        return PmDiskControl(Partition->Disk, Irp);
    NTSTATUS Status = PmMove(Partition, Irp);
    if (!NT_SUCCESS(Status))
        return PmComplete(Irp, Status, 0);
    return PmPassDown(Partition->Disk->Self, Irp);
}

static NTSTATUS PmRunPartitionControl(PPM_PARTITION Partition, PIRP Irp)
{
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    for (ULONG i = 0; i < RTL_NUMBER_OF(PmAnswers); i++) {
        if (PmAnswers[i].Code != Code)
            continue;
        ULONG_PTR Information;
        NTSTATUS Status = PmAnswer(Partition, Irp, i, &Information);
        return PmComplete(Irp, Status, Information);
    }
    return PmSendToDisk(Partition, Irp);
}

NTSTATUS PmPartitionControl(PPM_PARTITION Partition, PIRP Irp)
{
    if (!ExAcquireRundownProtection(&Partition->Running))
        return PmComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    NTSTATUS Status = PmRunPartitionControl(Partition, Irp);
    ExReleaseRundownProtection(&Partition->Running);
    return Status;
}
