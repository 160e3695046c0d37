// fastfat.sys: FAT volumes as a Windows file system driver. The core (core/fat.h) knows what is on the medium; here are
// requests, file objects, sharing, caching and locks.
#pragma once

#include <ntifs.h>
#include <ntdddisk.h>

#include "core/fat.h"

enum {
    FfTag = 'tFfF',
    FfTypeVolume = 0x0F01, // NodeTypeCode of what FsContext leads to
    FfTypeFile = 0x0F02,
    FfTypeDirectory = 0x0F03,
    FfCommitSeconds = 1, // after the first change
    FfQuietSeconds = 3,  // until a volume without changes is marked clean
    FfFcbBuckets = 256,
};

typedef struct _FF_VOLUME FF_VOLUME, *PFF_VOLUME;
typedef struct _FF_FCB FF_FCB, *PFF_FCB;

// The device extension of a volume device. Lock order: Resource, FCB's main resource, its paging resource, Core.
// Nothing of the cache manager is called with Core held.
struct _FF_VOLUME {
    PDEVICE_OBJECT Device; // ours
    PDEVICE_OBJECT Target; // the top of the stack below
    PVPB Vpb;
    LIST_ENTRY Link; // of all volumes
    ERESOURCE Resource;
    ERESOURCE Core; // everything of FatVolume
    FAT_VOLUME *Fat;
    FAT_STORE Store;
    NTSTATUS StoreStatus;                      // of the last failed transfer
    PFF_FCB VolumeFcb;                         // opens of the volume itself
    LIST_ENTRY Fcbs;                           // all but VolumeFcb
    LIST_ENTRY FcbBuckets[FfFcbBuckets];       // those with entries, by where these are
    LIST_ENTRY DirectoryBuckets[FfFcbBuckets]; // directories, by these
    ULONG References;                          // file objects: from create to close
    ULONG Handles;                             // from create to cleanup
    PFILE_OBJECT Locker;                       // by FSCTL_LOCK_VOLUME
    BOOLEAN Dismounted;                        // everything but close fails
    BOOLEAN Failed;                            // its device is gone
    SHARE_ACCESS Share;                        // of opens of the volume
    PNOTIFY_SYNC NotifySync;
    LIST_ENTRY NotifyList;
    KTIMER Timer; // commits
    KDPC Dpc;
    PIO_WORKITEM WorkItem;
    LONG Ticking; // the timer is set, or its work is under way
    ULONG64 SeenChanges;
    ULONG QuietTicks;
    ULONG64 Statistics[4]; // reads, bytes, writes, bytes of users
};

// A file, directory or the volume; FsContext of file objects.
struct _FF_FCB {
    FSRTL_ADVANCED_FCB_HEADER Header; // NodeTypeCode tells what it is
    SECTION_OBJECT_POINTERS Section;
    PFF_VOLUME Volume;
    LIST_ENTRY Link;
    LIST_ENTRY HashLink, DirectoryLink;
    ULONG References, Handles;
    ERESOURCE MainResource, PagingResource;
    FAST_MUTEX HeaderMutex;
    SHARE_ACCESS Share;
    FILE_LOCK Lock;
    FAT_DIRECTORY *Parent;    // that Entry is in; null for the root and the volume
    FAT_DIRECTORY *Directory; // of a directory
    FAT_ENTRY Entry;          // as it is, or is to be, in the directory
    FAT_CHAIN Chain;
    UNICODE_STRING Path;    // from the root, in pool
    UNICODE_STRING NewPath; // while it is renamed
    LONGLONG ValidToDisk;   // what is beyond it on the medium is not of this file
    BOOLEAN EntryChanged;   // Entry is newer than the directory's
    BOOLEAN DeletePending, Deleted;
    BOOLEAN TruncateOnClose; // there are clusters behind the end
};

