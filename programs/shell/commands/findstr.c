// findstr: the lines in which one of several texts or regular expressions is found.

#include "filep.h"

#include "language/regex.h"

typedef struct _SHELL_FINDSTR {
    PSHELL Shell;
    BOOLEAN AtBegin, AtEnd, Literal, Regular, Below, IgnoreCase, Whole, Without, Numbers, Names,
        Offsets, Printable;
    BOOLEAN TextGiven, FilesGiven; // by /c or /g, by /f
    BOOLEAN Titles;                // each line behind the name of its file
    SH_WORDS Texts, Patterns,
        Files; // Texts: of /c, each as a whole; Patterns: words of the command line, and of /g
    ULONG Count;
    PSH_REGEX *Regexes;
} SHELL_FINDSTR;

// ---- The command line

static const struct {
    WCHAR Letter;
    ULONG Offset;
} ShellFindstrFlags[] = {
    {L'b', FIELD_OFFSET(SHELL_FINDSTR, AtBegin)},    {L'e', FIELD_OFFSET(SHELL_FINDSTR, AtEnd)},
    {L'i', FIELD_OFFSET(SHELL_FINDSTR, IgnoreCase)}, {L'l', FIELD_OFFSET(SHELL_FINDSTR, Literal)},
    {L'm', FIELD_OFFSET(SHELL_FINDSTR, Names)},      {L'n', FIELD_OFFSET(SHELL_FINDSTR, Numbers)},
    {L'o', FIELD_OFFSET(SHELL_FINDSTR, Offsets)},    {L'p', FIELD_OFFSET(SHELL_FINDSTR, Printable)},
    {L'r', FIELD_OFFSET(SHELL_FINDSTR, Regular)},    {L's', FIELD_OFFSET(SHELL_FINDSTR, Below)},
    {L'v', FIELD_OFFSET(SHELL_FINDSTR, Without)},    {L'x', FIELD_OFFSET(SHELL_FINDSTR, Whole)},
};

// The lines of a file; "/": of the standard input.
static BOOLEAN ShellFindstrLines(PCWSTR Name, PSH_WORDS Lines)
{
    SH_TEXT Text = {}, Line = {};
    PWSTR Value = ShCopy(Name, wcslen(Name));
    SH_WORDS One = {.Count = wcscmp(Name, L"/") != 0, .Values = &Value};
    BOOLEAN Good = ShellReadInput(&One, 0, &Text);
    PCWSTR Rest = ShString(&Text);
    while (Good && ShellNextLine(&Rest, &Line)) {
        if (Line.Length)
            ShAddWord(Lines, ShString(&Line), Line.Length);
    }
    ShFreeText(&Line);
    ShFreeText(&Text);
    SysFree(Value);
    return Good;
}

// "c:text", "f:file", "g:file"; "a:colours" changes nothing.
static BOOLEAN ShellFindstrValue(PCWSTR Switch, SHELL_FINDSTR *Findstr)
{
    switch (towlower(Switch[0])) {
    case L'a':
        return TRUE;
    case L'c':
        Findstr->TextGiven = TRUE;
        ShAddWord(&Findstr->Texts, Switch + 2, wcslen(Switch + 2));
        return TRUE;
    case L'f':
        Findstr->FilesGiven = TRUE;
        return ShellFindstrLines(Switch + 2, &Findstr->Files);
    case L'g':
        Findstr->TextGiven = TRUE;
        return ShellFindstrLines(Switch + 2, &Findstr->Patterns);
    default:
        return FALSE;
    }
}

