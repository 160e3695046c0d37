// The end of the system: the stop screen on both serial lines, and debug output.
#include "kep.h"

#include "inbv/inbv.h"

static CHAR KiStopText[8192]; // what the screen shows of it
static SIZE_T KiStopLength;

static VOID KiKeepText(PCSTR Text, SIZE_T Length)
{
    Length = min(Length, sizeof(KiStopText) - KiStopLength);
    memcpy(KiStopText + KiStopLength, Text, Length);
    KiStopLength += Length;
}

SIZE_T KeFormatText(PCHAR Text, SIZE_T Size, PCSTR Format, va_list Arguments)
{
    LONG Length = _vsnprintf(Text, Size, Format, Arguments);
    return Length < 0 ? Size : min((SIZE_T)Length, Size);
}

VOID KiPrintBoth(PCSTR Format, ...)
{
    CHAR Line[256];
    va_list Arguments;
    va_start(Arguments, Format);
    SIZE_T Length = KeFormatText(Line, sizeof(Line), Format, Arguments);
    va_end(Arguments);
    KiKeepText(Line, Length);
    KiSeizeConsole();
    KiSerialWrite(KiConsolePort, Line, Length);
    KiSerialWrite(KiDebugPort, Line, Length);
}

static const struct {
    ULONG Code;
    PCSTR Name;
    PCSTR Meaning; // and what the parameters say
} KiStopTexts[] = {
    {KMODE_EXCEPTION_NOT_HANDLED, "KMODE_EXCEPTION_NOT_HANDLED",
     "the Executive raised an exception: its kind, then where"},
    {MEMORY_MANAGEMENT, "MEMORY_MANAGEMENT",
     "what is known of the memory's pages is not consistent"},
    {INSTALL_MORE_MEMORY, "INSTALL_MORE_MEMORY",
     "the first two are the pages there are and needed"},
    {PAGE_FAULT_IN_NONPAGED_AREA, "PAGE_FAULT_IN_NONPAGED_AREA",
     "the code at the third used an address where nothing is, the first"},
    {SESSION1_INITIALIZATION_FAILED, "SESSION1_INITIALIZATION_FAILED",
     "the first program does not start, for the first, a status"},
    {PHASE0_INITIALIZATION_FAILED, "PHASE0_INITIALIZATION_FAILED",
     "what comes before the first process does not start"},
    {PHASE1_INITIALIZATION_FAILED, "PHASE1_INITIALIZATION_FAILED",
     "a part of the Executive does not start"},
    {INACCESSIBLE_BOOT_DEVICE, "INACCESSIBLE_BOOT_DEVICE",
     "there is no system volume; the first is a status"},
    {SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION, "SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION",
     "a block was written to after it was freed, or behind its end: its tag, the offset, what is there,"
     " who freed it (0: nobody)"},
    {BAD_POOL_CALLER, "BAD_POOL_CALLER", "memory was freed that was not allocated, or not whole"},
    {NO_MORE_STACKS, "PANIC_STACK_SWITCH", "a stack of the Executive is used up"},
    {FATAL_UNHANDLED_HARD_ERROR, "FATAL_UNHANDLED_HARD_ERROR",
     "a program said that the system cannot go on"},
    {MANUALLY_INITIATED_CRASH, "MANUALLY_INITIATED_CRASH",
     "somebody asked for it, or what the Executive relies on is not so"},
    {CRITICAL_PROCESS_DIED, "CRITICAL_PROCESS_DIED",
     "the first program has ended; the third is its status"},
};

static VOID KiPrintStopText(ULONG Code)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(KiStopTexts); i++) {
        if (KiStopTexts[i].Code == Code)
            KiPrintBoth("    %s: %s\r\n", KiStopTexts[i].Name, KiStopTexts[i].Meaning);
    }
}

