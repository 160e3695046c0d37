// xcopy: trees of files. xcopyoptions.c reads what is asked for.

#include "xcopyp.h"

// ---- The target

static NTSTATUS ShellMakeMissing(PCWSTR Directory)
{
    if (ShellIsDirectory(Directory))
        return STATUS_SUCCESS;
    return SysMakeDirectories(Directory);
}

// A name that nothing has may become a file's or a directory's: only a person knows. FALSE: nobody says it.
static BOOLEAN ShellAskForKind(PCWSTR Into, PBOOLEAN File)
{
    SH_TEXT Line = {};
    NTSTATUS Status;
    do {
        ShTruncate(&Line, 0);
        ShPrint(L"Does %ws specify a file name\nor directory name on the target\n"
                L"(F = file, D = directory)? ",
                Into);
        Status = ShellReadAnswer(&Line);
    } while (NT_SUCCESS(Status) && !wcschr(L"fFdD", *ShString(&Line) ? *ShString(&Line) : L' '));
    *File = towupper(*ShString(&Line)) == L'F';
    ShFreeText(&Line);
    return NT_SUCCESS(Status);
}

static BOOLEAN ShellTargetKind(SHELL_XCOPY *Xcopy, PCWSTR Into)
{
    SYS_FILE File;
    Xcopy->IntoFile = FALSE;
    if (NT_SUCCESS(SysQueryFile(Into, &File))) {
        Xcopy->IntoFile = !(File.Attributes & FILE_ATTRIBUTE_DIRECTORY);
        return TRUE;
    }
    if (Xcopy->Directory || ShIsPattern(Into) || !*ShLastComponent(Into))
        return TRUE;
    return ShellAskForKind(Into, &Xcopy->IntoFile);
}

// The target's pattern renames; the way to it is the entry's below the source.
static VOID ShellXcopyTarget(const SHELL_XCOPY *Xcopy, PCWSTR Below, PSH_TEXT Target)
{
    if (Xcopy->IntoFile) {
        ShAppendString(Target, Xcopy->Into);
        return;
    }
    if (!ShIsPattern(Xcopy->Into)) {
        ShJoinPath(Xcopy->Into, Below, Target);
        return;
    }
    PCWSTR Pattern = ShLastComponent(Xcopy->Into), Name = ShLastComponent(Below);
    ShAppend(Target, Xcopy->Into, (SIZE_T)(Pattern - Xcopy->Into));
    ShAppend(Target, Below, (SIZE_T)(Name - Below));
    ShMergeName(Pattern, Name, Target);
}

// ---- One entry

static BOOLEAN ShellIsExcluded(const SHELL_XCOPY *Xcopy, PCWSTR Path)
{
    SH_TEXT Full = {};
    BOOLEAN Excluded = FALSE;
    if (Xcopy->Excluded.Count)
        SysFullPath(Path, &Full);
    for (ULONG i = 0; i < Xcopy->Excluded.Count && !Excluded; i++)
        Excluded = ShellHolds(ShString(&Full), Xcopy->Excluded.Values[i], TRUE);
    ShFreeText(&Full);
    return Excluded;
}

static BOOLEAN ShellIsWanted(const SHELL_XCOPY *Xcopy, const SHELL_ENTRY *Entry, PCWSTR Target)
{
    SYS_FILE File;
    if ((Xcopy->Archived || Xcopy->ClearArchive) && !(Entry->Attributes & FILE_ATTRIBUTE_ARCHIVE))
        return FALSE;
    if (Entry->Time.QuadPart < Xcopy->Since.QuadPart || ShellIsExcluded(Xcopy, Entry->Path))
        return FALSE;
    if (!Xcopy->Newer && !Xcopy->Existing)
        return TRUE;
    if (!NT_SUCCESS(SysQueryFile(Target, &File)))
        return !Xcopy->Existing;
    return !Xcopy->Newer || Entry->Time.QuadPart > File.Time.QuadPart;
}

