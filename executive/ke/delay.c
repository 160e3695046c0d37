// NtDelayExecution.
#include "kep.h"

NTSTATUS NtDelayExecution(BOOLEAN Alertable, const LARGE_INTEGER USER *DelayInterval)
{
    LARGE_INTEGER Interval;
    NTSTATUS Status = MmCopyFromUser(&Interval, DelayInterval, sizeof(Interval));
    if (!NT_SUCCESS(Status))
        return Status;
    return KeDelayExecutionThread(UserMode, Alertable, &Interval);
}
