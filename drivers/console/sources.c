// Where keys come from: a serial terminal and a keyboard. Each is a device of another driver, opened when it
// is there, and read by a thread until it is gone.
#include "console.h"

#include <ntddser.h>

enum {
    ConEscapeMilliseconds = 50, // an escape character without more is the key
    ConBaudRate = 115200,
    ConReadBytes = 256,
};

typedef VOID CON_TAKE(PCONSOLE Console, const VOID *Bytes, ULONG Length);

// ---- Requests to those devices

static NTSTATUS ConFinish(HANDLE Event, NTSTATUS Status, const IO_STATUS_BLOCK *IoStatus)
{
    if (Status != STATUS_PENDING)
        return Status;
    ZwWaitForSingleObject(Event, FALSE, NULL);
    return IoStatus->Status;
}

static NTSTATUS ConControlSource(PCON_SOURCE Source, ULONG Code, PVOID Input, ULONG Length)
{
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status = ZwDeviceIoControlFile(Source->File, Source->Event, NULL, NULL, &IoStatus,
                                            Code, Input, Length, NULL, 0);
    return ConFinish(Source->Event, Status, &IoStatus);
}

static NTSTATUS ConOpenDevice(PCWSTR Path, PHANDLE File)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    RtlInitUnicodeString(&Name, Path);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL,
                               NULL);
    return ZwCreateFile(File, FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, &Attributes,
                        &IoStatus, NULL, FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ | FILE_SHARE_WRITE,
                        FILE_OPEN, FILE_NON_DIRECTORY_FILE, NULL, 0);
}

static NTSTATUS ConMakeEvent(PHANDLE Event)
{
    OBJECT_ATTRIBUTES Attributes;
    if (*Event)
        return STATUS_SUCCESS;
    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    return ZwCreateEvent(Event, EVENT_ALL_ACCESS, &Attributes, SynchronizationEvent, FALSE);
}

// ---- The terminal

static VOID ConPutKey(void *Context, const CON_KEY *Key)
{
    ConTypeKey(Context, Key);
}

static VOID ConTakeTerminal(PCONSOLE Console, const VOID *Bytes, ULONG Length)
{
    const CON_KEY_SINK Keys = {ConPutKey, Console};
    for (ULONG i = 0; i < Length; i++)
        ConDecodeKey(&Console->Decoder, ((const UCHAR *)Bytes)[i], &Keys);
}

static VOID ConFlushEscape(PCONSOLE Console)
{
    const CON_KEY_SINK Keys = {ConPutKey, Console};
    ConLock(Console);
    ConFlushKey(&Console->Decoder, &Keys);
    ConServeReaders(Console);
    ConUnlock(Console);
}

// Under the lock. A terminal that does not take the text is gone, which its reader finds too.
static VOID ConSendTerminal(void *Context, const CHAR *Bytes, size_t Length)
{
    PCONSOLE Console = Context;
    IO_STATUS_BLOCK IoStatus;
    LARGE_INTEGER Offset = {};
    if (!Console->Terminal.File)
        return;
    NTSTATUS Status = ZwWriteFile(Console->Terminal.File, Console->WriteEvent, NULL, NULL,
                                  &IoStatus, (PVOID)Bytes, (ULONG)Length, &Offset, NULL);
    (VOID) ConFinish(Console->WriteEvent, Status, &IoStatus);
}

static BOOLEAN ConHasTerminalSink(PCONSOLE Console)
{
    for (ULONG i = 0; i < Console->SinkCount; i++) {
        if (Console->Sinks[i].Send)
            return TRUE;
    }
    return FALSE;
}

