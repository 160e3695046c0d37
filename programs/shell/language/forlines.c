// for /f: the words of lines from files, from a string, or from what a command writes.

#include "languagep.h"

enum { ShMaximumTokens = 52 };

typedef struct _SH_LINES {
    BOOLEAN BackQuotes;
    WCHAR Comment; // lines that begin with it are left out
    LONG Skip;
    SH_TEXT Delimiters;
    ULONGLONG Tokens; // bit n: token n + 1 is wanted
    BOOLEAN Rest;     // the last variable gets what follows the tokens
} SH_LINES, *PSH_LINES;

// ---- Options: "eol=c skip=n delims=xxx tokens=1,3-5,*  usebackq"

static PCWSTR ShpParseTokens(PCWSTR Text, PSH_LINES Lines)
{
    Lines->Tokens = 0;
    while (*Text && *Text != L' ') {
        PWSTR End = (PWSTR)Text + 1;
        if (*Text == L'*') {
            Lines->Rest = TRUE;
        } else if (*Text >= L'0' && *Text <= L'9') {
            ULONG First = wcstoul(Text, &End, 10), Last = First;
            if (*End == L'-')
                Last = wcstoul(End + 1, &End, 10);
            for (ULONG i = max(First, 1); i <= Last && i <= ShMaximumTokens; i++)
                Lines->Tokens |= 1ULL << (i - 1);
        }
        Text = End;
    }
    return Text;
}

// The delimiters go up to the next blank; when they come last, blanks can be among them.
static PCWSTR ShpParseDelimiters(PCWSTR Text, PSH_LINES Lines)
{
    PCWSTR End = Text;
    while (*End && *End != L' ')
        End++;
    PCWSTR Next = End;
    while (*Next == L' ')
        Next++;
    if (!*Next)
        End = Next;
    ShFreeText(&Lines->Delimiters);
    ShAppend(&Lines->Delimiters, Text, (SIZE_T)(End - Text));
    return End;
}

static PCWSTR ShpParseOption(PCWSTR Text, PSH_LINES Lines)
{
    PWSTR End;
    if (!_wcsnicmp(Text, L"usebackq", 8)) {
        Lines->BackQuotes = TRUE;
        return Text + 8;
    }
    if (!_wcsnicmp(Text, L"tokens=", 7))
        return ShpParseTokens(Text + 7, Lines);
    if (!_wcsnicmp(Text, L"delims=", 7))
        return ShpParseDelimiters(Text + 7, Lines);
    if (!_wcsnicmp(Text, L"skip=", 5)) {
        Lines->Skip = wcstol(Text + 5, &End, 0);
        return End;
    }
    if (!_wcsnicmp(Text, L"eol=", 4)) {
        Lines->Comment = Text[4];
        return Text[4] ? Text + 5 : Text + 4;
    }
    return nullptr;
}

static BOOLEAN ShpParseOptions(PSHELL Shell, PCWSTR Options, PSH_LINES Lines)
{
    SH_TEXT Text = {};
    *Lines = (SH_LINES){.Comment = L';', .Tokens = 1};
    ShAppendString(&Lines->Delimiters, L" \t");
    BOOLEAN Good = !Options || ShpExpandText(Shell, Options, &Text);
    for (PCWSTR At = ShString(&Text); Good && *At;) {
        if (*At == L' ') {
            At++;
            continue;
        }
        PCWSTR Next = ShpParseOption(At, Lines);
        if (!Next)
            ShpSyntaxError(Shell, At);
        Good = Next != nullptr;
        At = Next;
    }
    ShFreeText(&Text);
    return Good;
}

// ---- One line

// Variables follow the loop's own in the order of their characters.
static ULONG ShpRunWithTokens(PSHELL Shell, const SH_NODE *Node, const SH_WORDS *Words)
{
    SH_VARIABLE Variables[ShMaximumTokens + 1];
    PSH_VARIABLE Outer = Shell->Variables;
    for (ULONG i = 0; i < Words->Count; i++) {
        Variables[i] = (SH_VARIABLE){
            .Next = Shell->Variables,
            .Name = (WCHAR)(Node->For.Variable + i),
            .Value = Words->Values[i],
        };
        Shell->Variables = &Variables[i];
    }
    ShpShowCommand(Shell, Node->For.Do);
    ULONG Result = ShpExecute(Shell, Node->For.Do);
    Shell->Variables = Outer;
    return Result;
}

static PCWSTR ShpSkipDelimiters(PCWSTR Text, PCWSTR Delimiters)
{
    while (*Text && wcschr(Delimiters, *Text))
        Text++;
    return Text;
}

