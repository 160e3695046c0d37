// What the parts of the layer under the language share.
#pragma once

#include <native.h>

#include "language.h"

struct _CONSOLE_KEY_RECORD;
// Is what was read a key, pressed, and more than Shift and its like? Ctrl-C, of which the console may tell a moment later,
// is noted.
BOOLEAN SyspTakeKey(const IO_STATUS_BLOCK *IoStatus, const struct _CONSOLE_KEY_RECORD *Record,
                    PWCHAR Key);
// The console once more, and an event for requests that end by themselves (waitkey.c).
NTSTATUS SyspOpenConsole(PHANDLE Console, PHANDLE Event);
VOID SyspNoteInterrupt(VOID);
VOID SyspFillReserve(VOID);       // of memory, whenever there may be some again
PHANDLE SyspStream(ULONG Stream); // its place in the process parameters
VOID SyspDecode(const CHAR *Bytes, SIZE_T Size, PSH_TEXT Text); // UTF-8, or UTF-16 with its mark
NTSTATUS SyspReadAll(HANDLE File, PSH_TEXT Text);               // and decode it
