// The framebuffer that the boot loader set up (multiboot 2, 3.6.12), as the kernel passes it on.
#include "kep.h"

enum { FRAMEBUFFER_RGB = 1 }; // type: colours are in the pixel

BOOLEAN KeQueryFramebuffer(PKE_FRAMEBUFFER Framebuffer)
{
    SIZE_T Size;
    const seL4_X86_BootInfo_fb_t *Chunk =
        KiFindBootChunk(SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER, &Size);
    if (!Chunk || Size < sizeof(*Chunk) || Chunk->type != FRAMEBUFFER_RGB)
        return FALSE;
    *Framebuffer = (KE_FRAMEBUFFER){
        .Address = Chunk->addr,
        .Width = Chunk->width,
        .Height = Chunk->height,
        .Pitch = Chunk->pitch,
        .BitsPerPixel = Chunk->bpp,
    };
    return TRUE;
}
