// for [/d | /r [directory] | /l | /f ["options"]] %variable in (set) do command

#include "parsep.h"

typedef struct _SH_LOOP_SWITCH {
    PCWSTR Word;
    SH_LOOP Loop;
    BOOLEAN HasOptions; // a word may stand between the switch and the variable
} SH_LOOP_SWITCH;

static const SH_LOOP_SWITCH ShpLoops[] = {
    {L"/d", ShLoopDirectories, FALSE},
    {L"/r", ShLoopTree, TRUE},
    {L"/l", ShLoopNumbers, FALSE},
    {L"/f", ShLoopLines, TRUE},
};

// The word between the switch and the variable.
static VOID ShpParseLoopOptions(PSH_PARSER Parser, PSH_NODE Node)
{
    SH_TEXT Options = {};
    if (ShpPeek(Parser, 0) == L'%')
        return;
    ShpReadWord(Parser, &Options);
    if (Options.Length)
        ShRemoveQuotes(Options.Buffer);
    Node->For.Options = ShpKeep(Parser, &Options);
    ShpSkipBlanks(Parser);
}

static const SH_LOOP_SWITCH *ShpTakeLoop(PSH_PARSER Parser)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(ShpLoops); i++) {
        if (ShpTakeWord(Parser, ShpLoops[i].Word))
            return &ShpLoops[i];
    }
    return nullptr;
}

// /d with /r, in either order: the directories of a tree.
static VOID ShpParseLoop(PSH_PARSER Parser, PSH_NODE Node)
{
    Node->For.Loop = ShLoopFiles;
    for (const SH_LOOP_SWITCH *Switch; (Switch = ShpTakeLoop(Parser)) != nullptr;) {
        Node->For.Directories |= Switch->Loop == ShLoopDirectories;
        if (Node->For.Loop != ShLoopTree)
            Node->For.Loop = Switch->Loop;
        if (Switch->HasOptions && !ShpAtWord(Parser, L"/d"))
            ShpParseLoopOptions(Parser, Node);
    }
}

static VOID ShpParseVariable(PSH_PARSER Parser, PSH_NODE Node)
{
    WCHAR Name = ShpPeek(Parser, 1);
    if (ShpPeek(Parser, 0) != L'%' || !Name || !ShpIsBlank(ShpPeek(Parser, 2))) {
        ShpFail(Parser);
        return;
    }
    Node->For.Variable = Name;
    Parser->At += 2;
    ShpSkipBlanks(Parser);
}

// One character of the set. FALSE: the set ends, or the text does.
static BOOLEAN ShpReadSetCharacter(PSH_PARSER Parser, PBOOLEAN Quoted, PSH_TEXT Set)
{
    WCHAR Character = ShpPeek(Parser, 0);
    if (!Character) { // the end of a line separates as a blank does
        *Quoted = FALSE;
        ShAppendCharacter(Set, L' ');
        if (ShpNextParserLine(Parser))
            return TRUE;
        ShpFail(Parser);
        return FALSE;
    }
    if (!*Quoted && Character == L')')
        return FALSE;
    if (!*Quoted && Character == L'^') {
        if (!ShpTakeEscaped(Parser, &Character))
            return FALSE;
        ShAppendCharacter(Set, Character);
        return TRUE;
    }
    if (Character == L'"')
        *Quoted = !*Quoted;
    ShAppendCharacter(Set, Character);
    Parser->At++;
    return TRUE;
}

static VOID ShpParseSet(PSH_PARSER Parser, PSH_NODE Node)
{
    SH_TEXT Set = {};
    BOOLEAN Quoted = FALSE;
    Parser->At++;
    while (ShpReadSetCharacter(Parser, &Quoted, &Set))
        continue;
    if (ShpPeek(Parser, 0) != L')')
        ShpFail(Parser);
    Parser->At++;
    ShpSkipBlanks(Parser);
    Node->For.Set = ShpKeep(Parser, &Set);
}

PSH_NODE ShpParseFor(PSH_PARSER Parser)
{
    PSH_NODE Node = ShpMakeNode(Parser, ShFor);
    ShpParseLoop(Parser, Node);
    ShpParseVariable(Parser, Node);
    if (!ShpTakeWord(Parser, L"in") || ShpPeek(Parser, 0) != L'(') {
        ShpFail(Parser);
        return Node;
    }
    ShpParseSet(Parser, Node);
    if (!ShpTakeWord(Parser, L"do") || ShpAtEnd(Parser)) {
        ShpFail(Parser);
        return Node;
    }
    Node->For.Do = ShpParseSequence(Parser);
    return Node;
}
