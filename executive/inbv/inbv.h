// Inbv: what is on the screen while no driver has it: the boot screen, and the stop screen.
#pragma once

#include "ntos.h"

typedef enum _INBV_PHASE {
    InbvExecutivePhase, // the kernel has started the Executive
    InbvDriversPhase,
    InbvVolumesPhase,
    InbvPhases,
} INBV_PHASE;

// Map the framebuffer, if the boot loader made one, and show the boot screen; with the boot option "verbose" what DbgPrint
// says. No memory for it, no picture: the system starts all the same.
VOID InbvInitialize(VOID);
VOID InbvSetPhase(INBV_PHASE Phase);
// What is printed for the debug log. Shown in verbose mode, while no driver has the screen.
VOID InbvDisplayDebug(PCSTR Text, SIZE_T Length);
// A driver draws from now on.
VOID InbvReleaseDisplay(VOID);
// The stop screen, whoever has the display: the caller has stopped everything else.
VOID InbvDisplayStop(PCSTR Text, SIZE_T Length);
VOID InbvContinueStop(PCSTR Text, SIZE_T Length);
