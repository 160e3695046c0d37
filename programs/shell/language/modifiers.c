// %~dpnx1 and its like: parts of the path that an argument or a for variable names.

#include "languagep.h"

static const WCHAR ShpLetters[] = L"fdpnxsatz";

enum {
    ShFull = 1 << 0,
    ShDrive = 1 << 1,
    ShPath = 1 << 2,
    ShName = 1 << 3,
    ShExtension = 1 << 4,
    ShShort = 1 << 5, // short names do not exist here: the same path
    ShAttributes = 1 << 6,
    ShTime = 1 << 7,
    ShSize = 1 << 8,
    ShPathParts = ShFull | ShDrive | ShPath | ShName | ShExtension | ShShort,
    ShAllParts = ShDrive | ShPath | ShName | ShExtension,
};

static VOID ShpAppendAttributes(ULONG Attributes, PSH_TEXT Out)
{
    static const struct {
        ULONG Attribute;
        WCHAR Letter;
    } Letters[] = {
        {FILE_ATTRIBUTE_DIRECTORY, L'd'},     {FILE_ATTRIBUTE_READONLY, L'r'},
        {FILE_ATTRIBUTE_ARCHIVE, L'a'},       {FILE_ATTRIBUTE_HIDDEN, L'h'},
        {FILE_ATTRIBUTE_SYSTEM, L's'},        {FILE_ATTRIBUTE_COMPRESSED, L'c'},
        {FILE_ATTRIBUTE_OFFLINE, L'o'},       {FILE_ATTRIBUTE_TEMPORARY, L't'},
        {FILE_ATTRIBUTE_REPARSE_POINT, L'l'},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Letters); i++)
        ShAppendCharacter(Out, Attributes & Letters[i].Attribute ? Letters[i].Letter : L'-');
}

static VOID ShpAppendFileFacts(ULONG Modifiers, PCWSTR Path, PSH_TEXT Out)
{
    SYS_FILE File;
    if (!NT_SUCCESS(SysQueryFile(Path, &File)))
        return;
    SIZE_T Start = Out->Length;
    if (Modifiers & ShAttributes)
        ShpAppendAttributes(File.Attributes, Out);
    if (Modifiers & ShTime) {
        TIME_FIELDS Time;
        SysFileTime(&File.Time, &Time);
        ShAppendFormat(
            Out, Out->Length > Start ? L" %04d-%02d-%02d %02d:%02d" : L"%04d-%02d-%02d %02d:%02d",
            Time.Year, Time.Month, Time.Day, Time.Hour, Time.Minute);
    }
    if (Modifiers & ShSize)
        ShAppendFormat(Out, Out->Length > Start ? L" %llu" : L"%llu", File.Size);
    if (Modifiers & ShPathParts)
        ShAppendCharacter(Out, L' ');
}

static VOID ShpAppendPathParts(ULONG Modifiers, PCWSTR Full, PSH_TEXT Out)
{
    if (!(Modifiers & ShAllParts))
        Modifiers |= ShAllParts;
    PCWSTR Path = Full[0] && Full[1] == L':' ? Full + 2 : Full;
    PCWSTR Slash = wcsrchr(Path, L'\\');
    PCWSTR Name = Slash ? Slash + 1 : Path;
    PCWSTR Dot = wcsrchr(Name, L'.');
    PCWSTR Extension = Dot ? Dot : Name + wcslen(Name);
    if (Modifiers & ShDrive)
        ShAppend(Out, Full, (SIZE_T)(Path - Full));
    if (Modifiers & ShPath)
        ShAppend(Out, Path, (SIZE_T)(Name - Path));
    if (Modifiers & ShName)
        ShAppend(Out, Name, (SIZE_T)(Extension - Name));
    if (Modifiers & ShExtension)
        ShAppendString(Out, Extension);
}

