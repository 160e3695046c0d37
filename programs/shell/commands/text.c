// find and sort.

#include "filep.h"

// ---- find

typedef struct _SHELL_FIND {
    BOOLEAN Without, Count, Number, IgnoreCase;
    PCWSTR Text;
} SHELL_FIND;

BOOLEAN ShellHolds(PCWSTR Line, PCWSTR Text, BOOLEAN IgnoreCase)
{
    SIZE_T Length = wcslen(Text);
    if (!IgnoreCase)
        return wcsstr(Line, Text) != nullptr;
    for (; *Line; Line++) {
        if (!_wcsnicmp(Line, Text, Length))
            return TRUE;
    }
    return !Length;
}

// Returns how many lines were found.
static ULONG ShellFindLines(const SHELL_FIND *Find, PCWSTR Text, PCWSTR Name)
{
    SH_TEXT Line = {};
    ULONG Found = 0;
    PWSTR Title = ShCopy(Name, wcslen(Name));
    for (PWSTR At = Title; *At; At++)
        *At = (WCHAR)towupper(*At);
    if (*Title && !Find->Count)
        ShPrint(L"\n---------- %ws\n", Title);
    for (ULONG Number = 1; ShellNextLine(&Text, &Line); Number++) {
        if (ShellHolds(ShString(&Line), Find->Text, Find->IgnoreCase) == Find->Without)
            continue;
        Found++;
        if (Find->Count)
            continue;
        if (Find->Number)
            ShPrint(L"[%lu]", Number);
        ShPrint(L"%ws\n", ShString(&Line));
    }
    if (Find->Count && *Title)
        ShPrint(L"\n---------- %ws: %lu\n", Title, Found);
    else if (Find->Count)
        ShPrint(L"%lu\n", Found);
    SysFree(Title);
    ShFreeText(&Line);
    return Found;
}

static ULONG ShellFindInFiles(const SHELL_FIND *Find, const SH_WORDS *Words)
{
    ULONG Found = 0;
    BOOLEAN Failed = FALSE;
    for (ULONG i = 0; i < Words->Count || !i; i++) {
        SH_TEXT Text = {};
        SH_WORDS One = {};
        if (i < Words->Count)
            One = (SH_WORDS){.Count = 1, .Values = &Words->Values[i]};
        if (ShellReadInput(&One, 0, &Text))
            Found += ShellFindLines(Find, ShString(&Text), One.Count ? Words->Values[i] : L"");
        else
            Failed = TRUE;
        ShFreeText(&Text);
    }
    return Failed ? 2 : !Found;
}

static BOOLEAN ShellFindSwitch(PCWSTR Word, SHELL_FIND *Find)
{
    if (ShIsSwitch(Word, L"v", nullptr))
        Find->Without = TRUE;
    else if (ShIsSwitch(Word, L"c", nullptr))
        Find->Count = TRUE;
    else if (ShIsSwitch(Word, L"n", nullptr))
        Find->Number = TRUE;
    else if (ShIsSwitch(Word, L"i", nullptr))
        Find->IgnoreCase = TRUE;
    else // no file is anywhere else
        return ShIsSwitch(Word, L"off", nullptr) || ShIsSwitch(Word, L"offline", nullptr);
    return TRUE;
}

// The text is in quotation marks, and may be "/v" itself, so words are cut with theirs. FALSE: something is wrong.
static BOOLEAN ShellFindWords(PCWSTR Tail, SHELL_FIND *Find, PSH_WORDS Names)
{
    SH_WORDS Words = {};
    BOOLEAN Good = TRUE;
    ShSplit(Tail, L" \t", &Words);
    for (ULONG i = 0; i < Words.Count && Good; i++) {
        PWSTR Word = Words.Values[i];
        if (Word[0] == L'/') {
            Good = ShellFindSwitch(Word, Find);
            continue;
        }
        ShRemoveQuotes(Word);
        ShAddWord(Names, Word, wcslen(Word));
    }
    ShFreeWords(&Words);
    return Good && Names->Count;
}

ULONG ShellDoFind(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    SHELL_FIND Find = {};
    SH_WORDS Words = {}, Names = {};
    ULONG Result = 2;
    if (ShellFindWords(Tail, &Find, &Words)) {
        Find.Text = Words.Values[0];
        ShellExpandNames(&Words, 1, &Names);
        Result = ShellFindInFiles(&Find, &Names);
    } else {
        ShPrintError(L"FIND: Parameter format not correct\n");
    }
    ShFreeWords(&Names);
    ShFreeWords(&Words);
    return Result;
}

// ---- sort

static SIZE_T ShellSortColumn; // qsort gives its function no context

static int __cdecl ShellCompareLines(const void *First, const void *Second)
{
    PCWSTR A = *(const PCWSTR *)First, B = *(const PCWSTR *)Second;
    A += wcsnlen(A, ShellSortColumn);
    B += wcsnlen(B, ShellSortColumn);
    return _wcsicmp(A, B);
}

ULONG ShellDoSort(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    BOOLEAN Backwards = FALSE;
    SH_TEXT Text = {}, Line = {};
    SH_WORDS Lines = {};
    ULONG First = 0;
    LONG Column = 1;
    for (; First < Words->Count && Words->Values[First][0] == L'/'; First++) {
        if (ShIsSwitch(Words->Values[First], L"r", nullptr))
            Backwards = TRUE;
        else if (Words->Values[First][1] != L'+' ||
                 !ShParseNumber(Words->Values[First] + 2, &Column) || Column < 1)
            return ShWrongUsage;
    }
    ShellSortColumn = (SIZE_T)Column - 1;
    BOOLEAN Good = ShellReadInput(Words, First, &Text);
    PCWSTR Rest = ShString(&Text);
    while (Good && ShellNextLine(&Rest, &Line))
        ShAddWord(&Lines, ShString(&Line), Line.Length);
    if (Lines.Count)
        qsort((PVOID)Lines.Values, Lines.Count, sizeof(PWSTR), ShellCompareLines);
    for (ULONG i = 0; i < Lines.Count; i++)
        ShPrint(L"%ws\n", Lines.Values[Backwards ? Lines.Count - 1 - i : i]);
    ShFreeWords(&Lines);
    ShFreeText(&Line);
    ShFreeText(&Text);
    return Good ? 0 : 1;
}
