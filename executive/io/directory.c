// Directories: what is in them, and when that changes.
#include "iop.h"

// Information classes of directory entries, with the bytes before the name.
static const struct {
    ULONG Class, Size;
} IopDirectoryClasses[] = {
    {FileDirectoryInformation, offsetof(FILE_DIRECTORY_INFORMATION, FileName)},
    {FileFullDirectoryInformation, offsetof(FILE_FULL_DIR_INFORMATION, FileName)},
    {FileBothDirectoryInformation, offsetof(FILE_BOTH_DIR_INFORMATION, FileName)},
    {FileNamesInformation, offsetof(FILE_NAMES_INFORMATION, FileName)},
    {FileIdBothDirectoryInformation, offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileName)},
    {FileIdFullDirectoryInformation, offsetof(FILE_ID_FULL_DIR_INFORMATION, FileName)},
    {FileObjectIdInformation, 56},
    {FileQuotaInformation, 48},
    {FileReparsePointInformation, 16},
    {FileIdGlobalTxDirectoryInformation, 104},
    {FileIdExtdDirectoryInformation, 88},
    {FileIdExtdBothDirectoryInformation, 114},
};

static NTSTATUS IopCheckDirectoryClass(ULONG Class, ULONG Length)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopDirectoryClasses); i++) {
        if (IopDirectoryClasses[i].Class == Class)
            return Length < IopDirectoryClasses[i].Size ? STATUS_INFO_LENGTH_MISMATCH
                                                        : STATUS_SUCCESS;
    }
    return STATUS_INVALID_INFO_CLASS;
}

static NTSTATUS IopSendDirectoryQuery(const IOP_SERVICE *Service, PFILE_OBJECT File,
                                      VOID USER *Buffer, ULONG Length, ULONG Class, ULONG Flags,
                                      PUNICODE_STRING Pattern)
{
    PIO_REQUEST Request;
    NTSTATUS Status =
        IopBeginRequest(Service, File, IRP_MJ_DIRECTORY_CONTROL, IRP_MN_QUERY_DIRECTORY, &Request);
    if (Status != STATUS_SUCCESS) {
        MmFreeCapturedString(Pattern);
        return Status;
    }
    Request->Captured = Pattern->Buffer;
    Request->KernelInput = TRUE;
    Request->InputBuffer = (ULONG_PTR)Pattern->Buffer;
    Request->InputLength = Pattern->Length;
    Request->Buffering = (USHORT)IopDeviceBuffering(File, Length);
    Request->Flags |= HOST_REQUEST_WRITABLE_PAGES;
    Request->OutputBuffer = (ULONG_PTR)Buffer;
    Request->OutputLength = Length;
    Request->StackFlags = (UCHAR)Flags;
    Request->Parameters[0] = Length;
    Request->Parameters[2] = Class;
    return IopPerformRequest(Request);
}

NTSTATUS NtQueryDirectoryFileEx(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                                IO_STATUS_BLOCK USER *IoStatusBlock, VOID USER *Buffer,
                                ULONG Length, FILE_INFORMATION_CLASS InformationClass,
                                ULONG QueryFlags, const UNICODE_STRING USER *FileName)
{
    constexpr ULONG Known = SL_RESTART_SCAN | SL_RETURN_SINGLE_ENTRY |
                            SL_RETURN_ON_DISK_ENTRIES_ONLY | SL_NO_CURSOR_UPDATE;
    const IOP_SERVICE Service = {Event, ApcRoutine, ApcContext, IoStatusBlock, FALSE, nullptr};
    UNICODE_STRING Pattern = {};
    PFILE_OBJECT File;
    NTSTATUS Status = IopCheckDirectoryClass((ULONG)InformationClass, Length);
    if (NT_SUCCESS(Status) && (QueryFlags & ~Known))
        Status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(Status))
        Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(Buffer, Length, sizeof(ULONG));
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, FILE_LIST_DIRECTORY, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    if (FileName)
        Status = MmCaptureUnicodeString(&Pattern, FileName);
    if (NT_SUCCESS(Status))
        Status = IopSendDirectoryQuery(&Service, File, Buffer, Length, (ULONG)InformationClass,
                                       QueryFlags, &Pattern);
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS NtQueryDirectoryFile(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                              IO_STATUS_BLOCK USER *IoStatusBlock, VOID USER *Buffer, ULONG Length,
                              FILE_INFORMATION_CLASS InformationClass, BOOLEAN ReturnSingleEntry,
                              const UNICODE_STRING USER *FileName, BOOLEAN RestartScan)
{
    ULONG Flags =
        (ReturnSingleEntry ? SL_RETURN_SINGLE_ENTRY : 0) | (RestartScan ? SL_RESTART_SCAN : 0);
    return NtQueryDirectoryFileEx(FileHandle, Event, ApcRoutine, ApcContext, IoStatusBlock, Buffer,
                                  Length, InformationClass, Flags, FileName);
}

NTSTATUS NtNotifyChangeDirectoryFile(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine,
                                     PVOID ApcContext, IO_STATUS_BLOCK USER *IoStatusBlock,
                                     VOID USER *Buffer, ULONG Length, ULONG CompletionFilter,
                                     BOOLEAN WatchTree)
{
    const IOP_SERVICE Service = {Event, ApcRoutine, ApcContext, IoStatusBlock, FALSE, nullptr};
    PFILE_OBJECT File;
    PIO_REQUEST Request;
    if (!CompletionFilter || (CompletionFilter & ~(ULONG)FILE_NOTIFY_VALID_MASK))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status) && Length)
        Status = MmProbeForWrite(Buffer, Length, sizeof(ULONG));
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, FILE_LIST_DIRECTORY, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopBeginRequest(&Service, File, IRP_MJ_DIRECTORY_CONTROL,
                             IRP_MN_NOTIFY_CHANGE_DIRECTORY, &Request);
    if (Status == STATUS_SUCCESS) {
        Request->Buffering = (USHORT)IopDeviceBuffering(File, Length);
        Request->Flags |= HOST_REQUEST_WRITABLE_PAGES;
        Request->OutputBuffer = (ULONG_PTR)Buffer;
        Request->OutputLength = Length;
        Request->StackFlags = WatchTree ? SL_WATCH_TREE : 0;
        Request->Parameters[0] = Length;
        Request->Parameters[1] = CompletionFilter;
        Status = IopPerformRequest(Request);
    }
    ObDereferenceObject(File);
    return Status;
}
