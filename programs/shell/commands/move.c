// move: files and directories on their volume, files to others.

#include "copyp.h"

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
    if (Same || ShellMayReplace(ShString(&Target), &Copy->Replace)) {
        if (Copy->Names)
            ShPrint(L"%ws\n", Entry->Path);
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
    SHELL_COPY Copy = {.Shell = Shell, .Replace = ShellReplaceDefault(Shell)};
    SHELL_ENTRIES Entries = {};
    SHELL_FILTER All = {};
    PCWSTR Paths[2] = {nullptr, L"."};
    ULONG Count = 0;
    for (ULONG i = 0; i < Words->Count; i++) {
        if (ShellReplaceSwitch(Words->Values[i], &Copy.Replace))
            continue;
        if (Words->Values[i][0] == L'/' || Count == 2)
            return ShWrongUsage;
        Paths[Count++] = Words->Values[i];
    }
    if (!Count)
        return ShWrongUsage;
    Copy.Names = ShIsPattern(Paths[0]);
    ULONG Take = Copy.Names ? ShellTakeFiles : ShellTakeFiles | ShellTakeDirectories;
    NTSTATUS Status = ShellCollect(Paths[0], Take, &All, &Entries);
    ULONG Result = NT_SUCCESS(Status) ? 0 : ShReportStatus(Paths[0], Status);
    for (ULONG i = 0; i < Entries.Count && !ShIsInterrupted(Shell); i++)
        Result |= ShellMoveEntry(&Copy, &Entries.Values[i], Paths[1]);
    BOOLEAN Directory = Entries.Count && Entries.Values[0].Attributes & FILE_ATTRIBUTE_DIRECTORY;
    if (Entries.Count)
        ShPrint(L"%9lu %ws moved.\n", Copy.Count, Directory ? L"dir(s)" : L"file(s)");
    ShellFreeEntries(&Entries);
    return Result;
}
