// Memory, streams, variables, programs and clock for the language's tests.
#include "double.h"

#include "languagep.h"

#include <wchar.h>

enum { DoubleMaximumVariables = 64, DoubleStreamLimit = 1 << 20 };

SIZE_T DoubleBlocks;
ULONG DoubleStackLeft, DoubleErrorLevel;

static SH_TEXT ConsoleOutput, ConsoleErrors;
static PCWSTR Input;

// ---- Memory

PVOID SysAllocate(SIZE_T Size)
{
    PVOID Block = calloc(1, Size);
    if (!Block)
        abort();
    DoubleBlocks++;
    return Block;
}

VOID SysFree(PVOID Block)
{
    DoubleBlocks -= Block != nullptr;
    free(Block);
}

// The stack of these tests is counted in commands being run, as far as a test wants so.
BOOLEAN SysHasStack(void)
{
    static char *Base;
    char *Here = __builtin_frame_address(0);
    if (!Base)
        Base = Here;
    return DoubleStackLeft && (SIZE_T)(Base > Here ? Base - Here : Here - Base) < 2u << 20;
}

// ---- Ctrl-C is not pressed here: DoubleInterrupt does as it does

VOID SysForgetInterrupt(void)
{
}

BOOLEAN SysIsInterrupted(void)
{
    return FALSE;
}

BOOLEAN SysFindOpener(PCWSTR Path, PCWSTR Tail, PSH_TEXT Line)
{
    PCWSTR Dot = wcsrchr(Path, L'.');
    if (!Dot || _wcsicmp(Dot, L".txt") != 0)
        return FALSE;
    ShAppendFormat(Line, L"prog opens %ws%ws", Path, Tail);
    return TRUE;
}

ULONG DoublePushed;

ULONG SysPushedDirectories(void)
{
    return DoublePushed;
}

VOID SysCommandLine(PSH_TEXT Line)
{
    ShAppendString(Line, L"shell.exe /k double");
}

// ---- Streams: the console, or a file in memory

typedef struct _DOUBLE_STREAM {
    PSH_TEXT Output;
    PCWSTR *Input;
} DOUBLE_STREAM;

static DOUBLE_STREAM Streams[SysStreamCount];

PSH_TEXT DoubleOpenFile(PCWSTR Path, BOOLEAN Create, BOOLEAN Empty); // doublefiles.c

VOID SysWrite(ULONG Stream, PCWSTR Text, SIZE_T Length)
{
    PSH_TEXT Output = Streams[Stream].Output;
    if (Output && Output->Length < DoubleStreamLimit)
        ShAppend(Output, Text, Length);
}

NTSTATUS DoubleOutputStatus;

NTSTATUS SysTakeOutputStatus(void)
{
    NTSTATUS Status = DoubleOutputStatus;
    DoubleOutputStatus = STATUS_SUCCESS;
    return Status;
}

VOID SysWritePrompt(PCWSTR Text, SIZE_T Length)
{
    SysWrite(SysOutput, Text, Length);
}

NTSTATUS SysReadLine(PSH_TEXT Line)
{
    PCWSTR *From = Streams[SysInput].Input;
    if (!From || !*From || !**From)
        return STATUS_END_OF_FILE;
    PCWSTR End = wcschr(*From, L'\n');
    SIZE_T Length = End ? (SIZE_T)(End - *From) : wcslen(*From);
    ShAppend(Line, *From, Length);
    *From += Length + (End != nullptr);
    return STATUS_SUCCESS;
}

NTSTATUS SysEditLine(PSH_TEXT Line, SYS_COMPLETER *Complete, PVOID Context)
{
    (VOID) Complete;
    (VOID) Context;
    return SysReadLine(Line);
}

NTSTATUS SysReadKey(PWCHAR Key)
{
    SH_TEXT Line = {};
    NTSTATUS Status = SysReadLine(&Line);
    *Key = Line.Length ? Line.Buffer[0] : L'\r';
    ShFreeText(&Line);
    return Status;
}

typedef struct _DOUBLE_SAVED {
    DOUBLE_STREAM Stream;
    PWSTR Copy; // of a file that is being read
    PCWSTR Place;
} DOUBLE_SAVED;

