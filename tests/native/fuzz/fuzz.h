// The fuzzer: a program that calls random services with random and half-valid arguments, another that
// checks all the while that its own things are intact, and the suite that runs both.
#pragma once

#include <test.h>

enum { FuzzArguments = 14, FuzzCallsAProcess = 10'000, FuzzWarmUpCalls = 300'000 };

// What the fuzzing process tells the suite, in a section that both map. The process may spoil it.
typedef struct _FUZZ_SHARED {
    volatile ULONGLONG Calls;
    volatile ULONG Service; // of the call that is being made
    volatile ULONG Threads; // started so far
    volatile ULONGLONG Arguments[FuzzArguments];
} FUZZ_SHARED, *PFUZZ_SHARED;

// ---- Services (services.c)

typedef struct _FUZZ_SERVICE {
    PCSTR Name;
    PVOID Routine;
    ULONG Count;
    PCSTR Hint; // a letter an argument, or null; values.c says what they mean
    UCHAR Rare; // make the call once in so many times; 0: always
} FUZZ_SERVICE;

extern FUZZ_SERVICE FuzzServices[];
extern const ULONG FuzzServiceCount;
VOID FuzzInitServices(void);

// ---- Arguments (values.c, pool.c)

ULONGLONG FuzzRandom(void);
VOID FuzzSeed(ULONGLONG Seed);
static inline ULONG FuzzBelow(ULONG Limit)
{
    return (ULONG)(FuzzRandom() >> 16) % Limit;
}
ULONGLONG FuzzArgument(CHAR Kind);
VOID FuzzInitValues(void);
// Put the structures that calls overwrite in order again.
VOID FuzzRefresh(void);
// What a successful call may have put behind its first argument.
VOID FuzzKeepResult(ULONGLONG Argument);

VOID FuzzInitHandles(HANDLE Key);
HANDLE FuzzHandle(void);
VOID FuzzKeepHandle(HANDLE Handle);

// ---- Children

NTSTATUS FuzzChild(PCWSTR Argument);     // "seed section key": makes FuzzCallsAProcess calls
NTSTATUS ObserverChild(PCWSTR Argument); // "event": until it is set
