// del, md, rd, ren, attrib.

#include "filep.h"

// ---- del

typedef struct _SHELL_DELETE {
    BOOLEAN Ask, Force, Below, Quiet;
    SHELL_FILTER Filter;
} SHELL_DELETE;

static BOOLEAN ShellDeleteSwitch(PCWSTR Word, SHELL_DELETE *Delete)
{
    PCWSTR Letters;
    if (ShIsSwitch(Word, L"p", nullptr))
        Delete->Ask = TRUE;
    else if (ShIsSwitch(Word, L"f", nullptr))
        Delete->Force = TRUE;
    else if (ShIsSwitch(Word, L"s", nullptr))
        Delete->Below = TRUE;
    else if (ShIsSwitch(Word, L"q", nullptr))
        Delete->Quiet = TRUE;
    else if (ShIsSwitch(Word, L"a", &Letters))
        return ShellParseFilter(Letters, &Delete->Filter);
    else
        return FALSE;
    return TRUE;
}

static NTSTATUS ShellDeleteFile(const SHELL_ENTRY *Entry, BOOLEAN Force)
{
    if (Force && Entry->Attributes & FILE_ATTRIBUTE_READONLY)
        SysSetAttributes(Entry->Path, Entry->Attributes & ~(ULONG)FILE_ATTRIBUTE_READONLY);
    return SysDelete(Entry->Path, FALSE);
}

static ULONG ShellDeleteEntries(PSHELL Shell, const SHELL_ENTRIES *Entries,
                                const SHELL_DELETE *Delete)
{
    ULONG Result = 0;
    for (ULONG i = 0; i < Entries->Count && !ShIsInterrupted(Shell); i++) {
        const SHELL_ENTRY *Entry = &Entries->Values[i];
        if (Delete->Ask && ShellAsk(L"%ws, Delete (Y/N)? ", Entry->Path) == ShellNo)
            continue;
        NTSTATUS Status = ShellDeleteFile(Entry, Delete->Force);
        if (!NT_SUCCESS(Status))
            Result = ShReportStatus(Entry->Path, Status);
        else if (Delete->Below && !Delete->Quiet)
            ShPrint(L"Deleted file - %ws\n", Entry->Path);
    }
    return Result;
}

static ULONG ShellReportMissing(PCWSTR Path, NTSTATUS Status)
{
    SH_TEXT Full = {};
    if (Status != STATUS_NO_SUCH_FILE && Status != STATUS_OBJECT_NAME_NOT_FOUND)
        return ShReportStatus(Path, Status);
    SysFullPath(Path, &Full);
    ShPrintError(L"Could Not Find %ws\n", ShString(&Full));
    ShFreeText(&Full);
    return 1;
}

// A directory means all of its files. All files of one are not deleted without a question.
static ULONG ShellDeletePath(PSHELL Shell, PCWSTR Path, const SHELL_DELETE *Delete)
{
    SH_TEXT Pattern = {};
    SHELL_ENTRIES Entries = {};
    ULONG Take = ShellTakeFiles | (Delete->Below ? ShellTakeBelow : 0);
    ShellPatternOf(Path, &Pattern);
    PCWSTR Last = ShLastComponent(ShString(&Pattern));
    BOOLEAN Everything = !wcscmp(Last, L"*") || !wcscmp(Last, L"*.*");
    ULONG Result = 0;
    if (!Everything || Delete->Quiet || Delete->Ask ||
        ShellAsk(L"%ws, Are you sure (Y/N)? ", ShString(&Pattern)) != ShellNo) {
        NTSTATUS Status = ShellCollect(ShString(&Pattern), Take, &Delete->Filter, &Entries);
        Result = NT_SUCCESS(Status) ? ShellDeleteEntries(Shell, &Entries, Delete)
                                    : ShellReportMissing(Path, Status);
    }
    ShellFreeEntries(&Entries);
    ShFreeText(&Pattern);
    return Result;
}

ULONG ShellDoDel(PSHELL Shell, const SH_WORDS *Words)
{
    // Hidden and system files are spared unless they are asked for.
    SHELL_DELETE Delete = {.Filter.Unwanted = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM};
    ULONG Paths = 0, Result = 0;
    for (ULONG i = 0; i < Words->Count; i++) {
        if (Words->Values[i][0] != L'/')
            Paths++;
        else if (!ShellDeleteSwitch(Words->Values[i], &Delete))
            return ShWrongUsage;
    }
    for (ULONG i = 0; i < Words->Count; i++) {
        if (Words->Values[i][0] != L'/')
            Result |= ShellDeletePath(Shell, Words->Values[i], &Delete);
    }
    return Paths ? Result : (ULONG)ShWrongUsage;
}

