// console.sys: a terminal for programs, made of a framebuffer with a keyboard and of a serial line, both at
// once. core/ has its logic; here is what makes it a driver.
#pragma once

#include <ntifs.h>
#include <ntddkbd.h>
#include <ntstatus.h>

#include <condrv.h>
#include <power.h>

#include "core/display.h"
#include "core/editor.h"
#include "core/keys.h"
#include "core/screen.h"

enum {
    ConTag = 'snoC',
    ConHistoryRows = 1000,   // above the screen of the display
    ConTerminalColumns = 80, // a serial terminal does not say how large it is
    ConTerminalRows = 25,
    ConLineBytes = CON_LINE_CHARS * 4 + 2,
};

enum { // of <wincon.h>
    ENABLE_PROCESSED_INPUT = 0x0001,
    ENABLE_LINE_INPUT = 0x0002,
    ENABLE_ECHO_INPUT = 0x0004,
    ENABLE_INSERT_MODE = 0x0020,
    ENABLE_EXTENDED_FLAGS = 0x0080,
    ENABLE_VIRTUAL_TERMINAL_INPUT = 0x0200,
    ENABLE_PROCESSED_OUTPUT = 0x0001,
    ENABLE_WRAP_AT_EOL_OUTPUT = 0x0002,
    ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x0004,
    DISABLE_NEWLINE_AUTO_RETURN = 0x0008,
};

// FILE_OBJECT.FsContext2: what a file may be used for.
enum { ConFileInput = 1, ConFileOutput = 2 };

// The keyboard, which is read by a thread of ours.
typedef struct _CON_SOURCE {
    HANDLE File; // null: not found yet, or gone
    HANDLE Event;
    PVOID Thread; // referenced while it runs
} CON_SOURCE, *PCON_SOURCE;

#define CON_TERMINAL_PORT L"\\DosDevices\\COM1"

enum {
    ConOutputBytes = 16384, // a power of two
    ConSendBytes = 4096,    // in one write
};

typedef struct _CON_TERMINAL {
    PVOID Thread, Sender; // referenced
    PVOID Notification;   // of serial ports
    BOOLEAN MustEnd;
    // The reader's
    BOOLEAN IsPort;   // COM1; else the boot console
    HANDLE Next;      // opened: it goes over to this one
    HANDLE ReadEvent; // set too when something is wanted of the reader
    LONG PortArrived;
    BOOLEAN Full; // it reads no more until there is room among the keys; under the console's lock
    KEVENT Room;
    // Output. Guarded by Lock, which nothing else is taken under.
    KSPIN_LOCK Lock;
    HANDLE File;     // null: no line
    BOOLEAN Sending; // a write uses the file
    BOOLEAN Stalled; // the line takes nothing
    HANDLE WriteEvent;
    KEVENT More, Sent;
    ULONG Head, Tail; // count up; the difference is what is there
    CHAR Output[ConOutputBytes];
} CON_TERMINAL, *PCON_TERMINAL;

typedef struct _CONSOLE {
    PDEVICE_OBJECT Self, LowerDevice;
    BOOLEAN Started;
    POWER_POLICY Power;
    // A synchronization event that guards all below. It is held while text waits for room on the serial line.
    KEVENT Lock;
    CON_EDITOR Editor;
    CON_HISTORY History;
    CON_KEY_QUEUE Keys;
    ULONG InputMode, OutputMode;
    CON_SINK Sinks[CON_SINKS];
    ULONG SinkCount;
    UCHAR LastByte; // written
    // What was typed and not read yet: a line, or characters
    CHAR Line[ConLineBytes];
    ULONG LineLength, LineTaken;
    BOOLEAN EndOfFile; // for the next read of text
    // Reads and requests for records, by Tail.Overlay.ListEntry; under the cancel spin lock
    LIST_ENTRY Readers;
    LIST_ENTRY Listeners; // likewise: who waits for Ctrl-C
    // The display
    BOOLEAN HasDisplay;
    CON_DISPLAY Display;
    CON_SCREEN Screen;
    PVOID Framebuffer;
    SIZE_T FramebufferBytes;
    KEVENT DisplayChanged;
    PVOID DisplayThread;
    BOOLEAN DisplayMustEnd;
    // The terminal
    CON_SCREEN TerminalScreen;
    CON_TERMINAL Terminal;
    CON_KEY_DECODER Decoder;
    // The keyboard
    CON_SOURCE KeyboardSource;
    CON_KEYBOARD Keyboard;
} CONSOLE, *PCONSOLE;

