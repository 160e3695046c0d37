// dir.

#include "shell.h"

typedef struct _SHELL_LISTING {
    BOOLEAN Bare, Below, Wide;
    ULONG Wanted, Unwanted; // attributes
    // The directory that is being listed
    SH_TEXT Directory;
    SH_WORDS Children; // with Below: its directories, to be listed next
    ULONG Files, Directories, Column;
    ULONGLONG Bytes;
    // All of them
    ULONG AllFiles;
    ULONGLONG AllBytes;
} SHELL_LISTING;

static VOID ShellShowTime(const LARGE_INTEGER *Time)
{
    TIME_FIELDS Fields;
    if (!Time->QuadPart) { // the boot archive keeps no times
        ShPrint(L"%16ws ", L"");
        return;
    }
    SysFileTime(Time, &Fields);
    ShPrint(L"%04d-%02d-%02d %02d:%02d ", Fields.Year, Fields.Month, Fields.Day, Fields.Hour,
            Fields.Minute);
}

static VOID ShellShowEntry(SHELL_LISTING *Listing, const SYS_FILE *File, BOOLEAN Directory)
{
    if (Listing->Bare) {
        ShPrint(L"%ws%ws\n", Listing->Below ? ShString(&Listing->Directory) : L"", File->Name);
        return;
    }
    if (Listing->Wide) {
        ShPrint(Directory ? L"[%ws]" : L"%ws", File->Name);
        ULONG Used = (ULONG)wcslen(File->Name) + (Directory ? 2 : 0);
        ShPrint(++Listing->Column % 4 ? L"%*ws" : L"\n", Used < 19 ? 19 - Used : 1, L"");
        return;
    }
    ShellShowTime(&File->Time);
    if (Directory)
        ShPrint(L"%-16ws %ws\n", L"   <DIR>", File->Name);
    else
        ShPrint(L"%16llu %ws\n", File->Size, File->Name);
}

static BOOLEAN ShellListEntry(PVOID Context, const SYS_FILE *File)
{
    SHELL_LISTING *Listing = Context;
    BOOLEAN Directory = (File->Attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    if ((File->Attributes & Listing->Wanted) != Listing->Wanted ||
        (File->Attributes & Listing->Unwanted))
        return TRUE;
    if (!Listing->Files && !Listing->Directories && !Listing->Bare)
        ShPrint(L"\n Directory of %ws\n\n", ShString(&Listing->Directory));
    ShellShowEntry(Listing, File, Directory);
    if (Directory)
        Listing->Directories++;
    else
        Listing->Files++;
    Listing->Bytes += File->Size;
    return TRUE;
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
    Listing->Files = Listing->Directories = Listing->Column = 0;
    Listing->Bytes = 0;
    ShAppendFormat(&Path, L"%ws%ws", Directory, Pattern);
    NTSTATUS Status = SysFindFiles(ShString(&Path), ShellListEntry, Listing);
    if (Listing->Wide && Listing->Column % 4)
        ShPrint(L"\n");
    if (!Listing->Bare && (Listing->Files || Listing->Directories))
        ShPrint(L"%8lu file(s) %16llu bytes, %lu directories\n", Listing->Files, Listing->Bytes,
                Listing->Directories);
    Listing->AllFiles += Listing->Files + Listing->Directories;
    Listing->AllBytes += Listing->Bytes;
    if (NT_SUCCESS(Status) && Listing->Below) {
        ShTruncate(&Path, wcslen(Directory));
        ShAppendCharacter(&Path, L'*');
        SysFindFiles(ShString(&Path), ShellAddChild, Listing);
    }
    ShFreeText(&Path);
    return Status;
}

// What is listed: all of a directory, or what matches in one.
static NTSTATUS ShellSplitPath(PCWSTR Path, PSH_TEXT Directory, PSH_TEXT Pattern)
{
    SYS_FILE File;
    NTSTATUS Status = SysFullPath(Path, Directory);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Wild = wcspbrk(Path, L"*?") != nullptr;
    Status = Wild ? STATUS_SUCCESS : SysQueryFile(Path, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!Wild && (File.Attributes & FILE_ATTRIBUTE_DIRECTORY)) {
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
    ULONG Before = Listing->AllFiles;
    NTSTATUS Status = ShellSplitPath(Path, &Directory, &Pattern);
    if (NT_SUCCESS(Status))
        Status = ShellListOne(Listing, ShString(&Directory), ShString(&Pattern));
    for (ULONG i = 0; i < Listing->Children.Count && !ShIsInterrupted(Shell); i++)
        ShellListOne(Listing, Listing->Children.Values[i], ShString(&Pattern));
    if (NT_SUCCESS(Status) && Listing->AllFiles == Before && wcscmp(ShString(&Pattern), L"*") != 0)
        Status = STATUS_NO_SUCH_FILE;
    ShFreeWords(&Listing->Children);
    ShFreeText(&Directory);
    ShFreeText(&Pattern);
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(Path, Status);
}

static BOOLEAN ShellListingSwitch(PCWSTR Word, SHELL_LISTING *Listing)
{
    if (ShIsSwitch(Word, L"b", nullptr))
        Listing->Bare = TRUE;
    else if (ShIsSwitch(Word, L"s", nullptr))
        Listing->Below = TRUE;
    else if (ShIsSwitch(Word, L"w", nullptr))
        Listing->Wide = TRUE;
    else if (ShIsSwitch(Word, L"ad", nullptr) || ShIsSwitch(Word, L"a:d", nullptr))
        Listing->Wanted = FILE_ATTRIBUTE_DIRECTORY;
    else if (ShIsSwitch(Word, L"a-d", nullptr) || ShIsSwitch(Word, L"a:-d", nullptr))
        Listing->Unwanted = FILE_ATTRIBUTE_DIRECTORY;
    else
        return FALSE;
    return TRUE;
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

ULONG ShellDoDir(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_LISTING Listing = {};
    ULONG Paths = 0, Result = 0;
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
    if (Listing.Below && !Listing.Bare)
        ShPrint(L"\n%8lu entries %15llu bytes in all\n", Listing.AllFiles, Listing.AllBytes);
    ShFreeText(&Listing.Directory);
    return Result;
}
