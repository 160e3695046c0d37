// copy, xcopy, move.

#include "filep.h"

typedef struct _SHELL_COPY {
    PSHELL Shell;
    BOOLEAN Verify, All, Below, Empty, Quiet;
    BOOLEAN Newer; // only what has changed since the copy that is there
    ULONG Count;
    ULONGLONG Started; // of the file being copied, in interrupt time
    ULONG Percent;     // shown last
} SHELL_COPY;

enum { ShellEndOfInput = 0x1A }; // Ctrl-Z

// ---- Targets

VOID ShellTargetOf(PCWSTR From, PCWSTR To, PSH_TEXT Target)
{
    PCWSTR Name = ShLastComponent(From), Last = ShLastComponent(To);
    if (!ShIsPattern(To) && (!*Last || ShellIsDirectory(To))) {
        ShJoinPath(To, Name, Target);
        return;
    }
    ShAppend(Target, To, (SIZE_T)(Last - To));
    if (ShIsPattern(Last))
        ShMergeName(Last, Name, Target);
    else
        ShAppendString(Target, Last);
}

BOOLEAN ShellMayReplace(PSHELL Shell, PCWSTR Path, PBOOLEAN All)
{
    SYS_FILE File;
    if (*All || ShIsBatch(Shell) || !NT_SUCCESS(SysQueryFile(Path, &File)))
        return TRUE;
    SHELL_ANSWER Answer = ShellAsk(L"Overwrite %ws (Yes/No/All)? ", Path);
    if (Answer == ShellAll)
        *All = TRUE;
    return Answer != ShellNo;
}

BOOLEAN ShellIsSameFile(PCWSTR One, PCWSTR Other)
{
    SH_TEXT Full = {}, OtherFull = {};
    BOOLEAN Same = NT_SUCCESS(SysFullPath(One, &Full)) &&
                   NT_SUCCESS(SysFullPath(Other, &OtherFull)) &&
                   !_wcsicmp(ShString(&Full), ShString(&OtherFull));
    ShFreeText(&Full);
    ShFreeText(&OtherFull);
    return Same;
}

// ---- One file

// What takes longer than a second shows how far it is, where someone looks.
static BOOLEAN ShellCopyProgress(PVOID Context, ULONGLONG Done, ULONGLONG Size)
{
    SHELL_COPY *Copy = Context;
    constexpr ULONGLONG Second = 10'000'000;
    if (ShIsInterrupted(Copy->Shell))
        return FALSE;
    ULONG Percent = Size ? (ULONG)(Done * 100 / Size) : 0;
    if (!Size || Percent == Copy->Percent || Copy->Quiet ||
        RtlpReadSharedTime(&SharedUserData->InterruptTime) - Copy->Started < Second ||
        !SysIsConsole(SysOutput))
        return TRUE;
    Copy->Percent = Percent;
    ShPrint(L"\r%3lu %% of %llu MiB", Percent, (Size + 0xFFFFF) >> 20);
    return TRUE;
}

static ULONG ShellCopyOne(SHELL_COPY *Copy, PCWSTR From, PCWSTR To, BOOLEAN Append)
{
    if (ShellIsSameFile(From, To)) {
        ShPrintError(L"%ws: a file cannot be copied onto itself\n", From);
        return 1;
    }
    if (!Append && !ShellMayReplace(Copy->Shell, To, &Copy->All))
        return 0;
    ULONG Flags = (Copy->Verify ? SysCopyVerify : 0) | (Append ? SysCopyAppend : 0);
    Copy->Started = RtlpReadSharedTime(&SharedUserData->InterruptTime);
    Copy->Percent = 0;
    NTSTATUS Status = SysCopyFile(From, To, Flags, ShellCopyProgress, Copy);
    if (Copy->Percent)
        ShPrint(L"\r%24ws\r", L"");
    if (!NT_SUCCESS(Status))
        return ShReportStatus(From, Status);
    Copy->Count++;
    return 0;
}

// ---- copy

static ULONG ShellCopyEntries(SHELL_COPY *Copy, const SHELL_ENTRIES *Entries, PCWSTR To)
{
    ULONG Result = 0;
    for (ULONG i = 0; i < Entries->Count && !ShIsInterrupted(Copy->Shell); i++) {
        SH_TEXT Target = {};
        ShellTargetOf(Entries->Values[i].Path, To, &Target);
        if (Entries->Count > 1)
            ShPrint(L"%ws\n", Entries->Values[i].Path);
        Result |= ShellCopyOne(Copy, Entries->Values[i].Path, ShString(&Target), FALSE);
        ShFreeText(&Target);
    }
    return Result;
}

