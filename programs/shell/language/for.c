// Loops over words, files, directories and numbers.

#include "languagep.h"

static ULONG ShpRunBody(PSHELL Shell, const SH_NODE *Node, PCWSTR Value)
{
    SH_VARIABLE Variable = {.Next = Shell->Variables, .Name = Node->For.Variable, .Value = Value};
    Shell->Variables = &Variable;
    ShpShowCommand(Shell, Node->For.Do);
    ULONG Result = ShpExecute(Shell, Node->For.Do);
    Shell->Variables = Variable.Next;
    return Result;
}

// ---- Files

typedef struct _SH_FOUND {
    BOOLEAN Directories; // these, or everything else
    PCWSTR Pattern;      // its directory is put in front of each name
    SH_WORDS Words;
} SH_FOUND, *PSH_FOUND;

// All are collected before the body runs, which may change the directory.
static BOOLEAN ShpCollect(PVOID Context, const SYS_FILE *File)
{
    PSH_FOUND Found = Context;
    BOOLEAN Directory = (File->Attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    if (Directory != Found->Directories || !wcscmp(File->Name, L".") || !wcscmp(File->Name, L".."))
        return TRUE;
    PCWSTR Slash = wcsrchr(Found->Pattern, L'\\');
    PCWSTR Colon = wcsrchr(Found->Pattern, L':');
    PCWSTR Front = Slash ? Slash + 1 : Colon ? Colon + 1 : Found->Pattern;
    SH_TEXT Path = {};
    ShAppend(&Path, Found->Pattern, (SIZE_T)(Front - Found->Pattern));
    ShAppendString(&Path, File->Name);
    ShAddWord(&Found->Words, ShString(&Path), Path.Length);
    ShFreeText(&Path);
    return TRUE;
}

static VOID ShpExpandPattern(PCWSTR Word, BOOLEAN Directories, PSH_WORDS Words)
{
    PWSTR Pattern = ShCopy(Word, wcslen(Word));
    ShRemoveQuotes(Pattern);
    SH_FOUND Found = {.Directories = Directories, .Pattern = Pattern, .Words = *Words};
    SysFindFiles(Pattern, ShpCollect, &Found);
    *Words = Found.Words;
    SysFree(Pattern);
}

// Words without wildcards stand for themselves, whether such a file exists or not.
static VOID ShpExpandSet(PCWSTR Set, BOOLEAN Directories, PSH_WORDS Words)
{
    SH_WORDS Given = {};
    ShSplit(Set, ShpBlanks, &Given);
    for (ULONG i = 0; i < Given.Count; i++) {
        if (wcspbrk(Given.Values[i], L"*?"))
            ShpExpandPattern(Given.Values[i], Directories, Words);
        else
            ShAddWord(Words, Given.Values[i], wcslen(Given.Values[i]));
    }
    ShFreeWords(&Given);
}

static ULONG ShpLoopOverWords(PSHELL Shell, const SH_NODE *Node, const SH_WORDS *Words)
{
    ULONG Result = 0;
    for (ULONG i = 0; i < Words->Count && !ShpMustLeave(Shell); i++)
        Result = ShpRunBody(Shell, Node, Words->Values[i]);
    return Result;
}

static ULONG ShpLoopOverSet(PSHELL Shell, const SH_NODE *Node, PCWSTR Set)
{
    SH_WORDS Words = {};
    ShpExpandSet(Set, Node->For.Loop == ShLoopDirectories, &Words);
    ULONG Result = ShpLoopOverWords(Shell, Node, &Words);
    ShFreeWords(&Words);
    return Result;
}

// ---- A tree of directories

static VOID ShpJoin(PCWSTR Directory, PCWSTR Name, PSH_TEXT Path)
{
    ShAppendString(Path, Directory);
    if (Path->Length && Path->Buffer[Path->Length - 1] != L'\\')
        ShAppendCharacter(Path, L'\\');
    ShAppendString(Path, Name);
}

static ULONG ShpVisitDirectory(PSHELL Shell, const SH_NODE *Node, PCWSTR Directory,
                               const SH_WORDS *Set)
{
    BOOLEAN Directories = Node->For.Directories;
    SH_WORDS Words = {};
    for (ULONG i = 0; i < Set->Count; i++) {
        SH_TEXT Path = {};
        ShpJoin(Directory, Set->Values[i], &Path);
        if (!wcspbrk(Set->Values[i], L"*?"))
            ShAddWord(&Words, ShString(&Path), Path.Length);
        else
            ShpExpandPattern(ShString(&Path), Directories, &Words);
        ShFreeText(&Path);
    }
    ULONG Result = ShpLoopOverWords(Shell, Node, &Words);
    ShFreeWords(&Words);
    return Result;
}

static ULONG ShpLoopOverTree(PSHELL Shell, const SH_NODE *Node, PCWSTR Set)
{
    SH_WORDS Directories = {}, Words = {};
    SH_TEXT Root = {}, Full = {};
    ULONG Result = 0;
    if (Node->For.Options)
        ShpExpandText(Shell, Node->For.Options, &Root);
    if (!Root.Length || !NT_SUCCESS(SysFullPath(ShString(&Root), &Full)))
        SysCurrentDirectory(&Full);
    ShAddWord(&Directories, ShString(&Full), Full.Length);
    ShSplit(Set, ShpBlanks, &Words);
    for (ULONG i = 0; i < Words.Count; i++)
        ShRemoveQuotes(Words.Values[i]);
    for (ULONG i = 0; i < Directories.Count && !ShpMustLeave(Shell); i++) {
        SH_TEXT Pattern = {};
        Result = ShpVisitDirectory(Shell, Node, Directories.Values[i], &Words);
        ShpJoin(Directories.Values[i], L"*", &Pattern);
        ShpExpandPattern(ShString(&Pattern), TRUE, &Directories);
        ShFreeText(&Pattern);
    }
    ShFreeText(&Full);
    ShFreeText(&Root);
    ShFreeWords(&Words);
    ShFreeWords(&Directories);
    return Result;
}

// ---- Numbers: (start,step,end)

static ULONG ShpLoopOverNumbers(PSHELL Shell, const SH_NODE *Node, PCWSTR Set)
{
    LONG Numbers[3] = {};
    SH_WORDS Words = {};
    ULONG Result = 0;
    ShSplit(Set, ShpBlanks, &Words);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Numbers) && i < Words.Count; i++)
        ShParseNumber(Words.Values[i], &Numbers[i]);
    ShFreeWords(&Words);
    LONGLONG Step = Numbers[1], End = Numbers[2];
    for (LONGLONG i = Numbers[0]; (Step < 0 ? i >= End : i <= End) && !ShpMustLeave(Shell);
         i += Step) {
        WCHAR Value[24];
        _snwprintf(Value, RTL_NUMBER_OF(Value), L"%lld", i);
        Result = ShpRunBody(Shell, Node, Value);
    }
    return Result;
}

ULONG ShpExecuteFor(PSHELL Shell, const SH_NODE *Node)
{
    static ULONG (*const Loops[])(PSHELL Shell, const SH_NODE *Node, PCWSTR Set) = {
        [ShLoopFiles] = ShpLoopOverSet,  [ShLoopDirectories] = ShpLoopOverSet,
        [ShLoopTree] = ShpLoopOverTree,  [ShLoopNumbers] = ShpLoopOverNumbers,
        [ShLoopLines] = ShpExecuteLines,
    };
    SH_TEXT Set = {};
    ULONG Result = 1;
    if (ShpExpandText(Shell, Node->For.Set, &Set))
        Result = Loops[Node->For.Loop](Shell, Node, ShString(&Set));
    ShFreeText(&Set);
    return Result;
}
