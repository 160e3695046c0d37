// What the test asks the file system itself.

#include "ccfs.h"

static NTSTATUS CcfsMakeFile(CCFS_FILE *File)
{
    ULONG Length = (ULONG)(wcslen(File->Name) * sizeof(WCHAR));
    PCCFS_FCB Fcb = CcfsFind(File->Name, Length);
    if (!Fcb)
        Fcb = CcfsMake(File->Name, Length);
    if (!Fcb)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = CcfsResize(Fcb, File->Size);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG64 i = 0; i < File->Size; i++)
        Fcb->Disk[i] = CcfsPattern(i);
    Fcb->Header.FileSize.QuadPart = Fcb->Header.ValidDataLength.QuadPart = (LONGLONG)File->Size;
    return STATUS_SUCCESS;
}

// ---- Steps of the file system's own, by a file object of its own

static PFILE_OBJECT CcfsStream(PCCFS_FCB Fcb)
{
    if (Fcb->Stream)
        return Fcb->Stream;
    PFILE_OBJECT Stream = IoCreateStreamFileObjectLite(NULL, CcfsDevice);
    Stream->FsContext = Fcb;
    Stream->SectionObjectPointer = &Fcb->Section;
    Fcb->Stream = Stream;
    return Stream;
}

static ULONG64 CcfsAdd(const UCHAR *Data, ULONG Length)
{
    ULONG64 Sum = 0;
    for (ULONG i = 0; i < Length; i++)
        Sum += Data[i];
    return Sum;
}

static VOID CcfsMapStep(PCCFS_FCB Fcb, CCFS_STEP *Step)
{
    PVOID Bcb, Buffer;
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)Step->Offset};
    if (CcMapData(CcfsStream(Fcb), &Offset, Step->Length, MAP_WAIT, &Bcb, &Buffer)) {
        Step->Result = CcfsAdd(Buffer, Step->Length);
        CcUnpinData(Bcb);
    }
}

static VOID CcfsPinStep(PCCFS_FCB Fcb, CCFS_STEP *Step)
{
    PVOID Bcb, Buffer;
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)Step->Offset};
    BOOLEAN Done = Step->Action == CcfsPinAndSet
                       ? CcPinRead(CcfsStream(Fcb), &Offset, Step->Length, PIN_WAIT, &Bcb, &Buffer)
                       : CcPreparePinWrite(CcfsStream(Fcb), &Offset, Step->Length, TRUE, PIN_WAIT,
                                           &Bcb, &Buffer);
    if (!Done)
        return;
    RtlFillMemory(Buffer, Step->Action == CcfsPinAndSet ? Step->Length : 1, (UCHAR)Step->Value);
    CcSetDirtyPinnedData(Bcb, NULL);
    CcUnpinData(Bcb);
}

// ---- Callbacks as filters have them

static struct {
    ULONG Before, After, Held;
} CcfsCalls;

static NTSTATUS NTAPI CcfsBefore(PFS_FILTER_CALLBACK_DATA Data, PVOID *CompletionContext)
{
    if (Data->DeviceObject == CcfsDevice && Data->FileObject->FsContext)
        CcfsCalls.Before++;
    *CompletionContext = &CcfsCalls;
    return STATUS_SUCCESS;
}

static VOID NTAPI CcfsAfter(PFS_FILTER_CALLBACK_DATA Data, NTSTATUS OperationStatus,
                            PVOID CompletionContext)
{
    PCCFS_FCB Fcb = Data->FileObject->FsContext;
    if (NT_SUCCESS(OperationStatus) && CompletionContext == &CcfsCalls)
        CcfsCalls.After++;
    if (Fcb->Header.Resource && ExIsResourceAcquiredExclusiveLite(Fcb->Header.Resource))
        CcfsCalls.Held++;
}

NTSTATUS CcfsRegisterFilter(PDRIVER_OBJECT DriverObject)
{
    FS_FILTER_CALLBACKS Callbacks = {
        .SizeOfFsFilterCallbacks = sizeof(Callbacks),
        .PreAcquireForSectionSynchronization = CcfsBefore,
        .PostAcquireForSectionSynchronization = CcfsAfter,
        .PreReleaseForSectionSynchronization = CcfsBefore,
        .PostReleaseForSectionSynchronization = CcfsAfter,
        .PreAcquireForCcFlush = CcfsBefore,
        .PostAcquireForCcFlush = CcfsAfter,
        .PreReleaseForCcFlush = CcfsBefore,
        .PostReleaseForCcFlush = CcfsAfter,
    };
    return FsRtlRegisterFileSystemFilterCallbacks(DriverObject, &Callbacks);
}