// ---- md, rd

ULONG ShellDoMd(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    ULONG Result = Words->Count ? 0 : ShWrongUsage;
    for (ULONG i = 0; i < Words->Count; i++) {
        NTSTATUS Status = SysMakeDirectories(Words->Values[i]);
        if (Status == STATUS_OBJECT_NAME_COLLISION) {
            ShPrintError(L"A subdirectory or file %ws already exists.\n", Words->Values[i]);
            Result = 1;
        } else if (!NT_SUCCESS(Status))
            Result = ShReportStatus(Words->Values[i], Status);
    }
    return Result;
}

// What is in the directory goes first, the deepest first of all.
static ULONG ShellRemoveContents(PSHELL Shell, PCWSTR Path)
{
    SHELL_ENTRIES Entries = {};
    SHELL_FILTER All = {};
    SH_TEXT Pattern = {};
    ULONG Result = 0;
    ShJoinPath(Path, L"*", &Pattern);
    NTSTATUS Status = ShellCollect(
        ShString(&Pattern), ShellTakeFiles | ShellTakeDirectories | ShellTakeBelow, &All, &Entries);
    ShFreeText(&Pattern);
    if (!NT_SUCCESS(Status) && Status != STATUS_NO_SUCH_FILE)
        return ShReportStatus(Path, Status);
    for (ULONG i = Entries.Count; i && !ShIsInterrupted(Shell); i--) {
        const SHELL_ENTRY *Entry = &Entries.Values[i - 1];
        Status = Entry->Attributes & FILE_ATTRIBUTE_DIRECTORY ? SysDelete(Entry->Path, TRUE)
                                                              : ShellDeleteFile(Entry, TRUE);
        if (!NT_SUCCESS(Status))
            Result = ShReportStatus(Entry->Path, Status);
    }
    ShellFreeEntries(&Entries);
    return Result;
}

static ULONG ShellRemoveDirectory(PSHELL Shell, PCWSTR Path, BOOLEAN Below, BOOLEAN Quiet)
{
    if (Below && !ShellIsDirectory(Path))
        return ShReportStatus(Path, STATUS_NOT_A_DIRECTORY);
    if (Below && !Quiet && ShellAsk(L"%ws, Are you sure (Y/N)? ", Path) == ShellNo)
        return 0;
    ULONG Result = Below ? ShellRemoveContents(Shell, Path) : 0;
    if (Result || ShIsInterrupted(Shell))
        return 1;
    NTSTATUS Status = SysDelete(Path, TRUE);
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(Path, Status);
}

ULONG ShellDoRd(PSHELL Shell, const SH_WORDS *Words)
{
    BOOLEAN Below = FALSE, Quiet = FALSE;
    ULONG Paths = 0, Result = 0;
    for (ULONG i = 0; i < Words->Count; i++) {
        if (ShIsSwitch(Words->Values[i], L"s", nullptr))
            Below = TRUE;
        else if (ShIsSwitch(Words->Values[i], L"q", nullptr))
            Quiet = TRUE;
        else if (Words->Values[i][0] == L'/')
            return ShWrongUsage;
        else
            Paths++;
    }
    for (ULONG i = 0; i < Words->Count; i++) {
        if (Words->Values[i][0] != L'/')
            Result |= ShellRemoveDirectory(Shell, Words->Values[i], Below, Quiet);
    }
    return Paths ? Result : (ULONG)ShWrongUsage;
}

// ---- ren: a name in the same directory

static ULONG ShellRenameEntry(const SHELL_ENTRY *Entry, PCWSTR Pattern)
{
    SH_TEXT New = {};
    PCWSTR Name = ShLastComponent(Entry->Path);
    ShAppend(&New, Entry->Path, (SIZE_T)(Name - Entry->Path));
    ShMergeName(Pattern, Name, &New);
    NTSTATUS Status = SysRename(Entry->Path, ShString(&New), FALSE);
    ShFreeText(&New);
    if (Status == STATUS_OBJECT_NAME_COLLISION) {
        ShPrintError(L"A duplicate file name exists, or the file\ncannot be found.\n");
        return 1;
    }
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(Entry->Path, Status);
}

