// fc: compares two files, byte by byte or line by line.

#include "filep.h"

typedef struct _SHELL_SIDE {
    PCWSTR Path;
    SH_TEXT Text;
    SH_WORDS Lines;
} SHELL_SIDE;

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
            ShPrint(L"%ws is longer than %ws\n", Paths[Left < Right], Paths[Left > Right]);
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

static BOOLEAN ShellSameLine(const SHELL_SIDE *Sides, ULONG One, ULONG Other, BOOLEAN IgnoreCase)
{
    if (One >= Sides[0].Lines.Count || Other >= Sides[1].Lines.Count)
        return One >= Sides[0].Lines.Count && Other >= Sides[1].Lines.Count;
    PCWSTR Left = Sides[0].Lines.Values[One], Right = Sides[1].Lines.Values[Other];
    return IgnoreCase ? !_wcsicmp(Left, Right) : !wcscmp(Left, Right);
}

// The nearest place where two lines after one another are the same again, or both ends.
static VOID ShellResynchronise(const SHELL_SIDE *Sides, PULONG One, PULONG Other,
                               BOOLEAN IgnoreCase)
{
    constexpr ULONG Window = 200;
    ULONG Left = Sides[0].Lines.Count - *One, Right = Sides[1].Lines.Count - *Other;
    for (ULONG Sum = 1; Sum <= min(Left + Right, 2 * Window); Sum++) {
        for (ULONG Skip = Sum > Right ? Sum - Right : 0; Skip <= min(Sum, Left); Skip++) {
            ULONG A = *One + Skip, B = *Other + Sum - Skip;
            if (!ShellSameLine(Sides, A, B, IgnoreCase) ||
                !ShellSameLine(Sides, A + 1, B + 1, IgnoreCase))
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
static VOID ShellShowSide(const SHELL_SIDE *Side, ULONG First, ULONG End)
{
    ShPrint(L"***** %ws\n", Side->Path);
    for (ULONG i = First ? First - 1 : 0; i < min(End + 1, Side->Lines.Count); i++)
        ShPrint(L"%6lu:  %ws\n", i + 1, Side->Lines.Values[i]);
}

static ULONG ShellCompareLines(PSHELL Shell, const SHELL_SIDE *Sides, BOOLEAN IgnoreCase)
{
    ULONG One = 0, Other = 0, Differences = 0;
    while ((One < Sides[0].Lines.Count || Other < Sides[1].Lines.Count) &&
           !ShIsInterrupted(Shell)) {
        if (ShellSameLine(Sides, One, Other, IgnoreCase)) {
            One++;
            Other++;
            continue;
        }
        ULONG A = One, B = Other;
        ShellResynchronise(Sides, &One, &Other, IgnoreCase);
        ShellShowSide(&Sides[0], A, One);
        ShellShowSide(&Sides[1], B, Other);
        ShPrint(L"*****\n\n");
        Differences++;
    }
    return Differences;
}

static NTSTATUS ShellCompareText(PSHELL Shell, const PCWSTR *Paths, BOOLEAN IgnoreCase,
                                 PULONG Differences)
{
    SHELL_SIDE Sides[2] = {};
    NTSTATUS Status = ShellReadSide(Paths[0], &Sides[0]);
    if (NT_SUCCESS(Status))
        Status = ShellReadSide(Paths[1], &Sides[1]);
    if (NT_SUCCESS(Status))
        *Differences = ShellCompareLines(Shell, Sides, IgnoreCase);
    for (ULONG i = 0; i < 2; i++) {
        ShFreeWords(&Sides[i].Lines);
        ShFreeText(&Sides[i].Text);
    }
    return Status;
}

ULONG ShellDoFc(PSHELL Shell, const SH_WORDS *Words)
{
    BOOLEAN Binary = FALSE, IgnoreCase = FALSE;
    PCWSTR Paths[2];
    ULONG Count = 0, Differences = 0;
    for (ULONG i = 0; i < Words->Count; i++) {
        if (ShIsSwitch(Words->Values[i], L"b", nullptr))
            Binary = TRUE;
        else if (ShIsSwitch(Words->Values[i], L"c", nullptr))
            IgnoreCase = TRUE;
        else if (Words->Values[i][0] == L'/' || Count == 2)
            return ShWrongUsage;
        else
            Paths[Count++] = Words->Values[i];
    }
    if (Count != 2)
        return ShWrongUsage;
    ShPrint(L"Comparing %ws and %ws\n", Paths[0], Paths[1]);
    NTSTATUS Status = Binary ? ShellCompareBinary(Shell, Paths, &Differences)
                             : ShellCompareText(Shell, Paths, IgnoreCase, &Differences);
    if (!NT_SUCCESS(Status)) {
        ShReportStatus(L"fc", Status);
        return 2;
    }
    if (!Differences)
        ShPrint(L"no differences\n");
    return Differences ? 1 : 0;
}