static VOID CcfsFilterStep(PCCFS_FCB Fcb, CCFS_STEP *Step)
{
    IO_STATUS_BLOCK Io;
    RtlZeroMemory(&CcfsCalls, sizeof(CcfsCalls));
    if (Step->Value) {
        FsRtlAcquireFileExclusive(CcfsStream(Fcb));
        FsRtlReleaseFile(CcfsStream(Fcb));
    } else {
        CcFlushCache(&Fcb->Section, NULL, 0, &Io);
    }
    Step->Result = CcfsCalls.Before * 100 + CcfsCalls.After * 10 + CcfsCalls.Held;
}

// ---- Log sequence numbers

static LONGLONG CcfsLogWritten;
static ULONG CcfsLogPages;

static VOID NTAPI CcfsFlushToLsn(PVOID LogHandle, LARGE_INTEGER Lsn)
{
    if (LogHandle == &CcfsLogWritten)
        CcfsLogWritten = Lsn.QuadPart;
}

static VOID NTAPI CcfsDirtyPage(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                                PLARGE_INTEGER OldestLsn, PLARGE_INTEGER NewestLsn, PVOID Context1,
                                PVOID Context2)
{
    UNREFERENCED_PARAMETER(FileOffset);
    BOOLEAN Right = FileObject->FsContext == Context1 && Length == PAGE_SIZE && !Context2 &&
                    OldestLsn->QuadPart <= NewestLsn->QuadPart;
    CcfsLogPages += Right ? 1 : 1000;
}

static VOID CcfsLogStep(PCCFS_FCB Fcb, CCFS_STEP *Step)
{
    PVOID Bcb, Buffer;
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)Step->Offset}, Lsn = {.QuadPart = Step->Value};
    CcSetLogHandleForFile(CcfsStream(Fcb), &CcfsLogWritten, CcfsFlushToLsn);
    if (Step->Action == CcfsLogFlushed) {
        Step->Result = (ULONG64)CcfsLogWritten;
    } else if (Step->Action != CcfsLogAndSet) {
        CcfsLogPages = 0;
        Lsn = CcGetDirtyPages(&CcfsLogWritten, CcfsDirtyPage, Fcb, NULL);
        Step->Result = Step->Action == CcfsLogDirty ? CcfsLogPages : (ULONG64)Lsn.QuadPart;
    } else if (CcPinRead(CcfsStream(Fcb), &Offset, Step->Length, PIN_WAIT, &Bcb, &Buffer)) {
        RtlFillMemory(Buffer, Step->Length, (UCHAR)Step->Value);
        CcSetDirtyPinnedData(Bcb, &Lsn);
        CcUnpinData(Bcb);
    }
}

static VOID CcfsMdlStep(PCCFS_FCB Fcb, CCFS_STEP *Step)
{
    PMDL Mdl = NULL;
    IO_STATUS_BLOCK Io;
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)Step->Offset};
    if (Step->Action == CcfsMdlRead)
        CcMdlRead(CcfsStream(Fcb), &Offset, Step->Length, &Mdl, &Io);
    else
        CcPrepareMdlWrite(CcfsStream(Fcb), &Offset, Step->Length, &Mdl, &Io);
    PUCHAR Data = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);
    if (Data && Step->Action == CcfsMdlRead)
        Step->Result = CcfsAdd(Data, (ULONG)Io.Information);
    else if (Data)
        RtlFillMemory(Data, Step->Length, (UCHAR)Step->Value);
    if (Step->Action == CcfsMdlRead)
        CcMdlReadComplete(CcfsStream(Fcb), Mdl);
    else
        CcMdlWriteComplete(CcfsStream(Fcb), &Offset, Mdl);
}