static VOID ShellTellXcopy(const SHELL_XCOPY *Xcopy, PCWSTR From, PCWSTR To)
{
    SH_TEXT Full = {}, Target = {};
    if (Xcopy->FullNames && NT_SUCCESS(SysFullPath(From, &Full)) &&
        NT_SUCCESS(SysFullPath(To, &Target)))
        ShPrint(L"%ws -> %ws\n", ShString(&Full), ShString(&Target));
    else if (!Xcopy->Copy.Quiet || Xcopy->ListOnly)
        ShPrint(L"%ws\n", From);
    ShFreeText(&Full);
    ShFreeText(&Target);
}

// The attributes of the copy are the original's, but read-only ones cannot be replaced the next time.
static NTSTATUS ShellXcopyAttributes(const SHELL_XCOPY *Xcopy, const SHELL_ENTRY *Entry, PCWSTR To)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (Entry->Attributes & FILE_ATTRIBUTE_READONLY && !Xcopy->KeepReadOnly)
        Status = SysSetAttributes(To, (Entry->Attributes | FILE_ATTRIBUTE_ARCHIVE) &
                                          ~(ULONG)FILE_ATTRIBUTE_READONLY);
    if (NT_SUCCESS(Status) && Xcopy->ClearArchive)
        Status = SysSetAttributes(Entry->Path, Entry->Attributes & ~(ULONG)FILE_ATTRIBUTE_ARCHIVE);
    return Status;
}

static ULONG ShellXcopyData(SHELL_XCOPY *Xcopy, const SHELL_ENTRY *Entry, PCWSTR To)
{
    SYS_FILE Old;
    PCWSTR Last = ShLastComponent(To);
    NTSTATUS Status = STATUS_SUCCESS;
    if (Last - To > 1) {
        PWSTR Directory = ShCopy(To, (SIZE_T)(Last - To - 1));
        if (Directory[wcslen(Directory) - 1] != L':')
            Status = ShellMakeMissing(Directory);
        SysFree(Directory);
    }
    if (NT_SUCCESS(Status) && Xcopy->ReplaceReadOnly && NT_SUCCESS(SysQueryFile(To, &Old)) &&
        Old.Attributes & FILE_ATTRIBUTE_READONLY)
        Status = SysSetAttributes(To, Old.Attributes & ~(ULONG)FILE_ATTRIBUTE_READONLY);
    if (!NT_SUCCESS(Status))
        return ShReportStatus(To, Status);
    ULONG Before = Xcopy->Copy.Count;
    ULONG Result = ShellCopyOne(&Xcopy->Copy, Entry->Path, To, FALSE);
    if (Xcopy->Copy.Count != Before)
        Status = ShellXcopyAttributes(Xcopy, Entry, To);
    return NT_SUCCESS(Status) ? Result : ShReportStatus(To, Status);
}

static ULONG ShellXcopyFile(SHELL_XCOPY *Xcopy, const SHELL_ENTRY *Entry, PCWSTR To)
{
    if (Xcopy->DirectoriesOnly || !ShellIsWanted(Xcopy, Entry, To))
        return 0;
    if (Xcopy->AskEach && ShellAsk(L"%ws (Y/N)? ", Entry->Path) == ShellNo)
        return 0;
    ShellTellXcopy(Xcopy, Entry->Path, To);
    if (!Xcopy->ListOnly)
        return ShellXcopyData(Xcopy, Entry, To);
    Xcopy->Copy.Count++;
    return 0;
}

static BOOLEAN ShellHasDirectory(PVOID Context, const SYS_FILE *File)
{
    PBOOLEAN Found = Context;
    *Found |= wcscmp(File->Name, L".") != 0 && wcscmp(File->Name, L"..") != 0;
    return !*Found;
}

// Without /e those that hold nothing are left out; so are those whose files are not wanted, which come
// with their first file.
static ULONG ShellXcopyDirectory(const SHELL_XCOPY *Xcopy, const SHELL_ENTRY *Entry, PCWSTR To)
{
    BOOLEAN Wanted = Xcopy->Empty;
    if (Xcopy->DirectoriesOnly && !Wanted) {
        SH_TEXT Pattern = {};
        ShJoinPath(Entry->Path, L"*", &Pattern);
        (VOID) SysFindFiles(ShString(&Pattern), ShellHasDirectory, &Wanted);
        ShFreeText(&Pattern);
    }
    if (!Wanted || Xcopy->ListOnly || ShellIsExcluded(Xcopy, Entry->Path))
        return 0;
    NTSTATUS Status = ShellMakeMissing(To);
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(To, Status);
}

