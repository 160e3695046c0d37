// The threads of a pool, and how many there are.
//
// A thread is started at once as long as fewer than there are processors run callbacks (those that may
// run long do not count). Beyond that callbacks wait for each other in turn, unless the pool stands
// still: when no callback was begun for a while although some are ready, the others must be
// waiting, perhaps for those, and one more thread is started.

#include "poolp.h"

enum {
    TppFairness = 16,    // callbacks from the lists before the port is looked at
    TppQuickGrowth = 32, // threads up to which the pool grows at every standstill
    TppSlowGrowth = 10,  // standstills for each thread beyond them
};

constexpr ULONGLONG TppGrowthInterval = 10 * 10'000; // 100 ns
constexpr LONGLONG TppIdleTime = 10 * 10'000'000LL;  // after which a thread leaves

BOOLEAN TppHasReady(PTP_POOL Pool)
{
    for (int i = 0; i < TP_CALLBACK_PRIORITY_COUNT; i++) {
        if (!IsListEmpty(&Pool->Ready[i]))
            return TRUE;
    }
    return FALSE;
}

// ---- Waking and starting threads

static BOOLEAN TppPostWake(PTP_POOL Pool)
{
    if (!NT_SUCCESS(NtSetIoCompletion(Pool->Port, nullptr, nullptr, STATUS_SUCCESS, 0)))
        return FALSE;
    Pool->WakePackets++;
    return TRUE;
}

VOID TppWakeAll(PTP_POOL Pool)
{
    while (Pool->WakePackets < Pool->IdleThreads && TppPostWake(Pool))
        ;
}

VOID TppWakeThread(PTP_POOL Pool)
{
    if (Pool->IdleThreads > Pool->WakePackets && TppPostWake(Pool))
        return;
    ULONG Short = Pool->Threads - Pool->LongThreads;
    ULONG Enough = max(Pool->MinThreads, NtCurrentPeb()->NumberOfProcessors);
    if (Short < Enough && Pool->Threads < Pool->MaxThreads && NT_SUCCESS(TppStartThread(Pool)))
        return;
    if (Pool->Growth.Set || Pool->Threads >= Pool->MaxThreads)
        return;
    Pool->StartedBefore = Pool->Started;
    TppSetAlarm(&Pool->Growth,
                TppDueTime(&(LARGE_INTEGER){.QuadPart = -(LONGLONG)TppGrowthInterval}), 0);
}

VOID TppGrow(PTPP_ALARM Alarm)
{
    PTP_POOL Pool = CONTAINING_RECORD(Alarm, TP_POOL, Growth);
    if (Pool->Started != Pool->StartedBefore)
        Pool->StandStills = 0;
    if (!TppHasReady(Pool) || Pool->Threads >= Pool->MaxThreads)
        return;
    if (Pool->Started == Pool->StartedBefore) {
        Pool->StandStills++;
        if (Pool->Threads - Pool->LongThreads < TppQuickGrowth ||
            Pool->StandStills % TppSlowGrowth == 0)
            TppStartThread(Pool);
    }
    Pool->StartedBefore = Pool->Started;
    TppSetAlarm(Alarm, Alarm->Due + TppGrowthInterval, 0);
}

// ---- The threads

static BOOLEAN TppArrived(PTPP_PACKET Packet)
{
    switch (Packet->Object->Kind) {
    case TppWait:
        return TppWaitPacketArrived((PTP_WAIT)Packet->Object, (ULONG_PTR)Packet->ApcContext);
    default:
        return TppIoPacketArrived((PTP_IO)Packet->Object);
    }
}

// Take a packet from the port: wait for it up to Timeout, without the lock. FALSE: none came.
static BOOLEAN TppTakePacket(PTP_POOL Pool, PLARGE_INTEGER Timeout, PTPP_PACKET Packet)
{
    Pool->IdleThreads++;
    TppRelease();
    FILE_IO_COMPLETION_INFORMATION Information;
    ULONG Count = 0;
    NTSTATUS Status =
        NtRemoveIoCompletionEx(Pool->Port, &Information, 1, &Count, Timeout, Pool->Alertable);
    TppAcquire();
    Pool->IdleThreads--;
    if (Status != STATUS_SUCCESS || !Count)
        return FALSE;
    *Packet = (TPP_PACKET){
        .Object = Information.KeyContext,
        .ApcContext = Information.ApcContext,
        .IoStatusBlock = Information.IoStatusBlock,
    };
    if (!Packet->Object)
        Pool->WakePackets--;
    return TRUE;
}

static BOOLEAN TppServePort(PTP_POOL Pool, LONGLONG Timeout)
{
    TPP_PACKET Packet;
    LARGE_INTEGER Until = {.QuadPart = Timeout};
    if (!TppTakePacket(Pool, &Until, &Packet))
        return FALSE;
    if (Packet.Object && TppArrived(&Packet))
        TppRun(Packet.Object, &Packet);
    return TRUE;
}

// May an idle thread leave? One stays for what may become ready while there are objects.
static BOOLEAN TppIsSpare(PTP_POOL Pool)
{
    ULONG Needed = max(Pool->MinThreads, Pool->References > 1 ? 1u : 0u);
    return Pool->Threads - Pool->LongThreads > Needed;
}

static VOID TppServePool(PTP_POOL Pool)
{
    ULONG Turns = 0;
    while (!Pool->Closing && Pool->Threads <= Pool->MaxThreads) {
        PTPP_OBJECT Object = nullptr;
        if (Turns++ % TppFairness == TppFairness - 1)
            TppServePort(Pool, 0);
        else
            Object = TppTakeReady(Pool);
        if (Object)
            TppRun(Object, nullptr);
        else if (!TppHasReady(Pool) && !TppServePort(Pool, -TppIdleTime) && !TppHasReady(Pool) &&
                 TppIsSpare(Pool))
            return;
    }
}

static NTSTATUS NTAPI TppWorker(PVOID Parameter)
{
    PTP_POOL Pool = Parameter;
    TppAcquire();
    TppServePool(Pool);
    BOOLEAN Last = --Pool->Threads == 0 && Pool->Closing;
    if (!Pool->Closing && TppHasReady(Pool))
        TppWakeThread(Pool);
    TppRelease();
    if (Last) {
        NtClose(Pool->Port);
        RtlFreeHeap(RtlProcessHeap(), 0, Pool);
    }
    return STATUS_SUCCESS;
}

NTSTATUS TppStartThread(PTP_POOL Pool)
{
    Pool->Threads++;
    NTSTATUS Status =
        RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, Pool->Stack.StackReserve,
                            Pool->Stack.StackCommit, TppWorker, Pool, nullptr, nullptr);
    if (!NT_SUCCESS(Status))
        Pool->Threads--;
    return Status;
}
