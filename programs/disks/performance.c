// What the disks do: their counters (IOCTL_DISK_PERFORMANCE) at the beginning and at the end of some seconds.
#include "disks.h"

enum { HundredNanoseconds = 10'000'000 }; // in a second

static NTSTATUS OpenDisk(ULONG Number, PHANDLE File)
{
    WCHAR Path[64];
    _snwprintf(Path, RTL_NUMBER_OF(Path), L"\\\?\?\\PhysicalDrive%lu", Number);
    return DeviceOpen(Path, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, File);
}

// Asking starts the counters, as on Windows.
static NTSTATUS ReadCounters(ULONG Number, PDISK_PERFORMANCE Counters)
{
    HANDLE File;
    NTSTATUS Status = OpenDisk(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = DeviceControl(File, IOCTL_DISK_PERFORMANCE, nullptr, 0, Counters, sizeof(*Counters),
                           nullptr);
    NtClose(File);
    return Status;
}

static VOID StopCounters(ULONG Number)
{
    HANDLE File;
    if (!NT_SUCCESS(OpenDisk(Number, &File)))
        return;
    (VOID) DeviceControl(File, IOCTL_DISK_PERFORMANCE_OFF, nullptr, 0, nullptr, 0, nullptr);
    NtClose(File);
}

// ---- Printing. Everything is of the time between two questions.

static VOID PrintRate(LONGLONG Count, LONGLONG Bytes, LONGLONG Time, LONGLONG Passed)
{
    enum { Megabyte = 1 << 20, Microsecond = 10 };
    LONGLONG Tenths = Bytes * 10 / Megabyte * HundredNanoseconds / Passed;
    ConPrint(L"  %8lld %6lld.%lld %7lld", Count * HundredNanoseconds / Passed, Tenths / 10,
             Tenths % 10, Count ? Time / Count / Microsecond : 0);
}

static VOID PrintCounters(ULONG Number, const DISK_PERFORMANCE *Before, const DISK_PERFORMANCE *Now)
{
    enum { Percent = 100 };
    LONGLONG Passed = max(Now->QueryTime.QuadPart - Before->QueryTime.QuadPart, 1);
    LONGLONG Idle = min(Now->IdleTime.QuadPart - Before->IdleTime.QuadPart, Passed);
    ConPrint(L"%4lu", Number);
    PrintRate(Now->ReadCount - Before->ReadCount,
              Now->BytesRead.QuadPart - Before->BytesRead.QuadPart,
              Now->ReadTime.QuadPart - Before->ReadTime.QuadPart, Passed);
    PrintRate(Now->WriteCount - Before->WriteCount,
              Now->BytesWritten.QuadPart - Before->BytesWritten.QuadPart,
              Now->WriteTime.QuadPart - Before->WriteTime.QuadPart, Passed);
    ConPrint(L"  %5lu  %3lld %%\n", Now->QueueDepth, (Passed - Idle) * Percent / Passed);
}

NTSTATUS DiskShowPerformance(ULONG Seconds)
{
    static DISK_PERFORMANCE Before[DiskMost], Now;
    NTSTATUS Statuses[DiskMost], Result = STATUS_SUCCESS;
    ULONG Numbers[DiskMost];
    ULONG Count = DiskList(Numbers, DiskMost);
    LARGE_INTEGER Wait = {.QuadPart = -(LONGLONG)Seconds * HundredNanoseconds};
    for (ULONG i = 0; i < Count; i++)
        Statuses[i] = ReadCounters(Numbers[i], &Before[i]);
    NtDelayExecution(FALSE, &Wait);
    ConPrint(L"Disk   reads/s     MB/s      us  writes/s     MB/s      us  queue   busy\n");
    for (ULONG i = 0; i < Count; i++) {
        NTSTATUS Status = NT_SUCCESS(Statuses[i]) ? ReadCounters(Numbers[i], &Now) : Statuses[i];
        if (NT_SUCCESS(Status))
            PrintCounters(Numbers[i], &Before[i], &Now);
        else
            ConPrint(L"%4lu  %ws\n", Numbers[i], StatusText(Status));
        Result = NT_SUCCESS(Result) ? Status : Result;
        StopCounters(Numbers[i]);
    }
    return Result;
}