// How much a look at metadata costs, and a change.
static VOID CcfsManyStep(PCCFS_FCB Fcb, CCFS_STEP *Step)
{
    PVOID Bcb, Buffer;
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)Step->Offset};
    ULONG64 Start = __rdtsc();
    for (ULONG i = 0; i < Step->Length; i++) {
        if (Step->Value)
            CcPinRead(CcfsStream(Fcb), &Offset, 512, PIN_WAIT, &Bcb, &Buffer);
        else
            CcMapData(CcfsStream(Fcb), &Offset, 512, MAP_WAIT, &Bcb, &Buffer);
        if (Step->Value)
            CcSetDirtyPinnedData(Bcb, NULL);
        CcUnpinData(Bcb);
    }
    Step->Result = (__rdtsc() - Start) / Step->Length;
}

static VOID CcfsRunStep(PCCFS_FCB Fcb, CCFS_STEP *Step)
{
    IO_STATUS_BLOCK Io = {};
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)Step->Offset};
    LARGE_INTEGER End = {.QuadPart = (LONGLONG)(Step->Offset + Step->Length)};
    CcfsStartCache(CcfsStream(Fcb), Fcb, FALSE);
    switch (Step->Action) {
    case CcfsMapData:
        CcfsMapStep(Fcb, Step);
        break;
    case CcfsPinAndSet:
    case CcfsPrepareAndSet:
        CcfsPinStep(Fcb, Step);
        break;
    case CcfsFlush:
        CcFlushCache(&Fcb->Section, Step->Length ? &Offset : NULL, Step->Length, &Io);
        Step->Status = Io.Status;
        break;
    case CcfsPurge:
        Step->Result =
            CcPurgeCacheSection(&Fcb->Section, Step->Length ? &Offset : NULL, Step->Length, FALSE);
        break;
    case CcfsMdlRead:
    case CcfsMdlWrite:
        CcfsMdlStep(Fcb, Step);
        break;
    case CcfsDirty:
        Step->Result = CcIsThereDirtyData(NULL);
        break;
    case CcfsCanTruncate:
        Step->Result = MmCanFileBeTruncated(&Fcb->Section, &Offset);
        break;
    case CcfsFlushImage:
        Step->Result = MmFlushImageSection(&Fcb->Section, (MMFLUSH_TYPE)Step->Length);
        break;
    case CcfsForceClosed:
        Step->Result = MmForceSectionClosed(&Fcb->Section, FALSE);
        break;
    case CcfsWritableReferences:
        Step->Result = MmDoesFileHaveUserWritableReferences(&Fcb->Section);
        break;
    case CcfsCanWrite:
        Step->Result = CcCanIWrite(CcfsStream(Fcb), Step->Length, FALSE, FALSE);
        break;
    case CcfsZero:
        CcZeroData(CcfsStream(Fcb), &Offset, &End, TRUE);
        break;
    case CcfsFilter:
        CcfsFilterStep(Fcb, Step);
        break;
    case CcfsLogAndSet:
    case CcfsLogOldest:
    case CcfsLogDirty:
    case CcfsLogFlushed:
        CcfsLogStep(Fcb, Step);
        break;
    case CcfsMany:
        CcfsManyStep(Fcb, Step);
        break;
    default:
        Step->Status = STATUS_INVALID_PARAMETER;
    }
}

// Without the file object of its own the file is as any other.
static VOID CcfsForgetStream(PCCFS_FCB Fcb)
{
    PFILE_OBJECT Stream = Fcb->Stream;
    Fcb->Stream = NULL;
    if (!Stream)
        return;
    CcUninitializeCacheMap(Stream, NULL, NULL);
    ObDereferenceObject(Stream);
}

static VOID CcfsCutStep(PCCFS_FCB Fcb, const CCFS_STEP *Step)
{
    LARGE_INTEGER Size = {.QuadPart = (LONGLONG)Step->Offset};
    CcUninitializeCacheMap(CcfsStream(Fcb), &Size, NULL);
}

