// copy, and what xcopy and move share with it.

#include "copyp.h"

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

BOOLEAN ShellReplaceSwitch(PCWSTR Word, SHELL_REPLACE *Replace)
{
    if (ShIsSwitch(Word, L"y", nullptr))
        *Replace = ShellReplaceAll;
    else if (ShIsSwitch(Word, L"-y", nullptr))
        *Replace = ShellReplaceAsk;
    else
        return FALSE;
    return TRUE;
}

// The variable COPYCMD says it for all commands; a batch file does not ask unless it is told to.
SHELL_REPLACE ShellReplaceDefault(PSHELL Shell)
{
    SH_TEXT Value = {};
    SHELL_REPLACE Replace = ShIsBatch(Shell) ? ShellReplaceAll : ShellReplaceAsk;
    if (SysGetVariable(L"COPYCMD", &Value))
        (VOID) ShellReplaceSwitch(ShString(&Value), &Replace);
    ShFreeText(&Value);
    return Replace;
}

// A device is never replaced.
BOOLEAN ShellMayReplace(PCWSTR Path, SHELL_REPLACE *Replace)
{
    SYS_FILE File;
    if (*Replace == ShellReplaceAll || !NT_SUCCESS(SysQueryFile(Path, &File)) ||
        File.Attributes & FILE_ATTRIBUTE_DEVICE)
        return TRUE;
    SHELL_ANSWER Answer = ShellAsk(L"Overwrite %ws? (Yes/No/All): ", Path);
    if (Answer == ShellAll)
        *Replace = ShellReplaceAll;
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
BOOLEAN ShellCopyProgress(PVOID Context, ULONGLONG Done, ULONGLONG Size)
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

ULONG ShellCopyOne(SHELL_COPY *Copy, PCWSTR From, PCWSTR To, BOOLEAN Append)
{
    if (ShellIsSameFile(From, To)) {
        ShPrintError(L"The file cannot be copied onto itself.\n");
        return 1;
    }
    if (!Append && !ShellMayReplace(To, &Copy->Replace))
        return 0;
    ULONG Flags =
        (Copy->Verify || ShellVerifiesCopies() ? SysCopyVerify : 0) | (Append ? SysCopyAppend : 0);
    Copy->Started = RtlpReadSharedTime(&SharedUserData->InterruptTime);
    Copy->Percent = 0;
    NTSTATUS Status = SysCopyFile(From, To, Flags, ShellCopyProgress, Copy);
    if (Copy->Percent)
        ShPrint(L"\r%24ws\r", L"");
    Copy->Over = Status == STATUS_DISK_FULL || Status == STATUS_MEDIA_WRITE_PROTECTED;
    if (!NT_SUCCESS(Status))
        return ShReportStatus(From, Status);
    Copy->Count++;
    return 0;
}

// ---- copy

static ULONG ShellCopyEntries(SHELL_COPY *Copy, const SHELL_ENTRIES *Entries, PCWSTR To)
{
    ULONG Result = 0;
    if (!*ShLastComponent(To) && !ShellIsDirectory(To))
        return ShReportStatus(To, STATUS_OBJECT_PATH_NOT_FOUND); // once, not for each file
    for (ULONG i = 0; i < Entries->Count && !Copy->Over && !ShIsInterrupted(Copy->Shell); i++) {
        SH_TEXT Target = {};
        ShellTargetOf(Entries->Values[i].Path, To, &Target);
        if (Copy->Names)
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
        ShPrint(L"%ws\n", Entries->Values[i].Path);
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
        ShellPatternOf(Sources->Values[i], &Path);
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
        else if (Word[0] == L'/') {
            // All files are binary ones, none is encrypted, and no copy is continued.
            if (!ShellReplaceSwitch(Word, &Copy->Replace) && !ShIsSwitch(Word, L"b", nullptr) &&
                !ShIsSwitch(Word, L"d", nullptr) && !ShIsSwitch(Word, L"z", nullptr))
                return FALSE;
        } else if (Joined || Word[0] == L'+') {
            ShSplit(Word, L"+", Sources); // "a+b+c" are three, which make one file
            Joined = Word[Length - 1] == L'+';
        } else if (!*Target)
            *Target = Word;
        else
            return FALSE;
    }
    return Sources->Count && !Joined;
}

ULONG ShellDoCopy(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_COPY Copy = {.Shell = Shell, .Replace = ShellReplaceDefault(Shell)};
    SHELL_ENTRIES Entries = {};
    SH_WORDS Sources = {};
    PCWSTR To = nullptr;
    ULONG Result = ShWrongUsage;
    if (ShellCopyWords(Words, &Copy, &Sources, &To)) {
        BOOLEAN Concatenate = Sources.Count > 1;
        if (!To)
            To = Concatenate ? Sources.Values[0] : L".";
        Result = NT_SUCCESS(ShellCollectSources(&Sources, &Entries)) ? 0 : 1;
        Copy.Names = ShIsPattern(Sources.Values[0]) || ShellIsDirectory(Sources.Values[0]);
        // A pattern's files go into a directory, or else into one file.
        Concatenate |=
            Entries.Count > 1 && !ShIsPattern(To) && !ShellIsDirectory(To) && *ShLastComponent(To);
        if (!Result)
            Result = Concatenate ? ShellAppendEntries(&Copy, &Entries, To)
                                 : ShellCopyEntries(&Copy, &Entries, To);
        ShPrint(L"%9lu file(s) copied.\n", Copy.Count);
    }
    ShellFreeEntries(&Entries);
    ShFreeWords(&Sources);
    return Result;
}
