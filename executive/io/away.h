// Private to io: devices whose host has ended, while what is open through them is expected to go on (away.c, revive.c).
#pragma once

#include "hostp.h"

enum { IOP_AWAY_SECONDS = 60 }; // until it counts as gone

typedef enum _IOP_AWAY_KIND {
    IopDiskAway,       // what a volume is mounted on
    IopFileSystemAway, // a file system's device for a volume
} IOP_AWAY_KIND;

struct _IOP_AWAY {
    LIST_ENTRY Link;
    ULONG References;
    IOP_AWAY_KIND Kind;
    PDEVICE_OBJECT Device; // and
    PDEVICE_OBJECT Top;    // the top of its stack: referenced, so that their numbers mean them
    PDEVICE_OBJECT Volume; // of a disk: the file system's device, referenced
    PDEVICE_OBJECT Back;   // what has taken the device's place, referenced; null: it is away, or
    BOOLEAN GivenUp;
    BOOLEAN Trying, TryAgain; // revive.c is at it
    ULONG SerialNumber;       // of the volume
    PWSTR InstancePath;       // of the disk, pool
    LIST_ENTRY Requests;      // that wait, by OwnerLink
    LIST_ENTRY Names;         // what has changed among them (namelog.c)
    KEVENT Settled;           // notification event: it is back, or given up
    KTIMER Timer;
    IOP_WORK Work, TryWork;
};

extern LIST_ENTRY IopAways;

static inline BOOLEAN IopIsPending(const IOP_AWAY *Away)
{
    return !Away->Back && !Away->GivenUp;
}

PIOP_AWAY IopFindAway(PDEVICE_OBJECT Volume); // its disk; null: that has never gone
// Both waiting from now on. The disk: the device, or where it was. Null: no memory.
PIOP_AWAY IopMakeAway(IOP_AWAY_KIND Kind, PDEVICE_OBJECT Device, PCWSTR InstancePath);
VOID IopLimitWait(PIOP_AWAY Away); // it is given up when IOP_AWAY_SECONDS have passed
VOID IopSettle(PIOP_AWAY Away);    // Back or GivenUp has been set
VOID IopForgetAway(PIOP_AWAY Away);
VOID IopDereferenceAway(PIOP_AWAY Away);
NTSTATUS IopAwaitSettled(PIOP_AWAY Away);
VOID IopFileSystemLost(PIOP_AWAY Away); // revive.c

// namelog.c
VOID IopKeepNewNames(PIOP_AWAY Away); // those of its device
VOID IopForgetNewNames(PIOP_AWAY Away);

typedef struct _IOP_NAME_MAKER {
    PVOID Context;
    NTSTATUS (*Make)(PVOID Context, PCUNICODE_STRING Path, BOOLEAN Directory); // or it is there
    VOID (*Rename)(PVOID Context, PCUNICODE_STRING Path, PCUNICODE_STRING NewPath, BOOLEAN Replace);
    VOID (*Delete)(PVOID Context, PCUNICODE_STRING Path);
} IOP_NAME_MAKER;

VOID IopRepeatNames(PIOP_AWAY Away, PDEVICE_OBJECT Volume, const IOP_NAME_MAKER *Maker);
