// What Tab makes of a line: the word left of the cursor becomes the first of the names that begin so, at
// the next Tab the next of them, with Shift the one before. A word where a command stands can be one of the
// shell's own commands or a program of PATH, too.
#include "complete.h"

// ---- The word

static BOOLEAN ShpEndsWord(WCHAR Character)
{
    return Character && wcschr(L" \t,;=&|<>()", Character) != nullptr;
}

static BOOLEAN ShpBeginsCommand(WCHAR Character)
{
    return wcschr(L"&|(", Character) != nullptr;
}

typedef struct _SHP_PLACE {
    SIZE_T Start;      // of the word
    SIZE_T Command;    // of the first word of its command
    BOOLEAN IsCommand; // it is that word itself
} SHP_PLACE;

static SHP_PLACE ShpFindWord(PCWSTR Line, SIZE_T Cursor)
{
    SHP_PLACE Place = {.IsCommand = TRUE};
    BOOLEAN Quoted = FALSE, InWord = FALSE;
    for (SIZE_T i = 0; i < Cursor; i++) {
        if (Line[i] == L'"')
            Quoted = !Quoted;
        if (!Quoted && ShpEndsWord(Line[i])) {
            if (InWord)
                Place.IsCommand = FALSE;
            InWord = FALSE;
            Place.Start = i + 1;
            if (ShpBeginsCommand(Line[i]))
                Place.IsCommand = TRUE;
            else if (Line[i] == L'<' || Line[i] == L'>')
                Place.IsCommand = FALSE;
        } else if (!InWord) {
            InWord = TRUE;
            if (Place.IsCommand)
                Place.Command = i;
        }
    }
    return Place;
}

static BOOLEAN ShpWantsDirectory(PCWSTR Line, SIZE_T Command)
{
    static const PCWSTR Names[] = {L"cd", L"chdir", L"md", L"mkdir", L"pushd", L"rd", L"rmdir"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Names); i++) {
        SIZE_T Length = wcslen(Names[i]);
        if (!_wcsnicmp(Line + Command, Names[i], Length) && ShpIsBlank(Line[Command + Length]))
            return TRUE;
    }
    return FALSE;
}

// ---- The names

typedef struct _SHP_SEARCH {
    PSH_WORDS Names;
    PCWSTR Prefix; // goes before each name
    SIZE_T PrefixLength;
    BOOLEAN Directories;        // only these
    const SH_WORDS *Extensions; // only files with one of them, without it; or null
} SHP_SEARCH;

static VOID ShpAddName(PSH_WORDS Names, PCWSTR Name, SIZE_T Length)
{
    for (ULONG i = 0; i < Names->Count; i++) {
        if (wcslen(Names->Values[i]) == Length && !_wcsnicmp(Names->Values[i], Name, Length))
            return;
    }
    ShAddWord(Names, Name, Length);
}

static VOID ShpAddProgram(const SHP_SEARCH *Search, PCWSTR Name)
{
    PCWSTR Dot = wcsrchr(Name, L'.');
    for (ULONG i = 0; i < Search->Extensions->Count && Dot; i++) {
        if (!_wcsicmp(Dot, Search->Extensions->Values[i])) {
            ShpAddName(Search->Names, Name, (SIZE_T)(Dot - Name));
            return;
        }
    }
}

