// Hives, and how they hang together: a mounted hive's root stands in the place of a key of the master
// hive.
#include "cmp.h"

PCM_HIVE CmpMasterHive;
static LIST_ENTRY CmpMounted = {&CmpMounted, &CmpMounted};

static PVOID CmpAllocate(PVOID Context, SIZE_T Size)
{
    (void)Context;
    return ExAllocatePoolWithTag(PagedPool, Size, CM_TAG_HIVE);
}

static VOID CmpFree(PVOID Context, PVOID Memory, SIZE_T Size)
{
    (void)Context, (void)Size;
    ExFreePoolWithTag(Memory, CM_TAG_HIVE);
}

static LARGE_INTEGER CmpGetTime(PVOID Context)
{
    (void)Context;
    LARGE_INTEGER Time;
    KeQuerySystemTime(&Time);
    return Time;
}

const HIVE_OPERATIONS CmpHiveOperations = {CmpAllocate, CmpFree, CmpGetTime};

static NTSTATUS CmpFinishHive(NTSTATUS Status, PCM_HIVE Hive, PCM_HIVE *Result)
{
    if (NT_SUCCESS(Status))
        *Result = Hive;
    else
        ExFreePoolWithTag(Hive, CM_TAG_HIVE);
    return Status;
}

NTSTATUS CmpCreateHive(PCWSTR RootName, PSECURITY_DESCRIPTOR Descriptor, PCM_HIVE *Result)
{
    PCM_HIVE Hive = ExAllocatePoolZero(PagedPool, sizeof(*Hive), CM_TAG_HIVE);
    if (!Hive)
        return STATUS_INSUFFICIENT_RESOURCES;
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, RootName);
    NTSTATUS Status = HvCreate(&Hive->Hive, &CmpHiveOperations, nullptr, &Name, Descriptor);
    return CmpFinishHive(Status, Hive, Result);
}

NTSTATUS CmpOpenHive(const VOID *Image, SIZE_T Size, PCM_HIVE *Result)
{
    PCM_HIVE Hive = ExAllocatePoolZero(PagedPool, sizeof(*Hive), CM_TAG_HIVE);
    if (!Hive)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = HvOpen(&Hive->Hive, &CmpHiveOperations, nullptr, Image, Size);
    return CmpFinishHive(Status, Hive, Result);
}

VOID CmpCloseHive(PCM_HIVE Hive)
{
    HvClose(&Hive->Hive);
    HvEndFlush(&Hive->Flush);
    CmpCloseFiles(Hive);
    if (Hive->FileName.Buffer)
        ExFreePoolWithTag(Hive->FileName.Buffer, CM_TAG_NAME);
    ExFreePoolWithTag(Hive, CM_TAG_HIVE);
}

// ---- Mounts

VOID CmpMountHive(PCM_HIVE Hive, CM_PLACE Place)
{
    Hive->MountHive = Place.Hive;
    Hive->MountCell = Place.Cell;
    InsertTailList(&CmpMounted, &Hive->Links);
}

VOID CmpUnmountHive(PCM_HIVE Hive)
{
    RemoveEntryList(&Hive->Links);
    Hive->MountHive = nullptr;
}

PCM_HIVE CmpNextHive(PCM_HIVE Hive)
{
    PLIST_ENTRY Next = Hive ? Hive->Links.Flink : CmpMounted.Flink;
    return Next == &CmpMounted ? nullptr : CONTAINING_RECORD(Next, CM_HIVE, Links);
}

CM_PLACE CmpEnterMount(CM_PLACE Place)
{
    if (Place.Hive != CmpMasterHive)
        return Place; // hives hang from the master only
    for (PCM_HIVE Hive = CmpNextHive(nullptr); Hive; Hive = CmpNextHive(Hive)) {
        if (Hive->MountCell == Place.Cell)
            return (CM_PLACE){Hive, HvRootKey(&Hive->Hive)};
    }
    return Place;
}

CM_PLACE CmpLeaveMount(CM_PLACE Place)
{
    if (!Place.Hive->MountHive || Place.Cell != HvRootKey(&Place.Hive->Hive))
        return Place;
    return (CM_PLACE){Place.Hive->MountHive, Place.Hive->MountCell};
}

BOOLEAN CmpFindChild(CM_PLACE Parent, PCUNICODE_STRING Name, CM_PLACE *Child)
{
    HCELL Cell = HvFindSubkey(&Parent.Hive->Hive, Parent.Cell, Name);
    if (Cell == HCELL_NIL)
        return FALSE;
    *Child = CmpEnterMount((CM_PLACE){Parent.Hive, Cell});
    return TRUE;
}

BOOLEAN CmpParent(CM_PLACE Place, CM_PLACE *Parent)
{
    CM_PLACE Stored = CmpLeaveMount(Place);
    if (Stored.Cell == HvRootKey(&Stored.Hive->Hive))
        return FALSE;
    *Parent = (CM_PLACE){Stored.Hive, HvParentKey(&Stored.Hive->Hive, Stored.Cell)};
    return TRUE;
}

BOOLEAN CmpIsBelow(CM_PLACE Place, CM_PLACE Above)
{
    HCELL Cell = Place.Hive == Above.Hive ? Place.Cell : HCELL_NIL;
    while (Cell != HCELL_NIL) {
        Cell = HvParentKey(&Place.Hive->Hive, Cell);
        if (Cell == Above.Cell)
            return TRUE;
    }
    return FALSE;
}

// ---- Names

ULONG CmpFullNameLength(CM_PLACE Place)
{
    ULONG Length = 0;
    BOOLEAN More = TRUE;
    for (CM_PLACE Next = Place; More; More = CmpParent(Next, &Next)) {
        CM_PLACE Stored = CmpLeaveMount(Next);
        Length += (ULONG)sizeof(WCHAR) + HvKeyName(&Stored.Hive->Hive, Stored.Cell, nullptr, 0);
    }
    return Length;
}

static VOID CmpWriteFullName(CM_PLACE Place, PWCH End)
{
    BOOLEAN More = TRUE;
    for (CM_PLACE Next = Place; More; More = CmpParent(Next, &Next)) {
        CM_PLACE Stored = CmpLeaveMount(Next);
        ULONG Length = HvKeyName(&Stored.Hive->Hive, Stored.Cell, nullptr, 0);
        End -= Length / sizeof(WCHAR);
        HvKeyName(&Stored.Hive->Hive, Stored.Cell, End, Length);
        *--End = OBJ_NAME_PATH_SEPARATOR;
    }
}

NTSTATUS CmpFullName(CM_PLACE Place, PUNICODE_STRING Name)
{
    ULONG Length = CmpFullNameLength(Place);
    if (Length > UNICODE_STRING_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    Name->Buffer = ExAllocatePoolWithTag(PagedPool, Length + sizeof(WCHAR), CM_TAG_NAME);
    if (!Name->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    Name->Length = Name->MaximumLength = (USHORT)Length;
    CmpWriteFullName(Place, Name->Buffer + Length / sizeof(WCHAR));
    return STATUS_SUCCESS;
}
