// Commands back to text: to be shown, or to be run by another shell.

#include "languagep.h"

// For another parser, each character that could mean something gets a caret, quotation marks too: so it
// does not matter which of them opened a quotation. In words, blanks get one as well.
static VOID ShpAppendEscaped(PCWSTR Text, BOOLEAN IsWord, PSH_TEXT Out)
{
    for (; *Text; Text++) {
        if (wcschr(L"^&|<>()@\"", *Text) || (IsWord && ShpIsBlank(*Text)))
            ShAppendCharacter(Out, L'^');
        ShAppendCharacter(Out, *Text);
    }
}

static VOID ShpFormatText(PSHELL Shell, PCWSTR Text, BOOLEAN IsWord, SH_FORMAT Format, PSH_TEXT Out)
{
    if (Format == ShFormatShow) {
        ShpExpandForVariables(Shell, Text, Out);
        return;
    }
    SH_TEXT Expanded = {};
    ShpExpandForVariables(Shell, Text, &Expanded);
    ShpAppendEscaped(ShString(&Expanded), IsWord, Out);
    ShFreeText(&Expanded);
}

static BOOLEAN ShpStartsWith(PCWSTR Text, PCWSTR Word)
{
    SIZE_T Length = wcslen(Word);
    return !_wcsnicmp(Text, Word, Length) && !iswalnum(Text[Length]);
}

// A remark would swallow what is put behind it. Where a command begins, a word, a colon or a blank can have
// been taken for a name because of a caret.
static VOID ShpFormatSimple(PSHELL Shell, PCWSTR Text, SH_FORMAT Format, PSH_TEXT Out)
{
    BOOLEAN Parsed = Format == ShFormatParsed;
    if (Parsed && ShpStartsWith(Text, L"rem")) {
        ShAppendString(Out, L"rem");
        return;
    }
    SIZE_T Start = Out->Length;
    ShpFormatText(Shell, Text, FALSE, Format, Out);
    PCWSTR Written = ShString(Out) + Start;
    if (!Parsed || (*Written != L':' && !ShpIsBlank(*Written) && !ShpStartsWith(Written, L"if") &&
                    !ShpStartsWith(Written, L"for") && !ShpStartsWith(Written, L"rem")))
        return;
    PWSTR Copy = ShCopy(Written, Out->Length - Start);
    ShTruncate(Out, Start);
    ShAppendFormat(Out, L"^%ws", Copy);
    SysFree(Copy);
}

static VOID ShpFormatRedirections(PSHELL Shell, PSH_REDIRECTION Redirection, SH_FORMAT Format,
                                  PSH_TEXT Out)
{
    static const PCWSTR Signs[] = {
        [SysRead] = L"<", [SysWriteNew] = L">", [SysAppend] = L">>", [SysDuplicate] = L">&"};
    for (; Redirection; Redirection = Redirection->Next) {
        ShAppendFormat(Out, Format == ShFormatShow ? L" %lu%ws" : L"%lu%ws", Redirection->Stream,
                       Signs[Redirection->Kind]);
        if (Redirection->Kind == SysDuplicate)
            ShAppendFormat(Out, L"%lu", Redirection->Source);
        else
            ShpFormatText(Shell, Redirection->Target, TRUE, Format, Out);
        if (Format == ShFormatParsed)
            ShAppendCharacter(Out, L' ');
    }
}

