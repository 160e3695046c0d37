// The standard streams: handles in the process parameters, which programs inherit from there.

#include "nativep.h"

#include "shell.h"

#include <condrv.h>

PHANDLE SyspStream(ULONG Stream)
{
    PRTL_USER_PROCESS_PARAMETERS Parameters = NtCurrentPeb()->ProcessParameters;
    switch (Stream) {
    case SysInput:
        return &Parameters->StandardInput;
    case SysOutput:
        return &Parameters->StandardOutput;
    default:
        return &Parameters->StandardError;
    }
}

VOID SysWrite(ULONG Stream, PCWSTR Text, SIZE_T Length)
{
    ConWrite(*SyspStream(Stream), Text, Length);
}

// One byte after the other: what follows the line belongs to the next reader, which may be a program.
NTSTATUS SysReadLine(PSH_TEXT Line)
{
    static CHAR Bytes[0x8000]; // more than the longest line
    ULONG Length = 0, Read;
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

// The console gives lines, so this waits for one.
NTSTATUS SysReadKey(void)
{
    SH_TEXT Line = {};
    NTSTATUS Status = SysReadLine(&Line);
    ShFreeText(&Line);
    return Status;
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
