// The serial terminal: COM1 like any program's, or the Executive's boot console while no driver has the line. One thread
// opens, reads and closes the line; it goes over to COM1 when that arrives. Output waits in a ring for another thread:
// what a line that went away has not sent, the next one sends.
#include "console.h"

#include <ntddser.h>

#include <initguid.h>
#include <wdmguid.h>

NTSYSAPI NTSTATUS NTAPI ZwCancelIoFileEx(HANDLE FileHandle, PIO_STATUS_BLOCK IoRequestToCancel,
                                         PIO_STATUS_BLOCK IoStatusBlock);

enum {
    ConEscapeMilliseconds = 50, // an escape character without more is the key
    ConBaudRate = 115200,
    ConReadBytes = 256,
    ConByteKeys = 4, // a character, pressed and released, and a modifier
    ConRetryMilliseconds = 20,
    ConStallSeconds = 2, // a line that takes nothing for so long is not waited for
};

static const GUID ConComPortClass = { // GUID_DEVINTERFACE_COMPORT
    0x86E0D1E0,
    0x8089,
    0x11D0,
    {0x9C, 0xE4, 0x08, 0x00, 0x3E, 0x30, 0x1F, 0x73}};

static LARGE_INTEGER ConMilliseconds(LONGLONG Count)
{
    return (LARGE_INTEGER){.QuadPart = -10'000ll * Count};
}

// ---- Output

static ULONG ConOutputCount(PCON_TERMINAL Terminal)
{
    return Terminal->Head - Terminal->Tail;
}

// As much as there is room for.
static SIZE_T ConAddOutput(PCON_TERMINAL Terminal, const CHAR *Bytes, SIZE_T Length)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Terminal->Lock, &Irql);
    SIZE_T Part = min(Length, (SIZE_T)(ConOutputBytes - ConOutputCount(Terminal)));
    for (SIZE_T i = 0; i < Part; i++)
        Terminal->Output[Terminal->Head++ % ConOutputBytes] = Bytes[i];
    KeReleaseSpinLock(&Terminal->Lock, Irql);
    KeSetEvent(&Terminal->More, IO_NO_INCREMENT, FALSE);
    return Part;
}

// FALSE: nothing has been sent for a while. What was not sent stays, and goes when the line is there again.
static BOOLEAN ConAwaitSending(PCON_TERMINAL Terminal)
{
    LARGE_INTEGER Limit = ConMilliseconds(ConStallSeconds * 1000);
    if (!Terminal->Stalled && KeWaitForSingleObject(&Terminal->Sent, Executive, KernelMode, FALSE,
                                                    &Limit) == STATUS_TIMEOUT)
        Terminal->Stalled = TRUE;
    return !Terminal->Stalled;
}

// Under the console's lock.
static VOID ConSendTerminal(void *Context, const CHAR *Bytes, size_t Length)
{
    PCON_TERMINAL Terminal = &((PCONSOLE)Context)->Terminal;
    for (;;) {
        SIZE_T Part = ConAddOutput(Terminal, Bytes, Length);
        Bytes += Part;
        Length -= Part;
        if (!Length || !ConAwaitSending(Terminal))
            return;
    }
}

VOID ConFlushTerminal(PCONSOLE Console)
{
    PCON_TERMINAL Terminal = &Console->Terminal;
    while (Terminal->Thread && Terminal->File && ConOutputCount(Terminal) &&
           ConAwaitSending(Terminal))
        continue;
}

// What may be written at once, and where to. FALSE: nothing, or there is no line.
static BOOLEAN ConBeginSending(PCON_TERMINAL Terminal, HANDLE *File, PCHAR *Bytes, PULONG Length)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Terminal->Lock, &Irql);
    ULONG Place = Terminal->Tail % ConOutputBytes;
    *File = Terminal->File;
    *Bytes = Terminal->Output + Place;
    *Length =
        min(min(ConOutputCount(Terminal), (ULONG)ConOutputBytes - Place), (ULONG)ConSendBytes);
    Terminal->Sending = *File && *Length;
    KeReleaseSpinLock(&Terminal->Lock, Irql);
    return Terminal->Sending;
}

static VOID ConEndSending(PCON_TERMINAL Terminal, ULONG Length)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Terminal->Lock, &Irql);
    Terminal->Tail += Length;
    Terminal->Sending = FALSE;
    if (Length)
        Terminal->Stalled = FALSE;
    KeReleaseSpinLock(&Terminal->Lock, Irql);
    KeSetEvent(&Terminal->Sent, IO_NO_INCREMENT, FALSE);
}

