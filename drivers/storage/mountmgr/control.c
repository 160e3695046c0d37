// Device controls of \Device\MountPointManager.
#include "mountmgr.h"

#include <initguid.h>

#include <ntddstor.h>

typedef NTSTATUS MM_CONTROL(PMM_REQUEST Request);

// ---- Names of devices in requests

// A counted name: its length in 16 bits, and the characters behind it.
static NTSTATUS MmgrTakeTarget(const MM_REQUEST *Request, PWSTR Name)
{
    const MOUNTMGR_TARGET_NAME *Target = (const MOUNTMGR_TARGET_NAME *)Request->Buffer;
    ULONG Head = FIELD_OFFSET(MOUNTMGR_TARGET_NAME, DeviceName);
    if (Request->InputLength < sizeof(*Target) ||
        Target->DeviceNameLength > Request->InputLength - Head ||
        !MmgrCopyName(Name, MM_NAME_CHARS, Target->DeviceName, Target->DeviceNameLength))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static NTSTATUS MmgrTakeVolume(const MM_REQUEST *Request, PMM_VOLUME *Volume)
{
    WCHAR Name[MM_NAME_CHARS];
    NTSTATUS Status = MmgrTakeTarget(Request, Name);
    if (!NT_SUCCESS(Status))
        return Status;
    *Volume = MmgrFindVolume(Name);
    return *Volume ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

// ---- Points

static BOOLEAN MmgrTakePoint(const MM_REQUEST *Request, PWSTR Point, PWSTR Device)
{
    if (Request->InputLength < sizeof(MOUNTMGR_CREATE_POINT_INPUT))
        return FALSE;
    const MOUNTMGR_CREATE_POINT_INPUT *Input = (const MOUNTMGR_CREATE_POINT_INPUT *)Request->Buffer;
    ULONG Length = Request->InputLength;
    if (Input->SymbolicLinkNameOffset > Length ||
        Input->SymbolicLinkNameLength > Length - Input->SymbolicLinkNameOffset ||
        Input->DeviceNameOffset > Length ||
        Input->DeviceNameLength > Length - Input->DeviceNameOffset)
        return FALSE;
    return MmgrCopyName(Point, MM_NAME_CHARS,
                        (PCWCH)(Request->Buffer + Input->SymbolicLinkNameOffset),
                        Input->SymbolicLinkNameLength) &&
           MmgrCopyName(Device, MM_NAME_CHARS, (PCWCH)(Request->Buffer + Input->DeviceNameOffset),
                        Input->DeviceNameLength) &&
           MmgrCanonical(Point);
}

static BOOLEAN MmgrFindMark(PCWSTR Name, const MM_ID *Id, PVOID Context)
{
    const MM_VOLUME *Volume = ((const VOID **)Context)[0];
    if (Name[0] != L'#' || !MmgrSameId(Id, &Volume->Device.Id))
        return TRUE;
    RtlCopyMemory(((PVOID *)Context)[1], Name, (wcslen(Name) + 1) * sizeof(WCHAR));
    return FALSE;
}

// A letter from somebody's hand ends that the volume was to have none.
static VOID MmgrAllowLetter(PMM_VOLUME Volume)
{
    WCHAR Mark[MM_NAME_CHARS] = L"";
    PVOID Context[] = {Volume, Mark};
    MmgrEnumerate(MmgrFindMark, Context);
    if (Mark[0])
        MmgrForget(Mark);
    Volume->NoLetter = FALSE;
}

static NTSTATUS MmgrCreatePoint(PMM_REQUEST Request)
{
    WCHAR Name[MM_NAME_CHARS], Device[MM_NAME_CHARS];
    PMM_POINT Point;
    if (!MmgrTakePoint(Request, Name, Device))
        return STATUS_INVALID_PARAMETER;
    PMM_VOLUME Volume = MmgrFindVolume(Device);
    if (!Volume)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    PMM_VOLUME Owner = MmgrFindPoint(Name, &Point);
    if (Owner)
        return Owner == Volume ? STATUS_SUCCESS : STATUS_OBJECT_NAME_COLLISION;
    if (MmgrIsLetter(Name) && MmgrLetterOf(Volume))
        return STATUS_INVALID_PARAMETER; // a volume has one
    if (MmgrIsLetter(Name) && MmgrIsLinkTaken(Name))
        return STATUS_OBJECT_NAME_COLLISION; // of something that is no volume
    NTSTATUS Status = MmgrAddPoint(Volume, Name, TRUE);
    if (!NT_SUCCESS(Status))
        return Status;
    if (MmgrIsLetter(Name))
        MmgrAllowLetter(Volume);
    MmgrChanged();
    return STATUS_SUCCESS;
}

static NTSTATUS MmgrDelete(PMM_REQUEST Request)
{
    return MmgrDeletePoints(Request, FALSE);
}

static NTSTATUS MmgrDeleteRecords(PMM_REQUEST Request)
{
    return MmgrDeletePoints(Request, TRUE);
}

static NTSTATUS MmgrOnePath(PMM_REQUEST Request)
{
    return MmgrQueryPath(Request, FALSE);
}

static NTSTATUS MmgrAllPaths(PMM_REQUEST Request)
{
    return MmgrQueryPath(Request, TRUE);
}

static NTSTATUS MmgrKeepLinks(PMM_REQUEST Request)
{
    PMM_VOLUME Volume;
    NTSTATUS Status = MmgrTakeVolume(Request, &Volume);
    if (NT_SUCCESS(Status))
        Volume->KeepLinks = TRUE;
    return Status;
}

// ---- Letters

static NTSTATUS MmgrNextLetter(PMM_REQUEST Request)
{
    PMM_VOLUME Volume;
    PMOUNTMGR_DRIVE_LETTER_INFORMATION Answer = (PMOUNTMGR_DRIVE_LETTER_INFORMATION)Request->Buffer;
    NTSTATUS Status = MmgrTakeVolume(Request, &Volume);
    if (!NT_SUCCESS(Status))
        return Status;
    *Answer = (MOUNTMGR_DRIVE_LETTER_INFORMATION){};
    if (!MmgrLetterOf(Volume) && Volume->Device.WantsLetter && !Volume->NoLetter &&
        NT_SUCCESS(MmgrAssignLetter(Volume))) {
        Answer->DriveLetterWasAssigned = TRUE;
        MmgrChanged();
    }
    PMM_POINT Letter = MmgrLetterOf(Volume);
    if (Letter)
        Answer->CurrentDriveLetter = (UCHAR)Letter->Name[wcslen(Letter->Name) - 2];
    Request->Information = sizeof(*Answer);
    return STATUS_SUCCESS;
}

// Not locked. The first time it says that the system's registry is there.
static NTSTATUS MmgrAssign(PMM_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    MmgrSettle();
    MmgrLock();
    MmgrAssignAll();
    MmgrUnlock();
    MmgrWakeAll();
    return STATUS_SUCCESS;
}

static NTSTATUS MmgrQueryAutoMount(PMM_REQUEST Request)
{
    ((PMOUNTMGR_QUERY_AUTO_MOUNT)Request->Buffer)->CurrentState =
        MmgrData.AutoMount ? Enabled : Disabled;
    Request->Information = sizeof(MOUNTMGR_QUERY_AUTO_MOUNT);
    return STATUS_SUCCESS;
}

static NTSTATUS MmgrSetAutoMount(PMM_REQUEST Request)
{
    MOUNTMGR_AUTO_MOUNT_STATE State = ((PMOUNTMGR_SET_AUTO_MOUNT)Request->Buffer)->NewState;
    if (State != Enabled && State != Disabled)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmgrStoreAutoMount(State == Enabled);
    if (NT_SUCCESS(Status))
        MmgrData.AutoMount = State == Enabled;
    return Status;
}

static NTSTATUS MmgrScrubRegistry(PMM_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    MmgrScrub();
    return STATUS_SUCCESS;
}

// ---- Volumes; not locked

static NTSTATUS MmgrNoteArrival(PMM_REQUEST Request)
{
    WCHAR Name[MM_NAME_CHARS];
    NTSTATUS Status = MmgrTakeTarget(Request, Name);
    if (NT_SUCCESS(Status))
        Status = MmgrArrive(Name, nullptr);
    return Status == STATUS_OBJECT_NAME_EXISTS ? STATUS_SUCCESS : Status;
}

static NTSTATUS MmgrCheckUnprocessed(PMM_REQUEST Request)
{
    PWSTR List;
    UNREFERENCED_PARAMETER(Request);
    NTSTATUS Status = IoGetDeviceInterfaces(&GUID_DEVINTERFACE_VOLUME, nullptr, 0, &List);
    if (!NT_SUCCESS(Status))
        return Status;
    for (PCWSTR Name = List; *Name; Name += wcslen(Name) + 1)
        (VOID) MmgrArrive(Name, Name);
    ExFreePool(List);
    return STATUS_SUCCESS;
}

// ---- Dispatch

static const struct {
    ULONG Code, InputLength, OutputLength; // least lengths
    MM_CONTROL *Routine;
    BOOLEAN Unlocked;
} MmgrControls[] = {
    {IOCTL_MOUNTMGR_CREATE_POINT, sizeof(MOUNTMGR_CREATE_POINT_INPUT), 0, MmgrCreatePoint, FALSE},
    {IOCTL_MOUNTMGR_DELETE_POINTS, sizeof(MOUNTMGR_MOUNT_POINT), 0, MmgrDelete, FALSE},
    {IOCTL_MOUNTMGR_DELETE_POINTS_DBONLY, sizeof(MOUNTMGR_MOUNT_POINT), 0, MmgrDeleteRecords,
     FALSE},
    {IOCTL_MOUNTMGR_QUERY_POINTS, sizeof(MOUNTMGR_MOUNT_POINT), 0, MmgrQueryPoints, FALSE},
    {IOCTL_MOUNTMGR_NEXT_DRIVE_LETTER, sizeof(MOUNTMGR_DRIVE_LETTER_TARGET),
     sizeof(MOUNTMGR_DRIVE_LETTER_INFORMATION), MmgrNextLetter, FALSE},
    {IOCTL_MOUNTMGR_AUTO_DL_ASSIGNMENTS, 0, 0, MmgrAssign, TRUE},
    {IOCTL_MOUNTMGR_KEEP_LINKS_WHEN_OFFLINE, sizeof(MOUNTMGR_TARGET_NAME), 0, MmgrKeepLinks, FALSE},
    {IOCTL_MOUNTMGR_CHECK_UNPROCESSED_VOLUMES, 0, 0, MmgrCheckUnprocessed, TRUE},
    {IOCTL_MOUNTMGR_VOLUME_ARRIVAL_NOTIFICATION, sizeof(MOUNTMGR_TARGET_NAME), 0, MmgrNoteArrival,
     TRUE},
    {IOCTL_MOUNTMGR_QUERY_DOS_VOLUME_PATH, sizeof(MOUNTMGR_TARGET_NAME),
     sizeof(MOUNTMGR_VOLUME_PATHS), MmgrOnePath, FALSE},
    {IOCTL_MOUNTMGR_QUERY_DOS_VOLUME_PATHS, sizeof(MOUNTMGR_TARGET_NAME),
     sizeof(MOUNTMGR_VOLUME_PATHS), MmgrAllPaths, FALSE},
    {IOCTL_MOUNTMGR_SCRUB_REGISTRY, 0, 0, MmgrScrubRegistry, FALSE},
    {IOCTL_MOUNTMGR_QUERY_AUTO_MOUNT, 0, sizeof(MOUNTMGR_QUERY_AUTO_MOUNT), MmgrQueryAutoMount,
     FALSE},
    {IOCTL_MOUNTMGR_SET_AUTO_MOUNT, sizeof(MOUNTMGR_SET_AUTO_MOUNT), 0, MmgrSetAutoMount, FALSE},
};

static NTSTATUS MmgrRun(PMM_REQUEST Request, ULONG Index)
{
    if (MmgrControls[Index].Unlocked)
        return MmgrControls[Index].Routine(Request);
    MmgrLock();
    ULONG Before = MmgrData.Epic;
    NTSTATUS Status = MmgrControls[Index].Routine(Request);
    BOOLEAN Changed = MmgrData.Epic != Before;
    MmgrUnlock();
    if (Changed)
        MmgrWakeAll();
    return Status;
}

static NTSTATUS MmgrChangeNotify(PIRP Irp, const MM_REQUEST *Request)
{
    if (Request->InputLength < sizeof(MOUNTMGR_CHANGE_NOTIFY_INFO) ||
        Request->OutputLength < sizeof(MOUNTMGR_CHANGE_NOTIFY_INFO))
        return MmgrComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    MmgrLock();
    NTSTATUS Status = MmgrWait(Irp, ((PMOUNTMGR_CHANGE_NOTIFY_INFO)Request->Buffer)->EpicNumber);
    MmgrUnlock();
    return Status;
}

NTSTATUS NTAPI MmgrControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    MM_REQUEST Request = {
        .Buffer = Irp->AssociatedIrp.SystemBuffer,
        .InputLength = Stack->Parameters.DeviceIoControl.InputBufferLength,
        .OutputLength = Stack->Parameters.DeviceIoControl.OutputBufferLength,
    };
    NTSTATUS Status = STATUS_INVALID_DEVICE_REQUEST;
    UNREFERENCED_PARAMETER(DeviceObject);
    if (Code == IOCTL_MOUNTMGR_CHANGE_NOTIFY)
        return MmgrChangeNotify(Irp, &Request);
    for (ULONG i = 0; i < RTL_NUMBER_OF(MmgrControls); i++) {
        if (MmgrControls[i].Code != Code)
            continue;
        Status = STATUS_INVALID_PARAMETER;
        if (Request.InputLength >= MmgrControls[i].InputLength &&
            Request.OutputLength >= MmgrControls[i].OutputLength)
            Status = MmgrRun(&Request, i);
        break;
    }
    return MmgrComplete(Irp, Status, Request.Information);
}
