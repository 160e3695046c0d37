// What a check says, and how it ends.
#pragma once

#include "raw.h"

enum {
    CheckClean = 0,
    CheckFixed = 1,
    CheckLeft = 3, // errors that are still there, or no check at all
};

// For a CHK_ORDER; the context does not matter.
void CheckTell(void *Context, CHK_PROBLEM Problem, const uint16_t *Path, uint32_t Length,
               uint32_t Number);
void CheckStage(void *Context, uint32_t Number);
void CheckProgress(void *Context, uint32_t Percent);
VOID CheckShowTotals(const CHK_TOTALS *Totals);
