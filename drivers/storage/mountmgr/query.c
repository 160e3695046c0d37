// Lists of mount points, and the paths of volumes.
#include "mountmgr.h"

#include <ntstrsafe.h>

// ---- What is asked for

typedef struct _MM_FILTER {
    BOOLEAN HasName, HasId;
    PMM_VOLUME Volume;         // null: any
    WCHAR Name[MM_NAME_CHARS]; // of the point
    MM_ID Id;
} MM_FILTER, *PMM_FILTER;

static const VOID *MmgrField(const MM_REQUEST *Request, ULONG Offset, ULONG Length)
{
    if (Offset > Request->InputLength || Length > Request->InputLength - Offset)
        return nullptr;
    return Request->Buffer + Offset;
}

static NTSTATUS MmgrTakeDevice(const MM_REQUEST *Request, const MOUNTMGR_MOUNT_POINT *Input,
                               PMM_FILTER Filter)
{
    WCHAR Device[MM_NAME_CHARS];
    const VOID *Field = MmgrField(Request, Input->DeviceNameOffset, Input->DeviceNameLength);
    if (!Field || !MmgrCopyName(Device, MM_NAME_CHARS, Field, Input->DeviceNameLength))
        return STATUS_INVALID_PARAMETER;
    Filter->Volume = MmgrFindVolume(Device);
    return Filter->Volume ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

static NTSTATUS MmgrTakeFilter(const MM_REQUEST *Request, PMM_FILTER Filter)
{
    RtlZeroMemory(Filter, sizeof(*Filter));
    if (Request->InputLength < sizeof(MOUNTMGR_MOUNT_POINT))
        return STATUS_INVALID_PARAMETER;
    MOUNTMGR_MOUNT_POINT Input = *(PMOUNTMGR_MOUNT_POINT)Request->Buffer;
    if (Input.SymbolicLinkNameLength) {
        const VOID *Field =
            MmgrField(Request, Input.SymbolicLinkNameOffset, Input.SymbolicLinkNameLength);
        if (!Field ||
            !MmgrCopyName(Filter->Name, MM_NAME_CHARS, Field, Input.SymbolicLinkNameLength) ||
            !MmgrCanonical(Filter->Name))
            return STATUS_INVALID_PARAMETER;
        Filter->HasName = TRUE;
    }
    if (Input.UniqueIdLength) {
        const VOID *Field = MmgrField(Request, Input.UniqueIdOffset, Input.UniqueIdLength);
        if (!Field || Input.UniqueIdLength > MM_ID_BYTES)
            return STATUS_INVALID_PARAMETER;
        Filter->HasId = TRUE;
        Filter->Id.Length = Input.UniqueIdLength;
        RtlCopyMemory(Filter->Id.Bytes, Field, Input.UniqueIdLength);
    }
    return Input.DeviceNameLength ? MmgrTakeDevice(Request, &Input, Filter) : STATUS_SUCCESS;
}

static BOOLEAN MmgrMatches(const MM_FILTER *Filter, const MM_VOLUME *Volume, const MM_POINT *Point)
{
    if (Filter->Volume && Filter->Volume != Volume)
        return FALSE;
    if (Filter->HasId && !MmgrSameId(&Filter->Id, &Volume->Device.Id))
        return FALSE;
    return !Filter->HasName || _wcsicmp(Filter->Name, Point->Name) == 0;
}

// The next that matches behind *Volume's *Point; both null at first.
static BOOLEAN MmgrNextMatch(const MM_FILTER *Filter, PMM_VOLUME *Volume, PMM_POINT *Point)
{
    PLIST_ENTRY Next = *Volume ? (*Point)->Link.Flink : nullptr;
    PLIST_ENTRY Link = *Volume ? &(*Volume)->Link : MmgrData.Volumes.Flink;
    for (; Link != &MmgrData.Volumes; Link = Link->Flink, Next = nullptr) {
        *Volume = CONTAINING_RECORD(Link, MM_VOLUME, Link);
        for (Next = Next ? Next : (*Volume)->Points.Flink; Next != &(*Volume)->Points;
             Next = Next->Flink) {
            *Point = CONTAINING_RECORD(Next, MM_POINT, Link);
            if (MmgrMatches(Filter, *Volume, *Point))
                return TRUE;
        }
    }
    return FALSE;
}

// ---- The answer

static ULONG MmgrPointBytes(const MM_VOLUME *Volume, const MM_POINT *Point)
{
    ULONG Size = (ULONG)((wcslen(Point->Name) + wcslen(Volume->Device.Name)) * sizeof(WCHAR));
    return Size + ((Volume->Device.Id.Length + 1) & ~1u);
}

static USHORT MmgrPut(PUCHAR Base, PULONG Place, const VOID *Data, SIZE_T Length)
{
    RtlCopyMemory(Base + *Place, Data, Length);
    *Place += (ULONG)(Length + 1) & ~1u;
    return (USHORT)Length;
}

static VOID MmgrFillPoint(PMOUNTMGR_MOUNT_POINTS Points, ULONG Index, PULONG Place,
                          const MM_VOLUME *Volume, const MM_POINT *Point)
{
    PMOUNTMGR_MOUNT_POINT Entry = &Points->MountPoints[Index];
    PUCHAR Base = (PUCHAR)Points;
    RtlZeroMemory(Entry, sizeof(*Entry));
    Entry->SymbolicLinkNameOffset = *Place;
    Entry->SymbolicLinkNameLength =
        MmgrPut(Base, Place, Point->Name, wcslen(Point->Name) * sizeof(WCHAR));
    Entry->UniqueIdOffset = *Place;
    Entry->UniqueIdLength = MmgrPut(Base, Place, Volume->Device.Id.Bytes, Volume->Device.Id.Length);
    Entry->DeviceNameOffset = *Place;
    Entry->DeviceNameLength =
        MmgrPut(Base, Place, Volume->Device.Name, wcslen(Volume->Device.Name) * sizeof(WCHAR));
}

// The filter is out of the buffer already. Who gives too little room learns how much it takes.
static NTSTATUS MmgrListPoints(PMM_REQUEST Request, const MM_FILTER *Filter)
{
    PMOUNTMGR_MOUNT_POINTS Points = (PMOUNTMGR_MOUNT_POINTS)Request->Buffer;
    ULONG Count = 0, Head = FIELD_OFFSET(MOUNTMGR_MOUNT_POINTS, MountPoints), Size = 0;
    PMM_VOLUME Volume = nullptr;
    PMM_POINT Point = nullptr;
    while (MmgrNextMatch(Filter, &Volume, &Point)) {
        Count++;
        Size += sizeof(MOUNTMGR_MOUNT_POINT) + MmgrPointBytes(Volume, Point);
    }
    if (!Count && Filter->HasName)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (Request->OutputLength < sizeof(MOUNTMGR_MOUNT_POINTS))
        return STATUS_INVALID_PARAMETER;
    RtlZeroMemory(Points, sizeof(*Points));
    Points->Size = max(Head + Size, sizeof(*Points));
    Points->NumberOfMountPoints = Count;
    Request->Information = sizeof(*Points);
    if (Request->OutputLength < Points->Size)
        return STATUS_BUFFER_OVERFLOW;
    Request->Information = Points->Size;
    ULONG Place = Head + Count * sizeof(MOUNTMGR_MOUNT_POINT);
    Volume = nullptr;
    Point = nullptr;
    for (ULONG i = 0; i < Count && MmgrNextMatch(Filter, &Volume, &Point); i++)
        MmgrFillPoint(Points, i, &Place, Volume, Point);
    return STATUS_SUCCESS;
}

NTSTATUS MmgrQueryPoints(PMM_REQUEST Request)
{
    MM_FILTER Filter;
    NTSTATUS Status = MmgrTakeFilter(Request, &Filter);
    return NT_SUCCESS(Status) ? MmgrListPoints(Request, &Filter) : Status;
}

// ---- Deleting

// A volume whose letter somebody takes away gets no other by itself: #{...} says so, with the volume's own name.
static VOID MmgrMarkNoLetter(PMM_VOLUME Volume)
{
    WCHAR Mark[MM_NAME_CHARS];
    for (PLIST_ENTRY Link = Volume->Points.Flink; Link != &Volume->Points; Link = Link->Flink) {
        PCWSTR Name = CONTAINING_RECORD(Link, MM_POINT, Link)->Name;
        if (!MmgrIsVolumeName(Name))
            continue;
        RtlStringCchPrintfW(Mark, MM_NAME_CHARS, L"#%ws", wcschr(Name, L'{'));
        (VOID) MmgrStore(Mark, &Volume->Device.Id);
        break;
    }
    Volume->NoLetter = TRUE;
}

// What is deleted is told first: if there is no room for that, nothing is deleted.
NTSTATUS MmgrDeletePoints(PMM_REQUEST Request, BOOLEAN DatabaseOnly)
{
    MM_FILTER Filter;
    PMM_VOLUME Volume = nullptr;
    PMM_POINT Point = nullptr;
    NTSTATUS Status = MmgrTakeFilter(Request, &Filter);
    if (NT_SUCCESS(Status))
        Status = MmgrListPoints(Request, &Filter);
    if (Status != STATUS_SUCCESS)
        return Status;
    while (MmgrNextMatch(&Filter, &Volume, &Point)) {
        MmgrForget(Point->Name);
        if (DatabaseOnly)
            continue;
        if (MmgrIsLetter(Point->Name))
            MmgrMarkNoLetter(Volume);
        MmgrDropPoint(Point);
        Volume = nullptr; // from the beginning: the list has changed
        Point = nullptr;
    }
    MmgrChanged();
    return STATUS_SUCCESS;
}

// ---- Paths: D:, and if there is no letter, \\?\Volume{...}

static VOID MmgrPathOf(PCWSTR Name, PWSTR Path)
{
    if (MmgrIsLetter(Name))
        RtlStringCchCopyW(Path, MM_NAME_CHARS, Name + wcslen(Name) - 2);
    else
        RtlStringCchPrintfW(Path, MM_NAME_CHARS, L"\\\\?\\%ws", Name + wcslen(L"\\\?\?\\"));
}

static PCWSTR MmgrBestName(PMM_VOLUME Volume)
{
    PMM_POINT Letter = MmgrLetterOf(Volume);
    if (Letter)
        return Letter->Name;
    if (IsListEmpty(&Volume->Points))
        return nullptr;
    return CONTAINING_RECORD(Volume->Points.Flink, MM_POINT, Link)->Name;
}

// One path, or all: letters only.
NTSTATUS MmgrQueryPath(PMM_REQUEST Request, BOOLEAN All)
{
    WCHAR Name[MM_NAME_CHARS], Path[MM_NAME_CHARS] = L"";
    PMOUNTMGR_TARGET_NAME Target = (PMOUNTMGR_TARGET_NAME)Request->Buffer;
    PMOUNTMGR_VOLUME_PATHS Paths = (PMOUNTMGR_VOLUME_PATHS)Request->Buffer;
    ULONG Head = FIELD_OFFSET(MOUNTMGR_VOLUME_PATHS, MultiSz);
    if (Request->InputLength < sizeof(*Target) || Request->OutputLength < sizeof(*Paths) ||
        !MmgrField(Request, FIELD_OFFSET(MOUNTMGR_TARGET_NAME, DeviceName),
                   Target->DeviceNameLength) ||
        !MmgrCopyName(Name, MM_NAME_CHARS, Target->DeviceName, Target->DeviceNameLength))
        return STATUS_INVALID_PARAMETER;
    PMM_VOLUME Volume = MmgrFindVolume(Name);
    PCWSTR Best = Volume ? MmgrBestName(Volume) : nullptr;
    if (!Volume)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (Best && (!All || MmgrIsLetter(Best)))
        MmgrPathOf(Best, Path);
    ULONG Chars = (ULONG)wcslen(Path) + (Path[0] ? 2 : 1);
    RtlZeroMemory(Paths, sizeof(*Paths));
    Paths->MultiSzLength = Chars * sizeof(WCHAR);
    Request->Information = Head;
    if (Request->OutputLength < Head + Paths->MultiSzLength)
        return STATUS_BUFFER_OVERFLOW;
    RtlZeroMemory(Paths->MultiSz, Paths->MultiSzLength);
    RtlCopyMemory(Paths->MultiSz, Path, wcslen(Path) * sizeof(WCHAR));
    Request->Information = Head + Paths->MultiSzLength;
    return STATUS_SUCCESS;
}
