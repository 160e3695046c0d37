// What the parts of path/ share.
#pragma once

#include "../ntdllp.h"

typedef struct _PATHP_BUFFER {
    PWSTR Text;
    ULONG Capacity, Length; // characters
    ULONG Root;             // of these, what ".." cannot remove
} PATHP_BUFFER, *PPATHP_BUFFER;

static inline BOOLEAN PathpIsSlash(WCHAR Character)
{
    return Character == L'\\' || Character == L'/';
}

// The full path, terminated, in a buffer that the caller frees.
NTSTATUS PathpFullPath(PCWSTR Name, PPATHP_BUFFER Path);
PWSTR PathpFilePart(PWSTR Path);
