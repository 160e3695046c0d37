// What the commands that copy share.
#pragma once

#include "filep.h"

typedef struct _SHELL_COPY {
    PSHELL Shell;
    SHELL_REPLACE Replace;
    BOOLEAN Verify, Quiet;
    BOOLEAN Names; // tell what is being copied
    BOOLEAN Over;  // there is no point in going on: nothing more can be written
    ULONG Count;
    ULONGLONG Started; // of the file being copied, in interrupt time
    ULONG Percent;     // shown last
} SHELL_COPY;

// "/y" or "/-y". FALSE: neither.
BOOLEAN ShellReplaceSwitch(PCWSTR Word, SHELL_REPLACE *Replace);
SHELL_REPLACE ShellReplaceDefault(PSHELL Shell);
SYS_PROGRESS ShellCopyProgress; // of a SHELL_COPY
// 1: it was reported. What the user wants to keep is passed over.
ULONG ShellCopyOne(SHELL_COPY *Copy, PCWSTR From, PCWSTR To, BOOLEAN Append);
