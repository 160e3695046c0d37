// IRPs that drivers build for others, with the buffers that the receiving device wants.

#include "../ntos.h"

static VOID IopReleaseBuiltBuffers(PIRP Irp)
{
    if (Irp->Flags & IRP_DEALLOCATE_BUFFER)
        ExFreePool(Irp->AssociatedIrp.SystemBuffer);
    while (Irp->MdlAddress) {
        PMDL Next = Irp->MdlAddress->Next;
        MmUnlockPages(Irp->MdlAddress);
        IoFreeMdl(Irp->MdlAddress);
        Irp->MdlAddress = Next;
    }
}

// The packet is complete: its answer goes to who built it. Warnings have one too.
VOID IopFinishBuiltIrp(PIRP Irp)
{
    if (Irp->Flags & IRP_INPUT_OPERATION && Irp->UserBuffer && !NT_ERROR(Irp->IoStatus.Status))
        RtlCopyMemory(Irp->UserBuffer, Irp->AssociatedIrp.SystemBuffer, Irp->IoStatus.Information);
    IopReleaseBuiltBuffers(Irp);
    if (Irp->UserIosb)
        *Irp->UserIosb = Irp->IoStatus;
    PKEVENT Event = Irp->UserEvent;
    IoFreeIrp(Irp);
    if (Event)
        KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
}

// A system buffer of Size bytes that begins with the input. Size 0: none.
static BOOLEAN IopBuildSystemBuffer(PIRP Irp, const VOID *Input, ULONG InputLength, ULONG Size)
{
    if (!Size)
        return TRUE;
    Irp->AssociatedIrp.SystemBuffer = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'fBoI');
    if (!Irp->AssociatedIrp.SystemBuffer)
        return FALSE;
    Irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    if (InputLength)
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Input, InputLength);
    return TRUE;
}

static BOOLEAN IopBuildMdl(PIRP Irp, PVOID Buffer, ULONG Length, LOCK_OPERATION Operation)
{
    if (!Length)
        return TRUE;
    PMDL Mdl = IoAllocateMdl(Buffer, Length, FALSE, FALSE, nullptr);
    if (!Mdl)
        return FALSE;
    BOOLEAN Locked = TRUE;
    __try {
        MmProbeAndLockPages(Mdl, KernelMode, Operation);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Locked = FALSE;
    }
    if (Locked)
        Irp->MdlAddress = Mdl;
    else
        IoFreeMdl(Mdl);
    return Locked;
}

static PIRP IopAllocateBuiltIrp(PDEVICE_OBJECT Device, UCHAR MajorFunction, PKEVENT Event,
                                PIO_STATUS_BLOCK IoStatusBlock)
{
    PIRP Irp = IoAllocateIrp(Device->StackSize, FALSE);
    if (!Irp)
        return nullptr;
    IoGetNextIrpStackLocation(Irp)->MajorFunction = MajorFunction;
    Irp->Tail.Overlay.Thread = PsGetCurrentThread();
    Irp->UserEvent = Event;
    Irp->UserIosb = IoStatusBlock;
    if (Event)
        Irp->Flags |= IRP_SYNCHRONOUS_API;
    return Irp;
}

static PIRP IopGiveUpIrp(PIRP Irp)
{
    IopReleaseBuiltBuffers(Irp);
    IoFreeIrp(Irp);
    return nullptr;
}

// ---- Controls

static BOOLEAN IopBuildBufferedControl(PIRP Irp, PVOID Input, ULONG InputLength, PVOID Output,
                                       ULONG OutputLength)
{
    Irp->UserBuffer = Output;
    if (Output)
        Irp->Flags |= IRP_INPUT_OPERATION;
    return IopBuildSystemBuffer(Irp, Input, InputLength, max(InputLength, OutputLength));
}

static BOOLEAN IopBuildDirectControl(PIRP Irp, ULONG Method, PVOID Input, ULONG InputLength,
                                     PVOID Output, ULONG OutputLength)
{
    LOCK_OPERATION Operation = Method == METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess;
    return IopBuildSystemBuffer(Irp, Input, InputLength, Input ? InputLength : 0) &&
           IopBuildMdl(Irp, Output, Output ? OutputLength : 0, Operation);
}

