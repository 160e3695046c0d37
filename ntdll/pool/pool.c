// Pools: making and ending them, their limits, the two that every process has.

#include "poolp.h"

enum { TppDefaultMaxThreads = 500 };

static PTP_POOL TppDefaultPool, TppPersistent;

static NTSTATUS TppMakePool(PTP_POOL *Result)
{
    PTP_POOL Pool = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*Pool));
    if (!Pool)
        return STATUS_NO_MEMORY;
    NTSTATUS Status = NtCreateIoCompletion(&Pool->Port, IO_COMPLETION_ALL_ACCESS, nullptr, 0);
    if (!NT_SUCCESS(Status)) {
        RtlFreeHeap(RtlProcessHeap(), 0, Pool);
        return Status;
    }
    Pool->References = 1;
    Pool->MaxThreads = TppDefaultMaxThreads;
    Pool->Growth.Expired = TppGrow;
    for (int i = 0; i < TP_CALLBACK_PRIORITY_COUNT; i++)
        InitializeListHead(&Pool->Ready[i]);
    *Result = Pool;
    return STATUS_SUCCESS;
}

NTSTATUS TppReferencePool(PTP_POOL Pool, PTP_POOL *Referenced)
{
    if (!Pool && !TppDefaultPool) {
        NTSTATUS Status = TppMakePool(&TppDefaultPool);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    *Referenced = Pool ? Pool : TppDefaultPool;
    (*Referenced)->References++;
    return STATUS_SUCCESS;
}

// The last of its threads ends a pool, or the caller when there is none.
VOID TppDereferencePool(PTP_POOL Pool)
{
    if (--Pool->References)
        return;
    TppCancelAlarm(&Pool->Growth);
    Pool->Closing = TRUE;
    if (Pool->Threads) {
        TppWakeAll(Pool);
        return;
    }
    NtClose(Pool->Port);
    RtlFreeHeap(RtlProcessHeap(), 0, Pool);
}

NTSTATUS NTAPI TpAllocPool(PTP_POOL *Pool, PVOID Reserved)
{
    if (Reserved)
        return STATUS_INVALID_PARAMETER_2;
    return TppMakePool(Pool);
}

VOID NTAPI TpReleasePool(PTP_POOL Pool)
{
    TppAcquire();
    TppDereferencePool(Pool);
    TppRelease();
}

VOID NTAPI TpSetPoolMaxThreads(PTP_POOL Pool, ULONG MaxThreads)
{
    TppAcquire();
    Pool->MaxThreads = max(MaxThreads, 1);
    Pool->MinThreads = min(Pool->MinThreads, Pool->MaxThreads);
    if (Pool->Threads > Pool->MaxThreads)
        TppWakeAll(Pool); // so that those that are too many leave
    else if (TppHasReady(Pool))
        TppWakeThread(Pool);
    TppRelease();
}

static NTSTATUS TppSetMinThreads(PTP_POOL Pool, ULONG MinThreads)
{
    while (Pool->Threads < MinThreads) {
        NTSTATUS Status = TppStartThread(Pool);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    Pool->MinThreads = MinThreads;
    Pool->MaxThreads = max(Pool->MaxThreads, MinThreads);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI TpSetPoolMinThreads(PTP_POOL Pool, ULONG MinThreads)
{
    TppAcquire();
    NTSTATUS Status = TppSetMinThreads(Pool, MinThreads);
    TppRelease();
    return Status;
}

NTSTATUS NTAPI TpQueryPoolStackInformation(PTP_POOL Pool,
                                           PTP_POOL_STACK_INFORMATION StackInformation)
{
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(NtCurrentPeb()->ImageBaseAddress);
    TppAcquire();
    *StackInformation = Pool->Stack;
    TppRelease();
    if (!StackInformation->StackReserve)
        StackInformation->StackReserve = Headers->OptionalHeader.SizeOfStackReserve;
    if (!StackInformation->StackCommit)
        StackInformation->StackCommit = Headers->OptionalHeader.SizeOfStackCommit;
    return STATUS_SUCCESS;
}

// For the threads that the pool starts from now on.
NTSTATUS NTAPI TpSetPoolStackInformation(PTP_POOL Pool, PTP_POOL_STACK_INFORMATION StackInformation)
{
    if (StackInformation->StackReserve &&
        StackInformation->StackCommit > StackInformation->StackReserve)
        return STATUS_INVALID_PARAMETER;
    TppAcquire();
    Pool->Stack = *StackInformation;
    TppRelease();
    return STATUS_SUCCESS;
}

NTSTATUS TppPersistentPool(PTP_POOL *Pool)
{
    NTSTATUS Status = STATUS_SUCCESS;
    TppAcquire();
    if (!TppPersistent) {
        Status = TppMakePool(&TppPersistent);
        if (NT_SUCCESS(Status)) {
            TppPersistent->MaxThreads = TppPersistent->MinThreads = 1;
            TppPersistent->Alertable = TRUE; // callbacks start I/O whose APCs come to this thread
        }
    }
    *Pool = TppPersistent;
    TppRelease();
    return Status;
}
