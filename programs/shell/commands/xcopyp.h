// What the parts of xcopy share.
#pragma once

#include "copyp.h"

typedef struct _SHELL_XCOPY {
    SHELL_COPY Copy;
    PCWSTR Into;
    BOOLEAN IntoFile; // Into is one
    BOOLEAN Below, Empty, DirectoriesOnly;
    BOOLEAN Directory;              // Into is one, though nothing is there
    BOOLEAN Newer, Existing;        // of the copy that is there
    BOOLEAN Archived, ClearArchive; // with the attribute; which is taken from the original then
    BOOLEAN Hidden, KeepReadOnly, ReplaceReadOnly;
    BOOLEAN AskEach, GoOn, FullNames, ListOnly;
    LARGE_INTEGER Since; // changed then or later
    SH_WORDS Excluded;   // parts of paths
} SHELL_XCOPY;

enum {
    ShellXcopyNothing = 1, // nothing was found
    ShellXcopyStopped = 2, // by Ctrl-C
    ShellXcopyWrong = 4,   // what was asked for
    ShellXcopyFailed = 5,  // in the middle
};

// 0, or what the command ends with.
ULONG ShellXcopyOptions(const SH_WORDS *Words, SHELL_XCOPY *Xcopy, PCWSTR *From);