// All that the sources stand for, one behind the other. The first may be the target itself.
static ULONG ShellAppendEntries(SHELL_COPY *Copy, const SHELL_ENTRIES *Entries, PCWSTR To)
{
    SH_TEXT Target = {};
    ULONG Result = 0;
    ShellTargetOf(Entries->Values[0].Path, To, &Target);
    for (ULONG i = 0; i < Entries->Count && !Result && !ShIsInterrupted(Copy->Shell); i++) {
        if (i || !ShellIsSameFile(Entries->Values[0].Path, ShString(&Target)))
            Result = ShellCopyOne(Copy, Entries->Values[i].Path, ShString(&Target), i > 0);
    }
    Copy->Count = Result ? 0 : 1;
    ShFreeText(&Target);
    return Result;
}

static NTSTATUS ShellCollectSources(const SH_WORDS *Sources, PSHELL_ENTRIES Entries)
{
    SHELL_FILTER Files = {};
    for (ULONG i = 0; i < Sources->Count; i++) {
        SH_TEXT Path = {};
        ShAppendString(&Path, Sources->Values[i]);
        if (!ShIsPattern(Sources->Values[i]) && ShellIsDirectory(Sources->Values[i])) {
            ShTruncate(&Path, 0);
            ShJoinPath(Sources->Values[i], L"*", &Path);
        }
        NTSTATUS Status = ShellCollect(ShString(&Path), ShellTakeFiles, &Files, Entries);
        ShFreeText(&Path);
        if (!NT_SUCCESS(Status)) {
            ShReportStatus(Sources->Values[i], Status);
            return Status;
        }
    }
    return STATUS_SUCCESS;
}

// A plus sign may stand alone between two names.
static BOOLEAN ShellCopyWords(const SH_WORDS *Words, SHELL_COPY *Copy, PSH_WORDS Sources,
                              PCWSTR *Target)
{
    BOOLEAN Joined = TRUE; // the next name is a source
    for (ULONG i = 0; i < Words->Count; i++) {
        PCWSTR Word = Words->Values[i];
        SIZE_T Length = wcslen(Word);
        if (ShIsSwitch(Word, L"v", nullptr))
            Copy->Verify = TRUE;
        else if (ShIsSwitch(Word, L"y", nullptr))
            Copy->All = TRUE;
        else if (Word[0] == L'/' && !ShIsSwitch(Word, L"b", nullptr))
            return FALSE; // all files are binary ones
        else if (Word[0] != L'/' && (Joined || Word[0] == L'+')) {
            ShSplit(Word, L"+", Sources); // "a+b+c" are three, which make one file
            Joined = Word[Length - 1] == L'+';
        } else if (Word[0] != L'/' && !*Target)
            *Target = Word;
        else if (Word[0] != L'/')
            return FALSE;
    }
    return Sources->Count && !Joined;
}

// From the console until a line begins with Ctrl-Z; from nul there is nothing.
static NTSTATUS ShellCopyDevice(PCWSTR Device, PCWSTR To)
{
    PVOID Saved;
    SH_TEXT Line = {};
    NTSTATUS Status = SysRedirectStream(SysOutput, SysWriteNew, To, 0, &Saved);
    if (!NT_SUCCESS(Status))
        return Status;
    while (_wcsicmp(Device, L"con") == 0 && NT_SUCCESS(SysReadLine(&Line)) &&
           !(Line.Length && Line.Buffer[0] == ShellEndOfInput)) {
        ShPrint(L"%ws\n", ShString(&Line));
        ShTruncate(&Line, 0);
    }
    ShFreeText(&Line);
    SysRestoreStream(SysOutput, Saved);
    return STATUS_SUCCESS;
}

static BOOLEAN ShellIsDevice(const SH_WORDS *Sources)
{
    return Sources->Count == 1 &&
           (_wcsicmp(Sources->Values[0], L"con") == 0 || _wcsicmp(Sources->Values[0], L"nul") == 0);
}

static ULONG ShellCopyFromDevice(SHELL_COPY *Copy, PCWSTR Device, PCWSTR To)
{
    if (!To || ShellIsDirectory(To))
        return ShReportStatus(Device, STATUS_OBJECT_NAME_INVALID);
    if (!ShellMayReplace(Copy->Shell, To, &Copy->All))
        return 0;
    NTSTATUS Status = ShellCopyDevice(Device, To);
    if (!NT_SUCCESS(Status))
        return ShReportStatus(To, Status);
    Copy->Count++;
    return 0;
}