// So nobody draws over the screen, and no device is told anything more. What is not consistent now ends in the crash
// thread, or is left out: the serial lines have said all by then.
static VOID KiSuspendPrograms(VOID)
{
    if (!PsActiveProcessHead.Flink) // before there are any
        return;
    for (PLIST_ENTRY Link = PsActiveProcessHead.Flink; Link != &PsActiveProcessHead;
         Link = Link->Flink) {
        PEPROCESS Process = CONTAINING_RECORD(Link, EPROCESS, ActiveProcessLinks);
        for (PLIST_ENTRY Other = Process->ThreadListHead.Flink; Other != &Process->ThreadListHead;
             Other = Other->Flink) {
            PETHREAD Thread = CONTAINING_RECORD(Other, ETHREAD, ThreadListEntry);
            if (Thread->Tcb)
                (VOID) seL4_TCB_Suspend(Thread->Tcb);
        }
    }
}

static VOID KiShowStop(VOID)
{
    static const CHAR Head[] =
        "Proteus has stopped: it met a state in which it cannot go on without harm.\n\n"
        "Files that were flushed are safe. Restart the machine with its button.\n"
        "The same text is on both serial lines; tools/symbolize adds files and lines to it.\n";
    KiSuspendPrograms();
    InbvDisplayStop(Head, sizeof(Head) - 1);
    InbvContinueStop(KiStopText, KiStopLength);
}

// Context: where it happened, or null.
[[noreturn]] static VOID KiStop(ULONG Code, const ULONG_PTR Parameters[4], PCONTEXT Context)
{
    KiPrintBoth("\r\n*** STOP: 0x%08lX (0x%p, 0x%p, 0x%p, 0x%p)\r\n", Code, (PVOID)Parameters[0],
                (PVOID)Parameters[1], (PVOID)Parameters[2], (PVOID)Parameters[3]);
    KiPrintStopText(Code);
    PETHREAD Thread = KeGetCurrentThread();
    if (Thread)
        KiPrintBoth("    for thread %lu of process %lu, called from\r\n",
                    (ULONG)(ULONG_PTR)Thread->Cid.UniqueThread,
                    (ULONG)(ULONG_PTR)Thread->Cid.UniqueProcess);
    if (Context)
        KiPrintBacktrace(Context);
    KiShowStop();
    for (;;) { // the crash thread is the one that runs, when it is not this one
        (VOID) seL4_TCB_Suspend(seL4_CapInitThreadTCB);
        (VOID) seL4_TCB_Suspend(KiCrashTcb);
    }
}

[[noreturn]] VOID KeBugCheckEx(ULONG Code, ULONG_PTR Parameter1, ULONG_PTR Parameter2,
                               ULONG_PTR Parameter3, ULONG_PTR Parameter4)
{
    const ULONG_PTR Parameters[4] = {Parameter1, Parameter2, Parameter3, Parameter4};
    CONTEXT Context = {};
    KiCaptureContext(&Context);
    KiStop(Code, Parameters, &Context);
}

[[noreturn]] VOID KiBugCheckFault(seL4_Word Label, const seL4_Word Mr[4])
{
    seL4_UserContext Registers;
    CONTEXT Context;
    seL4_Error Error = seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, FALSE, 0,
                                              seL4_UserContextRegisters, &Registers);
    KiContextFromRegisters(&Context, &Registers);
    PCONTEXT Where = Error == seL4_NoError ? &Context : nullptr;
    if (Label == seL4_Fault_VMFault)
        KiStop(PAGE_FAULT_IN_NONPAGED_AREA,
               (ULONG_PTR[4]){Mr[seL4_VMFault_Addr], Mr[seL4_VMFault_FSR], Mr[seL4_VMFault_IP]},
               Where);
    KiStop(KMODE_EXCEPTION_NOT_HANDLED, (ULONG_PTR[4]){Label, Mr[0], Mr[1], Mr[3]}, Where);
}

[[noreturn]] VOID KeAssertFailed(PCSTR Text, PCSTR File, ULONG Line)
{
    KiPrintBoth("\r\n*** Assertion failed: %s (%s:%lu)\r\n", Text, File, Line);
    KeBugCheckEx(MANUALLY_INITIATED_CRASH, (ULONG_PTR)Text, (ULONG_PTR)File, Line, 0);
}

VOID KeWriteDebugLog(PCSTR Text, SIZE_T Length)
{
    KiSerialWrite(KiDebugPort, Text, Length);
    InbvDisplayDebug(Text, Length);
}