typedef struct _CON_EXTENSION {
    PCONSOLE Console;
} CON_EXTENSION, *PCON_EXTENSION;

static inline PCONSOLE ConOfDevice(PDEVICE_OBJECT DeviceObject)
{
    return ((PCON_EXTENSION)DeviceObject->DeviceExtension)->Console;
}

// main.c
NTSTATUS ConComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
VOID ConLock(PCONSOLE Console);
VOID ConUnlock(PCONSOLE Console);

// pnp.c
DRIVER_DISPATCH ConPnp, ConPower, ConPassDown;

// file.c
DRIVER_DISPATCH ConCreate, ConCleanup, ConClose;
BOOLEAN ConMay(PIRP Irp, ULONG Use); // may the request's file be used so?

// waiting.c: requests that wait in a list of the console. Null: of whatever file.
NTSTATUS ConQueueRequest(PLIST_ENTRY List, PIRP Irp);
typedef BOOLEAN CON_FILTER(PIRP Irp, const VOID *Context);
PIRP ConTakeRequest(PLIST_ENTRY List, CON_FILTER *Filter, const VOID *Context);
VOID ConCancelRequests(PLIST_ENTRY List, PFILE_OBJECT File, NTSTATUS Status);

// break.c
NTSTATUS ConWaitForControl(PCONSOLE Console, PIRP Irp);
BOOLEAN ConIsBreak(PCONSOLE Console, const CON_KEY *Key);
BOOLEAN ConTellListeners(PCONSOLE Console, const CON_KEY *Key); // FALSE: there are none

// read.c. Readers wait for what is typed; ConServeReaders gives it to them, under the lock.
DRIVER_DISPATCH ConRead;
NTSTATUS ConWaitForRecords(PCONSOLE Console, PIRP Irp);
NTSTATUS ConWaitForEdit(PCONSOLE Console, PIRP Irp);
VOID ConServeReaders(PCONSOLE Console);
VOID ConTypeKey(PCONSOLE Console, const CON_KEY *Key); // under the lock

// records.c
ULONG ConCopyRecords(PCONSOLE Console, PVOID Buffer, ULONG Length, BOOLEAN Take);
NTSTATUS ConTypeRecords(PCONSOLE Console, const VOID *Buffer, ULONG Length);

// write.c
DRIVER_DISPATCH ConWrite, ConFlush;
VOID ConPrint(PCONSOLE Console, const CHAR *Text, SIZE_T Length); // under the lock

// control.c
DRIVER_DISPATCH ConDeviceControl;

// display.c
NTSTATUS ConStartDisplay(PCONSOLE Console, const CM_RESOURCE_LIST *Translated);
VOID ConStopDisplay(PCONSOLE Console);
VOID ConDisplayChanged(PCONSOLE Console);

// sources.c. ConFindKeyboard under the lock.
VOID ConFindKeyboard(PCONSOLE Console);
VOID ConStopKeyboard(PCONSOLE Console);
NTSTATUS ConOpenDevice(PCWSTR Path, PHANDLE File);
NTSTATUS ConMakeEvent(PHANDLE Event); // where there is none yet
// The end of a request that may be pending: its status.
NTSTATUS ConFinish(HANDLE Event, NTSTATUS Status, const IO_STATUS_BLOCK *IoStatus);
NTSTATUS ConControlFile(HANDLE File, HANDLE Event, ULONG Code, PVOID Input, ULONG Length);
NTSTATUS ConStartThread(PKSTART_ROUTINE Routine, PVOID Context, PVOID *Thread);
VOID ConPutKey(void *Console, const CON_KEY *Key);

// terminal.c. ConStartTerminal under the lock.
VOID ConInitTerminal(PCONSOLE Console);
VOID ConStartTerminal(PCONSOLE Console);
VOID ConStopTerminal(PCONSOLE Console);
BOOLEAN ConHasRoom(PCONSOLE Console);    // for what is read at once; under the lock
VOID ConFlushTerminal(PCONSOLE Console); // until the text is out, or the line takes no more

// registry.c: values of the device's key "Device Parameters"
NTSTATUS ConOpenParameters(PDEVICE_OBJECT PhysicalDevice, PCWSTR Subkey, PHANDLE Key);
BOOLEAN ConReadNumber(HANDLE Key, PCWSTR Name, PULONG Value);
const CON_LAYOUT *ConReadLayout(PDEVICE_OBJECT PhysicalDevice);
