// Keys in use, found by their place.
#include "cmp.h"

constexpr ULONG CMP_BUCKETS = 256;

static LIST_ENTRY CmpControls[CMP_BUCKETS];

static PLIST_ENTRY CmpBucket(CM_PLACE Place)
{
    ULONG_PTR Hash = (ULONG_PTR)Place.Hive / 64 + Place.Cell / 8;
    PLIST_ENTRY Head = &CmpControls[Hash % CMP_BUCKETS];
    if (!Head->Flink)
        InitializeListHead(Head);
    return Head;
}

PCM_KEY_CONTROL CmpFindControl(CM_PLACE Place)
{
    PLIST_ENTRY Head = CmpBucket(Place);
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PCM_KEY_CONTROL Control = CONTAINING_RECORD(Link, CM_KEY_CONTROL, HashLinks);
        if (Control->Place.Hive == Place.Hive && Control->Place.Cell == Place.Cell)
            return Control;
    }
    return nullptr;
}

// In the order of the table, so that a walk goes on behind Previous.
PCM_KEY_CONTROL CmpNextControl(PCM_HIVE Hive, PCM_KEY_CONTROL Previous)
{
    PLIST_ENTRY Head = Previous ? CmpBucket(Previous->Place) : CmpControls;
    PLIST_ENTRY Link = Previous ? Previous->HashLinks.Flink : Head->Flink;
    for (;;) {
        for (; Link && Link != Head; Link = Link->Flink) {
            PCM_KEY_CONTROL Control = CONTAINING_RECORD(Link, CM_KEY_CONTROL, HashLinks);
            if (Control->Place.Hive == Hive)
                return Control;
        }
        if (++Head == CmpControls + CMP_BUCKETS)
            return nullptr;
        Link = Head->Flink;
    }
}

NTSTATUS CmpReferenceControl(CM_PLACE Place, PCM_KEY_CONTROL *Result)
{
    PCM_KEY_CONTROL Control = CmpFindControl(Place);
    if (!Control) {
        Control = ExAllocatePoolZero(PagedPool, sizeof(*Control), CM_TAG_KEY);
        if (!Control)
            return STATUS_INSUFFICIENT_RESOURCES;
        Control->Place = Place;
        InitializeListHead(&Control->Watches);
        InsertHeadList(CmpBucket(Place), &Control->HashLinks);
    }
    Control->References++;
    *Result = Control;
    return STATUS_SUCCESS;
}

VOID CmpDereferenceControl(PCM_KEY_CONTROL Control)
{
    if (--Control->References)
        return;
    ASSERT(IsListEmpty(&Control->Watches));
    if (!Control->Deleted)
        RemoveEntryList(&Control->HashLinks);
    ExFreePoolWithTag(Control, CM_TAG_KEY);
}

// A renamed key has another cell.
VOID CmpMoveControl(PCM_KEY_CONTROL Control, CM_PLACE Place)
{
    RemoveEntryList(&Control->HashLinks);
    Control->Place = Place;
    InsertHeadList(CmpBucket(Place), &Control->HashLinks);
}

// The cell may be used again for another key.
VOID CmpMarkDeleted(CM_PLACE Place)
{
    PCM_KEY_CONTROL Control = CmpFindControl(Place);
    if (!Control)
        return;
    Control->Deleted = TRUE;
    RemoveEntryList(&Control->HashLinks);
    CmpEndWatches(Control);
}

// Keys that go together: first all are deleted, then those who wait for them are told, which may let
// others run.
VOID CmpDoomControl(PCM_KEY_CONTROL Control, PLIST_ENTRY Doomed)
{
    Control->Deleted = TRUE;
    Control->References++;
    RemoveEntryList(&Control->HashLinks);
    InsertTailList(Doomed, &Control->HashLinks);
}

VOID CmpEndDoomed(PLIST_ENTRY Doomed)
{
    while (!IsListEmpty(Doomed)) {
        PCM_KEY_CONTROL Control =
            CONTAINING_RECORD(RemoveHeadList(Doomed), CM_KEY_CONTROL, HashLinks);
        CmpEndWatches(Control);
        CmpDereferenceControl(Control);
    }
}

// ---- Key objects

NTSTATUS CmpCreateKeyObject(CM_PLACE Place, PVOID *Result)
{
    PCM_KEY_CONTROL Control;
    NTSTATUS Status = CmpReferenceControl(Place, &Control);
    if (!NT_SUCCESS(Status))
        return Status;
    PCM_KEY Key;
    Status = ObCreateObject(CmKeyObjectType, 0, (PVOID *)&Key);
    if (!NT_SUCCESS(Status)) {
        CmpDereferenceControl(Control);
        return Status;
    }
    Key->Control = Control;
    *Result = Key;
    return STATUS_SUCCESS;
}

NTSTATUS CmpReferenceKey(HANDLE Handle, ACCESS_MASK Access, PCM_KEY *Key)
{
    NTSTATUS Status =
        ObReferenceObjectByHandle(Handle, Access, CmKeyObjectType, UserMode, (PVOID *)Key, nullptr);
    if (!NT_SUCCESS(Status) || !(*Key)->Control->Deleted)
        return Status;
    ObDereferenceObject(*Key);
    return STATUS_KEY_DELETED;
}
