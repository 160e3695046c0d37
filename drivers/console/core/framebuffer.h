// A linear framebuffer whose points have 32 bits, or 24: blue, green, red, and what is not shown.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct _CON_FRAMEBUFFER {
    uint8_t *Pixels;
    uint32_t Pitch; // bytes from row to row
    uint32_t Width, Height;
    uint32_t PixelBytes; // 3 or 4
} CON_FRAMEBUFFER;

// Colour: 0x00RRGGBB.
static inline void ConSetPixel(const CON_FRAMEBUFFER *Framebuffer, uint32_t X, uint32_t Y,
                               uint32_t Colour)
{
    uint8_t *Pixel =
        Framebuffer->Pixels + (size_t)Y * Framebuffer->Pitch + (size_t)X * Framebuffer->PixelBytes;
    if (Framebuffer->PixelBytes == sizeof(Colour)) {
        *(uint32_t *)Pixel = Colour;
        return;
    }
    Pixel[0] = (uint8_t)Colour;
    Pixel[1] = (uint8_t)(Colour >> 8);
    Pixel[2] = (uint8_t)(Colour >> 16);
}

static inline void ConFillPixels(const CON_FRAMEBUFFER *Framebuffer, uint32_t Left, uint32_t Top,
                                 uint32_t Width, uint32_t Height, uint32_t Colour)
{
    const CON_FRAMEBUFFER To = *Framebuffer; // a copy: no pixel that is set can change it
    for (uint32_t y = Top; y < Top + Height; y++) {
        for (uint32_t x = Left; x < Left + Width; x++)
            ConSetPixel(&To, x, y, Colour);
    }
}
