// Commands whose output another one reads: shells of their own at the ends of a pipe.

#include "nativep.h"

#include "shell.h"

// An anonymous pipe is a named one with a name that nobody else has. The ends are not inherited: an end
// that stayed open in the wrong program would keep the other one waiting for ever.
static NTSTATUS SyspMakePipe(PHANDLE Reader, PHANDLE Writer)
{
    static ULONG Count;
    constexpr ULONG Quota = 0x4000;
    WCHAR Path[64];
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    LARGE_INTEGER Timeout = {.QuadPart = -500000};
    _snwprintf(Path, RTL_NUMBER_OF(Path), L"\\Device\\NamedPipe\\Shell.%p.%lu",
               NtCurrentTeb()->ClientId.UniqueProcess, ++Count);
    RtlInitUnicodeString(&Name, Path);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NTSTATUS Status = NtCreateNamedPipeFile(
        Reader, GENERIC_READ | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE, &Attributes, &IoStatus,
        FILE_SHARE_WRITE, FILE_CREATE, FILE_SYNCHRONOUS_IO_NONALERT, FILE_PIPE_BYTE_STREAM_TYPE,
        FILE_PIPE_BYTE_STREAM_MODE, FILE_PIPE_QUEUE_OPERATION, 1, Quota, Quota, &Timeout);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtOpenFile(Writer, GENERIC_WRITE | FILE_READ_ATTRIBUTES | SYNCHRONIZE, &Attributes,
                        &IoStatus, FILE_SHARE_READ,
                        FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE);
    if (!NT_SUCCESS(Status))
        NtClose(*Reader);
    return Status;
}

// A shell that gets End as one of its streams. Options end with /c; the command follows, and Behind it what belongs there.
static NTSTATUS SyspStartShell(PCWSTR Options, PCWSTR Command, PCWSTR Behind, ULONG Stream,
                               HANDLE End, PHANDLE Process)
{
    SH_TEXT Line = {};
    HANDLE Inherited, Old = *SyspStream(Stream);
    NTSTATUS Status = NtDuplicateObject(NtCurrentProcess(), End, NtCurrentProcess(), &Inherited, 0,
                                        OBJ_INHERIT, DUPLICATE_SAME_ACCESS);
    if (!NT_SUCCESS(Status))
        return Status;
    ShAppendFormat(&Line, L"shell.exe %ws%ws%ws", Options, Command, Behind);
    *SyspStream(Stream) = Inherited;
    Status = Line.Length < 0x7000 ? ProcStart(L"shell.exe", ShString(&Line), Process, nullptr)
                                  : STATUS_NAME_TOO_LONG;
    *SyspStream(Stream) = Old;
    NtClose(Inherited);
    ShFreeText(&Line);
    return Status;
}

// The ends that are open here are closed as soon as the shells have theirs.
NTSTATUS SysPipe(PCWSTR Left, PCWSTR Right, BOOLEAN Delayed, PULONG ExitCode)
{
    PCWSTR Options = Delayed ? L"/p /v:on /s /c \"" : L"/p /s /c \"";
    HANDLE Reader, Writer, First, Second = nullptr;
    NTSTATUS ExitStatus;
    NTSTATUS Status = SyspMakePipe(&Reader, &Writer);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SyspStartShell(Options, Left, L"\"", SysOutput, Writer, &First);
    NtClose(Writer);
    if (!NT_SUCCESS(Status)) {
        NtClose(Reader);
        return Status;
    }
    Status = SyspStartShell(Options, Right, L"\"", SysInput, Reader, &Second);
    NtClose(Reader);
    if (NT_SUCCESS(Status))
        Status = SysWaitForProgram(Second, &ExitStatus);
    if (NT_SUCCESS(Status))
        *ExitCode = (ULONG)ExitStatus;
    SysWaitForProgram(First, &ExitStatus);
    return Status;
}

// As with cmd.exe, quotation marks at the ends go away where they are not those of a name alone. What a loop runs is not
// shown: it would be taken for what it writes.
NTSTATUS SysCapture(PCWSTR Command, PSH_TEXT Output)
{
    HANDLE Reader, Writer, Process;
    NTSTATUS ExitStatus;
    NTSTATUS Status = SyspMakePipe(&Reader, &Writer);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SyspStartShell(L"/q /c ", Command, L"", SysOutput, Writer, &Process);
    NtClose(Writer);
    if (NT_SUCCESS(Status)) {
        Status = SyspReadAll(Reader, Output);
        SysWaitForProgram(Process, &ExitStatus);
    }
    NtClose(Reader);
    return Status;
}
