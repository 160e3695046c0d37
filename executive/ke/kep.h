// Private to ke: machine start, serial lines, fibers, the dispatch loop.
#pragma once

#include "ntos.h"

// ---- Boot

extern const seL4_BootInfo *KiBootInfo;
// The first chunk of a kind after the BootInfo frame, or null. Size without the header.
const VOID *KiFindBootChunk(seL4_BootInfoID Id, PSIZE_T Size);

// ---- Serial lines (serial.c)

typedef enum _KI_SERIAL_PORT { KiConsolePort, KiDebugPort, KiSerialPorts } KI_SERIAL_PORT;

VOID KiInitSerial(VOID);
VOID KiSerialWrite(KI_SERIAL_PORT Port, PCSTR Text, SIZE_T Length);

// ---- Faults of the Executive itself (crash.c)

VOID KiInitCrashThread(VOID);
// The stop screen for a fault message: its label and first four words.
[[noreturn]] VOID KiBugCheckFault(seL4_Word Label, const seL4_Word Mr[4]);

// ---- I/O ports

// A capability to the ports [First, Last], 0 if the kernel refuses.
seL4_CPtr KiIssuePorts(USHORT First, USHORT Last);
UCHAR KiReadPort(seL4_CPtr Cap, USHORT Port);
VOID KiWritePort(seL4_CPtr Cap, USHORT Port, UCHAR Value);

// ---- Stacks (amd64/start.S)

VOID KiSwitchStack(PVOID *SavedStack, PVOID NewStack);
[[noreturn]] VOID KiEnterStack(PVOID StackTop, VOID (*Routine)(VOID));
