// The volumes that are there, and their names.
#include "mountmgr.h"

#include <ntstrsafe.h>

// ---- Finding

PMM_VOLUME MmgrFindPoint(PCWSTR Name, PMM_POINT *Point)
{
    for (PLIST_ENTRY Link = MmgrData.Volumes.Flink; Link != &MmgrData.Volumes; Link = Link->Flink) {
        PMM_VOLUME Volume = CONTAINING_RECORD(Link, MM_VOLUME, Link);
        for (PLIST_ENTRY Next = Volume->Points.Flink; Next != &Volume->Points; Next = Next->Flink) {
            *Point = CONTAINING_RECORD(Next, MM_POINT, Link);
            if (_wcsicmp((*Point)->Name, Name) == 0)
                return Volume;
        }
    }
    *Point = nullptr;
    return nullptr;
}

PMM_VOLUME MmgrFindVolume(PCWSTR Name)
{
    WCHAR Canonical[MM_NAME_CHARS];
    PMM_POINT Point;
    for (PLIST_ENTRY Link = MmgrData.Volumes.Flink; Link != &MmgrData.Volumes; Link = Link->Flink) {
        PMM_VOLUME Volume = CONTAINING_RECORD(Link, MM_VOLUME, Link);
        if (_wcsicmp(Volume->Device.Name, Name) == 0)
            return Volume;
    }
    RtlStringCchCopyW(Canonical, MM_NAME_CHARS, Name);
    return MmgrCanonical(Canonical) ? MmgrFindPoint(Canonical, &Point) : nullptr;
}

PMM_VOLUME MmgrFindVolumeById(const MM_ID *Id)
{
    for (PLIST_ENTRY Link = MmgrData.Volumes.Flink; Link != &MmgrData.Volumes; Link = Link->Flink) {
        PMM_VOLUME Volume = CONTAINING_RECORD(Link, MM_VOLUME, Link);
        if (MmgrSameId(&Volume->Device.Id, Id))
            return Volume;
    }
    return nullptr;
}

PMM_POINT MmgrLetterOf(PMM_VOLUME Volume)
{
    for (PLIST_ENTRY Link = Volume->Points.Flink; Link != &Volume->Points; Link = Link->Flink) {
        PMM_POINT Point = CONTAINING_RECORD(Link, MM_POINT, Link);
        if (MmgrIsLetter(Point->Name))
            return Point;
    }
    return nullptr;
}

static BOOLEAN MmgrHasVolumeName(PMM_VOLUME Volume)
{
    for (PLIST_ENTRY Link = Volume->Points.Flink; Link != &Volume->Points; Link = Link->Flink) {
        if (MmgrIsVolumeName(CONTAINING_RECORD(Link, MM_POINT, Link)->Name))
            return TRUE;
    }
    return FALSE;
}

// ---- Points

NTSTATUS MmgrAddPoint(PMM_VOLUME Volume, PCWSTR Name, BOOLEAN Lasting)
{
    PMM_POINT Point;
    if (MmgrFindPoint(Name, &Point))
        return STATUS_OBJECT_NAME_COLLISION;
    Point = ExAllocatePoolWithTag(PagedPool, sizeof(*Point), MmgrTag);
    if (!Point)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = MmgrMakeLink(Name, Volume->Device.Name);
    if (NT_SUCCESS(Status) && Lasting)
        Status = MmgrStore(Name, &Volume->Device.Id);
    if (!NT_SUCCESS(Status)) {
        if (Status != STATUS_OBJECT_NAME_COLLISION)
            MmgrRemoveLink(Name);
        ExFreePoolWithTag(Point, MmgrTag);
        return Status;
    }
    RtlStringCchCopyW(Point->Name, MM_NAME_CHARS, Name);
    InsertTailList(&Volume->Points, &Point->Link);
    return STATUS_SUCCESS;
}

VOID MmgrDropPoint(PMM_POINT Point)
{
    MmgrRemoveLink(Point->Name);
    RemoveEntryList(&Point->Link);
    ExFreePoolWithTag(Point, MmgrTag);
}

// ---- Arrival

