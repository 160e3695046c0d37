#include "display.h"

void ConInitDisplay(CON_DISPLAY *Display, const CON_FRAMEBUFFER *Framebuffer)
{
    const CON_FONT *Font = ConChooseFont(Framebuffer->Width);
    *Display = (CON_DISPLAY){
        .Framebuffer = *Framebuffer,
        .Font = Font,
        .Columns = Framebuffer->Width / Font->Width,
        .Rows = Framebuffer->Height / Font->Height,
    };
}

// ---- Cells

// The text area is in the middle of what does not divide into cells.
static uint32_t ConCellLeft(const CON_DISPLAY *Display, uint32_t Column)
{
    uint32_t Width = Display->Font->Width;
    return (Display->Framebuffer.Width - Display->Columns * Width) / 2 + Column * Width;
}

static uint32_t ConCellTop(const CON_DISPLAY *Display, uint32_t Row)
{
    uint32_t Height = Display->Font->Height;
    return (Display->Framebuffer.Height - Display->Rows * Height) / 2 + Row * Height;
}

static void ConDrawCell(const CON_DISPLAY *Display, uint32_t Column, uint32_t Row,
                        const CON_CELL *Cell, bool Cursor)
{
    const CON_FRAMEBUFFER *Framebuffer = &Display->Framebuffer;
    const CON_FONT *Font = Display->Font;
    const uint8_t *Bits = ConGlyph(Font, Cell->Character);
    uint32_t Left = ConCellLeft(Display, Column), Top = ConCellTop(Display, Row);
    uint32_t RowBytes = (Font->Width + 7) / 8, Thickness = Font->Height / 16;
    uint32_t Foreground, Background;
    ConResolveColours(Cell, &Foreground, &Background);
    for (uint32_t y = 0; y < Font->Height; y++, Bits += RowBytes) {
        for (uint32_t x = 0; x < Font->Width; x++)
            ConSetPixel(Framebuffer, Left + x, Top + y,
                        Bits[x / 8] & (0x80 >> x % 8) ? Foreground : Background);
    }
    if (Cell->Flags & CON_UNDERLINE)
        ConFillPixels(Framebuffer, Left, Top + Font->Height - 2 * Thickness, Font->Width, Thickness,
                      Foreground);
    if (Cell->Flags & CON_STRUCK)
        ConFillPixels(Framebuffer, Left, Top + Font->Height / 2, Font->Width, Thickness,
                      Foreground);
    if (Cursor)
        ConFillPixels(Framebuffer, Left, Top + Font->Height - 3 * Thickness, Font->Width,
                      2 * Thickness, Foreground);
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
    ConFillPixels(&Display->Framebuffer, 0, 0, Display->Framebuffer.Width,
                  Display->Framebuffer.Height, Background);
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
