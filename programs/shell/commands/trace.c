// trace: the I/O requests that a command makes, with their times.
#include "shell.h"

#include <nt/iotrace.h>

enum { TraceBatch = 64 };

typedef struct _TRACE_OPERATION {
    PCWSTR Name;
    enum { TraceCode, TraceTransfer, TraceMinor } Detail;
} TRACE_OPERATION;

// By IRP_MJ_*.
static const TRACE_OPERATION TraceOperations[] = {
    {L"create", TraceCode},
    {L"create pipe", TraceCode},
    {L"close", TraceCode},
    {L"read", TraceTransfer},
    {L"write", TraceTransfer},
    {L"query", TraceCode},
    {L"set", TraceCode},
    {L"query ea", TraceCode},
    {L"set ea", TraceCode},
    {L"flush", TraceCode},
    {L"query volume", TraceCode},
    {L"set volume", TraceCode},
    {L"directory", TraceMinor},
    {L"fsctl", TraceCode},
    {L"ioctl", TraceCode},
    {L"internal", TraceCode},
    {L"shutdown", TraceCode},
    {L"lock", TraceMinor},
    {L"cleanup", TraceCode},
    {L"create slot", TraceCode},
    {L"query security", TraceCode},
    {L"set security", TraceCode},
    {L"power", TraceMinor},
    {L"wmi", TraceMinor},
    {L"device change", TraceCode},
    {L"query quota", TraceCode},
    {L"set quota", TraceCode},
    {L"plug and play", TraceMinor},
};

static VOID TraceShowDetail(const IO_TRACE_EVENT *Event, ULONG Detail)
{
    if (Detail == TraceTransfer)
        ShPrint(L" %lu at %llu", Event->Length, Event->Offset);
    else if (Detail == TraceMinor)
        ShPrint(L" %02x", Event->MinorFunction);
    else if (Event->Code)
        ShPrint(L" %lx", Event->Code);
}

static VOID TraceShow(const IO_TRACE_EVENT *Event, ULONGLONG First, ULONGLONG Frequency)
{
    ULONGLONG Start = (max(Event->Start, First) - First) * 1'000'000 / Frequency;
    if (Event->Lost)
        ShPrint(L"... %lu requests more, for which there was no room\n", Event->Lost);
    static const TRACE_OPERATION Unknown = {L"?", TraceCode};
    const TRACE_OPERATION *Operation = Event->MajorFunction < RTL_NUMBER_OF(TraceOperations)
                                           ? &TraceOperations[Event->MajorFunction]
                                           : &Unknown;
    ShPrint(L"%8llu.%03llu %9llu %7lu  %-14ws", Start / 1000, Start % 1000,
            Event->Duration * 1'000'000 / Frequency, Event->ProcessId, Operation->Name);
    ShPrint(L" %ws%ws", Event->Device, Event->File);
    TraceShowDetail(Event, Operation->Detail);
    if (!NT_SUCCESS(Event->Status))
        ShPrint(L"  status %08lx", Event->Status);
    if (Event->Flags & IO_TRACE_CACHED)
        ShPrint(L"  (cache)");
    ShPrint(L"\n");
}

// Events are kept as they end; their times say when they began.
static NTSTATUS TraceShowAll(HANDLE Trace, PIO_TRACE_EVENT Events, ULONGLONG First)
{
    LARGE_INTEGER Counter, Frequency;
    NTSTATUS Status = NtQueryPerformanceCounter(&Counter, &Frequency);
    ShPrint(L"   start ms        us process  request\n");
    while (NT_SUCCESS(Status)) {
        IO_STATUS_BLOCK IoStatus;
        Status = NtReadFile(Trace, nullptr, nullptr, nullptr, &IoStatus, Events,
                            TraceBatch * sizeof(*Events), nullptr, nullptr);
        ULONG Count = NT_SUCCESS(Status) ? (ULONG)(IoStatus.Information / sizeof(*Events)) : 0;
        for (ULONG i = 0; i < Count; i++)
            TraceShow(&Events[i], First, (ULONGLONG)Frequency.QuadPart);
    }
    return Status == STATUS_END_OF_FILE ? STATUS_SUCCESS : Status;
}

// Its output comes first, and its exit code is the command's.
static ULONG TraceRun(PCWSTR Command)
{
    HANDLE Trace;
    NTSTATUS Status = DeviceOpen(L"\\Device\\IoTrace", FILE_READ_DATA | SYNCHRONIZE, 0, &Trace);
    if (!NT_SUCCESS(Status))
        return ShReportStatus(L"trace", Status);
    LARGE_INTEGER First;
    NtQueryPerformanceCounter(&First, nullptr);
    PSHELL Other = ShCreate();
    ULONG Code = ShRunText(Other, Command);
    ShDestroy(Other);
    PIO_TRACE_EVENT Events = SysAllocate(TraceBatch * sizeof(*Events));
    Status = TraceShowAll(Trace, Events, (ULONGLONG)First.QuadPart);
    SysFree(Events);
    NtClose(Trace);
    return NT_SUCCESS(Status) ? Code : ShReportStatus(L"trace", Status);
}

ULONG ShellDoTrace(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    while (*Tail == L' ')
        Tail++;
    if (_wcsnicmp(Tail, L"io ", 3) != 0) {
        ShPrintError(L"usage: trace io command\n");
        return ShWrongUsage;
    }
    return TraceRun(Tail + 3);
}
