// What the I/O manager does with a request.
#include "test.h"

#include "ntos.h"

PDRIVER_CANCEL IoSetCancelRoutine(PIRP Irp, PDRIVER_CANCEL Routine)
{
    PDRIVER_CANCEL Old = Irp->CancelRoutine;
    Irp->CancelRoutine = Routine;
    return Old;
}

VOID IofCompleteRequest(PIRP Irp, CHAR Boost)
{
    (void)Boost;
    assert_int_equal(Irp->Complete++, 0);
    assert_null(Irp->CancelRoutine);
}

VOID TestCancel(PIRP Irp)
{
    Irp->Cancel = TRUE;
    PDRIVER_CANCEL Routine = IoSetCancelRoutine(Irp, nullptr);
    if (Routine)
        Routine(nullptr, Irp);
}

// One thread: a lock that is held is one that was forgotten.
VOID NTAPI RtlAcquireSRWLockExclusive(PRTL_SRWLOCK Lock)
{
    assert_null(Lock->Ptr);
    Lock->Ptr = Lock;
}

VOID NTAPI RtlReleaseSRWLockExclusive(PRTL_SRWLOCK Lock)
{
    assert_ptr_equal(Lock->Ptr, Lock);
    Lock->Ptr = nullptr;
}
