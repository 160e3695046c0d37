// Packets for devices of other hosts: the dispatch routine of proxies hands them to the Executive, and
// completes them when it has the answer.

#include "../ntos.h"

typedef struct _IOP_FORWARD {
    LIST_ENTRY Link;
    PIRP Irp;
    ULONG Id;
    HOST_REQUEST Message;
    DECLSPEC_ALIGN(16) UCHAR Buffer[]; // PnP: HOST_PNP_BUFFER bytes
} IOP_FORWARD, *PIOP_FORWARD;

static RTL_SRWLOCK IopForwardLock;
static LIST_ENTRY IopForwards = {&IopForwards, &IopForwards};
static ULONG IopNextForward = 1;

static PIOP_FORWARD IopTakeForward(ULONG Id)
{
    PIOP_FORWARD Found = nullptr;
    RtlAcquireSRWLockExclusive(&IopForwardLock);
    for (PLIST_ENTRY Link = IopForwards.Flink; Link != &IopForwards && !Found; Link = Link->Flink) {
        PIOP_FORWARD Forward = CONTAINING_RECORD(Link, IOP_FORWARD, Link);
        if (Forward->Id == Id)
            Found = Forward;
    }
    if (Found)
        RemoveEntryList(&Found->Link);
    RtlReleaseSRWLockExclusive(&IopForwardLock);
    return Found;
}

// ---- The way out

static PVOID IopMdlAddress(PIRP Irp)
{
    return Irp->MdlAddress ? MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority)
                           : nullptr;
}

// Whole pages of a request, or locked ones, that nobody has mapped here.
static BOOLEAN IopIsUnmapped(const MDL *Mdl, ULONG Length)
{
    constexpr CSHORT Mapped = MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL | MDL_IO_SPACE;
    return Mdl && Length && !(Mdl->MdlFlags & Mapped) && !Mdl->ByteOffset &&
           Mdl->ByteCount >= Length;
}

static VOID IopDescribePages(PMDL Mdl, PHOST_REQUEST Message)
{
    Message->Buffering = HostBufferDirect;
    Message->Pages = (ULONG64)MmGetMdlPfnArray(Mdl);
}

// Other buffers go as addresses in this host, from where the Executive takes them.
static VOID IopDescribeTransfer(PIRP Irp, const IO_STACK_LOCATION *Stack, PHOST_REQUEST Message)
{
    ULONG Length = Stack->Parameters.Read.Length; // Write has the same layout
    if (Stack->MajorFunction == IRP_MJ_WRITE)
        Message->InputLength = Length;
    else
        Message->OutputLength = Length;
    if (IopIsUnmapped(Irp->MdlAddress, Length)) {
        IopDescribePages(Irp->MdlAddress, Message);
        return;
    }
    PVOID Direct = IopMdlAddress(Irp);
    PVOID Buffer = Direct ? Direct : Irp->AssociatedIrp.SystemBuffer;
    if (!Buffer)
        Buffer = Irp->UserBuffer;
    Message->Buffering = HostBufferSystem;
    if (Direct)
        Message->Buffering = HostBufferDirect;
    Message->SystemBuffer = Message->UserBuffer = (ULONG64)Buffer;
}

static VOID IopDescribeControl(PIRP Irp, const IO_STACK_LOCATION *Stack, PHOST_REQUEST Message)
{
    static const USHORT Buffering[] = {
        [METHOD_BUFFERED] = HostBufferSystem,
        [METHOD_IN_DIRECT] = HostBufferDirect,
        [METHOD_OUT_DIRECT] = HostBufferDirect,
        [METHOD_NEITHER] = HostBufferNeither,
    };
    ULONG Method = Stack->Parameters.DeviceIoControl.IoControlCode & 3;
    Message->Buffering = Buffering[Method];
    Message->InputLength = Stack->Parameters.DeviceIoControl.InputBufferLength;
    Message->OutputLength = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    Message->SystemBuffer = (ULONG64)Irp->AssociatedIrp.SystemBuffer;
    if (Method == METHOD_BUFFERED)
        Message->UserBuffer = Message->SystemBuffer;
    else if (Method == METHOD_NEITHER)
        Message->UserBuffer = (ULONG64)Irp->UserBuffer;
    else
        Message->UserBuffer = (ULONG64)IopMdlAddress(Irp);
}

static NTSTATUS IopDescribePnp(const IO_STACK_LOCATION *Stack, PIOP_FORWARD Forward)
{
    SIZE_T Size = IopSendPnp(Stack, Forward->Message.Parameters, Forward->Buffer);
    if (Size > HOST_PNP_BUFFER)
        return STATUS_BUFFER_TOO_SMALL;
    Forward->Message.Buffering = HostBufferSystem;
    Forward->Message.InputLength = (ULONG)Size;
    Forward->Message.OutputLength = HOST_PNP_BUFFER;
    Forward->Message.SystemBuffer = Forward->Message.UserBuffer = (ULONG64)Forward->Buffer;
    return STATUS_SUCCESS;
}

