// Waiting on an address: sleep until another thread says that the value there may have changed. The
// base of SRW locks, condition variables and one-time initialisation.
//
// Waiting threads hang in a hash table of queues by address. A queue's lock hands itself over through
// the keyed event, so that a thread that is preempted while it holds one stops nobody that
// spins.

#include "syncp.h"

typedef struct _SYNCP_WAITER {
    LIST_ENTRY Entry;
    const volatile VOID *Address;
    HANDLE ThreadId;
    BOOLEAN Woken; // taken from the queue by a waker, who will alert the thread
} SYNCP_WAITER, *PSYNCP_WAITER;

typedef struct _SYNCP_QUEUE {
    LIST_ENTRY Waiters;
    LONG LockCount; // holders and waiters of the lock
    LONG Spare;
} SYNCP_QUEUE, *PSYNCP_QUEUE;

enum { SyncpQueues = 64 };
static SYNCP_QUEUE SyncpTable[SyncpQueues];

static PSYNCP_QUEUE SyncpQueueOf(const volatile VOID *Address)
{
    ULONG_PTR Hash = (ULONG_PTR)Address >> 3;
    return &SyncpTable[(Hash ^ Hash >> 6 ^ Hash >> 12) % SyncpQueues];
}

static VOID SyncpLockQueue(PSYNCP_QUEUE Queue)
{
    if (__atomic_fetch_add(&Queue->LockCount, 1, __ATOMIC_ACQUIRE))
        SyncpWaitForKey(&Queue->LockCount);
    if (!Queue->Waiters.Flink)
        InitializeListHead(&Queue->Waiters);
}

static VOID SyncpUnlockQueue(PSYNCP_QUEUE Queue)
{
    if (__atomic_fetch_sub(&Queue->LockCount, 1, __ATOMIC_RELEASE) > 1)
        SyncpReleaseKey(&Queue->LockCount);
}

static BOOLEAN SyncpIsUnchanged(const volatile VOID *Address, PVOID Compare, SIZE_T Size)
{
    switch (Size) {
    case 1:
        return *(const volatile UCHAR *)Address == *(PUCHAR)Compare;
    case 2:
        return *(const volatile USHORT *)Address == *(PUSHORT)Compare;
    case 4:
        return *(const volatile ULONG *)Address == *(PULONG)Compare;
    default:
        return *(const volatile ULONG64 *)Address == *(PULONG64)Compare;
    }
}

// Sleep while the value at Address (1, 2, 4 or 8 bytes) equals *CompareAddress, until a wake or the
// time-out (100 ns, negative: relative; null: none). Returns STATUS_SUCCESS after a wake and also when
// the value differed; a caller has to look again. STATUS_TIMEOUT.
NTSTATUS NTAPI RtlWaitOnAddress(volatile VOID *Address, PVOID CompareAddress, SIZE_T AddressSize,
                                PLARGE_INTEGER Timeout)
{
    if (AddressSize != 1 && AddressSize != 2 && AddressSize != 4 && AddressSize != 8)
        return STATUS_INVALID_PARAMETER;

    if (!Timeout && SyncpIsUnchanged(Address, CompareAddress, AddressSize))
        SyncpExitIfAlone();
    PSYNCP_QUEUE Queue = SyncpQueueOf(Address);
    SYNCP_WAITER Waiter = {
        .Address = Address,
        .ThreadId = NtCurrentTeb()->ClientId.UniqueThread,
    };
    SyncpLockQueue(Queue);
    if (!SyncpIsUnchanged(Address, CompareAddress, AddressSize)) {
        SyncpUnlockQueue(Queue);
        return STATUS_SUCCESS;
    }
    InsertTailList(&Queue->Waiters, &Waiter.Entry);
    SyncpUnlockQueue(Queue);

    // An alert may come for another reason: only Woken counts.
    NTSTATUS Status;
    do
        Status = NtWaitForAlertByThreadId((PVOID)Address, Timeout);
    while (Status == STATUS_ALERTED && !__atomic_load_n(&Waiter.Woken, __ATOMIC_ACQUIRE));
    if (Status == STATUS_ALERTED)
        return STATUS_SUCCESS;

    SyncpLockQueue(Queue);
    BOOLEAN Woken = Waiter.Woken;
    if (!Woken)
        RemoveEntryList(&Waiter.Entry);
    SyncpUnlockQueue(Queue);
    if (!Woken)
        return Status;
    // The waker was faster than the time-out: its alert is on the way, and must not be left over.
    NtWaitForAlertByThreadId((PVOID)Address, nullptr);
    return STATUS_SUCCESS;
}

enum { SyncpWakeBatch = 32 };

static VOID SyncpWake(PVOID Address, ULONG Limit)
{
    PSYNCP_QUEUE Queue = SyncpQueueOf(Address);
    HANDLE Threads[SyncpWakeBatch];
    ULONG Count;
    do {
        Count = 0;
        SyncpLockQueue(Queue);
        PLIST_ENTRY Next;
        for (PLIST_ENTRY Entry = Queue->Waiters.Flink;
             Entry != &Queue->Waiters && Count < Limit && Count < SyncpWakeBatch; Entry = Next) {
            Next = Entry->Flink;
            PSYNCP_WAITER Waiter = CONTAINING_RECORD(Entry, SYNCP_WAITER, Entry);
            if (Waiter->Address != Address)
                continue;
            RemoveEntryList(Entry);
            Threads[Count++] = Waiter->ThreadId;
            // From here on the waiter may be gone.
            __atomic_store_n(&Waiter->Woken, TRUE, __ATOMIC_RELEASE);
        }
        SyncpUnlockQueue(Queue);
        for (ULONG i = 0; i < Count; i++)
            NtAlertThreadByThreadId(Threads[i]);
    } while (Count == SyncpWakeBatch && Limit > SyncpWakeBatch);
}

VOID NTAPI RtlWakeAddressSingle(PVOID Address)
{
    SyncpWake(Address, 1);
}

VOID NTAPI RtlWakeAddressAll(PVOID Address)
{
    SyncpWake(Address, MAXULONG);
}

// The threads that waited, or held a queue's lock, were ended.
VOID SyncpAbandonWaiters(void)
{
    memset(SyncpTable, 0, sizeof(SyncpTable));
}
