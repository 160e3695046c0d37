// From a line to commands. The grammar, weakest first:
//
//     sequence  = or { "&" or }              or   = and { "||" and }
//     and       = pipe { "&&" pipe }         pipe = command { "|" command }
//     command   = { "@" | redirection } ( "(" lines ")" | if | for | words ) { redirection }
//
// What follows a condition or "do" is a whole sequence.

#include "parsep.h"

BOOLEAN ShpAtRedirection(const SH_PARSER *Parser)
{
    WCHAR First = ShpPeek(Parser, 0), Second = ShpPeek(Parser, 1);
    return First == L'<' || First == L'>' ||
           (First >= L'0' && First <= L'9' && (Second == L'<' || Second == L'>'));
}

// Behind the sign: "&1", or the name of a file.
static BOOLEAN ShpParseTarget(PSH_PARSER Parser, PSH_REDIRECTION Redirection)
{
    WCHAR Digit = ShpPeek(Parser, 1);
    if (ShpPeek(Parser, 0) == L'&') {
        if (Digit < L'0' || Digit > L'9')
            return FALSE;
        Redirection->Kind = SysDuplicate;
        Redirection->Source = (ULONG)(Digit - L'0');
        Parser->At += 2;
        return Redirection->Source < SysStreamCount;
    }
    SH_TEXT Name = {};
    ShpSkipBlanks(Parser);
    ShpReadWord(Parser, &Name);
    BOOLEAN Given = Name.Length != 0;
    Redirection->Target = ShpKeep(Parser, &Name);
    return Given;
}

VOID ShpParseRedirection(PSH_PARSER Parser, PSH_REDIRECTION **Tail)
{
    PSH_REDIRECTION Redirection = ShpArenaAllocate(Parser->Arena, sizeof(*Redirection));
    WCHAR Sign = ShpPeek(Parser, 0);
    BOOLEAN HasStream = Sign >= L'0' && Sign <= L'9';
    if (HasStream) {
        Redirection->Stream = (ULONG)(Sign - L'0');
        Sign = ShpPeek(Parser, 1);
        Parser->At++;
    } else {
        Redirection->Stream = Sign == L'<' ? SysInput : SysOutput;
    }
    Redirection->Kind = Sign == L'<' ? SysRead : SysWriteNew;
    Parser->At++;
    if (Sign == L'>' && ShpPeek(Parser, 0) == L'>') {
        Redirection->Kind = SysAppend;
        Parser->At++;
    }
    if (Redirection->Stream >= SysStreamCount || !ShpParseTarget(Parser, Redirection)) {
        ShpFail(Parser);
        return;
    }
    **Tail = Redirection;
    *Tail = &Redirection->Next;
}

static VOID ShpParseRedirections(PSH_PARSER Parser, PSH_REDIRECTION **Tail)
{
    ShpSkipBlanks(Parser);
    while (!Parser->Failed && ShpAtRedirection(Parser)) {
        ShpParseRedirection(Parser, Tail);
        ShpSkipBlanks(Parser);
    }
}

// ---- Words

// A digit in front of a sign names a stream only where it is a word of its own.
static BOOLEAN ShpAtInnerRedirection(const SH_PARSER *Parser, const SH_TEXT *Text)
{
    WCHAR Character = ShpPeek(Parser, 0);
    if (Character == L'<' || Character == L'>')
        return TRUE;
    return ShpAtRedirection(Parser) &&
           (!Text->Length || ShpIsBlank(Text->Buffer[Text->Length - 1]));
}

static VOID ShpReadSimple(PSH_PARSER Parser, PSH_REDIRECTION **Tail, PSH_TEXT Text)
{
    BOOLEAN Quoted = FALSE;
    for (WCHAR Character; !Parser->Failed && (Character = ShpPeek(Parser, 0));) {
        if (Quoted || Character == L'"') {
            Quoted = Quoted != (Character == L'"');
        } else if (Character == L'^') {
            if (!ShpTakeEscaped(Parser, &Character))
                return;
            ShAppendCharacter(Text, Character);
            continue;
        } else if (ShpAtEnd(Parser)) {
            return;
        } else if (ShpAtInnerRedirection(Parser, Text)) {
            ShpParseRedirection(Parser, Tail);
            continue;
        }
        ShAppendCharacter(Text, Character);
        Parser->At++;
    }
}