// $NAME: the value is looked for in the directories of a variable. Nothing: it is not there.
static BOOLEAN ShpSearch(PSHELL Shell, PCWSTR Variable, SIZE_T Length, PCWSTR Value, PSH_TEXT Found)
{
    SH_TEXT Directories = {};
    SH_WORDS Words = {};
    SYS_FILE File;
    BOOLEAN Done = FALSE;
    ShpGetVariable(Shell, Variable, Length, &Directories);
    ShSplit(ShString(&Directories), L";", &Words);
    for (ULONG i = 0; i < Words.Count && !Done; i++) {
        ShFreeText(Found);
        ShAppendString(Found, Words.Values[i]);
        if (Found->Length && Found->Buffer[Found->Length - 1] != L'\\')
            ShAppendCharacter(Found, L'\\');
        ShAppendString(Found, Value);
        Done = NT_SUCCESS(SysQueryFile(ShString(Found), &File));
    }
    ShFreeWords(&Words);
    ShFreeText(&Directories);
    return Done;
}

static VOID ShpAppendModified(ULONG Modifiers, PCWSTR Value, PSH_TEXT Out)
{
    if (!Modifiers || !*Value) {
        ShAppendString(Out, Value);
        return;
    }
    SH_TEXT Full = {};
    if (!NT_SUCCESS(SysFullPath(Value, &Full)))
        ShAppendString(&Full, Value);
    if (Modifiers & ~ShPathParts)
        ShpAppendFileFacts(Modifiers, ShString(&Full), Out);
    if (Modifiers & ShPathParts)
        ShpAppendPathParts(Modifiers, ShString(&Full), Out);
    ShFreeText(&Full);
}

static PWSTR ShpUnquoted(PCWSTR Value)
{
    SIZE_T Length = wcslen(Value);
    if (Length && Value[0] == L'"') {
        Value++;
        Length--;
    }
    if (Length && Value[Length - 1] == L'"')
        Length--;
    return ShCopy(Value, Length);
}

typedef struct _SH_MODIFIERS {
    ULONG Parts;
    PCWSTR Variable; // of $NAME:, or null
    SIZE_T VariableLength;
    SIZE_T Used;
    PCWSTR Value;
} SH_MODIFIERS;

// A name can be a letter that is a modifier, too: the longest reading that ends in a name counts.
static BOOLEAN ShpReadModifiers(PSHELL Shell, PCWSTR Text, SH_FIND_VALUE *Find, SH_MODIFIERS *Best)
{
    SH_MODIFIERS Now = {};
    *Best = Now;
    for (SIZE_T i = 0; Text[i]; i++) {
        Now.Value = Find(Shell, Text[i], Now.Parts != 0);
        if (Now.Value) {
            *Best = Now;
            Best->Used = i + 1;
        }
        PCWSTR Letter = wcschr(ShpLetters, (WCHAR)towlower(Text[i]));
        if (Letter) {
            Now.Parts |= 1u << (Letter - ShpLetters);
            continue;
        }
        PCWSTR Colon = Text[i] == L'$' ? wcschr(Text + i, L':') : nullptr;
        if (!Colon)
            break;
        Now.Variable = Text + i + 1;
        Now.VariableLength = (SIZE_T)(Colon - Now.Variable);
        i = (SIZE_T)(Colon - Text);
    }
    return Best->Value != nullptr;
}

SIZE_T ShpExpandModified(PSHELL Shell, PCWSTR Text, SH_FIND_VALUE *Find, PSH_TEXT Out)
{
    SH_MODIFIERS Modifiers;
    if (!ShpReadModifiers(Shell, Text, Find, &Modifiers))
        return 0;
    PWSTR Value = ShpUnquoted(Modifiers.Value);
    if (!Modifiers.Variable) {
        ShpAppendModified(Modifiers.Parts, Value, Out);
    } else {
        SH_TEXT Found = {};
        if (ShpSearch(Shell, Modifiers.Variable, Modifiers.VariableLength, Value, &Found))
            ShpAppendModified(Modifiers.Parts ? Modifiers.Parts : ShFull, ShString(&Found), Out);
        ShFreeText(&Found);
    }
    SysFree(Value);
    return Modifiers.Used;
}