static ULONG ShellCopyFromFiles(SHELL_COPY *Copy, const SH_WORDS *Sources, PCWSTR To)
{
    SHELL_ENTRIES Entries = {};
    BOOLEAN Concatenate = Sources->Count > 1;
    if (!To)
        To = Concatenate ? Sources->Values[0] : L".";
    ULONG Result = NT_SUCCESS(ShellCollectSources(Sources, &Entries)) ? 0 : 1;
    // A pattern's files go into a directory, or else into one file.
    Concatenate |=
        Entries.Count > 1 && !ShIsPattern(To) && !ShellIsDirectory(To) && *ShLastComponent(To);
    if (!Result)
        Result = Concatenate ? ShellAppendEntries(Copy, &Entries, To)
                             : ShellCopyEntries(Copy, &Entries, To);
    ShellFreeEntries(&Entries);
    return Result;
}

ULONG ShellDoCopy(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_COPY Copy = {.Shell = Shell};
    SH_WORDS Sources = {};
    PCWSTR To = nullptr;
    ULONG Result = ShWrongUsage;
    if (ShellCopyWords(Words, &Copy, &Sources, &To)) {
        Result = ShellIsDevice(&Sources) ? ShellCopyFromDevice(&Copy, Sources.Values[0], To)
                                         : ShellCopyFromFiles(&Copy, &Sources, To);
        ShPrint(L"%8lu file(s) copied\n", Copy.Count);
    }
    ShFreeWords(&Sources);
    return Result;
}

// ---- xcopy: trees

static NTSTATUS ShellMakeMissing(PCWSTR Directory)
{
    if (ShellIsDirectory(Directory))
        return STATUS_SUCCESS;
    return SysMakeDirectories(Directory);
}

static BOOLEAN ShellIsNewer(const SHELL_ENTRY *Entry, PCWSTR Target)
{
    SYS_FILE File;
    return !NT_SUCCESS(SysQueryFile(Target, &File)) || Entry->Time.QuadPart > File.Time.QuadPart;
}

// Into is what the source's own directory becomes; an entry's path begins with that directory.
static ULONG ShellCopyTreeEntry(SHELL_COPY *Copy, const SHELL_ENTRY *Entry, SIZE_T Front,
                                PCWSTR Into)
{
    SH_TEXT Target = {};
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Result = 0;
    ShJoinPath(Into, Entry->Path + Front, &Target);
    if (Entry->Attributes & FILE_ATTRIBUTE_DIRECTORY) {
        if (Copy->Empty)
            Status = ShellMakeMissing(ShString(&Target));
    } else {
        if (Copy->Newer && !ShellIsNewer(Entry, ShString(&Target))) {
            ShFreeText(&Target);
            return 0;
        }
        PCWSTR Last = ShLastComponent(ShString(&Target));
        PWSTR Directory = ShCopy(Target.Buffer, (SIZE_T)(Last - Target.Buffer - 1));
        Status = ShellMakeMissing(Directory);
        SysFree(Directory);
        if (NT_SUCCESS(Status) && !Copy->Quiet)
            ShPrint(L"%ws\n", Entry->Path);
        if (NT_SUCCESS(Status))
            Result = ShellCopyOne(Copy, Entry->Path, ShString(&Target), FALSE);
    }
    if (!NT_SUCCESS(Status))
        Result = ShReportStatus(ShString(&Target), Status);
    ShFreeText(&Target);
    return Result;
}

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

static ULONG ShellCopyTree(SHELL_COPY *Copy, PCWSTR From, PCWSTR Into)
{
    SH_TEXT Pattern = {};
    SHELL_ENTRIES Entries = {};
    SHELL_FILTER All = {};
    ULONG Take = Copy->Below ? ShellTakeFiles | ShellTakeDirectories | ShellTakeBelow
                             : (ULONG)ShellTakeFiles;
    if (!ShIsPattern(From) && ShellIsDirectory(From))
        ShJoinPath(From, L"*", &Pattern);
    else
        ShAppendString(&Pattern, From);
    SIZE_T Front = (SIZE_T)(ShLastComponent(Pattern.Buffer) - Pattern.Buffer);
    PWSTR Above = ShCopy(Pattern.Buffer, Front);
    ULONG Result = 0;
    if (Copy->Below && ShellIsInside(Into, Above)) {
        ShPrintError(L"%ws: a tree cannot be copied into itself\n", From);
        Result = 1;
    } else {
        NTSTATUS Status = ShellCollect(ShString(&Pattern), Take, &All, &Entries);
        if (!NT_SUCCESS(Status))
            Result = ShReportStatus(From, Status);
    }
    for (ULONG i = 0; i < Entries.Count && !ShIsInterrupted(Copy->Shell); i++)
        Result |= ShellCopyTreeEntry(Copy, &Entries.Values[i], Front, Into);
    SysFree(Above);
    ShellFreeEntries(&Entries);
    ShFreeText(&Pattern);
    return Result;
}

