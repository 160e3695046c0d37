// Reading: requests wait in the order in which they came, and what is typed goes to the first. Keys that
// nobody has asked for wait too, unseen: they are echoed when a line is read.
#include "console.h"

// ---- Who reads

typedef enum _CON_READER { ConNoReader, ConTextReader, ConEditReader, ConRecordReader } CON_READER;

static CON_READER ConReaderKind(PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MajorFunction == IRP_MJ_READ)
        return ConTextReader;
    return Stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_CONSOLE_EDIT_LINE
               ? ConEditReader
               : ConRecordReader;
}

static CON_READER ConFirstReader(PCONSOLE Console)
{
    CON_READER Kind = ConNoReader;
    KIRQL OldIrql;
    IoAcquireCancelSpinLock(&OldIrql);
    if (!IsListEmpty(&Console->Readers))
        Kind =
            ConReaderKind(CONTAINING_RECORD(Console->Readers.Flink, IRP, Tail.Overlay.ListEntry));
    IoReleaseCancelSpinLock(OldIrql);
    return Kind;
}

static BOOLEAN ConIsKind(PIRP Irp, const VOID *Context)
{
    return ConReaderKind(Irp) == *(const CON_READER *)Context;
}

// The first request of a kind; null: there is none.
static PIRP ConTakeReader(PCONSOLE Console, CON_READER Kind)
{
    return ConTakeRequest(&Console->Readers, ConIsKind, &Kind);
}

// ---- From keys to what is read

static VOID ConKeepLine(PCONSOLE Console)
{
    Console->LineLength = Console->LineTaken = 0;
    Console->EndOfFile = Console->Editor.AtEnd;
    if (Console->EndOfFile)
        return;
    for (ULONG i = 0; i < Console->Editor.Length; i++)
        Console->LineLength +=
            (ULONG)ConEncodeUtf8(Console->Editor.Line[i], Console->Line + Console->LineLength);
    Console->Line[Console->LineLength++] = '\r';
    if (Console->Editor.Processed)
        Console->Line[Console->LineLength++] = '\n';
}

// Ctrl-C ends the read that waits for the line with STATUS_CANCELLED.
static VOID ConBreakLine(PCONSOLE Console, CON_READER Kind)
{
    PIRP Irp = ConTakeReader(Console, Kind);
    if (Irp)
        ConComplete(Irp, STATUS_CANCELLED, 0);
}

// The line as it is, with the key that interrupted the editing.
static VOID ConGiveInterrupted(PCONSOLE Console, const CON_KEY *Key)
{
    PIRP Irp = ConTakeReader(Console, ConEditReader);
    if (!Irp)
        return;
    PCONSOLE_EDIT Edit = Irp->AssociatedIrp.SystemBuffer;
    Edit->Character = Key->Character;
    Edit->ControlKeyState = Key->ControlState;
    Edit->LineBytes = Edit->CursorBytes = 0;
    for (ULONG i = 0; i < Console->Editor.Length; i++) {
        Edit->LineBytes +=
            (ULONG)ConEncodeUtf8(Console->Editor.Line[i], Edit->Line + Edit->LineBytes);
        if (i + 1 == Console->Editor.Position)
            Edit->CursorBytes = Edit->LineBytes;
    }
    ConComplete(Irp, STATUS_SUCCESS, sizeof(*Edit));
}

static VOID ConEditKeys(PCONSOLE Console, CON_READER Kind)
{
    CON_KEY Key = {};
    CON_EDIT Result = ConEditGoesOn;
    Console->Editor.Echo = (Console->InputMode & ENABLE_ECHO_INPUT) != 0;
    Console->Editor.Processed = (Console->InputMode & ENABLE_PROCESSED_INPUT) != 0;
    Console->Editor.Ends = Console->Editor.Processed && Kind == ConTextReader;
    Console->Editor.SinkCount = Console->SinkCount;
    if (!Console->Editor.Active)
        ConBeginLine(&Console->Editor);
    while (Result == ConEditGoesOn && ConTakeKey(&Console->Keys, &Key))
        Result = ConEditLine(&Console->Editor, &Key);
    ConDisplayChanged(Console);
    if (Result == ConEditComplete)
        ConKeepLine(Console);
    else if (Result == ConEditBreak)
        ConBreakLine(Console, Kind);
    else if (Result == ConEditWakeup)
        ConGiveInterrupted(Console, &Key);
}

