// A line that is being typed: edited by keys, shown on every sink, kept in a history.
#pragma once

#include "keys.h"
#include "screen.h"

enum {
    CON_LINE_CHARS = 1024,
    CON_HISTORY_LINES = 50,
    CON_SINKS = 2,
    CON_LIST_ROWS = 10,    // of the history's list
    CON_LIST_COLUMNS = 78, // and its borders
};

// Where what is echoed goes. Screen follows what is shown there; Send, which may be null, gets the bytes.
typedef struct _CON_SINK {
    CON_SCREEN *Screen;
    void (*Send)(void *Context, const char *Bytes, size_t Length);
    void *Context;
    uint32_t Start; // the column in which the line began
} CON_SINK;

void ConWriteSink(CON_SINK *Sink, const char *Bytes, size_t Length);

typedef struct _CON_HISTORY {
    struct {
        uint32_t Length;
        uint32_t Characters[CON_LINE_CHARS];
    } Lines[CON_HISTORY_LINES]; // a ring
    uint32_t Count, Next;
} CON_HISTORY;

void ConClearHistory(CON_HISTORY *History);
void ConAddToHistory(CON_HISTORY *History, const uint32_t *Characters, uint32_t Length);
// Back: 0 is the newest. Null: there are not so many.
const uint32_t *ConHistoryLine(const CON_HISTORY *History, uint32_t Back, uint32_t *Length);

typedef enum _CON_EDIT {
    ConEditGoesOn,
    ConEditComplete, // Return was pressed
    ConEditBreak,    // Ctrl-C was: the line is gone
    ConEditEnd,      // Ctrl-Z was, and the line is empty: the input has ended
    ConEditWakeup,   // a key of Wakeup was: the line stays as it is
} CON_EDIT;

// A function key that wants to know more: the next keys are for it.
typedef enum _CON_ASKED {
    ConNothingAsked,
    ConCopyToAsked,   // F2: a character
    ConDeleteToAsked, // F4: a character
    ConNumberAsked,   // F9: a number, ended by Return
} CON_ASKED;

// The list of the history, and where it is on a sink.
typedef struct _CON_LIST_PLACE {
    uint32_t Row, Column, Rows, Columns; // with the borders; no rows: it is not there
    uint32_t Top;                        // number of the line that is shown first
    CON_CELL Covered[CON_LIST_ROWS + 2][CON_LIST_COLUMNS];
} CON_LIST_PLACE;

typedef struct _CON_LIST {
    bool Open;
    uint32_t Selected; // number, counted from the oldest
    CON_LIST_PLACE Places[CON_SINKS];
} CON_LIST;

typedef struct _CON_EDITOR {
    CON_SINK *Sinks;
    uint32_t SinkCount;
    CON_HISTORY *History;
    uint32_t Line[CON_LINE_CHARS]; // code points, each one cell wide
    uint32_t Length, Position;
    uint32_t Recalled; // how far back in the history the line came from, counted from 1; 0: nowhere
    bool Active, Overwrite;
    CON_ASKED Asked;
    CON_LIST List;
    uint32_t Number;      // typed so far
    bool Echo, Processed; // ENABLE_ECHO_INPUT, ENABLE_PROCESSED_INPUT
    bool MayEnd;          // Ctrl-Z ends the input
    uint32_t Wakeup;      // 1 << n: control character n interrupts the editing
} CON_EDITOR;

void ConBeginLine(CON_EDITOR *Editor);
CON_EDIT ConEditLine(CON_EDITOR *Editor, const CON_KEY *Key);
// The line becomes this one, with the cursor at Position.
void ConReplaceLine(CON_EDITOR *Editor, const uint32_t *Characters, uint32_t Length,
                    uint32_t Position);
// Output of another program is about to come between, and has come: the line is taken away, and put back
// where the cursor is then.
void ConHideLine(CON_EDITOR *Editor);
void ConShowLine(CON_EDITOR *Editor);
