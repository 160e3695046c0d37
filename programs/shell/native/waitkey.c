// A key that may not come.

#include "nativep.h"

#include "shell.h"

#include <condrv.h>

// The standard input's file is a synchronous one: a request to it would have to be waited for.
NTSTATUS SyspOpenConsole(PHANDLE Console, PHANDLE Event)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\??\\CONIN$");
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NTSTATUS Status = NtOpenFile(Console, FILE_READ_DATA | SYNCHRONIZE, &Attributes, &IoStatus,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE, 0);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtCreateEvent(Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    if (!NT_SUCCESS(Status)) {
        NtClose(*Console);
        *Console = nullptr;
    }
    return Status;
}

// STATUS_TIMEOUT: Until has come. The request is over in any case.
static NTSTATUS SyspReadRecord(HANDLE Console, HANDLE Event, PLARGE_INTEGER Until,
                               PIO_STATUS_BLOCK IoStatus, PCONSOLE_KEY_RECORD Record)
{
    IO_STATUS_BLOCK Cancelled;
    NTSTATUS Status =
        NtDeviceIoControlFile(Console, Event, nullptr, nullptr, IoStatus, IOCTL_CONSOLE_READ_INPUT,
                              nullptr, 0, Record, sizeof(*Record));
    if (Status != STATUS_PENDING)
        return Status;
    if (NtWaitForSingleObject(Event, FALSE, Until) == STATUS_TIMEOUT) {
        NtCancelIoFile(Console, &Cancelled);
        NtWaitForSingleObject(Event, FALSE, nullptr);
        if (IoStatus->Status == STATUS_CANCELLED)
            return STATUS_TIMEOUT;
    }
    return IoStatus->Status;
}

NTSTATUS SysReadKeyWithin(LONG Seconds, PWCHAR Key)
{
    HANDLE Console, Event;
    LARGE_INTEGER Until;
    IO_STATUS_BLOCK IoStatus;
    CONSOLE_KEY_RECORD Record;
    if (Seconds < 0 || !SysIsConsole(SysInput))
        return SysReadKey(Key);
    NTSTATUS Status = SyspOpenConsole(&Console, &Event);
    if (!NT_SUCCESS(Status))
        return Status;
    NtQuerySystemTime(&Until);
    Until.QuadPart += Seconds * 10'000'000LL;
    do
        Status = SyspReadRecord(Console, Event, &Until, &IoStatus, &Record);
    while (Status == STATUS_SUCCESS && !SyspTakeKey(&IoStatus, &Record, Key));
    NtClose(Console);
    NtClose(Event);
    return Status;
}
