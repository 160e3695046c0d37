// What the parts of the language share.
#pragma once

#include "language.h"

// ---- Commands, parsed

typedef enum _SH_NODE_KIND {
    ShSimple,
    ShBlock,
    ShSequence, // a & b
    ShOr,       // a || b
    ShAnd,      // a && b
    ShPipe,     // a | b
    ShIf,
    ShFor,
} SH_NODE_KIND;

typedef struct _SH_REDIRECTION {
    struct _SH_REDIRECTION *Next;
    ULONG Stream;
    SYS_REDIRECT Kind;
    ULONG Source;  // of SysDuplicate
    PCWSTR Target; // of the others; as written
} SH_REDIRECTION, *PSH_REDIRECTION;

typedef enum _SH_CONDITION {
    ShEqual, // ==
    ShEqu,
    ShNeq,
    ShLss,
    ShLeq,
    ShGtr,
    ShGeq,
    ShExist,
    ShDefined,
    ShErrorLevelIs,
    ShExtensionVersion,
} SH_CONDITION;

typedef enum _SH_LOOP {
    ShLoopFiles,
    ShLoopDirectories,
    ShLoopTree,
    ShLoopNumbers,
    ShLoopLines
} SH_LOOP;

typedef struct _SH_NODE {
    SH_NODE_KIND Kind;
    BOOLEAN Quiet; // behind @
    PSH_REDIRECTION Redirections;
    union {
        PCWSTR Text;           // ShSimple: without escapes; for variables and !names! still in it
        struct _SH_NODE *Body; // ShBlock; null for an empty line
        struct {               // ShSequence ... ShPipe; a chain goes on in Right
            struct _SH_NODE *Left, *Right;
        };
        struct {
            SH_CONDITION Condition;
            BOOLEAN Not, IgnoreCase;
            PCWSTR First, Second; // Second is null where the condition has one operand
            struct _SH_NODE *Then, *Else;
        } If;
        struct {
            SH_LOOP Loop;
            BOOLEAN Directories; // of ShLoopTree: those, not files
            WCHAR Variable;
            PCWSTR Options; // of /f, or the directory of /r; may be null
            PCWSTR Set;
            struct _SH_NODE *Do;
        } For;
    };
} SH_NODE, *PSH_NODE;

// Everything that belongs to a parsed line, freed in one go.
typedef struct _SH_ARENA {
    struct _SH_ARENA_BLOCK *Blocks;
} SH_ARENA, *PSH_ARENA;

PVOID ShpArenaAllocate(PSH_ARENA Arena, SIZE_T Size); // zeroed
VOID ShpArenaFree(PSH_ARENA Arena);

// ---- Batch files

typedef struct _SH_LOCAL { // what setlocal keeps for endlocal
    struct _SH_LOCAL *Next;
    PVOID Environment;
    BOOLEAN Delayed;
} SH_LOCAL, *PSH_LOCAL;

typedef struct _SH_BATCH { // a running file, or a subroutine in one
    struct _SH_BATCH *Caller;
    PCWSTR File; // full path
    const SH_TEXT *Contents;
    SIZE_T At;      // the next line
    SH_WORDS Words; // %0, %1 ...
    PCWSTR Tail;    // %*
    PSH_LOCAL Locals;
    BOOLEAN NameShifted; // %0 is an argument by now
} SH_BATCH, *PSH_BATCH;

typedef struct _SH_VARIABLE { // of for
    struct _SH_VARIABLE *Next;
    WCHAR Name;
    PCWSTR Value;
} SH_VARIABLE, *PSH_VARIABLE;

// Why commands are left unfinished. Each ends at its own place: a jump at the batch file's reader, the
// end of a batch file at its caller, the end of the shell at the main program.
typedef enum _SH_LEAVE { ShStay, ShJump, ShLeaveBatch, ShLeaveShell } SH_LEAVE;

enum { ShMaximumDepth = 64 }; // of commands in commands

struct _SHELL {
    ULONG ErrorLevel;
    BOOLEAN Echo, Delayed;
    BOOLEAN Expanded;    // no percent expansion
    BOOLEAN Interactive; // further lines of a block come from the standard input
    SH_LEAVE Leave;
    PSH_BATCH Batch;
    PSH_VARIABLE Variables;
    PCWSTR Text; // ShRunText: what has not been read yet
    volatile BOOLEAN Interrupted;
};

// ---- Expansion

