// Time services.
#include "exp.h"

// Timers are exact to what the hardware timer counts, whatever a program asks for. These are the
// limits that Windows has, 100 ns.
constexpr ULONG EXP_COARSEST_RESOLUTION = 156250;
constexpr ULONG EXP_FINEST_RESOLUTION = 5000;

NTSTATUS NtQuerySystemTime(LARGE_INTEGER USER *SystemTime)
{
    LARGE_INTEGER Now;
    KeQuerySystemTime(&Now);
    return MmCopyToUser(SystemTime, &Now, sizeof(Now));
}

NTSTATUS NtSetSystemTime(const LARGE_INTEGER USER *SystemTime, LARGE_INTEGER USER *PreviousTime)
{
    LARGE_INTEGER New, Previous;
    NTSTATUS Status = MmCopyFromUser(&New, SystemTime, sizeof(New));
    if (NT_SUCCESS(Status))
        Status = ExpProbeOptional(PreviousTime);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_SYSTEMTIME_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    if (New.QuadPart <= 0)
        return STATUS_INVALID_PARAMETER;
    KeQuerySystemTime(&Previous);
    KeSetSystemTime(&New);
    return PreviousTime ? MmCopyToUser(PreviousTime, &Previous, sizeof(Previous)) : STATUS_SUCCESS;
}

NTSTATUS NtQueryPerformanceCounter(LARGE_INTEGER USER *PerformanceCounter,
                                   LARGE_INTEGER USER *PerformanceFrequency)
{
    LARGE_INTEGER Frequency, Counter = KeQueryPerformanceCounter(&Frequency);
    NTSTATUS Status = MmCopyToUser(PerformanceCounter, &Counter, sizeof(Counter));
    if (NT_SUCCESS(Status) && PerformanceFrequency)
        Status = MmCopyToUser(PerformanceFrequency, &Frequency, sizeof(Frequency));
    return Status;
}

NTSTATUS NtQueryTimerResolution(ULONG USER *MaximumTime, ULONG USER *MinimumTime,
                                ULONG USER *CurrentTime)
{
    NTSTATUS Status = MmWriteUser(MaximumTime, EXP_COARSEST_RESOLUTION);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(MinimumTime, EXP_FINEST_RESOLUTION);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(CurrentTime, EXP_FINEST_RESOLUTION);
    return Status;
}

// Every request is met already. A process that takes its request back must have made one.
NTSTATUS NtSetTimerResolution(ULONG DesiredTime, BOOLEAN SetResolution, ULONG USER *ActualTime)
{
    UNREFERENCED_PARAMETER(DesiredTime);
    PEPROCESS Process = PsGetCurrentProcess();
    NTSTATUS Status = MmWriteUser(ActualTime, EXP_FINEST_RESOLUTION);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!SetResolution && !Process->TimerResolutionSet)
        return STATUS_TIMER_RESOLUTION_NOT_SET;
    Process->TimerResolutionSet = SetResolution != FALSE;
    return STATUS_SUCCESS;
}
