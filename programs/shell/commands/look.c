// tree, hexdump, fc.

#include "filep.h"

// ---- tree

typedef struct _SHELL_TREE {
    PSHELL Shell;
    BOOLEAN Files, Ascii;
    SH_TEXT Front; // what stands left of a name
    ULONG Directories;
} SHELL_TREE;

static NTSTATUS ShellDrawTree(SHELL_TREE *Tree, PCWSTR Path);

static VOID ShellDrawBranch(SHELL_TREE *Tree, const SHELL_ENTRY *Entry, BOOLEAN Last)
{
    SIZE_T Length = Tree->Front.Length;
    PCWSTR Knot = Tree->Ascii ? (Last ? L"\\---" : L"+---") : Last ? L"└───" : L"├───";
    ShPrint(L"%ws%ws%ws\n", ShString(&Tree->Front), Knot, ShLastComponent(Entry->Path));
    ShAppendString(&Tree->Front, Last ? L"    " : Tree->Ascii ? L"|   " : L"│   ");
    Tree->Directories++;
    if (!ShIsInterrupted(Tree->Shell) && SysHasStack())
        ShellDrawTree(Tree, Entry->Path);
    ShTruncate(&Tree->Front, Length);
}

static NTSTATUS ShellDrawTree(SHELL_TREE *Tree, PCWSTR Path)
{
    SHELL_ENTRIES Entries = {};
    SHELL_FILTER All = {};
    SH_TEXT Pattern = {};
    ShJoinPath(Path, L"*", &Pattern);
    NTSTATUS Status = STATUS_NO_SUCH_FILE;
    if (Tree->Files)
        Status = ShellCollect(ShString(&Pattern), ShellTakeFiles, &All, &Entries);
    ULONG Files = Entries.Count;
    PCWSTR Bar = Tree->Ascii ? L"|   " : L"│   ";
    NTSTATUS Branches = ShellCollect(ShString(&Pattern), ShellTakeDirectories, &All, &Entries);
    for (ULONG i = 0; i < Files; i++)
        ShPrint(L"%ws%ws%ws\n", ShString(&Tree->Front), Entries.Count == Files ? L"    " : Bar,
                ShLastComponent(Entries.Values[i].Path));
    if (Files) // a gap before what comes next
        ShPrint(L"%ws%ws\n", ShString(&Tree->Front), Entries.Count == Files ? L"" : Bar);
    for (ULONG i = Files; i < Entries.Count; i++)
        ShellDrawBranch(Tree, &Entries.Values[i], i + 1 == Entries.Count);
    ShFreeText(&Pattern);
    ShellFreeEntries(&Entries);
    return Branches == STATUS_NO_SUCH_FILE ? Status : Branches;
}

// The path is written in capitals; the current directory of a drive is "D:.".
static VOID ShellTreeTitle(PCWSTR Path)
{
    SH_TEXT Full = {};
    SYS_VOLUME Volume;
    WCHAR Root[] = L"C:\\";
    SysFullPath(Path, &Full);
    Root[0] = Full.Length ? Full.Buffer[0] : L'C';
    if (NT_SUCCESS(SysQueryVolume(Root, &Volume))) {
        ShPrint(*Volume.Label ? L"Folder PATH listing for volume %ws\n" : L"Folder PATH listing\n",
                Volume.Label);
        ShPrint(L"Volume serial number is %04lX-%04lX\n", Volume.Serial >> 16,
                Volume.Serial & 0xFFFF);
    }
    if (!wcscmp(Path, L".")) {
        ShPrint(L"%lc:.\n", towupper(Root[0]));
    } else {
        for (SIZE_T i = 0; i < Full.Length; i++)
            Full.Buffer[i] = (WCHAR)towupper(Full.Buffer[i]);
        ShPrint(L"%ws\n", ShString(&Full));
    }
    ShFreeText(&Full);
}

