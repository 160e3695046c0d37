// Device controls (condrv.h), all buffered. A function gets the lengths checked against its table entry.
#include "console.h"

typedef struct _CON_REQUEST {
    PCONSOLE Console;
    PVOID Buffer; // input, then output
    ULONG InputLength, OutputLength;
    ULONG Information;
} CON_REQUEST, *PCON_REQUEST;

// The screen whose size and cursor programs see: the display's, where there is one.
static CON_SCREEN *ConMainScreen(PCONSOLE Console)
{
    return Console->HasDisplay ? &Console->Screen : &Console->TerminalScreen;
}

// ---- Modes

static NTSTATUS ConGetModes(PCON_REQUEST Request)
{
    PCONSOLE_MODES Modes = Request->Buffer;
    Modes->Input = Request->Console->InputMode;
    Modes->Output = Request->Console->OutputMode;
    Request->Information = sizeof(*Modes);
    return STATUS_SUCCESS;
}

// As SetConsoleMode has it, characters are not echoed unless lines are read.
static NTSTATUS ConSetModes(PCON_REQUEST Request)
{
    PCONSOLE Console = Request->Console;
    CONSOLE_MODES Modes = *(PCONSOLE_MODES)Request->Buffer;
    if (Modes.Input != CONSOLE_MODE_UNCHANGED &&
        (Modes.Input & (ENABLE_ECHO_INPUT | ENABLE_LINE_INPUT)) == ENABLE_ECHO_INPUT)
        return STATUS_INVALID_PARAMETER;
    if (Modes.Input != CONSOLE_MODE_UNCHANGED)
        Console->InputMode = Modes.Input;
    if (Modes.Output != CONSOLE_MODE_UNCHANGED)
        Console->OutputMode = Modes.Output;
    Console->Screen.NewLine = !(Console->OutputMode & DISABLE_NEWLINE_AUTO_RETURN);
    return STATUS_SUCCESS;
}

// ---- Title

