// What a terminal shows: a grid of cells with the rows that have scrolled out of it above, changed by
// text with VT escape sequences. The display draws one; another follows what a serial terminal shows, so
// that the line editor knows where its cursor is.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    CON_TITLE_CHARS = 128,
    CON_PARAMETERS = 16, // of one control sequence; more are left out
    CON_DEFAULT_COLOUR = -1,
    CON_RGB = 0x1000000, // added to a colour that is 0xRRGGBB instead of a place in the palette
};

enum { // CON_CELL.Flags
    CON_BOLD = 0x01,
    CON_DIM = 0x02,
    CON_UNDERLINE = 0x04,
    CON_INVERSE = 0x08,
    CON_CONCEALED = 0x10,
    CON_STRUCK = 0x20,
};

typedef struct _CON_CELL {
    uint32_t Character : 24; // code point
    uint32_t Flags : 8;
    int32_t Foreground, Background; // CON_DEFAULT_COLOUR, 0..255, or CON_RGB + 0xRRGGBB
} CON_CELL;

typedef struct _CON_CURSOR {
    uint32_t Column, Row;
    bool WrapPending; // the last column was written: the next character goes to the next row
    CON_CELL Pen;     // what erased cells look like, and written ones but for the character
} CON_CURSOR;

typedef enum _CON_VT_STATE {
    ConVtGround,
    ConVtEscape,
    ConVtSkipOne, // one more character belongs to the sequence and means nothing here
    ConVtControl, // CSI
    ConVtControlBad,
    ConVtCommand, // OSC, up to BEL or ST
    ConVtCommandEscape,
    ConVtString, // DCS, SOS, PM, APC: up to ST
    ConVtStringEscape,
} CON_VT_STATE;

typedef struct _CON_SCREEN {
    uint32_t Columns, Rows,
        HistoryRows; // HistoryRows: how many rows above the screen are kept at most
    CON_CELL *Cells; // a ring of Rows + HistoryRows rows
    uint32_t First;  // the ring's row that is the screen's first
    uint32_t Kept;   // rows of history that there are
    uint32_t View;   // how many rows the view is scrolled back
    CON_CURSOR Cursor, Saved;
    uint32_t Top, Bottom;                  // the scrolling region, inclusive
    bool CursorVisible, AutoWrap, NewLine; // NewLine: a line feed goes to the first column too
    uint16_t Title[CON_TITLE_CHARS];       // terminated
    // The parser's
    CON_VT_STATE State;
    uint32_t Decoded, DecodeLeft, DecodeMinimum; // of a UTF-8 sequence under way
    uint32_t Parameters[CON_PARAMETERS], ParameterCount;
    uint8_t Private, Intermediate;
    uint32_t CommandNumber, CommandLength;
    bool CommandHasNumber;
    uint16_t Command[CON_TITLE_CHARS];
    uint32_t LastCharacter;
} CON_SCREEN;

// ---- The grid (screen.c). Positions count from 0; those out of range are taken to the nearest edge.

size_t ConScreenBytes(uint32_t Columns, uint32_t Rows, uint32_t HistoryRows); // of Cells
void ConInitScreen(CON_SCREEN *Screen, uint32_t Columns, uint32_t Rows, uint32_t HistoryRows,
                   CON_CELL *Cells);
void ConResetScreen(CON_SCREEN *Screen); // blank, with what follows from it; the history stays
CON_CELL *ConRow(const CON_SCREEN *Screen, uint32_t Row);
// What is to be seen in a row of the display, history included.
const CON_CELL *ConViewRow(const CON_SCREEN *Screen, uint32_t Row);
void ConScrollView(CON_SCREEN *Screen, int32_t RowsBack);
void ConMoveCursor(CON_SCREEN *Screen, uint32_t Column, uint32_t Row);
void ConPutCharacter(CON_SCREEN *Screen, uint32_t Character);
void ConLineFeed(CON_SCREEN *Screen);
void ConReverseLineFeed(CON_SCREEN *Screen);
void ConErase(CON_SCREEN *Screen, uint32_t Row, uint32_t From, uint32_t To); // To: exclusive
void ConScrollUp(CON_SCREEN *Screen, uint32_t Top, uint32_t Bottom, uint32_t Count);
void ConScrollDown(CON_SCREEN *Screen, uint32_t Top, uint32_t Bottom, uint32_t Count);
void ConInsertCells(CON_SCREEN *Screen, uint32_t Count);
void ConDeleteCells(CON_SCREEN *Screen, uint32_t Count);

// ---- Text (vt.c, csi.c)

void ConWriteScreen(CON_SCREEN *Screen, const void *Utf8, size_t Length);
// As a character of a terminal's input is taken: controls and sequences included.
void ConWriteCharacter(CON_SCREEN *Screen, uint32_t Character);
void ConRunControl(CON_SCREEN *Screen, uint32_t Final); // a control sequence is complete
void ConSelectGraphics(CON_SCREEN *Screen);             // SGR with the parameters there are (sgr.c)
void ConResolveColours(const CON_CELL *Cell, uint32_t *Foreground, uint32_t *Background);
