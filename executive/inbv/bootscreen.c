// The screen from the start of the Executive until the console's driver draws, and when the system stops.
#include "inbvp.h"

enum {
    INBV_BLACK = 0x000000,
    INBV_WHITE = 0xF0F0F0,
    INBV_GREY = 0x808080,
    INBV_DARK = 0x303030,
    INBV_ACCENT = 0x2F9FD0,
    INBV_STOP_BLUE = 0x00307A,

    INBV_TITLE_SCALE = 4,
    INBV_CHARACTER_WIDTH = 8,
    INBV_CHARACTER_HEIGHT = 16,
};

static enum {
    InbvNone,  // no framebuffer
    InbvBoot,  // the boot screen
    InbvLines, // verbose: lines of text
    InbvTaken, // a driver draws
} InbvState;

static VOID InbvCentre(ULONG Top, ULONG Scale, PCSTR Text, ULONG Colour)
{
    ULONG Width = (ULONG)strlen(Text) * INBV_CHARACTER_WIDTH * Scale;
    InbvpDrawText((InbvpWidth() - Width) / 2, Top, Scale, Text, Colour, INBV_BLACK);
}

// The bar has a part for the kernel and one for each phase; the parts of what is done and of what runs are filled.
static VOID InbvDrawPhases(INBV_PHASE Phase)
{
    static const PCSTR Names[InbvPhases + 1] = {"kernel", "Executive", "drivers", "volumes"};
    ULONG Scale = InbvpScale(), Gap = 4 * Scale;
    ULONG Part = InbvpWidth() / 10, Thickness = 4 * Scale;
    ULONG Left = (InbvpWidth() - RTL_NUMBER_OF(Names) * Part) / 2, Top = InbvpHeight() / 2;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Names); i++) {
        BOOLEAN Begun = i <= (ULONG)Phase + 1;
        ULONG Text = (ULONG)strlen(Names[i]) * INBV_CHARACTER_WIDTH * Scale;
        InbvpFill(Left + i * Part, Top, Part - Gap, Thickness, Begun ? INBV_ACCENT : INBV_DARK);
        InbvpDrawText(Left + i * Part + (Part - Gap - min(Text, Part - Gap)) / 2,
                      Top + Thickness + INBV_CHARACTER_HEIGHT * Scale / 2, Scale, Names[i],
                      Begun ? INBV_WHITE : INBV_GREY, INBV_BLACK);
    }
}

VOID InbvInitialize(VOID)
{
    if (!InbvpMapDisplay())
        return;
    if (KeIsVerboseStart()) {
        InbvState = InbvLines;
        InbvpBeginText(INBV_WHITE, INBV_BLACK);
        return;
    }
    InbvState = InbvBoot;
    ULONG Scale = InbvpScale() * INBV_TITLE_SCALE;
    InbvpFill(0, 0, InbvpWidth(), InbvpHeight(), INBV_BLACK);
    InbvCentre(InbvpHeight() / 2 - 2 * INBV_CHARACTER_HEIGHT * Scale, Scale, "Proteus", INBV_WHITE);
    InbvDrawPhases(InbvExecutivePhase);
}

VOID InbvSetPhase(INBV_PHASE Phase)
{
    if (InbvState == InbvBoot)
        InbvDrawPhases(Phase);
}

VOID InbvDisplayDebug(PCSTR Text, SIZE_T Length)
{
    if (InbvState == InbvLines)
        InbvpWriteText(Text, Length);
}

VOID InbvReleaseDisplay(VOID)
{
    if (InbvState != InbvNone)
        InbvState = InbvTaken;
}

VOID InbvDisplayStop(PCSTR Text, SIZE_T Length)
{
    if (InbvState == InbvNone)
        return;
    InbvpBeginText(INBV_WHITE, INBV_STOP_BLUE);
    InbvpWriteText(Text, Length);
}

VOID InbvContinueStop(PCSTR Text, SIZE_T Length)
{
    if (InbvState != InbvNone)
        InbvpWriteText(Text, Length);
}
