// What the parts of the layer under the language share.
#pragma once

#include <native.h>

#include "language.h"

struct _CONSOLE_KEY_RECORD;
BOOLEAN
SyspIsKey(const struct _CONSOLE_KEY_RECORD *Record); // pressed, and more than Shift and its like
VOID SyspNoteInterrupt(VOID);
VOID SyspFillReserve(VOID);       // of memory, whenever there may be some again
PHANDLE SyspStream(ULONG Stream); // its place in the process parameters
VOID SyspDecode(const CHAR *Bytes, SIZE_T Size, PSH_TEXT Text); // UTF-8, or UTF-16 with its mark
NTSTATUS SyspReadAll(HANDLE File, PSH_TEXT Text);               // and decode it