static ULONG ShellXcopyEntry(SHELL_XCOPY *Xcopy, const SHELL_ENTRY *Entry, SIZE_T Front)
{
    SH_TEXT Target = {};
    ShellXcopyTarget(Xcopy, Entry->Path + Front, &Target);
    ULONG Result = Entry->Attributes & FILE_ATTRIBUTE_DIRECTORY
                       ? ShellXcopyDirectory(Xcopy, Entry, ShString(&Target))
                       : ShellXcopyFile(Xcopy, Entry, ShString(&Target));
    ShFreeText(&Target);
    return Result;
}

// ---- The tree

// A copy into the tree that is copied would never end.
static BOOLEAN ShellIsInside(PCWSTR Path, PCWSTR Directory)
{
    SH_TEXT Full = {}, Above = {};
    BOOLEAN Inside = NT_SUCCESS(SysFullPath(Path, &Full)) &&
                     NT_SUCCESS(SysFullPath(*Directory ? Directory : L".", &Above));
    if (Inside) {
        SIZE_T Length = Above.Length;
        if (Length && Above.Buffer[Length - 1] == L'\\')
            Length--;
        Inside = !_wcsnicmp(ShString(&Full), ShString(&Above), Length) &&
                 (!Full.Buffer[Length] || Full.Buffer[Length] == L'\\');
    }
    ShFreeText(&Full);
    ShFreeText(&Above);
    return Inside;
}

// Until the first error, with /c beyond it.
static ULONG ShellXcopyEntries(SHELL_XCOPY *Xcopy, const SHELL_ENTRIES *Entries, SIZE_T Front)
{
    ULONG Result = 0;
    for (ULONG i = 0; i < Entries->Count && !ShIsInterrupted(Xcopy->Copy.Shell); i++) {
        if (ShellXcopyEntry(Xcopy, &Entries->Values[i], Front))
            Result = ShellXcopyFailed;
        if (Result && !Xcopy->GoOn)
            break;
    }
    return ShIsInterrupted(Xcopy->Copy.Shell) ? ShellXcopyStopped : Result;
}

static ULONG ShellXcopyPattern(SHELL_XCOPY *Xcopy, PCWSTR From, PCWSTR Pattern)
{
    SHELL_ENTRIES Entries = {};
    SHELL_FILTER Filter = {.Unwanted = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM};
    ULONG Take = Xcopy->Below ? ShellTakeFiles | ShellTakeDirectories | ShellTakeBelow
                              : (ULONG)ShellTakeFiles;
    SIZE_T Front = (SIZE_T)(ShLastComponent(Pattern) - Pattern);
    PWSTR Above = ShCopy(Pattern, Front);
    ULONG Result = ShellXcopyNothing;
    if (Xcopy->Hidden)
        Filter.Unwanted = 0;
    if (Xcopy->Below && ShellIsInside(Xcopy->Into, Above))
        ShPrintError(L"Cannot perform a cyclic copy\n");
    else if (!NT_SUCCESS(ShellCollect(Pattern, Take, &Filter, &Entries)))
        ShPrintError(L"File not found - %ws\n", ShLastComponent(From));
    else if (ShellTargetKind(Xcopy, Xcopy->Into))
        Result = ShellXcopyEntries(Xcopy, &Entries, Front);
    SysFree(Above);
    ShellFreeEntries(&Entries);
    return Result;
}

ULONG ShellDoXcopy(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_XCOPY Xcopy = {.Copy = {.Shell = Shell, .Replace = ShellReplaceDefault(Shell)}};
    SH_TEXT Pattern = {};
    PCWSTR From;
    ULONG Result = ShellXcopyOptions(Words, &Xcopy, &From);
    if (!Result) {
        ShellPatternOf(From, &Pattern);
        Result = ShellXcopyPattern(&Xcopy, From, ShString(&Pattern));
        ShPrint(Xcopy.ListOnly ? L"%lu File(s)\n" : L"%lu File(s) copied\n", Xcopy.Copy.Count);
    }
    ShFreeText(&Pattern);
    ShFreeWords(&Xcopy.Excluded);
    return Result;
}