// An open; FsContext2.
typedef struct _FF_CCB {
    ULONG NextSlot;         // of a directory: where the listing goes on
    ULONG NextDot;          // 0: "." is next, 1: "..", 2: none
    UNICODE_STRING Pattern; // in pool; no buffer: everything
    BOOLEAN PatternSet, PatternWild, Listed;
    BOOLEAN DeleteOnClose, Modified, Cleaned;
    BOOLEAN TimesSet[3]; // by the user: created, modified, accessed are not changed by us
} FF_CCB, *PFF_CCB;

typedef enum _FF_TIME { FfCreated, FfModified, FfAccessed } FF_TIME;

typedef NTSTATUS FF_HANDLER(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack);

// main.c
extern PDRIVER_OBJECT FfDriver;
extern ERESOURCE FfVolumesLock;
extern LIST_ENTRY FfVolumes;
NTSTATUS FfComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
NTSTATUS FfStatus(PFF_VOLUME Volume, FAT_RESULT Result);
PVOID FfBuffer(PIRP Irp); // of the caller, at an address of ours
static inline PFF_FCB FfFcb(PFILE_OBJECT FileObject)
{
    return FileObject->FsContext;
}
static inline BOOLEAN FfIsDirectory(const FF_FCB *Fcb)
{
    return Fcb->Header.NodeTypeCode == FfTypeDirectory;
}
static inline BOOLEAN FfIsFile(const FF_FCB *Fcb)
{
    return Fcb->Header.NodeTypeCode == FfTypeFile;
}

// store.c: the medium, as the core sees it
VOID FfInitStore(PFF_VOLUME Volume, ULONG64 Bytes, ULONG SectorSize);
NTSTATUS FfTransferDevice(PDEVICE_OBJECT Target, ULONG Major, ULONG64 Offset, ULONG Length,
                          PVOID Buffer);
NTSTATUS FfControlDevice(PDEVICE_OBJECT Target, ULONG Code, PVOID Output, ULONG Length);

// mount.c, dismount.c
FF_HANDLER FfVerify;
NTSTATUS FfMount(PDEVICE_OBJECT ControlDevice, PIRP Irp);
NTSTATUS
FfFlushVolume(PFF_VOLUME Volume); // exclusive Resource held: all files, metadata, the dirty bit
VOID FfDismount(PFF_VOLUME Volume);
NTSTATUS FfInvalidate(PIRP Irp, PIO_STACK_LOCATION Stack);
NTSTATUS FfGone(const FF_VOLUME *Volume); // what requests are answered then
VOID FfDereference(PFF_VOLUME Volume);    // the last one of a volume that is dismounted deletes it

// commit.c
KDEFERRED_ROUTINE FfTimerDpc;
VOID FfLockCore(PFF_VOLUME Volume);
VOID FfUnlockCore(PFF_VOLUME Volume); // what has changed is committed in a while
VOID FfStopTimer(PFF_VOLUME Volume);
NTSTATUS FfCommit(PFF_VOLUME Volume);
NTSTATUS FfFlushMetadata(PFF_VOLUME Volume); // and what was written before is on the medium, too

// fcb.c: with Resource held exclusively
PFF_FCB FfFindFcb(PFF_VOLUME Volume, FAT_DIRECTORY *Parent, ULONG Slot); // null Parent: the root
PFF_FCB FfFindDirectoryFcb(PFF_VOLUME Volume, const FAT_DIRECTORY *Directory);
VOID FfHashFcb(PFF_FCB Fcb);              // it is found by its Parent and Entry.Slot from now on
NTSTATUS FfOpenFcbDirectory(PFF_FCB Fcb); // Entry.FirstCluster tells which
NTSTATUS FfCreateFcb(PFF_VOLUME Volume, CSHORT Type, PCUNICODE_STRING Path, PFF_FCB *Fcb);
NTSTATUS FfFillFcb(PFF_FCB Fcb, FAT_DIRECTORY *Parent, const FAT_ENTRY *Entry);
VOID FfReleaseFcb(PFF_FCB Fcb); // a reference
BOOLEAN FfHasOpenBelow(PFF_FCB Fcb);
NTSTATUS FfReservePaths(PFF_FCB Fcb, ULONG Bytes);
VOID FfDropPaths(PFF_FCB Fcb);
VOID FfSetPaths(PFF_FCB Fcb, PCUNICODE_STRING Parent, const FAT_ENTRY *Entry);
NTSTATUS FfWriteEntry(PFF_FCB Fcb); // to the directory in memory
BOOLEAN FfRemove(PFF_FCB Fcb);      // with the main resource held exclusively
VOID FfTouchTime(PFF_FCB Fcb, FF_TIME Which);
LARGE_INTEGER FfEntryTime(const FF_FCB *Fcb, FF_TIME Which);

