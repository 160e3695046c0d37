// A linear framebuffer that shows a screen. Only cells that changed since they were drawn last are drawn.
#pragma once

#include "font.h"
#include "framebuffer.h"
#include "screen.h"

typedef struct _CON_DISPLAY {
    CON_FRAMEBUFFER Framebuffer;
    const CON_FONT *Font;
    uint32_t Columns, Rows;
    CON_CELL *Shown;                  // Columns * Rows cells: what is drawn
    uint32_t CursorColumn, CursorRow; // where the cursor is drawn
    bool CursorShown;
} CON_DISPLAY;

// Sets all but Shown, which the caller allocates.
void ConInitDisplay(CON_DISPLAY *Display, const CON_FRAMEBUFFER *Framebuffer);
void ConClearDisplay(CON_DISPLAY *Display);
// Screen has as many rows and columns as the display.
void ConRefreshDisplay(CON_DISPLAY *Display, const CON_SCREEN *Screen);