ULONG ShellDoRen(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count != 2 || wcspbrk(Words->Values[1], L"\\/:"))
        return ShWrongUsage;
    SHELL_ENTRIES Entries = {};
    SHELL_FILTER All = {};
    // A pattern means files, a name a directory as well.
    ULONG Take =
        ShIsPattern(Words->Values[0]) ? ShellTakeFiles : ShellTakeFiles | ShellTakeDirectories;
    NTSTATUS Status = ShellCollect(Words->Values[0], Take, &All, &Entries);
    ULONG Result = NT_SUCCESS(Status) ? 0 : ShReportStatus(Words->Values[0], Status);
    for (ULONG i = 0; i < Entries.Count; i++)
        Result |= ShellRenameEntry(&Entries.Values[i], Words->Values[1]);
    ShellFreeEntries(&Entries);
    return Result;
}

// ---- attrib

static VOID ShellShowAttributes(const SHELL_ENTRY *Entry)
{
    SH_TEXT Full = {};
    SysFullPath(Entry->Path, &Full);
    ShPrint(L"%lc  %lc%lc%lc               %ws\n",
            Entry->Attributes & FILE_ATTRIBUTE_ARCHIVE ? L'A' : L' ',
            Entry->Attributes & FILE_ATTRIBUTE_SYSTEM ? L'S' : L' ',
            Entry->Attributes & FILE_ATTRIBUTE_HIDDEN ? L'H' : L' ',
            Entry->Attributes & FILE_ATTRIBUTE_READONLY ? L'R' : L' ', ShString(&Full));
    ShFreeText(&Full);
}

// "+r", "-h": Wanted is set, Unwanted is cleared.
static BOOLEAN ShellParseChange(PCWSTR Word, SHELL_FILTER *Change)
{
    SHELL_FILTER One;
    if (!ShellParseFilter(Word + 1, &One) || One.Unwanted || One.Wanted & FILE_ATTRIBUTE_DIRECTORY)
        return FALSE;
    *(Word[0] == L'+' ? &Change->Wanted : &Change->Unwanted) |= One.Wanted;
    return One.Wanted != 0;
}

static ULONG ShellAttribPath(PSHELL Shell, PCWSTR Path, ULONG Take, const SHELL_FILTER *Change)
{
    SHELL_ENTRIES Entries = {};
    SHELL_FILTER All = {};
    if (!ShIsPattern(Path) && !(Take & ShellTakeBelow))
        Take |= ShellTakeDirectories;
    NTSTATUS Status = ShellCollect(Path, Take, &All, &Entries);
    ULONG Result = NT_SUCCESS(Status) ? 0 : ShReportStatus(Path, Status);
    for (ULONG i = 0; i < Entries.Count && !ShIsInterrupted(Shell); i++) {
        SHELL_ENTRY *Entry = &Entries.Values[i];
        if (!Change->Wanted && !Change->Unwanted) {
            ShellShowAttributes(Entry);
            continue;
        }
        ULONG Kept = Entry->Attributes &
                     ~(ULONG)(FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_NORMAL) & ~Change->Unwanted;
        Status = SysSetAttributes(Entry->Path, Kept | Change->Wanted);
        if (!NT_SUCCESS(Status))
            Result = ShReportStatus(Entry->Path, Status);
    }
    ShellFreeEntries(&Entries);
    return Result;
}

ULONG ShellDoAttrib(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_FILTER Change = {};
    ULONG Take = ShellTakeFiles, Result = 0, Paths = 0;
    for (ULONG i = 0; i < Words->Count; i++) {
        PCWSTR Word = Words->Values[i];
        if (ShIsSwitch(Word, L"s", nullptr))
            Take |= ShellTakeBelow;
        else if (ShIsSwitch(Word, L"d", nullptr))
            Take |= ShellTakeDirectories;
        else if (Word[0] == L'+' || Word[0] == L'-') {
            if (!ShellParseChange(Word, &Change))
                return ShWrongUsage;
        } else if (Word[0] == L'/')
            return ShWrongUsage;
        else
            Paths++;
    }
    for (ULONG i = 0; i < Words->Count; i++) {
        if (!wcschr(L"/+-", Words->Values[i][0]))
            Result |= ShellAttribPath(Shell, Words->Values[i], Take, &Change);
    }
    return Paths ? Result : ShellAttribPath(Shell, L"*", Take, &Change);
}
