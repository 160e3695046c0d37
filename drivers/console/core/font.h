// A font of cells that are all of one size.
#pragma once

#include <stdint.h>

typedef struct _CON_FONT {
    uint32_t Width, Height, Count;
    const uint16_t *Characters; // ascending
    const uint8_t
        *Bitmaps; // Height rows each, rounded up to bytes, the left pixel in the highest bit
} CON_FONT;

extern const CON_FONT ConFont8x16, ConFont12x24, ConFont16x32; // made at build time by tools/mkfont

// The largest that leaves a screen of this width wide enough for a console.
const CON_FONT *ConChooseFont(uint32_t Width);
// The bitmap of a character; of U+FFFD for those that the font does not have.
const uint8_t *ConGlyph(const CON_FONT *Font, uint32_t Character);
