// What the shell writes to the standard streams.

#include "nativep.h"

#include "shell.h"

enum { SyspOutputPart = 4096 };

static NTSTATUS SyspOutputStatus; // of the standard output, since it was last asked for

// Who reads nothing more has seen enough: the rest is not made at all.
static VOID SyspNoteOutput(NTSTATUS Status)
{
    if (Status == STATUS_PIPE_BROKEN || Status == STATUS_PIPE_CLOSING ||
        Status == STATUS_PIPE_DISCONNECTED)
        SyspNoteInterrupt();
    else if (!NT_SUCCESS(Status))
        SyspOutputStatus = Status;
}

static BOOLEAN SyspMayWrite(ULONG Stream)
{
    return !SysIsInterrupted() && (Stream != SysOutput || NT_SUCCESS(SyspOutputStatus));
}

// What is left of it at Ctrl-C nobody wants to see.
VOID SysWrite(ULONG Stream, PCWSTR Text, SIZE_T Length)
{
    while (Length && SyspMayWrite(Stream)) {
        SIZE_T Part = ConPart(Text, Length, SyspOutputPart);
        NTSTATUS Status = ConWrite(*SyspStream(Stream), Text, Part);
        if (Stream == SysOutput)
            SyspNoteOutput(Status);
        Text += Part;
        Length -= Part;
    }
}

// In any case: that Ctrl-C was pressed may become known while a command ends.
VOID SysWritePrompt(PCWSTR Text, SIZE_T Length)
{
    ConWrite(*SyspStream(SysOutput), Text, Length);
}

NTSTATUS SysTakeOutputStatus(void)
{
    NTSTATUS Status = SyspOutputStatus;
    SyspOutputStatus = STATUS_SUCCESS;
    return Status;
}

// ---- Files as they are

static BOOLEAN SyspBegins(const CHAR *Bytes, ULONG Length, PCSTR Mark)
{
    return Length >= strlen(Mark) && !memcmp(Bytes, Mark, strlen(Mark));
}

// STATUS_RETRY, before anything is written: it is UTF-16. A person does not want to see the mark of UTF-8.
static NTSTATUS SyspTypeBytes(HANDLE File, HANDLE Output)
{
    CHAR Bytes[SyspOutputPart];
    BOOLEAN Shown = SysIsConsole(SysOutput);
    for (BOOLEAN First = TRUE; SyspMayWrite(SysOutput); First = FALSE) {
        ULONG Length, Skip = 0;
        NTSTATUS Status = FileRead(File, Bytes, sizeof(Bytes), &Length);
        if (!NT_SUCCESS(Status))
            return Status == STATUS_END_OF_FILE ? STATUS_SUCCESS : Status;
        if (First && SyspBegins(Bytes, Length, "\xFF\xFE"))
            return STATUS_RETRY;
        if (First && Shown && SyspBegins(Bytes, Length, "\xEF\xBB\xBF"))
            Skip = 3;
        if (Output != ConNowhere)
            SyspNoteOutput(FileWrite(Output, Bytes + Skip, Length - Skip));
    }
    return STATUS_SUCCESS;
}

NTSTATUS SysTypeFile(PCWSTR Path)
{
    HANDLE File, Output = *SyspStream(SysOutput);
    SH_TEXT Contents = {};
    NTSTATUS Status =
        FileOpen(Path, FILE_GENERIC_READ, FILE_OPEN, FILE_NON_DIRECTORY_FILE, FALSE, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Output ? SyspTypeBytes(File, Output) : STATUS_RETRY;
    NtClose(File);
    if (Status != STATUS_RETRY)
        return Status;
    Status = SysReadFile(Path, &Contents);
    if (NT_SUCCESS(Status))
        SysWrite(SysOutput, ShString(&Contents), Contents.Length);
    ShFreeText(&Contents);
    return Status;
}