// FALSE: the line holds nothing, or a comment. A delimiter as the comment's character means none, as it never begins a
// line.
static BOOLEAN ShpCutLine(PCWSTR Line, const SH_LINES *Lines, PSH_WORDS Words)
{
    PCWSTR Delimiters = ShString(&Lines->Delimiters);
    PCWSTR At = ShpSkipDelimiters(Line, Delimiters);
    if (!*At || *At == Lines->Comment)
        return FALSE;
    ULONGLONG Wanted = Lines->Tokens;
    for (; Wanted; Wanted >>= 1) {
        PCWSTR Start = At;
        while (*At && !wcschr(Delimiters, *At))
            At++;
        if (Wanted & 1)
            ShAddWord(Words, Start, (SIZE_T)(At - Start));
        At = ShpSkipDelimiters(At, Delimiters);
    }
    if (Lines->Rest)
        ShAddWord(Words, At, wcslen(At));
    return TRUE;
}

static ULONG ShpRunLineBody(PSHELL Shell, const SH_NODE *Node, PCWSTR Line, PSH_LINES Lines)
{
    if (Lines->Skip > 0) {
        Lines->Skip--;
        return 0;
    }
    SH_WORDS Words = {};
    ULONG Result = 0;
    if (ShpCutLine(Line, Lines, &Words))
        Result = ShpRunWithTokens(Shell, Node, &Words);
    ShFreeWords(&Words);
    return Result;
}

static ULONG ShpLoopOverText(PSHELL Shell, const SH_NODE *Node, PCWSTR Text, PSH_LINES Lines)
{
    ULONG Result = 0;
    while (*Text && !ShpMustLeave(Shell)) {
        PCWSTR End = wcschr(Text, L'\n');
        PCWSTR Next = End ? End + 1 : Text + wcslen(Text);
        SIZE_T Length = (SIZE_T)((End ? End : Next) - Text);
        if (Length && Text[Length - 1] == L'\r')
            Length--;
        PWSTR Line = ShCopy(Text, Length);
        Result = ShpRunLineBody(Shell, Node, Line, Lines);
        SysFree(Line);
        Text = Next;
    }
    return Result;
}

// ---- Where lines come from

static ULONG ShpLoopOverFiles(PSHELL Shell, const SH_NODE *Node, PCWSTR Set, PSH_LINES Lines)
{
    SH_WORDS Files = {};
    ULONG Result = 0;
    LONG Skip = Lines->Skip;
    ShSplit(Set, ShpBlanks, &Files);
    for (ULONG i = 0; i < Files.Count && !ShpMustLeave(Shell); i++) {
        SH_TEXT Contents = {};
        ShRemoveQuotes(Files.Values[i]);
        NTSTATUS Status = SysReadFile(Files.Values[i], &Contents);
        Lines->Skip = Skip;
        if (NT_SUCCESS(Status))
            Result = ShpLoopOverText(Shell, Node, ShString(&Contents), Lines);
        else
            Result = Shell->ErrorLevel = ShReportStatus(Files.Values[i], Status);
        ShFreeText(&Contents);
    }
    ShFreeWords(&Files);
    return Result;
}

static ULONG ShpLoopOverOutput(PSHELL Shell, const SH_NODE *Node, PCWSTR Command, PSH_LINES Lines)
{
    SH_TEXT Output = {};
    ULONG Result;
    NTSTATUS Status = SysCapture(Command, &Output);
    if (NT_SUCCESS(Status))
        Result = ShpLoopOverText(Shell, Node, ShString(&Output), Lines);
    else
        Result = Shell->ErrorLevel = ShReportStatus(Command, Status);
    ShFreeText(&Output);
    return Result;
}

static BOOLEAN ShpIsBetween(const SH_TEXT *Text, WCHAR Mark)
{
    return Text->Length > 1 && Text->Buffer[0] == Mark && Text->Buffer[Text->Length - 1] == Mark;
}

ULONG ShpExecuteLines(PSHELL Shell, const SH_NODE *Node, PCWSTR Set)
{
    SH_LINES Lines;
    SH_TEXT Source = {};
    ULONG Result = 1;
    if (!ShpParseOptions(Shell, Node->For.Options, &Lines)) {
        ShFreeText(&Lines.Delimiters);
        return Result;
    }
    while (ShpIsBlank(*Set))
        Set++;
    ShAppendString(&Source, Set);
    while (Source.Length && ShpIsBlank(Source.Buffer[Source.Length - 1]))
        ShTruncate(&Source, Source.Length - 1);
    BOOLEAN String = ShpIsBetween(&Source, Lines.BackQuotes ? L'\'' : L'"');
    BOOLEAN Command = ShpIsBetween(&Source, Lines.BackQuotes ? L'`' : L'\'');
    if (String || Command)
        ShTruncate(&Source, Source.Length - 1);
    if (String)
        Result = ShpLoopOverText(Shell, Node, Source.Buffer + 1, &Lines);
    else if (Command)
        Result = ShpLoopOverOutput(Shell, Node, Source.Buffer + 1, &Lines);
    else
        Result = ShpLoopOverFiles(Shell, Node, ShString(&Source), &Lines);
    ShFreeText(&Source);
    ShFreeText(&Lines.Delimiters);
    return Result;
}