static VOID ShpFormatIf(PSHELL Shell, const SH_NODE *Node, SH_FORMAT Format, PSH_TEXT Out)
{
    static const PCWSTR Words[] = {
        [ShEqual] = L"==",
        [ShEqu] = L"EQU",
        [ShNeq] = L"NEQ",
        [ShLss] = L"LSS",
        [ShLeq] = L"LEQ",
        [ShGtr] = L"GTR",
        [ShGeq] = L"GEQ",
        [ShExist] = L"exist",
        [ShDefined] = L"defined",
        [ShErrorLevelIs] = L"errorlevel",
        [ShExtensionVersion] = L"cmdextversion",
    };
    ShAppendFormat(Out, L"if%ws%ws ", Node->If.IgnoreCase ? L" /i" : L"",
                   Node->If.Not ? L" not" : L"");
    if (!Node->If.Second)
        ShAppendFormat(Out, L"%ws ", Words[Node->If.Condition]);
    ShpFormatText(Shell, Node->If.First, TRUE, Format, Out);
    ShAppendCharacter(Out, L' ');
    if (Node->If.Second) {
        ShAppendFormat(Out, L"%ws ", Words[Node->If.Condition]);
        ShpFormatText(Shell, Node->If.Second, TRUE, Format, Out);
        ShAppendCharacter(Out, L' ');
    }
    ShpFormat(Shell, Node->If.Then, Format, Out);
    if (Node->If.Else) {
        ShAppendString(Out, L" else ");
        ShpFormat(Shell, Node->If.Else, Format, Out);
    }
}

static VOID ShpFormatFor(PSHELL Shell, const SH_NODE *Node, SH_FORMAT Format, PSH_TEXT Out)
{
    static const PCWSTR Switches[] = {[ShLoopFiles] = L"",
                                      [ShLoopDirectories] = L" /d",
                                      [ShLoopTree] = L" /r",
                                      [ShLoopNumbers] = L" /l",
                                      [ShLoopLines] = L" /f"};
    BOOLEAN Both = Node->For.Loop == ShLoopTree && Node->For.Directories;
    ShAppendFormat(Out, L"for%ws%ws ", Both ? L" /d" : L"", Switches[Node->For.Loop]);
    if (Node->For.Options)
        ShAppendFormat(Out, L"\"%ws\" ", Node->For.Options);
    ShAppendFormat(Out, L"%%%lc in (", Node->For.Variable);
    ShpFormatText(Shell, Node->For.Set, FALSE, Format, Out);
    ShAppendString(Out, L") do ");
    ShpFormat(Shell, Node->For.Do, Format, Out);
}

static VOID ShpFormatBlock(PSHELL Shell, const SH_NODE *Node, SH_FORMAT Format, PSH_TEXT Out)
{
    if (!Node->Body) {
        ShAppendString(Out, L"rem");
        return;
    }
    ShAppendCharacter(Out, L'(');
    ShpFormat(Shell, Node->Body, Format, Out);
    ShAppendCharacter(Out, L')');
}

// A blank in front of a sign would belong to the command that it ends.
static VOID ShpFormatChain(PSHELL Shell, const SH_NODE *Node, SH_FORMAT Format, PSH_TEXT Out)
{
    static const PCWSTR Signs[] = {
        [ShSequence] = L"& ", [ShOr] = L"|| ", [ShAnd] = L"&& ", [ShPipe] = L"| "};
    SH_NODE_KIND Kind = Node->Kind;
    for (; Node->Kind == Kind; Node = Node->Right) {
        ShpFormat(Shell, Node->Left, Format, Out);
        ShAppendString(Out, Signs[Kind]);
    }
    ShpFormat(Shell, Node, Format, Out);
}

VOID ShpFormat(PSHELL Shell, const SH_NODE *Node, SH_FORMAT Format, PSH_TEXT Out)
{
    // Behind a command, a redirection would leave a blank at the command's end.
    if (Format == ShFormatParsed)
        ShpFormatRedirections(Shell, Node->Redirections, Format, Out);
    else if (Node->Quiet)
        ShAppendCharacter(Out, L'@');
    switch (Node->Kind) {
    case ShSimple:
        ShpFormatSimple(Shell, Node->Text, Format, Out);
        break;
    case ShBlock:
        ShpFormatBlock(Shell, Node, Format, Out);
        break;
    case ShIf:
        ShpFormatIf(Shell, Node, Format, Out);
        break;
    case ShFor:
        ShpFormatFor(Shell, Node, Format, Out);
        break;
    default:
        ShpFormatChain(Shell, Node, Format, Out);
        return;
    }
    if (Format == ShFormatShow)
        ShpFormatRedirections(Shell, Node->Redirections, Format, Out);
}
