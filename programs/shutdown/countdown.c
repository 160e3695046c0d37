// The time before a shutdown: a process of its own counts, and says so on the console, until an event with a name that
// others know (/a) stops it.

#include "shutdown.h"

#define SHUTDOWN_EVENT L"\\BaseNamedObjects\\ShutdownCountdown"

enum { ShutdownTicks = 10'000'000 };

// ---- The event

static OBJECT_ATTRIBUTES ShutdownAttributes(PUNICODE_STRING Name)
{
    OBJECT_ATTRIBUTES Attributes;
    RtlInitUnicodeString(Name, SHUTDOWN_EVENT);
    InitializeObjectAttributes(&Attributes, Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return Attributes;
}

static NTSTATUS ShutdownOpenEvent(PHANDLE Event)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes = ShutdownAttributes(&Name);
    return NtOpenEvent(Event, EVENT_MODIFY_STATE | SYNCHRONIZE, &Attributes);
}

static ULONG ShutdownReport(NTSTATUS Status)
{
    if (NT_SUCCESS(Status))
        return ShutdownDone;
    ConPrint(L"shutdown: %ws\n", StatusText(Status));
    return ShutdownFailed;
}

ULONG ShutdownStop(void)
{
    HANDLE Event;
    NTSTATUS Status = ShutdownOpenEvent(&Event);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND) {
        ConPrint(L"Unable to abort the system shutdown because no shutdown was in progress.(%d)\n",
                 ShutdownNotInProgress);
        return ShutdownNotInProgress;
    }
    if (NT_SUCCESS(Status)) {
        Status = NtSetEvent(Event, nullptr);
        NtClose(Event);
    }
    return ShutdownReport(Status);
}

// ---- The end

static NTSTATUS ShutdownEnd(SHUTDOWN_WISH Wish)
{
    switch (Wish) {
    case ShutdownOff:
        return NtShutdownSystem(ShutdownPowerOff);
    case ShutdownRestart:
        return NtShutdownSystem(ShutdownReboot);
    case ShutdownSleep:
        return NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping1, 0);
    case ShutdownSleep1:
        return NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping1,
                                     POWER_ACTION_LIGHTEST_FIRST);
    case ShutdownSleep3:
        return NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping3, 0);
    case ShutdownHibernate:
        return NtSetSystemPowerState(PowerActionHibernate, PowerSystemHibernate, 0);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static BOOLEAN ShutdownIsSleep(SHUTDOWN_WISH Wish)
{
    return Wish == ShutdownSleep || Wish == ShutdownSleep1 || Wish == ShutdownSleep3;
}

ULONG ShutdownNow(SHUTDOWN_WISH Wish)
{
    BOOLEAN WasEnabled;
    NTSTATUS Status = RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    if (NT_SUCCESS(Status))
        Status = ShutdownEnd(Wish);
    if (Wish == ShutdownHibernate && Status == STATUS_NOT_SUPPORTED) {
        ConPrint(L"This system cannot hibernate.(%d)\n", ShutdownNotSupported);
        return ShutdownNotSupported;
    }
    if (Wish == ShutdownSleep3 && Status == STATUS_NOT_SUPPORTED) {
        ConPrint(L"This system has no such sleep state.(%d)\n", ShutdownNotSupported);
        return ShutdownNotSupported;
    }
    if (ShutdownIsSleep(Wish) && !NT_SUCCESS(Status))
        ConPrint(L"The system has not slept; the debug log tells which device refuses.\n");
    return ShutdownReport(Status);
}

// ---- What there is

ULONG ShutdownShowStates(void)
{
    SYSTEM_POWER_CAPABILITIES Capabilities;
    NTSTATUS Status = NtPowerInformation(SystemPowerCapabilities, nullptr, 0, &Capabilities,
                                         sizeof(Capabilities));
    if (!NT_SUCCESS(Status))
        return ShutdownReport(Status);
    ConPrint(L"  S1          %ws\n"
             L"  S3          %ws\n"
             L"  hibernate   is not available: nothing here writes memory to a disk\n",
             Capabilities.SystemS1
                 ? L"is available"
                 : L"is available: the machine stays on, for its firmware has no such state",
             Capabilities.SystemS3
                 ? L"is available"
                 : L"is not available: firmware or microkernel cannot come back from it");
    return ShutdownDone;
}

// ---- Counting

// One line at round times, and for each of the last seconds.
static BOOLEAN ShutdownIsTimeToSay(ULONG Left)
{
    if (Left <= 60)
        return Left <= 5 || Left % 10 == 0;
    return Left <= 600 ? Left % 60 == 0 : Left % 3600 == 0;
}

static VOID ShutdownSay(const SHUTDOWN_OPTIONS *Options, ULONG Left)
{
    PCWSTR Does = Options->Wish == ShutdownRestart ? L"restart" : L"shut down";
    if (Left >= 120)
        ConPrint(L"\r\nThe system will %ws in %lu minutes.", Does, Left / 60);
    else
        ConPrint(L"\r\nThe system will %ws in %lu second%ws.", Does, Left, Left == 1 ? L"" : L"s");
    if (Options->Comment[0] && Left == Options->Seconds)
        ConPrint(L" %ws", Options->Comment);
    ConPrint(L"\r\n");
}

// The console of its own, for the one that it was started with waits for the next command.
ULONG ShutdownCount(const SHUTDOWN_OPTIONS *Options)
{
    HANDLE Event;
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes = ShutdownAttributes(&Name);
    NTSTATUS Status =
        NtCreateEvent(&Event, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE);
    if (NT_SUCCESS(Status))
        Status = ConOpen();
    if (!NT_SUCCESS(Status))
        return ShutdownReport(Status);
    for (ULONG Left = Options->Seconds; Left > 0; Left--) {
        if (Left < Options->Seconds && ShutdownIsTimeToSay(Left))
            ShutdownSay(Options, Left);
        LARGE_INTEGER Second = {.QuadPart = -ShutdownTicks};
        if (NtWaitForSingleObject(Event, FALSE, &Second) == STATUS_WAIT_0) {
            ConPrint(L"\r\nThe scheduled shutdown has been cancelled.\r\n");
            NtClose(Event);
            return ShutdownDone;
        }
    }
    return ShutdownNow(Options->Wish);
}

ULONG ShutdownBegin(const SHUTDOWN_OPTIONS *Options)
{
    HANDLE Event, Process;
    WCHAR Line[ShutdownComment + 64];
    if (NT_SUCCESS(ShutdownOpenEvent(&Event))) {
        NtClose(Event);
        ConPrint(L"A system shutdown has already been scheduled.(%d)\n", ShutdownScheduled);
        return ShutdownScheduled;
    }
    _snwprintf(Line, RTL_NUMBER_OF(Line), L"shutdown %ws /t %lu /count /c \"%ws\"",
               Options->Wish == ShutdownRestart ? L"/r" : L"/s", Options->Seconds,
               Options->Comment);
    Line[RTL_NUMBER_OF(Line) - 1] = 0;
    NTSTATUS Status = ProcStart(L"shutdown.exe", Line, &Process, nullptr);
    if (NT_SUCCESS(Status)) {
        ShutdownSay(Options, Options->Seconds);
        NtClose(Process);
    }
    return ShutdownReport(Status);
}
