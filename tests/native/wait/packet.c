// Wait completion packets.

#include "suite.h"

static LARGE_INTEGER Zero;
static HANDLE Port, Packet;

static BOOLEAN Begin(void)
{
    Port = MakePort();
    return CHECK_STATUS(NtCreateWaitCompletionPacket(&Packet, GENERIC_ALL, nullptr),
                        STATUS_SUCCESS);
}

static VOID End(void)
{
    NtClose(Packet);
    NtClose(Port);
}

static NTSTATUS Associate(HANDLE Target, ULONG_PTR Key, PBOOLEAN Already)
{
    return NtAssociateWaitCompletionPacket(Packet, Port, Target, (PVOID)Key, (PVOID)(Key + 1),
                                           (NTSTATUS)(Key + 2), Key + 3, Already);
}

// The key of the next packet, 0 when there is none.
static ULONG_PTR Take(void)
{
    PVOID Key, Apc;
    IO_STATUS_BLOCK Io;
    if (NtRemoveIoCompletion(Port, &Key, &Apc, &Io, &Zero) != STATUS_SUCCESS)
        return 0;
    CHECK_EQUAL(Apc, (ULONG_PTR)Key + 1);
    CHECK_EQUAL(Io.Status, (ULONG_PTR)Key + 2);
    CHECK_EQUAL(Io.Information, (ULONG_PTR)Key + 3);
    return (ULONG_PTR)Key;
}

VOID TestPacketSignals(void)
{
    BOOLEAN Already = TRUE;
    HANDLE Event = MakeEvent(NotificationEvent, FALSE);
    REQUIRE(Begin());
    for (ULONG i = 1; i < 4; i++) {
        CHECK_STATUS(Associate(Event, i, &Already), STATUS_SUCCESS);
        CHECK(!Already);
        CHECK_EQUAL(Take(), 0);
        NtSetEvent(Event, nullptr);
        NtResetEvent(Event, nullptr);
        CHECK_EQUAL(Take(), i);
        NtSetEvent(Event, nullptr);
        CHECK_EQUAL(Take(), 0); // once for each association
        NtResetEvent(Event, nullptr);
    }
    NtClose(Event);
    End();
}

