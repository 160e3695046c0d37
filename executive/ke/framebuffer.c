// The framebuffer that the boot loader set up (multiboot 2, 3.6.12), as the kernel passes it on; and its mode over a
// sleep of the machine, which neither the firmware nor a driver sets again.
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

BOOLEAN KeIsDrawnOn(const KE_FRAMEBUFFER *Framebuffer)
{
    return Framebuffer->BitsPerPixel == 32 || Framebuffer->BitsPerPixel == 24;
}

// ---- The mode: registers of the display adapter of Bochs and QEMU ("-vga std", "bochs-display"), beside which a VGA is
// that need only show what it is given. QEMU's documentation, "Standard VGA".

enum {
    DISPLAY_INDEX = 0x1CE, // 16 bits, as the data
    DISPLAY_DATA = 0x1CF,
    DISPLAY_ID = 0,
    DISPLAY_WIDTH = 1,
    DISPLAY_ENABLE = 4,
    DISPLAY_LAST = 9, // the vertical offset
    DISPLAY_FIRST_ID = 0xB0C0,
    DISPLAY_LAST_ID = 0xB0CF,
    DISPLAY_KEEP_MEMORY = 0x80, // does not clear it

    VGA_ATTRIBUTE = 0x3C0,
    VGA_ATTRIBUTE_SHOW = 0x20, // the screen is on
    VGA_MISCELLANEOUS_WRITE = 0x3C2,
    VGA_MISCELLANEOUS_READ = 0x3CC,
    VGA_STATUS = 0x3DA, // reading it: the next write is an index of the attributes
};

static struct {
    BOOLEAN Saved;
    BOOLEAN InDoubt; // since the machine has slept
    ULONG Registers[DISPLAY_LAST + 1], Miscellaneous;
} KiDisplay;

static ULONG KiReadDisplay(ULONG Register)
{
    ULONG Value;
    if (!NT_SUCCESS(KeWritePort(DISPLAY_INDEX, sizeof(USHORT), Register)) ||
        !NT_SUCCESS(KeReadPort(DISPLAY_DATA, sizeof(USHORT), &Value)))
        return 0;
    return Value;
}

static VOID KiWriteDisplay(ULONG Register, ULONG Value)
{
    (VOID) KeWritePort(DISPLAY_INDEX, sizeof(USHORT), Register);
    (VOID) KeWritePort(DISPLAY_DATA, sizeof(USHORT), Value);
}

static VOID KiWriteMode(VOID)
{
    for (ULONG i = DISPLAY_WIDTH; i <= DISPLAY_LAST; i++) {
        if (i != DISPLAY_ENABLE)
            KiWriteDisplay(i, KiDisplay.Registers[i]);
    }
}

VOID KiSaveDisplay(VOID)
{
    KE_FRAMEBUFFER Framebuffer;
    ULONG Id = KeQueryFramebuffer(&Framebuffer) ? KiReadDisplay(DISPLAY_ID) : 0;
    KiDisplay.Saved =
        Id >= DISPLAY_FIRST_ID && Id <= DISPLAY_LAST_ID &&
        NT_SUCCESS(KeReadPort(VGA_MISCELLANEOUS_READ, sizeof(UCHAR), &KiDisplay.Miscellaneous));
    for (ULONG i = DISPLAY_WIDTH; i <= DISPLAY_LAST && KiDisplay.Saved; i++)
        KiDisplay.Registers[i] = KiReadDisplay(i);
}

BOOLEAN KeIsDisplayInDoubt(VOID)
{
    return KiDisplay.InDoubt;
}

// Some of it takes only a display that is off, and some (the offsets) one that is on.
VOID KiWakeDisplay(VOID)
{
    KE_FRAMEBUFFER Framebuffer;
    ULONG Status;
    KiDisplay.InDoubt =
        !KiDisplay.Saved && KeQueryFramebuffer(&Framebuffer) && KeIsDrawnOn(&Framebuffer);
    if (KiDisplay.InDoubt)
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL,
                   "ke: the display adapter is none that can be set up again: the screen may stay "
                   "dark until the next start\n");
    if (!KiDisplay.Saved)
        return;
    (VOID) KeWritePort(VGA_MISCELLANEOUS_WRITE, sizeof(UCHAR), KiDisplay.Miscellaneous);
    KiWriteDisplay(DISPLAY_ENABLE, 0);
    KiWriteMode();
    KiWriteDisplay(DISPLAY_ENABLE, KiDisplay.Registers[DISPLAY_ENABLE] | DISPLAY_KEEP_MEMORY);
    KiWriteMode();
    (VOID) KeReadPort(VGA_STATUS, sizeof(UCHAR), &Status);
    (VOID) KeWritePort(VGA_ATTRIBUTE, sizeof(UCHAR), VGA_ATTRIBUTE_SHOW);
}
