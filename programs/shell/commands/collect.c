// What paths with wildcards stand for, collected before anything is changed.

#include "filep.h"

typedef struct _SHELL_COLLECTION {
    PCWSTR Directory;
    ULONG Take;
    const SHELL_FILTER *Filter;
    PSHELL_ENTRIES Entries;
    PSH_WORDS Below; // directories to visit later
} SHELL_COLLECTION;

BOOLEAN ShellParseFilter(PCWSTR Letters, SHELL_FILTER *Filter)
{
    static const struct {
        WCHAR Letter;
        ULONG Attribute;
    } Known[] = {
        {L'a', FILE_ATTRIBUTE_ARCHIVE}, {L'd', FILE_ATTRIBUTE_DIRECTORY},
        {L'h', FILE_ATTRIBUTE_HIDDEN},  {L'r', FILE_ATTRIBUTE_READONLY},
        {L's', FILE_ATTRIBUTE_SYSTEM},
    };
    *Filter = (SHELL_FILTER){};
    for (; *Letters; Letters++) {
        BOOLEAN Not = *Letters == L'-', Found = FALSE;
        if (Not)
            Letters++;
        for (ULONG i = 0; i < RTL_NUMBER_OF(Known); i++) {
            if (towlower(*Letters) != Known[i].Letter)
                continue;
            *(Not ? &Filter->Unwanted : &Filter->Wanted) |= Known[i].Attribute;
            Found = TRUE;
        }
        if (!Found)
            return FALSE;
    }
    return TRUE;
}

BOOLEAN ShellPassesFilter(ULONG Attributes, const SHELL_FILTER *Filter)
{
    return (Attributes & Filter->Wanted) == Filter->Wanted && !(Attributes & Filter->Unwanted);
}

BOOLEAN ShellIsDirectory(PCWSTR Path)
{
    SYS_FILE File;
    return NT_SUCCESS(SysQueryFile(Path, &File)) && File.Attributes & FILE_ATTRIBUTE_DIRECTORY;
}

VOID ShellPatternOf(PCWSTR Path, PSH_TEXT Pattern)
{
    if (!ShIsPattern(Path) && ShellIsDirectory(Path))
        ShJoinPath(Path, L"*", Pattern);
    else
        ShAppendString(Pattern, Path);
}

static VOID ShellAddEntry(PSHELL_ENTRIES Entries, PCWSTR Path, const SYS_FILE *File)
{
    if (Entries->Count == Entries->Capacity) {
        ULONG Capacity = 2 * Entries->Capacity + 16;
        PSHELL_ENTRY Values = SysAllocate(Capacity * sizeof(*Values));
        if (Entries->Count)
            memcpy(Values, Entries->Values, Entries->Count * sizeof(*Values));
        SysFree(Entries->Values);
        Entries->Values = Values;
        Entries->Capacity = Capacity;
    }
    Entries->Values[Entries->Count++] = (SHELL_ENTRY){
        .Path = ShCopy(Path, wcslen(Path)),
        .Attributes = File->Attributes,
        .Size = File->Size,
        .Time = File->Time,
    };
}

VOID ShellFreeEntries(PSHELL_ENTRIES Entries)
{
    for (ULONG i = 0; i < Entries->Count; i++)
        SysFree(Entries->Values[i].Path);
    SysFree(Entries->Values);
    *Entries = (SHELL_ENTRIES){};
}

static BOOLEAN ShellIsDots(PCWSTR Name)
{
    return !wcscmp(Name, L".") || !wcscmp(Name, L"..");
}

static BOOLEAN ShellTakeMatch(PVOID Context, const SYS_FILE *File)
{
    SHELL_COLLECTION *Collection = Context;
    ULONG Kind =
        File->Attributes & FILE_ATTRIBUTE_DIRECTORY ? ShellTakeDirectories : ShellTakeFiles;
    if (!(Collection->Take & Kind) || ShellIsDots(File->Name) ||
        !ShellPassesFilter(File->Attributes, Collection->Filter))
        return TRUE;
    SH_TEXT Path = {};
    ShJoinPath(Collection->Directory, File->Name, &Path);
    ShellAddEntry(Collection->Entries, ShString(&Path), File);
    ShFreeText(&Path);
    return TRUE;
}

