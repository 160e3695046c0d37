// Executive resources: many readers or one writer, which may be acquired again by who has them.
//
// The word of the structure's spin lock is this code's lock. OwnerEntry holds the exclusive owner or one
// of the shared ones, OwnerTable the other shared ones; ActiveCount is how many they are. Who releases the
// last hold grants the resource to those that wait before they run: they only enter themselves as owners.

#include "../ntos.h"

static PRTL_SRWLOCK ExpLockOf(PERESOURCE Resource)
{
    return (PRTL_SRWLOCK)&Resource->SpinLock;
}

static VOID ExpLock(PERESOURCE Resource)
{
    RtlAcquireSRWLockExclusive(ExpLockOf(Resource));
}

static VOID ExpUnlock(PERESOURCE Resource)
{
    RtlReleaseSRWLockExclusive(ExpLockOf(Resource));
}

static ERESOURCE_THREAD ExpSelf(void)
{
    return (ERESOURCE_THREAD)KiCurrentThread();
}

static BOOLEAN ExpIsExclusive(PERESOURCE Resource)
{
    return (Resource->Flag & ResourceOwnedExclusive) != 0;
}

NTSTATUS NTAPI ExInitializeResourceLite(PERESOURCE Resource)
{
    RtlZeroMemory(Resource, sizeof(*Resource));
    InitializeListHead(&Resource->SystemResourcesList);
    Resource->SharedWaiters = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(KSEMAPHORE), 'seRE');
    Resource->ExclusiveWaiters = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(KEVENT), 'seRE');
    if (!Resource->SharedWaiters || !Resource->ExclusiveWaiters) {
        ExDeleteResourceLite(Resource);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeInitializeSemaphore(Resource->SharedWaiters, 0, MAXLONG);
    KeInitializeEvent(Resource->ExclusiveWaiters, SynchronizationEvent, FALSE);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ExDeleteResourceLite(PERESOURCE Resource)
{
    PVOID Blocks[] = {Resource->OwnerTable, Resource->SharedWaiters, Resource->ExclusiveWaiters};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Blocks); i++) {
        if (Blocks[i])
            ExFreePoolWithTag(Blocks[i], 'seRE');
    }
    Resource->OwnerTable = nullptr;
    Resource->SharedWaiters = nullptr;
    Resource->ExclusiveWaiters = nullptr;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ExReinitializeResourceLite(PERESOURCE Resource)
{
    ExDeleteResourceLite(Resource);
    return ExInitializeResourceLite(Resource);
}

// ---- Owners. The table's first entry says how many there are in it.

static POWNER_ENTRY ExpFindOwner(PERESOURCE Resource, ERESOURCE_THREAD Owner)
{
    if (Resource->OwnerEntry.OwnerThread == Owner)
        return &Resource->OwnerEntry;
    POWNER_ENTRY Table = Resource->OwnerTable;
    for (ULONG i = 1; Table && i < Table->TableSize; i++) {
        if (Table[i].OwnerThread == Owner)
            return &Table[i];
    }
    return nullptr;
}

static POWNER_ENTRY ExpGrowTable(PERESOURCE Resource)
{
    ULONG Old = Resource->OwnerTable ? Resource->OwnerTable->TableSize : 1;
    ULONG New = Old + 4;
    POWNER_ENTRY Table = ExAllocatePoolWithTag(NonPagedPoolNx, New * sizeof(*Table), 'seRE');
    if (!Table)
        KeBugCheckEx(RESOURCE_NOT_OWNED, (ULONG_PTR)Resource, 0, 0, 1); // a hold cannot be refused
    RtlZeroMemory(Table, New * sizeof(*Table));
    if (Resource->OwnerTable) {
        RtlCopyMemory(Table, Resource->OwnerTable, Old * sizeof(*Table));
        ExFreePoolWithTag(Resource->OwnerTable, 'seRE');
    }
    Table->TableSize = New;
    Resource->OwnerTable = Table;
    return &Table[Old];
}

static VOID ExpAddOwner(PERESOURCE Resource, ERESOURCE_THREAD Owner)
{
    POWNER_ENTRY Entry = ExpFindOwner(Resource, Owner);
    if (!Entry)
        Entry = ExpFindOwner(Resource, 0);
    if (!Entry)
        Entry = ExpGrowTable(Resource);
    Entry->OwnerThread = Owner;
    Entry->OwnerCount++;
}

// ---- Acquiring. Each of these is called with the lock and gives it back.

