// find.

#include "filep.h"

// ---- find

typedef struct _SHELL_FIND {
    BOOLEAN Without, Count, Number, IgnoreCase;
    PCWSTR Text;
} SHELL_FIND;

BOOLEAN ShellHolds(PCWSTR Line, PCWSTR Text, BOOLEAN IgnoreCase)
{
    SIZE_T Length = wcslen(Text);
    if (!Length)
        return FALSE; // find /c /v "" counts all lines
    if (!IgnoreCase)
        return wcsstr(Line, Text) != nullptr;
    for (; *Line; Line++) {
        if (!_wcsnicmp(Line, Text, Length))
            return TRUE;
    }
    return FALSE;
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