NTSTATUS SysRedirectStream(ULONG Stream, SYS_REDIRECT Kind, PCWSTR Target, ULONG Source,
                           PVOID *Saved)
{
    BOOLEAN Null = Kind != SysDuplicate && !_wcsicmp(Target, L"nul");
    PSH_TEXT File = nullptr;
    if (Kind != SysDuplicate && !Null) {
        File = DoubleOpenFile(Target, Kind != SysRead, Kind == SysWriteNew);
        if (!File)
            return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    DOUBLE_SAVED *Old = SysAllocate(sizeof(*Old));
    Old->Stream = Streams[Stream];
    *Saved = Old;
    if (Kind == SysDuplicate) {
        Streams[Stream] = Streams[Source];
    } else {
        if (Kind == SysRead)
            Old->Copy = ShCopy(File ? ShString(File) : L"", File ? File->Length : 0);
        Old->Place = Old->Copy;
        Streams[Stream] = (DOUBLE_STREAM){.Output = Kind == SysRead ? nullptr : File,
                                          .Input = Kind == SysRead ? &Old->Place : nullptr};
    }
    return STATUS_SUCCESS;
}

VOID SysRestoreStream(ULONG Stream, PVOID Saved)
{
    DOUBLE_SAVED *Old = Saved;
    Streams[Stream] = Old->Stream;
    SysFree(Old->Copy);
    SysFree(Old);
}

// ---- Variables

static struct {
    PWSTR Name, Value;
} Variables[DoubleMaximumVariables];
static ULONG VariableCount;

static ULONG FindVariable(PCWSTR Name)
{
    ULONG i = 0;
    while (i < VariableCount && _wcsicmp(Variables[i].Name, Name) != 0)
        i++;
    return i;
}

BOOLEAN SysGetVariable(PCWSTR Name, PSH_TEXT Value)
{
    ULONG i = FindVariable(Name);
    if (i == VariableCount)
        return FALSE;
    ShAppendString(Value, Variables[i].Value);
    return TRUE;
}

static VOID RemoveVariable(ULONG i)
{
    SysFree(Variables[i].Name);
    SysFree(Variables[i].Value);
    Variables[i] = Variables[--VariableCount];
}

NTSTATUS SysSetVariable(PCWSTR Name, PCWSTR Value)
{
    ULONG i = FindVariable(Name);
    if (!Value && i == VariableCount)
        return STATUS_VARIABLE_NOT_FOUND;
    if (i < VariableCount)
        RemoveVariable(i);
    if (!Value)
        return STATUS_SUCCESS;
    if (VariableCount == DoubleMaximumVariables)
        return STATUS_NO_MEMORY;
    Variables[VariableCount].Name = ShCopy(Name, wcslen(Name));
    Variables[VariableCount++].Value = ShCopy(Value, wcslen(Value));
    return STATUS_SUCCESS;
}

VOID SysListVariables(SYS_VARIABLE_VISITOR *Visit, PVOID Context)
{
    for (ULONG i = 0; i < VariableCount; i++) {
        SH_TEXT Entry = {};
        ShAppendFormat(&Entry, L"%ws=%ws", Variables[i].Name, Variables[i].Value);
        Visit(Context, ShString(&Entry));
        ShFreeText(&Entry);
    }
}

static VOID RemoveAllVariables(void)
{
    while (VariableCount)
        RemoveVariable(0);
}

PVOID SysSaveEnvironment(void)
{
    PSH_WORDS Saved = SysAllocate(sizeof(*Saved));
    for (ULONG i = 0; i < VariableCount; i++) {
        ShAddWord(Saved, Variables[i].Name, wcslen(Variables[i].Name));
        ShAddWord(Saved, Variables[i].Value, wcslen(Variables[i].Value));
    }
    return Saved;
}

VOID SysRestoreEnvironment(PVOID Saved)
{
    PSH_WORDS Words = Saved;
    RemoveAllVariables();
    for (ULONG i = 0; i + 1 < Words->Count; i += 2)
        SysSetVariable(Words->Values[i], Words->Values[i + 1]);
    ShFreeWords(Words);
    SysFree(Words);
}

// ---- Programs

BOOLEAN SysFindProgram(PCWSTR Name, PSH_TEXT Path)
{
    static const PCWSTR Programs[] = {L"prog", L"upper", L"lines", L"fail"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Programs); i++) {
        if (!_wcsicmp(Name, Programs[i])) {
            ShAppendFormat(Path, L"C:\\bin\\%ws.exe", Name);
            return TRUE;
        }
    }
    static const PCWSTR Endings[] = {L"", L".bat", L".cmd"};
    SYS_FILE File;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Endings); i++) {
        SH_TEXT Candidate = {};
        ShAppendFormat(&Candidate, L"%ws%ws", Name, Endings[i]);
        BOOLEAN Found = NT_SUCCESS(SysQueryFile(ShString(&Candidate), &File)) &&
                        NT_SUCCESS(SysFullPath(ShString(&Candidate), Path));
        ShFreeText(&Candidate);
        if (Found)
            return TRUE;
    }
    return FALSE;
}

