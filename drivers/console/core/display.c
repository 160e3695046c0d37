#include "display.h"

void ConInitDisplay(CON_DISPLAY *Display, uint32_t *Pixels, uint32_t Pitch, uint32_t Width,
                    uint32_t Height)
{
    const CON_FONT *Font = ConChooseFont(Width);
    *Display = (CON_DISPLAY){
        .Pixels = Pixels,
        .Pitch = Pitch,
        .Width = Width,
        .Height = Height,
        .Font = Font,
        .Columns = Width / Font->Width,
        .Rows = Height / Font->Height,
    };
}

// ---- Cells

// The text area is in the middle of what does not divide into cells.
static uint32_t *ConCellPixels(const CON_DISPLAY *Display, uint32_t Column, uint32_t Row)
{
    const CON_FONT *Font = Display->Font;
    uint32_t Left = (Display->Width - Display->Columns * Font->Width) / 2;
    uint32_t Top = (Display->Height - Display->Rows * Font->Height) / 2;
    return Display->Pixels + (size_t)(Top + Row * Font->Height) * Display->Pitch + Left +
           Column * Font->Width;
}

static void ConDrawLine(uint32_t *Pixels, uint32_t Width, const uint8_t *Bits, uint32_t Foreground,
                        uint32_t Background)
{
    for (uint32_t i = 0; i < Width; i++)
        Pixels[i] = Bits[i / 8] & (0x80 >> i % 8) ? Foreground : Background;
}

static void ConFillRows(const CON_DISPLAY *Display, uint32_t *Pixels, uint32_t From, uint32_t To,
                        uint32_t Colour)
{
    for (uint32_t y = From; y < To; y++) {
        for (uint32_t x = 0; x < Display->Font->Width; x++)
            Pixels[(size_t)y * Display->Pitch + x] = Colour;
    }
}

static void ConDrawCell(const CON_DISPLAY *Display, uint32_t Column, uint32_t Row,
                        const CON_CELL *Cell, bool Cursor)
{
    const CON_FONT *Font = Display->Font;
    const uint8_t *Bits = ConGlyph(Font, Cell->Character);
    uint32_t *Pixels = ConCellPixels(Display, Column, Row);
    uint32_t RowBytes = (Font->Width + 7) / 8, Thickness = Font->Height / 16;
    uint32_t Foreground, Background;
    ConResolveColours(Cell, &Foreground, &Background);
    for (uint32_t y = 0; y < Font->Height; y++)
        ConDrawLine(Pixels + (size_t)y * Display->Pitch, Font->Width, Bits + y * RowBytes,
                    Foreground, Background);
    if (Cell->Flags & CON_UNDERLINE)
        ConFillRows(Display, Pixels, Font->Height - 2 * Thickness, Font->Height - Thickness,
                    Foreground);
    if (Cell->Flags & CON_STRUCK)
        ConFillRows(Display, Pixels, Font->Height / 2, Font->Height / 2 + Thickness, Foreground);
    if (Cursor)
        ConFillRows(Display, Pixels, Font->Height - 3 * Thickness, Font->Height - Thickness,
                    Foreground);
}

// ---- The display

static bool ConIsSameCell(const CON_CELL *Left, const CON_CELL *Right)
{
    return Left->Character == Right->Character && Left->Flags == Right->Flags &&
           Left->Foreground == Right->Foreground && Left->Background == Right->Background;
}

// Everything is drawn anew by the next refresh: no cell of a screen has the character 0.
void ConClearDisplay(CON_DISPLAY *Display)
{
    const CON_CELL Empty = {.Foreground = CON_DEFAULT_COLOUR, .Background = CON_DEFAULT_COLOUR};
    uint32_t Foreground, Background;
    ConResolveColours(&Empty, &Foreground, &Background);
    for (uint32_t y = 0; y < Display->Height; y++) {
        for (uint32_t x = 0; x < Display->Width; x++)
            Display->Pixels[(size_t)y * Display->Pitch + x] = Background;
    }
    for (size_t i = 0; i < (size_t)Display->Columns * Display->Rows; i++)
        Display->Shown[i] = Empty;
    Display->CursorShown = false;
}

static void ConRefreshRow(CON_DISPLAY *Display, const CON_SCREEN *Screen, uint32_t Row,
                          uint32_t CursorColumn)
{
    const CON_CELL *Cells = ConViewRow(Screen, Row);
    CON_CELL *Shown = Display->Shown + (size_t)Row * Display->Columns;
    for (uint32_t Column = 0; Column < Display->Columns; Column++) {
        bool Cursor = Column == CursorColumn;
        bool HadCursor =
            Display->CursorShown && Display->CursorRow == Row && Display->CursorColumn == Column;
        if (Cursor == HadCursor && ConIsSameCell(&Cells[Column], &Shown[Column]))
            continue;
        ConDrawCell(Display, Column, Row, &Cells[Column], Cursor);
        Shown[Column] = Cells[Column];
    }
}

void ConRefreshDisplay(CON_DISPLAY *Display, const CON_SCREEN *Screen)
{
    uint32_t CursorRow = Screen->Cursor.Row + Screen->View;
    bool CursorShown = Screen->CursorVisible && CursorRow < Display->Rows;
    for (uint32_t Row = 0; Row < Display->Rows; Row++)
        ConRefreshRow(Display, Screen, Row,
                      CursorShown && Row == CursorRow ? Screen->Cursor.Column : UINT32_MAX);
    Display->CursorShown = CursorShown;
    Display->CursorRow = CursorRow;
    Display->CursorColumn = Screen->Cursor.Column;
}
