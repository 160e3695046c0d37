// edit [FILE]: the editor on the console.
#include "core/edit.h"

#include "../lib/native.h"

#include <condrv.h>

enum {
    EditRecords = 32,
    EditMostBytes = 64 << 20,
    EditExtendedFlags = 0x80, // ENABLE_EXTENDED_FLAGS alone: keys come as they are typed
    EditAlt = 0x3,
    EditRightAlt = 0x1,
    EditControl = 0xC,
    EditShift = 0x10,
};

void *EdAllocate(size_t Size)
{
    PVOID Memory = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Size ? Size : 1);
    if (!Memory) {
        ConPrint(L"\x1B[2J\x1B[HNot enough memory is available.\n");
        RtlExitUserProcess(STATUS_NO_MEMORY);
    }
    return Memory;
}

void EdFree(void *Memory)
{
    if (Memory)
        RtlFreeHeap(RtlProcessHeap(), 0, Memory);
}

// ---- Files

static NTSTATUS EditReadAll(HANDLE File, PUCHAR Bytes, ULONG Size)
{
    ULONG Done = 0, Read;
    NTSTATUS Status = STATUS_SUCCESS;
    while (Done < Size && NT_SUCCESS(Status)) {
        Status = FileRead(File, Bytes + Done, Size - Done, &Read);
        Done += Read;
    }
    return Status;
}

static NTSTATUS EditLoad(ED_EDITOR *Editor, PCWSTR Path)
{
    HANDLE File;
    IO_STATUS_BLOCK IoStatus;
    FILE_STANDARD_INFORMATION Information;
    NTSTATUS Status =
        FileOpen(Path, FILE_GENERIC_READ, FILE_OPEN, FILE_NON_DIRECTORY_FILE, FALSE, &File);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND || Status == STATUS_NO_SUCH_FILE) {
        EdSay(Editor, "New file");
        return STATUS_SUCCESS;
    }
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtQueryInformationFile(File, &IoStatus, &Information, sizeof(Information),
                                    FileStandardInformation);
    if (NT_SUCCESS(Status) && Information.EndOfFile.QuadPart > EditMostBytes)
        Status = STATUS_FILE_TOO_LARGE;
    if (NT_SUCCESS(Status)) {
        ULONG Size = Information.EndOfFile.LowPart;
        PUCHAR Bytes = EdAllocate(Size);
        Status = EditReadAll(File, Bytes, Size);
        if (NT_SUCCESS(Status))
            EdLoad(&Editor->Text, Bytes, Size);
        EdFree(Bytes);
    }
    NtClose(File);
    return Status;
}

static NTSTATUS EditWrite(PCWSTR Path, const uint8_t *Bytes, size_t Length)
{
    HANDLE File;
    IO_STATUS_BLOCK IoStatus = {};
    NTSTATUS Status = FileOpen(Path, FILE_GENERIC_WRITE, FILE_OVERWRITE_IF, FILE_NON_DIRECTORY_FILE,
                               FALSE, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Length)
        Status = NtWriteFile(File, nullptr, nullptr, nullptr, &IoStatus, (PVOID)(ULONG_PTR)Bytes,
                             (ULONG)Length, nullptr, nullptr);
    if (NT_SUCCESS(Status) && IoStatus.Information != Length)
        Status = STATUS_DISK_FULL;
    if (NT_SUCCESS(Status)) // what is said to be saved is on the disk
        Status = NtFlushBuffersFile(File, &IoStatus);
    NtClose(File);
    return Status;
}

static const char *EditSave(void *Context, ED_EDITOR *Editor, const uint8_t *Bytes, size_t Length)
{
    static CHAR Message[EdMessageChars];
    WCHAR Path[EdNameChars + 1] = L"";
    UNREFERENCED_PARAMETER(Context);
    memcpy(Path, Editor->Name, Editor->NameLength * sizeof(WCHAR));
    NTSTATUS Status = EditWrite(Path, Bytes, Length);
    if (NT_SUCCESS(Status))
        return nullptr;
    _snprintf(Message, sizeof(Message), "Not saved: %ws", StatusText(Status));
    Message[sizeof(Message) - 1] = 0;
    return Message;
}

// ---- The console

static void EditOutput(void *Context, const uint16_t *Text, uint32_t Length)
{
    UNREFERENCED_PARAMETER(Context);
    ConWrite(NtCurrentPeb()->ProcessParameters->StandardOutput, (PCWSTR)Text, Length);
}

static NTSTATUS EditAsk(ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                        ULONG OutputLength, PULONG Returned)
{
    HANDLE Console = NtCurrentPeb()->ProcessParameters->StandardInput;
    IO_STATUS_BLOCK IoStatus = {};
    if (!Console || Console == ConNowhere)
        return STATUS_INVALID_HANDLE;
    NTSTATUS Status = NtDeviceIoControlFile(Console, nullptr, nullptr, nullptr, &IoStatus, Code,
                                            Input, InputLength, Output, OutputLength);
    if (Status == STATUS_PENDING) {
        NtWaitForSingleObject(Console, FALSE, nullptr);
        Status = IoStatus.Status;
    }
    *Returned = (ULONG)IoStatus.Information;
    return Status;
}

static NTSTATUS EditMeasure(ED_EDITOR *Editor)
{
    CONSOLE_SCREEN Screen;
    ULONG Returned;
    NTSTATUS Status =
        EditAsk(IOCTL_CONSOLE_GET_SCREEN, nullptr, 0, &Screen, sizeof(Screen), &Returned);
    if (NT_SUCCESS(Status) && (Screen.Columns != Editor->Columns || Screen.Rows != Editor->Rows))
        EdResize(Editor, Screen.Columns, Screen.Rows);
    return Status;
}

