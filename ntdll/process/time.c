// Time, read from the shared page and the processor's counter without a service.

#include "../ntdllp.h"

NTSTATUS NTAPI RtlSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime)
{
    LONGLONG Bias = (LONGLONG)RtlpReadSharedTime(&SharedUserData->TimeZoneBias);
    LocalTime->QuadPart = SystemTime->QuadPart - Bias;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime)
{
    LONGLONG Bias = (LONGLONG)RtlpReadSharedTime(&SharedUserData->TimeZoneBias);
    SystemTime->QuadPart = LocalTime->QuadPart + Bias;
    return STATUS_SUCCESS;
}

ULONG NTAPI NtGetTickCount(void)
{
    return (ULONG)RtlpGetTickCount64();
}

BOOL NTAPI RtlQueryPerformanceCounter(PLARGE_INTEGER PerformanceCounter)
{
    // The Executive says in the shared page whether the processor's counter may be read directly.
    if (SharedUserData->QpcBypassEnabled & SHARED_GLOBAL_FLAGS_QPC_BYPASS_ENABLED) {
        ULONGLONG Counter = __builtin_ia32_rdtsc() + SharedUserData->QpcBias;
        PerformanceCounter->QuadPart = (LONGLONG)(Counter >> SharedUserData->QpcShift);
        return TRUE;
    }
    return NT_SUCCESS(NtQueryPerformanceCounter(PerformanceCounter, nullptr));
}

BOOL NTAPI RtlQueryPerformanceFrequency(PLARGE_INTEGER PerformanceFrequency)
{
    PerformanceFrequency->QuadPart = SharedUserData->QpcFrequency;
    return TRUE;
}

// Performance counts since Baseline in 100 ns, by the factor (64 bits behind the point, then Shift) that
// the Executive gives.
static ULONGLONG RtlpScaleCounter(ULONGLONG Counts, ULONGLONG Increment, UCHAR Shift)
{
    return (ULONGLONG)(((unsigned __int128)(Counts << Shift) * Increment) >> 64);
}

// Times between two updates of the shared page: it has the counter's value at the update. An odd lock
// word means that it changes just now.
static ULONGLONG RtlpPreciseTime(const volatile KSYSTEM_TIME *Time,
                                 const volatile ULONGLONG *Baseline, ULONGLONG Increment,
                                 UCHAR Shift, PLARGE_INTEGER Counter)
{
    const volatile ULONGLONG *Lock = &SharedUserData->TimeUpdateLock;
    for (;;) {
        ULONGLONG Seen = __atomic_load_n(Lock, __ATOMIC_ACQUIRE);
        ULONGLONG Base = RtlpReadSharedTime(Time), At = *Baseline;
        RtlQueryPerformanceCounter(Counter);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if ((Seen & 1) || *Lock != Seen)
            continue;
        if (!Increment || (ULONGLONG)Counter->QuadPart <= At)
            return Base;
        return Base + RtlpScaleCounter((ULONGLONG)Counter->QuadPart - At, Increment, Shift);
    }
}

LARGE_INTEGER NTAPI RtlGetSystemTimePrecise(void)
{
    LARGE_INTEGER Counter;
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)RtlpPreciseTime(
                               &SharedUserData->SystemTime, &SharedUserData->BaselineSystemTimeQpc,
                               SharedUserData->QpcSystemTimeIncrement,
                               SharedUserData->QpcSystemTimeIncrementShift, &Counter)};
}

ULONGLONG NTAPI RtlGetInterruptTimePrecise(PLARGE_INTEGER PerformanceCounter)
{
    return RtlpPreciseTime(&SharedUserData->InterruptTime,
                           &SharedUserData->BaselineInterruptTimeQpc,
                           SharedUserData->QpcInterruptTimeIncrement,
                           SharedUserData->QpcInterruptTimeIncrementShift, PerformanceCounter);
}

// Time that the system was awake.
BOOLEAN NTAPI RtlQueryUnbiasedInterruptTime(PULONGLONG UnbiasedTime)
{
    if (!UnbiasedTime) {
        RtlSetLastWin32ErrorAndNtStatusFromNtStatus(STATUS_INVALID_PARAMETER);
        return FALSE;
    }
    *UnbiasedTime =
        RtlpReadSharedTime(&SharedUserData->InterruptTime) - SharedUserData->InterruptTimeBias;
    return TRUE;
}

ULONG NTAPI RtlGetTickCount(void)
{
    return NtGetTickCount();
}
