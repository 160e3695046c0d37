// I/O completion ports.

#include "suite.h"

static LARGE_INTEGER Zero;

static NTSTATUS Put(HANDLE Port, ULONG_PTR Key)
{
    return NtSetIoCompletion(Port, (PVOID)Key, (PVOID)(Key + 1), (NTSTATUS)(Key + 2), Key + 3);
}

static LONG Depth(HANDLE Port)
{
    IO_COMPLETION_BASIC_INFORMATION Information = {.Depth = 99};
    CHECK_STATUS(NtQueryIoCompletion(Port, IoCompletionBasicInformation, &Information,
                                     sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    return Information.Depth;
}

VOID TestPortOrder(void)
{
    HANDLE Port = MakePort();
    for (ULONG i = 0; i < 3; i++)
        CHECK_STATUS(Put(Port, 100 * i), STATUS_SUCCESS);
    CHECK_EQUAL(Depth(Port), 3);
    for (ULONG i = 0; i < 3; i++) {
        PVOID Key, Apc;
        IO_STATUS_BLOCK Io;
        CHECK_STATUS(NtRemoveIoCompletion(Port, &Key, &Apc, &Io, nullptr), STATUS_SUCCESS);
        CHECK_EQUAL(Key, 100 * i);
        CHECK_EQUAL(Apc, 100 * i + 1);
        CHECK_EQUAL(Io.Status, 100 * i + 2);
        CHECK_EQUAL(Io.Information, 100 * i + 3);
    }
    CHECK_EQUAL(Depth(Port), 0);
    NtClose(Port);
}

VOID TestPortMany(void)
{
    FILE_IO_COMPLETION_INFORMATION Entries[8];
    ULONG Count = 99;
    HANDLE Port = MakePort();
    for (ULONG i = 0; i < 5; i++)
        CHECK_STATUS(Put(Port, i), STATUS_SUCCESS);
    CHECK_STATUS(NtRemoveIoCompletionEx(Port, Entries, 3, &Count, nullptr, FALSE), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 3);
    CHECK_EQUAL(Entries[2].KeyContext, 2);
    CHECK_STATUS(NtRemoveIoCompletionEx(Port, Entries, 8, &Count, nullptr, FALSE), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 2);
    CHECK_EQUAL(Entries[1].KeyContext, 4);
    CHECK_EQUAL(Entries[1].IoStatusBlock.Information, 7);
    CHECK_STATUS(NtRemoveIoCompletionEx(Port, Entries, 8, &Count, &Zero, FALSE), STATUS_TIMEOUT);
    CHECK_EQUAL(Count, 0);
    NtClose(Port);
}

enum { Consumers = 4, Packets = 400 };

static HANDLE Shared;
static volatile LONG Taken[Packets + 1];

// Packets until the one that ends it.
static NTSTATUS Consume(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    for (;;) {
        PVOID Key, Apc;
        IO_STATUS_BLOCK Io;
        NTSTATUS Status = NtRemoveIoCompletion(Shared, &Key, &Apc, &Io, nullptr);
        if (Status != STATUS_SUCCESS || !Key)
            return Status;
        __atomic_add_fetch(&Taken[(ULONG_PTR)Key], 1, __ATOMIC_SEQ_CST);
    }
}

VOID TestPortThreads(void)
{
    HANDLE Threads[Consumers];
    Shared = MakePort();
    memset((PVOID)Taken, 0, sizeof(Taken));
    for (ULONG i = 0; i < Consumers; i++)
        REQUIRE((Threads[i] = TestStartThread(Consume, nullptr)));
    for (ULONG i = 1; i <= Packets; i++)
        CHECK_STATUS(Put(Shared, i), STATUS_SUCCESS);
    for (ULONG i = 0; i < Consumers; i++)
        CHECK_STATUS(Put(Shared, 0), STATUS_SUCCESS);
    for (ULONG i = 0; i < Consumers; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
    for (ULONG i = 1; i <= Packets; i++)
        CHECK_EQUAL(Taken[i], 1);
    NtClose(Shared);
}

static NTSTATUS TakeOne(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    PVOID Key, Apc;
    IO_STATUS_BLOCK Io;
    NTSTATUS Status = NtRemoveIoCompletion(Shared, &Key, &Apc, &Io, nullptr);
    return Status == STATUS_SUCCESS ? (NTSTATUS)(ULONG_PTR)Key : Status;
}

// The thread that came last is served first: it is the one whose stack is in the caches.
VOID TestPortLastWaiterFirst(void)
{
    HANDLE Threads[3];
    Shared = MakePort();
    for (ULONG i = 0; i < 3; i++) {
        REQUIRE((Threads[i] = TestStartThread(TakeOne, nullptr)));
        LetOthersRun();
    }
    for (ULONG i = 0; i < 3; i++)
        CHECK_STATUS(Put(Shared, 50 + i), STATUS_SUCCESS);
    for (ULONG i = 0; i < 3; i++)
        CHECK_STATUS(TestJoin(Threads[i]), 52 - i);
    NtClose(Shared);
}

VOID TestPortAlertable(void)
{
    FILE_IO_COMPLETION_INFORMATION Entry;
    LARGE_INTEGER Timeout = TestMilliseconds(5'000);
    ULONG Count = 99;
    HANDLE Port = MakePort();
    NtAlertThread(NtCurrentThread());
    CHECK_STATUS(NtRemoveIoCompletionEx(Port, &Entry, 1, &Count, &Timeout, TRUE), STATUS_ALERTED);
    CHECK_EQUAL(Count, 0);
    Timeout = TestMilliseconds(5);
    CHECK_STATUS(NtRemoveIoCompletionEx(Port, &Entry, 1, &Count, &Timeout, FALSE), STATUS_TIMEOUT);
    NtClose(Port);
}

VOID TestPortIsWaitable(void)
{
    PVOID Key, Apc;
    IO_STATUS_BLOCK Io;
    HANDLE Port = MakePort();
    CHECK_STATUS(Poll(Port), STATUS_TIMEOUT);
    CHECK_STATUS(Put(Port, 1), STATUS_SUCCESS);
    CHECK_STATUS(Poll(Port), STATUS_WAIT_0);
    CHECK_EQUAL(Depth(Port), 1);
    CHECK_STATUS(NtRemoveIoCompletion(Port, &Key, &Apc, &Io, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Poll(Port), STATUS_TIMEOUT);
    NtClose(Port);
}

VOID TestPortReserve(void)
{
    PVOID Key, Apc;
    IO_STATUS_BLOCK Io;
    HANDLE Port = MakePort(), Reserve;
    REQUIRE_STATUS(NtAllocateReserveObject(&Reserve, nullptr, MemoryReserveIoCompletion),
                   STATUS_SUCCESS);
    for (ULONG i = 0; i < 2; i++) {
        CHECK_STATUS(NtSetIoCompletionEx(Port, Reserve, (PVOID)7, (PVOID)8, STATUS_CANCELLED, 9),
                     STATUS_SUCCESS);
        CHECK_STATUS(NtSetIoCompletionEx(Port, Reserve, (PVOID)7, (PVOID)8, 0, 9),
                     STATUS_INVALID_PARAMETER_2); // it is queued
        CHECK_STATUS(NtRemoveIoCompletion(Port, &Key, &Apc, &Io, nullptr), STATUS_SUCCESS);
        CHECK_EQUAL(Key, 7);
        CHECK_EQUAL(Apc, 8);
        CHECK_STATUS(Io.Status, STATUS_CANCELLED);
        CHECK_EQUAL(Io.Information, 9);
    }
    CHECK_STATUS(NtSetIoCompletionEx(Port, Reserve, nullptr, nullptr, 0, 0), STATUS_SUCCESS);
    NtClose(Port);
    Port = MakePort(); // the packet went with its port: the reserve is free
    CHECK_STATUS(NtSetIoCompletionEx(Port, Reserve, nullptr, nullptr, 0, 0), STATUS_SUCCESS);
    NtClose(Reserve);
    CHECK_STATUS(NtRemoveIoCompletion(Port, &Key, &Apc, &Io, nullptr), STATUS_SUCCESS);
    NtClose(Port);
}

VOID TestPortClosedWithPackets(void)
{
    for (ULONG i = 0; i < 100; i++) {
        HANDLE Port = MakePort();
        for (ULONG j = 0; j < 10; j++)
            CHECK_STATUS(Put(Port, j), STATUS_SUCCESS);
        CHECK_STATUS(NtClose(Port), STATUS_SUCCESS);
    }
}
