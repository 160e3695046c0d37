// Commands back to text: to be shown, or to be run by another shell.

#include "languagep.h"

static VOID ShpFormatText(PSHELL Shell, PCWSTR Text, SH_FORMAT Format, PSH_TEXT Out)
{
    if (Format == ShFormatShow) {
        ShAppendString(Out, Text);
        return;
    }
    SH_TEXT Expanded = {};
    ShpExpandForVariables(Shell, Text, &Expanded);
    BOOLEAN Quoted = FALSE;
    for (PCWSTR At = ShString(&Expanded); *At; At++) {
        if (*At == L'"')
            Quoted = !Quoted;
        else if (!Quoted && wcschr(L"^&|<>()@", *At))
            ShAppendCharacter(Out, L'^');
        ShAppendCharacter(Out, *At);
    }
    ShFreeText(&Expanded);
}

// A remark would swallow what is put behind it.
static VOID ShpFormatSimple(PSHELL Shell, PCWSTR Text, SH_FORMAT Format, PSH_TEXT Out)
{
    BOOLEAN Remark = !_wcsnicmp(Text, L"rem", 3) && (!Text[3] || ShpIsBlank(Text[3]));
    ShpFormatText(Shell, Remark && Format == ShFormatParsed ? L"rem" : Text, Format, Out);
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
            ShpFormatText(Shell, Redirection->Target, Format, Out);
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
    ShpFormatText(Shell, Node->If.First, Format, Out);
    ShAppendCharacter(Out, L' ');
    if (Node->If.Second) {
        ShAppendFormat(Out, L"%ws ", Words[Node->If.Condition]);
        ShpFormatText(Shell, Node->If.Second, Format, Out);
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
    ShAppendFormat(Out, L"for%ws ", Switches[Node->For.Loop]);
    if (Node->For.Options)
        ShAppendFormat(Out, L"\"%ws\" ", Node->For.Options);
    ShAppendFormat(Out, L"%%%lc in (", Node->For.Variable);
    ShpFormatText(Shell, Node->For.Set, Format, Out);
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