// Names that the database has for the volume. It may not change while it is enumerated, and adding does not change it.
static BOOLEAN MmgrTakeRecorded(PCWSTR Name, const MM_ID *Id, PVOID Context)
{
    PMM_VOLUME Volume = Context;
    WCHAR Canonical[MM_NAME_CHARS];
    if (!MmgrSameId(Id, &Volume->Device.Id))
        return TRUE;
    if (Name[0] == L'#') {
        Volume->NoLetter = TRUE;
        return TRUE;
    }
    RtlStringCchCopyW(Canonical, MM_NAME_CHARS, Name);
    if (!MmgrCanonical(Canonical))
        return TRUE;
    if (MmgrIsLetter(Canonical) && MmgrLetterOf(Volume))
        return TRUE; // one is enough
    NTSTATUS Status = MmgrAddPoint(Volume, Canonical, FALSE);
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_MOUNTMGR_ID, DPFLTR_WARNING_LEVEL,
                   "mountmgr: %ws cannot have its name %ws: 0x%08lX\n", Volume->Device.Name,
                   Canonical, (ULONG)Status);
    return TRUE;
}

typedef struct _MM_SEARCH {
    PCWSTR Name;
    const MM_ID *Id;
    BOOLEAN Other;
} MM_SEARCH;

static BOOLEAN MmgrCompareName(PCWSTR Name, const MM_ID *Id, PVOID Context)
{
    MM_SEARCH *Search = Context;
    if (_wcsicmp(Name, Search->Name) == 0 && !MmgrSameId(Id, Search->Id))
        Search->Other = TRUE;
    return !Search->Other;
}

// Its own identifier if it has one that no other volume has had.
static VOID MmgrNameVolume(PMM_VOLUME Volume)
{
    WCHAR Name[MM_NAME_CHARS];
    MM_SEARCH Search = {Name, &Volume->Device.Id, FALSE};
    UUID Made;
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    if (Volume->Device.HasStableGuid) {
        MmgrVolumeName(&Volume->Device.StableGuid, Name);
        MmgrEnumerate(MmgrCompareName, &Search);
        if (!Search.Other)
            Status = MmgrAddPoint(Volume, Name, TRUE);
    }
    if (!NT_SUCCESS(Status) && NT_SUCCESS(ExUuidCreate(&Made))) {
        MmgrVolumeName((const GUID *)&Made, Name);
        Status = MmgrAddPoint(Volume, Name, TRUE);
    }
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_MOUNTMGR_ID, DPFLTR_WARNING_LEVEL,
                   "mountmgr: %ws has no volume name: 0x%08lX\n", Volume->Device.Name,
                   (ULONG)Status);
}

static VOID MmgrNameByAll(PMM_VOLUME Volume)
{
    const MM_DEVICE *Device = &Volume->Device;
    Volume->Named = TRUE;
    MmgrEnumerate(MmgrTakeRecorded, Volume);
    if (Device->HasSuggestion && (IsListEmpty(&Volume->Points) || !Device->OnlyIfNoOther) &&
        !(MmgrIsLetter(Device->Suggestion) && MmgrLetterOf(Volume)))
        (VOID) MmgrAddPoint(Volume, Device->Suggestion, TRUE);
    if (!MmgrHasVolumeName(Volume))
        MmgrNameVolume(Volume);
    if (MmgrData.AutoMount && Device->WantsLetter && !Volume->NoLetter && !MmgrLetterOf(Volume))
        (VOID) MmgrAssignLetter(Volume);
}

static VOID MmgrFreeVolume(PMM_VOLUME Volume, BOOLEAN KeepLinks)
{
    while (!IsListEmpty(&Volume->Points)) {
        PMM_POINT Point = CONTAINING_RECORD(Volume->Points.Flink, MM_POINT, Link);
        if (!KeepLinks) {
            MmgrDropPoint(Point);
            continue;
        }
        RemoveEntryList(&Point->Link);
        ExFreePoolWithTag(Point, MmgrTag);
    }
    RemoveEntryList(&Volume->Link);
    ExFreePoolWithTag(Volume, MmgrTag);
}

// A volume that is known already stays as it is; one whose device has become another's goes first.
static NTSTATUS MmgrInsert(PMM_VOLUME Volume)
{
    PMM_VOLUME Known = MmgrFindVolume(Volume->Device.Name);
    if (Known && MmgrSameId(&Known->Device.Id, &Volume->Device.Id)) {
        if (Volume->Interface[0])
            RtlStringCchCopyW(Known->Interface, RTL_NUMBER_OF(Known->Interface), Volume->Interface);
        return STATUS_OBJECT_NAME_EXISTS;
    }
    if (Known)
        MmgrFreeVolume(Known, FALSE);
    InsertTailList(&MmgrData.Volumes, &Volume->Link);
    if (MmgrData.Settled)
        MmgrNameByAll(Volume);
    MmgrChanged();
    return STATUS_SUCCESS;
}

