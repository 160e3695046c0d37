// fc: compares files, byte by byte or line by line.

#include "filep.h"

typedef struct _SHELL_SIDE {
    PCWSTR Path;
    SH_TEXT Text;
    SH_WORDS Lines;
} SHELL_SIDE;

typedef struct _SHELL_COMPARE {
    PSHELL Shell;
    BOOLEAN Binary, Lines; // /b, /l; neither: what the name says
    BOOLEAN IgnoreCase, IgnoreBlanks, Numbers, Short;
    ULONG Window; // so many lines may differ until the texts count as different to their ends
    ULONG Run;    // so many lines must be the same before they count as that again
} SHELL_COMPARE;

// ---- Bytes

static NTSTATUS ShellOpenSide(PCWSTR Path, PHANDLE File)
{
    return FileOpen(Path, FILE_GENERIC_READ, FILE_OPEN,
                    FILE_NON_DIRECTORY_FILE | FILE_SEQUENTIAL_ONLY, FALSE, File);
}

// A file may give less than what is asked for, so both are read until they have as much.
static NTSTATUS ShellFill(HANDLE File, PUCHAR Block, ULONG Size, PULONG Filled)
{
    for (*Filled = 0; *Filled < Size;) {
        ULONG Read;
        NTSTATUS Status = FileRead(File, Block + *Filled, Size - *Filled, &Read);
        if (Status == STATUS_END_OF_FILE)
            break;
        if (!NT_SUCCESS(Status))
            return Status;
        *Filled += Read;
    }
    return STATUS_SUCCESS;
}

static ULONG ShellCompareBlocks(ULONGLONG Offset, const UCHAR *One, const UCHAR *Other,
                                ULONG Length)
{
    ULONG Differences = 0;
    for (ULONG i = 0; i < Length; i++) {
        if (One[i] == Other[i])
            continue;
        ShPrint(L"%08llX: %02X %02X\n", Offset + i, One[i], Other[i]);
        Differences++;
    }
    return Differences;
}

static NTSTATUS ShellCompareBytes(PSHELL Shell, HANDLE One, HANDLE Other, const PCWSTR *Paths,
                                  PULONG Differences)
{
    static UCHAR Blocks[2][0x10000];
    for (ULONGLONG Offset = 0; !ShIsInterrupted(Shell); Offset += sizeof(Blocks[0])) {
        ULONG Left, Right;
        NTSTATUS Status = ShellFill(One, Blocks[0], sizeof(Blocks[0]), &Left);
        if (NT_SUCCESS(Status))
            Status = ShellFill(Other, Blocks[1], sizeof(Blocks[1]), &Right);
        if (!NT_SUCCESS(Status))
            return Status;
        *Differences += ShellCompareBlocks(Offset, Blocks[0], Blocks[1], min(Left, Right));
        if (Left != Right) {
            ShPrint(L"FC: %ws longer than %ws\n", Paths[Left < Right], Paths[Left > Right]);
            (*Differences)++;
        }
        if (Left != Right || Left < sizeof(Blocks[0]))
            return STATUS_SUCCESS;
    }
    return STATUS_CANCELLED;
}

static NTSTATUS ShellCompareBinary(PSHELL Shell, const PCWSTR *Paths, PULONG Differences)
{
    HANDLE One, Other;
    NTSTATUS Status = ShellOpenSide(Paths[0], &One);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ShellOpenSide(Paths[1], &Other);
    if (NT_SUCCESS(Status)) {
        Status = ShellCompareBytes(Shell, One, Other, Paths, Differences);
        NtClose(Other);
    }
    NtClose(One);
    return Status;
}

// ---- Lines

static NTSTATUS ShellReadSide(PCWSTR Path, SHELL_SIDE *Side)
{
    Side->Path = Path;
    NTSTATUS Status = SysReadFile(Path, &Side->Text);
    PCWSTR Rest = ShString(&Side->Text);
    SH_TEXT Line = {};
    while (NT_SUCCESS(Status) && ShellNextLine(&Rest, &Line))
        ShAddWord(&Side->Lines, ShString(&Line), Line.Length);
    ShFreeText(&Line);
    return Status;
}

// Blanks in a row are one, and those at either end none.
static WCHAR ShellNextLetter(PCWSTR *Line, BOOLEAN IgnoreBlanks)
{
    PCWSTR At = *Line;
    WCHAR Letter = *At;
    if (IgnoreBlanks && (Letter == L' ' || Letter == L'\t')) {
        At += wcsspn(At, L" \t");
        *Line = At;
        return *At ? L' ' : 0;
    }
    *Line += Letter != 0;
    return Letter;
}

