// Dumps go to \SystemRoot\Minidump when there is a system volume. The volume may be the very thing whose driver has crashed: the
// fiber that writes tries again until it is back. The newest ones are kept.
#include "dbgp.h"

#define DBG_DUMP_FOLDER L"\\SystemRoot\\Minidump"
#define DBG_CONTROL_KEY L"\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Control\\CrashControl"

enum {
    DBG_DUMPS_KEPT = 50, // as on Windows, unless MinidumpsCount says another number
    DBG_MOST_WAITING = 8,
    DBG_SECONDS = 60, // for the volume to come back
};

static LIST_ENTRY DbgpWaiting = {&DbgpWaiting, &DbgpWaiting};
static ULONG DbgpWaitingCount; // with the one that is being written

// ---- Settings, with Windows' names

static ULONG DbgpReadControl(PCWSTR Name, ULONG Default)
{
    ULONG Value;
    return CmQueryNumber(DBG_CONTROL_KEY, Name, &Value) ? Value : Default;
}

static BOOLEAN DbgpIsEnabled(VOID)
{
    return DbgpReadControl(L"CrashDumpEnabled", TRUE) != 0;
}

// ---- Writing

static VOID DbgpMakePath(PDBG_DUMP Dump, PWSTR Path, ULONG Chars)
{
    TIME_FIELDS Time;
    RtlTimeToTimeFields(&Dump->Time, &Time);
    _snwprintf(Path, Chars, DBG_DUMP_FOLDER L"\\%s-%lu-%04d%02d%02d-%02d%02d%02d.dmp", Dump->Name,
               Dump->ProcessId, Time.Year, Time.Month, Time.Day, Time.Hour, Time.Minute,
               Time.Second);
    Path[Chars - 1] = 0;
}

static NTSTATUS DbgpWriteFile(PDBG_DUMP Dump, PCWSTR Path)
{
    static const UNICODE_STRING Folder = RTL_CONSTANT_STRING(DBG_DUMP_FOLDER);
    static const UNICODE_STRING Pattern = RTL_CONSTANT_STRING(L"*.dmp");
    UNICODE_STRING Name;
    PVOID File;
    RtlInitUnicodeString(&Name, Path);
    NTSTATUS Status = IoMakeSystemFolder(&Folder);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Kept = max(DbgpReadControl(L"MinidumpsCount", DBG_DUMPS_KEPT), 1u);
    (VOID) IoKeepNewestFiles(&Folder, &Pattern, Kept - 1); // what cannot go stays
    Status = IoOpenSystemFile(&Name, TRUE, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IoWriteFileData(File, 0, Dump->Data, Dump->Size);
    if (NT_SUCCESS(Status))
        Status = IoFlushFile(File);
    IoCloseSystemFile(File);
    return Status;
}

static VOID DbgpWriteDump(PDBG_DUMP Dump)
{
    WCHAR Path[128];
    DbgpMakePath(Dump, Path, RTL_NUMBER_OF(Path));
    NTSTATUS Status = DbgpWriteFile(Dump, Path);
    for (ULONG i = 0; i < DBG_SECONDS && !NT_SUCCESS(Status) && Status != STATUS_DISK_FULL; i++) {
        LARGE_INTEGER Second = {.QuadPart = -10'000'000};
        (VOID) KeDelayExecutionThread(KernelMode, FALSE, &Second);
        Status = DbgpWriteFile(Dump, Path);
    }
    if (NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_CRASHDUMP_ID, DPFLTR_INFO_LEVEL, "dbg: dump of process %lu: %ws\n",
                   Dump->ProcessId, Path);
    else
        DbgPrintEx(DPFLTR_CRASHDUMP_ID, DPFLTR_ERROR_LEVEL,
                   "dbg: dump of process %lu is not written: %ws: 0x%08lX\n", Dump->ProcessId, Path,
                   (ULONG)Status);
}

static VOID DbgpWriteAll(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (!IsListEmpty(&DbgpWaiting)) {
        PDBG_DUMP Dump = CONTAINING_RECORD(RemoveHeadList(&DbgpWaiting), DBG_DUMP, Link);
        DbgpWriteDump(Dump);
        ExFreePool(Dump);
        DbgpWaitingCount--;
    }
}

static VOID DbgpWriteLater(PDBG_DUMP Dump)
{
    InsertTailList(&DbgpWaiting, &Dump->Link);
    if (DbgpWaitingCount++) // there is a fiber
        return;
    NTSTATUS Status = KeCreateSystemFiber(DbgpWriteAll, nullptr);
    if (NT_SUCCESS(Status))
        return;
    RemoveEntryList(&Dump->Link);
    ExFreePool(Dump);
    DbgpWaitingCount--;
    DbgPrintEx(DPFLTR_CRASHDUMP_ID, DPFLTR_ERROR_LEVEL, "dbg: no memory to write a dump\n");
}

// ---- A process has crashed

// The last part of a path, with nothing in it that a file's name may not have.
static VOID DbgpSetName(PDBG_DUMP Dump, PCUNICODE_STRING Name)
{
    ULONG Length = 0;
    for (ULONG i = 0; i < Name->Length / sizeof(WCHAR) && Length < DBG_DUMP_NAME - 1; i++) {
        WCHAR Character = Name->Buffer[i];
        if (Character == L'\\')
            Length = 0;
        else
            Dump->Name[Length++] = iswalnum(Character) || Character == L'.' ? Character : L'_';
    }
    Dump->Name[Length] = 0;
}

// A program's file, or the first word of what a driver host is called ("storahci of PCI\\VEN_8086...").
static UNICODE_STRING DbgpNameOf(PEPROCESS Process)
{
    PCUNICODE_STRING HostName = IoQueryHostName(Process);
    if (!HostName)
        return Process->ImageFileName;
    USHORT Length = 0;
    while (Length < HostName->Length && HostName->Buffer[Length / sizeof(WCHAR)] != L' ')
        Length += sizeof(WCHAR);
    return (UNICODE_STRING){Length, Length, HostName->Buffer};
}

VOID DbgDumpProcess(const DBG_CRASH *Crash)
{
    ULONG Id = (ULONG)(ULONG_PTR)Crash->Process->UniqueProcessId;
    if (!DbgpIsEnabled())
        return;
    if (!IoHasSystemVolume()) {
        DbgPrintEx(DPFLTR_CRASHDUMP_ID, DPFLTR_WARNING_LEVEL,
                   "dbg: no dump of process %lu: it would go to %ws of a system volume\n", Id,
                   DBG_DUMP_FOLDER);
        return;
    }
    PDBG_DUMP Dump = DbgpWaitingCount < DBG_MOST_WAITING ? DbgpCapture(Crash) : nullptr;
    if (!Dump) {
        DbgPrintEx(DPFLTR_CRASHDUMP_ID, DPFLTR_ERROR_LEVEL,
                   "dbg: no dump of process %lu: no memory, or too many at once\n", Id);
        return;
    }
    Dump->ProcessId = Id;
    KeQuerySystemTime(&Dump->Time);
    UNICODE_STRING Name = DbgpNameOf(Crash->Process);
    DbgpSetName(Dump, &Name);
    DbgpWriteLater(Dump);
}

VOID DbgDumpThread(PETHREAD Thread, const EXCEPTION_RECORD *Record, const CONTEXT *Context,
                   PCWSTR Comment)
{
    const DBG_CRASH Crash = {
        .Process = Thread->Process,
        .Thread = Thread,
        .Record = Record,
        .Context = Context,
        .Comment = Comment,
    };
    DbgDumpProcess(&Crash);
}
