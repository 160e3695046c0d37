// Routines that a driver wants called once more after its DriverEntry.

#include "../ntos.h"

typedef struct _IOP_REINITIALIZATION {
    LIST_ENTRY Link;
    PDRIVER_OBJECT Driver;
    PDRIVER_REINITIALIZE Routine;
    PVOID Context;
} IOP_REINITIALIZATION, *PIOP_REINITIALIZATION;

static RTL_SRWLOCK IopReinitLock;
static LIST_ENTRY IopReinitList = {&IopReinitList, &IopReinitList};

VOID NTAPI IoRegisterDriverReinitialization(PDRIVER_OBJECT DriverObject,
                                            PDRIVER_REINITIALIZE Routine, PVOID Context)
{
    PIOP_REINITIALIZATION Entry = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Entry), 'iRoI');
    if (!Entry)
        return;
    DriverObject->Flags |= DRVO_REINIT_REGISTERED;
    *Entry = (IOP_REINITIALIZATION){.Driver = DriverObject, .Routine = Routine, .Context = Context};
    RtlAcquireSRWLockExclusive(&IopReinitLock);
    InsertTailList(&IopReinitList, &Entry->Link);
    RtlReleaseSRWLockExclusive(&IopReinitLock);
}

// For boot drivers the moment is the same: when their host has them loaded.
VOID NTAPI IoRegisterBootDriverReinitialization(PDRIVER_OBJECT DriverObject,
                                                PDRIVER_REINITIALIZE Routine, PVOID Context)
{
    IoRegisterDriverReinitialization(DriverObject, Routine, Context);
}

static PIOP_REINITIALIZATION IopTakeReinit(PDRIVER_OBJECT Driver)
{
    PIOP_REINITIALIZATION Found = nullptr;
    RtlAcquireSRWLockExclusive(&IopReinitLock);
    for (PLIST_ENTRY Link = IopReinitList.Flink; Link != &IopReinitList && !Found;
         Link = Link->Flink) {
        PIOP_REINITIALIZATION Entry = CONTAINING_RECORD(Link, IOP_REINITIALIZATION, Link);
        if (Entry->Driver == Driver)
            Found = Entry;
    }
    if (Found)
        RemoveEntryList(&Found->Link);
    RtlReleaseSRWLockExclusive(&IopReinitLock);
    return Found;
}

// A routine may register itself again; its count tells it how often it was called.
VOID IopRunDriverReinitialization(PIOP_DRIVER Driver)
{
    PIOP_REINITIALIZATION Entry;
    while ((Entry = IopTakeReinit(&Driver->Object))) {
        Entry->Routine(&Driver->Object, Entry->Context, ++Driver->Extension.Count);
        ExFreePoolWithTag(Entry, 'iRoI');
    }
}
