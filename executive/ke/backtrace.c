// The stop screen's list of callers, by the same unwinder that programs have.
#include "kep.h"

#include "rtl/amd64/unwind.h"

enum { KI_BACKTRACE_FRAMES = 24 };

// What the unwinder asks of its module. No exception is dispatched here.
PRUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(DWORD64 ControlPc, PDWORD64 ImageBase,
                                               PUNWIND_HISTORY_TABLE HistoryTable)
{
    extern IMAGE_DOS_HEADER __ImageBase;
    ULONG_PTR Base = (ULONG_PTR)&__ImageBase;
    ULONG Size = 0;
    UNREFERENCED_PARAMETER(HistoryTable);
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(&__ImageBase);
    if (!Headers || ControlPc < Base || ControlPc - Base >= Headers->OptionalHeader.SizeOfImage)
        return nullptr;
    PRUNTIME_FUNCTION Table =
        RtlImageDirectoryEntryToData(&__ImageBase, TRUE, IMAGE_DIRECTORY_ENTRY_EXCEPTION, &Size);
    *ImageBase = Base;
    return Table ? RtlpSearchFunctionTable(Table, Size / (ULONG)sizeof(*Table), Base,
                                           (ULONG)(ControlPc - Base))
                 : nullptr;
}

// tools/symbolize adds the lines.
static VOID KiPrintFrame(ULONG_PTR Address)
{
    ULONG Distance;
    PCSTR Name = KiFindSymbol(Address, &Distance);
    if (Name)
        KiPrintBoth("    0x%p %s+0x%lX\r\n", (PVOID)Address, Name, Distance);
    else
        KiPrintBoth("    0x%p\r\n", (PVOID)Address);
}

VOID KiPrintBacktrace(PCONTEXT Context)
{
    RTLP_STACK Stack;
    if (!KiStackOf(Context->Rsp, &Stack.Low, &Stack.High)) {
        KiPrintBoth("    0x%p, stack pointer 0x%p\r\n", (PVOID)Context->Rip, (PVOID)Context->Rsp);
        return;
    }
    for (ULONG i = 0; i < KI_BACKTRACE_FRAMES && Context->Rip; i++) {
        KiPrintFrame(Context->Rip);
        if (!RtlpUnwindToCaller(Context, &Stack))
            break;
    }
}