ULONG ShellDoTree(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_TREE Tree = {.Shell = Shell};
    PCWSTR Path = L".";
    for (ULONG i = 0; i < Words->Count; i++) {
        if (ShIsSwitch(Words->Values[i], L"f", nullptr))
            Tree.Files = TRUE;
        else if (ShIsSwitch(Words->Values[i], L"a", nullptr))
            Tree.Ascii = TRUE;
        else if (Words->Values[i][0] == L'/')
            return ShWrongUsage;
        else
            Path = Words->Values[i];
    }
    ShellTreeTitle(Path);
    if (!ShellIsDirectory(Path)) {
        ShPrint(L"Invalid path - %ws\nNo subfolders exist\n\n", Path);
        return 1;
    }
    NTSTATUS Status = ShellDrawTree(&Tree, Path);
    ShFreeText(&Tree.Front);
    if (!NT_SUCCESS(Status) && Status != STATUS_NO_SUCH_FILE)
        return ShReportStatus(Path, Status);
    if (!Tree.Directories)
        ShPrint(L"No subfolders exist\n\n");
    return 0;
}

// ---- hexdump

static VOID ShellDumpLine(ULONGLONG Offset, const UCHAR *Bytes, ULONG Count)
{
    WCHAR Line[80];
    ULONG At = 0;
    for (ULONG i = 0; i < 16; i++) {
        if (i < Count)
            At += (ULONG)_snwprintf(Line + At, 5, i == 8 ? L"-%02x" : L" %02x", Bytes[i]);
        else
            At += (ULONG)_snwprintf(Line + At, 5, L"   ");
    }
    Line[At++] = L' ';
    Line[At++] = L' ';
    for (ULONG i = 0; i < Count; i++)
        Line[At++] = Bytes[i] >= 0x20 && Bytes[i] < 0x7F ? Bytes[i] : L'.';
    Line[At] = 0;
    ShPrint(L"%08llx %ws\n", Offset, Line);
}

// Lengths beyond the end stop there.
static NTSTATUS ShellDump(PSHELL Shell, HANDLE File, ULONGLONG Offset, ULONGLONG Length)
{
    UCHAR Block[4096];
    while (Length && !ShIsInterrupted(Shell)) {
        IO_STATUS_BLOCK IoStatus = {};
        LARGE_INTEGER Position = {.QuadPart = (LONGLONG)Offset};
        ULONG Wanted = (ULONG)min(Length, sizeof(Block));
        NTSTATUS Status = NtReadFile(File, nullptr, nullptr, nullptr, &IoStatus, Block, Wanted,
                                     &Position, nullptr);
        if (Status == STATUS_END_OF_FILE || (NT_SUCCESS(Status) && !IoStatus.Information))
            return STATUS_SUCCESS;
        if (!NT_SUCCESS(Status))
            return Status;
        ULONG Read = (ULONG)IoStatus.Information;
        for (ULONG i = 0; i < Read; i += 16)
            ShellDumpLine(Offset + i, Block + i, min(Read - i, 16u));
        Offset += Read;
        Length -= Read;
    }
    return STATUS_SUCCESS;
}

ULONG ShellDoHexdump(PSHELL Shell, const SH_WORDS *Words)
{
    PCWSTR Path = nullptr, Value;
    LONG Offset = 0, Length = MAXLONG;
    for (ULONG i = 0; i < Words->Count; i++) {
        BOOLEAN Good = TRUE;
        if (ShIsSwitch(Words->Values[i], L"s", &Value))
            Good = ShParseNumber(Value, &Offset) && Offset >= 0;
        else if (ShIsSwitch(Words->Values[i], L"n", &Value))
            Good = ShParseNumber(Value, &Length) && Length >= 0;
        else if (Words->Values[i][0] == L'/' || Path)
            Good = FALSE;
        else
            Path = Words->Values[i];
        if (!Good)
            return ShWrongUsage;
    }
    if (!Path)
        return ShWrongUsage;
    HANDLE File;
    NTSTATUS Status =
        FileOpen(Path, FILE_GENERIC_READ, FILE_OPEN, FILE_NON_DIRECTORY_FILE, FALSE, &File);
    if (NT_SUCCESS(Status)) {
        Status = ShellDump(Shell, File, (ULONGLONG)Offset, (ULONGLONG)Length);
        NtClose(File);
    }
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(Path, Status);
}
