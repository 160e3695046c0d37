// Actions: shutting down, restarting, sleeping. One at a time, on a fiber of its own.
#include "pop.h"

enum {
    POP_TREE_SECONDS = 60,    // that PnP may take to come to rest
    POP_PLATFORM_SECONDS = 5, // that the platform's driver has to switch off
    POP_CONSOLE_SECONDS = 2,
    POP_DRIVER_MILLISECONDS = 30000 // that a driver has to answer, if the registry does not say
};

#define POP_CONTROL_KEY L"\\Registry\\Machine\\System\\CurrentControlSet\\Control"

static POP_ACTION PopCurrent;
static BOOLEAN PopBusy, PopShuttingDown;
static KEVENT PopDone;
static NTSTATUS PopStatus; // of the last action that is over
POP_TIMES PopTimes;

BOOLEAN PoIsShuttingDown(VOID)
{
    return PopShuttingDown;
}

VOID PoWakeSystem(BOOLEAN ByUser)
{
    if (!PopWakeEvent.Header.SignalState)
        PopTimes.AutomaticWake = !ByUser;
    KeSetEvent(&PopWakeEvent);
}

ULONG PopReadMilliseconds(PCWSTR ValueName, ULONG Default)
{
    WCHAR Text[16] = {};
    ULONG Length = sizeof(Text) - sizeof(WCHAR), Type, Value;
    UNICODE_STRING String;
    NTSTATUS Status = CmQueryValue(POP_CONTROL_KEY, ValueName, &Type, Text, &Length);
    if (!NT_SUCCESS(Status) || Type != REG_SZ)
        return Default;
    RtlInitUnicodeString(&String, Text);
    Status = RtlUnicodeStringToInteger(&String, 10, &Value);
    return NT_SUCCESS(Status) ? Value : Default;
}

static ULONG PopDriverSeconds(VOID)
{
    return (PopReadMilliseconds(L"DriverPowerTimeout", POP_DRIVER_MILLISECONDS) + 999) / 1000;
}

// ---- The tree

static VOID PopCountStack(const PNP_STACK *Stack, PVOID Context)
{
    UNREFERENCED_PARAMETER(Stack);
    ++*(PULONG)Context;
}

static VOID PopAddStack(const PNP_STACK *Stack, PVOID Context)
{
    PPOP_TARGETS Targets = Context;
    PPOP_TARGET Target = &Targets->Entries[Targets->Count++];
    *Target = (POP_TARGET){
        .Device = Stack->Device,
        .Level = Stack->Level,
        .IsPlatform = Stack->IsPlatform,
    };
    wcsncpy(Target->Name, Stack->Name, RTL_NUMBER_OF(Target->Name) - 1);
    ObReferenceObject(Target->Device);
    Targets->Levels = max(Targets->Levels, Stack->Level + 1);
}

static NTSTATUS PopCollect(PPOP_TARGETS Targets)
{
    ULONG Count = 0;
    *Targets = (POP_TARGETS){};
    PnpForEachStack(PopCountStack, &Count);
    if (!Count)
        return STATUS_SUCCESS;
    Targets->Entries = ExAllocatePoolZero(PagedPool, Count * sizeof(POP_TARGET), PopTag);
    if (!Targets->Entries)
        return STATUS_INSUFFICIENT_RESOURCES;
    PnpForEachStack(PopAddStack, Targets);
    return STATUS_SUCCESS;
}

static VOID PopRelease(PPOP_TARGETS Targets)
{
    for (ULONG i = 0; i < Targets->Count; i++)
        ObDereferenceObject(Targets->Entries[i].Device);
    if (Targets->Entries)
        ExFreePool(Targets->Entries);
}

// ---- The end

