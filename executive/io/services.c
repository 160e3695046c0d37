// Services on files: opening, reading, writing.
#include "ioboot.h"

NTSTATUS NtCreateFile(HANDLE USER *FileHandle, ACCESS_MASK DesiredAccess,
                      const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                      IO_STATUS_BLOCK USER *IoStatusBlock, const LARGE_INTEGER USER *AllocationSize,
                      ULONG FileAttributes, ULONG ShareAccess, ULONG CreateDisposition,
                      ULONG CreateOptions, const VOID USER *EaBuffer, ULONG EaLength)
{
    UNREFERENCED_PARAMETER(AllocationSize);
    UNREFERENCED_PARAMETER(FileAttributes);
    UNREFERENCED_PARAMETER(EaBuffer);
    constexpr ULONG Both = FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE;
    if (CreateDisposition > FILE_OVERWRITE_IF || (CreateOptions & ~FILE_VALID_OPTION_FLAGS) ||
        (CreateOptions & Both) == Both ||
        (ShareAccess & ~(ULONG)(FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)))
        return STATUS_INVALID_PARAMETER;
    if (EaLength)
        return STATUS_EAS_NOT_SUPPORTED;
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = MmProbeForWrite(FileHandle, sizeof(HANDLE), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(IoStatusBlock, sizeof(IO_STATUS_BLOCK), 1);
    if (NT_SUCCESS(Status))
        Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;

    IOP_OPEN Open = {.Disposition = CreateDisposition, .Options = CreateOptions};
    HANDLE Handle = nullptr;
    Status =
        ObOpenObjectByName(&Attributes, IoFileObjectType, UserMode, DesiredAccess, &Open, &Handle);
    ObReleaseAttributes(&Attributes);
    Status = ObReturnHandle(Status, Handle, FileHandle);
    if (!NT_SUCCESS(Status))
        return Status;
    IO_STATUS_BLOCK Block = {.Status = Status, .Information = Open.Information};
    (VOID) MmCopyToUser(IoStatusBlock, &Block, sizeof(Block));
    return Status;
}

NTSTATUS NtOpenFile(HANDLE USER *FileHandle, ACCESS_MASK DesiredAccess,
                    const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                    IO_STATUS_BLOCK USER *IoStatusBlock, ULONG ShareAccess, ULONG OpenOptions)
{
    return NtCreateFile(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, nullptr, 0,
                        ShareAccess, FILE_OPEN, OpenOptions, nullptr, 0);
}

// Where a transfer begins: the given offset, or the file's own position.
static NTSTATUS IopTransferOffset(PFILE_OBJECT File, const LARGE_INTEGER USER *ByteOffset,
                                  PULONG64 Offset)
{
    LARGE_INTEGER Given = {.LowPart = FILE_USE_FILE_POINTER_POSITION, .HighPart = -1};
    if (ByteOffset) {
        NTSTATUS Status = MmCopyFromUser(&Given, ByteOffset, sizeof(Given));
        if (!NT_SUCCESS(Status))
            return Status;
    }
    BOOLEAN Current = Given.HighPart == -1 && Given.LowPart == FILE_USE_FILE_POINTER_POSITION;
    if (!Current) {
        *Offset = (ULONG64)Given.QuadPart;
        return Given.QuadPart < 0 ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
    }
    *Offset = File->Position;
    return File->Synchronous ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS IopReadVolume(PFILE_OBJECT File, VOID USER *Buffer, ULONG Length,
                              const LARGE_INTEGER USER *ByteOffset, PULONG Read)
{
    ULONG64 Offset;
    if (File->Directory)
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS Status = IopTransferOffset(File, ByteOffset, &Offset);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Offset >= File->Size)
        return Length ? STATUS_END_OF_FILE : STATUS_SUCCESS;
    *Read = (ULONG)min((ULONG64)Length, File->Size - Offset);
    Status = MmCopyToUser(Buffer, (const UCHAR *)File->Data + Offset, *Read);
    if (NT_SUCCESS(Status) && File->Synchronous)
        File->Position = Offset + *Read;
    return Status;
}

NTSTATUS NtReadFile(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                    IO_STATUS_BLOCK USER *IoStatusBlock, VOID USER *Buffer, ULONG Length,
                    const LARGE_INTEGER USER *ByteOffset, const ULONG USER *Key)
{
    UNREFERENCED_PARAMETER(Key);
    PFILE_OBJECT File;
    ULONG Read = 0;
    PEX_USER_APC Apc = nullptr;
    NTSTATUS Status = MmProbeForWrite(IoStatusBlock, sizeof(IO_STATUS_BLOCK), 1);
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, FILE_READ_DATA, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (ApcRoutine)
        Status = ExAllocateUserApc(ApcRoutine, ApcContext, &Apc);
    if (NT_SUCCESS(Status)) {
        KeResetEvent(&File->Event);
        Status = File->Device->Kind == IopConsoleDevice
                     ? IopReadConsole(File, Buffer, Length, &Read)
                     : IopReadVolume(File, Buffer, Length, ByteOffset, &Read);
        Status = IopComplete(File, IoStatusBlock, Event, Status, Read);
        KeSetEvent(&File->Event);
    }
    if (Apc && NT_SUCCESS(Status))
        ExQueueUserApc(Apc, (PVOID)IoStatusBlock, nullptr);
    else if (Apc)
        ExCancelUserApc(Apc);
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS NtWriteFile(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                     IO_STATUS_BLOCK USER *IoStatusBlock, const VOID USER *Buffer, ULONG Length,
                     const LARGE_INTEGER USER *ByteOffset, const ULONG USER *Key)
{
    UNREFERENCED_PARAMETER(ByteOffset);
    UNREFERENCED_PARAMETER(Key);
    PFILE_OBJECT File;
    ULONG Written = 0;
    PEX_USER_APC Apc = nullptr;
    NTSTATUS Status = MmProbeForWrite(IoStatusBlock, sizeof(IO_STATUS_BLOCK), 1);
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, FILE_WRITE_DATA, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (ApcRoutine)
        Status = ExAllocateUserApc(ApcRoutine, ApcContext, &Apc);
    if (NT_SUCCESS(Status)) {
        Status = File->Device->Kind == IopConsoleDevice ? IopWriteConsole(Buffer, Length, &Written)
                                                        : STATUS_MEDIA_WRITE_PROTECTED;
        Status = IopComplete(File, IoStatusBlock, Event, Status, Written);
    }
    if (Apc && NT_SUCCESS(Status))
        ExQueueUserApc(Apc, (PVOID)IoStatusBlock, nullptr);
    else if (Apc)
        ExCancelUserApc(Apc);
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS IoWriteFileData(PVOID FileObject, ULONG64 Offset, const VOID *Data, ULONG Length)
{
    UNREFERENCED_PARAMETER(Offset);
    PFILE_OBJECT File = FileObject;
    if (File->Device->Kind != IopConsoleDevice)
        return STATUS_MEDIA_WRITE_PROTECTED;
    KeWriteConsole(Data, Length);
    return STATUS_SUCCESS;
}

NTSTATUS NtFlushBuffersFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock)
{
    PFILE_OBJECT File;
    NTSTATUS Status = MmProbeForWrite(IoStatusBlock, sizeof(IO_STATUS_BLOCK), 1);
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, FILE_WRITE_DATA, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopComplete(File, IoStatusBlock, nullptr, STATUS_SUCCESS, 0);
    ObDereferenceObject(File);
    return Status;
}