static NTSTATUS ConGetTitle(PCON_REQUEST Request)
{
    const uint16_t *Title = ConMainScreen(Request->Console)->Title;
    ULONG Length = 0;
    while (Title[Length])
        Length++;
    Length *= sizeof(WCHAR);
    Request->Information = min(Length, Request->OutputLength);
    RtlCopyMemory(Request->Buffer, Title, Request->Information);
    return Request->Information < Length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

// It goes out as the sequence that sets it: a terminal shows it too.
static NTSTATUS ConSetTitle(PCON_REQUEST Request)
{
    CHAR Text[CONSOLE_TITLE_CHARS * 3 + 8] = "\x1b]2;";
    ULONG Prefix = (ULONG)strlen(Text), Length;
    const WCHAR *Title = Request->Buffer;
    if (Request->InputLength > CONSOLE_TITLE_CHARS * sizeof(WCHAR) ||
        Request->InputLength % sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < Request->InputLength / sizeof(WCHAR); i++) {
        if (Title[i] < L' ')
            return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS Status = RtlUnicodeToUTF8N(Text + Prefix, sizeof(Text) - Prefix - 1, &Length, Title,
                                        Request->InputLength);
    if (!NT_SUCCESS(Status))
        return Status;
    Text[Prefix + Length] = '\a';
    ConPrint(Request->Console, Text, Prefix + Length + 1);
    return STATUS_SUCCESS;
}

// ---- Screen and cursor

static NTSTATUS ConGetScreen(PCON_REQUEST Request)
{
    PCONSOLE Console = Request->Console;
    const CON_SCREEN *Screen = ConMainScreen(Console);
    *(PCONSOLE_SCREEN)Request->Buffer = (CONSOLE_SCREEN){
        .Columns = Screen->Columns,
        .Rows = Screen->Rows,
        .CursorColumn = Screen->Cursor.Column,
        .CursorRow = Screen->Cursor.Row,
        .CursorVisible = Screen->CursorVisible,
        .HasDisplay = Console->HasDisplay,
        .HasTerminal = Console->Terminal.File != NULL,
    };
    Request->Information = sizeof(CONSOLE_SCREEN);
    return STATUS_SUCCESS;
}

static PSTR ConAppendNumber(PSTR Text, ULONG Number)
{
    if (Number >= 10)
        Text = ConAppendNumber(Text, Number / 10);
    *Text++ = (CHAR)('0' + Number % 10);
    return Text;
}

static NTSTATUS ConSetCursor(PCON_REQUEST Request)
{
    const CONSOLE_CURSOR *Cursor = Request->Buffer;
    const CON_SCREEN *Screen = ConMainScreen(Request->Console);
    CHAR Text[48] = "\x1b[";
    if (Cursor->Column >= Screen->Columns || Cursor->Row >= Screen->Rows)
        return STATUS_INVALID_PARAMETER;
    PSTR Place = ConAppendNumber(Text + strlen(Text), Cursor->Row + 1);
    *Place++ = ';';
    Place = ConAppendNumber(Place, Cursor->Column + 1);
    strcpy(Place, Cursor->Visible ? "H\x1b[?25h" : "H\x1b[?25l");
    ConPrint(Request->Console, Text, strlen(Text));
    return STATUS_SUCCESS;
}

// ---- Input records

static NTSTATUS ConPeekInput(PCON_REQUEST Request)
{
    Request->Information =
        ConCopyRecords(Request->Console, Request->Buffer, Request->OutputLength, FALSE);
    return STATUS_SUCCESS;
}

static NTSTATUS ConCountInput(PCON_REQUEST Request)
{
    *(PULONG)Request->Buffer = ConCountKeys(&Request->Console->Keys);
    Request->Information = sizeof(ULONG);
    return STATUS_SUCCESS;
}

static NTSTATUS ConFlushInput(PCON_REQUEST Request)
{
    CON_KEY Key;
    while (ConTakeKey(&Request->Console->Keys, &Key))
        continue;
    return STATUS_SUCCESS;
}

static NTSTATUS ConWriteInput(PCON_REQUEST Request)
{
    NTSTATUS Status = ConTypeRecords(Request->Console, Request->Buffer, Request->InputLength);
    ConServeReaders(Request->Console);
    return Status;
}

// ---- Dispatch

static const struct {
    ULONG Code;
    ULONG InputLength, OutputLength; // at least
    NTSTATUS (*Function)(PCON_REQUEST Request);
} ConControls[] = {
    {IOCTL_CONSOLE_GET_MODES, 0, sizeof(CONSOLE_MODES), ConGetModes},
    {IOCTL_CONSOLE_SET_MODES, sizeof(CONSOLE_MODES), 0, ConSetModes},
    {IOCTL_CONSOLE_GET_TITLE, 0, 0, ConGetTitle},
    {IOCTL_CONSOLE_SET_TITLE, 0, 0, ConSetTitle},
    {IOCTL_CONSOLE_GET_SCREEN, 0, sizeof(CONSOLE_SCREEN), ConGetScreen},
    {IOCTL_CONSOLE_SET_CURSOR, sizeof(CONSOLE_CURSOR), 0, ConSetCursor},
    {IOCTL_CONSOLE_PEEK_INPUT, 0, 0, ConPeekInput},
    {IOCTL_CONSOLE_COUNT_INPUT, 0, sizeof(ULONG), ConCountInput},
    {IOCTL_CONSOLE_FLUSH_INPUT, 0, 0, ConFlushInput},
    {IOCTL_CONSOLE_WRITE_INPUT, 0, 0, ConWriteInput},
};

static NTSTATUS ConControl(PCONSOLE Console, ULONG Code, PCON_REQUEST Request)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(ConControls); i++) {
        if (ConControls[i].Code != Code)
            continue;
        if (Request->InputLength < ConControls[i].InputLength ||
            Request->OutputLength < ConControls[i].OutputLength)
            return STATUS_BUFFER_TOO_SMALL;
        ConLock(Console);
        NTSTATUS Status =
            Console->Started ? ConControls[i].Function(Request) : STATUS_DEVICE_REMOVED;
        ConUnlock(Console);
        return Status;
    }
    return STATUS_INVALID_DEVICE_REQUEST;
}

// Those that may wait.
static const struct {
    ULONG Code;
    NTSTATUS (*Wait)(PCONSOLE Console, PIRP Irp);
} ConWaits[] = {
    {IOCTL_CONSOLE_READ_INPUT, ConWaitForRecords},
    {IOCTL_CONSOLE_EDIT_LINE, ConWaitForEdit},
    {IOCTL_CONSOLE_WAIT_CONTROL, ConWaitForControl},
};

NTSTATUS NTAPI ConDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCONSOLE Console = ConOfDevice(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    CON_REQUEST Request = {
        .Console = Console,
        .Buffer = Irp->AssociatedIrp.SystemBuffer,
        .InputLength = Stack->Parameters.DeviceIoControl.InputBufferLength,
        .OutputLength = Stack->Parameters.DeviceIoControl.OutputBufferLength,
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(ConWaits); i++) {
        if (ConWaits[i].Code == Code)
            return ConMay(Irp, ConFileInput) ? ConWaits[i].Wait(Console, Irp)
                                             : ConComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
    NTSTATUS Status = ConControl(Console, Code, &Request);
    return ConComplete(Irp, Status, Request.Information);
}
