// NtDeviceIoControlFile and NtFsControlFile.
#include "iop.h"

// How a control code says that its data crosses.
typedef struct _IOP_CONTROL {
    UCHAR MajorFunction;
    ULONG Code;
    ULONG_PTR Input, Output;
    ULONG InputLength, OutputLength;
} IOP_CONTROL;

static ULONG IopMethod(ULONG Code)
{
    return Code & 3;
}

static ACCESS_MASK IopControlAccess(ULONG Code)
{
    ULONG Access = Code >> 14 & 3;
    return (Access & FILE_READ_ACCESS ? FILE_READ_DATA : 0) |
           (Access & FILE_WRITE_ACCESS ? FILE_WRITE_DATA : 0);
}

// With METHOD_NEITHER the device looks after its buffers itself.
static NTSTATUS IopProbeControl(const IOP_CONTROL *Control)
{
    ULONG Method = IopMethod(Control->Code);
    if (Method == METHOD_NEITHER)
        return STATUS_SUCCESS;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Control->Input)
        Status = MmProbeForRead((const VOID USER *)Control->Input, Control->InputLength, 1);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!Control->Output) // then there are no pages that could be described
        return Method != METHOD_BUFFERED && Control->OutputLength ? STATUS_ACCESS_VIOLATION
                                                                  : STATUS_SUCCESS;
    if (Method == METHOD_IN_DIRECT)
        return MmProbeForRead((const VOID USER *)Control->Output, Control->OutputLength, 1);
    return MmProbeForWrite((VOID USER *)Control->Output, Control->OutputLength, 1);
}

static VOID IopFillControl(PIO_REQUEST Request, const IOP_CONTROL *Control)
{
    static const UCHAR Buffering[] = {
        [METHOD_BUFFERED] = HostBufferSystem,
        [METHOD_IN_DIRECT] = HostBufferDirect,
        [METHOD_OUT_DIRECT] = HostBufferDirect,
        [METHOD_NEITHER] = HostBufferNeither,
    };
    Request->Buffering = Buffering[IopMethod(Control->Code)];
    Request->Parameters[0] = Control->OutputLength;
    Request->Parameters[1] = Control->InputLength;
    Request->Parameters[2] = Control->Code;
    Request->Parameters[3] = Control->Input;
    Request->InputBuffer = Control->Input;
    Request->OutputBuffer = Control->Output;
    Request->InputLength = Control->InputLength;
    Request->OutputLength = Control->OutputLength;
    if (IopMethod(Control->Code) != METHOD_IN_DIRECT)
        Request->Flags |= HOST_REQUEST_WRITABLE_PAGES;
}

static NTSTATUS IopControlFile(HANDLE FileHandle, const IOP_SERVICE *Service,
                               const IOP_CONTROL *Control)
{
    PFILE_OBJECT File;
    PIO_REQUEST Request;
    NTSTATUS Status = IopProbeStatusBlock(Service->StatusBlock);
    if (NT_SUCCESS(Status))
        Status = IopProbeControl(Control);
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, IopControlAccess(Control->Code), &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    if (File->RawVolume && Control->MajorFunction == IRP_MJ_FILE_SYSTEM_CONTROL) {
        Status = IopControlRawVolume(File, Control->Code);
        ObDereferenceObject(File);
        return IopAnswerService(Service->StatusBlock, Status, 0);
    }
    if (Control->MajorFunction == IRP_MJ_FILE_SYSTEM_CONTROL && File->Device->KeptCount)
        (VOID) IopReleaseKept(File->Device, TRUE);
    Status = IopBeginRequest(Service, File, Control->MajorFunction, 0, &Request);
    if (Status == STATUS_SUCCESS) {
        IopFillControl(Request, Control);
        Status = IopPerformRequest(Request);
    }
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS NtDeviceIoControlFile(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                               IO_STATUS_BLOCK USER *IoStatusBlock, ULONG IoControlCode,
                               const VOID USER *InputBuffer, ULONG InputBufferLength,
                               VOID USER *OutputBuffer, ULONG OutputBufferLength)
{
    const IOP_SERVICE Service = {Event, ApcRoutine, ApcContext, IoStatusBlock, FALSE, nullptr};
    const IOP_CONTROL Control = {IRP_MJ_DEVICE_CONTROL,   IoControlCode,     (ULONG_PTR)InputBuffer,
                                 (ULONG_PTR)OutputBuffer, InputBufferLength, OutputBufferLength};
    return IopControlFile(FileHandle, &Service, &Control);
}

NTSTATUS NtFsControlFile(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                         IO_STATUS_BLOCK USER *IoStatusBlock, ULONG FsControlCode,
                         const VOID USER *InputBuffer, ULONG InputBufferLength,
                         VOID USER *OutputBuffer, ULONG OutputBufferLength)
{
    const IOP_SERVICE Service = {Event, ApcRoutine, ApcContext, IoStatusBlock, FALSE, nullptr};
    const IOP_CONTROL Control = {IRP_MJ_FILE_SYSTEM_CONTROL, FsControlCode,
                                 (ULONG_PTR)InputBuffer,     (ULONG_PTR)OutputBuffer,
                                 InputBufferLength,          OutputBufferLength};
    return IopControlFile(FileHandle, &Service, &Control);
}