// Several letters may follow one another: "/sni".
static BOOLEAN ShellFindstrSwitch(PCWSTR Word, SHELL_FINDSTR *Findstr)
{
    PCWSTR At = Word + 1;
    if (ShIsSwitch(Word, L"off", nullptr) || ShIsSwitch(Word, L"offline", nullptr))
        return TRUE; // no file is anywhere else
    for (; *At; At++) {
        if (At[1] == L':')
            return ShellFindstrValue(At, Findstr);
        ULONG i = 0;
        while (i < RTL_NUMBER_OF(ShellFindstrFlags) && ShellFindstrFlags[i].Letter != towlower(*At))
            i++;
        if (i == RTL_NUMBER_OF(ShellFindstrFlags))
            return FALSE;
        *((PBOOLEAN)Findstr + ShellFindstrFlags[i].Offset) = TRUE;
    }
    return At > Word + 1;
}

// The first word that is no switch holds the patterns, unless /c or /g do: so switches come first.
static BOOLEAN ShellFindstrWords(const SH_WORDS *Words, SHELL_FINDSTR *Findstr)
{
    PCWSTR Patterns = nullptr;
    for (ULONG i = 0; i < Words->Count; i++) {
        PCWSTR Word = Words->Values[i];
        if (Word[0] == L'/' && Word[1]) {
            if (!ShellFindstrSwitch(Word, Findstr))
                return FALSE;
        } else if (!Findstr->TextGiven && !Patterns) {
            Patterns = Word;
        } else {
            Findstr->FilesGiven = TRUE;
            ShAddWord(&Findstr->Files, Word, wcslen(Word));
        }
    }
    if (Patterns)
        ShSplit(Patterns, L" ", &Findstr->Patterns);
    return Findstr->Texts.Count + Findstr->Patterns.Count != 0;
}

// A text of /c is literal unless /r says otherwise, all else a regular expression unless /l does.
static VOID ShellFindstrPrepare(SHELL_FINDSTR *Findstr)
{
    ULONG Flags = (Findstr->IgnoreCase ? ShRegexIgnoreCase : 0u) |
                  (Findstr->AtBegin || Findstr->Whole ? ShRegexAtBegin : 0u) |
                  (Findstr->AtEnd || Findstr->Whole ? ShRegexAtEnd : 0u);
    ULONG Texts = Findstr->Texts.Count;
    Findstr->Count = Texts + Findstr->Patterns.Count;
    Findstr->Regexes = SysAllocate(Findstr->Count * sizeof(*Findstr->Regexes));
    for (ULONG i = 0; i < Findstr->Count; i++) {
        BOOLEAN Literal = i < Texts ? !Findstr->Regular : Findstr->Literal && !Findstr->Regular;
        Findstr->Regexes[i] =
            ShMakeRegex(i < Texts ? Findstr->Texts.Values[i] : Findstr->Patterns.Values[i - Texts],
                        Flags | (Literal ? ShRegexLiteral : 0u));
    }
}

// ---- The lines

static BOOLEAN ShellFindstrMatches(const SHELL_FINDSTR *Findstr, PCWSTR Line)
{
    BOOLEAN Found = FALSE;
    for (ULONG i = 0; i < Findstr->Count && !Found; i++)
        Found = ShFindRegex(Findstr->Regexes[i], Line);
    return Found != Findstr->Without;
}

static BOOLEAN ShellIsPrintable(PCWSTR Text)
{
    while (*Text >= L' ' || (*Text && wcschr(L"\t\r\n\f\b", *Text)))
        Text++;
    return !*Text;
}

// Offsets count characters.
static VOID ShellFindstrShow(const SHELL_FINDSTR *Findstr, PCWSTR Name, ULONG Number, SIZE_T Offset,
                             PCWSTR Line)
{
    SH_TEXT Front = {};
    if (Findstr->Titles)
        ShAppendFormat(&Front, L"%ws:", Name);
    if (Findstr->Numbers)
        ShAppendFormat(&Front, L"%lu:", Number);
    if (Findstr->Offsets)
        ShAppendFormat(&Front, L"%llu:", (ULONGLONG)Offset);
    ShPrint(L"%ws%ws\n", ShString(&Front), Line);
    ShFreeText(&Front);
}