static VOID EditKey(ED_EDITOR *Editor, const CONSOLE_KEY_RECORD *Record)
{
    static const struct {
        USHORT VirtualKey;
        ED_KEY Key;
    } Keys[] = {
        {0x26, EdUp},        {0x28, EdDown},      {0x25, EdLeft},      {0x27, EdRight},
        {0x24, EdHome},      {0x23, EdEnd},       {0x21, EdPageUp},    {0x22, EdPageDown},
        {0x2D, EdInsertKey}, {0x2E, EdDeleteKey}, {0x08, EdBackspace}, {0x0D, EdEnter},
        {0x09, EdTab},       {0x1B, EdEscape},    {0x70, EdF1},        {0x72, EdF3},
    };
    WCHAR Character = Record->UnicodeChar;
    ULONG State = Record->ControlKeyState;
    // The right Alt key makes characters, with what counts as a control key on some keyboards.
    bool Control = (State & EditControl) && !((State & EditRightAlt) && Character >= L' ');
    Editor->Shift = (State & EditShift) != 0;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Keys); i++) {
        if (Keys[i].VirtualKey == Record->VirtualKeyCode) {
            EdPress(Editor, Keys[i].Key, 0, Control);
            return;
        }
    }
    if (Character && Character < L' ')
        EdPress(Editor, EdCharacter, (uint16_t)(Character + 0x60), true);
    else if (Character && !(State & EditAlt & ~EditRightAlt))
        EdPress(Editor, EdCharacter, Character, Control);
}

static NTSTATUS EditLoop(ED_EDITOR *Editor)
{
    CONSOLE_KEY_RECORD Records[EditRecords];
    NTSTATUS Status = EditMeasure(Editor);
    EditOutput(nullptr, (const uint16_t *)L"\x1B[0m\x1B[2J", 8);
    while (NT_SUCCESS(Status) && !Editor->Done) {
        ULONG Returned;
        EdDraw(Editor);
        Status = EditAsk(IOCTL_CONSOLE_READ_INPUT, nullptr, 0, Records, sizeof(Records), &Returned);
        for (ULONG i = 0; NT_SUCCESS(Status) && i < Returned / sizeof(*Records); i++) {
            if (Records[i].EventType != CONSOLE_KEY_EVENT || !Records[i].KeyDown)
                continue;
            for (ULONG Count = 0; Count < max(Records[i].RepeatCount, 1) && !Editor->Done; Count++)
                EditKey(Editor, &Records[i]);
        }
        (VOID) EditMeasure(Editor);
    }
    EditOutput(nullptr, (const uint16_t *)L"\x1B[0m\x1B[2J\x1B[H", 11);
    return Status;
}

static NTSTATUS EditRun(ED_EDITOR *Editor)
{
    CONSOLE_MODES Old, Raw = {EditExtendedFlags, CONSOLE_MODE_UNCHANGED};
    ULONG Returned;
    NTSTATUS Status = EditAsk(IOCTL_CONSOLE_GET_MODES, nullptr, 0, &Old, sizeof(Old), &Returned);
    if (NT_SUCCESS(Status))
        Status = EditAsk(IOCTL_CONSOLE_SET_MODES, &Raw, sizeof(Raw), nullptr, 0, &Returned);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"edit: the standard input is not a console that gives keys.\n");
        return Status;
    }
    Status = EditLoop(Editor);
    Old.Output = CONSOLE_MODE_UNCHANGED;
    (VOID) EditAsk(IOCTL_CONSOLE_SET_MODES, &Old, sizeof(Old), nullptr, 0, &Returned);
    if (!NT_SUCCESS(Status))
        ConPrint(L"edit: %ws\n", StatusText(Status));
    return Status;
}

// ---- The command line

static NTSTATUS EditStart(PCWSTR Path)
{
    static ED_EDITOR Editor;
    EdInit(&Editor, 80, 25);
    Editor.Save = EditSave;
    Editor.Output = EditOutput;
    if (Path) {
        SIZE_T Length = wcslen(Path);
        NTSTATUS Status = Length <= EdPromptChars ? EditLoad(&Editor, Path) : STATUS_NAME_TOO_LONG;
        if (!NT_SUCCESS(Status)) {
            ConPrint(L"%ws: %ws\n", Path, StatusText(Status));
            return Status;
        }
        memcpy(Editor.Name, Path, Length * sizeof(WCHAR));
        Editor.NameLength = (uint32_t)Length;
    }
    return EditRun(&Editor);
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    PWSTR Line = Peb->ProcessParameters->CommandLine.Buffer, Words[4];
    ULONG Count = Line ? ConSplitWords(Line, Words, RTL_NUMBER_OF(Words)) : 0;
    if (Count > 2 || (Count == 2 && Words[1][0] == L'/')) {
        ConPrint(L"Edits a text file on the whole screen.\n\nEDIT [file]\n\n"
                 L"  F1 tells the keys; Ctrl-S saves, Ctrl-Q quits. The text is UTF-8.\n");
        RtlExitUserProcess(Count == 2 && !wcscmp(Words[1], L"/?") ? 0 : 1);
    }
    RtlExitUserProcess(NT_SUCCESS(EditStart(Count == 2 ? Words[1] : nullptr)) ? 0 : 1);
}
