// I/O requests for devices of driver hosts: what the host is given of a request's data, and what comes
// back.
#include "hostp.h"

enum { IOP_METHOD_IN_DIRECT = 1, IOP_METHOD_MASK = 3 };

// ---- Data to the host

// A control request may have lengths without addresses: the device sees a buffer of zeros, and nobody what it
// puts there.
static BOOLEAN IopHasAddress(const IO_REQUEST *Request, ULONG_PTR Buffer, BOOLEAN Kernel)
{
    return Buffer || Kernel || Request->Segments;
}

// Where the input is a list of names by which the output is chosen, it lies apart from that.
static BOOLEAN IopHasSelection(const IO_REQUEST *Request)
{
    return (Request->MajorFunction == IRP_MJ_DIRECTORY_CONTROL &&
            Request->MinorFunction == IRP_MN_QUERY_DIRECTORY) ||
           Request->MajorFunction == IRP_MJ_QUERY_EA;
}

static NTSTATUS IopPackSelection(PIO_HOST Host, PIOP_HOST_ENTRY Entry)
{
    ULONG Size = Entry->Request->InputLength;
    if (Size == 0)
        return STATUS_SUCCESS;
    NTSTATUS Status = IopAllocateShared(Host, Size, &Entry->Selection);
    if (!NT_SUCCESS(Status))
        return Status;
    Entry->Message.Parameters[1] = Entry->Selection.HostAddress;
    return IopCopyFromRequest(Entry->Request, 0, Entry->Selection.Address, Size);
}

static NTSTATUS IopCopyInput(PIO_HOST Host, PIOP_HOST_ENTRY Entry, ULONG Size)
{
    PIO_REQUEST Request = Entry->Request;
    BOOLEAN HasInput = !IopHasSelection(Request) &&
                       IopHasAddress(Request, Request->InputBuffer, Request->KernelInput);
    ULONG Given = HasInput ? Request->InputLength : 0;
    if (Size == 0)
        return STATUS_SUCCESS;
    NTSTATUS Status = IopAllocateShared(Host, Size, &Entry->System);
    if (!NT_SUCCESS(Status))
        return Status;
    Entry->Message.SystemBuffer = Entry->System.HostAddress;
    if (Given < Size && !Entry->System.Pages) // what stood there before is others'
        memset(Entry->System.Address + Given, 0, Size - Given);
    return Given ? IopCopyFromRequest(Request, 0, Entry->System.Address, Given) : STATUS_SUCCESS;
}

static BOOLEAN IopIsControl(const IO_REQUEST *Request)
{
    return Request->MajorFunction == IRP_MJ_DEVICE_CONTROL ||
           Request->MajorFunction == IRP_MJ_INTERNAL_DEVICE_CONTROL ||
           Request->MajorFunction == IRP_MJ_FILE_SYSTEM_CONTROL;
}

// A write's buffer is its input; elsewhere the output is what is described by pages, and the device
// may write to it unless the control code says that it only reads.
static NTSTATUS IopDescribePages(PIO_HOST Host, PIOP_HOST_ENTRY Entry)
{
    PIO_REQUEST Request = Entry->Request;
    BOOLEAN IsWrite = Request->MajorFunction == IRP_MJ_WRITE;
    BOOLEAN Output = !IsWrite;
    BOOLEAN MayWrite = Output;
    if (IopIsControl(Request))
        MayWrite = (Request->Parameters[2] & IOP_METHOD_MASK) != IOP_METHOD_IN_DIRECT;
    if ((Output ? Request->OutputLength : Request->InputLength) == 0)
        return STATUS_SUCCESS;
    Entry->Pinned = (IOP_PINNED){.Room = Entry->FewPages, .RoomCount = IOP_FEW_PAGES};
    NTSTATUS Status = IopPinRequestBuffer(Request, Output, MayWrite, &Entry->Pinned);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Size = Entry->Pinned.Count * (ULONG)sizeof(ULONG64);
    Status = IopAllocateShared(Host, Size, &Entry->PageList);
    if (!NT_SUCCESS(Status))
        return Status;
    memcpy(Entry->PageList.Address, Entry->Pinned.Pages, Size);
    Entry->Message.Pages = Entry->PageList.HostAddress;
    Entry->Message.PageOffset = Entry->Pinned.Offset;
    Entry->Message.PageLength = Entry->Pinned.Length;
    // Where the caller has it, as an MDL tells; nothing is there in the host. The Executive's own buffers are
    // nobody's business.
    BOOLEAN Kernel = Output ? Request->KernelOutput : Request->KernelInput;
    Entry->Message.UserBuffer = PAGE_SIZE + Entry->Pinned.Offset;
    if (!Kernel && !Request->Segments)
        Entry->Message.UserBuffer = Output ? Request->OutputBuffer : Request->InputBuffer;
    if (MayWrite)
        Entry->Message.Flags |= HOST_REQUEST_WRITABLE_PAGES;
    return STATUS_SUCCESS;
}