static BOOLEAN ShellFindstrText(const SHELL_FINDSTR *Findstr, PCWSTR Name, PCWSTR Text)
{
    SH_TEXT Line = {};
    PCWSTR Rest = Text;
    BOOLEAN Found = FALSE;
    if (Findstr->Printable && !ShellIsPrintable(Text))
        return FALSE;
    for (ULONG Number = 1; !ShIsInterrupted(Findstr->Shell); Number++) {
        SIZE_T Offset = (SIZE_T)(Rest - Text);
        if (!ShellNextLine(&Rest, &Line))
            break;
        if (!ShellFindstrMatches(Findstr, ShString(&Line)))
            continue;
        Found = TRUE;
        if (Findstr->Names)
            break;
        ShellFindstrShow(Findstr, Name, Number, Offset, ShString(&Line));
    }
    if (Found && Findstr->Names)
        ShPrint(L"%ws\n", Name);
    ShFreeText(&Line);
    return Found;
}

static BOOLEAN ShellFindstrFile(const SHELL_FINDSTR *Findstr, PCWSTR Path)
{
    SH_TEXT Text = {};
    NTSTATUS Status = SysReadFile(Path, &Text);
    BOOLEAN Found = NT_SUCCESS(Status) && ShellFindstrText(Findstr, Path, ShString(&Text));
    if (!NT_SUCCESS(Status))
        ShReportStatus(Path, Status);
    ShFreeText(&Text);
    return Found;
}

static BOOLEAN ShellFindstrFiles(SHELL_FINDSTR *Findstr)
{
    SHELL_ENTRIES Entries = {};
    SHELL_FILTER All = {};
    BOOLEAN Found = FALSE;
    ULONG Take = ShellTakeFiles | (Findstr->Below ? ShellTakeBelow : 0u);
    Findstr->Titles = Findstr->Below || Findstr->Files.Count > 1;
    for (ULONG i = 0; i < Findstr->Files.Count; i++) {
        Findstr->Titles |= ShIsPattern(Findstr->Files.Values[i]);
        NTSTATUS Status = ShellCollect(Findstr->Files.Values[i], Take, &All, &Entries);
        if (!NT_SUCCESS(Status))
            ShPrintError(L"FINDSTR: Cannot open %ws\n", Findstr->Files.Values[i]);
    }
    for (ULONG i = 0; i < Entries.Count && !ShIsInterrupted(Findstr->Shell); i++)
        Found |= ShellFindstrFile(Findstr, Entries.Values[i].Path);
    ShellFreeEntries(&Entries);
    return Found;
}

static BOOLEAN ShellFindstrInput(const SHELL_FINDSTR *Findstr)
{
    SH_TEXT Text = {};
    NTSTATUS Status = SysReadRest(&Text);
    BOOLEAN Found =
        NT_SUCCESS(Status) && ShellFindstrText(Findstr, L"(standard input)", ShString(&Text));
    if (!NT_SUCCESS(Status))
        ShReportStatus(L"", Status);
    ShFreeText(&Text);
    return Found;
}

ULONG ShellDoFindstr(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_FINDSTR Findstr = {.Shell = Shell};
    ULONG Result = 2;
    if (ShellFindstrWords(Words, &Findstr)) {
        ShellFindstrPrepare(&Findstr);
        Result = !(Findstr.FilesGiven ? ShellFindstrFiles(&Findstr) : ShellFindstrInput(&Findstr));
    } else {
        ShPrintError(L"FINDSTR: Bad command line\n");
    }
    for (ULONG i = 0; i < Findstr.Count; i++)
        ShFreeRegex(Findstr.Regexes[i]);
    SysFree((PVOID)Findstr.Regexes);
    ShFreeWords(&Findstr.Texts);
    ShFreeWords(&Findstr.Patterns);
    ShFreeWords(&Findstr.Files);
    return Result;
}
