// if [/i] [not] condition command [else command]

#include "parsep.h"

static const struct {
    PCWSTR Word;
    SH_CONDITION Condition;
} ShpOperators[] = {
    {L"equ", ShEqu}, {L"neq", ShNeq}, {L"lss", ShLss},
    {L"leq", ShLeq}, {L"gtr", ShGtr}, {L"geq", ShGeq},
};

static const struct {
    PCWSTR Word;
    SH_CONDITION Condition;
} ShpQuestions[] = {
    {L"exist", ShExist},
    {L"defined", ShDefined},
    {L"errorlevel", ShErrorLevelIs},
    {L"cmdextversion", ShExtensionVersion},
};

static PCWSTR ShpParseOperand(PSH_PARSER Parser)
{
    SH_TEXT Word = {};
    ShpReadWord(Parser, &Word);
    if (!Word.Length)
        ShpFail(Parser);
    return ShpKeep(Parser, &Word);
}

static VOID ShpParseComparison(PSH_PARSER Parser, PSH_NODE Node)
{
    // "a ==b" and "a==b": only blanks that are no equals sign separate the first operand.
    while (ShpPeek(Parser, 0) != L'=' && ShpIsBlank(ShpPeek(Parser, 0)))
        Parser->At++;
    if (ShpPeek(Parser, 0) == L'=' && ShpPeek(Parser, 1) == L'=') {
        Node->If.Condition = ShEqual;
        Parser->At += 2;
        ShpSkipBlanks(Parser);
        return;
    }
    for (ULONG i = 0; i < RTL_NUMBER_OF(ShpOperators); i++) {
        if (!ShpTakeWord(Parser, ShpOperators[i].Word))
            continue;
        Node->If.Condition = ShpOperators[i].Condition;
        return;
    }
    ShpFail(Parser);
}

static VOID ShpParseCondition(PSH_PARSER Parser, PSH_NODE Node)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(ShpQuestions); i++) {
        if (!ShpTakeWord(Parser, ShpQuestions[i].Word))
            continue;
        Node->If.Condition = ShpQuestions[i].Condition;
        Node->If.First = ShpParseOperand(Parser);
        return;
    }
    Node->If.First = ShpParseOperand(Parser);
    if (!Parser->Failed)
        ShpParseComparison(Parser, Node);
    if (!Parser->Failed)
        Node->If.Second = ShpParseOperand(Parser);
}

static PSH_NODE ShpParseBranch(PSH_PARSER Parser)
{
    ShpSkipBlanks(Parser);
    if (Parser->Failed || ShpAtEnd(Parser)) {
        ShpFail(Parser);
        return nullptr;
    }
    return ShpParseSequence(Parser);
}

PSH_NODE ShpParseIf(PSH_PARSER Parser)
{
    PSH_NODE Node = ShpMakeNode(Parser, ShIf);
    for (;;) {
        if (ShpTakeWord(Parser, L"/i"))
            Node->If.IgnoreCase = TRUE;
        else if (ShpTakeWord(Parser, L"not"))
            Node->If.Not = !Node->If.Not;
        else
            break;
    }
    ShpParseCondition(Parser, Node);
    Node->If.Then = ShpParseBranch(Parser);
    if (!Parser->Failed && ShpTakeWord(Parser, L"else"))
        Node->If.Else = ShpParseBranch(Parser);
    return Node;
}
