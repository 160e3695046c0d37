// Finding and starting programs.

#include "nativep.h"

#include "shell.h"

static BOOLEAN SyspIsFile(PCWSTR Path)
{
    SYS_FILE File;
    return NT_SUCCESS(SysQueryFile(Path, &File)) && !(File.Attributes & FILE_ATTRIBUTE_DIRECTORY);
}

static BOOLEAN SyspTakeName(PVOID Context, const SYS_FILE *File)
{
    ShAppendString(Context, File->Name);
    return FALSE;
}

// The full path, with the name in the case that the directory has.
static VOID SyspActualPath(PCWSTR Path, PSH_TEXT Full)
{
    SH_TEXT Name = {};
    SysFullPath(Path, Full);
    SysFindFiles(Path, SyspTakeName, &Name);
    PWSTR Slash = Full->Length ? wcsrchr(Full->Buffer, L'\\') : nullptr;
    if (Slash && Name.Length) {
        ShTruncate(Full, (SIZE_T)(Slash + 1 - Full->Buffer));
        ShAppendString(Full, ShString(&Name));
    }
    ShFreeText(&Name);
}

// The name as it is when it has an extension, and then with each one of PATHEXT.
static BOOLEAN SyspTryExtensions(PCWSTR Directory, PCWSTR Name, const SH_WORDS *Extensions,
                                 PSH_TEXT Path)
{
    SH_TEXT Candidate = {};
    ShAppendString(&Candidate, Directory);
    if (Candidate.Length && Candidate.Buffer[Candidate.Length - 1] != L'\\')
        ShAppendCharacter(&Candidate, L'\\');
    ShAppendString(&Candidate, Name);
    SIZE_T Length = Candidate.Length;
    BOOLEAN Found = wcschr(Name, L'.') && SyspIsFile(ShString(&Candidate));
    for (ULONG i = 0; i < Extensions->Count && !Found; i++) {
        ShTruncate(&Candidate, Length);
        ShAppendString(&Candidate, Extensions->Values[i]);
        Found = SyspIsFile(ShString(&Candidate));
    }
    if (Found)
        SyspActualPath(ShString(&Candidate), Path);
    ShFreeText(&Candidate);
    return Found;
}

static VOID SyspListVariable(PCWSTR Name, PCWSTR Default, PSH_WORDS Words)
{
    SH_TEXT Value = {};
    if (!SysGetVariable(Name, &Value))
        ShAppendString(&Value, Default);
    ShSplit(ShString(&Value), L";", Words);
    for (ULONG i = 0; i < Words->Count; i++)
        ShRemoveQuotes(Words->Values[i]);
    ShFreeText(&Value);
}

static BOOLEAN SyspIsShell(PCWSTR Name)
{
    return _wcsicmp(Name, L"cmd") == 0 || _wcsicmp(Name, L"cmd.exe") == 0;
}

// Batch files call the interpreter by the name that it has on Windows.
BOOLEAN SysFindProgram(PCWSTR Name, PSH_TEXT Path)
{
    SH_WORDS Extensions = {}, Directories = {};
    SyspListVariable(L"PATHEXT", L".exe;.bat;.cmd", &Extensions);
    BOOLEAN Found = SyspTryExtensions(L"", Name, &Extensions, Path);
    if (!Found && !wcspbrk(Name, L"\\/:")) {
        SyspListVariable(L"PATH", L"", &Directories);
        for (ULONG i = 0; i < Directories.Count && !Found; i++)
            Found = SyspTryExtensions(Directories.Values[i], Name, &Extensions, Path);
    }
    ShFreeWords(&Directories);
    ShFreeWords(&Extensions);
    if (!Found && SyspIsShell(Name))
        return SysFindProgram(L"shell.exe", Path);
    return Found;
}

NTSTATUS SysRunProgram(PCWSTR Path, PCWSTR CommandLine, PULONG ExitCode)
{
    HANDLE Process;
    NTSTATUS ExitStatus;
    NTSTATUS Status = ProcStart(Path, CommandLine, &Process, nullptr);
    if (NT_SUCCESS(Status))
        Status = SysWaitForProgram(Process, &ExitStatus);
    if (!NT_SUCCESS(Status))
        return Status;
    *ExitCode = (ULONG)ExitStatus;
    if (NT_ERROR(ExitStatus) && !SysIsInterrupted()) // it did not end by its own will
        ShPrintError(L"%ws ended with status %08lx: %ws\n", Path, ExitStatus,
                     StatusText(ExitStatus));
    return STATUS_SUCCESS;
}
