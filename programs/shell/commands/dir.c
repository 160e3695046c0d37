// dir: what is listed. dirshow.c writes it.

#include "dirp.h"

// ---- Switches

static BOOLEAN ShellParseOrder(PCWSTR Letters, SHELL_LISTING *Listing)
{
    if (*Letters == L':')
        Letters++;
    Listing->OrderCount = 0;
    if (!*Letters)
        Letters = L"gn";
    for (; *Letters; Letters++) {
        BOOLEAN Down = *Letters == L'-';
        if (Down)
            Letters++;
        WCHAR Letter = (WCHAR)towlower(*Letters);
        if (!Letter || !wcschr(L"nesdg", Letter) || Listing->OrderCount == DirMostOrders)
            return FALSE;
        Listing->Order[Listing->OrderCount++] = Down ? (WCHAR)towupper(Letter) : Letter;
    }
    return TRUE;
}

static BOOLEAN ShellParseTime(PCWSTR Letters, SHELL_LISTING *Listing)
{
    if (*Letters == L':')
        Letters++;
    Listing->Time = (WCHAR)towlower(*Letters);
    return Listing->Time && wcschr(L"caw", Listing->Time) && !Letters[1];
}

static BOOLEAN ShellListingSwitch(PCWSTR Word, SHELL_LISTING *Listing)
{
    static const struct {
        PCWSTR Name;
        ULONG Offset;
        BOOLEAN Value;
    } Flags[] = {
        {L"b", FIELD_OFFSET(SHELL_LISTING, Bare), TRUE},
        {L"s", FIELD_OFFSET(SHELL_LISTING, Below), TRUE},
        {L"w", FIELD_OFFSET(SHELL_LISTING, Wide), TRUE},
        {L"p", FIELD_OFFSET(SHELL_LISTING, Paged), TRUE},
        {L"l", FIELD_OFFSET(SHELL_LISTING, Lower), TRUE},
        {L"-c", FIELD_OFFSET(SHELL_LISTING, Plain), TRUE},
        {L"c", FIELD_OFFSET(SHELL_LISTING, Plain), FALSE},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Flags); i++) {
        if (_wcsicmp(Word + 1, Flags[i].Name) != 0)
            continue;
        *((PBOOLEAN)Listing + Flags[i].Offset) = Flags[i].Value;
        return TRUE;
    }
    switch (towlower(Word[1])) {
    case L'a':
        return ShellParseFilter(Word + 2 + (Word[2] == L':'), &Listing->Filter);
    case L'o':
        return ShellParseOrder(Word + 2, Listing);
    case L't':
        return ShellParseTime(Word + 2, Listing);
    default:
        return !_wcsicmp(Word, L"/n") || !_wcsicmp(Word, L"/4");
    }
}

// "/b/s" are two.
static BOOLEAN ShellListingSwitches(PCWSTR Word, SHELL_LISTING *Listing)
{
    BOOLEAN Good = TRUE;
    while (Good && *Word) {
        SIZE_T Length = 1 + wcscspn(Word + 1, L"/");
        PWSTR One = ShCopy(Word, Length);
        Good = ShellListingSwitch(One, Listing);
        SysFree(One);
        Word += Length;
    }
    return Good;
}

// What the variable DIRCMD says comes before the command line.
static VOID ShellListingDefaults(SHELL_LISTING *Listing)
{
    SH_TEXT Value = {};
    SH_WORDS Words = {};
    if (SysGetVariable(L"DIRCMD", &Value))
        ShSplit(ShString(&Value), L" \t", &Words);
    for (ULONG i = 0; i < Words.Count; i++) {
        if (Words.Values[i][0] == L'/')
            (VOID) ShellListingSwitches(Words.Values[i], Listing);
    }
    ShFreeWords(&Words);
    ShFreeText(&Value);
}

// ---- One directory

static BOOLEAN ShellTakeListed(PVOID Context, const SYS_FILE *File)
{
    SHELL_LISTING *Listing = Context;
    if (!ShellPassesFilter(File->Attributes, &Listing->Filter))
        return TRUE;
    if (Listing->Bare && (!wcscmp(File->Name, L".") || !wcscmp(File->Name, L"..")))
        return TRUE;
    if (Listing->Count == Listing->Capacity) {
        ULONG Capacity = 2 * Listing->Capacity + 64;
        SYS_FILE *Files = SysAllocate(Capacity * sizeof(*Files));
        if (Listing->Count)
            memcpy(Files, Listing->Files, Listing->Count * sizeof(*Files));
        SysFree(Listing->Files);
        Listing->Files = Files;
        Listing->Capacity = Capacity;
    }
    SYS_FILE *New = &Listing->Files[Listing->Count++];
    *New = *File;
    PWSTR Name = ShCopy(File->Name, wcslen(File->Name));
    for (PWSTR Letter = Name; Listing->Lower && *Letter; Letter++)
        *Letter = (WCHAR)towlower(*Letter);
    New->Name = Name;
    return TRUE;
}

static VOID ShellForgetListed(SHELL_LISTING *Listing)
{
    for (ULONG i = 0; i < Listing->Count; i++)
        SysFree((PVOID)Listing->Files[i].Name);
    Listing->Count = 0;
}