// The volume hears of its names without the lock.
static VOID MmgrTellNames(PCWSTR Device)
{
    for (ULONG i = 0;; i++) {
        WCHAR Name[MM_NAME_CHARS] = L"";
        MmgrLock();
        PMM_VOLUME Volume = MmgrFindVolume(Device);
        PLIST_ENTRY Link = Volume ? Volume->Points.Flink : nullptr;
        for (ULONG j = 0; Volume && j < i && Link != &Volume->Points; j++)
            Link = Link->Flink;
        if (Volume && Link != &Volume->Points)
            RtlStringCchCopyW(Name, MM_NAME_CHARS, CONTAINING_RECORD(Link, MM_POINT, Link)->Name);
        MmgrUnlock();
        if (!Name[0])
            return;
        MmgrTellDevice(Device, IOCTL_MOUNTDEV_LINK_CREATED, Name);
    }
}

NTSTATUS MmgrArrive(PCWSTR Name, PCWSTR Interface)
{
    WCHAR Device[MM_NAME_CHARS];
    PMM_VOLUME Volume = ExAllocatePoolWithTag(PagedPool, sizeof(*Volume), MmgrTag);
    if (!Volume)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Volume, sizeof(*Volume));
    InitializeListHead(&Volume->Points);
    NTSTATUS Status = MmgrQueryDevice(Name, &Volume->Device);
    if (NT_SUCCESS(Status)) {
        if (Interface)
            RtlStringCchCopyW(Volume->Interface, RTL_NUMBER_OF(Volume->Interface), Interface);
        RtlStringCchCopyW(Device, MM_NAME_CHARS, Volume->Device.Name);
        MmgrLock();
        Status = MmgrInsert(Volume);
        MmgrUnlock();
    }
    if (Status != STATUS_SUCCESS) {
        ExFreePoolWithTag(Volume, MmgrTag);
        return Status;
    }
    MmgrTellNames(Device);
    MmgrTellDevice(Device, IOCTL_VOLUME_ONLINE, nullptr);
    MmgrWakeAll();
    return STATUS_SUCCESS;
}

// Volumes that came before the system's registry was there have waited for their names.
static BOOLEAN MmgrNameNext(PWSTR Device)
{
    for (PLIST_ENTRY Link = MmgrData.Volumes.Flink; Link != &MmgrData.Volumes; Link = Link->Flink) {
        PMM_VOLUME Volume = CONTAINING_RECORD(Link, MM_VOLUME, Link);
        if (Volume->Named)
            continue;
        MmgrNameByAll(Volume);
        MmgrChanged();
        RtlStringCchCopyW(Device, MM_NAME_CHARS, Volume->Device.Name);
        return TRUE;
    }
    return FALSE;
}

VOID MmgrSettle(VOID)
{
    WCHAR Device[MM_NAME_CHARS];
    BOOLEAN More = TRUE;
    MmgrLock();
    if (!MmgrData.Settled) {
        MmgrData.Settled = TRUE;
        MmgrLoadSettings();
        MmgrNoteSettled();
    }
    MmgrUnlock();
    while (More) {
        MmgrLock();
        More = MmgrNameNext(Device);
        MmgrUnlock();
        if (More)
            MmgrTellNames(Device);
    }
    MmgrWakeAll();
}

// ---- Departure

VOID MmgrLeave(PCWSTR Interface)
{
    BOOLEAN Changed = FALSE;
    MmgrLock();
    PLIST_ENTRY Link = MmgrData.Volumes.Flink;
    while (Link != &MmgrData.Volumes) {
        PMM_VOLUME Volume = CONTAINING_RECORD(Link, MM_VOLUME, Link);
        Link = Link->Flink;
        if (_wcsicmp(Volume->Interface, Interface) != 0)
            continue;
        MmgrFreeVolume(Volume, Volume->KeepLinks);
        Changed = TRUE;
    }
    if (Changed)
        MmgrChanged();
    MmgrUnlock();
    if (Changed)
        MmgrWakeAll();
}

VOID MmgrFreeVolumes(VOID)
{
    while (!IsListEmpty(&MmgrData.Volumes))
        MmgrFreeVolume(CONTAINING_RECORD(MmgrData.Volumes.Flink, MM_VOLUME, Link), FALSE);
}

VOID MmgrChanged(VOID)
{
    MmgrData.Epic++;
}