static VOID ConGatherCharacters(PCONSOLE Console)
{
    CON_KEY Key;
    BOOLEAN Sequences = (Console->InputMode & ENABLE_VIRTUAL_TERMINAL_INPUT) != 0;
    Console->LineLength = Console->LineTaken = 0;
    while (Console->LineLength + CON_KEY_TEXT <= ConLineBytes && ConTakeKey(&Console->Keys, &Key))
        Console->LineLength +=
            (ULONG)ConKeyText(&Key, Sequences, Console->Line + Console->LineLength);
}

static BOOLEAN ConHasText(PCONSOLE Console)
{
    if (Console->LineLength || Console->EndOfFile)
        return TRUE;
    Console->Editor.Wakeup = 0;
    if (Console->InputMode & ENABLE_LINE_INPUT)
        ConEditKeys(Console, ConTextReader);
    else
        ConGatherCharacters(Console);
    return Console->LineLength || Console->EndOfFile;
}

static VOID ConGiveText(PCONSOLE Console)
{
    PIRP Irp = ConTakeReader(Console, ConTextReader);
    if (!Irp)
        return;
    ULONG Part = min(IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length,
                     Console->LineLength - Console->LineTaken);
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Console->Line + Console->LineTaken, Part);
    Console->LineTaken += Part;
    if (Console->LineTaken == Console->LineLength)
        Console->LineLength = Console->LineTaken = 0;
    Console->EndOfFile = FALSE;
    ConComplete(Irp, STATUS_SUCCESS, Part);
}

// The first request, which waits for a line, says once what the line is to be.
static VOID ConBeginEdit(PCONSOLE Console)
{
    static uint32_t Characters[CON_LINE_CHARS]; // under the lock
    ULONG Length = 0, Position = 0;
    BOOLEAN First = FALSE;
    KIRQL OldIrql;
    IoAcquireCancelSpinLock(&OldIrql);
    PIRP Irp = CONTAINING_RECORD(Console->Readers.Flink, IRP, Tail.Overlay.ListEntry);
    if (!IsListEmpty(&Console->Readers) && ConReaderKind(Irp) == ConEditReader) {
        const CONSOLE_EDIT *Edit = Irp->AssociatedIrp.SystemBuffer;
        First = !Irp->Tail.Overlay.DriverContext[0];
        Irp->Tail.Overlay.DriverContext[0] = Console;
        Console->Editor.Wakeup = Edit->WakeupMask;
        Length = ConDecodeUtf8(Edit->Line, Edit->LineBytes, Characters, CON_LINE_CHARS);
        Position = ConDecodeUtf8(Edit->Line, Edit->CursorBytes, Characters, CON_LINE_CHARS);
    }
    IoReleaseCancelSpinLock(OldIrql);
    if (!First || Console->LineLength)
        return;
    if (!Console->Editor.Active)
        ConBeginLine(&Console->Editor);
    ConReplaceLine(&Console->Editor, Characters, Length, Position);
}

static BOOLEAN ConHasLine(PCONSOLE Console)
{
    ConBeginEdit(Console);
    if (!Console->LineLength)
        ConEditKeys(Console, ConEditReader);
    return Console->LineLength != 0;
}

static BOOLEAN ConIsLineEnd(CHAR Character)
{
    return Character == '\r' || Character == '\n';
}

// Without its end.
static VOID ConGiveLine(PCONSOLE Console)
{
    PIRP Irp = ConTakeReader(Console, ConEditReader);
    if (!Irp)
        return;
    PCONSOLE_EDIT Edit = Irp->AssociatedIrp.SystemBuffer;
    ULONG Length = Console->LineLength - Console->LineTaken;
    while (Length && ConIsLineEnd(Console->Line[Console->LineTaken + Length - 1]))
        Length--;
    Edit->Character = '\r';
    Edit->ControlKeyState = 0;
    Edit->LineBytes = Edit->CursorBytes = min(Length, sizeof(Edit->Line));
    RtlCopyMemory(Edit->Line, Console->Line + Console->LineTaken, Edit->LineBytes);
    Console->LineLength = Console->LineTaken = 0;
    ConComplete(Irp, STATUS_SUCCESS, sizeof(*Edit));
}

static VOID ConGiveRecords(PCONSOLE Console)
{
    PIRP Irp = ConTakeReader(Console, ConRecordReader);
    if (!Irp)
        return;
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;
    ConComplete(Irp, STATUS_SUCCESS,
                ConCopyRecords(Console, Irp->AssociatedIrp.SystemBuffer, Length, TRUE));
}