static BOOLEAN ShellAddChild(PVOID Context, const SYS_FILE *File)
{
    SHELL_LISTING *Listing = Context;
    if (!(File->Attributes & FILE_ATTRIBUTE_DIRECTORY) || !wcscmp(File->Name, L".") ||
        !wcscmp(File->Name, L".."))
        return TRUE;
    SH_TEXT Path = {};
    ShAppendFormat(&Path, L"%ws%ws\\", ShString(&Listing->Directory), File->Name);
    ShAddWord(&Listing->Children, ShString(&Path), Path.Length);
    ShFreeText(&Path);
    return TRUE;
}

// Directory ends in a backslash.
static NTSTATUS ShellListOne(SHELL_LISTING *Listing, PCWSTR Directory, PCWSTR Pattern)
{
    SH_TEXT Path = {};
    ShTruncate(&Listing->Directory, 0);
    ShAppendString(&Listing->Directory, Directory);
    ShAppendFormat(&Path, L"%ws%ws", Directory, Pattern);
    NTSTATUS Status = SysFindFiles(ShString(&Path), ShellTakeListed, Listing);
    if (NT_SUCCESS(Status) && Listing->Count) {
        ShellSortListing(Listing);
        ShellShowListing(Listing);
    }
    ShellForgetListed(Listing);
    if (NT_SUCCESS(Status) && Listing->Below && !Listing->Stopped) {
        ShTruncate(&Path, wcslen(Directory));
        ShAppendCharacter(&Path, L'*');
        SysFindFiles(ShString(&Path), ShellAddChild, Listing);
    }
    ShFreeText(&Path);
    return Status;
}

// What is listed: all of a directory, or what matches in one. A name of nothing may be found further below.
static NTSTATUS ShellSplitPath(PCWSTR Path, PSH_TEXT Directory, PSH_TEXT Pattern)
{
    SYS_FILE File;
    NTSTATUS Status = SysFullPath(Path, Directory);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Wild = wcspbrk(Path, L"*?") != nullptr;
    if (!Wild && NT_SUCCESS(SysQueryFile(Path, &File)) &&
        (File.Attributes & FILE_ATTRIBUTE_DIRECTORY)) {
        if (Directory->Buffer[Directory->Length - 1] != L'\\')
            ShAppendCharacter(Directory, L'\\');
        ShAppendString(Pattern, L"*");
        return STATUS_SUCCESS;
    }
    PWSTR Slash = wcsrchr(Directory->Buffer, L'\\');
    if (!Slash)
        return STATUS_OBJECT_NAME_INVALID;
    ShAppendString(Pattern, Slash + 1);
    ShTruncate(Directory, (SIZE_T)(Slash + 1 - Directory->Buffer));
    return STATUS_SUCCESS;
}

static ULONG ShellListPath(PSHELL Shell, SHELL_LISTING *Listing, PCWSTR Path)
{
    SH_TEXT Directory = {}, Pattern = {};
    ULONG Before = Listing->AllFiles + Listing->AllDirectories;
    NTSTATUS Status = ShellSplitPath(Path, &Directory, &Pattern);
    if (NT_SUCCESS(Status)) {
        ShellShowVolume(Listing, ShString(&Directory));
        Status = ShellListOne(Listing, ShString(&Directory), ShString(&Pattern));
    }
    for (ULONG i = 0; i < Listing->Children.Count && !ShIsInterrupted(Shell) && !Listing->Stopped;
         i++)
        ShellListOne(Listing, Listing->Children.Values[i], ShString(&Pattern));
    BOOLEAN Any = Listing->AllFiles + Listing->AllDirectories != Before;
    if (NT_SUCCESS(Status) && Any)
        ShellShowTotal(Listing, ShString(&Directory));
    ShFreeWords(&Listing->Children);
    ShFreeText(&Directory);
    ShFreeText(&Pattern);
    if (NT_SUCCESS(Status) && !Any && !Listing->Bare && !Listing->Below)
        ShellShowDirectoryName(Listing);
    if (NT_SUCCESS(Status) && !Any)
        ShPrintError(L"File Not Found\n");
    return NT_SUCCESS(Status) ? !Any : ShReportStatus(Path, Status);
}

ULONG ShellDoDir(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_LISTING Listing = {
        .Time = L'w',
        .Filter.Unwanted = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM,
    };
    ULONG Paths = 0, Result = 0;
    ShellListingDefaults(&Listing);
    for (ULONG i = 0; i < Words->Count; i++) {
        if (Words->Values[i][0] != L'/')
            Paths++;
        else if (!ShellListingSwitches(Words->Values[i], &Listing))
            return ShWrongUsage;
    }
    for (ULONG i = 0; i < Words->Count; i++) {
        if (Words->Values[i][0] != L'/')
            Result |= ShellListPath(Shell, &Listing, Words->Values[i]);
    }
    if (!Paths)
        Result = ShellListPath(Shell, &Listing, L".");
    SysFree(Listing.Files);
    ShFreeText(&Listing.Directory);
    return Result;
}
