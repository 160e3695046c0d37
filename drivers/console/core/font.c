#include "font.h"

enum { CON_WANTED_COLUMNS = 128, CON_REPLACEMENT = 0xFFFD };

const CON_FONT *ConChooseFont(uint32_t Width)
{
    static const CON_FONT *const Fonts[] = {&ConFont16x32, &ConFont12x24};
    for (uint32_t i = 0; i < sizeof(Fonts) / sizeof(Fonts[0]); i++) {
        if (Width / Fonts[i]->Width >= CON_WANTED_COLUMNS)
            return Fonts[i];
    }
    return &ConFont8x16;
}

static const uint8_t *ConFindGlyph(const CON_FONT *Font, uint32_t Character)
{
    uint32_t Low = 0, High = Font->Count;
    while (Low < High) {
        uint32_t Middle = (Low + High) / 2;
        if (Font->Characters[Middle] < Character)
            Low = Middle + 1;
        else
            High = Middle;
    }
    if (Low == Font->Count || Font->Characters[Low] != Character)
        return nullptr;
    return Font->Bitmaps + Low * Font->Height * ((Font->Width + 7) / 8);
}

const uint8_t *ConGlyph(const CON_FONT *Font, uint32_t Character)
{
    const uint8_t *Glyph = ConFindGlyph(Font, Character);
    return Glyph ? Glyph : ConFindGlyph(Font, CON_REPLACEMENT);
}
