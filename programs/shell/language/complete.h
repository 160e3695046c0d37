// Completion of names in a line that is being typed.
#pragma once

#include "languagep.h"

// What the last Tab has done, so that the next one can go on. {}: nothing.
typedef struct _SH_COMPLETION {
    SH_WORDS Names;
    ULONG Index;  // of the one that stands in the line
    SIZE_T Start; // of the word
    SH_TEXT Line; // as it was left
    SIZE_T Cursor;
} SH_COMPLETION, *PSH_COMPLETION;

// Tab at Cursor; Back: with Shift. FALSE: no name begins so, and the line is as it was.
BOOLEAN ShComplete(PSH_COMPLETION Completion, PSH_TEXT Line, PSIZE_T Cursor, BOOLEAN Back);
VOID ShEndCompletion(PSH_COMPLETION Completion);