static BOOLEAN ShpTakeFile(PVOID Context, const SYS_FILE *File)
{
    const SHP_SEARCH *Search = Context;
    BOOLEAN IsDirectory = (File->Attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    if (!wcscmp(File->Name, L".") || !wcscmp(File->Name, L".."))
        return TRUE;
    if (Search->Extensions) {
        if (!IsDirectory)
            ShpAddProgram(Search, File->Name);
        return TRUE;
    }
    if (Search->Directories && !IsDirectory)
        return TRUE;
    SH_TEXT Name = {};
    ShAppend(&Name, Search->Prefix, Search->PrefixLength);
    ShAppendString(&Name, File->Name);
    ShpAddName(Search->Names, ShString(&Name), Name.Length);
    ShFreeText(&Name);
    return TRUE;
}

static VOID ShpFindInDirectory(SHP_SEARCH *Search, PCWSTR Directory, PCWSTR Word)
{
    SH_TEXT Pattern = {};
    ShAppendString(&Pattern, Directory);
    if (Pattern.Length && !wcschr(L"\\/:", Pattern.Buffer[Pattern.Length - 1]))
        ShAppendCharacter(&Pattern, L'\\');
    ShAppendString(&Pattern, Word);
    if (!wcspbrk(Word, L"*?"))
        ShAppendCharacter(&Pattern, L'*');
    (VOID) SysFindFiles(ShString(&Pattern), ShpTakeFile, Search);
    ShFreeText(&Pattern);
}

static VOID ShpReadList(PCWSTR Variable, PSH_WORDS Words)
{
    SH_TEXT Value = {};
    if (SysGetVariable(Variable, &Value))
        ShSplit(ShString(&Value), L";", Words);
    for (ULONG i = 0; i < Words->Count; i++)
        ShRemoveQuotes(Words->Values[i]);
    ShFreeText(&Value);
}

static VOID ShpFindCommands(PSH_WORDS Names, PCWSTR Word)
{
    SIZE_T Length = wcslen(Word);
    for (ULONG i = 0; i < ShellCommandCount; i++) {
        if (ShellCommands[i].Group != ShellPrograms &&
            !_wcsnicmp(ShellCommands[i].Name, Word, Length))
            ShpAddName(Names, ShellCommands[i].Name, wcslen(ShellCommands[i].Name));
    }
    SH_WORDS Directories = {}, Extensions = {};
    ShpReadList(L"PATH", &Directories);
    ShpReadList(L"PATHEXT", &Extensions);
    if (!Extensions.Count)
        ShAddWord(&Extensions, L".exe", 4);
    SHP_SEARCH Search = {.Names = Names, .Extensions = &Extensions};
    for (ULONG i = 0; i < Directories.Count; i++)
        ShpFindInDirectory(&Search, Directories.Values[i], Word);
    ShFreeWords(&Directories);
    ShFreeWords(&Extensions);
}

static VOID ShpSort(PSH_WORDS Words)
{
    for (ULONG i = 1; i < Words->Count; i++) {
        PWSTR Word = Words->Values[i];
        ULONG Place = i;
        for (; Place && _wcsicmp(Words->Values[Place - 1], Word) > 0; Place--)
            Words->Values[Place] = Words->Values[Place - 1];
        Words->Values[Place] = Word;
    }
}

static VOID ShpFindNames(PCWSTR Line, const SHP_PLACE *Place, PWSTR Word, PSH_WORDS Names)
{
    SIZE_T Directory = wcslen(Word);
    while (Directory && !wcschr(L"\\/:", Word[Directory - 1]))
        Directory--;
    if (Place->IsCommand && !Directory && *Word)
        ShpFindCommands(Names, Word);
    SHP_SEARCH Search = {
        .Names = Names,
        .Prefix = Word,
        .PrefixLength = Directory,
        .Directories = !Place->IsCommand && ShpWantsDirectory(Line, Place->Command),
    };
    SH_TEXT Folder = {};
    ShAppend(&Folder, Word, Directory);
    ShpFindInDirectory(&Search, ShString(&Folder), Word + Directory);
    ShFreeText(&Folder);
    ShpSort(Names);
}

// ---- The line

static VOID ShpAppendQuoted(PSH_TEXT Line, PCWSTR Name)
{
    BOOLEAN Quote = wcspbrk(Name, L" \t,;=&|<>()[]{}^!'+`~%") != nullptr;
    if (Quote)
        ShAppendCharacter(Line, L'"');
    ShAppendString(Line, Name);
    if (Quote)
        ShAppendCharacter(Line, L'"');
}

static VOID ShpBeginCompletion(PSH_COMPLETION Completion, const SH_TEXT *Line, SIZE_T Cursor)
{
    SHP_PLACE Place = ShpFindWord(ShString(Line), Cursor);
    ShEndCompletion(Completion);
    Completion->Start = Place.Start;
    PWSTR Word = ShCopy(ShString(Line) + Place.Start, Cursor - Place.Start);
    ShRemoveQuotes(Word);
    ShpFindNames(ShString(Line), &Place, Word, &Completion->Names);
    SysFree(Word);
    Completion->Index = MAXULONG;
}

static BOOLEAN ShpIsAsLeft(const SH_COMPLETION *Completion, const SH_TEXT *Line, SIZE_T Cursor)
{
    return Completion->Names.Count && Cursor == Completion->Cursor &&
           Line->Length == Completion->Line.Length &&
           !wcscmp(ShString(Line), ShString(&Completion->Line));
}

BOOLEAN ShComplete(PSH_COMPLETION Completion, PSH_TEXT Line, PSIZE_T Cursor, BOOLEAN Back)
{
    if (!ShpIsAsLeft(Completion, Line, *Cursor))
        ShpBeginCompletion(Completion, Line, *Cursor);
    ULONG Count = Completion->Names.Count;
    if (!Count)
        return FALSE;
    if (Completion->Index == MAXULONG)
        Completion->Index = Back ? Count - 1 : 0;
    else
        Completion->Index = (Completion->Index + (Back ? Count - 1 : 1)) % Count;

    SH_TEXT New = {};
    ShAppend(&New, ShString(Line), Completion->Start);
    ShpAppendQuoted(&New, Completion->Names.Values[Completion->Index]);
    SIZE_T End = New.Length;
    ShAppendString(&New, ShString(Line) + *Cursor);
    *Cursor = Completion->Cursor = End;
    ShTruncate(Line, 0);
    ShAppendString(Line, ShString(&New));
    ShFreeText(&Completion->Line);
    Completion->Line = New;
    return TRUE;
}

VOID ShEndCompletion(PSH_COMPLETION Completion)
{
    ShFreeWords(&Completion->Names);
    ShFreeText(&Completion->Line);
    *Completion = (SH_COMPLETION){};
}
