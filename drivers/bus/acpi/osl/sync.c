// Locks, semaphores, threads and time.
#include "osl.h"

// ---- Spin locks. The SCI's service routine takes them too, so they are held at its IRQL.

static KIRQL OslLockIrql = DISPATCH_LEVEL;

VOID OslSetLockIrql(KIRQL Irql)
{
    OslLockIrql = Irql;
}

KIRQL OslAcquireLock(PKSPIN_LOCK Lock)
{
    KIRQL OldIrql = KeGetCurrentIrql();
    if (OldIrql < OslLockIrql)
        KeRaiseIrql(OslLockIrql, &OldIrql);
    KeAcquireSpinLockAtDpcLevel(Lock);
    return OldIrql;
}

VOID OslReleaseLock(PKSPIN_LOCK Lock, KIRQL OldIrql)
{
    KeReleaseSpinLockFromDpcLevel(Lock);
    if (OldIrql < KeGetCurrentIrql())
        KeLowerIrql(OldIrql);
}

acpi_status acpi_os_create_lock(acpi_spinlock *out_handle)
{
    PKSPIN_LOCK Lock = acpi_os_allocate(sizeof(*Lock));
    if (!Lock)
        return AE_NO_MEMORY;
    KeInitializeSpinLock(Lock);
    *out_handle = Lock;
    return AE_OK;
}

void acpi_os_delete_lock(acpi_spinlock handle)
{
    acpi_os_free(handle);
}

acpi_cpu_flags acpi_os_acquire_lock(acpi_spinlock handle)
{
    return OslAcquireLock(handle);
}

void acpi_os_release_lock(acpi_spinlock handle, acpi_cpu_flags flags)
{
    OslReleaseLock(handle, (KIRQL)flags);
}

// ---- Semaphores. A service routine may signal one (the global lock has come free): its DPC does that.

typedef struct _OSL_SEMAPHORE {
    KSEMAPHORE Semaphore;
    KDPC Dpc;
    volatile LONG Pending; // units that the DPC has to signal
} OSL_SEMAPHORE, *POSL_SEMAPHORE;

static VOID NTAPI OslSemaphoreDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    POSL_SEMAPHORE Semaphore = Context;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    LONG Units = InterlockedExchange(&Semaphore->Pending, 0);
    if (Units)
        KeReleaseSemaphore(&Semaphore->Semaphore, IO_NO_INCREMENT, Units, FALSE);
}

acpi_status acpi_os_create_semaphore(u32 max_units, u32 initial_units, acpi_semaphore *out_handle)
{
    POSL_SEMAPHORE Semaphore = acpi_os_allocate_zeroed(sizeof(*Semaphore));
    if (!Semaphore)
        return AE_NO_MEMORY;
    LONG Limit = max_units == ACPI_NO_UNIT_LIMIT ? MAXLONG : (LONG)max_units;
    KeInitializeSemaphore(&Semaphore->Semaphore, (LONG)initial_units, Limit);
    KeInitializeDpc(&Semaphore->Dpc, OslSemaphoreDpc, Semaphore);
    *out_handle = Semaphore;
    return AE_OK;
}

acpi_status acpi_os_delete_semaphore(acpi_semaphore handle)
{
    POSL_SEMAPHORE Semaphore = handle;
    if (!Semaphore)
        return AE_BAD_PARAMETER;
    KeRemoveQueueDpc(&Semaphore->Dpc);
    acpi_os_free(Semaphore);
    return AE_OK;
}

acpi_status acpi_os_wait_semaphore(acpi_semaphore handle, u32 units, u16 timeout)
{
    POSL_SEMAPHORE Semaphore = handle;
    LARGE_INTEGER Interval = {.QuadPart = -10'000ll * timeout};
    if (!Semaphore || units != 1)
        return AE_BAD_PARAMETER;
    NTSTATUS Status = KeWaitForSingleObject(&Semaphore->Semaphore, Executive, KernelMode, FALSE,
                                            timeout == ACPI_WAIT_FOREVER ? NULL : &Interval);
    return Status == STATUS_SUCCESS ? AE_OK : AE_TIME;
}

// Beyond its limit a semaphore is not signalled: that of the global lock may be signalled once too often.
acpi_status acpi_os_signal_semaphore(acpi_semaphore handle, u32 units)
{
    POSL_SEMAPHORE Semaphore = handle;
    if (!Semaphore || units != 1)
        return AE_BAD_PARAMETER;
    if (KeGetCurrentIrql() > DISPATCH_LEVEL) {
        InterlockedExchange(&Semaphore->Pending, 1);
        KeInsertQueueDpc(&Semaphore->Dpc, NULL, NULL);
        return AE_OK;
    }
    if (KeReadStateSemaphore(&Semaphore->Semaphore) >= Semaphore->Semaphore.Limit)
        return AE_LIMIT;
    KeReleaseSemaphore(&Semaphore->Semaphore, IO_NO_INCREMENT, (LONG)units, FALSE);
    return AE_OK;
}

// ---- Threads and time

acpi_thread_id acpi_os_get_thread_id(void)
{
    return (acpi_thread_id)(ULONG_PTR)PsGetCurrentThreadId();
}

void acpi_os_sleep(u64 milliseconds)
{
    LARGE_INTEGER Interval = {.QuadPart = -10'000ll * (LONGLONG)milliseconds};
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

void acpi_os_stall(u32 microseconds)
{
    KeStallExecutionProcessor(microseconds);
}

// In units of 100 ns.
u64 acpi_os_get_timer(void)
{
    LARGE_INTEGER Frequency = {};
    ULONG64 Count = (ULONG64)KeQueryPerformanceCounter(&Frequency).QuadPart;
    ULONG64 Hertz = (ULONG64)Frequency.QuadPart;
    return Count / Hertz * 10'000'000 + Count % Hertz * 10'000'000 / Hertz;
}
