// What the files of the parser share.
#pragma once

#include "languagep.h"

typedef struct _SH_PARSER {
    PSHELL Shell;
    PSH_ARENA Arena;
    SH_TEXT Line;
    SIZE_T At;
    ULONG Parentheses; // open ones
    ULONG Depth;       // of commands in commands
    BOOLEAN Failed;    // reported
} SH_PARSER, *PSH_PARSER;

WCHAR ShpPeek(const SH_PARSER *Parser, SIZE_T Ahead);
VOID ShpSkipBlanks(PSH_PARSER Parser);
BOOLEAN ShpNextParserLine(PSH_PARSER Parser); // FALSE: there is none
VOID ShpFail(PSH_PARSER Parser);              // reports what stands here
BOOLEAN ShpAtEnd(const SH_PARSER *Parser);    // of a command
// The word that stands here is Word and ends behind it.
BOOLEAN ShpAtWord(const SH_PARSER *Parser, PCWSTR Word);
BOOLEAN ShpTakeWord(PSH_PARSER Parser, PCWSTR Word); // and the blanks behind it
// The next character, without the caret that takes away its meaning. FALSE: the line ends.
BOOLEAN ShpTakeEscaped(PSH_PARSER Parser, PWCHAR Character);
// A word up to a blank or an operator; quotation marks stay. Empty: there is none.
VOID ShpReadWord(PSH_PARSER Parser, PSH_TEXT Word);
PCWSTR ShpKeep(PSH_PARSER Parser, PSH_TEXT Text); // in the arena; frees the text
PSH_NODE ShpMakeNode(PSH_PARSER Parser, SH_NODE_KIND Kind);

BOOLEAN ShpAtRedirection(const SH_PARSER *Parser);
VOID ShpParseRedirection(PSH_PARSER Parser, PSH_REDIRECTION **Tail);

PSH_NODE ShpParseSequence(PSH_PARSER Parser); // null: Failed
PSH_NODE ShpParseIf(PSH_PARSER Parser);
PSH_NODE ShpParseFor(PSH_PARSER Parser);
