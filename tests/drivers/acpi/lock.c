// The global lock.
#include "suite.h"

NTSTATUS Lock(PVOID *Object)
{
    PACPI_MANIPULATE_GLOBAL_LOCK_BUFFER Buffer = (PVOID)Data;
    ULONG Length = 0;
    *Buffer = (ACPI_MANIPULATE_GLOBAL_LOCK_BUFFER){ACPI_ACQUIRE_GLOBAL_LOCK_SIGNATURE, nullptr};
    NTSTATUS Status =
        Send(IOCTL_ACPI_ACQUIRE_GLOBAL_LOCK, sizeof(*Buffer), sizeof(*Buffer), &Length);
    *Object = Buffer->LockObject;
    if (NT_SUCCESS(Status))
        CHECK_EQUAL(Length, sizeof(*Buffer));
    return Status;
}

NTSTATUS Unlock(PVOID Object)
{
    PACPI_MANIPULATE_GLOBAL_LOCK_BUFFER Buffer = (PVOID)Data;
    *Buffer = (ACPI_MANIPULATE_GLOBAL_LOCK_BUFFER){ACPI_RELEASE_GLOBAL_LOCK_SIGNATURE, Object};
    return Send(IOCTL_ACPI_RELEASE_GLOBAL_LOCK, sizeof(*Buffer), 0, nullptr);
}

// AML does not get it meanwhile.
VOID TestGlobalLock(void)
{
    PVOID Object;
    CHECK_EQUAL(Evaluate("TRYL", MAXULONG), 0);
    if (!CHECK_STATUS(Lock(&Object), STATUS_SUCCESS))
        return;
    CHECK(Object != nullptr);
    CHECK(Evaluate("TRYL", MAXULONG) != 0);
    CHECK_STATUS(Unlock(Object), STATUS_SUCCESS);
    CHECK_EQUAL(Evaluate("TRYL", MAXULONG), 0);
}

VOID LockLater(void)
{
    ACPITEST_REQUEST Request = {.Code = IOCTL_ACPI_ACQUIRE_GLOBAL_LOCK,
                                .Input = sizeof(ACPI_MANIPULATE_GLOBAL_LOCK_BUFFER),
                                .Output = sizeof(ACPI_MANIPULATE_GLOBAL_LOCK_BUFFER)};
    PACPI_MANIPULATE_GLOBAL_LOCK_BUFFER Buffer = (PVOID)Request.Data;
    Buffer->Signature = ACPI_ACQUIRE_GLOBAL_LOCK_SIGNATURE;
    CHECK_STATUS(Ask(ACPITEST_SEND_LATER, &Request), STATUS_SUCCESS);
}

// Its object, or null when it does not come.
static PVOID AwaitLock(void)
{
    ACPITEST_REQUEST Request = {};
    NTSTATUS Status = STATUS_PENDING;
    for (ULONG i = 0; i < 100 && Status == STATUS_PENDING; i++) {
        Pause(20);
        Status = Ask(ACPITEST_SENT, &Request);
    }
    if (!CHECK_STATUS(Status, STATUS_SUCCESS))
        return nullptr;
    return ((PACPI_MANIPULATE_GLOBAL_LOCK_BUFFER)Request.Data)->LockObject;
}

VOID TestGlobalLockWaits(void)
{
    PVOID First, Second;
    ACPITEST_REQUEST Request = {};
    CHECK_STATUS(Lock(&First), STATUS_SUCCESS);
    Choose(1);
    LockLater();
    Pause(100);
    CHECK_EQUAL(Ask(ACPITEST_SENT, &Request), STATUS_PENDING);
    CHECK_STATUS(Ask(ACPITEST_CANCEL, &Request), STATUS_CANCELLED);
    LockLater();
    CHECK_STATUS(Unlock(First), STATUS_ACPI_MUTEX_NOT_OWNED); // it is the other device's
    Choose(0);
    CHECK_STATUS(Unlock(First), STATUS_SUCCESS);
    Choose(1);
    Second = AwaitLock();
    CHECK(Second != nullptr && Second != First);
    CHECK_STATUS(Unlock(Second), STATUS_SUCCESS);
    Choose(0);
    // A driver that ends does not keep it.
    CHECK_STATUS(Lock(&First), STATUS_SUCCESS);
    Choose(1);
    LockLater();
    Choose(0);
    (VOID) AskValue(ACPITEST_DIE, 0, 0, 0);
    StartAgain();
    CHECK_EQUAL(Evaluate("TRYL", MAXULONG), 0);
}

VOID TestGlobalLockRefusals(void)
{
    PACPI_MANIPULATE_GLOBAL_LOCK_BUFFER Buffer = (PVOID)Data;
    ULONG Size = sizeof(*Buffer);
    CHECK_STATUS(Unlock(nullptr), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Unlock((PVOID)1), STATUS_ACPI_MUTEX_NOT_OWNED);
    *Buffer = (ACPI_MANIPULATE_GLOBAL_LOCK_BUFFER){ACPI_ACQUIRE_GLOBAL_LOCK_SIGNATURE, nullptr};
    CHECK_STATUS(Send(IOCTL_ACPI_ACQUIRE_GLOBAL_LOCK, Size - 1, Size, nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Send(IOCTL_ACPI_ACQUIRE_GLOBAL_LOCK, Size, Size - 1, nullptr),
                 STATUS_BUFFER_TOO_SMALL);
    Buffer->Signature = ACPI_RELEASE_GLOBAL_LOCK_SIGNATURE;
    CHECK_STATUS(Send(IOCTL_ACPI_ACQUIRE_GLOBAL_LOCK, Size, Size, nullptr),
                 STATUS_INVALID_PARAMETER);
    Buffer->Signature = ACPI_ACQUIRE_GLOBAL_LOCK_SIGNATURE;
    CHECK_STATUS(Send(IOCTL_ACPI_RELEASE_GLOBAL_LOCK, Size, 0, nullptr), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Send(IOCTL_ACPI_RELEASE_GLOBAL_LOCK, 0, 0, nullptr), STATUS_INVALID_PARAMETER);
}
