// mountmgr.sys: names of volumes. Letters and volume names are symbolic links in \GLOBAL??, and lasting in the registry.
#pragma once

#include <ntddk.h>

#include <mountdev.h>

#include <ntddvol.h>

#include "irpqueue.h"

enum {
    MM_NAME_CHARS = 128,
    MM_ID_BYTES = 512,
    MM_VALUE_BYTES = 2048, // of a value of the database with its name
};
constexpr ULONG MmgrTag = 'rgtM';

// A name of a volume, as the database has it: \DosDevices\D: or \??\Volume{...}.
typedef struct _MM_POINT {
    LIST_ENTRY Link; // of its volume
    WCHAR Name[MM_NAME_CHARS];
} MM_POINT, *PMM_POINT;

typedef struct _MM_ID {
    USHORT Length;
    UCHAR Bytes[MM_ID_BYTES];
} MM_ID, *PMM_ID;

// What a volume says of itself.
typedef struct _MM_DEVICE {
    WCHAR Name[MM_NAME_CHARS];
    MM_ID Id;
    BOOLEAN HasStableGuid;
    GUID StableGuid;
    BOOLEAN WantsLetter;
    BOOLEAN HasSuggestion, OnlyIfNoOther;
    WCHAR Suggestion[MM_NAME_CHARS];
} MM_DEVICE, *PMM_DEVICE;

typedef struct _MM_VOLUME {
    LIST_ENTRY Link;
    LIST_ENTRY Points;
    WCHAR Interface[MM_NAME_CHARS * 2]; // \??\STORAGE#Volume#...; empty: it was told by name
    BOOLEAN KeepLinks;
    BOOLEAN NoLetter; // somebody took its letter away
    BOOLEAN Named;    // it has its names, as far as they could be made
    MM_DEVICE Device;
} MM_VOLUME, *PMM_VOLUME;

typedef struct _MM_MANAGER {
    PDEVICE_OBJECT Self;
    PVOID Notification;
    LIST_ENTRY Volumes;
    ULONG Epic; // counts changes
    BOOLEAN AutoMount;
    BOOLEAN Settled;   // the registry is the one that lasts: volumes may have names
    IRP_QUEUE Waiting; // IOCTL_MOUNTMGR_CHANGE_NOTIFY
    KEVENT Lock;       // a mutex at PASSIVE_LEVEL, of all but what waits
} MM_MANAGER;

extern MM_MANAGER MmgrData;

static inline VOID MmgrLock(VOID)
{
    KeWaitForSingleObject(&MmgrData.Lock, Executive, KernelMode, FALSE, nullptr);
}

static inline VOID MmgrUnlock(VOID)
{
    KeSetEvent(&MmgrData.Lock, IO_NO_INCREMENT, FALSE);
}

// ---- main.c
NTSTATUS MmgrComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);

// ---- device.c: asking volumes; without the lock, as they may have to be mounted
NTSTATUS MmgrQueryDevice(PCWSTR Name, PMM_DEVICE Device);
VOID MmgrTellDevice(PCWSTR Name, ULONG Code,
                    PCWSTR Point); // IOCTL_MOUNTDEV_LINK_*; Point may be null

// ---- name.c
BOOLEAN MmgrCopyName(PWSTR To, ULONG Chars, PCWCH From, ULONG Bytes); // FALSE: too long, or odd
BOOLEAN MmgrIsLetter(PCWSTR Name);                                    // \DosDevices\X:
BOOLEAN MmgrIsVolumeName(PCWSTR Name);                                // \??\Volume{...}
// The form that the database has, in place. FALSE: it is no name of a mount point.
BOOLEAN MmgrCanonical(PWSTR Name);
VOID MmgrVolumeName(const GUID *Guid, PWSTR Name);
NTSTATUS MmgrMakeLink(PCWSTR Point, PCWSTR Device); // replaces one that leads nowhere
VOID MmgrRemoveLink(PCWSTR Point);
BOOLEAN MmgrIsLinkTaken(PCWSTR Point);

// ---- database.c
typedef BOOLEAN MM_VALUE_ROUTINE(PCWSTR Name, const MM_ID *Id, PVOID Context); // FALSE: enough
VOID MmgrEnumerate(MM_VALUE_ROUTINE *Routine, PVOID Context);
NTSTATUS MmgrStore(PCWSTR Name, const MM_ID *Id);
VOID MmgrForget(PCWSTR Name);
VOID MmgrScrub(VOID); // entries of volumes that are not there
BOOLEAN MmgrSameId(const MM_ID *First, const MM_ID *Second);
VOID MmgrLoadSettings(VOID);
VOID MmgrNoteSettled(VOID); // for a host after this one
NTSTATUS MmgrStoreAutoMount(BOOLEAN Enabled);

// ---- volume.c; locked, unless it says otherwise
PMM_VOLUME MmgrFindVolume(PCWSTR Name);         // of the device, or of one of its points
PMM_VOLUME MmgrFindVolumeById(const MM_ID *Id); // the first
PMM_VOLUME MmgrFindPoint(PCWSTR Name, PMM_POINT *Point);
PMM_POINT MmgrLetterOf(PMM_VOLUME Volume); // or null
NTSTATUS MmgrAddPoint(PMM_VOLUME Volume, PCWSTR Name, BOOLEAN Lasting);
VOID MmgrDropPoint(PMM_POINT Point);
NTSTATUS MmgrArrive(PCWSTR Name, PCWSTR Interface); // not locked
VOID MmgrLeave(PCWSTR Interface);                   // not locked
VOID MmgrSettle(VOID);                              // not locked
VOID MmgrChanged(VOID);                             // something has; who waits is told
VOID MmgrFreeVolumes(VOID);

// ---- letter.c; locked
NTSTATUS MmgrAssignLetter(PMM_VOLUME Volume); // the next that is free
VOID MmgrAssignAll(VOID);

// ---- wait.c
VOID MmgrInitializeWaiting(VOID);
NTSTATUS MmgrWait(PIRP Irp, ULONG Epic); // completes it or queues it
VOID MmgrWakeAll(VOID);                  // not locked

// ---- query.c, control.c; locked
typedef struct _MM_REQUEST {
    PUCHAR Buffer; // input and output
    ULONG InputLength, OutputLength;
    ULONG_PTR Information;
} MM_REQUEST, *PMM_REQUEST;

NTSTATUS MmgrQueryPoints(PMM_REQUEST Request);
NTSTATUS MmgrDeletePoints(PMM_REQUEST Request, BOOLEAN DatabaseOnly);
NTSTATUS MmgrQueryPath(PMM_REQUEST Request, BOOLEAN All);
DRIVER_DISPATCH MmgrControl;
