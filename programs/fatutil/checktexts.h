// What a check says.
#pragma once

#include "raw.h"

// For a CHK_ORDER; the context does not matter.
void CheckTell(void *Context, CHK_PROBLEM Problem, const uint16_t *Path, uint32_t Length,
               uint32_t Number);
void CheckStage(void *Context, uint32_t Number);
void CheckProgress(void *Context, uint32_t Percent);
VOID CheckShowTotals(const CHK_TOTALS *Totals);