static BOOLEAN ShellTakeBranch(PVOID Context, const SYS_FILE *File)
{
    SHELL_COLLECTION *Collection = Context;
    if (!(File->Attributes & FILE_ATTRIBUTE_DIRECTORY) || ShellIsDots(File->Name))
        return TRUE;
    SH_TEXT Path = {};
    ShJoinPath(Collection->Directory, File->Name, &Path);
    ShAddWord(Collection->Below, ShString(&Path), Path.Length);
    ShFreeText(&Path);
    return TRUE;
}

// Directories below come behind those above, in Below.
static NTSTATUS ShellCollectIn(SHELL_COLLECTION *Collection, PCWSTR Pattern)
{
    SH_TEXT Path = {};
    ShJoinPath(Collection->Directory, Pattern, &Path);
    NTSTATUS Status = SysFindFiles(ShString(&Path), ShellTakeMatch, Collection);
    if (NT_SUCCESS(Status) && Collection->Take & ShellTakeBelow) {
        ShTruncate(&Path, 0);
        ShJoinPath(Collection->Directory, L"*", &Path);
        Status = SysFindFiles(ShString(&Path), ShellTakeBranch, Collection);
    }
    ShFreeText(&Path);
    return Status;
}

static NTSTATUS ShellCollectPattern(PCWSTR Path, SHELL_COLLECTION *Collection)
{
    SH_WORDS Directories = {};
    PCWSTR Pattern = ShLastComponent(Path);
    ULONG Before = Collection->Entries->Count;
    NTSTATUS Status = STATUS_SUCCESS;
    ShAddWord(&Directories, Path, (SIZE_T)(Pattern - Path));
    if (Pattern == Path) {
        ShFreeWords(&Directories);
        ShAddWord(&Directories, L"", 0);
    }
    Collection->Below = &Directories;
    for (ULONG i = 0; i < Directories.Count && NT_SUCCESS(Status); i++) {
        Collection->Directory = Directories.Values[i];
        Status = ShellCollectIn(Collection, Pattern);
    }
    ShFreeWords(&Directories);
    if (NT_SUCCESS(Status) && Collection->Entries->Count == Before)
        Status = STATUS_NO_SUCH_FILE;
    return Status;
}

NTSTATUS ShellCollect(PCWSTR Path, ULONG Take, const SHELL_FILTER *Filter, PSHELL_ENTRIES Entries)
{
    SHELL_COLLECTION Collection = {.Take = Take, .Filter = Filter, .Entries = Entries};
    SYS_FILE File;
    if (ShIsPattern(Path) || Take & ShellTakeBelow)
        return ShellCollectPattern(Path, &Collection);
    NTSTATUS Status = SysQueryFile(Path, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Kind = File.Attributes & FILE_ATTRIBUTE_DIRECTORY ? ShellTakeDirectories : ShellTakeFiles;
    if (!(Take & Kind))
        return Kind == ShellTakeFiles ? STATUS_NOT_A_DIRECTORY : STATUS_FILE_IS_A_DIRECTORY;
    ShellAddEntry(Entries, Path, &File);
    return STATUS_SUCCESS;
}

// A pattern of nothing stays, so that it is reported.
VOID ShellExpandNames(const SH_WORDS *Words, ULONG First, PSH_WORDS Names)
{
    SHELL_FILTER All = {};
    for (ULONG i = First; i < Words->Count; i++) {
        SHELL_ENTRIES Entries = {};
        if (ShIsPattern(Words->Values[i]))
            (VOID) ShellCollect(Words->Values[i], ShellTakeFiles, &All, &Entries);
        for (ULONG j = 0; j < Entries.Count; j++)
            ShAddWord(Names, Entries.Values[j].Path, wcslen(Entries.Values[j].Path));
        if (!Entries.Count)
            ShAddWord(Names, Words->Values[i], wcslen(Words->Values[i]));
        ShellFreeEntries(&Entries);
    }
}

NTSTATUS ShellReadAnswer(PSH_TEXT Line)
{
    NTSTATUS Status = SysReadLine(Line);
    if (!SysIsConsole(SysInput))
        ShPrint(L"%ws\n", ShString(Line));
    return Status;
}

SHELL_ANSWER ShellAsk(PCWSTR Question, PCWSTR About)
{
    SH_TEXT Line = {};
    ShPrint(Question, About);
    NTSTATUS Status = ShellReadAnswer(&Line);
    WCHAR First = (WCHAR)towlower(ShString(&Line)[0]);
    ShFreeText(&Line);
    if (!NT_SUCCESS(Status))
        return ShellNo;
    return First == L'y' ? ShellYes : First == L'a' ? ShellAll : ShellNo;
}
