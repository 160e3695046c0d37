// cd, pushd, popd, path, where, type.

#include "filep.h"

// ---- Input of the commands that read text

BOOLEAN ShellReadInput(const SH_WORDS *Words, ULONG First, PSH_TEXT Text)
{
    if (First < Words->Count) {
        for (ULONG i = First; i < Words->Count; i++) {
            NTSTATUS Status = SysReadFile(Words->Values[i], Text);
            if (!NT_SUCCESS(Status)) {
                ShReportStatus(Words->Values[i], Status);
                return FALSE;
            }
        }
        return TRUE;
    }
    NTSTATUS Status = SysReadRest(Text);
    if (!NT_SUCCESS(Status))
        ShReportStatus(L"", Status);
    return NT_SUCCESS(Status);
}

BOOLEAN ShellNextLine(PCWSTR *Text, PSH_TEXT Line)
{
    ShTruncate(Line, 0);
    if (!**Text)
        return FALSE;
    PCWSTR End = wcschr(*Text, L'\n');
    SIZE_T Length = End ? (SIZE_T)(End - *Text) : wcslen(*Text);
    ShAppend(Line, *Text, Length);
    if (Length && Line->Buffer[Length - 1] == L'\r')
        ShTruncate(Line, Length - 1);
    *Text += Length + (End != nullptr);
    return TRUE;
}

// ---- Directories

static BOOLEAN ShellTakeName(PVOID Context, const SYS_FILE *File)
{
    ShAppendString(Context, File->Name);
    return FALSE;
}

// A full path with its names as the directories have them, whatever was typed.
static VOID ShellActualPath(PCWSTR Full, PSH_TEXT Actual)
{
    ShAppend(Actual, Full, 3);
    Actual->Buffer[0] = (WCHAR)towupper(Actual->Buffer[0]);
    for (PCWSTR Name = Full + 3; *Name;) {
        SIZE_T Length = wcscspn(Name, L"\\"), Before = Actual->Length;
        SH_TEXT Found = {};
        ShAppend(Actual, Name, Length);
        SysFindFiles(ShString(Actual), ShellTakeName, &Found);
        if (Found.Length) {
            ShTruncate(Actual, Before);
            ShAppendString(Actual, ShString(&Found));
        }
        ShFreeText(&Found);
        Name += Length;
        if (*Name == L'\\' && *++Name)
            ShAppendCharacter(Actual, L'\\');
    }
}

static VOID ShellUseActualNames(void)
{
    SH_TEXT Current = {}, Actual = {};
    UNICODE_STRING Name;
    SysCurrentDirectory(&Current);
    if (Current.Length >= 3 && Current.Buffer[1] == L':') {
        ShellActualPath(ShString(&Current), &Actual);
        RtlInitUnicodeString(&Name, ShString(&Actual));
        (VOID) RtlSetCurrentDirectory_U(&Name);
    }
    ShFreeText(&Actual);
    ShFreeText(&Current);
}

// The variable "=X:" keeps the directory of a drive while another one is the current one; it is what "X:" means then.
static NTSTATUS ShellRememberDirectory(PCWSTR Full)
{
    WCHAR Name[] = {L'=', (WCHAR)towupper(Full[0]), L':', 0};
    return Full[0] && Full[1] == L':' ? SysSetVariable(Name, Full) : STATUS_SUCCESS;
}

static BOOLEAN ShellIsMissing(NTSTATUS Status)
{
    return Status == STATUS_OBJECT_NAME_NOT_FOUND || Status == STATUS_OBJECT_PATH_NOT_FOUND;
}

BOOLEAN ShellHasDrive(PCWSTR Path)
{
    WCHAR Root[] = L"C:\\";
    SYS_FILE File;
    Root[0] = Path[0];
    return !Path[0] || Path[1] != L':' || !ShellIsMissing(SysQueryFile(Root, &File));
}