// To the console that programs have, while its drivers still work.
static VOID PopShow(PCSTR Text)
{
    static const UNICODE_STRING Console = RTL_CONSTANT_STRING(L"\\GLOBAL??\\CONOUT$");
    IOP_OPEN Open = {
        .Disposition = FILE_OPEN,
        .Options = FILE_SYNCHRONOUS_IO_NONALERT,
        .ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE,
        .MajorFunction = IRP_MJ_CREATE,
    };
    PFILE_OBJECT File;
    NTSTATUS Status =
        ObReferenceObjectByName(&Console, OBJ_CASE_INSENSITIVE, FILE_WRITE_DATA | SYNCHRONIZE,
                                IoFileObjectType, KernelMode, &Open, (PVOID *)&File);
    if (!NT_SUCCESS(Status))
        return;
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_WRITE,
        .File = File,
        .Parameters = {strlen(Text)},
        .Input = Text,
        .InputLength = (ULONG)strlen(Text),
    };
    LARGE_INTEGER Timeout = {.QuadPart = -10'000'000ll * POP_CONSOLE_SECONDS};
    (VOID) IopCallDevice(File->Device, &Call, &Timeout);
    // The text is to be out before the device that it goes through is off.
    IOP_CALL Flush = {.MajorFunction = IRP_MJ_FLUSH_BUFFERS, .File = File};
    (VOID) IopCallDevice(File->Device, &Flush, &Timeout);
    ObDereferenceObject(File);
}

static VOID PopShowEnd(const POP_TARGETS *Targets)
{
    if (PopCurrent.Action == PowerActionShutdownReset)
        return;
    if (PopCurrent.Action == PowerActionShutdown || !PopHasPlatform(Targets))
        PopShow("\r\n" POP_SAFE_TEXT "\r\n");
}

[[noreturn]] static VOID PopShutDown(VOID)
{
    POP_TRANSITION Transition = {
        .Action = PopCurrent.Action,
        .State = PowerSystemShutdown,
        .Seconds = PopDriverSeconds(),
    };
    POP_TARGETS Targets;
    DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_INFO_LEVEL, "po: the system is shut down\n");
    PopShuttingDown = TRUE;
    PopEndPrograms();
    if (PopCurrent.Flags & POWER_ACTION_CRITICAL)
        PopShow("\r\nThe machine reports a critical state (heat, or an empty battery).\r\n");
    PopShow(PopCurrent.Action == PowerActionShutdownReset ? "\r\nRestarting\r\n"
                                                          : "\r\nShutting down\r\n");
    PopTellDrivers(HOST_SHUTDOWN_FIRST_CHANCE, Transition.Seconds);
    CmShutdownSystem();
    PopTellDrivers(HOST_SHUTDOWN_LAST_CHANCE, Transition.Seconds);
    if (!PnpHoldTree(POP_TREE_SECONDS))
        DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_WARNING_LEVEL,
                   "po: PnP does not come to rest; the shutdown goes on\n");
    if (!NT_SUCCESS(PopCollect(&Targets)))
        DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_WARNING_LEVEL,
                   "po: no memory to tell the devices of the shutdown\n");
    PopShowEnd(&Targets);
    PopSetAll(&Targets, &Transition);
    MmReleasePool();
    Transition.Seconds = POP_PLATFORM_SECONDS;
    NTSTATUS Status = PopSetPlatform(&Targets, &Transition);
    DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_WARNING_LEVEL, "po: the machine is still there: 0x%08lX\n",
               (ULONG)Status);
    PopFinish(PopCurrent.Action);
}

// ---- Sleep

static ULONG PopFirmwareStates; // a bit for each Sn
static BOOLEAN PopMachineMaySleep;

BOOLEAN PopHasDeepSleep(VOID)
{
    ULONG64 Address;
    return PnpHasPlatform() && (PopFirmwareStates & 1u << 3) && KeQueryWakeAddress(&Address);
}

BOOLEAN PopHasLightSleep(VOID)
{
    return PnpHasPlatform() && (PopFirmwareStates & 1u << 1);
}

BOOLEAN PopIsAsleep(VOID)
{
    return PopBusy && !PopShuttingDown;
}

