// Time, random numbers, messages.

#include "nativep.h"

VOID SysFileTime(const LARGE_INTEGER *Utc, PTIME_FIELDS Time)
{
    LARGE_INTEGER Local = *Utc;
    RtlSystemTimeToLocalTime((PLARGE_INTEGER)Utc, &Local);
    RtlTimeToTimeFields(&Local, Time);
}

VOID SysLocalTime(PTIME_FIELDS Time)
{
    LARGE_INTEGER Now = {};
    NtQuerySystemTime(&Now);
    SysFileTime(&Now, Time);
}

NTSTATUS SysSetLocalTime(PTIME_FIELDS Time)
{
    LARGE_INTEGER Local, Utc;
    BOOLEAN Enabled;
    if (!RtlTimeFieldsToTime(Time, &Local))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = RtlLocalTimeToSystemTime(&Local, &Utc);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = RtlAdjustPrivilege(SE_SYSTEMTIME_PRIVILEGE, TRUE, FALSE, &Enabled);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtSetSystemTime(&Utc, nullptr);
    (VOID) RtlAdjustPrivilege(SE_SYSTEMTIME_PRIVILEGE, Enabled, FALSE, &Enabled);
    return Status;
}

ULONG SysRandom(void)
{
    static ULONG Seed;
    if (!Seed) {
        LARGE_INTEGER Counter;
        NtQueryPerformanceCounter(&Counter, nullptr);
        Seed = Counter.LowPart | 1;
    }
    return RtlRandomEx(&Seed);
}

PCWSTR SysStatusText(NTSTATUS Status)
{
    return StatusText(Status);
}