// The caller's memory at an address of the host. One that no program can have stays what it is: it
// fails in the host as it would fail here.
static NTSTATUS IopAliasBuffer(PIO_HOST Host, PIO_REQUEST Request, ULONG_PTR Address, ULONG Length,
                               PVOID *Alias, PULONG64 HostAddress)
{
    *HostAddress = Address;
    if (Length == 0 || Address == 0)
        return STATUS_SUCCESS;
    NTSTATUS Status = MmMapAlias(Host->Process, Request->Process, Address, Length, Alias);
    if (Status == STATUS_ACCESS_VIOLATION) {
        *HostAddress = MAXLONG64 & ~(ULONG64)(PAGE_SIZE - 1);
        return STATUS_SUCCESS;
    }
    if (NT_SUCCESS(Status))
        *HostAddress = (ULONG_PTR)*Alias;
    return Status;
}

// Entries of a directory are many small pieces: they are gathered in shared memory and copied at once, which is less
// than the faults on every page of the caller's buffer.
static BOOLEAN IopIsListing(const IO_REQUEST *Request)
{
    enum { LongestListing = 64 * 1024 };
    return Request->MajorFunction == IRP_MJ_DIRECTORY_CONTROL &&
           Request->MinorFunction == IRP_MN_QUERY_DIRECTORY &&
           Request->OutputLength <= LongestListing;
}

static NTSTATUS IopAliasBuffers(PIO_HOST Host, PIOP_HOST_ENTRY Entry)
{
    PIO_REQUEST Request = Entry->Request;
    PHOST_REQUEST Message = &Entry->Message;
    BOOLEAN KernelInput = Request->KernelInput && !IopHasSelection(Request);
    if (KernelInput || Request->KernelOutput || !Request->Process || IopIsListing(Request)) {
        // The Executive's own data: shared memory serves as both.
        NTSTATUS Status =
            IopCopyInput(Host, Entry, max(Request->InputLength, Request->OutputLength));
        Message->UserBuffer = Message->SystemBuffer;
        Message->Parameters[3] = Message->SystemBuffer;
        return Status;
    }
    if (Request->MajorFunction == IRP_MJ_WRITE)
        return IopAliasBuffer(Host, Request, Request->InputBuffer, Request->InputLength,
                              &Entry->InputAlias, &Message->UserBuffer);
    NTSTATUS Status = STATUS_SUCCESS;
    if (IopIsControl(Request))
        Status = IopAliasBuffer(Host, Request, Request->InputBuffer, Request->InputLength,
                                &Entry->InputAlias, &Message->Parameters[3]);
    if (NT_SUCCESS(Status))
        Status = IopAliasBuffer(Host, Request, Request->OutputBuffer, Request->OutputLength,
                                &Entry->OutputAlias, &Message->UserBuffer);
    return Status;
}

