// Points and characters on the framebuffer.
#include "inbvp.h"

#include "drivers/console/core/font.h"
#include "drivers/console/core/framebuffer.h"

extern const CON_FONT InbvFont; // 20h to 7Eh of the console's small font, made by tools/mkfont

enum { INBV_LARGE_SCREEN = 1600 };

static CON_FRAMEBUFFER InbvDisplay;

BOOLEAN InbvpMapDisplay(VOID)
{
    KE_FRAMEBUFFER Mode;
    if (!KeQueryFramebuffer(&Mode) || !KeIsDrawnOn(&Mode) || Mode.Width < 640 ||
        Mode.Height < 400 || Mode.Pitch / (Mode.BitsPerPixel / 8) < Mode.Width ||
        Mode.Height > 16384 || Mode.Pitch > 16384 * sizeof(ULONG))
        return FALSE;
    InbvDisplay = (CON_FRAMEBUFFER){
        .Pixels = MmMapFramebuffer(Mode.Address, (SIZE_T)Mode.Pitch * Mode.Height),
        .Pitch = Mode.Pitch,
        .Width = Mode.Width,
        .Height = Mode.Height,
        .PixelBytes = Mode.BitsPerPixel / 8,
    };
    return InbvDisplay.Pixels != nullptr;
}

ULONG InbvpWidth(VOID)
{
    return InbvDisplay.Width;
}

ULONG InbvpHeight(VOID)
{
    return InbvDisplay.Height;
}

ULONG InbvpScale(VOID)
{
    return InbvDisplay.Width >= INBV_LARGE_SCREEN ? 2 : 1;
}

VOID InbvpFill(ULONG Left, ULONG Top, ULONG Width, ULONG Height, ULONG Colour)
{
    ConFillPixels(&InbvDisplay, Left, Top, Width, Height, Colour);
}

static VOID InbvDrawCharacter(ULONG Left, ULONG Top, ULONG Scale, UCHAR Character, ULONG Foreground,
                              ULONG Background)
{
    ULONG Index = Character - InbvFont.Characters[0];
    if (Index >= InbvFont.Count)
        Index = '?' - InbvFont.Characters[0];
    const uint8_t *Rows = InbvFont.Bitmaps + (SIZE_T)Index * InbvFont.Height;
    for (ULONG y = 0; y < InbvFont.Height * Scale; y++) {
        for (ULONG x = 0; x < InbvFont.Width * Scale; x++)
            ConSetPixel(&InbvDisplay, Left + x, Top + y,
                        Rows[y / Scale] & (0x80 >> x / Scale) ? Foreground : Background);
    }
}

VOID InbvpDrawText(ULONG Left, ULONG Top, ULONG Scale, PCSTR Text, ULONG Foreground,
                   ULONG Background)
{
    for (; *Text; Text++, Left += InbvFont.Width * Scale)
        InbvDrawCharacter(Left, Top, Scale, (UCHAR)*Text, Foreground, Background);
}

// ---- Lines of text

enum { INBV_COLUMNS = 160, INBV_ROWS = 80, INBV_MARGIN_COLUMNS = 2, INBV_MARGIN_ROWS = 1 };

static struct {
    ULONG Columns, Rows, Column, Row; // the cursor may be one column behind the last
    ULONG Foreground, Background;
    CHAR Cells[INBV_ROWS][INBV_COLUMNS]; // what is to be seen
} InbvText;

VOID InbvpBeginText(ULONG Foreground, ULONG Background)
{
    ULONG Scale = InbvpScale();
    ULONG Columns = InbvDisplay.Width / (InbvFont.Width * Scale) - 2 * INBV_MARGIN_COLUMNS;
    ULONG Rows = InbvDisplay.Height / (InbvFont.Height * Scale) - 2 * INBV_MARGIN_ROWS;
    InbvText.Columns = min(Columns, (ULONG)INBV_COLUMNS);
    InbvText.Rows = min(Rows, (ULONG)INBV_ROWS);
    InbvText.Column = InbvText.Row = 0;
    InbvText.Foreground = Foreground;
    InbvText.Background = Background;
    memset(InbvText.Cells, ' ', sizeof(InbvText.Cells));
    InbvpFill(0, 0, InbvDisplay.Width, InbvDisplay.Height, Background);
}

static VOID InbvSetCell(ULONG Row, ULONG Column, CHAR Character)
{
    ULONG Scale = InbvpScale();
    if (InbvText.Cells[Row][Column] == Character)
        return;
    InbvText.Cells[Row][Column] = Character;
    InbvDrawCharacter((INBV_MARGIN_COLUMNS + Column) * InbvFont.Width * Scale,
                      (INBV_MARGIN_ROWS + Row) * InbvFont.Height * Scale, Scale, (UCHAR)Character,
                      InbvText.Foreground, InbvText.Background);
}

// Only what differs is drawn: the framebuffer is slow.
static VOID InbvScroll(VOID)
{
    for (ULONG Row = 0; Row < InbvText.Rows; Row++) {
        for (ULONG Column = 0; Column < InbvText.Columns; Column++)
            InbvSetCell(Row, Column,
                        Row + 1 < InbvText.Rows ? InbvText.Cells[Row + 1][Column] : ' ');
    }
}

static VOID InbvEndLine(VOID)
{
    InbvText.Column = 0;
    if (InbvText.Row + 1 < InbvText.Rows)
        InbvText.Row++;
    else
        InbvScroll();
}

VOID InbvpWriteText(PCSTR Text, SIZE_T Length)
{
    for (SIZE_T i = 0; i < Length && Text[i]; i++) {
        if (Text[i] == '\n') {
            InbvEndLine();
        } else if (Text[i] != '\r') {
            if (InbvText.Column == InbvText.Columns)
                InbvEndLine();
            InbvSetCell(InbvText.Row, InbvText.Column++, Text[i]);
        }
    }
}
