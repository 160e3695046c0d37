// The console before there is a driver: lines from COM1, with the editing that a person at a terminal
// needs, and text to it. A fiber of its own reads the terminal while somebody wants a line. The file \Raw
// reads what is typed as it comes, without echo: it is for a console driver while no driver has the serial
// line. While one has it, requests wait here: they go on when the line comes back, or are cancelled by who
// made them.
#include "iop.h"

#include "inbv/inbv.h"

#include <condrv.h>

enum {
    IOP_LINE = 256,
    IOP_BACKSPACE = 8,
    IOP_DELETE = 127,
    IOP_CHUNK = 256,
};

// One line for all readers: who finds it complete takes from it.
static CHAR IopLine[IOP_LINE];
static ULONG IopLineLength, IopLineTaken;
static BOOLEAN IopLineComplete;
// Requests, by OwnerLink: of lines, and of characters, which come first.
static LIST_ENTRY IopReaders = {&IopReaders, &IopReaders};
static LIST_ENTRY IopRawReaders = {&IopRawReaders, &IopRawReaders};
static LIST_ENTRY IopWriters = {&IopWriters, &IopWriters}; // while a driver has the line
static KEVENT IopReaderCame;

static VOID IopEcho(PCSTR Text, ULONG Length)
{
    KeWriteConsole(Text, Length);
}

static VOID IopEdit(CHAR Character)
{
    if (Character == '\r' || Character == '\n') {
        IopEcho("\r\n", 2);
        IopLine[IopLineLength++] = '\r';
        IopLine[IopLineLength++] = '\n';
        IopLineComplete = TRUE;
    } else if (Character == IOP_BACKSPACE || Character == IOP_DELETE) {
        if (IopLineLength) {
            IopLineLength--;
            IopEcho("\b \b", 3);
        }
    } else if ((UCHAR)Character >= ' ' && IopLineLength < IOP_LINE - 2) {
        IopLine[IopLineLength++] = Character;
        IopEcho(&Character, 1);
    }
}

static NTSTATUS IopTakeLine(PIO_REQUEST Request)
{
    ULONG Part = min(Request->OutputLength, IopLineLength - IopLineTaken);
    NTSTATUS Status = IopCopyToRequest(Request, 0, IopLine + IopLineTaken, Part);
    if (!NT_SUCCESS(Status))
        return Status;
    Request->IoStatus.Information = Part;
    IopLineTaken += Part;
    if (IopLineTaken == IopLineLength) {
        IopLineLength = IopLineTaken = 0;
        IopLineComplete = FALSE;
    }
    return STATUS_SUCCESS;
}

static VOID IopServeReaders(VOID)
{
    while (IopLineComplete && !IsListEmpty(&IopReaders)) {
        PIO_REQUEST Request = CONTAINING_RECORD(RemoveHeadList(&IopReaders), IO_REQUEST, OwnerLink);
        NTSTATUS Status = IopTakeLine(Request);
        IopCompleteRequest(Request, Status, Request->IoStatus.Information);
    }
}

static VOID IopGiveCharacter(CHAR Character)
{
    PIO_REQUEST Request = CONTAINING_RECORD(RemoveHeadList(&IopRawReaders), IO_REQUEST, OwnerLink);
    NTSTATUS Status = IopCopyToRequest(Request, 0, &Character, 1);
    IopCompleteRequest(Request, Status, NT_SUCCESS(Status) ? 1 : 0);
}

static VOID IopReadTerminal(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (;;) {
        while (IsListEmpty(&IopReaders) && IsListEmpty(&IopRawReaders))
            KeWaitForSingleObject(&IopReaderCame, UserRequest, KernelMode, FALSE, nullptr);
        if (KeWaitForConsole() != STATUS_SUCCESS)
            continue;
        if (!IsListEmpty(&IopRawReaders))
            IopGiveCharacter(KeTakeConsoleCharacter());
        else if (!IsListEmpty(&IopReaders)) // else who waited is gone
            IopEdit(KeTakeConsoleCharacter());
        IopServeReaders();
    }
}

// ---- The device

static NTSTATUS IopConsoleCreate(PIO_REQUEST Request)
{
    static const UNICODE_STRING Raw = RTL_CONSTANT_STRING(L"\\Raw");
    BOOLEAN IsRaw = RtlEqualUnicodeString(&Request->File->FileName, &Raw, TRUE);
    if (Request->File->FileName.Length && !IsRaw)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    Request->File->FsContext = IsRaw ? &IopRawReaders : &IopReaders; // where its reads wait
    Request->IoStatus.Information = FILE_OPENED;
    return STATUS_SUCCESS;
}

// As much as there is.
static NTSTATUS IopReadRaw(PIO_REQUEST Request)
{
    CHAR Text[IOP_CHUNK];
    ULONG Length = 0, Room = min(Request->OutputLength, (ULONG)sizeof(Text));
    while (Length < Room && KeHasConsoleInput())
        Text[Length++] = KeTakeConsoleCharacter();
    Request->IoStatus.Information = Length;
    return IopCopyToRequest(Request, 0, Text, Length);
}

