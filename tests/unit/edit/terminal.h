// A terminal that knows no more sequences than the editor writes, and remembers what it shows.
#ifndef TESTS_UNIT_EDIT_TERMINAL_H
#define TESTS_UNIT_EDIT_TERMINAL_H

#include "edit.h"

enum { TerminalColumns = 80, TerminalRows = 8 };

typedef struct _TERMINAL {
    ED_EDITOR Editor;
    uint16_t Screen[TerminalRows][TerminalColumns];
    uint32_t Row, Column;
    uint8_t *Saved; // what was saved last
    size_t SavedLength;
    const char *SaveProblem;
} TERMINAL;

void TerminalInit(TERMINAL *Terminal, const char *Text);
void TerminalFree(TERMINAL *Terminal);
// Characters are typed; ^X is a control key, and {up} ... other keys, {+up} with Shift.
void TerminalType(TERMINAL *Terminal, const char *Keys);
const char *TerminalRow(TERMINAL *Terminal,
                        uint32_t Row); // without blanks at its end; other than ASCII as ?

#endif