// A write that was cancelled says how much of it is out.
static ULONG ConSend(PCON_TERMINAL Terminal, HANDLE File, PVOID Bytes, ULONG Length)
{
    IO_STATUS_BLOCK IoStatus = {};
    LARGE_INTEGER Offset = {};
    NTSTATUS Status = ZwWriteFile(File, Terminal->WriteEvent, NULL, NULL, &IoStatus, Bytes, Length,
                                  &Offset, NULL);
    (VOID) ConFinish(Terminal->WriteEvent, Status, &IoStatus);
    return (ULONG)min(IoStatus.Information, (ULONG_PTR)Length);
}

static KSTART_ROUTINE ConSenderThread;
static VOID NTAPI ConSenderThread(PVOID Context)
{
    PCON_TERMINAL Terminal = &((PCONSOLE)Context)->Terminal;
    HANDLE File;
    PCHAR Bytes;
    ULONG Length;
    while (!Terminal->MustEnd) {
        KeWaitForSingleObject(&Terminal->More, Executive, KernelMode, FALSE, NULL);
        while (!Terminal->MustEnd && ConBeginSending(Terminal, &File, &Bytes, &Length)) {
            Length = ConSend(Terminal, File, Bytes, Length);
            ConEndSending(Terminal, Length);
            if (!Length)
                break; // its reader finds out what is wrong, and there will be another one
        }
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

// ---- The line

// A read gives what has come, and waits for something when there is nothing: so these timeouts mean.
static VOID ConSetUpLine(PCON_TERMINAL Terminal, HANDLE File)
{
    SERIAL_TIMEOUTS Timeouts = {
        .ReadIntervalTimeout = MAXULONG,
        .ReadTotalTimeoutMultiplier = MAXULONG,
        .ReadTotalTimeoutConstant = MAXULONG - 1,
    };
    SERIAL_BAUD_RATE Rate = {ConBaudRate};
    SERIAL_LINE_CONTROL Control = {.StopBits = STOP_BIT_1, .Parity = NO_PARITY, .WordLength = 8};
    HANDLE Event = Terminal->WriteEvent; // nothing is written yet
    (VOID) ConControlFile(File, Event, IOCTL_SERIAL_SET_BAUD_RATE, &Rate, sizeof(Rate));
    (VOID) ConControlFile(File, Event, IOCTL_SERIAL_SET_LINE_CONTROL, &Control, sizeof(Control));
    (VOID) ConControlFile(File, Event, IOCTL_SERIAL_SET_TIMEOUTS, &Timeouts, sizeof(Timeouts));
    (VOID) ConControlFile(File, Event, IOCTL_SERIAL_SET_DTR, NULL, 0);
    (VOID) ConControlFile(File, Event, IOCTL_SERIAL_SET_RTS, NULL, 0);
}

static VOID ConPublishLine(PCON_TERMINAL Terminal, HANDLE File)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Terminal->Lock, &Irql);
    Terminal->File = File;
    KeReleaseSpinLock(&Terminal->Lock, Irql);
    KeSetEvent(&Terminal->More, IO_NO_INCREMENT, FALSE);
}

// A write may be about to begin: it is cancelled until there is none.
static VOID ConRetireLine(PCON_TERMINAL Terminal, HANDLE File)
{
    LARGE_INTEGER Pause = ConMilliseconds(1);
    ConPublishLine(Terminal, NULL);
    while (Terminal->Sending) {
        IO_STATUS_BLOCK IoStatus;
        (VOID) ZwCancelIoFileEx(File, NULL, &IoStatus);
        if (Terminal->Sending)
            KeDelayExecutionThread(KernelMode, FALSE, &Pause);
    }
    ZwClose(File);
}

// COM1 has arrived, and is not the line yet.
static BOOLEAN ConFindPort(PCON_TERMINAL Terminal)
{
    if (!InterlockedExchange(&Terminal->PortArrived, FALSE) || Terminal->IsPort)
        return FALSE;
    return NT_SUCCESS(ConOpenDevice(CON_TERMINAL_PORT, &Terminal->Next));
}

static VOID ConTakeTerminal(PCONSOLE Console, const UCHAR *Bytes, ULONG Length)
{
    const CON_KEY_SINK Keys = {ConPutKey, Console};
    ConLock(Console);
    for (ULONG i = 0; i < Length; i++)
        ConDecodeKey(&Console->Decoder, Bytes[i], &Keys);
    ConServeReaders(Console);
    ConUnlock(Console);
}

static VOID ConFlushEscape(PCONSOLE Console)
{
    const CON_KEY_SINK Keys = {ConPutKey, Console};
    ConLock(Console);
    ConFlushKey(&Console->Decoder, &Keys);
    ConServeReaders(Console);
    ConUnlock(Console);
}

