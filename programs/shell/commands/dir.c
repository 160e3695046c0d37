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

// A minus sign takes a switch back, as one that DIRCMD holds.
static BOOLEAN ShellListingFlag(PCWSTR Name, BOOLEAN Value, SHELL_LISTING *Listing)
{
    static const struct {
        WCHAR Letter;
        ULONG Offset;
    } Flags[] = {
        {L'b', FIELD_OFFSET(SHELL_LISTING, Bare)},  {L's', FIELD_OFFSET(SHELL_LISTING, Below)},
        {L'w', FIELD_OFFSET(SHELL_LISTING, Wide)},  {L'p', FIELD_OFFSET(SHELL_LISTING, Paged)},
        {L'l', FIELD_OFFSET(SHELL_LISTING, Lower)}, {L'c', FIELD_OFFSET(SHELL_LISTING, Commas)},
        {L'x', FIELD_OFFSET(SHELL_LISTING, Short)}, {L'd', FIELD_OFFSET(SHELL_LISTING, Down)},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Flags); i++) {
        if (towlower(Name[0]) != Flags[i].Letter || Name[1])
            continue;
        *((PBOOLEAN)Listing + Flags[i].Offset) = Value;
        return TRUE;
    }
    return FALSE;
}

static BOOLEAN ShellListingSwitch(PCWSTR Word, SHELL_LISTING *Listing)
{
    BOOLEAN Minus = Word[1] == L'-';
    PCWSTR Name = Word + 1 + Minus;
    if (ShellListingFlag(Name, !Minus, Listing))
        return TRUE;
    switch (towlower(*Name)) {
    case L'a':
        if (!Minus)
            return ShellParseFilter(Name + 1 + (Name[1] == L':'), &Listing->Filter);
        Listing->Filter = (SHELL_FILTER){.Unwanted = DirSpared};
        return !Name[1];
    case L'o':
        if (!Minus)
            return ShellParseOrder(Name + 1, Listing);
        Listing->OrderCount = 0;
        return !Name[1];
    case L't':
        return !Minus && ShellParseTime(Name + 1, Listing);
    default: // years have four digits, names stand at the right, and files have one stream
        return wcschr(L"4nNrR", *Name) && *Name && !Name[1];
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
    if (File->ShortName)
        New->ShortName = ShCopy(File->ShortName, wcslen(File->ShortName));
    return TRUE;
}

static VOID ShellForgetListed(SHELL_LISTING *Listing)
{
    for (ULONG i = 0; i < Listing->Count; i++) {
        SysFree((PVOID)Listing->Files[i].Name);
        SysFree((PVOID)Listing->Files[i].ShortName);
    }
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
    // A full path has no period at its end, which means something in a pattern.
    ShAppendString(Pattern, Wild ? ShLastComponent(Path) : Slash + 1);
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
    if (NT_SUCCESS(Status))
        return !Any;
    if (!ShellHasDrive(Path))
        return ShReportStatus(L"", STATUS_OBJECT_PATH_NOT_FOUND);
    return ShReportStatus(Path, Status);
}

ULONG ShellDoDir(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_LISTING Listing = {
        .Time = L'w',
        .Commas = TRUE,
        .Filter.Unwanted = DirSpared,
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