// Percent signs, as lines are read. Appends.
VOID ShpExpandPercents(PSHELL Shell, PCWSTR Line, PSH_TEXT Out);
// for variables and then, when enabled, !names!. FALSE: too long, which was reported.
BOOLEAN ShpExpandText(PSHELL Shell, PCWSTR Text, PSH_TEXT Out);
VOID ShpExpandForVariables(PSHELL Shell, PCWSTR Text, PSH_TEXT Out);
VOID ShpExpandDelayed(PSHELL Shell, PCWSTR Text, PSH_TEXT Out);
// A variable, or what Windows computes for a name like CD.
BOOLEAN ShpGetVariable(PSHELL Shell, PCWSTR Name, SIZE_T Length, PSH_TEXT Value);
// A reference without its marks: NAME, NAME:a=b, NAME:~n,m. FALSE: there is no such variable.
BOOLEAN ShpExpandReference(PSHELL Shell, PCWSTR Reference, SIZE_T Length, PSH_TEXT Out);

// %~modifiers: Text is behind the tilde. Find gives the value of the character that follows them, or
// null. Returns the characters used with that one; 0: these are no modifiers.
typedef PCWSTR SH_FIND_VALUE(PSHELL Shell, WCHAR Name, BOOLEAN Modified);
SIZE_T ShpExpandModified(PSHELL Shell, PCWSTR Text, SH_FIND_VALUE *Find, PSH_TEXT Out);

// ---- Parsing

extern const WCHAR ShpBlanks[]; // what separates words: space, tab, comma, semicolon, equals sign
BOOLEAN ShpIsBlank(WCHAR Character);
// Null: nothing to do, or a fault, which was reported and set the error level.
PSH_NODE ShpParse(PSHELL Shell, PCWSTR Line, PSH_ARENA Arena);
// A line that belongs to what has been begun, expanded. FALSE: there is none.
BOOLEAN ShpReadContinuation(PSHELL Shell, PSH_TEXT Line);

// ---- Back to text

typedef enum _SH_FORMAT {
    ShFormatShow,   // as commands are shown; for variables are expanded
    ShFormatParsed, // so that parsing gives the same again; for variables are expanded
} SH_FORMAT;
VOID ShpFormat(PSHELL Shell, const SH_NODE *Node, SH_FORMAT Format, PSH_TEXT Out);

// ---- Running

ULONG ShpExecute(PSHELL Shell, const SH_NODE *Node);
ULONG ShpExecuteFor(PSHELL Shell, const SH_NODE *Node);
ULONG ShpExecuteLines(PSHELL Shell, const SH_NODE *Node, PCWSTR Set);
BOOLEAN ShpEvaluate(PSHELL Shell, const SH_NODE *Node);
// A command line that has been expanded. Without call, a batch file ends the one that runs it.
ULONG ShpRunCommand(PSHELL Shell, PCWSTR Line, BOOLEAN IsCall);
VOID ShpRunLine(PSHELL Shell, PCWSTR Line); // as it was read
// A command before it runs, behind the prompt: those of batch files, and of loops each time. Not after `echo off`, nor
// with @ in front.
VOID ShpShowCommand(PSHELL Shell, const SH_NODE *Node);
BOOLEAN ShpMustLeave(PSHELL Shell);
// FALSE: the stack is nearly used up. Reported; everything that runs ends.
BOOLEAN ShpHasStack(PSHELL Shell);
ULONG ShpSyntaxError(PSHELL Shell, PCWSTR Near);
VOID ShpAppendPrompt(PSH_TEXT Text);

// ---- Batch files

BOOLEAN ShpNextLine(PSHELL Shell, PSH_TEXT Line); // of the running one, as it is
ULONG ShpRunBatch(PSHELL Shell, PCWSTR File, PCWSTR Name, PCWSTR Tail);
ULONG ShpCallLabel(PSHELL Shell, PCWSTR Line);
VOID ShpEndLocal(PSHELL Shell);

// ---- Labels

// The character behind a label's name in a batch file's line or in a command.
PCWSTR ShpLabelEnd(PCWSTR Name);
ULONG ShpGoTo(PSHELL Shell, PCWSTR Label); // with or without its colon

// ---- set /a

// FALSE: Error tells why.
BOOLEAN ShpArithmetic(PSHELL Shell, PCWSTR Text, PLONG Value, PCWSTR *Error);

// ---- run.c: also the programs that only help knows
const SHELL_COMMAND *ShpFindInTable(PCWSTR Name, SIZE_T Length);
