// Control sequences: CSI, parameters, a final character (ECMA-48, 8.3).
#include "screen.h"

// A parameter that is missing or 0 is the default.
static uint32_t ConParameter(const CON_SCREEN *Screen, uint32_t Index, uint32_t Default)
{
    uint32_t Value = Index < Screen->ParameterCount ? Screen->Parameters[Index] : 0;
    return Value ? Value : Default;
}

static uint32_t ConCount(const CON_SCREEN *Screen)
{
    return ConParameter(Screen, 0, 1);
}

static uint32_t ConLess(uint32_t Value, uint32_t Count)
{
    return Value > Count ? Value - Count : 0;
}

// ---- Cursor. Moves up and down stop at the scrolling region's edges if they start inside it.

static void ConUp(CON_SCREEN *Screen)
{
    uint32_t Row = ConLess(Screen->Cursor.Row, ConCount(Screen));
    if (Screen->Cursor.Row >= Screen->Top && Row < Screen->Top)
        Row = Screen->Top;
    ConMoveCursor(Screen, Screen->Cursor.Column, Row);
}

static void ConDown(CON_SCREEN *Screen)
{
    uint32_t Row = Screen->Cursor.Row + ConCount(Screen);
    if (Screen->Cursor.Row <= Screen->Bottom && Row > Screen->Bottom)
        Row = Screen->Bottom;
    ConMoveCursor(Screen, Screen->Cursor.Column, Row);
}

static void ConRight(CON_SCREEN *Screen)
{
    ConMoveCursor(Screen, Screen->Cursor.Column + ConCount(Screen), Screen->Cursor.Row);
}

static void ConLeft(CON_SCREEN *Screen)
{
    ConMoveCursor(Screen, ConLess(Screen->Cursor.Column, ConCount(Screen)), Screen->Cursor.Row);
}

static void ConNextLine(CON_SCREEN *Screen)
{
    ConDown(Screen);
    Screen->Cursor.Column = 0;
}

static void ConPreviousLine(CON_SCREEN *Screen)
{
    ConUp(Screen);
    Screen->Cursor.Column = 0;
}

static void ConToColumn(CON_SCREEN *Screen)
{
    ConMoveCursor(Screen, ConCount(Screen) - 1, Screen->Cursor.Row);
}

static void ConToRow(CON_SCREEN *Screen)
{
    ConMoveCursor(Screen, Screen->Cursor.Column, ConCount(Screen) - 1);
}

static void ConToPosition(CON_SCREEN *Screen)
{
    ConMoveCursor(Screen, ConParameter(Screen, 1, 1) - 1, ConParameter(Screen, 0, 1) - 1);
}

static void ConSaveCursor(CON_SCREEN *Screen)
{
    Screen->Saved = Screen->Cursor;
}

static void ConRestoreCursor(CON_SCREEN *Screen)
{
    Screen->Cursor = Screen->Saved;
}

// ---- Erasing

static void ConEraseRows(CON_SCREEN *Screen, uint32_t From, uint32_t To)
{
    for (uint32_t Row = From; Row < To; Row++)
        ConErase(Screen, Row, 0, Screen->Columns);
}

static void ConEraseInLine(CON_SCREEN *Screen)
{
    CON_CURSOR *Cursor = &Screen->Cursor;
    uint32_t Part = ConParameter(Screen, 0, 0);
    uint32_t From = Part == 0 ? Cursor->Column : 0;
    uint32_t To = Part == 1 ? Cursor->Column + 1 : Screen->Columns;
    if (Part <= 2)
        ConErase(Screen, Cursor->Row, From, To);
    Cursor->WrapPending = false;
}

static void ConEraseInDisplay(CON_SCREEN *Screen)
{
    CON_CURSOR *Cursor = &Screen->Cursor;
    uint32_t Part = ConParameter(Screen, 0, 0);
    switch (Part) {
    case 0:
        ConEraseInLine(Screen);
        ConEraseRows(Screen, Cursor->Row + 1, Screen->Rows);
        break;
    case 1:
        ConEraseRows(Screen, 0, Cursor->Row);
        ConEraseInLine(Screen);
        break;
    case 2:
        ConEraseRows(Screen, 0, Screen->Rows);
        break;
    case 3: // the history
        Screen->Kept = Screen->View = 0;
        break;
    default:
        break;
    }
    Cursor->WrapPending = false;
}

