// The command language of Windows' command interpreter: what the commands of the shell and its main
// program may use. Sources: the documentation of Windows' commands, and what people have written about
// the order in which a line is expanded.
#pragma once

#include "services.h"

enum {
    ShLineMaximum = 8191, // characters of a line, before and after expansion
    ShNotFound = 9009,    // exit code of a command that does not exist
    ShWrongUsage = 87,    // exit code of a command with wrong arguments
};

typedef struct _SHELL SHELL, *PSHELL;

// ---- Words of a command line

typedef struct _SH_WORDS {
    ULONG Count, Capacity;
    PWSTR *Values;
} SH_WORDS, *PSH_WORDS;

// Cut at the characters of Delimiters, but not in quotation marks, which stay.
VOID ShSplit(PCWSTR Text, PCWSTR Delimiters, PSH_WORDS Words);
// As commands take them: cut at blanks, without quotation marks.
VOID ShSplitArguments(PCWSTR Text, PSH_WORDS Words);
VOID ShAddWord(PSH_WORDS Words, PCWSTR Characters, SIZE_T Length);
VOID ShFreeWords(PSH_WORDS Words);
VOID ShRemoveQuotes(PWSTR Text);
// "/switch" or "/switch:value". *Value may be null when none is wanted, and is empty when there is none.
BOOLEAN ShIsSwitch(PCWSTR Word, PCWSTR Name, PCWSTR *Value);
BOOLEAN ShParseNumber(PCWSTR Text, PLONG Number); // decimal, hexadecimal, octal; the whole text
BOOLEAN ShMatches(PCWSTR Pattern, PCWSTR Name);   // * and ?, without case

// ---- Names of files

// What the pattern makes of a name, appended: "*.bak" of "a.txt" is "a.bak", "?b*" of "xyz" is "xbz".
VOID ShMergeName(PCWSTR Pattern, PCWSTR Name, PSH_TEXT Result);
PCWSTR ShLastComponent(PCWSTR Path); // empty when the path ends in a separator
BOOLEAN ShIsPattern(PCWSTR Path);
VOID ShJoinPath(PCWSTR Directory, PCWSTR Name, PSH_TEXT Path); // appended

// ---- Commands: the table is commands.inc

typedef enum _SHELL_GROUP {
    ShellScripting,
    ShellFiles,
    ShellSystem,
    ShellConsole,
    ShellPrograms, // not commands of the shell: help tells of them
    ShellGroupCount
} SHELL_GROUP;

enum {
    // Success leaves the error level as it was.
    ShellKeepsLevel = 0x1,
    // What follows the name without a space belongs to the text: "echo.", "echo(".
    ShellTakesAny = 0x2,
};

typedef struct _SHELL_COMMAND {
    PCWSTR Name;
    SHELL_GROUP Group;
    ULONG Flags;
    PCWSTR Arguments; // as the usage shows them
    PCWSTR Help;
    // One of these. Tail: the rest of the command line, expanded. Words: cut and without quotation
    // marks; ShWrongUsage shows the usage. They return the exit code.
    ULONG (*Run)(PSHELL Shell, PCWSTR Tail);
    ULONG (*RunWords)(PSHELL Shell, const SH_WORDS *Words);
} SHELL_COMMAND;

extern const SHELL_COMMAND ShellCommands[];
extern const ULONG ShellCommandCount;
const SHELL_COMMAND *ShFindCommand(PCWSTR Name, SIZE_T Length);
VOID ShShowUsage(const SHELL_COMMAND *Command);

// ---- Output

VOID ShPrint(PCWSTR Format, ...);
VOID ShPrintError(PCWSTR Format, ...);
ULONG ShReportStatus(PCWSTR What, NTSTATUS Status); // on the error stream; returns 1
VOID ShFormatDate(const TIME_FIELDS *Time, PSH_TEXT Text);
VOID ShFormatTime(const TIME_FIELDS *Time, PSH_TEXT Text);

// ---- The interpreter

PSHELL ShCreate(void);
VOID ShDestroy(PSHELL Shell);
// Lines from the standard input, with prompts, until it ends or `exit`. The exit code.
ULONG ShRunInteractive(PSHELL Shell);
// A command line of its own, as after /c. Lines may follow one another in Text.
ULONG ShRunText(PSHELL Shell, PCWSTR Text);
ULONG ShErrorLevel(PSHELL Shell);
VOID ShSetEcho(PSHELL Shell, BOOLEAN Echo);
VOID ShSetDelayedExpansion(PSHELL Shell, BOOLEAN Enabled);
// Percent signs stand for themselves: the text has been expanded by another shell.
VOID ShSetExpanded(PSHELL Shell);
BOOLEAN ShHasEnded(PSHELL Shell); // by `exit`
BOOLEAN ShIsBatch(PSHELL Shell);  // a command of a batch file is running
// What runs ends before its next command.
VOID ShInterrupt(PSHELL Shell);
BOOLEAN ShIsInterrupted(PSHELL Shell); // so, or by Ctrl-C