static BOOLEAN ExpGrant(PERESOURCE Resource, ERESOURCE_THREAD Owner, BOOLEAN Exclusive)
{
    Resource->ActiveCount++;
    if (Exclusive)
        Resource->Flag |= ResourceOwnedExclusive;
    ExpAddOwner(Resource, Owner);
    ExpUnlock(Resource);
    return TRUE;
}

static BOOLEAN ExpGrantAgain(PERESOURCE Resource, POWNER_ENTRY Entry)
{
    Entry->OwnerCount++;
    ExpUnlock(Resource);
    return TRUE;
}

static BOOLEAN ExpRefuse(PERESOURCE Resource)
{
    ExpUnlock(Resource);
    return FALSE;
}

static BOOLEAN ExpWaitExclusive(PERESOURCE Resource)
{
    Resource->NumberOfExclusiveWaiters++;
    Resource->ContentionCount++;
    ExpUnlock(Resource);
    KeWaitForSingleObject(Resource->ExclusiveWaiters, WrResource, KernelMode, FALSE, nullptr);
    ExpLock(Resource);
    ExpAddOwner(Resource, ExpSelf());
    ExpUnlock(Resource);
    return TRUE;
}

static BOOLEAN ExpWaitShared(PERESOURCE Resource)
{
    Resource->NumberOfSharedWaiters++;
    Resource->ContentionCount++;
    ExpUnlock(Resource);
    KeWaitForSingleObject(Resource->SharedWaiters, WrResource, KernelMode, FALSE, nullptr);
    ExpLock(Resource);
    ExpAddOwner(Resource, ExpSelf());
    ExpUnlock(Resource);
    return TRUE;
}

BOOLEAN NTAPI ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait)
{
    ERESOURCE_THREAD Self = ExpSelf();
    ExpLock(Resource);
    if (!Resource->ActiveCount)
        return ExpGrant(Resource, Self, TRUE);
    if (ExpIsExclusive(Resource) && Resource->OwnerEntry.OwnerThread == Self)
        return ExpGrantAgain(Resource, &Resource->OwnerEntry);
    return Wait ? ExpWaitExclusive(Resource) : ExpRefuse(Resource);
}

BOOLEAN NTAPI ExTryToAcquireResourceExclusiveLite(PERESOURCE Resource)
{
    return ExAcquireResourceExclusiveLite(Resource, FALSE);
}

// What a thread that wants to read does while writers wait.
typedef enum _EXP_SHARED_RULE {
    ExpBehindWriters,       // waits too, unless it has the resource already
    ExpAlwaysBehindWriters, // waits even then
    ExpBeforeWriters,       // does not wait
} EXP_SHARED_RULE;

static BOOLEAN ExpAcquireShared(PERESOURCE Resource, BOOLEAN Wait, EXP_SHARED_RULE Rule)
{
    ERESOURCE_THREAD Self = ExpSelf();
    ExpLock(Resource);
    if (!Resource->ActiveCount)
        return ExpGrant(Resource, Self, FALSE);
    POWNER_ENTRY Own = ExpFindOwner(Resource, Self);
    if (ExpIsExclusive(Resource)) {
        if (Own)
            return ExpGrantAgain(Resource, Own);
        return Wait ? ExpWaitShared(Resource) : ExpRefuse(Resource);
    }
    BOOLEAN WritersWait = Resource->NumberOfExclusiveWaiters != 0;
    if (WritersWait && (Rule == ExpAlwaysBehindWriters || (Rule == ExpBehindWriters && !Own)))
        return Wait ? ExpWaitShared(Resource) : ExpRefuse(Resource);
    return Own ? ExpGrantAgain(Resource, Own) : ExpGrant(Resource, Self, FALSE);
}

BOOLEAN NTAPI ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait)
{
    return ExpAcquireShared(Resource, Wait, ExpBehindWriters);
}

BOOLEAN NTAPI ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    return ExpAcquireShared(Resource, Wait, ExpBeforeWriters);
}

BOOLEAN NTAPI ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    return ExpAcquireShared(Resource, Wait, ExpAlwaysBehindWriters);
}

// ---- Releasing

static VOID ExpWakeShared(PERESOURCE Resource)
{
    LONG Count = (LONG)Resource->NumberOfSharedWaiters;
    Resource->NumberOfSharedWaiters = 0;
    Resource->ActiveCount += (SHORT)Count;
    KeReleaseSemaphore(Resource->SharedWaiters, IO_NO_INCREMENT, Count, FALSE);
}