PIRP NTAPI IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject,
                                         PVOID InputBuffer, ULONG InputBufferLength,
                                         PVOID OutputBuffer, ULONG OutputBufferLength,
                                         BOOLEAN InternalDeviceIoControl, PKEVENT Event,
                                         PIO_STATUS_BLOCK IoStatusBlock)
{
    UCHAR Major = InternalDeviceIoControl ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL;
    PIRP Irp = IopAllocateBuiltIrp(DeviceObject, Major, Event, IoStatusBlock);
    if (!Irp)
        return nullptr;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->Parameters.DeviceIoControl.IoControlCode = IoControlCode;
    Stack->Parameters.DeviceIoControl.InputBufferLength = InputBufferLength;
    Stack->Parameters.DeviceIoControl.OutputBufferLength = OutputBufferLength;
    ULONG Method = IoControlCode & 3;
    BOOLEAN Built = TRUE;
    if (Method == METHOD_BUFFERED) {
        Built = IopBuildBufferedControl(Irp, InputBuffer, InputBufferLength, OutputBuffer,
                                        OutputBufferLength);
    } else if (Method == METHOD_NEITHER) {
        Irp->UserBuffer = OutputBuffer;
        Stack->Parameters.DeviceIoControl.Type3InputBuffer = InputBuffer;
    } else {
        Built = IopBuildDirectControl(Irp, Method, InputBuffer, InputBufferLength, OutputBuffer,
                                      OutputBufferLength);
    }
    return Built ? Irp : IopGiveUpIrp(Irp);
}

// ---- Transfers, and what has no buffer

static BOOLEAN IopBuildTransfer(PIRP Irp, PDEVICE_OBJECT Device, PVOID Buffer, ULONG Length,
                                const LARGE_INTEGER *StartingOffset)
{
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    BOOLEAN IsWrite = Stack->MajorFunction == IRP_MJ_WRITE;
    // Read and Write have one layout.
    Stack->Parameters.Read.Length = Length;
    if (StartingOffset)
        Stack->Parameters.Read.ByteOffset = *StartingOffset;
    if (Device->Flags & DO_BUFFERED_IO) {
        if (!IsWrite) {
            Irp->UserBuffer = Buffer;
            Irp->Flags |= IRP_INPUT_OPERATION;
        }
        return IopBuildSystemBuffer(Irp, Buffer, IsWrite ? Length : 0, Length);
    }
    if (Device->Flags & DO_DIRECT_IO)
        return IopBuildMdl(Irp, Buffer, Length, IsWrite ? IoReadAccess : IoWriteAccess);
    Irp->UserBuffer = Buffer;
    return TRUE;
}

static PIRP IopBuildFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT Device, PVOID Buffer,
                               ULONG Length, const LARGE_INTEGER *StartingOffset, PKEVENT Event,
                               PIO_STATUS_BLOCK IoStatusBlock)
{
    PIRP Irp = IopAllocateBuiltIrp(Device, (UCHAR)MajorFunction, Event, IoStatusBlock);
    if (!Irp)
        return nullptr;
    BOOLEAN IsTransfer = MajorFunction == IRP_MJ_READ || MajorFunction == IRP_MJ_WRITE;
    if (IsTransfer && !IopBuildTransfer(Irp, Device, Buffer, Length, StartingOffset))
        return IopGiveUpIrp(Irp);
    return Irp;
}

PIRP NTAPI IoBuildSynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject,
                                        PVOID Buffer, ULONG Length, PLARGE_INTEGER StartingOffset,
                                        PKEVENT Event, PIO_STATUS_BLOCK IoStatusBlock)
{
    return IopBuildFsdRequest(MajorFunction, DeviceObject, Buffer, Length, StartingOffset, Event,
                              IoStatusBlock);
}

// The caller's completion routine stops the completion, and frees the packet and its buffers.
PIRP NTAPI IoBuildAsynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject,
                                         PVOID Buffer, ULONG Length, PLARGE_INTEGER StartingOffset,
                                         PIO_STATUS_BLOCK IoStatusBlock)
{
    return IopBuildFsdRequest(MajorFunction, DeviceObject, Buffer, Length, StartingOffset, nullptr,
                              IoStatusBlock);
}
