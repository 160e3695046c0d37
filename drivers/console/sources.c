// The keyboard: a device of another driver, opened when it is there, and read by a thread until it is gone. What it has in
// common with the terminal (terminal.c).
#include "console.h"

enum { ConReadKeys = 16 };

// ---- Requests to devices

NTSTATUS ConFinish(HANDLE Event, NTSTATUS Status, const IO_STATUS_BLOCK *IoStatus)
{
    if (Status != STATUS_PENDING)
        return Status;
    ZwWaitForSingleObject(Event, FALSE, NULL);
    return IoStatus->Status;
}

NTSTATUS ConControlFile(HANDLE File, HANDLE Event, ULONG Code, PVOID Input, ULONG Length)
{
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status =
        ZwDeviceIoControlFile(File, Event, NULL, NULL, &IoStatus, Code, Input, Length, NULL, 0);
    return ConFinish(Event, Status, &IoStatus);
}

NTSTATUS ConOpenDevice(PCWSTR Path, PHANDLE File)
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

NTSTATUS ConMakeEvent(PHANDLE Event)
{
    OBJECT_ATTRIBUTES Attributes;
    if (*Event)
        return STATUS_SUCCESS;
    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    return ZwCreateEvent(Event, EVENT_ALL_ACCESS, &Attributes, SynchronizationEvent, FALSE);
}

VOID ConPutKey(void *Context, const CON_KEY *Key)
{
    ConTypeKey(Context, Key);
}

NTSTATUS ConStartThread(PKSTART_ROUTINE Routine, PVOID Context, PVOID *Thread)
{
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Handle;
    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS Status =
        PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, &Attributes, NULL, NULL, Routine, Context);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, Thread,
                                       NULL);
    ZwClose(Handle);
    return Status;
}

// ---- The keyboard

static VOID ConSetLeds(PCONSOLE Console)
{
    KEYBOARD_INDICATOR_PARAMETERS Leds = {.LedFlags = ConKeyboardLeds(&Console->Keyboard)};
    (VOID) ConControlFile(Console->KeyboardSource.File, Console->KeyboardSource.Event,
                          IOCTL_KEYBOARD_SET_INDICATORS, &Leds, sizeof(Leds));
}

static VOID ConTakeKeyboard(PCONSOLE Console, const KEYBOARD_INPUT_DATA *Data, ULONG Count)
{
    const CON_KEY_SINK Keys = {ConPutKey, Console};
    USHORT Leds = ConKeyboardLeds(&Console->Keyboard);
    for (ULONG i = 0; i < Count; i++)
        ConTranslateScan(&Console->Keyboard, Data[i].MakeCode, Data[i].Flags, &Keys);
    if (ConKeyboardLeds(&Console->Keyboard) != Leds)
        ConSetLeds(Console);
}

// Only the thread closes the file of a device that went away.
static VOID ConLoseKeyboard(PCONSOLE Console)
{
    ConLock(Console);
    HANDLE File = Console->KeyboardSource.File;
    Console->KeyboardSource.File = NULL;
    ConUnlock(Console);
    if (File)
        ZwClose(File);
}

static NTSTATUS ConReadKeyboard(PCONSOLE Console, HANDLE Event, PVOID Buffer, PULONG Length)
{
    IO_STATUS_BLOCK IoStatus;
    LARGE_INTEGER Offset = {};
    HANDLE File = Console->KeyboardSource.File;
    if (!File)
        return STATUS_CANCELLED;
    NTSTATUS Status =
        ZwReadFile(File, Event, NULL, NULL, &IoStatus, Buffer, *Length, &Offset, NULL);
    Status = ConFinish(Event, Status, &IoStatus);
    *Length = NT_SUCCESS(Status) ? (ULONG)IoStatus.Information : 0;
    return Status;
}

static VOID NTAPI ConKeyboardThread(PVOID Context)
{
    PCONSOLE Console = Context;
    KEYBOARD_INPUT_DATA Buffer[ConReadKeys];
    HANDLE Event = NULL;
    NTSTATUS Status = ConMakeEvent(&Event);
    while (NT_SUCCESS(Status)) {
        ULONG Length = sizeof(Buffer);
        Status = ConReadKeyboard(Console, Event, Buffer, &Length);
        if (!NT_SUCCESS(Status))
            break;
        ConLock(Console);
        ConTakeKeyboard(Console, Buffer, Length / sizeof(*Buffer));
        ConServeReaders(Console);
        ConUnlock(Console);
    }
    if (Event)
        ZwClose(Event);
    ConLoseKeyboard(Console);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

VOID ConFindKeyboard(PCONSOLE Console)
{
    PCON_SOURCE Source = &Console->KeyboardSource;
    if (Source->File || !NT_SUCCESS(ConMakeEvent(&Source->Event)))
        return;
    if (!NT_SUCCESS(ConOpenDevice(L"\\Device\\KeyboardClass0", &Source->File))) {
        Source->File = NULL;
        return;
    }
    if (Source->Thread)
        ObDereferenceObject(Source->Thread); // of the device that went away
    Source->Thread = NULL;
    ConSetLeds(Console);
    if (NT_SUCCESS(ConStartThread(ConKeyboardThread, Console, &Source->Thread)))
        return;
    ZwClose(Source->File);
    Source->File = NULL;
}

// A read of a file that is closed ends, and its thread with it.
VOID ConStopKeyboard(PCONSOLE Console)
{
    PCON_SOURCE Source = &Console->KeyboardSource;
    ConLoseKeyboard(Console);
    if (Source->Thread) {
        KeWaitForSingleObject(Source->Thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(Source->Thread);
    }
    if (Source->Event)
        ZwClose(Source->Event);
    *Source = (CON_SOURCE){};
}