// fileid.c: a number leads to a file until that gets another name; 0: the root
ULONG64 FfFileId(const FF_FCB *Fcb);
ULONG64 FfEntryId(const FAT_DIRECTORY *Parent, const FAT_ENTRY *Entry);
// With Core held. Path: of the directory, in pool, with room for a name; Parent: referenced.
NTSTATUS FfFindById(PFF_VOLUME Volume, ULONG64 Id, PUNICODE_STRING Path, FAT_DIRECTORY **Parent,
                    FAT_ENTRY *Entry);

// size.c: with the FCB's main resource held exclusively
NTSTATUS FfSetAllocation(PFF_FCB Fcb, PFILE_OBJECT FileObject, LONGLONG Bytes);
NTSTATUS FfSetSize(PFF_FCB Fcb, PFILE_OBJECT FileObject, LONGLONG Bytes);
VOID FfTellCache(PFF_FCB Fcb, PFILE_OBJECT FileObject);
VOID FfTrim(PFF_FCB Fcb); // at the last cleanup
NTSTATUS FfZeroToDisk(PFF_FCB Fcb, LONGLONG End);
NTSTATUS FfZeroStretches(PFF_FCB Fcb, LONGLONG End);

// transfer.c: requests to the device below, at once, that are waited for; each is freed at its end with its MDL
typedef struct _FF_TRANSFER {
    KEVENT Done;
    LONG Pending;
    NTSTATUS Status; // of one that failed
} FF_TRANSFER, *PFF_TRANSFER;
VOID FfBeginTransfer(PFF_TRANSFER Transfer);
VOID FfSendPiece(PFF_TRANSFER Transfer, PDEVICE_OBJECT Target, PIRP Irp);
NTSTATUS FfEndTransfer(PFF_TRANSFER Transfer, NTSTATUS Status); // what fails beside them
// Between a locked MDL and the file's clusters.
NTSTATUS FfTransfer(PFF_FCB Fcb, PIRP Irp, ULONG Major, LONGLONG Offset, ULONG Length);
NTSTATUS FfTransferVolume(PFF_VOLUME Volume, PIRP Irp, ULONG Major, LONGLONG Offset, ULONG Length);

// One each, by the request that they serve
FF_HANDLER FfCreate, FfCleanup, FfClose, FfRead, FfWrite, FfQueryInformation, FfSetInformation,
    FfFlushBuffers, FfQueryVolume, FfSetVolume, FfDirectoryControl, FfFsControl, FfLockControl,
    FfShutdown, FfDeviceControl, FfPnp;
NTSTATUS FfRename(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack);
NTSTATUS FfMoveFile(PFF_VOLUME Volume, KPROCESSOR_MODE Mode, const MOVE_FILE_DATA *Move);
VOID FfReport(PFF_FCB Fcb, ULONG Filter, ULONG Action);
ULONG FfAttributes(const FF_FCB *Fcb);
NTSTATUS FfLockBuffer(PIRP Irp, ULONG Length, LOCK_OPERATION Operation);
VOID FfStartCache(PFF_FCB Fcb, PFILE_OBJECT FileObject);
ULONG FfExceptionFilter(PEXCEPTION_POINTERS Pointers);
LONGLONG FfStampToSystem(FAT_STAMP Stamp);
FAT_STAMP FfSystemToStamp(LONGLONG Time);
