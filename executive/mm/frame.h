// Frames by their number, for the I/O manager.
#pragma once

#include "mm.h"

// Where the Executive has the frame, which somebody keeps meanwhile.
PVOID MmFrameAddress(ULONG64 Page);
