// Mutants.

#include "suite.h"

static HANDLE Mutant;

static BOOLEAN Make(BOOLEAN Owned)
{
    return CHECK_STATUS(NtCreateMutant(&Mutant, MUTANT_ALL_ACCESS, nullptr, Owned), STATUS_SUCCESS);
}

static MUTANT_BASIC_INFORMATION State(void)
{
    MUTANT_BASIC_INFORMATION Information = {};
    CHECK_STATUS(
        NtQueryMutant(Mutant, MutantBasicInformation, &Information, sizeof(Information), nullptr),
        STATUS_SUCCESS);
    return Information;
}

VOID TestMutantRecursion(void)
{
    LONG Previous = 99;
    REQUIRE(Make(FALSE));
    CHECK_STATUS(Poll(Mutant), STATUS_WAIT_0);
    CHECK_STATUS(Poll(Mutant), STATUS_WAIT_0);
    CHECK_EQUAL(State().CurrentCount, (ULONGLONG)-1);
    CHECK_STATUS(NtReleaseMutant(Mutant, &Previous), STATUS_SUCCESS);
    CHECK_EQUAL(Previous, (ULONGLONG)-1);
    CHECK_STATUS(NtReleaseMutant(Mutant, &Previous), STATUS_SUCCESS);
    CHECK_EQUAL(Previous, 0);
    CHECK_STATUS(NtReleaseMutant(Mutant, nullptr), STATUS_MUTANT_NOT_OWNED);
    NtClose(Mutant);
}

static NTSTATUS ReleaseIt(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return NtReleaseMutant(Mutant, nullptr);
}

static NTSTATUS PollIt(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return Poll(Mutant);
}

static NTSTATUS InThread(PUSER_THREAD_START_ROUTINE Routine)
{
    HANDLE Thread = TestStartThread(Routine, nullptr);
    return Thread ? TestJoin(Thread) : STATUS_UNSUCCESSFUL;
}

VOID TestMutantNotOwned(void)
{
    REQUIRE(Make(TRUE));
    CHECK_STATUS(InThread(ReleaseIt), STATUS_MUTANT_NOT_OWNED);
    CHECK_STATUS(NtReleaseMutant(Mutant, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(InThread(ReleaseIt), STATUS_MUTANT_NOT_OWNED);
    NtClose(Mutant);
}

static volatile LONG Inside, Overlaps;

static NTSTATUS EnterOften(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    for (ULONG i = 0; i < 50; i++) {
        NTSTATUS Status = NtWaitForSingleObject(Mutant, FALSE, nullptr);
        if (Status != STATUS_WAIT_0)
            return Status;
        if (__atomic_add_fetch(&Inside, 1, __ATOMIC_SEQ_CST) != 1)
            Overlaps++;
        LARGE_INTEGER Shortly = {.QuadPart = -1};
        NtDelayExecution(FALSE, &Shortly);
        __atomic_sub_fetch(&Inside, 1, __ATOMIC_SEQ_CST);
        NtReleaseMutant(Mutant, nullptr);
    }
    return STATUS_SUCCESS;
}

VOID TestMutantExcludes(void)
{
    enum { Count = 4 };
    HANDLE Threads[Count];
    Overlaps = 0;
    REQUIRE(Make(FALSE));
    for (ULONG i = 0; i < Count; i++)
        REQUIRE((Threads[i] = TestStartThread(EnterOften, nullptr)));
    for (ULONG i = 0; i < Count; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
    CHECK_EQUAL(Overlaps, 0);
    NtClose(Mutant);
}

// The next owner learns that the last one ended, once.
VOID TestMutantAbandoned(void)
{
    REQUIRE(Make(FALSE));
    CHECK_STATUS(InThread(PollIt), STATUS_WAIT_0);
    CHECK(State().AbandonedState);
    CHECK_EQUAL(State().CurrentCount, 1);
    CHECK_STATUS(Poll(Mutant), STATUS_ABANDONED_WAIT_0);
    CHECK(!State().AbandonedState);
    CHECK_STATUS(NtReleaseMutant(Mutant, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Poll(Mutant), STATUS_WAIT_0);
    NtReleaseMutant(Mutant, nullptr);
    NtClose(Mutant);
}

VOID TestMutantAbandonedInAny(void)
{
    LARGE_INTEGER Now = {};
    REQUIRE(Make(FALSE));
    HANDLE Event = MakeEvent(NotificationEvent, FALSE);
    CHECK_STATUS(InThread(PollIt), STATUS_WAIT_0);
    HANDLE Both[] = {Event, Mutant};
    CHECK_STATUS(NtWaitForMultipleObjects(2, Both, WaitAny, FALSE, &Now),
                 STATUS_ABANDONED_WAIT_0 + 1);
    NtReleaseMutant(Mutant, nullptr);
    CHECK_STATUS(InThread(PollIt), STATUS_WAIT_0);
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(NtWaitForMultipleObjects(2, Both, WaitAll, FALSE, &Now), STATUS_ABANDONED_WAIT_0);
    NtReleaseMutant(Mutant, nullptr);
    NtClose(Event);
    NtClose(Mutant);
}

VOID TestMutantQuery(void)
{
    MUTANT_OWNER_INFORMATION Owner;
    REQUIRE(Make(TRUE));
    CHECK(State().OwnedByCaller);
    CHECK_EQUAL(State().CurrentCount, 0);
    CHECK_STATUS(NtQueryMutant(Mutant, MutantOwnerInformation, &Owner, sizeof(Owner), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Owner.ClientId.UniqueThread, NtCurrentTeb()->ClientId.UniqueThread);
    CHECK_STATUS(InThread(PollIt), STATUS_TIMEOUT);
    NtReleaseMutant(Mutant, nullptr);
    CHECK(!State().OwnedByCaller);
    NtClose(Mutant);
}
