// Control codes, and what their input looks like.
#pragma once

typedef struct _FUZZ_CODE {
    ULONG Code;
    BOOLEAN Destroys; // it is kept for the end
} FUZZ_CODE;

extern const FUZZ_CODE FuzzCodes[];
extern const ULONG FuzzCodeCount;
extern BOOLEAN FuzzMayDestroy;

// Makes input that is nearly right, in a buffer of 4096 bytes; its length, or 0 for a code with no shape of its own.
ULONG FuzzShape(ULONG Code, PVOID Buffer, ULONG (*Below)(ULONG Limit));
