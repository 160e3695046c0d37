// Variables that drivers read.

#include "rtlp.h"

extern ULONG RtlpSafeBootMode;
extern PUSHORT RtlpOemLeadByteInfo;
extern BOOLEAN RtlpDebuggerEnabled, RtlpDebuggerNotPresent;
extern CCHAR RtlpNumberProcessors;
extern ULONG RtlpBuildNumber;

ULONG RtlpSafeBootMode; // a normal start

// The OEM code page has one byte a character: no byte leads another.
static USHORT RtlpOemLeadBytes[256];
PUSHORT RtlpOemLeadByteInfo = RtlpOemLeadBytes;

BOOLEAN RtlpDebuggerEnabled = FALSE, RtlpDebuggerNotPresent = TRUE;
CCHAR RtlpNumberProcessors = 1;
ULONG RtlpBuildNumber = 0xF0000000 | 19045; // a free build, as on Windows
