// A DLL that imports loadb.dll at the first call.

#include "loadlog.h"

__declspec(dllimport) ULONG BValue(void);
extern IMAGE_DOS_HEADER __ImageBase;

ULONG DelayCall(void);
PVOID __delayLoadHelper2(const IMAGE_DELAYLOAD_DESCRIPTOR *Descriptor, PIMAGE_THUNK_DATA Thunk);

// What the linker's stubs call.
PVOID __delayLoadHelper2(const IMAGE_DELAYLOAD_DESCRIPTOR *Descriptor, PIMAGE_THUNK_DATA Thunk)
{
    return LdrResolveDelayLoadedAPI(&__ImageBase, Descriptor, nullptr, nullptr, Thunk, 0);
}

BOOLEAN NTAPI DelayEntry(PVOID Base, ULONG Reason, PVOID Context);
BOOLEAN NTAPI DelayEntry(PVOID Base, ULONG Reason, PVOID Context)
{
    UNREFERENCED_PARAMETER(Base);
    UNREFERENCED_PARAMETER(Context);
    LogReason('d', Reason);
    return TRUE;
}

ULONG DelayCall(void)
{
    return BValue();
}