static PSH_NODE ShpParseSimple(PSH_PARSER Parser, PSH_NODE Node, PSH_REDIRECTION **Tail)
{
    SH_TEXT Text = {};
    ShpReadSimple(Parser, Tail, &Text);
    Node->Text = ShpKeep(Parser, &Text);
    return Node;
}

// A label, or what follows a parenthesis that closes nothing.
static PSH_NODE ShpParseNothing(PSH_PARSER Parser, PSH_NODE Node)
{
    Parser->At = Parser->Line.Length;
    Node->Kind = ShBlock;
    Node->Body = nullptr;
    return Node;
}

// An operator directly behind rem ends it; otherwise the whole line is the remark.
static PSH_NODE ShpParseRemark(PSH_PARSER Parser, PSH_NODE Node)
{
    SH_TEXT Text = {};
    ShAppendString(&Text, L"rem");
    if (!ShpAtEnd(Parser)) {
        ShAppendFormat(&Text, L" %ws", Parser->Line.Buffer + Parser->At);
        Parser->At = Parser->Line.Length;
    }
    Node->Text = ShpKeep(Parser, &Text);
    return Node;
}

static PSH_NODE ShpParseHelp(PSH_PARSER Parser, PSH_NODE Node, PCWSTR Word)
{
    SH_TEXT Text = {};
    ShAppendFormat(&Text, L"help %ws", Word);
    Parser->At = Parser->Line.Length;
    Node->Text = ShpKeep(Parser, &Text);
    return Node;
}

// ---- Blocks

static VOID ShpAppendToChain(PSH_PARSER Parser, PSH_NODE **Chain, SH_NODE_KIND Kind, PSH_NODE Next)
{
    PSH_NODE Pair = ShpMakeNode(Parser, Kind);
    Pair->Left = **Chain;
    Pair->Right = Next;
    **Chain = Pair;
    *Chain = &Pair->Right;
}

// To the next command of the block, or to its parenthesis.
static BOOLEAN ShpSkipLines(PSH_PARSER Parser)
{
    for (;;) {
        ShpSkipBlanks(Parser);
        if (ShpPeek(Parser, 0))
            return TRUE;
        if (!ShpNextParserLine(Parser))
            return FALSE;
    }
}

static PSH_NODE ShpParseBlock(PSH_PARSER Parser, PSH_NODE Block)
{
    PSH_NODE *Chain = &Block->Body;
    Block->Kind = ShBlock;
    Block->Body = nullptr;
    Parser->At++;
    Parser->Parentheses++;
    while (!Parser->Failed) {
        if (!ShpSkipLines(Parser) || (ShpPeek(Parser, 0) == L')' && !Block->Body)) {
            ShpFail(Parser);
            break;
        }
        if (ShpPeek(Parser, 0) == L')')
            break;
        PSH_NODE Next = ShpParseSequence(Parser);
        if (!Block->Body)
            Block->Body = Next;
        else
            ShpAppendToChain(Parser, &Chain, ShSequence, Next);
        ShpSkipBlanks(Parser);
        if (ShpPeek(Parser, 0) && ShpPeek(Parser, 0) != L')')
            ShpFail(Parser);
    }
    Parser->At++;
    Parser->Parentheses--;
    return Block;
}

// ---- Commands

static PSH_NODE ShpParseKeyword(PSH_PARSER Parser, PSH_NODE Node, PSH_REDIRECTION **Tail)
{
    static const struct {
        PCWSTR Word;
        PSH_NODE (*Parse)(PSH_PARSER Parser);
    } Keywords[] = {{L"if", ShpParseIf}, {L"for", ShpParseFor}, {L"rem", nullptr}};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Keywords); i++) {
        if (!ShpTakeWord(Parser, Keywords[i].Word))
            continue;
        if (ShpAtWord(Parser, L"/?"))
            return ShpParseHelp(Parser, Node, Keywords[i].Word);
        if (!Keywords[i].Parse)
            return ShpParseRemark(Parser, Node);
        PSH_NODE Parsed = Keywords[i].Parse(Parser);
        Parsed->Quiet = Node->Quiet;
        Parsed->Redirections = Node->Redirections;
        return Parsed;
    }
    return ShpParseSimple(Parser, Node, Tail);
}

