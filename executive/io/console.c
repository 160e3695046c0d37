// The console before there is a driver: lines from COM1, with the editing that a person at a terminal
// needs, and text to it.
#include "ioboot.h"

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
static KEVENT IopLineFree; // auto-reset: one reader edits at a time
static BOOLEAN IopLineFreeInitialized;

static VOID IopEcho(PCSTR Text, ULONG Length)
{
    KeWriteConsole(Text, Length);
}

static VOID IopEdit(CHAR Character)
{
    if (Character == '\r' || Character == '\n') {
        IopEcho("\r\n", 2);
        IopLine[IopLineLength++] = '\n';
        IopLineComplete = TRUE;
    } else if (Character == IOP_BACKSPACE || Character == IOP_DELETE) {
        if (IopLineLength) {
            IopLineLength--;
            IopEcho("\b \b", 3);
        }
    } else if ((UCHAR)Character >= ' ' && IopLineLength < IOP_LINE - 1) {
        IopLine[IopLineLength++] = Character;
        IopEcho(&Character, 1);
    }
}

static NTSTATUS IopWaitForLine(VOID)
{
    while (!IopLineComplete) {
        CHAR Character;
        NTSTATUS Status = KeReadConsole(&Character);
        if (Status != STATUS_SUCCESS)
            return Status;
        IopEdit(Character);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS IopTakeLine(VOID USER *Buffer, ULONG Length, PULONG Read)
{
    ULONG Part = min(Length, IopLineLength - IopLineTaken);
    NTSTATUS Status = MmCopyToUser(Buffer, IopLine + IopLineTaken, Part);
    if (!NT_SUCCESS(Status))
        return Status;
    *Read = Part;
    IopLineTaken += Part;
    if (IopLineTaken == IopLineLength) {
        IopLineLength = IopLineTaken = 0;
        IopLineComplete = FALSE;
    }
    return STATUS_SUCCESS;
}

NTSTATUS IopReadConsole(PFILE_OBJECT File, VOID USER *Buffer, ULONG Length, PULONG Read)
{
    UNREFERENCED_PARAMETER(File);
    if (!IopLineFreeInitialized) {
        KeInitializeEvent(&IopLineFree, SynchronizationEvent, TRUE);
        IopLineFreeInitialized = TRUE;
    }
    NTSTATUS Status = KeWaitForSingleObject(&IopLineFree, UserRequest, UserMode, FALSE, nullptr);
    if (Status != STATUS_WAIT_0)
        return Status;
    Status = IopWaitForLine();
    if (Status == STATUS_SUCCESS)
        Status = IopTakeLine(Buffer, Length, Read);
    KeSetEvent(&IopLineFree);
    return Status;
}

NTSTATUS IopWriteConsole(const VOID USER *Buffer, ULONG Length, PULONG Written)
{
    CHAR Text[IOP_CHUNK];
    while (*Written < Length) {
        ULONG Part = min(Length - *Written, (ULONG)sizeof(Text));
        NTSTATUS Status = MmCopyFromUser(Text, (const UCHAR USER *)Buffer + *Written, Part);
        if (!NT_SUCCESS(Status))
            return Status;
        KeWriteConsole(Text, Part);
        *Written += Part;
    }
    return STATUS_SUCCESS;
}
