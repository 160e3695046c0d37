// A system for the language's tests: variables, files and streams in memory, and four programs:
//     prog ...    prints its command line; the exit code is the number in the variable PROGEXIT
//     upper       prints its standard input in capitals
//     lines n     prints n lines
//     fail        ends with exit code 5
#pragma once

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "language.h"

VOID DoubleReset(void);                           // also checks that everything has been given back
VOID DoubleAddFile(PCWSTR Path, PCWSTR Contents); // full path; null contents: a directory
VOID DoubleSetInput(PCWSTR Text);                 // what the standard input gives
PCWSTR DoubleFile(PCWSTR Path);                   // its contents, or null
PCWSTR DoubleOutput(void); // what was written to the console since the last call
PCWSTR DoubleErrors(void); // ... to its error stream
ULONG DoubleChangeDirectory(PSHELL Shell, PCWSTR Tail);
ULONG DoubleCount(PSHELL Shell, const SH_WORDS *Words); // prints them; none is wrong
VOID DoubleRunText(PSHELL Shell, PCWSTR Text);
VOID DoubleInterrupt(void);         // all that run so; may be called by a signal handler
extern NTSTATUS DoubleOutputStatus; // what writing will have come to, once
extern SIZE_T DoubleBlocks;
extern ULONG DoubleStackLeft; // commands that may still be nested

// Run a line as after /c in a fresh shell; what it wrote must be Expected.
#define assert_line(Line, Expected) DoubleCheckLine(Line, FALSE, Expected, __FILE__, __LINE__)
#define assert_shown(Line, Expected) \
    DoubleCheckLine(Line, TRUE, Expected, __FILE__, __LINE__) // with echo on
// Run a batch file of these lines with these arguments.
#define assert_batch(Lines, Arguments, Expected) \
    DoubleCheckBatch(Lines, Arguments, Expected, __FILE__, __LINE__)
#define assert_string16(Text, Expected) DoubleCheckText(Text, Expected, __FILE__, __LINE__)
VOID DoubleCheckText(PCWSTR Text, PCWSTR Expected, const char *File, int Number);
VOID DoubleCheckLine(PCWSTR Line, BOOLEAN Echo, PCWSTR Expected, const char *File, int Number);
VOID DoubleCheckBatch(PCWSTR Lines, PCWSTR Arguments, PCWSTR Expected, const char *File,
                      int Number);
// What the last of these left.
extern ULONG DoubleErrorLevel;

int DoubleSetUp(void **State);    // of a cmocka test
int DoubleTearDown(void **State); // fails when memory was not given back
