// \Device\IoTrace (nt/iotrace.h).
#include "iop.h"

#include <nt/iotrace.h>

enum { IOP_TRACE_EVENTS = 8192 };

BOOLEAN IopTracing;
static PIO_TRACE_EVENT IopTraceRing; // pool, while it is open
static ULONG IopTraceHead, IopTraceTail, IopTraceLost;
static PDEVICE_OBJECT IopTraceDevice;

// The end says more than the beginning.
static VOID IopTraceText(WCHAR Target[IO_TRACE_NAME], PCUNICODE_STRING Name)
{
    ULONG Length = Name->Length / sizeof(WCHAR);
    ULONG Part = min(Length, IO_TRACE_NAME - 1u);
    if (Part)
        memcpy(Target, Name->Buffer + (Length - Part), Part * sizeof(WCHAR));
    Target[Part] = 0;
}

static VOID IopTraceDeviceName(WCHAR Target[IO_TRACE_NAME], PDEVICE_OBJECT Device)
{
    struct {
        OBJECT_NAME_INFORMATION Information;
        WCHAR Room[256];
    } Name;
    ULONG Length;
    Target[0] = 0;
    // Of an unnamed device on a stack, the name of what it stands on.
    for (; Device && !Target[0]; Device = Device->AttachedTo) {
        if (NT_SUCCESS(ObQueryNameString(Device, &Name.Information, sizeof(Name), &Length)))
            IopTraceText(Target, &Name.Information.Name);
    }
}

static ULONG IopTraceCode(const IO_REQUEST *Request)
{
    switch (Request->MajorFunction) {
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
    case IRP_MJ_FILE_SYSTEM_CONTROL:
        return (ULONG)Request->Parameters[2];
    case IRP_MJ_QUERY_INFORMATION:
    case IRP_MJ_SET_INFORMATION:
    case IRP_MJ_QUERY_VOLUME_INFORMATION:
    case IRP_MJ_SET_VOLUME_INFORMATION:
        return (ULONG)Request->Parameters[1];
    default:
        return 0;
    }
}

VOID IopTraceCompletion(const IO_REQUEST *Request)
{
    if (!Request->TraceStart || Request->Device == IopTraceDevice)
        return;
    if (IopTraceHead - IopTraceTail == IOP_TRACE_EVENTS) {
        IopTraceLost++;
        return;
    }
    BOOLEAN Transfer =
        Request->MajorFunction == IRP_MJ_READ || Request->MajorFunction == IRP_MJ_WRITE;
    PIO_TRACE_EVENT Event = &IopTraceRing[IopTraceHead++ % IOP_TRACE_EVENTS];
    *Event = (IO_TRACE_EVENT){
        .Start = Request->TraceStart,
        .Duration = (ULONGLONG)KeQueryPerformanceCounter(nullptr).QuadPart - Request->TraceStart,
        .Offset = Transfer ? Request->Parameters[2] : 0,
        .Information = Request->IoStatus.Information,
        .Status = Request->IoStatus.Status,
        .Code = IopTraceCode(Request),
        .Length = Request->InputLength + Request->OutputLength,
        .Lost = IopTraceLost,
        .MajorFunction = Request->MajorFunction,
        .MinorFunction = Request->MinorFunction,
        .Flags = (Request->Cached ? IO_TRACE_CACHED : 0) | (Request->Thread ? 0 : IO_TRACE_SYSTEM),
    };
    IopTraceLost = 0;
    if (Request->Thread) {
        Event->ProcessId = (ULONG)(ULONG_PTR)Request->Thread->Cid.UniqueProcess;
        Event->ThreadId = (ULONG)(ULONG_PTR)Request->Thread->Cid.UniqueThread;
    }
    IopTraceDeviceName(Event->Device, Request->Device);
    if (!Event->Device[0] && Request->File) // a file system's volume has no name
        IopTraceDeviceName(Event->Device, Request->File->RealDevice);
    if (Request->File)
        IopTraceText(Event->File, &Request->File->FileName);
}

// ---- The device

static NTSTATUS IopTraceCreate(PIO_REQUEST Request)
{
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_SYSTEM_PROFILE_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    if (Request->File->FileName.Length)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (IopTraceRing)
        return STATUS_SHARING_VIOLATION;
    IopTraceRing =
        ExAllocatePoolWithTag(PagedPool, IOP_TRACE_EVENTS * sizeof(IO_TRACE_EVENT), 'rToI');
    if (!IopTraceRing)
        return STATUS_INSUFFICIENT_RESOURCES;
    IopTraceHead = IopTraceTail = IopTraceLost = 0;
    IopTracing = TRUE;
    Request->IoStatus.Information = FILE_OPENED;
    return STATUS_SUCCESS;
}

// Whole events, as many as there are and fit. Who reads makes requests too: they are not wanted.
static NTSTATUS IopTraceRead(PIO_REQUEST Request)
{
    ULONG Length = 0;
    if (Request->OutputLength < sizeof(IO_TRACE_EVENT))
        return STATUS_BUFFER_TOO_SMALL;
    IopTracing = FALSE;
    if (IopTraceHead == IopTraceTail)
        return STATUS_END_OF_FILE;
    while (IopTraceTail != IopTraceHead &&
           Request->OutputLength - Length >= sizeof(IO_TRACE_EVENT)) {
        NTSTATUS Status =
            IopCopyToRequest(Request, Length, &IopTraceRing[IopTraceTail % IOP_TRACE_EVENTS],
                             sizeof(IO_TRACE_EVENT));
        if (!NT_SUCCESS(Status))
            return Status;
        IopTraceTail++;
        Length += sizeof(IO_TRACE_EVENT);
    }
    Request->IoStatus.Information = Length;
    return STATUS_SUCCESS;
}

static NTSTATUS IopTraceSubmit(PIO_REQUEST Request)
{
    static const IOP_DISPATCH Functions[IRP_MJ_MAXIMUM_FUNCTION + 1] = {
        [IRP_MJ_CREATE] = IopTraceCreate,
        [IRP_MJ_READ] = IopTraceRead,
    };
    return IopDispatch(Functions, Request);
}

// The last handle is gone.
static VOID IopTraceCleanup(PFILE_OBJECT File)
{
    UNREFERENCED_PARAMETER(File);
    IopTracing = FALSE;
    ExFreePool(IopTraceRing);
    IopTraceRing = nullptr;
}

static VOID IopTraceClose(PFILE_OBJECT File)
{
    UNREFERENCED_PARAMETER(File);
}

NTSTATUS IopInitTrace(VOID)
{
    static const IOP_OPERATIONS Operations = {
        .Submit = IopTraceSubmit,
        .Cleanup = IopTraceCleanup,
        .Close = IopTraceClose,
    };
    static const IOP_DEVICE Description = {
        .Operations = &Operations,
        .Name = RTL_CONSTANT_STRING(L"\\Device\\IoTrace"),
        .DeviceType = FILE_DEVICE_UNKNOWN,
    };
    return IopCreateDeviceObject(&Description, &IopTraceDevice);
}
