// What `calls`, `keep` and `limits` share.
#pragma once

#include "fstest.h"

// FALSE: it is another one, which has been told.
BOOLEAN FsCheck(PCWSTR What, NTSTATUS Expected, NTSTATUS Status);
VOID FsCheckThat(PCWSTR What, BOOLEAN True);
NTSTATUS FsEndChecks(PCWSTR What);                       // tells how many were wrong
HANDLE FsMake(PCWSTR Drive, PCWSTR Name, ULONG Options); // opened for everything, and shared
VOID FsCallControls(PCWSTR Drive);

// A file that is not synchronous, with an event.
typedef struct _FS_WAITING {
    HANDLE File, Event;
    IO_STATUS_BLOCK IoStatus;
} FS_WAITING;

VOID FsOpenWaiting(PCWSTR Drive, PCWSTR Name, ULONG Options, FS_WAITING *Waiting);
VOID FsCloseWaiting(FS_WAITING *Waiting);
NTSTATUS FsAwait(FS_WAITING *Waiting, ULONG Milliseconds);
NTSTATUS FsLockRange(FS_WAITING *Waiting, ULONG Offset, ULONG Length, BOOLEAN AtOnce);
NTSTATUS FsLockNow(FS_WAITING *Waiting, ULONG Offset, ULONG Length); // waits for nobody
NTSTATUS FsUnlockRange(FS_WAITING *Waiting, ULONG Offset, ULONG Length);
NTSTATUS FsWatch(FS_WAITING *Waiting, PVOID Buffer, ULONG Length, BOOLEAN Tree);
