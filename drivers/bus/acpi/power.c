// The machine's power: buttons and heat ask for something, and the ACPI device carries out what the system has decided; and
// the power of the devices that it reports.
#include "acpi.h"

NTSYSAPI NTSTATUS NTAPI ZwInitiatePowerAction(POWER_ACTION Action, SYSTEM_POWER_STATE Lightest,
                                              ULONG Flags, BOOLEAN Asynchronous);
NTSYSAPI NTSTATUS NTAPI ZwHostPressButton(ULONG Buttons);

// ---- Asking

// It returns at once: programs and devices are told first, this driver last of all.
NTSTATUS AcpiRequestCriticalPowerOff(PCSTR Reason)
{
    constexpr ULONG Critical = 0x80000000; // POWER_ACTION_CRITICAL
    NTSTATUS Status =
        ZwInitiatePowerAction(PowerActionShutdownOff, PowerSystemShutdown, Critical, TRUE);
    DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL,
               "acpi: %s: the system is asked to power off: %08lx\n", Reason, Status);
    return Status;
}

VOID AcpiPressButton(ULONG Buttons)
{
    NTSTATUS Status = ZwHostPressButton(Buttons);
    DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_INFO_LEVEL, "acpi: button %lx is pressed: %08lx\n", Buttons,
               Status);
}

// ---- The fixed buttons

typedef struct _ACPI_FIXED_BUTTON {
    ULONG Button;
    u32 Event;
} ACPI_FIXED_BUTTON;

static const ACPI_FIXED_BUTTON AcpiFixedEvents[] = {
    {SYS_BUTTON_POWER, ACPI_EVENT_POWER_BUTTON},
    {SYS_BUTTON_SLEEP, ACPI_EVENT_SLEEP_BUTTON},
};

static void AcpiButtonPressed(void *Context)
{
    const ACPI_FIXED_BUTTON *Button = Context;
    AcpiTellFixedButton(Button->Button);
    AcpiPressButton(Button->Button);
}

// In the service routine of the SCI.
static u32 AcpiFixedButton(void *Context)
{
    (VOID) acpi_os_execute(OSL_NOTIFY_HANDLER, AcpiButtonPressed, Context);
    return ACPI_INTERRUPT_HANDLED;
}

// What is no fixed button is a device, or not there.
VOID AcpiWatchFixedButtons(VOID)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(AcpiFixedEvents); i++) {
        if (!(AcpiFixedButtons() & AcpiFixedEvents[i].Button))
            continue;
        acpi_status Status = acpi_install_fixed_event_handler(
            AcpiFixedEvents[i].Event, AcpiFixedButton, (void *)&AcpiFixedEvents[i]);
        if (ACPI_FAILURE(Status))
            DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL,
                       "acpi: a fixed button cannot be heard: %s\n", acpi_format_exception(Status));
    }
}

VOID AcpiForgetFixedButtons(VOID)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(AcpiFixedEvents); i++) {
        if (AcpiFixedButtons() & AcpiFixedEvents[i].Button)
            (VOID) acpi_remove_fixed_event_handler(AcpiFixedEvents[i].Event, AcpiFixedButton);
    }
}

// ---- Carrying out

NTSTATUS AcpiEnterSleep(UCHAR State)
{
    acpi_status Status = acpi_enter_sleep_state_prep(State);
    if (ACPI_SUCCESS(Status))
        Status = acpi_enter_sleep_state(State);
    if (ACPI_FAILURE(Status))
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL, "acpi: no sleep state S%u: %s\n", State,
                   acpi_format_exception(Status));
    return AcpiStatus(Status);
}

// What the machine may have forgotten in its sleep.
static NTSTATUS AcpiWorkAgain(PACPI_BUS Bus)
{
    AcpiResumeWakes(Bus);
    AcpiStartFansAgain(Bus);
    return STATUS_SUCCESS;
}

static NTSTATUS AcpiSetSystemPower(PACPI_BUS Bus, SYSTEM_POWER_STATE State, POWER_ACTION Action)
{
    if (State == PowerSystemWorking)
        return AcpiWorkAgain(Bus);
    if (State < PowerSystemShutdown && AcpiHasSleepState((UCHAR)(State - PowerSystemWorking)))
        AcpiPrepareWakes(Bus, (UCHAR)(State - PowerSystemWorking));
    if (State == PowerSystemSleeping1)
        return AcpiSleepLightly();
    if (State == PowerSystemSleeping3)
        return AcpiSleepDeeply();
    if (State != PowerSystemShutdown)
        return STATUS_SUCCESS;
    if (Action == PowerActionShutdownOff)
        return AcpiEnterSleep(ACPI_STATE_S5);
    if (Action == PowerActionShutdownReset)
        return AcpiStatus(acpi_reset());
    return STATUS_SUCCESS; // the machine stays on
}

static NTSTATUS AcpiQuerySystemPower(SYSTEM_POWER_STATE State)
{
    BOOLEAN Possible = State == PowerSystemWorking || State == PowerSystemSleeping1 ||
                       (State == PowerSystemSleeping3 && AcpiHasSleepState(ACPI_STATE_S3)) ||
                       State == PowerSystemShutdown;
    return Possible ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

NTSTATUS AcpiBusPower(PACPI_BUS Bus, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    BOOLEAN System = Stack->Parameters.Power.Type == SystemPowerState;
    SYSTEM_POWER_STATE State = Stack->Parameters.Power.State.SystemState;
    NTSTATUS Status = STATUS_SUCCESS;
    PoStartNextPowerIrp(Irp);
    if (System && Bus->Started && Stack->MinorFunction == IRP_MN_SET_POWER)
        Status = AcpiSetSystemPower(Bus, State, Stack->Parameters.Power.ShutdownType);
    else if (System && Stack->MinorFunction == IRP_MN_QUERY_POWER)
        Status = AcpiQuerySystemPower(State);
    if (!NT_SUCCESS(Status))
        return AcpiComplete(Irp, Status, 0);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(Bus->LowerDevice, Irp);
}

// ---- Devices

static NTSTATUS AcpiSetPower(PACPI_DEVICE Device, POWER_STATE State)
{
    if (State.DeviceState < PowerDeviceD0 || State.DeviceState > PowerDeviceD3)
        return STATUS_INVALID_PARAMETER;
    ExAcquireFastMutex(&Device->Bus->Lock);
    NTSTATUS Status = AcpiSetDevicePower(Device->Node, State.DeviceState);
    ExReleaseFastMutex(&Device->Bus->Lock);
    if (NT_SUCCESS(Status))
        PoSetPowerState(Device->Self, DevicePowerState, State);
    return Status;
}

NTSTATUS AcpiDevicePower(PACPI_DEVICE Device, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = STATUS_SUCCESS;
    PoStartNextPowerIrp(Irp);
    switch (Stack->MinorFunction) {
    case IRP_MN_WAIT_WAKE:
        return AcpiWaitWake(Device, Irp);
    case IRP_MN_SET_POWER:
        if (Stack->Parameters.Power.Type == DevicePowerState)
            Status = AcpiSetPower(Device, Stack->Parameters.Power.State);
        return AcpiComplete(Irp, Status, 0);
    case IRP_MN_QUERY_POWER:
        return AcpiComplete(Irp, Status, 0);
    default:
        return AcpiKeep(Irp);
    }
}
