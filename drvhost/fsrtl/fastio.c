// The short ways to a cached file's data that file systems put into their FastIoDispatch. The file system is asked
// where the header of the file says that the answer is not always the same.

#include "../ntos.h"

static PFSRTL_COMMON_FCB_HEADER FsRtlpAcquireShared(PFILE_OBJECT FileObject, BOOLEAN Wait)
{
    PFSRTL_COMMON_FCB_HEADER Header = FileObject->FsContext;
    FsRtlEnterFileSystem();
    if (!ExAcquireResourceSharedLite(Header->Resource, Wait)) {
        FsRtlExitFileSystem();
        return nullptr;
    }
    return Header;
}

static VOID FsRtlpRelease(PFSRTL_COMMON_FCB_HEADER Header)
{
    ExReleaseResourceLite(Header->Resource);
    FsRtlExitFileSystem();
}

static BOOLEAN FsRtlpIsPossible(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                                BOOLEAN Wait, ULONG LockKey, BOOLEAN Read,
                                PIO_STATUS_BLOCK IoStatus)
{
    PFSRTL_COMMON_FCB_HEADER Header = FileObject->FsContext;
    if (!FileObject->PrivateCacheMap || Header->IsFastIoPossible == FastIoIsNotPossible)
        return FALSE;
    if (Header->IsFastIoPossible != FastIoIsQuestionable)
        return TRUE;
    PDEVICE_OBJECT Device = IoGetRelatedDeviceObject(FileObject);
    PFAST_IO_DISPATCH Dispatch = Device->DriverObject->FastIoDispatch;
    return Dispatch && Dispatch->FastIoCheckIfPossible &&
           Dispatch->FastIoCheckIfPossible(FileObject, FileOffset, Length, Wait, LockKey, Read,
                                           IoStatus, Device);
}

// The part of the range that the file has; FALSE: the answer is complete.
static BOOLEAN FsRtlpClip(PFSRTL_COMMON_FCB_HEADER Header, const LARGE_INTEGER *FileOffset,
                          PULONG Length, PIO_STATUS_BLOCK IoStatus)
{
    IoStatus->Information = 0;
    IoStatus->Status = *Length ? STATUS_END_OF_FILE : STATUS_SUCCESS;
    if (!*Length || FileOffset->QuadPart >= Header->FileSize.QuadPart)
        return FALSE;
    LONGLONG Left = Header->FileSize.QuadPart - FileOffset->QuadPart;
    if (*Length > Left)
        *Length = (ULONG)Left;
    return TRUE;
}

BOOLEAN NTAPI FsRtlCopyRead(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                            BOOLEAN Wait, ULONG LockKey, PVOID Buffer, PIO_STATUS_BLOCK IoStatus,
                            PDEVICE_OBJECT DeviceObject)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PFSRTL_COMMON_FCB_HEADER Header = FsRtlpAcquireShared(FileObject, Wait);
    if (!Header)
        return FALSE;
    BOOLEAN Done = FsRtlpIsPossible(FileObject, FileOffset, Length, Wait, LockKey, TRUE, IoStatus);
    if (Done && FsRtlpClip(Header, FileOffset, &Length, IoStatus)) {
        IoSetTopLevelIrp((PIRP)FSRTL_FAST_IO_TOP_LEVEL_IRP);
        __try {
            Done = CcCopyRead(FileObject, FileOffset, Length, Wait, Buffer, IoStatus);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            Done = FALSE;
        }
        IoSetTopLevelIrp(nullptr);
    }
    if (Done && NT_SUCCESS(IoStatus->Status))
        FileObject->CurrentByteOffset.QuadPart =
            FileOffset->QuadPart + (LONGLONG)IoStatus->Information;
    FsRtlpRelease(Header);
    return Done;
}

// Only within what is written already: everything else is the file system's.
BOOLEAN NTAPI FsRtlCopyWrite(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                             BOOLEAN Wait, ULONG LockKey, PVOID Buffer, PIO_STATUS_BLOCK IoStatus,
                             PDEVICE_OBJECT DeviceObject)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    if ((FileObject->Flags & FO_WRITE_THROUGH) || FileOffset->QuadPart < 0 ||
        !CcCanIWrite(FileObject, Length, Wait, FALSE))
        return FALSE;
    PFSRTL_COMMON_FCB_HEADER Header = FsRtlpAcquireShared(FileObject, Wait);
    if (!Header)
        return FALSE;
    BOOLEAN Done = FileOffset->QuadPart + Length <= Header->ValidDataLength.QuadPart &&
                   FsRtlpIsPossible(FileObject, FileOffset, Length, Wait, LockKey, FALSE, IoStatus);
    if (Done) {
        IoSetTopLevelIrp((PIRP)FSRTL_FAST_IO_TOP_LEVEL_IRP);
        __try {
            Done = CcCopyWrite(FileObject, FileOffset, Length, Wait, Buffer);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            Done = FALSE;
        }
        IoSetTopLevelIrp(nullptr);
    }
    if (Done) {
        FileObject->Flags |= FO_FILE_MODIFIED;
        FileObject->CurrentByteOffset.QuadPart = FileOffset->QuadPart + Length;
        *IoStatus = (IO_STATUS_BLOCK){.Status = STATUS_SUCCESS, .Information = Length};
    }
    FsRtlpRelease(Header);
    return Done;
}

BOOLEAN NTAPI FsRtlMdlReadDev(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                              ULONG LockKey, PMDL *MdlChain, PIO_STATUS_BLOCK IoStatus,
                              PDEVICE_OBJECT DeviceObject)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PFSRTL_COMMON_FCB_HEADER Header = FsRtlpAcquireShared(FileObject, TRUE);
    *MdlChain = nullptr;
    BOOLEAN Done = FsRtlpIsPossible(FileObject, FileOffset, Length, TRUE, LockKey, TRUE, IoStatus);
    if (Done && FsRtlpClip(Header, FileOffset, &Length, IoStatus)) {
        __try {
            CcMdlRead(FileObject, FileOffset, Length, MdlChain, IoStatus);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            Done = FALSE;
        }
    }
    FsRtlpRelease(Header);
    return Done;
}

BOOLEAN NTAPI FsRtlMdlReadCompleteDev(PFILE_OBJECT FileObject, PMDL MdlChain,
                                      PDEVICE_OBJECT DeviceObject)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    CcMdlReadComplete(FileObject, MdlChain);
    return TRUE;
}

BOOLEAN NTAPI FsRtlPrepareMdlWriteDev(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset,
                                      ULONG Length, ULONG LockKey, PMDL *MdlChain,
                                      PIO_STATUS_BLOCK IoStatus, PDEVICE_OBJECT DeviceObject)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PFSRTL_COMMON_FCB_HEADER Header = FsRtlpAcquireShared(FileObject, TRUE);
    *MdlChain = nullptr;
    BOOLEAN Done = FileOffset->QuadPart >= 0 &&
                   FileOffset->QuadPart + Length <= Header->ValidDataLength.QuadPart &&
                   FsRtlpIsPossible(FileObject, FileOffset, Length, TRUE, LockKey, FALSE, IoStatus);
    if (Done) {
        __try {
            CcPrepareMdlWrite(FileObject, FileOffset, Length, MdlChain, IoStatus);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            Done = FALSE;
        }
    }
    FsRtlpRelease(Header);
    return Done;
}

BOOLEAN NTAPI FsRtlMdlWriteCompleteDev(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset,
                                       PMDL MdlChain, PDEVICE_OBJECT DeviceObject)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    CcMdlWriteComplete(FileObject, FileOffset, MdlChain);
    return TRUE;
}