static NTSTATUS IopConsoleRead(PIO_REQUEST Request)
{
    PLIST_ENTRY Readers = Request->File->FsContext;
    if (Readers == &IopReaders && IopLineComplete && IsListEmpty(&IopReaders))
        return IopTakeLine(Request);
    if (Readers == &IopRawReaders && !Request->OutputLength)
        return STATUS_SUCCESS;
    if (Readers == &IopRawReaders && IsListEmpty(&IopRawReaders) && KeHasConsoleInput())
        return IopReadRaw(Request);
    InsertTailList(Readers, &Request->OwnerLink);
    KeSetEvent(&IopReaderCame);
    return STATUS_PENDING;
}

static NTSTATUS IopPrint(PIO_REQUEST Request)
{
    CHAR Text[IOP_CHUNK];
    ULONG Written = 0;
    while (Written < Request->InputLength) {
        ULONG Part = min(Request->InputLength - Written, (ULONG)sizeof(Text));
        NTSTATUS Status = IopCopyFromRequest(Request, Written, Text, Part);
        if (!NT_SUCCESS(Status))
            return Status;
        KeWriteConsole(Text, Part);
        Written += Part;
    }
    Request->IoStatus.Information = Written;
    return STATUS_SUCCESS;
}

static NTSTATUS IopConsoleWrite(PIO_REQUEST Request)
{
    if (!KeIsConsoleReleased())
        return IopPrint(Request);
    InsertTailList(&IopWriters, &Request->OwnerLink);
    return STATUS_PENDING;
}

VOID IoConsoleReturned(VOID)
{
    while (!IsListEmpty(&IopWriters) && !KeIsConsoleReleased()) {
        PIO_REQUEST Request = CONTAINING_RECORD(RemoveHeadList(&IopWriters), IO_REQUEST, OwnerLink);
        NTSTATUS Status = IopPrint(Request);
        IopCompleteRequest(Request, Status, Request->IoStatus.Information);
    }
}

// The session manager says who has the line.
static NTSTATUS IopConsoleControl(PIO_REQUEST Request)
{
    BOOLEAN Yield = Request->Parameters[2] == IOCTL_BOOT_CONSOLE_YIELD;
    if (!Yield && Request->Parameters[2] != IOCTL_BOOT_CONSOLE_RECLAIM)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_TCB_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    if (Yield)
        InbvReleaseDisplay();
    return PnpOfferConsole(Yield);
}

static NTSTATUS IopConsoleFlush(PIO_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    return STATUS_SUCCESS;
}

static NTSTATUS IopConsoleSubmit(PIO_REQUEST Request)
{
    static const IOP_DISPATCH Functions[IRP_MJ_MAXIMUM_FUNCTION + 1] = {
        [IRP_MJ_CREATE] = IopConsoleCreate,
        [IRP_MJ_READ] = IopConsoleRead,
        [IRP_MJ_WRITE] = IopConsoleWrite,
        [IRP_MJ_FLUSH_BUFFERS] = IopConsoleFlush,
        [IRP_MJ_DEVICE_CONTROL] = IopConsoleControl,
    };
    return IopDispatch(Functions, Request);
}

static VOID IopConsoleCancel(PIO_REQUEST Request)
{
    RemoveEntryList(&Request->OwnerLink);
    IopCompleteRequest(Request, STATUS_CANCELLED, 0);
}

static VOID IopCancelFile(PLIST_ENTRY Requests, PFILE_OBJECT File)
{
    PLIST_ENTRY Link = Requests->Flink;
    while (Link != Requests) {
        PIO_REQUEST Request = CONTAINING_RECORD(Link, IO_REQUEST, OwnerLink);
        Link = Link->Flink;
        if (Request->File == File)
            IopConsoleCancel(Request);
    }
}

// Requests of a file without handles end.
static VOID IopConsoleCleanup(PFILE_OBJECT File)
{
    IopCancelFile(File->FsContext, File);
    IopCancelFile(&IopWriters, File);
}

static VOID IopConsoleClose(PFILE_OBJECT File)
{
    UNREFERENCED_PARAMETER(File);
}

static const IOP_OPERATIONS IopConsoleOperations = {
    .Submit = IopConsoleSubmit,
    .Cancel = IopConsoleCancel,
    .Cleanup = IopConsoleCleanup,
    .Close = IopConsoleClose,
};

NTSTATUS IopInitConsole(VOID)
{
    static const IOP_DEVICE Description = {
        .Operations = &IopConsoleOperations,
        .Name = RTL_CONSTANT_STRING(L"\\Device\\BootConsole"),
        .DeviceType = FILE_DEVICE_CONSOLE,
    };
    PDEVICE_OBJECT Device;
    KeInitializeEvent(&IopReaderCame, SynchronizationEvent, FALSE);
    NTSTATUS Status = IopCreateDeviceObject(&Description, &Device);
    if (NT_SUCCESS(Status))
        Status = KeCreateSystemFiber(IopReadTerminal, nullptr);
    return Status;
}