// S1 is idleness in S0; in S3 it is the machine that sleeps.
static NTSTATUS PopRest(PPOP_TARGETS Targets, const POP_TRANSITION *Transition)
{
    NTSTATUS Status = STATUS_SUCCESS;
    DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_INFO_LEVEL, "po: the system sleeps (S%lu)\n",
               (ULONG)Transition->State - PowerSystemWorking);
    if (Transition->State == PowerSystemSleeping1) {
        (VOID) PopSetPlatform(Targets, Transition);
        (VOID) KeWaitForSingleObject(&PopWakeEvent, Executive, KernelMode, FALSE, nullptr);
    } else if (!PopWakeEvent.Header.SignalState) {
        PopMachineMaySleep = TRUE;
        Status = PopSetPlatform(Targets, Transition);
        PopMachineMaySleep = FALSE;
        if (PopWakeEvent.Header.SignalState)
            Status = STATUS_SUCCESS; // it did not sleep, or it is awake already
    }
    DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_INFO_LEVEL, "po: the system wakes\n");
    return Status;
}

static NTSTATUS PopSleepNow(PPOP_TARGETS Targets, POP_TRANSITION *Transition)
{
    POP_TRANSITION Working = *Transition;
    Working.State = PowerSystemWorking;
    NTSTATUS Status = STATUS_SUCCESS;
    if (!(PopCurrent.Flags & POWER_ACTION_CRITICAL))
        Status = PopQueryAll(Targets, Transition);
    if (NT_SUCCESS(Status)) {
        PopTimes.LastSleep = KeQueryInterruptTime();
        PopSetAll(Targets, Transition);
        Status = PopRest(Targets, Transition);
        PopTimes.LastWake = KeQueryInterruptTime();
    }
    PopWakeAll(Targets, &Working);
    return Status;
}

// The deepest that there is, unless the lightest will do and is wanted.
static SYSTEM_POWER_STATE PopChooseState(VOID)
{
    BOOLEAN Light = PopCurrent.State == PowerSystemSleeping1 &&
                    (PopCurrent.Flags & POWER_ACTION_LIGHTEST_FIRST);
    return !Light && PopHasDeepSleep() ? PowerSystemSleeping3 : PowerSystemSleeping1;
}

// A driver, the firmware or the microkernel may refuse S3: then S1 is tried, unless S3 is the lightest that will do, or
// something has happened meanwhile that wakes the system.
static NTSTATUS PopSleepOrLighter(PPOP_TARGETS Targets, POP_TRANSITION *Transition)
{
    NTSTATUS Status = PopSleepNow(Targets, Transition);
    if (NT_SUCCESS(Status) || Transition->State == PowerSystemSleeping1 ||
        PopCurrent.State != PowerSystemSleeping1 || PopWakeEvent.Header.SignalState)
        return Status;
    DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_WARNING_LEVEL, "po: S3 is refused (0x%08lX): S1 is tried\n",
               (ULONG)Status);
    Transition->State = PowerSystemSleeping1;
    return PopSleepNow(Targets, Transition);
}

// Nobody here can set up every display again.
static VOID PopTellOfDisplay(SYSTEM_POWER_STATE State)
{
    if (State == PowerSystemSleeping3 && KeIsDisplayInDoubt())
        PopShow(
            "\r\nThe screen may show nothing after the sleep until the system is restarted: its "
            "adapter is none that can be set up again.\r\n");
}

static NTSTATUS PopSleep(VOID)
{
    POP_TRANSITION Transition = {
        .Action = PopCurrent.Action,
        .State = PopChooseState(),
        .Seconds = PopDriverSeconds(),
    };
    POP_TARGETS Targets;
    KeResetEvent(&PopWakeEvent); // what wakes from now on counts
    if (!PnpHoldTree(POP_TREE_SECONDS))
        return STATUS_DEVICE_BUSY;
    NTSTATUS Status = PopCollect(&Targets);
    if (NT_SUCCESS(Status)) {
        PopFreezePrograms();
        Status = PopSleepOrLighter(&Targets, &Transition);
        PopTellOfDisplay(Transition.State);
        PopThawPrograms();
        PopRelease(&Targets);
    }
    PnpReleaseTree();
    return Status;
}

