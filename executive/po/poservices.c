// Services that change the system's power state, and what programs and drivers say about their needs.
#include "pop.h"

// A program needs the privilege of its token, a driver that of its service.
static NTSTATUS PopCheckPrivilege(VOID)
{
    PIO_HOST Host = IopCurrentHost();
    BOOLEAN May = Host && (Host->Privileges & IopPowerPrivilege);
    if (!May)
        May = SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_SHUTDOWN_PRIVILEGE), UserMode);
    return May ? STATUS_SUCCESS : STATUS_PRIVILEGE_NOT_HELD;
}

NTSTATUS NtShutdownSystem(ULONG Action)
{
    static const POWER_ACTION Actions[] = {
        [ShutdownNoReboot] = PowerActionShutdown,
        [ShutdownReboot] = PowerActionShutdownReset,
        [ShutdownPowerOff] = PowerActionShutdownOff,
    };
    if (Action >= RTL_NUMBER_OF(Actions))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = PopCheckPrivilege();
    if (!NT_SUCCESS(Status))
        return Status;
    const POP_ACTION Wanted = {.Action = Actions[Action], .State = PowerSystemShutdown};
    return PopStartAction(&Wanted, FALSE);
}

enum {
    POP_VALID_FLAGS = POWER_ACTION_QUERY_ALLOWED | POWER_ACTION_UI_ALLOWED |
                      POWER_ACTION_OVERRIDE_APPS | POWER_ACTION_HIBERBOOT |
                      POWER_ACTION_LIGHTEST_FIRST | POWER_ACTION_LOCK_CONSOLE |
                      POWER_ACTION_DISABLE_WAKES,
};

static NTSTATUS PopAct(ULONG Action, ULONG LightestState, ULONG Flags, BOOLEAN Asynchronous)
{
    if (Flags & ~((ULONG)POP_VALID_FLAGS | POWER_ACTION_CRITICAL))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = PopCheckPrivilege();
    if (!NT_SUCCESS(Status))
        return Status;
    const POP_ACTION Wanted = {
        .Action = (POWER_ACTION)Action,
        .State = (SYSTEM_POWER_STATE)LightestState,
        .Flags = Flags,
    };
    return PopStartAction(&Wanted, Asynchronous);
}

NTSTATUS NtInitiatePowerAction(ULONG SystemAction, ULONG LightestSystemState, ULONG Flags,
                               BOOLEAN Asynchronous)
{
    return PopAct(SystemAction, LightestSystemState, Flags, Asynchronous);
}

NTSTATUS NtSetSystemPowerState(ULONG SystemAction, ULONG LightestSystemState, ULONG Flags)
{
    return PopAct(SystemAction, LightestSystemState, Flags, FALSE);
}

NTSTATUS NtGetDevicePowerState(HANDLE Device, DEVICE_POWER_STATE USER *State)
{
    PFILE_OBJECT File;
    NTSTATUS Status = IopReferenceFile(Device, 0, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    DEVICE_POWER_STATE Known = PoQueryDeviceState(File->Device);
    ObDereferenceObject(File);
    return MmWriteUser(State, Known);
}

// ---- What programs and drivers need

// One processor, whose idle states cost nothing to leave: every latency is the lowest.
NTSTATUS NtRequestWakeupLatency(ULONG Latency)
{
    return Latency == LT_DONT_CARE || Latency == LT_LOWEST_LATENCY ? STATUS_SUCCESS
                                                                   : STATUS_INVALID_PARAMETER;
}

NTSTATUS NtIsSystemResumeAutomatic(VOID)
{
    return PopTimes.AutomaticWake;
}

// What is not to last would put off the next sleep, but the system falls asleep only when it is told to.
NTSTATUS NtSetThreadExecutionState(ULONG NewFlags, ULONG USER *PreviousFlags)
{
    constexpr ULONG Known = ES_SYSTEM_REQUIRED | ES_DISPLAY_REQUIRED | ES_USER_PRESENT |
                            ES_AWAYMODE_REQUIRED | ES_CONTINUOUS;
    PETHREAD Thread = KeGetCurrentThread();
    if (NewFlags & ~Known)
        return STATUS_INVALID_PARAMETER;
    // "The user is there" is an event, and away mode is for a time.
    if ((NewFlags & ES_CONTINUOUS) ? (NewFlags & ES_USER_PRESENT)
                                   : (NewFlags & ES_AWAYMODE_REQUIRED))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmWriteUser(PreviousFlags, Thread->ExecutionState | ES_CONTINUOUS);
    if (NT_SUCCESS(Status) && (NewFlags & ES_CONTINUOUS))
        Thread->ExecutionState = NewFlags & ~ES_CONTINUOUS;
    return Status;
}

// PoSetSystemState: a user who is there, or work that has come up, ends the system's sleep.
NTSTATUS NtHostSetSystemState(ULONG Flags)
{
    if (!IopCurrentHost())
        return STATUS_ACCESS_DENIED;
    if (Flags & ~(ES_SYSTEM_REQUIRED | ES_DISPLAY_REQUIRED | ES_USER_PRESENT))
        return STATUS_INVALID_PARAMETER;
    if (Flags)
        PoWakeSystem((Flags & ES_USER_PRESENT) != 0);
    return STATUS_SUCCESS;
}
