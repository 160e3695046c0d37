// Output: to the display and to the terminal.
#include "console.h"

enum { ConChunkBytes = 512 };

static VOID ConWriteSinks(PCONSOLE Console, const CHAR *Text, SIZE_T Length)
{
    for (ULONG i = 0; i < Console->SinkCount; i++)
        ConWriteSink(&Console->Sinks[i], Text, Length);
}

// A terminal wants a carriage return before each line feed.
static VOID ConWriteLines(PCONSOLE Console, const CHAR *Text, SIZE_T Length)
{
    CHAR Chunk[ConChunkBytes];
    SIZE_T Used = 0;
    BOOLEAN AddReturn = !(Console->OutputMode & DISABLE_NEWLINE_AUTO_RETURN);
    for (SIZE_T i = 0; i < Length; i++) {
        if (Used + 2 > sizeof(Chunk)) {
            ConWriteSinks(Console, Chunk, Used);
            Used = 0;
        }
        if (Text[i] == '\n' && Console->LastByte != '\r' && AddReturn)
            Chunk[Used++] = '\r';
        Chunk[Used++] = Text[i];
        Console->LastByte = (UCHAR)Text[i];
    }
    ConWriteSinks(Console, Chunk, Used);
}

VOID ConPrint(PCONSOLE Console, const CHAR *Text, SIZE_T Length)
{
    Console->Editor.SinkCount = Console->SinkCount;
    ConHideLine(&Console->Editor);
    ConWriteLines(Console, Text, Length);
    ConShowLine(&Console->Editor);
    ConDisplayChanged(Console);
}

NTSTATUS NTAPI ConWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCONSOLE Console = ConOfDevice(DeviceObject);
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length;
    if (!ConMay(Irp, ConFileOutput))
        return ConComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    ConLock(Console);
    BOOLEAN Started = Console->Started;
    if (Started && Length)
        ConPrint(Console, Irp->AssociatedIrp.SystemBuffer, Length);
    ConUnlock(Console);
    return Started ? ConComplete(Irp, STATUS_SUCCESS, Length)
                   : ConComplete(Irp, STATUS_DEVICE_REMOVED, 0);
}

// A write is complete when the text is on the screen and on its way to the terminal.
NTSTATUS NTAPI ConFlush(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    ConFlushTerminal(ConOfDevice(DeviceObject));
    return ConComplete(Irp, STATUS_SUCCESS, 0);
}
