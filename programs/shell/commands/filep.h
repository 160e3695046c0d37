// What the commands on files share.
#pragma once

#include "shell.h"

// ---- collect.c: what a path with wildcards stands for

typedef struct _SHELL_ENTRY {
    PWSTR Path;
    ULONG Attributes;
    ULONGLONG Size;
    LARGE_INTEGER Time;
} SHELL_ENTRY, *PSHELL_ENTRY;

typedef struct _SHELL_ENTRIES {
    ULONG Count, Capacity;
    PSHELL_ENTRY Values;
} SHELL_ENTRIES, *PSHELL_ENTRIES;

typedef struct _SHELL_FILTER {
    ULONG Wanted, Unwanted; // attributes
} SHELL_FILTER;

enum {
    ShellTakeFiles = 0x1,
    ShellTakeDirectories = 0x2,
    ShellTakeBelow = 0x4, // in all directories below, too; each directory before what is in it
};

// "-d", "rh", "h-s": the letters of attributes after a switch. FALSE: something else.
BOOLEAN ShellParseFilter(PCWSTR Letters, SHELL_FILTER *Filter);
BOOLEAN ShellPassesFilter(ULONG Attributes, const SHELL_FILTER *Filter);
VOID ShellPatternOf(PCWSTR Path, PSH_TEXT Pattern); // of a directory, all that is in it
// A path without wildcards is what has this name, whatever the filter says; with ShellTakeBelow it is a
// pattern all the same. STATUS_NO_SUCH_FILE when there is nothing.
NTSTATUS ShellCollect(PCWSTR Path, ULONG Take, const SHELL_FILTER *Filter, PSHELL_ENTRIES Entries);
VOID ShellFreeEntries(PSHELL_ENTRIES Entries);
BOOLEAN ShellIsDirectory(PCWSTR Path);
// Words from First on, those with wildcards as the files that they stand for.
VOID ShellExpandNames(const SH_WORDS *Words, ULONG First, PSH_WORDS Names);

// ---- Questions: the answer comes from the standard input

typedef enum _SHELL_ANSWER { ShellNo, ShellYes, ShellAll } SHELL_ANSWER;
// A line; one that nobody has typed is shown.
NTSTATUS ShellReadAnswer(PSH_TEXT Line);
SHELL_ANSWER ShellAsk(PCWSTR Question, PCWSTR About);

// ---- files.c

BOOLEAN ShellHasDrive(PCWSTR Path); // FALSE: it begins with a letter that no volume has

// ---- text.c

BOOLEAN ShellHolds(PCWSTR Line, PCWSTR Text, BOOLEAN IgnoreCase);

// ---- copy.c

// Where From goes when the target is To: below it when that is a directory; its wildcards are filled in.
VOID ShellTargetOf(PCWSTR From, PCWSTR To, PSH_TEXT Target);
typedef enum _SHELL_REPLACE { ShellReplaceAsk, ShellReplaceAll } SHELL_REPLACE;
// FALSE: it exists, and the user wants to keep it. The answer may be to ask no more.
BOOLEAN ShellMayReplace(PCWSTR Path, SHELL_REPLACE *Replace);
BOOLEAN ShellIsSameFile(PCWSTR One, PCWSTR Other);
