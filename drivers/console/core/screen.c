#include "screen.h"

#include <string.h>

static uint32_t ConRingRows(const CON_SCREEN *Screen)
{
    return Screen->Rows + Screen->HistoryRows;
}

size_t ConScreenBytes(uint32_t Columns, uint32_t Rows, uint32_t HistoryRows)
{
    return (size_t)Columns * (Rows + HistoryRows) * sizeof(CON_CELL);
}

static CON_CELL *ConRingRow(const CON_SCREEN *Screen, uint32_t Row)
{
    return Screen->Cells + (size_t)(Row % ConRingRows(Screen)) * Screen->Columns;
}

CON_CELL *ConRow(const CON_SCREEN *Screen, uint32_t Row)
{
    return ConRingRow(Screen, Screen->First + Row);
}

const CON_CELL *ConViewRow(const CON_SCREEN *Screen, uint32_t Row)
{
    return ConRingRow(Screen, Screen->First + ConRingRows(Screen) - Screen->View + Row);
}

void ConScrollView(CON_SCREEN *Screen, int32_t RowsBack)
{
    int64_t View = (int64_t)Screen->View + RowsBack;
    if (View < 0)
        View = 0;
    Screen->View = View > Screen->Kept ? Screen->Kept : (uint32_t)View;
}

// An erased cell has the pen's background and nothing else of it.
static void ConBlank(const CON_SCREEN *Screen, CON_CELL *Cells, uint32_t Count)
{
    CON_CELL Blank = {.Character = ' ',
                      .Foreground = CON_DEFAULT_COLOUR,
                      .Background = Screen->Cursor.Pen.Background};
    for (uint32_t i = 0; i < Count; i++)
        Cells[i] = Blank;
}

void ConErase(CON_SCREEN *Screen, uint32_t Row, uint32_t From, uint32_t To)
{
    if (To > Screen->Columns)
        To = Screen->Columns;
    if (Row < Screen->Rows && From < To)
        ConBlank(Screen, ConRow(Screen, Row) + From, To - From);
}

void ConResetScreen(CON_SCREEN *Screen)
{
    Screen->View = 0;
    Screen->Cursor = (CON_CURSOR){.Pen = {.Character = ' ',
                                          .Foreground = CON_DEFAULT_COLOUR,
                                          .Background = CON_DEFAULT_COLOUR}};
    Screen->Saved = Screen->Cursor;
    Screen->Top = 0;
    Screen->Bottom = Screen->Rows - 1;
    Screen->CursorVisible = Screen->AutoWrap = true;
    for (uint32_t Row = 0; Row < Screen->Rows; Row++)
        ConErase(Screen, Row, 0, Screen->Columns);
}

void ConInitScreen(CON_SCREEN *Screen, uint32_t Columns, uint32_t Rows, uint32_t HistoryRows,
                   CON_CELL *Cells)
{
    *Screen = (CON_SCREEN){
        .Columns = Columns,
        .Rows = Rows,
        .HistoryRows = HistoryRows,
        .Cells = Cells,
        .NewLine = true,
    };
    ConResetScreen(Screen);
    ConBlank(Screen, Cells, Columns * (Rows + HistoryRows));
}

void ConMoveCursor(CON_SCREEN *Screen, uint32_t Column, uint32_t Row)
{
    Screen->Cursor.Column = Column < Screen->Columns ? Column : Screen->Columns - 1;
    Screen->Cursor.Row = Row < Screen->Rows ? Row : Screen->Rows - 1;
    Screen->Cursor.WrapPending = false;
}

// ---- Scrolling

// The first row becomes history: nothing is copied. A view that is scrolled back stays where it is.
static void ConAdvanceRing(CON_SCREEN *Screen)
{
    Screen->First = (Screen->First + 1) % ConRingRows(Screen);
    if (Screen->Kept < Screen->HistoryRows)
        Screen->Kept++;
    if (Screen->View && Screen->View < Screen->Kept)
        Screen->View++;
    ConErase(Screen, Screen->Rows - 1, 0, Screen->Columns);
}

