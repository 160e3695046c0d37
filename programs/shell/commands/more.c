// more: text page by page, where someone looks; elsewhere it comes as it is.

#include "filep.h"

typedef struct _SHELL_MORE {
    PSHELL Shell;
    BOOLEAN Clear, FormFeeds, Squeeze;
    ULONG Tab, First; // columns of a tab, 0: as the console has it; lines that are not shown
    // Of the file that is being shown
    PCWSTR Text, Rest;
    SIZE_T Length;
    ULONG Line;
    BOOLEAN WasBlank;
    // Of the screen
    BOOLEAN Paged, NextFile, Stopped;
    ULONG Columns, Page;
    ULONG Left; // rows until the next question
    ULONG Skip; // lines that are passed over
} SHELL_MORE;

// ---- The question. Keys come from the console, for the standard input may be what is shown.

// Digits up to Enter, or to anything else.
static ULONG ShellReadCount(PCWSTR Question)
{
    ULONG Count = 0;
    WCHAR Key;
    ShPrint(L"%ws", Question);
    while (NT_SUCCESS(SysReadKey(&Key)) && Key >= L'0' && Key <= L'9' && Count < 1000000) {
        ShPrint(L"%lc", Key);
        Count = 10 * Count + (Key - L'0');
    }
    return Count;
}

static VOID ShellMoreHelp(VOID)
{
    ShPrint(L"\rSpace  the next page      Enter  the next line     Q  ends\n"
            L"P n    the next n lines   S n    skips n lines     F  the next file    "
            L"=  the line's number\n");
}

static VOID ShellShowMorePrompt(const SHELL_MORE *More)
{
    ULONG Percent =
        More->Length ? (ULONG)((SIZE_T)(More->Rest - More->Text) * 100 / More->Length) : 0;
    ShPrint(L"-- More (%lu%%) --", Percent);
}

// FALSE: the key is none that does something.
static BOOLEAN ShellMoreKey(SHELL_MORE *More, WCHAR Key)
{
    switch (towlower(Key)) {
    case L' ':
        More->Left = More->Page;
        break;
    case L'\r':
        More->Left = 1;
        break;
    case L'p':
        More->Left = ShellReadCount(L" Lines: ");
        break;
    case L's':
        More->Skip = ShellReadCount(L" Lines: ");
        More->Left = More->Page;
        break;
    case L'f':
        More->NextFile = TRUE;
        break;
    case L'=':
        ShPrint(L" [Line: %lu] ", More->Line);
        return FALSE;
    case L'?':
    case L'h':
        ShellMoreHelp();
        ShellShowMorePrompt(More);
        return FALSE;
    case L'q':
    case 3: // Ctrl-C
    case 27:
        More->Stopped = TRUE;
        break;
    default:
        return FALSE;
    }
    return TRUE;
}

static VOID ShellAskForMore(SHELL_MORE *More)
{
    PVOID Saved;
    WCHAR Key;
    ShellShowMorePrompt(More);
    if (!NT_SUCCESS(SysRedirectStream(SysInput, SysRead, L"CON", 0, &Saved))) {
        More->Left = More->Page;
        return;
    }
    NTSTATUS Status;
    do
        Status = SysReadKey(&Key);
    while (NT_SUCCESS(Status) && !ShellMoreKey(More, Key));
    More->Stopped |= !NT_SUCCESS(Status);
    SysRestoreStream(SysInput, Saved);
    ShPrint(L"\r%40ws\r", L"");
    if (More->Clear && !More->Stopped)
        ShellClearScreen();
}

// ---- Lines

static VOID ShellExpandTabs(PCWSTR Line, ULONG Tab, PSH_TEXT Expanded)
{
    for (; *Line; Line++) {
        if (*Line != L'\t') {
            ShAppendCharacter(Expanded, *Line);
            continue;
        }
        do
            ShAppendCharacter(Expanded, L' ');
        while (Expanded->Length % Tab);
    }
}