// ---- Actions

static VOID PopRun(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    if (PopCurrent.Action != PowerActionSleep)
        PopShutDown();
    PopStatus = PopSleep();
    PopBusy = FALSE;
    KeSetEvent(&PopDone);
}

static NTSTATUS PopCheckAction(const POP_ACTION *Action)
{
    switch (Action->Action) {
    case PowerActionShutdown:
    case PowerActionShutdownReset:
    case PowerActionShutdownOff:
        return STATUS_SUCCESS;
    case PowerActionSleep:
        if (Action->State < PowerSystemSleeping1 || Action->State >= PowerSystemShutdown)
            return STATUS_INVALID_PARAMETER;
        if (Action->State <= PowerSystemSleeping3 &&
            (Action->State == PowerSystemSleeping1 || PopHasDeepSleep()))
            return STATUS_SUCCESS;
        return STATUS_NOT_SUPPORTED;
    case PowerActionHibernate:
    case PowerActionWarmEject:
        return STATUS_NOT_SUPPORTED;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS PopStartAction(const POP_ACTION *Action, BOOLEAN Asynchronous)
{
    NTSTATUS Status = PopCheckAction(Action);
    if (!NT_SUCCESS(Status))
        return Status;
    if (PopBusy && PopShuttingDown)
        return STATUS_SHUTDOWN_IN_PROGRESS;
    if (PopBusy) { // asleep, or about to be: a button is there to wake it
        PoWakeSystem(TRUE);
        return STATUS_ALREADY_COMMITTED;
    }
    PopCurrent = *Action;
    KeResetEvent(&PopDone);
    Status = KeCreateSystemFiber(PopRun, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    PopBusy = TRUE;
    if (Asynchronous)
        return STATUS_SUCCESS;
    Status = KeWaitForSingleObject(&PopDone, UserRequest, UserMode, FALSE, nullptr);
    return Status == STATUS_SUCCESS ? PopStatus : Status;
}

// ---- What the machine's own driver says and does

BOOLEAN PopIsPowerHost(VOID)
{
    PIO_HOST Host = IopCurrentHost();
    return Host && (Host->Privileges & IopPowerPrivilege);
}

NTSTATUS NtHostSetSleepStates(ULONG States)
{
    if (!PopIsPowerHost())
        return STATUS_ACCESS_DENIED;
    PopFirmwareStates = States;
    return STATUS_SUCCESS;
}

NTSTATUS NtHostQueryWakeAddress(ULONG64 USER *Address)
{
    ULONG64 Known;
    if (!PopIsPowerHost())
        return STATUS_ACCESS_DENIED;
    return KeQueryWakeAddress(&Known) ? MmWriteUser(Address, Known) : STATUS_NOT_SUPPORTED;
}

// At the end of its request to sleep only: all devices are at rest, and no program runs.
NTSTATUS NtHostSleepMachine(ULONG ControlA, ULONG ControlB)
{
    if (!PopIsPowerHost())
        return STATUS_ACCESS_DENIED;
    if (!PopMachineMaySleep)
        return STATUS_INVALID_DEVICE_STATE;
    PopMachineMaySleep = FALSE;
    if (PopWakeEvent.Header.SignalState)
        return STATUS_CANCELLED; // something has happened meanwhile
    return KeSleepMachine(ControlA, ControlB, &PopTimes.AutomaticWake);
}

NTSTATUS PoInitSystem(void)
{
    KeInitializeEvent(&PopDone, NotificationEvent, FALSE);
    KeInitializeEvent(&PopWakeEvent, NotificationEvent, FALSE);
    return PopInitPrograms();
}