static BOOLEAN ShellSameText(PCWSTR One, PCWSTR Other, const SHELL_COMPARE *Compare)
{
    if (Compare->IgnoreBlanks) {
        One += wcsspn(One, L" \t");
        Other += wcsspn(Other, L" \t");
    }
    for (;;) {
        WCHAR Left = ShellNextLetter(&One, Compare->IgnoreBlanks);
        WCHAR Right = ShellNextLetter(&Other, Compare->IgnoreBlanks);
        if (Compare->IgnoreCase) {
            Left = (WCHAR)towupper(Left);
            Right = (WCHAR)towupper(Right);
        }
        if (Left != Right || !Left)
            return Left == Right;
    }
}

static BOOLEAN ShellSameLine(const SHELL_SIDE *Sides, ULONG One, ULONG Other,
                             const SHELL_COMPARE *Compare)
{
    if (One >= Sides[0].Lines.Count || Other >= Sides[1].Lines.Count)
        return One >= Sides[0].Lines.Count && Other >= Sides[1].Lines.Count;
    return ShellSameText(Sides[0].Lines.Values[One], Sides[1].Lines.Values[Other], Compare);
}

static BOOLEAN ShellSameRun(const SHELL_SIDE *Sides, ULONG One, ULONG Other,
                            const SHELL_COMPARE *Compare)
{
    for (ULONG i = 0; i < Compare->Run; i++) {
        if (!ShellSameLine(Sides, One + i, Other + i, Compare))
            return FALSE;
    }
    return TRUE;
}

// The nearest place where enough lines after one another are the same again, or both ends.
static VOID ShellResynchronise(const SHELL_SIDE *Sides, PULONG One, PULONG Other,
                               const SHELL_COMPARE *Compare)
{
    ULONG Left = Sides[0].Lines.Count - *One, Right = Sides[1].Lines.Count - *Other;
    for (ULONG Sum = 1; Sum <= min(Left + Right, 2 * Compare->Window); Sum++) {
        for (ULONG Skip = Sum > Right ? Sum - Right : 0; Skip <= min(Sum, Left); Skip++) {
            ULONG A = *One + Skip, B = *Other + Sum - Skip;
            if (!ShellSameRun(Sides, A, B, Compare))
                continue;
            *One = A;
            *Other = B;
            return;
        }
    }
    *One = Sides[0].Lines.Count;
    *Other = Sides[1].Lines.Count;
}

// With the line before and the line behind, so that one finds the place.
static VOID ShellShowSide(const SHELL_SIDE *Side, ULONG First, ULONG End,
                          const SHELL_COMPARE *Compare)
{
    ULONG Begin = First ? First - 1 : 0, Behind = min(End + 1, Side->Lines.Count);
    ShPrint(L"***** %ws\n", Side->Path);
    for (ULONG i = Begin; i < Behind; i++) {
        if (Compare->Short && i > Begin && i + 1 < Behind) {
            if (i == Begin + 1)
                ShPrint(L"...\n");
            continue;
        }
        if (Compare->Numbers)
            ShPrint(L"%5lu:  ", i + 1);
        ShPrint(L"%ws\n", Side->Lines.Values[i]);
    }
}

static ULONG ShellCompareLines(const SHELL_COMPARE *Compare, const SHELL_SIDE *Sides)
{
    ULONG One = 0, Other = 0, Differences = 0;
    while ((One < Sides[0].Lines.Count || Other < Sides[1].Lines.Count) &&
           !ShIsInterrupted(Compare->Shell)) {
        if (ShellSameLine(Sides, One, Other, Compare)) {
            One++;
            Other++;
            continue;
        }
        ULONG A = One, B = Other;
        ShellResynchronise(Sides, &One, &Other, Compare);
        ShellShowSide(&Sides[0], A, One, Compare);
        ShellShowSide(&Sides[1], B, Other, Compare);
        ShPrint(L"*****\n\n");
        Differences++;
    }
    return Differences;
}

static NTSTATUS ShellCompareText(const SHELL_COMPARE *Compare, const PCWSTR *Paths,
                                 PULONG Differences)
{
    SHELL_SIDE Sides[2] = {};
    NTSTATUS Status = ShellReadSide(Paths[0], &Sides[0]);
    if (NT_SUCCESS(Status))
        Status = ShellReadSide(Paths[1], &Sides[1]);
    if (NT_SUCCESS(Status))
        *Differences = ShellCompareLines(Compare, Sides);
    for (ULONG i = 0; i < 2; i++) {
        ShFreeWords(&Sides[i].Lines);
        ShFreeText(&Sides[i].Text);
    }
    return Status;
}

// ---- Pairs of files