// Of a directory that was not found.
static ULONG ShellReportDirectory(PCWSTR Path, NTSTATUS Status)
{
    if (!ShellIsMissing(Status))
        return ShReportStatus(L"", Status);
    if (ShellHasDrive(Path) || Path[2])
        return ShReportStatus(L"", STATUS_OBJECT_PATH_NOT_FOUND);
    ShPrintError(L"The system cannot find the drive specified.\n");
    return 1;
}

static ULONG ShellGoTo(PCWSTR Path)
{
    UNICODE_STRING Name;
    SH_TEXT Current = {};
    NTSTATUS Status = RtlInitUnicodeStringEx(&Name, Path);
    if (NT_SUCCESS(Status))
        Status = RtlSetCurrentDirectory_U(&Name);
    if (!NT_SUCCESS(Status))
        return ShellReportDirectory(Path, Status);
    ShellUseActualNames();
    SysCurrentDirectory(&Current);
    (VOID) ShellRememberDirectory(ShString(&Current));
    ShFreeText(&Current);
    return 0;
}

static BOOLEAN ShellIsOtherDrive(PCWSTR Path)
{
    SH_TEXT Current = {};
    SysCurrentDirectory(&Current);
    BOOLEAN Other =
        Path[0] && Path[1] == L':' && towupper(Path[0]) != towupper(ShString(&Current)[0]);
    ShFreeText(&Current);
    return Other;
}

// The directory of a drive that is not the current one, and stays so: "cd x:" shows it, "cd x:\docs" sets it.
static ULONG ShellChangeOther(PCWSTR Path)
{
    SH_TEXT Full = {};
    SYS_FILE File = {};
    NTSTATUS Status = SysFullPath(Path, &Full);
    if (NT_SUCCESS(Status))
        Full.Buffer[0] = (WCHAR)towupper(Full.Buffer[0]);
    if (NT_SUCCESS(Status) && !Path[2] && ShellHasDrive(Path))
        ShPrint(L"%ws\n", ShString(&Full));
    else if (NT_SUCCESS(Status))
        Status = SysQueryFile(ShString(&Full), &File);
    if (NT_SUCCESS(Status) && Path[2])
        Status = File.Attributes & FILE_ATTRIBUTE_DIRECTORY
                     ? ShellRememberDirectory(ShString(&Full))
                     : STATUS_NOT_A_DIRECTORY;
    ShFreeText(&Full);
    return NT_SUCCESS(Status) ? 0 : ShellReportDirectory(Path, Status);
}

// The name may hold blanks without quotation marks. With /d, a drive that is named becomes the current one.
ULONG ShellDoCd(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    PWSTR Path = ShTrimmed(Tail);
    ULONG Result = 0;
    BOOLEAN AlsoDrive =
        Path[0] == L'/' && towlower(Path[1]) == L'd' && (!Path[2] || Path[2] == L' ');
    if (AlsoDrive) {
        PWSTR Rest = ShTrimmed(Path + 2);
        SysFree(Path);
        Path = Rest;
    }
    ShRemoveQuotes(Path);
    if (*Path && !AlsoDrive && ShellIsOtherDrive(Path)) {
        Result = ShellChangeOther(Path);
    } else if (*Path) {
        Result = ShellGoTo(Path);
    } else {
        SH_TEXT Current = {};
        SysCurrentDirectory(&Current);
        ShPrint(L"%ws\n", ShString(&Current));
        ShFreeText(&Current);
    }
    SysFree(Path);
    return Result;
}

// ---- pushd and popd: the directories that were left, the last one last

static SH_WORDS ShellPushed;

ULONG SysPushedDirectories(void)
{
    return ShellPushed.Count;
}

static VOID ShellShowPushed(void)
{
    for (ULONG i = ShellPushed.Count; i; i--)
        ShPrint(L"%ws\n", ShellPushed.Values[i - 1]);
}

