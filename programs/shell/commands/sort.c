// sort.

#include "filep.h"

typedef struct _SHELL_SORT {
    BOOLEAN Backwards, Unique, MindsCase;
    SIZE_T Column;
    PCWSTR Output; // null: the standard output
} SHELL_SORT;

static SHELL_SORT ShellSorting; // qsort gives its function no context

static int __cdecl ShellCompareLines(const void *First, const void *Second)
{
    PCWSTR A = *(const PCWSTR *)First, B = *(const PCWSTR *)Second;
    A += wcsnlen(A, ShellSorting.Column);
    B += wcsnlen(B, ShellSorting.Column);
    return ShellSorting.MindsCase ? wcscmp(A, B) : _wcsicmp(A, B);
}

// ---- The command line

// At least so many letters of a switch's name. Those that do nothing: text is sorted in memory, by its characters.
static const struct {
    PCWSTR Name;
    ULONG Least;
    BOOLEAN HasValue;
    ULONG Flag; // of SHELL_SORT; MAXULONG: none
} ShellSortSwitches[] = {
    {L"reverse", 1, FALSE, FIELD_OFFSET(SHELL_SORT, Backwards)},
    {L"unique", 4, FALSE, FIELD_OFFSET(SHELL_SORT, Unique)},
    {L"case_sensitive", 1, FALSE, FIELD_OFFSET(SHELL_SORT, MindsCase)},
    {L"output", 1, TRUE, FIELD_OFFSET(SHELL_SORT, Output)},
    {L"locale", 1, TRUE, MAXULONG},
    {L"memory", 1, TRUE, MAXULONG},
    {L"record_maximum", 3, TRUE, MAXULONG},
    {L"temporary", 1, TRUE, MAXULONG},
};

// Returns the words used; 0: there is no such switch.
static ULONG ShellSortSwitch(PWSTR const *Words, ULONG Left, SHELL_SORT *Sort)
{
    PCWSTR Name = Words[0] + 1;
    SIZE_T Length = wcslen(Name);
    LONG Column;
    if (*Name == L'+' && ShParseNumber(Name + 1, &Column) && Column > 0) {
        Sort->Column = (SIZE_T)Column - 1;
        return 1;
    }
    for (ULONG i = 0; i < RTL_NUMBER_OF(ShellSortSwitches); i++) {
        BOOLEAN HasValue = ShellSortSwitches[i].HasValue;
        ULONG Flag = ShellSortSwitches[i].Flag;
        if (Length < ShellSortSwitches[i].Least || Left <= HasValue ||
            _wcsnicmp(Name, ShellSortSwitches[i].Name, Length) != 0)
            continue;
        if (HasValue && Flag != MAXULONG)
            *(PCWSTR *)((PUCHAR)Sort + Flag) = Words[1];
        else if (!HasValue)
            *((PBOOLEAN)Sort + Flag) = TRUE;
        return 1u + HasValue;
    }
    return 0;
}

static BOOLEAN ShellSortWords(const SH_WORDS *Words, SHELL_SORT *Sort, PSH_WORDS Files)
{
    for (ULONG i = 0, Used; i < Words->Count; i += Used) {
        Used = 1;
        if (Words->Values[i][0] == L'/')
            Used = ShellSortSwitch(&Words->Values[i], Words->Count - i, Sort);
        else
            ShAddWord(Files, Words->Values[i], wcslen(Words->Values[i]));
        if (!Used)
            return FALSE;
    }
    return TRUE;
}

// ---- The lines

static VOID ShellPrintSorted(const SHELL_SORT *Sort, const SH_WORDS *Lines)
{
    for (ULONG i = 0; i < Lines->Count; i++) {
        PWSTR *Line = &Lines->Values[Sort->Backwards ? Lines->Count - 1 - i : i];
        if (!Sort->Unique || !i || ShellCompareLines(Line, Sort->Backwards ? Line + 1 : Line - 1))
            ShPrint(L"%ws\n", *Line);
    }
}

// The output may be one of the inputs: it is opened when all of them have been read.
static ULONG ShellWriteSorted(const SHELL_SORT *Sort, const SH_WORDS *Lines)
{
    PVOID Saved = nullptr;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Sort->Output)
        Status = SysRedirectStream(SysOutput, SysWriteNew, Sort->Output, 0, &Saved);
    if (!NT_SUCCESS(Status))
        return ShReportStatus(Sort->Output, Status);
    ShellPrintSorted(Sort, Lines);
    if (Sort->Output)
        SysRestoreStream(SysOutput, Saved);
    return 0;
}

ULONG ShellDoSort(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    SHELL_SORT Sort = {};
    SH_TEXT Text = {}, Line = {};
    SH_WORDS Files = {}, Lines = {};
    ULONG Result = ShWrongUsage;
    if (ShellSortWords(Words, &Sort, &Files)) {
        Result = ShellReadInput(&Files, 0, &Text) ? 0 : 1;
        PCWSTR Rest = ShString(&Text);
        while (!Result && ShellNextLine(&Rest, &Line))
            ShAddWord(&Lines, ShString(&Line), Line.Length);
        ShellSorting = Sort;
        if (Lines.Count)
            qsort((PVOID)Lines.Values, Lines.Count, sizeof(PWSTR), ShellCompareLines);
        if (!Result)
            Result = ShellWriteSorted(&Sort, &Lines);
    }
    ShFreeWords(&Lines);
    ShFreeWords(&Files);
    ShFreeText(&Line);
    ShFreeText(&Text);
    return Result;
}
