// Cleanup groups: objects that are released together.

#include "poolp.h"

static VOID TppDereferenceGroup(PTP_CLEANUP_GROUP Group)
{
    if (!--Group->References)
        RtlFreeHeap(RtlProcessHeap(), 0, Group);
}

VOID TppJoinGroup(PTPP_OBJECT Object, PTP_CLEANUP_GROUP Group)
{
    if (!Group)
        return;
    Object->Group = Group;
    Group->References++;
    InsertTailList(&Group->Members, &Object->GroupEntry);
}

VOID TppLeaveGroup(PTPP_OBJECT Object)
{
    if (!Object->Group)
        return;
    RemoveEntryList(&Object->GroupEntry);
    TppDereferenceGroup(Object->Group);
    Object->Group = nullptr;
}

NTSTATUS NTAPI TpAllocCleanupGroup(PTP_CLEANUP_GROUP *CleanupGroup)
{
    PTP_CLEANUP_GROUP Group = RtlAllocateHeap(RtlProcessHeap(), 0, sizeof(*Group));
    if (!Group)
        return STATUS_NO_MEMORY;
    Group->References = 1;
    InitializeListHead(&Group->Members);
    *CleanupGroup = Group;
    return STATUS_SUCCESS;
}

VOID NTAPI TpReleaseCleanupGroup(PTP_CLEANUP_GROUP CleanupGroup)
{
    TppAcquire();
    TppDereferenceGroup(CleanupGroup);
    TppRelease();
}

// Take all members out of the group, each with a reference, so that nothing new becomes pending for
// them. All are stopped before the first is waited for: callbacks may wait for one another.
static VOID TppTakeMembers(PTP_CLEANUP_GROUP Group, BOOLEAN Cancel, PLIST_ENTRY Taken)
{
    while (!IsListEmpty(&Group->Members)) {
        PTPP_OBJECT Object = CONTAINING_RECORD(Group->Members.Flink, TPP_OBJECT, GroupEntry);
        Object->References++;
        TppLeaveGroup(Object);
        InsertTailList(Taken, &Object->GroupEntry);
        TppStop(Object);
        Object->Cancelled = Cancel && TppCancelPending(Object);
    }
}

// A simple callback has no owner to clean up after it, unless it never ran.
static BOOLEAN TppWantsCancelCallback(PTPP_OBJECT Object)
{
    return Object->CancelCallback &&
           (Object->Kind == TppSimple ? Object->Cancelled : !Object->Released);
}

VOID NTAPI TpReleaseCleanupGroupMembers(PTP_CLEANUP_GROUP CleanupGroup,
                                        LOGICAL CancelPendingCallbacks, PVOID CleanupParameter)
{
    LIST_ENTRY Taken;
    InitializeListHead(&Taken);
    TppAcquire();
    TppTakeMembers(CleanupGroup, CancelPendingCallbacks != 0, &Taken);
    while (!IsListEmpty(&Taken)) {
        PTPP_OBJECT Object = CONTAINING_RECORD(RemoveHeadList(&Taken), TPP_OBJECT, GroupEntry);
        TppWaitUntilQuiet(Object, FALSE);
        if (CancelPendingCallbacks && TppWantsCancelCallback(Object)) {
            TppRelease();
            Object->CancelCallback(Object->Context, CleanupParameter);
            TppAcquire();
        }
        if (!Object->Released)
            TppReleaseOwner(Object);
        TppDereference(Object);
    }
    TppRelease();
}
