// The machine's power: buttons ask for its end, and the ACPI device carries out what the system has decided.
#include "acpi.h"

NTSYSAPI NTSTATUS NTAPI ZwInitiatePowerAction(POWER_ACTION Action, SYSTEM_POWER_STATE Lightest,
                                              ULONG Flags, BOOLEAN Asynchronous);

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