// IRP_MJ_CREATE and its like: the request, the name and the extended attributes.
static NTSTATUS IopPackCreate(PIO_HOST Host, PIOP_HOST_ENTRY Entry)
{
    PIOP_OPEN Open = Entry->Request->Open;
    PFILE_OBJECT File = Entry->Request->File;
    ULONG Size = (ULONG)sizeof(HOST_CREATE) + File->FileName.Length + Open->EaLength;
    ULONG Room = max(Size, (ULONG)sizeof(FILE_NETWORK_OPEN_INFORMATION)); // HOST_REQUEST_TELL
    NTSTATUS Status = IopAllocateShared(Host, Room, &Entry->System);
    if (!NT_SUCCESS(Status))
        return Status;
    PHOST_CREATE Create = (PHOST_CREATE)Entry->System.Address;
    *Create = (HOST_CREATE){
        .DesiredAccess = Open->DesiredAccess,
        .Options = Open->Disposition << 24 | (Open->Options & 0xFFFFFF),
        .FileAttributes = Open->FileAttributes,
        .ShareAccess = Open->ShareAccess,
        .NameLength = File->FileName.Length,
        .EaLength = Open->EaLength,
        .RelatedFile = Open->RelatedFile ? IopFileNumber(Open->RelatedFile) : 0,
        .FileFlags = File->Flags,
        .AllocationSize = (ULONG64)Open->AllocationSize.QuadPart,
        .RealDevice = File->RealDevice ? File->RealDevice->Number : 0,
    };
    memcpy(Create + 1, File->FileName.Buffer, File->FileName.Length);
    if (Open->EaLength)
        memcpy((PUCHAR)(Create + 1) + File->FileName.Length, Open->EaBuffer, Open->EaLength);
    Entry->Message.Buffering = HostBufferSystem;
    Entry->Message.SystemBuffer = Entry->System.HostAddress;
    Entry->Message.InputLength = Size;
    Entry->Message.OutputLength = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS IopPrepareData(PIO_HOST Host, PIOP_HOST_ENTRY Entry)
{
    PIO_REQUEST Request = Entry->Request;
    if (Request->Open)
        return IopPackCreate(Host, Entry);
    BOOLEAN HasSelection = IopHasSelection(Request);
    ULONG InputLength = HasSelection ? 0 : Request->InputLength;
    NTSTATUS Status = HasSelection ? IopPackSelection(Host, Entry) : STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        return Status;
    switch (Request->Buffering) {
    case HostBufferSystem:
        return IopCopyInput(Host, Entry, max(InputLength, Request->OutputLength));
    case HostBufferDirect:
        if (Request->MajorFunction != IRP_MJ_WRITE)
            Status = IopCopyInput(Host, Entry, InputLength);
        return NT_SUCCESS(Status) ? IopDescribePages(Host, Entry) : Status;
    case HostBufferNeither:
        return IopAliasBuffers(Host, Entry);
    default:
        return STATUS_SUCCESS;
    }
}

// ---- The life of an entry

static VOID IopReleaseData(PIO_HOST Host, PIOP_HOST_ENTRY Entry)
{
    IopFreeShared(Host, &Entry->System);
    IopFreeShared(Host, &Entry->PageList);
    IopFreeShared(Host, &Entry->Selection);
    if (Entry->Pinned.Pages)
        IopUnpin(&Entry->Pinned);
    if (Host->Process && !Host->Ended) {
        if (Entry->InputAlias)
            (VOID) MmUnmapHostView(Host->Process, Entry->InputAlias);
        if (Entry->OutputAlias)
            (VOID) MmUnmapHostView(Host->Process, Entry->OutputAlias);
    }
    Entry->Request->OwnerContext = nullptr;
}

static VOID IopDescribeRequest(PIOP_HOST_ENTRY Entry)
{
    PIO_REQUEST Request = Entry->Request;
    PDEVICE_OBJECT Top = Request->Device;
    Entry->Message = (HOST_REQUEST){
        .Kind = HostRequestIrp,
        .MajorFunction = Request->MajorFunction,
        .MinorFunction = Request->MinorFunction,
        .StackFlags = Request->StackFlags,
        .Flags = Request->Flags,
        .Buffering = Request->Buffering,
        .RequestId = Entry->Id,
        .Device = Top->Number,
        .File = Request->File ? IopFileNumber(Request->File) : 0,
        .InputLength = Request->InputLength,
        .OutputLength = Request->OutputLength,
        .Status = Request->Flags & HOST_REQUEST_HAS_STATUS ? Request->IoStatus.Status : 0,
    };
    memcpy(Entry->Message.Parameters, Request->Parameters, sizeof(Request->Parameters));
    if (Request->RequestorMode == KernelMode)
        Entry->Message.Flags |= HOST_REQUEST_KERNEL_MODE;
    if (Request->Thread) {
        Entry->Message.ProcessId = (ULONG)(ULONG_PTR)Request->Thread->Cid.UniqueProcess;
        Entry->Message.ThreadId = (ULONG)(ULONG_PTR)Request->Thread->Cid.UniqueThread;
        if (Request->Thread->ImpersonationToken)
            Entry->Message.Flags |= HOST_REQUEST_IMPERSONATES;
    } else if (Request->Process) {
        Entry->Message.ProcessId = (ULONG)(ULONG_PTR)Request->Process->UniqueProcessId;
    }
}

NTSTATUS IopSubmitToHost(PIO_HOST Host, PIO_REQUEST Request)
{
    if (Host->Ended || !Host->Connected)
        return STATUS_DEVICE_DOES_NOT_EXIST;
    PIOP_HOST_ENTRY Entry = IopAllocateHostEntry(Host);
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    Entry->Request = Request;
    IopDescribeRequest(Entry);
    NTSTATUS Status = IopPrepareData(Host, Entry);
    if (!NT_SUCCESS(Status)) {
        IopReleaseData(Host, Entry);
        IopReleaseHostEntry(Host, Entry);
        return Status;
    }
    Request->OwnerContext = Entry;
    IopGiveEntry(Host, Entry);
    return STATUS_PENDING;
}

// Output that was copied goes back; what the device wrote to pages is there already.
static NTSTATUS IopReturnOutput(PIOP_HOST_ENTRY Entry, NTSTATUS Status, ULONG_PTR Information)
{
    PIO_REQUEST Request = Entry->Request;
    BOOLEAN Copied = Request->Buffering == HostBufferSystem ||
                     (Request->Buffering == HostBufferNeither && Entry->System.Address);
    if (Request->Open || !Copied || !Request->OutputLength || NT_ERROR(Status) ||
        !IopHasAddress(Request, Request->OutputBuffer, Request->KernelOutput))
        return Status;
    ULONG Size = (ULONG)min(Information, (ULONG_PTR)Request->OutputLength);
    NTSTATUS CopyStatus = IopCopyToRequest(Request, 0, Entry->System.Address, Size);
    return NT_SUCCESS(CopyStatus) ? Status : CopyStatus;
}

VOID IopFinishHostRequest(PIO_HOST Host, PIOP_HOST_ENTRY Entry, NTSTATUS Status,
                          ULONG_PTR Information)
{
    PIO_REQUEST Request = Entry->Request;
    if (Status == STATUS_PENDING) {
        IopEndHost(Host, "it completes a request as pending");
        return;
    }
    Status = IopReturnOutput(Entry, Status, Information);
    IopReleaseData(Host, Entry);
    IopReleaseHostEntry(Host, Entry);
    IopCompleteRequest(Request, Status, Information);
}

static VOID IopAbandonList(PIO_HOST Host, PLIST_ENTRY Head)
{
    while (!IsListEmpty(Head)) {
        PIOP_HOST_ENTRY Entry = CONTAINING_RECORD(Head->Flink, IOP_HOST_ENTRY, Link);
        PIO_REQUEST Request = Entry->Request;
        PIOP_CONTROL Control = Entry->Control;
        if (Request)
            IopReleaseData(Host, Entry);
        else
            IopFreeShared(Host, &Entry->System);
        IopReleaseHostEntry(Host, Entry);
        if (Request && !(Request->Device->Away && IopHoldRequest(Request, TRUE)))
            IopCompleteRequest(Request, STATUS_DEVICE_DOES_NOT_EXIST, 0);
        if (!Control)
            continue;
        Control->Status = STATUS_DEVICE_DOES_NOT_EXIST;
        KeSetEvent(&Control->Done);
    }
}

VOID IopAbandonHostRequests(PIO_HOST Host)
{
    IopForgetBurst(Host);
    IopAbandonList(Host, &Host->Given);
    IopAbandonList(Host, &Host->Backlog);
}

// ---- Operations of the devices

static NTSTATUS IopHostSubmit(PIO_REQUEST Request)
{
    return IopSubmitToHost(Request->Device->Extension, Request);
}

// A request that the host does not know yet just ends.
static VOID IopHostCancel(PIO_REQUEST Request)
{
    PIOP_HOST_ENTRY Entry = Request->OwnerContext;
    PIO_HOST Host = Request->Device->Extension;
    if (!Entry)
        return;
    if (Entry->Given) {
        IopTellHost(Host, &(HOST_REQUEST){.Kind = HostRequestCancel, .RequestId = Entry->Id});
        return;
    }
    IopReleaseData(Host, Entry);
    IopReleaseHostEntry(Host, Entry);
    IopCompleteRequest(Request, STATUS_CANCELLED, 0);
}

// Any host may have got to see it.
static VOID IopHostDeleteDevice(PDEVICE_OBJECT Device)
{
    IopTellHosts(&(HOST_REQUEST){.Kind = HostRequestReleaseDevice, .Device = Device->Number});
    IopDereferenceHost(Device->Extension);
}

const IOP_OPERATIONS IopHostOperations = {
    .Submit = IopHostSubmit,
    .Cancel = IopHostCancel,
    .DeleteDevice = IopHostDeleteDevice,
};