static NTSTATUS IopDescribeForward(PDEVICE_OBJECT Device, PIOP_FORWARD Forward)
{
    PIRP Irp = Forward->Irp;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    Forward->Message = (HOST_REQUEST){
        .Kind = HostRequestIrp,
        .MajorFunction = Stack->MajorFunction,
        .MinorFunction = Stack->MinorFunction,
        .StackFlags = Stack->Flags,
        .Flags = HOST_REQUEST_KERNEL_MODE | HOST_REQUEST_HAS_STATUS,
        .Device = IopDeviceNumber(Device),
        .File = Stack->FileObject ? IopFileNumberOf(Stack->FileObject) : 0,
        .Status = Irp->IoStatus.Status,
    };
    RtlCopyMemory(Forward->Message.Parameters, &Stack->Parameters,
                  sizeof(Forward->Message.Parameters));
    switch (Stack->MajorFunction) {
    case IRP_MJ_PNP:
        return IopDescribePnp(Stack, Forward);
    case IRP_MJ_CREATE:
        Forward->Message.Parameters[0] = Stack->Parameters.Create.SecurityContext->DesiredAccess;
        return STATUS_SUCCESS;
    case IRP_MJ_READ:
    case IRP_MJ_WRITE:
        IopDescribeTransfer(Irp, Stack, &Forward->Message);
        return STATUS_SUCCESS;
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
        IopDescribeControl(Irp, Stack, &Forward->Message);
        return STATUS_SUCCESS;
    default:
        return STATUS_SUCCESS;
    }
}

static VOID IopSendCancel(ULONG Id)
{
    HOST_REPLY Reply = {.Kind = HostReplyForwardCancel, .RequestId = Id};
    IopSendReply(&Reply);
}

static VOID NTAPI IopCancelForward(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    ULONG Id = (ULONG)(ULONG_PTR)Irp->Tail.Overlay.DriverContext[0];
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    IopSendCancel(Id);
}

// A packet that is complete as it stands.
static NTSTATUS IopRefuseForward(PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    IofCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static PIOP_FORWARD IopMakeForward(PIRP Irp, BOOLEAN IsPnp)
{
    SIZE_T Size = FIELD_OFFSET(IOP_FORWARD, Buffer) + (IsPnp ? HOST_PNP_BUFFER : 0);
    PIOP_FORWARD Forward = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'wFoI');
    if (!Forward)
        return nullptr;
    RtlZeroMemory(Forward, Size);
    Forward->Irp = Irp;
    return Forward;
}

static VOID IopSendForward(PIOP_FORWARD Forward)
{
    PIRP Irp = Forward->Irp;
    HOST_REPLY Reply = {.Kind = HostReplyForward, .Data = (ULONG64)&Forward->Message};
    KIRQL Irql;
    RtlAcquireSRWLockExclusive(&IopForwardLock);
    Forward->Id = IopNextForward++;
    InsertTailList(&IopForwards, &Forward->Link);
    RtlReleaseSRWLockExclusive(&IopForwardLock);
    Irp->Tail.Overlay.DriverContext[0] = (PVOID)(ULONG_PTR)Forward->Id;
    Reply.RequestId = Forward->Id;
    IoAcquireCancelSpinLock(&Irql); // the word that it is cancelled comes after it
    BOOLEAN Cancelled = Irp->Cancel;
    IoSetCancelRoutine(Irp, Cancelled ? nullptr : IopCancelForward);
    IopSendReply(&Reply);
    if (Cancelled)
        IopSendCancel(Reply.RequestId);
    IoReleaseCancelSpinLock(Irql);
}

// Flags: HOST_REQUEST_* besides those of every packet.
static NTSTATUS IopForward(PDEVICE_OBJECT DeviceObject, PIRP Irp, USHORT Flags)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    BOOLEAN IsPnp = Stack->MajorFunction == IRP_MJ_PNP;
    if (Stack->MajorFunction == IRP_MJ_POWER && Stack->MinorFunction == IRP_MN_POWER_SEQUENCE)
        return IopRefuseForward(Irp, STATUS_NOT_SUPPORTED); // its answer is memory of this host
    if (IsPnp && Stack->MinorFunction == IRP_MN_QUERY_INTERFACE)
        return IopQueryForeignInterface(DeviceObject, Irp);
    PIOP_FORWARD Forward = IopMakeForward(Irp, IsPnp);
    if (!Forward)
        return IopRefuseForward(Irp, STATUS_INSUFFICIENT_RESOURCES);
    NTSTATUS Status = IopDescribeForward(DeviceObject, Forward);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Forward, 'wFoI');
        return IopRefuseForward(Irp, Status);
    }
    Forward->Message.Flags |= Flags;
    IoMarkIrpPending(Irp);
    IopSendForward(Forward);
    return STATUS_PENDING;
}

NTSTATUS NTAPI IopForwardIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return IopForward(DeviceObject, Irp, 0);
}

// The packet's next stack location has the request.
VOID IopForwardToTop(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IoSetNextIrpStackLocation(Irp);
    IoGetCurrentIrpStackLocation(Irp)->DeviceObject = DeviceObject;
    (VOID) IopForward(DeviceObject, Irp, HOST_REQUEST_TO_TOP);
}

// ---- And back

VOID IopFinishForward(const HOST_REQUEST *Answer)
{
    PIOP_FORWARD Forward = IopTakeForward(Answer->RequestId);
    if (!Forward)
        return;
    PIRP Irp = Forward->Irp;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    KIRQL Irql;
    IoAcquireCancelSpinLock(&Irql); // a cancel routine that runs is through with the packet then
    IoSetCancelRoutine(Irp, NULL);
    IoReleaseCancelSpinLock(Irql);
    Irp->IoStatus.Status = Answer->Status;
    if (Stack->MajorFunction != IRP_MJ_PNP) {
        Irp->IoStatus.Information = Answer->Information;
    } else if (NT_SUCCESS(Answer->Status)) {
        NTSTATUS Status = IopReceivePnp(Irp, Stack, Forward->Buffer, Answer->Information);
        if (!NT_SUCCESS(Status))
            Irp->IoStatus.Status = Status;
    }
    ExFreePoolWithTag(Forward, 'wFoI');
    if (Irp->IoStatus.Status == STATUS_VERIFY_REQUIRED)
        IopNoteVerifyRequired(Stack->DeviceObject, Irp);
    IofCompleteRequest(Irp, IO_NO_INCREMENT);
}