static void ConEraseCharacters(CON_SCREEN *Screen)
{
    CON_CURSOR *Cursor = &Screen->Cursor;
    ConErase(Screen, Cursor->Row, Cursor->Column, Cursor->Column + ConCount(Screen));
}

// ---- Inserting, deleting, scrolling

static void ConInsertCharacters(CON_SCREEN *Screen)
{
    ConInsertCells(Screen, ConCount(Screen));
}

static void ConDeleteCharacters(CON_SCREEN *Screen)
{
    ConDeleteCells(Screen, ConCount(Screen));
}

static bool ConIsInRegion(const CON_SCREEN *Screen)
{
    return Screen->Cursor.Row >= Screen->Top && Screen->Cursor.Row <= Screen->Bottom;
}

static void ConInsertLines(CON_SCREEN *Screen)
{
    if (ConIsInRegion(Screen))
        ConScrollDown(Screen, Screen->Cursor.Row, Screen->Bottom, ConCount(Screen));
}

static void ConDeleteLines(CON_SCREEN *Screen)
{
    if (ConIsInRegion(Screen))
        ConScrollUp(Screen, Screen->Cursor.Row, Screen->Bottom, ConCount(Screen));
}

static void ConRegionUp(CON_SCREEN *Screen)
{
    ConScrollUp(Screen, Screen->Top, Screen->Bottom, ConCount(Screen));
}

static void ConRegionDown(CON_SCREEN *Screen)
{
    ConScrollDown(Screen, Screen->Top, Screen->Bottom, ConCount(Screen));
}

static void ConSetRegion(CON_SCREEN *Screen)
{
    uint32_t Top = ConParameter(Screen, 0, 1) - 1;
    uint32_t Bottom = ConParameter(Screen, 1, Screen->Rows) - 1;
    if (Bottom >= Screen->Rows || Top >= Bottom)
        return;
    Screen->Top = Top;
    Screen->Bottom = Bottom;
    ConMoveCursor(Screen, 0, 0);
}

static void ConRepeat(CON_SCREEN *Screen)
{
    uint32_t Count = ConCount(Screen), Most = Screen->Columns * Screen->Rows;
    for (uint32_t i = 0; i < Count && i < Most && Screen->LastCharacter; i++)
        ConPutCharacter(Screen, Screen->LastCharacter);
}

// ---- Modes

static void ConSetPrivateModes(CON_SCREEN *Screen, bool Set)
{
    for (uint32_t i = 0; i < Screen->ParameterCount; i++) {
        if (Screen->Parameters[i] == 7)
            Screen->AutoWrap = Set;
        else if (Screen->Parameters[i] == 25)
            Screen->CursorVisible = Set;
    }
}

static void ConRunPrivate(CON_SCREEN *Screen, uint32_t Final)
{
    if (Screen->Private == '?' && (Final == 'h' || Final == 'l'))
        ConSetPrivateModes(Screen, Final == 'h');
}

void ConRunControl(CON_SCREEN *Screen, uint32_t Final)
{
    static void (*const Functions[128])(CON_SCREEN *) = {
        ['@'] = ConInsertCharacters,
        ['A'] = ConUp,
        ['B'] = ConDown,
        ['C'] = ConRight,
        ['D'] = ConLeft,
        ['E'] = ConNextLine,
        ['F'] = ConPreviousLine,
        ['G'] = ConToColumn,
        ['H'] = ConToPosition,
        ['J'] = ConEraseInDisplay,
        ['K'] = ConEraseInLine,
        ['L'] = ConInsertLines,
        ['M'] = ConDeleteLines,
        ['P'] = ConDeleteCharacters,
        ['S'] = ConRegionUp,
        ['T'] = ConRegionDown,
        ['X'] = ConEraseCharacters,
        ['`'] = ConToColumn,
        ['a'] = ConRight,
        ['b'] = ConRepeat,
        ['d'] = ConToRow,
        ['e'] = ConDown,
        ['f'] = ConToPosition,
        ['m'] = ConSelectGraphics,
        ['r'] = ConSetRegion,
        ['s'] = ConSaveCursor,
        ['u'] = ConRestoreCursor,
    };
    if (Screen->Private)
        ConRunPrivate(Screen, Final);
    else if (!Screen->Intermediate && Final < 128 && Functions[Final])
        Functions[Final](Screen);
}