static void ConCopyRow(CON_SCREEN *Screen, uint32_t To, uint32_t From)
{
    memcpy(ConRow(Screen, To), ConRow(Screen, From), Screen->Columns * sizeof(CON_CELL));
}

void ConScrollUp(CON_SCREEN *Screen, uint32_t Top, uint32_t Bottom, uint32_t Count)
{
    uint32_t Height = Bottom - Top + 1;
    if (Count > Height)
        Count = Height;
    if (Height == Screen->Rows) {
        while (Count--)
            ConAdvanceRing(Screen);
        return;
    }
    for (uint32_t Row = Top; Row + Count <= Bottom; Row++)
        ConCopyRow(Screen, Row, Row + Count);
    for (uint32_t Row = Bottom + 1 - Count; Row <= Bottom; Row++)
        ConErase(Screen, Row, 0, Screen->Columns);
}

void ConScrollDown(CON_SCREEN *Screen, uint32_t Top, uint32_t Bottom, uint32_t Count)
{
    uint32_t Height = Bottom - Top + 1;
    if (Count > Height)
        Count = Height;
    for (uint32_t Row = Bottom; Row >= Top + Count; Row--)
        ConCopyRow(Screen, Row, Row - Count);
    for (uint32_t Row = Top; Row < Top + Count; Row++)
        ConErase(Screen, Row, 0, Screen->Columns);
}

void ConLineFeed(CON_SCREEN *Screen)
{
    CON_CURSOR *Cursor = &Screen->Cursor;
    if (Cursor->Row == Screen->Bottom)
        ConScrollUp(Screen, Screen->Top, Screen->Bottom, 1);
    else if (Cursor->Row + 1 < Screen->Rows)
        Cursor->Row++;
    Cursor->WrapPending = false;
}

void ConReverseLineFeed(CON_SCREEN *Screen)
{
    CON_CURSOR *Cursor = &Screen->Cursor;
    if (Cursor->Row == Screen->Top)
        ConScrollDown(Screen, Screen->Top, Screen->Bottom, 1);
    else if (Cursor->Row)
        Cursor->Row--;
    Cursor->WrapPending = false;
}

// ---- Characters

void ConPutCharacter(CON_SCREEN *Screen, uint32_t Character)
{
    CON_CURSOR *Cursor = &Screen->Cursor;
    if (Cursor->WrapPending) {
        Cursor->Column = 0;
        ConLineFeed(Screen);
    }
    CON_CELL *Cell = ConRow(Screen, Cursor->Row) + Cursor->Column;
    *Cell = Cursor->Pen;
    Cell->Character = Character & 0xFFFFFF;
    Screen->LastCharacter = Character;
    if (Cursor->Column + 1 < Screen->Columns)
        Cursor->Column++;
    else
        Cursor->WrapPending = Screen->AutoWrap;
}

static uint32_t ConCellsToMove(const CON_SCREEN *Screen, uint32_t *Count)
{
    uint32_t Left = Screen->Columns - Screen->Cursor.Column;
    if (*Count > Left)
        *Count = Left;
    return Left - *Count;
}

void ConInsertCells(CON_SCREEN *Screen, uint32_t Count)
{
    uint32_t Moved = ConCellsToMove(Screen, &Count);
    CON_CELL *Cells = ConRow(Screen, Screen->Cursor.Row) + Screen->Cursor.Column;
    memmove(Cells + Count, Cells, Moved * sizeof(CON_CELL));
    ConBlank(Screen, Cells, Count);
}

void ConDeleteCells(CON_SCREEN *Screen, uint32_t Count)
{
    uint32_t Moved = ConCellsToMove(Screen, &Count);
    CON_CELL *Cells = ConRow(Screen, Screen->Cursor.Row) + Screen->Cursor.Column;
    memmove(Cells, Cells + Count, Moved * sizeof(CON_CELL));
    ConBlank(Screen, Cells + Moved, Count);
}