VOID TestPacketAlreadySignalled(void)
{
    BOOLEAN Already = FALSE;
    HANDLE Event = MakeEvent(SynchronizationEvent, TRUE);
    REQUIRE(Begin());
    CHECK_STATUS(Associate(Event, 5, &Already), STATUS_SUCCESS);
    CHECK(Already);
    CHECK_EQUAL(Take(), 5);
    CHECK_STATUS(Poll(Event), STATUS_TIMEOUT); // the packet took the signal
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(Associate(Event, 6, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Take(), 6);
    NtClose(Event);
    End();
}

VOID TestPacketInUse(void)
{
    HANDLE Event = MakeEvent(NotificationEvent, FALSE);
    REQUIRE(Begin());
    CHECK_STATUS(Associate(Event, 1, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Associate(Event, 2, nullptr), STATUS_INVALID_PARAMETER_1);
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(Associate(Event, 2, nullptr), STATUS_INVALID_PARAMETER_1); // it is queued
    CHECK_EQUAL(Take(), 1);
    CHECK_STATUS(Associate(Event, 3, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Take(), 3);
    NtClose(Event);
    End();
}

VOID TestPacketCancel(void)
{
    HANDLE Event = MakeEvent(NotificationEvent, FALSE);
    REQUIRE(Begin());
    CHECK_STATUS(NtCancelWaitCompletionPacket(Packet, FALSE), STATUS_CANCELLED);
    CHECK_STATUS(Associate(Event, 1, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtCancelWaitCompletionPacket(Packet, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(NtCancelWaitCompletionPacket(Packet, TRUE), STATUS_CANCELLED);
    NtSetEvent(Event, nullptr);
    CHECK_EQUAL(Take(), 0);
    CHECK_STATUS(Associate(Event, 2, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtCancelWaitCompletionPacket(Packet, FALSE), STATUS_PENDING);
    CHECK_STATUS(NtCancelWaitCompletionPacket(Packet, TRUE), STATUS_SUCCESS);
    CHECK_EQUAL(Take(), 0);
    CHECK_STATUS(Poll(Port), STATUS_TIMEOUT);
    NtClose(Event);
    End();
}

static NTSTATUS ReturnAtOnce(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

// Anything that can be waited for, but not a mutant, which a thread must own.
VOID TestPacketTargets(void)
{
    HANDLE Semaphore, Timer, Mutant, Thread;
    REQUIRE(Begin());
    REQUIRE_STATUS(NtCreateSemaphore(&Semaphore, SEMAPHORE_ALL_ACCESS, nullptr, 0, 5),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateTimer(&Timer, TIMER_ALL_ACCESS, nullptr, NotificationTimer),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateMutant(&Mutant, MUTANT_ALL_ACCESS, nullptr, FALSE), STATUS_SUCCESS);

    CHECK_STATUS(Associate(Semaphore, 1, nullptr), STATUS_SUCCESS);
    NtReleaseSemaphore(Semaphore, 2, nullptr);
    CHECK_EQUAL(Take(), 1);
    CHECK_STATUS(Poll(Semaphore), STATUS_WAIT_0); // one count went to the packet
    CHECK_STATUS(Poll(Semaphore), STATUS_TIMEOUT);

    LARGE_INTEGER Due = TestMilliseconds(1);
    CHECK_STATUS(Associate(Timer, 2, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtSetTimer(Timer, &Due, nullptr, nullptr, FALSE, 0, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Port, FALSE, nullptr), STATUS_WAIT_0);
    CHECK_EQUAL(Take(), 2);

    REQUIRE((Thread = TestStartThread(ReturnAtOnce, nullptr)));
    CHECK_STATUS(Associate(Thread, 3, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_EQUAL(Take(), 3);

    CHECK_STATUS(Associate(Mutant, 4, nullptr), STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(Associate(Port, 4, nullptr), STATUS_INVALID_PARAMETER_3);
    NtClose(Semaphore);
    NtClose(Timer);
    NtClose(Mutant);
    End();
}

static HANDLE Contended;

static NTSTATUS WaitContended(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return NtWaitForSingleObject(Contended, FALSE, nullptr);
}

// Packet and thread are served in the order in which they came.
VOID TestPacketTakesSignal(void)
{
    Contended = MakeEvent(SynchronizationEvent, FALSE);
    REQUIRE(Begin());
    CHECK_STATUS(Associate(Contended, 1, nullptr), STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(WaitContended, nullptr);
    REQUIRE(Thread);
    LetOthersRun();
    NtSetEvent(Contended, nullptr);
    LetOthersRun();
    CHECK_EQUAL(Take(), 1);
    CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT);
    NtSetEvent(Contended, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_WAIT_0);
    NtClose(Contended);
    End();
}

// Handles may go in any order while a packet waits or is queued.
VOID TestPacketClosed(void)
{
    for (ULONG i = 0; i < 24; i++) {
        HANDLE Event = MakeEvent(NotificationEvent, FALSE);
        REQUIRE(Begin());
        CHECK_STATUS(Associate(Event, 1, nullptr), STATUS_SUCCESS);
        HANDLE Handles[3] = {Event, Packet, Port};
        static const UCHAR Orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                           {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        const UCHAR *Order = Orders[i % 6];
        for (ULONG j = 0; j < 3; j++) {
            if (i / 6 == j)
                (VOID) NtSetEvent(Event, nullptr); // refused when it is closed
            CHECK_STATUS(NtClose(Handles[Order[j]]), STATUS_SUCCESS);
        }
    }
    // A timer whose last reference is the packet's expires.
    HANDLE Timer;
    LARGE_INTEGER Due = TestMilliseconds(2);
    REQUIRE(Begin());
    REQUIRE_STATUS(NtCreateTimer(&Timer, TIMER_ALL_ACCESS, nullptr, NotificationTimer),
                   STATUS_SUCCESS);
    CHECK_STATUS(Associate(Timer, 9, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtSetTimer(Timer, &Due, nullptr, nullptr, FALSE, 0, nullptr), STATUS_SUCCESS);
    NtClose(Timer);
    CHECK_STATUS(NtWaitForSingleObject(Port, FALSE, nullptr), STATUS_WAIT_0);
    CHECK_EQUAL(Take(), 9);
    End();
}

VOID TestPacketMany(void)
{
    enum { Count = 200 };
    HANDLE Events[Count], Packets[Count];
    Port = MakePort();
    for (ULONG i = 0; i < Count; i++) {
        Events[i] = MakeEvent(SynchronizationEvent, FALSE);
        REQUIRE_STATUS(NtCreateWaitCompletionPacket(&Packets[i], GENERIC_ALL, nullptr),
                       STATUS_SUCCESS);
        Packet = Packets[i];
        CHECK_STATUS(Associate(Events[i], i + 1, nullptr), STATUS_SUCCESS);
    }
    for (ULONG i = Count; i-- > 0;)
        NtSetEvent(Events[i], nullptr);
    for (ULONG i = Count; i-- > 0;)
        CHECK_EQUAL(Take(), i + 1);
    for (ULONG i = 0; i < Count; i++) {
        NtClose(Events[i]);
        NtClose(Packets[i]);
    }
    NtClose(Port);
}

VOID TestPacketArguments(void)
{
    HANDLE Event = MakeEvent(NotificationEvent, TRUE);
    REQUIRE(Begin());
    CHECK_STATUS(Associate(Event, 1, TEST_UNMAPPED), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Associate(Event, 1, TEST_KERNEL), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Associate(Event, 1, TestReadOnlyPage()), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Associate(nullptr, 1, nullptr), STATUS_INVALID_HANDLE);
    CHECK_STATUS(
        NtAssociateWaitCompletionPacket(nullptr, Port, Event, nullptr, nullptr, 0, 0, nullptr),
        STATUS_INVALID_HANDLE);
    CHECK_STATUS(
        NtAssociateWaitCompletionPacket(Event, Port, Event, nullptr, nullptr, 0, 0, nullptr),
        STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(
        NtAssociateWaitCompletionPacket(Packet, Event, Event, nullptr, nullptr, 0, 0, nullptr),
        STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(
        NtAssociateWaitCompletionPacket(Packet, nullptr, Event, nullptr, nullptr, 0, 0, nullptr),
        STATUS_INVALID_HANDLE);
    CHECK_EQUAL(Take(), 0); // nothing of that was half done
    CHECK_STATUS(Associate(Event, 1, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Take(), 1);
    NtClose(Event);
    End();
}