// The read's event also tells that another line is there, or that it is over: then the read is cancelled, which may
// still have got something.
static VOID ConAwaitRead(PCONSOLE Console, HANDLE File, volatile IO_STATUS_BLOCK *IoStatus)
{
    PCON_TERMINAL Terminal = &Console->Terminal;
    LARGE_INTEGER Pause = ConMilliseconds(ConEscapeMilliseconds);
    while (IoStatus->Status == STATUS_PENDING) {
        BOOLEAN Pending = ConIsKeyPending(&Console->Decoder);
        if (Terminal->MustEnd || Terminal->Next || ConFindPort(Terminal)) {
            IO_STATUS_BLOCK Cancelled;
            (VOID) ZwCancelIoFile(File, &Cancelled);
            Pending = FALSE;
            if (IoStatus->Status != STATUS_PENDING)
                break;
        }
        if (ZwWaitForSingleObject(Terminal->ReadEvent, FALSE, Pending ? &Pause : NULL) ==
            STATUS_TIMEOUT)
            ConFlushEscape(Console);
    }
}

// What is typed and not read stays in the line while there is no room for it: the keys of a whole read.
static VOID ConAwaitRoom(PCONSOLE Console)
{
    PCON_TERMINAL Terminal = &Console->Terminal;
    for (;;) {
        ConLock(Console);
        BOOLEAN Full = !ConHasRoom(Console);
        Terminal->Full = Full;
        ConUnlock(Console);
        if (!Full || Terminal->MustEnd)
            return;
        KeWaitForSingleObject(&Terminal->Room, Executive, KernelMode, FALSE, NULL);
    }
}

BOOLEAN ConHasRoom(PCONSOLE Console)
{
    return ConCountKeys(&Console->Keys) + ConReadBytes * ConByteKeys <= CON_QUEUE_KEYS;
}

// When another line is there, first all that has come by this one.
static VOID ConReadLine(PCONSOLE Console, HANDLE File)
{
    PCON_TERMINAL Terminal = &Console->Terminal;
    UCHAR Buffer[ConReadBytes];
    NTSTATUS Status = STATUS_SUCCESS;
    while (NT_SUCCESS(Status) && !Terminal->MustEnd) {
        IO_STATUS_BLOCK IoStatus = {.Status = STATUS_PENDING};
        LARGE_INTEGER Offset = {};
        ConAwaitRoom(Console);
        Status = ZwReadFile(File, Terminal->ReadEvent, NULL, NULL, &IoStatus, Buffer,
                            sizeof(Buffer), &Offset, NULL);
        if (Status == STATUS_PENDING)
            ConAwaitRead(Console, File, &IoStatus);
        if (NT_SUCCESS(Status))
            Status = IoStatus.Status;
        if (NT_SUCCESS(Status))
            ConTakeTerminal(Console, Buffer, (ULONG)IoStatus.Information);
    }
}

// What was typed while the Executive had the line is there still, and comes before what the port gives: so the boot
// console is read first, until it has nothing more, though the port is there.
static HANDLE ConOpenLine(PCON_TERMINAL Terminal)
{
    HANDLE Boot, Port = Terminal->Next;
    BOOLEAN WasBoot = Port != NULL;
    Terminal->Next = NULL;
    if (!Port && !NT_SUCCESS(ConOpenDevice(CON_TERMINAL_PORT, &Port)))
        Port = NULL;
    if (!WasBoot && NT_SUCCESS(ConOpenDevice(L"\\Device\\BootConsole\\Raw", &Boot))) {
        Terminal->IsPort = FALSE;
        Terminal->Next = Port;
        return Boot;
    }
    Terminal->IsPort = Port != NULL;
    if (Port)
        ConSetUpLine(Terminal, Port);
    return Port;
}

static KSTART_ROUTINE ConTerminalThread;
static VOID NTAPI ConTerminalThread(PVOID Context)
{
    PCONSOLE Console = Context;
    PCON_TERMINAL Terminal = &Console->Terminal;
    LARGE_INTEGER Pause = ConMilliseconds(ConRetryMilliseconds);
    while (!Terminal->MustEnd) {
        HANDLE File = ConOpenLine(Terminal);
        if (File) {
            ConPublishLine(Terminal, File);
            ConReadLine(Console, File);
            ConRetireLine(Terminal, File);
        }
        if (!Terminal->MustEnd &&
            !Terminal->Next) // it is gone: its driver, or the Executive, comes again
            KeDelayExecutionThread(KernelMode, FALSE, &Pause);
    }
    if (Terminal->Next)
        ZwClose(Terminal->Next);
    Terminal->Next = NULL;
    PsTerminateSystemThread(STATUS_SUCCESS);
}