// What is typed and read at the same time may make a line complete without a key being left: the loop ends
// when the first request cannot be served.
VOID ConServeReaders(PCONSOLE Console)
{
    for (;;) {
        switch (ConFirstReader(Console)) {
        case ConNoReader:
            return;
        case ConTextReader:
            if (ConHasText(Console))
                ConGiveText(Console);
            else if (!ConCountKeys(&Console->Keys))
                return;
            break;
        case ConEditReader:
            if (ConHasLine(Console))
                ConGiveLine(Console);
            else if (!ConCountKeys(&Console->Keys))
                return;
            break;
        case ConRecordReader:
            if (!ConCountKeys(&Console->Keys))
                return;
            ConGiveRecords(Console);
            break;
        }
    }
}

// ---- Keys that come. Shift with Page Up and Page Down looks at the history; any other key ends that.

static BOOLEAN ConScrollKey(PCONSOLE Console, const CON_KEY *Key)
{
    LONG Page = (LONG)Console->Screen.Rows / 2;
    if (!Console->HasDisplay || !(Key->ControlState & CON_SHIFT))
        return FALSE;
    if (Key->VirtualKey != ConKeyPageUp && Key->VirtualKey != ConKeyPageDown)
        return FALSE;
    if (Key->Down)
        ConScrollView(&Console->Screen, Key->VirtualKey == ConKeyPageUp ? Page : -Page);
    ConDisplayChanged(Console);
    return TRUE;
}

// Ctrl-C while nobody reads is for those who listen, and takes away what was typed before. Who reads anything but a
// line to be edited gets the key besides. FALSE: it is to be read.
static BOOLEAN ConBreak(PCONSOLE Console, const CON_KEY *Key)
{
    CON_KEY Old;
    CON_READER Reader = ConFirstReader(Console);
    if (Reader == ConEditReader || !ConTellListeners(Console, Key))
        return FALSE;
    if (Reader != ConTextReader)
        ConPrint(Console, "^C\n", 3);
    if (Reader != ConNoReader)
        return FALSE;
    while (ConTakeKey(&Console->Keys, &Old))
        continue;
    Console->LineLength = Console->LineTaken = 0;
    return TRUE;
}

VOID ConTypeKey(PCONSOLE Console, const CON_KEY *Key)
{
    BOOLEAN Modifier = Key->VirtualKey >= ConKeyShift && Key->VirtualKey <= ConKeyMenu;
    if (ConScrollKey(Console, Key))
        return;
    if (Console->Screen.View && Key->Down && !Modifier) {
        Console->Screen.View = 0;
        ConDisplayChanged(Console);
    }
    if (!ConIsBreak(Console, Key) || !ConBreak(Console, Key))
        (VOID) ConQueueKey(&Console->Keys, Key);
}

// ---- The requests

static NTSTATUS ConWait(PCONSOLE Console, PIRP Irp)
{
    ConLock(Console);
    NTSTATUS Status = Console->Started ? ConQueueRequest(&Console->Readers, Irp)
                                       : ConComplete(Irp, STATUS_DEVICE_REMOVED, 0);
    ConServeReaders(Console);
    ConUnlock(Console);
    return Status;
}

NTSTATUS NTAPI ConRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (!ConMay(Irp, ConFileInput))
        return ConComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (!IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length)
        return ConComplete(Irp, STATUS_SUCCESS, 0);
    return ConWait(ConOfDevice(DeviceObject), Irp);
}

NTSTATUS ConWaitForRecords(PCONSOLE Console, PIRP Irp)
{
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;
    if (Length < sizeof(CONSOLE_KEY_RECORD))
        return ConComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    return ConWait(Console, Irp);
}

NTSTATUS ConWaitForEdit(PCONSOLE Console, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG InputLength = Stack->Parameters.DeviceIoControl.InputBufferLength;
    const CONSOLE_EDIT *Edit = Irp->AssociatedIrp.SystemBuffer;
    if (InputLength < FIELD_OFFSET(CONSOLE_EDIT, Line) ||
        Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(*Edit))
        return ConComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    if (Edit->LineBytes > InputLength - FIELD_OFFSET(CONSOLE_EDIT, Line) ||
        Edit->LineBytes > sizeof(Edit->Line) || Edit->CursorBytes > Edit->LineBytes)
        return ConComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    Irp->Tail.Overlay.DriverContext[0] = NULL;
    return ConWait(Console, Irp);
}