ULONG ShellDoPushd(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    PWSTR Path = ShTrimmed(Tail);
    SH_TEXT Current = {};
    ULONG Result = 0;
    ShRemoveQuotes(Path);
    SysCurrentDirectory(&Current);
    if (*Path)
        Result = ShellGoTo(Path);
    else
        ShellShowPushed();
    if (*Path && !Result)
        ShAddWord(&ShellPushed, ShString(&Current), Current.Length);
    ShFreeText(&Current);
    SysFree(Path);
    return Result;
}

ULONG ShellDoPopd(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count)
        return ShWrongUsage;
    if (!ShellPushed.Count)
        return 1;
    PWSTR Path = ShellPushed.Values[--ShellPushed.Count];
    ULONG Result = ShellGoTo(Path);
    SysFree(Path);
    return Result;
}

ULONG ShellDoPath(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    PWSTR Value = ShTrimmed(Tail);
    SH_TEXT Old = {};
    NTSTATUS Status = STATUS_SUCCESS;
    if (*Value == L'=')
        *Value = L' ';
    if (*Value)
        Status = SysSetVariable(L"PATH", !wcscmp(Value, L";") ? L"" : Value);
    else
        ShPrint(L"PATH=%ws\n", SysGetVariable(L"PATH", &Old) ? ShString(&Old) : L"");
    ShFreeText(&Old);
    SysFree(Value);
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(L"PATH", Status);
}

ULONG ShellDoWhere(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    ULONG Result = Words->Count ? 0 : ShWrongUsage;
    for (ULONG i = 0; i < Words->Count; i++) {
        SH_TEXT Path = {};
        if (ShFindCommand(Words->Values[i], wcslen(Words->Values[i])))
            ShPrint(L"%ws is a command of the shell\n", Words->Values[i]);
        else if (SysFindProgram(Words->Values[i], &Path))
            ShPrint(L"%ws\n", ShString(&Path));
        else
            Result = ShReportStatus(Words->Values[i], STATUS_NO_SUCH_FILE);
        ShFreeText(&Path);
    }
    return Result;
}

// ---- Contents

static BOOLEAN ShellAddFound(PVOID Context, const SYS_FILE *File)
{
    if (!(File->Attributes & FILE_ATTRIBUTE_DIRECTORY))
        ShAddWord(Context, File->Name, wcslen(File->Name));
    return TRUE;
}

static ULONG ShellTypeFile(PCWSTR Path)
{
    NTSTATUS Status = SysTypeFile(Path);
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(Path, Status);
}

static VOID ShellTypeTitle(PCWSTR Path)
{
    ShPrintError(L"\n%ws\n\n\n", Path);
}

// The files that match, each under its name.
static ULONG ShellTypePattern(PCWSTR Pattern)
{
    SH_WORDS Names = {};
    PCWSTR Slash = wcsrchr(Pattern, L'\\');
    SIZE_T Front = Slash ? (SIZE_T)(Slash + 1 - Pattern) : 0;
    NTSTATUS Status = SysFindFiles(Pattern, ShellAddFound, &Names);
    ULONG Result = 0;
    if (NT_SUCCESS(Status) && !Names.Count)
        Status = STATUS_NO_SUCH_FILE;
    for (ULONG i = 0; i < Names.Count; i++) {
        SH_TEXT Path = {};
        ShAppend(&Path, Pattern, Front);
        ShAppendString(&Path, Names.Values[i]);
        ShellTypeTitle(ShString(&Path));
        Result |= ShellTypeFile(ShString(&Path));
        ShFreeText(&Path);
    }
    ShFreeWords(&Names);
    return NT_SUCCESS(Status) ? Result : ShReportStatus(Pattern, Status);
}

ULONG ShellDoType(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    ULONG Result = Words->Count ? 0 : ShWrongUsage;
    for (ULONG i = 0; i < Words->Count; i++) {
        PCWSTR Word = Words->Values[i];
        if (ShIsPattern(Word)) {
            Result |= ShellTypePattern(Word);
            continue;
        }
        if (Words->Count > 1)
            ShellTypeTitle(Word);
        Result |= ShellTypeFile(Word);
    }
    return Result;
}
