// The standard streams: handles in the process parameters, which programs inherit from there.

#include "nativep.h"

#include "shell.h"

#include <condrv.h>

// Programs inherit the first three. The others are for keeping one of these meanwhile, as in "3>&1 1>&2 2>&3".
PHANDLE SyspStream(ULONG Stream)
{
    static HANDLE Others[SysStreamCount] = {[SysError + 1 ... SysStreamCount - 1] = ConNowhere};
    PRTL_USER_PROCESS_PARAMETERS Parameters = NtCurrentPeb()->ProcessParameters;
    switch (Stream) {
    case SysInput:
        return &Parameters->StandardInput;
    case SysOutput:
        return &Parameters->StandardOutput;
    case SysError:
        return &Parameters->StandardError;
    default:
        return &Others[Stream];
    }
}

// ---- Input

// One byte after the other: what follows the line belongs to the next reader, which may be a program.
NTSTATUS SysReadLine(PSH_TEXT Line)
{
    static CHAR Bytes[0x8000]; // more than the longest line
    ULONG Length = 0, Read;
    SyspFillReserve();
    for (;;) {
        CHAR Byte;
        NTSTATUS Status = ConRead(&Byte, 1, &Read);
        if (!NT_SUCCESS(Status) && (Status != STATUS_END_OF_FILE || !Length))
            return Status;
        if (!NT_SUCCESS(Status) || Byte == '\n')
            break;
        if (Length < sizeof(Bytes))
            Bytes[Length++] = Byte;
    }
    if (Length && Bytes[Length - 1] == '\r')
        Length--;
    SyspDecode(Bytes, Length, Line);
    return STATUS_SUCCESS;
}

// ---- A line of the console

// The line as UTF-8, as much as there is room for, and its cursor.
static VOID SyspPutEdit(PCONSOLE_EDIT Edit, const SH_TEXT *Line, SIZE_T Cursor)
{
    RtlUnicodeToUTF8N(Edit->Line, sizeof(Edit->Line), &Edit->CursorBytes, ShString(Line),
                      (ULONG)(Cursor * sizeof(WCHAR)));
    RtlUnicodeToUTF8N(Edit->Line, sizeof(Edit->Line), &Edit->LineBytes, ShString(Line),
                      (ULONG)(Line->Length * sizeof(WCHAR)));
}

static SIZE_T SyspTakeEdit(const CONSOLE_EDIT *Edit, PSH_TEXT Line)
{
    SH_TEXT Left = {};
    SyspDecode(Edit->Line, Edit->CursorBytes, &Left);
    SIZE_T Cursor = Left.Length;
    ShFreeText(&Left);
    ShTruncate(Line, 0);
    SyspDecode(Edit->Line, Edit->LineBytes, Line);
    return Cursor;
}

static NTSTATUS SyspEdit(HANDLE Console, PCONSOLE_EDIT Edit)
{
    IO_STATUS_BLOCK IoStatus;
    Edit->WakeupMask = 1U << '\t';
    NTSTATUS Status = NtDeviceIoControlFile(
        Console, nullptr, nullptr, nullptr, &IoStatus, IOCTL_CONSOLE_EDIT_LINE, Edit,
        FIELD_OFFSET(CONSOLE_EDIT, Line) + Edit->LineBytes, Edit, sizeof(*Edit));
    if (Status == STATUS_PENDING) {
        NtWaitForSingleObject(Console, FALSE, nullptr);
        Status = IoStatus.Status;
    }
    return Status;
}

// What is no console of the console driver has no modes.
BOOLEAN SysIsConsole(ULONG Stream)
{
    HANDLE File = *SyspStream(Stream);
    CONSOLE_MODES Modes;
    return File && File != ConNowhere &&
           NT_SUCCESS(DeviceControl(File, IOCTL_CONSOLE_GET_MODES, nullptr, 0, &Modes,
                                    sizeof(Modes), nullptr));
}

NTSTATUS SysEditLine(PSH_TEXT Line, SYS_COMPLETER *Complete, PVOID Context)
{
    static CONSOLE_EDIT Edit;
    HANDLE Input = *SyspStream(SysInput);
    if (!SysIsConsole(SysInput))
        return SysReadLine(Line);
    SyspFillReserve();
    Edit.LineBytes = Edit.CursorBytes = 0;
    for (;;) {
        NTSTATUS Status = SyspEdit(Input, &Edit);
        if (!NT_SUCCESS(Status))
            return Status;
        SIZE_T Cursor = SyspTakeEdit(&Edit, Line);
        if (Edit.Character == '\r')
            return STATUS_SUCCESS;
        Complete(Context, Line, &Cursor, (Edit.ControlKeyState & 0x10) != 0); // SHIFT_PRESSED
        SyspPutEdit(&Edit, Line, Cursor);
    }
}

NTSTATUS SysReadRest(PSH_TEXT Text)
{
    HANDLE Input = *SyspStream(SysInput);
    return Input && Input != ConNowhere ? SyspReadAll(Input, Text) : STATUS_SUCCESS;
}