static BOOLEAN ShellIsBinaryName(PCWSTR Path)
{
    static const PCWSTR Extensions[] = {L".exe", L".com", L".sys", L".obj",
                                        L".lib", L".bin", L".dll"};
    PCWSTR Period = wcsrchr(ShLastComponent(Path), L'.');
    for (ULONG i = 0; Period && i < RTL_NUMBER_OF(Extensions); i++) {
        if (!_wcsicmp(Period, Extensions[i]))
            return TRUE;
    }
    return FALSE;
}

// 0: the same, 1: not, 2: there is no telling.
static ULONG ShellComparePair(const SHELL_COMPARE *Compare, PCWSTR One, PCWSTR Other)
{
    const PCWSTR Paths[2] = {One, Other};
    ULONG Differences = 0;
    SYS_FILE File;
    for (ULONG i = 0; i < 2; i++) {
        if (NT_SUCCESS(SysQueryFile(Paths[i], &File)))
            continue;
        ShPrintError(L"FC: cannot open %ws - No such file or folder\n\n", Paths[i]);
        return 2;
    }
    ShPrint(L"Comparing files %ws and %ws\n", One, Other);
    BOOLEAN Binary = Compare->Binary || (!Compare->Lines && ShellIsBinaryName(One));
    NTSTATUS Status = Binary ? ShellCompareBinary(Compare->Shell, Paths, &Differences)
                             : ShellCompareText(Compare, Paths, &Differences);
    if (!NT_SUCCESS(Status)) {
        ShReportStatus(L"FC", Status);
        return 2;
    }
    if (!Differences)
        ShPrint(L"FC: no differences encountered\n");
    if (!Differences || Binary)
        ShPrint(L"\n");
    return Differences != 0;
}

static ULONG ShellComparePaths(const SHELL_COMPARE *Compare, const PCWSTR *Paths)
{
    SHELL_ENTRIES Entries = {};
    SHELL_FILTER All = {};
    ULONG Result = 0;
    if (ShIsPattern(Paths[0]) &&
        !NT_SUCCESS(ShellCollect(Paths[0], ShellTakeFiles, &All, &Entries))) {
        ShPrintError(L"FC: cannot open %ws - No such file or folder\n\n", Paths[0]);
        return 2;
    }
    for (ULONG i = 0; i < (ShIsPattern(Paths[0]) ? Entries.Count : 1); i++) {
        PCWSTR One = ShIsPattern(Paths[0]) ? Entries.Values[i].Path : Paths[0];
        SH_TEXT Other = {};
        if (ShIsInterrupted(Compare->Shell))
            break;
        ShellTargetOf(One, Paths[1], &Other);
        ULONG Pair = ShellComparePair(Compare, One, ShString(&Other));
        Result = max(Result, Pair);
        ShFreeText(&Other);
    }
    ShellFreeEntries(&Entries);
    return Result;
}

static BOOLEAN ShellCompareSwitch(PCWSTR Word, SHELL_COMPARE *Compare)
{
    LONG Number;
    if (ShIsSwitch(Word, L"b", nullptr))
        Compare->Binary = TRUE;
    else if (ShIsSwitch(Word, L"l", nullptr))
        Compare->Lines = TRUE;
    else if (ShIsSwitch(Word, L"c", nullptr))
        Compare->IgnoreCase = TRUE;
    else if (ShIsSwitch(Word, L"w", nullptr))
        Compare->IgnoreBlanks = TRUE;
    else if (ShIsSwitch(Word, L"n", nullptr))
        Compare->Numbers = TRUE;
    else if (ShIsSwitch(Word, L"a", nullptr))
        Compare->Short = TRUE;
    else if (!_wcsnicmp(Word, L"/lb", 3) && ShParseNumber(Word + 3, &Number) && Number > 0)
        Compare->Window = min((ULONG)Number, 10000u);
    else if (ShParseNumber(Word + 1, &Number) && Number > 0)
        Compare->Run = min((ULONG)Number, 10000u);
    else // text is text, whatever its encoding, and tabs are never made blanks
        return ShIsSwitch(Word, L"u", nullptr) || ShIsSwitch(Word, L"t", nullptr);
    return TRUE;
}

ULONG ShellDoFc(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_COMPARE Compare = {.Shell = Shell, .Window = 100, .Run = 2};
    PCWSTR Paths[2];
    ULONG Count = 0;
    for (ULONG i = 0; i < Words->Count; i++) {
        BOOLEAN Switch = Words->Values[i][0] == L'/';
        if (Switch ? !ShellCompareSwitch(Words->Values[i], &Compare) : Count == 2)
            return ShWrongUsage;
        if (!Switch)
            Paths[Count++] = Words->Values[i];
    }
    return Count == 2 ? ShellComparePaths(&Compare, Paths) : (ULONG)ShWrongUsage;
}
