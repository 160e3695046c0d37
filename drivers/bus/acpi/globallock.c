// The global lock (ACPI Specification 6.4, 5.2.10.1) for drivers. ACPICA's belongs to a thread, and a request to any of the
// host's: one thread has it for all of them, one after the other. It is there from the first request on.
#include "acpi.h"

#include <acpiioct.h>

static struct {
    ACPI_WAITERS Waiters; // requests, first come, first served
    KSPIN_LOCK Lock;
    PACPI_DEVICE Holder;
    ULONG_PTR Ticket; // what the holder calls it
    KEVENT Asked, Released;
    FAST_MUTEX Starting;
    PVOID Thread; // referenced
    BOOLEAN Stopping;
} AcpiLock;

// ---- The thread

static VOID AcpiGrantLock(PIRP Irp)
{
    ACPI_MANIPULATE_GLOBAL_LOCK_BUFFER *Buffer = Irp->AssociatedIrp.SystemBuffer;
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiLock.Lock, &Irql);
    AcpiLock.Holder = Irp->Tail.Overlay.DriverContext[0];
    Buffer->LockObject = (PVOID)++AcpiLock.Ticket;
    KeReleaseSpinLock(&AcpiLock.Lock, Irql);
    AcpiComplete(Irp, STATUS_SUCCESS, sizeof(*Buffer));
    KeWaitForSingleObject(&AcpiLock.Released, Executive, KernelMode, FALSE, NULL);
}

static VOID AcpiServeLock(PIRP Irp)
{
    u32 Handle;
    acpi_status Status = acpi_acquire_global_lock(ACPI_WAIT_FOREVER, &Handle);
    if (ACPI_FAILURE(Status)) {
        AcpiComplete(Irp, AcpiStatus(Status), 0);
        return;
    }
    AcpiGrantLock(Irp);
    (VOID) acpi_release_global_lock(Handle);
}

static VOID NTAPI AcpiLockThread(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (!AcpiLock.Stopping) {
        PIRP Irp = AcpiTakeWaiter(&AcpiLock.Waiters);
        if (Irp)
            AcpiServeLock(Irp);
        else
            KeWaitForSingleObject(&AcpiLock.Asked, Executive, KernelMode, FALSE, NULL);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

VOID AcpiInitializeLock(VOID)
{
    AcpiInitializeWaiters(&AcpiLock.Waiters);
    KeInitializeSpinLock(&AcpiLock.Lock);
    KeInitializeEvent(&AcpiLock.Asked, SynchronizationEvent, FALSE);
    KeInitializeEvent(&AcpiLock.Released, SynchronizationEvent, FALSE);
    ExInitializeFastMutex(&AcpiLock.Starting);
    AcpiLock.Stopping = FALSE;
}

static NTSTATUS AcpiMakeLockThread(VOID)
{
    HANDLE Handle;
    NTSTATUS Status =
        PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, AcpiLockThread, NULL);
    if (!NT_SUCCESS(Status))
        return Status;
    Status =
        ObReferenceObjectByHandle(Handle, SYNCHRONIZE, NULL, KernelMode, &AcpiLock.Thread, NULL);
    ZwClose(Handle);
    return Status;
}

static NTSTATUS AcpiStartLock(VOID)
{
    NTSTATUS Status = STATUS_SUCCESS;
    ExAcquireFastMutex(&AcpiLock.Starting);
    if (!AcpiLock.Thread)
        Status = AcpiMakeLockThread();
    ExReleaseFastMutex(&AcpiLock.Starting);
    return Status;
}

VOID AcpiStopLock(VOID)
{
    if (!AcpiLock.Thread)
        return;
    AcpiLock.Stopping = TRUE;
    AcpiEndWaiters(&AcpiLock.Waiters, STATUS_DELETE_PENDING);
    KeSetEvent(&AcpiLock.Released, IO_NO_INCREMENT, FALSE);
    KeSetEvent(&AcpiLock.Asked, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(AcpiLock.Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(AcpiLock.Thread);
    AcpiLock.Thread = NULL;
}

// ---- Requests

// Ticket null: whichever.
static BOOLEAN AcpiReleaseLock(PACPI_DEVICE Device, PVOID Ticket)
{
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiLock.Lock, &Irql);
    BOOLEAN Mine = AcpiLock.Holder == Device && (!Ticket || Ticket == (PVOID)AcpiLock.Ticket);
    if (Mine)
        AcpiLock.Holder = NULL;
    KeReleaseSpinLock(&AcpiLock.Lock, Irql);
    if (Mine)
        KeSetEvent(&AcpiLock.Released, IO_NO_INCREMENT, FALSE);
    return Mine;
}

VOID AcpiForgetLock(PACPI_DEVICE Device)
{
    (VOID) AcpiReleaseLock(Device, NULL);
}

NTSTATUS AcpiAcquireGlobalLock(PACPI_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    const ACPI_MANIPULATE_GLOBAL_LOCK_BUFFER *Buffer = Irp->AssociatedIrp.SystemBuffer;
    if (Irp->RequestorMode != KernelMode)
        return AcpiComplete(Irp, STATUS_ACCESS_DENIED, 0); // it would stop the firmware
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*Buffer) ||
        Buffer->Signature != ACPI_ACQUIRE_GLOBAL_LOCK_SIGNATURE)
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(*Buffer))
        return AcpiComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    if (KeGetCurrentIrql() > APC_LEVEL)
        return AcpiComplete(Irp, STATUS_INVALID_DEVICE_STATE, 0);
    NTSTATUS Status = AcpiStartLock();
    if (!NT_SUCCESS(Status))
        return AcpiComplete(Irp, Status, 0);
    Irp->Tail.Overlay.DriverContext[0] = Device;
    Status = AcpiPutWaiter(&AcpiLock.Waiters, Irp);
    KeSetEvent(&AcpiLock.Asked, IO_NO_INCREMENT, FALSE);
    return Status;
}

NTSTATUS AcpiReleaseGlobalLock(PACPI_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    const ACPI_MANIPULATE_GLOBAL_LOCK_BUFFER *Buffer = Irp->AssociatedIrp.SystemBuffer;
    if (Irp->RequestorMode != KernelMode)
        return AcpiComplete(Irp, STATUS_ACCESS_DENIED, 0);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*Buffer) ||
        Buffer->Signature != ACPI_RELEASE_GLOBAL_LOCK_SIGNATURE || !Buffer->LockObject)
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    BOOLEAN Released = AcpiReleaseLock(Device, Buffer->LockObject);
    return AcpiComplete(Irp, Released ? STATUS_SUCCESS : STATUS_ACPI_MUTEX_NOT_OWNED, 0);
}