static BOOLEAN SyspIsKey(const CONSOLE_KEY_RECORD *Record)
{
    // Shift, Control, Alt and the locks alone are none.
    static const USHORT Modifiers[] = {0x10, 0x11, 0x12, 0x14, 0x5B, 0x5C, 0x90, 0x91};
    if (Record->EventType != CONSOLE_KEY_EVENT || !Record->KeyDown)
        return FALSE;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Modifiers); i++) {
        if (Record->VirtualKeyCode == Modifiers[i])
            return FALSE;
    }
    return TRUE;
}

BOOLEAN SyspTakeKey(const IO_STATUS_BLOCK *IoStatus, const CONSOLE_KEY_RECORD *Record, PWCHAR Key)
{
    if (IoStatus->Information != sizeof(*Record) || !SyspIsKey(Record))
        return FALSE;
    *Key = Record->UnicodeChar;
    if (*Key == 3)
        SyspNoteInterrupt();
    return TRUE;
}

static NTSTATUS SyspReadConsoleKey(HANDLE Console, PWCHAR Key)
{
    CONSOLE_KEY_RECORD Record;
    IO_STATUS_BLOCK IoStatus;
    for (;;) {
        NTSTATUS Status =
            NtDeviceIoControlFile(Console, nullptr, nullptr, nullptr, &IoStatus,
                                  IOCTL_CONSOLE_READ_INPUT, nullptr, 0, &Record, sizeof(Record));
        if (Status == STATUS_PENDING) {
            NtWaitForSingleObject(Console, FALSE, nullptr);
            Status = IoStatus.Status;
        }
        if (!NT_SUCCESS(Status))
            return Status;
        if (SyspTakeKey(&IoStatus, &Record, Key))
            return STATUS_SUCCESS;
    }
}

NTSTATUS SysReadKey(PWCHAR Key)
{
    SH_TEXT Line = {};
    if (SysIsConsole(SysInput))
        return SyspReadConsoleKey(*SyspStream(SysInput), Key);
    NTSTATUS Status = SysReadLine(&Line);
    *Key = Line.Length ? Line.Buffer[0] : L'\r';
    ShFreeText(&Line);
    return Status;
}

// Of what is no screen: 80 columns, 25 rows.
static CONSOLE_SCREEN SyspScreen(void)
{
    CONSOLE_SCREEN Screen;
    HANDLE Output = *SyspStream(SysOutput);
    if (!Output || Output == ConNowhere ||
        !NT_SUCCESS(DeviceControl(Output, IOCTL_CONSOLE_GET_SCREEN, nullptr, 0, &Screen,
                                  sizeof(Screen), nullptr)))
        Screen = (CONSOLE_SCREEN){.Columns = 80, .Rows = 25};
    return Screen;
}

ULONG SysScreenRows(void)
{
    CONSOLE_SCREEN Screen = SyspScreen();
    return max(Screen.Rows, 3);
}

ULONG SysScreenColumns(void)
{
    CONSOLE_SCREEN Screen = SyspScreen();
    return max(Screen.Columns, 2);
}

// ---- Redirection

typedef struct _SYSP_SAVED {
    HANDLE Old;
    BOOLEAN Close; // the new one
} SYSP_SAVED;

static BOOLEAN SyspIsNull(PCWSTR Target)
{
    return !_wcsicmp(Target, L"nul") || !_wcsicmp(Target, L"nul:");
}

static NTSTATUS SyspOpenTarget(SYS_REDIRECT Kind, PCWSTR Target, PHANDLE File)
{
    static const struct {
        ACCESS_MASK Access;
        ULONG Disposition;
    } Opens[] = {
        [SysRead] = {FILE_GENERIC_READ, FILE_OPEN},
        [SysWriteNew] = {FILE_GENERIC_WRITE, FILE_OVERWRITE_IF},
        [SysAppend] = {FILE_APPEND_DATA | FILE_READ_ATTRIBUTES, FILE_OPEN_IF},
    };
    ULONG Disposition = SyspIsNull(Target) ? FILE_OPEN : Opens[Kind].Disposition;
    NTSTATUS Status =
        FileOpen(Target, Opens[Kind].Access, Disposition, FILE_NON_DIRECTORY_FILE, TRUE, File);
    // Until there is a null device, the shell and its programs know one themselves.
    if (!NT_SUCCESS(Status) && SyspIsNull(Target)) {
        *File = ConNowhere;
        return STATUS_SUCCESS;
    }
    return Status;
}

NTSTATUS SysRedirectStream(ULONG Stream, SYS_REDIRECT Kind, PCWSTR Target, ULONG Source,
                           PVOID *Saved)
{
    HANDLE New = *SyspStream(Source);
    if (Kind != SysDuplicate) {
        NTSTATUS Status = SyspOpenTarget(Kind, Target, &New);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    SYSP_SAVED *Old = SysAllocate(sizeof(*Old));
    Old->Old = *SyspStream(Stream);
    Old->Close = Kind != SysDuplicate && New != ConNowhere;
    *SyspStream(Stream) = New;
    *Saved = Old;
    return STATUS_SUCCESS;
}

VOID SysRestoreStream(ULONG Stream, PVOID Saved)
{
    SYSP_SAVED *Old = Saved;
    if (Old->Close)
        NtClose(*SyspStream(Stream));
    *SyspStream(Stream) = Old->Old;
    SysFree(Old);
}