static NTSTATUS ConAddTerminalSink(PCONSOLE Console)
{
    NTSTATUS Status = ConMakeEvent(&Console->WriteEvent);
    if (!NT_SUCCESS(Status) || ConHasTerminalSink(Console))
        return Status;
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

// A read gives what has come, and waits for something when there is nothing: so these timeouts mean.
static VOID ConSetUpLine(PCON_SOURCE Source)
{
    SERIAL_TIMEOUTS Timeouts = {
        .ReadIntervalTimeout = MAXULONG,
        .ReadTotalTimeoutMultiplier = MAXULONG,
        .ReadTotalTimeoutConstant = MAXULONG - 1,
    };
    SERIAL_BAUD_RATE Rate = {ConBaudRate};
    SERIAL_LINE_CONTROL Control = {.StopBits = STOP_BIT_1, .Parity = NO_PARITY, .WordLength = 8};
    (VOID) ConControlSource(Source, IOCTL_SERIAL_SET_BAUD_RATE, &Rate, sizeof(Rate));
    (VOID) ConControlSource(Source, IOCTL_SERIAL_SET_LINE_CONTROL, &Control, sizeof(Control));
    (VOID) ConControlSource(Source, IOCTL_SERIAL_SET_TIMEOUTS, &Timeouts, sizeof(Timeouts));
}

static NTSTATUS ConStartTerminal(PCONSOLE Console)
{
    ConSetUpLine(&Console->Terminal);
    Console->Decoder = (CON_KEY_DECODER){};
    return ConAddTerminalSink(Console);
}

// ---- The keyboard

static VOID ConSetLeds(PCONSOLE Console)
{
    KEYBOARD_INDICATOR_PARAMETERS Leds = {.LedFlags = ConKeyboardLeds(&Console->Keyboard)};
    (VOID) ConControlSource(&Console->KeyboardSource, IOCTL_KEYBOARD_SET_INDICATORS, &Leds,
                            sizeof(Leds));
}

static VOID ConTakeKeyboard(PCONSOLE Console, const VOID *Bytes, ULONG Length)
{
    const KEYBOARD_INPUT_DATA *Data = Bytes;
    const CON_KEY_SINK Keys = {ConPutKey, Console};
    USHORT Leds = ConKeyboardLeds(&Console->Keyboard);
    for (ULONG i = 0; i < Length / sizeof(*Data); i++)
        ConTranslateScan(&Console->Keyboard, Data[i].MakeCode, Data[i].Flags, &Keys);
    if (ConKeyboardLeds(&Console->Keyboard) != Leds)
        ConSetLeds(Console);
}

static NTSTATUS ConStartKeyboard(PCONSOLE Console)
{
    ConSetLeds(Console);
    return STATUS_SUCCESS;
}

// ---- Threads

static const struct {
    PCWSTR Paths[2]; // the first that can be opened
    NTSTATUS (*Start)(PCONSOLE Console);
    CON_TAKE *Take;
    SIZE_T Offset; // of its CON_SOURCE
} ConSources[] = {
    {{L"\\Device\\Serial0", L"\\Device\\BootConsole\\Raw"},
     ConStartTerminal,
     ConTakeTerminal,
     FIELD_OFFSET(CONSOLE, Terminal)},
    {{L"\\Device\\KeyboardClass0", NULL},
     ConStartKeyboard,
     ConTakeKeyboard,
     FIELD_OFFSET(CONSOLE, KeyboardSource)},
};

static PCON_SOURCE ConSourceOf(PCONSOLE Console, ULONG Index)
{
    return (PCON_SOURCE)((PUCHAR)Console + ConSources[Index].Offset);
}

static NTSTATUS ConReadSource(PCON_SOURCE Source, HANDLE Event, PVOID Buffer, PULONG Length)
{
    PCONSOLE Console = Source->Console;
    IO_STATUS_BLOCK IoStatus;
    LARGE_INTEGER Offset = {}, Pause = {.QuadPart = -ConEscapeMilliseconds * 10000LL};
    HANDLE File = Source->File;
    if (!File)
        return STATUS_CANCELLED;
    NTSTATUS Status =
        ZwReadFile(File, Event, NULL, NULL, &IoStatus, Buffer, *Length, &Offset, NULL);
    if (Status == STATUS_PENDING && Source == &Console->Terminal &&
        ConIsKeyPending(&Console->Decoder)) {
        if (ZwWaitForSingleObject(Event, FALSE, &Pause) != STATUS_TIMEOUT)
            Status = IoStatus.Status;
        else
            ConFlushEscape(Console);
    }
    Status = ConFinish(Event, Status, &IoStatus);
    *Length = NT_SUCCESS(Status) ? (ULONG)IoStatus.Information : 0;
    return Status;
}

// Only the thread closes the file of a device that went away.
static VOID ConLoseSource(PCON_SOURCE Source)
{
    ConLock(Source->Console);
    HANDLE File = Source->File;
    Source->File = NULL;
    ConUnlock(Source->Console);
    if (File)
        ZwClose(File);
}

static VOID ConReadLoop(PCON_SOURCE Source, CON_TAKE *Take)
{
    KEYBOARD_INPUT_DATA Buffer[ConReadBytes / sizeof(KEYBOARD_INPUT_DATA)];
    HANDLE Event = NULL;
    NTSTATUS Status = ConMakeEvent(&Event);
    while (NT_SUCCESS(Status)) {
        ULONG Length = sizeof(Buffer);
        Status = ConReadSource(Source, Event, Buffer, &Length);
        if (!NT_SUCCESS(Status))
            break;
        ConLock(Source->Console);
        Take(Source->Console, Buffer, Length);
        ConServeReaders(Source->Console);
        ConUnlock(Source->Console);
    }
    if (Event)
        ZwClose(Event);
    ConLoseSource(Source);
}

static VOID NTAPI ConSourceThread(PVOID Context)
{
    PCON_SOURCE Source = Context;
    for (ULONG i = 0; i < RTL_NUMBER_OF(ConSources); i++) {
        if (ConSourceOf(Source->Console, i) == Source)
            ConReadLoop(Source, ConSources[i].Take);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS ConStartThread(PCON_SOURCE Source)
{
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Thread;
    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS Status = PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, &Attributes, NULL, NULL,
                                           ConSourceThread, Source);
    if (!NT_SUCCESS(Status))
        return Status;
    PVOID Object;
    Status = ObReferenceObjectByHandle(Thread, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                       &Object, NULL);
    ZwClose(Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Source->Thread)
        ObDereferenceObject(Source->Thread); // of the device that went away
    Source->Thread = Object;
    return STATUS_SUCCESS;
}

// ---- Finding

static VOID ConFindSource(PCONSOLE Console, ULONG Index)
{
    PCON_SOURCE Source = ConSourceOf(Console, Index);
    Source->Console = Console;
    NTSTATUS Status = ConMakeEvent(&Source->Event);
    for (ULONG i = 0; i < RTL_NUMBER_OF(ConSources[Index].Paths) && NT_SUCCESS(Status); i++) {
        PCWSTR Path = ConSources[Index].Paths[i];
        if (!Source->File && Path && !NT_SUCCESS(ConOpenDevice(Path, &Source->File)))
            Source->File = NULL;
    }
    if (!Source->File)
        return;
    Status = ConSources[Index].Start(Console);
    if (NT_SUCCESS(Status))
        Status = ConStartThread(Source);
    if (NT_SUCCESS(Status))
        return;
    ZwClose(Source->File);
    Source->File = NULL;
}

VOID ConFindSources(PCONSOLE Console)
{
    ConLock(Console);
    for (ULONG i = 0; i < RTL_NUMBER_OF(ConSources); i++) {
        if (!ConSourceOf(Console, i)->File)
            ConFindSource(Console, i);
    }
    ConUnlock(Console);
}

// A read of a file that is closed ends, and its thread with it.
static VOID ConStopSource(PCONSOLE Console, PCON_SOURCE Source)
{
    if (!Source->Console)
        return;
    ConLoseSource(Source);
    if (Source->Thread) {
        KeWaitForSingleObject(Source->Thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(Source->Thread);
    }
    if (Source->Event)
        ZwClose(Source->Event);
    *Source = (CON_SOURCE){.Console = Console};
}

VOID ConStopSources(PCONSOLE Console)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(ConSources); i++)
        ConStopSource(Console, ConSourceOf(Console, i));
    if (Console->WriteEvent)
        ZwClose(Console->WriteEvent);
    if (Console->TerminalScreen.Cells)
        ExFreePoolWithTag(Console->TerminalScreen.Cells, ConTag);
    Console->WriteEvent = NULL;
    Console->TerminalScreen.Cells = NULL;
    Console->SinkCount = Console->HasDisplay ? 1 : 0;
}
