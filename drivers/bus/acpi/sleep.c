// Sleep states from which the machine comes back: S1 and S3.
#include "acpi.h"

NTSYSAPI NTSTATUS NTAPI ZwHostSetSleepStates(ULONG States);
NTSYSAPI NTSTATUS NTAPI ZwHostQueryWakeAddress(PULONG64 Address);
NTSYSAPI NTSTATUS NTAPI ZwHostSleepMachine(ULONG ControlA, ULONG ControlB);

BOOLEAN AcpiHasSleepState(UCHAR State)
{
    u8 TypeA, TypeB;
    // S3 is entered by the microkernel, which knows the PM1 control registers.
    if (State == ACPI_STATE_S3 && acpi_gbl_reduced_hardware)
        return FALSE;
    return ACPI_SUCCESS(acpi_get_sleep_type_data(State, &TypeA, &TypeB));
}

VOID AcpiTellSleepStates(VOID)
{
    ULONG States = 0;
    for (UCHAR State = ACPI_STATE_S1; State <= ACPI_STATE_S5; State++) {
        if (AcpiHasSleepState(State))
            States |= 1u << State;
    }
    (VOID) ZwHostSetSleepStates(States);
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
NTSTATUS AcpiSleepLightly(VOID)
{
    if (!AcpiHasSleepState(ACPI_STATE_S1))
        return STATUS_SUCCESS;
    NTSTATUS Status = AcpiSleepAndWake(ACPI_STATE_S1);
    if (NT_SUCCESS(Status))
        PoSetSystemState(ES_USER_PRESENT); // whatever has woken it, it is awake
    return Status;
}

// ---- S3

// The last write before the processor loses its state is the microkernel's; the others ACPICA does itself. What has woken
// the machine has done so: a button that was pressed for that asks for nothing else.
acpi_status acpi_os_enter_sleep(u8 sleep_state, u32 rega_value, u32 regb_value)
{
    if (sleep_state != ACPI_STATE_S3)
        return AE_OK;
    NTSTATUS Status = ZwHostSleepMachine(rega_value, regb_value);
    (VOID) acpi_clear_event(ACPI_EVENT_POWER_BUTTON);
    (VOID) acpi_clear_event(ACPI_EVENT_SLEEP_BUTTON);
    (VOID) acpi_enable(); // the firmware may have left ACPI mode
    AcpiConnectLinksAgain();
    return NT_SUCCESS(Status) ? AE_CTRL_TERMINATE : AE_ERROR;
}

// Its alarm may wake the machine; that is all that is wanted of it.
static u32 AcpiClockEvent(void *Context)
{
    UNREFERENCED_PARAMETER(Context);
    return ACPI_INTERRUPT_HANDLED;
}

static BOOLEAN AcpiListenToClock(BOOLEAN Listen)
{
    if (acpi_gbl_FADT.flags & ACPI_FADT_FIXED_RTC) // set: no fixed register tells of it
        return FALSE;
    if (Listen)
        return ACPI_SUCCESS(acpi_install_fixed_event_handler(ACPI_EVENT_RTC, AcpiClockEvent, NULL));
    return ACPI_SUCCESS(acpi_remove_fixed_event_handler(ACPI_EVENT_RTC, AcpiClockEvent));
}

// The processor comes back by way of the firmware and the microkernel, in acpi_os_enter_sleep(). ACPICA enables again
// what it has of events, but for that of the global lock.
NTSTATUS AcpiSleepDeeply(VOID)
{
    ULONG64 WakeAddress;
    u32 GlobalLock = 0;
    NTSTATUS Status = ZwHostQueryWakeAddress(&WakeAddress);
    if (!NT_SUCCESS(Status))
        return Status;
    if (ACPI_FAILURE(acpi_set_firmware_waking_vector(WakeAddress, 0)))
        return STATUS_NOT_SUPPORTED;
    (VOID) acpi_read_bit_register(ACPI_BITREG_GLOBAL_LOCK_ENABLE, &GlobalLock);
    BOOLEAN Clock = AcpiListenToClock(TRUE);
    Status = AcpiSleepAndWake(ACPI_STATE_S3);
    if (Clock)
        (VOID) AcpiListenToClock(FALSE);
    if (GlobalLock)
        (VOID) acpi_write_bit_register(ACPI_BITREG_GLOBAL_LOCK_ENABLE, GlobalLock);
    (VOID) acpi_set_firmware_waking_vector(0, 0);
    return Status;
}
