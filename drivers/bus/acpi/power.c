// The machine's power: buttons ask for its end, and the ACPI device carries out what the system has decided.
#include "acpi.h"

NTSYSAPI NTSTATUS NTAPI ZwInitiatePowerAction(POWER_ACTION Action, SYSTEM_POWER_STATE Lightest,
                                              ULONG Flags, BOOLEAN Asynchronous);

NTSYSAPI NTSTATUS NTAPI ZwHostSetSleepStates(ULONG States);
NTSYSAPI NTSTATUS NTAPI ZwHostQueryWakeAddress(PULONG64 Address);

// ---- Asking

// It returns at once: programs and devices are told first, this driver last of all.
VOID AcpiRequestPowerOff(PCSTR Reason)
{
    NTSTATUS Status = ZwInitiatePowerAction(PowerActionShutdownOff, PowerSystemShutdown, 0, TRUE);
    DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL,
               "acpi: %s: the system is asked to power off: %08lx\n", Reason, Status);
}

static void AcpiButtonPressed(void *Context)
{
    UNREFERENCED_PARAMETER(Context);
    AcpiTellFixedButton();
    AcpiRequestPowerOff("power button");
}

// In the service routine of the SCI.
static u32 AcpiFixedButton(void *Context)
{
    (VOID) acpi_os_execute(OSL_NOTIFY_HANDLER, AcpiButtonPressed, Context);
    return ACPI_INTERRUPT_HANDLED;
}

VOID AcpiWatchFixedButton(VOID)
{
    if (acpi_gbl_FADT.flags & ACPI_FADT_POWER_BUTTON || acpi_gbl_reduced_hardware)
        return; // it is a device
    acpi_status Status =
        acpi_install_fixed_event_handler(ACPI_EVENT_POWER_BUTTON, AcpiFixedButton, NULL);
    if (ACPI_FAILURE(Status))
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL,
                   "acpi: the power button cannot be heard: %s\n", acpi_format_exception(Status));
}

VOID AcpiForgetFixedButton(VOID)
{
    (VOID) acpi_remove_fixed_event_handler(ACPI_EVENT_POWER_BUTTON, AcpiFixedButton);
}

// ---- Carrying out

static NTSTATUS AcpiEnterSleep(UCHAR State)
{
    acpi_status Status = acpi_enter_sleep_state_prep(State);
    if (ACPI_SUCCESS(Status))
        Status = acpi_enter_sleep_state(State);
    if (ACPI_FAILURE(Status))
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL, "acpi: no sleep state S%u: %s\n", State,
                   acpi_format_exception(Status));
    return AcpiStatus(Status);
}

static BOOLEAN AcpiHasSleepState(UCHAR State)
{
    u8 TypeA, TypeB;
    return ACPI_SUCCESS(acpi_get_sleep_type_data(State, &TypeA, &TypeB));
}

static NTSTATUS AcpiSleepAndWake(UCHAR State)
{
    NTSTATUS Status = AcpiEnterSleep(State);
    (VOID) acpi_leave_sleep_state_prep(State);
    (VOID) acpi_leave_sleep_state(State);
    return Status;
}

// S1 keeps everything: the processor goes on behind the write that began it. Firmware that has no such state leaves the
// machine on, with its devices at rest.
static NTSTATUS AcpiSleepLightly(VOID)
{
    return AcpiHasSleepState(ACPI_STATE_S1) ? AcpiSleepAndWake(ACPI_STATE_S1) : STATUS_SUCCESS;
}

// S3: the processor comes back by way of the firmware and the microkernel, behind acpi_os_enter_sleep().
static NTSTATUS AcpiSleepDeeply(VOID)
{
    ULONG64 WakeAddress;
    NTSTATUS Status = ZwHostQueryWakeAddress(&WakeAddress);
    if (!NT_SUCCESS(Status))
        return Status;
    if (ACPI_FAILURE(acpi_set_firmware_waking_vector(WakeAddress, 0)))
        return STATUS_NOT_SUPPORTED;
    Status = AcpiSleepAndWake(ACPI_STATE_S3);
    (VOID) acpi_set_firmware_waking_vector(0, 0);
    (VOID) acpi_enable(); // the firmware may have left ACPI mode
    return Status;
}

VOID AcpiTellSleepStates(VOID)
{
    ULONG States = 0;
    for (UCHAR State = ACPI_STATE_S1; State <= ACPI_STATE_S5; State++) {
        if (AcpiHasSleepState(State))
            States |= 1u << State;
    }
    if (acpi_gbl_reduced_hardware)
        States &=
            ~(1u << ACPI_STATE_S3); // without PM1 control registers the microkernel cannot enter it
    (VOID) ZwHostSetSleepStates(States);
}

static NTSTATUS AcpiSetSystemPower(SYSTEM_POWER_STATE State, POWER_ACTION Action)
{
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
        Status = AcpiSetSystemPower(State, Stack->Parameters.Power.ShutdownType);
    else if (System && Stack->MinorFunction == IRP_MN_QUERY_POWER)
        Status = AcpiQuerySystemPower(State);
    if (!NT_SUCCESS(Status))
        return AcpiComplete(Irp, Status, 0);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(Bus->LowerDevice, Irp);
}
