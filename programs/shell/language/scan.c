// Characters and words for the parser.

#include "parsep.h"

const WCHAR ShpBlanks[] = L" \t,;=\v\f\u00A0";

BOOLEAN ShpIsBlank(WCHAR Character)
{
    return Character && wcschr(ShpBlanks, Character);
}

WCHAR ShpPeek(const SH_PARSER *Parser, SIZE_T Ahead)
{
    return Parser->At + Ahead < Parser->Line.Length ? Parser->Line.Buffer[Parser->At + Ahead] : 0;
}

VOID ShpSkipBlanks(PSH_PARSER Parser)
{
    while (ShpIsBlank(ShpPeek(Parser, 0)))
        Parser->At++;
}

BOOLEAN ShpNextParserLine(PSH_PARSER Parser)
{
    ShFreeText(&Parser->Line);
    Parser->At = 0;
    return ShpReadContinuation(Parser->Shell, &Parser->Line);
}

VOID ShpFail(PSH_PARSER Parser)
{
    if (Parser->Failed)
        return;
    Parser->Failed = TRUE;
    ShpSkipBlanks(Parser);
    SH_TEXT Near = {};
    SIZE_T Length = 0;
    while (ShpPeek(Parser, Length) && !ShpIsBlank(ShpPeek(Parser, Length)))
        ShAppendCharacter(&Near, ShpPeek(Parser, Length++));
    ShpSyntaxError(Parser->Shell, ShString(&Near));
    ShFreeText(&Near);
}

static BOOLEAN ShpIsOperator(const SH_PARSER *Parser, WCHAR Character)
{
    return Character == L'&' || Character == L'|' || (Character == L')' && Parser->Parentheses);
}

BOOLEAN ShpAtEnd(const SH_PARSER *Parser)
{
    WCHAR Character = ShpPeek(Parser, 0);
    return !Character || ShpIsOperator(Parser, Character);
}

BOOLEAN ShpAtWord(const SH_PARSER *Parser, PCWSTR Word)
{
    SIZE_T Length = wcslen(Word);
    if (Parser->At + Length > Parser->Line.Length ||
        _wcsnicmp(ShString(&Parser->Line) + Parser->At, Word, Length) != 0)
        return FALSE;
    WCHAR Next = ShpPeek(Parser, Length);
    return !Next || ShpIsBlank(Next) || wcschr(L"/()<>&|\"", Next);
}

BOOLEAN ShpTakeWord(PSH_PARSER Parser, PCWSTR Word)
{
    if (!ShpAtWord(Parser, Word))
        return FALSE;
    Parser->At += wcslen(Word);
    ShpSkipBlanks(Parser);
    return TRUE;
}

// A caret at the end of a line joins the next line, whose first character has no meaning.
BOOLEAN ShpTakeEscaped(PSH_PARSER Parser, PWCHAR Character)
{
    Parser->At++;
    if (!ShpPeek(Parser, 0) && !ShpNextParserLine(Parser))
        return FALSE;
    *Character = ShpPeek(Parser, 0);
    if (!*Character)
        return FALSE;
    Parser->At++;
    return TRUE;
}

VOID ShpReadWord(PSH_PARSER Parser, PSH_TEXT Word)
{
    BOOLEAN Quoted = FALSE;
    for (WCHAR Character; (Character = ShpPeek(Parser, 0));) {
        if (!Quoted && Character == L'^') {
            if (!ShpTakeEscaped(Parser, &Character))
                return;
            ShAppendCharacter(Word, Character);
            continue;
        }
        if (!Quoted && (ShpIsBlank(Character) || ShpIsOperator(Parser, Character) ||
                        Character == L'<' || Character == L'>'))
            break;
        if (Character == L'"')
            Quoted = !Quoted;
        ShAppendCharacter(Word, Character);
        Parser->At++;
    }
}

PCWSTR ShpKeep(PSH_PARSER Parser, PSH_TEXT Text)
{
    PWSTR Copy = ShpArenaAllocate(Parser->Arena, (Text->Length + 1) * sizeof(WCHAR));
    if (Text->Length)
        memcpy(Copy, Text->Buffer, Text->Length * sizeof(WCHAR));
    ShFreeText(Text);
    return Copy;
}

PSH_NODE ShpMakeNode(PSH_PARSER Parser, SH_NODE_KIND Kind)
{
    PSH_NODE Node = ShpArenaAllocate(Parser->Arena, sizeof(*Node));
    Node->Kind = Kind;
    return Node;
}