// ---- Start and end

static DRIVER_NOTIFICATION_CALLBACK_ROUTINE ConPortChanged;
static NTSTATUS NTAPI ConPortChanged(PVOID Structure, PVOID Context)
{
    PCON_TERMINAL Terminal = &((PCONSOLE)Context)->Terminal;
    const DEVICE_INTERFACE_CHANGE_NOTIFICATION *Change = Structure;
    if (!IsEqualGUID(&Change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL))
        return STATUS_SUCCESS; // a read that fails tells
    InterlockedExchange(&Terminal->PortArrived, TRUE);
    (VOID) ZwSetEvent(Terminal->ReadEvent, NULL);
    return STATUS_SUCCESS;
}

static NTSTATUS ConAddTerminalSink(PCONSOLE Console)
{
    CON_CELL *Cells = ExAllocatePoolWithTag(
        PagedPool, ConScreenBytes(ConTerminalColumns, ConTerminalRows, 0), ConTag);
    if (!Cells)
        return STATUS_INSUFFICIENT_RESOURCES;
    ConInitScreen(&Console->TerminalScreen, ConTerminalColumns, ConTerminalRows, 0, Cells);
    Console->Sinks[Console->SinkCount++] = (CON_SINK){
        .Screen = &Console->TerminalScreen,
        .Send = ConSendTerminal,
        .Context = Console,
    };
    return STATUS_SUCCESS;
}

VOID ConInitTerminal(PCONSOLE Console)
{
    PCON_TERMINAL Terminal = &Console->Terminal;
    KeInitializeSpinLock(&Terminal->Lock);
    KeInitializeEvent(&Terminal->More, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Terminal->Sent, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Terminal->Room, SynchronizationEvent, FALSE);
}

VOID ConStartTerminal(PCONSOLE Console)
{
    PCON_TERMINAL Terminal = &Console->Terminal;
    if (Terminal->Thread)
        return;
    Terminal->MustEnd = FALSE;
    NTSTATUS Status = ConMakeEvent(&Terminal->ReadEvent);
    if (NT_SUCCESS(Status))
        Status = ConMakeEvent(&Terminal->WriteEvent);
    if (NT_SUCCESS(Status) && !Console->TerminalScreen.Cells)
        Status = ConAddTerminalSink(Console);
    if (NT_SUCCESS(Status) && !Terminal->Sender)
        Status = ConStartThread(ConSenderThread, Console, &Terminal->Sender);
    if (NT_SUCCESS(Status))
        Status = ConStartThread(ConTerminalThread, Console, &Terminal->Thread);
    if (NT_SUCCESS(Status) && !Terminal->Notification)
        Status = IoRegisterPlugPlayNotification(
            EventCategoryDeviceInterfaceChange,
            PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES, (PVOID)&ConComPortClass,
            Console->Self->DriverObject, ConPortChanged, Console, &Terminal->Notification);
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_VIDEO_ID, DPFLTR_WARNING_LEVEL, "console: no terminal: status %08lx\n",
                   Status);
}

static VOID ConAwaitThread(PVOID *Thread)
{
    if (*Thread) {
        KeWaitForSingleObject(*Thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(*Thread);
    }
    *Thread = NULL;
}

VOID ConStopTerminal(PCONSOLE Console)
{
    PCON_TERMINAL Terminal = &Console->Terminal;
    ConFlushTerminal(Console);
    if (Terminal->Notification)
        IoUnregisterPlugPlayNotificationEx(Terminal->Notification);
    Terminal->Notification = NULL;
    Terminal->MustEnd = TRUE;
    KeSetEvent(&Terminal->More, IO_NO_INCREMENT, FALSE);
    KeSetEvent(&Terminal->Room, IO_NO_INCREMENT, FALSE);
    if (Terminal->ReadEvent)
        (VOID) ZwSetEvent(Terminal->ReadEvent, NULL);
    ConAwaitThread(&Terminal->Thread);
    ConAwaitThread(&Terminal->Sender);
    if (Terminal->ReadEvent)
        ZwClose(Terminal->ReadEvent);
    if (Terminal->WriteEvent)
        ZwClose(Terminal->WriteEvent);
    Terminal->ReadEvent = Terminal->WriteEvent = NULL;
    if (Console->TerminalScreen.Cells)
        ExFreePoolWithTag(Console->TerminalScreen.Cells, ConTag);
    Console->TerminalScreen.Cells = NULL;
    Console->SinkCount = Console->HasDisplay ? 1 : 0;
}