static BOOLEAN ShellXcopySwitch(PCWSTR Word, SHELL_COPY *Copy)
{
    if (ShIsSwitch(Word, L"s", nullptr))
        Copy->Below = TRUE;
    else if (ShIsSwitch(Word, L"e", nullptr))
        Copy->Below = Copy->Empty = TRUE;
    else if (ShIsSwitch(Word, L"d", nullptr))
        Copy->Newer = TRUE;
    else if (ShIsSwitch(Word, L"v", nullptr))
        Copy->Verify = TRUE;
    else if (ShIsSwitch(Word, L"y", nullptr))
        Copy->All = TRUE;
    else if (ShIsSwitch(Word, L"q", nullptr))
        Copy->Quiet = TRUE;
    else
        return ShIsSwitch(Word, L"i", nullptr); // the target is a directory anyway
    return TRUE;
}

ULONG ShellDoXcopy(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_COPY Copy = {.Shell = Shell};
    PCWSTR Paths[2] = {nullptr, L"."};
    ULONG Count = 0;
    for (ULONG i = 0; i < Words->Count; i++) {
        if (Words->Values[i][0] == L'/' ? !ShellXcopySwitch(Words->Values[i], &Copy) : Count == 2)
            return ShWrongUsage;
        if (Words->Values[i][0] != L'/')
            Paths[Count++] = Words->Values[i];
    }
    if (!Count)
        return ShWrongUsage;
    ULONG Result = ShellCopyTree(&Copy, Paths[0], Paths[1]);
    ShPrint(L"%8lu file(s) copied\n", Copy.Count);
    return Result;
}

// ---- move

// Another volume takes a copy, and then the original goes; whole directories stay on their volume.
static NTSTATUS ShellMoveAway(SHELL_COPY *Copy, const SHELL_ENTRY *Entry, PCWSTR To)
{
    if (Entry->Attributes & FILE_ATTRIBUTE_DIRECTORY)
        return STATUS_NOT_SAME_DEVICE;
    NTSTATUS Status = SysCopyFile(Entry->Path, To, 0, ShellCopyProgress, Copy);
    return NT_SUCCESS(Status) ? SysDelete(Entry->Path, FALSE) : Status;
}

static ULONG ShellMoveEntry(SHELL_COPY *Copy, const SHELL_ENTRY *Entry, PCWSTR To)
{
    SH_TEXT Target = {};
    NTSTATUS Status = STATUS_SUCCESS;
    ShellTargetOf(Entry->Path, To, &Target);
    // The same name in another case is a change, and no file that would be lost.
    BOOLEAN Same = ShellIsSameFile(Entry->Path, ShString(&Target));
    if (Same || ShellMayReplace(Copy->Shell, ShString(&Target), &Copy->All)) {
        Status = SysRename(Entry->Path, ShString(&Target), !Same);
        if (Status == STATUS_NOT_SAME_DEVICE)
            Status = ShellMoveAway(Copy, Entry, ShString(&Target));
        if (NT_SUCCESS(Status))
            Copy->Count++;
    }
    ShFreeText(&Target);
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(Entry->Path, Status);
}

ULONG ShellDoMove(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_COPY Copy = {.Shell = Shell};
    SHELL_ENTRIES Entries = {};
    SHELL_FILTER All = {};
    PCWSTR Paths[2] = {nullptr, L"."};
    ULONG Count = 0;
    for (ULONG i = 0; i < Words->Count; i++) {
        if (ShIsSwitch(Words->Values[i], L"y", nullptr))
            Copy.All = TRUE;
        else if (Words->Values[i][0] == L'/' || Count == 2)
            return ShWrongUsage;
        else
            Paths[Count++] = Words->Values[i];
    }
    if (!Count)
        return ShWrongUsage;
    ULONG Take = ShIsPattern(Paths[0]) ? ShellTakeFiles : ShellTakeFiles | ShellTakeDirectories;
    NTSTATUS Status = ShellCollect(Paths[0], Take, &All, &Entries);
    ULONG Result = NT_SUCCESS(Status) ? 0 : ShReportStatus(Paths[0], Status);
    for (ULONG i = 0; i < Entries.Count && !ShIsInterrupted(Shell); i++)
        Result |= ShellMoveEntry(&Copy, &Entries.Values[i], Paths[1]);
    ShPrint(L"%8lu moved\n", Copy.Count);
    ShellFreeEntries(&Entries);
    return Result;
}