static NTSTATUS CcfsStep(PCCFS_FCB Fcb, CCFS_STEP *Step)
{
    Step->Status = STATUS_SUCCESS;
    __try {
        if (Step->Action == CcfsForget)
            CcfsForgetStream(Fcb);
        else if (Step->Action == CcfsCut)
            CcfsCutStep(Fcb, Step);
        else
            CcfsRunStep(Fcb, Step);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Step->Status = GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI CcfsControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    CCFS_FILE *File = Irp->AssociatedIrp.SystemBuffer;
    ULONG Input = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Output = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    if (Input < sizeof(*File))
        return CcfsComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Code == CCFS_MAKE)
        return CcfsComplete(Irp, CcfsMakeFile(File), 0);
    PCCFS_FCB Fcb = CcfsFind(File->Name, (ULONG)(wcslen(File->Name) * sizeof(WCHAR)));
    if (!Fcb)
        return CcfsComplete(Irp, STATUS_OBJECT_NAME_NOT_FOUND, 0);
    switch (Code) {
    case CCFS_COUNT:
        if (Output < sizeof(Fcb->Counters))
            return CcfsComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
        *(CCFS_COUNTERS *)File = Fcb->Counters;
        RtlZeroMemory(&Fcb->Counters, sizeof(Fcb->Counters));
        return CcfsComplete(Irp, STATUS_SUCCESS, sizeof(Fcb->Counters));
    case CCFS_TROUBLE:
        if (Input < sizeof(Fcb->Troubles))
            return CcfsComplete(Irp, STATUS_INVALID_PARAMETER, 0);
        Fcb->Troubles = *(CCFS_TROUBLES *)File;
        return CcfsComplete(Irp, STATUS_SUCCESS, 0);
    case CCFS_PEEK: {
        ULONG64 Offset = File->Size;
        if (Offset > Fcb->Room || Output > Fcb->Room - Offset)
            return CcfsComplete(Irp, STATUS_INVALID_PARAMETER, 0);
        RtlCopyMemory(File, Fcb->Disk + Offset, Output);
        return CcfsComplete(Irp, STATUS_SUCCESS, Output);
    }
    case CCFS_RUN:
        if (Input < sizeof(CCFS_STEP) || Output < sizeof(CCFS_STEP))
            return CcfsComplete(Irp, STATUS_INVALID_PARAMETER, 0);
        return CcfsComplete(Irp, CcfsStep(Fcb, (CCFS_STEP *)File), sizeof(CCFS_STEP));
    default:
        return CcfsComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

NTSTATUS NTAPI CcfsQuery(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCCFS_FCB Fcb = Stack->FileObject->FsContext;
    PFILE_STANDARD_INFORMATION Standard = Irp->AssociatedIrp.SystemBuffer;
    if (!Fcb || Stack->Parameters.QueryFile.FileInformationClass != FileStandardInformation)
        return CcfsComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    *Standard = (FILE_STANDARD_INFORMATION){
        .AllocationSize = Fcb->Header.AllocationSize,
        .EndOfFile = Fcb->Header.FileSize,
        .NumberOfLinks = 1,
    };
    return CcfsComplete(Irp, STATUS_SUCCESS, sizeof(*Standard));
}

static NTSTATUS CcfsSetEnd(PCCFS_FCB Fcb, PFILE_OBJECT FileObject, LONGLONG Size)
{
    LARGE_INTEGER New = {.QuadPart = Size};
    if (Size < Fcb->Header.FileSize.QuadPart && !MmCanFileBeTruncated(&Fcb->Section, &New))
        return STATUS_USER_MAPPED_FILE;
    NTSTATUS Status = CcfsResize(Fcb, (ULONG64)Size);
    if (!NT_SUCCESS(Status))
        return Status;
    Fcb->Header.FileSize.QuadPart = Size;
    Fcb->Header.ValidDataLength.QuadPart = min(Fcb->Header.ValidDataLength.QuadPart, Size);
    CcSetFileSizes(FileObject, (PCC_FILE_SIZES)&Fcb->Header.AllocationSize);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI CcfsSet(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCCFS_FCB Fcb = Stack->FileObject->FsContext;
    PFILE_END_OF_FILE_INFORMATION End = Irp->AssociatedIrp.SystemBuffer;
    if (!Fcb || Stack->Parameters.SetFile.FileInformationClass != FileEndOfFileInformation)
        return CcfsComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    ExAcquireResourceExclusiveLite(&Fcb->Resource, TRUE);
    NTSTATUS Status = CcfsSetEnd(Fcb, Stack->FileObject, End->EndOfFile.QuadPart);
    ExReleaseResourceLite(&Fcb->Resource);
    return CcfsComplete(Irp, Status, 0);
}
