#pragma once

#include "inbv/inbv.h"

#include "ke/ke.h"
#include "mm/mm.h"

// 0x00RRGGBB. Nothing draws before InbvpMapDisplay has succeeded.
BOOLEAN InbvpMapDisplay(VOID);
ULONG InbvpWidth(VOID);
ULONG InbvpHeight(VOID);
// Characters are 8 by 16 points, times this where the screen is large.
ULONG InbvpScale(VOID);
VOID InbvpFill(ULONG Left, ULONG Top, ULONG Width, ULONG Height, ULONG Colour);
VOID InbvpDrawText(ULONG Left, ULONG Top, ULONG Scale, PCSTR Text, ULONG Foreground,
                   ULONG Background);

// Lines of text over the whole screen, which scroll.
VOID InbvpBeginText(ULONG Foreground, ULONG Background);
VOID InbvpWriteText(PCSTR Text, SIZE_T Length);