static PSH_NODE ShpParseCommand(PSH_PARSER Parser)
{
    PSH_NODE Node = ShpMakeNode(Parser, ShSimple);
    PSH_REDIRECTION *Tail = &Node->Redirections;
    Node->Text = L"";
    ShpSkipBlanks(Parser);
    while (ShpPeek(Parser, 0) == L'@') {
        Node->Quiet = TRUE;
        Parser->At++;
        ShpSkipBlanks(Parser);
    }
    ShpParseRedirections(Parser, &Tail);
    WCHAR First = ShpPeek(Parser, 0);
    if (Parser->Failed)
        return Node;
    if (First == L':' || (First == L')' && !Parser->Parentheses))
        return ShpParseNothing(Parser, Node);
    if (First == L'(') {
        ShpParseBlock(Parser, Node);
        ShpParseRedirections(Parser, &Tail);
        return Node;
    }
    if (!ShpAtEnd(Parser))
        return ShpParseKeyword(Parser, Node, &Tail);
    if (!Node->Redirections)
        ShpFail(Parser);
    return Node;
}

// ---- Operators

// The sign, so many times: "|" is not the beginning of "||". A third sign is an operator of its own.
static BOOLEAN ShpTakeOperator(PSH_PARSER Parser, WCHAR Sign, SIZE_T Times)
{
    SIZE_T Length = 0;
    ShpSkipBlanks(Parser);
    while (ShpPeek(Parser, Length) == Sign)
        Length++;
    if (min(Length, 2u) != Times)
        return FALSE;
    Parser->At += Times;
    ShpSkipBlanks(Parser);
    // In a block, the next line can go on with the other operand.
    if (!ShpPeek(Parser, 0) && Parser->Parentheses)
        ShpSkipLines(Parser);
    return TRUE;
}

static PSH_NODE ShpParseLevel(PSH_PARSER Parser, ULONG Level)
{
    static const struct {
        WCHAR Sign;
        SIZE_T Times;
        SH_NODE_KIND Kind;
    } Levels[] = {{L'|', 2, ShOr}, {L'&', 2, ShAnd}, {L'|', 1, ShPipe}};
    if (Level == RTL_NUMBER_OF(Levels))
        return ShpParseCommand(Parser);
    PSH_NODE First = ShpParseLevel(Parser, Level + 1);
    PSH_NODE *Chain = &First;
    while (!Parser->Failed && ShpTakeOperator(Parser, Levels[Level].Sign, Levels[Level].Times))
        ShpAppendToChain(Parser, &Chain, Levels[Level].Kind, ShpParseLevel(Parser, Level + 1));
    return First;
}

PSH_NODE ShpParseSequence(PSH_PARSER Parser)
{
    if (++Parser->Depth > ShMaximumDepth)
        ShpFail(Parser);
    PSH_NODE First = ShpParseLevel(Parser, 0);
    PSH_NODE *Chain = &First;
    while (!Parser->Failed) {
        ShpSkipBlanks(Parser);
        if (ShpPeek(Parser, 0) != L'&')
            break;
        Parser->At++;
        ShpSkipBlanks(Parser);
        if (!ShpPeek(Parser, 0) || ShpPeek(Parser, 0) == L')')
            break; // nothing follows the last one
        ShpAppendToChain(Parser, &Chain, ShSequence, ShpParseLevel(Parser, 0));
    }
    Parser->Depth--;
    return First;
}

PSH_NODE ShpParse(PSHELL Shell, PCWSTR Line, PSH_ARENA Arena)
{
    SH_PARSER Parser = {.Shell = Shell, .Arena = Arena};
    PSH_NODE Node = nullptr;
    ShAppendString(&Parser.Line, Line);
    ShpSkipBlanks(&Parser);
    if (ShpPeek(&Parser, 0)) {
        Node = ShpParseSequence(&Parser);
        ShpSkipBlanks(&Parser);
        if (ShpPeek(&Parser, 0))
            ShpFail(&Parser);
    }
    ShFreeText(&Parser.Line);
    return Parser.Failed ? nullptr : Node;
}