static VOID ExpWakeExclusive(PERESOURCE Resource)
{
    Resource->NumberOfExclusiveWaiters--;
    Resource->ActiveCount = 1;
    Resource->Flag |= ResourceOwnedExclusive;
    KeSetEvent(Resource->ExclusiveWaiters, IO_NO_INCREMENT, FALSE);
}

// Nobody holds it. After a writer the readers come, after readers a writer.
static VOID ExpWakeNext(PERESOURCE Resource, BOOLEAN WasExclusive)
{
    Resource->Flag &= ~ResourceOwnedExclusive;
    if (Resource->NumberOfSharedWaiters && (WasExclusive || !Resource->NumberOfExclusiveWaiters))
        ExpWakeShared(Resource);
    else if (Resource->NumberOfExclusiveWaiters)
        ExpWakeExclusive(Resource);
}

VOID NTAPI ExReleaseResourceForThreadLite(PERESOURCE Resource, ERESOURCE_THREAD ResourceThreadId)
{
    ExpLock(Resource);
    POWNER_ENTRY Entry = ExpFindOwner(Resource, ResourceThreadId);
    if (!Entry || !Entry->OwnerCount) {
        ExpUnlock(Resource);
        KeBugCheckEx(RESOURCE_NOT_OWNED, (ULONG_PTR)Resource, ResourceThreadId, 0, 0);
    }
    if (!--Entry->OwnerCount) {
        Entry->OwnerThread = 0;
        BOOLEAN WasExclusive = ExpIsExclusive(Resource);
        if (!--Resource->ActiveCount)
            ExpWakeNext(Resource, WasExclusive);
    }
    ExpUnlock(Resource);
}

VOID FASTCALL ExReleaseResourceLite(PERESOURCE Resource)
{
    ExReleaseResourceForThreadLite(Resource, ExpSelf());
}

VOID NTAPI ExConvertExclusiveToSharedLite(PERESOURCE Resource)
{
    ExpLock(Resource);
    Resource->Flag &= ~ResourceOwnedExclusive;
    if (Resource->NumberOfSharedWaiters)
        ExpWakeShared(Resource);
    ExpUnlock(Resource);
}

// The hold of this thread becomes one of a structure, which another thread will release. The lowest bits
// tell such owners from threads.
VOID NTAPI ExSetResourceOwnerPointer(PERESOURCE Resource, PVOID OwnerPointer)
{
    ExpLock(Resource);
    POWNER_ENTRY Entry = ExpFindOwner(Resource, ExpSelf());
    POWNER_ENTRY Same = ExpFindOwner(Resource, (ERESOURCE_THREAD)OwnerPointer);
    if (Entry && Same && Entry != Same) {
        Same->OwnerCount += Entry->OwnerCount;
        Entry->OwnerCount = 0;
        Entry->OwnerThread = 0;
        Resource->ActiveCount--;
    } else if (Entry) {
        Entry->OwnerThread = (ERESOURCE_THREAD)OwnerPointer;
    }
    ExpUnlock(Resource);
}

VOID NTAPI ExSetResourceOwnerPointerEx(PERESOURCE Resource, PVOID OwnerPointer, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    ExSetResourceOwnerPointer(Resource, OwnerPointer);
}

// ---- Questions

BOOLEAN NTAPI ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource)
{
    return ExpIsExclusive(Resource) && Resource->OwnerEntry.OwnerThread == ExpSelf();
}

// How often the calling thread has it, in either way.
ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE Resource)
{
    ExpLock(Resource);
    POWNER_ENTRY Entry = ExpFindOwner(Resource, ExpSelf());
    ULONG Count = Entry ? Entry->OwnerCount : 0;
    ExpUnlock(Resource);
    return Count;
}

ULONG NTAPI ExGetExclusiveWaiterCount(PERESOURCE Resource)
{
    return Resource->NumberOfExclusiveWaiters;
}

ULONG NTAPI ExGetSharedWaiterCount(PERESOURCE Resource)
{
    return Resource->NumberOfSharedWaiters;
}

VOID NTAPI ExDisableResourceBoostLite(PERESOURCE Resource)
{
    UNREFERENCED_PARAMETER(Resource); // owners are not boosted
}

PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(Resource, TRUE);
    return KiCurrentThread();
}

PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(Resource, TRUE);
    return KiCurrentThread();
}

VOID FASTCALL ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource)
{
    ExReleaseResourceLite(Resource);
    KeLeaveCriticalRegion();
}