static VOID RunUpper(void)
{
    SH_TEXT Line = {};
    while (NT_SUCCESS(SysReadLine(&Line))) {
        for (SIZE_T i = 0; i < Line.Length; i++)
            Line.Buffer[i] = (WCHAR)towupper(Line.Buffer[i]);
        ShPrint(L"%ws\n", ShString(&Line));
        ShTruncate(&Line, 0);
    }
    ShFreeText(&Line);
}

static ULONG RunProg(PCWSTR CommandLine)
{
    SH_TEXT Code = {};
    ULONG ExitCode = 0;
    ShPrint(L"[%ws]\n", CommandLine);
    if (SysGetVariable(L"PROGEXIT", &Code))
        ExitCode = (ULONG)wcstol(ShString(&Code), nullptr, 10);
    ShFreeText(&Code);
    return ExitCode;
}

NTSTATUS SysRunProgram(PCWSTR Path, PCWSTR CommandLine, PULONG ExitCode)
{
    *ExitCode = 0;
    if (!_wcsicmp(Path, L"C:\\bin\\upper.exe"))
        RunUpper();
    else if (!_wcsicmp(Path, L"C:\\bin\\fail.exe"))
        *ExitCode = 5;
    else if (!_wcsicmp(Path, L"C:\\bin\\prog.exe"))
        *ExitCode = RunProg(CommandLine);
    else if (!_wcsicmp(Path, L"C:\\bin\\lines.exe"))
        for (LONG i = 1; i <= wcstol(CommandLine + 5, nullptr, 10) && i < 1000; i++)
            ShPrint(L"line %ld\n", i);
    else
        return STATUS_INVALID_IMAGE_FORMAT;
    return STATUS_SUCCESS;
}

// The shells that are running, the innermost last.
static PSHELL Shells[64];
static ULONG ShellCount;

VOID DoubleRunText(PSHELL Shell, PCWSTR Text)
{
    Shells[ShellCount++] = Shell;
    ShRunText(Shell, Text);
    ShellCount--;
}

VOID DoubleInterrupt(void)
{
    for (ULONG i = 0; i < ShellCount; i++)
        ShInterrupt(Shells[i]);
}

// Another shell runs the command.
static ULONG RunShell(PCWSTR Command, BOOLEAN Expanded, BOOLEAN Delayed)
{
    PSHELL Shell = ShCreate();
    if (Expanded)
        ShSetExpanded(Shell);
    ShSetEcho(Shell, Expanded); // at the end of a pipe
    ShSetDelayedExpansion(Shell, Delayed);
    PVOID Saved = SysSaveEnvironment();
    DoubleRunText(Shell, Command);
    ULONG ExitCode = ShErrorLevel(Shell);
    SysRestoreEnvironment(Saved);
    ShDestroy(Shell);
    return ExitCode;
}