static VOID ShellMoreLine(SHELL_MORE *More, PCWSTR Line)
{
    SH_TEXT Shown = {};
    ShellExpandTabs(Line, More->Tab ? More->Tab : 8, &Shown);
    ULONG Rows = max(1u, (ULONG)((Shown.Length + More->Columns - 1) / More->Columns));
    if (More->Paged && More->Left < Rows)
        ShellAskForMore(More);
    if (!More->Stopped && !More->NextFile && !More->Skip) {
        ShPrint(L"%ws\n", More->Tab ? ShString(&Shown) : Line);
        More->Left -= min(More->Left, Rows);
    }
    if (More->Skip)
        More->Skip--;
    ShFreeText(&Shown);
}

static VOID ShellMoreText(SHELL_MORE *More)
{
    SH_TEXT Line = {};
    while (!More->Stopped && !More->NextFile && !ShIsInterrupted(More->Shell) &&
           ShellNextLine(&More->Rest, &Line)) {
        PCWSTR At = ShString(&Line);
        BOOLEAN Blank = !At[wcsspn(At, L" \t")];
        BOOLEAN Doubled = More->Squeeze && Blank && More->WasBlank;
        More->WasBlank = Blank;
        More->Line++;
        if (More->Line <= More->First || Doubled)
            continue;
        if (More->FormFeeds && *At == L'\f') {
            More->Left = 0;
            At++;
        }
        ShellMoreLine(More, At);
    }
    ShFreeText(&Line);
}

static BOOLEAN ShellMoreFile(SHELL_MORE *More, const SH_WORDS *File)
{
    SH_TEXT Text = {};
    BOOLEAN Good = ShellReadInput(File, &Text);
    More->Text = More->Rest = ShString(&Text);
    More->Length = Text.Length;
    More->Line = 0;
    More->NextFile = More->WasBlank = FALSE;
    if (Good)
        ShellMoreText(More);
    ShFreeText(&Text);
    return Good;
}

// ---- The command line

static BOOLEAN ShellMoreSwitch(PCWSTR Word, SHELL_MORE *More)
{
    LONG Number;
    if (Word[0] == L'+' && ShParseNumber(Word + 1, &Number) && Number >= 0)
        More->First = (ULONG)max(Number, 1) - 1;
    else if (ShIsSwitch(Word, L"c", nullptr))
        More->Clear = TRUE;
    else if (ShIsSwitch(Word, L"p", nullptr))
        More->FormFeeds = TRUE;
    else if (ShIsSwitch(Word, L"s", nullptr))
        More->Squeeze = TRUE;
    else if (!_wcsnicmp(Word, L"/t", 2) && ShParseNumber(Word + 2, &Number) && Number > 0 &&
             Number < 100)
        More->Tab = (ULONG)Number;
    else // all keys are known anyway
        return ShIsSwitch(Word, L"e", nullptr);
    return TRUE;
}

ULONG ShellDoMore(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_MORE More = {
        .Shell = Shell,
        .Paged = SysIsConsole(SysOutput),
        .Columns = SysScreenColumns(),
        .Page = SysScreenRows() - 1,
    };
    SH_WORDS Files = {}, Names = {};
    ULONG Result = 0;
    More.Left = More.Page;
    for (ULONG i = 0; i < Words->Count && !Result; i++) {
        PCWSTR Word = Words->Values[i];
        if (Word[0] != L'/' && Word[0] != L'+')
            ShAddWord(&Files, Word, wcslen(Word));
        else if (!ShellMoreSwitch(Word, &More))
            Result = ShWrongUsage;
    }
    ShellExpandNames(&Files, 0, &Names);
    if (!Result && More.Clear && More.Paged)
        ShellClearScreen();
    for (ULONG i = 0; !Result && !More.Stopped && (i < Names.Count || !i); i++) {
        SH_WORDS One = {};
        if (Names.Count)
            One = (SH_WORDS){.Count = 1, .Values = &Names.Values[i]};
        Result = !ShellMoreFile(&More, &One);
    }
    ShFreeWords(&Names);
    ShFreeWords(&Files);
    return Result;
}
