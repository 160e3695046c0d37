// A DLL with thread-local variables and a TLS callback. Source: PE format, "The .tls Section".

#include "loadlog.h"

ULONG _tls_index;

#pragma section(".tls", read, write)
#pragma section(".tls$ZZZ", read, write)
#pragma section(".CRT$XLA", read)
#pragma section(".CRT$XLB", read)
#pragma section(".CRT$XLZ", read)

__declspec(allocate(".tls")) CHAR _tls_start = 0;
__declspec(allocate(".tls$ZZZ")) CHAR _tls_end = 0;

static VOID NTAPI Callback(PVOID Base, DWORD Reason, PVOID Context)
{
    UNREFERENCED_PARAMETER(Base);
    UNREFERENCED_PARAMETER(Context);
    LogReason('t', Reason);
}

__declspec(allocate(".CRT$XLA")) const PIMAGE_TLS_CALLBACK TlsFirst = nullptr;
__declspec(allocate(".CRT$XLB")) const PIMAGE_TLS_CALLBACK TlsOwn = Callback;
__declspec(allocate(".CRT$XLZ")) const PIMAGE_TLS_CALLBACK TlsLast = nullptr;

const IMAGE_TLS_DIRECTORY _tls_used = {
    .StartAddressOfRawData = (ULONG_PTR)&_tls_start,
    .EndAddressOfRawData = (ULONG_PTR)&_tls_end,
    .AddressOfIndex = (ULONG_PTR)&_tls_index,
    .AddressOfCallBacks = (ULONG_PTR)(&TlsFirst + 1),
};

static __declspec(thread) ULONG Counter = 1000;
static __declspec(thread) ULONG Zero;

ULONG TlsAdd(ULONG Value);

BOOLEAN NTAPI TlsEntry(PVOID Base, ULONG Reason, PVOID Context);
BOOLEAN NTAPI TlsEntry(PVOID Base, ULONG Reason, PVOID Context)
{
    UNREFERENCED_PARAMETER(Base);
    UNREFERENCED_PARAMETER(Context);
    LogReason('T', Reason);
    return TRUE;
}

ULONG TlsAdd(ULONG Value)
{
    Zero += Value;
    return Counter + Zero;
}