// What a shell is given must be what it would itself give to another one: nothing was lost on the way.
static void CheckFormat(PCWSTR Command)
{
    PSHELL Shell = ShCreate();
    SH_ARENA Arena = {};
    SH_TEXT Again = {};
    ShSetExpanded(Shell);
    PSH_NODE Node = ShpParse(Shell, Command, &Arena);
    if (Node)
        ShpFormat(Shell, Node, ShFormatParsed, &Again);
    if (wcscmp(ShString(&Again), Command) != 0)
        abort();
    ShFreeText(&Again);
    ShpArenaFree(&Arena);
    ShDestroy(Shell);
}

NTSTATUS SysPipe(PCWSTR Left, PCWSTR Right, BOOLEAN Delayed, PULONG ExitCode)
{
    SH_TEXT Between = {};
    if (!SysHasStack())
        return STATUS_STACK_OVERFLOW;
    CheckFormat(Left);
    CheckFormat(Right);
    DoubleStackLeft--;
    DOUBLE_STREAM Output = Streams[SysOutput], In = Streams[SysInput];
    Streams[SysOutput] = (DOUBLE_STREAM){.Output = &Between};
    RunShell(Left, TRUE, Delayed);
    Streams[SysOutput] = Output;
    PCWSTR Text = ShString(&Between);
    Streams[SysInput] = (DOUBLE_STREAM){.Input = &Text};
    *ExitCode = RunShell(Right, TRUE, Delayed);
    Streams[SysInput] = In;
    DoubleStackLeft++;
    ShFreeText(&Between);
    return STATUS_SUCCESS;
}

NTSTATUS SysCapture(PCWSTR Command, PSH_TEXT Output)
{
    DOUBLE_STREAM Old = Streams[SysOutput];
    if (!SysHasStack())
        return STATUS_STACK_OVERFLOW;
    DoubleStackLeft--;
    Streams[SysOutput] = (DOUBLE_STREAM){.Output = Output};
    RunShell(Command, FALSE, FALSE);
    Streams[SysOutput] = Old;
    DoubleStackLeft++;
    return STATUS_SUCCESS;
}

ULONG DoubleCount(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    for (ULONG i = 0; i < Words->Count; i++)
        ShPrint(L"<%ws>", Words->Values[i]);
    return Words->Count ? 0 : ShWrongUsage;
}

// ---- Clock

VOID SysLocalTime(PTIME_FIELDS Time)
{
    *Time = (TIME_FIELDS){2024, 2, 29, 13, 7, 9, 450, 4};
}

VOID SysFileTime(const LARGE_INTEGER *Utc, PTIME_FIELDS Time)
{
    UNREFERENCED_PARAMETER(Utc);
    *Time = (TIME_FIELDS){2023, 1, 2, 3, 4, 5, 0, 1};
}

ULONG SysRandom(void)
{
    return 0x1234ABCD;
}

PCWSTR SysStatusText(NTSTATUS Status)
{
    return Status == STATUS_OBJECT_NAME_NOT_FOUND ? L"not found" : L"failed";
}

// ---- Tests

static WCHAR LastOutput[1 << 16];

static PCWSTR Take(PSH_TEXT Text)
{
    _snwprintf(LastOutput, RTL_NUMBER_OF(LastOutput) - 1, L"%ws", ShString(Text));
    ShFreeText(Text);
    return LastOutput;
}

PCWSTR DoubleOutput(void)
{
    return Take(&ConsoleOutput);
}

PCWSTR DoubleErrors(void)
{
    return Take(&ConsoleErrors);
}

VOID DoubleSetInput(PCWSTR Text)
{
    Input = Text;
}

VOID DoubleRemoveFiles(void); // doublefiles.c

VOID DoubleReset(void)
{
    RemoveAllVariables();
    DoubleRemoveFiles();
    ShFreeText(&ConsoleOutput);
    ShFreeText(&ConsoleErrors);
    Input = nullptr;
    DoubleErrorLevel = 0;
    DoubleStackLeft = 30;
    Streams[SysInput] = (DOUBLE_STREAM){.Input = &Input};
    Streams[SysOutput] = (DOUBLE_STREAM){.Output = &ConsoleOutput};
    Streams[SysError] = (DOUBLE_STREAM){.Output = &ConsoleErrors};
}
